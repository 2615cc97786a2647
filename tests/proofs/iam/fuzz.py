"""Random small roles, and what the prover says of them held against many requests that are tried.

Knows how to make a role, its boundary and a question whose patterns meet on few values; how to try all values of its
parameters with all requests of a pool; and nothing of the prover but its answer. A proof where some request is allowed
is wrong, and so is a counterexample that the replay refuses. As a program: `python tests/proofs/iam/fuzz.py 2000`.
"""

import itertools
import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.iam.power import power_of
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.iam.replay import Decision, replay, unsupported
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.scope import Scope, Undecidable
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Answer, undecided
from tests.proofs import fuzzing

ACTION = "s:Do"
SLOTS = ("resource", "k:one", "k:two")
DOMAINS: list[dict[str, Any]] = [
    {"AllowedPattern": "[ab]{1,2}"}, {"AllowedPattern": "[ab]{1,2}"}, {"AllowedPattern": "[a-b:]*"},
    {"AllowedPattern": "[aAbB]{1,2}"}, {"AllowedPattern": "a|ab|b:a"}, {"AllowedPattern": "^(?!a)[ab]+$"},
    {"AllowedPattern": "[ab*]{1,2}"}, {"AllowedPattern": "[ab?]"}, {"AllowedPattern": "a[ab]*", "MaxLength": 2},
    {"AllowedPattern": "(a:?){1,2}"}, {"AllowedPattern": "[^b]{1,2}"}, {"AllowedValues": ["a", "ab"]},
    {"AllowedValues": ["a", "a:b", ":"]}, {"AllowedValues": ["A", "b"]}, {"AllowedValues": ["*", "a"]},
    {"AllowedPattern": "[ab]*", "MinLength": 1}, {}, {"MinLength": 1}]
PSEUDO = {"AWS::Partition": ("aws", "aws-cn"), "AWS::AccountId": ("222222222222", "111111111111"),
          "AWS::Region": ("eu-west-1", "us-east-1"), "AWS::StackName": ("stack", "a", "ab")}
LITERALS = ("a", "b", "ab", ":", "a:", "A", "a", "b", "aws", "aws-", "us-east-1", "222222222222")
POSITIVE = ("StringEquals", "StringLike", "StringEqualsIgnoreCase")
NEGATED = ("StringNotEquals", "StringNotLike", "StringNotEqualsIgnoreCase")
ARN = {"StringEquals": "ArnEquals", "StringLike": "ArnLike", "StringEqualsIgnoreCase": "ArnLike",
       "StringNotEquals": "ArnNotEquals", "StringNotLike": "ArnNotLike", "StringNotEqualsIgnoreCase": "ArnNotLike"}
WORDS = ("", *("".join(word) for size in (1, 2) for word in itertools.product("abA:*?", repeat=size)),
         "aba", "a:b", "b:a", "aab", "bab", "${k:two}")
MOST_DEPLOYMENTS = 24
MOST_VALUES = 28
Spec = dict[str, Any]


