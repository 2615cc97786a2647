"""The claims about what keeps data, on the published templates with more in them."""

import pytest

from conveyor_iac.proofs.claims.storage.encrypted import CLAIM as ENCRYPTED
from conveyor_iac.proofs.claims.storage.kinds import DISKS, KINDS
from conveyor_iac.proofs.claims.storage.not_public import CLAIM as NOT_PUBLIC
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import added, answer, case, changed, given, properties, renamed, within, without

PUBLISHED = ("network-private", "network-shared", "network-dedicated", "network-private-existing-vpc",
             "endpoint-service")
KEY = {"Fn::GetAtt": ["Key", "Arn"]}
EVERYONE = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}


@pytest.mark.parametrize("template", PUBLISHED)
def test_published_templates_keep_nothing_open(template):
    """Every bucket, topic, key and log group of every published template is encrypted and open to nobody."""
    assert answer(ENCRYPTED, template).verdict is Verdict.PROVED
    assert answer(NOT_PUBLIC, template).verdict is Verdict.PROVED


def test_templates_that_keep_nothing_are_not_asked():
    """A template of policies alone is not asked about storage."""
    assert not ENCRYPTED.asked(case("installer-role"))
    assert not NOT_PUBLIC.asked(case("installer-role"))


PLAIN = {
    "a topic without a key": without("ConnectionTopic", "KmsMasterKeyId"),
    "a topic in one world": given("ConnectionTopic", KmsMasterKeyId={
        "Fn::If": ["HasThirdZone", {"Ref": "Key"}, {"Ref": "AWS::NoValue"}]}),
    "a disk": added("Disk", "AWS::EC2::Volume", Size=1),
    "a disk that says no": added("Disk", "AWS::EC2::Volume", Size=1, Encrypted=False),
    "a queue switched off": added("Queue", "AWS::SQS::Queue", SqsManagedSseEnabled=False),
    "a database": added("Base", "AWS::RDS::DBInstance", Engine="postgres"),
    "a cluster": added("Base", "AWS::RDS::DBCluster", StorageEncrypted="false"),
    "a file system": added("Files", "AWS::EFS::FileSystem"),
    "a warehouse": added("House", "AWS::Redshift::Cluster", Encrypted=False),
    "a stream": added("Stream", "AWS::Kinesis::Stream"),
    "a search domain": added("Search", "AWS::OpenSearchService::Domain", EncryptionAtRestOptions={"Enabled": False}),
    "a machine's disk": added("Machine", "AWS::EC2::Instance", BlockDeviceMappings=[
        {"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 8}}]),
    "a template's disk": added("Machines", "AWS::EC2::LaunchTemplate", LaunchTemplateData={"BlockDeviceMappings": [
        {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": False}}]}),
}


@pytest.mark.parametrize("break_it", PLAIN.values(), ids=PLAIN)
def test_what_is_kept_plain_is_refuted(break_it):
    """Each thing that keeps data without encryption is found, under any name."""
    found = answer(ENCRYPTED, "network-private", None, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["because"]
    assert answer(ENCRYPTED, "network-private", None, changed(break_it, renamed)).verdict is Verdict.REFUTED


CLOSED = {
    "a queue by default": added("Queue", "AWS::SQS::Queue"),
    "a queue by key": added("Queue", "AWS::SQS::Queue", SqsManagedSseEnabled=False, KmsMasterKeyId=KEY),
    "a bucket by default": without("FlowLogBucket", "BucketEncryption"),
    "a table by default": added("Table", "AWS::DynamoDB::Table", SSESpecification={"SSEEnabled": False}),
    "a disk": added("Disk", "AWS::EC2::Volume", Size=1, Encrypted="true"),
    "a member of a cluster": changed(
        added("Base", "AWS::RDS::DBCluster", StorageEncrypted=True),
        added("Member", "AWS::RDS::DBInstance", DBClusterIdentifier={"Ref": "Base"})),
    "a machine": added("Machine", "AWS::EC2::Instance", BlockDeviceMappings=[
        {"DeviceName": "/dev/xvda", "Ebs": {"Encrypted": True}}, {"DeviceName": "/dev/xvdb", "VirtualName": "x"}]),
}


@pytest.mark.parametrize("change", CLOSED.values(), ids=CLOSED)
def test_what_is_encrypted_is_proved(change):
    """What is encrypted by its own properties, by its cluster or by its service's default is no false alarm."""
    assert answer(ENCRYPTED, "network-private", None, change).verdict is Verdict.PROVED


def test_defaults_are_told():
    """What rests on a service's default is named in the notes."""
    found = answer(ENCRYPTED, "network-private", None, added("Queue", "AWS::SQS::Queue"))
    assert any(note.startswith("Queue: ") for note in found.notes)


OPEN_ENCRYPTION = {
    "a switch decided later": added("Disk", "AWS::EC2::Volume", Size=1, Encrypted={"Ref": "TenantId"}),
    "a copy": added("Base", "AWS::RDS::DBCluster", SnapshotIdentifier="one"),
    "a machine without a word": added("Machine", "AWS::EC2::Instance", ImageId="ami-1"),
    "a key that may be empty": changed(
        lambda t: t["Parameters"].update(MaybeKey={"Type": "String", "Default": ""}),
        given("ConnectionTopic", KmsMasterKeyId={"Ref": "MaybeKey"})),
}


@pytest.mark.parametrize("open_it", OPEN_ENCRYPTION.values(), ids=OPEN_ENCRYPTION)
def test_what_is_decided_later_is_undecided(open_it):
    """Where the template does not tell whether data is encrypted, the answer is open."""
    assert answer(ENCRYPTED, "network-private", None, open_it).verdict is Verdict.UNDECIDED


def test_every_kind_says_how_it_is_known():
    """Each kind has a property or a default to go by, a source, and stands in the table once."""
    types = [kind.type for kind in KINDS] + list(DISKS)
    assert len(types) == len(set(types))
    for kind in KINDS:
        assert kind.by or kind.default
        assert kind.source.startswith("https://docs.aws.amazon.com/")


def _to_bucket(**changes):
    row = {**EVERYONE, **changes}
    return lambda t: properties(t, "FlowLogBucketPolicy")["PolicyDocument"]["Statement"].append(row)


PUBLIC = {
    "everybody reads the bucket": _to_bucket(),
    "everybody as an AWS principal": _to_bucket(Principal={"AWS": ["*"]}),
    "everybody but one": lambda t: properties(t, "FlowLogBucketPolicy")["PolicyDocument"]["Statement"].append(
        {"Effect": "Allow", "NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "s3:*",
         "Resource": "*"}),
    "everybody over TLS": _to_bucket(Condition={"Bool": {"aws:SecureTransport": "true"}}),
    "everybody from any address": _to_bucket(Condition={"StringLike": {"aws:SourceVpc": "*"}}),
    "every bucket's owner": _to_bucket(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::*"}}),
    "every account's role": _to_bucket(Condition={"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/one"}}),
    "every VPC": _to_bucket(Condition={"StringLike": {"aws:SourceVpc": "vpc-*"}}),
    "everybody not of one account": _to_bucket(Condition={"StringNotEquals": {"aws:PrincipalAccount": "1"}}),
    "everybody in one world": lambda t: properties(t, "FlowLogBucketPolicy")["PolicyDocument"]["Statement"].append(
        {"Fn::If": ["HasThirdZone", EVERYONE, {"Ref": "AWS::NoValue"}]}),
    "everybody has the key": lambda t: properties(t, "Key")["KeyPolicy"]["Statement"][0].update(Principal={"AWS": "*"}),
    "everybody publishes": lambda t: properties(t, "ConnectionTopicPolicy")["PolicyDocument"]["Statement"].append(
        {**EVERYONE, "Action": "sns:Publish"}),
    "everybody sends": added("QueuePolicy", "AWS::SQS::QueuePolicy", Queues=["q"],
                             PolicyDocument={"Statement": {**EVERYONE, "Action": "sqs:*"}}),
    "a block is off": within("FlowLogBucket", "PublicAccessBlockConfiguration", "BlockPublicPolicy", value=False),
    "a block is left out": without("FlowLogBucket", "PublicAccessBlockConfiguration", "RestrictPublicBuckets"),
    "a public list": given("FlowLogBucket", AccessControl="PublicRead"),
    "a public database": added("Base", "AWS::RDS::DBInstance", PubliclyAccessible=True, StorageEncrypted=True),
    "a public warehouse": added("House", "AWS::Redshift::Cluster", PubliclyAccessible="true", Encrypted=True),
    "a public registry": added("Images", "AWS::ECR::PublicRepository"),
    "a policy as text": added("Search", "AWS::Logs::ResourcePolicy", PolicyName="p", PolicyDocument=
                              '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "logs:*", '
                              '"Resource": "*"}]}'),
}


@pytest.mark.parametrize("break_it", PUBLIC.values(), ids=PUBLIC)
def test_what_everybody_may_use_is_refuted(break_it):
    """Each policy, list or switch that opens something to everybody is found, under any name."""
    found = answer(NOT_PUBLIC, "network-private", None, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["resource"]
    assert answer(NOT_PUBLIC, "network-private", None, changed(break_it, renamed)).verdict is Verdict.REFUTED


NOT_OPEN = {
    "everybody of an organisation": _to_bucket(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    "everybody in the VPC": _to_bucket(Condition={"StringEquals": {"aws:SourceVpc": {"Ref": "Vpc"}}}),
    "everybody of a part of it": _to_bucket(Condition={"ForAnyValue:StringLike": {
        "aws:PrincipalOrgPaths": "o-a1b2c3d4/r-abcd/*"}}),
    "nobody": _to_bucket(Effect="Deny"),
    "no configuration": without("FlowLogBucket", "PublicAccessBlockConfiguration"),
    "a private database": added("Base", "AWS::RDS::DBInstance", PubliclyAccessible=False, StorageEncrypted=True),
}


@pytest.mark.parametrize("change", NOT_OPEN.values(), ids=NOT_OPEN)
def test_what_is_held_is_proved(change):
    """A condition on who asks or from where, and a denial, are no false alarm."""
    assert answer(NOT_PUBLIC, "network-private", None, change).verdict is Verdict.PROVED


def test_principals_decided_later_are_undecided():
    """A parameter that may be everybody, and a policy or list that is decided at deployment, leave the answer open."""
    free = lambda t: t["Parameters"].update(Who={"Type": "String"})  # noqa: E731
    for change in (changed(free, _to_bucket(Principal={"AWS": {"Ref": "Who"}})),
                   given("FlowLogBucketPolicy", PolicyDocument={"Ref": "TenantId"}),
                   given("FlowLogBucket", AccessControl={"Ref": "TenantId"}),
                   added("Base", "AWS::RDS::DBInstance", StorageEncrypted=True)):
        assert answer(NOT_PUBLIC, "network-private", None, change).verdict is Verdict.UNDECIDED
