"""Small stacks made by hand, as the engine keeps them: ids and ARNs as AWS gives them, inputs as a program says."""

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.pulumi import template_of
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.verdict import Answer
from conveyor_iac.proofs.verify import verify

ACCOUNT, VENDOR = "222222222222", "111122223333"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"
EXTERNAL_ID = "an-id-of-this-test-only-0815"
Body = dict[str, Any]
Change = Callable[[list[Body]], object]
_PREFIXES = {"aws:ec2/vpc:Vpc": "vpc", "aws:ec2/subnet:Subnet": "subnet", "aws:ec2/routeTable:RouteTable": "rtb",
             "aws:ec2/internetGateway:InternetGateway": "igw", "aws:ec2/natGateway:NatGateway": "nat",
             "aws:ec2/securityGroup:SecurityGroup": "sg", "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce",
             "aws:ec2/vpcEndpointService:VpcEndpointService": "vpce-svc",
             "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": "rslvr-frg",
             "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": "rslvr-fdl"}
_NAMED = {"aws:iam/role:Role": "role", "aws:iam/policy:Policy": "policy"}


def one(token: str, name: str, outputs: Mapping[str, Any] | None = None, /, **inputs: Any) -> Body:
    """A resource; its id is that of its type and name, see `id_of`."""
    own = {"arn": arn_of(token, name, inputs)} | dict(outputs or {})
    return {"type": token, "name": name, "id": id_of(token, name, inputs), "inputs": inputs, "outputs": own}


def id_of(token: str, name: str, inputs: Mapping[str, Any] | None = None) -> str:
    """The id a resource gets: a name where the type is named, else as AWS makes them up."""
    if token == "aws:iam/role:Role":
        return str((inputs or {}).get("name", name))
    if token == "aws:iam/policy:Policy":
        return arn_of(token, name, inputs or {})
    if token == "aws:s3/bucket:Bucket":
        return name.lower()
    return f"{_PREFIXES.get(token, 'thing')}-{sum(map(ord, token + name)) * 65537:017x}"


def arn_of(token: str, name: str, inputs: Mapping[str, Any]) -> str:
    """The ARN a resource gets."""
    if token in _NAMED:
        path = inputs.get("path", "/")
        return f"arn:aws:iam::{ACCOUNT}:{_NAMED[token]}{path}{inputs.get('name', name)}"
    if token == "aws:s3/bucket:Bucket":
        return f"arn:aws:s3:::{name.lower()}"
    return f"arn:aws:ec2:eu-west-1:{ACCOUNT}:thing/{name}"


def at(token: str, name: str) -> str:
    """The id of a resource of ec2 by the end of its token."""
    return id_of(f"aws:ec2/{token[0].lower()}{token[1:]}:{token}", name)


def ec2(token: str, name: str, outputs: Mapping[str, Any] | None = None, /, **inputs: Any) -> Body:
    """A resource of ec2, by the end of its token."""
    return one(f"aws:ec2/{token[0].lower()}{token[1:]}:{token}", name, outputs, **inputs)


