"""VPC endpoints with their policies and their one security group as a component."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from conveyor_iac.errors import Fault
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.endpoints import Endpoint
from conveyor_iac.model.network import Rule, SecurityGroup
from conveyor_iac.model.placeholders import Made
from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.door import Entered, enter, in_words, keyed, missing, refuse
from conveyor_iac.pulumi.words import InstallationArgs

PLANES = ("data", "control")
"""The planes that have a network in a plan, in its order."""


class EndpointSetArgs(TypedDict):
    """What an endpoint set is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    ids: pulumi.Input[dict[str, pulumi.Input[str]]]
    """The ids of the network's parts, by name: `DataPlaneNetwork.ids` or `ControlPlaneNetwork.ids`."""
    plane: NotRequired[str]
    """Whose network it is: data (left out), or control in a dedicated deployment."""


class EndpointSet(pulumi.ComponentResource):
    """The endpoints of a network: interface endpoints with private DNS behind one security group, gateway endpoints.

    Spells the endpoints of a plan; which there are and what may pass each was decided there.

    Args:
        name: the component's name; its parts are called `NAME-EndpointS3` and so on.
        args: `EndpointSetArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where it has no network of ours or brought.

    Source: https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
    """

    outputs: pulumi.Output[dict[str, str]]
    """The id of each endpoint, by its name in the plan."""

    def __init__(self, name: str, args: EndpointSetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:EndpointSet", name, {}, opts)
        entered, plan, ids = placed(self, args)
        self.parts = Parts(self, entered, tags=plan.tags, seen=ids)
        if plan.group:
            security_group(plan.group, plan.vpc_id, self.parts)
        for endpoint in plan.endpoints:
            self._endpoint(endpoint, plan.vpc_id)
        self.outputs = pulumi.Output.from_input({
            endpoint.name: self.parts.resources[endpoint.name].id for endpoint in plan.endpoints})
        self.register_outputs({"outputs": self.outputs})

    def _endpoint(self, endpoint: Endpoint, vpc_id: Any) -> None:
        parts = self.parts
        places: dict[str, Any] = {"route_table_ids": parts.refs(endpoint.tables)}
        if endpoint.kind == "Interface":
            places = {"subnet_ids": parts.refs(endpoint.subnets), "security_group_ids": parts.refs(endpoint.groups),
                      "private_dns_enabled": True}
        parts.add(endpoint.name, aws.ec2.VpcEndpoint(
            parts.called(endpoint.name), vpc_endpoint_type=endpoint.kind, vpc_id=parts.ref(vpc_id),
            service_name=parts.ref(endpoint.service_name), tags=parts.tags(endpoint.name), **places,
            policy=parts.spelling.json(endpoint.policy) if endpoint.policy else None, opts=parts.child()))


def placed(component: pulumi.ComponentResource, args: Any) -> tuple[Entered, NetworkPlan, Any]:
    """What a component that stands in a network is given: the installation, the network's plan, its parts' ids."""
    given, faults = keyed(EndpointSetArgs, args)
    plane, ids = given.get("plane", "data"), given.get("ids")
    if plane not in PLANES:
        faults.append(Fault(path="plane", value=in_words(plane), rule=f"one of {', '.join(PLANES)}",
                            way_out="Leave it out for the data plane"))
    if not isinstance(ids, Mapping | pulumi.Output):
        faults.append(Fault(path="ids", value="(missing)" if ids is None else in_words(ids), way_out="Give the ids of"
                            " DataPlaneNetwork or ControlPlaneNetwork", rule="ids by the names of the network's parts"))
    entered = enter(component, given.get("installation"), further=faults)
    return entered, network_of(component, entered, plane), ids


def network_of(component: pulumi.ComponentResource, entered: Entered, plane: str) -> NetworkPlan:
    """The network that a plan has for a plane."""
    place = PLANES.index(plane)
    if len(entered.plan.networks) <= place:
        refuse(component, [missing("network", "an installation with this network", "Only dedicated deployments have a"
                                   " control plane; with installer.network_rights the installer makes the network")])
    return entered.plan.networks[place]


def security_group(group: SecurityGroup, vpc_id: Any, parts: Parts) -> None:
    """A security group in the VPC, with each rule as a part of its own; without a rule for it nothing leaves.

    A rule is called by what it says: counted, one that goes would make the next take its name, and EC2 refuses a rule
    that equals one still there.
    """
    made = parts.add(group.name, aws.ec2.SecurityGroup(
        parts.called(group.name), description=group.purpose, vpc_id=parts.ref(vpc_id), tags=parts.tags(group.name),
        opts=parts.child()))
    for kind, resource, rules in (("Ingress", aws.vpc.SecurityGroupIngressRule, group.ingress),
                                  ("Egress", aws.vpc.SecurityGroupEgressRule, group.egress)):
        for rule in rules:
            name = f"{group.name}{kind}-{_block(rule)}-{rule.first}"
            parts.add(name, resource(parts.called(name), security_group_id=made.id, tags=parts.tags(),
                                     opts=parts.child(delete_before_replace=True), **_rule(rule, parts)))


def _block(rule: Rule) -> str:
    return "ipv6" if isinstance(rule.cidr, Made) else str(rule.cidr)


def _rule(rule: Rule, parts: Parts) -> dict[str, Any]:
    block = "cidr_ipv6" if isinstance(rule.cidr, Made) else "cidr_ipv4"
    return {block: parts.ref(rule.cidr), "ip_protocol": rule.protocol, "description": rule.why,
            "from_port": int(rule.first), "to_port": int(rule.last)}
