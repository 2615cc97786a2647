"""Asks whether a role's policies allow a request that a claim says they must not, in every world.

First with every unknown open: no such request means proved. If there may be one, with real values in place of the
unknowns, until the replay confirms one: refuted. A request that only might be there leaves the claim undecided.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.iam.actions import acts, as_written, may_match
from conveyor_iac.proofs.iam.concrete import concrete, could_call, documents, ordered, shown
from conveyor_iac.proofs.iam.deployed import Deployed, deployments
from conveyor_iac.proofs.iam.encoding import Encoding, Problem
from conveyor_iac.proofs.iam.power import Boundary, Piece, Power, Unread
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.replay import Decision, replay, replay_trust, unsupported
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.iam.solving import solve
from conveyor_iac.proofs.iam.statements import Statement
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.verdict import Answer, Verdict, proved, refuted, together, undecided

MOST_TRIED = 24
Given = Sequence[tuple[str, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """What can matter to one action: statements that may match it, and the conditions they hang on."""

    action: str
    identity: tuple[Piece, ...]
    boundaries: tuple[Boundary, ...]
    conditions: tuple[str, ...]


def ask(case: Case, power: Power, question: Question, *, given: Given = (), widening: bool = True) -> Answer:
    """Whether no request of the question is allowed. `given` are conditions that worlds must meet to count.

    `widening=False` is for the tests only: it proves what is not so, and shows that the fuzzing finds that.
    """
    answers = []
    for action in question.actions:
        answers.append(_ask_action(case, power, question, action, given, widening))
        if answers[-1].verdict is Verdict.REFUTED:
            break
    return together(answers)


def _ask_action(case: Case, power: Power, question: Question, action: str, given: Given,
                widening: bool) -> Answer:
    part = sliced(power, action)
    if not any(_may_allow(piece) for piece in part.identity) and not power.unread:
        return proved()
    names = {*part.conditions, *(name for name, _ in given), *(name for row in power.unread for name, _ in row.guards)}
    worlds = [world for world in case.conditions.worlds(tuple(sorted(names)))
              if all(world.conditions[name] == truth for name, truth in given)]
    if not worlds:
        return undecided(f"the conditions {', '.join(name for name, _ in given)} are never so together")
    answers = []
    for world in worlds:
        answers.append(_ask_world(case, power, part, question, world, widening))
        if answers[-1].verdict is Verdict.REFUTED:
            break
    return together(answers)


def _may_allow(piece: Piece) -> bool:
    return bool(piece.row.get("Effect") != "Deny")


def sliced(power: Power, action: str) -> Slice:
    """The statements that may match an action, anywhere in a role's policies."""
    lower = action.lower()
    identity = power.speaking_of(lower)
    boundaries = tuple(row if row.pieces is None else replace(row, pieces=tuple(
        piece for piece in row.pieces if may_match(piece.words, lower))) for row in power.boundaries)
    every = [*identity, *(piece for row in boundaries for piece in row.pieces or ())]
    conditions = {name for piece in every for name in piece.conditions}
    conditions |= {name for row in boundaries for name, _ in row.guards}
    return Slice(action=action, identity=identity, boundaries=boundaries, conditions=tuple(sorted(conditions)))


def _ask_world(case: Case, power: Power, part: Slice, question: Question, world: World,
               widening: bool) -> Answer:
    boundary = bounding(part.boundaries, world)
    left = [found for problem in _problems(
        question, part.action, [piece.read(world) for piece in part.identity if piece.present(world)],
        None if boundary is None else [piece.read(world) for piece in boundary if piece.present(world)])
        if possible(case, found := replace(problem, widening=widening))]
    unread = _unread(power, world)
    confirmable = not any(row.boundary for row in unread)
    if confirmable and left:
        refutation = _confirmed(case, power, part, question, world)
        if refutation is not None:
            return refutation
    reasons = [f"{part.action}: it is not known whether {problem.grants.where} allows it"
               for problem in left if not widening or possible(case, problem, twice=True)]
    reasons += [f"it is not known {row.reason}" for row in unread if not row.boundary or reasons]
    return undecided(*dict.fromkeys(reasons)) if reasons else proved()


