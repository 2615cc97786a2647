"""Which actions to ask about, so that whatever one template allows more is found: those of which they speak otherwise.

Knows that a request that is allowed after and refused before needs an Allow, an Allow of the boundary or a Deny that
the other side does not have in the same words. What is the same on both sides is not asked about at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.policies import Two, anything
from conveyor_iac.proofs.iam.actions import is_pattern, meets
from conveyor_iac.proofs.iam.alike import less, merged
from conveyor_iac.proofs.iam.power import Boundary, Piece, Power
from conveyor_iac.proofs.iam.statements import Statement
from conveyor_iac.proofs.scope import World

_ALWAYS = World()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Statements that are always there, and others with what they come to, world by world."""

    always: tuple[Statement, ...]
    sometimes: tuple[tuple[Any, tuple[Statement, ...]], ...]


def asked(two: Two) -> tuple[str, ...]:
    """The actions to ask about, those without a wildcard first."""
    before, after = two.joint.before, two.joint.after
    mine, theirs = two.after.identity, two.before.identity
    limits, others = _limits(two.after), _limits(two.before)
    granting = [*_every(_said(two, after, mine, allows=True)),
                *(anything(row.reason) for row in two.after.unread)]
    found = set(_patterns(_left(_said(two, after, mine, allows=True), _said(two, before, theirs, allows=True))))
    other = [*_left(_said(two, after, limits, allows=True), _said(two, before, others, allows=True)),
             *_left(_said(two, before, (*theirs, *others), allows=False),
                    _said(two, after, (*mine, *limits), allows=False))]
    if two.before.boundaries and _there(two.before.boundaries) != _there(two.after.boundaries):
        other.append(anything("a boundary"))
    patterns = set(_patterns(granting))
    for pattern in set(_patterns(other)):
        found |= {_finer(pattern, given) for given in patterns if meets(pattern.lower(), given.lower())}
    return tuple(sorted(found, key=lambda action: (is_pattern(action), action)))


def _limits(power: Power) -> tuple[Piece, ...]:
    return tuple(piece for row in power.boundaries for piece in row.pieces or ())


def _there(rows: Iterable[Boundary]) -> list[Any]:
    """When there is a boundary, and whether it can be read."""
    return [(row.guards, row.unread) for row in rows]


def _said(two: Two, case: Case, pieces: Sequence[Piece], *, allows: bool) -> _Said:
    always: list[Statement] = []
    sometimes: list[tuple[Any, tuple[Statement, ...]]] = []
    for piece in pieces:
        names = tuple(sorted(piece.conditions))
        worlds = case.conditions.worlds(names) if names else (_ALWAYS,)
        rows = [two.read(piece, world) if piece.present(world) else None for world in worlds]
        found = tuple(row for row in rows if row is not None and row.allows is allows)
        if not names:
            always += found
        elif found:
            key = (names, tuple(None if row is None else (row.allows, merged((row,), "*")) for row in rows))
            sometimes.append((key, found))
    return _Said(always=tuple(always), sometimes=tuple(sometimes))


def _every(said: _Said) -> Iterator[Statement]:
    yield from said.always
    for _, rows in said.sometimes:
        yield from rows


def _left(mine: _Said, theirs: _Said) -> Iterator[Statement]:
    """What one side says that the other does not say whenever this one does."""
    yield from less(mine.always, theirs.always)
    known = {key for key, _ in theirs.sometimes}
    for key, rows in mine.sometimes:
        if key not in known:
            yield from less(rows, theirs.always)


def _patterns(rows: Iterable[Statement]) -> Iterator[str]:
    """The actions of statements; where one says all but some, or what cannot be read, any action."""
    for row in rows:
        yield from (text.literal if text.literal is not None else "*" for text in row.actions) if row.actions else "*"


def _finer(one: str, other: str) -> str:
    """The narrower of two patterns that meet; where neither covers the other, either will do."""
    for inner, outer in ((one, other), (other, one)):
        if not is_pattern(inner) or meets(outer.lower(), inner.lower().replace("*", "\x00").replace("?", "\x00")):
            return inner
    return one
