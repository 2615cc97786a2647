"""Policies as questions, without a server."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac.emulator import evaluate, trusts

ROLE = "arn:aws:iam::222222222222:role/conveyor/acme/x"


def document(*statements):
    """A policy document."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(effect="Allow", action="iam:CreateRole", resource="*", **condition):
    """One statement."""
    found = {"Effect": effect, "Action": action, "Resource": resource}
    return found | ({"Condition": condition} if condition else {})


def ask(*documents, **more):
    """The decision about creating ROLE."""
    return evaluate(documents, **({"action": "iam:CreateRole", "resource": ROLE} | more))


def test_the_three_answers():
    """Allow, Deny and ImplicitDeny, and Deny wins."""
    assert ask(document(statement())) == "Allow"
    assert ask(document(statement()), document(statement("Deny"))) == "Deny"
    assert ask(document(statement(action="s3:*"))) == "ImplicitDeny"


def test_a_boundary_intersects():
    """A boundary that does not allow it takes it away, one that denies it denies."""
    assert ask(document(statement()), boundary=document(statement(action="iam:*"))) == "Allow"
    assert ask(document(statement()), boundary=document(statement(action="s3:*"))) == "ImplicitDeny"
    assert ask(document(statement()), boundary=document(statement("Deny"))) == "Deny"


@pytest.mark.parametrize("key", [
    "aws:PrincipalArn", "aws:PrincipalAccount", "aws:RequestedRegion", "aws:SecureTransport", "aws:SourceIp",
    "aws:CurrentTime", "aws:ResourceAccount", "aws:TagKeys", "aws:ViaAWSService", "iam:PermissionsBoundary"])
def test_a_key_that_is_not_given_is_absent(key):
    """Nothing is filled in: what the question does not give does not exist."""
    assert ask(document(statement(Null={key: "true"}))) == "Allow"
    assert ask(document(statement(Null={key: "true"})), context={key.upper(): "x"}) == "ImplicitDeny"


def test_values_of_a_key():
    """Text, a boolean and a list are what the policy compares with."""
    direct = document(statement(Bool={"aws:ViaAWSService": "false"}))
    assert ask(direct, context={"aws:ViaAWSService": False}) == "Allow"
    several = document(statement(**{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}))
    assert ask(several, context={"aws:TagKeys": ["a", "b"]}) == "Allow"
    assert ask(several, context={"aws:TagKeys": ["a", "c"]}) == "ImplicitDeny"


def test_policy_variables():
    """A variable stands for the key's value, taken literally; without a value it matches nothing."""
    own = document(statement(resource="arn:aws:iam::*:role/conveyor/${aws:PrincipalTag/tenant}/*"))
    assert ask(own, context={"aws:PrincipalTag/tenant": "acme"}) == "Allow"
    assert ask(own, context={"aws:PrincipalTag/tenant": "other"}) == "ImplicitDeny"
    assert ask(own, context={"aws:PrincipalTag/tenant": "*"}) == "ImplicitDeny"
    assert ask(own) == "ImplicitDeny"
    fallback = document(statement(resource="arn:aws:iam::*:role/conveyor/${aws:PrincipalTag/tenant, 'acme'}/*"))
    assert ask(fallback) == "Allow"
    literal = document(statement(resource="arn:aws:s3:::b/${*}"))
    assert [ask(literal, resource=f"arn:aws:s3:::b/{key}") for key in ("*", "x")] == ["Allow", "ImplicitDeny"]


def test_policy_variables_in_conditions():
    """A variable in a condition's value is replaced too."""
    same = document(statement(StringEquals={"iam:ResourceTag/tenant": "${aws:PrincipalTag/tenant}"}))
    pair = ("iam:ResourceTag/tenant", "aws:PrincipalTag/tenant")
    assert ask(same, context=dict.fromkeys(pair, "acme")) == "Allow"
    assert ask(same, context=dict(zip(pair, ("acme", "other"), strict=True))) == "ImplicitDeny"
    assert ask(same, context=dict.fromkeys(pair, "a*b")) == "Allow"


def test_trust():
    """A trust policy names principals; conditions and Deny count; a service is not an account's root."""
    vendor = "arn:aws:iam::111122223333:role/control-plane"
    policy = document({"Effect": "Allow", "Principal": {"AWS": vendor}, "Action": "sts:AssumeRole",
                       "Condition": {"StringEquals": {"sts:ExternalId": "secret"}}})
    secret = {"sts:ExternalId": "secret"}
    assert trusts(policy, principal_arn=vendor, context=secret)
    assert not trusts(policy, principal_arn=vendor)
    assert not trusts(policy, principal_arn=vendor + "x", context=secret)
    assert not trusts(policy, principal_arn=vendor, action="sts:TagSession", context=secret)
    policy["Statement"].append({"Effect": "Deny", "Principal": "*", "Action": "sts:*"})
    assert not trusts(policy, principal_arn=vendor, context=secret)


actions = st.sampled_from(["iam:CreateRole", "iam:*", "iam:PassRole", "*", "s3:GetObject"])
resources = st.sampled_from([ROLE, "*", "arn:aws:iam::*:role/conveyor/*", "arn:aws:s3:::b"])
statements = st.builds(statement, st.sampled_from(["Allow", "Deny"]), actions, resources)
documents = st.lists(statements, min_size=1, max_size=4).map(lambda found: document(*found))


@given(st.lists(documents, min_size=1, max_size=3), documents)
def test_less_permission_means_less_access(policies, boundary):
    """Adding a boundary never turns a refusal into an Allow, and order does not matter."""
    free = ask(*policies)
    assert ask(*policies, boundary=boundary) != "Allow" or free == "Allow"
    assert ask(*reversed(policies)) == free


@given(st.lists(documents, min_size=1, max_size=3))
def test_documents_are_left_as_they_were(policies):
    """A question changes nothing in the documents."""
    before = json.dumps(policies)
    ask(*policies)
    assert json.dumps(policies) == before
