"""Pairs of resources with policies of their own: whom they let in more, and what they refuse less."""

import pytest

from conveyor_iac.proofs.diff.found import Kind
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.judging import answers, resource
from tests.proofs.diff.made import statement
from tests.proofs.iam.small import when

PROVED, REFUTED, UNDECIDED = Verdict.PROVED, Verdict.REFUTED, Verdict.UNDECIDED
BUCKET = ("AWS::S3::BucketPolicy", "PolicyDocument")
ENDPOINT = ("AWS::EC2::VPCEndpoint", "PolicyDocument")
KEY = ("AWS::KMS::Key", "KeyPolicy")
OBJECTS = "arn:aws:s3:::data/*"
ACCOUNT = {"AWS": "arn:aws:iam::111122223333:root"}
OTHER = {"AWS": "arn:aws:iam::444455556666:root"}
ITS_OWN = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
SECURELY = {"Bool": {"aws:SecureTransport": "false"}}


def lets(principal="*", action="s3:GetObject", effect="Allow", condition=None, on=OBJECTS):
    """One statement."""
    row = statement(action, on, effect, Principal=principal)
    return {**row, "Condition": condition} if condition else row


def bucket(*statements):
    """The policy of a bucket that is there already."""
    return resource(*BUCKET, *statements, Bucket="data")


INSECURE = lets(effect="Deny", action="s3:*", condition=SECURELY)
PLAIN = {"Resources": {"Other": {"Type": "AWS::SNS::Topic"}}}
PAIRS = {
    "everybody": (bucket(lets(ACCOUNT)), bucket(lets()), (REFUTED, PROVED)),
    "another account": (bucket(lets(ACCOUNT)), bucket(lets(ACCOUNT), lets(OTHER)), (REFUTED, PROVED)),
    "another action": (bucket(lets(ACCOUNT)), bucket(lets(ACCOUNT, ["s3:GetObject", "s3:PutObject"])),
                       (REFUTED, PROVED)),
    "a Deny that is gone beside an Allow": (bucket(lets(ACCOUNT), INSECURE), bucket(lets(ACCOUNT)),
                                            (REFUTED, PROVED)),
    "a Deny alone that is gone": (bucket(INSECURE, lets(effect="Deny", action="s3:PutObject")), bucket(INSECURE),
                                  (REFUTED, PROVED)),
    "a policy of Denies that is gone": (bucket(INSECURE), PLAIN, (REFUTED, PROVED)),
    "a policy of Allows that is gone": (bucket(lets(ACCOUNT)), PLAIN, (PROVED, REFUTED)),
    "the policy of another bucket": (resource(*BUCKET, lets(ACCOUNT), Bucket="data"),
                                     resource(*BUCKET, lets(ACCOUNT), Bucket="other"), (REFUTED, REFUTED)),
    "a queue more": (resource("AWS::SQS::QueuePolicy", "PolicyDocument", lets(action="sqs:SendMessage"), Queues=["a"]),
                     resource("AWS::SQS::QueuePolicy", "PolicyDocument", lets(action="sqs:SendMessage"),
                              Queues=["a", "b"]), (REFUTED, PROVED)),
    "an endpoint without a policy lets everything through": (
        resource(*ENDPOINT, lets()), resource(*ENDPOINT, ServiceName="s3"), (REFUTED, PROVED)),
    "an endpoint that lets everything through says so": (
        resource(*ENDPOINT, lets(action="*", on="*")), resource(*ENDPOINT, ServiceName="s3"), (PROVED, PROVED)),
    "a new endpoint": (PLAIN, resource(*ENDPOINT, lets()), (REFUTED, PROVED)),
    "a key's default policy is its account's": (
        resource(*KEY, lets({"AWS": ITS_OWN}, "kms:*", on="*")),
        resource(*KEY, Enabled=True), (PROVED, PROVED)),
    "a key for everybody": (resource(*KEY, Enabled=True), resource(*KEY, lets(action="kms:Decrypt", on="*")),
                            (REFUTED, REFUTED)),
    "a topic for everybody": (
        resource("AWS::SNS::TopicPolicy", "PolicyDocument", lets(ACCOUNT, "sns:Publish"), Topics=["t"]),
        resource("AWS::SNS::TopicPolicy", "PolicyDocument", lets("*", "sns:Publish"), Topics=["t"]),
        (REFUTED, PROVED)),
    "images for another account": (
        resource("AWS::ECR::Repository", "RepositoryPolicyText"),
        resource("AWS::ECR::Repository", "RepositoryPolicyText", lets(OTHER, "ecr:BatchGetImage", on="*")),
        (REFUTED, PROVED)),
    "a secret for another account": (
        resource("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", lets(
            ACCOUNT, "secretsmanager:GetSecretValue", on="*"), SecretId="s"),
        resource("AWS::SecretsManager::ResourcePolicy", "ResourcePolicy", lets(
            OTHER, "secretsmanager:GetSecretValue", on="*"), SecretId="s"), (REFUTED, REFUTED)),
}