class Maker:
    """Makes one spec: plain JSON that says the parameters, the statements and the question."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.parameters = {name: self.rng.choice(DOMAINS) for name in ("P", "Q", "R")[:self.rng.choice((1, 2, 2, 3))]}
        self.many = self.rng.random() < 0.35
        self.variables = not self.many and self.rng.random() < 0.12
        self.hot = self.rng.choice(SLOTS)
        self.arn = {slot: self.rng.random() < 0.3 for slot in SLOTS}
        self.bases = {slot: self._base(slot) for slot in SLOTS}

    def spec(self) -> Spec:
        """Parameters, perhaps a condition, documents, perhaps a boundary, and a question."""
        chance = self.rng.random
        conditions = {"C": [self.rng.choice(list(self.parameters)), self.rng.choice(("a", "b", "ab"))]}
        rows = [self._statement("Allow") for _ in range(self.rng.choice((1, 1, 2)))]
        rows += [self._statement("Deny") for _ in range(self.rng.choice((0, 0, 1, 1, 2)))]
        if chance() < 0.12:
            self.rng.choice(rows)["if"] = "C"
        boundary = None
        if chance() < 0.35:
            boundary = [self._statement("Allow") for _ in range(self.rng.choice((1, 1, 2)))]
            boundary += [self._statement("Deny") for _ in range(self.rng.choice((0, 0, 1)))]
        version = "2008-10-17" if not self.variables and chance() < 0.1 else "2012-10-17"
        keys = {slot: self._rule(slot) for slot in SLOTS[1:] if slot == self.hot or chance() < 0.2}
        for rule in keys.values():
            rule["absent"] = self.rng.choice((False, False, False, True, None))
            rule["fold"], rule["plain"] = chance() < 0.08, chance() < 0.08
        resource = self._rule("resource") if self.hot == "resource" or chance() < 0.25 else {}
        return {"version": version, "parameters": self.parameters, "conditions": conditions, "identity": rows,
                "boundary": boundary, "question": {"resource": resource, "keys": keys}}

    def _token(self, *, wild: bool = True) -> str:
        draw = self.rng.random()
        if draw < 0.4:
            return "${" + self.rng.choice(list(self.parameters)) + "}"
        if draw < 0.48:
            return "${" + self.rng.choice(list(PSEUDO)) + "}"
        if draw < 0.52 and self.variables:
            return "${!k:two}"
        if draw < 0.7 and wild:
            return self.rng.choice("**?")
        return self.rng.choice(LITERALS)

    def _base(self, slot: str) -> list[list[str]]:
        """Fields of tokens: six of an ARN, or one."""
        if not self.arn[slot]:
            return [[self._token() for _ in range(self.rng.choice((1, 1, 2, 2, 3)))]]
        middle = [self.rng.choice(([""], [self._token()], ["s"])) for _ in range(4)]
        return [["arn"], *middle, [self._token() for _ in range(self.rng.choice((1, 1, 2)))]]

    def _pattern(self, slot: str, *, wild: bool = True) -> str:
        """The slot's own pattern, a little changed: so patterns meet on one value."""
        fields = [list(field) for field in self.bases[slot]]
        for _ in range(self.rng.choice((0, 1, 1, 2))):
            field = self.rng.choice(fields[1:] or fields)
            place = self.rng.randrange(len(field)) if field else 0
            match self.rng.choice(("put", "put", "put", "add", "drop")):
                case "put" if field:
                    field[place] = self._token(wild=wild)
                case "drop" if len(field) > 1:
                    del field[place]
                case _:
                    field.insert(place, self._token(wild=wild))
        if not wild:
            fields = [[self._token(wild=False) if token in "*?" and token else token for token in field]
                      for field in fields]
        return ":".join("".join(field) for field in fields)

    def _patterns(self, slot: str, *, wild: bool = True) -> list[str]:
        return [self._pattern(slot, wild=wild) for _ in range(self.rng.choice((1, 1, 1, 2)))]

    def _statement(self, effect: str) -> Spec:
        row: Spec = {"Effect": effect}
        chance = self.rng.random
        narrow = (self.hot == "resource" and chance() < 0.85) or chance() < 0.25
        name = "NotResource" if narrow and chance() < (0.5 if effect == "Deny" else 0.15) else "Resource"
        row[name] = self._patterns("resource") if narrow else ["*"]
        tests = []
        for slot in SLOTS[1:]:
            if (slot == self.hot and chance() < 0.85) or chance() < 0.2:
                tests += [self._test(slot, effect) for _ in range(self.rng.choice((1, 1, 1, 2)))]
        if effect == "Deny" and not narrow and not tests:
            tests.append(self._test(self.hot if self.hot != "resource" else "k:one", effect))
        condition: Spec = {}
        for operator, key, values in tests:
            condition.setdefault(operator, {})[key] = values
        return row | ({"Condition": condition} if condition else {})

    def _test(self, slot: str, effect: str) -> tuple[str, str, list[str]]:
        chance = self.rng.random
        if chance() < 0.1:
            return "Null", slot, [self.rng.choice(("true", "false"))]
        negated = chance() < (0.6 if effect == "Deny" else 0.2)
        operator = self.rng.choice(NEGATED if negated else POSITIVE)
        if self.arn[slot] and chance() < 0.5:
            operator = ARN[operator]
        wild = "Like" in operator or "Arn" in operator
        if self.many and slot == "k:two" and chance() < 0.95:
            operator = self.rng.choice(("ForAnyValue:", "ForAllValues:")) + operator
        return operator + ("IfExists" if chance() < 0.12 else ""), slot, self._patterns(slot, wild=wild)

    def _rule(self, slot: str) -> Spec:
        """What the request must be: biased to what the statements do not say."""
        rule: Spec = {"inside": self._patterns(slot) if self.rng.random() < 0.6 else []}
        rule["outside"] = self._patterns(slot) if not rule["inside"] or self.rng.random() < 0.4 else []
        return {key: [text.replace("${!k:two}", "a") for text in texts] for key, texts in rule.items()}


