"""What roles, users and groups may do, and what a managed policy that nobody of the template carries would let."""

from collections.abc import Callable, Iterator, Mapping

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.policies import RESOURCE
from conveyor_iac.proofs.diff.powers import judged, more
from conveyor_iac.proofs.iam.groups import power_of_user
from conveyor_iac.proofs.iam.power import Power, items, pieces, power_of
from conveyor_iac.proofs.iam.question import Question
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.verdict import Answer
from conveyor_iac.proofs.worlds import spoken_of

Gathered = Callable[[Case, Resource], Power]
_HOLDERS: Mapping[str, Gathered] = {
    "AWS::IAM::Role": power_of, "AWS::IAM::User": power_of_user, "AWS::IAM::Group": power_of}


def found(joint: Joint) -> Iterator[Found]:
    """Whether each of them may do nothing in `after` that it may not in `before`; what is not there may do nothing."""
    for type_, power in _HOLDERS.items():
        for holder in joint.after.template.of_type(type_):
            yield _found(joint, Kind.ROLE, holder, power)
    carried = set(_carried(joint.after.template)) & set(_carried(joint.before.template))
    for policy in joint.after.template.of_type("AWS::IAM::ManagedPolicy"):
        if policy.logical_id not in carried:
            yield _found(joint, Kind.POLICY, policy, _document)


def _found(joint: Joint, kind: Kind, resource: Resource, power: Gathered) -> Found:
    def judge() -> Answer:
        return more(joint, _of(joint.before, resource, power), power(joint.after, resource), Question(
            actions=(), resource=RESOURCE))

    return Found(kind=kind, subject=resource.logical_id, answer=judged(joint, judge))


def _of(case: Case, resource: Resource, power: Gathered) -> Power:
    """The power of what has this name; none where nothing has."""
    paired = case.template.resources.get(resource.logical_id)
    if paired is None or paired.type != resource.type:
        return Power(name=resource.logical_id, arn="", identity=())
    return power(case, paired)


def _document(case: Case, policy: Resource) -> Power:
    """What a policy lets whoever carries it."""
    own = () if policy.condition is None else ((policy.condition, True),)
    return Power(name=policy.logical_id, arn="", identity=pieces(
        policy.properties.get("PolicyDocument"), policy.logical_id, case.template, own))


def _carried(template: Template) -> Iterator[str]:
    """The managed policies that a role, user or group of the template surely or perhaps carries, by what names them."""
    for holder in template.of_type(*_HOLDERS):
        for _, row in items(holder.properties.get("ManagedPolicyArns", [])):
            yield from spoken_of(row)
    for policy in template.of_type("AWS::IAM::ManagedPolicy"):
        named = [row for key in ("Roles", "Users", "Groups") for _, row in items(policy.properties.get(key, []))]
        if any(name in template.resources for row in named for name in spoken_of(row)):
            yield policy.logical_id
