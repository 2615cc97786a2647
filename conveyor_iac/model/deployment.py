"""What stands together in a network: the compositions of shared, private and dedicated deployments.

Knows which parts a deployment has; each part is decided in its own file. A composition is open: what its stack
decides stays a placeholder or a switch, and `plan` fills in what an installation file says.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.model import endpoints, logs, privatelink
from conveyor_iac.model.egress import COGNITO, Egress, cognito_only, dns_firewall, internet
from conveyor_iac.model.logs import Logs
from conveyor_iac.model.network import Output, SecurityGroup, Space, Vpc
from conveyor_iac.model.placeholders import Either, Made, every
from conveyor_iac.model.privatelink import EndpointConsumer, EndpointService, consumer

INTERNAL_ROLE = "kubernetes.io/role/internal-elb"
"""The tag by which a load balancer controller finds the subnets of internal load balancers."""
CONTROL_PLANE = "ControlPlane"
"""What the names of the control plane's own network begin with, in a dedicated deployment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """One VPC and what stands in it, or what is added to a VPC that exists.

    `zones` are zone ids, one placeholder that holds a list of zone names, or nothing for the region's own list.
    """

    vpc_id: Any
    zones: Any = None
    vpc: Vpc | None = None
    subnets: tuple[Any, ...] = ()
    egress: Egress = field(default_factory=Egress)
    dns_firewall: Any = None
    logs: Logs | None = None
    group: SecurityGroup | None = None
    endpoints: tuple[Any, ...] = ()
    service: EndpointService | None = None
    outputs: tuple[Output, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    def every_subnet(self) -> Iterator[Any]:
        """The subnets of every kind, those of the way out included, each perhaps behind a switch."""
        yield from (*self.subnets, *self.egress.subnets)

    def faults(self) -> Iterator[Fault]:
        """Every limit of EC2 that this network passes."""
        for part in self.endpoints:
            for endpoint in every(part):
                yield from endpoint.faults()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What a network is asked to have beyond its deployment; each service perhaps behind a switch."""

    services: tuple[str, ...]
    zones: Any = None
    partition: str = ""
    in_zones: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The zones, counted from 0, of services that are not in all of them."""
    switched: Mapping[str, str] = field(default_factory=dict)
    """The switch of each service that stands behind one."""
    there: frozenset[str] = frozenset()
    """Services whose endpoints are there already, in a VPC that is brought."""
    ports: tuple[Any, ...] = ("443",)
    principals: tuple[str, ...] = ()
    load_balancer: str | None = None
    topic: str | None = None
    targets: tuple[str, ...] = ()
    reverse: tuple[str, ...] = ()
    """The reverse names that a DNS firewall lets through."""
    tags: Mapping[str, str] = field(default_factory=dict)


def data_plane(deployment: str, wishes: Wishes, space: Space) -> NetworkPlan:
    """The network of a data plane: with NAT in a shared deployment, else without a way out but the one to Cognito."""
    if deployment == "shared":
        return _network(space, wishes, egress=internet(space), pods=True)
    return _isolated(space, wishes, plane="data")


def control_plane(wishes: Wishes, space: Space) -> NetworkPlan:
    """The network of a control plane in the customer's own account, without a way out but the one to Cognito."""
    return _isolated(space, wishes, plane="control")


def links(data: Space, control: Space, ports: tuple[Any, ...]) -> tuple[EndpointConsumer, ...]:
    """In a dedicated deployment each plane's way to the other's endpoint service."""

    def way(here: Space, there: Space, name: str) -> EndpointConsumer:
        service = privatelink.service_name(there.name("EndpointService"))
        return consumer(here, name, vpc_id=Made(name=here.name("Vpc")), service=service, ports=ports,
                        subnets=here.subnet_ids("Endpoint"), cidrs=here.cidrs)

    return way(control, data, "EndpointToDataPlane"), way(data, control, "EndpointToControlPlane")


