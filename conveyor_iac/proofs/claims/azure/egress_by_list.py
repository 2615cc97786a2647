"""azure.egress-by-list: what leaves the named subnets goes to the agreed firewall; ours passes the agreed paths."""

import ipaddress
from collections.abc import Iterator
from functools import partial

from conveyor_iac.proofs.azure import filters, ids
from conveyor_iac.proofs.azure import routes as routing
from conveyor_iac.proofs.azure.filters import ANY_PROTOCOL, PORTS, Around
from conveyor_iac.proofs.azure.firewalls import agreed, firewall_answers, private_address
from conveyor_iac.proofs.azure.intervals import (
    EVERYWHERE,
    NONE,
    V4,
    V6,
    Box,
    Numbers,
    both,
    box_minus,
    holds,
    minus,
    network,
)
from conveyor_iac.proofs.azure.networks import Peer, packets, peers, prefixes, texts, vnet_of
from conveyor_iac.proofs.azure.replay import hop, passes
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.routes import INTERNET, LOCAL, NOWHERE, PEER, Route
from conveyor_iac.proofs.azure.stack import Stack, at, inside, is_on, judged, known, merged, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided


def _asked(case: Case) -> bool:
    contract = case.contract.azure
    return contract is not None and contract.egress in ("firewall", "hub") and bool(contract.subnets)


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    contract = stack.contract
    assert contract
    assert contract.next_hop
    yield from stack.strangers("egress-by-list")
    firewall = stack.named(contract.next_hop)
    for name in contract.subnets:
        case.left()
        subnet = stack.named(name)
        assert subnet
        yield from judged(name, partial(_of_subnet, stack, subnet, firewall))
    if firewall is not None:
        yield from judged(firewall.name, partial(firewall_answers, stack, firewall, agreed(contract.paths)))
    elif contract.egress == "firewall":
        yield undecided(f"what the firewall at {contract.next_hop} passes: it is not of this stack")
    else:
        yield proved(f"What the hub's firewall at {contract.next_hop} passes is not in this stack, and is not proved.")
    yield from judged("private endpoints", partial(_private_links, stack))
    yield proved()


def _of_subnet(stack: Stack, subnet: Resource, firewall: Resource | None) -> Iterator[Answer]:
    assert stack.contract
    if at(subnet, "natGateway"):
        yield refuted({"subnet": subnet.name, "because": "it has a NAT gateway, a way out past the firewall"})
    for gateway in stack.of("network:NatGateway"):
        if stack.target(gateway.values.get("sourceVirtualNetwork"), f"a network of {gateway.name}")[0]:
            yield undecided(f"what leaves {subnet.name} by {gateway.name}: it has a network as a whole")
    for service in rows(subnet, "serviceEndpoints"):
        if not at(subnet, "serviceEndpointPolicies"):
            yield refuted({"subnet": subnet.name, "service": inside(service, "service", subnet.name),
                           "because": "a service endpoint leads to anybody's part of the service, past the firewall"})
        else:
            yield undecided(f"what the service endpoint policies of {subnet.name} leave")
    vnet = vnet_of(stack, subnet)
    near, by = filters.spaces(stack, vnet), peers(stack, vnet)
    address = private_address(firewall) if firewall else str(stack.contract.next_hop)
    written, strays = _written(stack, subnet)
    yield from (refuted({"subnet": subnet.name, "route": name, "to": prefix, "next hop": target,
                         "because": "it leads past the firewall"})
                for name, prefix, target in strays if target not in (address, NOWHERE, LOCAL))
    walk = _Walk(stack=stack, subnet=subnet, own=near, written=written, peers=by, address=address)
    yield from walk.answers()
    yield from walk.to_peers()


def _written(stack: Stack, subnet: Resource) -> tuple[list[tuple[str, str]], list[tuple[str, str, str]]]:
    """The routes of a subnet's table as prefix and next hop; and those to service tags, with their names."""
    id, table = stack.target(subnet.values.get("routeTable"), f"routeTable of {subnet.name}")
    if not id:
        return [], []
    if table is None:
        raise Undecidable(f"which routes {id} has: it is not of this stack")
    if not is_on(at(table, "disableBgpRoutePropagation")):
        raise Undecidable(f"which routes gateways announce to {table.name}: disableBgpRoutePropagation is not true")
    raw = [(str(row.get("name")), row) for row in map(partial(known, where=f"a route of {table.name}"),
                                                      rows(table, "routes"))]
    beside = [(str(ids.last(one.id) or one.values.get("routeName") or one.values.get("name") or one.name), one.values)
              for one in stack.children(table, "network:Route", "routeTableName")]
    raw = merged(raw, beside, ("addressPrefix", "nextHopType", "nextHopIpAddress"), table.name)
    found, tagged = [], []
    for name, row in raw:
        where = f"the route {name} of {table.name}"
        kind, prefix = str(inside(row, "nextHopType", where)), str(inside(row, "addressPrefix", where))
        target = str(inside(row, "nextHopIpAddress", where)) if kind.lower() == "virtualappliance" else _kind(kind)
        try:
            found.append((str(ipaddress.ip_network(prefix, strict=False)), target))
        except ValueError:
            tagged.append((name, prefix, target))
    return found, tagged


def _kind(text: str) -> str:
    known_kinds = {word.lower(): word for word in (LOCAL, NOWHERE, INTERNET)}
    return known_kinds.get(text.lower(), text)


