"""What comes of asking whether one template may do more than another, subject by subject.

The question is a claim, answered in the three words: "it may do nothing that the other could not". Proved: so it is,
whatever the parameters are. Refuted: here is a request or a path that only this one allows. Undecided never passes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from conveyor_iac.proofs.verdict import Answer, Verdict


class Kind(StrEnum):
    """What a subject is."""

    ROLE = "permissions"
    POLICY = "policy"
    TRUST = "trust"
    RESOURCE_POLICY = "resource policy"
    PATH = "network path"
    FILTER = "network filter"
    DOOR = "network door"
    PARAMETER = "parameter"
    RESOURCE = "resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whether one subject may do more than it could: its kind, its logical id or name, and the answer."""

    kind: Kind
    subject: str
    answer: Answer


class Change(StrEnum):
    """What a new template is to an old one. Undecided: it is not known whether it may do more, or less."""

    EQUAL = "equal"
    NARROWER = "narrower"
    BROADER = "broader"
    INCOMPARABLE = "incomparable"
    UNDECIDED = "undecided"


def change(more: Verdict, less: Verdict) -> Change:
    """The word for both directions: `more` answers "the new may do nothing that the old could not", `less` the other.

    What is undecided on either side leaves the word undecided. Whether a release passes hangs on `more` alone.
    """
    if Verdict.UNDECIDED in (more, less):
        return Change.UNDECIDED
    if more is Verdict.REFUTED:
        return Change.INCOMPARABLE if less is Verdict.REFUTED else Change.BROADER
    return Change.NARROWER if less is Verdict.REFUTED else Change.EQUAL


def summed(answers: Iterable[Answer]) -> Verdict:
    """Refuted if one is, else undecided if one is, else proved."""
    found = {answer.verdict for answer in answers}
    if Verdict.REFUTED in found:
        return Verdict.REFUTED
    return Verdict.UNDECIDED if Verdict.UNDECIDED in found else Verdict.PROVED
