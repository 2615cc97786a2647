"""What a new release is compared with: the nearest earlier version, fetched from where it is published.

A version that was begun keeps what it was compared with then, for its bytes are bound by its SHA256SUMS, even where a
nearer one was published before it was finished. Whether it must be a major version is always asked of the nearest.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256

from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.publishing import semantic
from conveyor_iac.publishing.index import Entry, Index
from conveyor_iac.publishing.making import COMPARED, Compare, Compared, Made, refuse_broader, release
from conveyor_iac.publishing.release import SUMS, TEMPLATE, Release, digests, templates_of
from conveyor_iac.publishing.store import Store

AT_ONCE = 8
"""Templates that are fetched at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """A release that is to be compared, and with what it can be. store: None where nothing can be read."""

    made: Made
    index: Index
    store: Store | None
    compare: Compare
    progress: Callable[[str], None]

    def chosen(self) -> tuple[Release, Compared]:
        """The release as it is published, and what it was compared with.

        Raises `AnswerIsNo` where it may do more and is no major version, and where other bytes are bound already.
        """
        version = self.made.version
        listed = self.index.entry(version)
        nearest = listed.compared_with if listed else next(iter(self.index.earlier(version)), None)
        compared = self._with(nearest)
        if listed is None:
            refuse_broader(version, compared)
        whole = release(self.made, compared)
        bound = self.store.read(f"{version}/{SUMS}") if self.store else None
        if bound is None or bound.content == whole.sums:
            return whole, compared
        if (differing := _differing(bound.content, whole)) <= set(COMPARED):
            for other in () if listed else self._others(nearest):
                compared = self._with(other)
                if (again := release(self.made, compared)).sums == bound.content:
                    return again, compared
        raise AnswerIsNo(f"{version} is there already, with other bytes ({', '.join(sorted(differing))}): a release"
                         " never changes. Publish these as a new version")

    def _others(self, nearest: str | None) -> list[str | None]:
        """What else it may have been compared with when it was begun, the likeliest first."""
        below = [entry.version for entry in self.index.entries if semantic.below(entry.version, self.made.version)]
        return [version for version in (*below, None) if version != nearest]

    def _with(self, version: str | None) -> Compared:
        entry = self.index.entry(version) if version is not None else None
        if entry is None or self.store is None:
            return Compared()
        self.progress(f"Comparing with {entry.version} ...")
        old = _templates(entry, self.store)
        return Compared(version=entry.version, comparison=self.compare(old, self.made.templates))


def _differing(bound: bytes, whole: Release) -> set[str]:
    """The files whose digests are bound otherwise."""
    there, here = digests(bound, f"{whole.version}/{SUMS}"), digests(whole.sums, SUMS)
    return {name for name in there.keys() | here.keys() if there.get(name) != here.get(name)}


def _templates(entry: Entry, store: Store) -> Mapping[str, bytes]:
    """The templates of a published version, held against its SHA256SUMS, and that against the index."""
    stored = store.read(f"{entry.version}/{SUMS}")
    if stored is None or sha256(stored.content).hexdigest() != entry.sha256sums:
        raise _tampered(entry, store, SUMS)
    sums = digests(stored.content, f"{entry.version}/{SUMS}")
    names = [name for name in sums if name.endswith(TEMPLATE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(names, pool.map(store.read, [f"{entry.version}/{name}" for name in names]), strict=True))
    files = {name: one.content for name, one in found.items() if one and sha256(one.content).hexdigest() == sums[name]}
    if len(files) < len(names):
        raise _tampered(entry, store, ", ".join(name for name in names if name not in files))
    return templates_of(files)


def _tampered(entry: Entry, store: Store, what: str) -> AnswerIsNo:
    return AnswerIsNo(f"{store.address}/{entry.version}: {what}: not what was published, so that nothing can be"
                      " compared with it. Put it back as it was, or withdraw the version: then the one before is taken")
