"""Publishing a release, so that it can be cut off anywhere and run again, by one or by two at once.

The order is the law: rules first, and nothing is written; SHA256SUMS, which binds the bytes of the version, so that of
two publishers with other bytes one has lost before anything is mixed; every file; the signature; everything is read
back; and last the index is moved, on condition that nobody else moved it. So the index names whole versions only.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, TypeVar

from conveyor_iac.errors import AnswerIsNo, Fault, InputError
from conveyor_iac.publishing import index as indexes
from conveyor_iac.publishing import semantic
from conveyor_iac.publishing.comparing import AT_ONCE, Comparing
from conveyor_iac.publishing.index import Entry, Index
from conveyor_iac.publishing.making import Compare, Compared, Describe, Prove, Synthesize, made
from conveyor_iac.publishing.release import INDEX, SIGNATURE, SUMS, Release
from conveyor_iac.publishing.store import Moved, Store, refuse_other

if TYPE_CHECKING:
    from conveyor_iac.publishing.minisign import Signer

Progress = Callable[[str], None]
Clock = Callable[[], datetime]
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is to be published. backport: it is known that the version is below the newest one."""

    version: str
    backport: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """An object: its name below the prefix, its bytes and SHA-256, and whether it was there already, as it is.

    size, sha256: None of what depends on a key that was not given.
    """

    name: str
    size: int | None
    sha256: str | None
    was_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What is published, or would be: every object of the version, and the index last.

    already: the index named the version before. withdrawn: why it must not be used, where it was withdrawn.
    """

    version: str
    compared_with: str | None
    verdict: str | None
    latest: str | None
    already: bool
    withdrawn: str | None
    objects: tuple[Object, ...]


def publish(asked: Asked, *, synthesize: Synthesize, prove: Prove, compare: Compare, signer: "Signer", store: Store,
            clock: Clock, progress: Progress, describe: Describe = dict) -> Published:
    """Publishes a version; what is there already, with the same bytes, is left as it is.

    Raises `InputError` for what was given wrongly, and `AnswerIsNo` where a claim is not proved, where the release may
    do more and is no major version, where other bytes are there, and where somebody or something came in between.
    """
    ready = _ready(asked, synthesize, prove, compare, signer, store, progress, describe)
    after = ready.after(clock)
    written = _write(ready, store, progress)
    progress("Reading everything back ...")
    _read_back(ready, signer, store)
    moved = _move(ready, after, store)
    return ready.told(moved, there={*ready.files} - written)


def planned(asked: Asked, *, synthesize: Synthesize, prove: Prove, compare: Compare, signer: "Signer | None",
            store: Store | None, clock: Clock, progress: Progress, describe: Describe = dict) -> Published:
    """What publishing would do. Nothing is written, and what `publish` would refuse before it writes is refused.

    signer: without one, what depends on the key is not known. store: None where the bucket cannot be read; then the
    release is made as a first one.
    """
    ready = _ready(asked, synthesize, prove, compare, signer, store, progress, describe)
    there = _there(ready, store) if store else set()
    return ready.told(ready.after(clock), there=there)


def read_index(store: Store) -> tuple[Index, str | None]:
    """The index and S3's mark of it; an empty one where nothing is published yet."""
    stored = store.read(INDEX)
    if stored is None:
        return Index(), None
    return indexes.read(stored.content, f"{store.address}/{INDEX}"), stored.etag


def spelled(clock: Clock) -> str:
    """The time in UTC, as the index writes it."""
    return clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """Everything that is decided before anything is written. index: as it was read; etag: S3's mark of it."""

    asked: Asked
    release: Release
    compared: Compared
    index: Index
    etag: str | None
    signature: bytes | None
    key: str

    @property
    def files(self) -> dict[str, bytes]:
        """Every object of the version by its name below the prefix, in the order of the law."""
        found = {SUMS: self.release.sums, **dict(sorted(self.release.files.items()))}
        signed = found if self.signature is None else found | {SIGNATURE: self.signature}
        return {f"{self.asked.version}/{name}": content for name, content in signed.items()}

    def after(self, clock: Clock) -> Index:
        """The index with this version."""
        return self.index.added(Entry(
            version=self.asked.version, published=spelled(clock), sha256sums=sha256(self.release.sums).hexdigest(),
            key=self.key, compared_with=self.compared.version, verdict=self.compared.verdict,
            backport=self.asked.backport))

    def told(self, after: Index, there: set[str]) -> Published:
        """What there is to say. there: the names of what was there already."""
        already, entry = self.index.entry(self.asked.version) is not None, after.entry(self.asked.version)
        content: dict[str, bytes | None] = {**self.files}
        if self.signature is None:
            content[f"{self.asked.version}/{SIGNATURE}"] = None
        content[INDEX] = None if self.signature is None and not already else after.as_bytes()
        return Published(
            version=self.asked.version, compared_with=self.compared.version, verdict=self.compared.verdict,
            latest=after.latest, already=already,
            withdrawn=entry.withdrawn.reason if entry and entry.withdrawn else None,
            objects=tuple(_object(name, one, name in there or (name == INDEX and already))
                          for name, one in content.items()))


