"""What EC2 refuses in a network and ministack's CloudFormation handlers let pass.

Knows address arithmetic and the stored network of the account. A VPC block is /16 to /28; a subnet lies in a zone of
the region and in one block of its VPC, which must be there already, and meets no other subnet, not even the one it
replaces; an endpoint names things that exist and a service of the region, lies in one subnet of a zone, has private DNS
only where the VPC has both DNS attributes, and is the only one for its service and VPC with it (for a gateway: the only
one for its service and route table); a route is the only one for its destination and leads to something that is there
and attached; a further endpoint of a firewall lies in a zone where the firewall has a subnet.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from .address_blocks import blocks_of, ipv6_block_of, ipv6_blocks_of
from .recorded import firewall_endpoints, firewall_subnets
from .stack_handlers import Properties, check_before


class NetworkRefused(ValueError):
    """EC2 would refuse this."""


def install() -> None:
    """Put the rules before ministack's handlers."""
    check_before("AWS::EC2::VPC", check_vpc)
    check_before("AWS::EC2::VPCCidrBlock", check_block)
    check_before("AWS::EC2::Subnet", check_subnet)
    check_before("AWS::EC2::VPCEndpoint", check_endpoint)
    check_before("AWS::EC2::Route", check_route)
    check_before("AWS::NetworkFirewall::VpcEndpointAssociation", check_association)


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
    _check_zone(properties)
    block, vpc = _sized(text), _stored("_vpcs", properties["VpcId"])
    if not any(block.subnet_of(whole) for whole in _blocks(vpc)):
        raise NetworkRefused(f"The CIDR '{text}' is invalid: it lies in no block that {vpc['VpcId']} has by now")
    for other in _values("_subnets"):
        if (other["VpcId"] == vpc["VpcId"] and other["SubnetId"] != physical_id
                and block.overlaps(IPv4Network(other["CidrBlock"]))):
            raise NetworkRefused(f"The CIDR '{text}' conflicts with another subnet, {other['SubnetId']}")
    if ipv6 := properties.get("Ipv6CidrBlock"):
        _check_ipv6(IPv6Network(ipv6), vpc, physical_id)


def _check_zone(properties: Properties) -> None:
    """A zone is one of the region's three, by name or by id; ministack would take the first for an unknown id."""
    from ministack.core.responses import get_region
    from ministack.services import ec2

    names = [f"{get_region()}{letter}" for letter in "abc"]
    if (name := properties.get("AvailabilityZone")) and name not in names:
        raise NetworkRefused(f"Value ({name}) for parameter availabilityZone is invalid: not a zone of the region")
    if (zone_id := properties.get("AvailabilityZoneId")) and not ec2._zone_name_for_az_id(zone_id):
        raise NetworkRefused(f"Value ({zone_id}) for parameter availabilityZoneId is invalid: not a zone of the region")


def _check_ipv6(block: IPv6Network, vpc: dict[str, Any], physical_id: str | None) -> None:
    if block.prefixlen % 4 or not 44 <= block.prefixlen <= 64:
        raise NetworkRefused(f"The IPv6 CIDR '{block}' is invalid: the size is between /44 and /64, in steps of 4")
    if not any(block.subnet_of(IPv6Network(whole)) for whole in ipv6_blocks_of(vpc)):
        raise NetworkRefused(f"The IPv6 CIDR '{block}' is invalid: it lies in no block that {vpc['VpcId']} has by now")
    for other in _values("_subnets"):
        text = ipv6_block_of(other) if other["SubnetId"] != physical_id else None
        if text and block.overlaps(IPv6Network(text)):
            raise NetworkRefused(f"The IPv6 CIDR '{block}' conflicts with another subnet, {other['SubnetId']}")


def check_route(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold a route against the others of its table and against what it leads to."""
    table = _stored("_route_tables", properties["RouteTableId"])
    for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"):
        wanted = properties.get(name)
        own = physical_id == f"{table['RouteTableId']}|{wanted}"
        if wanted and not own and any(route.get(name) == wanted for route in table["Routes"]):
            raise NetworkRefused(f"The route identified by {wanted} already exists in {table['RouteTableId']}.")
    _check_target(table, properties)


def _check_target(table: dict[str, Any], properties: Properties) -> None:
    gateway = properties.get("GatewayId") or ""
    if gateway.startswith("igw-"):
        attached = [each["VpcId"] for each in _stored("_internet_gateways", gateway)["Attachments"]]
        if table["VpcId"] not in attached:
            raise NetworkRefused(f"route table {table['RouteTableId']} and network gateway {gateway} belong to "
                                 "different networks")
    if (nat := properties.get("NatGatewayId")) and _stored("_nat_gateways", nat)["State"] == "deleted":
        raise NetworkRefused(f"The ID '{nat}' does not exist")
    if egress := properties.get("EgressOnlyInternetGatewayId"):
        _stored("_egress_igws", egress)
    if (endpoint := properties.get("VpcEndpointId")) and endpoint not in firewall_endpoints():
        kind = _stored("_vpc_endpoints", endpoint)["VpcEndpointType"]
        if kind != "GatewayLoadBalancer":
            raise NetworkRefused(f"The endpoint {endpoint} is of type {kind}: no route leads to it")


def check_endpoint(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold an endpoint against what it names and against its twins."""
    _check_region(properties)
    vpc = _stored("_vpcs", properties["VpcId"])
    for store, name in (("_subnets", "SubnetIds"), ("_security_groups", "SecurityGroupIds"),
                        ("_route_tables", "RouteTableIds")):
        for key in properties.get(name) or []:
            if _stored(store, key).get("VpcId") != vpc["VpcId"]:
                raise NetworkRefused(f"{key} does not belong to {vpc['VpcId']}")
    zones = [_stored("_subnets", key)["AvailabilityZone"] for key in properties.get("SubnetIds") or []]
    if len(set(zones)) < len(zones):
        raise NetworkRefused("Found another VPC endpoint subnet in the availability zone of one of the subnets")
    if str(properties.get("PrivateDnsEnabled", False)).lower() == "true":
        _private_dns(vpc, properties, physical_id)
    _gateway_routes(properties, physical_id)


def check_association(_: str, properties: Properties, __: str | None) -> None:
    """Hold a further endpoint of a firewall against the firewall's own zones, in whichever VPC it lies."""
    zones = {_stored("_subnets", subnet)["AvailabilityZone"] for subnet in firewall_subnets(properties["FirewallArn"])}
    zone = _stored("_subnets", properties["SubnetMapping"]["SubnetId"])["AvailabilityZone"]
    if zone not in zones:
        raise NetworkRefused(f"The firewall {properties['FirewallArn']} has no subnet mapping in {zone}: an endpoint "
                             "association stands only in a zone that the firewall is enabled in")


def _check_region(properties: Properties) -> None:
    from ministack.core.responses import get_region

    first, _, rest = str(properties.get("ServiceName") or "").partition("com.amazonaws.")
    where = rest.removeprefix("vpce.").partition(".")[0]
    if rest and not first and not properties.get("ServiceRegion") and where not in (get_region(), "s3-global"):
        raise NetworkRefused(f"The Vpc Endpoint Service '{properties['ServiceName']}' does not exist")


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
    return [IPv4Network(text) for text in blocks_of(vpc)]


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
