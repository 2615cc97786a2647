"""The version of a release: a semantic version (https://semver.org), its order, and what a new one must be.

No leading `v`: the text of a version is also the name of its folder, and a version has one. No build metadata: it has
no order, so that of 1.2.0+a and 1.2.0+b neither would be the newer one.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from semver import Version

from conveyor_iac.errors import Fault, InputError

LONGEST = 64
"""Characters of a version: it is part of every URL of its release."""


def version(text: str, path: str = "--version") -> Version:
    """The version that a text is; `InputError` where it is none. `path` says where the text stands."""
    faults = list(faults_of(text, path))
    if faults:
        raise InputError(faults)
    return Version.parse(text)


def faults_of(text: str, path: str) -> Iterator[Fault]:
    """What is wrong with a text that should be a version; nothing where it is one."""
    shown = repr(text[:LONGEST] + ("..." if len(text) > LONGEST else ""))
    rule = f"a semantic version, MAJOR.MINOR.PATCH or MAJOR.MINOR.PATCH-PRERELEASE, of at most {LONGEST} characters"
    if len(text) <= LONGEST and Version.is_valid(text):
        if Version.parse(text).build:
            yield Fault(path=path, value=shown, rule="without build metadata: it has no order, so that neither of two"
                        " would be the newer one", way_out=f"Write {text.partition('+')[0]}")
    elif text[:1] in ("v", "V") and len(text) <= LONGEST and Version.is_valid(text[1:]):
        yield Fault(path=path, value=shown, rule="without a leading v: a version has one name, that of its folder",
                    way_out=f"Write {text[1:].partition('+')[0]}")
    else:
        yield Fault(path=path, value=shown, rule=rule, way_out="Write one like 1.2.0 or 2.0.0-rc.1")


def newest_first(texts: Iterable[str]) -> list[str]:
    """The versions in falling order; each text must be a version."""
    return sorted(texts, key=Version.parse, reverse=True)


def newest(texts: Iterable[str]) -> str | None:
    """The newest of the versions; none where there is none."""
    return next(iter(newest_first(texts)), None)


def is_prerelease(text: str) -> bool:
    """Whether the version is one to try: 2.0.0-rc.1 comes before 2.0.0."""
    return Version.parse(text).prerelease is not None


def below(text: str, other: str) -> bool:
    """Whether the version comes before the other one."""
    return Version.parse(text) < Version.parse(other)


def is_major_step(old: str, new: str) -> bool:
    """Whether the major number is higher: 2.0.0-rc.1 is a major step from 1.9.0."""
    return _parts(new)[0] > _parts(old)[0]


def next_major(text: str) -> str:
    """The first version whose major number is higher."""
    return f"{_parts(text)[0] + 1}.0.0"


def _parts(text: str) -> tuple[int, ...]:
    parsed: Any = Version.parse(text)
    return int(parsed.major), int(parsed.minor), int(parsed.patch)
