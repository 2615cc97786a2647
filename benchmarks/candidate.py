"""A command that is measured, and one run of it in a fresh folder with nothing of the caller's shell to tune it."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from measure import Usage, run


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A command that is measured. It runs in a folder of its own; `{out}` is a path in it that does not exist yet."""

    name: str
    command: Sequence[str | Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    often: int = 1


def clean() -> dict[str, str]:
    """The caller's environment without what could tune one side: CDK, jsii, Node, Python or AWS switches."""
    return {key: value for key, value in os.environ.items()
            if not key.startswith(("CDK_", "JSII_", "NODE_", "PYTHON", "AWS_"))}


def once(candidate: Candidate, folder: Path) -> Usage:
    """One run in a fresh folder, which keeps what was written."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    out = str(folder / "out")
    return run([str(word).replace("{out}", out) for word in candidate.command], folder,
               clean() | {key: value.replace("{out}", out) for key, value in candidate.environment.items()})


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need to be."""
    lines = [head, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)


def talk(text: str) -> None:
    """What is being done, to stderr."""
    print(text, file=sys.stderr, flush=True)
