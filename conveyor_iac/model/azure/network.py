"""The address plan of a virtual network on Azure and what stands in it, or what is added to one that is brought.

The primary block is divided into eighths, as on AWS: four for nodes, one for private endpoints, one for a firewall and
two kept in reserve. Pods have the secondary block whole. A subnet of Azure spans the zones of its region, so each kind
is one subnet, and has its place from the first deploy: another way out moves nothing that stands. Azure keeps five
addresses of each subnet, and asks for /26 or wider for its firewall
(https://learn.microsoft.com/azure/virtual-network/virtual-networks-faq,
https://learn.microsoft.com/azure/firewall/firewall-faq).
"""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.egress import Egress, egress
from conveyor_iac.model.azure.outbound import Path
from conveyor_iac.model.azure.services import Services, Storage
from conveyor_iac.model.azure.subscription import ResourceGroup
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made

RESERVED = 5
"""How many addresses Azure keeps of each subnet: the first four and the last."""
FIREWALL_SUBNET = "AzureFirewallSubnet"
"""What Azure wants the subnet of a firewall to be called."""
DENY_REST, OWN, PROBES = 4096, 100, 110
"""Priorities of rules: the last one, and those of the network itself and of health probes."""
_EIGHTHS = {"Node": (0, 4), "PrivateEndpoint": (4, 1), "Firewall": (5, 1), "Reserve": (6, 2)}
"""Which eighths of the primary block a kind has: the first, and how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a network security group: one way, one protocol, what may or may not pass, and why.

    Azure takes 140 characters for the reason.
    """

    azure_name: str
    priority: int
    inbound: bool
    allow: bool
    why: str
    protocol: str = "*"
    sources: tuple[str, ...] = ("*",)
    destinations: tuple[str, ...] = ("*",)
    ports: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A network security group: what its rules do not allow, its last two deny, both ways."""

    name: str
    azure_name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet of one kind (Node, Pod, PrivateEndpoint, Firewall), never with default outbound access.

    `group`, `table` and `nat` name the parts of the plan that it is associated with.
    """

    name: str
    kind: str
    azure_name: str
    cidr: str
    group: str | None = None
    table: str | None = None
    nat: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Peering:
    """Two virtual networks as neighbours, one direction: `subscription` and `group` are those of the network it is a
    part of, and the ids of a hub are split into them."""

    name: str
    azure_name: str
    subscription: str
    group: str
    vnet: str
    remote: Any
    from_hub: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateZone:
    """A private DNS zone: made here (`zone_id` is nothing) or a central one, and the name of its link to our network.

    A network that is brought asks central zones already: they get no `link`, because one network may have one only.
    """

    name: str
    azure_name: str
    zone_id: str | None
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateEndpoint:
    """The one door to a service: a private address in our network, whose name a private zone answers."""

    name: str
    azure_name: str
    service: Made
    group_id: str
    zone: str
    """The part that is the private zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLog:
    """The log of a virtual network's flows, kept in a storage account and written by an identity without a secret.

    Both lie in a group of their own, outside the one in which the vendor's machine works.
    """

    name: str
    azure_name: str
    watcher_group: str
    watcher: str
    group: ResourceGroup
    storage: Storage
    identity: str
    identity_name: str
    assignment: str
    retention_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    """A public load balancer by which the control plane calls in; whoever runs the data plane registers members.

    What is called on `port` comes to the nodes on `node_port`, of the ports that Kubernetes gives out.
    """

    name: str
    azure_name: str
    address: str
    address_name: str
    callers: tuple[str, ...]
    port: int = 443
    node_port: int = 30443


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkPlan:
    """A virtual network and what stands in it, or what is added to one that is brought (`made` is false).

    `ids` are the network and its subnets by kind: what is handed over.
    """

    made: bool
    vnet: Any
    azure_name: str
    cidrs: tuple[str, ...]
    ids: dict[str, Any]
    groups: tuple[SecurityGroup, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    egress: Egress
    peerings: tuple[Peering, ...] = ()
    zones: tuple[PrivateZone, ...] = ()
    endpoints: tuple[PrivateEndpoint, ...] = ()
    endpoint_subnet: Any = None
    flow_log: FlowLog | None = None
    load_balancer: LoadBalancer | None = None


def network(installation: Installation, services: Services, paths: tuple[Path, ...]) -> NetworkPlan:
    """The network an installation asks for."""
    azure = installation.azure
    assert azure
    existing = azure.vnet.existing
    if existing:
        ids = {"Vnet": existing.vnet, "Node": existing.node_subnet, "Pod": existing.pod_subnet,
               "PrivateEndpoint": existing.private_endpoint_subnet}
        return NetworkPlan(
            made=False, vnet=existing.vnet, azure_name=existing.vnet.rpartition("/")[2], cidrs=existing.cidrs,
            ids={kind: value for kind, value in ids.items() if value}, egress=Egress(kind="yours"),
            zones=_zones(installation, services), endpoints=_endpoints(installation, services),
            endpoint_subnet=existing.private_endpoint_subnet)
    way = egress(installation, paths)
    balancer = _load_balancer(installation) if azure.vnet.inbound == "load-balancer" else None
    subnets = _subnets(installation, way)
    made = {subnet.kind: Made(name=subnet.name) for subnet in subnets if subnet.kind != "Firewall"}
    return NetworkPlan(
        made=True, vnet=Made(name="Vnet"), azure_name=names.resource(installation),
        cidrs=(installation.network.cidr, installation.network.pod_cidr), ids={"Vnet": Made(name="Vnet"), **made},
        groups=(_workloads(installation, paths, balancer), _private_endpoints(installation)), subnets=subnets,
        egress=way, peerings=_peerings(installation), zones=_zones(installation, services),
        endpoints=_endpoints(installation, services), endpoint_subnet=Made(name="PrivateEndpointSubnet"),
        flow_log=_flow_log(installation), load_balancer=balancer)


def accounting(cidr: str) -> dict[str, IPv4Network]:
    """Every part of a primary block by its kind, without gap or overlap: several eighths are one block."""
    eighths = list(IPv4Network(cidr).subnets(prefixlen_diff=3))
    return {kind: eighths[first].supernet(prefixlen_diff=count.bit_length() - 1)
            for kind, (first, count) in _EIGHTHS.items()}


def usable(cidr: str) -> int:
    """How many addresses of a subnet are for use: all but the five that Azure keeps."""
    return max(IPv4Network(cidr).num_addresses - RESERVED, 0)


def _subnets(installation: Installation, way: Egress) -> tuple[Subnet, ...]:
    parts = {kind: str(block) for kind, block in accounting(installation.network.cidr).items()}
    parts["Pod"] = installation.network.pod_cidr
    table, nat = way.table, way.nat.name if way.nat else None

    def subnet(kind: str, azure_name: str, **more: Any) -> Subnet:
        return Subnet(name=f"{kind}Subnet", kind=kind, azure_name=azure_name, cidr=parts[kind], **more)

    outward: dict[str, Any] = {"group": "WorkloadGroup", "table": table.name if table else None, "nat": nat}
    found = [subnet("Node", "node", **outward), subnet("Pod", "pod", **outward),
             subnet("PrivateEndpoint", "private-endpoint", group="PrivateEndpointGroup")]
    return (*found, *([subnet("Firewall", FIREWALL_SUBNET)] if way.firewall else []))


def _workloads(installation: Installation, paths: tuple[Path, ...], balancer: LoadBalancer | None) -> SecurityGroup:
    """What nodes and pods may: speak to each other and to private endpoints, and leave by the agreed ports."""
    own = (installation.network.cidr, installation.network.pod_cidr)
    rules = [
        Rule(azure_name="own-in", priority=OWN, inbound=True, allow=True, sources=own, destinations=own,
             why="Nodes, pods and private endpoints speak to each other."),
        Rule(azure_name="probes-in", priority=PROBES, inbound=True, allow=True, sources=("AzureLoadBalancer",),
             why="Health probes of load balancers."),
        Rule(azure_name="own-out", priority=OWN, inbound=False, allow=True, sources=own, destinations=own,
             why="Nodes, pods and private endpoints speak to each other."),
    ]
    if balancer:
        rules.append(Rule(azure_name="control-plane-in", priority=200, inbound=True, allow=True, protocol="Tcp",
                          sources=balancer.callers, ports=(str(balancer.node_port),),
                          why="The control plane calls the data plane, from its own addresses only."))
    rules += _outward(paths)
    return SecurityGroup(name="WorkloadGroup", azure_name=names.resource(installation, "workloads"),
                         rules=(*rules, *_denied()))


def _outward(paths: tuple[Path, ...]) -> list[Rule]:
    """A rule for each port and kind of destination that the outbound table has; names are the firewall's matter."""
    kept: dict[tuple[str, str, int], set[str]] = {}
    for path in paths:
        where = "Internet" if path.kind == "name" else path.destination
        kept.setdefault((where, path.protocol, path.port), set()).add(path.component)
    return [Rule(azure_name=_called(protocol, port, where), priority=200 + number, inbound=False, allow=True,
                 protocol=protocol.capitalize(), destinations=(where,), ports=(str(port),),
                 why=f"{protocol} {port} of the outbound table, for {len(components)} of its components.")
            for number, ((where, protocol, port), components) in enumerate(sorted(kept.items()))]


