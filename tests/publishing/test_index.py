"""versions.json: what is added and withdrawn, which is the latest, and what is no index."""

import json
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from conveyor_iac.errors import AnswerIsNo, InputError
from conveyor_iac.publishing.index import Entry, Index, Withdrawn, read, reason_faults

NOW = "2026-11-22T10:00:00Z"


def entry(version: str, sums: str = "a", **more: Any) -> Entry:
    """An entry of a first release."""
    return Entry(version=version, published=NOW, sha256sums=sums * 64, key="4F1C2D3E4B5A6978", **more)


def index(*versions: str) -> Index:
    """An index of these versions."""
    made = Index()
    for version in versions:
        made = made.added(entry(version))
    return made


def test_order_does_not_matter() -> None:
    """However versions come in, the file is the same bytes, with the newest first."""
    versions = ("1.0.0", "1.10.0", "2.0.0-rc.1", "1.9.0")
    files = {index(*some).as_bytes() for some in permutations(versions)}
    assert len(files) == 1
    assert [row["version"] for row in json.loads(files.pop())["versions"]] == ["2.0.0-rc.1", "1.10.0", "1.9.0", "1.0.0"]


def test_read_is_the_way_back() -> None:
    """What was written is read as it was."""
    made = index("1.0.0").added(entry("1.1.0", compared_with="1.0.0", verdict="narrower", backport=True))
    made = made.withdrawn("1.0.0", "it lacks a Deny: take 1.1.0", NOW)
    assert read(made.as_bytes()) == made
    assert read(Index().as_bytes()) == Index()


def test_latest() -> None:
    """The latest is the newest that is neither withdrawn nor a pre-release; without one it is null."""
    made = index("1.0.0", "1.1.0", "2.0.0-rc.1")
    assert (made.latest, made.newest) == ("1.1.0", "2.0.0-rc.1")
    assert made.withdrawn("1.1.0", "bad", NOW).latest == "1.0.0"
    assert index("1.0.0-rc.1").latest is None
    assert json.loads(Index().as_bytes()) == {"schema": 1, "latest": None, "versions": []}


def test_earlier() -> None:
    """A version is compared with the nearest below it that is neither withdrawn nor a pre-release."""
    made = index("1.0.0", "1.1.0", "1.2.0-rc.1", "1.2.0", "2.0.0").withdrawn("1.1.0", "bad", NOW)
    assert made.earlier("1.2.1") == ["1.2.0", "1.0.0"]
    assert made.earlier("1.2.0-rc.2") == ["1.0.0"]
    assert made.earlier("1.0.0") == []
    assert made.earlier("3.0.0-rc.1")[0] == "2.0.0"
    withdrawn = index("1.0.0", "1.1.0", "1.1.1-rc.1").withdrawn("1.1.0", "bad", NOW).withdrawn("1.0.0", "bad", NOW)
    assert withdrawn.earlier("1.2.0") == ["1.1.0", "1.0.0"]


def test_added_again() -> None:
    """The same bytes again change nothing, not even the time; other bytes are refused."""
    made = index("1.0.0").withdrawn("1.0.0", "bad", NOW)
    assert made.added(replace(entry("1.0.0"), published="2027-01-01T00:00:00Z")) == made
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0 is published already, with other bytes"):
        made.added(entry("1.0.0", "b"))


def test_withdrawn_again() -> None:
    """The same reason again changes nothing; another one is refused, for what customers were told stays."""
    made = index("1.0.0").withdrawn("1.0.0", "bad", NOW)
    assert made.withdrawn("1.0.0", "bad", "2027-01-01T00:00:00Z") == made
    with pytest.raises(AnswerIsNo, match=f"was withdrawn on {NOW} for another reason, which stays: bad"):
        made.withdrawn("1.0.0", "worse", NOW)


@pytest.mark.parametrize(("version", "said"), [
    ("1.1.1", r"Perhaps you meant 1\.1\.0"), ("9", r"Published are 1\.1\.0, 1\.0\.0")])
