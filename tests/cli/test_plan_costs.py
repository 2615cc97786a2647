"""plan: the monthly estimate, in words and as JSON alike, by our price table or the reader's own."""

import json
import re
from pathlib import Path

import pytest

from conveyor_iac.model import catalogue

EXAMPLES = sorted(file.name for file in (Path(__file__).parents[2] / "examples").glob("*.yaml")
                  if not file.name.startswith("azure-"))
OWN = Path(catalogue.__file__).parent / "prices.toml"


@pytest.fixture
def table(tmp_path):
    """Our price table with one text in place of another, as a file of the reader's own."""

    def table(*changes):
        text = OWN.read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (tmp_path / "mine.toml").write_text(text)
        return tmp_path / "mine.toml"

    return table


@pytest.mark.parametrize("name", EXAMPLES)
def test_same_items(run, root, name):
    """Words and JSON say the same items, amounts, total, date and remarks, and call it an estimate."""
    costs = json.loads(run("plan", "-f", root / "examples" / name, "--json").out)["costs"]
    words = run("plan", "-f", root / "examples" / name).out
    rows = re.findall(r"^(\S.+?)  +(\d+)  +([\d,.]+|not known)  +([\d,.]+|not known)$", words, re.MULTILINE)

    def money(value):
        return "not known" if value is None else f"{value:,.2f}"

    assert rows == [(row["what"], str(row["count"]), money(row["each"]), money(row["month"])) for row in costs["items"]]
    assert costs["estimate"] is True
    least = "" if costs["complete"] else "at least "
    assert f"  estimate of a month: {least}{money(costs['month'])} USD\n" in words
    assert f"Estimate of a month in {costs['region']}, in USD, list prices of {catalogue.prices().date}\n" in words
    for text in (*costs["unknown"], *costs["remarks"]):
        assert text in " ".join(words.split())


def test_unknown_price(run, root):
    """A price that is not known is said so, item by item, and the total is the least."""
    costs = json.loads(run("plan", "-f", root / "examples/private.yaml", "--json").out)["costs"]
    assert [row["what"] for row in costs["items"] if row["month"] is None] == ["Network firewall endpoints"]
    assert costs["complete"] is False


def test_unknown_region(run, written):
    """In a region that is not in the table nothing is guessed."""
    costs = json.loads(run("plan", "-f", written(region="eu-north-1"), "--json").out)["costs"]
    assert {row["month"] for row in costs["items"]} == {None, 0}
    assert "eu-north-1" in costs["unknown"][0]


def test_prices(run, root, table):
    """--prices replaces the table: its currency, its date and its prices are those of the estimate."""
    file = table(('currency = "USD"', 'currency = "EUR"'), ('date = "2026-11-22"', 'date = "2027-01-01"'),
                 ("hours = 730", "hours = 1"))
    words = ["plan", "-f", root / "examples/privatelink-only.yaml", "--prices", file]
    costs = json.loads(run(*words, "--json").out)["costs"]
    row = catalogue.prices().regions["eu-west-1"]
    assert (costs["currency"], costs["prices_of"]) == ("EUR", "2027-01-01")
    assert costs["month"] == round(60 * row.endpoint_hour + row.nlb_hour + row.key_month, 2)
    assert "EUR, list prices of 2027-01-01" in run(*words).out


def test_bad_prices(run, written, table):
    """Every fault of the table and of the file is told at once, each with path, value, rule and way out; exit 2."""
    file = table(("hours = 730", "hours = 0"), ("nat_gb = 0.062", 'nat_gb = "?"'))
    answer = run("plan", "-f", written(tenant="A-1"), "--prices", file)
    assert (answer.code, answer.out) == (2, "")
    assert re.findall("^error: (.+?): ", answer.err, re.MULTILINE) == [
        "tenant", "mine.toml, hours", "mine.toml, price.0.nat_gb"]
    faults = json.loads(run("plan", "-f", written(), "--prices", file, "--json").out)["faults"]
    assert all(set(fault) == {"path", "value", "rule", "way_out"} and all(fault.values()) for fault in faults)


@pytest.mark.parametrize("content", [None, b"\xff", b"price = [", b"", b"[[price]]\nregion = 1", b"a = 1" * 3],
                         ids=["none", "not UTF-8", "not TOML", "empty", "half a row", "one line"])
def test_no_table(real, written, tmp_path, content):
    """What is no price table is told without a traceback."""
    file = tmp_path / "mine.toml"
    if content is not None:
        file.write_bytes(content)
    answer = real("plan", "-f", written(), "--prices", file, cwd=tmp_path)
    assert (answer.code, answer.out) == (2, "")
    assert "Traceback" not in answer.err
    assert all(line.startswith("error: ") and "mine.toml" in line for line in answer.err.splitlines())
