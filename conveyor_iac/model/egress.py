"""Ways out of a VPC, and what holds them: NAT, the network firewall, the DNS firewall.

A shared data plane has NAT gateways. A private or dedicated one has no way out but, where the file asks for it, one:
nodes through a firewall that passes TLS to exactly the names of Cognito, and then NAT. Pods never route out by
themselves. An allow list of names (SNI) keeps honest software in; a hostile workload can write any name it likes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Network
from typing import Any

from conveyor_iac.model import catalogue, names
from conveyor_iac.model.network import Route, Space
from conveyor_iac.model.placeholders import Either, Made, every

EVERYWHERE = "0.0.0.0/0"
EVERYWHERE_IPV6 = "::/0"

COGNITO = {"data": ("cognito-idp",), "control": ("cognito-idp", "cognito-identity")}
"""The services of Cognito a plane speaks to: a data plane checks tokens, a control plane also hands out identities."""

RESOLVED = (
    "*.compute.internal", "*.ec2.internal", "*.vpce.${AWS::URLSuffix}",
    "*.elb.${AWS::Region}.${AWS::URLSuffix}", "*.eks.${AWS::URLSuffix}",
)
"""Names inside the network that the VPC's resolver or AWS answers: machines, endpoints, load balancers, EKS."""

CAPACITY = 100
"""Of each rule group of a firewall, fixed when it is made: our rules take about one each."""

GROUPS = {"Protocols": "Drops every protocol but TCP, and TCP to every port but 443.",
          "Names": "Passes TLS to the names of Cognito."}
"""The rule groups of a firewall in their order, and what each is for."""

DROPPED: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    ("IP", "ANY", (("ip_proto", "!TCP"),)), ("TCP", "1:442", ()), ("TCP", "444:65535", ()))
"""What a firewall drops whatever the name: the protocol, the ports, and options beside the rule's number."""

LAST_ACTIONS = ("aws:drop_established_app_layer_to_server", "aws:alert_established_app_layer_to_server")
"""Drop, and tell of, what no rule passes once a connection stands and its protocol is known, towards the server.

AWS's own default since June 2026: plain `aws:drop_established` also drops a TLS greeting in two packets, which a
post-quantum key share makes of it, before any name could be read.
https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html
"""

WAY_OUT = {names.TENANT_TAG: names.OUTSIDE}
"""The tags of subnets with a way out of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InternetGateway:
    """The VPC's internet gateway, attached to it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressOnlyGateway:
    """The VPC's way out for IPv6, which lets nothing in."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway:
    """A NAT gateway with an address of its own, in a public subnet."""

    name: str
    subnet: Made


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """A policy that passes TLS on 443 to the allowed names and nothing else, and a firewall with it in each zone.

    `home` is every block whose traffic is judged; `zones` are the firewalls; `resource_name` begins the names of all.
    One firewall has one endpoint, because the endpoints of a firewall in several zones come in no fixed order, and an
    endpoint association stands only in a zone where the firewall has a subnet already.
    """

    name: str
    resource_name: str
    home: tuple[Any, ...]
    allowed: tuple[str, ...]
    zones: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ZoneFirewall:
    """The firewall of one zone, with its one endpoint."""

    name: str
    resource_name: str
    subnet: Made


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsFirewall:
    """A DNS firewall: the names that may be asked for; every other question is answered with nothing."""

    name: str
    resource_name: str
    allowed: tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """What a way out consists of: gateways, NAT, firewall, its subnets and routes."""

    subnets: tuple[Any, ...] = ()
    routes: tuple[Any, ...] = ()
    gateway: Any = None
    nats: tuple[Any, ...] = ()
    firewall: Any = None
    egress_only: EgressOnlyGateway | None = None

    @property
    def gateway_name(self) -> str:
        """The name of the internet gateway, whatever it stands behind."""
        return str(every(self.gateway)[0].name)


def internet(space: Space) -> Egress:
    """The way out of a shared data plane: nodes through NAT, one per zone or a single one, as the switch says."""
    subnets = space.subnets("Public", one_table=False, tags={"kubernetes.io/role/elb": "1", **WAY_OUT})

    def node_route(zone: int) -> Route:
        own = Made(name=space.name("NatGateway", zone))
        target = Either(switch="NatPerZone", yes=own, no=Made(name=space.name("NatGateway", 0))) if zone else own
        return Route(name=space.name("NodeDefaultRoute", zone), table=space.name("NodeRouteTable", zone),
                     destination=EVERYWHERE, target=target, by="nat")

    nats = tuple(part if zone == 0 else Either(switch="NatPerZone", yes=part)
                 for zone, part in enumerate(space.zonal(lambda zone: _nat(space, zone))))
    routes = (*space.zonal(lambda zone: _public_route(space, zone)), *space.zonal(node_route))
    if not space.ipv6:
        return Egress(subnets=subnets, routes=routes, gateway=_gateway(space), nats=nats)
    out = EgressOnlyGateway(name=space.name("EgressOnlyGateway"))
    return Egress(subnets=subnets, routes=(*routes, *space.zonal(partial(_ipv6_route, space))), nats=nats,
                  gateway=_gateway(space), egress_only=out)


def cognito_only(space: Space, allowed: tuple[str, ...], switch: str) -> Egress:
    """The one way out of a data plane without internet: nodes, firewall, NAT, in each zone there and back alike.

    Return traffic takes the same firewall endpoint: the public subnet's table knows the way back to the nodes of its
    zone through it. Everything stands behind the switch.
    """
    subnets = (*space.subnets("Public", one_table=False, switch=switch, tags=WAY_OUT),
               *space.subnets("Firewall", one_table=False, switch=switch, tags=WAY_OUT))
    kinds = (_public_route, _node_to_firewall, _firewall_to_nat, _back_to_firewall)
    routes = tuple(route for make in kinds for route in space.zonal(partial(make, space), switch))
    nats = space.zonal(lambda zone: _nat(space, zone), switch)
    return Egress(subnets=subnets, routes=routes, gateway=Either(switch=switch, yes=_gateway(space)), nats=nats,
                  firewall=Either(switch=switch, yes=_firewall(space, allowed)))


def dns_firewall(space: Space, allowed: Iterable[Any]) -> DnsFirewall:
    """The DNS firewall of a VPC; the VPC's resolver forwards public names whatever the routes say."""
    return DnsFirewall(name=space.name("DnsFirewall"), resource_name=names.resource_name(space.prefix, "dns"),
                       allowed=(*RESOLVED, *allowed))


