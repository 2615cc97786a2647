"""Laws of what one role may do more than another, on many random ones."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.fuzz import PairMaker, Spec, asked, hole

SEEDS = st.integers(min_value=0, max_value=10**6)


def _copy(spec: Spec) -> Spec:
    found: Spec = json.loads(json.dumps(spec))
    return found


def _turned(pair: Spec) -> Spec:
    return {**pair, "before": pair["after"], "after": pair["before"]}


def _regrouped(role: Spec, seed: int) -> Spec:
    """The same role with its statements in another order, each split by action and by resource."""
    found = []
    for row in role["identity"]:
        rest = {key: value for key, value in row.items() if key not in ("Action", "Resource")}
        for action in row.get("Action", [None]):
            for resource in row.get("Resource", [None]):
                one = {"Action": action, "Resource": resource}
                found.append({**rest, **{key: [value] for key, value in one.items() if value is not None}})
    return {**role, "identity": found[seed % len(found):] + found[:seed % len(found)]}


@settings(max_examples=25, deadline=None)
@given(SEEDS)
def test_nothing_may_do_more_than_itself(seed: int) -> None:
    """Whatever a role says, the same role may do nothing more, regrouped or not."""
    pair = PairMaker(seed).pair()
    assert asked({**pair, "after": pair["before"]}).verdict is Verdict.PROVED
    assert asked({**pair, "after": _regrouped(pair["before"], seed)}).verdict is Verdict.PROVED
    assert asked({**pair, "before": _regrouped(pair["after"], seed)}).verdict is asked(
        {**pair, "before": pair["after"]}).verdict


@settings(max_examples=12, deadline=None)
@given(SEEDS)
def test_order_and_grouping_do_not_matter(seed: int) -> None:
    """Statements in another order, split by action and resource, on either side, leave the verdict as it is."""
    pair = PairMaker(seed).pair()
    expected = asked(pair).verdict
    for side in ("before", "after"):
        assert asked({**pair, side: _regrouped(pair[side], seed)}).verdict is expected


@settings(max_examples=25, deadline=None)
@given(SEEDS, st.sampled_from(("identity", "boundary")))
def test_an_allow_more_is_never_less_and_a_deny_more_is_never_more(seed: int, where: str) -> None:
    """The role without the Allow may do nothing more than with it; with a Deny, nothing more than without it."""
    maker = PairMaker(seed)
    pair = maker.pair()
    if pair["after"][where] is None:
        return
    for effect in ("Allow", "Deny"):
        larger = _copy(pair["after"])
        larger[where].append(maker._acting(effect))
        both = {**pair, "before": larger, "after": pair["after"]}
        assert asked(both if effect == "Allow" else _turned(both)).verdict is Verdict.PROVED


@pytest.mark.parametrize("seed", range(8, 14))
def test_proved_in_both_directions_is_the_same_to_every_request(seed: int) -> None:
    """Where neither may do more, no request that is tried is allowed by one alone."""
    pair = PairMaker(seed).pair()
    if {asked(pair).verdict, asked(_turned(pair)).verdict} == {Verdict.PROVED}:
        assert hole(pair) is None
        assert hole(_turned(pair)) is None
