"""CloudFormation types whose service ministack emulates, but for which it has no CloudFormation handler.

Knows, per type, which API operation makes and which one removes the thing. Holds no state of its own: what a stack
makes here is what DescribeAddresses, ListPodIdentityAssociations and their like answer. Changing a bridged resource
makes a new one and removes the old one, even where AWS would change it in place; a thing that can exist only once
(an access entry, an add-on) goes before its successor comes. Tags alone change in place.

AWS::EC2::VPCCidrBlock has no API in ministack either: the block is kept on the VPC's own record (address_blocks.py).
"""

from __future__ import annotations

import contextlib
import json
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from .address_blocks import drop_block, make_block
from .stack_handlers import Made, Properties, register


class ApiRefused(ValueError):
    """The API operation behind a bridged resource answered with an error."""


def install() -> None:
    """Give each bridged type its handlers."""
    for type_name, bridge in _BRIDGES.items():
        register(type_name, bridge.create, bridge.update, bridge.delete)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """How one type is made and removed, whether a second one beside it would be refused, and how its tags change."""

    make: Callable[[Properties], Made]
    remove: Callable[[str, Properties], None]
    single: bool = False
    retag: Callable[[str, Properties, Properties], Made] | None = None

    def create(self, logical_id: str, properties: Properties, stack_name: str) -> Made:
        """Make the thing."""
        return self.make(properties)

    def update(self, physical_id: str, old: Properties, new: Properties, stack_name: str, *rest: Any) -> Made:
        """Make the successor; the engine sees the new id and removes the old one when the update is complete."""
        if self.retag and _untagged(old) == _untagged(new):
            return self.retag(physical_id, old, new)
        if self.single:
            self.remove(physical_id, old)
        return self.make(new)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove the thing; one that is gone already is no failure."""
        with contextlib.suppress(ApiRefused):
            self.remove(physical_id, properties)


def _ec2(operation: str, **parameters: Any) -> str:
    """The XML that EC2 answers, or ApiRefused."""
    from ministack.services import ec2

    ec2._ensure_defaults_initialized()
    given = {key: [str(value)] for key, value in parameters.items() if value not in (None, "")}
    return _text(ec2._ACTION_MAP[operation](given), operation)


def _text(answer: Any, operation: str) -> str:
    status, _, body = answer
    text = body.decode() if isinstance(body, bytes) else str(body)
    if status >= 400:
        raise ApiRefused(f"{operation}: {_first(text, 'Message') or text}")
    return text


def _first(xml: str, element: str) -> str:
    found = re.search(f"<{element}>(.*?)</{element}>", xml, re.DOTALL)
    return found.group(1) if found else ""


def _tag_specification(resource: str, properties: Properties) -> dict[str, str]:
    tags = properties.get("Tags") or []
    named = {f"TagSpecification.1.Tag.{n}.{part}": tag[part]
             for n, tag in enumerate(tags, 1) for part in ("Key", "Value")}
    return {"TagSpecification.1.ResourceType": resource} | named if tags else {}


def _untagged(properties: Properties) -> Properties:
    return {name: value for name, value in properties.items() if name != "Tags"}


def _apply_tags(key: str, old: Properties, new: Properties) -> None:
    from ministack.services.cloudformation import provisioners

    provisioners._ec2_apply_tags(key, new, old)


def _address(properties: Properties) -> Made:
    xml = _ec2("AllocateAddress", Domain=properties.get("Domain"), **_tag_specification("elastic-ip", properties))
    address, allocation = _first(xml, "publicIp"), _first(xml, "allocationId")
    return address, {"AllocationId": allocation, "PublicIp": address}


def _retag_address(physical_id: str, old: Properties, new: Properties) -> Made:
    allocation = next(_allocations(physical_id))
    _apply_tags(allocation, old, new)
    return physical_id, {"AllocationId": allocation, "PublicIp": physical_id}


def _release(physical_id: str, properties: Properties) -> None:
    for allocation in _allocations(physical_id):
        _ec2("ReleaseAddress", AllocationId=allocation)


def _allocations(public_ip: str) -> Iterator[str]:
    from ministack.services import ec2

    yield from [key for key, kept in ec2._addresses.items() if kept["PublicIp"] == public_ip]


def _nat_gateway(properties: Properties) -> Made:
    _require("_subnets", properties["SubnetId"], "subnet")
    if allocation := properties.get("AllocationId"):
        _require("_addresses", allocation, "allocation")
        _unused(allocation)
    if properties.get("ConnectivityType") != "private":
        _reaches_internet(properties["SubnetId"])
    xml = _ec2("CreateNatGateway", SubnetId=properties["SubnetId"], AllocationId=allocation,
               ConnectivityType=properties.get("ConnectivityType"), **_tag_specification("natgateway", properties))
    made = _first(xml, "natGatewayId")
    return made, {"NatGatewayId": made}


def _unused(allocation: str) -> None:
    """An address serves one NAT gateway: a gateway cannot be replaced while its successor asks for the same address."""
    from ministack.services import ec2

    if any(nat["AllocationId"] == allocation and nat["State"] != "deleted" for nat in ec2._nat_gateways.values()):
        raise ApiRefused(f"Elastic IP address [{allocation}] is already associated")


def _reaches_internet(subnet_id: str) -> None:
    """A public NAT gateway needs an internet gateway on its VPC."""
    from ministack.services import ec2

    vpc_id = ec2._subnets[subnet_id]["VpcId"]
    if not any(a["VpcId"] == vpc_id for each in ec2._internet_gateways.values() for a in each["Attachments"]):
        raise ApiRefused(f"Network {vpc_id} has no Internet gateway attached")


def _retag_nat_gateway(physical_id: str, old: Properties, new: Properties) -> Made:
    _apply_tags(physical_id, old, new)
    return physical_id, {"NatGatewayId": physical_id}


def _egress_gateway(properties: Properties) -> Made:
    _require("_vpcs", properties["VpcId"], "vpc")
    xml = _ec2("CreateEgressOnlyInternetGateway", VpcId=properties["VpcId"],
               **_tag_specification("egress-only-internet-gateway", properties))
    made = _first(xml, "egressOnlyInternetGatewayId")
    return made, {"Id": made}


def _retag_egress_gateway(physical_id: str, old: Properties, new: Properties) -> Made:
    _apply_tags(physical_id, old, new)
    return physical_id, {"Id": physical_id}


def _drop_egress_gateway(physical_id: str, properties: Properties) -> None:
    _ec2("DeleteEgressOnlyInternetGateway", EgressOnlyInternetGatewayId=physical_id)


def _drop_nat_gateway(physical_id: str, properties: Properties) -> None:
    _ec2("DeleteNatGateway", NatGatewayId=physical_id)


def _require(store: str, key: str, kind: str) -> None:
    from ministack.services import ec2

    if getattr(ec2, store).get(key) is None:
        raise ApiRefused(f"The {kind} ID '{key}' does not exist")


def _rule(direction: str) -> Callable[[Properties], Made]:
    def make(properties: Properties) -> Made:
        _require("_security_groups", properties["GroupId"], "security group")
        _ec2(f"AuthorizeSecurityGroup{direction}", GroupId=properties["GroupId"], **_permission(properties))
        made = f"sgr-{uuid.uuid4().hex[:17]}"
        return made, {"Id": made}

    return make


def _revoke(direction: str) -> Callable[[str, Properties], None]:
    def remove(physical_id: str, properties: Properties) -> None:
        from ministack.services import ec2

        if ec2._security_groups.get(properties["GroupId"]) is not None:
            _ec2(f"RevokeSecurityGroup{direction}", GroupId=properties["GroupId"], **_permission(properties))

    return remove


_PEERS = {
    "CidrIp": "IpPermissions.1.IpRanges.1.CidrIp",
    "CidrIpv6": "IpPermissions.1.Ipv6Ranges.1.CidrIpv6",
    "SourceSecurityGroupId": "IpPermissions.1.Groups.1.GroupId",
    "DestinationSecurityGroupId": "IpPermissions.1.Groups.1.GroupId",
    "SourcePrefixListId": "IpPermissions.1.PrefixListIds.1.PrefixListId",
    "DestinationPrefixListId": "IpPermissions.1.PrefixListIds.1.PrefixListId",
}


def _permission(properties: Properties) -> dict[str, Any]:
    """One rule in the form of the API's parameters."""
    ports = {f"IpPermissions.1.{name}": properties.get(name) for name in ("IpProtocol", "FromPort", "ToPort")}
    return ports | {parameter: properties[name] for name, parameter in _PEERS.items() if properties.get(name)}


