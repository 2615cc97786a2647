"""What each claim asks: whose tags, which roles, which callers, which words of a switch, from where, for how long.

Each case differs from its twin by the one fact it is about; every refutation by a request is confirmed a second time.
"""

import json
import time
from typing import Any

import pytest

from conveyor_iac.proofs import template
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.verdict import Answer, Verdict
from conveyor_iac.proofs.verify import verify
from tests.proofs.iam.confirming import Json, confirmed
from tests.proofs.iam.small import NOBODY, denied, like, one_of, ref, role_of, statement, sub, when

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED
HARMLESS = statement(action="s3:ListAllMyBuckets")
VENDOR = "arn:aws:iam::111122223333:role/Vendor"
TENANT: Json = {"TenantId": like("[a-z]+")}
OWNS = ["conveyor-${TenantId}-*"]
CREATED = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"


def answer(body: Json, claim_id: str, data: Json | None = None, timeout: float = 20.0, **installer: Any) -> Answer:
    """What a claim says of the role, and its refutation is a true one."""
    contract: Json = {"installer": {"role": "Role", **installer}, **({} if data is None else {"data": data})}
    found = verify(template.read(json.dumps(body), "small"), Contract.model_validate(contract),
                   claims=[claim(claim_id)], timeout=timeout).results[0].answer
    if found.counterexample is not None and "context" in found.counterexample:
        assert confirmed(body, contract, found.counterexample, claim_id)
    return found


def verdict(body: Json, claim_id: str, data: Json | None = None, **installer: Any) -> Verdict:
    """The word alone."""
    return answer(body, claim_id, data, **installer).verdict


def managed(*rows: Json) -> Json:
    """A managed policy of the template."""
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "PolicyDocument": {"Version": "2012-10-17", "Statement": list(rows)}}}


def trusting(*rows: Json, **more: Any) -> Json:
    """A role that may do nothing, with these statements of trust."""
    return role_of(HARMLESS, trust=list(rows), **more)


def trusted(principal: Any, condition: Any = None, effect: str = "Allow", action: str = "sts:AssumeRole") -> Json:
    """A statement of trust."""
    row = {"Effect": effect, "Action": action, "Principal": principal, "Condition": condition}
    return {name: value for name, value in row.items() if value is not None}


WRITES = "iam:DeleteRole", "iam:UpdateAssumeRolePolicy", "iam:PassRole"
ROLES = {"others": ("*", False), "created": (sub(CREATED + "made-*"), True), "theirs": (sub(CREATED + "child-*"), True),
         "the installer": ({"Fn::GetAtt": ["Role", "Arn"]}, False)}


@pytest.mark.parametrize("action", WRITES)
@pytest.mark.parametrize("whose", ROLES)
def test_a_created_role_writes_no_role_but_its_own(action: str, whose: str) -> None:
    """`iam.closure` lets created roles write and pass those that the installer or they create, and no other."""
    resource, proved = ROLES[whose]
    to = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}} if action == "iam:PassRole" else None
    body = role_of(HARMLESS, resources={"Given": managed(statement(to, resource, action=action))})
    body["Resources"]["Role"]["Properties"]["RoleName"] = "installer"
    found = verdict(body, "iam.closure", predefined=["Given"], creates_roles="made-*", descendants="child-*",
                    iam_actions=[action], passes_to=["ec2.amazonaws.com"])
    assert found is (PROVED if proved else REFUTED)


@pytest.mark.parametrize(("name", "expected"), [("installer", PROVED), ("made-installer", REFUTED)])
def test_a_created_role_does_not_write_the_installer(name: str, expected: Verdict) -> None:
    """An installer whose name is like those of the roles it creates is not theirs to write."""
    body = role_of(HARMLESS, resources={"Given": managed(statement(
        resource=sub(CREATED + "made-*"), action="iam:UpdateAssumeRolePolicy"))})
    body["Resources"]["Role"]["Properties"]["RoleName"] = name
    assert verdict(body, "iam.closure", predefined=["Given"], creates_roles="made-*",
                   iam_actions=["iam:UpdateAssumeRolePolicy"]) is expected


@pytest.mark.parametrize(("service", "expected"), [("ec2", PROVED), ("lambda", REFUTED)])
def test_a_created_role_passes_roles_to_named_services(service: str, expected: Verdict) -> None:
    """`iam.closure` holds created roles to the services that the contract names."""
    body = role_of(HARMLESS, resources={"Given": managed(statement(
        {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}, sub(CREATED + "made-*"),
        action="iam:PassRole"))})
    body["Resources"]["Role"]["Properties"]["RoleName"] = "installer"
    assert verdict(body, "iam.closure", predefined=["Given"], creates_roles="made-*", iam_actions=["iam:PassRole"],
                   passes_to=["ec2.amazonaws.com"]) is expected