def brought(wishes: Wishes, *, vpc: str, cidrs: tuple[Any, ...], subnets: Any, tables: Any,
            deployment: str) -> NetworkPlan:
    """What is added to a VPC that exists: endpoints, their policies and group, and the endpoint service."""
    space, gateways = Space(), endpoints.gateways(wishes.services)
    made = tuple(endpoints.interface(space, service, wishes.partition, subnets=subnets,
                                     switch=wishes.switched.get(service, ""))
                 for service in wishes.services if service not in (*wishes.there, *gateways))
    routed = tuple(endpoints.gateway(space, service, wishes.partition, tables=tables)
                   for service in gateways if service not in wishes.there)
    service = None if deployment == "shared" else _service(space, wishes, "dp", subnets=subnets, cidrs=cidrs)
    return NetworkPlan(
        vpc_id=vpc, logs=logs.logs(space, vpc_is_ours=False), endpoints=(*made, *routed), service=service,
        group=endpoints.security_group(space, cidrs) if made else None, tags=wishes.tags,
        outputs=(_cluster_tags(), *_log_outputs(space)))


def connector_service(wishes: Wishes, *, vpc: str, cidrs: tuple[Any, ...], subnets: Any) -> NetworkPlan:
    """A customer's own endpoint service in a VPC that exists: the door by which a vendor's connectors come in."""
    space = Space()
    service = _service(space, wishes, "es", subnets=subnets, cidrs=cidrs)
    return NetworkPlan(vpc_id=vpc, logs=logs.logs(space, vpc_is_ours=False, of="endpoint-service"), service=service,
                       outputs=tuple(_log_outputs(space)), tags=wishes.tags)


def _isolated(space: Space, wishes: Wishes, *, plane: str) -> NetworkPlan:
    cognito = COGNITO[plane]
    names = endpoints.domains(cognito, wishes.partition)
    egress = cognito_only(space, names, "CognitoByFirewall")
    asked = dict.fromkeys((*wishes.reverse, *_asked(wishes, cognito), *names))
    what = "dp" if plane == "data" else "cp"
    service = _service(space, wishes, what, subnets=space.subnet_ids("Endpoint"), cidrs=space.cidrs)
    return _network(space, wishes, egress=egress, pods=plane == "data", service=service,
                    dns=Either(switch="HasDnsFirewall", yes=dns_firewall(space, asked)), alerts="CognitoByFirewall",
                    cognito=names)


def _asked(wishes: Wishes, cognito: tuple[str, ...]) -> Iterator[Any]:
    """The names of the endpoints that are there, those behind a switch with it; Cognito's are told apart."""
    yield from endpoints.domains((endpoints.S3, *(each for each in wishes.services if each not in wishes.switched)),
                                 wishes.partition)
    for service in wishes.services:
        if service in wishes.switched and service not in cognito:
            yield from (Either(switch=wishes.switched[service], yes=name)
                        for name in endpoints.domains((service,), wishes.partition))


def _network(space: Space, wishes: Wishes, *, egress: Egress, pods: bool, service: EndpointService | None = None,
             dns: Any = None, alerts: str | None = None, cognito: tuple[str, ...] = ()) -> NetworkPlan:
    subnets = (*space.subnets("Node", one_table=False, tags={INTERNAL_ROLE: "1"}),
               *(space.subnets("Pod", one_table=True) if pods else ()), *space.subnets("Endpoint", one_table=True))
    vpc = Vpc(name=space.name("Vpc"), cidr=space.cidr, pod_cidr=space.pod_cidr, ipv6=space.ipv6)
    tables = (*space.zonal(lambda zone: Made(name=space.name("NodeRouteTable", zone))),
              *([Made(name=space.name("PodRouteTable"))] if pods else []))
    gateways = endpoints.gateways(wishes.services)
    made = tuple(_in_its_zones(space, service, wishes) for service in wishes.services if service not in gateways)
    routed = tuple(endpoints.gateway(space, service, wishes.partition, tables=tables) for service in gateways)
    return NetworkPlan(
        vpc_id=Made(name=vpc.name), zones=wishes.zones, vpc=vpc, subnets=subnets, egress=egress, dns_firewall=dns,
        logs=logs.logs(space, vpc_is_ours=True, alerts=alerts),
        group=endpoints.security_group(space, space.cidrs) if made else None, endpoints=(*made, *routed),
        service=service, tags=wishes.tags,
        outputs=(*_outputs(space, wishes.zones, pods=pods), *_cognito(space, cognito), *_log_outputs(space)))


