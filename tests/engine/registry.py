"""Inputs of a Pulumi resource of AWS held against the value rules of CloudFormation's registry schemas.

Knows the schemas that ship with cfn-lint and how Pulumi's words lead to theirs: `aws:ec2/vpc:Vpc` is
`AWS::EC2::VPC` and `cidrBlock` is `CidrBlock`, letter case aside; where the two differ a table says how. Checked are
the rules about one value: enum, pattern, range, length, address block, and that a policy is JSON. Not checked is
what the schemas say of names, kinds and required properties, since Pulumi nests some types otherwise (`kinds` holds
those against Pulumi's own types), nor any value whose way into the schema the table does not know.
"""

import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cfnlint.jsonschema import StandardValidator
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from pulumi.runtime.rpc import UNKNOWN

from conveyor_iac.emulator.extensions.schemas import FALLBACK_REGION, create_only, schema_of
from tests.engine.kinds import Mistake

_RULES = ("enum", "const", "pattern", "minimum", "maximum", "minLength", "maxLength")
_PYTHON_KINDS: dict[str, Any] = {"string": str, "boolean": bool, "integer": int, "number": (int, float)}
_NETWORKS = {"ipv4-network": ipaddress.IPv4Network, "ipv6-network": ipaddress.IPv6Network}
_POLICIES = frozenset({"policy", "assumeRolePolicy"})

Schema = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """How CloudFormation spells a resource type.

    Args:
        type: its name, such as `AWS::EC2::VPC`.
        start: the property of it that a Pulumi resource of its own sets; empty for the whole.
        words: Pulumi's property names, at any depth, that differ from CloudFormation's by more than letter case.
    """

    type: str
    start: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


_GROUP_RULE = {"cidrIpv4": "CidrIp", "securityGroupId": "GroupId"}
_RESOLVER_RULE = Spelled(type="AWS::Route53Resolver::FirewallRuleGroup", start="FirewallRules")
SPELLED = {
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": Spelled(type="AWS::EC2::VPCCidrBlock"),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Spelled(type="AWS::EC2::SubnetRouteTableAssociation"),
    "aws:ec2/route:Route": Spelled(type="AWS::EC2::Route",
                                   words={"egressOnlyGatewayId": "EgressOnlyInternetGatewayId"}),
    "aws:ec2/securityGroup:SecurityGroup": Spelled(
        type="AWS::EC2::SecurityGroup", words={"name": "GroupName", "description": "GroupDescription"}),
    "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple": Spelled(
        type="AWS::EC2::VPCEndpointServicePermissions"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Spelled(
        type="AWS::EC2::SecurityGroupIngress", words=_GROUP_RULE),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": Spelled(
        type="AWS::EC2::SecurityGroupEgress", words=_GROUP_RULE),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Spelled(
        type="AWS::S3::Bucket", start="BucketEncryption",
        words={"rules": "ServerSideEncryptionConfiguration",
               "applyServerSideEncryptionByDefault": "ServerSideEncryptionByDefault"}),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Spelled(
        type="AWS::S3::Bucket", start="PublicAccessBlockConfiguration"),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Spelled(
        type="AWS::S3::Bucket", start="OwnershipControls", words={"rule": "Rules"}),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": Spelled(
        type="AWS::S3::Bucket", start="LifecycleConfiguration"),
    "aws:cloudwatch/logGroup:LogGroup": Spelled(type="AWS::Logs::LogGroup"),
    "aws:lb/loadBalancer:LoadBalancer": Spelled(
        type="AWS::ElasticLoadBalancingV2::LoadBalancer", words={"loadBalancerType": "Type"}),
    "aws:lb/targetGroup:TargetGroup": Spelled(type="AWS::ElasticLoadBalancingV2::TargetGroup"),
    "aws:lb/listener:Listener": Spelled(type="AWS::ElasticLoadBalancingV2::Listener"),
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": Spelled(
        type="AWS::ElasticLoadBalancingV2::TargetGroup", start="Targets", words={"targetId": "Id"}),
    "aws:route53/resolverFirewallDomainList:ResolverFirewallDomainList": Spelled(
        type="AWS::Route53Resolver::FirewallDomainList"),
    "aws:route53/resolverFirewallRuleGroup:ResolverFirewallRuleGroup": Spelled(
        type="AWS::Route53Resolver::FirewallRuleGroup"),
    "aws:route53/resolverFirewallRule:ResolverFirewallRule": _RESOLVER_RULE,
    "aws:route53/resolverFirewallRuleGroupAssociation:ResolverFirewallRuleGroupAssociation": Spelled(
        type="AWS::Route53Resolver::FirewallRuleGroupAssociation"),
    "aws:route53/zone:Zone": Spelled(type="AWS::Route53::HostedZone", words={"vpcId": "VPCId"}),
    "aws:route53/record:Record": Spelled(type="AWS::Route53::RecordSet", words={"zoneId": "HostedZoneId"}),
    "aws:iam/policy:Policy": Spelled(type="AWS::IAM::ManagedPolicy"),
}


