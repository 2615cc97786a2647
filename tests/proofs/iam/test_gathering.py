"""Who holds which policies: names that are alike, conditions that may be off, templates beside, roles named elsewhere.

Each case differs from its twin by the one fact it is about; every refutation is confirmed a second time.
"""

import json
from typing import Any

import pytest

from conveyor_iac.proofs import template
from conveyor_iac.proofs.claim import Claim
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.verdict import Verdict
from conveyor_iac.proofs.verify import verify
from tests.proofs.iam.confirming import Json, confirmed
from tests.proofs.iam.small import NOBODY, like, one_of, quickly, ref, role_of, statement, sub, when

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED
HARMLESS = statement(action="s3:ListAllMyBuckets")
ADMIN = "AdministratorAccess"
AWS_ADMIN = f"arn:aws:iam::aws:policy/{ADMIN}"
OWN_ADMIN = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/" + ADMIN)
MORE = sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/more")
CONTRACT_MORE = "arn:${AWS::Partition}:iam::${AWS::AccountId}:policy/more"
SWITCH: Json = {"S": one_of("on", "off")}
CONDITIONS: Json = {"On": {"Fn::Equals": [ref("S"), "on"]}, "Off": {"Fn::Not": [{"Condition": "On"}]}}
CLOSURE = claim("iam.closure")


def verdict(body: Json, asked: Claim = NOBODY, beside: Json | None = None, **installer: Any) -> Verdict:
    """What a claim says of the role, with another template beside it perhaps; its refutation is a true one."""
    contract = {"installer": {"role": "Role", **installer}}
    others = () if beside is None else (beside,)
    answer = verify(template.read(json.dumps(body), "small"), Contract.model_validate(contract), claims=[asked],
                    beside=[template.read(json.dumps(other), "beside") for other in others]).results[0].answer
    if answer.counterexample is not None:
        assert confirmed(body, contract, answer.counterexample, asked.id, others)
    return answer.verdict


def managed(*rows: Json, name: str = "more", condition: str | None = None) -> Json:
    """A managed policy of the template."""
    made = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"ManagedPolicyName": name, **document(*rows)}}
    return made if condition is None else {**made, "Condition": condition}


def document(*rows: Json) -> Json:
    """The document of a policy."""
    return {"PolicyDocument": {"Version": "2012-10-17", "Statement": list(rows)}}


def role(*rows: Json, parameters: Json | None = None, conditions: Json | None = None, resources: Json | None = None,
         **properties: Any) -> Json:
    """A role with more properties than its statements."""
    body = role_of(*(rows or (HARMLESS,)), parameters=parameters, resources=resources,
                   **({} if conditions is None else {"Conditions": conditions}))
    body["Resources"]["Role"]["Properties"] |= properties
    return body


def switched(resources: Json, *rows: Json, **properties: Any) -> Json:
    """A role beside resources that hang on one switch."""
    return role(*rows, parameters=SWITCH, conditions=CONDITIONS, resources=resources, **properties)


@pytest.mark.parametrize(("arn", "expected"), [(AWS_ADMIN, REFUTED), (OWN_ADMIN, PROVED)])
def test_a_policy_of_aws_is_not_the_own_one_of_its_name(arn: Any, expected: Verdict) -> None:
    """A policy of AWS on the role allows what AWS wrote, whatever an own policy of the same name says."""
    own = managed(HARMLESS, name=ADMIN)
    assert verdict(role(ManagedPolicyArns=[arn], resources={"Own": own})) is expected


@pytest.mark.parametrize(("arn", "expected"), [(AWS_ADMIN, REFUTED), (OWN_ADMIN, PROVED)])
def test_a_boundary_of_aws_is_not_the_own_one_of_its_name(arn: Any, expected: Verdict) -> None:
    """A boundary of AWS bounds as AWS wrote it, whatever an own policy of the same name says."""
    own = managed(HARMLESS, name=ADMIN)
    assert verdict(role(statement(), PermissionsBoundary=arn, resources={"Own": own})) is expected


@pytest.mark.parametrize(("owner", "expected"), [("aws", UNDECIDED), ("${AWS::AccountId}", PROVED)])
def test_a_policy_of_aws_that_nobody_has_read_is_not_the_own_one(owner: str, expected: Verdict) -> None:
    """What a policy of AWS says that is not pinned is not known, even where an own policy has its name."""
    body = role(ManagedPolicyArns=[sub(f"arn:aws:iam::{owner}:policy/SecurityAudit")],
                resources={"Own": managed(HARMLESS, name="SecurityAudit")})
    assert verdict(body) is expected