def _eks(operation: str, cluster: str, *arguments: Any) -> dict[str, Any]:
    """The JSON that an EKS operation on *cluster* answers, or ApiRefused."""
    from ministack.services import eks

    status, _, body = getattr(eks, operation)(cluster, *arguments)
    answer: dict[str, Any] = json.loads(body)
    if status >= 400:
        raise ApiRefused(str(answer.get("message", answer)))
    return answer


def _camel(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[:1].lower() + key[1:]: _camel(found) for key, found in value.items()}
    return [_camel(each) for each in value] if isinstance(value, list) else value


def _body(properties: Properties) -> dict[str, Any]:
    """The properties as the body of an EKS request."""
    tags = {tag["Key"]: tag["Value"] for tag in properties.get("Tags") or []}
    return {**_camel({k: v for k, v in properties.items() if k not in ("ClusterName", "Tags")}), "tags": tags}


def _access_entry(properties: Properties) -> Made:
    cluster, principal = properties["ClusterName"], properties["PrincipalArn"]
    body = _body(properties) | {"username": properties.get("Username", "")}
    made = _eks("_create_access_entry", cluster, body)["accessEntry"]
    for policy in properties.get("AccessPolicies") or []:
        _eks("_associate_access_policy", cluster, principal, _camel(policy))
    return f"{principal}|{cluster}", {"AccessEntryArn": made["accessEntryArn"]}