def _called(protocol: str, port: int, where: str) -> str:
    """The name of a rule, which says what it does: `out-tcp-443-internet`."""
    return f"out-{protocol}-{port}-{where}".lower().replace("/", "-")


def _private_endpoints(installation: Installation) -> SecurityGroup:
    own = (installation.network.cidr, installation.network.pod_cidr)
    rule = Rule(azure_name="own-in", priority=OWN, inbound=True, allow=True, protocol="Tcp", sources=own,
                ports=("443",), why="Nodes and pods reach services by their private endpoints.")
    return SecurityGroup(name="PrivateEndpointGroup", azure_name=names.resource(installation, "private-endpoints"),
                         rules=(rule, *_denied()))


def _denied() -> tuple[Rule, ...]:
    return tuple(Rule(azure_name=f"deny-{way}", priority=DENY_REST, inbound=inbound, allow=False,
                      why="Azure's own rules would allow more: peers, and all of the internet outwards.")
                 for way, inbound in (("in", True), ("out", False)))


def _peerings(installation: Installation) -> tuple[Peering, ...]:
    azure = installation.azure
    hub = azure.vnet.hub if azure else None
    if not hub:
        return ()
    _, _, subscription, _, group, *_, vnet = hub.vnet.split("/")
    own = names.resource(installation)
    return (Peering(name="PeeringToHub", azure_name=f"{own}-to-hub", subscription="${SubscriptionId}", group=own,
                    vnet=own, remote=hub.vnet, from_hub=False),
            Peering(name="PeeringFromHub", azure_name=f"to-{names.wide(installation)}", subscription=subscription,
                    group=group, vnet=vnet, remote=Made(name="Vnet"), from_hub=True))


