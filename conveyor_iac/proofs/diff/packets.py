"""Packets that rules tell apart: by protocol, port, and who is at the other end.

Cuts protocols, ports and addresses at whatever rules name, so that one packet speaks for all of its kind. A block, port
or list that is decided at deployment is one of a kind of its own; so are the members of a security group.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from itertools import product
from typing import Any

from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.network.model import Cidr
from conveyor_iac.proofs.network.pieces import pieces
from conveyor_iac.proofs.network.resolved import text
from conveyor_iac.proofs.text import Text

LAST = 65535
NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "all": -1}
_PORTED, _TYPED = (6, 17), (1, 58)
_NUMBERED = {word: str(number) for word, number in NUMBERS.items()}
_LIKELY = {"198.51.100.0/24": ("CidrIp", "CidrBlock"), "2001:db8::/64": ("CidrIpv6", "Ipv6CidrBlock"),
           "443": ("FromPort", "ToPort"), "tcp": ("IpProtocol", "Protocol")}
"""What is decided at deployment may be this, under these keys."""
_FIRST = IPv4Address("1.0.0.1")
"""No packet has an address before this one."""
Peer = Cidr | Text
Ports = tuple[int, int] | Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What one rule lets pass: a protocol by its number (-1: all), its ports, and one kind of peer.

    peer: a block; or a text: a block that is decided at deployment (`kind` is its version), the members of a group, or
    a prefix list. ports: of ICMP, 256 times the type and the code.
    """

    outward: bool
    protocol: int | Text
    ports: Ports
    peer: Peer
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """One packet of a kind that rules tell apart; `peer` an address, or the text of who it is."""

    outward: bool
    protocol: int | Text
    port: int | Text
    peer: Any
    kind: str = ""

    def told(self) -> dict[str, Any]:
        """The packet as a counterexample tells it."""
        shown: dict[str, Any] = {"protocol": _word(self.protocol), "to" if self.outward else "from": str(self.peer)}
        if self.protocol in _TYPED and isinstance(self.port, int):
            return {**shown, "type": self.port >> 8, "code": self.port & 255}
        return {**shown, "port": self.port if isinstance(self.port, int) else str(self.port)}


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What comes of two: a packet that only the second lets pass, or why it cannot be known; neither: nothing is."""

    packet: Packet | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    because: tuple[str, ...] = ()


def protocol_of(given: Text | None) -> int | Text:
    """A protocol by its number; `ValueError` where there is none."""
    if given is None:
        raise ValueError(given)
    if given.literal is None:
        return given
    return NUMBERS[given.literal.lower()] if given.literal.lower() in NUMBERS else int(given.literal)


def ports_of(protocol: int | Text, row: Mapping[str, Any]) -> Ports:
    """The ports of a rule, or the types and codes of ICMP."""
    first, last = (text(row.get(key)) for key in ("FromPort", "ToPort"))
    if (first is None and last is None) or protocol == -1 or (
            isinstance(protocol, int) and protocol not in (*_PORTED, *_TYPED)):
        return 0, LAST
    if first is None or last is None or None in (first.literal, last.literal):
        return Text.of(str(first), " to ", str(last)) if first != last or first is None else first
    low, high = int(str(first)), int(str(last))
    if protocol in _TYPED:
        return (0, LAST) if low == -1 else (256 * low, 256 * low + 255) if high == -1 else (
            256 * low + high, 256 * low + high)
    return (0, LAST) if low == -1 else (low, high)


def filling(rules: Iterable[Mapping[str, Any]], likely: Likely) -> Mapping[str, str] | None:
    """One value for everything in rules that is decided at deployment."""
    given = [(key, part) for row in rules for key, part in row.items() if isinstance(part, Text)]
    found: dict[str, str] = {}
    for otherwise, keys in _LIKELY.items():
        some = likely.values((part for key, part in given if key in keys), otherwise)
        if some is None:
            return None
        found |= some
    return found


def concrete(packet: Packet, filled: Mapping[str, str]) -> tuple[str, str, str]:
    """A packet's protocol, port and peer with the values filled in."""
    protocol = packet.protocol.fill(filled) if isinstance(packet.protocol, Text) else packet.protocol
    port = packet.port.fill(filled) if isinstance(packet.port, Text) else packet.port
    peer = packet.peer.fill(filled) if isinstance(packet.peer, Text) else packet.peer
    return (_NUMBERED.get(str(protocol), str(protocol)), str(port).partition(" to ")[0],
            str(peer).partition("/")[0] if packet.kind in ("4", "6") else str(peer))


