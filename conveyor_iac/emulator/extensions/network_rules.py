"""What EC2 refuses in a network and ministack's CloudFormation handlers let pass.

Knows address arithmetic and the stored network of the account. A VPC block is /16 to /28; a subnet lies in one block of
its VPC, which must be there already, and meets no other subnet; an endpoint names things that exist, has private DNS
only where the VPC has both DNS attributes, and is the only one for its service and VPC with it (for a gateway: the
only one for its service and route table).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from .stack_handlers import Properties, check_before


class NetworkRefused(ValueError):
    """EC2 would refuse this."""


def install() -> None:
    """Put the rules before ministack's handlers."""
    check_before("AWS::EC2::VPC", check_vpc)
    check_before("AWS::EC2::VPCCidrBlock", check_block)
    check_before("AWS::EC2::Subnet", check_subnet)
    check_before("AWS::EC2::VPCEndpoint", check_endpoint)


def check_vpc(_: str, properties: Properties, __: str | None) -> None:
    """Hold a VPC's block against the sizes EC2 has."""
    if block := properties.get("CidrBlock"):
        _sized(block)


def check_block(_: str, properties: Properties, __: str | None) -> None:
    """Hold a further block against the sizes and against the blocks that are there."""
    if not (text := properties.get("CidrBlock")):
        return
    block = _sized(text)
    if any(block.overlaps(other) for other in _blocks(_stored("_vpcs", properties["VpcId"]))):
        raise NetworkRefused(f"The CIDR '{text}' conflicts with another block of {properties['VpcId']}")


def check_subnet(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold a subnet's block against its VPC and its neighbours."""
    if not (text := properties.get("CidrBlock")):
        return
    block, vpc = _sized(text), _stored("_vpcs", properties["VpcId"])
    if not any(block.subnet_of(whole) for whole in _blocks(vpc)):
        raise NetworkRefused(f"The CIDR '{text}' is invalid: it lies in no block that {vpc['VpcId']} has by now")
    for other in _values("_subnets"):
        if (other["VpcId"] == vpc["VpcId"] and other["SubnetId"] != physical_id
                and block.overlaps(IPv4Network(other["CidrBlock"]))):
            raise NetworkRefused(f"The CIDR '{text}' conflicts with another subnet, {other['SubnetId']}")


def check_endpoint(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold an endpoint against what it names and against its twins."""
    vpc = _stored("_vpcs", properties["VpcId"])
    for store, name in (("_subnets", "SubnetIds"), ("_security_groups", "SecurityGroupIds"),
                        ("_route_tables", "RouteTableIds")):
        for key in properties.get(name) or []:
            if _stored(store, key).get("VpcId") != vpc["VpcId"]:
                raise NetworkRefused(f"{key} does not belong to {vpc['VpcId']}")
    if str(properties.get("PrivateDnsEnabled", False)).lower() == "true":
        _private_dns(vpc, properties, physical_id)
    _gateway_routes(properties, physical_id)


def _private_dns(vpc: dict[str, Any], properties: Properties, physical_id: str | None) -> None:
    if not (vpc.get("EnableDnsSupport", True) and vpc.get("EnableDnsHostnames", False)):
        raise NetworkRefused("Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC "
                             f"attributes set to true for {vpc['VpcId']}")
    if any(str(twin.get("PrivateDnsEnabled")).lower() == "true" for twin in _twins(properties, physical_id)):
        raise NetworkRefused("private-dns-enabled cannot be set because there is already a conflicting DNS domain for "
                             f"{properties['ServiceName']} in the VPC {vpc['VpcId']}")


def _gateway_routes(properties: Properties, physical_id: str | None) -> None:
    tables = set(properties.get("RouteTableIds") or [])
    for twin in _twins(properties, physical_id):
        for table in tables & set(twin.get("RouteTableIds") or []):
            raise NetworkRefused(f"route table {table} already has a route with destination-prefix-list-id for "
                                 f"{properties['ServiceName']}")


def _twins(properties: Properties, physical_id: str | None) -> Iterator[dict[str, Any]]:
    """Other endpoints for the same service in the same VPC."""
    for other in _values("_vpc_endpoints"):
        same = (other["VpcId"], other["ServiceName"]) == (properties["VpcId"], properties.get("ServiceName"))
        if same and other["VpcEndpointId"] != physical_id:
            yield other


def _sized(text: str) -> IPv4Network:
    try:
        block = IPv4Network(text)
    except ValueError as wrong:
        raise NetworkRefused(f"Value ({text}) for parameter cidrBlock is invalid: {wrong}") from None
    if not 16 <= block.prefixlen <= 28:
        raise NetworkRefused(f"The CIDR '{text}' is invalid: the size is between /16 and /28")
    return block


def _blocks(vpc: dict[str, Any]) -> list[IPv4Network]:
    further = (vpc.get("ConveyorCidrBlocks") or {}).values()
    return [IPv4Network(text) for text in (vpc["CidrBlock"], *further) if text]


def _stored(store: str, key: str) -> dict[str, Any]:
    from ministack.services import ec2

    ec2._ensure_defaults_initialized()
    found: dict[str, Any] | None = getattr(ec2, store).get(key)
    if found is None:
        raise NetworkRefused(f"The ID '{key}' does not exist")
    return found


def _values(store: str) -> list[dict[str, Any]]:
    from ministack.services import ec2

    return list(getattr(ec2, store).values())