# What the prover is given.

def template_of(spec: Spec) -> dict[str, Any]:
    """The spec as a template."""
    def row(given: Spec) -> Any:
        found: Any = {} if "NotAction" in given else {"Action": ACTION}
        found |= {key: value for key, value in given.items() if key != "if"}
        for key in ("Resource", "NotResource"):
            if key in found:
                found[key] = list(map(_sub, found[key]))
        if "Condition" in found:
            found["Condition"] = {operator: {key: list(map(_sub, values)) for key, values in keys.items()}
                                  for operator, keys in found["Condition"].items()}
        return {"Fn::If": [given["if"], found, {"Ref": "AWS::NoValue"}]} if "if" in given else found

    def document(rows: list[Spec]) -> Spec:
        return {"Version": spec["version"], "Statement": list(map(row, rows))}

    role: Spec = {"Policies": [{"PolicyName": "own", "PolicyDocument": document(spec["identity"])}]}
    resources: Spec = {"Role": {"Type": "AWS::IAM::Role", "Properties": role}}
    if spec["boundary"] is not None:
        role["PermissionsBoundary"] = {"Ref": "Limit"}
        resources["Limit"] = {"Type": "AWS::IAM::ManagedPolicy",
                              "Properties": {"PolicyDocument": document(spec["boundary"])}}
    return {"Parameters": {name: {"Type": "String", **given} for name, given in spec["parameters"].items()},
            "Conditions": {name: {"Fn::Equals": [{"Ref": parameter}, value]}
                           for name, (parameter, value) in spec["conditions"].items()}, "Resources": resources}


def _sub(text: str) -> Any:
    return {"Fn::Sub": text} if "${" in text else text


def asked(spec: Spec, *, widening: bool = True) -> Answer:
    """What the prover says."""
    case = Case(template=read(json.dumps(template_of(spec)), "fuzz"), contract=Contract())
    scope = Scope(template=case.template)

    def rule(given: Spec) -> Rule:
        return Rule(inside=tuple(scope.text(_sub(text)) for text in given.get("inside", ())),
                    outside=tuple(scope.text(_sub(text)) for text in given.get("outside", ())),
                    absent=given.get("absent", False), fold=given.get("fold", False), plain=given.get("plain", False))

    question = Question(actions=(ACTION,), resource=rule(spec["question"]["resource"]),
                        keys=tuple((key, rule(given)) for key, given in spec["question"]["keys"].items()))
    try:
        return ask(case, power_of(case, case.template.resources["Role"]), question, widening=widening)
    except Undecidable as reason:
        return undecided(str(reason))


# What is tried without the prover.

def filled(text: str, values: dict[str, str]) -> str:
    """A text with its parameters filled in; policy variables stay."""
    return re.sub(r"\$\{([^}]*)\}", lambda found: "${" + found[1][1:] + "}" if found[1][0] == "!"
                  else values[found[1]], text)


def documents(rows: list[Spec], spec: Spec, values: dict[str, str]) -> list[dict[str, Any]]:
    """The statements as AWS would get them."""
    found = []
    for given in rows:
        if "if" in given and values[spec["conditions"][given["if"]][0]] != spec["conditions"][given["if"]][1]:
            continue
        row = json.loads(json.dumps({"Action": ACTION, **{key: value for key, value in given.items() if key != "if"}}))
        for key in {"Resource", "NotResource"} & set(row):
            row[key] = [filled(text, values) for text in row[key]]
        for keys in row.get("Condition", {}).values():
            for key in keys:
                keys[key] = [filled(text, values) for text in keys[key]]
        found.append(row)
    return [{"Version": spec["version"], "Statement": found}] if found else []


def matched(rule: Spec, text: str, value: str, values: dict[str, str], *, fielded: bool = False) -> bool:
    """Whether a text of a question matches a value; `fielded`: no wildcard before the fifth colon crosses one."""
    code, fields = "", re.split(r"(?<!AWS)(?<!AWS:):", text)
    for index, field in enumerate(fields):
        star = "[^:]" if fielded and index < 5 < len(fields) else "."
        words = {"*": star + "*", "?": star}
        code += ":" if index else ""
        for part in re.findall(r"\$\{[^}]*\}|.", field):
            word = filled(part, values)
            plain = len(part) > 1 and rule.get("plain", False)
            code += re.escape(word) if plain else "".join(words.get(char) or re.escape(char) for char in word)
    return re.fullmatch(code, value, re.DOTALL | (re.IGNORECASE if rule.get("fold", False) else 0)) is not None


