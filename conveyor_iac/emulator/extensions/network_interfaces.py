"""Network interfaces: the ones AWS puts into subnets for an endpoint, and how all of them are found.

Knows ministack's store of interfaces. An interface of an endpoint is requester-managed, takes an address of its subnet
and is only removed with the endpoint. DescribeNetworkInterfaces filters, which ministack's does not; an interface
of CreateNetworkInterface lies in a subnet that exists. No packet passes.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from ipaddress import ip_network
from typing import Any

from .ec2_actions import (
    Answer,
    Ec2Refused,
    Handler,
    Params,
    answer,
    append_elements,
    around,
    check_first,
    element,
    many,
    matches,
    one,
)

ENDPOINT = "vpc_endpoint"


def install() -> None:
    """Complete the API of interfaces."""
    append_elements("_eni_fields_xml", lambda eni: element("requesterManaged", bool(eni.get("RequesterManaged"))))
    check_first("CreateNetworkInterface", _subnet_exists)
    check_first("DeleteNetworkInterface", _not_managed)
    around("CreateNetworkInterface", _create)
    around("DescribeNetworkInterfaces", _describe)


def place(subnet_id: str, description: str, groups: Iterable[str]) -> str:
    """Put a requester-managed interface of an endpoint into a subnet; its id."""
    from ministack.core.responses import get_account_id
    from ministack.services import ec2

    subnet, made = ec2._subnets[subnet_id], f"eni-{uuid.uuid4().hex[:17]}"
    digits = uuid.uuid4().hex
    ec2._network_interfaces[made] = {
        "NetworkInterfaceId": made, "SubnetId": subnet_id, "VpcId": subnet["VpcId"],
        "AvailabilityZone": subnet["AvailabilityZone"], "Description": description, "OwnerId": get_account_id(),
        "Status": "in-use", "PrivateIpAddress": _free_address(subnet), "InterfaceType": ENDPOINT,
        "SourceDestCheck": True, "MacAddress": ":".join(("02", *(digits[n:n + 2] for n in range(0, 10, 2)))),
        "Groups": group_set(groups), "Attachment": None, "RequesterManaged": True,
    }
    return made


def remove(interface_ids: Iterable[str]) -> None:
    """Take the interfaces of an endpoint away."""
    from ministack.services import ec2

    for interface_id in interface_ids:
        ec2._network_interfaces.pop(interface_id, None)


def group_set(groups: Iterable[str]) -> list[dict[str, str]]:
    """Security groups with their names."""
    from ministack.services import ec2

    return [{"GroupId": group, "GroupName": (ec2._security_groups.get(group) or {}).get("GroupName", group)}
            for group in groups]


def _free_address(subnet: dict[str, Any]) -> str:
    """The first address of the subnet that AWS would hand out and nobody has."""
    from ministack.services import ec2

    taken = {eni["PrivateIpAddress"] for eni in ec2._network_interfaces.values()
             if eni["SubnetId"] == subnet["SubnetId"]}
    block = ip_network(subnet["CidrBlock"])
    for offset in range(4, block.num_addresses - 1):
        if (address := str(block[offset])) not in taken:
            return address
    raise Ec2Refused("InsufficientFreeAddressesInSubnet", f"The subnet '{subnet['SubnetId']}' has no free addresses")


def _subnet_exists(params: Params) -> None:
    from ministack.services import ec2

    subnet_id = one(params, "SubnetId")
    if ec2._subnets.get(subnet_id) is None:
        raise Ec2Refused("InvalidSubnetID.NotFound", f"The subnet ID '{subnet_id}' does not exist")


def _not_managed(params: Params) -> None:
    from ministack.services import ec2

    eni = ec2._network_interfaces.get(one(params, "NetworkInterfaceId")) or {}
    if eni.get("RequesterManaged"):
        raise Ec2Refused("OperationNotPermitted", "You are not allowed to manage 'ela-attach' attachments.")


def _create(params: Params, inner: Handler) -> Answer:
    """Give the new interface an address of its subnet, its VPC's group and its tags."""
    from ministack.services import ec2

    before = set(ec2._network_interfaces)
    answered = inner(params)
    if answered[0] >= 400:
        return answered
    made = next(key for key in ec2._network_interfaces if key not in before)
    eni, subnet = ec2._network_interfaces[made], ec2._subnets[one(params, "SubnetId")]
    eni["PrivateIpAddress"] = ""
    eni["PrivateIpAddress"] = one(params, "PrivateIpAddress") or _free_address(subnet)
    if not many(params, "SecurityGroupId"):
        default = (ec2._vpcs.get(subnet["VpcId"]) or {}).get("DefaultSecurityGroupId")
        eni["Groups"] = group_set([default] if default else [])
    ec2._parse_tag_specs(params, "network-interface", made)
    return answer("CreateNetworkInterface", ec2._eni_fields_xml(eni, tag="networkInterface"))


def _describe(params: Params, _: Handler) -> Answer:
    from ministack.services import ec2

    asked = many(params, "NetworkInterfaceId")
    for interface_id in asked:
        if ec2._network_interfaces.get(interface_id) is None:
            raise Ec2Refused("InvalidNetworkInterfaceID.NotFound",
                             f"The networkInterface ID '{interface_id}' does not exist")
    items = "".join(ec2._eni_fields_xml(eni) for eni in list(ec2._network_interfaces.values())
                    if (not asked or eni["NetworkInterfaceId"] in asked)
                    and matches(eni["NetworkInterfaceId"], _values(eni), params))
    return answer("DescribeNetworkInterfaces", f"<networkInterfaceSet>{items}</networkInterfaceSet>")


def _values(eni: dict[str, Any]) -> dict[str, list[str]]:
    return {
        "attachment.instance-id": [(eni.get("Attachment") or {}).get("InstanceId", "")],
        "availability-zone": [eni["AvailabilityZone"]],
        "description": [eni["Description"]],
        "group-id": [group["GroupId"] for group in eni["Groups"]],
        "interface-type": [eni["InterfaceType"]],
        "network-interface-id": [eni["NetworkInterfaceId"]],
        "owner-id": [eni["OwnerId"]],
        "private-ip-address": [eni["PrivateIpAddress"]],
        "requester-managed": [str(bool(eni.get("RequesterManaged"))).lower()],
        "status": [eni["Status"]],
        "subnet-id": [eni["SubnetId"]],
        "vpc-id": [eni["VpcId"]],
    }
