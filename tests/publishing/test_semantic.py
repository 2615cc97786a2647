"""The version of a release: what is one, what is refused and why, and what it is to another."""

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.publishing import semantic


@pytest.mark.parametrize("text", ["1.2.0", "0.0.0", "10.20.30", "2.0.0-rc.1", "1.0.0-alpha", "1.0.0-0.3.7"])
def test_what_is_one(text: str) -> None:
    """A semantic version without build metadata is a version."""
    assert str(semantic.version(text)) == text


@pytest.mark.parametrize(("text", "said"), [
    ("v1.2.0", "without a leading v: a version has one name, that of its folder. Write 1.2.0"),
    ("1.2.0+build.5", "without build metadata: it has no order, so that neither of two would be the newer one. Write"
     " 1.2.0"),
    ("1.2", "Write one like 1.2.0 or 2.0.0-rc.1"), ("01.2.0", "a semantic version"), ("1.2.0-01", "a semantic version"),
    ("", "a semantic version"), ("latest", "a semantic version"), ("1.2.0/..", "a semantic version"),
    ("1.2.0\n", "a semantic version"), ("1." * 2000, "of at most 64 characters"), ("9" * 70 + ".0.0", "at most 64"),
    ("\u0661.\u0662.\u0663", "a semantic version"),
])
def test_what_is_none(text: str, said: str) -> None:
    """What is no version is refused in one line that says why and what to write."""
    with pytest.raises(InputError) as refused:
        semantic.version(text)
    (fault,) = refused.value.faults
    assert said in str(fault)
    assert len(str(fault)) < 400
    assert "\n" not in str(fault)


def test_order() -> None:
    """Versions are ordered as semver.org says, numbers as numbers, a pre-release before its release."""
    fallen = ["10.0.0", "2.0.0", "2.0.0-rc.2", "2.0.0-rc.1", "2.0.0-alpha", "1.10.0", "1.9.0"]
    assert semantic.newest_first(sorted(fallen)) == fallen
    assert semantic.newest(reversed(fallen)) == "10.0.0"
    assert semantic.newest([]) is None
    assert semantic.below("2.0.0-rc.1", "2.0.0")
    assert not semantic.below("2.0.0", "2.0.0")
    assert semantic.is_prerelease("2.0.0-rc.1")
    assert not semantic.is_prerelease("2.0.0")


def test_major_step() -> None:
    """A major step is one of the first number, and a pre-release counts as what it is one of."""
    assert semantic.is_major_step("1.9.0", "2.0.0-rc.1")
    assert not semantic.is_major_step("1.9.0", "1.10.0")
    assert not semantic.is_major_step("0.9.0", "0.10.0")
    assert semantic.next_major("0.9.3") == "1.0.0"