def document(*statements: Body) -> str:
    """A policy document as programs give it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def secret(value: Any) -> Body:
    """A value as `pulumi stack export --show-secrets` shows a secret."""
    return {SIGNATURE: SECRET, "plaintext": json.dumps(value)}


ENCRYPTED = {SIGNATURE: SECRET, "ciphertext": "AAAB"}
VPC = at("Vpc", "Vpc")


def network(*more: Body) -> list[Body]:
    """A VPC with an isolated subnet and a public one, an endpoint of S3 and one of SQS that the isolated one has."""
    own = {"Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}}
    policy = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*", **own})
    return [
        ec2("Vpc", "Vpc", {"defaultRouteTableId": "rtb-0d0d0d0d0d0d0d0d0", "mainRouteTableId": "rtb-0d0d0d0d0d0d0d0d0",
                           "defaultSecurityGroupId": "sg-0d0d0d0d0d0d0d0d0"},
            cidrBlock="10.0.0.0/16", enableDnsHostnames=True),
        ec2("Subnet", "Node", vpcId=VPC, cidrBlock="10.0.0.0/24", availabilityZone="eu-west-1a"),
        ec2("Subnet", "Public", vpcId=VPC, cidrBlock="10.0.1.0/24", availabilityZone="eu-west-1a"),
        ec2("RouteTable", "NodeTable", vpcId=VPC), ec2("RouteTable", "PublicTable", vpcId=VPC),
        ec2("RouteTableAssociation", "NodeHas", subnetId=at("Subnet", "Node"),
            routeTableId=at("RouteTable", "NodeTable")),
        ec2("RouteTableAssociation", "PublicHas", subnetId=at("Subnet", "Public"),
            routeTableId=at("RouteTable", "PublicTable")),
        ec2("InternetGateway", "Gateway", vpcId=VPC),
        ec2("Route", "Out", routeTableId=at("RouteTable", "PublicTable"), destinationCidrBlock="0.0.0.0/0",
            gatewayId=at("InternetGateway", "Gateway")),
        ec2("SecurityGroup", "Doors", vpcId=VPC, description="endpoints"),
        one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "DoorsIn", cidrIpv4="10.0.0.0/16",
            fromPort=443, toPort=443, ipProtocol="tcp", securityGroupId=at("SecurityGroup", "Doors")),
        ec2("VpcEndpoint", "S3", vpcId=VPC, serviceName="com.amazonaws.eu-west-1.s3", policy=policy,
            routeTableIds=[at("RouteTable", "NodeTable")]),
        ec2("VpcEndpoint", "Sqs", vpcId=VPC, serviceName="com.amazonaws.eu-west-1.sqs", policy=policy,
            vpcEndpointType="Interface", privateDnsEnabled=True, subnetIds=[at("Subnet", "Node")],
            securityGroupIds=[at("SecurityGroup", "Doors")]), *more]


NODES: Body = {"network": {"subnets": ["Node"], "egress": "none", "endpoints": ["s3", "sqs"]}}
TRUST: Body = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{VENDOR}:role/cp"},
               "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}}
CREATED = f"arn:aws:iam::{ACCOUNT}:role/made-*"


def powers(**trust: Any) -> list[Body]:
    """An installer that creates roles within a boundary and attaches one policy to them; its trust is a secret."""
    token = "aws:iam/policy:Policy"
    boundary, tool = (arn_of(token, name, {"name": name}) for name in ("boundary", "tool"))
    made = document(
        {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": CREATED,
         "Condition": {"StringEquals": {"iam:PermissionsBoundary": boundary}}},
        {"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": CREATED,
         "Condition": {"ArnEquals": {"iam:PolicyARN": tool}, "StringEquals": {"iam:PermissionsBoundary": boundary}}})
    reads, does = (document({"Effect": "Allow", "Action": action, "Resource": "*"}) for action in (
        "s3:GetObject", "s3:*"))
    return [
        one(token, "Boundary", name="boundary", policy=does), one(token, "Tool", name="tool", policy=reads),
        one(token, "Installing", name="installing", policy=made),
        one("aws:iam/role:Role", "Installer", name="installer", assumeRolePolicy=secret(document({**TRUST, **trust}))),
        one("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "InstallerHas", role="installer",
            policyArn=arn_of(token, "Installing", {"name": "installing"}))]


INSTALLER: Body = {"installer": {
    "role": "Installer", "boundary": "Boundary", "creates_roles": "made-*", "predefined": ["Tool"],
    "iam_actions": ["iam:CreateRole", "iam:AttachRolePolicy"],
    "trust": {"account": VENDOR, "role": "cp", "external_id": "ExternalId"}}}


def named(resources: list[Body], name: str) -> Body:
    """The inputs of a resource; `StopIteration` where there is none."""
    return next(row["inputs"] for row in resources if row["name"] == name)


def given(name: str, **values: Any) -> Change:
    """A change: inputs of a resource get other values; `...` takes one away."""

    def change(resources: list[Body]) -> None:
        inputs = named(resources, name)
        inputs |= values
        for key in [key for key, value in inputs.items() if value is ...]:
            del inputs[key]

    return change


def added(*rows: Body) -> Change:
    """A change: further resources."""
    return lambda resources: resources.extend(copy.deepcopy(rows))


def without(name: str) -> Change:
    """A change: a resource is gone."""
    return lambda resources: resources.remove(next(row for row in resources if row["name"] == name))


def template(resources: list[Body], contract: Body | None = None, *changes: Change) -> Template:
    """The template of changed resources."""
    rows = copy.deepcopy(resources)
    for change in changes:
        change(rows)
    return template_of(rows, "stack", contract=contract)


def answer(name: str, resources: list[Body], contract: Body | None = None, *changes: Change) -> Answer:
    """What a claim says of changed resources; it must be asked."""
    (result,) = verify(template(resources, contract, *changes), claims=[claim(name)]).results
    return result.answer
