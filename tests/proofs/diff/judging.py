"""What one judge says of one subject of two templates, and each counterexample replayed on both sides."""

from typing import Any

from conveyor_iac.proofs.diff import iam, resource_policies, trust
from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.iam.replay import Decision, replay, replay_resource
from conveyor_iac.proofs.verdict import Answer, Verdict
from tests.proofs.diff.made import Json, policy, read
from tests.proofs.iam.confirming import NAMES, Deployed, asked, documents, of_role
from tests.proofs.iam.small import role_of

_JUDGES = {Kind.ROLE: iam.found, Kind.POLICY: iam.found, Kind.TRUST: trust.found,
           Kind.RESOURCE_POLICY: resource_policies.found}


class _Named(Deployed):
    """A template with values; no two names that are made up are alike."""

    def _name(self, logical_id: str, row: Json) -> None:
        properties = row.get("Properties", {})
        key = NAMES[row["Type"]][0]
        super()._name(logical_id, {**row, "Properties": {key: f"{logical_id}-1A2B3C", **properties}})


def answers(old: Json, new: Json, kind: Kind) -> dict[str, Answer]:
    """What is said of each subject of a kind: whether the new one may do nothing more."""
    both = joint(read(old, "old"), read(new, "new"))
    return {found.subject: found.answer for found in _JUDGES[kind](both) if found.kind is kind}


def verdicts(old: Json, new: Json, kind: Kind = Kind.ROLE, subject: str = "Role") -> tuple[Verdict, Verdict]:
    """Whether the new may do more, and whether the old may; each counterexample is confirmed first."""
    found = []
    for before, after in ((old, new), (new, old)):
        answer = answers(before, after, kind).get(subject, Answer(verdict=Verdict.PROVED))
        assert answer.verdict is not Verdict.REFUTED or holds(before, after, answer.counterexample, kind, subject)
        found.append(answer.verdict)
    return found[0], found[1]


def holds(before: Json, after: Json, shown: Any, kind: Kind, subject: str) -> bool:
    """Whether a counterexample is allowed after and refused before, by an evaluator that knows nothing of the proofs.

    A subject that one of them does not have allows nothing there.
    """
    names = {name: value for body in (before, after) for name, value in shown["parameters"].items()}
    return _allows(after, names, shown, kind, subject) and not _allows(before, names, shown, kind, subject)


def _allows(body: Json, parameters: Any, shown: Any, kind: Kind, subject: str) -> bool:
    deployed = _Named({"Parameters": {}, **body}, parameters)
    request = asked(shown)
    row = deployed.rows("Resources").get(subject)
    if row is None:
        return False
    if kind is Kind.ROLE:
        return replay(request, *of_role(deployed, subject, [])).decision is Decision.ALLOWED
    if kind is Kind.POLICY:
        return replay(request, documents(deployed, deployed.values[subject], [])).decision is Decision.ALLOWED
    return replay_resource(request, [row["Properties"]["AssumeRolePolicyDocument"]]).decision is Decision.ALLOWED


def trusting(*statements: Json, **more: Any) -> Json:
    """A template whose role says this of who may assume it."""
    return role_of(trust=list(statements), **more)


def resource(type_: str, key: str, *statements: Json, **properties: Any) -> Json:
    """A template of one resource with a policy of its own; without statements it has none."""
    given = {key: policy(*statements)} if statements else {}
    return {"Resources": {"It": {"Type": type_, "Properties": {**given, **properties}}}}
