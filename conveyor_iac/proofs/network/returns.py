"""Whether answers come back by the firewall that their questions went through.

A firewall that sees half of a connection does not know that it is established, and a default that drops what is
established then drops nothing. Source:
https://docs.aws.amazon.com/network-firewall/latest/developerguide/route-table-configuration.html.
"""

from conveyor_iac.proofs.network.model import Block, Kind, Network, Route
from conveyor_iac.proofs.network.paths import Hop, Walk
from conveyor_iac.proofs.text import Text


def one_sided(network: Network, walk: Walk, endpoint: str) -> str:
    """Why the firewall at a door may see only half of what goes this way; empty when it sees all, or none can tell."""
    at = next(number for number, hop in enumerate(walk.hops) if hop.kind is Kind.FIREWALL and hop.to == endpoint)
    inside = _inside(network, walk, walk.hops[:at])
    table = _back(network, walk.hops[at + 1:])
    if table is None or inside is None:
        return ""
    subnet = network.subnets.get(inside)
    blocks: tuple[Block, ...] = subnet.blocks if subnet else ()
    routes = network.tables[table].routes if table in network.tables else ()
    if not blocks or all(_leads(routes, block, subnet.base if subnet else None, endpoint) for block in blocks):
        return ""
    return f"answers to {inside} do not come back by {endpoint}, which then does not know what is established"


def _inside(network: Network, walk: Walk, before: tuple[Hop, ...]) -> str | None:
    """The subnet a packet has come from when it reaches the door: the last NAT gateway's, else its own."""
    nats = [hop.to for hop in before if hop.kind is Kind.NAT]
    return network.nats[nats[-1]].subnet if nats and nats[-1] in network.nats else walk.subnet


def _back(network: Network, after: tuple[Hop, ...]) -> str | None:
    """The table that answers meet first on their way back, where the template has it; "" where there is none."""
    for hop in after:
        if hop.kind is Kind.NAT:
            nat = network.nats.get(hop.to)
            subnet = network.subnets.get(nat.subnet or "") if nat else None
            return subnet.tables[0] if subnet and len(subnet.tables) == 1 else None
        if hop.kind is Kind.INTERNET:
            return network.edges.get(hop.to, "")
    return None


def _leads(routes: tuple[Route, ...], block: Block, base: Block | None, endpoint: str) -> bool:
    """Whether a table sends a subnet's addresses to the door."""
    if not isinstance(block, Text) and block.version == 6:
        return True
    return any(route.target.kind is Kind.FIREWALL and route.target.name == endpoint and any(
        one in (block, base) or (not isinstance(one, Text) and not isinstance(block, Text) and one.version == 4
                                 and block.version == 4 and block.subnet_of(one)) for one in route.destinations)
        for route in routes)
