"""Endpoint services: the recorded ones, as far as EC2's API and an endpoint ask for them.

Emulated minimally. Knows the recorded AWS::EC2::VPCEndpointService and its permissions in every account of the region,
and the endpoints that name them; no endpoint reaches another region. A connection has no record of its own: it is the
consumer's endpoint, seen from the other side, and its state is the endpoint's. A service without a load balancer is
refused, and so are permissions and notifications for a service that does not exist, and the deletion of a service that
still has connections. Acceptance is required unless the service says no. Nothing is carried, charged or notified.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import identities
from .ec2_actions import (
    Answer,
    Ec2Refused,
    Handler,
    Params,
    answer,
    around,
    define,
    element,
    listed,
    many,
    matches,
    one,
    texts,
)
from .stack_handlers import Properties, before_delete, check_before

SERVICE = "AWS::EC2::VPCEndpointService"
PERMISSIONS = "AWS::EC2::VPCEndpointServicePermissions"
NOTIFICATION = "AWS::EC2::VPCEndpointConnectionNotification"
PENDING, AVAILABLE, REJECTED = "pendingAcceptance", "available", "rejected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A recorded endpoint service of some account."""

    service_id: str
    account: str
    region: str
    properties: Properties

    @property
    def name(self) -> str:
        """What an endpoint names."""
        return f"com.amazonaws.vpce.{self.region}.{self.service_id}"

    @property
    def acceptance_required(self) -> bool:
        """Whether a connection waits for the owner."""
        return str(self.properties.get("AcceptanceRequired", True)).lower() == "true"

    @property
    def type(self) -> str:
        """The type of endpoint that reaches it."""
        return "GatewayLoadBalancer" if self.properties.get("GatewayLoadBalancerArns") else "Interface"


def install() -> None:
    """Check the recorded types, and serve the actions on services and connections."""
    check_before(SERVICE, check_service)
    for type_name in (PERMISSIONS, NOTIFICATION):
        check_before(type_name, check_names_service)
    before_delete(SERVICE, check_unused)
    define("DescribeVpcEndpointServiceConfigurations", _describe_configurations)
    define("DescribeVpcEndpointServicePermissions", _describe_permissions)
    define("DescribeVpcEndpointConnections", _describe_connections)
    define("AcceptVpcEndpointConnections", lambda params: _decide("AcceptVpcEndpointConnections", params))
    define("RejectVpcEndpointConnections", lambda params: _decide("RejectVpcEndpointConnections", params))
    around("DescribeVpcEndpointServices", _describe_services)


def is_ours(service_name: str) -> bool:
    """Whether this is the name of somebody's endpoint service, not of an AWS service."""
    return service_name.startswith("com.amazonaws.vpce.")


def reachable(service_name: str) -> Service:
    """The service of that name, if the caller's account may know it; Ec2Refused in EC2's words otherwise."""
    for service in _here():
        if service.name == service_name and _permitted(service):
            return service
    raise Ec2Refused("InvalidServiceName", f"The Vpc Endpoint Service '{service_name}' does not exist")


def zones_of(service: Service) -> list[str]:
    """The zones in which its load balancers have a subnet."""
    from ministack.services import alb, ec2

    arns = [*(service.properties.get("NetworkLoadBalancerArns") or []),
            *(service.properties.get("GatewayLoadBalancerArns") or [])]
    scope = (service.account, service.region)
    subnets = [subnet for arn in arns for subnet in (alb._lbs.get_scoped(*scope, arn) or {}).get("Subnets", [])]
    found = [ec2._subnets.get_scoped(*scope, subnet) for subnet in subnets]
    return sorted({subnet["AvailabilityZone"] for subnet in found if subnet})


def check_service(_: str, properties: Properties, __: str | None) -> None:
    """Hold a service against the load balancers it stands on."""
    from ministack.services import alb

    network = properties.get("NetworkLoadBalancerArns") or []
    gateway = properties.get("GatewayLoadBalancerArns") or []
    if bool(network) == bool(gateway):
        raise Ec2Refused("InvalidParameter", "Exactly one of NetworkLoadBalancerArns and GatewayLoadBalancerArns "
                                             "must be specified")
    for arn, wanted in [(arn, "network") for arn in network] + [(arn, "gateway") for arn in gateway]:
        found = alb._lbs.get(arn)
        if found is None or found.get("Type") != wanted:
            raise Ec2Refused("InvalidParameter", f"The {wanted} load balancer '{arn}' does not exist")


def check_names_service(_: str, properties: Properties, __: str | None) -> None:
    """Hold permissions and notifications against the services of the account."""
    if service_id := properties.get("ServiceId"):
        _own(service_id)


