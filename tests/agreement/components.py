"""What the Pulumi resources of one deployment say together, as `comparing` reads it.

Knows how pulumi-aws says what CloudFormation says (words.toml), what it makes several resources of, and how resources
name one another. Reads nothing of the proofs' adapter, which may pass over what no claim is about; this passes over
nothing.
"""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.agreement.comparing import KIND, OUTPUTS, Telling
from tests.agreement.place import Place

Thing = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A resource, under its name in the plan. `texts` are what others call it: the text, and what that means."""

    name: str
    type: str
    inputs: Mapping[str, Any]
    texts: Mapping[str, str] = field(default_factory=dict)
    kept: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployed:
    """What a program made, and what its deployment component hands over."""

    made: tuple[Made, ...]
    handed: Mapping[str, str]


@cache
def words() -> Mapping[str, Mapping[str, Any]]:
    """The rows of words.toml, by type."""
    return tomllib.loads((Path(__file__).parent / "words.toml").read_text())


def telling(deployed: Deployed, place: Place) -> Telling:
    """What a deployment says."""
    named = _Names(deployed.made, place)
    found: Telling = {OUTPUTS: {KIND: OUTPUTS, **named.read(dict(deployed.handed))}}
    rows = [(one, words()[one.type]) for one in deployed.made]
    for one, row in rows:
        if "part_of" not in row:
            assert one.name not in found, f"two resources are called {one.name}"
            found[one.name] = {KIND: row["as"], **_said(one.inputs, row, named), **(_KEPT if one.kept else {})}
    for one, row in rows:
        if "part_of" in row:
            owner = named.owner(one.inputs[row["part_of"]])
            own = {key: value for key, value in one.inputs.items() if key != row["part_of"]}
            _PARTS[one.type](found, owner, _said(own, row, named))
            assert one.kept == ("DeletionPolicy" in found[owner]), f"{one.name} is not kept as {owner} is"
    for name, thing in list(found.items()):
        if shape := _SHAPES.get(thing[KIND]):
            shape(found, name, thing)
    return found


_KEPT = {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}


class _Names:
    """What each text means that a resource goes by."""

    def __init__(self, made: Iterable[Made], place: Place) -> None:
        self._means, self._owners = dict[str, str](), dict[str, str]()
        for one in made:
            texts = dict(one.texts)
            if one.type in _IAM:
                arn = place.iam(_IAM[one.type], one.inputs["path"], one.inputs["name"])
                texts = {text: arn for text, means in texts.items() if means.endswith(".Arn>")}
                self._owners[one.inputs["name"]] = one.name
            self._means |= texts
            self._owners |= dict.fromkeys(texts, one.name)
        self._mark = re.compile("|".join(map(re.escape, sorted(self._means, key=len, reverse=True))) or "(?!)")

    def read(self, value: Any) -> Any:
        if isinstance(value, Mapping):
            return {key: self.read(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.read(part) for part in value]
        return self._mark.sub(lambda hit: self._means[hit[0]], value) if isinstance(value, str) else value

    def owner(self, text: str) -> str:
        """The name of what goes by a text."""
        return self._owners[text]


_IAM = {"aws:iam/policy:Policy": "policy", "aws:iam/role:Role": "role"}


def _said(inputs: Mapping[str, Any], row: Mapping[str, Any], named: _Names) -> Thing:
    documents, renamed = row.get("documents", ()), row.get("renamed", {})
    found = {}
    for key, value in inputs.items():
        to = renamed.get(key, _capital(key))
        if key in documents:
            found[to] = named.read(json.loads(value))
        else:
            found[to] = named.read(value) if key == "tags" else _pascal(named.read(value), renamed)
    return found


def _pascal(value: Any, renamed: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {renamed.get(key, _capital(key)): _pascal(part, renamed) for key, part in value.items()}
    return [_pascal(part, renamed) for part in value] if isinstance(value, list) else value


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _append(found: Telling, name: str, key: str, value: Any) -> None:
    found[name].setdefault(key, []).append(value)


def _attached(found: Telling, role: str, said: Thing) -> None:
    _append(found, role, "ManagedPolicyArns", said.pop("PolicyArn"))
    found[role] |= said


def _lifecycle(found: Telling, bucket: str, said: Thing) -> None:
    for rule in said["Rules"]:
        if isinstance(rule.get("Expiration"), dict):
            rule |= {f"ExpirationIn{key}": value for key, value in rule.pop("Expiration").items()}
    found[bucket]["LifecycleConfiguration"] = said


def _owned(found: Telling, bucket: str, said: Thing) -> None:
    found[bucket]["OwnershipControls"] = {"Rules": [said.pop("Rule")], **said}


def _encrypted(found: Telling, bucket: str, said: Thing) -> None:
    found[bucket]["BucketEncryption"] = {"ServerSideEncryptionConfiguration": said.pop("Rules"), **said}


def _closed(found: Telling, bucket: str, said: Thing) -> None:
    found[bucket]["PublicAccessBlockConfiguration"] = said


_PARTS: Mapping[str, Callable[[Telling, str, Thing], None]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": _attached,
    "aws:lb/targetGroupAttachment:TargetGroupAttachment":
        lambda found, group, said: _append(found, group, "Targets", said),
    "aws:route53/resolverFirewallRule:ResolverFirewallRule":
        lambda found, group, said: _append(found, group, "FirewallRules", said),
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": _lifecycle,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _owned,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _closed,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": _encrypted,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":
        lambda found, group, said: _append(found, group, "SecurityGroupEgress", said),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule":
        lambda found, group, said: _append(found, group, "SecurityGroupIngress", said),
}


def _vpc(found: Telling, name: str, thing: Thing) -> None:
    """IPv6 is a block of its own."""
    if thing.pop("AssignGeneratedIpv6CidrBlock", False):
        found[f"{name}Ipv6Cidr"] = {KIND: "AWS::EC2::VPCCidrBlock", "VpcId": f"<{name}>",
                                    "AmazonProvidedIpv6CidrBlock": True}


def _gateway(found: Telling, name: str, thing: Thing) -> None:
    """A gateway's attachment is a thing of its own."""
    found[f"{name}Attachment"] = {KIND: "AWS::EC2::VPCGatewayAttachment", "VpcId": thing.pop("VpcId"),
                                  "InternetGatewayId": f"<{name}>"}


