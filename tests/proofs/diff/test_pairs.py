"""Pairs of templates made for comparing, small ones and ours: what each is to the other, and what shows it."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from conveyor_iac.proofs.diff.compare import Comparison
from conveyor_iac.proofs.diff.found import Kind
from tests.proofs.diff.made import Json, compared, fresh, policy, published, role, shuffled, statement

INSTALLER, PRIVATE, EXISTING, SERVICE = (
    "installer-role", "network-private", "network-private-existing-vpc", "endpoint-service")
EXTERNAL_ID = {"StringEquals": {"sts:ExternalId": {"Ref": "Word"}}}
SECRET = {"Parameters": {"Word": {"Type": "String", "NoEcho": True, "MinLength": 16}}}
OUTSIDE = "0.0.0.0/0"


def ours(name: str, change: Callable[[Json], Any] = lambda _: None) -> Json:
    """One of our templates with something changed."""
    body = copy.deepcopy(dict(published(name).body))
    change(body["Resources"])
    return body


def one(*statements: Json, boundary: tuple[Json, ...] = (), trust: Json | None = None, **sections: Any) -> Json:
    """A template of one role, perhaps within a boundary."""
    bound = {"Most": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": policy(*boundary)}}}
    held = {"PermissionsBoundary": {"Ref": "Most"}} if boundary else {}
    return {**sections, "Resources": {"Role": role(*statements, trust=trust, **held), **(bound if boundary else {})}}


def bucket(*statements: Json) -> Json:
    """A template of a bucket with a policy."""
    held = {"Bucket": {"Ref": "Bucket"}, "PolicyDocument": policy(*statements)}
    return {"Resources": {"Bucket": {"Type": "AWS::S3::Bucket"},
                          "Policy": {"Type": "AWS::S3::BucketPolicy", "Properties": held}}}


def letting(account: str, effect: str = "Allow") -> Json:
    """A statement of the bucket's policy about an account, or everybody."""
    return statement(["s3:GetObject"], {"Fn::Sub": "${Bucket.Arn}/*"}, effect,
                     Principal="*" if account == "*" else {"AWS": f"arn:aws:iam::{account}:root"})


def network(*routes: Json, **more: Json) -> Json:
    """A VPC with one subnet, an internet gateway and these routes."""
    table = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
             "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {
                 "VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"}},
             "Table": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": {"Ref": "Vpc"}}},
             "Joined": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {
                 "SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}}},
             "Gateway": {"Type": "AWS::EC2::InternetGateway"},
             "Attached": {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": {
                 "VpcId": {"Ref": "Vpc"}, "InternetGatewayId": {"Ref": "Gateway"}}}}
    way = {"RouteTableId": {"Ref": "Table"}, "GatewayId": {"Ref": "Gateway"}}
    made = {f"Route{index}": {"Type": "AWS::EC2::Route", "DependsOn": "Attached", "Properties": {**way, **route}}
            for index, route in enumerate(routes)}
    return {"Resources": {**table, **made, **more}}


def group(*rules: Json) -> Json:
    """A security group that admits these."""
    return {"Resources": {"Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {
        "GroupDescription": "g", "VpcId": "vpc-0123456789abcdef0", "SecurityGroupIngress": list(rules)}}}}


def admitting(block: str, port: int = 443) -> Json:
    """A rule of a security group."""
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": block}


def dropped(name: str, *keys: str) -> Callable[[Json], Any]:
    """Leaves something out of a resource's properties."""
    def change(rows: Json) -> None:
        place = rows[name]["Properties"]
        for key in keys[:-1]:
            place = place[int(key) if key.isdigit() else key]
        place.pop(int(keys[-1]) if keys[-1].isdigit() else keys[-1])
    return change


def put(name: str, value: Any, *keys: str) -> Callable[[Json], Any]:
    """Writes something else into a resource's properties."""
    def change(rows: Json) -> None:
        place = rows[name]["Properties"]
        for key in keys[:-1]:
            place = place[int(key) if key.isdigit() else key]
        place[int(keys[-1]) if keys[-1].isdigit() else keys[-1]] = value
    return change


def opened(rows: Json) -> None:
    """The nodes' table leads straight to the internet gateway, past the firewall."""
    route = rows["NodeDefaultRoute1"]["Properties"]
    route.pop("VpcEndpointId")
    route["GatewayId"] = {"Ref": "InternetGateway"}


