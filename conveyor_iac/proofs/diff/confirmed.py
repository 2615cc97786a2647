"""A request that one template really allows and the other refuses, with the same real values, told as it would be seen.

Knows both sides' policies with parameters filled in. Refuses to show a request that the replay does not allow after
and refuse before, and any that a policy which nobody can read might decide.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conveyor_iac.proofs.diff.policies import Side, Two, bounding, problems, side
from conveyor_iac.proofs.iam.actions import as_written, is_pattern, may_match
from conveyor_iac.proofs.iam.concrete import concrete, could_call, documents, ordered, shown
from conveyor_iac.proofs.iam.deployed import Deployed, deployments
from conveyor_iac.proofs.iam.encoding import Encoding, Problem
from conveyor_iac.proofs.iam.power import Piece, Power
from conveyor_iac.proofs.iam.prover import MOST_TRIED, Slice
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.replay import Decision, Replayed, replay, replay_resource, unsupported
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.iam.solving import known, solve
from conveyor_iac.proofs.patterns import samples
from conveyor_iac.proofs.scope import Scope, World, pseudo
from conveyor_iac.proofs.text import Text, Unknown, texts

MOST_SERVICES = 8
_CHINA = {"AWS::Partition": "aws-cn", "AWS::Region": "cn-north-1", "AWS::URLSuffix": "amazonaws.com.cn",
          "AWS::AccountId": "444455556666"}
Parts = tuple[Slice, Slice]
"""What can matter to one action: before, and after."""


def confirmed(two: Two, action: str, parts: Parts, world: World) -> Mapping[str, Any] | None:
    """A counterexample; nothing where none is found. Only where all of `after` can be read is one looked for."""
    if any(row.present(world) for row in two.after.unread) or _is_unread(two.after, world):
        return None
    here = itertools.islice(deployments(two.joint.after, world), MOST_TRIED)
    for given in itertools.chain(here, _elsewhere(two, parts, world), _in_regions(two, parts, world)):
        if _maps(parts, given):
            continue
        deployed = replace(given, made_up=_made_up(two, given))
        before, after = (_concrete(part, deployed) for part in parts)
        question = _called(two.question, deployed)
        for problem in problems(question, action, before, after):
            for found in _requests(two, problem):
                if told := _replayed(two, action, parts, deployed, found):
                    return told
    return None


def _called(question: Question, deployed: Deployed) -> Question:
    """The question about callers that there can be: of an account, or by a name such as their kind has."""
    if question.principal is None:
        return question
    shapes = {"AWS": [f"arn:{deployed.world.fixed.get('AWS::Partition', 'aws')}:{service}::{'?' * 12}:?*"
                      for service in ("iam", "sts")], "Service": ["?*.amazonaws.com"]}
    return replace(question, principal=Rule(inside=tuple(map(Text.of, shapes.get(question.kind, ["?*"])))))


def _elsewhere(two: Two, parts: Parts, world: World) -> Iterator[Deployed]:
    """The same in another part of AWS, where the policies speak of which one it is and nothing else hangs on it."""
    named = any("AWS::Partition" in repr(piece.row) for piece in _spoken(parts))
    if named and not any(name.startswith("AWS::") for name in world.fixed):
        yield from itertools.islice(deployments(two.joint.after, replace(world, fixed={**world.fixed, **_CHINA})), 1)


def _in_regions(two: Two, parts: Parts, world: World) -> Iterator[Deployed]:
    """The same in each region that a map names, where policies look one up that hangs on the region."""
    if "AWS::Region" in world.fixed or not any("Fn::FindInMap" in repr(piece.row) for piece in _spoken(parts)):
        return
    regions = {key: None for rows in two.joint.after.template.section("Mappings").values() for key in rows
               if pseudo("AWS::Region").domain.holds(key)}
    for region in itertools.islice(regions, MOST_TRIED):
        yield from itertools.islice(deployments(two.joint.after, replace(
            world, fixed={**world.fixed, "AWS::Region": region})), 1)


def _spoken(parts: Parts) -> Iterator[Piece]:
    for part in parts:
        yield from part.identity
        yield from (row for limit in part.boundaries for row in limit.pieces or ())


def _maps(parts: Parts, deployed: Deployed) -> bool:
    """Whether a policy looks up in a map what that deployment does not tell, so that no value can be made up."""
    rows = (Scope(template=piece.template, world=deployed.world).resolve(piece.row) for piece in _spoken(parts)
            if "Fn::FindInMap" in repr(piece.row) and piece.present(deployed.world))
    return any("Fn::FindInMap" in part.name for row in rows for one in texts(row) for part in one.unknowns)


def _requests(two: Two, problem: Problem) -> Iterator[Mapping[str, Any]]:
    """Requests that solve a problem: of a pattern, with an action that the tables name and with any other."""
    named = known(problem.action.lower())[:MOST_SERVICES] if is_pattern(problem.action) else ()
    for among in (*named, None):
        found = solve(Encoding(problem=problem, ordered=ordered, among=among), two.joint.after.left)
        if found is not None:
            yield found


def _is_unread(power: Power, world: World) -> bool:
    boundary = bounding(power.boundaries, world)
    return boundary is not None and boundary.pieces is None


def _concrete(part: Slice, deployed: Deployed) -> Side:
    return side(part, deployed.world, lambda piece: concrete(deployed, piece))


def _replayed(two: Two, action: str, parts: Parts, deployed: Deployed,
              found: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The counterexample, once every policy of both sides, unsliced, says so in the replay as well."""
    open_ = two.question.principal is not None
    request = Request(action=as_written(action, found["action"]), resource=found["resource"], context=found["context"],
                      principal=found["principal"] if open_ else "", principal_kind=two.question.kind)
    if not could_call(request) or any(_is_unclear(piece, request, deployed) for part in parts
                                      for piece in (*part.identity, *_limits(part.boundaries, deployed))):
        return None
    decided = _decided(two.after, request, deployed, open_=open_)
    refused = _refused(two.before, request, deployed, open_=open_)
    if decided.decision is not Decision.ALLOWED or refused is None:
        return None
    told = shown(two.after.name, request, deployed, decided, two.joint.parameters,
                 on=request.resource if two.question.resource.inside else two.after.name)
    told["parameters"] |= {name: value for name, value in deployed.world.fixed.items() if name.startswith("AWS::")}
    return {**told, "allowedBy": _matching(two.after, request, deployed, Decision.ALLOWED), "refusedBefore": refused}


