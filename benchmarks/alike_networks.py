"""Whether two assemblies have the same networks, by what matters of each: counts, and the statements of policies.

Law: as in `alike.py`, the difference is told. Compared: how many subnets of each size; NAT gateways, and routes by
where they lead; endpoints by service and kind, in how many subnets, with private DNS, and every statement of their
policies; the rules of both firewalls; the statements of key, bucket and topic; principals and ports of the endpoint
service.

Not compared, because L2 decides it: which block a subnet has (L2 takes them in a row, ours keep room for a fourth
zone), security groups (L2 makes one per endpoint, ours is one for all and lets the pods in too), route tables (L2 makes
one per subnet), the names of the zones, and tags.
"""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from alike import listed, plain

Json = dict[str, Any]
_TARGETS = {"GatewayId": "gateway", "NatGatewayId": "nat", "VpcEndpointId": "endpoint"}
_COUNTED = ("EC2::VPC", "EC2::VPCCidrBlock", "EC2::NatGateway", "EC2::EIP", "EC2::FlowLog", "EC2::InternetGateway",
            "NetworkFirewall::Firewall",
            "NetworkFirewall::LoggingConfiguration", "Logs::LogGroup", "KMS::Alias",
            "Route53Resolver::FirewallRuleGroupAssociation", "EC2::VPCEndpointConnectionNotification")
_POLICIES = {"AWS::KMS::Key": "KeyPolicy", "AWS::S3::BucketPolicy": "PolicyDocument",
             "AWS::SNS::TopicPolicy": "PolicyDocument"}


def differences(one: Path, other: Path) -> list[str]:
    """What differs between the networks of two assemblies, by what it is; empty where nothing does."""
    found = []
    for file in sorted(one.glob("*-network.template.json")):
        left, right = (_network(folder, file.name.removesuffix("-network.template.json")) for folder in (one, other))
        found += [f"{file.name}: {name}" for name in sorted(left.keys() | right.keys())
                  if left.get(name) != right.get(name)]
    return found if any(one.glob("*-network.template.json")) else ["no network"]


def counted(folder: Path) -> dict[str, int]:
    """How many of what matters an assembly has."""
    every = [given for file in folder.glob("*.template.json")
             for given in json.loads(file.read_text())["Resources"].values()]
    endpoints = [given["Properties"] for given in every if given["Type"] == "AWS::EC2::VPCEndpoint"]
    return {"subnets": sum(given["Type"] == "AWS::EC2::Subnet" for given in every), "endpoints": len(endpoints),
            "endpoint policy statements": sum(len(given["PolicyDocument"]["Statement"]) for given in endpoints)}


def _network(folder: Path, prefix: str) -> Json:
    """What matters of one installation's network and endpoints."""
    every = [(name, given["Type"], given["Properties"]) for part in ("network", "endpoints") for name, given
             in json.loads((folder / f"{prefix}-{part}.template.json").read_text())["Resources"].items()]
    kinds = Counter(kind for _, kind, _ in every)
    names = {name: "$" for name, _, _ in every}
    said: Json = {kind: kinds[f"AWS::{kind}"] for kind in _COUNTED}
    said["subnets"] = Counter(given["CidrBlock"].rpartition("/")[2] for _, kind, given in every
                              if kind == "AWS::EC2::Subnet")
    said["default routes"] = Counter(_TARGETS[key] for _, kind, given in every if kind == "AWS::EC2::Route"
                                     for key in _TARGETS if key in given)
    for _, kind, given in every:
        if kind == "AWS::EC2::VPCEndpoint":
            said[f"endpoint {plain(given['ServiceName'], names).split('.', 3)[3]}"] = _endpoint(given, names)
        elif kind in _POLICIES:
            said[kind] = _statements(given[_POLICIES[kind]], names)
        elif kind in _RULES:
            said[f"{kind} {given.get(_RULES[kind][0])}"] = listed(plain(given[_RULES[kind][1]], names))
    return said


_RULES = {
    "AWS::NetworkFirewall::RuleGroup": ("RuleGroupName", "RuleGroup"),
    "AWS::NetworkFirewall::FirewallPolicy": ("FirewallPolicyName", "FirewallPolicy"),
    "AWS::Route53Resolver::FirewallDomainList": ("Name", "Domains"),
    "AWS::Route53Resolver::FirewallRuleGroup": ("Name", "FirewallRules"),
    "AWS::ElasticLoadBalancingV2::Listener": ("Protocol", "Port"),
    "AWS::EC2::VPCEndpointService": ("", "AcceptanceRequired"),
    "AWS::EC2::VPCEndpointServicePermissions": ("", "AllowedPrincipals"),
}
"""Of these: what tells one from another, and what is compared."""


def _endpoint(given: Json, names: dict[str, str]) -> Json:
    return {"kind": given["VpcEndpointType"], "subnets": len(given.get("SubnetIds", ())),
            "private DNS": given.get("PrivateDnsEnabled"), "policy": _statements(given["PolicyDocument"], names)}


def _statements(document: Json, names: dict[str, str]) -> list[Any]:
    return sorted((listed(plain(row, names)) for row in document["Statement"]), key=json.dumps)
