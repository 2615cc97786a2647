"""The virtual networks of a stack: which subnet lies in which, what its group and table are, and whom it has as peers.

A peer is known by its addresses where the stack makes it or its state tells them; else it may have any.
"""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from conveyor_iac.proofs.azure import ids
from conveyor_iac.proofs.azure.filters import PROTOCOLS, Around, families, spaces
from conveyor_iac.proofs.azure.intervals import Box, Numbers, address, holds, network, union
from conveyor_iac.proofs.azure.replay import Packet
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import Stack, at, inside, is_on, known
from conveyor_iac.proofs.scope import Undecidable

_NICE = tuple(network(text)[0][0] for text in ("8.8.8.8", "10.255.255.254", "2001:4860:4860::8888"))
_NICE_PORTS = (443, 22, 53)
_RESERVED = 4
"""The first addresses of a subnet, which Azure keeps for itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A peering of a network: the id of the other one, and its addresses, nothing where they are not known."""

    resource: Resource
    id: str
    space: Numbers | None
    gateway: bool


def vnet_of(stack: Stack, subnet: Resource) -> Resource:
    """The virtual network that a subnet lies in; `Undecidable` where the stack does not make it."""
    found = stack.by_id(ids.parent(subnet.id)) if subnet.id else next(
        (one for one in stack.of("network:VirtualNetwork")
         if subnet in stack.children(one, "network:Subnet", "virtualNetworkName")), None)
    if found is None:
        raise Undecidable(f"which network {subnet.name} lies in: it is not of this stack")
    _written_once(found, subnet)
    return found


def _written_once(vnet: Resource, subnet: Resource) -> None:
    """A program that writes a subnet in its network and beside it makes one of the two, and then the other."""
    name = str(ids.last(subnet.id) or subnet.given.get("subnetName") or subnet.name).lower()
    within = () if vnet.elsewhere else known(vnet.given.get("subnets"), f"subnets of {vnet.name}") or ()
    if any(str(inside(row, "name", f"subnets of {vnet.name}")).lower() == name for row in within):
        raise Undecidable(f"which {subnet.name} counts: {vnet.name} writes it too")


def prefixes(subnet: Resource) -> Numbers:
    """The addresses of a subnet."""
    texts = [at(subnet, "addressPrefix"), *(at(subnet, "addressPrefixes") or ())]
    found = [network(str(known(text, f"addressPrefix of {subnet.name}"))) for text in texts if text]
    if not found:
        raise Undecidable(f"which addresses {subnet.name} has")
    return union(found)


def peers(stack: Stack, vnet: Resource) -> list[Peer]:
    """The peerings of a network; `Undecidable` for one that the stack does not make."""
    if strange := stack.not_here(vnet, "virtualNetworkPeerings"):
        raise Undecidable(f"whom {vnet.name} has as a peer by {strange[0]}, which is not of this stack")
    return [_peer(stack, one) for one in stack.children(vnet, "network:VirtualNetworkPeering", "virtualNetworkName")]


def _peer(stack: Stack, one: Resource) -> Peer:
    id, target = stack.target(one.values.get("remoteVirtualNetwork"), f"remoteVirtualNetwork of {one.name}")
    told = at(one, "remoteVirtualNetworkAddressSpace.addressPrefixes") or at(one, "remoteAddressSpace.addressPrefixes")
    space = spaces(stack, target) if target is not None else union(map(network, map(str, told))) if told else None
    return Peer(resource=one, id=id, space=space, gateway=is_on(at(one, "useRemoteGateways")))


def around(stack: Stack, vnet: Resource) -> Around:
    """The addresses about a network's security groups."""
    found = [peer.space for peer in peers(stack, vnet) if peer.space]
    return Around(own=spaces(stack, vnet), peers=union(found))


def texts(numbers: Numbers) -> list[str]:
    """A set of addresses as CIDRs, for whoever walks a packet again."""
    found: list[str] = []
    for first, last in numbers:
        ends = [ipaddress.ip_address(address(number)) for number in (first, last)]
        found += map(str, ipaddress.summarize_address_range(*ends))
    return found


def packets(box: Box) -> Iterator[Packet]:
    """Some packets of a box, one for each family of addresses, those that are easily read first."""
    source, destination, protocols, ports_from, ports_to = box
    for one, other in families(source, destination):
        yield Packet(source=address(_nice(one, _NICE, _RESERVED)), destination=address(_nice(other, _NICE, _RESERVED)),
                     protocol=PROTOCOLS[protocols[0][0]].capitalize(), port=_nice(ports_to, _NICE_PORTS),
                     source_port=_nice(ports_from, (50000,)))


def _nice(numbers: Numbers, wanted: tuple[int, ...], after: int = 0) -> int:
    """One of the wanted numbers that a set has, else one some places after the first."""
    first, last = numbers[0]
    return next((number for number in wanted if holds(numbers, number)), min(first + after, last))


def subnets_of(stack: Stack, group: Resource) -> list[Resource]:
    """The subnets that a security group is said to be of, those that are only read too."""
    return [one for one in stack.of("network:Subnet", read=True)
            if stack.target(one.values.get("networkSecurityGroup"), f"networkSecurityGroup of {one.name}")[1] is group]
