"""What the filters of `after` let pass that those of `before` did not.

Security groups and those of each resource that has some; network ACLs by subnet; firewall policies; the DNS firewall
of each VPC. What is removed is found by the turned question.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff import acls, groups, moved, resolver
from conveyor_iac.proofs.diff.firewalls import GROUP, POLICY, passes_more
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.packets import More
from conveyor_iac.proofs.diff.sides import judged, rewritten, row, same, sides, worlds
from conveyor_iac.proofs.network.cloudformation_filters import FIREWALLS, fails_open
from conveyor_iac.proofs.network.neighbours import may_answer
from conveyor_iac.proofs.network.resolved import items, name
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.verdict import Answer, Verdict, proved, refuted, together, undecided

_GROUPS = ("AWS::EC2::SecurityGroup", "AWS::EC2::SecurityGroupIngress", "AWS::EC2::SecurityGroupEgress",
           groups.LIST)
_VPCS = ("AWS::EC2::VPC", "AWS::EC2::VPCCidrBlock", "AWS::EC2::Subnet")
_LISTS = frozenset({"SecurityGroupIds", "SecurityGroups", "VPCSecurityGroups", "VpcSecurityGroupIds", "GroupSet",
                    "AwsVpcSecurityGroupIds", "SecurityGroupIdList"})
"""The properties that name the security groups of a resource."""
_QUIET = frozenset({"Tags", "GroupName", "GroupDescription", "Description"})
_FIREWALL = "AWS::NetworkFirewall::Firewall"


def found(joint: Joint) -> Iterator[Found]:
    """Whether each filter of `after` lets pass more than it did."""
    if (mixed := tuple(rewritten(joint, Kind.FILTER))):
        yield from mixed
        return
    for subjects, judge in _JUDGES:
        yield from judged(joint, Kind.FILTER, partial(subjects, joint), partial(judge, joint))
    yield from moved.found(joint)


def _is_same(joint: Joint, types: Iterable[str], but: frozenset[str] = _QUIET) -> bool:
    known = frozenset(types)
    return same(joint, lambda one: one.type in known, but)


def _in_worlds(joint: Joint, read: Iterable[str], judge: Callable[[World], Answer]) -> Answer:
    def answers() -> Iterator[Answer]:
        for world in worlds(joint, dict.fromkeys(read, ())):
            joint.after.left()
            answer = judge(world)
            yield answer
            if answer.verdict is Verdict.REFUTED:
                return

    return together(answers())


def _told(found: More, world: World, more: Mapping[str, Any]) -> Answer:
    if found.packet is not None:
        where = {"where": dict(found.where)} if found.where else {}
        return refuted({**more, "packet": found.packet.told(), "conditions": world.described(), **where,
                        "because": "it is let through, and was not"})
    return undecided(*found.because) if found.because else proved()


# Security groups

def _group_names(joint: Joint) -> Iterator[str]:
    """The security groups, and those of elsewhere that get rules."""
    made = joint.after.template.resources
    yield from (one.logical_id for one in joint.after.template.of_type(_GROUPS[0]))
    if not _is_same(joint, _GROUPS):
        yield from dict.fromkeys(own for world in worlds(joint, dict.fromkeys((*_GROUPS, *_VPCS), ()))
                                 for own in groups.groups(joint.after, world) if own not in made)


def _group(joint: Joint, own: str) -> Answer:
    """A group that was there, or that the template does not make: one that is new filters nothing else's packets."""
    if _is_same(joint, (*_GROUPS, *_VPCS)):
        return proved()

    def judge(world: World) -> Answer:
        mine, theirs = (groups.groups(case, world) for case in sides(joint))
        if own not in theirs or (own in joint.after.template.resources and own not in mine):
            return proved()
        return _told(groups.more(mine.get(own, groups.Admits()), theirs[own], Likely(joint, world),
                                 groups.blocks_of(joint.after, world)), world, {"group": own})

    return _in_worlds(joint, (*_GROUPS, *_VPCS), judge)


