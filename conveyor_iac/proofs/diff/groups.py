"""What security groups let pass that they did not, in or out.

Rules are a set: one packet of every kind that either side tells apart is held against both. Source:
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.packets import (
    More,
    Packet,
    Peer,
    Way,
    concrete,
    filling,
    packets,
    ports_of,
    protocol_of,
    spelled,
    surely,
)
from conveyor_iac.proofs.diff.replay import admitted
from conveyor_iac.proofs.diff.sides import rows
from conveyor_iac.proofs.network.cloudformation import block
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.network.pieces import covered
from conveyor_iac.proofs.network.resolved import items, mapping, name, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text, Unknown

_PEERS = {"ingress": ("CidrIp", "CidrIpv6", "SourceSecurityGroupId", "SourceSecurityGroupName", "SourcePrefixListId"),
          "egress": ("CidrIp", "CidrIpv6", "DestinationSecurityGroupId", "DestinationPrefixListId")}
_QUIET = frozenset({"Description", "GroupId", "IpProtocol", "FromPort", "ToPort", "SourceSecurityGroupOwnerId"})
_NAMED = frozenset(key for keys in _PEERS.values() for key in keys if not key.startswith("Cidr"))
_EVERYBODY = (ip_network("0.0.0.0/0"), ip_network("::/0"))
LIST = "AWS::EC2::PrefixList"
MEMBERS = "members of the security group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Admits:
    """All that one security group, or several of one resource, let pass: as read here, and as written (`rules`).

    odd: rules that cannot be read.
    """

    ways: tuple[Way, ...] = ()
    odd: tuple[str, ...] = ()
    rules: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def groups(case: Case, world: World) -> dict[str, Admits]:
    """The security groups of a template in a world, and those of elsewhere that it adds rules to."""
    found: dict[str, list[tuple[str, Any]]] = {}
    made = rows(case, world, "AWS::EC2::SecurityGroup")
    limited = {name(row.get("GroupId")) for row in rows(case, world, "AWS::EC2::SecurityGroupEgress").values()}
    for own, row in made.items():
        found[own] = list(_embedded(own, row, limited=own in limited))
    for type_, way in (("AWS::EC2::SecurityGroupIngress", "ingress"), ("AWS::EC2::SecurityGroupEgress", "egress")):
        for row in rows(case, world, type_).values():
            group = name(row.get("GroupId", row.get("GroupName")))
            found.setdefault(group, []).append((way, {key: row[key] for key in row if key != "GroupName"}))
    known = own_blocks(case, world)
    lists = {own: items(row.get("Entries")) for own, row in rows(case, world, LIST).items()}
    spread = {group: [(way, _with_blocks(one, known)) for way, row in given for one in _spread(row, lists)]
              for group, given in found.items()}
    return {group: _admits(group, given) for group, given in spread.items()}


def _spread(row: Any, lists: Mapping[str, tuple[Any, ...] | None]) -> Iterator[Any]:
    """A rule; one for each block of a prefix list that the template makes."""
    key = next((key for key in mapping(row) if key.endswith("PrefixListId")), "")
    entries = lists.get(name(row[key])) if key else None
    if entries is None:
        yield row
    for entry in entries or ():
        written = text(mapping(entry).get("Cidr"))
        six = written is not None and ":" in str(written)
        yield {**{one: value for one, value in row.items() if one != key}, "CidrIpv6" if six else "CidrIp": written}


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


def _embedded(own: str, row: Mapping[str, Any], *, limited: bool) -> Iterator[tuple[str, Any]]:
    """The rules that stand in a group. One without rules for what goes out has AWS's default ones.

    limited: rules that stand elsewhere are added to it. The first of them takes the default ones away, unless others
    are made before it: what is left of them is told by nobody. Source: https://github.com/aws/aws-cdk/issues/987.
    """
    for way, key in (("ingress", "SecurityGroupIngress"), ("egress", "SecurityGroupEgress")):
        given = items(row.get(key))
        if given is None:
            yield way, f"the {way} rules of {own} are a list that is decided at deployment: {text(row[key])}"
        yield from ((way, one) for one in given or ())
        if given == () and way == "egress":
            for key, everybody in zip(("CidrIp", "CidrIpv6"), _EVERYBODY, strict=True):
                left = Unknown(name=f"what the default rule of {own} for {everybody} still lets out")
                yield way, {"IpProtocol": Text.of("-1"), key: Text.of(left if limited else str(everybody))}


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
    filled = filling((_addressed(row) for _, row in (*before.rules, *after.rules)), likely)
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


def _addressed(row: Mapping[str, Any]) -> dict[str, Any]:
    """A rule without the names of groups and lists, which need no value."""
    return {key: value for key, value in row.items() if key not in _NAMED}


def in_words(row: Mapping[str, Any], filled: Mapping[str, str]) -> dict[str, str]:
    """A rule in plain words; groups and lists by their names."""
    return {key: name(value) if key in _NAMED else str(value.fill(filled)) if isinstance(value, Text) else str(value)
            for key, value in row.items()}
