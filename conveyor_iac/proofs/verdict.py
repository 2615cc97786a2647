"""What comes of holding a template against a claim, in three words.

Proved: it holds whatever the parameters are. Refuted: here is a request or a path that breaks it. Undecided: it could
not be known, and why. Undecided never passes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """The three words."""

    PROVED = "proved"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a check says. `notes` tell what is allowed, assumed or not covered; a refutation has a counterexample."""

    verdict: Verdict
    counterexample: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()


def proved(*notes: str) -> Answer:
    """It holds."""
    return Answer(verdict=Verdict.PROVED, notes=notes)


def refuted(counterexample: Mapping[str, Any], *notes: str) -> Answer:
    """It does not hold, and this shows it."""
    return Answer(verdict=Verdict.REFUTED, counterexample=counterexample, notes=notes)


def undecided(*because: str) -> Answer:
    """It cannot be known, and why."""
    return Answer(verdict=Verdict.UNDECIDED, notes=because)


def together(answers: Iterable[Answer]) -> Answer:
    """One answer of several about the same claim: the first that refutes it, else what is undecided, else proved."""
    given = tuple(answers)
    notes = tuple(dict.fromkeys(note for answer in given for note in answer.notes))
    for answer in given:
        if answer.verdict is Verdict.REFUTED:
            return answer
    if open_ones := [answer for answer in given if answer.verdict is Verdict.UNDECIDED]:
        return Answer(verdict=Verdict.UNDECIDED, notes=tuple(dict.fromkeys(note for answer in open_ones
                                                                          for note in answer.notes)))
    return proved(*notes)