def _drop_access_entry(physical_id: str, properties: Properties) -> None:
    _eks("_delete_access_entry", properties["ClusterName"], properties["PrincipalArn"])


def _addon(properties: Properties) -> Made:
    made = _eks("_create_addon", properties["ClusterName"], _body(properties))["addon"]
    return f"{properties['ClusterName']}|{properties['AddonName']}", {"Arn": made["addonArn"]}


def _drop_addon(physical_id: str, properties: Properties) -> None:
    _eks("_delete_addon", properties["ClusterName"], properties["AddonName"])


def _pod_identity(properties: Properties) -> Made:
    cluster = properties["ClusterName"]
    made = _eks("_create_pod_identity_association", cluster, _body(properties))["association"]
    return made["associationArn"], {"AssociationArn": made["associationArn"], "AssociationId": made["associationId"]}


def _drop_pod_identity(physical_id: str, properties: Properties) -> None:
    _eks("_delete_pod_identity_association", properties["ClusterName"], physical_id.rsplit("/", 1)[-1])


def _service_linked_role(properties: Properties) -> Made:
    from ministack.services import iam

    service = properties["AWSServiceName"]
    xml = _text(iam._IAM_HANDLERS["CreateServiceLinkedRole"]({"AWSServiceName": service}), "CreateServiceLinkedRole")
    return _first(xml, "RoleName"), {"RoleName": _first(xml, "RoleName")}


def _drop_service_linked_role(physical_id: str, properties: Properties) -> None:
    from ministack.services import iam

    iam._IAM_HANDLERS["DeleteServiceLinkedRole"]({"RoleName": physical_id})


_BRIDGES: dict[str, Bridge] = {
    "AWS::EC2::EIP": Bridge(make=_address, remove=_release, retag=_retag_address),
    "AWS::EC2::EgressOnlyInternetGateway": Bridge(
        make=_egress_gateway, remove=_drop_egress_gateway, retag=_retag_egress_gateway),
    "AWS::EC2::NatGateway": Bridge(make=_nat_gateway, remove=_drop_nat_gateway, retag=_retag_nat_gateway),
    "AWS::EC2::SecurityGroupIngress": Bridge(make=_rule("Ingress"), remove=_revoke("Ingress"), single=True),
    "AWS::EC2::SecurityGroupEgress": Bridge(make=_rule("Egress"), remove=_revoke("Egress"), single=True),
    "AWS::EC2::VPCCidrBlock": Bridge(make=make_block, remove=drop_block, single=True),
    "AWS::EKS::AccessEntry": Bridge(make=_access_entry, remove=_drop_access_entry, single=True),
    "AWS::EKS::Addon": Bridge(make=_addon, remove=_drop_addon, single=True),
    "AWS::EKS::PodIdentityAssociation": Bridge(make=_pod_identity, remove=_drop_pod_identity, single=True),
    "AWS::IAM::ServiceLinkedRole": Bridge(make=_service_linked_role, remove=_drop_service_linked_role, single=True),
}
