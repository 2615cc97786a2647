"""Random pairs of trust policies, and what is said of the newer held against every caller of a small world.

Knows callers of each kind, roles with their sessions, accounts and everybody; nothing of the prover but its answer. As
a program: `python tests/proofs/diff/fuzz_trust.py 2000 0`.
"""

import itertools
import json
import random
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from conveyor_iac.proofs.diff import trust
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.iam.replay import Decision, replay_trust
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Answer, Verdict

Spec = dict[str, Any]
ONE, TWO = "arn:aws:iam::111111111111:", "arn:aws:iam::222222222222:"
SESSION = "arn:aws:sts::111111111111:assumed-role/"
NAMED = ("*", {"AWS": "*"}, {"AWS": "111111111111"}, {"AWS": ONE + "root"}, {"AWS": TWO + "root"},
         {"AWS": ONE + "role/a"}, {"AWS": ONE + "role/path/b"}, {"AWS": ONE + "user/u"}, {"AWS": SESSION + "a/s"},
         {"AWS": SESSION + "b/s"}, {"Service": "ec2.amazonaws.com"}, {"Federated": "idp"},
         {"AWS": {"Fn::Sub": "arn:aws:iam::${P}:role/a"}}, {"AWS": {"Fn::Sub": "${P}"}})
CALLERS = (("AWS", ONE + "role/a", ""), ("AWS", ONE + "role/path/b", ""), ("AWS", ONE + "role/c", ""),
           ("AWS", ONE + "user/u", ""), ("AWS", TWO + "role/a", ""), ("AWS", SESSION + "a/s", ONE + "role/a"),
           ("AWS", SESSION + "a/other", ONE + "role/a"), ("AWS", SESSION + "b/s", ONE + "role/path/b"),
           ("AWS", "arn:aws:sts::111111111111:federated-user/f", ""), ("AWS", "arn:aws:iam::333333333333:role/a", ""),
           ("Service", "ec2.amazonaws.com", ""), ("Service", "ecs.amazonaws.com", ""), ("Federated", "idp", ""))
"""Of which kind a caller is, its ARN or name, and the role whose session it is."""
ACTIONS = ("sts:AssumeRole", "sts:TagSession")
IDS = (None, "x", "y")
ARNS = (ONE + "*", ONE + "role/*", ONE + "role/a", "*")
VALUES = ("111111111111", "222222222222")


