"""The AWS services that DescribeVpcEndpointServices knows beyond ministack's short list.

Knows names. Every service is said to be in all three zones of the region, for want of a place that says otherwise: what
a zone really offers only AWS answers. All take endpoint policies, gateways too, where ministack says no. A name that is
no service is refused, as on AWS.
"""

from __future__ import annotations

from .ec2_actions import Answer, Ec2Refused, Handler, Params, around, many
from .endpoint_services import is_ours

_FURTHER = (
    "access-analyzer", "aps", "aps-workspaces", "autoscaling", "cloudformation", "cloudtrail", "cognito-identity",
    "cognito-idp", "config", "ecs", "eks", "eks-auth", "elasticfilesystem", "elasticloadbalancing", "guardduty-data",
    "servicequotas", "states", "tagging", "xray",
)


def install() -> None:
    """Complete the list and the answer."""
    from ministack.services import ec2

    ec2._VPCE_INTERFACE_SERVICES = (*ec2._VPCE_INTERFACE_SERVICES, *_FURTHER)
    around("DescribeVpcEndpointServices", _describe)


def _describe(params: Params, inner: Handler) -> Answer:
    from ministack.core.responses import get_region
    from ministack.services import ec2

    known = {f"com.amazonaws.{get_region()}.{name}"
             for name in (*ec2._VPCE_GATEWAY_SERVICES, *ec2._VPCE_INTERFACE_SERVICES)}
    for name in many(params, "ServiceName"):
        if name not in known and not is_ours(name):
            raise Ec2Refused("InvalidServiceName", f"The Vpc Endpoint Service '{name}' does not exist")
    status, headers, body = inner(params)
    element = b"<vpcEndpointPolicySupported>"
    return status, headers, body.replace(element + b"false", element + b"true")
