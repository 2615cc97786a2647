"""A packet walked by hand: one address, one table after the other, bit by bit, until it is out.

Written apart from `paths`, and knows nothing of pieces, walks or what is uncertain: it takes the first packet the
counterexample names and says where the routes of the model really send it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from conveyor_iac.proofs.network.model import Network, Route
from conveyor_iac.proofs.text import Text

_OUT = ("internet gateway", "egress-only internet gateway", "carrier gateway")
_NAT64 = 0x64FF9B << 96


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """Where a packet was taken: by which routes, past which gateways and firewalls, to a target of which kind.

    `hidden`: a NAT gateway without public addresses sent it last, so that nothing on the internet can answer.
    """

    routes: tuple[str, ...]
    kind: str
    name: str
    past: tuple[tuple[str, str], ...] = ()
    hidden: bool = False

    @property
    def out(self) -> bool:
        """Whether it got to the internet."""
        return self.kind in _OUT and not self.hidden


def leaves(network: Network, subnet: str, address: str, passing: tuple[str, ...] = ()) -> tuple[str, ...] | None:
    """The routes a packet takes from the subnet to the internet; nothing when it does not get out.

    `passing` chooses the routes among several that may take it.
    """
    found = ride(network, subnet, address, passing)
    return found.routes if found is not None and found.out else None


def ride(network: Network, subnet: str, address: str, passing: tuple[str, ...] = ()) -> Ride | None:
    """Where a packet is taken from the subnet; nothing when no route takes it on, or when it never ends."""
    number, bits = int(ip_address(address)), ip_address(address).max_prefixlen
    taken: list[str] = []
    past: list[tuple[str, str]] = []
    hidden = False
    while len(taken) < 50:
        at = network.subnets.get(subnet)
        if at is None or len(at.tables) != 1 or at.tables[0] not in network.tables:
            return None
        table = network.tables[at.tables[0]]
        own = network.vpcs.get(table.vpc)
        if own is not None and any(_in(number, bits, block) for block in own.blocks):
            return None
        route = _route(table.routes, number, bits, passing)
        if route is None:
            return None
        taken.append(route.name)
        kind, name = str(route.target.kind), route.target.name
        if kind == "NAT gateway" and name in network.nats:
            nat = network.nats[name]
            if bits == 128 and number >> 32 << 32 != _NAT64:
                return None
            if bits == 128:
                number, bits = number & 0xFFFFFFFF, 32
            hidden = not nat.public
            past.append((kind, name))
            if nat.subnet is None:
                return Ride(routes=tuple(taken), kind=_OUT[0], name=name, past=tuple(past), hidden=hidden)
            subnet = nat.subnet
        elif kind == "firewall endpoint" and name in network.endpoints:
            if len(network.endpoints[name].subnets) != 1:
                return None
            past.append((kind, name))
            subnet = network.endpoints[name].subnets[0]
        else:
            return Ride(routes=tuple(taken), kind=kind, name=name, past=tuple(past), hidden=hidden)
    return None


def _route(routes: tuple[Route, ...], number: int, bits: int, passing: tuple[str, ...]) -> Route | None:
    best: list[Route] = []
    length = -1
    for route in routes:
        for block in route.destinations:
            if _in(number, bits, block) and not isinstance(block, Text):
                if block.prefixlen > length:
                    best, length = [route], block.prefixlen
                elif block.prefixlen == length and route not in best:
                    best.append(route)
    if len(best) > 1:
        return next((route for route in best if route.name in passing), None)
    return best[0] if best else None


def _in(number: int, bits: int, block: Any) -> bool:
    if isinstance(block, Text) or block.max_prefixlen != bits:
        return False
    shift = bits - block.prefixlen
    return bool(number >> shift == int(block.network_address) >> shift)


def confirmed(network: Network, counterexample: Mapping[str, Any]) -> bool:
    """Whether the packet of a counterexample really takes the hops it tells."""
    hops = tuple(str(hop["route"]) for hop in counterexample["hops"])
    return leaves(network, str(counterexample["from"]), str(counterexample["to"]), hops) == hops
