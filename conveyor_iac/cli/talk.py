"""How the command line speaks: data to stdout, talk to stderr, tables as plain text."""

import json
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any

from conveyor_iac.errors import ConveyorError, InputError

QUIET = 2.0
"""Seconds after which it is said what is being worked on."""


def say(text: str) -> None:
    """Talk, to stderr."""
    print(text, file=sys.stderr, flush=True)


class Progress:
    """Says what is worked on once nothing was said for a while."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, text: str) -> None:
        if time.monotonic() - self._said > QUIET:
            say(f"{text} ...")
            self._said = time.monotonic()


def data(value: Any) -> None:
    """Data as JSON, to stdout."""
    print(json.dumps(value, indent=2))


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table as text, its columns as wide as they need to be."""
    lines = [list(head), *map(list, rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
                     for line in lines)


def report(stopped: ConveyorError, *, as_json: bool) -> None:
    """Why a run stops: every fault in a line of its own, with --json on stdout too. A "no" has its data already."""
    if not isinstance(stopped, InputError):
        say(str(stopped))
        return
    if as_json:
        data({"error": str(stopped), "faults": [fault.as_json() for fault in stopped.faults]})
    say("\n".join(f"error: {fault}" for fault in stopped.faults))
