"""What the policies of two templates say of one action, and the problems that the one allows and the other refuses.

A request is refused where no Allow of the identity surely matches it, or none of the boundary, or where a Deny may.
So an Allow of `before` stands in the way as a Deny of `after` does, and a Deny of `before` is one thing more that the
request must match: the direction rule holds on both sides. What both say in the same words is left out.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.iam.actions import is_pattern, may_speak, surely_speaks
from conveyor_iac.proofs.iam.alike import less, merged
from conveyor_iac.proofs.iam.encoding import Problem
from conveyor_iac.proofs.iam.power import Boundary, Piece, Power, Unread
from conveyor_iac.proofs.iam.prover import Slice, refuses_all
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.statements import Statement
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text

EVERYTHING = Text.of("*")
RESOURCE = Rule(inside=(Text.of("arn:*:*:*:*:*"), Text.of("${*}")))
"""What an action can be on: an ARN, or `*` where it is on none."""
Read = Callable[[Piece], Statement]
Bounds = tuple[Statement, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """Statements of one template: what the identity allows, what its boundary does, and what either denies.

    limits: nothing where there is no boundary. unread: policies that may allow anything, and are on the other side too.
    """

    allows: tuple[Statement, ...]
    limits: tuple[Statement, ...] | None
    denies: tuple[Statement, ...]
    unread: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Two:
    """The policies of one subject in both templates, and the request looked for; its actions are worked out."""

    joint: Joint
    before: Power
    after: Power
    question: Question
    readings: dict[tuple[int, int], Statement] = field(default_factory=dict)
    made_up: dict[Any, dict[str, str]] = field(default_factory=dict)
    """Names that only the deployment tells, for each way the conditions fall out."""

    def read(self, piece: Piece, world: World) -> Statement:
        """A statement in a world, read once."""
        key = (id(piece), id(world))
        if key not in self.readings:
            self.readings[key] = piece.read(world)
        return self.readings[key]

    def same(self, one: Unread | Boundary, other: Unread | Boundary) -> bool:
        """Whether what cannot be read is the same on both sides: a policy of one name that no template holds."""
        return one == other and (one.elsewhere is not None or self._one_template())

    def _one_template(self) -> bool:
        before, after = self.joint.before, self.joint.after
        mine, theirs = ({name: row.body for name, row in case.template.resources.items()} for case in (before, after))
        return mine == theirs and [row.body for row in before.beside] == [row.body for row in after.beside]


def bounding(rows: Sequence[Boundary], world: World) -> Boundary | None:
    """The boundary that there is in a world."""
    return next((row for row in rows if row.present(world)), None)


def side(part: Slice, world: World, read: Read, unread: Sequence[Unread] = ()) -> Side:
    """What a slice says in one world; a boundary that cannot be read bounds nothing."""
    identity = [read(piece) for piece in part.identity if piece.present(world)]
    boundary = bounding(part.boundaries, world)
    limits = None if boundary is None or boundary.pieces is None else [
        read(piece) for piece in boundary.pieces if piece.present(world)]
    return Side(allows=tuple(row for row in identity if row.allows),
                limits=None if limits is None else tuple(row for row in limits if row.allows),
                denies=tuple(row for row in (*identity, *(limits or ())) if not row.allows),
                unread=tuple(anything(row.reason) for row in unread))


def anything(where: str) -> Statement:
    """A statement that allows everything."""
    return Statement(where=where, allows=True, actions=(EVERYTHING,), resources=(EVERYTHING,))


def problems(question: Question, action: str, before: Side, after: Side) -> Iterator[Problem]:
    """Every way for a request to be allowed after and refused before; without one, none is."""
    limited: list[Bounds] = [()] if after.limits is None else [(row,) for row in after.limits]
    rooms = [(tuple(less(after.allows, before.allows)), limited, before.allows)]
    if before.limits is not None:
        beyond: list[Bounds] = limited if after.limits is None else [
            (row,) for row in less(after.limits, before.limits)]
        rooms.append(((*less(after.allows, before.limits), *after.unread), beyond, before.limits))
    gone = tuple(less(before.denies, after.denies))
    rooms.append(((*after.allows, *after.unread), [(*bound, row) for bound in limited for row in gone], ()))
    for grants, bounds, allowed in rooms:
        if grants and bounds:
            yield from _problems(replace(question, actions=(action,)), grants, bounds, (*after.denies, *allowed))


def _problems(question: Question, grants: Sequence[Statement], bounds: Sequence[Bounds],
              denies: Sequence[Statement]) -> Iterator[Problem]:
    action, = question.actions
    against = merged((row for row in denies if surely_speaks(row, action)), action)
    if any(refuses_all(row) and (not is_pattern(action) or EVERYTHING in row.actions) for row in against):
        return
    for one in grants:
        for bound in bounds:
            if all(may_speak(row, action) for row in (one, *bound)):
                yield Problem(question=question, action=action, grants=one, bounds=bound, denies=against)