def test_withdrawn_unknown(version: str, said: str) -> None:
    """A version that is not published cannot be withdrawn, and the ones that are are named."""
    with pytest.raises(InputError, match=said):
        index("1.0.0", "1.1.0").withdrawn(version, "bad", NOW)
    with pytest.raises(InputError, match="Nothing is published there"):
        Index().withdrawn(version, "bad", NOW)


@pytest.mark.parametrize("content", [b"", b"<html>", b"[]", b"{}", b'{"versions": {}}', b"\xff", b"[" * 100000,
                                     b'{"schema": 1, "versions": 3}'])
def test_no_index(content: bytes) -> None:
    """What is no index at all is refused in one line."""
    with pytest.raises(InputError, match=r"versions\.json: .*the index of the published versions"):
        read(content)


def test_newer_schema() -> None:
    """A schema that is not known is refused, with the way out."""
    with pytest.raises(InputError, match=r"schema: 2: 1, the only one that this version knows\. Install a newer"):
        read(b'{"schema": 2, "versions": []}')


WRONG: dict[str, Any] = {"version": "v1.0.0", "published": "today", "sha256sums": "A" * 64, "key": "RW", "backport": 1,
                         "verdict": "better", "compared_with": "1", "withdrawn": {"reason": "a\nb", "at": NOW}}


def test_every_fault_at_once() -> None:
    """Every value that is wrong is named, all at once."""
    body = index("1.0.0", "1.1.0").as_json()
    body["versions"][1] = dict(WRONG)
    body["versions"][0].pop("key")
    body["more"] = 1
    with pytest.raises(InputError) as refused:
        read(json.dumps(body).encode())
    paths = [fault.path for fault in refused.value.faults]
    assert {f"versions.json: versions[1].{key}" for key in WRONG} <= set(paths)
    assert {"versions.json: versions[0].key", "versions.json.more"} <= set(paths)


@pytest.mark.parametrize(("change", "said"), [
    ({"latest": "1.0.0"}, r"the newest that is neither withdrawn nor a pre-release: 1\.1\.0"),
    ({"versions": index("1.1.0", "1.0.0").as_json()["versions"][::-1]}, "each version once, the newest first"),
    ({"versions": index("1.1.0").as_json()["versions"] * 2}, "each version once, the newest first"),
    ({"versions": [3]}, "a version with its keys"),
])
def test_not_whole(change: dict[str, Any], said: str) -> None:
    """An index that contradicts itself is not guessed at."""
    with pytest.raises(InputError, match=said):
        read(json.dumps(index("1.1.0", "1.0.0").as_json() | change).encode())


def test_reasons() -> None:
    """A reason is one line that can be printed, and not too long."""
    assert not list(reason_faults("the Deny on iam:PassRole is missing: take 1.2.1 (März)"))
    for wrong in ("", "  ", "a\nb", "a\x1b[31m", "a" * 501):
        assert list(reason_faults(wrong))


def test_withdrawn_is_said() -> None:
    """A withdrawn version stays in the index, with the reason and the time."""
    made = index("1.0.0").withdrawn("1.0.0", "bad", NOW)
    found = made.entry("1.0.0")
    assert found is not None
    assert found.withdrawn == Withdrawn(reason="bad", at=NOW)
    assert made.as_json()["versions"][0]["withdrawn"] == {"reason": "bad", "at": NOW}


def test_an_index_of_a_million_faults() -> None:
    """However much is wrong with an index, it is soon told, and nothing of it reaches a terminal as it is."""
    rows = ",".join(["1"] * 200_000)
    with pytest.raises(InputError) as refused:
        read(f'{{"schema": 1, "latest": null, "versions": [{rows}], "\\u001b[2J\\n": 1}}'.encode())
    assert len(refused.value.faults) == 100
    assert all(fault.path.isprintable() for fault in refused.value.faults)
