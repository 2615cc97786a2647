"""What must hold of verdicts whatever the policies are: a Deny only takes away, an Allow only gives, and neither names
nor order say anything.
"""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.iam.confirming import Json, confirmed
from tests.proofs.iam.small import ACTION, KEY, USERS, like, one_of, quickly, ref, role_of, sub, when

law = settings(deadline=None, max_examples=50, database=None, derandomize=True)

PARAMETERS = {"One": like("[ab]{1,2}"), "Two": like("[a-z]*"), "Open": {}, "Switch": one_of("on", "off"),
              "Act": one_of(ACTION, "iam:GetUser")}
SECTIONS: Json = {"Conditions": {"On": {"Fn::Equals": [ref("Switch"), "on"]}}}
VALUES = st.sampled_from(["a", "b", "a*", "?", "*", "A", ref("One"), ref("Two"), ref("Open"), sub("a${One}"),
                          sub("${One}${Two}"), when("On", "a", ref("Two")), ref("AWS::Region")])
RESOURCES = st.sampled_from(["*", USERS + "a", USERS + "*", sub(USERS + "${One}"), sub(USERS + "${Two}*"),
                             sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:user/a"), USERS + "${aws:username}",
                             "arn:aws:iam::*:group/*", "arn?aws?iam::*"])
ACTIONS = st.sampled_from([ACTION, "iam:*", "IAM:create*", "iam:CreateUse?", "*", ["iam:GetUser", ACTION],
                           "iam:CreatePolicy", ref("Act"), "s3:*"])
OPERATORS = st.sampled_from(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase",
                             "StringEqualsIfExists", "ForAnyValue:StringLike", "ForAllValues:StringEquals"])
CONDITIONS = st.dictionaries(OPERATORS, st.fixed_dictionaries({KEY: VALUES | st.lists(VALUES, min_size=1, max_size=2)}),
                             max_size=2)


def _statements(effect: str) -> st.SearchStrategy[Json]:
    """Statements of one effect, now and then behind the switch."""
    made = st.builds(lambda **row: {name: value for name, value in row.items() if value}, Effect=st.just(effect),
                     Action=ACTIONS, Resource=RESOURCES, Condition=CONDITIONS)
    return made | made.map(lambda row: when("On", row, ref("AWS::NoValue")))


ALLOWS, DENIES = _statements("Allow"), _statements("Deny")
POLICIES = st.lists(ALLOWS, min_size=1, max_size=2).flatmap(
    lambda allows: st.lists(DENIES, max_size=2).map(lambda denies: [*allows, *denies]))
BOUNDARIES = st.just(()) | st.lists(ALLOWS | DENIES, min_size=1, max_size=2).map(tuple)


def made(policy: list[Json], boundary: tuple[Json, ...] = ()) -> Json:
    return role_of(*policy, boundary=boundary, parameters=PARAMETERS, **SECTIONS)


@law
@given(POLICIES, BOUNDARIES, DENIES, st.booleans())
def test_a_deny_more_refutes_nothing(policy: list[Json], boundary: tuple[Json, ...], deny: Json, within: bool) -> None:
    """What is proved is not refuted by a Deny more, in the policy or in the boundary."""
    if quickly(made(policy, boundary)).verdict is Verdict.PROVED:
        more = made(policy, (*boundary, deny)) if within and boundary else made([*policy, deny], boundary)
        assert quickly(more).verdict is not Verdict.REFUTED


@law
@given(POLICIES, BOUNDARIES, ALLOWS, st.booleans())
def test_an_allow_more_proves_nothing(policy: list[Json], boundary: tuple[Json, ...], allow: Json,
                                      within: bool) -> None:
    """What is refuted is not proved by an Allow more, in the policy or in the boundary."""
    if quickly(made(policy, boundary)).verdict is Verdict.REFUTED:
        more = made(policy, (*boundary, allow)) if within and boundary else made([*policy, allow], boundary)
        assert quickly(more).verdict is not Verdict.PROVED


@law
@given(POLICIES, BOUNDARIES)
def test_a_boundary_more_refutes_nothing(policy: list[Json], boundary: tuple[Json, ...]) -> None:
    """A boundary takes away: what is proved without one is not refuted with one."""
    if quickly(made(policy)).verdict is Verdict.PROVED:
        assert quickly(made(policy, boundary)).verdict is not Verdict.REFUTED


NAMES = {"One": "Zebra", "Two": "Alpha", "Open": "Mid", "On": "Off", "Act": "Deed", "Switch": "Lever", "Most": "Least"}


def renamed(value: Any) -> Any:
    """The same template under other names of its parameters, conditions and policies."""
    text = json.dumps(value)
    for name, other in NAMES.items():
        text = text.replace(f'"{name}"', f'"{other}"').replace(f"${{{name}}}", f"${{{other}}}")
    return json.loads(text)


@law
@given(POLICIES, BOUNDARIES)
def test_names_say_nothing(policy: list[Json], boundary: tuple[Json, ...]) -> None:
    """Under other names of parameters, conditions and policies the verdict is the same."""
    body = made(policy, boundary)
    assert quickly(body).verdict == quickly(renamed(body)).verdict


@law
@given(POLICIES, BOUNDARIES, st.randoms(use_true_random=False))
def test_order_says_nothing(policy: list[Json], boundary: tuple[Json, ...], random: Any) -> None:
    """The order of the statements, of policy and boundary, changes no verdict."""
    mixed, limits = list(policy), list(boundary)
    random.shuffle(mixed)
    random.shuffle(limits)
    assert quickly(made(policy, boundary)).verdict == quickly(made(mixed, tuple(limits))).verdict


@law
@given(POLICIES, BOUNDARIES)
def test_a_refutation_is_confirmed(policy: list[Json], boundary: tuple[Json, ...]) -> None:
    """Every counterexample is allowed by the template as it is filled without the prover."""
    body = made(policy, boundary)
    found = quickly(body)
    if found.counterexample is not None:
        assert confirmed(body, {"installer": {"role": "Role"}}, found.counterexample, "")
