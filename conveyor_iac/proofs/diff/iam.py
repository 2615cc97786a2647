"""What roles, users and groups may do, and what a policy lets that is on nobody of the template, or on strangers.

Where a policy stands does not matter: a role's power is all of its policies together, inside its boundary.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.policies import RESOURCE
from conveyor_iac.proofs.diff.powers import judged, more
from conveyor_iac.proofs.iam.groups import power_of_user
from conveyor_iac.proofs.iam.power import Power, items, pieces, power_of
from conveyor_iac.proofs.iam.question import Question
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.verdict import Answer, together
from conveyor_iac.proofs.worlds import spoken_of

Gathered = Callable[[Case, Resource], Power]
_HOLDERS: Mapping[str, Gathered] = {
    "AWS::IAM::Role": power_of, "AWS::IAM::User": power_of_user, "AWS::IAM::Group": power_of}


_SEVERAL = ("Roles", "Users", "Groups")
_ATTACHED: Mapping[str, tuple[str, ...]] = {
    "AWS::IAM::ManagedPolicy": _SEVERAL, "AWS::IAM::Policy": _SEVERAL, "AWS::IAM::RolePolicy": ("RoleName",),
    "AWS::IAM::UserPolicy": ("UserName",), "AWS::IAM::GroupPolicy": ("GroupName",)}
"""Policies, and the properties that name whom each is on."""


def found(joint: Joint) -> Iterator[Found]:
    """Whether each of them may do nothing in `after` that it may not in `before`; what is not there may do nothing."""
    for type_, power in _HOLDERS.items():
        for holder in joint.after.template.of_type(type_):
            yield _found(joint, Kind.ROLE, holder, power)
    carried = set(_own(joint))
    for policy in joint.after.template.of_type(*_ATTACHED):
        strangers = _strangers(joint.after.template, policy)
        if strangers or (policy.type == "AWS::IAM::ManagedPolicy" and policy.logical_id not in carried):
            yield _found(joint, Kind.POLICY, policy, _document)


def _own(joint: Joint) -> Iterator[str]:
    """The managed policies that say nothing for anybody but those of the template, before and now.

    Whoever is told of one by an output may carry it as well.
    """
    template, before = joint.after.template, joint.before.template
    shown = {name for row in template.section("Outputs").values() for name in spoken_of(row)}
    were = set(_carried(before))
    yield from (name for name in set(_carried(template)) - shown if name in were or name not in before.resources)


def _found(joint: Joint, kind: Kind, resource: Resource, power: Gathered) -> Found:
    def judge() -> Answer:
        before, after = _of(joint, resource, power), power(joint.after, resource)
        question = Question(actions=(), resource=RESOURCE)
        answer = more(joint, before, after, question)
        if kind is not Kind.POLICY and resource.type != "AWS::IAM::Group":
            return answer
        return together((answer, more(joint, _with_own(joint.before, before), _with_own(joint.after, after), question)))

    return Found(kind=kind, subject=resource.logical_id, answer=judged(joint, judge))


def _with_own(case: Case, power: Power) -> Power:
    """The same for somebody whose own policies allow everything: there a Deny that is gone counts too."""
    own = pieces({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
                 "the carrier's own policies", case.template)
    return replace(power, identity=(*power.identity, *own), services={})


def _of(joint: Joint, resource: Resource, power: Gathered) -> Power:
    """What the namesake before could do; nothing where there is none, or where it was not on all whom it is on now."""
    template = joint.before.template
    paired = template.resources.get(resource.logical_id)
    if paired is None or paired.type != resource.type:
        return Power(name=resource.logical_id, arn="", identity=())
    known = _strangers(template, paired)
    if not all(row in known for row in _strangers(joint.after.template, resource)):
        return Power(name=resource.logical_id, arn="", identity=())
    return power(joint.before, paired)


def _strangers(template: Template, policy: Resource) -> list[Any]:
    """The roles, users and groups that a policy names and the template does not have."""
    holders = {holder.logical_id for holder in template.of_type(*_HOLDERS)}
    named = [row for key in _ATTACHED.get(policy.type, ()) for _, row in items(policy.properties.get(key, []))]
    return [row for row in named if not spoken_of(row) & holders]


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
        if any(policy.properties.get(key) for key in _ATTACHED[policy.type]):
            yield policy.logical_id
