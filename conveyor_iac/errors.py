"""Everything that stops a run: one class per exit code.

A message is written as help: the subject, the value received, the rule and the way out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

HIDDEN = "(hidden)"
"""Stands for the value of a secret wherever a message would show it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with the input, written so that its reader can mend it."""

    path: str
    """Where: a dotted path in the file (`control_plane.account`), an option (`--file`) or a tool (`node`)."""
    value: str
    """What was received, as text; `HIDDEN` for a secret."""
    rule: str
    """What must hold."""
    way_out: str
    """What to do."""

    def __str__(self) -> str:
        return f"{self.path}: {self.value}: {self.rule}. {self.way_out}"

    def as_json(self) -> dict[str, str]:
        """The fault as a mapping with the keys path, value, rule and way_out."""
        return {"path": self.path, "value": self.value, "rule": self.rule, "way_out": self.way_out}


class ConveyorError(Exception):
    """Whatever stops a run on purpose; `exit_code` is what the command line ends with."""

    exit_code: ClassVar[int]


class AnswerIsNo(ConveyorError):
    """The question was understood and the answer is no: refuted, undecided, out of date, refused."""

    exit_code = 1


class InputError(ConveyorError):
    """The input is wrong: the file, an option, or a tool that must be there. Carries every fault at once."""

    exit_code = 2

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


class EngineMissing(InputError, ImportError):
    """An engine cannot be imported because a tool it runs on is not there."""
