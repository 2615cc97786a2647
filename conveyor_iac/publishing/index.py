"""versions.json: which versions are published, which is the latest, and which must not be used any more.

Frozen values: what is added or withdrawn is a new index. Reads strictly: an index that is not whole is not guessed at,
for it is what tells a customer which version to install. `as_bytes` is stable: newest first, two blanks of indent.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from itertools import chain, islice
from typing import Any

from conveyor_iac.errors import AnswerIsNo, Fault, InputError
from conveyor_iac.publishing import semantic
from conveyor_iac.publishing.release import INDEX

SCHEMA = 1
LONGEST_REASON = 500
"""Characters of the reason for a withdrawal: it is shown in one line, wherever the version is met."""
MOST_FAULTS = 100
"""Faults that are told of one index: whoever wrote it may have written a million."""
_TIME = re.compile(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_KEY = re.compile(r"[0-9A-F]{1,16}")
_KEYS = {"schema", "latest", "versions"}
_VERDICTS = ("equal", "narrower", "broader", "incomparable", "undecided")


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Why a version must not be used any more, and since when (UTC, 2026-11-22T10:00:00Z)."""

    reason: str
    at: str

    def as_json(self) -> dict[str, str]:
        """As the index holds it."""
        return {"reason": self.reason, "at": self.at}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A published version: everything of it is there, and was read back.

    sha256sums: the SHA-256 of its SHA256SUMS. key: the id of the key that signed it, in hex as minisign prints it.
    compared_with, verdict: none for the first release. backport: published below the newest of its time.
    """

    version: str
    published: str
    sha256sums: str
    key: str
    compared_with: str | None = None
    verdict: str | None = None
    backport: bool = False
    withdrawn: Withdrawn | None = None

    def as_json(self) -> dict[str, Any]:
        """As the index holds it."""
        return {"version": self.version, "published": self.published, "sha256sums": self.sha256sums, "key": self.key,
                "compared_with": self.compared_with, "verdict": self.verdict, "backport": self.backport,
                "withdrawn": self.withdrawn.as_json() if self.withdrawn else None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """Every published version, newest first."""

    entries: tuple[Entry, ...] = ()

    @property
    def latest(self) -> str | None:
        """The newest version that is neither withdrawn nor a pre-release."""
        return semantic.newest(self._offered())

    @property
    def newest(self) -> str | None:
        """The newest version of all, whatever became of it."""
        return semantic.newest(entry.version for entry in self.entries)

    def entry(self, version: str) -> Entry | None:
        """What is said of a version; none where it is not published."""
        return next((entry for entry in self.entries if entry.version == version), None)

    def earlier(self, version: str) -> list[str]:
        """The versions a new one can be compared with, the nearest first: below it.

        A withdrawn one is nobody's measure any more, and a pre-release never was. Where there is no other, the
        withdrawn ones are: else a withdrawal would let the next version do anything.
        """
        withdrawn = [entry.version for entry in self.entries
                     if entry.withdrawn and not semantic.is_prerelease(entry.version)]
        offered, others = ([name for name in names if semantic.below(name, version)]
                           for names in (self._offered(), withdrawn))
        return semantic.newest_first(offered or others)

    def added(self, entry: Entry) -> "Index":
        """With one more version. A version that is there with the same digest stays as it is, with its time.

        Raises `AnswerIsNo` for one that is there with other bytes.
        """
        there = self.entry(entry.version)
        if there is None:
            return Index(entries=_sorted((*self.entries, entry)))
        if there.sha256sums != entry.sha256sums:
            raise AnswerIsNo(f"{entry.version} is published already, with other bytes (SHA256SUMS"
                             f" {there.sha256sums[:12]}..., these {entry.sha256sums[:12]}...): a release never changes."
                             " Publish these as a new version")
        return self

    def withdrawn(self, version: str, reason: str, at: str) -> "Index":
        """With one version marked as not to be used. Saying it again with the same reason changes nothing.

        Raises `InputError` for a version that is not published, and `AnswerIsNo` where another reason is there: what
        customers were told is not rewritten.
        """
        there = self.entry(version)
        if there is None:
            raise InputError([Fault(path="VERSION", value=repr(version), rule="a published version",
                                    way_out=_perhaps(version, [entry.version for entry in self.entries]))])
        if there.withdrawn and there.withdrawn.reason != reason:
            raise AnswerIsNo(f"{version} was withdrawn on {there.withdrawn.at} for another reason, which stays:"
                             f" {there.withdrawn.reason}")
        if there.withdrawn:
            return self
        marked = replace(there, withdrawn=Withdrawn(reason=reason, at=at))
        return Index(entries=tuple(marked if entry is there else entry for entry in self.entries))

    def as_json(self) -> dict[str, Any]:
        """As versions.json holds it."""
        return {"schema": SCHEMA, "latest": self.latest, "versions": [entry.as_json() for entry in self.entries]}

    def as_bytes(self) -> bytes:
        """The file: the same index is always the same bytes."""
        return (json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n").encode()

    def _offered(self) -> list[str]:
        return [entry.version for entry in self.entries
                if not entry.withdrawn and not semantic.is_prerelease(entry.version)]


def read(content: bytes, path: str = INDEX) -> Index:
    """The index of a file; `InputError` with every fault where it is none. `path` says where it was read."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        raise _refused(path, "not JSON", "the index of the published versions") from None
    if not isinstance(body, dict) or not isinstance(body.get("versions"), list):
        raise _refused(path, "no list of versions", "the index of the published versions")
    if body.get("schema") != SCHEMA:
        raise InputError([Fault(path=f"{path}: schema", value=repr(body.get("schema"))[:40], rule=f"{SCHEMA}, the only"
                                " one that this version knows", way_out="Install a newer conveyor-iac")])
    rows = (_row_faults(f"{path}: versions[{number}]", row) for number, row in enumerate(body["versions"]))
    faults = [*islice(chain(_shape(path, body, _KEYS), chain.from_iterable(rows)), MOST_FAULTS)]
    if not faults:
        index = Index(entries=tuple(map(_entry, body["versions"])))
        faults += _whole(path, body, index)
    if faults:
        raise InputError(faults)
    return index


