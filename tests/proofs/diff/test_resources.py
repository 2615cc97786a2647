"""What was made, changed, replaced and removed; and what of it no judge looks at."""

import re

import pytest

from conveyor_iac.model.catalogue.proofs.diff import Harmless, Judged, diff_types
from conveyor_iac.proofs.diff import resources
from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.made import PUBLISHED, fresh, policy, published, read, role, shuffled, statement

FUNCTION = {"Type": "AWS::Lambda::Function", "Properties": {"Role": "arn:aws:iam::222222222222:role/r"}}
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}
TOPIC = {"Type": "AWS::SNS::Topic"}


def bucket(**properties):
    """A bucket."""
    return {"Type": "AWS::S3::Bucket", "Properties": properties}


def both(old, new, **sections):
    """The question about two sets of resources; each has one that is the same."""
    return joint(*(read({**sections, "Resources": {"Same": TOPIC, **rows}}) for rows in (old, new)))


def told(old, new, **sections):
    """The rows of a report, by logical id: what was done."""
    return {row["logical_id"]: row["change"] for row in resources.rows(both(old, new, **sections))}


def answers(old, new, **sections):
    """The verdict on each resource that something is said of."""
    return {one.subject: one.answer.verdict for one in resources.found(both(old, new, **sections))}


def test_rows():
    """A report names what was added, removed and changed; what is as it was is not named."""
    assert told({"Gone": TOPIC, "Moved": bucket()}, {"Made": VPC, "Moved": bucket(AccessControl="Private")}) == {
        "Gone": "removed", "Made": "added", "Moved": "changed"}


def test_name_given_on():
    """A resource that is gone is told, though another one has its name now."""
    named = bucket(BucketName="b")
    found = resources.rows(both({"X": {"Type": "AWS::SQS::Queue"}, "Y": named}, {"X": named}))
    assert [(row["logical_id"], row["was"], row["change"]) for row in found] == [
        ("X", "Y", "renamed"), ("X", "X", "removed")]


def test_row():
    """A row says what the resource was called, of which type it is and what of it has changed."""
    row, = resources.rows(both({"Old": bucket(BucketName="b", AccessControl="Private")},
                               {"New": bucket(BucketName="b", AccessControl="PublicRead")}))
    assert row == {"logical_id": "New", "was": "Old", "type": "AWS::S3::Bucket", "change": "renamed",
                   "properties": ["AccessControl"], "judged": True}
    row, = resources.rows(both({"X": bucket()}, {"X": bucket(ReplicationConfiguration={"Role": "r"})}))
    assert row["judged"] is False


@pytest.mark.parametrize(("old", "new", "change"), [
    (bucket(BucketName="a"), bucket(BucketName="b"), "replaced"),
    (bucket(BucketName="a"), bucket(BucketName="a", AccessControl="Private"), "changed"),
    (VPC, {**VPC, "Properties": {"CidrBlock": "10.1.0.0/16"}}, "replaced"),
    (VPC, {**VPC, "Properties": {**VPC["Properties"], "InstanceTenancy": "dedicated"}}, "may be replaced"),
    (TOPIC, {"Type": "AWS::SQS::Queue"}, "replaced"),
    ({**TOPIC, "DeletionPolicy": "Retain"}, TOPIC, "changed"),
])
def test_replaced(old, new, change):
    """A property that is given when a resource is made replaces it; so does another type."""
    assert told({"X": old}, {"X": new}) == {"X": change}


def test_replaced_with_what_it_stands_in():
    """What is made inside a thing that is replaced is replaced with it, and what is in that as well."""
    def network(cidr):
        return {"Vpc": {**VPC, "Properties": {"CidrBlock": cidr}},
                "Subnet": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"},
                                                                      "CidrBlock": "10.0.0.0/24"}},
                "Joined": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {
                    "SubnetId": {"Ref": "Subnet"}, "RouteTableId": "rtb-0123456789abcdef0"}}}
    assert told(network("10.0.0.0/16"), network("10.0.0.0/17")) == dict.fromkeys(
        ("Vpc", "Subnet", "Joined"), "replaced")