@pytest.mark.parametrize("key", ["ManagedPolicyArns", "PermissionsBoundary"])
@pytest.mark.parametrize(("owner", "proved"), [("[0-9a-z]+", False), ("[0-9]{12}", True)])
def test_an_owner_that_may_be_aws_is_not_the_own_account(key: str, owner: str, *, proved: bool) -> None:
    """Where the account of a policy is a parameter that may say aws, the own policy of that name proves nothing."""
    arn = sub("arn:aws:iam::${O}:policy/" + ADMIN)
    body = role(statement() if key == "PermissionsBoundary" else HARMLESS, parameters={"O": like(owner)},
                resources={"Own": managed(HARMLESS, name=ADMIN)},
                **{key: [arn] if key == "ManagedPolicyArns" else arn})
    assert (verdict(body) is PROVED) is proved


@pytest.mark.parametrize(("other", "expected"), [(statement(), REFUTED), (HARMLESS, PROVED)])
@pytest.mark.parametrize("bad", ["One", "Two"])
def test_both_policies_of_one_name_count(other: Json, expected: Verdict, bad: str) -> None:
    """Of two policies of one name under opposite conditions, each one counts where it is made."""
    made = {name: managed(other if name == bad else HARMLESS, condition=condition)
            for name, condition in (("One", "On"), ("Two", "Off"))}
    assert verdict(switched(made, ManagedPolicyArns=[MORE])) is expected


@pytest.mark.parametrize(("condition", "expected"), [("On", UNDECIDED), (None, PROVED)])
def test_where_a_policy_is_not_made_one_may_be_there(condition: str | None, expected: Verdict) -> None:
    """A policy by its ARN that the template may not make can be in the account already, and say anything."""
    assert verdict(switched({"More": managed(HARMLESS, condition=condition)}, ManagedPolicyArns=[MORE])) is expected


def test_a_policy_that_counts_only_where_it_is_made_is_read() -> None:
    """A policy by its ARN that is attached under the condition of its making leaves nothing open."""
    body = switched({"More": managed(HARMLESS, condition="On")},
                    ManagedPolicyArns=[when("On", MORE, ref("AWS::NoValue"))])
    assert verdict(body) is PROVED


def attaching(condition: Json | None = None) -> Json:
    """Attaching one policy, to roles that the installer creates."""
    return statement({"ArnEquals": {"iam:PolicyARN": MORE}, **(condition or {})}, "*", action="iam:AttachRolePolicy")


@pytest.mark.parametrize("name", ["More", CONTRACT_MORE])
@pytest.mark.parametrize(("rows", "proved"), [
    ((attaching(),), False), ((HARMLESS,), True), ((when("On", attaching(), ref("AWS::NoValue")),), True)])
def test_a_predefined_policy_that_is_not_made_may_be_attached(name: str, rows: tuple[Json, ...], *,
                                                              proved: bool) -> None:
    """A predefined policy that may not be made counts against created roles if it can be attached all the same."""
    body = switched({"More": managed(HARMLESS, condition="On")}, *rows)
    assert (verdict(body, CLOSURE, predefined=[name], creates_roles="made-*") is PROVED) is proved


@pytest.mark.parametrize("name", ["Most", CONTRACT_MORE])
@pytest.mark.parametrize(("condition", "proved"), [("On", False), (None, True)])
def test_a_boundary_that_is_not_made_bounds_nothing(name: str, condition: str | None, *, proved: bool) -> None:
    """Where the contract's boundary may not be made, it is not what keeps created roles small."""
    body = switched({"Wide": managed(statement(), name="wide"), "Most": managed(HARMLESS, condition=condition)})
    found = verdict(body, CLOSURE, predefined=["Wide"], boundary=name, creates_roles="made-*")
    assert (found is PROVED) is proved


