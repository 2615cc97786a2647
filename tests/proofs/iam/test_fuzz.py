"""The prover held against many requests that are tried: on random small roles, and on holes once taken for safe."""

import pytest

from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.iam.fuzz import asked, hole, run, tried

CASES = 300


def _spec(*rows, boundary=None, resource=None, version="2012-10-17", keys=None, **parameters):
    """A case of these statements."""
    return {"version": version, "parameters": parameters, "conditions": {}, "identity": list(rows),
            "boundary": boundary, "question": {"resource": resource or {}, "keys": keys or {}}}


def _row(effect, *resources, element="Resource", **condition):
    """A statement; `StringEquals=("k:one", "a")` is a test."""
    tests = {operator: {key: values} for operator, (key, *values) in condition.items()}
    return {"Effect": effect, element: list(resources) or ["*"], "Condition": tests}


SHORT = {"AllowedPattern": "[ab]{1,2}"}
ANY_ONE = {"k:one": {}}
# A role with a hole each, which one version of the prover took for safe, or which reading it showed it would.
HOLES = {
    "a parameter compared without case is told in either case": _spec(
        _row("Allow", StringEqualsIgnoreCase=("k:one", "${P}")), P=SHORT, keys={"k:one": {"inside": ["A"]}}),
    "a parameter denied unless equal without case leaves the other case": _spec(
        _row("Allow"), _row("Deny", StringNotEqualsIgnoreCase=("k:two", "${P}")), P=SHORT,
        keys={"k:two": {"inside": ["A*"]}}),
    "a question mark of the boundary stands for a colon": _spec(
        _row("Allow", "${P}:b"), boundary=[_row("Allow", "a?b")], P=SHORT),
    "a negated Deny whose variable has no value": _spec(
        _row("Allow"), _row("Deny", StringNotEquals=("k:one", "x${!k:two}")), keys={"k:one": {"inside": ["a"]}}),
    "a negated Deny whose variable and key have no value": _spec(
        _row("Allow"), _row("Deny", StringNotEquals=("k:one", "${!k:two}")),
        keys={"k:one": {"absent": None}, "k:two": {"absent": None}}),
    "a NotResource of a Deny whose variable has no value": _spec(
        _row("Allow"), _row("Deny", "arn:s:s:s:s:x${!k:two}", element="NotResource"),
        resource={"inside": ["arn:s:s:s:s:a"]}),
    "a parameter that may be a policy variable": _spec(
        _row("Allow", StringEquals=("k:one", "a")), _row("Deny", StringNotEquals=("k:one", "${P}")),
        P={"AllowedPattern": r"\$\{k:two\}|b"}, keys=ANY_ONE),
    "a parameter that ends an ARN or leaves it short": _spec(
        _row("Allow", "arn:s:${P}"), P={"AllowedValues": ["a:::b"]}, resource={"outside": ["arn:s:${P}:*"]}),
    "a parameter that is an ARN without its last fields": _spec(
        _row("Allow", "${P}"), P={"AllowedValues": ["arn:s"]}, resource={"inside": ["arn:s:a:b:c:d"]}),
    "an ARN operator of a Deny on what is no ARN": _spec(
        _row("Allow", StringEquals=("k:one", "ab")), _row("Deny", ArnLike=("k:one", "ab")), keys=ANY_ONE),
    "Bool of a Deny on a parameter that is neither true nor false": _spec(
        _row("Allow", StringEquals=("k:one", "${P}")), _row("Deny", Bool=("k:one", "${P}")), P=SHORT, keys=ANY_ONE),
    "two parameters on one key": _spec(
        _row("Allow", StringEquals=("k:one", "${P}")), P=SHORT, Q=SHORT, keys={"k:one": {"inside": ["${Q}"]}}),
    "a literal of the boundary against the partition": _spec(
        _row("Allow", "arn:${AWS::Partition}:s:::a"), boundary=[_row("Allow", "arn:aws:s:::*")]),
}


@pytest.fixture(scope="module")
def cases():
    """The random cases, each with its hole where one was found."""
    return list(tried(range(CASES)))


def test_no_proof_is_wrong_and_every_counterexample_is_real(cases):
    """Where a tried request is allowed nothing is proved; a counterexample is allowed with its own parameters."""
    counts, wrong = run(cases)
    assert wrong == []
    assert min(counts["proved"], counts["refuted"], counts["with a hole"], counts["without a hole"]) > CASES // 5


def test_without_widening_the_same_cases_show_wrong_proofs(cases):
    """The fuzzing finds what widening guards against: left out, several of the holes are taken for safe."""
    counts, _ = run([case for case in cases if case[2] is not None], widening=False)
    assert counts["wrong proofs"] > 5


@pytest.mark.parametrize("name", list(HOLES))
def test_a_hole_once_taken_for_safe_is_not_proved(name):
    """Some request is allowed with some values, so the answer is not proved."""
    assert hole(HOLES[name], judged=False) is not None
    assert asked(HOLES[name]).verdict is not Verdict.PROVED
