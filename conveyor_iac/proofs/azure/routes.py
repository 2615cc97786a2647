"""Where a subnet's packets go next: the routes somebody wrote and Azure's own, the longest prefix first.

Azure's own routes: the network itself stays, peers are reached directly, private blocks lead nowhere, and all the rest
leads to the internet. Of two routes with one prefix the written one counts.
https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from conveyor_iac.proofs.azure.intervals import EVERYWHERE, Numbers, minus, network, union

LOCAL, PEER, NOWHERE, INTERNET = "VnetLocal", "VNetPeering", "None", "Internet"
_NOWHERE: Final = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route: its prefix, what it leads to, and whether somebody wrote it."""

    prefix: str
    hop: str
    written: bool = True


def system(own: Iterable[str], peers: Iterable[str]) -> list[Route]:
    """Azure's own routes about a network with these addresses and peers."""
    found = [Route(prefix=prefix, hop=NOWHERE, written=False) for prefix in _NOWHERE]
    found += [Route(prefix=prefix, hop=INTERNET, written=False) for prefix in ("0.0.0.0/0", "::/0")]
    found += [Route(prefix=prefix, hop=PEER, written=False) for prefix in peers]
    return found + [Route(prefix=prefix, hop=LOCAL, written=False) for prefix in own]


def hops(routes: Iterable[Route]) -> dict[str, Numbers]:
    """Which addresses each next hop gets: what is written later, in the order of its weight, covers what is there."""
    found: dict[str, Numbers] = {NOWHERE: EVERYWHERE}
    for route in sorted(routes, key=_weight):
        block = network(route.prefix)
        found = {hop: left for hop, held in found.items() if (left := minus(held, block))}
        found[route.hop] = union([found.get(route.hop, ()), block])
    return found


def _weight(route: Route) -> tuple[int, bool]:
    return int(route.prefix.rpartition("/")[2]), route.written
