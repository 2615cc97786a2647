"""A VPC as a construct: subnets, route tables and routes, the ways out, the key and the logs."""

from typing import Any

from aws_cdk import Fn
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from conveyor_iac.cdk.egress import DnsFirewall, Egress
from conveyor_iac.cdk.logs import NetworkLogs
from conveyor_iac.cdk.parts import Parts, each, named
from conveyor_iac.cdk.spelling import Where
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.egress import EVERYWHERE_IPV6
from conveyor_iac.model.network import Route, Subnet, Vpc


class Network(Construct):
    """The network of one plane: a VPC, its subnets and routes, its ways out, its key and its logs.

    Spells a network of a plan; addresses, routes and policies were decided by `conveyor_iac.plan`. Its endpoints and
    its endpoint service are constructs of their own. Of a VPC that exists it makes the key only. In a stack every
    part takes its name in the plan as logical id, without a hash (`NodeSubnet1`); deeper down the CDK's own ids
    stand. Make it once per account, region and tenant: some names are fixed.

    Args:
        scope: the stack.
        id: construct id, such as `Network`; under `Default` the CDK's own ids have no hash either, which is faster.
        plan: one of `plan(installation).networks`.

    Raises:
        RuntimeError: from the CDK, when the stack already has a construct of this id or a part of this name.

    Source: the catalogue (`model/catalogue/endpoints.toml` and its neighbours) and
    https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html

    Attributes:
        parts: the resources, by their names in the plan.
    """

    def __init__(self, scope: Construct, id: str, *, plan: NetworkPlan) -> None:
        super().__init__(scope, id)
        self.parts = Parts(self, plan.tags, named=named(scope) and id != "Default")
        self._zones, self._zone_of = plan.zones, dict[int, dict[str, Any]]()
        if plan.vpc:
            self._vpc(plan.vpc)
        for subnet, where in each(plan.every_subnet()):
            self._subnet(subnet, where, plan)
        if plan.logs:
            NetworkLogs(self, logs=plan.logs, vpc_id=plan.vpc_id, parts=self.parts)
        Egress(self, egress=plan.egress, vpc_id=plan.vpc_id, logs=plan.logs, parts=self.parts)
        for route, where in each(plan.egress.routes):
            self._route(route, where)
        for filter_, where in each((plan.dns_firewall,)):
            DnsFirewall(self, firewall=filter_, where=where, vpc_id=plan.vpc_id, parts=self.parts)
        self.parts.named = named(scope)

    def _vpc(self, vpc: Vpc) -> None:
        parts = self.parts
        parts.add(vpc.name, ec2.CfnVPC(
            self, vpc.name, cidr_block=parts.ref(vpc.cidr), enable_dns_hostnames=True, enable_dns_support=True,
            tags=parts.tags(vpc.name)))
        if vpc.pod_cidr:
            parts.add(vpc.pod_block, ec2.CfnVPCCidrBlock(
                self, vpc.pod_block, vpc_id=parts.resources[vpc.name].ref, cidr_block=parts.ref(vpc.pod_cidr)))
        if vpc.ipv6:
            parts.add(vpc.ipv6_block, ec2.CfnVPCCidrBlock(
                self, vpc.ipv6_block, vpc_id=parts.resources[vpc.name].ref, amazon_provided_ipv6_cidr_block=True))

    def _subnet(self, subnet: Subnet, where: Where, plan: NetworkPlan) -> None:
        parts, vpc_id = self.parts, self.parts.ref(plan.vpc_id)
        if subnet.table not in parts.resources:
            parts.add(subnet.table, ec2.CfnRouteTable(self, subnet.table, vpc_id=vpc_id,
                                                      tags=parts.tags(subnet.table)), where)
        made = parts.add(subnet.name, ec2.CfnSubnet(
            self, subnet.name, vpc_id=vpc_id, cidr_block=parts.ref(subnet.cidr), map_public_ip_on_launch=False,
            ipv6_cidr_block=parts.ref(subnet.ipv6) if subnet.ipv6 else None,
            tags=parts.tags(subnet.name, **subnet.tags), **self._zone(subnet.zone)), where)
        if subnet.ipv6 and plan.vpc:
            made.add_resource_dependency(parts.resources[plan.vpc.ipv6_block])
        if subnet.kind == "Pod" and plan.vpc:
            made.add_resource_dependency(parts.resources[plan.vpc.pod_block])
        parts.add(f"{subnet.name}Association", ec2.CfnSubnetRouteTableAssociation(
            self, f"{subnet.name}Association", subnet_id=made.ref, route_table_id=parts.resources[subnet.table].ref),
            where)

    def _zone(self, number: int) -> dict[str, Any]:
        """The zone of that number: by id, from a parameter's list, or from the region's own list."""
        if isinstance(self._zones, tuple):
            return {"availability_zone_id": self._zones[number]}
        if number not in self._zone_of:
            listed = self.parts.spelling.list(self._zones) if self._zones else Fn.get_azs()
            self._zone_of[number] = {"availability_zone": Fn.select(number, listed)}
        return self._zone_of[number]

    def _route(self, route: Route, where: Where) -> None:
        parts, target = self.parts, self.parts.ref(route.target)
        by = {"gateway": "gateway_id", "nat": "nat_gateway_id", "endpoint": "vpc_endpoint_id",
              "egress-only": "egress_only_internet_gateway_id"}[route.by]
        ipv6 = route.destination == EVERYWHERE_IPV6
        destination = "destination_ipv6_cidr_block" if ipv6 else "destination_cidr_block"
        made = parts.add(route.name, ec2.CfnRoute(
            self, route.name, route_table_id=parts.resources[route.table].ref,
            **{destination: parts.ref(route.destination), by: target}), where)
        if route.after:
            made.add_resource_dependency(parts.resources[route.after])
        if route.by == "gateway":
            made.add_resource_dependency(parts.resources[f"{route.target.name}Attachment"])
