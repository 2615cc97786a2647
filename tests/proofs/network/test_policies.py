"""Policies whose principals, resources and conditions are decided elsewhere, or by whoever asks."""

import pytest

from conveyor_iac.proofs.claims.network.endpoint_policies import CLAIM as ENDPOINTS
from conveyor_iac.proofs.claims.storage.not_public import CLAIM as NOT_PUBLIC
from conveyor_iac.proofs.network.policies import WHO, narrowed
from conveyor_iac.proofs.text import Domain, Text, Unknown
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import added, answer, changed, properties

ALLOW_ALL = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
IMPORTED = {"Fn::ImportValue": "who"}
PLACES = (("EndpointKms", "PolicyDocument"), ("FlowLogBucketPolicy", "PolicyDocument"),
          ("ConnectionTopicPolicy", "PolicyDocument"), ("QueuePolicy", "PolicyDocument"))
CHECKED = [(ENDPOINTS, *PLACES[0]), *((NOT_PUBLIC, *place) for place in PLACES[1:])]
NAMES = ["endpoint", "bucket", "topic", "queue"]


def _said(claim, name, key, /, *changes, **more):
    """What a claim says of one statement more in a policy."""
    queue = added("QueuePolicy", "AWS::SQS::QueuePolicy", Queues=["q"], PolicyDocument={"Statement": []})
    row = ALLOW_ALL | more
    return answer(claim, "network-private", None, queue, *changes,
                  lambda t: properties(t, name)[key]["Statement"].append(row))


def _parameter(**row):
    return lambda t: t["Parameters"].update(Who={"Type": "String", **row})


CODE = changed(added("Code", "Custom::Who", ServiceToken="arn:aws:lambda:eu-west-1:1:function:f"),
               added("Inner", "AWS::CloudFormation::Stack", TemplateURL="https://example.com/t"))
UNCLEAR = {
    "a parameter": {"Ref": "Who"}, "an import": IMPORTED, "a reference": "{{resolve:ssm:/who}}",
    "a custom resource": {"Fn::GetAtt": ["Code", "Who"]}, "an output": {"Fn::GetAtt": ["Inner", "Outputs.Who"]},
}


@pytest.mark.parametrize("who", UNCLEAR.values(), ids=UNCLEAR)
@pytest.mark.parametrize(("claim", "name", "key"), CHECKED, ids=NAMES)
def test_principals_of_elsewhere_are_undecided(claim, name, key, who):
    """A principal that somebody else decides may be everybody, alone or among others."""
    for principal in ({"AWS": who}, {"AWS": ["arn:aws:iam::111122223333:root", who]}, who):
        found = _said(claim, name, key, CODE, _parameter(), Principal=principal)
        assert found.verdict is Verdict.UNDECIDED


@pytest.mark.parametrize(("claim", "name", "key"), CHECKED, ids=NAMES)
def test_everybody_by_default_is_refuted(claim, name, key):
    """A parameter that is everybody where nobody says otherwise opens the policy."""
    found = _said(claim, name, key, _parameter(Default="*"), Principal={"AWS": {"Ref": "Who"}})
    assert found.verdict is Verdict.REFUTED


NAMED = {
    "an account by pattern": (_parameter(Default="111122223333", AllowedPattern="[0-9]{12}"), {"Ref": "Who"}),
    "this account": (_parameter(), {"Ref": "AWS::AccountId"}),
    "a role made here": (added("Role", "AWS::IAM::Role", AssumeRolePolicyDocument={}), {"Fn::GetAtt": ["Role", "Arn"]}),
}


@pytest.mark.parametrize(("change", "who"), NAMED.values(), ids=NAMED)
@pytest.mark.parametrize(("claim", "name", "key"), CHECKED, ids=NAMES)
def test_principals_that_are_named_are_proved(claim, name, key, change, who):
    """A principal that no value makes everybody is no false alarm."""
    assert _said(claim, name, key, change, Principal={"AWS": who}).verdict is Verdict.PROVED


@pytest.mark.parametrize("what", [IMPORTED, "{{resolve:ssm:/what}}"], ids=["an import", "a reference"])
def test_resources_of_elsewhere_are_undecided(what):
    """Anybody who may pass to what is decided elsewhere may pass to anything."""
    assert _said(ENDPOINTS, *PLACES[0], Resource=what).verdict is Verdict.UNDECIDED
    assert _said(ENDPOINTS, *PLACES[0], Resource=what, Principal={"AWS": "111122223333"}).verdict is Verdict.PROVED


ASKED_BACK = {
    "an account with itself": {"StringEquals": {"aws:PrincipalAccount": "${aws:PrincipalAccount}"}},
    "one of several": {"StringEquals": {"aws:PrincipalAccount": ["111122223333", "${aws:PrincipalAccount}"]}},
    "an organisation with a tag": {"StringLike": {"aws:PrincipalOrgID": "${aws:PrincipalTag/org}"}},
    "a role with itself": {"ArnLike": {"aws:PrincipalArn": "${aws:PrincipalArn}"}},
    "by a function": {"StringEquals": {"aws:PrincipalAccount": {"Fn::Sub": "${!aws:PrincipalAccount}"}}},
}


@pytest.mark.parametrize("condition", ASKED_BACK.values(), ids=ASKED_BACK)
@pytest.mark.parametrize(("claim", "name", "key"), CHECKED, ids=NAMES)
def test_a_condition_that_whoever_asks_fills_in_holds_nobody(claim, name, key, condition):
    """A value taken from the request itself fits whoever asks."""
    assert _said(claim, name, key, Condition=condition).verdict is Verdict.REFUTED


@pytest.mark.parametrize(("claim", "name", "key"), CHECKED, ids=NAMES)
def test_a_wildcard_is_a_letter_where_texts_must_be_equal(claim, name, key):
    """`StringEquals` takes a wildcard by the letter and so lets nobody pass; `StringLike` and `ArnEquals` do not."""
    for operator, value, verdict in (("StringEquals", "*", Verdict.PROVED),
                                     ("ForAnyValue:StringEqualsIgnoreCase", "*", Verdict.PROVED),
                                     ("StringLike", "*", Verdict.REFUTED)):
        found = _said(claim, name, key, Condition={operator: {"aws:PrincipalAccount": value}})
        assert found.verdict is verdict
    every = {"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::*:role/one"}}
    assert _said(claim, name, key, Condition=every).verdict is Verdict.REFUTED


@pytest.mark.parametrize(("claim", "name", "key"), CHECKED, ids=NAMES)
def test_a_value_that_the_template_fills_in_still_holds(claim, name, key):
    """A function's `${…}` is the template's own, and no question back to whoever asks."""
    condition = {"StringEquals": {"aws:PrincipalAccount": {"Fn::Sub": "${AWS::AccountId}"}}}
    assert _said(claim, name, key, Condition=condition).verdict is Verdict.PROVED


def test_a_value_that_may_be_a_wildcard_narrows_nothing():
    """A parameter without a pattern under StringLike may be *; with one that lets no wildcard through, it narrows."""
    def row(**domain):
        return {"Condition": {"StringLike": {"aws:PrincipalAccount": Text.of(Unknown(
            name="Account", domain=Domain(**domain)))}}}

    assert not narrowed(row(), WHO)
    assert narrowed(row(pattern="[0-9]{12}"), WHO)
