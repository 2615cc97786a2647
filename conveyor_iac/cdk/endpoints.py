"""VPC endpoints with their policies and their one security group as a construct."""

from typing import Any

from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from conveyor_iac.cdk.parts import Parts, each
from conveyor_iac.cdk.spelling import Where
from conveyor_iac.model.endpoints import Endpoint
from conveyor_iac.model.network import Rule, SecurityGroup
from conveyor_iac.model.placeholders import Made

_NOTHING_OUT = ec2.CfnSecurityGroup.EgressProperty(
    cidr_ip="255.255.255.255/32", ip_protocol="icmp", from_port=252, to_port=86,
    description="Nothing: a group without a rule would allow everything")


class EndpointSet(Construct):
    """The endpoints of a network: interface endpoints with private DNS behind one security group, gateway endpoints.

    Spells the endpoints of a plan; which there are and what may pass each was decided there.

    Args:
        scope: the network.
        id: construct id, such as `Endpoints`.
        group: the security group of the interface endpoints; nothing where there are none.
        endpoints: `NetworkPlan.endpoints`.
        vpc_id: the VPC, as the plan names it.
        parts: the parts of the network, which the endpoints join.

    Raises:
        RuntimeError: from the CDK, when the scope already has a construct of this id.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """

    def __init__(self, scope: Construct, id: str, *, group: SecurityGroup | None, endpoints: tuple[Any, ...],
                 vpc_id: Any, parts: Parts) -> None:
        super().__init__(scope, id)
        if group:
            security_group(self, group, vpc_id, parts)
        for endpoint, where in each(endpoints):
            self._endpoint(endpoint, where, vpc_id, parts)

    def _endpoint(self, endpoint: Endpoint, where: Where, vpc_id: Any, parts: Parts) -> None:
        interface = endpoint.kind == "Interface"
        places: dict[str, Any] = {"route_table_ids": parts.refs(endpoint.tables)}
        if interface:
            places = {"subnet_ids": parts.refs(endpoint.subnets), "security_group_ids": parts.refs(endpoint.groups),
                      "private_dns_enabled": True}
        made = parts.add(endpoint.name, ec2.CfnVPCEndpoint(
            self, endpoint.name, vpc_endpoint_type=endpoint.kind, vpc_id=parts.ref(vpc_id),
            service_name=parts.ref(endpoint.service_name), tags=parts.tags(endpoint.name), **places,
            policy_document=endpoint.policy.spelled(parts.json) if endpoint.policy else None), where)
        if endpoint.policy:
            parts.spelling.explain(made, endpoint.policy)


def security_group(scope: Construct, group: SecurityGroup, vpc_id: Any, parts: Parts, where: Where = ()) -> None:
    """A security group in the VPC. A rule behind a switch becomes a resource of its own."""
    fixed = [rule for rule in group.ingress if isinstance(rule, Rule)]
    out = [_egress(rule, parts) for rule in group.egress if isinstance(rule, Rule)]
    made = parts.add(group.name, ec2.CfnSecurityGroup(
        scope, group.name, group_description=group.purpose, vpc_id=parts.ref(vpc_id), tags=parts.tags(group.name),
        security_group_ingress=[_ingress(rule, parts) for rule in fixed] or None,
        security_group_egress=out or [_NOTHING_OUT]), where)
    switched = [("Ingress", ec2.CfnSecurityGroupIngress, pair) for pair in each(group.ingress) if pair[1]]
    switched += [("Egress", ec2.CfnSecurityGroupEgress, pair) for pair in each(group.egress) if pair[1]]
    for number, (kind, resource, (rule, condition)) in enumerate(switched, 1):
        name = f"{group.name}{kind}{number}"
        parts.add(name, resource(scope, name, group_id=made.ref, **_rule(rule, parts)), (*where, *condition))


def _rule(rule: Rule, parts: Parts) -> dict[str, Any]:
    block = "cidr_ipv6" if isinstance(rule.cidr, Made) else "cidr_ip"
    return {block: parts.ref(rule.cidr), "ip_protocol": rule.protocol, "description": rule.why,
            "from_port": parts.spelling.number(rule.first), "to_port": parts.spelling.number(rule.last)}


def _ingress(rule: Rule, parts: Parts) -> ec2.CfnSecurityGroup.IngressProperty:
    return ec2.CfnSecurityGroup.IngressProperty(**_rule(rule, parts))


def _egress(rule: Rule, parts: Parts) -> ec2.CfnSecurityGroup.EgressProperty:
    return ec2.CfnSecurityGroup.EgressProperty(**_rule(rule, parts))