def _grouped(joint: Joint) -> Iterator[str]:
    """Resources on both sides whose security groups are written otherwise."""
    mine, theirs = (case.template.resources for case in sides(joint))
    for own, resource in theirs.items():
        if own in mine and resource.type not in _GROUPS and list(_lists(resource.properties)) != list(
                _lists(mine[own].properties)):
            yield own


def _lists(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key in _LISTS:
                yield item
            else:
                yield from _lists(item)
    elif isinstance(value, list):
        for item in value:
            yield from _lists(item)


def _attached(joint: Joint, own: str) -> Answer:
    """A resource that has other groups than it had."""
    types = {case.template.resources[own].type for case in sides(joint)}

    def judge(world: World) -> Answer:
        if any(row(case, world, own) is None for case in sides(joint)):
            return proved()
        mine, theirs = (_names(case, world, own) for case in sides(joint))
        if theirs is None or mine is None or not theirs or not mine:
            return proved() if theirs == mine and theirs is not None else undecided(
                f"the security groups of {own} are decided at deployment, or are the VPC's default one")
        if set(theirs) <= set(mine):
            return proved()
        made = [groups.groups(case, world) for case in sides(joint)]
        if strange := [one for one in theirs if one not in made[1] and one not in mine]:
            return undecided(f"what {', '.join(strange)} lets through to {own} is not in the template")
        before, after = (groups.together(known[one] for one in named if one in known)
                         for known, named in zip(made, (mine, theirs), strict=True))
        found = groups.more(before, after, Likely(joint, world), groups.blocks_of(joint.after, world))
        known = {one for group in made[1].values() for way in group.ways if way.kind == groups.MEMBERS
                 for one in theirs if one not in mine and str(way.peer) == one}
        return together((_told(found, world, {"resource": own, "groups": list(theirs)}), *(
            undecided(f"whom {own} reaches as a member of {one} is not judged") for one in sorted(known))))

    return _in_worlds(joint, (*_GROUPS, *_VPCS, *types), judge)


def _names(case: Case, world: World, own: str) -> tuple[str, ...] | None:
    given: list[str] = []
    for value in _lists(row(case, world, own) or {}):
        listed = items(value)
        if listed is None:
            return None
        given += map(name, listed)
    return tuple(given)


# Network ACLs

def _acl_names(joint: Joint) -> Iterator[str]:
    """Subnets on both sides, where ACLs are written otherwise; ACLs of elsewhere that get rules."""
    if _is_same(joint, (*acls.TYPES, *_VPCS)):
        return
    mine, theirs = (case.template.resources for case in sides(joint))
    yield from (one.logical_id for one in joint.after.template.of_type("AWS::EC2::Subnet") if one.logical_id in mine)
    yield from dict.fromkeys(own for world in worlds(joint, dict.fromkeys((*acls.TYPES, *_VPCS), ()))
                             for own in acls.acls(joint.after, world) if own not in theirs)


def _acl(joint: Joint, own: str) -> Answer:
    def judge(world: World) -> Answer:
        mine, theirs = (acls.acls(case, world) for case in sides(joint))
        if own not in joint.after.template.resources:
            more = {"acl": own}
            before, after = mine.get(own, acls.Acl()), theirs.get(own, acls.Acl())
        else:
            named = [acls.of_subnets(case, world).get(own) for case in sides(joint)]
            more = {"subnet": own, "acl": named[1] or "the default one"}
            before, after = (acls.everything() if acl is None else known.get(acl, acls.elsewhere(acl))
                             for acl, known in zip(named, (mine, theirs), strict=True))
        return _told(acls.more(before, after, Likely(joint, world)), world, more)

    return _in_worlds(joint, (*acls.TYPES, *_VPCS), judge)


# Firewalls

def _policies(joint: Joint) -> Iterator[str]:
    mine = joint.before.template.resources
    yield from (one.logical_id for one in joint.after.template.of_type(POLICY) if one.logical_id in mine)


def _policy(joint: Joint, own: str) -> Answer:
    if _is_same(joint, (POLICY, GROUP, _FIREWALL, _VPCS[0]), frozenset({"Tags", "Description", "Capacity"})):
        return proved()
    return _in_worlds(joint, (POLICY, GROUP), lambda world: passes_more(joint, world, own, own))


def _firewalls(joint: Joint) -> Iterator[str]:
    """Firewalls on both sides whose policy is another one."""
    mine = joint.before.template.resources
    for one in joint.after.template.of_type(_FIREWALL):
        if one.logical_id in mine and one.properties.get("FirewallPolicyArn") != mine[one.logical_id].properties.get(
                "FirewallPolicyArn"):
            yield one.logical_id


def _firewall(joint: Joint, own: str) -> Answer:
    def judge(world: World) -> Answer:
        before, after = (row(case, world, own, "FirewallPolicyArn") for case in sides(joint))
        if before is None or after is None:
            return proved()
        mine, theirs = (name(one.get("FirewallPolicyArn")) for one in (before, after))
        return proved() if mine == theirs else passes_more(joint, world, mine, theirs)

    return _in_worlds(joint, FIREWALLS, judge)


# Names

def _vpcs(joint: Joint) -> tuple[str, ...]:
    """The VPCs that had a DNS firewall, and those whose settings are told."""
    found: dict[str, None] = {}
    for world in worlds(joint, dict.fromkeys(resolver.TYPES, ())):
        for case in sides(joint):
            found |= dict.fromkeys(resolver.rules_of(case, world))
            found |= dict.fromkeys(vpc for _, vpc, _ in fails_open(case, world))
    return tuple(found)


def _dns(joint: Joint, vpc: str) -> Answer:
    beside = [[one.body for one in case.beside] for case in sides(joint)]
    new = [reason for reason in may_answer(joint.after)
           if beside[0] != beside[1] or reason not in may_answer(joint.before)]
    doubts = undecided(*new) if new else proved()
    if _is_same(joint, resolver.TYPES):
        return doubts

    def judge(world: World) -> Answer:
        if vpc in joint.before.template.resources and row(joint.after, world, vpc) is None:
            return proved()
        if vpc in joint.after.template.resources and row(joint.before, world, vpc) is None:
            return proved(f"{vpc} is new: what its resolver answers for is no more than it was")
        mine, theirs = (resolver.rules_of(case, world).get(vpc, resolver.Rules()) for case in sides(joint))
        answer = together((resolver.more(mine, theirs, Likely(joint, world)), _failing(joint, world, vpc)))
        if answer.counterexample is None:
            return answer
        return refuted({"vpc": vpc, "conditions": world.described(), **answer.counterexample})

    return together((doubts, _in_worlds(joint, (*resolver.TYPES, "AWS::EC2::VPC"), judge)))


def _failing(joint: Joint, world: World, vpc: str) -> Answer:
    """A DNS firewall that lets everything pass while it cannot be reached."""
    mine, theirs = ({passes for _, own, passes in fails_open(case, world) if own == vpc} for case in sides(joint))
    if True in theirs and True not in mine:
        return refuted({"query": resolver.NOBODYS,
                        "because": "every name passes while the DNS firewall cannot answer, and did not"})
    if None in theirs and None not in mine:
        return undecided(f"whether names pass while the DNS firewall of {vpc} cannot answer")
    return proved()


_JUDGES: tuple[tuple[Callable[[Joint], Iterable[str]], Callable[[Joint, str], Answer]], ...] = (
    (_group_names, _group), (_grouped, _attached), (_acl_names, _acl), (_policies, _policy), (_firewalls, _firewall),
    (_vpcs, _dns))
"""What is judged, and by whom."""
