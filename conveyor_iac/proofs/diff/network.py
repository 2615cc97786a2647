"""Which ways packets may take that they could not before: out to the internet, past a firewall, to another network.

Asks both networks for every subnet of `after` and one address of every piece that either tells apart. A way is covered
where the other side leads to the same place with no better guard. Where blocks are decided at deployment, two sides
are alike only if they choose among the same blocks at every table. A way that is new is walked by hand on both sides.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from conveyor_iac.proofs.claims.network.no_internet_path import told
from conveyor_iac.proofs.diff import bypassed
from conveyor_iac.proofs.diff.firewalls import passes_more
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.sides import judged, rewritten, same, sides, worlds
from conveyor_iac.proofs.diff.ways import End, Side, apart, by_shape
from conveyor_iac.proofs.network.cloudformation import ROUTED, makes_more
from conveyor_iac.proofs.network.cloudformation_filters import FIREWALLS
from conveyor_iac.proofs.network.machines import MACHINES, joined
from conveyor_iac.proofs.network.model import OUTSIDE, Address
from conveyor_iac.proofs.network.model import Kind as Target
from conveyor_iac.proofs.network.paths import MOST_WALKS, Walk
from conveyor_iac.proofs.network.pieces import everywhere, is_public
from conveyor_iac.proofs.network.replay import Ride, ride
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, Verdict, proved, refuted, together, undecided

_FIREWALL = "AWS::NetworkFirewall::Firewall"
_READ = {**ROUTED, _FIREWALL: (*ROUTED[_FIREWALL], *FIREWALLS[_FIREWALL])}
_NAMES = frozenset({"Tags"})
"""What only tells people what a resource is."""


def found(joint: Joint) -> Iterator[Found]:
    """Whether each subnet, and each route table of elsewhere, of `after` leads anywhere that it did not before."""
    if (mixed := tuple(rewritten(joint, Kind.PATH))):
        yield from mixed
        return
    yield from bypassed.found(joint)
    subnets = [one.logical_id for one in joint.after.template.of_type("AWS::EC2::Subnet")]
    if _is_same(joint):
        yield from (Found(kind=Kind.PATH, subject=subnet, answer=proved()) for subnet in subnets)
        return
    judge = _Judge(joint)
    yield from judged(joint, Kind.PATH, lambda: subnets, judge.answer)
    yield from judged(joint, Kind.PATH, judge.foreign, judge.answer)


def _is_same(joint: Joint) -> bool:
    """Whether all that decides where packets go is equal on both sides."""
    return _beside_the_same(joint) and same(
        joint, lambda one: one.type in _READ or one.type in MACHINES or makes_more(one), _NAMES)


def _beside_the_same(joint: Joint) -> bool:
    mine, theirs = ([other.body for other in case.beside] for case in sides(joint))
    return mine == theirs


class _World:
    """Both sides in one world."""

    def __init__(self, joint: Joint, world: World) -> None:
        self._joint, self.world, self._likely = joint, world, Likely(joint, world)
        self.before, self.after = (Side(case, world) for case in sides(joint))
        blocks = [*self.before.blocks(), *self.after.blocks()]
        self.addresses = sorted(everywhere(block for block in blocks if not isinstance(block, Text)),
                                key=lambda address: (not is_public(address), address.version, int(address)))
        self.is_same = self.before.network == self.after.network
        self.lost = tuple(self._lost())
        self.has_firewalls = bool(self.before.network.endpoints or self.after.network.endpoints)
        self._kept: dict[Any, Answer] = {}

    def _lost(self) -> Iterator[str]:
        """Blocks decided at deployment that a VPC had: their addresses stayed in it."""
        for own, vpc in self.before.network.vpcs.items():
            kept = self.after.network.vpcs[own].blocks if own in self.after.network.vpcs else vpc.blocks
            for block in vpc.blocks:
                if isinstance(block, Text) and block not in kept:
                    yield f"what {block} of {own} was"

    def answer(self, subnet: str) -> Answer:
        """What one subnet may reach that it could not; those with the same tables are asked once, unless there are
        firewalls, which see the answers to each subnet or do not."""
        mine, theirs = (side.network.subnets.get(subnet) for side in (self.before, self.after))
        if theirs is None:
            return proved()
        alone = self.has_firewalls or not theirs.tables
        key = (mine and (mine.vpc, mine.tables), theirs.vpc, theirs.tables, alone and subnet)
        if key not in self._kept:
            self._kept[key] = together(self._answers(subnet))
        return _of(self._kept[key], subnet)

    def _answers(self, subnet: str) -> Iterator[Answer]:
        for address in self.addresses:
            answer = self._at(subnet, address)
            yield answer
            if answer.verdict is Verdict.REFUTED:
                return

    def _at(self, subnet: str, address: Address) -> Answer:
        mine, theirs = self.before.walks(subnet, address), self.after.walks(subnet, address)
        open_ones = [walk for walk in theirs if walk.out is None and self.after.end(walk) is None]
        ends = [end for walk in theirs if (end := self.after.end(walk)) is not None]
        if not ends and not open_ones:
            return proved()
        if self._alike(mine, theirs) or (not open_ones and self._all_covered(mine, ends)):
            return proved()
        for end in ends:
            if end.walk.certain and (answer := self._new(mine, theirs, end)) is not None:
                return answer
        return undecided(*(self._doubt(walk, address) for walk in theirs if walk.out is not False))

    def _doubt(self, walk: Walk, address: Address) -> str:
        if self.after.end(walk) is None and walk.out is None:
            return f"to {address}: {walk.reason}"
        routes = ", ".join(hop.route for hop in walk.hops)
        return f"to {address}: whether the way by {routes} was there, past no better firewall, cannot be told"

    def _alike(self, mine: Iterable[Walk], theirs: Iterable[Walk]) -> bool:
        """Whether both choose among the same blocks at every table, and each choice leads to what it did."""
        one, other = by_shape(self.before, mine), by_shape(self.after, theirs)
        return not self.lost and one.keys() == other.keys() and all(
            self._is_told_alike(walk, one[shape]) for shape, walks in other.items() for walk in walks)

    def _is_told_alike(self, walk: Walk, before: Iterable[Walk]) -> bool:
        end = self.after.end(walk)
        if end is not None:
            return all((other := self.before.end(one)) is not None and self._covers(other, end) is True
                       for one in before)
        if walk.out is not None:
            return True
        return not walk.reason.startswith(f"more than {MOST_WALKS}") and all(
            one.hops == walk.hops and self._says_the_same(walk) for one in before)

    def _says_the_same(self, walk: Walk) -> bool:
        """Whether what nobody can follow is written alike on both sides."""
        mine, theirs = (case.template.resources for case in sides(self._joint))
        names = {hop.route for hop in walk.hops} | {hop.to for hop in walk.hops}
        return all(mine[one].properties == theirs[one].properties for one in names if one in mine and one in theirs)

    def _all_covered(self, mine: tuple[Walk, ...], ends: Iterable[End]) -> bool:
        """Whether the other side leads there whichever way it takes."""
        before = [self.before.end(walk) for walk in mine]
        return bool(before) and not self.lost and all(
            one is not None and self._covers(one, end) is True for one in before for end in ends)

    def _covers(self, before: End, after: End) -> bool | None:
        """Whether a way was there with no better guard; None when nobody can say which guard is better."""
        if before.place != after.place or (after.both_ways and not before.both_ways):
            return False
        missing = [guard for guard in before.guards if not any(
            other == guard[0] and (firm or not guard[1]) for other, firm in after.guards)]
        if not missing:
            return True
        if not after.guards:
            return False
        return True if all(self._is_matched(policy, firm, after) for policy, firm in missing) else None

    def _is_matched(self, policy: str, firm: bool, after: End) -> bool:
        """Whether a firewall of another policy lets through no more than this one did."""
        return any((sees or not firm) and other != policy and passes_more(
            self._joint, self.world, policy, other).verdict is Verdict.PROVED for other, sees in after.guards)

    def _new(self, mine: tuple[Walk, ...], theirs: tuple[Walk, ...], end: End) -> Answer | None:
        """The counterexample of a way that was surely not there; nothing when that cannot be shown."""
        known = {(walk.reason, walk.hops) for walk in theirs if walk.out is None}
        for walk in mine:
            before = self.before.end(walk)
            if before is None and walk.out is None:
                doubtful = (walk.reason, walk.hops) not in known
            else:
                doubtful = before is not None and self._covers(before, end) is not False
            if doubtful and not self.before.is_elsewhere(walk, self._likely):
                return None
        return self._shown(end)

    def _shown(self, end: End) -> Answer | None:
        """The way as it is walked by hand on both sides, with the blocks that are decided at deployment apart."""
        walk = end.walk
        own = self.after.network.vpcs.get(self.after.network.subnets[walk.subnet].vpc)
        blocks = apart([block for block in own.blocks if isinstance(block, Text)] if own else [], walk.address,
                        self._likely)
        if blocks is None:
            return None
        hops = tuple(hop.route for hop in walk.hops)
        after = ride(self.after.network, walk.subnet, str(walk.address), hops)
        before = ride(self.before.network, walk.subnet, str(walk.address))
        if after is None or after.routes != hops or not _is_more(before, after):
            return None
        return refuted({**told(self.world, walk), **({"where": blocks} if blocks else {}),
                        "because": _because(before, after), "before": list(before.routes) if before else []})


def _of(answer: Answer, subnet: str) -> Answer:
    """The answer of a subnet with the same tables, as this one's."""
    if answer.counterexample is None:
        return answer
    return refuted({**answer.counterexample, "from": subnet}, *answer.notes)


