"""The ways of one side's network in one world, by where each leads and what guards it.

A way's end has a place with a name, or nobody can say where it is. What was chosen at each table tells whether another
network would choose alike, whatever the blocks are that are decided at deployment.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.sides import rows
from conveyor_iac.proofs.network.cloudformation import network
from conveyor_iac.proofs.network.cloudformation_filters import FIREWALLS
from conveyor_iac.proofs.network.model import Address, Block, Kind, Subnet
from conveyor_iac.proofs.network.paths import Walk, Walks, translated
from conveyor_iac.proofs.network.pieces import is_public
from conveyor_iac.proofs.network.resolved import name
from conveyor_iac.proofs.network.returns import one_sided
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text

_FIREWALL = "AWS::NetworkFirewall::Firewall"
_LIKELY = "192.0.2.0/24"
"""What a block may be that the templates say nothing about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a way leads: to a target of a kind, past these guards. `both_ways`: whoever is there may ask as well."""

    walk: Walk
    place: tuple[str, str]
    both_ways: bool
    guards: frozenset[tuple[str, bool]]
    """The policies of the firewalls it passes, and whether each sees both halves of a connection."""


class Side:
    """The ways of one network in one world; `strangers` are tables that subnets of elsewhere may have."""

    def __init__(self, case: Case, world: World) -> None:
        made = network(case, world)
        self.strangers = tuple(dict.fromkeys((*made.strays, *(one for one, row in made.tables.items()
                                                              if not row.known))))
        self.network = replace(made, subnets={**made.subnets, **{
            table: Subnet(name=table, vpc="", tables=(table,)) for table in self.strangers}})
        self._walks = Walks(self.network)
        self._policies = {own: name(row.get("FirewallPolicyArn")) for own, row in rows(
            case, world, _FIREWALL, keys=FIREWALLS[_FIREWALL]).items()}

    def blocks(self) -> Iterator[Block]:
        """Every block that is named."""
        for table in self.network.tables.values():
            yield from (block for route in table.routes for block in route.destinations)
        for vpc in self.network.vpcs.values():
            yield from vpc.blocks

    def walks(self, subnet: str, address: Address) -> tuple[Walk, ...]:
        """Every way; none from a subnet that is not there."""
        return self._walks.of(subnet, address) if subnet in self.network.subnets else ()

    def end(self, walk: Walk) -> End | None:
        """Where a way leads that ends in a place with a name; nothing for the others."""
        last = walk.hops[-1] if walk.hops else None
        if last is None or walk.out is False or (walk.out and not is_public(walk.address)):
            return None
        if walk.out is None and (last.kind is Kind.UNCLEAR or last.to not in walk.reason):
            return None
        natted = any(hop.kind is Kind.NAT for hop in walk.hops)
        place = ("internet", "") if walk.out else (str(last.kind), last.to)
        return End(walk=walk, place=place, guards=frozenset(self._guards(walk)), both_ways=not walk.out or (
            not natted and last.kind is not Kind.EGRESS_ONLY))

    def _guards(self, walk: Walk) -> Iterator[tuple[str, bool]]:
        for endpoint in walk.firewalls:
            if (door := self.network.endpoints.get(endpoint)) is not None:
                policy = self._policies.get(door.firewall, door.firewall)
                yield policy, not one_sided(self.network, walk, endpoint)

    def chosen(self, walk: Walk) -> tuple[tuple[Block, ...], ...]:
        """The blocks that hold the address, or may, at each table."""
        alike = [address for address in (walk.address, translated(walk.address)) if address is not None]
        return tuple(tuple(block for block in route.destinations
                           if isinstance(block, Text) or any(one in block for one in alike))
                     for hop in walk.hops for route in self.network.tables[hop.table].routes if route.name == hop.route)

    def doubt(self, walk: Walk) -> str:
        """Why nobody can say where a way ends, if nobody can."""
        return walk.reason if walk.out is None and self.end(walk) is None else ""

    def is_elsewhere(self, walk: Walk, likely: Likely) -> bool:
        """Whether a deployment may have the blocks of a route it takes apart from the address."""
        for blocks in self.chosen(walk):
            texts = [block for block in blocks if isinstance(block, Text)]
            if texts and len(texts) == len(blocks) and apart(texts, walk.address, likely) is not None:
                return True
        return False


def apart(blocks: Iterable[Text], address: Address, likely: Likely) -> Mapping[str, str] | None:
    """Values for blocks that are decided at deployment, so that none holds an address; nothing if there are none."""
    given = tuple(blocks)
    found = likely.values(given, _LIKELY)
    if found is None or any(_holds(str(block.fill(found)), address) for block in given):
        return None
    return found


def by_shape(side: Side, walks: Iterable[Walk]) -> dict[tuple[Any, ...], list[Walk]]:
    """The walks by what was chosen at each table; where there was no choice, whatever blocks it had."""
    given = [(side.chosen(walk), walk) for walk in walks]
    found: dict[tuple[Any, ...], list[Walk]] = {}
    for chosen, walk in given:
        shape = tuple(() if _is_only([other for other, _ in given], chosen[:at]) else blocks
                      for at, blocks in enumerate(chosen))
        found.setdefault((shape, side.doubt(walk)), []).append(walk)
    return found


def _is_only(given: Iterable[tuple[Any, ...]], before: tuple[Any, ...]) -> bool:
    """Whether all that have come the same way go on by the same blocks."""
    at = len(before)
    return len({one[at:at + 1] for one in given if one[:at] == before}) == 1


def _holds(written: str, address: Address) -> bool:
    try:
        block: IPv4Network | IPv6Network = ip_network(written, strict=False)
    except ValueError:
        return False
    return address in block
