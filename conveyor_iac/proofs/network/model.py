"""What a network is made of, as far as a packet's way and an endpoint's door depend on it.

Knows nouns only, each by its name; an adapter reads them out of a template. A block of addresses that is decided at
deployment is a `Text` with its unknowns in it. Nothing here knows CloudFormation or Pulumi.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

from conveyor_iac.proofs.text import Text

Address = IPv4Address | IPv6Address
Cidr = IPv4Network | IPv6Network
Block = Cidr | Text


class Kind(StrEnum):
    """What a route points at."""

    INTERNET = "internet gateway"
    EGRESS_ONLY = "egress-only internet gateway"
    CARRIER = "carrier gateway"
    NAT = "NAT gateway"
    FIREWALL = "firewall endpoint"
    LOCAL = "the VPC itself"
    NOTHING = "nothing"
    APPLIANCE = "endpoint of an appliance"
    TRANSIT = "transit gateway"
    PEERING = "VPC peering connection"
    VPN = "virtual private gateway"
    INSTANCE = "instance"
    INTERFACE = "network interface"
    OUTPOST = "local gateway of an Outpost"
    CORE = "core network"
    UNCLEAR = "target that the template does not tell"


OUTSIDE = frozenset({Kind.INTERNET, Kind.EGRESS_ONLY, Kind.CARRIER})
"""Beyond these is the internet."""
INSIDE = frozenset({Kind.LOCAL, Kind.NOTHING})
"""A packet that goes here has not left."""
OWN_NETWORKS = frozenset({Kind.TRANSIT, Kind.PEERING, Kind.VPN, Kind.OUTPOST, Kind.CORE})
"""Beyond these are other networks, which may be the customer's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The one thing a route points at."""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Where a table sends the addresses of some blocks; `listed` when they come from a prefix list."""

    name: str
    destinations: tuple[Block, ...]
    target: Target
    listed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A route table; not `known` when it may have routes that the template does not show."""

    name: str
    vpc: str
    routes: tuple[Route, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet: its VPC, the tables it is associated with (none: the VPC's main table), its blocks and its zone.

    `base` is the block that its own was cut from, where the template cuts it.
    """

    name: str
    vpc: str
    tables: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    base: Block | None = None
    zone: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """A VPC: its blocks, and whether it answers private names; `resolves` is None when the template does not tell."""

    name: str
    blocks: tuple[Block, ...] = ()
    resolves: bool | None = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Nat:
    """A NAT gateway: where it stands (`None`: in the VPC as a whole, with a way out of its own), and whether it has
    public addresses."""

    name: str
    subnet: str | None
    public: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallEndpoint:
    """A firewall's door in one of these subnets; `firewall` names the firewall."""

    name: str
    firewall: str
    subnets: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Everything of the network that one template makes in one world.

    `edges` are the tables of gateways, for what comes in; `strays` are tables that may be any subnet's own, whatever
    the template says; `unclear` says why no answer can be trusted.
    """

    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    subnets: Mapping[str, Subnet] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    nats: Mapping[str, Nat] = field(default_factory=dict)
    endpoints: Mapping[str, FirewallEndpoint] = field(default_factory=dict)
    edges: Mapping[str, str] = field(default_factory=dict)
    strays: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
