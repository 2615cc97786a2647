"""The network of one plane as a component: subnets, route tables and routes, the ways out, the key and the logs."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from conveyor_iac.errors import Fault
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.egress import EVERYWHERE_IPV6
from conveyor_iac.model.network import Route, Subnet, Vpc
from conveyor_iac.pulumi.aws.egress import DnsFirewall, Egress
from conveyor_iac.pulumi.aws.endpoints import network_of
from conveyor_iac.pulumi.aws.logs import NetworkLogs
from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.door import Entered, enter, keyed, refuse, unfit
from conveyor_iac.pulumi.words import InstallationArgs


class DataPlaneNetworkArgs(TypedDict):
    """What a network is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the key, the bucket and the log group; left out: it does."""


class _Network(pulumi.ComponentResource):
    """The network of one plane."""

    vpc_id: pulumi.Output[str]
    """The id of the VPC."""
    ids: pulumi.Output[dict[str, str]]
    """The id of each part, by its name in the plan: what endpoints and the endpoint service are given."""
    outputs: pulumi.Output[dict[str, str]]
    """What is handed over, by the keys of the CloudFormation stack's outputs."""

    _plane: str

    def __init__(self, name: str, args: DataPlaneNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(f"conveyor:index:{type(self).__name__}", name, {}, opts)
        given, faults = keyed(DataPlaneNetworkArgs, args)
        protect = given.get("protect", True)
        entered = enter(self, given.get("installation"), further=[*faults, *unfit(protect)])
        self.parts = Parts(self, entered, tags=self._plan(entered).tags)
        self._network(self._plan(entered), protect)
        self.vpc_id = pulumi.Output.from_input(self.parts.ref(self._plan(entered).vpc_id))
        self.made = self.parts.ids() | self._blocks(self._plan(entered).vpc)
        self.ids = pulumi.Output.from_input(self.made)
        self.handed = dict(self._handed(self._plan(entered)))
        self.outputs = pulumi.Output.from_input(self.handed)
        self.register_outputs({"vpc_id": self.vpc_id, "ids": self.ids, "outputs": self.outputs})

    def _plan(self, entered: Entered) -> NetworkPlan:
        return network_of(self, entered, self._plane)

    def _network(self, plan: NetworkPlan, protect: bool) -> None:
        parts, self._zones = self.parts, plan.zones
        if plan.vpc:
            self._vpc(plan.vpc)
        for subnet in plan.every_subnet():
            self._subnet(subnet, plan)
        if plan.logs:
            NetworkLogs(logs=plan.logs, vpc_id=plan.vpc_id, parts=parts, protect=protect)
        Egress(egress=plan.egress, vpc_id=plan.vpc_id, logs=plan.logs, parts=parts)
        for route in plan.egress.routes:
            self._route(route)
        if plan.dns_firewall:
            DnsFirewall(firewall=plan.dns_firewall, vpc_id=plan.vpc_id, parts=parts)

    def _vpc(self, vpc: Vpc) -> None:
        parts = self.parts
        made = parts.add(vpc.name, aws.ec2.Vpc(
            parts.called(vpc.name), cidr_block=parts.ref(vpc.cidr), enable_dns_hostnames=True, enable_dns_support=True,
            assign_generated_ipv6_cidr_block=vpc.ipv6 or None, tags=parts.tags(vpc.name), opts=parts.child()))
        if vpc.pod_cidr:
            parts.add(vpc.pod_block, aws.ec2.VpcIpv4CidrBlockAssociation(
                parts.called(vpc.pod_block), vpc_id=made.id, cidr_block=parts.ref(vpc.pod_cidr), opts=parts.child()))
        group = f"{vpc.name}DefaultSecurityGroup"
        parts.add(group, aws.ec2.DefaultSecurityGroup(
            parts.called(group), vpc_id=made.id, ingress=[], egress=[], tags=parts.tags(), opts=parts.child()))

    def _subnet(self, subnet: Subnet, plan: NetworkPlan) -> None:
        parts, vpc_id, association = self.parts, self.parts.ref(plan.vpc_id), f"{subnet.name}Association"
        if subnet.table not in parts.resources:
            parts.add(subnet.table, aws.ec2.RouteTable(parts.called(subnet.table), vpc_id=vpc_id,
                                                       tags=parts.tags(subnet.table), opts=parts.child()))
        after = [plan.vpc.pod_block] if subnet.kind == "Pod" and plan.vpc else []
        made = parts.add(subnet.name, aws.ec2.Subnet(
            parts.called(subnet.name), vpc_id=vpc_id, cidr_block=parts.ref(subnet.cidr), map_public_ip_on_launch=False,
            ipv6_cidr_block=parts.ref(subnet.ipv6) if subnet.ipv6 else None, **self._zone(subnet.zone),
            tags=parts.tags(subnet.name, **subnet.tags), opts=parts.child(*after, ignore_changes=self._placed)))
        parts.add(association, aws.ec2.RouteTableAssociation(
            parts.called(association), subnet_id=made.id, route_table_id=parts.resources[subnet.table].id,
            opts=parts.child()))

    def _blocks(self, vpc: Vpc | None) -> dict[str, Any]:
        """The VPC's IPv6 block, where it has one: AWS chooses it."""
        return {f"{vpc.name}Ipv6CidrBlocks": self.parts.resources[vpc.name].ipv6_cidr_block} if vpc and vpc.ipv6 else {}

    def _zone(self, number: int) -> dict[str, Any]:
        """The zone of that number: by id, or from the region's own list."""
        if isinstance(self._zones, tuple):
            return {"availability_zone_id": self._zones[number]}
        return {"availability_zone": self._listed.apply(lambda names: self._named(names, number))}

    def _named(self, names: Sequence[str], number: int) -> str:
        if number >= len(names):
            refuse(self, [Fault(path="network.zones", value=str(number + 1), rule="as many zones as the region lists",
                                way_out=f"Ask for {len(names)} at most: {', '.join(names)}")], late=True)
        return names[number]

    @property
    def _placed(self) -> list[str]:
        """What stays of a subnet that stands: a zone that the region lists anew must not move it."""
        return [] if isinstance(self._zones, tuple) else ["availabilityZone"]

    @cached_property
    def _listed(self) -> pulumi.Output[Any]:
        """The names of the region's own zones, in order; Local Zones are not among them."""
        listed = aws.get_availability_zones_output(
            state="available", opts=pulumi.InvokeOutputOptions(parent=self),
            filters=[aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])])
        return listed.names

    def _route(self, route: Route) -> None:
        parts = self.parts
        by = {"gateway": "gateway_id", "nat": "nat_gateway_id", "endpoint": "vpc_endpoint_id",
              "egress-only": "egress_only_gateway_id"}[route.by]
        ipv6 = route.destination == EVERYWHERE_IPV6
        destination = "destination_ipv6_cidr_block" if ipv6 else "destination_cidr_block"
        parts.add(route.name, aws.ec2.Route(
            parts.called(route.name), route_table_id=parts.resources[route.table].id,
            opts=parts.child(*[route.after] if route.after else []),
            **{destination: parts.ref(route.destination), by: parts.ref(route.target)}))

    def _handed(self, plan: NetworkPlan) -> Iterator[tuple[str, Any]]:
        for output in plan.outputs:
            if not output.name.endswith("EmptyDefaultSecurityGroup"):  # that is done here
                yield output.name, self.parts.joined(output.value, output.joiner)


class DataPlaneNetwork(_Network):
    """The network of a data plane: a VPC, its subnets and routes, its ways out, its key and its logs.

    Spells a network of a plan; addresses, routes and policies were decided by `conveyor_iac.plan`. Its endpoints and
    its endpoint service are components of their own. Of a VPC that exists it makes the key only. The VPC's default
    security group is emptied. Zones that are not named by id are looked up: the first that the region lists.

    Args:
        name: the component's name; its parts are called `NAME-Vpc`, `NAME-NodeSubnet1` and so on.
        args: `DataPlaneNetworkArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where it has no such network.

    Source: the catalogue (`model/catalogue/endpoints.toml` and its neighbours) and
    https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
    """

    _plane = "data"


class ControlPlaneNetwork(_Network):
    """The network of a control plane in the customer's own account, in a dedicated deployment.

    As `DataPlaneNetwork`, without pods; its parts are called `NAME-ControlPlaneVpc` and so on.

    Args:
        name: the component's name.
        args: `DataPlaneNetworkArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where it has no such network.

    Source: as `DataPlaneNetwork`.
    """

    _plane = "control"
