"""The judge of pairs held against many requests that are tried; each direction of what it takes for granted matters."""

from functools import partial

import pytest

from conveyor_iac.proofs.diff import policies
from conveyor_iac.proofs.iam.encoding import Encoding
from tests.proofs.diff.fuzz import run, tried

CASES = 40


@pytest.fixture(scope="module")
def cases():
    """The random pairs, each with its hole where one was found."""
    return list(tried(range(CASES)))


@pytest.fixture(scope="module")
def holes(cases):
    """The pairs of which the newer may do more."""
    return [case for case in cases if case[2] is not None]


def test_no_proof_is_wrong_and_every_counterexample_is_real(cases):
    """Where a tried request is allowed after and refused before nothing is proved; what is shown is so."""
    counts, wrong = run(cases)
    assert wrong == []
    assert min(counts["proved"], counts["refuted"], counts["with a hole"], counts["without a hole"]) > CASES // 5


def test_an_allow_before_that_is_taken_larger_shows_wrong_proofs(holes, monkeypatch):
    """What stands in the way must surely do so: taken for more than it is, it hides what is new."""
    matches = Encoding._matches
    monkeypatch.setattr(Encoding, "_matches", lambda self, row, label, *, over: matches(self, row, label, over=True))
    assert run(holes)[0]["wrong proofs"] > 0


def test_a_deny_before_that_is_taken_smaller_shows_wrong_proofs(holes, monkeypatch):
    """A Deny that is gone may have matched: taken for less than it was, it hides what is new."""
    matches = Encoding._matches
    monkeypatch.setattr(Encoding, "_matches", lambda self, row, label, *, over: matches(
        self, row, label, over=over and not label.startswith("bounds")))
    assert run(holes)[0]["wrong proofs"] > 0


def test_without_widening_the_same_pairs_show_wrong_proofs(holes, monkeypatch):
    """Values that two patterns meet on are widened on both sides."""
    monkeypatch.setattr(policies, "Problem", partial(policies.Problem, widening=False))
    assert run(holes)[0]["wrong proofs"] > 0
