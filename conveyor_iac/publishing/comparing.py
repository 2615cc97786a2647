"""What a new release is compared with: the nearest earlier version, fetched from where it is published.

A version that was begun keeps what it was compared with then, for its bytes are bound by its SHA256SUMS, even where a
nearer one was published before it was finished. Whether it must be a major version is always asked of the nearest.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from conveyor_iac.errors import AnswerIsNo, InputError
from conveyor_iac.publishing import semantic
from conveyor_iac.publishing.index import Entry, Index
from conveyor_iac.publishing.making import COMPARED, Compare, Compared, Made, refuse_broader, release
from conveyor_iac.publishing.release import SIGNATURE, SUMS, TEMPLATE, Release, digests, templates_of
from conveyor_iac.publishing.store import Store

if TYPE_CHECKING:
    from conveyor_iac.publishing.minisign import Signer

AT_ONCE = 8
"""Templates that are fetched at the same time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """A release that is to be compared, and with what it can be.

    store: None where nothing can be read. signer: whose signature an earlier version may bear, besides those of the
    keys that ship; without one no signature is looked at.
    """

    made: Made
    index: Index
    store: Store | None
    signer: "Signer | None"
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
        sums = digests(_sums(entry, self.store, self.signer), f"{entry.version}/{SUMS}")
        old = _templates(entry, self.store, sums)
        return Compared(version=entry.version, comparison=self.compare(old, self.made.templates))


def _differing(bound: bytes, whole: Release) -> set[str]:
    """The files whose digests are bound otherwise; SHA256SUMS itself where what is there is none."""
    try:
        there, here = digests(bound, SUMS), digests(whole.sums, SUMS)
    except InputError:
        return {SUMS}
    return {name for name in there.keys() | here.keys() if there.get(name) != here.get(name)}


def _sums(entry: Entry, store: Store, signer: "Signer | None") -> bytes:
    """SHA256SUMS of a published version, held against the index and its signature. `AnswerIsNo` where it is another.

    So who can write to the bucket, but holds no key, cannot change what is compared with. The index bears no signature:
    that a version is missing there shows only in what the release says it was compared with.
    """
    from conveyor_iac.publishing.keys import trusted_for
    from conveyor_iac.publishing.minisign import verify, version_of

    stored, signature = (store.read(f"{entry.version}/{name}") for name in (SUMS, SIGNATURE))
    if stored is None or sha256(stored.content).hexdigest() != entry.sha256sums:
        raise _tampered(entry, store, SUMS)
    if signature is None:
        raise _tampered(entry, store, SIGNATURE)
    if signer:
        try:
            signed = verify(stored.content, signature.content, [signer.public, *trusted_for(entry.version)], SIGNATURE)
        except InputError:
            raise _tampered(entry, store, SIGNATURE) from None
        except AnswerIsNo as no:
            raise AnswerIsNo(f"{store.address}/{entry.version}: {no}. Nothing can be compared with it: sign with the"
                             " key it was signed with, or ship that one's public key") from None
        if version_of(signed.comment) != entry.version:
            raise _tampered(entry, store, f"{SIGNATURE}, which is one of {signed.comment!r}")
    return stored.content


def _templates(entry: Entry, store: Store, sums: Mapping[str, str]) -> Mapping[str, bytes]:
    """The templates of a published version, held against its SHA256SUMS."""
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
