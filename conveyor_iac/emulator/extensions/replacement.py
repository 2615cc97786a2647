"""A change of a create-only property replaces a network resource; any other change keeps its id.

Knows only which types: what is create-only stands in their registry schemas. ministack then makes the successor first
and removes the predecessor when the update is complete, and a change set says so beforehand. Where the name is given
and stays, it refuses: a successor beside it could not have that name.
"""

from __future__ import annotations

from ..recorded_types import RECORDED_TYPES
from . import schemas

_NETWORK = (
    "AWS::EC2::EIP",
    "AWS::EC2::EgressOnlyInternetGateway",
    "AWS::EC2::NatGateway",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCEndpoint",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
)


def install() -> None:
    """Tell ministack's table of replacing properties about these types."""
    from ministack.services.cloudformation import provisioners

    for type_name in (*_NETWORK, *RECORDED_TYPES):
        provisioners._REPLACING_PROPERTIES[type_name] = tuple(dict.fromkeys(schemas.create_only(type_name)))
