"""Asks whether the policies of one subject allow a request that they refused in another template.

First with every unknown open: no such request means that there is nothing more, whatever the parameters are. If there
may be one, with real values in place of the unknowns, until the replay confirms one on both sides. A request that only
might be there leaves it undecided, and so does a policy that nobody can read and that is not the same on both sides.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.claim import OutOfTime
from conveyor_iac.proofs.diff.asking import asked
from conveyor_iac.proofs.diff.confirmed import Parts, confirmed
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.policies import Two, bounding, problems, side
from conveyor_iac.proofs.iam.assuming import KINDS
from conveyor_iac.proofs.iam.encoding import Problem
from conveyor_iac.proofs.iam.power import Power, Unread
from conveyor_iac.proofs.iam.prover import possible, sliced
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.statements import Malformed
from conveyor_iac.proofs.scope import Undecidable, World
from conveyor_iac.proofs.verdict import Answer, Verdict, proved, refuted, together, undecided


def more(joint: Joint, before: Power, after: Power, question: Question) -> Answer:
    """Whether `after` allows nothing of the question that `before` refuses. The question's actions are worked out."""
    two = Two(joint=joint, before=before, after=after, question=question)
    answers: list[Answer] = []
    try:
        for answer in _answers(two):
            answers.append(answer)
            if answer.verdict is Verdict.REFUTED:
                break
    except OutOfTime as reason:
        answers.append(undecided(f"it was not decided within {reason}"))
    return together(answers)


def openly(joint: Joint, before: Power, after: Power, resource: Rule) -> Answer:
    """The same of policies that name whom they let in, for every kind of caller. `resource`: what it is on."""
    return together(more(joint, before, after, Question(actions=(), resource=resource, principal=Rule(), kind=kind))
                    for kind in KINDS)


def judged(joint: Joint, judge: Callable[[], Answer]) -> Answer:
    """An answer about one subject, within its time; `InputError` for a policy that IAM would refuse."""
    if joint.before.template.rewritten or joint.after.template.rewritten:
        return undecided("macros rewrite the template before it is deployed")
    joint.after.start()
    try:
        return judge()
    except Undecidable as reason:
        return undecided(f"it is not known {reason}")
    except RecursionError:
        return undecided("something in the template is nested too deep")
    except Malformed as refused:
        raise InputError(refused.faults) from None


def _answers(two: Two) -> Iterator[Answer]:
    try:
        actions = asked(two)
        yield _unread(two)
    except Undecidable as reason:
        yield undecided(f"it is not known {reason}")
        return
    left: list[Problem] = []
    for action in actions:
        try:
            for world, parts in _worlds(two, action):
                found = tuple(row for row in _problems(two, action, parts, world) if possible(two.joint.after, row))
                counterexample = confirmed(two, action, parts, world) if found else None
                if counterexample is not None:
                    yield refuted(counterexample)
                left += found
        except Undecidable as reason:
            yield undecided(f"{action}: it is not known {reason}")
    yield _undecided(two, left)


def _undecided(two: Two, left: Iterable[Problem]) -> Answer:
    """What is left open once each problem is looked at more closely."""
    def may(problem: Problem) -> bool:
        try:
            return possible(two.joint.after, problem, twice=True)
        except Undecidable:
            return True

    reasons = dict.fromkeys(f"{problem.action}: it is not known whether {problem.grants.where} allows more"
                            for problem in left if may(problem))
    return undecided(*reasons) if reasons else proved()


def _worlds(two: Two, action: str) -> Iterator[tuple[World, Parts]]:
    """What may matter to an action, in each world that tells it apart."""
    parts = sliced(two.before, action), sliced(two.after, action)
    names = {*parts[0].conditions, *parts[1].conditions,
             *(name for power in (two.before, two.after) for row in power.unread for name, _ in row.guards)}
    for world in two.joint.after.conditions.worlds(tuple(sorted(names))):
        yield world, parts


def _problems(two: Two, action: str, parts: Parts, world: World) -> Iterator[Problem]:
    shared = [row for row in two.after.unread if row.present(world) and _is_among(two, row, two.before.unread)]
    before = side(parts[0], world, lambda piece: two.read(piece, world))
    after = side(parts[1], world, lambda piece: two.read(piece, world), shared)
    return problems(two.question, action, before, after)


def _unread(two: Two) -> Answer:
    """What nobody can read and is not the same on both sides, where it may decide."""
    powers = (two.before, two.after)
    if not any(power.unread or any(row.pieces is None for row in power.boundaries) for power in powers):
        return proved()
    guards = [guard for power in powers for rows in (power.unread, power.boundaries) for row in rows
              for guard in row.guards]
    worlds = two.joint.after.conditions.worlds(tuple(sorted({name for name, _ in guards})))
    reasons = [reason for world in worlds for reason in _unread_in(two, world)]
    return undecided(*(f"it is not known {reason}" for reason in dict.fromkeys(reasons))) if reasons else proved()


def _unread_in(two: Two, world: World) -> Iterator[str]:
    """Policies of `after` may allow anything; those of `before` may have denied anything that is allowed now."""
    mine, theirs = ([row for row in power.unread if row.present(world)] for power in (two.after, two.before))
    allows = any(piece.row.get("Effect") != "Deny" for piece in two.after.identity)
    yield from (row.reason for row in mine if not _is_among(two, row, theirs))
    if not allows and not mine:
        return
    yield from (row.reason for row in theirs if not _is_among(two, row, mine))
    before, after = (bounding(power.boundaries, world) for power in (two.before, two.after))
    if before is not None and before.pieces is None and not (after is not None and two.same(before, after)):
        yield before.unread


def _is_among(two: Two, row: Unread, others: Sequence[Unread]) -> bool:
    return any(two.same(row, other) for other in others)
