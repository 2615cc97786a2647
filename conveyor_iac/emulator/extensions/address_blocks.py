"""The further address blocks of a VPC, and IPv6 in VPCs and subnets.

Knows where the blocks are kept, on the record of the VPC or the subnet, which ministack's EC2 has no place for, and how
DescribeVpcs and DescribeSubnets show them. Fn::GetAtt of a VPC answers from the record at that moment, because a block
that comes after the VPC shows in its Ipv6CidrBlocks. An Amazon-provided block is made up; nothing routes.
"""

from __future__ import annotations

import re
import uuid
from ipaddress import IPv4Network, IPv6Network
from typing import Any

from .ec2_actions import append_elements, element, listed
from .stack_handlers import Made, Properties, also_answer, complete_after

IPV4, IPV6 = "ConveyorCidrBlocks", "ConveyorIpv6Blocks"  # on a VPC: association id → block
_SUBNET_IPV6 = "ConveyorIpv6Block"


def install() -> None:
    """Show the blocks wherever EC2 and CloudFormation show a VPC or a subnet."""
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    _vpc_answers()
    _subnet_answers()
    complete_after("AWS::EC2::Subnet", _keep_subnet)
    also_answer("AWS::EC2::Subnet", _subnet_attributes)
    also_answer("AWS::EC2::VPC", lambda vpc_id, _: vpc_attributes(vpc_id))
    resolve = engine._resolve_refs

    def resolving(value: Any, resources: dict[str, Any], *rest: Any) -> Any:
        if isinstance(value, dict) and ("Fn::GetAtt" in value or "Fn::Sub" in value):
            _refresh(resources)
        return resolve(value, resources, *rest)

    for module in (engine, changesets, handlers, stacks):
        module._resolve_refs = resolving


def make_block(properties: Properties) -> Made:
    """Associate a further block with the VPC."""
    vpc = _vpc(properties["VpcId"])
    made = f"vpc-cidr-assoc-{uuid.uuid4().hex[:17]}"
    if block := properties.get("CidrBlock"):
        vpc.setdefault(IPV4, {})[made] = block
    else:
        vpc.setdefault(IPV6, {})[made] = properties.get("Ipv6CidrBlock") or _made_up()
    return f"{made}|{properties['VpcId']}", {"Id": made}


def drop_block(physical_id: str, properties: Properties) -> None:
    """Take the block away again."""
    made, _, vpc_id = physical_id.partition("|")
    for kind in (IPV4, IPV6):
        (_vpc(vpc_id).get(kind) or {}).pop(made, None)


def blocks_of(vpc: dict[str, Any]) -> list[str]:
    """Every IPv4 block of a VPC, its own first."""
    return [vpc["CidrBlock"], *(vpc.get(IPV4) or {}).values()]


def ipv6_blocks_of(vpc: dict[str, Any]) -> list[str]:
    """Every IPv6 block of a VPC."""
    return list((vpc.get(IPV6) or {}).values())


def ipv6_block_of(subnet: dict[str, Any]) -> str | None:
    """The IPv6 block of a subnet, if it has one."""
    return subnet.get(_SUBNET_IPV6)


def vpc_attributes(vpc_id: str) -> dict[str, Any]:
    """What Fn::GetAtt answers for a VPC now."""
    vpc = _vpc(vpc_id)
    if not vpc:
        return {}
    return {"VpcId": vpc_id, "CidrBlock": vpc["CidrBlock"], "Ipv6CidrBlocks": ipv6_blocks_of(vpc),
            "CidrBlockAssociations": [_first_association(vpc), *(vpc.get(IPV4) or {})]}


def _subnet_attributes(subnet_id: str, _: Properties) -> dict[str, Any]:
    subnet = _subnet(subnet_id)
    block = ipv6_block_of(subnet)
    return {"SubnetId": subnet_id, "VpcId": subnet["VpcId"], "CidrBlock": subnet["CidrBlock"],
            "AvailabilityZoneId": subnet["AvailabilityZoneId"], "Ipv6CidrBlocks": [block] if block else [],
            "NetworkAclAssociationId": f"aclassoc-{subnet_id.removeprefix('subnet-')}"}