def test_condition():
    """What was always made and is made under a condition may be replaced by nothing; the other way round it is not."""
    sections = {"Parameters": {"P": {"Type": "String"}}, "Conditions": {"On": {"Fn::Equals": [{"Ref": "P"}, "on"]}}}
    on = {**TOPIC, "Condition": "On"}
    assert told({"X": TOPIC}, {"X": on}, **sections) == {"X": "may be replaced"}
    assert told({"X": on}, {"X": TOPIC}, **sections) == {"X": "changed"}


def test_condition_of_what_is_judged():
    """What gives nothing when it is new may be made under any condition; what may give something may not."""
    sections = {"Parameters": {"P": {"Type": "String"}}, "Conditions": {"On": {"Fn::Equals": [{"Ref": "P"}, "on"]}}}

    def made(row):
        return answers({"X": {**row, "Condition": "On"}}, {"X": row}, **sections)
    assert made(bucket(BucketEncryption={"a": "b"}, AccessControl="Private")) == {}
    assert made(bucket(AccessControl="PublicRead")) == {"X": Verdict.UNDECIDED}
    assert made(bucket(ReplicationConfiguration={"Role": "r"})) == {"X": Verdict.UNDECIDED}
    assert made(FUNCTION) == {"X": Verdict.UNDECIDED}


@pytest.mark.parametrize(("old", "new"), [
    ({}, {"X": FUNCTION}),
    ({"X": FUNCTION}, {"X": {**FUNCTION, "Properties": {"Role": "arn:aws:iam::222222222222:role/other"}}}),
    ({}, {"X": {"Type": "Custom::Anything"}}),
    ({"X": {"Type": "AWS::WAFv2::WebACL", "Properties": {}}}, {}),
    ({"X": bucket(BucketEncryption={"a": "b"})}, {"X": bucket()}),
    ({"X": bucket()}, {"X": bucket(ReplicationConfiguration={"Role": "r"})}),
    ({"X": {"Type": "AWS::EC2::Instance"}}, {"X": {"Type": "AWS::EC2::Instance", "Metadata": {
        "AWS::CloudFormation::Init": {"config": {"commands": {"a": {"command": "reboot"}}}}}}}),
    ({}, {"X": bucket(AccessControl="PublicRead")}),
])
def test_not_judged(old, new):
    """A change that no judge looks at is undecided, and so is a type that nobody knows, made or gone."""
    assert answers(old, new) == {"X": Verdict.UNDECIDED}


@pytest.mark.parametrize(("old", "new"), [
    ({"X": FUNCTION}, {}),
    ({"X": TOPIC}, {"X": {**TOPIC, "Properties": {"DisplayName": "x", "Tags": [{"Key": "a", "Value": "b"}]}}}),
    ({"X": role(statement())}, {"X": role(statement("s3:*"), Description="more")}),
    ({"X": TOPIC}, {"X": {**TOPIC, "DeletionPolicy": "Retain", "Metadata": {"a": "b"}}}),
    ({}, {"X": VPC}),
    ({}, {"X": {"Type": "AWS::KMS::Alias", "Properties": {"AliasName": "alias/x", "TargetKeyId": "k"}}}),
])
def test_harmless_or_judged_elsewhere(old, new):
    """What another judge looks at, what gives nothing, and what is gone without having guarded anything is settled."""
    assert answers(old, new) == {}


ATTACHED = {"AWS::IAM::Policy": "Roles", "AWS::IAM::ManagedPolicy": "Groups", "AWS::IAM::RolePolicy": "RoleName",
            "AWS::IAM::UserPolicy": "UserName", "AWS::IAM::GroupPolicy": "GroupName"}


@pytest.mark.parametrize("type_", ATTACHED)
def test_attached_outside(type_):
    """A policy on somebody of no template is undecided wherever it is not the same; one on a role of it is judged."""
    key = ATTACHED[type_]

    def attached(action, to):
        return {"R": role(), "X": {"Type": type_, "Properties": {
            "PolicyDocument": policy(statement(action)), key: [to] if key.endswith("s") else to}}}
    assert answers(attached("s3:GetObject", "stranger"), attached("s3:*", "stranger")) == {"X": Verdict.UNDECIDED}
    assert answers({"R": role()}, attached("s3:*", "stranger")) == {"X": Verdict.UNDECIDED}
    assert answers(attached("s3:*", "stranger"), {"R": role()}) == {"X": Verdict.UNDECIDED}
    assert answers(attached("s3:*", "stranger"), attached("s3:*", "stranger")) == {}
    assert answers(attached("s3:GetObject", {"Ref": "R"}), attached("s3:*", {"Ref": "R"})) == {}