def reverse_names(blocks: Iterable[str]) -> tuple[str, ...]:
    """The reverse names of blocks, whole bytes each: one for each /8, or for each /16 that a block is in or holds."""
    names_of = (f"*.{'.'.join(reversed(str(part).split('.')[:length // 8]))}.in-addr.arpa"
                for block in map(IPv4Network, blocks) for length in [8 if block.prefixlen <= 8 else 16]
                for part in _bytewise(block, length))
    return tuple(dict.fromkeys(names_of))


def every_reverse() -> tuple[str, ...]:
    """The reverse names of all addresses for private use, for a VPC whose blocks are not known yet."""
    return reverse_names(row.block for row in catalogue.reverse())


def _bytewise(block: IPv4Network, length: int) -> Iterable[IPv4Network]:
    """The blocks of this prefix length that a block is in, or holds."""
    return block.subnets(new_prefix=length) if block.prefixlen < length else [block.supernet(new_prefix=length)]


def _gateway(space: Space) -> InternetGateway:
    return InternetGateway(name=space.name("InternetGateway"))


def _nat(space: Space, zone: int) -> NatGateway:
    return NatGateway(name=space.name("NatGateway", zone), subnet=Made(name=space.name("PublicSubnet", zone)))


def _firewall(space: Space, allowed: tuple[str, ...]) -> Firewall:
    name = names.resource_name(space.prefix, "firewall")

    def of_zone(zone: int) -> ZoneFirewall:
        return ZoneFirewall(name=space.name("Firewall", zone), resource_name=f"{name}-{zone + 1}",
                            subnet=Made(name=space.name("FirewallSubnet", zone)))

    return Firewall(name=space.name("Firewall"), resource_name=name, home=space.cidrs, allowed=allowed,
                    zones=space.zonal(of_zone))


def _endpoint(space: Space, zone: int) -> Made:
    """What a route to the firewall's endpoint of a zone points at."""
    return Made(name=space.name("Firewall", zone), attribute="EndpointIds")


def _public_route(space: Space, zone: int) -> Route:
    return Route(name=space.name("PublicDefaultRoute", zone), table=space.name("PublicRouteTable", zone),
                 destination=EVERYWHERE, target=Made(name=space.name("InternetGateway")), by="gateway")


def _ipv6_route(space: Space, zone: int) -> Route:
    return Route(name=space.name("NodeIpv6Route", zone), table=space.name("NodeRouteTable", zone),
                 destination=EVERYWHERE_IPV6, target=Made(name=space.name("EgressOnlyGateway")), by="egress-only")


def _node_to_firewall(space: Space, zone: int) -> Route:
    return Route(name=space.name("NodeDefaultRoute", zone), table=space.name("NodeRouteTable", zone),
                 destination=EVERYWHERE, target=_endpoint(space, zone), by="endpoint")


def _firewall_to_nat(space: Space, zone: int) -> Route:
    return Route(name=space.name("FirewallDefaultRoute", zone), table=space.name("FirewallRouteTable", zone),
                 destination=EVERYWHERE, target=Made(name=space.name("NatGateway", zone)), by="nat")


def _back_to_firewall(space: Space, zone: int) -> Route:
    return Route(name=space.name("NodeReturnRoute", zone), table=space.name("PublicRouteTable", zone),
                 destination=space.subnet_cidr("Node", zone), target=_endpoint(space, zone), by="endpoint",
                 after=space.name("NodeSubnet", zone))