def check_unused(physical_id: str) -> None:
    """Refuse to delete a service with a connection that is pending or accepted."""
    if any(endpoint["State"] in (PENDING, AVAILABLE) for _, _, endpoint in _connections(physical_id)):
        raise Ec2Refused("ExistingVpcEndpointConnections",
                         f"Service {physical_id} has existing active VPC Endpoint connections!")


def _every() -> Iterator[Service]:
    from ministack.services import cloudcontrol

    for (account, region, _), kept in list(cloudcontrol._resources._data.items()):
        if kept["TypeName"] == SERVICE and "Recorded" in kept:
            yield Service(service_id=kept["Identifier"], account=account, region=region, properties=kept["Recorded"])


def _here() -> list[Service]:
    from ministack.core.responses import get_region

    return [found for found in _every() if found.region == get_region()]


def _mine() -> list[Service]:
    return [found for found in _here() if found.account == identities.account()]


def _own(service_id: str) -> Service:
    for service in _mine():
        if service.service_id == service_id:
            return service
    raise Ec2Refused("InvalidVpcEndpointServiceId.NotFound",
                     f"The VpcEndpointService Id '{service_id}' does not exist")


def _principals(service: Service) -> list[str]:
    from ministack.services import cloudcontrol

    for (account, region, _), kept in list(cloudcontrol._resources._data.items()):
        if (kept["TypeName"], account, region) == (PERMISSIONS, service.account, service.region) and (
                kept.get("Recorded", {}).get("ServiceId") == service.service_id):
            return list(kept["Recorded"].get("AllowedPrincipals") or [])
    return []


def _permitted(service: Service) -> bool:
    """Whether the caller is the owner or one of the allowed principals."""
    from ministack.core import iam_evaluator

    account, caller = identities.account(), str(iam_evaluator.caller_arn())
    named = {"*", account, f"arn:aws:iam::{account}:root", caller}
    if ":assumed-role/" in caller and (role := identities.role(account, caller.split("/")[1])):
        named.add(role["Arn"])
    return service.account == account or not named.isdisjoint(_principals(service))