def unbounded(rows: Json) -> None:
    """The installer creates roles outside the boundary: neither what allows it nor what denies it asks for one."""
    dropped(*GUARD, "1")(rows)
    for row in rows["InstallerRoleIamPolicy"]["Properties"]["PolicyDocument"]["Statement"]:
        if "iam:CreateRole" in row["Action"]:
            row.pop("Condition")


GUARD = ("InstallerRoleGuardrailsPolicy", "PolicyDocument", "Statement")
READ, ALL = statement("s3:GetObject"), statement("s3:*")
MARKED = statement("s3:GetObject", Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})

UNBOUND = one(ALL, boundary=(READ,))
UNBOUND["Resources"]["Role"]["Properties"].pop("PermissionsBoundary")

EQUAL = {
    "reordered": (ours(INSTALLER), shuffled(ours(INSTALLER), 7)),
    "renamed": (ours(INSTALLER), shuffled(fresh(ours(INSTALLER)).template(ours(INSTALLER)), 3)),
    "one statement as two": (one(statement(["s3:GetObject", "s3:PutObject"])), one(READ, statement("s3:PutObject"))),
    "what is allowed twice": (one(ALL), one(ALL, READ)),
    "a pattern in other words": (one(statement("s3:*")), one(statement("S3:*"))),
    "a Deny of what nobody allows": (one(READ), one(READ, statement("sqs:*", effect="Deny"))),
    "a guard rail of ours for what is not allowed anyway": (ours(INSTALLER), ours(INSTALLER, dropped(*GUARD, "1"))),
    "a network renamed": (network({"DestinationCidrBlock": OUTSIDE}),
                          shuffled(fresh(network({"DestinationCidrBlock": OUTSIDE})).template(
                              network({"DestinationCidrBlock": OUTSIDE})))),
    "two halves of the internet": (network({"DestinationCidrBlock": OUTSIDE}),
                                   network({"DestinationCidrBlock": "0.0.0.0/1"},
                                           {"DestinationCidrBlock": "128.0.0.0/1"})),
}
BROADER = {
    "a wildcard for an action": (Kind.ROLE, one(READ), one(ALL)),
    "a wildcard for a resource": (Kind.ROLE, one(statement(resource="arn:aws:s3:::a/*")), one(READ)),
    "NotAction": (Kind.ROLE, one(statement(["s3:GetObject", "sqs:SendMessage"])),
                  one({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
    "NotResource": (Kind.ROLE, one(statement(resource="arn:aws:s3:::a/*")),
                    one({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"})),
    "a Deny that is gone": (Kind.ROLE, one(ALL, statement("s3:DeleteObject", effect="Deny")), one(ALL)),
    "a condition that is gone": (Kind.ROLE, one(MARKED), one(READ)),
    "a wider boundary": (Kind.ROLE, one(ALL, boundary=(READ,)), one(ALL, boundary=(READ, statement("s3:PutObject")))),
    "a boundary that nobody is held to any more": (Kind.ROLE, one(ALL, boundary=(READ,)), UNBOUND),
    "roles of ours without a boundary": (Kind.ROLE, ours(INSTALLER), ours(INSTALLER, unbounded)),
    "a boundary of ours that is wider": (Kind.POLICY, ours(INSTALLER), ours(INSTALLER, lambda rows: rows["Boundary"][
        "Properties"]["PolicyDocument"]["Statement"].append(statement("iam:CreateUser")))),
    "an external id that is gone": (Kind.TRUST, one(READ, trust={"Condition": EXTERNAL_ID}, **SECRET),
                                    one(READ, **SECRET)),
    "an external id of ours that is gone": (Kind.TRUST, ours(INSTALLER), ours(INSTALLER, dropped(
        "InstallerRole", "AssumeRolePolicyDocument", "Statement", "0", "Condition", "StringEquals", "sts:ExternalId"))),
    "another account that may assume": (Kind.TRUST, one(READ), one(READ, trust={"Principal": {
        "AWS": ["111122223333", "444455556666"]}})),
    "a bucket open to another account": (Kind.RESOURCE_POLICY, bucket(letting("111122223333")),
                                         bucket(letting("111122223333"), letting("444455556666"))),
    "a bucket open to everybody": (Kind.RESOURCE_POLICY, bucket(letting("111122223333")), bucket(letting("*"))),
    "a route that was opened": (Kind.PATH, network(), network({"DestinationCidrBlock": OUTSIDE})),
    "a route of ours past the firewall": (Kind.PATH, ours(PRIVATE), ours(PRIVATE, opened)),
    "a port that was opened": (Kind.FILTER, group(admitting("10.0.0.0/8")), group(admitting("10.0.0.0/8"),
                                                                               admitting("10.0.0.0/8", 22))),
    "a group open to everybody": (Kind.FILTER, group(admitting("10.0.0.0/8")), group(admitting(OUTSIDE))),
    "connections of ours that nobody accepts": (Kind.DOOR, ours(SERVICE), ours(SERVICE, put(
        "EndpointService", False, "AcceptanceRequired"))),
    "any name past the firewall of ours": (Kind.FILTER, ours(PRIVATE), ours(PRIVATE, lambda rows: rows["FirewallNames"][
        "Properties"]["RuleGroup"]["RulesSource"]["RulesSourceList"]["Targets"].append(".example.com"))),
    "any name resolved in ours": (Kind.FILTER, ours(PRIVATE), ours(PRIVATE, lambda rows: rows["DnsFirewallAllowed"][
        "Properties"]["Domains"].append("*.example.com"))),
    "sessions of ours that last longer": (Kind.RESOURCE, ours(INSTALLER), ours(INSTALLER, put(
        "InstallerRole", 7200, "MaxSessionDuration"))),
    "a switch that takes another word": (Kind.PARAMETER, one(READ, Parameters={"P": {
        "Type": "String", "AllowedValues": ["a"]}}), one(READ, Parameters={"P": {
            "Type": "String", "AllowedValues": ["a", "b"]}})),
}


def said(found: Comparison) -> tuple[str, str, str]:
    """The verdict and both answers; where it is another than was thought, the reasons are worth reading."""
    return found.verdict.value, found.more.value, found.less.value


def reasons(found: Comparison) -> str:
    """Everything that is not equal, for whoever reads a failure."""
    return json.dumps([each.as_json() for template in found.templates for each in template.subjects
                       if each.verdict != "equal"], indent=1)


@pytest.mark.parametrize("name", EQUAL)
def test_equal(name: str) -> None:
    """Templates that let the same be done in other words are equal."""
    found = compared(*EQUAL[name])
    assert said(found) == ("equal", "proved", "proved"), reasons(found)


@pytest.mark.parametrize("name", BROADER)
def test_broader(name: str) -> None:
    """What lets more be done is broader, shown by a request, path, value or setting of the kind that it is about."""
    kind, old, new = BROADER[name]
    found = compared(old, new)
    assert said(found) == ("broader", "refuted", "proved"), reasons(found)
    shown = [each for template in found.templates for each in template.subjects if each.more.counterexample]
    assert kind in {each.kind for each in shown}
    assert not any(each.less.counterexample for each in shown)


@pytest.mark.parametrize("name", BROADER)
def test_narrower(name: str) -> None:
    """The other way round it is narrower, shown by the same kind of thing that may no longer be done."""
    kind, old, new = BROADER[name]
    found = compared(new, old)
    assert said(found) == ("narrower", "proved", "refuted"), reasons(found)
    assert kind in {each.kind for template in found.templates for each in template.subjects
                    if each.less.counterexample}


def test_incomparable() -> None:
    """What lets something else be done is incomparable, with a request each way."""
    found = compared(one(READ), one(statement("s3:PutObject")))
    assert said(found) == ("incomparable", "refuted", "refuted")
    shown, = (each for each in found.templates[0].subjects if each.kind is Kind.ROLE)
    assert shown.more.counterexample != shown.less.counterexample


def test_undecided() -> None:
    """What nobody judges is undecided, and says what that is."""
    found = compared(one(READ), {"Resources": {**one(READ)["Resources"], "Thing": {"Type": "Custom::Thing"}}})
    assert said(found) == ("undecided", "undecided", "undecided")
    assert "what Thing (Custom::Thing) may do is not judged" in reasons(found)