class Maker:
    """Makes one pair: the statements of both sides."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def pair(self) -> Spec:
        """The newer is most often the older with a change or two."""
        before = [self._statement() for _ in range(self.rng.choice((1, 1, 2, 3)))]
        after = json.loads(json.dumps(before))
        for _ in range(self.rng.choice((1, 1, 2))):
            rows = self.rng.choice((before, after))
            match self.rng.choice(("add", "drop", "who", "test", "untest")):
                case "add":
                    rows.append(self._statement())
                case "drop" if len(rows) > 1:
                    rows.remove(self.rng.choice(rows))
                case "who":
                    row = self.rng.choice(rows)
                    row.pop("NotPrincipal", None)
                    row["Principal"] = self._who()
                case "test":
                    self.rng.choice(rows)["Condition"] = self._condition()
                case _:
                    self.rng.choice(rows).pop("Condition", None)
        return {"before": before, "after": after}

    def _who(self) -> Any:
        found = self.rng.choice(NAMED)
        if isinstance(found, dict) and "AWS" in found and self.rng.random() < 0.3:
            other = self.rng.choice([row["AWS"] for row in NAMED if isinstance(row, dict) and "AWS" in row])
            return {"AWS": [found["AWS"], other]}
        return found

    def _statement(self) -> Spec:
        chance = self.rng.random
        row: Spec = {"Effect": "Allow" if chance() < 0.65 else "Deny",
                     "Action": self.rng.choice(("sts:AssumeRole", "sts:AssumeRole", "sts:*", list(ACTIONS)))}
        denies = row["Effect"] == "Deny"
        row["NotPrincipal" if chance() < (0.35 if denies else 0.05) else "Principal"] = self._who()
        if row.get("NotPrincipal") == "*":
            row["NotPrincipal"] = {"AWS": ONE + "root"}
        return row | ({"Condition": self._condition()} if chance() < 0.5 else {})

    def _condition(self) -> Spec:
        if self.rng.random() < 0.3:
            return {self.rng.choice(("ArnLike", "StringLike", "ArnNotLike")): {"aws:PrincipalArn":
                                                                              self.rng.choice(ARNS[:3])}}
        operator = self.rng.choice(("StringEquals", "StringEquals", "StringNotEquals", "StringEqualsIfExists"))
        return {operator: {"sts:ExternalId": self.rng.choice(("x", "y", ["x", "y"]))}}


def template_of(rows: list[Spec]) -> Spec:
    """One side as a template."""
    return {"Parameters": {"P": {"Type": "String", "AllowedValues": list(VALUES)}}, "Resources": {"Role": {
        "Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {
            "Version": "2012-10-17", "Statement": rows}}}}}


def asked(pair: Spec) -> Answer:
    """Whether nobody may assume the newer who could not the older, as the prover says."""
    both = joint(*(read(json.dumps(template_of(pair[side])), side) for side in ("before", "after")))
    return next(trust.found(both)).answer


def _document(rows: list[Spec], value: str) -> Spec:
    text = json.dumps(rows)
    for name in (f"arn:aws:iam::{value}:role/a", value):
        text = text.replace(json.dumps({"Fn::Sub": name.replace(value, "${P}")}), json.dumps(name))
    return {"Version": "2012-10-17", "Statement": json.loads(text)}


def _lets(pair: Spec, side: str, value: str, request: Request) -> bool:
    return replay_trust(request, _document(pair[side], value)).decision is Decision.ALLOWED


def requests() -> Iterable[Request]:
    """Every caller with every action and external id; a session says which role it is of."""
    for (kind, arn, role), action, given in itertools.product(CALLERS, ACTIONS, IDS):
        context = {} if given is None else {"sts:ExternalId": (given,)}
        if kind == "AWS":
            context["aws:PrincipalArn"] = (role or arn,)
        yield Request(action=action, resource="*", context=context, principal=arn, principal_kind=kind)


def hole(pair: Spec) -> Any:
    """A request that only the newer lets through."""
    return next(((value, request) for value in VALUES for request in requests()
                 if _lets(pair, "after", value, request) and not _lets(pair, "before", value, request)), None)


def confirmed(pair: Spec, shown: Any) -> bool:
    """Whether a counterexample is let through after and refused before."""
    who = shown["userIdentity"]
    request = Request(action=f"sts:{shown['eventName']}", resource="*", principal=who["arn"],
                      context={key: tuple(given) for key, given in shown["context"].items()},
                      principal_kind=who["type"])
    value = shown["parameters"]["P"]
    return _lets(pair, "after", value, request) and not _lets(pair, "before", value, request)


def run(seeds: Iterable[int]) -> tuple[Counter[str], list[tuple[int, Spec]]]:
    """The counts of many pairs, and those where the prover was wrong."""
    counts: Counter[str] = Counter()
    wrong = []
    for seed in seeds:
        pair = Maker(seed).pair()
        found, answer = hole(pair), asked(pair)
        faults = {"wrong proofs": answer.verdict is Verdict.PROVED and found is not None,
                  "wrong refutations": answer.verdict is Verdict.REFUTED and not confirmed(pair, answer.counterexample)}
        counts.update({"cases": 1, answer.verdict.value: 1, "with a hole": found is not None, **faults,
                       "undecided without a hole": found is None and answer.verdict is Verdict.UNDECIDED})
        if any(faults.values()):
            wrong.append((seed, pair))
    return counts, wrong


def main(words: list[str]) -> int:
    """Runs N pairs from a seed on, prints the counts and each pair that went wrong."""
    number, seed = map(int, [*words, "0"][:2])
    counts, wrong = run(range(seed, seed + number))
    print(dict(counts))
    for place, pair in wrong:
        print(f"wrong, seed {place}: {json.dumps(pair)}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
