"""What a finding is, and what a check gets to look at.

A check is a small function with an id and a title; it answers ok, fault or unknown, or nothing where it does not
apply. An account that refuses a question makes the finding unknown, never ok: no check catches a refusal to go on as
if there were nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from conveyor_iac.cli.account import Account, Refused
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.endpoints import Endpoint
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import Plan

State = Literal["ok", "fault", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a check answers: the state, why, and what to do about it (empty where nothing is to be done)."""

    state: State
    why: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict with the id and the title of its check; the keys of its JSON are a public contract."""

    id: str
    title: str
    state: State
    why: str
    fix: str

    def as_json(self) -> dict[str, str]:
        """The finding as a mapping with the keys id, title, state, why and fix."""
        return {"id": self.id, "title": self.title, "state": self.state, "why": self.why, "fix": self.fix}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is looked at: an installation with its plan, the folder of its tools, and the account or none."""

    installation: Installation
    plan: Plan
    tools: Path
    account: Account | None = None

    @property
    def live(self) -> Account:
        """The account, for checks that are made only where there is one."""
        if self.account is None:
            raise ValueError("nobody opened the account")
        return self.account

    @property
    def scaffolding(self) -> Scaffolding:
        """What is made on Azure, for checks that are made only of a data plane there."""
        if self.plan.azure is None:
            raise ValueError("the data plane is not on Azure")
        return self.plan.azure

    @property
    def stacks(self) -> str:
        """What the names of the installation's stacks begin with."""
        return f"conveyor-{self.installation.tenant}"

    def interface_endpoints(self) -> Iterator[tuple[NetworkPlan, Endpoint]]:
        """The interface endpoints for services of AWS, each with its network."""
        for network in self.plan.networks:
            yield from ((network, endpoint) for endpoint in network.endpoints if endpoint.kind == "Interface")


Look = Callable[[Case], Verdict | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check: its id, the sentence that is true when it answers ok, and how it looks."""

    id: str
    title: str
    look: Look

    def on(self, case: Case) -> Finding | None:
        """The finding of a case, or nothing where the check does not apply."""
        try:
            verdict = self.look(case)
        except Refused as refused:
            verdict = unknown(f"AWS did not answer: {refused}", "Let the caller read this, or look by hand")
        return self._of(verdict) if verdict else None

    def unasked(self, why: str) -> Finding:
        """The finding where nobody could look."""
        return self._of(unknown(why))

    def _of(self, verdict: Verdict) -> Finding:
        return Finding(id=self.id, title=self.title, state=verdict.state, why=verdict.why, fix=verdict.fix)


def check(id: str, title: str) -> Callable[[Look], Check]:
    """Makes a check of a function."""
    return lambda look: Check(id=id, title=title, look=look)


def ok(why: str) -> Verdict:
    """It is as it must be."""
    return Verdict(state="ok", why=why)


def fault(why: str, fix: str) -> Verdict:
    """It is not, and this is what to do."""
    return Verdict(state="fault", why=why, fix=fix)


def unknown(why: str, fix: str = "") -> Verdict:
    """It could not be seen."""
    return Verdict(state="unknown", why=why, fix=fix)
