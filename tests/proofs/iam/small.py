"""One role with a policy of a few statements, and perhaps a boundary: small enough to see a hole with the eye."""

import json
from typing import Any

from conveyor_iac.proofs import template
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question
from conveyor_iac.proofs.verdict import Answer
from conveyor_iac.proofs.verify import verify
from tests.proofs.iam.confirming import Json

CLAIM = "iam.no-policy-authoring"
ACTION = "iam:CreateUser"
KEY = "aws:PrincipalTag/team"
USERS = "arn:aws:iam::111122223333:user/"


def statement(condition: Any = None, resource: Any = "*", *, effect: str = "Allow", action: Any = ACTION,
              **more: Any) -> Json:
    """A statement about creating a user, which nobody may."""
    row: Json = {"Effect": effect, "Action": action, "Resource": resource, "Condition": condition, **more}
    gone = {"NotResource": "Resource", "NotAction": "Action"}
    return {name: value for name, value in row.items() if value is not None and name not in {
        gone[other] for other in row if other in gone}}


def denied(condition: Any = None, resource: Any = "*", **more: Any) -> Json:
    """The same as a Deny."""
    return statement(condition, resource, effect="Deny", **more)


def role_of(*identity: Json, boundary: tuple[Json, ...] = (), parameters: Json | None = None,
            trust: Any = None, version: Any = "2012-10-17", resources: Json | None = None, **sections: Any) -> Json:
    """The template of a role with these statements; parameters are texts unless they say otherwise."""
    properties: Json = {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": trust or [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111122223333"}}]},
        "Policies": [{"PolicyName": "own", "PolicyDocument": {"Version": version, "Statement": list(identity)}}]}
    made: Json = {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}, **(resources or {})}
    if boundary:
        properties["PermissionsBoundary"] = {"Ref": "Most"}
        made["Most"] = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {
            "Version": "2012-10-17", "Statement": list(boundary)}}}
    rows = {name: {"Type": "String", **row} for name, row in (parameters or {}).items()}
    return {"Parameters": rows, "Resources": made, **sections}


def answer(body: Json, claim_id: str = CLAIM, **installer: Any) -> Answer:
    """What one claim says of it."""
    contract = Contract.model_validate({"installer": {"role": "Role", **installer}})
    return verify(template.read(json.dumps(body), "small"), contract, claims=[claim(claim_id)]).results[0].answer


def _created(case: Case) -> Answer:
    return ask(case, subject.installer(case), Question(actions=(ACTION,)))


NOBODY = Claim(id="test.nobody-creates-users", title="Nobody creates users", why="one action is asked in no time",
               source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_users_create.html",
               asked=subject.has_installer, check=_created)


def quickly(body: Json) -> Answer:
    """What is said of the one action alone, where eighty would take too long."""
    contract = Contract.model_validate({"installer": {"role": "Role"}})
    return verify(template.read(json.dumps(body), "small"), contract, claims=[NOBODY]).results[0].answer


def like(pattern: str) -> Json:
    """A parameter with this pattern."""
    return {"AllowedPattern": pattern}


def one_of(*values: str) -> Json:
    """A parameter with these values."""
    return {"AllowedValues": list(values)}


def ref(name: str) -> Json:
    """`Ref`."""
    return {"Ref": name}


def sub(text: str) -> Json:
    """`Fn::Sub`."""
    return {"Fn::Sub": text}


def when(name: str, yes: Any, no: Any) -> Json:
    """`Fn::If`."""
    return {"Fn::If": [name, yes, no]}