def meets(rule: Spec, slot: str, given: tuple[str, ...] | None, values: dict[str, str], *, surely: bool = True) -> bool:
    """Whether what a request holds under one name is as the question says: `surely`, or in one reading of it.

    A pattern of the question that has six fields is the shape of an ARN; what a colon inside a parameter then does to
    the shape, nobody says. A key without values may count as there or not.
    """
    absent = rule.get("absent", False)
    if given is None:
        return absent is not False
    return absent is not None and (given != () or not surely) and all(
        (not rule.get("inside") or any(matched(rule, text, value, values, fielded=surely)
                                       for text in rule["inside"]))
        and not any(matched(rule, text, value, values, fielded=not surely)
                    for text in rule.get("outside", ())) for value in given)


def of_domain(row: Spec) -> list[str]:
    """The words that a parameter may be. Without a pattern it holds no policy variable: an axiom of the proofs."""
    words = row.get("AllowedValues", WORDS)
    return [word for word in words if re.fullmatch(row.get("AllowedPattern", r"(?s)(?!\$).*"), word)
            and row.get("MinLength", 0) <= len(word) <= row.get("MaxLength", 9)]


def deployments(spec: Spec, rng: random.Random) -> Iterator[dict[str, str]]:
    """Values of the parameters and of what AWS gives, as far as the spec speaks of them."""
    named = json.dumps([spec["identity"], spec["boundary"], spec["question"]])
    choices = {name: of_domain(row) for name, row in spec["parameters"].items()}
    choices |= {name: list(values) if "${" + name in named else [values[0]] for name, values in PSEUDO.items()}
    size = 1
    for words in choices.values():
        size *= len(words)
    if size <= MOST_DEPLOYMENTS:
        every = list(itertools.product(*choices.values()))
    else:
        every = [tuple(rng.choice(words) for words in choices.values()) for _ in range(MOST_DEPLOYMENTS)]
    for values in every:
        yield dict(zip(choices, values, strict=True))


def patterns_of(spec: Spec, slot: str) -> list[str]:
    """Every text that speaks of one part of the request."""
    rows = [*spec["identity"], *(spec["boundary"] or ())]
    rule = spec["question"]["resource"] if slot == "resource" else spec["question"]["keys"].get(slot, {})
    found = [*rule.get("inside", ()), *rule.get("outside", ())]
    for row in rows:
        if slot == "resource":
            found += [*row.get("Resource", ()), *row.get("NotResource", ())]
        for operator, keys in row.get("Condition", {}).items():
            found += keys.get(slot, ()) if operator != "Null" else ()
    return list(dict.fromkeys(found))


def pool(spec: Spec, slot: str, values: dict[str, str], rng: random.Random) -> list[str]:
    """Values that fit the patterns, nearly fit them, or are short."""
    found = ["a", "b", "ab", "A", "x", ":", "aa", "a:b"]
    for text in patterns_of(spec, slot):
        for stars, one in (("", "a"), ("a", "b"), ("b", ":"), (":", "A"), ("a:b", "a")):
            word = filled(text, values).replace("${k:two}", stars).replace("*", stars).replace("?", one)
            found.append(word)
        found += [filled(text, values), word.swapcase(), word[:-1], word + "b"]
    unique = [word for word in dict.fromkeys(found) if slot != "resource" or (
        word and not (word.startswith("arn:") and word.count(":") < 5))]
    head, tail = unique[:5], unique[5:]
    rng.shuffle(tail)
    return head + tail[:MOST_VALUES - len(head)]


def given_of(spec: Spec, slot: str, values: dict[str, str], rng: random.Random) -> list[tuple[str, ...] | None]:
    """What a request may hold of one part: one value; of a key also none; several only where a test expects it."""
    found = pool(spec, slot, values, rng)
    if slot == "resource":
        return [(value,) for value in found]
    rows = [*spec["identity"], *(spec["boundary"] or ())]
    several = any(":" in operator and slot in keys for row in rows
                  for operator, keys in row.get("Condition", {}).items())
    sets = [(), *((rng.choice(found), rng.choice(found)) for _ in range(14))] if several else []
    return [None, *((value,) for value in found), *sets]