class _Walk:
    """The ways of one subnet: by its routes, and where they lead past the firewall, by what its group lets out."""

    def __init__(self, *, stack: Stack, subnet: Resource, own: Numbers, written: list[tuple[str, str]],
                 peers: list[Peer], address: str) -> None:
        self._stack, self._subnet, self._own, self._written = stack, subnet, own, written
        self._peers, self._address = peers, address
        self._near = Around(own=own)
        group = stack.target(subnet.values.get("networkSecurityGroup"), f"networkSecurityGroup of {subnet.name}")[1]
        self._raw = [] if group is None else filters.raw_rules(stack, group)
        self._group = group

    def answers(self) -> Iterator[Answer]:
        """Whatever leaves by another hop than the firewall, and is let out."""
        system = routing.system(texts(self._own), [text for peer in self._peers for text in texts(peer.space or NONE)])
        if not at(self._subnet, "routeTable"):
            yield from self._announced()
        routes = [*system, *(Route(prefix=prefix, hop=target) for prefix, target in self._written)]
        families = EVERYWHERE if both(self._own, V6) else V4
        for target, addresses in routing.hops(routes).items():
            reached = minus(both(addresses, families), self._own)
            if reached and target not in (self._address, NOWHERE, LOCAL, PEER):
                yield from self._let_out(target, reached, [(one.prefix, one.hop) for one in system])

    def _announced(self) -> Iterator[Answer]:
        """Where no table keeps them off, gateways and peers may announce routes to anywhere."""
        for rule, _ in self._passing(self._region(minus(EVERYWHERE, self._own)), Around(own=EVERYWHERE), plainly=False):
            yield undecided(f"where a gateway leads what {rule} lets out of {self._subnet.name}: it has no route table")
            return

    def _let_out(self, target: str, reached: Numbers, system: list[tuple[str, str]]) -> Iterator[Answer]:
        region = self._region(reached)
        raw = [row for _, row in self._raw]
        for rule, box in self._passing(region, self._near, plainly=True):
            for packet in packets(box):
                leaves = self._group is None or passes(raw, packet, texts(self._own), inbound=False)
                if leaves and hop(self._written, system, packet.destination) == target:
                    yield refuted({"subnet": self._subnet.name, "packet": packet.shown(), "next hop": target,
                                   "rule": rule, "because": f"it does not go to the firewall at {self._address}"})
                    return
        for rule, _ in self._passing(region, self._near, plainly=False):
            yield undecided(f"what {rule} lets out of {self._subnet.name} past the firewall, to {target}")
            return

    def to_peers(self) -> Iterator[Answer]:
        """What reaches a peer directly: nothing, agreed paths, or what the hub behind which the firewall stands may."""
        assert self._stack.contract
        for peer in self._peers:
            if peer.gateway:
                yield undecided(f"which routes of the gateway of {peer.id} count: {peer.resource.name} uses it")
            reached = minus(EVERYWHERE, self._own) if peer.space is None else peer.space
            far = Around(own=EVERYWHERE)
            for rule, box in self._passing(self._region(reached), far, plainly=False):
                if self._not_agreed(box):
                    yield self._direct(peer, rule)
                    break

    def _direct(self, peer: Peer, rule: str) -> Answer:
        contract = self._stack.contract
        assert contract
        if contract.egress == "hub" and len(self._peers) == 1 and self._leads_to_hop(peer):
            return proved(f"{self._subnet.name} reaches what stands in {peer.id} directly, as {rule} lets it.")
        return undecided(f"whom {self._subnet.name} reaches in {peer.id} past the firewall: {rule} lets it")

    def _leads_to_hop(self, peer: Peer) -> bool:
        """Whether the next hop may stand in a peer."""
        return peer.space is None or holds(peer.space, network(self._address)[0][0])

    def _not_agreed(self, box: Box) -> bool:
        """Whether anything of a box is no agreed path to a block of addresses."""
        assert self._stack.contract
        left = [box]
        for (protocol, place), held in agreed(self._stack.contract.paths).paths.items():
            try:
                number = filters.PROTOCOLS.index(protocol.lower())
                path: Box = (EVERYWHERE, network(place), ((number, number),), PORTS, held)
            except ValueError:
                continue
            left = [rest for one in left for rest in box_minus(one, path)]
        return any(True for one in left for _ in packets(one))

    def _region(self, reached: Numbers) -> Box:
        return prefixes(self._subnet), reached, ANY_PROTOCOL, PORTS, PORTS

    def _passing(self, region: Box, near: Around, *, plainly: bool) -> Iterator[tuple[str, Box]]:
        """What of a region the subnet's group lets out, by its rule; without a group all of it."""
        if self._group is None:
            yield "no security group", region
            return
        rules = filters.rules_of(self._raw, near, inbound=False)
        for rule, box in filters.admitted(rules, [region], plainly=plainly):
            if any(True for _ in packets(box)):
                yield f"{self._group.name}: {rule.name}", box


def _private_links(stack: Stack) -> Iterator[Answer]:
    """A private endpoint of somebody else's service is a way out that no route tells of."""
    for one in stack.of("network:PrivateEndpoint"):
        for row in (*rows(one, "privateLinkServiceConnections"), *rows(one, "manualPrivateLinkServiceConnections")):
            id, target = stack.target(inside(row, "privateLinkServiceId", one.name), one.name)
            if target is None:
                yield proved(f"{one.name} leads to {id}, which is not of this stack: a way out that is no route.")


CLAIM = Claim(
    id="azure.egress-by-list",
    title="Whatever leaves the named subnets goes to the agreed firewall, and ours passes the agreed paths only",
    why="Honest software reaches what it must and nothing else; every way out passes the same judge.",
    source="https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview",
    asked=_asked,
    check=_check,
    axioms=("The longest prefix decides, and of two alike the route that somebody wrote. A firewall reads the name a "
            "client says; a hostile client can say an agreed name and speak to another address.",
            "Azure's own resolver and metadata service answer in every network; what a name that is asked for tells is "
            "not seen."),
)
