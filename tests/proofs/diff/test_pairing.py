"""Which resource of an old template is which of a new one, and a template under other names."""

import json

import pytest
from hypothesis import given, settings

from conveyor_iac.proofs.diff.pairing import paired
from conveyor_iac.proofs.diff.renaming import Renaming
from tests.proofs.diff.made import PUBLISHED, fresh, published, read, role, shuffled, statement, templates

BUCKET = {"Type": "AWS::S3::Bucket"}


def names(old, new):
    """The new name of each resource."""
    return dict(paired(read({"Resources": old}), read({"Resources": new})).names)


def unordered(value):
    """A value whose lists are in one order, but for the order in which resources are made."""
    if isinstance(value, dict):
        return {key: unordered(item) for key, item in value.items() if key != "DependsOn"}
    return sorted(map(unordered, value), key=json.dumps) if isinstance(value, list) else value


@given(templates())
@settings(max_examples=60, deadline=None)
def test_there_and_back(body):
    """A template that is renamed and renamed back is the same template."""
    renaming = fresh(body)
    assert renaming.back().template(renaming.template(body)) == body


@given(templates())
@settings(max_examples=60, deadline=None)
def test_own_renaming(body):
    """Every resource of a template is paired with one in its own renaming, and says the same there."""
    new = shuffled(fresh(body).template(body))
    found = paired(read(body), read(new))
    assert set(found.names) == set(body["Resources"])
    assert set(found.names.values()) == set(new["Resources"])
    assert unordered(found.template(body)) == unordered(new)


@pytest.mark.parametrize("name", PUBLISHED)
def test_published(name):
    """Each resource, condition and map of our templates is found again in its own renaming."""
    old = published(name)
    renaming = fresh(dict(old.body))
    found = paired(old, read(shuffled(renaming.template(old.body))))
    assert found.template(old.body) == renaming.template(old.body)


PLACES = {
    "a reference": ({"Ref": "Old"}, {"Ref": "New"}),
    "an attribute": ({"Fn::GetAtt": ["Old", "Arn"]}, {"Fn::GetAtt": ["New", "Arn"]}),
    "an attribute in one text": ({"Fn::GetAtt": "Old.Arn"}, {"Fn::GetAtt": "New.Arn"}),
    "placeholders": ({"Fn::Sub": "a-${Old}-${Old.Arn}-${ Old }"}, {"Fn::Sub": "a-${New}-${New.Arn}-${New}"}),
    "a text for IAM": ({"Fn::Sub": "${!Old}-${Older}"}, {"Fn::Sub": "${!Old}-${Older}"}),
    "a name of its own": ({"Fn::Sub": ["${Old}-${Old.Arn}", {"Old": {"Ref": "Old"}}]},
                          {"Fn::Sub": ["${Old}-${New.Arn}", {"Old": {"Ref": "New"}}]}),
    "plain text": ("${Old} Old", "${Old} Old"),
    "a condition": ({"Fn::If": ["Was", {"Ref": "Old"}, "Was"]}, {"Fn::If": ["Is", {"Ref": "New"}, "Was"]}),
    "a map": ({"Fn::FindInMap": ["Here", "Old", "Was"]}, {"Fn::FindInMap": ["There", "Old", "Was"]}),
    "a policy's conditions": ({"Condition": {"StringEquals": {"Old": "Old"}}},) * 2,
}


@pytest.mark.parametrize("place", PLACES)
def test_places(place):
    """A name is replaced wherever CloudFormation reads one, and nowhere else."""
    renaming = Renaming(names={"Old": "New"}, conditions={"Was": "Is"}, maps={"Here": "There"})
    was, now = PLACES[place]
    assert renaming.value(was) == now


def test_sections():
    """Names are replaced in every section that speaks of them: resources, conditions, outputs."""
    body = {"Conditions": {"Was": {"Fn::And": [{"Condition": "Other"}, {"Fn::Not": [{"Condition": "Was"}]}]}},
            "Resources": {"Old": {"Type": "AWS::S3::Bucket", "Condition": "Was", "DependsOn": "Old"},
                          "Rest": {"Type": "AWS::S3::Bucket", "DependsOn": ["Old", "Rest"]}},
            "Outputs": {"Old": {"Condition": "Was", "Value": {"Ref": "Old"}}}}
    assert Renaming(names={"Old": "New"}, conditions={"Was": "Is"}).template(body) == json.loads(
        json.dumps(body).replace('"Was"', '"Is"').replace('"Old"', '"New"').replace('{"New": {"Condition"',
                                                                                    '{"Old": {"Condition"'))


def test_change_places():
    """Two names may change places: all are replaced in one step."""
    renaming = Renaming(names={"One": "Two", "Two": "One"})
    assert renaming.value([{"Ref": "One"}, {"Fn::Sub": "${Two}${One}"}]) == [
        {"Ref": "Two"}, {"Fn::Sub": "${One}${Two}"}]


def test_same_id():
    """One logical id and type is one resource, whatever it says; another type is another resource."""
    old = {"One": BUCKET, "Two": BUCKET}
    assert names(old, {"One": {**BUCKET, "Properties": {"BucketName": "b"}}, "Two": {"Type": "AWS::SQS::Queue"}}) \
        == {"One": "One"}


def test_same_name():
    """Resources with one explicit name are paired, though what they say has changed."""
    assert names({"A": role(statement(), RoleName="installer"), "B": role(RoleName="other")},
                 {"C": role(RoleName="other"), "D": role(RoleName="installer")}) == {"A": "D", "B": "C"}


def test_name_of_a_paired_one():
    """A name that speaks of another resource is the same name once that one is paired."""
    def named(bucket):
        return role(RoleName={"Fn::Sub": f"of-${{{bucket}}}"})
    assert names({"A": {**BUCKET, "Properties": {"BucketName": "b"}}, "B": named("A"), "Z": role(RoleName="z")},
                 {"C": {**BUCKET, "Properties": {"BucketName": "b"}}, "D": {**named("C"), "DependsOn": "C"},
                  "Y": role(RoleName="y")})["B"] == "D"


def test_told_apart_by_who_speaks_of_them():
    """Two that say the same are told apart by what speaks of them."""
    def two(first, second):
        return {first: BUCKET, second: BUCKET, f"{first}P": {"Type": "AWS::S3::BucketPolicy", "Properties": {
            "Bucket": {"Ref": first}, "PolicyDocument": policy_of("first")}}, f"{second}P": {
                "Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": {"Ref": second},
                                                                "PolicyDocument": policy_of("second")}}}

    def policy_of(sid):
        return {"Statement": [{"Sid": sid, "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}
    new = two("C", "D")
    assert names(two("A", "B"), dict(reversed(new.items()))) == {"A": "C", "B": "D", "AP": "CP", "BP": "DP"}


def test_last_of_its_type():
    """The one of its type that is left on each side is paired, though its name and what it says are others."""
    assert names({"A": BUCKET, "B": role(statement("s3:GetObject"))},
                 {"C": {**BUCKET, "Properties": {"AccessControl": "Private"}}, "D": role(statement("s3:*"))}) \
        == {"A": "C", "B": "D"}


def test_two_of_a_name():
    """A name that two resources share tells neither; they are left to what they say."""
    rows = {"A": role(statement(), RoleName="r"), "B": role(statement("sqs:*"), RoleName="r")}
    assert names(rows, {"C": rows["B"], "D": rows["A"]}) == {"A": "D", "B": "C"}
