"""The published installer template, changed: each claim sees what breaks it, and is not alarmed by what does not."""

import json
from functools import cache

import pytest

from conveyor_iac.proofs import template
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.contract import Contract
from conveyor_iac.proofs.verdict import Answer, Verdict
from conveyor_iac.proofs.verify import verify
from tests.proofs.iam.confirming import Deployed, breaks, confirmed
from tests.proofs.iam.mutations import EVERY, Mutation, changed, contract

BREAKING = [mutation for mutation in EVERY if mutation.breaks]
HARMLESS = [mutation for mutation in EVERY if not mutation.breaks]
CLAIMS = tuple(dict.fromkeys(mutation.claim for mutation in EVERY))


def named(mutation: Mutation) -> str:
    return f"{mutation.claim}: {mutation.name}"


@cache
def _contract() -> Contract:
    return Contract.model_validate(contract())


def answer(mutation: Mutation) -> Answer:
    """What the claim of a mutation says of the changed template."""
    read = template.read(json.dumps(changed(mutation)), "changed")
    return verify(read, _contract(), claims=[claim(mutation.claim)]).results[0].answer


@pytest.mark.parametrize("mutation", BREAKING, ids=named)
def test_a_claim_refutes_what_breaks_it(mutation: Mutation) -> None:
    """The named claim is refuted, and its counterexample is allowed by policies gathered and filled without it."""
    found = answer(mutation)
    assert found.verdict is Verdict.REFUTED, found
    shown = found.counterexample
    assert shown is not None
    if "eventName" not in shown:
        assert mutation.claim == "trust.external-id-parameter"
        return
    if mutation.event is not None:
        assert shown["eventName"].lower() == mutation.event.lower()
    body = changed(mutation)
    assert confirmed(body, contract(), shown, mutation.claim)
    assert breaks(Deployed(body, shown["parameters"]), contract()["installer"], shown, mutation.claim)


@pytest.mark.parametrize("mutation", HARMLESS, ids=named)
def test_a_claim_is_not_alarmed_by_what_is_harmless(mutation: Mutation) -> None:
    """A change that breaks nothing leaves the claim proved."""
    found = answer(mutation)
    assert found.verdict is Verdict.PROVED, found


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_the_published_template_is_proved(claim_id: str) -> None:
    """Before any change each of these claims is proved, so that a refutation is the change's own."""
    found = answer(Mutation(claim=claim_id, name="none", changes=()))
    assert found.verdict is Verdict.PROVED, found


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_each_claim_has_its_mutations(claim_id: str) -> None:
    """No claim goes without three changes that break it and one that does not."""
    assert len([mutation for mutation in BREAKING if mutation.claim == claim_id]) >= 3
    assert [mutation for mutation in HARMLESS if mutation.claim == claim_id]
