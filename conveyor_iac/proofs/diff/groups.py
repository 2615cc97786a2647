"""What security groups and network ACLs let pass that they did not: protocol, port, and who is at the other end.

Cuts protocols, ports and addresses at whatever either side names, so that one packet speaks for all of its kind. A
block, port or list that is decided at deployment is one of a kind of its own; so are the members of a group. Source:
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, ip_network
from itertools import product
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.replay import admitted
from conveyor_iac.proofs.diff.sides import rows
from conveyor_iac.proofs.network.cloudformation import block
from conveyor_iac.proofs.network.model import Block, Cidr
from conveyor_iac.proofs.network.pieces import covered, pieces
from conveyor_iac.proofs.network.resolved import items, mapping, name, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text

LAST = 65535
NUMBERS = {"icmp": 1, "tcp": 6, "udp": 17, "icmpv6": 58, "all": -1}
_PORTED, _TYPED = (6, 17), (1, 58)
NUMBERED = {word: str(number) for word, number in NUMBERS.items()}
_LIKELY = {"198.51.100.0/24": ("CidrIp", "CidrBlock"), "2001:db8::/64": ("CidrIpv6", "Ipv6CidrBlock"),
           "443": ("FromPort", "ToPort"), "tcp": ("IpProtocol", "Protocol")}
"""What is decided at deployment may be this, under these keys."""
_PEERS = {"ingress": ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId"),
          "egress": ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")}
_QUIET = frozenset({"Description", "GroupId", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupOwnerId"})
_NAMED = frozenset(key for keys in _PEERS.values() for key in keys if not key.startswith("Cidr"))
_EVERYBODY = (ip_network("0.0.0.0/0"), ip_network("::/0"))
MEMBERS = "members of the security group"
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
class Admits:
    """All that one security group, or several of one resource, let pass: as read here, and as written (`rules`).

    odd: rules that cannot be read.
    """

    ways: tuple[Way, ...] = ()
    odd: tuple[str, ...] = ()
    rules: tuple[tuple[str, Mapping[str, Any]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class More:
    """What comes of two: a packet that only the second lets pass, or why it cannot be known; neither: nothing is."""

    packet: Packet | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    because: tuple[str, ...] = ()


def groups(case: Case, world: World) -> dict[str, Admits]:
    """The security groups of a template in a world, and those of elsewhere that it adds rules to."""
    found: dict[str, list[tuple[str, Any]]] = {}
    made = rows(case, world, "AWS::EC2::SecurityGroup")
    for own, row in made.items():
        found[own] = list(_embedded(own, row))
    for type_, way in (("AWS::EC2::SecurityGroupIngress", "ingress"), ("AWS::EC2::SecurityGroupEgress", "egress")):
        for row in rows(case, world, type_).values():
            group = name(row.get("GroupId", row.get("GroupName")))
            found.setdefault(group, []).append((way, {key: row[key] for key in row if key != "GroupName"}))
    known = own_blocks(case, world)
    return {group: _admits(group, [(way, _with_blocks(row, known)) for way, row in given])
            for group, given in found.items()}


def own_blocks(case: Case, world: World) -> dict[str, Text]:
    """The blocks of VPCs and subnets, by what a template calls them."""
    found = rows(case, world, "AWS::EC2::VPC", "AWS::EC2::Subnet", keys=("CidrBlock",))
    written = {own: text(row.get("CidrBlock")) for own, row in found.items()}
    return {f"${{{own}.CidrBlock}}": one for own, one in written.items() if one is not None}


def _with_blocks(row: Any, own: Mapping[str, Text]) -> Any:
    return {key: own.get(str(value), value) for key, value in row.items()} if isinstance(row, dict) else row


def blocks_of(case: Case, world: World) -> dict[str, tuple[Block, ...]]:
    """The blocks of the VPC of each security group that the template makes with its VPC."""
    vpcs: dict[str, list[Block | None]] = {own: [block(row.get("CidrBlock"))] for own, row in rows(
        case, world, "AWS::EC2::VPC").items()}
    for row in rows(case, world, "AWS::EC2::VPCCidrBlock").values():
        vpcs.setdefault(name(row.get("VpcId")), []).append(
            block(row["CidrBlock"]) if "CidrBlock" in row else None)
    made = {own: vpcs.get(name(row.get("VpcId")), [None])
            for own, row in rows(case, world, "AWS::EC2::SecurityGroup").items()}
    return {own: tuple(one for one in found if one is not None) for own, found in made.items() if None not in found}


def together(given: Iterable[Admits]) -> Admits:
    """What several groups of one resource let pass."""
    all_ = tuple(given)
    return Admits(ways=tuple(way for one in all_ for way in one.ways),
                  rules=tuple(rule for one in all_ for rule in one.rules),
                  odd=tuple(odd for one in all_ for odd in one.odd))


def _embedded(own: str, row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for way, key in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
        given = items(row.get(key))
        if given is None:
            yield way, f"the {way} rules of {own} are a list that is decided at deployment: {text(row[key])}"
        yield from ((way, one) for one in given or ())
        if given == () and way == "egress":
            yield from ((way, {"IpProtocol": Text.of("-1"), key: Text.of(str(everybody))})
                        for key, everybody in zip(("CidrIp", "CidrIpv6"), _EVERYBODY, strict=True))


def _admits(group: str, given: Iterable[tuple[str, Any]]) -> Admits:
    ways: list[Way] = []
    odd: list[str] = []
    rules: list[tuple[str, Mapping[str, Any]]] = []
    for direction, one in given:
        try:
            ways.append(_way(direction, one))
            rules.append((direction, one))
        except (ValueError, TypeError, AttributeError):
            odd.append(one if isinstance(one, str) else f"a rule of {group} cannot be read: {_plain(one)}")
    return Admits(ways=tuple(ways), odd=tuple(odd), rules=tuple(rules))


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(item)}" for key, item in sorted(value.items())) + "}"
    return str(value)


def _way(direction: str, given: Any) -> Way:
    """One rule; `ValueError` for one that is not written as rules are."""
    row = mapping(given)
    keys = [key for key in _PEERS[direction] if key in row]
    if len(keys) != 1 or set(row) - _QUIET - set(keys):
        raise ValueError(row)
    protocol = protocol_of(text(row.get("IpProtocol")))
    peer, kind = _peer(keys[0], row[keys[0]])
    return Way(outward=direction == "egress", protocol=protocol, ports=ports_of(protocol, row), peer=peer, kind=kind)


def _peer(key: str, value: Any) -> tuple[Peer, str]:
    found = text(value)
    if found is None or not found.parts:
        raise ValueError(value)
    if not key.startswith("Cidr"):
        return Text.of(name(value)), MEMBERS if "Group" in key else "the prefix list"
    if found.literal is None:
        return found, "6" if key == "CidrIpv6" else "4"
    return ip_network(found.literal.strip(), strict=False), ""


def protocol_of(given: Text | None) -> int | Text:
    if given is None:
        raise ValueError(given)
    if given.literal is None:
        return given
    return NUMBERS[given.literal.lower()] if given.literal.lower() in NUMBERS else int(given.literal)


def ports_of(protocol: int | Text, row: Mapping[str, Any]) -> Ports:
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


def more(before: Admits, after: Admits, likely: Likely, blocks: Mapping[str, tuple[Block, ...]]) -> More:
    """What the second lets pass that the first does not.

    blocks: those of each security group's VPC, in which its members are.
    """
    if new := [odd for odd in after.odd if odd not in before.odd]:
        return More(because=tuple(new))
    doubts: list[str] = []
    rest = [way for way in after.ways if way not in before.ways]
    for way in rest:
        for packet in packets(way, (*before.ways, *rest)):
            if any(surely(one, packet) for one in before.ways) or _all_there(before, packet, blocks):
                continue
            where = None if before.odd else _shown(before, after, packet, likely)
            if where is not None:
                return More(packet=packet, where=where)
            doubts.append(f"whether {spelled(packet)} passed before is decided at deployment")
    return More(because=tuple(dict.fromkeys(doubts))[:5])


def _all_there(before: Admits, packet: Packet, blocks: Mapping[str, tuple[Block, ...]]) -> bool:
    """Whether the members of a group are let through by the blocks of its VPC, where they all are."""
    known = blocks.get(str(packet.peer), ()) if packet.kind == MEMBERS else ()
    return bool(known) and all(any(_lets_in(way, packet, block) for way in before.ways) for block in known)


def _lets_in(way: Way, packet: Packet, block: Block) -> bool:
    """Whether a rule lets the packet pass from every address of a block."""
    if not surely(replace(way, peer=packet.peer, kind=packet.kind), packet):
        return False
    if isinstance(way.peer, Text) or isinstance(block, Text):
        return way.peer == block or (not isinstance(way.peer, Text) and way.peer == _EVERYBODY[0])
    return covered(block, (way.peer,))


def _shown(before: Admits, after: Admits, packet: Packet, likely: Likely) -> Mapping[str, str] | None:
    """Values for what is decided at deployment with which only the second lets the packet pass, held by hand."""
    filled = filling((row for _, row in (*before.rules, *after.rules)), likely)
    if filled is None:
        return None
    protocol, port, peer = concrete(packet, filled)
    try:
        passed = [admitted([(way, in_words(row, filled)) for way, row in one.rules],
                           "egress" if packet.outward else "ingress", protocol, int(port), peer)
                  for one in (before, after)]
    except ValueError:
        return None
    return filled if passed == [False, True] else None


def filling(rules: Iterable[Mapping[str, Any]], likely: Likely) -> Mapping[str, str] | None:
    """One value for everything in rules that is decided at deployment."""
    given = [(key, part) for row in rules for key, part in row.items() if isinstance(part, Text) and key not in _NAMED]
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
    return (NUMBERED.get(str(protocol), str(protocol)), str(port).partition(" to ")[0],
            str(peer).partition("/")[0] if packet.kind in ("4", "6") else str(peer))


def in_words(row: Mapping[str, Any], filled: Mapping[str, str]) -> dict[str, str]:
    """A rule in plain words; groups and lists by their names."""
    return {key: name(value) if key in _NAMED else str(value.fill(filled)) if isinstance(value, Text) else str(value)
            for key, value in row.items()}


def spelled(packet: Packet) -> str:
    return " ".join(f"{key} {value}" for key, value in packet.told().items())


def packets(way: Way, others: Iterable[Way]) -> Iterator[Packet]:
    """A packet of every kind that the others tell apart among those a rule lets pass."""
    given = [one for one in others if one.outward == way.outward]
    protocols = {one.protocol for one in given} - {-1}
    fresh = next(number for number in (47, 50, 51, 132, *range(256)) if number not in protocols)
    chosen = [fresh, *sorted((one for one in protocols | {6, 17} if isinstance(one, int)), key=lambda one: one != 6)] \
        if way.protocol == -1 else [way.protocol]
    if way.protocol == -1:
        chosen = [*chosen[1:], chosen[0]]
    for protocol, peer in product(chosen, _peers(way, given)):
        for port in _numbers(way, protocol, given):
            yield Packet(outward=way.outward, protocol=protocol, port=port, peer=peer, kind=way.kind)


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
