"""A request that an encoding describes, or none: z3 chooses, automata decide.

z3 chooses which statements and tests hold; whether a value can be as they then say is decided by automata, and a
choice that no value fits is ruled out, until a request is found or nothing is left to choose.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import z3

from conveyor_iac.proofs.iam.actions import meets, spellings
from conveyor_iac.proofs.iam.automaton import Language, chars, either, fitting, joined, literal, many
from conveyor_iac.proofs.iam.encoding import Encoding
from conveyor_iac.proofs.iam.language import WITHOUT_ATOMS
from conveyor_iac.proofs.scope import Undecidable

_LETTERS = many(chars((ord("0"), ord("9")), (ord("a"), ord("z"))), at_least_one=True)
_DIGITS = joined([chars((ord("0"), ord("9")))] * 12)
_A_ROLE = joined((literal("arn:aws:iam::"), _DIGITS, literal(":role/"), _LETTERS))


def solve(encoding: Encoding, left: Callable[[], float]) -> Mapping[str, Any] | None:
    """The request that a model describes, or nothing where there is none. `left` ends it when the time is over.

    z3 chooses which statements and tests hold; whether a value can be as they then say is decided by automata, and
    a choice that no value fits is ruled out.
    """
    solver = z3.Solver()
    solver.add(*encoding.constraints)
    while (outcome := solver.check()) == z3.sat:
        left()
        model, fits = solver.model(), True
        values: dict[str, str] = {}
        for value, rows in encoding.members.items():
            signs = {language: z3.is_true(truth) for language, name in rows.items()
                     if (truth := model.eval(name)) is not None and (z3.is_true(truth) or z3.is_false(truth))}
            found, reason = fitting(signs)
            if found is None:
                fits = False
                solver.add(z3.Or(*(z3.Not(rows[language]) if signs[language] else rows[language]
                                   for language in reason)))
            else:
                values[value] = _likely(encoding, value, signs, values.get("action", "")) or found
        if fits:
            return described(encoding, model, values)
    if outcome != z3.unsat:
        raise Undecidable("what the solver could not work out")
    return None


def _likely(encoding: Encoding, value: str, signs: Mapping[Language, bool], chosen: str) -> str | None:
    """A text that also looks like what it stands for, so that a counterexample reads well; nothing where none fits."""
    if value == "principal" and encoding.problem.question.kind == "AWS":
        return fitting({**signs, _A_ROLE: True})[0]
    if value != "resource":
        return None
    action = chosen or encoding.problem.action.lower()
    kinds = [kind for kind in ("policy", "role", "user", "group") if action.startswith("iam:") and kind in action]
    shapes = [_named(f"arn:aws:iam::222222222222:{kind}/") for kind in kinds]
    shapes += [_named("arn:aws:s3:::bucket/"), _named("arn:aws:s3:::")] if action.startswith("s3:") else []
    shapes.append(_named(f"arn:aws:{action.partition(':')[0]}:eu-west-1:222222222222:"))
    return next((text for shape in shapes if (text := fitting({**signs, shape: True})[0]) is not None), None)


@cache
def known(pattern: str) -> tuple[Language, ...]:
    """The actions of a pattern that the tables name, service by service, those of IAM first."""
    services: dict[str, list[Language]] = {"iam": []}
    for action in spellings():
        if meets(pattern, action):
            services.setdefault(action.partition(":")[0], []).append(literal(action))
    return tuple(map(either, filter(None, services.values())))


def _named(prefix: str) -> Language:
    return joined((literal(prefix), WITHOUT_ATOMS, _LETTERS))


def described(encoding: Encoding, model: z3.ModelRef, values: Mapping[str, str]) -> dict[str, Any]:
    """The request of a model: action, resource, principal and the keys that are there."""
    def true(value: z3.BoolRef) -> bool:
        return bool(z3.is_true(model.eval(value, model_completion=True)))

    context = {name: tuple(dict.fromkeys(values.get(value, "") for value, used in zip(key.values, key.used, strict=True)
                                         if not key.many or true(used)))
               for name, key in encoding.keys.items() if true(key.present)}
    return {"action": values.get("action", encoding.problem.action), "resource": values.get("resource", "*"),
            "principal": values.get("principal", ""), "context": context}
