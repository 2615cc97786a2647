"""What is in a release, and what made it: a CycloneDX bill of materials, the same bytes for the same release.

So it holds no time, and its serial number is made from its content. The packages are those by which templates are
synthesized and proved, as they are installed where it is written: they are named as excluded, for nothing of them runs
in the customer's account. https://cyclonedx.org/docs/1.6/json/
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from conveyor_iac.publishing.release import TEMPLATE

if TYPE_CHECKING:
    from importlib.metadata import Distribution

    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component
    from cyclonedx.model.license import License

PRODUCT = "conveyor-iac"
EXTRAS = ("cdk", "verify")
"""What synthesizing and proving take besides the package itself."""
RESOURCE_TYPE = "conveyor-iac:resource-type"
"""The property of a template that names a type of resource it makes."""
_RELEASE = "conveyor-iac-release"
_LONGEST_LICENCE = 80
"""Characters; some packages write the whole licence where its name belongs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A Python package: its licences as its metadata names them, and the packages it requires, by name."""

    name: str
    version: str
    licences: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    @property
    def purl(self) -> str:
        """Its package URL, which is also its reference in the bill."""
        from packageurl import PackageURL

        return str(PackageURL("pypi", None, self.name, self.version))


def packages() -> tuple[Package, ...]:
    """This package and every one that it requires to synthesize and to prove, as installed, in the order of names."""
    from importlib.metadata import PackageNotFoundError, distribution

    found: dict[str, Package] = {}
    asked: dict[str, set[str]] = {}
    waiting = [(PRODUCT, frozenset(EXTRAS))]
    while waiting:
        name, extras = waiting.pop()
        if name in found and extras <= asked[name]:
            continue
        asked[name] = asked.get(name, set()) | extras
        try:
            there = distribution(name)
        except PackageNotFoundError:
            continue
        required = dict(_required(there, asked[name]))
        found[name] = Package(name=name, version=there.version, licences=tuple(_licences(there)),
                              requires=tuple(sorted(required)))
        waiting += required.items()
    return tuple(found[name] for name in sorted(found))


def sbom(version: str, files: Mapping[str, bytes], packages: Sequence[Package]) -> bytes:
    """The bill of materials as JSON of CycloneDX 1.6.

    version: of the release. files: the templates, by their names in the release. packages: what made and proved them.
    """
    from cyclonedx.output.json import JsonV1Dot6

    body = json.loads(JsonV1Dot6(_bom(version, files, packages)).output_as_string())
    del body["metadata"]["timestamp"], body["serialNumber"]
    content = json.dumps(body, sort_keys=True)
    body["serialNumber"] = uuid5(NAMESPACE_URL, content).urn
    return (json.dumps(body, sort_keys=True, indent=2, ensure_ascii=False) + "\n").encode()


def _bom(version: str, files: Mapping[str, bytes], packages: Sequence[Package]) -> "Bom":
    from cyclonedx.model.bom import Bom, BomMetaData
    from cyclonedx.model.component import Component, ComponentType

    release = Component(type=ComponentType.APPLICATION, name=_RELEASE, version=version, bom_ref=_RELEASE,
                        description="CloudFormation templates, and the packages that made and proved them")
    made = {name: _file(name, content) for name, content in files.items()}
    tools = {package.name: _package(package) for package in packages}
    bom = Bom(metadata=BomMetaData(component=release), components=[*made.values(), *tools.values()])
    required = {name for package in packages for name in package.requires}
    bom.register_dependency(release, [*made.values(), *(tools[name] for name in tools if name not in required)])
    for package in packages:
        bom.register_dependency(tools[package.name], [tools[name] for name in package.requires if name in tools])
    return bom


def _file(name: str, content: bytes) -> "Component":
    from cyclonedx.model import HashAlgorithm, HashType, Property
    from cyclonedx.model.component import Component, ComponentScope, ComponentType

    resources = json.loads(content)["Resources"].values() if name.endswith(TEMPLATE) else ()
    types = sorted({resource["Type"] for resource in resources})
    return Component(
        type=ComponentType.FILE, name=name, bom_ref=name, scope=ComponentScope.REQUIRED,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256(content).hexdigest())],
        properties=[Property(name=RESOURCE_TYPE, value=type_) for type_ in types])


def _package(package: Package) -> "Component":
    from cyclonedx.model.component import Component, ComponentScope, ComponentType
    from packageurl import PackageURL

    return Component(type=ComponentType.LIBRARY, name=package.name, version=package.version, bom_ref=package.purl,
                     purl=PackageURL.from_string(package.purl), scope=ComponentScope.EXCLUDED,
                     licenses=_declared(package.licences))


def _declared(names: Sequence[str]) -> "list[License]":
    """SPDX's own words where a name is one of them. An expression of several licences stands alone."""
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.license import LicenseAcknowledgement

    make, declared = LicenseFactory(), LicenseAcknowledgement.DECLARED
    if len(names) == 1:
        return [make.make_from_string(names[0], license_acknowledgement=declared)]
    return [make.make_with_name(name, acknowledgement=declared) for name in names]


def _licences(there: "Distribution") -> Iterator[str]:
    """What the metadata says: its expression (PEP 639), else its one line, else its classifiers."""
    metadata: Any = there.metadata
    lines = [metadata.get(name) or "" for name in ("License-Expression", "License")]
    said = next((line for line in lines if line and "\n" not in line and line != "UNKNOWN"
                 and len(line) <= _LONGEST_LICENCE), None)
    if said:
        yield said
        return
    for classifier in metadata.get_all("Classifier") or ():
        kind, *rest = classifier.split(" :: ")
        if kind == "License" and rest and rest != ["OSI Approved"]:
            yield rest[-1]


def _required(there: "Distribution", extras: set[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """The packages that it requires here with these extras, and their own extras."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, set[str]] = {}
    for line in there.requires or ():
        required = Requirement(line)
        if required.marker is None or any(required.marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            found.setdefault(canonicalize_name(required.name), set()).update(required.extras)
    yield from ((name, frozenset(of)) for name, of in found.items())