@pytest.mark.parametrize("name", list(PAIRS))
def test_whom_a_resource_lets_in_more_is_shown_on_either_side(name):
    """Each pair is judged in both directions; a removed Deny counts for whoever's own policies allow everything."""
    old, new, expected = PAIRS[name]
    found = tuple(answers(before, after, Kind.RESOURCE_POLICY).get("It") for before, after in ((old, new), (new, old)))
    assert tuple(PROVED if answer is None else answer.verdict for answer in found) == expected


def test_a_counterexample_names_the_resource_and_the_caller():
    """Somebody's own policies allow it now that the Deny is gone."""
    shown = answers(bucket(INSECURE), PLAIN, Kind.RESOURCE_POLICY)["It"].counterexample
    assert shown["allowedBy"] == ["the caller's own policies: theirs"]
    assert shown["refusedBefore"] == "denied by It: statement 1"
    assert shown["resources"][0]["ARN"].startswith("arn:aws:s3:::data/")


def permission(**properties):
    """A function that a service may call."""
    return resource("AWS::Lambda::Permission", "", Action="lambda:InvokeFunction", FunctionName="f", **properties)


def test_a_function_that_more_may_call_is_shown():
    """A permission's source is a condition: without it, whoever makes the service call may."""
    old = permission(Principal="sns.amazonaws.com", SourceArn="arn:aws:sns:eu-west-1:111122223333:t")
    new = permission(Principal="sns.amazonaws.com")
    assert answers(old, new, Kind.RESOURCE_POLICY)["It"].verdict is REFUTED
    assert answers(new, old, Kind.RESOURCE_POLICY)["It"].verdict is PROVED


def test_a_policy_that_hangs_on_a_condition_is_judged_in_each_case():
    """Where an endpoint's policy is left out, the default lets everything through."""
    document = {"Version": "2012-10-17", "Statement": [lets()]}
    sections = {"Parameters": {"P": {"Type": "String"}}, "Conditions": {"C": {"Fn::Equals": [{"Ref": "P"}, "on"]}}}
    old = {**resource(*ENDPOINT, lets()), **sections}
    new = {**resource(*ENDPOINT, PolicyDocument=when("C", document, {"Ref": "AWS::NoValue"})), **sections}
    shown = answers(old, new, Kind.RESOURCE_POLICY)["It"].counterexample
    assert shown["conditions"] == {"C": False}
    assert answers(new, old, Kind.RESOURCE_POLICY)["It"].verdict is PROVED


def test_a_policy_as_text_is_read_and_one_from_elsewhere_is_not():
    """JSON text is a policy; what only the deployment knows leaves it undecided, on whichever side."""
    text = resource("AWS::Logs::ResourcePolicy", "", PolicyName="p", PolicyDocument=(
        '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*", "Action": "logs:PutLogEvents", '
        '"Resource": "*"}}'))
    unknown = resource("AWS::Logs::ResourcePolicy", "", PolicyName="p", PolicyDocument={"Fn::ImportValue": "x"})
    assert answers(PLAIN, text, Kind.RESOURCE_POLICY)["It"].verdict is REFUTED
    assert answers(text, text, Kind.RESOURCE_POLICY)["It"].verdict is PROVED
    assert answers(text, unknown, Kind.RESOURCE_POLICY)["It"].verdict is UNDECIDED