def test_without_descendants_created_roles_have_none() -> None:
    """Where the contract names no descendants, a created role that writes others than created ones is refuted."""
    body = role_of(HARMLESS, resources={"Given": managed(statement(
        resource=sub(CREATED + "child-*"), action="iam:DeleteRole"))})
    assert verdict(body, "iam.closure", predefined=["Given"], creates_roles="made-*",
                   iam_actions=["iam:DeleteRole"]) is REFUTED


TAGS: dict[str, tuple[Json, list[str] | None, bool]] = {
    "any name": ({"StringLike": {"aws:ResourceTag/Name": "*"}}, None, False),
    "another tag": ({"StringEquals": {"aws:ResourceTag/Environment": "production"}}, None, False),
    "a tag that is there": ({"Null": {"aws:ResourceTag/Name": "false"}}, None, False),
    "a name that begins like the tenant's": ({"StringLike": {"aws:ResourceTag/Name": "conveyor-*"}}, None, False),
    "the tenant's name": ({"StringLike": {"aws:ResourceTag/Name": sub("conveyor-${TenantId}-*")}}, None, True),
    "the tenant's id": ({"StringEquals": {"aws:ResourceTag/tenant": ref("TenantId")}}, None, True),
    "the agreed value": ({"StringEquals": {"aws:ResourceTag/of": sub("t-${TenantId}")}}, ["t-${TenantId}"], True),
    "the id, not agreed": ({"StringEquals": {"aws:ResourceTag/of": ref("TenantId")}}, ["t-${TenantId}"], False),
    "a tag that may be missing": ({"StringEqualsIfExists": {"aws:ResourceTag/of": ref("TenantId")}}, None, False),
}


@pytest.mark.parametrize("name", TAGS)
@pytest.mark.parametrize(("claim_id", "action"), [
    ("installer.own-resources-only", "ssm:StartSession"), ("data.no-read", "secretsmanager:GetSecretValue")])
def test_only_the_tenants_tag_makes_its_own(name: str, claim_id: str, action: str) -> None:
    """A condition on a tag holds the installer to the tenant's own only if the tag's value is the tenant's."""
    condition, owns_tags, proved = TAGS[name]
    agreed = {} if owns_tags is None else {"owns_tags": owns_tags}
    body = role_of(statement(condition, action=action), parameters={**TENANT, "Net": like("vpc-[0-9a-f]+")})
    assert verdict(body, claim_id, {"network": "Net"}, owns=OWNS, **agreed) is (PROVED if proved else REFUTED)


@pytest.mark.parametrize(("condition", "expected"), [
    (None, REFUTED), ({"StringEqualsIfExists": {"ec2:CreateAction": "RunInstances"}}, REFUTED),
    ({"StringEquals": {"ec2:CreateAction": "RunInstances"}}, PROVED)])
def test_tags_are_given_only_to_what_is_being_made(condition: Json | None, expected: Verdict) -> None:
    """Who may tag what is already there makes it the tenant's, and who may tag only what it makes does not."""
    body = role_of(statement(condition, action="ec2:CreateTags"), parameters=TENANT)
    assert verdict(body, "installer.own-resources-only", owns=OWNS) is expected


@pytest.mark.parametrize(("name", "expected"), [
    ("*Admin*", REFUTED), ("b*", REFUTED), ("*/*", REFUTED), ("?", REFUTED), ("*", REFUTED), ("Build", PROVED),
    ("team/Build", PROVED), ("made-*", PROVED)])
def test_a_role_to_assume_is_named_in_full(name: str, expected: Verdict) -> None:
    """`iam.assume-role-scoped` takes no wildcard but the one of the roles that the installer creates."""
    body = role_of(statement(action="sts:AssumeRole", resource=sub(CREATED + name)))
    assert verdict(body, "iam.assume-role-scoped", creates_roles="made-*") is expected


@pytest.mark.parametrize("role", [None, "Vendor"])
@pytest.mark.parametrize(("caller", "proved"), [
    (VENDOR, True), ("arn:aws:iam::999999999999:role/x::111122223333:role/Vendor", False),
    ("arn:aws:iam::999999999999:role/arn:aws:iam::111122223333:role/Vendor", False)])