def mistakes(token: str, inputs: Mapping[str, Any]) -> list[Mistake]:
    """Every value of *inputs* that its schema refuses; a type that CloudFormation does not have is not looked at."""
    spelled = spelling(token)
    found = [(name, "is no JSON") for name in sorted(_POLICIES & inputs.keys()) if not _is_json(inputs[name])]
    if not spelled:
        return found
    whole = schema_of(spelled.type) or {}
    start = whole["properties"][spelled.start] if spelled.start else whole
    return [*found, *_below(inputs, start, "", (spelled, whole))]


def fixed(token: str, names: set[str]) -> set[str]:
    """Those of the properties *names* that CloudFormation cannot change without replacing the resource."""
    spelled = spelling(token)
    if not spelled or spelled.start:
        return set()
    kept, known = create_only(spelled.type), (schema_of(spelled.type) or {}).get("properties", {})
    return {name for name in names if _word(name, known, spelled) in kept}


@cache
def spelling(token: str) -> Spelled | None:
    """How CloudFormation spells the type, or None when it has none of that name."""
    _, module, name = token.split(":")
    same = _types().get(f"aws::{module.split('/')[0]}::{name}".lower())
    return SPELLED.get(token) or (Spelled(type=same) if same else None)


@cache
def _types() -> dict[str, str]:
    return {name.lower(): name for name in PROVIDER_SCHEMA_MANAGER.get_resource_types(FALLBACK_REGION)}


def _below(value: Any, schema: Schema, path: str, of: tuple[Spelled, Schema]) -> Iterator[Mistake]:
    """The refused values in *value*; one object stands for a list of one, as Pulumi often has it."""
    schema = _resolved(schema, of[1])
    if isinstance(value, dict):
        schema = _resolved(schema.get("items", schema), of[1])
        known = schema.get("properties", {})
        for name, one in value.items():
            word = _word(name, known, of[0])
            if word:
                yield from _below(one, known[word], f"{path}.{name}".lstrip("."), of)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _below(one, schema.get("items", {}), f"{path}[{number}]", of)
    elif value != UNKNOWN and isinstance(value, _PYTHON_KINDS.get(str(schema.get("type")), ())):
        yield from ((path, why) for why in _refused(value, schema))


def _refused(value: Any, schema: Schema) -> Iterator[str]:
    rules = {rule: schema[rule] for rule in _RULES if rule in schema}
    yield from (error.message for error in StandardValidator({}).evolve(schema=rules).iter_errors(value))
    network = _NETWORKS.get(schema.get("format", ""))
    if network:
        try:
            network(value)
        except ValueError as why:
            yield f"{value!r} is no {schema['format']}: {why}"


def _word(name: str, known: Mapping[str, Any], spelled: Spelled) -> str | None:
    """CloudFormation's word: from the table, the same but for case, or RoleName for the name of a role."""
    words = {word.lower(): word for word in known}
    own = f"{spelled.type.split('::')[-1]}{name}" if name == "name" else name
    return words.get(spelled.words.get(name, name).lower()) or words.get(own.lower())


def _resolved(schema: Schema, whole: Schema) -> Schema:
    while "$ref" in schema:
        schema = whole["definitions"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def _is_json(value: Any) -> bool:
    try:
        return value == UNKNOWN or bool(json.loads(value) if isinstance(value, str) else value)
    except ValueError:
        return False
