"""Publishing killed before and after each of its calls in turn, or cut off from S3: run again, it ends complete."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import count

import pytest

from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.publishing.store import Store
from tests.publishing.apart import killed
from tests.publishing.conftest import Place, client_at
from tests.publishing.counting import counted, writes
from tests.publishing.cutting import cut_after
from tests.publishing.small import published, whole

pytestmark = pytest.mark.usefixtures("few_packages")
OLD = ("read", "write")
NEW = ("read",)


@pytest.fixture
def begun(place: Place) -> dict[str, bytes]:
    """What is there once 1.0.0 is published."""
    published(place.store(), "1.0.0", *OLD)
    return place.content()


def below(place: Place, name: str, begun: Mapping[str, bytes]) -> Place:
    """The same bucket, below another prefix, with what was begun."""
    found = replace(place, prefix=name)
    for each, content in begun.items():
        found.put(each, content)
    return found


def put_back(place: Place, begun: Mapping[str, bytes], there: Mapping[str, bytes]) -> None:
    """What was begun is there again, and nothing else of what is there now."""
    place.s3.delete_objects(Bucket=place.bucket, Delete={"Objects": [
        {"Key": f"{place.prefix}/{name}"} for name in there if name not in begun]})
    for name in begun:
        if there[name] != begun[name]:
            place.put(name, begun[name])


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_each_step(place: Place, begun: Mapping[str, bytes], when: str) -> None:
    """After every kill the index names whole versions only; run again, everything is as if nothing had happened.

    Killed before each call, and after each that writes: after one that reads is before the next. The calls are those of
    an undisturbed run, so that a new one is covered by itself. What several kills leave alike is gone on from once.
    """
    store = place.own_store()
    calls = counted(store)
    published(store, "1.1.0", *NEW)
    wanted = place.content()
    assert whole(wanted).latest == "1.1.0"
    steps = calls if when == "before" else writes(calls)
    named, left = [], list[dict[str, bytes]]()
    for number in range(1, len(steps) + 1):
        put_back(place, begun, wanted)
        assert killed(place, "1.1.0", NEW, call=number, when=when)
        torn = place.content(wanted)
        named.append(len(whole(torn).entries))
        if torn not in left:
            published(place.store(), "1.1.0", *NEW)
            assert place.content(wanted) == wanted
            left.append(torn)
    assert len(left) > 3  # how many there are depends on which of the writes at once came first
    assert len(writes(calls)) == len(wanted) - len(begun) + 1
    assert named == [1] * (len(steps) - 1) + [1 if when == "before" else 2]
    put_back(place, begun, wanted)
    assert not killed(place, "1.1.0", NEW, call=len(steps) + 1, when=when)
    assert place.content(wanted) == wanted


def test_first_release_killed_at_each_write(place: Place) -> None:
    """Killed after each write of the very first release, there is no index before the last one."""
    wanted: dict[str, bytes] = {}
    for number in count(1):
        torn = replace(place, prefix=f"killed-{number}")
        if not killed(torn, "1.0.0", OLD, call=number, when="after") or "versions.json" in torn.content(wanted):
            break
        published(torn.store(), "1.0.0", *OLD)
        wanted = torn.content(wanted)
        whole(wanted)
    assert len(whole(torn.content()).entries) == 1
    assert number == len(torn.content())


def test_killed_again_and_again(place: Place, begun: Mapping[str, bytes]) -> None:
    """A run that goes on from a killed one may be killed too: each gets further, and the last one ends."""
    torn = below(place, "torn", begun)
    sizes = []
    for call in count(4, 4):
        if not killed(torn, "1.1.0", NEW, call=call, when="before"):
            break
        whole(torn.content())
        sizes.append(len(torn.content()))
    assert sizes == sorted(sizes)
    assert len(set(sizes)) > 3
    assert whole(torn.content()).latest == "1.1.0"


def test_killed_and_published_otherwise(place: Place, begun: Mapping[str, bytes]) -> None:
    """The bytes of a version that was begun are bound: others are refused, though the index does not name it yet."""
    torn = below(place, "torn", begun)
    assert killed(torn, "1.1.0", NEW, call=3, when="after")
    before = torn.content()
    assert "1.1.0/SHA256SUMS" in before
    with pytest.raises(AnswerIsNo, match=r"1\.1\.0 is there already, with other bytes"):
        published(torn.store(), "1.1.0", *OLD)
    assert torn.content() == before
    published(torn.store(), "1.1.0", *NEW)


@pytest.mark.parametrize("answers", [False, True])
def test_cut_off(place: Place, begun: Mapping[str, bytes], answers: bool) -> None:
    """Wherever the connection is cut, it is told in one line, nothing is lost, and again it ends complete."""
    with cut_after(place.aws.endpoint, 10**9, answers=answers) as way:
        published(Store(client_at(way.address), place.bucket, place.prefix), "1.1.0", *NEW)
        assert way.left is not None
        through = 10**9 - way.left
    wanted = place.content()
    for step in range(6):
        torn = below(place, f"cut-{step}", begun)
        with (cut_after(place.aws.endpoint, through * (step * 2 + 1) // 12, answers=answers) as way,
              pytest.raises(AnswerIsNo, match=r"the connection was cut: .*run it again") as cut):
            published(Store(client_at(way.address, attempts=1), place.bucket, torn.prefix), "1.1.0", *NEW)
        assert "\n" not in str(cut.value)
        assert whole(torn.content(wanted)).latest == "1.0.0"
        published(torn.store(), "1.1.0", *NEW)
        assert torn.content(wanted) == wanted