BLOCKED = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
LOOSENED = {
    "public lists": (bucket(PublicAccessBlockConfiguration=BLOCKED),
                     bucket(PublicAccessBlockConfiguration={**BLOCKED, "BlockPublicAcls": False}), "true", "false"),
    "a block that is gone": (bucket(PublicAccessBlockConfiguration=BLOCKED), bucket(), "true", "false"),
    "an open list": (bucket(), bucket(AccessControl="PublicRead"), "Private", "PublicRead"),
    "longer sessions": (role(MaxSessionDuration=3600), role(MaxSessionDuration=7200), "3600", "7200"),
}


@pytest.mark.parametrize("name", LOOSENED)
def test_loosened(name):
    """A setting that is looser than it was is broader, with what it was and is; the other way round it is not."""
    old, new, was, now = LOOSENED[name]
    found, = resources.found(both({"X": old}, {"X": new}))
    assert (found.kind, found.answer.verdict) == (Kind.RESOURCE, Verdict.REFUTED)
    assert (found.answer.counterexample["was"], found.answer.counterexample["is"]) == (was, now)
    assert answers({"X": new}, {"X": old}) == {}


def test_block_of_a_new_bucket():
    """A new bucket is blocked where its template says nothing, so that saying no later opens it."""
    opened = bucket(PublicAccessBlockConfiguration={**BLOCKED, "BlockPublicPolicy": False})
    assert answers({}, {"X": bucket()}) == {}
    assert answers({}, {"X": opened}) == {"X": Verdict.UNDECIDED}
    assert answers({"X": bucket()}, {"X": opened}) == {"X": Verdict.REFUTED}


def test_setting_of_a_parameter():
    """A setting that only a deployment decides is not known to be as tight as it was."""
    sections = {"Parameters": {"P": {"Type": "String"}}}
    assert answers({"X": bucket()}, {"X": bucket(AccessControl={"Ref": "P"})}, **sections) == {"X": Verdict.UNDECIDED}


def test_tags():
    """A tag that a policy speaks of may open a thing to others; any other tag opens nothing."""
    speaks = role(statement("s3:*", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}))

    def tagged(key):
        return {"R": speaks, "X": bucket(Tags=[{"Key": key, "Value": "a"}])}
    assert answers({"R": speaks, "X": bucket()}, tagged("team")) == {"X": Verdict.UNDECIDED}
    assert answers({"R": speaks, "X": bucket()}, tagged("color")) == {}
    assert answers({"R": speaks}, tagged("team")) == {}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published(name):
    """Our templates under other names have nothing that is not judged, and every resource of them is renamed."""
    old = published(name)
    found = joint(old, read(shuffled(fresh(dict(old.body)).template(old.body))))
    assert not list(resources.found(found))
    assert not list(resources.found(found.turned()))
    assert {row["change"] for row in resources.rows(found)} == {"renamed"}


def test_table():
    """Each row of the table names a judge, or a reason and its source."""
    kinds = {kind.value for kind in Kind}
    for row in diff_types().rows.values():
        if isinstance(row, Judged):
            assert row.by in kinds
        else:
            for each in (row,) if isinstance(row, Harmless) else row:
                assert each.reason
                assert re.match("https://", each.source)


@pytest.mark.parametrize("name", PUBLISHED)
def test_every_type_is_known(name):
    """Every type that our templates make is in the table."""
    assert not {each.type for each in published(name).resources.values() if not diff_types().knows(each.type)}


def test_policy_of_a_bucket():
    """A bucket policy is another judge's, so that nothing is said of it here."""
    made = {"Type": "AWS::S3::BucketPolicy", "Properties": {"Bucket": "b", "PolicyDocument": policy(
        statement(Principal="*"))}}
    assert answers({}, {"X": made}) == {}
