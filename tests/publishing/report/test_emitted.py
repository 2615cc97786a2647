"""A template read as it was emitted: filled as CloudFormation fills it, and shown with its placeholders."""

import json

import pytest

from conveyor_iac.publishing.report.emitted import NOTHING, Template

BODY = {
    "Parameters": {"Size": {"Default": "small"}, "Name": {}},
    "Conditions": {"Small": {"Fn::Equals": [{"Ref": "Size"}, "small"]}, "Big": {"Fn::Not": [{"Condition": "Small"}]},
                   "Both": {"Fn::And": [{"Condition": "Small"}, {"Condition": "Big"}]},
                   "Any": {"Fn::Or": [{"Condition": "Small"}, {"Condition": "Big"}]}},
    "Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "Path": "/x/", "ManagedPolicyName": {"Fn::Sub": "p-${Name}"}}}, "B": {"Type": "AWS::S3::Bucket"}},
}
TEMPLATE = Template(name="t", content=json.dumps(BODY).encode(), values={
    "Name": "acme", "AWS::Partition": "aws", "AWS::AccountId": "222222222222", "export": "vpc-1"})


@pytest.mark.parametrize(("value", "filled", "shown"), [
    ({"Ref": "Name"}, "acme", "${Name}"), ({"Ref": "Size"}, "small", "${Size}"),
    ({"Fn::Sub": "a-${Name}-${!aws:username}"}, "a-acme-${aws:username}", "a-${Name}-${aws:username}"),
    ({"Fn::Join": ["/", [{"Ref": "Name"}, "b"]]}, "acme/b", "${Name}/b"),
    ({"Fn::ImportValue": "export"}, "vpc-1", "${export}"),
    ({"Fn::GetAtt": ["B", "Arn"]}, "arn:aws:s3:::example-b", "${B.Arn}"),
    ({"Ref": "P"}, "arn:aws:iam::222222222222:policy/x/p-acme", "${P}"),
    ({"Fn::If": ["Small", "a", "b"]}, "a", "a (where Small); b (where not Small)"),
    ({"Fn::If": ["Big", "a", {"Ref": "AWS::NoValue"}]}, NOTHING, "a (where Big)"),
    ({"Fn::If": ["Both", "a", "b"]}, "b", "a (where Both); b (where not Both)"),
    ({"Fn::If": ["Any", "a", "b"]}, "a", "a (where Any); b (where not Any)"),
    ({"Fn::Unheard": ["x"]}, {"Fn::Unheard": ["x"]}, {"Fn::Unheard": ["x"]}), (["a", 1], ["a", 1], ["a", 1]),
], ids=lambda value: "nothing" if value is NOTHING else str(value))
def test_values(value, filled, shown):
    """Each function gives its value, or its placeholder; one that is not known stays as it is written."""
    assert TEMPLATE.filled(value) == filled
    assert TEMPLATE.shown(value) == shown


def test_nothing_is_left_out():
    """What comes to nothing is gone from its list and its mapping."""
    nothing = {"Fn::If": ["Big", "a", {"Ref": "AWS::NoValue"}]}
    assert TEMPLATE.filled({"a": [1, nothing], "b": nothing}) == {"a": [1]}


def test_documents_are_filled(told):
    """No function and no placeholder of CloudFormation is left in the documents that checks are made of."""
    for sign in ("Fn::", '"Ref"', "${AWS::", "AWS::NoValue"):
        assert sign not in told["documents"]
