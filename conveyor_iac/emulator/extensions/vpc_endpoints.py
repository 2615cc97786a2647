"""VPC endpoints: what ministack keeps of one and does not show, and what it leaves out.

Knows an endpoint's record. DescribeVpcEndpoints shows the policy, the security groups, private DNS, the interfaces and
the DNS names, and it filters; an interface endpoint has one interface in each of its subnets; an endpoint for
somebody's endpoint service waits for the owner where the service says so. A policy is kept and never asked; names
resolve nowhere.
"""

from __future__ import annotations

import json
from typing import Any

from . import endpoint_services, network_interfaces
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
    listed,
    many,
    matches,
    one,
    texts,
)
from .stack_handlers import Properties, also_answer, before_delete, check_before, complete_after

ENDPOINT = "AWS::EC2::VPCEndpoint"
_WITH_INTERFACES = ("Interface", "GatewayLoadBalancer")
_FULL_ACCESS = {"Version": "2008-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}


def install() -> None:
    """Complete endpoints at both doors, CloudFormation's and EC2's."""
    check_before(ENDPOINT, lambda _, properties, __: check_service(properties))
    complete_after(ENDPOINT, lambda endpoint_id, _: settle(endpoint_id))
    also_answer(ENDPOINT, lambda endpoint_id, _: _attributes(_record(endpoint_id)))
    before_delete(ENDPOINT, _drop_interfaces)
    append_elements("_vpce_fields_xml", _elements)
    check_first("CreateVpcEndpoint", lambda params: check_service({
        "ServiceName": one(params, "ServiceName"), "VpcEndpointType": one(params, "VpcEndpointType") or "Gateway",
        "PrivateDnsEnabled": one(params, "PrivateDnsEnabled")}))
    around("CreateVpcEndpoint", _create)
    around("ModifyVpcEndpoint", _modify)
    around("DeleteVpcEndpoints", _delete)
    around("DescribeVpcEndpoints", _describe)


def check_service(properties: Properties) -> None:
    """Hold an endpoint for somebody's endpoint service against that service."""
    name = properties.get("ServiceName") or ""
    if not endpoint_services.is_ours(name):
        return
    service = endpoint_services.reachable(name)
    if properties.get("VpcEndpointType", "Gateway") != service.type:
        raise Ec2Refused("InvalidParameter",
                         f"The Vpc Endpoint Service '{name}' takes endpoints of type {service.type}")
    if _true(properties.get("PrivateDnsEnabled")) and not service.properties.get("PrivateDnsName"):
        raise Ec2Refused("InvalidParameter", f"Private DNS can't be enabled because the service {name} does not "
                                             "provide a private DNS name.")


def settle(endpoint_id: str) -> None:
    """Bring an endpoint's state, groups, interfaces and names in line with what it asks for."""
    from ministack.services import ec2

    endpoint = _record(endpoint_id)
    endpoint["PrivateDnsEnabled"] = _true(endpoint.get("PrivateDnsEnabled"))
    if endpoint["VpcEndpointType"] == "Interface" and not endpoint.get("SecurityGroupIds"):
        default = (ec2._vpcs.get(endpoint["VpcId"]) or {}).get("DefaultSecurityGroupId")
        endpoint["SecurityGroupIds"] = [default] if default else []
    if "ConveyorInterfaces" not in endpoint and endpoint_services.is_ours(endpoint["ServiceName"]):
        waits = endpoint_services.reachable(endpoint["ServiceName"]).acceptance_required
        endpoint["State"] = endpoint_services.PENDING if waits else endpoint_services.AVAILABLE
    _place_interfaces(endpoint)
    endpoint["DnsEntries"] = _names(endpoint)


def _place_interfaces(endpoint: dict[str, Any]) -> None:
    """One interface in each subnet the endpoint names, none elsewhere; each carries its groups."""
    from ministack.services import ec2

    placed: dict[str, str] = endpoint.setdefault("ConveyorInterfaces", {})
    wanted = endpoint.get("SubnetIds") or []
    wanted = [s for s in wanted if ec2._subnets.get(s)] if endpoint["VpcEndpointType"] in _WITH_INTERFACES else []
    network_interfaces.remove(placed.pop(subnet) for subnet in list(placed) if subnet not in wanted)
    for subnet in wanted:
        if subnet not in placed:
            placed[subnet] = network_interfaces.place(
                subnet, f"VPC Endpoint Interface {endpoint['VpcEndpointId']}", [])
        ec2._network_interfaces[placed[subnet]]["Groups"] = network_interfaces.group_set(endpoint["SecurityGroupIds"])
    endpoint["NetworkInterfaceIds"] = list(placed.values())


def _names(endpoint: dict[str, Any]) -> list[str]:
    """The DNS names as Fn::GetAtt answers them: made-up zone and name, with a colon between."""
    if endpoint["VpcEndpointType"] != "Interface":
        return []
    parts = endpoint["ServiceName"].split(".")
    if endpoint_services.is_ours(endpoint["ServiceName"]):
        host = f"{parts[-1]}.{parts[3]}.vpce.amazonaws.com"
    else:
        host = f"{'.'.join(parts[3:])}.{parts[2] if len(parts) > 2 else ''}.vpce.amazonaws.com"
    short = endpoint["VpcEndpointId"]
    return [f"Z0000000000000000000:{short}-{short[-8:]}.{host}"]


def _attributes(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {"Id": endpoint["VpcEndpointId"], "CreationTimestamp": endpoint.get("CreationTimestamp", ""),
            "DnsEntries": endpoint["DnsEntries"], "NetworkInterfaceIds": endpoint["NetworkInterfaceIds"]}


def _elements(endpoint: dict[str, Any]) -> str:
    groups = network_interfaces.group_set(endpoint.get("SecurityGroupIds") or [])
    names = (entry.partition(":") for entry in endpoint.get("DnsEntries") or [])
    return (element("policyDocument", _policy(endpoint))
            + element("privateDnsEnabled", _true(endpoint.get("PrivateDnsEnabled")))
            + element("requesterManaged", False)
            + listed("groupSet", (element("groupId", g["GroupId"]) + element("groupName", g["GroupName"])
                                  for g in groups))
            + texts("networkInterfaceIdSet", endpoint.get("NetworkInterfaceIds") or [])
            + listed("dnsEntrySet", (element("dnsName", name) + element("hostedZoneId", zone)
                                     for zone, _, name in names))
            + element("creationTimestamp", endpoint.get("CreationTimestamp")))


def _policy(endpoint: dict[str, Any]) -> str | None:
    """The policy as text; full access for an AWS service when none was given."""
    written = endpoint.get("PolicyDocument")
    if not written and endpoint_services.is_ours(endpoint["ServiceName"]):
        return None
    written = written or _FULL_ACCESS
    return written if isinstance(written, str) else json.dumps(written)


def _create(params: Params, inner: Handler) -> Answer:
    from ministack.core.responses import now_iso
    from ministack.services import ec2

    before = set(ec2._vpc_endpoints)
    answered = inner(params)
    made = next((key for key in ec2._vpc_endpoints if key not in before), None)
    if made is None:
        return answered
    _record(made).update({
        "SecurityGroupIds": many(params, "SecurityGroupId"), "PrivateDnsEnabled": one(params, "PrivateDnsEnabled"),
        "PolicyDocument": one(params, "PolicyDocument"), "CreationTimestamp": now_iso()})
    settle(made)
    return answer("CreateVpcEndpoint", ec2._vpce_fields_xml(_record(made), tag="vpcEndpoint"))


def _modify(params: Params, inner: Handler) -> Answer:
    answered = inner(params)
    if answered[0] >= 400:
        return answered
    endpoint = _record(one(params, "VpcEndpointId"))
    groups = [*(endpoint.get("SecurityGroupIds") or []), *many(params, "AddSecurityGroupId")]
    gone = many(params, "RemoveSecurityGroupId")
    endpoint["SecurityGroupIds"] = [group for group in dict.fromkeys(groups) if group not in gone]
    if wanted := one(params, "PrivateDnsEnabled"):
        endpoint["PrivateDnsEnabled"] = wanted
    if _true(one(params, "ResetPolicy")):
        endpoint["PolicyDocument"] = None
    settle(endpoint["VpcEndpointId"])
    return answered


def _delete(params: Params, inner: Handler) -> Answer:
    """Remove those that are there; name the others as unsuccessful."""
    from ministack.services import ec2

    missing = [each for each in many(params, "VpcEndpointId") if ec2._vpc_endpoints.get(each) is None]
    for endpoint_id in many(params, "VpcEndpointId"):
        _drop_interfaces(endpoint_id)
    inner(params)
    failed = (element("resourceId", each) + "<error><code>InvalidVpcEndpoint.NotFound</code>"
              + element("message", f"The Vpc Endpoint Id '{each}' does not exist") + "</error>" for each in missing)
    return answer("DeleteVpcEndpoints", listed("unsuccessful", failed))


def _describe(params: Params, _: Handler) -> Answer:
    from ministack.services import ec2

    asked = many(params, "VpcEndpointId")
    for endpoint_id in asked:
        if ec2._vpc_endpoints.get(endpoint_id) is None:
            raise Ec2Refused("InvalidVpcEndpointId.NotFound", f"The Vpc Endpoint Id '{endpoint_id}' does not exist")
    shown = [endpoint for endpoint in ec2._vpc_endpoints.values()
             if (not asked or endpoint["VpcEndpointId"] in asked) and matches(endpoint["VpcEndpointId"], {
                 "service-name": [endpoint["ServiceName"]], "vpc-endpoint-id": [endpoint["VpcEndpointId"]],
                 "vpc-endpoint-state": [endpoint["State"]], "vpc-endpoint-type": [endpoint["VpcEndpointType"]],
                 "vpc-id": [endpoint["VpcId"]],
             }, params)]
    return answer("DescribeVpcEndpoints",
                  f"<vpcEndpointSet>{''.join(ec2._vpce_fields_xml(endpoint) for endpoint in shown)}</vpcEndpointSet>")


def _drop_interfaces(endpoint_id: str) -> None:
    from ministack.services import ec2

    endpoint = ec2._vpc_endpoints.get(endpoint_id) or {}
    network_interfaces.remove((endpoint.get("ConveyorInterfaces") or {}).values())


def _record(endpoint_id: str) -> dict[str, Any]:
    from ministack.services import ec2

    found: dict[str, Any] = ec2._vpc_endpoints[endpoint_id]
    return found


def _true(value: Any) -> bool:
    return str(value).lower() == "true"
