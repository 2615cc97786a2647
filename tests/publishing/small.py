"""A small release of a small language: a template is a list of powers, so that proving and comparing it is quick.

What publishing is handed, as plain functions of this module, so that other processes can call them too.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from conveyor_iac.publishing import sbom
from conveyor_iac.publishing.index import Index, read
from conveyor_iac.publishing.minisign import PublicKey, verify, version_of
from conveyor_iac.publishing.publish import Asked, Published, planned, publish
from conveyor_iac.publishing.release import INDEX, SIGNATURE, SUMS, digests
from conveyor_iac.publishing.store import Store

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
POWERS = ("read", "write")
_installed = sbom.packages


@cache
def few_packages() -> tuple[sbom.Package, ...]:
    """Three of the packages: all of them are two thirds of the time that publishing takes here."""
    return _installed()[:3]


class Key:
    """A throw-away Ed25519 key."""

    def __init__(self, seed: int = 1) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public = PublicKey.of(self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


def sources(powers: tuple[str, ...] = POWERS) -> dict[str, bytes]:
    """One template that gives these powers, and one schema."""
    return {"role.template.json": json.dumps({"Powers": powers, "Resources": {}}).encode(),
            "schemas/installation.schema.json": b'{"type": "object"}\n'}


def prove(templates: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """One claim of each template: nothing is both given and forbidden."""
    return {name: {"template": f"{name}.template.json", "sha256": sha256(content).hexdigest(), "claims": [
        {"id": "iam.closure", "verdict": "refuted" if b"everything" in content else "proved"}]}
        for name, content in templates.items()}


def compare(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> dict[str, Any]:
    """Whether the new role has powers that the old one lacks, and the other way round."""
    before, after = (set(json.loads(some["role"])["Powers"]) for some in (old, new))
    more, less = ("proved" if one <= other else "refuted" for one, other in ((after, before), (before, after)))
    if "unclear" in after - before:
        more = "undecided"
    words = {("proved", "proved"): "equal", ("proved", "refuted"): "narrower", ("refuted", "proved"): "broader",
             ("refuted", "refuted"): "incomparable"}
    verdict = words.get((more, less), "undecided")
    subject = {"kind": "permissions", "subject": "Role", "verdict": verdict, "more": more, "less": less,
               "may_now": {"powers": sorted(after - before)}, "may_no_longer": {"powers": sorted(before - after)},
               "notes": []}
    return {"verdict": verdict, "more": more, "less": less, "templates": [
        {"template": "role", "state": "compared", "verdict": verdict, "more": more, "less": less,
         "sha256": {"old": "", "new": ""}, "subjects": [subject], "resources": [], "parameters": [], "notes": []}]}


def published(store: Store, version: str, *powers: str, backport: bool = False, seed: int = 1,
              now: datetime = NOW, progress: Callable[[str], None] = str) -> Published:
    """Publishes a version of the small release."""
    return publish(Asked(version=version, backport=backport), synthesize=lambda: sources(powers or POWERS), prove=prove,
                   compare=compare, signer=Key(seed), store=store, clock=lambda: now, progress=progress)


def plan(store: Store | None, version: str, *powers: str, backport: bool = False, signer: Key | None) -> Published:
    """What publishing it would do."""
    return planned(Asked(version=version, backport=backport), synthesize=lambda: sources(powers or POWERS), prove=prove,
                   compare=compare, signer=signer, store=store, clock=lambda: NOW, progress=str)


def whole(content: Mapping[str, bytes], *keys: Key) -> Index:
    """The index, after everything that it names was found there whole, with its signature; an assertion otherwise."""
    index = read(content[INDEX]) if INDEX in content else Index()
    for entry in index.entries:
        files = {name.removeprefix(f"{entry.version}/"): body for name, body in content.items()
                 if name.startswith(f"{entry.version}/")}
        assert sha256(files[SUMS]).hexdigest() == entry.sha256sums
        signed = verify(files[SUMS], files[SIGNATURE], [key.public for key in keys or (Key(),)], SIGNATURE)
        assert version_of(signed.comment) == entry.version
        assert signed.key.name == entry.key
        wanted = digests(files[SUMS], SUMS)
        assert set(files) == {*wanted, SUMS, SIGNATURE}
        assert {name: sha256(files[name]).hexdigest() for name in wanted} == wanted
    return index