def spelled(packet: Packet) -> str:
    """A packet in words."""
    return " ".join(f"{key} {value}" for key, value in packet.told().items())


def packets(way: Way, others: Iterable[Way]) -> Iterator[Packet]:
    """A packet of every kind that the others tell apart among those a rule lets pass, the likeliest first."""
    given = [one for one in others if one.outward == way.outward]
    for protocol, peer in product(_protocols(way, given), _peers(way, given)):
        for port in _numbers(way, protocol, given):
            yield Packet(outward=way.outward, protocol=protocol, port=port, peer=peer, kind=way.kind)


def _protocols(way: Way, others: Iterable[Way]) -> list[int | Text]:
    """The protocol of a rule; of one for all: each that is named, and one that nobody names."""
    if way.protocol != -1:
        return [way.protocol]
    named = sorted({6, 17, *(one.protocol for one in others if isinstance(one.protocol, int))} - {-1})
    return [*named, next(number for number in range(47, 256) if number not in named)]


def _numbers(way: Way, protocol: int | Text, others: Iterable[Way]) -> Iterator[int | Text]:
    if isinstance(way.ports, Text):
        yield way.ports
        return
    low, high = way.ports
    if not isinstance(protocol, int) or protocol not in (*_PORTED, *_TYPED):
        yield low
        return
    ends = {low, *(end for one in others if not isinstance(one.ports, Text) for end in (
        one.ports[0], one.ports[1] + 1))}
    yield from sorted({max(end, 1) if protocol in _PORTED else end for end in ends if low <= end <= high})


def _peers(way: Way, others: Iterable[Way]) -> Iterator[Any]:
    if isinstance(way.peer, Text):
        yield way.peer
        return
    blocks = {one.peer for one in others if not isinstance(one.peer, Text)}
    for piece in pieces(blocks | {way.peer}):
        if piece.first in way.peer:
            yield max(piece.first, min(piece.last, _FIRST)) if isinstance(piece.first, IPv4Address) else piece.first


def surely(way: Way, packet: Packet) -> bool:
    """Whether a rule lets a packet pass whatever is decided at deployment."""
    return (way.outward == packet.outward and way.protocol in (-1, packet.protocol) and _takes_port(way, packet)
            and (_is_same_peer(way, packet) or _is_everybody(way, packet)))


def _takes_port(way: Way, packet: Packet) -> bool:
    if isinstance(way.ports, Text) or isinstance(packet.port, Text):
        return way.ports in (packet.port, (0, LAST))
    return way.ports[0] <= packet.port <= way.ports[1]


def _is_same_peer(way: Way, packet: Packet) -> bool:
    if isinstance(packet.peer, Text) or isinstance(way.peer, Text):
        return bool(way.peer == packet.peer and way.kind == packet.kind)
    return packet.peer in way.peer


def _is_everybody(way: Way, packet: Packet) -> bool:
    """Whether a block of all addresses of a version holds one that is decided at deployment."""
    return not isinstance(way.peer, Text) and way.peer.prefixlen == 0 and str(way.peer.version) == packet.kind


def _word(protocol: int | Text) -> str:
    return next((word for word, number in NUMBERS.items() if number == protocol), str(protocol))