def _is_more(before: Ride | None, after: Ride) -> bool:
    """Whether the packet that was walked by hand got where it did not, or past fewer guards."""
    if after.hidden and after.kind in OUTSIDE:
        return False
    if before is None or before.out != after.out or (not after.out and (before.kind, before.name) != (
            after.kind, after.name)):
        return True
    walls = [{name for kind, name in one.past if kind == Target.FIREWALL} for one in (before, after)]
    return bool(walls[0] and not walls[1]) or (_only_asks(before) and not _only_asks(after))


def _only_asks(taken: Ride) -> bool:
    return taken.kind == Target.EGRESS_ONLY or any(kind == Target.NAT for kind, _ in taken.past)


def _because(before: Ride | None, after: Ride) -> str:
    if before is None or before.out != after.out or not after.out:
        there = "the internet" if after.out else f"{after.kind} {after.name}"
        return f"there was no way to {there}"
    walls = [name for kind, name in before.past if kind == Target.FIREWALL]
    if walls and not any(kind == Target.FIREWALL for kind, _ in after.past):
        return f"the way passed the firewall endpoint {', '.join(walls)} and passes none now"
    return "the way was one for questions alone, and lets the internet ask now"


class _Judge:
    """Asks in every world that tells one of the two networks apart."""

    def __init__(self, joint: Joint) -> None:
        self._joint = joint
        self._same_words = same(joint, lambda one: one.type in _READ, _NAMES)
        self._same_strangers = _beside_the_same(joint) and same(joint, makes_more)
        self._same_machines = same(joint, lambda one: one.type in MACHINES, _NAMES)
        self._worlds: tuple[_World, ...] | None = None

    def _all(self) -> tuple[_World, ...]:
        if self._worlds is None:
            self._worlds = tuple(_World(self._joint, world) for world in worlds(self._joint, _READ))
        return self._worlds

    def foreign(self) -> tuple[str, ...]:
        """Tables of elsewhere that `after` writes into or gives to subnets of elsewhere."""
        return tuple(dict.fromkeys(table for one in self._all() for table in one.after.strangers))

    def answer(self, subnet: str) -> Answer:
        """One subnet in all worlds."""
        return together(self._answers(subnet))

    def _answers(self, subnet: str) -> Iterator[Answer]:
        for one in self._all():
            self._joint.after.left()
            yield from self._unclear(one)
            if not (self._same_words and one.is_same):
                yield one.answer(subnet)
            if not self._same_machines:
                yield from self._joined(one, subnet)

    def _unclear(self, one: _World) -> Iterator[Answer]:
        """Why a network may be other than it is told, unless both are told alike by the same resources."""
        mine, theirs = one.before.network.unclear, one.after.network.unclear
        if not (self._same_strangers and set(theirs) <= set(mine)):
            yield from (undecided(reason) for reason in theirs)

    def _joined(self, one: _World, subnet: str) -> Iterator[Answer]:
        """Machines that stand in this subnet and in one with a way out, and did not before."""
        mine, theirs = (
            {note for answer in joined(case, one.world, side.network, (subnet,)) for note in answer.notes}
            for case, side in zip(sides(self._joint), (one.before, one.after), strict=True))
        yield from (undecided(note) for note in sorted(theirs - mine))