def _in_its_zones(space: Space, service: str, wishes: Wishes) -> Any:
    return endpoints.interface(space, service, wishes.partition, switch=wishes.switched.get(service, ""),
                               subnets=space.subnet_ids("Endpoint", wishes.in_zones.get(service)))


def _service(space: Space, wishes: Wishes, what: str, **places: Any) -> EndpointService:
    return privatelink.producer(space, what=what, ports=wishes.ports, principals=wishes.principals,
                                load_balancer=wishes.load_balancer, topic=wishes.topic, targets=wishes.targets,
                                **places)


def _outputs(space: Space, zones: Any, *, pods: bool) -> Iterator[Output]:
    yield Output(name=space.name("VpcId"), value=Made(name=space.name("Vpc")), why="The VPC.")
    for kind in ("Node", "Pod", "Endpoint") if pods else ("Node", "Endpoint"):
        yield Output(name=space.name(f"{kind}SubnetIds"), value=space.subnet_ids(kind),
                     why=f"The {kind.lower()} subnets, one per zone.")
    yield Output(name=space.name("Zones"), why="The availability zones, by name.",
                 value=_of_zones(space, "AvailabilityZone"))
    yield Output(name=space.name("ZoneIds"), why="The availability zones, by id.",
                 value=zones if isinstance(zones, tuple) else _of_zones(space, "AvailabilityZoneId"))
    yield Output(name=space.name("EmptyDefaultSecurityGroup"), value=_emptying(space), joiner="",
                 why="Run this once: it empties the VPC's default group, which nothing uses.")
    if pods:
        yield _cluster_tags()


def _of_zones(space: Space, attribute: str) -> tuple[Any, ...]:
    """What each zone is called, read from the subnet of the endpoints in it."""
    return space.zonal(lambda zone: Made(name=space.name("EndpointSubnet", zone), attribute=attribute))


def _emptying(space: Space) -> tuple[Any, ...]:
    """The command that takes the rules from a VPC's default security group, the only one CloudFormation keeps from us.

    https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    group = Made(name=space.name("Vpc"), attribute="DefaultSecurityGroup")
    change = "aws ec2 revoke-security-group-{} --region ${{AWS::Region}} --group-id "
    return (change.format("ingress"), group, " --ip-permissions 'IpProtocol=-1,UserIdGroupPairs=[{GroupId=", group,
            "}]' && ", change.format("egress"), group,
            " --ip-permissions 'IpProtocol=-1,IpRanges=[{CidrIp=0.0.0.0/0}]'")


def _cluster_tags() -> Output:
    """The tags that the installer puts on the cluster: GuardDuty looks at its own, whether it may manage its agent."""
    plain = "conveyor:tenant=${TenantId}"
    return Output(name="ClusterTags", why="The tags the cluster must carry.", value=Either(
        switch="GuardDutyEnabled", yes=plain, no=f"{plain},GuardDutyManaged=false"))


def _cognito(space: Space, cognito: tuple[str, ...]) -> Iterator[Output]:
    """What a proxy of the customer's own must let through."""
    if cognito:
        yield Output(name=space.name("CognitoNames"), value=cognito,
                     why="What must be reached on TCP 443; allow it in a proxy of your own.")


def _log_outputs(space: Space) -> Iterator[Output]:
    yield Output(name=space.name("KeyArn"), value=Made(name=space.name("Key"), attribute="Arn"),
                 why="The key of logs and notifications; it is kept.")
