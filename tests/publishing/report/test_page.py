"""The page: everything told is on it, nothing is fetched, and nobody's word becomes markup."""

import copy
import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conveyor_iac.publishing.report.page import page
from conveyor_iac.publishing.report.told import of_release
from tests.publishing.report.reading import Read


@pytest.fixture(scope="module")
def read(html):
    return Read(html)


def spaced(text):
    return " ".join(str(text).split())


def test_claims(read, told, proofs):
    """Every claim that was asked is on the page with its title, its verdict in each template, and its notes."""
    asked = {claim["id"] for report in proofs.values() for claim in report["claims"]}
    assert {claim["id"] for claim in told["claims"]} == asked
    assert len(asked) > 20
    for claim in told["claims"]:
        assert f"{claim['state']} {spaced(claim['title'])} {claim['id']}" in read.words
        for row in claim["verdicts"]:
            assert f"{row['verdict']} in {row['template']}" in read.words
            assert all(spaced(note) in read.words for note in row["notes"])


def test_axioms(read, proofs):
    """Every axiom that a proof takes for granted is on the page."""
    axioms = {axiom for report in proofs.values() for axiom in report["axioms"]}
    assert len(axioms) > 5
    assert all(axiom in read.words for axiom in axioms)


def test_permissions(read, told):
    """Every statement of every policy is on the page with its purpose and each of its actions at its level."""
    rows = [row for policy in told["permissions"] for row in policy["statements"]]
    assert len(rows) > 200
    for row in rows:
        assert row["purpose"]
        assert row["purpose"] in read.words
        for level, actions in row["levels"].items():
            assert f"{level}: {', '.join(actions)}" in read.words.replace(" (all but these)", "")


def test_tables(read, told):
    """The outbound table, the costs and the checksums are on the page."""
    for part in told["outbound"]:
        assert all(spaced(row["data"]) in read.words and spaced(row["why"]) in read.words for row in part["rows"])
    for part in told["costs"]:
        assert f"{part['month']:,.2f} {part['currency']}" in read.words
        assert all(row["what"] in read.words for row in part["items"])
    assert all(f"{one['sha256']} {one['name']}.template.json" in read.words for one in told["templates"])


def test_counterexample(told):
    """A counterexample is shown as it is."""
    other = copy.deepcopy(told)
    other["claims"][0]["verdicts"][0] |= {"verdict": "refuted", "counterexample": {"action": "iam:<PutRolePolicy>"}}
    assert '{ "action": "iam:<PutRolePolicy>" }' in Read(page(other).decode()).words


def test_nothing_is_fetched(read, html):
    """No script, image, style or frame: only plain links, to https and to files beside the page."""
    assert not read.fetched
    assert not {"script", "img", "link", "iframe", "object", "embed", "form", "base"} & set(read.tags)
    assert not re.search(r"@import|url\(\s*['\"]?(?!#)", html)
    assert all(re.match(r"https://[a-z]|#|[A-Za-z0-9-]+\.template\.json$|SHA256SUMS(\.minisig)?$", link)
               for link in read.links)


def test_places(read):
    """Every link within the page has its place, and no place is there twice."""
    assert len(read.ids) == len(set(read.ids))
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)


def test_no_place_for_what_was_not_asked(told):
    """A sentence leads to the claims that were asked, and names the others without a link."""
    fewer = Read(page({**told, "claims": told["claims"][3:]}).decode())
    assert {link[1:] for link in fewer.links if link.startswith("#")} <= set(fewer.ids)
    assert told["claims"][0]["id"] in fewer.words


def test_accessible(html, read):
    """It says its language, has one heading above all, heads for every column and words for every picture."""
    assert '<html lang="en">' in html
    assert read.tags.count("h1") == 1
    assert html.count("<th ") == html.count('<th scope="col">')
    assert read.tags.count("svg") == read.tags.count("desc") == html.count('role="img"') > 0
    levels = [int(tag[1]) for tag in read.tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_deterministic(told, html, templates, proofs, plans):
    """The same release is the same bytes, in whatever order its parts are asked for, and holds no time."""
    assert page(told).decode() == html
    assert page(of_release("1.2.0", templates, dict(reversed(proofs.items())), plans)).decode() == html


def test_small_release():
    """A release of templates that say next to nothing has a page too."""
    proofs = {"role": {"template": "role.template.json", "claims": [{"id": "iam.closure", "verdict": "proved"}]}}
    small = of_release("0.1.0", {"role": b'{"Powers": ["read"], "Resources": {}}'}, proofs)
    words = Read(page(small).decode()).words
    assert "proved iam.closure" in words
    assert "none of these templates makes one" in words


HOSTILE = st.text(st.sampled_from("<>&\"'/=;:{}%#-!`\\ ax\u202e\n"), min_size=1, max_size=24) | st.sampled_from([
    "<script>alert(1)</script>", "</style><script>", "\"><img src=x onerror=x>", "javascript:alert(1)", "{{ 7*7 }}",
    "{% raw %}", "&lt;b&gt;", "]]>", "<!--", "</svg></figure>", "https://x\" onclick=\"x"])


def hostile(value, word, *, key=""):
    """The same data with the word in place of every text, and of every name that is anybody's."""
    if isinstance(value, dict):
        return {word if key in ANYBODYS else name: hostile(part, word, key=name) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [hostile(part, word, key=key) for part in value]
    return word if isinstance(value, str) and key not in OURS else value


OURS = ("about", "of", "cloud", "kind", "group")
"""What the page itself asks for by these words."""
ANYBODYS = ("makes", "levels", "counterexample", "prover")
"""What has names of its own for keys."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(word=HOSTILE)
def test_escaping(word, told):
    """Whatever anybody's word is, the page has the very tags that it has with a harmless one, and shows the word."""
    small = smaller(told)
    wild = Read(page(hostile(small, word)).decode())
    assert wild.tags == Read(page(hostile(small, "https://x" if word.startswith("https://") else "x")).decode()).tags
    assert not wild.fetched
    assert all(link.startswith(("#", "https://")) or link.endswith((".template.json", "SHA256SUMS", ".minisig"))
               for link in wild.links)
    assert spaced(word) in wild.words


def smaller(told):
    """One of everything."""
    claims = [{**claim, "checks": claim["checks"][:1]} for claim in told["claims"][:1]]
    claims[0]["verdicts"] = [{**claims[0]["verdicts"][0], "counterexample": {"action": "x"}, "notes": ["x"]}]
    policy = {**told["permissions"][0], "statements": told["permissions"][0]["statements"][:1]}
    launch = [{"template": "x", "stack": "x", "url": "x", "file": "x", "why": "x"}, told["launch"][0]]
    return {**told, "templates": told["templates"][:1], "claims": claims, "permissions": [policy], "launch": launch,
            "networks": told["networks"][:1], "documents": "x",
            "outbound": [{**told["outbound"][0], "rows": told["outbound"][0]["rows"][:2]}]}
