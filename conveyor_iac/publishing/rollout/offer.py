"""What a release offers to roll out: its version, its templates, and where CloudFormation reads them.

Reads a release and its index. Checks every digest; whose signature stands below them is for `verify-release` to say.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from conveyor_iac.errors import AnswerIsNo, Fault, InputError
from conveyor_iac.publishing import index, semantic
from conveyor_iac.publishing.fetching import Denied
from conveyor_iac.publishing.index import Withdrawn
from conveyor_iac.publishing.release import ABOUT, INDEX, SUMS, TEMPLATE, templates_of
from conveyor_iac.publishing.source import Source, files_of

_OF_S3 = re.compile(r"https://([a-z0-9][a-z0-9.-]*\.)?s3([.-](dualstack\.)?[a-z0-9-]+)?\.amazonaws\.(com|com\.cn|eu)"
                    r"(/[A-Za-z0-9._~/-]*)?")
"""An address of S3, path-style or virtual-hosted; CloudFormation reads templates from nowhere else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A published template: its short name, its address, its digest, its parameters as it declares them."""

    name: str
    url: str
    sha256: str
    parameters: Mapping[str, Mapping[str, Any]]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The parameters that are NoEcho: never in a file, never in a link."""
        return tuple(name for name, row in self.parameters.items() if row.get("NoEcho"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A release as a roll-out sees it. withdrawn: why its version must not be used, where the index says so.

    told: what its user should know of it.
    """

    version: str
    url: str
    templates: Mapping[str, Template]
    withdrawn: Withdrawn | None = None
    told: tuple[str, ...] = field(default=())

    @property
    def names(self) -> frozenset[str]:
        """The parameters of all its templates together."""
        return frozenset(name for template in self.templates.values() for name in template.parameters)


def offer(source: Source, *, url: str | None = None, withdrawn_too: bool = False) -> Offer:
    """What a release offers.

    url: where CloudFormation reads it, where that is not where it is read here: the address of the version's folder.
    Raises `InputError` for a release that is not whole, for an address that is none of S3, for an index that is broken,
    and for a version that it does not name; `AnswerIsNo` for one that the index knows with other bytes, or that is
    withdrawn, unless `withdrawn_too`.
    """
    address = _address(source, url)
    files = files_of(source)
    version = source.version or _version(source, files)
    _same_version(address, version)
    withdrawn, told = _standing(source, version)
    if withdrawn and not withdrawn_too:
        raise AnswerIsNo(f"{version} was withdrawn on {withdrawn.at}: {withdrawn.reason}. Take another version; with"
                         " --withdrawn-too it is taken all the same")
    found = {name: _template(name, content, f"{address}/{name}{TEMPLATE}")
             for name, content in templates_of(files).items()}
    return Offer(version=version, url=address, templates=found, withdrawn=withdrawn, told=told)


def _address(source: Source, url: str | None) -> str:
    """Where CloudFormation reads the release: what is given, else where it was read."""
    address, path = (source.address, "--release") if url is None else (url.rstrip("/"), "--url")
    if address.startswith("s3://"):
        bucket, _, prefix = address.removeprefix("s3://").partition("/")
        address = f"https://{bucket}.s3.amazonaws.com/{prefix}" if "." not in bucket else \
            f"https://s3.amazonaws.com/{bucket}/{prefix}"
    if not _OF_S3.fullmatch(address):
        raise InputError([Fault(path=path, value=repr(address), rule="CloudFormation reads a template from S3 only, by"
                                " https", way_out="Name where the version's folder is published: --url"
                                " https://BUCKET.s3.REGION.amazonaws.com/PREFIX/VERSION")])
    return address


def _same_version(address: str, version: str) -> None:
    """`InputError` for an address that ends with another version than the release is of."""
    last = address.rpartition("/")[2]
    if last != version and not list(semantic.faults_of(last, "")):
        raise InputError([Fault(path="--url", value=repr(address), rule=f"the folder of {version}, which --release is"
                                " of", way_out="Name both of one version")])


def _version(source: Source, files: Mapping[str, bytes]) -> str:
    """The version that a folder of another name says it is."""
    try:
        return str(json.loads(files[ABOUT])["version"])
    except (KeyError, TypeError, ValueError):
        raise InputError([Fault(path=f"{source.address}/{ABOUT}", value="names no version", rule="a release says which"
                                " version it is", way_out="Fetch it again, from where the vendor publishes it")
                          ]) from None


def _standing(source: Source, version: str) -> tuple[Withdrawn | None, tuple[str, ...]]:
    """What the index beside the release says of its version; `InputError` for one that is there and is no index."""
    path = f"{source.above.address}/{INDEX}"
    try:
        content, why = source.above.read(INDEX), f"{path} is not there"
    except Denied as refused:
        content, why = None, str(refused.faults[0])
    if content is None:
        return None, (f"Whether {version} was withdrawn is not known: {why}",)
    found = index.read(content, path)
    entry, digest = found.entry(version), sha256(source.needed(SUMS)).hexdigest()
    if entry is None:
        known = ", ".join(row.version for row in found.entries[:8]) or "none"
        raise InputError([Fault(path=path, value=f"no version {version}", rule="a published version",
                                way_out=f"Name one of these: {known}")])
    if entry.sha256sums != digest:
        raise AnswerIsNo(f"{source.address} is not the {version} of the index: {SUMS} has SHA-256 {digest}, there"
                         f" {entry.sha256sums}")
    newer = found.latest if found.latest and found.latest != version else None
    told = (f"WITHDRAWN on {entry.withdrawn.at}: {entry.withdrawn.reason}",) if entry.withdrawn else ()
    return entry.withdrawn, (*told, *([f"The latest version is {newer}"] if newer else []))


def _template(name: str, content: bytes, url: str) -> Template:
    try:
        parameters = json.loads(content)["Parameters"]
    except (KeyError, TypeError, ValueError):
        raise InputError([Fault(path=url, value="not a template of ours", rule="JSON with parameters",
                                way_out="Fetch the release again, from where the vendor publishes it")]) from None
    return Template(name=name, url=url, sha256=sha256(content).hexdigest(), parameters=parameters)
