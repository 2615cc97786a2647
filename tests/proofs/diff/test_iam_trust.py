"""Pairs of trust policies: who may become a role that could not, and on what condition it no longer needs."""

import pytest

from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.fuzz_trust import run
from tests.proofs.diff.judging import answers, trusting, verdicts
from tests.proofs.iam.small import like, ref, role_of, statement, sub

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED
EQUAL, BROADER, OTHER = (PROVED, PROVED), (REFUTED, PROVED), (REFUTED, REFUTED)
ACCOUNT, ROOT = "111122223333", "arn:aws:iam::111122223333:root"
ROLE = "arn:aws:iam::111122223333:role/control-plane"
IDS = {"ExternalId": {"NoEcho": True, "MinLength": 16, "AllowedPattern": "[a-z]+"}, "Vendor": like("[0-9]{12}")}


def lets(principal=None, condition=None, action="sts:AssumeRole", effect="Allow", **more):
    """One statement of a trust policy."""
    row = {"Effect": effect, "Action": action, "Principal": principal or {"AWS": ROLE}, "Condition": condition, **more}
    return {key: value for key, value in row.items() if value is not None and not (
        key == "Principal" and "NotPrincipal" in more)}


def by_id(operator="StringEquals"):
    """The condition on the external id."""
    return {operator: {"sts:ExternalId": ref("ExternalId")}}


NAME = {"StringLike": {"sts:RoleSessionName": "conveyor-*"}}
PAIRS = {
    "a dropped external id": (trusting(lets(None, by_id()), parameters=IDS), trusting(lets(), parameters=IDS),
                              BROADER),
    "an external id that may be missing": (
        trusting(lets(None, by_id()), parameters=IDS),
        trusting(lets(None, by_id(operator="StringEqualsIfExists")), parameters=IDS), BROADER),
    "a session name that is free": (trusting(lets(None, NAME)), trusting(lets()), BROADER),
    "a session name that is wider": (
        trusting(lets(None, NAME)), trusting(lets(None, {"StringLike": {"sts:RoleSessionName": "con*"}})), BROADER),
    "another caller": (trusting(lets()), trusting(lets(), lets({"AWS": "arn:aws:iam::444455556666:role/x"})), BROADER),
    "the whole account": (trusting(lets()), trusting(lets({"AWS": ACCOUNT})), BROADER),
    "an account in other words": (trusting(lets({"AWS": ACCOUNT})), trusting(lets({"AWS": [ROOT, ROLE]})),
                                  (PROVED, UNDECIDED)),
    "everybody": (trusting(lets({"AWS": ACCOUNT})), trusting(lets("*")), BROADER),
    "a service": (trusting(lets()), trusting(lets({"AWS": ROLE, "Service": "ec2.amazonaws.com"})), BROADER),
    "a provider": (trusting(lets()), trusting(lets(), lets({"Federated": "cognito-identity.amazonaws.com"}, None,
                                                           "sts:AssumeRoleWithWebIdentity")), BROADER),
    "a provider's audience that is gone": (
        trusting(lets({"Federated": "idp"}, {"StringEquals": {"idp:aud": "x"}}, "sts:AssumeRoleWithWebIdentity")),
        trusting(lets({"Federated": "idp"}, None, "sts:AssumeRoleWithWebIdentity")), BROADER),
    "an action more": (trusting(lets()), trusting(lets(action=["sts:AssumeRole", "sts:TagSession"])), BROADER),
    "every action": (trusting(lets()), trusting(lets(action="sts:*")), BROADER),
    "a Deny that is gone": (trusting(lets({"AWS": ACCOUNT}), lets(effect="Deny")), trusting(lets({"AWS": ACCOUNT})),
                            BROADER),
    "a Deny of all but one that spares another": (
        trusting(lets({"AWS": ACCOUNT}), lets(effect="Deny", NotPrincipal={"AWS": ROLE})),
        trusting(lets({"AWS": ACCOUNT}), lets(effect="Deny", NotPrincipal={"AWS": [ROLE, ROLE + "s"]})), BROADER),
    "the account as a parameter": (trusting(lets({"AWS": sub("arn:aws:iam::${Vendor}:role/x")}), parameters=IDS),
                                   trusting(lets({"AWS": ref("Vendor")}), parameters=IDS), BROADER),
    "statements of one caller each": (
        trusting(lets({"AWS": [ROLE, ROLE + "s"]})), trusting(lets({"AWS": ROLE + "s"}), lets()), EQUAL),
}


@pytest.mark.parametrize("name", list(PAIRS))
def test_who_may_assume_more_is_shown_on_either_side(name):
    """Each pair is judged in both directions; a counterexample is confirmed by an evaluator of its own."""
    old, new, expected = PAIRS[name]
    assert verdicts(old, new, Kind.TRUST) == expected


def test_a_counterexample_tells_who_and_hides_the_external_id():
    """The caller and why it was refused are told; a value of a secret parameter is not."""
    shown = answers(trusting(lets(None, by_id()), parameters=IDS), trusting(lets(), parameters=IDS),
                    Kind.TRUST)["Role"].counterexample
    assert shown["userIdentity"] == {"type": "AWS", "arn": ROLE}
    assert shown["resources"] == [{"ARN": "Role"}]
    assert shown["refusedBefore"] == "no statement allowed it"
    assert shown["parameters"]["ExternalId"] == "(hidden)"


def test_a_new_role_lets_in_whom_it_trusts():
    """Whoever may become a role that was not there may do more."""
    old = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}
    assert verdicts(old, role_of(statement()), Kind.TRUST) == BROADER


def test_a_session_that_is_no_longer_denied_is_seen():
    """A session is let in as its role is: a Deny of it that is gone is more, though no Allow names the session."""
    session = "arn:aws:sts::111122223333:assumed-role/control-plane/x"
    old = trusting(lets(), lets({"AWS": session}, effect="Deny"))
    assert answers(old, trusting(lets()), Kind.TRUST)["Role"].verdict is not PROVED


def test_no_proof_about_callers_is_wrong():
    """On random pairs, held against every caller of a small world, sessions among them, no answer is wrong."""
    counts, wrong = run(range(120))
    assert wrong == []
    assert min(counts["proved"], counts["refuted"], counts["with a hole"]) > 24