def hole(spec: Spec, seed: int = 0, *, judged: bool = True) -> dict[str, Any] | None:
    """A request that is allowed and is as the question says, with the parameters; nothing where none was found.

    `judged` leaves out documents whose meaning the replay says it does not know.
    """
    rng = random.Random(seed)
    for values in deployments(spec, rng):
        identity = documents(spec["identity"], spec, values)
        boundary = None if spec["boundary"] is None else documents(spec["boundary"], spec, values)
        if judged and unsupported([*identity, *(boundary or ())]):
            continue
        parts = []
        for slot in SLOTS:
            rule = spec["question"]["resource"] if slot == "resource" else spec["question"]["keys"].get(slot)
            parts.append([given for given in given_of(spec, slot, values, rng)
                          if rule is None or meets(rule, slot, given, values)])
        if "${k:" not in json.dumps([identity, boundary]):
            parts = [_told_apart(part, slot, identity, boundary) for slot, part in zip(SLOTS, parts, strict=True)]
        count = len(parts[0]) * len(parts[1]) * len(parts[2])
        requests: Any = itertools.product(*parts)
        if count > 1500:
            requests = (tuple(map(rng.choice, parts)) for _ in range(1500))
        for found in requests:
            request = _request(found)
            if replay(request, identity, boundary).decision is Decision.ALLOWED:
                return {"parameters": values, "resource": request.resource, "context": dict(request.context)}
    return None


def _request(found: tuple[Any, ...]) -> Request:
    context = {slot: given for slot, given in zip(SLOTS[1:], found[1:], strict=True) if given is not None}
    return Request(action=ACTION, resource=found[0][0], context=context)


def _told_apart(part: list[Any], slot: str, identity: list[Any], boundary: list[Any] | None) -> list[Any]:
    """One of each kind that no statement tells apart."""
    found: dict[Any, Any] = {}
    rows = [_only(row, slot) for document in [*identity, *(boundary or ())] for row in document["Statement"]]
    version = (identity or boundary or [{}])[0].get("Version")
    place = SLOTS.index(slot)
    for given in part:
        request = _request(tuple(given if index == place else ("r",) if not index else None for index in range(3)))
        kind = tuple(replay(request, [{"Version": version, "Statement": row}]).decision for row in rows)
        found.setdefault(kind, given)
    return list(found.values())


def _only(row: Spec, slot: str) -> Spec:
    """The statement as an Allow that speaks of one part alone."""
    found: Spec = {"Effect": "Allow", "Action": "*"}
    if slot == "resource":
        return found | {key: row[key] for key in ("Resource", "NotResource") if key in row}
    condition = {operator: {key: values for key, values in keys.items() if key == slot}
                 for operator, keys in row.get("Condition", {}).items()}
    return found | {"Resource": "*", "Condition": {key: value for key, value in condition.items() if value}}


def confirmed(spec: Spec, shown: Any) -> bool:
    """Whether a counterexample is allowed by the replay with its own parameters, and is as the question says."""
    values = {name: words[0] for name, words in PSEUDO.items()} | dict(shown["parameters"])
    if any(not re.fullmatch(row.get("AllowedPattern", "(?s).*"), values[name]) or values[name] not in
           row.get("AllowedValues", [values[name]]) for name, row in spec["parameters"].items()):
        return False
    request = Request(action=ACTION, resource=shown["resources"][0]["ARN"],
                      context={key: tuple(given) for key, given in shown["context"].items()})
    identity = documents(spec["identity"], spec, values)
    boundary = None if spec["boundary"] is None else documents(spec["boundary"], spec, values)
    question = spec["question"]
    return replay(request, identity, boundary).decision is Decision.ALLOWED \
        and meets(question["resource"], "resource", (request.resource,), values, surely=False) \
        and all(meets(rule, key, request.values(key), values, surely=False) for key, rule in question["keys"].items())


# Counting, and making a wrong proof small.

def tried(seeds: Iterable[int]) -> Iterator[tuple[int, Spec, dict[str, Any] | None]]:
    """The case of each seed, and its hole where one was found."""
    for seed in seeds:
        spec = Maker(seed).spec()
        yield seed, spec, hole(spec, seed)


def run(cases: Iterable[fuzzing.Case], *, widening: bool = True) -> tuple[Counter[str], list[tuple[int, Spec]]]:
    """The counts of many cases, and the cases where the prover was wrong."""
    return fuzzing.counted(cases, partial(asked, widening=widening), confirmed)


if __name__ == "__main__":
    sys.exit(fuzzing.program(sys.argv[1:], tried, asked, confirmed, hole))
