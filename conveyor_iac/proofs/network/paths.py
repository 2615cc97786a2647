"""Where a packet can go from a subnet, table by table, until it is out, held back, or out of sight.

Knows how AWS routes: the VPC's own addresses first, then the longest match; NAT gateways and firewalls take a packet
on by the table of the subnet they stand in. Where the template leaves a choice open, every choice is followed, and
the walk says that it is not certain. Security groups and network ACLs are no walls here: a proof does not need them.
Source: https://docs.aws.amazon.com/vpc/latest/userguide/route-tables-priority.html.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from conveyor_iac.proofs.network.model import INSIDE, OUTSIDE, OWN_NETWORKS, Address, Cidr, Kind, Network, Route, Table
from conveyor_iac.proofs.network.pieces import NAT64, embedded
from conveyor_iac.proofs.text import Text

MOST_WALKS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One route taken: of which table, and what it leads to."""

    table: str
    route: str
    kind: Kind
    to: str

    def __str__(self) -> str:
        return f"{self.table}: {self.route} to {self.kind} {self.to}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A packet's way. `out`: True when it leaves for the internet, None when nobody can say, False when it does not.

    Not `certain` when the way depends on something that is decided at deployment.
    """

    subnet: str
    address: Address
    hops: tuple[Hop, ...] = ()
    out: bool | None = False
    reason: str = ""
    certain: bool = True

    @property
    def firewalls(self) -> tuple[str, ...]:
        """The firewall endpoints it passes."""
        return tuple(hop.to for hop in self.hops if hop.kind is Kind.FIREWALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Packet:
    """A packet on its way: where to, and whether the last NAT gateway gave it a private source."""

    address: Address
    masked: bool = False
    seen: frozenset[tuple[str, Address]] = frozenset()
    hops: tuple[Hop, ...] = ()
    certain: bool = True


class Walks:
    """The ways of one network; `trusted` are the blocks of the customer's own other networks."""

    def __init__(self, network: Network, trusted: tuple[Cidr, ...] = ()) -> None:
        self._network = network
        self._trusted = trusted
        self._indexes: dict[str, _Index] = {}
        self._kept: dict[tuple[tuple[str, ...], str, Address], tuple[Walk, ...]] = {}

    def of(self, subnet: str, address: Address) -> tuple[Walk, ...]:
        """Every way from a subnet to an address."""
        found = self._network.subnets.get(subnet)
        key = (found.tables if found else (), found.vpc if found else subnet, address)
        if key not in self._kept:
            ways: list[Walk] = []
            for walk in self._leave(subnet, _Packet(address=address)):
                ways.append(walk)
                if len(ways) > MOST_WALKS:
                    ways = [_end(_Packet(address=address), None, f"more than {MOST_WALKS} ways lead to {address}")]
                    break
            self._kept[key] = tuple(ways)
        return tuple(replace(walk, subnet=subnet, address=address) for walk in self._kept[key])

    def _leave(self, subnet: str, packet: _Packet) -> Iterator[Walk]:
        """The packet leaves a subnet by the table or tables it is associated with."""
        found = self._network.subnets.get(subnet)
        if found is None:
            yield _end(packet, None, f"the route table of {subnet} is not in the template")
            return
        yield from self._astray(packet)
        if not found.tables:
            if found.vpc in self._network.vpcs:
                yield _end(packet, False, f"{subnet} has the main table of {found.vpc}, which has no route out")
            else:
                yield _end(packet, None, f"{subnet} has the main table of {found.vpc}, which is not in the template")
            return
        if len(found.tables) > 1:
            yield _end(packet, None, f"{subnet} is associated with {len(found.tables)} route tables")
            packet = replace(packet, certain=False)
        for table in found.tables:
            yield from self._follow(table, packet)

    def _astray(self, packet: _Packet) -> Iterator[Walk]:
        """The packet takes a route of a table that nobody can tell from the subnet's own."""
        for name in self._network.strays:
            table = self._network.tables.get(name)
            for route, _ in _taken(self._index(table), packet.address) if table else ():
                if not self._stays(route.target.kind, packet.address):
                    yield _end(packet, None, f"{name} may be the subnet's own table, and {route.name} leads to "
                                             f"{route.target.kind} {route.target.name}")

    def _stays(self, kind: Kind, address: Address) -> bool:
        return kind in INSIDE or (kind in OWN_NETWORKS and any(address in block for block in self._trusted))

    def _index(self, table: Table) -> "_Index":
        if table.name not in self._indexes:
            self._indexes[table.name] = _Index(table)
        return self._indexes[table.name]

    def _follow(self, name: str, packet: _Packet) -> Iterator[Walk]:
        """The packet takes every route of a table that it may take."""
        if (name, packet.address) in packet.seen:
            yield _end(packet, False, f"it goes in circles at {name}")
            return
        packet = replace(packet, seen=packet.seen | {(name, packet.address)})
        table = self._network.tables.get(name)
        if table is None or not table.known:
            yield _end(packet, None, f"the routes of {name} are not all in the template")
        if table is None:
            return
        vpc = self._network.vpcs.get(table.vpc)
        if vpc and any(not isinstance(block, Text) and packet.address in block for block in vpc.blocks):
            yield _end(packet, False, f"it stays in {table.vpc}")
            return
        chosen = list(_taken(self._index(table), packet.address))
        if not any(certain for _, certain in chosen):
            yield _end(packet, False, f"{name} has no route for it")
        twice = [route for route, certain in chosen if not certain and not _is_open(route)]
        if twice:
            told = " and ".join(sorted(route.name for route in twice))
            yield _end(packet, None, f"which of {told} comes first in {name} is not defined")
        for route, certain in chosen:
            hop = Hop(table=name, route=route.name, kind=route.target.kind, to=route.target.name)
            yield from self._go(replace(packet, hops=(*packet.hops, hop), certain=packet.certain and certain), hop)

    def _go(self, packet: _Packet, hop: Hop) -> Iterator[Walk]:
        if hop.kind in INSIDE:
            yield _end(packet, False, f"it ends at {hop.kind}")
        elif hop.kind in OUTSIDE and packet.masked:
            yield _end(packet, False, "an internet gateway drops what a NAT gateway without public addresses sends")
        elif hop.kind in OUTSIDE:
            yield _end(packet, True, f"{hop.kind} {hop.to} leads to the internet")
        elif hop.kind is Kind.NAT:
            yield from self._through_nat(packet, hop.to)
        elif hop.kind is Kind.FIREWALL:
            yield from self._through_firewall(packet, hop.to)
        elif hop.kind in OWN_NETWORKS and any(packet.address in block for block in self._trusted):
            yield _end(packet, False, f"{packet.address} is in a network that the contract trusts")
        else:
            yield _end(packet, None, f"what lies beyond {hop.kind} {hop.to} is not in the template")

    def _through_nat(self, packet: _Packet, name: str) -> Iterator[Walk]:
        nat = self._network.nats.get(name)
        if nat is None:
            yield _end(packet, None, f"where NAT gateway {name} leads is not in the template")
            return
        address = translated(packet.address)
        if address is None:
            yield _end(packet, False, "a NAT gateway does not carry IPv6 but for 64:ff9b::/96")
            return
        packet = replace(packet, address=address, masked=not nat.public)
        if nat.subnet is None:
            yield _end(packet, nat.public, f"regional NAT gateway {name} has a way out of its own")
        else:
            yield from self._leave(nat.subnet, packet)

    def _through_firewall(self, packet: _Packet, name: str) -> Iterator[Walk]:
        endpoint = self._network.endpoints.get(name)
        if endpoint is None or not endpoint.subnets:
            yield _end(packet, None, f"where firewall endpoint {name} stands is not in the template")
            return
        if len(endpoint.subnets) > 1:
            packet = replace(packet, certain=False)
        for subnet in endpoint.subnets:
            yield from self._leave(subnet, packet)


