"""A claim: a sentence about a template that is proved, refuted or left undecided. Each has one file in `claims/`."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.verdict import Answer
from conveyor_iac.proofs.worlds import Conditions


class OutOfTime(Exception):
    """The time limit of a claim has passed."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Case:
    """A template, the contract that says what the claims speak of, and the templates deployed beside it.

    `kept` holds what several claims work out alike; `timeout` is the time of one claim, in seconds.
    """

    template: Template
    contract: Contract
    beside: tuple[Template, ...] = ()
    timeout: float = 20.0
    kept: dict[Any, Any] = field(default_factory=dict)

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """What was worked out under this key, or is now."""
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    @property
    def conditions(self) -> Conditions:
        """The conditions of the template."""
        found: Conditions = self.once("conditions", lambda: Conditions(self.template))
        return found

    def start(self) -> None:
        """The time of a claim begins."""
        self.kept["until"] = time.monotonic() + self.timeout

    def left(self) -> float:
        """Seconds that are left to the claim; `OutOfTime` when none are."""
        left: float = self.kept.get("until", time.monotonic() + self.timeout) - time.monotonic()
        if left <= 0:
            raise OutOfTime(f"the time limit of {self.timeout:g} s")
        return left


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One sentence, why it matters, where the rule comes from, when it is asked and how it is checked.

    `asked` says whether the contract and the template have what the claim speaks of.
    """

    id: str
    title: str
    why: str
    source: str
    asked: Callable[[Case], bool]
    check: Callable[[Case], Answer]
    axioms: tuple[str, ...] = ()

    def described(self) -> Mapping[str, str]:
        """The claim in words."""
        return {"id": self.id, "title": self.title, "why": self.why, "source": self.source}