def _connections(service_id: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Account, region and record of each endpoint that names the service, in whatever account."""
    from ministack.services import ec2

    for (account, region, _), endpoint in list(ec2._vpc_endpoints._data.items()):
        if is_ours(endpoint["ServiceName"]) and endpoint["ServiceName"].endswith(f".{service_id}"):
            yield account, region, endpoint


def _describe_configurations(params: Params) -> Answer:
    asked = many(params, "ServiceId")
    found = [_own(service_id) for service_id in asked] if asked else _mine()
    items = [_configuration(service) for service in found if matches(service.service_id, {
        "service-name": [service.name], "service-id": [service.service_id], "service-state": ["Available"],
    } | _tag_filters(service.properties), params)]
    return answer("DescribeVpcEndpointServiceConfigurations", listed("serviceConfigurationSet", items))


def _configuration(service: Service) -> str:
    properties = service.properties
    return (listed("serviceType", [element("serviceType", service.type)])
            + element("serviceId", service.service_id) + element("serviceName", service.name)
            + element("serviceState", "Available") + texts("availabilityZoneSet", zones_of(service))
            + element("acceptanceRequired", service.acceptance_required) + element("managesVpcEndpoints", False)
            + texts("networkLoadBalancerArnSet", properties.get("NetworkLoadBalancerArns") or [])
            + texts("gatewayLoadBalancerArnSet", properties.get("GatewayLoadBalancerArns") or [])
            + texts("supportedIpAddressTypeSet", properties.get("SupportedIpAddressTypes") or ["ipv4"])
            + texts("baseEndpointDnsNameSet", [_dns_name(service)])
            + element("privateDnsName", properties.get("PrivateDnsName"))
            + element("payerResponsibility", properties.get("PayerResponsibility")) + _tags(properties))


def _tags(properties: Properties) -> str:
    return listed("tagSet", (element("key", tag["Key"]) + element("value", tag["Value"])
                             for tag in properties.get("Tags") or []))


def _tag_filters(properties: Properties) -> dict[str, list[str]]:
    tags = properties.get("Tags") or []
    return {f"tag:{tag['Key']}": [tag["Value"]] for tag in tags} | {"tag-key": [tag["Key"] for tag in tags]}


def _dns_name(service: Service) -> str:
    return f"{service.service_id}.{service.region}.vpce.amazonaws.com"


def _describe_permissions(params: Params) -> Answer:
    service = _own(one(params, "ServiceId"))
    items = [_principal(service, arn) for arn in _principals(service)
             if matches(service.service_id, {"principal": [arn], "principal-type": [_kind(arn)]}, params)]
    return answer("DescribeVpcEndpointServicePermissions", listed("allowedPrincipals", items))


def _principal(service: Service, arn: str) -> str:
    return (element("principalType", _kind(arn)) + element("principal", arn)
            + element("serviceId", service.service_id))


def _kind(principal: str) -> str:
    kinds = {"user": "User", "role": "Role"}
    return "All" if principal == "*" else kinds.get(principal.rpartition(":")[2].partition("/")[0], "Account")


def _describe_connections(params: Params) -> Answer:
    items = []
    for service in _mine():
        for account, region, endpoint in _connections(service.service_id):
            has = {"service-id": [service.service_id], "vpc-endpoint-owner": [account],
                   "vpc-endpoint-id": [endpoint["VpcEndpointId"]], "vpc-endpoint-state": [endpoint["State"]],
                   "ip-address-type": ["ipv4"], "vpc-endpoint-region": [region]}
            if matches(endpoint["VpcEndpointId"], has, params):
                items.append(_connection(service, account, region, endpoint))
    return answer("DescribeVpcEndpointConnections", listed("vpcEndpointConnectionSet", items))


def _connection(service: Service, account: str, region: str, endpoint: dict[str, Any]) -> str:
    return (element("serviceId", service.service_id) + element("vpcEndpointId", endpoint["VpcEndpointId"])
            + element("vpcEndpointOwner", account) + element("vpcEndpointState", endpoint["State"])
            + element("creationTimestamp", endpoint.get("CreationTimestamp"))
            + texts("networkLoadBalancerArnSet", service.properties.get("NetworkLoadBalancerArns") or [])
            + texts("gatewayLoadBalancerArnSet", service.properties.get("GatewayLoadBalancerArns") or [])
            + element("ipAddressType", "ipv4") + element("vpcEndpointRegion", region)
            + element("vpcEndpointConnectionId", endpoint["VpcEndpointId"].replace("vpce-", "vpce-con-")))


_DECISIONS = {
    "AcceptVpcEndpointConnections": ((PENDING,), AVAILABLE),
    "RejectVpcEndpointConnections": ((PENDING, AVAILABLE), REJECTED),
}


def _decide(action: str, params: Params) -> Answer:
    """Accept or reject; an endpoint that is not there or in another state is listed as unsuccessful."""
    service = _own(one(params, "ServiceId"))
    before, after = _DECISIONS[action]
    known = {endpoint["VpcEndpointId"]: endpoint for _, _, endpoint in _connections(service.service_id)}
    failed = []
    for endpoint_id in many(params, "VpcEndpointId"):
        endpoint = known.get(endpoint_id)
        if endpoint is None:
            failed.append(_failure(endpoint_id, "InvalidVpcEndpointId.NotFound",
                                   f"The VpcEndpoint Id '{endpoint_id}' does not exist"))
        elif endpoint["State"] not in before:
            failed.append(_failure(endpoint_id, "InvalidState",
                                   f"The connection of {endpoint_id} is in state {endpoint['State']}"))
        else:
            endpoint["State"] = after
    return answer(action, listed("unsuccessful", failed))


def _failure(endpoint_id: str, code: str, sentence: str) -> str:
    error = element("code", code) + element("message", sentence)
    return element("resourceId", endpoint_id) + f"<error>{error}</error>"


def _describe_services(params: Params, inner: Handler) -> Answer:
    """ministack's AWS services, and after them the recorded ones that the caller may know."""
    asked = [name for name in many(params, "ServiceName") if is_ours(name)]
    found = [reachable(name) for name in asked] or [
        service for service in _here() if not many(params, "ServiceName") and _permitted(service)]
    shown = [service for service in found if matches(service.service_id, {
        "service-name": [service.name], "service-type": [service.type], "owner": [service.account],
    } | _tag_filters(service.properties), params)]
    status, headers, body = inner(params)
    text = body.decode() if isinstance(body, bytes) else str(body)
    names = "".join(f"<item>{service.name}</item>" for service in shown)
    details = "".join(f"<item>{_detail(service)}</item>" for service in shown)
    text = text.replace("</serviceNameSet>", f"{names}</serviceNameSet>")
    return status, headers, text.replace("</serviceDetailSet>", f"{details}</serviceDetailSet>").encode()


def _detail(service: Service) -> str:
    return (element("serviceName", service.name) + element("serviceId", service.service_id)
            + listed("serviceType", [element("serviceType", service.type)])
            + texts("availabilityZoneSet", zones_of(service)) + element("owner", service.account)
            + texts("baseEndpointDnsNameSet", [_dns_name(service)])
            + element("privateDnsName", service.properties.get("PrivateDnsName"))
            + element("vpcEndpointPolicySupported", False)
            + element("acceptanceRequired", service.acceptance_required) + element("managesVpcEndpoints", False)
            + texts("supportedIpAddressTypeSet", service.properties.get("SupportedIpAddressTypes") or ["ipv4"])
            + _tags(service.properties))
