"""Releases as a vendor makes them, written into a folder; small, of published templates that are soon proved."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verify import verify
from conveyor_iac.publishing.index import Entry
from conveyor_iac.publishing.making import Compared, made
from conveyor_iac.publishing.making import release as finished
from conveyor_iac.publishing.minisign import PublicKey, comment_of, sign
from conveyor_iac.publishing.release import SIGNATURE, SUMS, Release

ROOT = Path(__file__).parents[2]
SMALL = ("endpoint-service.template.json", "network-shared.template.json")


class Key:
    """A key of which everything follows from a word, so that a test is the same each time."""

    def __init__(self, word: str) -> None:
        self._secret = Ed25519PrivateKey.from_private_bytes(sha256(word.encode()).digest())
        self.public = PublicKey.of(self._secret.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._secret.sign(message)


VENDOR, STRANGER, RETIRED = Key("vendor"), Key("stranger"), Key("retired")


def proofs(templates: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    """The real prover's reports, without the seconds."""
    reports = {name: verify(read(content.decode(), name)).as_json() for name, content in templates.items()}
    for report in reports.values():
        for claim in report["claims"]:
            del claim["seconds"]
    return reports


def sources() -> dict[str, bytes]:
    """The published templates that are soon proved, and a schema."""
    schema = ROOT / "docs/schemas/vendor-sheet.schema.json"
    return {name: (ROOT / "templates" / name).read_bytes() for name in SMALL} | {
        f"schemas/{schema.name}": schema.read_bytes()}


def release(version: str = "1.0.0") -> Release:
    """A first release."""
    return finished(made(version, sources, proofs), Compared())


def written(folder: Path, made: Release, key: Key = VENDOR, comment: str | None = None) -> Path:
    """The release in a folder, signed."""
    signature = sign(made.sums, comment or comment_of(made.version), key)
    for name, content in {**made.files, SUMS: made.sums, SIGNATURE: signature}.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return folder


def changed(made: Release, files: Mapping[str, bytes | None]) -> Release:
    """The release with other files, which its digests name; `None` leaves one out."""
    every = {**made.files, **files}
    return Release(version=made.version, files={name: body for name, body in every.items() if body is not None})


def entry(made: Release, **words: Any) -> Entry:
    """What an index says of the release."""
    return Entry(**{"version": made.version, "published": "2026-01-02T03:04:05Z", "key": VENDOR.public.name,
                    "sha256sums": sha256(made.sums).hexdigest(), **words})


def edited(content: bytes, *path: str, to: Any) -> bytes:
    """A JSON file with one value in the place of another."""
    body = part = json.loads(content)
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = to
    return (json.dumps(body, indent=2) + "\n").encode()