def test_an_account_in_the_path_of_a_caller_is_not_its_own(role: str | None, caller: str, *, proved: bool) -> None:
    """A caller whose path holds the agreed ARN, colons and all, is of another account."""
    found = verdict(trusting(trusted({"AWS": caller})), "trust.principal", trust={
        "account": "111122223333", "role": role})
    assert (found is PROVED) is proved


@pytest.mark.parametrize(("written", "proved"), [
    ("arn:aws:iam::111122223333:role/made-a", True), ("arn:aws:iam::111122223333:role/x:role/made-a", False)])
def test_no_wildcard_of_the_contract_crosses_a_colon_of_roles(written: str, *, proved: bool) -> None:
    """The wildcard that stands for an account in the contract's pattern of roles takes in no part of a path."""
    body = role_of(statement(action="iam:DeleteRole", resource=written))
    body["Resources"]["Role"]["Properties"]["RoleName"] = "installer"
    found = verdict(body, "iam.writes-created-roles-only", creates_roles="arn:*:iam::*:role/made-*")
    assert (found is PROVED) is proved


@pytest.mark.parametrize(("attached", "proved"), [
    ("arn:aws:iam::111122223333:policy/more", True), ("arn:aws:iam::111122223333:policy/x:policy/more", False)])
def test_no_wildcard_of_the_contract_crosses_a_colon_of_policies(attached: str, *, proved: bool) -> None:
    """The wildcard that stands for an account in the contract's ARN of a policy takes in no part of a path."""
    body = role_of(statement({"ArnEquals": {"iam:PolicyARN": attached}}, action="iam:AttachRolePolicy"))
    found = verdict(body, "iam.attach-predefined-only", predefined=["arn:*:iam::*:policy/more"])
    assert (found is PROVED) is proved


ELSE = {"ArnNotEquals": {"aws:PrincipalArn": VENDOR}}
FEDERATED: dict[str, tuple[Json | None, bool]] = {
    "a Deny of other callers that have an ARN": ({**ELSE, "ArnLike": {"aws:PrincipalArn": "arn:*:*:*:*:*"}}, False),
    "a Deny of others whose ARN is any text": ({**ELSE, "ArnLike": {"aws:PrincipalArn": "*"}}, False),
    "a Deny of all that have an ARN": ({"Null": {"aws:PrincipalArn": "false"}}, False),
    "a Deny of all whose ARN is like any": ({"ArnLike": {"aws:PrincipalArn": "arn:*:*:*:*:*"}}, False),
    "a Deny of others whose ARN is not missing": ({**ELSE, "Null": {"aws:PrincipalArn": "false"}}, False),
    "a Deny of whoever is not the vendor": (ELSE, True),
    "a Deny of an ARN that is missing": ({"Null": {"aws:PrincipalArn": "true"}}, True),
    "a Deny of everybody": (None, True),
}


@pytest.mark.parametrize("name", FEDERATED)
def test_a_caller_from_elsewhere_has_no_arn(name: str) -> None:
    """A Deny that needs aws:PrincipalArn does not stop whom another provider vouches for; one of everybody does."""
    condition, proved = FEDERATED[name]
    body = trusting(
        trusted({"AWS": VENDOR}), trusted({"Federated": "accounts.google.com"}, action="sts:AssumeRoleWithWebIdentity"),
        trusted("*", condition, "Deny", "sts:AssumeRoleWithWebIdentity"))
    found = verdict(body, "trust.principal", trust={"account": "111122223333", "role": "Vendor"})
    assert (found is PROVED) is proved


@pytest.mark.parametrize(("account", "role", "expected"), [
    ("111122223333", "Vendor", PROVED), ("111122223333", "Other", REFUTED), ("111122223334", "Vendor", REFUTED)])
def test_a_root_held_to_one_role_is_that_role(account: str, role: str, expected: Verdict) -> None:
    """The root of an account with aws:PrincipalArn of one role trusts that role, and no other."""
    body = trusting(trusted({"AWS": f"arn:aws:iam::{account}:root"}, {"ArnEquals": {
        "aws:PrincipalArn": VENDOR.replace("111122223333", account)}}))
    assert verdict(body, "trust.principal", trust={"account": "111122223333", "role": role}) is expected


