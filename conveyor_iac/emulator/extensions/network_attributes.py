"""What Fn::GetAtt answers for network resources on AWS and not in ministack.

Knows attributes that follow from the id or the properties alone, and how DescribeNatGateways and DescribeAddresses show
that a NAT gateway has its address.
"""

from __future__ import annotations

import re
from typing import Any

from .ec2_actions import Answer, Handler, Params, around, element
from .stack_handlers import Properties, also_answer

_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")


def install() -> None:
    """Add the attributes, and the two sides of a NAT gateway's address."""
    also_answer("AWS::EC2::Route", lambda _, properties: {"CidrBlock": _destination(properties)})
    also_answer("AWS::EC2::SubnetRouteTableAssociation", lambda physical_id, _: {"Id": physical_id})
    also_answer("AWS::EC2::SecurityGroup", lambda physical_id, _: {"Id": physical_id})
    also_answer("AWS::EC2::VPCGatewayAttachment",
                lambda _, properties: {"AttachmentType": "VGW" if properties.get("VpnGatewayId") else "IGW"})
    around("DescribeNatGateways", _describe_nat_gateways)
    around("DescribeAddresses", _describe_addresses)


def _destination(properties: Properties) -> str:
    return next((str(properties[name]) for name in _DESTINATIONS if properties.get(name)), "")


def _describe_nat_gateways(params: Params, inner: Handler) -> Answer:
    """ministack's answer, each gateway with the address it was given."""
    from ministack.services import ec2

    def addressed(found: re.Match[str]) -> str:
        nat = ec2._nat_gateways.get(found.group(1)) or {}
        address = ec2._addresses.get(nat.get("AllocationId") or "")
        item = address and "<item>" + _use(nat) + element("publicIp", address["PublicIp"]) + "</item>"
        return found.group(0).replace("<natGatewayAddressSet/>",
                                      f"<natGatewayAddressSet>{item or ''}</natGatewayAddressSet>")

    status, headers, body = inner(params)
    text = re.sub(r"<natGatewayId>([^<]+)</natGatewayId>.*?<natGatewayAddressSet/>", addressed, body.decode(),
                  flags=re.DOTALL)
    return status, headers, text.encode()


def _describe_addresses(params: Params, inner: Handler) -> Answer:
    """ministack's answer, each address with the NAT gateway that uses it."""
    from ministack.services import ec2

    used = {nat["AllocationId"]: nat for nat in ec2._nat_gateways.values()
            if nat["AllocationId"] and nat["State"] != "deleted"}

    def associated(found: re.Match[str]) -> str:
        nat = used.get(found.group(1))
        return found.group(0) + (element("associationId", _association(nat)) if nat else "")

    status, headers, body = inner(params)
    text = re.sub(r"<allocationId>([^<]+)</allocationId>", associated, body.decode())
    return status, headers, text.encode()


def _use(nat: dict[str, Any]) -> str:
    return (element("allocationId", nat["AllocationId"]) + element("associationId", _association(nat))
            + element("isPrimary", True) + element("status", "succeeded"))


def _association(nat: dict[str, Any]) -> str:
    return str(nat["NatGatewayId"]).replace("nat-", "eipassoc-")
