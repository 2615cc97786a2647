"""Releases of the published templates of today, with an index, as files of a folder."""

from collections.abc import Iterator
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any

from conveyor_iac.publishing.index import Entry, Index
from conveyor_iac.publishing.release import INDEX, SUMS, Release

ROOT = Path(__file__).parents[3]
URL = "https://releases.s3.eu-west-1.amazonaws.com/conveyor"


def release(version: str = "1.2.0", **more: bytes) -> Release:
    """A release of templates alone: a roll-out reads nothing else of one."""
    templates = {file.name: file.read_bytes() for file in (ROOT / "templates").glob("*.template.json")}
    return Release(version=version, files={**templates, **more})


def entry(made: Release, **words: Any) -> Entry:
    """What an index says of a release."""
    return Entry(**{"version": made.version, "published": "2026-01-02T03:04:05Z", "key": "0123456789ABCDEF",
                    "sha256sums": sha256(made.sums).hexdigest(), **words})


def indexed(*releases: Release) -> Index:
    """The index of these releases."""
    return reduce(Index.added, map(entry, releases), Index())


def written(folder: Path, *releases: Release, index: Index | None = None) -> Path:
    """Releases below a folder, with an index of them, or this one."""
    for made in releases:
        for name, content in _files(made):
            file = folder / made.version / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
    (folder / INDEX).write_bytes((indexed(*releases) if index is None else index).as_bytes())
    return folder


def _files(made: Release) -> Iterator[tuple[str, bytes]]:
    yield from made.files.items()
    yield SUMS, made.sums
