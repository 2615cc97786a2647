"""Who may become a role: whether its trust policy lets in a caller, or on a condition, that it did not."""

from collections.abc import Iterator

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.powers import judged, openly
from conveyor_iac.proofs.iam.power import Power, pieces
from conveyor_iac.proofs.iam.question import Rule
from conveyor_iac.proofs.template import Resource
from conveyor_iac.proofs.verdict import Answer


def found(joint: Joint) -> Iterator[Found]:
    """Whether nobody may assume a role of `after` who may not in `before`; nobody assumes a role that is not there."""
    for role in joint.after.template.of_type("AWS::IAM::Role"):
        yield Found(kind=Kind.TRUST, subject=role.logical_id, answer=_answer(joint, role))


def _answer(joint: Joint, role: Resource) -> Answer:
    name = role.logical_id
    return judged(joint, lambda: openly(joint, _trust(joint.before, joint.before.template.resources.get(name), name),
                                        _trust(joint.after, role, name), Rule()))


def _trust(case: Case, role: Resource | None, name: str) -> Power:
    if role is None or role.type != "AWS::IAM::Role":
        return Power(name=name, arn="", identity=())
    own = () if role.condition is None else ((role.condition, True),)
    return Power(name=name, arn="", identity=pieces(role.properties.get("AssumeRolePolicyDocument"),
                                                    f"{name}.AssumeRolePolicyDocument", case.template, own))
