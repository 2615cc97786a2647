"""The page in a real browser: nothing is fetched, everything is there, and nothing is wider than the screen."""

import pytest

from tests.publishing.report.browser import Browser

WIDTHS = (1280, 390)
OPENED = "document.querySelectorAll('details').forEach(one => one.open = true)"
WIDER = """[...document.querySelectorAll('body *')].filter(one => one.getBoundingClientRect().right >
    document.documentElement.clientWidth + 1).map(one => one.tagName + ' ' + one.textContent.slice(0, 60))"""
INNER = """[...document.querySelectorAll('body *')].filter(one => one.scrollWidth > one.clientWidth + 1
    && getComputedStyle(one).overflowX !== 'visible' && !one.closest('thead') && one.clientWidth).map(
    one => one.tagName)"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory, html):
    """The page of a release, opened from a file of its own, with all of it unfolded."""
    folder = tmp_path_factory.mktemp("browser")
    (folder / "index.html").write_text(html)
    with Browser(folder) as browser:
        browser.open(folder / "index.html")
        browser.value(OPENED)
        yield browser


def test_no_request(browser):
    """Opening the page asks for the page and for nothing else, and the browser finds nothing wrong with it."""
    asked, = browser.asked()
    assert asked.startswith("file:///")
    assert asked.endswith("/index.html")
    assert browser.complaints() == []
    assert browser.value("performance.getEntriesByType('resource').length") == 0


def test_no_script(browser):
    """The page has no script, and its policy would let none run."""
    browser.value("""document.body.appendChild(Object.assign(document.createElement('script'),
        {textContent: "document.body.dataset.ran = 'yes'"})).remove()""")
    assert browser.value("document.body.dataset.ran") is None
    assert browser.value("document.scripts.length") == 0


def test_everything_is_there(browser, told):
    """Every claim and every statement, with its purpose and its levels, is in what the browser shows."""
    shown = " ".join(browser.value("document.body.innerText").split())
    assert [claim["id"] for claim in told["claims"] if claim["id"] not in shown] == []
    rows = [row for policy in told["permissions"] for row in policy["statements"]]
    assert [row["id"] for row in rows if row["id"] not in shown or row["purpose"] not in shown] == []
    assert browser.value("document.querySelectorAll('details.policy tbody tr').length") == len(rows)
    assert browser.value("document.querySelectorAll('article').length") == len(told["claims"])


@pytest.mark.parametrize("width", WIDTHS)
def test_no_scrolling_sideways(browser, width):
    """With all of it unfolded nothing is wider than the screen, and no part of it scrolls sideways by itself."""
    browser.wide(width)
    assert browser.value("document.documentElement.scrollWidth") <= width
    assert browser.value(WIDER) == []
    assert browser.value(INNER) == []


def test_light_and_dark(browser):
    """On a dark screen the page is dark and its text light, and the other way round; the contrast is 4.5 at least."""
    found = []
    for scheme in ("light", "dark"):
        browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        found.append([colour(browser, part) for part in ("backgroundColor", "color")])
    (light, ink), (dark, chalk) = found
    assert brightness(light) > brightness(ink)
    assert brightness(dark) < brightness(chalk)
    assert contrast(light, ink) > 4.5
    assert contrast(dark, chalk) > 4.5


def test_prints_unfolded(browser):
    """On paper everything is there, folded or not."""
    browser.value("document.querySelectorAll('details').forEach(one => one.open = false)")
    browser.ask("Emulation.setEmulatedMedia", media="print")
    height = "document.querySelector('details.policy table').getBoundingClientRect().height"
    assert browser.value(height) > 20
    browser.ask("Emulation.setEmulatedMedia", media="screen")
    assert browser.value("document.querySelector('details.policy table').checkVisibility()") is False


def colour(browser, part):
    words = browser.value(f"getComputedStyle(document.body).{part}")
    return [int(number) for number in words[4:-1].split(",")]


def brightness(colour):
    """Relative luminance, as https://www.w3.org/TR/WCAG22/#dfn-relative-luminance has it."""
    parts = [part / 255 for part in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def test_it_would_be_seen(browser, tmp_path):
    """A page that fetches something, or is too wide, is found out: what is asked above can fail."""
    (tmp_path / "bad.html").write_text("<!DOCTYPE html><title>x</title><img src='https://elsewhere.example/x.png'>"
                                       "<p style='width: 2000px'>wide</p>")
    browser.open(tmp_path / "bad.html")
    browser.wide(390)
    assert "https://elsewhere.example/x.png" in browser.asked()
    assert browser.complaints()
    assert browser.value("document.documentElement.scrollWidth") > 390
    assert len(browser.value(WIDER)) > 0
