"""Random pairs of small roles, and what is said of the newer held against many requests that are tried.

Knows how to make two roles whose statements meet on few values, most often one of them the other a little changed; how
to try all values of their parameters with all requests of a pool; and nothing of the prover but its answer. "Nothing
more" where some request is allowed after and refused before is wrong, and so is a counterexample that the replay does
not bear out on both sides. As a program: `python tests/proofs/diff/fuzz.py 2000 0`.
"""

import itertools
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from conveyor_iac.proofs.diff import iam
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.iam.replay import Decision, replay, unsupported
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Answer
from tests.proofs import fuzzing
from tests.proofs.iam.fuzz import PSEUDO, SLOTS, Maker, Spec, _only, deployments, filled, given_of
from tests.proofs.iam.fuzz import template_of as template_of_role

ACTIONS = ("s:Do", "s:Dig", "t:Do")
PATTERNS = ("s:Do", "s:Do", "s:Do", "s:Do", "s:*", "s:D*", "*", "s:Dig", "t:Do")
MOST_REQUESTS = 2000
SIDES = ("before", "after")


class PairMaker(Maker):
    """Makes one pair: plain JSON that says the parameters and the statements of both sides."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.arn["resource"] = True
        self.bases["resource"] = self._base("resource")

    def pair(self) -> Spec:
        """Two roles, perhaps with a boundary; the newer is most often the older with a change or two."""
        chance = self.rng.random
        before = self._role()
        after = self._role() if chance() < 0.15 else json.loads(json.dumps(before))
        for _ in range(self.rng.choice((1, 1, 2, 3))):
            self._change(self.rng.choice((before, after)))
        version = "2008-10-17" if not self.variables and chance() < 0.1 else "2012-10-17"
        conditions = {"C": [self.rng.choice(list(self.parameters)), self.rng.choice(("a", "b", "ab"))]}
        return {"version": version, "parameters": self.parameters, "conditions": conditions, "before": before,
                "after": after}

    def _role(self) -> Spec:
        rows = [self._acting("Allow") for _ in range(self.rng.choice((1, 1, 2)))]
        rows += [self._acting("Deny") for _ in range(self.rng.choice((0, 0, 1, 1, 2)))]
        if self.rng.random() < 0.12:
            self.rng.choice(rows)["if"] = "C"
        return {"identity": rows, "boundary": self._limits() if self.rng.random() < 0.35 else None}

    def _limits(self) -> list[Spec]:
        rows = [self._acting("Allow") for _ in range(self.rng.choice((1, 1, 2)))]
        return rows + [self._acting("Deny") for _ in range(self.rng.choice((0, 0, 1)))]

    def _acting(self, effect: str) -> Spec:
        row = self._statement(effect)
        name = "NotAction" if self.rng.random() < 0.12 else "Action"
        row[name] = [self.rng.choice(PATTERNS) for _ in range(self.rng.choice((1, 1, 1, 2)))]
        return row

    def _change(self, role: Spec) -> None:
        """One change: a statement more, less or otherwise, or a boundary more or less."""
        rows = role["identity"] if role["boundary"] is None or self.rng.random() < 0.7 else role["boundary"]
        row = self.rng.choice(rows)
        match self.rng.choice(("add", "drop", "resource", "test", "untest", "action", "boundary", "values")):
            case "add":
                rows.append(self._acting(self.rng.choice(("Allow", "Deny", "Deny"))))
            case "drop" if len(rows) > 1:
                rows.remove(row)
            case "resource":
                row.pop("NotResource", None)
                row["Resource"] = self._patterns("resource") if self.rng.random() < 0.7 else ["*"]
            case "test":
                operator, key, values = self._test(self.rng.choice(SLOTS[1:]), row["Effect"])
                row.setdefault("Condition", {}).setdefault(operator, {})[key] = values
            case "untest":
                row.pop("Condition", None)
            case "action":
                row.pop("NotAction", None)
                row["Action"] = [self.rng.choice(PATTERNS)]
            case "boundary":
                role["boundary"] = self._limits() if role["boundary"] is None else None
            case _:
                for keys in row.get("Condition", {}).values():
                    for key in keys:
                        keys[key] = keys[key] if keys[key][0] in ("true", "false") else self._patterns(key, wild=False)


# What the prover is given.

def template_of(pair: Spec, side: str) -> dict[str, Any]:
    """One side as a template."""
    return template_of_role({**pair, **pair[side]})


def asked(pair: Spec) -> Answer:
    """Whether the newer role may do nothing that the older could not, as the prover says."""
    sides = joint(*(read(json.dumps(template_of(pair, side)), side) for side in SIDES))
    return next(found.answer for found in iam.found(sides) if found.subject == "Role")


# What is tried without the prover.

def documents(rows: list[Spec] | None, pair: Spec, values: dict[str, str]) -> list[dict[str, Any]] | None:
    """The statements as AWS would get them."""
    if rows is None:
        return None
    found = []
    for given in rows:
        if "if" in given and values[pair["conditions"][given["if"]][0]] != pair["conditions"][given["if"]][1]:
            continue
        row = json.loads(json.dumps({key: value for key, value in given.items() if key != "if"}))
        for key in {"Resource", "NotResource"} & set(row):
            row[key] = [filled(text, values) for text in row[key]]
        for keys in row.get("Condition", {}).values():
            for key in keys:
                keys[key] = [filled(text, values) for text in keys[key]]
        found.append(row)
    return [{"Version": pair["version"], "Statement": found}] if found else []


def policies(pair: Spec, side: str, values: dict[str, str]) -> tuple[list[Any], list[Any] | None]:
    """The documents of one side: of the identity, and of the boundary if there is one."""
    identity = documents(pair[side]["identity"], pair, values)
    return identity or [], documents(pair[side]["boundary"], pair, values)


def allowed(pair: Spec, side: str, values: dict[str, str], request: Request) -> bool:
    """Whether one side allows a request, as the replay says."""
    return replay(request, *policies(pair, side, values)).decision is Decision.ALLOWED


def _whole(pair: Spec) -> Spec:
    """Both sides as one case of the other fuzzing, which makes the values that are tried."""
    rows = [row for side in SIDES for row in (*pair[side]["identity"], *(pair[side]["boundary"] or ()))]
    return {**pair, "identity": rows, "boundary": None, "question": {"resource": {}, "keys": {}}}


def hole(pair: Spec, seed: int = 0) -> dict[str, Any] | None:
    """A request that is allowed after and refused before, with the parameters; nothing where none was found."""
    rng, whole = random.Random(seed), _whole(pair)
    for values in deployments(whole, rng):
        sides = [policies(pair, side, values) for side in SIDES]
        every = [document for identity, boundary in sides for document in (*identity, *(boundary or ()))]
        if unsupported(every):
            continue
        parts: list[list[Any]] = [list(ACTIONS)]
        for slot in SLOTS:
            part: list[Any] = list(given_of(whole, slot, values, rng))
            if slot == "resource":
                part = [("*",), *(given for given in part if given[0].startswith("arn:") and given[0].count(":") > 4)]
            parts.append(part if "${k:" in json.dumps(every) else _told_apart(part, slot, every))
        requests: Iterable[Any] = itertools.product(*parts)
        if len(parts[1]) * len(parts[2]) * len(parts[3]) * len(ACTIONS) > MOST_REQUESTS:
            requests = (tuple(map(rng.choice, parts)) for _ in range(MOST_REQUESTS))
        for found in requests:
            request = _request(found)
            if replay(request, *sides[1]).decision is Decision.ALLOWED \
                    and replay(request, *sides[0]).decision is not Decision.ALLOWED:
                return {"parameters": values, "action": request.action, "resource": request.resource,
                        "context": dict(request.context)}
    return None


def _request(found: tuple[Any, ...]) -> Request:
    context = {slot: given for slot, given in zip(SLOTS[1:], found[2:], strict=True) if given is not None}
    return Request(action=found[0], resource=found[1][0], context=context)


def _told_apart(part: list[Any], slot: str, every: list[Any]) -> list[Any]:
    """One of each kind that no statement tells apart."""
    found: dict[Any, Any] = {}
    rows = [(document["Version"], _only(row, slot)) for document in every for row in document["Statement"]]
    place = 1 + SLOTS.index(slot)
    for given in part:
        values = [ACTIONS[0], ("arn:r",), None, None]
        values[place] = given
        kind = tuple(replay(_request(tuple(values)), [{"Version": version, "Statement": row}]).decision
                     for version, row in rows)
        found.setdefault(kind, given)
    return list(found.values())


def confirmed(pair: Spec, shown: Any) -> bool:
    """Whether a counterexample is allowed after and refused before, with its own parameters, which may be so."""
    values = {name: words[0] for name, words in PSEUDO.items()} | dict(shown["parameters"])
    if any(not re.fullmatch(row.get("AllowedPattern", "(?s).*"), values[name]) or values[name] not in
           row.get("AllowedValues", [values[name]]) for name, row in pair["parameters"].items()):
        return False
    service = shown["eventSource"].removesuffix(".amazonaws.com")
    request = Request(action=f"{service}:{shown['eventName']}", resource=shown["resources"][0]["ARN"],
                      context={key: tuple(given) for key, given in shown["context"].items()})
    return allowed(pair, "after", values, request) and not allowed(pair, "before", values, request)


# Counting, and making a wrong proof small.

def tried(seeds: Iterable[int]) -> Iterator[tuple[int, Spec, dict[str, Any] | None]]:
    """The pair of each seed, and its hole where one was found."""
    for seed in seeds:
        pair = PairMaker(seed).pair()
        yield seed, pair, hole(pair, seed)


def run(cases: Iterable[fuzzing.Case]) -> tuple[Counter[str], list[tuple[int, Spec]]]:
    """The counts of many pairs, and those where the prover was wrong."""
    return fuzzing.counted(cases, asked, confirmed)


if __name__ == "__main__":
    sys.exit(fuzzing.program(sys.argv[1:], tried, asked, confirmed, hole))