def _zones(installation: Installation, services: Services) -> tuple[PrivateZone, ...]:
    azure = installation.azure
    assert azure
    central, brought = azure.vnet.private_dns_zones, azure.vnet.existing is not None
    return tuple(PrivateZone(
        name=f"{service.name}Zone", azure_name=service.zone, zone_id=central.get(service.zone),
        link=None if brought and service.zone in central else names.wide(installation))
        for service in services.private())


def _endpoints(installation: Installation, services: Services) -> tuple[PrivateEndpoint, ...]:
    return tuple(PrivateEndpoint(
        name=f"{service.name}Endpoint", azure_name=names.resource(installation, service.group_id),
        service=Made(name=service.name), group_id=service.group_id, zone=f"{service.name}Zone")
        for service in services.private())


def _flow_log(installation: Installation) -> FlowLog:
    storage = Storage(name="FlowLogStorage", azure_name=names.shared(installation, "cvyflow"),
                      why="The log of the network's flows.")
    group = ResourceGroup(name="FlowLogGroup", azure_name=names.resource(installation, "flow-log"),
                          region=installation.region, why="What the vendor's machine does not reach.")
    return FlowLog(
        name="FlowLog", group=group, storage=storage, azure_name=names.resource(installation),
        watcher_group="NetworkWatcherRG",
        watcher=f"NetworkWatcher_{installation.region}", identity="FlowLogIdentity",
        identity_name=names.resource(installation, "flow-log"),
        assignment=names.role_assignment(installation, "FlowLogRole", "Storage Blob Data Contributor"))


def _load_balancer(installation: Installation) -> LoadBalancer:
    azure = installation.azure
    assert azure
    return LoadBalancer(name="LoadBalancer", azure_name=names.resource(installation), address="LoadBalancerAddress",
                        address_name=names.resource(installation, "inbound"), callers=azure.control_plane.cidrs)
