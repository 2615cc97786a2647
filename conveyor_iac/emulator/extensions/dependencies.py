"""What EC2 refuses to delete because something still depends on it, at both doors.

Knows which stored things hold which others: a network with subnets, groups, route tables, gateways, endpoints or
interfaces in it; a subnet with interfaces, NAT gateways or load balancers; a security group that an interface, a load
balancer or a rule names; a route table with a subnet; an address of a NAT gateway. ministack's stack handlers delete
all of these unasked. A firewall is only recorded, and holds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .address_blocks import IPV4, ipv6_block_of, ipv6_blocks_of
from .ec2_actions import Ec2Refused, Params, check_first, one
from .stack_handlers import before_delete

Holders = Callable[[str], Iterator[str]]


def install() -> None:
    """Ask before ministack deletes."""
    for type_name, action, parameter, holders in (
        ("VPC", "DeleteVpc", "VpcId", _of_vpc),
        ("Subnet", "DeleteSubnet", "SubnetId", _of_subnet),
        ("SecurityGroup", "DeleteSecurityGroup", "GroupId", _of_group),
        ("RouteTable", "DeleteRouteTable", "RouteTableId", _of_table),
        ("InternetGateway", "DeleteInternetGateway", "InternetGatewayId", _of_gateway),
    ):
        check = _refusing(parameter, holders)
        before_delete(f"AWS::EC2::{type_name}", check)
        check_first(action, _reading(parameter, check))
    check_first("ReleaseAddress", lambda params: _unassociated(one(params, "AllocationId")))
    before_delete("AWS::EC2::VPCCidrBlock", _unused_block)


_KINDS = {"VpcId": "vpc", "SubnetId": "subnet", "GroupId": "resource", "RouteTableId": "routeTable",
          "InternetGatewayId": "internetGateway"}


def _reading(parameter: str, check: Callable[[str], None]) -> Callable[[Params], None]:
    return lambda params: check(one(params, parameter))


def _refusing(parameter: str, holders: Holders) -> Callable[[str], None]:
    def check(physical_id: str) -> None:
        found = next(holders(physical_id), None)
        if found:
            raise Ec2Refused("DependencyViolation", f"The {_KINDS[parameter]} '{physical_id}' has dependencies and "
                                                    f"cannot be deleted: {found}")

    return check


def _of_vpc(vpc_id: str) -> Iterator[str]:
    for store, key in (("_subnets", "SubnetId"), ("_vpc_endpoints", "VpcEndpointId"),
                       ("_network_interfaces", "NetworkInterfaceId"),
                       ("_egress_igws", "EgressOnlyInternetGatewayId")):
        yield from (each[key] for each in _values(store) if each["VpcId"] == vpc_id)
    yield from (nat["NatGatewayId"] for nat in _values("_nat_gateways")
                if nat["VpcId"] == vpc_id and nat["State"] != "deleted")
    yield from (group["GroupId"] for group in _values("_security_groups")
                if group["VpcId"] == vpc_id and group["GroupName"] != "default")
    yield from (table["RouteTableId"] for table in _values("_route_tables")
                if table["VpcId"] == vpc_id and not any(a.get("Main") for a in table["Associations"]))
    yield from (gateway["InternetGatewayId"] for gateway in _values("_internet_gateways")
                if any(a["VpcId"] == vpc_id for a in gateway["Attachments"]))


def _of_subnet(subnet_id: str) -> Iterator[str]:
    yield from (eni["NetworkInterfaceId"] for eni in _values("_network_interfaces") if eni["SubnetId"] == subnet_id)
    yield from (nat["NatGatewayId"] for nat in _values("_nat_gateways")
                if nat["SubnetId"] == subnet_id and nat["State"] != "deleted")
    yield from (lb["LoadBalancerArn"] for lb in _load_balancers() if subnet_id in (lb.get("Subnets") or []))


def _of_group(group_id: str) -> Iterator[str]:
    yield from (eni["NetworkInterfaceId"] for eni in _values("_network_interfaces")
                if any(group["GroupId"] == group_id for group in eni.get("Groups") or []))
    yield from (lb["LoadBalancerArn"] for lb in _load_balancers() if group_id in (lb.get("SecurityGroups") or []))
    for other in _values("_security_groups"):
        rules = [*other.get("IpPermissions", []), *other.get("IpPermissionsEgress", [])]
        named = {pair.get("GroupId") for rule in rules for pair in rule.get("UserIdGroupPairs") or []}
        if other["GroupId"] != group_id and group_id in named:
            yield other["GroupId"]


def _of_table(table_id: str) -> Iterator[str]:
    for table in _values("_route_tables"):
        if table["RouteTableId"] == table_id:
            yield from (a["SubnetId"] for a in table["Associations"] if a.get("SubnetId"))


def _of_gateway(gateway_id: str) -> Iterator[str]:
    for gateway in _values("_internet_gateways"):
        if gateway["InternetGatewayId"] == gateway_id:
            yield from (a["VpcId"] for a in gateway["Attachments"])


def _unassociated(allocation_id: str) -> None:
    for nat in _values("_nat_gateways"):
        if nat["AllocationId"] == allocation_id and nat["State"] != "deleted":
            raise Ec2Refused("InvalidIPAddress.InUse", f"Address with allocation id {allocation_id} is in use by "
                                                       f"{nat['NatGatewayId']}")


def _unused_block(physical_id: str) -> None:
    """A block of a VPC stays while a subnet lies in it."""
    from ipaddress import IPv4Network, IPv6Network

    made, _, vpc_id = physical_id.partition("|")
    for vpc in (each for each in _values("_vpcs") if each["VpcId"] == vpc_id):
        block = (vpc.get(IPV4) or {}).get(made)
        for subnet in (each for each in _values("_subnets") if each["VpcId"] == vpc_id):
            inside = block and IPv4Network(subnet["CidrBlock"]).subnet_of(IPv4Network(block))
            ipv6 = None if block else ipv6_block_of(subnet)
            if inside or (ipv6 and any(IPv6Network(ipv6).subnet_of(IPv6Network(b)) for b in ipv6_blocks_of(vpc))):
                raise Ec2Refused("InvalidCidrBlock.InUse", f"The vpc {vpc_id} currently has a subnet within CIDR block "
                                                           f"{block or ipv6}: {subnet['SubnetId']}")


def _values(store: str) -> list[dict[str, Any]]:
    from ministack.services import ec2

    return list(getattr(ec2, store).values())


def _load_balancers() -> list[dict[str, Any]]:
    from ministack.services import alb

    return list(alb._lbs.values())
