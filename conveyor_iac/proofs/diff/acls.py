"""What the network ACL of a subnet lets pass that it did not: rules in their order, the first that fits decides.

A subnet without an ACL of the template has the VPC's default one, which lets everything pass. Source:
https://docs.aws.amazon.com/vpc/latest/userguide/nacl-rules.html.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.groups import own_blocks
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.packets import (
    More,
    Packet,
    Way,
    concrete,
    filling,
    packets,
    ports_of,
    protocol_of,
    spelled,
    surely,
)
from conveyor_iac.proofs.diff.replay import first_fit
from conveyor_iac.proofs.diff.sides import rows
from conveyor_iac.proofs.network.cloudformation import block
from conveyor_iac.proofs.network.resolved import flag, mapping, name, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text

ACL, ENTRY, ASSOCIATION = ("AWS::EC2::NetworkAcl", "AWS::EC2::NetworkAclEntry",
                           "AWS::EC2::SubnetNetworkAclAssociation")
TYPES = (ACL, ENTRY, ASSOCIATION)
_KEYS = frozenset({"NetworkAclId", "CidrBlock", "Ipv6CidrBlock", "Egress", "Icmp", "PortRange", "Protocol",
                   "RuleAction", "RuleNumber"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One rule: its place, whether it lets pass, what it fits, and the rule as it is written."""

    place: int
    passes: bool
    way: Way
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Acl:
    """The rules of an ACL in their order; `odd`: those that cannot be read, and why there may be others."""

    entries: tuple[Entry, ...] = ()
    odd: tuple[str, ...] = ()


def acls(case: Case, world: World) -> dict[str, Acl]:
    """The ACLs of a template in a world, and those of elsewhere that it adds rules to."""
    made = rows(case, world, ACL)
    found: dict[str, list[Entry]] = {own: [] for own in made}
    odd: dict[str, list[str]] = {}
    blocks = own_blocks(case, world)
    for own, written in rows(case, world, ENTRY).items():
        row = {key: blocks.get(str(value), value) for key, value in written.items()}
        acl = name(row.get("NetworkAclId"))
        if acl not in made:
            odd.setdefault(acl, []).append(f"the rules of {acl} are not all in the template")
        try:
            found.setdefault(acl, []).extend(_entries(row))
        except (ValueError, TypeError, AttributeError):
            odd.setdefault(acl, []).append(f"{own} cannot be read: {row}")
    return {acl: Acl(entries=tuple(sorted(entries, key=lambda entry: entry.place)), odd=tuple(odd.get(acl, ())))
            for acl, entries in found.items()}


def of_subnets(case: Case, world: World) -> dict[str, str]:
    """The ACL of each subnet that is given one."""
    return {name(row.get("SubnetId")): name(row.get("NetworkAclId"))
            for row in rows(case, world, ASSOCIATION).values()}


def everything() -> Acl:
    """A VPC's default ACL."""
    written = [{"Egress": Text.of(way), "CidrBlock": Text.of("0.0.0.0/0")} for way in ("true", "false")]
    six = [{"Egress": Text.of(way), "Ipv6CidrBlock": Text.of("::/0")} for way in ("true", "false")]
    more = {"RuleAction": Text.of("allow"), "RuleNumber": Text.of("100"), "Protocol": Text.of("-1")}
    return Acl(entries=tuple(entry for row in (*written, *six) for entry in _entries({**row, **more})))


def elsewhere(own: str) -> Acl:
    """An ACL that the template does not make."""
    return Acl(odd=(f"the rules of {own} are not in the template",))


def _entries(row: Mapping[str, Any]) -> Iterator[Entry]:
    """One rule; `ValueError` for one that is not written as rules are."""
    way, action = flag(row.get("Egress", False)), str(text(row.get("RuleAction"))).lower()
    blocks = [(key, text(row[key])) for key in ("CidrBlock", "Ipv6CidrBlock") if key in row]
    if way is None or action not in ("allow", "deny") or len(blocks) != 1 or set(row) - _KEYS:
        raise ValueError(row)
    key, written = blocks[0]
    peer = block(written)
    if peer is None or (isinstance(peer, Text) and written is not None and written.literal is not None):
        raise ValueError(written)
    protocol = protocol_of(text(row.get("Protocol")))
    yield Entry(place=int(str(text(row.get("RuleNumber")))), passes=action == "allow", row=row, way=Way(
        outward=way, protocol=protocol, ports=ports_of(protocol, _spread(protocol, row)), peer=peer,
        kind=("6" if key == "Ipv6CidrBlock" else "4") if isinstance(peer, Text) else ""))


def _spread(protocol: Any, row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ports or the ICMP type as a security group writes them."""
    if protocol in (1, 58):
        icmp = mapping(row.get("Icmp"))
        return {"FromPort": icmp.get("Type", Text.of("-1")), "ToPort": icmp.get("Code", Text.of("-1"))}
    ports = mapping(row.get("PortRange"))
    return {new: ports[key] for key, new in (("From", "FromPort"), ("To", "ToPort")) if key in ports}


def more(before: Acl, after: Acl, likely: Likely) -> More:
    """What the second lets pass that the first does not."""
    if _words(before) == _words(after) and before.odd == after.odd:
        return More()
    if after.odd or before.odd:
        return More(because=tuple(dict.fromkeys((*after.odd, *before.odd))))
    doubts: list[str] = []
    ways = [entry.way for entry in (*before.entries, *after.entries)]
    for entry in after.entries:
        for packet in packets(entry.way, ways) if entry.passes else ():
            if _says(after, packet) == {False} or _says(before, packet) == {True}:
                continue
            where = _shown(before, after, packet, likely)
            if where is not None:
                return More(packet=packet, where=where)
            doubts.append(f"whether {spelled(packet)} passed before is decided at deployment")
    return More(because=tuple(dict.fromkeys(doubts))[:5])


def _words(acl: Acl) -> list[tuple[int, bool, Way]]:
    return [(entry.place, entry.passes, entry.way) for entry in acl.entries]


def _says(acl: Acl, packet: Packet) -> set[bool]:
    """What an ACL may do with a packet: the first rule that surely fits ends it, those that may fit come before."""
    found: set[bool] = set()
    for entry in acl.entries:
        if surely(entry.way, packet):
            return found | {entry.passes}
        if entry.way.outward == packet.outward and any(isinstance(part, Text) for part in (
                entry.way.protocol, entry.way.ports, entry.way.peer, packet.protocol, packet.port, packet.peer)):
            found.add(entry.passes)
    return found | {False}


def _shown(before: Acl, after: Acl, packet: Packet, likely: Likely) -> Mapping[str, str] | None:
    filled = filling((_flat(entry.row) for one in (before, after) for entry in one.entries), likely)
    if filled is None:
        return None
    protocol, port, peer = concrete(packet, filled)
    try:
        passed = [first_fit([_plain(entry.row, filled) for entry in one.entries], packet.outward, protocol, int(port),
                            peer) for one in (before, after)]
    except (ValueError, KeyError):
        return None
    return filled if passed == [False, True] else None


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    ports = mapping(row.get("PortRange"))
    return {**row, **{new: ports[key] for key, new in (("From", "FromPort"), ("To", "ToPort")) if key in ports}}


def _plain(value: Any, filled: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, filled) for key, item in value.items()}
    return str(value.fill(filled)) if isinstance(value, Text) else str(value).lower()

