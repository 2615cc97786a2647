"""Which subnets have moved to other addresses that a filter tells apart: what stands in them is let through elsewhere.

A filter that names a whole VPC, or everybody, tells no two of its subnets apart, as long as both get their addresses
from the same block.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff import acls, groups
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.sides import judged, rows, sides, worlds
from conveyor_iac.proofs.network.cloudformation import ROUTED, network
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text, texts
from conveyor_iac.proofs.verdict import Answer, Verdict, together, undecided

_SUBNET, _RULES = "AWS::EC2::Subnet", "AWS::NetworkFirewall::RuleGroup"
_FILTERS = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress", *acls.TYPES)
_READ = {**ROUTED, **dict.fromkeys((*_FILTERS, _RULES), ())}


def found(joint: Joint) -> Iterator[Found]:
    """Whether each subnet of both whose addresses are written otherwise is let through by no filter that tells them."""
    mine, theirs = (case.template.resources for case in sides(joint))
    moved = [one for one in theirs if one in mine and theirs[one].type == _SUBNET
             and any(mine[one].properties.get(key) != theirs[one].properties.get(key)
                     for key in ("CidrBlock", "Ipv6CidrBlock", "VpcId"))]
    for given in judged(joint, Kind.FILTER, lambda: moved, lambda own: together(_answers(joint, own))):
        if given.answer.verdict is not Verdict.PROVED:
            yield given


def _answers(joint: Joint, own: str) -> Iterator[Answer]:
    for world in worlds(joint, _READ):
        joint.after.left()
        before, after = (network(case, world) for case in sides(joint))
        one, other = before.subnets.get(own), after.subnets.get(own)
        if one is None or other is None or one.blocks == other.blocks:
            continue
        wholes = {*before.vpcs[one.vpc].blocks} if one.vpc in before.vpcs else set()
        for named in sorted(_named(joint.after, world), key=str):
            same_piece = named in wholes and one.base is not None and one.base == other.base
            if not same_piece and _tells_apart(named, (one.blocks, other.blocks)):
                yield undecided(f"whether {named}, of which a filter speaks, holds the addresses that {own} has now and"
                                " those it had is not known")


def _named(case: Case, world: World) -> set[Block]:
    """The blocks of which filters speak, but for everybody."""
    ways = [way for one in groups.groups(case, world).values() for way in one.ways]
    ways += [entry.way for one in acls.acls(case, world).values() for entry in one.entries]
    given: set[Block] = {way.peer for way in ways if not isinstance(way.peer, Text) or way.kind in ("4", "6")}
    for row in rows(case, world, _RULES).values():
        given |= {block for one in texts(row.get("RuleGroup")) if (block := _literal(one)) is not None}
    return {one for one in given if isinstance(one, Text) or one.prefixlen > 0}


def _literal(written: Text) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(written.literal or "", strict=False)
    except ValueError:
        return None


def _tells_apart(named: Block, blocks: tuple[tuple[Block, ...], tuple[Block, ...]]) -> bool:
    """Whether a block may hold some of the one and none of the other, or the other way round."""
    relations = []
    for given in blocks:
        if isinstance(named, Text) or any(isinstance(one, Text) for one in given):
            return True
        alike = [one for one in given if not isinstance(one, Text) and one.version == named.version]
        relations.append({("in" if one.subnet_of(named) else "over" if one.overlaps(named) else "out")  # type: ignore[arg-type]
                          for one in alike} - {"out"})
    return relations[0] != relations[1] or "over" in relations[0]