@pytest.mark.parametrize("kind", ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"])
@pytest.mark.parametrize(("named", "proved"), [("installer", False), ("another", True)])
def test_a_template_beside_may_name_the_role(kind: str, named: str, *, proved: bool) -> None:
    """A policy of a template beside that names the role is the role's, and nothing is proved without it."""
    name = {"PolicyName": "more"} if kind == "AWS::IAM::Policy" else {}
    other = {"Resources": {"More": {"Type": kind, "Properties": {**name, "Roles": [named], **document(statement())}}}}
    assert (verdict(role(RoleName="installer"), beside=other) is PROVED) is proved


@pytest.mark.parametrize("key", ["PolicyName", "ManagedPolicyName"])
@pytest.mark.parametrize(("type_", "expected"), [("Custom::Name", UNDECIDED), ("AWS::IAM::Role", PROVED)])
def test_a_custom_resource_may_name_the_role(key: str, type_: str, expected: Verdict) -> None:
    """A policy on a name that a custom resource gives may be the role's; one on another role of the template is not."""
    kind = "AWS::IAM::Policy" if key == "PolicyName" else "AWS::IAM::ManagedPolicy"
    other = {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}} if "Role" in type_ else {
        "ServiceToken": "arn:aws:lambda:eu-west-1:111122223333:function:f"}
    made = {"Other": {"Type": type_, "Properties": other}, "More": {"Type": kind, "Properties": {
        key: "more", "Roles": [ref("Other")], **document(statement())}}}
    assert verdict(role(resources=made)) is expected


@pytest.mark.parametrize(("name", "proved"), [("installer", False), ("Installer", False), ("another", True)])
def test_a_policy_may_name_the_role_in_other_letters(name: str, *, proved: bool) -> None:
    """Names of roles are the same in either case, so a policy on such a name may be the role's."""
    more = {"Type": "AWS::IAM::Policy", "Properties": {"PolicyName": "more", "Roles": [name], **document(statement())}}
    assert (verdict(role(RoleName="installer", resources={"More": more})) is PROVED) is proved


@pytest.mark.parametrize(("name", "proved"), [("installer", False), ("Installer", False), ("another", True)])
def test_two_roles_of_one_name_are_both_the_installer(name: str, *, proved: bool) -> None:
    """Where another role takes the same name under the opposite condition, nothing is proved of that name."""
    body = switched({"Twin": role(statement(), RoleName=name)["Resources"]["Role"] | {"Condition": "Off"}},
                    RoleName="installer")
    body["Resources"]["Role"]["Condition"] = "On"
    assert (verdict(body) is PROVED) is proved


@pytest.mark.parametrize(("type_", "expected"), [("Mine::Own::Thing::MODULE", UNDECIDED), ("Mine::Own::Thing", PROVED)])
def test_a_module_may_hold_any_policy(type_: str, expected: Verdict) -> None:
    """What a module brings is not in the template, so nothing is proved of one that has a module."""
    assert verdict(role(resources={"More": {"Type": type_, "Properties": {}}})) is expected


@pytest.mark.parametrize(("name", "value", "proved"), [
    ("AWS::Region", "us-gov-east-1", False), ("AWS::Region", "nowhere", True), ("AWS::Partition", "aws-us-gov", False),
    ("AWS::Partition", "nowhere", True), ("AWS::AccountId", "111122223333", False), ("AWS::AccountId", "1", True)])
def test_where_a_template_is_deployed_is_a_world(name: str, value: str, *, proved: bool) -> None:
    """A statement for one region, partition or account counts there, and one for none that can be counts nowhere."""
    body = role(HARMLESS, when("There", statement(action="*"), ref("AWS::NoValue")),
                conditions={"There": {"Fn::Equals": [ref(name), value]}})
    assert quickly(body).verdict is (PROVED if proved else REFUTED)


def test_two_roles_of_one_parameter_may_have_one_name() -> None:
    """Where the name of another role is a parameter, it may be the installer's under the opposite condition."""
    body = switched({"Twin": role(statement(), RoleName=ref("Name"))["Resources"]["Role"] | {"Condition": "Off"}},
                    RoleName="installer")
    body["Parameters"]["Name"] = {"Type": "String"}
    body["Resources"]["Role"]["Condition"] = "On"
    assert verdict(body) is not PROVED


@pytest.mark.parametrize(("attached", "expected"), [([AWS_ADMIN.replace(ADMIN, "AmazonEKSClusterPolicy")], PROVED),
                                                    ([MORE], REFUTED)])
def test_nobody_writes_the_policies_of_aws(attached: list[Any], expected: Verdict) -> None:
    """`iam.own-policies-untouched` leaves out the policies of AWS, which nobody can write, and no own one."""
    body = role(statement(action="iam:CreatePolicyVersion"), ManagedPolicyArns=attached,
                resources={"More": managed(HARMLESS)})
    assert verdict(body, claim("iam.own-policies-untouched")) is expected
