"""Where a release is read from: a folder, a URL, s3://bucket/prefix/version. Reads, and believes nothing.

What is found at PREFIX/VERSION/ is a release; what is found at PREFIX/ is an index, which leads to one.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.publishing import index, semantic
from conveyor_iac.publishing.fetching import SCHEMES, Denied, Fetch, checked, from_folder, from_s3, from_web, unreadable
from conveyor_iac.publishing.index import Index
from conveyor_iac.publishing.release import INDEX, SIGNATURE, SUMS, digests

AT_ONCE = 8
"""Files that are read at the same time."""
MOST_FILES = 200
_AGAIN = "Fetch the release again, from where the vendor publishes it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A release's folder, wherever it is.

    address: of the folder, without a slash at its end. fetch: how a file is read. version: which one is expected
    there: the one asked for, else the folder's name where that is a version, else nothing.
    """

    address: str
    fetch: Fetch
    version: str | None = None
    is_folder: bool = False

    def read(self, name: str) -> bytes | None:
        """The content of a file below; None where there is none. `InputError` where that cannot be known."""
        return self.fetch(f"{self.address}/{name}")

    def needed(self, name: str) -> bytes:
        """The content of a file that must be there; `InputError` where it is not."""
        content = self.read(name)
        if content is None:
            raise InputError([_missing(self, name)])
        return content

    @property
    def folder(self) -> str:
        """The folder's own name, which is the version's where it lies as it was published."""
        return self.address.rpartition("/")[2]

    @property
    def above(self) -> "Source":
        """The folder that this one is in: PREFIX. A server or a bucket as a whole is in none but itself."""
        address = self.address.rpartition("/")[0]
        return replace(self, address=self.address if address.endswith(":/") else address, version=None)

    def below(self, version: str) -> "Source":
        """The folder of a version in this one."""
        return replace(self, address=f"{self.address}/{version}", version=version)

    def others(self, known: Iterable[str]) -> list[str]:
        """What lies in a folder of this machine besides the files that are known; nothing elsewhere."""
        if not self.is_folder:
            return []
        root, expected = Path(self.address), {*known, SUMS, SIGNATURE}
        there = (file for file in root.rglob("*") if file.is_symlink() or not file.is_dir())
        return sorted({file.relative_to(root).as_posix() for file in there} - expected)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The files that are as their digests say, and what is wrong with the others."""

    files: Mapping[str, bytes]
    faults: tuple[Fault, ...]


def opened(words: str, *, version: str | None = None, region: str | None = None, profile: str | None = None,
           endpoint: str | None = None) -> Source:
    """The release that these words name.

    words: a folder, an http(s) URL or s3://BUCKET/PREFIX/VERSION; or the PREFIX, where versions.json is: then
    `version`, else the latest. region, profile, endpoint: for s3, in the words of AWS; None is what its settings say.
    Raises `InputError` where there is neither a release nor an index, and for a version that it does not have.
    """
    place = _place(words, region, profile, endpoint)
    if version is not None:
        semantic.version(version)
    if _has_release(place):
        return _named(place, version)
    return place.below(_chosen(place, index_in(place), version))


def fetched(source: Source, sums: bytes) -> Fetched:
    """Every file that SHA256SUMS names, and every fault: missing, not to be read, other than its digest says."""
    wanted = digests(sums, f"{source.address}/{SUMS}")
    if len(wanted) > MOST_FILES:
        raise InputError([Fault(path=f"{source.address}/{SUMS}", value=f"{len(wanted)} files", way_out=_AGAIN,
                                rule=f"a release has at most {MOST_FILES}")])
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = dict(zip(wanted, pool.map(lambda name: _one(source, name, wanted[name]), wanted), strict=True))
    return Fetched(files={name: content for name, content in found.items() if isinstance(content, bytes)},
                   faults=tuple(fault for faults in found.values() if not isinstance(faults, bytes)
                                for fault in faults))


def files_of(source: Source) -> Mapping[str, bytes]:
    """Every file of a release but its digests and their signature, which nobody checks here.

    Raises `InputError` with each file that is missing or is other than its digest says.
    """
    found = fetched(source, source.needed(SUMS))
    if found.faults:
        raise InputError(found.faults)
    return found.files


def index_in(place: Source) -> Index:
    """What versions.json in this folder says; `InputError` where there is none, or it is no index."""
    path = f"{place.address}/{INDEX}"
    content = place.read(INDEX)
    if content is None:
        raise unreadable(path, "not there", f"Name the folder of a version, which has {SUMS}, or the one above it,"
                         f" which has {INDEX}")
    return index.read(content, path)


def _place(words: str, region: str | None, profile: str | None, endpoint: str | None) -> Source:
    scheme = words.partition("://")[0] if "://" in words else ""
    address = words.rstrip("/")
    if scheme in SCHEMES:
        checked(words)
        place, mark, _ = words.replace("#", "?").partition("?")
        if mark:  # what comes after it may be a signature of S3, and is not shown
            raise _refused(place, "the URL of a folder: a host and a path, nothing after them")
        return Source(address=address, fetch=from_web)
    if scheme == "s3":
        if not address.removeprefix("s3:").strip("/") or "@" in address:
            raise _refused(HIDDEN if "@" in address else words, "s3://BUCKET/PREFIX/VERSION")
        return Source(address=address, fetch=from_s3(region=region, profile=profile, endpoint=endpoint))
    if scheme:
        raise _refused(words, "a folder, or a URL that begins with https://, http:// or s3://")
    if not words or not Path(words).is_dir():
        raise _refused(words, "a folder that is there, or a URL that begins with https://, http:// or s3://")
    return Source(address=str(Path(words).resolve()), fetch=from_folder, is_folder=True)


def _has_release(place: Source) -> bool:
    """Whether a release lies here. A reader who may not list a bucket is denied what is not there."""
    try:
        return place.read(SUMS) is not None
    except Denied:
        return False


def _refused(words: str, rule: str) -> InputError:
    return InputError([Fault(path=words, value="cannot be opened", rule=rule,
                             way_out="Name where the release is, as the vendor gives it")])


def _named(place: Source, version: str | None) -> Source:
    """A release's own folder. One that is called as another version than the one asked for is refused."""
    called = None if list(semantic.faults_of(place.folder, "")) else place.folder
    if version and called and version != called:
        raise InputError([Fault(path="--version", value=version, rule=f"the folder is called {called}",
                                way_out="Leave --version out, or name the folder above")])
    return replace(place, version=version or called)


def _chosen(place: Source, found: Index, version: str | None) -> str:
    known = [entry.version for entry in found.entries]
    chosen = version or found.latest
    if chosen not in known:
        raise InputError([Fault(
            path=f"{place.address}/{INDEX}", value=f"no version {version}" if version else "no latest version",
            rule="a version that the index names", way_out="Name one with --version: "
            + (", ".join(known[:8]) or "there is none"))])
    return str(chosen)


def _one(source: Source, name: str, digest: str) -> bytes | tuple[Fault, ...]:
    """A file, or what is wrong with it."""
    try:
        content = source.read(name)
    except InputError as refused:
        return refused.faults
    if content is None:
        return (_missing(source, name),)
    found = sha256(content).hexdigest()
    if found != digest:
        return (Fault(path=f"{source.address}/{name}", value=f"sha256 {found}", rule=f"{SUMS} says {digest}",
                      way_out=_AGAIN),)
    return content


def _missing(source: Source, name: str) -> Fault:
    return Fault(path=f"{source.address}/{name}", value="not there", rule="a release is whole", way_out=_AGAIN)
