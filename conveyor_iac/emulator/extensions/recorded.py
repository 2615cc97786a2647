"""Recorded resources: checked, kept and listed, never behaving.

Knows how to keep what a stack asked for in ministack's Cloud Control store (``cloudcontrol get-resource`` and
``list-resources`` answer it) and how to make up what Ref and Fn::GetAtt need. A made-up value has a plausible form and
means nothing: never assert on one. The types are listed in recorded_types.py; ministack's own handlers win.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from ..recorded_types import RECORDED_TYPES
from . import schemas
from .stack_handlers import Made, Properties, register

# How AWS begins the ids of these; what is missing here begins with a bare number.
_PREFIXES = {
    "AWS::EC2::FlowLog": "fl-",
    "AWS::EC2::VPCCidrBlock": "vpc-cidr-assoc-",
    "AWS::EC2::VPCEndpointConnectionNotification": "vpce-nfn-",
    "AWS::EC2::VPCEndpointService": "vpce-svc-",
    "AWS::Route53Resolver::FirewallDomainList": "rslvr-fdl-",
    "AWS::Route53Resolver::FirewallRuleGroup": "rslvr-frg-",
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": "rslvr-frgassoc-",
}
_ARN_NAMES = {
    "AWS::NetworkFirewall::Firewall": "firewall",
    "AWS::NetworkFirewall::FirewallPolicy": "firewall-policy",
    "AWS::NetworkFirewall::RuleGroup": "stateful-rulegroup",
    "AWS::NetworkFirewall::VpcEndpointAssociation": "vpc-endpoint-association",
    "AWS::CloudTrail::Trail": "trail",
}


def recorded_now() -> list[dict[str, Any]]:
    """Everything recorded and not deleted, in every account and region."""
    from ministack.services import cloudcontrol

    return [{"type": kept["TypeName"], "id": kept["Identifier"], "account": account, "region": region,
             "properties": kept["Recorded"]}
            for (account, region, _), kept in cloudcontrol._resources._data.items() if "Recorded" in kept]


def install() -> None:
    """Give every recorded type its handlers."""
    for type_name in RECORDED_TYPES:
        register(type_name, _create(type_name), _update(type_name), _delete(type_name))


def _create(type_name: str) -> Any:
    def create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        attributes = _made_up(type_name, properties, f"{stack_name}-{logical_id}")
        physical_id = _identifier(type_name, properties | attributes, f"{stack_name}-{logical_id}")
        _keep(type_name, physical_id, properties, attributes)
        return physical_id, attributes

    return create


def _update(type_name: str) -> Any:
    def update(physical_id: str, old: Properties, new: Properties, stack_name: str, *rest: Any) -> Made:
        attributes = dict(_kept(type_name, physical_id).get("Attributes") or {})
        if "EndpointIds" in attributes:
            attributes["EndpointIds"] = _endpoints(new, attributes["EndpointIds"])
        _keep(type_name, physical_id, new, attributes)
        return physical_id, attributes

    return update


def _delete(type_name: str) -> Any:
    def delete(physical_id: str, properties: Properties) -> None:
        from ministack.services import cloudcontrol

        cloudcontrol._resources.pop(cloudcontrol._resource_key(type_name, physical_id), None)

    return delete


def _keep(type_name: str, physical_id: str, properties: Properties, attributes: Properties) -> None:
    from ministack.services import cloudcontrol

    cloudcontrol._resources[cloudcontrol._resource_key(type_name, physical_id)] = {
        "TypeName": type_name, "Identifier": physical_id, "Properties": json.dumps(properties | attributes),
        "Recorded": properties, "Attributes": attributes,
    }


def _kept(type_name: str, physical_id: str) -> dict[str, Any]:
    from ministack.services import cloudcontrol

    return dict(cloudcontrol._resources.get(cloudcontrol._resource_key(type_name, physical_id)) or {})


def _identifier(type_name: str, values: Properties, name: str) -> str:
    """The id that Ref answers: the primary identifier, from the properties where the template gives it."""
    parts = [str(values.get(part) or name) for part in schemas.primary_identifier(type_name)]
    return "|".join(parts) or name


def _made_up(type_name: str, properties: Properties, name: str) -> Properties:
    """A value for each read-only property, in the form AWS gives it."""
    short = uuid.uuid4().hex[:17]
    return {attribute: _value(type_name, attribute, properties, name, short)
            for attribute in schemas.attributes_of(type_name)}


def _value(type_name: str, attribute: str, properties: Properties, name: str, short: str) -> Any:
    from ministack.core.responses import get_account_id, get_region

    if attribute == "EndpointIds":
        return _endpoints(properties, [])
    if attribute == "EndpointId":
        return f"vpce-{short}"
    if attribute.endswith("Arn"):
        service = type_name.split("::")[1].replace("NetworkFirewall", "network-firewall").lower()
        kind = _ARN_NAMES.get(type_name, type_name.rsplit("::", 1)[-1].lower())
        return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{kind}/{name}-{short[:8]}"
    if attribute.endswith("Id"):
        return _PREFIXES.get(type_name, "") + short
    return f"recorded-{attribute.lower()}-{short[:8]}"


def _endpoints(properties: Properties, known: list[str]) -> list[str]:
    """One endpoint per zone of the firewall's subnets; a zone that had one keeps it."""
    had = {entry.partition(":")[0]: entry for entry in known}
    zones = [_zone(mapping.get("SubnetId")) for mapping in properties.get("SubnetMappings", [])]
    return [had.get(zone) or f"{zone}:vpce-{uuid.uuid4().hex[:17]}" for zone in zones]


def firewall_endpoints() -> set[str]:
    """The ids of the endpoints that recorded firewalls of the account answer: targets of routes."""
    from ministack.services import cloudcontrol

    found: set[str] = set()
    for kept in list(cloudcontrol._resources.values()):
        attributes = kept.get("Attributes") or {}
        found |= {entry.partition(":")[2] for entry in attributes.get("EndpointIds") or []}
        found |= {attributes["EndpointId"]} if "EndpointId" in attributes else set()
    return found


def firewall_subnets(arn: str) -> list[str]:
    """The subnets of the recorded firewall with this ARN; none where there is no such firewall."""
    kept = _kept("AWS::NetworkFirewall::Firewall", arn).get("Recorded") or {}
    return [mapping["SubnetId"] for mapping in kept.get("SubnetMappings") or []]


def _zone(subnet_id: str | None) -> str:
    from ministack.services import ec2

    return str((ec2._subnets.get(subnet_id) or {}).get("AvailabilityZone", "recorded-zone"))
