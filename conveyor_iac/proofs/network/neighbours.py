"""What templates deployed beside this one may do to its network: routes into its tables, names past its DNS firewall.

Knows only what a template says of its own: a table, subnet or VPC that it made itself is not this one's. Anything else
(an import, a parameter, an id) may be. A gateway endpoint's routes lead to its service, and count for nothing here.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.template import Template

_TABLE, _SUBNET, _VPC = "AWS::EC2::RouteTable", "AWS::EC2::Subnet", "AWS::EC2::VPC"
_ROUTES: Mapping[str, Mapping[str, str]] = {
    "AWS::EC2::Route": {"RouteTableId": _TABLE},
    "AWS::EC2::SubnetRouteTableAssociation": {"SubnetId": _SUBNET},
    "AWS::EC2::GatewayRouteTableAssociation": {"RouteTableId": _TABLE, "GatewayId": "AWS::EC2::InternetGateway"},
    "AWS::EC2::VPNGatewayRoutePropagation": {"RouteTableIds": _TABLE},
    "AWS::EC2::RouteServerPropagation": {"RouteTableId": _TABLE},
    "AWS::EC2::VPCGatewayAttachment": {"VpcId": _VPC},
    "AWS::EC2::TransitGatewayAttachment": {"VpcId": _VPC},
    "AWS::EC2::TransitGatewayVpcAttachment": {"VpcId": _VPC},
}
"""What brings or chooses routes, and whose they are by which property: of a resource of which type."""
_NAMES: Mapping[str, Mapping[str, str]] = {
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": {"VpcId": _VPC},
    "AWS::Route53Resolver::FirewallConfig": {"ResourceId": _VPC},
}
_ATTRIBUTES = frozenset({"Id", "RouteTableId", "SubnetId", "VpcId", "InternetGatewayId"})


def may_add(case: Case) -> tuple[str, ...]:
    """Why this template's subnets may have routes that it does not show."""
    found: tuple[str, ...] = case.once("network.neighbours.routes", lambda: tuple(_told(case, _ROUTES, "add routes")))
    return found


def may_answer(case: Case) -> tuple[str, ...]:
    """Why this template's VPCs may have a DNS firewall other than the one it shows."""
    return tuple(_told(case, _NAMES, "change the DNS firewall"))


def _told(case: Case, kinds: Mapping[str, Mapping[str, str]], does: str) -> Iterator[str]:
    for template in case.beside:
        for resource in template.of_type(*kinds):
            if not all(_is_own(template, resource.properties.get(key), type_)
                       for key, type_ in kinds[resource.type].items()) and not _is_local(resource.properties):
                yield f"{template.name}: {resource.logical_id} may {does}"


def _is_local(properties: Mapping[str, Any]) -> bool:
    """Whether a route goes to the VPC itself."""
    return properties.get("GatewayId") == "local"


def _is_own(template: Template, value: Any, type_: str) -> bool:
    """Whether a value names a resource of this type that the template makes, whichever way its conditions fall."""
    if isinstance(value, list):
        return all(_is_own(template, item, type_) for item in value)
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (function, argument), = value.items()
    if function == "Fn::If" and isinstance(argument, list) and len(argument) == 3:
        return all(_is_own(template, one, type_) for one in argument[1:])
    if function == "Fn::GetAtt":
        owner, _, attribute = argument.partition(".") if isinstance(argument, str) else (argument[0], "", argument[-1])
        return attribute in _ATTRIBUTES and _is_own(template, {"Ref": owner}, type_)
    if function != "Ref" or not isinstance(argument, str):
        return False
    return argument == "AWS::NoValue" or (argument in template.resources
                                          and template.resources[argument].type == type_)