NETWORK: Json = {"network": "Net"}
READS: dict[str, tuple[tuple[Json, ...], bool]] = {
    "a Deny that needs the key": ((denied({"Bool": {"aws:ViaAWSService": "false"}}, action="*"),), False),
    "a Deny without the key as well": ((denied({"BoolIfExists": {"aws:ViaAWSService": "false"}}, action="*"),), True),
    "a Deny of either value, one with none": ((
        denied({"Bool": {"aws:SecureTransport": "true"}}, action="*"),
        denied({"BoolIfExists": {"aws:SecureTransport": "false"}}, action="*")), True),
    "a Deny of either value, none with none": ((
        denied({"Bool": {"aws:ViaAWSService": "true"}}, action="*"),
        denied({"Bool": {"aws:ViaAWSService": "false"}}, action="*")), False),
    "a Deny of one value": ((denied({"Bool": {"aws:SecureTransport": "false"}}, action="*"),), False),
}


@pytest.mark.parametrize("name", READS)
def test_a_deny_of_a_key_that_is_true_or_false(name: str) -> None:
    """Data is read past a Deny that needs a key which may be missing; a key of two values has no third."""
    denies, proved = READS[name]
    body = role_of(statement(action="s3:GetObject"), *denies, parameters={**TENANT, "Net": like("vpc-[0-9a-f]+")})
    assert (verdict(body, "data.no-read", NETWORK, owns=OWNS) is PROVED) is proved


@pytest.mark.parametrize(("resource", "expected"), [
    ("arn:aws:s3:::conveyor-${TenantId}-*/*", PROVED),
    ("arn:${AWS::Partition}:s3:::conveyor-${TenantId}-*/*", PROVED),
    ("arn:${AWS::Partition}:s3:::conveyor-*/*", REFUTED),
    ("arn:${AWS::Partition}:s3:::conveyor-${TenantId}*/*", REFUTED)])
def test_objects_are_the_tenants_by_the_name_of_their_bucket(resource: str, expected: Verdict) -> None:
    """Objects of the tenant's own buckets may be read, and those of a bucket whose name only begins alike may not."""
    body = role_of(statement(action="s3:GetObject", resource=sub(resource)),
                   parameters={**TENANT, "Net": like("vpc-[0-9a-f]+")})
    assert verdict(body, "data.no-read", NETWORK, owns=OWNS) is expected


def test_a_wildcard_partition_reaches_into_the_name_of_an_object() -> None:
    """`*` where the partition stands goes past colons, so that an object of any bucket fits: one that there can be."""
    body = role_of(statement(action="s3:GetObject", resource=sub("arn:*:s3:::conveyor-${TenantId}-*/*")),
                   parameters={**TENANT, "Net": like("vpc-[0-9a-f]+")})
    shown = answer(body, "data.no-read", NETWORK, owns=OWNS).counterexample
    assert shown is not None
    assert shown["resources"][0]["ARN"].startswith("arn:aws:s3:::bucket/")


@pytest.mark.parametrize(("other", "expected"), [("off", UNDECIDED), ("on", PROVED)])
def test_conditions_that_never_hold_together_prove_nothing(other: str, expected: Verdict) -> None:
    """A `data.when` that no parameters meet leaves the claim undecided: nothing is claimed of no deployment."""
    body = role_of(HARMLESS, parameters={"S": one_of("on", "off"), "Net": like("vpc-[0-9a-f]+")}, Conditions={
        "One": {"Fn::Equals": [ref("S"), "on"]}, "Two": {"Fn::Equals": [ref("S"), other]}},
        resources={"Given": managed(statement({"StringEquals": {"aws:SourceVpc": ref("Net")}}, action="s3:GetObject"))})
    assert verdict(body, "data.no-read", {"network": "Net", "when": ["One", "Two"]}, predefined=["Given"]) is expected


@pytest.mark.parametrize(("condition", "expected"), [
    ({"Fn::Not": [{"Fn::Equals": [ref("Switch"), "no"]}]}, REFUTED),
    ({"Fn::Not": [{"Fn::Equals": [ref("Switch"), "off"]}]}, REFUTED), ({"Fn::Equals": [ref("Switch"), "yes"]}, PROVED)])
def test_every_word_for_off_is_off(condition: Json, expected: Verdict) -> None:
    """`trust.switch` asks each word that says off, and not only the first or the last."""
    body = trusting(when("On", trusted({"AWS": VENDOR}), trusted({"AWS": VENDOR}, effect="Deny")),
                    parameters={"Switch": one_of("yes", "no", "off")}, Conditions={"On": condition})
    assert verdict(body, "trust.switch", switch="Switch") is expected