def bounding(rows: Sequence[Boundary], world: World) -> tuple[Piece, ...] | None:
    """The boundary's pieces in this world; nothing where there is none, or none that can be read."""
    return next((row.pieces for row in rows if row.present(world)), None)


def _unread(power: Power, world: World) -> list[Unread]:
    """What counts in this world and could not be read."""
    bounds = [Unread(reason=row.unread, boundary=True) for row in power.boundaries if row.unread and row.present(world)]
    return [row for row in power.unread if row.present(world)] + bounds


def _problems(question: Question, action: str, identity: Sequence[Statement],
              bounds: Sequence[Statement] | None) -> Iterator[Problem]:
    """Every pair of an Allow and an Allow of the boundary, unless a Deny refuses the action altogether."""
    every = [*identity, *(bounds or ())]
    denies = tuple(row for row in every if not row.allows and acts(row, action, over=False))
    if any(refuses_all(row) for row in denies) and not ("*" in action or "?" in action):
        return
    allowing: list[tuple[Statement, ...]] = [()] if bounds is None else [
        (row,) for row in bounds if row.allows and acts(row, action, over=True)]
    for grants in identity:
        if grants.allows and acts(grants, action, over=True):
            for bound in allowing:
                yield Problem(question=replace(question, actions=(action,)), action=action, grants=grants, bounds=bound,
                              denies=denies)


def refuses_all(row: Statement) -> bool:
    """Whether a Deny stands in the way of every request of its actions."""
    who = row.principals is None or any(kind == "*" for kind, _ in row.principals)
    return not row.tests and who and not row.not_principals and any(text.literal == "*" for text in row.resources)


def possible(case: Case, problem: Problem, *, twice: bool = False) -> bool:
    """Whether a request may be allowed for some values of the unknowns; `twice` looks closer and takes longer."""
    def may() -> bool:
        return solve(Encoding(problem=problem, twice=twice), case.left) is not None
    kept: bool = case.once((problem, twice), may)
    return kept


def _confirmed(case: Case, power: Power, part: Slice, question: Question, world: World) -> Answer | None:
    """A request that is really allowed with real values, confirmed by the replay; nothing where none is found."""
    for index, deployed in enumerate(deployments(case, world)):
        if index >= MOST_TRIED:
            break
        identity = [concrete(deployed, piece) for piece in part.identity if piece.present(world)]
        boundary = bounding(part.boundaries, world)
        bounds = None if boundary is None else [concrete(deployed, piece) for piece in boundary
                                                if piece.present(world)]
        asked = _filled(question, deployed)
        for problem in _problems(asked, part.action, identity, bounds):
            found = solve(Encoding(problem=problem, ordered=ordered), case.left)
            if found and (told := _replayed(case, power, part, question, deployed, found)):
                return refuted(told)
    return None


def _filled(question: Question, deployed: Deployed) -> Question:
    def rule(given: Rule) -> Rule:
        inside, outside = (tuple(deployed.filled(text, plain=given.plain) for text in row)
                           for row in (given.inside, given.outside))
        return replace(given, inside=inside, outside=outside)

    return replace(question, resource=rule(question.resource),
                   keys=tuple((key, rule(row)) for key, row in question.keys),
                   tags=None if question.tags is None else rule(question.tags),
                   principal=None if question.principal is None else rule(question.principal))


def _replayed(case: Case, power: Power, part: Slice, question: Question, deployed: Deployed,
              found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The counterexample, once every policy of the role, unsliced, allows it in the replay as well."""
    request = Request(action=as_written(part.action, found["action"]), resource=found["resource"],
                      context=found["context"], principal=found["principal"] if question.principal is not None else "",
                      principal_kind=question.kind)
    if not could_call(request):
        return None
    boundary, bounds = bounding(power.boundaries, deployed.world), bounding(part.boundaries, deployed.world)
    if unsupported([*documents(deployed, part.identity), *documents(deployed, bounds or ())]):
        return None
    identity = documents(deployed, power.identity)
    if question.principal is not None:
        decided = replay_trust(request, identity[0] if identity else {"Version": "2012-10-17", "Statement": []})
    else:
        decided = replay(request, identity, None if boundary is None else documents(deployed, boundary))
    if decided.decision is not Decision.ALLOWED:
        return None
    return shown(power.name, request, deployed, decided, [case.template.section("Parameters")],
                 on=power.name if request.principal else request.resource)