def translated(address: Address) -> IPv4Address | None:
    """The IPv4 address a NAT gateway sends a packet to; nothing for an IPv6 address that stands for none."""
    if isinstance(address, IPv4Address):
        return address
    return embedded(address) if address in NAT64 else None


class _Index:
    """The routes of one table by the length and the leading bits of their blocks."""

    def __init__(self, table: Table) -> None:
        self.open = tuple(route for route in table.routes if _is_open(route))
        self._fixed: dict[tuple[int, int], dict[int, list[Route]]] = {}
        self._listed: list[Route] = []
        for route in table.routes:
            if route.listed:
                self._listed.append(route)
                continue
            for block in route.destinations:
                if not isinstance(block, Text):
                    shift = block.max_prefixlen - block.prefixlen
                    rows = self._fixed.setdefault((block.prefixlen, block.version), {})
                    rows.setdefault(int(block.network_address) >> shift, []).append(route)
        self._lengths = sorted(self._fixed, reverse=True)

    def longest(self, address: Address) -> list[Route]:
        """The routes of the longest match; several when a table has one block twice."""
        for length, version in self._lengths:
            if version == address.version:
                found = self._fixed[length, version].get(int(address) >> (address.max_prefixlen - length))
                if found:
                    return list(dict.fromkeys(found))
        return []

    def listing(self, address: Address) -> list[Route]:
        """The routes whose prefix list holds an address."""
        return [route for route in self._listed
                if any(not isinstance(block, Text) and address in block for block in route.destinations)]


def _taken(index: _Index, address: Address) -> Iterator[tuple[Route, bool]]:
    """The routes that may take an address, and whether each certainly does as far as the others let it."""
    for route in index.open:
        yield route, False
    chosen = [*index.longest(address), *index.listing(address)]
    for route in chosen:
        yield route, len(chosen) == 1


def _is_open(route: Route) -> bool:
    """Whether the template leaves open which addresses the route takes."""
    return any(isinstance(block, Text) for block in route.destinations)


def _end(packet: _Packet, out: bool | None, reason: str) -> Walk:
    return Walk(subnet="", address=packet.address, hops=packet.hops, out=out, reason=reason, certain=packet.certain)