def _keep_subnet(subnet_id: str, properties: Properties) -> None:
    subnet = _subnet(subnet_id)
    subnet[_SUBNET_IPV6] = properties.get("Ipv6CidrBlock")
    subnet["AssignIpv6AddressOnCreation"] = str(properties.get("AssignIpv6AddressOnCreation", "")).lower() == "true"


def _vpc_answers() -> None:
    from ministack.services import ec2

    render = ec2._vpc_fields_xml

    def rendering(vpc: dict[str, Any], tag: str = "item") -> str:
        further = "".join(f"<item>{_ipv4(made, block)}</item>" for made, block in (vpc.get(IPV4) or {}).items())
        ipv6 = listed("ipv6CidrBlockAssociationSet",
                      (_ipv6(made, block) for made, block in (vpc.get(IPV6) or {}).items()))
        xml: str = render(vpc, tag=tag)
        return xml.replace("</cidrBlockAssociationSet>", f"{further}</cidrBlockAssociationSet>{ipv6}", 1)

    ec2._vpc_fields_xml = rendering
    keep = ec2._matches_vpc_filters
    name = "cidr-block-association.cidr-block"

    def matching(vpc: dict[str, Any], filters: dict[str, list[str]]) -> Any:
        wanted = filters.get(name)
        if wanted is not None and not set(wanted) & set(blocks_of(vpc)):
            return False
        return keep(vpc, {key: values for key, values in filters.items() if key != name})

    ec2._matches_vpc_filters = matching


def _subnet_answers() -> None:
    from ministack.services import ec2

    append_elements("_subnet_fields_xml", _subnet_elements)
    render = ec2._subnet_fields_xml

    def rendering(subnet: dict[str, Any], tag: str = "item") -> str:
        xml: str = render(subnet, tag=tag)
        xml = re.sub("(<availableIpAddressCount>).*?<", rf"\g<1>{_free(subnet)}<", xml)
        assigns = "true" if subnet.get("AssignIpv6AddressOnCreation") else "false"
        return re.sub("(<assignIpv6AddressOnCreation>).*?<", rf"\g<1>{assigns}<", xml)

    ec2._subnet_fields_xml = rendering


def _subnet_elements(subnet: dict[str, Any]) -> str:
    block = ipv6_block_of(subnet)
    made = f"subnet-cidr-assoc-{subnet['SubnetId'].removeprefix('subnet-')}"
    return listed("ipv6CidrBlockAssociationSet", [_ipv6(made, block)] if block else [])


def _free(subnet: dict[str, Any]) -> int:
    """The addresses left: AWS keeps five, each stored interface has one."""
    from ministack.services import ec2

    taken = sum(eni["SubnetId"] == subnet["SubnetId"] for eni in ec2._network_interfaces.values())
    return int(IPv4Network(subnet["CidrBlock"]).num_addresses) - 5 - int(taken)


def _ipv4(made: str, block: str) -> str:
    return (element("cidrBlock", block) + element("associationId", made)
            + "<cidrBlockState><state>associated</state></cidrBlockState>")


def _ipv6(made: str, block: str) -> str:
    return (element("ipv6CidrBlock", block) + element("associationId", made)
            + "<ipv6CidrBlockState><state>associated</state></ipv6CidrBlockState>")


def _refresh(resources: dict[str, Any]) -> None:
    for resource in resources.values():
        if resource.get("ResourceType") == "AWS::EC2::VPC" and resource.get("PhysicalResourceId"):
            found = vpc_attributes(resource["PhysicalResourceId"])
            resource["Attributes"] = {**(resource.get("Attributes") or {}), **found}


def _first_association(vpc: dict[str, Any]) -> str:
    return str(vpc.get("_cidr_assoc_id") or f"vpc-cidr-assoc-{vpc['VpcId'].removeprefix('vpc-')}")


def _made_up() -> str:
    digits = uuid.uuid4().hex
    return str(IPv6Network(f"2a05:d018:{digits[:4]}:{digits[4:6]}00::/56"))


def _vpc(vpc_id: str) -> dict[str, Any]:
    from ministack.services import ec2

    found: dict[str, Any] = ec2._vpcs.get(vpc_id) or {}
    return found


def _subnet(subnet_id: str) -> dict[str, Any]:
    from ministack.services import ec2

    found: dict[str, Any] = ec2._subnets[subnet_id]
    return found