def _object(name: str, content: bytes | None, was_there: bool) -> Object:
    known = content is not None
    return Object(name=name, size=len(content) if known else None,  # type: ignore[arg-type]
                  sha256=sha256(content).hexdigest() if known else None, was_there=was_there)  # type: ignore[arg-type]


def _ready(asked: Asked, synthesize: Synthesize, prove: Prove, compare: Compare, signer: "Signer | None",
           store: Store | None, progress: Progress, describe: Describe) -> _Ready:
    """Everything decided, the cheap rules first."""
    from conveyor_iac.publishing.minisign import comment_of, sign

    semantic.version(asked.version)
    index, etag = read_index(store) if store else (Index(), None)
    if store:
        _refuse_older(asked, index)
    found = made(asked.version, synthesize, prove, describe)
    release, compared = Comparing(made=found, index=index, store=store, signer=signer, compare=compare,
                                  progress=progress).chosen()
    signature = sign(release.sums, comment_of(asked.version), signer) if signer else None
    if store and signer and signature is not None:
        _refuse_other_key(asked.version, index, signer, signature, store)
    return _Ready(asked=asked, release=release, compared=compared, index=index, etag=etag, signature=signature,
                  key=signer.public.name if signer else "")


def _refuse_older(asked: Asked, index: Index) -> None:
    """A version below the newest one is published on purpose only. One that is there already is not asked again."""
    newest = index.newest
    if index.entry(asked.version) is not None:
        return
    older = newest is not None and semantic.below(asked.version, newest)
    if older and not asked.backport:
        raise InputError([Fault(path="--version", value=asked.version, rule=f"not below the newest, which is {newest}",
                                way_out="Give a higher one, or --backport if it mends an older release")])
    if asked.backport and not older:
        raise InputError([Fault(path="--backport", value=asked.version, rule="a version below the newest, which is"
                                f" {newest or 'none yet'}", way_out="Leave --backport out")])


def _refuse_other_key(version: str, index: Index, signer: "Signer", signature: bytes, store: Store) -> None:
    """The signature is part of a release, and the index names its key, also while the signature is not there."""
    there, listed = store.read(f"{version}/{SIGNATURE}"), index.entry(version)
    if (there is not None and there.content != signature) or (listed and listed.key != signer.public.name):
        raise AnswerIsNo(f"{store.address}/{version}/{SIGNATURE} was made with another key already: a release"
                         " never changes. Give the key that it was signed with, or publish a new version")


def _there(ready: _Ready, store: Store) -> set[str]:
    """The names of what is there already; `AnswerIsNo` where it has other bytes."""
    found = _at_once(store.read, dict.fromkeys([*ready.files, f"{ready.asked.version}/{SIGNATURE}"]))
    for name, content in ready.files.items():
        refuse_other(store, name, found[name], content)
    return {name for name, stored in found.items() if stored}


def _write(ready: _Ready, store: Store, progress: Progress) -> set[str]:
    """Writes what is not there yet, in the order of the law; the names of what was written now."""
    files = ready.files
    sums, *others, signature = files
    progress(f"Writing {len(files)} objects to {store.address}/{ready.asked.version}/ ...")
    done = {sums: store.write_once(sums, files[sums])}
    done |= _at_once(lambda name: store.write_once(name, files[name]), others, progress)
    done[signature] = store.write_once(signature, files[signature])
    return {name for name, now in done.items() if now}


def _read_back(ready: _Ready, signer: "Signer", store: Store) -> None:
    """Everything is there with its own bytes, and the signature holds; `AnswerIsNo` where it does not."""
    from conveyor_iac.publishing.minisign import verify, version_of

    found = _at_once(store.read, ready.files)
    wrong = sorted(name for name, stored in found.items() if stored is None or stored.content != ready.files[name])
    if wrong:
        raise AnswerIsNo(f"{store.address}: what is there is not what was written: {', '.join(wrong)}. Somebody else"
                         " changed it, and the index is left as it is")
    version = ready.asked.version
    signed = verify(ready.release.sums, ready.files[f"{version}/{SIGNATURE}"], [signer.public], SIGNATURE)
    if version_of(signed.comment) != version:
        raise AnswerIsNo(f"{SIGNATURE} is one of {signed.comment!r}, and not of {version}")


def _move(ready: _Ready, after: Index, store: Store) -> Index:
    """Moves the index, unless it says so already: before, or by somebody who published the same meanwhile."""
    if after == ready.index:
        return after
    try:
        store.move(INDEX, after.as_bytes(), ready.etag)
        return after
    except Moved:
        now, _ = read_index(store)
        mine = after.entry(ready.asked.version)
        if mine is None or now.entry(mine.version) is None:
            raise
        return now.added(mine)


def _at_once(work: Callable[[str], _Answer], names: Iterable[str], progress: Progress | None = None
             ) -> dict[str, _Answer]:
    """What the work gives for each name, several at a time. The first that fails stops those that did not begin."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = {pool.submit(work, name): name for name in names}
        try:
            for number, ended in enumerate(as_completed(begun), 1):
                ended.result()
                if progress:
                    progress(f"{number} of {len(begun)}: {begun[ended]}")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    return {name: future.result() for future, name in begun.items()}