def _is_unclear(piece: Piece, request: Request, deployed: Deployed) -> bool:
    """Whether the replay does not know what a statement says of a request that it may speak of."""
    if not may_match(piece.words, request.action.lower()):
        return False
    rows = documents(deployed, (piece,))
    return bool(unsupported(rows)) and not any(_lacks(request, row) for document in rows
                                               for row in document["Statement"])


def _lacks(request: Request, row: Mapping[str, Any]) -> bool:
    """Whether a statement asks for a key that the request does not have: whatever its values say, it does not hold."""
    for operator, keys in (row.get("Condition") or {}).items():
        asks = not re.search("Not|IfExists|ForAllValues|Null", operator, re.IGNORECASE)
        if asks and any(request.values(key) is None for key in keys):
            return True
    return False


def _decided(power: Power, request: Request, deployed: Deployed, *, open_: bool) -> Replayed:
    identity = documents(deployed, power.identity)
    if open_:
        return replay_resource(request, identity)
    boundary = bounding(power.boundaries, deployed.world)
    limits = None if boundary is None or boundary.pieces is None else documents(deployed, boundary.pieces)
    return replay(request, identity, limits)


def _limits(rows: Sequence[Any], deployed: Deployed) -> tuple[Piece, ...]:
    boundary = bounding(rows, deployed.world)
    return () if boundary is None else boundary.pieces or ()


def _refused(power: Power, request: Request, deployed: Deployed, *, open_: bool) -> str | None:
    """Why a request was refused, whatever a policy says that cannot be read; nothing where it was not, or may not."""
    decided = _decided(power, request, deployed, open_=open_)
    if decided.decision is Decision.EXPLICIT_DENY:
        return f"denied by {', '.join(_matching(power, request, deployed, Decision.EXPLICIT_DENY))}"
    if decided.decision is Decision.ALLOWED:
        return None
    unread = any(row.present(deployed.world) for row in power.unread)
    own = _decided(replace(power, boundaries=()), request, deployed, open_=open_)
    if own.decision is not Decision.ALLOWED and not unread:
        return "no statement allowed it"
    boundary = bounding(power.boundaries, deployed.world)
    if boundary is None or boundary.pieces is None:
        return None
    limit = replay(request, documents(deployed, boundary.pieces))
    return None if limit.decision is Decision.ALLOWED else "the boundary did not allow it"


def _matching(power: Power, request: Request, deployed: Deployed, decision: Decision) -> list[str]:
    """The statements that say so, by where they stand."""
    found = []
    for piece in (*power.identity, *_limits(power.boundaries, deployed)):
        rows = documents(deployed, (piece,))
        said = replay_resource(request, rows) if request.principal else replay(request, rows)
        if said.decision is decision:
            found.append(piece.where)
    return list(dict.fromkeys(found))


def _made_up(two: Two, deployed: Deployed) -> Mapping[str, str]:
    """A value of its own for each name that only the deployment tells: no two things have one name."""
    key = (*sorted(deployed.world.conditions.items()),
           *((name, value) for name, value in deployed.world.fixed.items() if name.startswith("AWS::")))
    if key in two.made_up:
        return two.made_up[key]
    found = two.made_up[key] = {}
    unknowns = {part.name: (part, arn) for part, arn in _unknowns(two, deployed)}
    for name in sorted(unknowns):
        part, arn = unknowns[name]
        value = next((value for value in _likely(part, arn) if value not in found.values()
                      and part.domain.holds(value)), None)
        if value is not None:
            found[name] = value
    return found


def _unknowns(two: Two, deployed: Deployed) -> Iterator[tuple[Unknown, bool]]:
    """What is left unknown on either side, and whether a resource begins with it."""
    rows = []
    for power in (two.before, two.after):
        for piece in (*power.identity, *_limits(power.boundaries, deployed)):
            if piece.present(deployed.world):
                rows.append(Scope(template=piece.template, world=deployed.world).resolve(piece.row))
    spoken_of = {part for row in rows for text in texts(row) for part in text.unknowns}
    leading = {text.parts[0] for row in rows for key in ("Resource", "NotResource")
               for text in texts(row.get(key)) if text.parts}
    for part in spoken_of:
        if not part.name.startswith("AWS::"):
            yield part, part in leading


def _likely(part: Unknown, arn: bool) -> Iterator[str]:
    """Values that are like what AWS makes up: with an end that nobody would write."""
    name = re.sub("[^A-Za-z0-9]+", "-", part.name).strip("-") + "-1A2B3C"
    if arn or part.name.endswith("Arn"):
        yield f"arn:aws:service:eu-west-1:222222222222:{name}"
    yield name
    yield from samples(part.domain)
