"""A release: its files by name, their digests, and where they lie in a bucket.

PREFIX/versions.json is the one thing that ever changes; everything below PREFIX/VERSION/ is written once:

    NAME.template.json           the templates, as in templates/
    schemas/NAME.schema.json     the JSON Schemas of what a customer writes
    proofs/NAME.proof.json       what `conveyor-iac verify --json` says of each template
    release.json                 version, what made it, what it was compared with and how it came out
    diff.json, release-notes.md  what it may do that the one before could not, for programs and for people
    index.html                   the page that a security reviewer reads
    sbom.cdx.json                CycloneDX: the templates, and the packages that made and proved them
    SHA256SUMS                   the digest of each file above, as sha256sum writes it
    SHA256SUMS.minisig           its signature, in minisign's format
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from conveyor_iac.errors import Fault, InputError

INDEX = "versions.json"
SUMS = "SHA256SUMS"
SIGNATURE = "SHA256SUMS.minisig"
ABOUT = "release.json"
NOTES = "release-notes.md"
DIFF = "diff.json"
SBOM = "sbom.cdx.json"
PAGE = "index.html"
TEMPLATE = ".template.json"
PROOF = "proofs/{name}.proof.json"
SCHEMAS = "schemas/"
WRITTEN_ONCE = "public, max-age=31536000, immutable"
"""The cache header of what never changes."""
ALWAYS_ASKED = "no-cache"
"""The cache header of the index."""
_TYPES = {".json": "application/json", ".md": "text/markdown; charset=utf-8", ".html": "text/html; charset=utf-8"}
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version, and every file of it but the digests and their signature, by its name below the version's folder."""

    version: str
    files: Mapping[str, bytes]

    @property
    def sums(self) -> bytes:
        """SHA256SUMS: a line for each file, in the order of their names."""
        return "".join(f"{sha256(self.files[name]).hexdigest()}  {name}\n" for name in sorted(self.files)).encode()


def templates_of(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The templates among the files of a release, by their short names."""
    return {name.removesuffix(TEMPLATE): content for name, content in files.items() if name.endswith(TEMPLATE)}


def digests(sums: bytes, path: str) -> dict[str, str]:
    """What SHA256SUMS says: the digest of each file. `InputError` where it says something else; `path` names it.

    A line ends where it ends for sha256sum, so that no two readers find different files in it.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(sums.decode("utf-8", "replace").removesuffix("\n").split("\n"), 1):
        match = _LINE.fullmatch(line)
        if match is None or match[2] in found:
            raise InputError([Fault(path=f"{path}: line {number}", value=repr(line[:80]), rule="a SHA-256, two blanks"
                                    " and the name of a file below the folder, each name once",
                                    way_out="Fetch the release again, from where the vendor publishes it")])
        found[match[2]] = match[1]
    return found


def content_type(name: str) -> str:
    """The media type of a file of a release."""
    return next((type_ for ending, type_ in _TYPES.items() if name.endswith(ending)), "text/plain; charset=utf-8")
