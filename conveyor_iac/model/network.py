"""The address plan of a VPC and what stands in it: subnets, route tables, routes, security groups.

Nouns and where they lie; no engine, no user's words (what a block must be is in `addresses.py`). The plan divides the
primary block into eighths: one for the nodes of each of four zones, one for public, one for endpoint and one for
firewall subnets (each in four, one per zone), and one kept in reserve. The pod block is divided into four. Every kind
has its four slots from the first deploy, so that neither a further zone nor another way out moves what stands.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from typing import Any

from conveyor_iac.model.placeholders import Either, Made, Slice

MOST_ZONES = 4
"""How many zones a plan has slots for."""
WIDEST, NARROWEST = 16, 21
"""The prefix lengths a VPC's primary block may have: AWS allows /16 to /28; below /21 a node subnet is no /24."""
NARROWEST_PODS = 22
"""The longest prefix of a pod block: a pod subnet is a /24 then."""

_EIGHTHS = {"Public": 4, "Endpoint": 5, "Firewall": 6, "Reserve": 7}
"""Which eighth of the primary block a kind has; the nodes of zone n have eighth n."""
_IPV6_SLOTS = ("Node", "Pod", "Public", "Endpoint", "Firewall")
"""The order of the kinds in the IPv6 block."""
ZONE_SWITCHES = ("", "", "HasThirdZone", "HasFourthZone")
"""The switch that says whether there is a zone of that number; two are always there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet of one kind (Public, Node, Pod, Endpoint, Firewall) in one zone, counted from 0."""

    name: str
    kind: str
    zone: int
    cidr: Any
    table: str
    tags: Mapping[str, str] = field(default_factory=dict)
    ipv6: Any = None
    """Its part of the VPC's IPv6 block, a /64, where the VPC has one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of a table; `by` says what kind of thing its target is: gateway, nat, endpoint or egress-only."""

    name: str
    table: str
    destination: Any
    target: Any
    by: str
    after: str = ""
    """What must stand before it, where nothing in it refers to that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a security group: one protocol, one span of ports, one CIDR."""

    cidr: Any
    first: Any
    last: Any
    why: str
    protocol: str = "tcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroup:
    """A security group. No egress rule means that nothing may leave: EC2's own default, everything, never stands."""

    name: str
    purpose: str
    ingress: tuple[Any, ...] = ()
    egress: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Vpc:
    """A VPC with its primary block, the secondary one for pods, and perhaps an IPv6 block that AWS chooses, a /56.

    Both DNS attributes are on, for private DNS.
    """

    name: str
    cidr: str
    pod_cidr: str | None
    ipv6: bool = False

    @property
    def pod_block(self) -> str:
        """The name of the secondary block as a part of its own."""
        return f"{self.name}PodCidr"

    @property
    def ipv6_block(self) -> str:
        """The name of the IPv6 block as a part of its own."""
        return f"{self.name}Ipv6Cidr"


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A value a stack hands out: a text, what something is called in the cloud, or several of these, joined."""

    name: str
    value: Any
    why: str
    joiner: str = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The addresses of one VPC as its stack knows them: blocks that may be placeholders, and the rows of the plan."""

    prefix: str = ""
    cidr: str = "${VpcCidr}"
    pod_cidr: str | None = "${PodCidr}"
    sized_by: str = "AddressPlan"
    most_zones: int = MOST_ZONES
    ipv6: bool = False

    @property
    def cidrs(self) -> tuple[Any, ...]:
        """Every block of the VPC: what a rule must name to mean the whole VPC, pods included."""
        pods, ipv6 = (self.pod_cidr,) if self.pod_cidr else (), (self.ipv6_cidr,) if self.ipv6 else ()
        return (self.cidr, *pods, *ipv6)

    @property
    def ipv6_cidr(self) -> Made:
        """The VPC's IPv6 block."""
        return Made(name=self.name("Vpc"), attribute="Ipv6CidrBlocks")

    def subnet_ipv6(self, kind: str, zone: int) -> Slice | None:
        """The IPv6 block of the subnet of a kind in a zone, where the VPC has one: every kind has its four slots."""
        if not self.ipv6:
            return None
        return Slice(of=self.ipv6_cidr, index=MOST_ZONES * _IPV6_SLOTS.index(kind) + zone, count=32, bits="64")

    def eighth(self, index: int) -> Slice:
        """An eighth of the primary block."""
        return Slice(of=self.cidr, index=index, count=8, bits="Eighth", sized_by=self.sized_by)

    def subnet_cidr(self, kind: str, zone: int) -> Slice:
        """The block of the subnet of a kind in a zone."""
        if kind == "Node":
            return self.eighth(zone)
        if kind == "Pod":
            return Slice(of=self.pod_cidr, index=zone, count=4, bits="14")
        return Slice(of=self.eighth(_EIGHTHS[kind]), index=zone, count=4, bits="Part", sized_by=self.sized_by)

    def name(self, kind: str, number: int | None = None) -> str:
        """The name of a part: the VPC's prefix, what it is, and its zone counted from 1 where it has one."""
        return f"{self.prefix}{kind}{'' if number is None else number + 1}"

    def zonal(self, make: Callable[[int], Any], switch: str = "") -> tuple[Any, ...]:
        """One part per zone, those of the third and fourth behind the switch that says whether there is such a zone.

        With a `switch` of their own they stand behind that too.
        """
        parts = (in_zone(zone, make(zone)) for zone in range(self.most_zones))
        return tuple(Either(switch=switch, yes=part) if switch else part for part in parts)

    def subnets(self, kind: str, *, one_table: bool, switch: str = "", tags: Mapping[str, str] | None = None
                ) -> tuple[Any, ...]:
        """The subnets of a kind, with one route table for all of them or one for each."""

        def make(zone: int) -> Subnet:
            table = self.name(f"{kind}RouteTable", None if one_table else zone)
            return Subnet(name=self.name(f"{kind}Subnet", zone), kind=kind, zone=zone, table=table, tags=tags or {},
                          cidr=self.subnet_cidr(kind, zone), ipv6=self.subnet_ipv6(kind, zone))

        return self.zonal(make, switch)

    def subnet_ids(self, kind: str, zones: Iterable[int] | None = None) -> tuple[Any, ...]:
        """The ids of the subnets of a kind, in all zones or some."""
        wanted = range(self.most_zones) if zones is None else zones
        return tuple(in_zone(zone, Made(name=self.name(f"{kind}Subnet", zone))) for zone in wanted)


