"""Two who publish at once: of one version one wins or both do, of two versions none is lost."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.publishing.store import Store
from tests.publishing.apart import at_once
from tests.publishing.conftest import Place
from tests.publishing.counting import counted, writes
from tests.publishing.small import published, whole
from tests.publishing.test_publish import LATER

pytestmark = pytest.mark.usefixtures("few_packages")


def meanwhile(place: Place, call: str, work: Callable[[], object]) -> tuple[Store, list[str]]:
    """A store, and its calls; right before one of them somebody else's work is done from beginning to end."""
    store = place.own_store()
    begun: list[str] = []

    def before(_: int, asked: str) -> None:
        if asked == call and not begun:
            begun.append(asked)
            work()
    return store, counted(store, before=before)


@pytest.mark.parametrize("call", ["PUT 1.0.0/SHA256SUMS", "PUT 1.0.0/role.template.json",
                                  "PUT 1.0.0/SHA256SUMS.minisig", "GET 1.0.0/release.json", "PUT versions.json"])
def test_same_version_same_bytes(place: Place, call: str) -> None:
    """Two with the same bytes are both fine, wherever one comes between the other's steps; the first time stays."""
    store, calls = meanwhile(place, call, lambda: published(place.store(), "1.0.0"))
    published(store, "1.0.0", now=LATER)
    assert call in calls
    index = whole(place.content())
    assert [entry.published for entry in index.entries] == ["2026-11-22T10:00:00Z"]


def test_same_version_other_bytes(place: Place) -> None:
    """Of two with other bytes one wins, and the other is refused before it wrote any file."""
    store, calls = meanwhile(place, "PUT 1.0.0/SHA256SUMS", lambda: published(place.store(), "1.0.0", "read"))
    with pytest.raises(AnswerIsNo, match=r"1\.0\.0/SHA256SUMS is there already, with other bytes"):
        published(store, "1.0.0", "write")
    assert writes(calls) == ["PUT 1.0.0/SHA256SUMS"]
    whole(place.content())
    assert b'"read"' in place.content()["1.0.0/role.template.json"]


def test_other_version(place: Place) -> None:
    """The second to move the index is told that it was moved, and to run again; then both are there, none is lost."""
    published(place.store(), "1.0.0")
    store, _ = meanwhile(place, "PUT versions.json", lambda: published(place.store(), "1.1.0"))
    with pytest.raises(AnswerIsNo, match=r"versions\.json was moved by somebody else meanwhile\. Nothing is lost: run"):
        published(store, "1.2.0", "read")
    assert whole_versions(place) == ["1.1.0", "1.0.0"]
    done = published(place.store(), "1.2.0", "read")
    assert done.compared_with == "1.0.0"
    assert whole_versions(place) == ["1.2.0", "1.1.0", "1.0.0"]


def test_other_version_is_asked_again(place: Place) -> None:
    """A version that was begun must be no broader than the one that was published meanwhile, or be a major version."""
    published(place.store(), "1.0.0")
    store, _ = meanwhile(place, "PUT versions.json", lambda: published(place.store(), "1.1.0", "read"))
    with pytest.raises(AnswerIsNo, match="run it again"):
        published(store, "1.2.0", "read", "write")
    with pytest.raises(AnswerIsNo, match=r"1\.2\.0 may do more than 1\.1\.0"):
        published(place.store(), "1.2.0", "read", "write")
    assert whole_versions(place) == ["1.1.0", "1.0.0"]


def test_lower_version_meanwhile(place: Place) -> None:
    """A version that was begun and is below the newest by now is a backport, and is asked to say so."""
    published(place.store(), "1.0.0")
    store, _ = meanwhile(place, "PUT versions.json", lambda: published(place.store(), "1.2.0"))
    with pytest.raises(AnswerIsNo, match="run it again"):
        published(store, "1.1.0")
    published(place.store(), "1.1.0", backport=True)
    assert whole_versions(place) == ["1.2.0", "1.1.0", "1.0.0"]


def test_threads(place: Place) -> None:
    """Two threads that publish at the same moment: the same bytes are both fine, of other bytes one is refused."""
    def publish(version: str, power: str) -> str:
        store = place.own_store()
        barrier.wait()
        try:
            published(store, version, power)
        except AnswerIsNo as no:
            return str(no)
        return ""

    barrier = threading.Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        assert [*pool.map(publish, ["1.0.0"] * 2, ["read"] * 2)] == ["", ""]
        told = [*pool.map(publish, ["2.0.0"] * 2, ["read", "write"])]
    assert sorted(map(bool, told)) == [False, True]
    assert "with other bytes" in "".join(told)
    assert whole_versions(place) == ["2.0.0", "1.0.0"]


def test_processes_same_bytes(place: Place) -> None:
    """Four processes that publish the same at the same moment all end well."""
    assert at_once(place, [("1.0.0", ("read",))] * 4) == [""] * 4
    assert whole_versions(place) == ["1.0.0"]


def test_processes_other_bytes(place: Place) -> None:
    """Of processes that publish other bytes as one version at the same moment, one wins, and the others are told so."""
    powers = [("read",), ("write",), ("read", "write")]
    told = at_once(place, [("1.0.0", some) for some in powers])
    assert sorted(map(bool, told)) == [False, True, True]
    assert all("with other bytes" in said for said in told if said)
    whole(place.content())
    assert published(place.store(), "1.0.0", *powers[told.index("")]).already


def test_processes_other_versions(place: Place) -> None:
    """Of processes that publish several versions at the same moment, none is lost once those told so run again."""
    published(place.store(), "1.0.0")
    versions = ["1.1.0", "1.2.0", "1.3.0"]
    told = at_once(place, [(version, ("read",)) for version in versions])
    assert "" in told
    whole(place.content())
    newest = whole_versions(place)[0]
    for version, said in zip(versions, told, strict=True):
        if said:
            assert "moved by somebody else" in said or "not below the newest" in said
            published(place.store(), version, "read", backport=version < newest)
            newest = max(newest, version)
    assert whole_versions(place) == ["1.3.0", "1.2.0", "1.1.0", "1.0.0"]


def whole_versions(place: Place) -> list[str]:
    """The versions that the index names, each of which is whole."""
    return [entry.version for entry in whole(place.content()).entries]