def _flow_log(found: Telling, name: str, thing: Thing) -> None:
    thing |= {"ResourceId": thing.pop("VpcId"), "ResourceType": "VPC"}


def _balancer(found: Telling, name: str, thing: Thing) -> None:
    thing["Scheme"] = "internal" if thing.pop("Internal", False) else "internet-facing"
    crossing = str(thing.pop("EnableCrossZoneLoadBalancing", False)).lower()
    thing["LoadBalancerAttributes"] = [{"Key": "load_balancing.cross_zone.enabled", "Value": crossing}]


def _target_group(found: Telling, name: str, thing: Thing) -> None:
    thing |= {f"HealthCheck{key}": value for key, value in thing.pop("HealthCheck", {}).items()}


def _rule_group(found: Telling, name: str, thing: Thing) -> None:
    variables = thing["RuleGroup"].get("RuleVariables", {})
    if "IPSets" in variables:
        variables["IPSets"] = {row["Key"]: row["IpSet"] for row in variables["IPSets"]}


def _service(found: Telling, name: str, thing: Thing) -> None:
    """Whom a service serves is a thing of its own."""
    if "AllowedPrincipals" in thing:
        found[f"{name}Permissions"] = {KIND: "AWS::EC2::VPCEndpointServicePermissions", "ServiceId": f"<{name}>",
                                       "AllowedPrincipals": thing.pop("AllowedPrincipals")}


def _domains(found: Telling, name: str, thing: Thing) -> None:
    """Names end with a dot, as Route 53 keeps them however they are given."""
    thing["Domains"] = [domain.removesuffix(".") for domain in thing["Domains"]]


def _topic_policy(found: Telling, name: str, thing: Thing) -> None:
    thing["Topics"] = [thing["Topics"]]


_SHAPES: Mapping[str, Callable[[Telling, str, Thing], None]] = {
    "AWS::EC2::FlowLog": _flow_log, "AWS::EC2::InternetGateway": _gateway, "AWS::EC2::VPC": _vpc,
    "AWS::EC2::VPCEndpointService": _service, "AWS::Route53Resolver::FirewallDomainList": _domains,
    "AWS::ElasticLoadBalancingV2::LoadBalancer": _balancer,
    "AWS::ElasticLoadBalancingV2::TargetGroup": _target_group, "AWS::NetworkFirewall::RuleGroup": _rule_group,
    "AWS::SNS::TopicPolicy": _topic_policy,
}