@pytest.mark.parametrize(("condition", "expected"), [("On", PROVED), ("Other", REFUTED), (None, REFUTED)])
def test_a_role_that_is_not_made_is_switched_off(condition: str | None, expected: Verdict) -> None:
    """With the switch off nobody assumes a role that is then not made; another condition says nothing of the switch."""
    body = trusting(trusted({"AWS": VENDOR}), parameters={"Switch": one_of("yes", "no"), "S": one_of("on", "off")},
                    Conditions={"On": {"Fn::Equals": [ref("Switch"), "yes"]},
                                "Other": {"Fn::Equals": [ref("S"), "on"]}})
    if condition is not None:
        body["Resources"]["Role"]["Condition"] = condition
    assert verdict(body, "trust.switch", switch="Switch") is expected


@pytest.mark.parametrize(("row", "expected"), [
    ({"MinLength": 16, "AllowedValues": ["0123456789abcdef0123"]}, REFUTED),
    ({"MinLength": 16, "AllowedPattern": "0123456789abcdef0123"}, REFUTED),
    ({"MinLength": 16, "AllowedPattern": "^(0123456789abcdef|fedcba9876543210)$"}, REFUTED),
    ({"MinLength": 16, "AllowedPattern": "[0-9a-f]+"}, PROVED), ({"MinLength": 16}, PROVED)])
def test_an_external_id_is_not_spelled_out(row: Json, expected: Verdict) -> None:
    """A parameter that takes one value alone, as a list or as a pattern, is an external id that everybody knows."""
    body = trusting(trusted({"AWS": VENDOR}, {"StringEquals": {"sts:ExternalId": ref("Id")}}), parameters={"Id": row})
    assert verdict(body, "trust.external-id-parameter", trust={
        "account": "111122223333", "external_id": "Id"}) is expected


@pytest.mark.parametrize(("condition", "expected"), [
    ({"StringEquals": {"iam:PermissionsBoundary": ref("B")}}, PROVED),
    ({"StringEquals": {"iam:PermissionsBoundary": ref("Other")}}, REFUTED),
    ({"StringLike": {"iam:PermissionsBoundary": ref("B")}}, REFUTED), (None, REFUTED)])
def test_a_boundary_may_be_a_parameter(condition: Json | None, expected: Verdict) -> None:
    """A boundary that a parameter names is the one that a condition asks for, letter by letter."""
    body = role_of(statement(condition, action="iam:CreateRole"), parameters={"B": {}, "Other": {}})
    assert verdict(body, "iam.boundary-on-create", boundary="B") is expected


@pytest.mark.parametrize(("body", "claim_id", "name"), [
    (role_of(statement(action="s3:GETobject")), "data.no-read", "GetObject"),
    (role_of(statement(action="s3:Get*")), "data.no-read", "GetObject"),
    (role_of(statement(action="secretsmanager:*")), "data.no-read", "GetSecretValue"),
    (role_of(statement(action="iam:deleterole")), "iam.actions-whitelisted", "DeleteRole"),
    (role_of(statement(action="IAM:createuser")), "iam.no-policy-authoring", "CreateUser")])
def test_an_event_is_named_as_aws_names_it(body: Json, claim_id: str, name: str) -> None:
    """A counterexample names its event in the letters of AWS, however the policy writes the action."""
    shown = answer(body, claim_id, {"network": None}).counterexample
    assert shown is not None
    assert shown["eventName"] == name


TEAM = "aws:PrincipalTag/team"


def of_team(count: int, letter: str = "a") -> Json:
    """A team with this letter so many characters before its end."""
    return {"StringLike": {TEAM: f"*{letter}{'?' * count}"}}


MEETINGS: dict[str, tuple[Json, Verdict]] = {
    "an Allow and the same Deny": (role_of(statement(of_team(18)), denied(of_team(18))), UNDECIDED),
    "an Allow and another Deny": (role_of(statement(of_team(18)), denied(of_team(18, "b"))), UNDECIDED),
    "an Allow and a boundary": (role_of(statement(of_team(18)), boundary=(statement(of_team(19)),)), UNDECIDED),
    "an Allow and the same Deny, but short": (role_of(statement(of_team(3)), denied(of_team(3))), PROVED),
    "an Allow and another Deny, but short": (role_of(statement(of_team(3)), denied(of_team(3, "b"))), REFUTED),
}


@pytest.mark.parametrize("name", MEETINGS)
def test_what_takes_too_long_is_undecided_soon(name: str) -> None:
    """Patterns that could meet in too many ways are left undecided soon after the time is over; short ones are not."""
    body, expected = MEETINGS[name]
    started = time.monotonic()
    found = verify(template.read(json.dumps(body), "small"), Contract.model_validate({"installer": {"role": "Role"}}),
                   claims=[NOBODY], timeout=1).results[0].answer
    assert (found.verdict, time.monotonic() - started < 15) == (expected, True)
