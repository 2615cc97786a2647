"""What comes of comparing templates: the laws that hold of any two, and what is told of them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.errors import InputError
from conveyor_iac.model.catalogue.proofs.diff import Judged, diff_types
from conveyor_iac.proofs.diff.compare import JUDGES, compare
from conveyor_iac.proofs.diff.found import Change, Kind
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.made import (
    PUBLISHED,
    compared,
    fresh,
    published,
    read,
    role,
    shuffled,
    statement,
    templates,
)

TOPIC = {"Type": "AWS::SNS::Topic"}
MIRRORED = {Change.BROADER: Change.NARROWER, Change.NARROWER: Change.BROADER}


@given(templates())
@settings(max_examples=25, deadline=None)
def test_itself(body):
    """A template is equal to itself, in another order and under other names of its own."""
    assert compared(body, body).verdict is Change.EQUAL
    assert compared(body, shuffled(body)).verdict is Change.EQUAL
    assert compared(body, shuffled(fresh(body).template(body))).verdict is Change.EQUAL


ROLES = st.lists(st.sampled_from([
    statement(), statement("s3:*"), statement(resource="arn:aws:s3:::a/*"), statement("s3:Get*"), statement("sqs:*"),
    statement(effect="Deny"), statement(effect="Deny", resource="arn:aws:s3:::a/*"),
    statement(Condition={"StringEquals": {"aws:PrincipalTag/team": "a"}})]), min_size=1, max_size=3).map(
        lambda rows: {"Resources": {"Role": role(*rows)}})


@given(ROLES, ROLES)
@settings(max_examples=25, deadline=None)
def test_mirror(old, new):
    """What is narrower one way is broader the other way, and what is not known stays so."""
    one, other = compared(old, new), compared(new, old)
    assert (one.more, one.less) == (other.less, other.more)
    assert other.verdict is MIRRORED.get(one.verdict, one.verdict)


@given(ROLES, ROLES, ROLES)
@settings(max_examples=15, deadline=None)
def test_chain(first, second, third):
    """What is no broader than something that is no broader than a third is no broader than that."""
    if compared(first, second).more is compared(second, third).more is Verdict.PROVED:
        assert compared(first, third).more is Verdict.PROVED


@pytest.mark.parametrize("name", PUBLISHED)
def test_published(name):
    """Our templates are equal to themselves when every resource is called otherwise and stands elsewhere."""
    old = published(name)
    found = compared(old, shuffled(fresh(dict(old.body)).template(old.body)))
    assert [one.as_json() for template in found.templates for one in template.subjects
            if one.verdict is not Change.EQUAL] == []
    assert found.verdict is Change.EQUAL


def test_same_text():
    """Templates in the same words are equal without a question being asked, macros and all."""
    body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"T": TOPIC}}
    asked = []
    found = compare({"a": read(body)}, {"a": read(body)}, progress=asked.append)
    assert (found.verdict, asked) == (Change.EQUAL, [])


def test_macros():
    """Nobody knows what a template that macros rewrite may do, unless its words are the same."""
    body = {"Transform": "AWS::Serverless-2016-10-31", "Resources": {"T": TOPIC}}
    assert compared(body, {**body, "Resources": {"U": TOPIC}}).verdict is Change.UNDECIDED


def test_added_and_removed():
    """A template without a counterpart is held against nothing, with all that it makes."""
    made = {"Resources": {"Role": role(statement())}}
    same = read({"Resources": {"T": TOPIC}})
    found = compare({"old": read(made), "both": same}, {"new": read(made), "both": same})
    told = [template.as_json() for template in found.templates]
    assert {each["template"]: (each["state"], each["verdict"]) for each in told} == {
        "new": ("added", "broader"), "both": ("compared", "equal"), "old": ("removed", "narrower")}
    assert {row["change"] for template in found.templates for row in template.resources} == {"added", "removed"}
    assert found.verdict is Change.INCOMPARABLE


def test_beside():
    """A template that says the same may do more, where one beside it says more of what its role carries."""
    carrier = {"Resources": {"Role": role(ManagedPolicyArns=[{"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:policy/p"}])}}

    def beside(action):
        return {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "ManagedPolicyName": "p", "PolicyDocument": {"Version": "2012-10-17", "Statement": [statement(action)]}}}}}
    old, new = ({"carrier": read(carrier), "beside": read(beside(action))} for action in ("s3:GetObject", "s3:*"))
    found = {template.name: template for template in compare(old, new).templates}
    assert found["carrier"].more is not Verdict.PROVED
    assert compare(old, dict(reversed(old.items()))).verdict is Change.EQUAL


def test_malformed():
    """A policy that IAM would refuse, and a name that a template does not have, are input errors, told at once."""
    wrong = {"Resources": {"Role": role(statement(effect="Alow"))}}
    lost = {"Resources": {"Role": role(statement(resource={"Ref": "Nobody"}))}}
    with pytest.raises(InputError) as refused:
        compared(wrong, lost)
    assert len(refused.value.faults) == 2


def test_out_of_time():
    """What is not decided in time is undecided."""
    old, new = ({"Resources": {"Role": role(statement(action))}} for action in ("s3:GetObject", "s3:*"))
    found = compare({"a": read(old)}, {"a": read(new)}, timeout=1e-9)
    assert found.more is Verdict.UNDECIDED


def nested(depth):
    """A template with a value that is nested this deep."""
    value = {"Ref": "T"}
    for _ in range(depth):
        value = {"Fn::Join": ["", [value]]}
    return {"Resources": {"T": TOPIC, "B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": value}}}}


@pytest.mark.parametrize("depth", [60, 200, 260])
def test_too_deep(depth):
    """A template that is nested too deep to be compared is undecided, or refused; it ends no run."""
    try:
        told = compared(nested(depth), nested(depth + 1)).verdict.value
    except InputError as refused:
        told = str(refused)
    assert told in ("equal", "undecided") or "nested too deep" in told


def test_as_json():
    """The whole comparison is plain JSON."""
    found = compared({"Resources": {"Role": role(statement())}}, {"Resources": {"Role": role(statement("s3:*"))}})
    told = json.loads(json.dumps(found.as_json()))
    assert (told["verdict"], told["more"], told["less"]) == ("broader", "refuted", "proved")
    assert {each["kind"] for each in told["templates"][0]["subjects"]} >= {"permissions", "trust"}


def test_notes():
    """A contract that is not the same and outputs that are gone are told beside the verdict."""
    told = {"Outputs": {"A": {"Value": "a"}}, "Metadata": {"Conveyor::Contract": {"data": {}}}}
    found = compared({"Resources": {"T": TOPIC}, **told}, {"Resources": {"T": TOPIC}})
    assert found.verdict is Change.EQUAL
    assert found.templates[0].notes == ("the contract that the template carries is not the same",
                                        "outputs that are gone: A")


def test_progress():
    """It is said which question of which template is being asked."""
    asked = []
    compare({"a": read({"Resources": {"T": TOPIC}})}, {"a": read({"Resources": {"U": TOPIC}})}, progress=asked.append)
    assert "a: may it do more? permissions" in asked


def test_every_judge():
    """Every kind that the table of types names is judged by somebody, and every kind has one judge."""
    judged = [kind for kinds, _ in JUDGES for kind in kinds]
    assert {row.by for row in diff_types().rows.values() if isinstance(row, Judged)} <= {kind.value for kind in judged}
    assert sorted(judged) == sorted(Kind)