def reason_faults(reason: str) -> Iterator[Fault]:
    """What is wrong with the reason of a withdrawal: it is one line that somebody can act on."""
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        yield Fault(path="--reason", value=repr(reason[:60]), rule=f"one line of 1 to {LONGEST_REASON} characters",
                    way_out="Say what is wrong with it and what to take instead")


def _entry(row: Mapping[str, Any]) -> Entry:
    marked = row["withdrawn"]
    return Entry(**{**row, "withdrawn": Withdrawn(**marked) if marked else None})


def _sorted(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    named = {entry.version: entry for entry in entries}
    return tuple(named[version] for version in semantic.newest_first(named))


def _row_faults(path: str, row: Any) -> Iterator[Fault]:
    """What is wrong with one version of the file."""
    wanted = set(Entry.__slots__)
    if not isinstance(row, dict):
        yield _fault(path, row, "a version with its keys")
        return
    yield from _shape(path, row, wanted)
    if not isinstance(row.get("version"), str):
        yield _fault(f"{path}.version", row.get("version"), "a semantic version")
    else:
        yield from semantic.faults_of(row["version"], f"{path}.version")
    for key, pattern, rule in (("published", _TIME, "a time in UTC, like 2026-11-22T10:00:00Z"),
                               ("sha256sums", _DIGEST, "a SHA-256 in 64 small hex digits"),
                               ("key", _KEY, "the id of a key, in at most 16 hex digits")):
        if not isinstance(row.get(key), str) or not pattern.fullmatch(row[key]):
            yield _fault(f"{path}.{key}", row.get(key), rule)
    if not isinstance(row.get("backport"), bool):
        yield _fault(f"{path}.backport", row.get("backport"), "true or false")
    first = row.get("compared_with") is None
    if row.get("verdict") not in (None, *_VERDICTS) or (row.get("verdict") is None) != first:
        yield _fault(f"{path}.verdict", row.get("verdict"), f"{', '.join(_VERDICTS)}, or null where nothing was"
                     " compared")
    if isinstance(row.get("compared_with"), str):
        yield from semantic.faults_of(row["compared_with"], f"{path}.compared_with")
    elif row.get("compared_with") is not None:
        yield _fault(f"{path}.compared_with", row["compared_with"], "a version or null")
    yield from _withdrawn_faults(f"{path}.withdrawn", row.get("withdrawn"))


def _withdrawn_faults(path: str, marked: Any) -> Iterator[Fault]:
    if marked is None:
        return
    right = (isinstance(marked, dict) and set(marked) == {"reason", "at"} and isinstance(marked["at"], str)
             and _TIME.fullmatch(marked["at"]) and isinstance(marked["reason"], str)
             and not list(reason_faults(marked["reason"])))
    if not right:
        yield _fault(path, marked, "null, or a reason in one line and a time in UTC")


def _whole(path: str, body: Mapping[str, Any], index: Index) -> Iterator[Fault]:
    """What is wrong with an index whose versions are each right."""
    names = [entry.version for entry in index.entries]
    if names != semantic.newest_first(set(names)):
        yield _fault(f"{path}: versions", names, "each version once, the newest first")
    elif body["latest"] != index.latest:
        yield _fault(f"{path}: latest", body["latest"], f"the newest that is neither withdrawn nor a pre-release:"
                     f" {index.latest}")


def _shape(path: str, row: Mapping[str, Any], wanted: set[str]) -> Iterator[Fault]:
    for key in sorted(wanted ^ set(row)):
        shown = key if key.isprintable() else repr(key)
        yield _fault(f"{path}.{shown}"[:120], "missing" if key in wanted else "unknown", f"these keys:"
                     f" {', '.join(sorted(wanted))}")


def _fault(path: str, value: Any, rule: str) -> Fault:
    return Fault(path=path, value=repr(value)[:80], rule=rule,
                 way_out="Restore the index as publishing left it: an earlier version of the object in the bucket")


def _refused(path: str, value: str, rule: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule,
                             way_out="Name the bucket and prefix that releases are published to")])


def _perhaps(version: str, known: list[str]) -> str:
    near = get_close_matches(version, known, n=3)
    if not known:
        return "Nothing is published there: name another bucket or prefix"
    return f"Perhaps you meant {' or '.join(near)}" if near else f"Published are {', '.join(known)}"
