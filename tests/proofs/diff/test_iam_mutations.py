"""The published installer template against itself, changed: what a change lets it do more is found and shown."""

import time
from functools import cache

import pytest

from conveyor_iac.proofs.diff import iam, trust
from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.diff.joint import Joint, joint
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.judging import holds
from tests.proofs.diff.made import read
from tests.proofs.iam.mutations import EVERY, Mutation, changed, published

PARAMETERS_ONLY = "trust.external-id-parameter"
"""The claim whose mutations change what a parameter may be, and no policy."""
WIDENING = [mutation for mutation in EVERY if mutation.breaks and mutation.claim != PARAMETERS_ONLY]
HARMLESS = [mutation for mutation in EVERY if not mutation.breaks]
STEP = 6


def named(mutation: Mutation) -> str:
    return f"{mutation.claim}: {mutation.name}"


@cache
def _published() -> Template:
    return read(published(), "published")


def _both(mutation: Mutation) -> Joint:
    return joint(_published(), read(changed(mutation), "changed"), timeout=60)


@pytest.mark.parametrize("mutation", WIDENING[::STEP], ids=named)
def test_what_a_widening_change_allows_is_shown(mutation: Mutation) -> None:
    """Some subject may do more, and its counterexample is so for policies that are gathered and filled without it."""
    both = _both(mutation)
    more = [found for found in (*iam.found(both), *trust.found(both)) if found.answer.verdict is not Verdict.PROVED]
    assert [found for found in more if found.answer.verdict is Verdict.REFUTED]
    for found in more:
        shown = found.answer.counterexample
        assert shown is None or holds(published(), changed(mutation), shown, found.kind, found.subject)


@pytest.mark.parametrize("mutation", HARMLESS[::STEP], ids=named)
def test_what_a_harmless_change_allows_is_shown_or_is_nothing(mutation: Mutation) -> None:
    """A harmless change may allow more of what is harmless; it is never left undecided."""
    both = _both(mutation)
    for found in (*iam.found(both), *trust.found(both)):
        assert found.answer.verdict is not Verdict.UNDECIDED
        shown = found.answer.counterexample
        assert shown is None or holds(published(), changed(mutation), shown, found.kind, found.subject)


def test_the_published_template_may_do_nothing_more_than_itself_at_next_to_no_cost() -> None:
    """Nothing is solved where nothing differs; a subject of each kind is judged."""
    started = time.process_time()
    both = joint(_published(), _published())
    every = [*iam.found(both), *trust.found(both)]
    assert {found.answer.verdict for found in every} == {Verdict.PROVED}
    assert {found.kind for found in every} == {Kind.ROLE, Kind.POLICY, Kind.TRUST}
    assert time.process_time() - started < 2


def test_one_statement_more_is_judged_in_seconds() -> None:
    """Only what a change speaks of is asked about."""
    started = time.process_time()
    both = _both(next(mutation for mutation in WIDENING if mutation.name == "everything but a service"))
    assert Verdict.REFUTED in {found.answer.verdict for found in iam.found(both)}
    assert Verdict.PROVED in {found.answer.verdict for found in iam.found(both.turned())}
    assert time.process_time() - started < 10