def in_zone(zone: int, value: Any) -> Any:
    """The value where there is a zone of that number."""
    return Either(switch=ZONE_SWITCHES[zone], yes=value) if ZONE_SWITCHES[zone] else value


def rule_for(cidr: Any, port: Any, why: str) -> Any:
    """A rule for one port of TCP and one block, which may stand behind a switch."""
    if isinstance(cidr, Either):
        return Either(switch=cidr.switch, yes=rule_for(cidr.yes, port, why))
    return Rule(cidr=cidr, first=port, last=port, why=why)


def accounting(cidr: str) -> dict[str, IPv4Network]:
    """Every part of a primary block by its name, without gap or overlap: subnets of four zones and the reserve."""
    block = IPv4Network(cidr)
    eighths = list(block.subnets(prefixlen_diff=3))
    parts = {f"Node{zone + 1}": eighths[zone] for zone in range(MOST_ZONES)}
    for kind, eighth in _EIGHTHS.items():
        quarters = [eighths[eighth]] if kind == "Reserve" else eighths[eighth].subnets(prefixlen_diff=2)
        parts |= {f"{kind}{number}": quarter for number, quarter in enumerate(quarters, 1)}
    return parts


def pod_subnets(pod_cidr: str) -> dict[str, IPv4Network]:
    """Every part of a pod block by its name."""
    return {f"Pod{number}": part for number, part in enumerate(IPv4Network(pod_cidr).subnets(prefixlen_diff=2), 1)}


def bits(prefix_length: int) -> dict[str, int]:
    """The host bits of the parts of a primary block: the rows of the address plan's table in published templates."""
    return {"Eighth": 32 - prefix_length - 3, "Part": 32 - prefix_length - 5}
