"""What keeps data, as Pulumi spreads it over resources: encrypted, public, or not known."""

import pytest

from tests.proofs.pulumi.small import ACCOUNT, UNKNOWN, added, answer, document, given, one

ENCRYPTED, PUBLIC = "storage.encrypted", "storage.not-public"
EVERYBODY = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
OWN = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "*", "Resource": "*"})
BUCKET = "aws:s3/bucket:Bucket"
S3 = "aws:s3/bucket"
GRANTS = {"grants": [{"grantee": {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"},
                      "permission": "READ"}]}
BLOCKED = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)

CASES = {
    "a bucket by itself": (PUBLIC, [one(BUCKET, "B")], "proved"),
    "a bucket's own open list": (PUBLIC, [one(BUCKET, "B", acl="public-read")], "refuted"),
    "an open list of its own": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}Acl:BucketAcl", "A", bucket="b", acl="public-read-write")], "refuted"),
    "an open list of the older type": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}AclV2:BucketAclV2", "A", bucket="b", accessControlPolicy=GRANTS)], "refuted"),
    "an unknown list": (PUBLIC, [one(BUCKET, "B", acl=UNKNOWN)], "undecided"),
    "a list of an unknown bucket": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}Acl:BucketAcl", "A", bucket=UNKNOWN, acl="public-read")], "undecided"),
    "a block": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}PublicAccessBlock:BucketPublicAccessBlock", "P", bucket="b", **BLOCKED)], "proved"),
    "half a block": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}PublicAccessBlock:BucketPublicAccessBlock", "P", bucket="b", blockPublicAcls=True)], "refuted"),
    "an open policy": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}Policy:BucketPolicy", "P", bucket="b", policy=EVERYBODY)], "refuted"),
    "an unknown policy": (PUBLIC, [one(BUCKET, "B"), one(
        f"{S3}Policy:BucketPolicy", "P", bucket="b", policy=UNKNOWN)], "undecided"),
    "an own open policy": (PUBLIC, [one(BUCKET, "B", policy=EVERYBODY)], "refuted"),
    "an open object": (PUBLIC, [one(BUCKET, "B"), one("aws:s3/bucketObject:BucketObject", "O", acl="public-read")],
                       "undecided"),
    "an unknown property": (PUBLIC, [one(BUCKET, "B", wormhole=True)], "undecided"),
    "an unknown type of S3": (PUBLIC, [one(BUCKET, "B"), one("aws:s3/wormhole:Wormhole", "W")], "undecided"),
    "an open key": (PUBLIC, [one("aws:kms/key:Key", "K", policy=EVERYBODY)], "refuted"),
    "an open key by a resource of its own": (PUBLIC, [one("aws:kms/key:Key", "K"), one(
        "aws:kms/keyPolicy:KeyPolicy", "P", policy=EVERYBODY)], "refuted"),
    "an open topic": (PUBLIC, [one("aws:sns/topic:Topic", "T", policy=EVERYBODY)], "refuted"),
    "a topic of one's own": (PUBLIC, [one("aws:sns/topicPolicy:TopicPolicy", "P", policy=OWN, arn="x")], "proved"),
    "an open queue": (PUBLIC, [one("aws:sqs/queuePolicy:QueuePolicy", "P", policy=EVERYBODY, queueUrl="x")], "refuted"),
    "an open file system": (PUBLIC, [one("aws:efs/fileSystemPolicy:FileSystemPolicy", "P", policy=EVERYBODY,
                                         fileSystemId="fs-1")], "refuted"),
    "an open secret": (PUBLIC, [one("aws:secretsmanager/secret:Secret", "S", policy=EVERYBODY)], "refuted"),
    "a database with a public address": (PUBLIC, [one("aws:rds/instance:Instance", "D", publiclyAccessible=True)],
                                         "refuted"),
    "a database without": (PUBLIC, [one("aws:rds/instance:Instance", "D")], "proved"),
    "a bucket's encryption": (ENCRYPTED, [one(BUCKET, "B"), one(
        f"{S3}ServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "E", bucket="b", rules=[
            {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}])], "proved"),
    "a topic in the clear": (ENCRYPTED, [one("aws:sns/topic:Topic", "T", name="t")], "refuted"),
    "a topic with a key": (ENCRYPTED, [one("aws:sns/topic:Topic", "T", kmsMasterKeyId="alias/aws/sns")], "proved"),
    "a topic with a key that is not known yet": (ENCRYPTED, [one("aws:sns/topic:Topic", "T", kmsMasterKeyId=UNKNOWN)],
                                                 "undecided"),
    "a queue in the clear": (ENCRYPTED, [one("aws:sqs/queue:Queue", "Q", sqsManagedSseEnabled=False)], "refuted"),
    "a disk in the clear": (ENCRYPTED, [one("aws:ebs/volume:Volume", "V")], "refuted"),
    "a disk the state calls encrypted": (ENCRYPTED, [one("aws:ebs/volume:Volume", "V", {"encrypted": True})], "proved"),
    "a machine's disk in the clear": (ENCRYPTED, [one(
        "aws:ec2/instance:Instance", "M", rootBlockDevice={"encrypted": False})], "refuted"),
    "a machine's disk": (ENCRYPTED, [one("aws:ec2/instance:Instance", "M", rootBlockDevice={"encrypted": True})],
                         "proved"),
    "a machine's disks are not told": (ENCRYPTED, [one("aws:ec2/instance:Instance", "M")], "undecided"),
    "a template's disk in the clear": (ENCRYPTED, [one(
        "aws:ec2/launchTemplate:LaunchTemplate", "L", blockDeviceMappings=[
            {"deviceName": "/dev/xvda", "ebs": {"encrypted": "false"}}])], "refuted"),
    "a database in the clear": (ENCRYPTED, [one("aws:rds/instance:Instance", "D")], "refuted"),
    "a database restored": (ENCRYPTED, [one("aws:rds/cluster:Cluster", "D", restoreToPointInTime={"x": 1})],
                            "undecided"),
    "a stream in the clear": (ENCRYPTED, [one("aws:kinesis/stream:Stream", "S", encryptionType="NONE")], "refuted"),
    "a stream with a key": (ENCRYPTED, [one("aws:kinesis/stream:Stream", "S", encryptionType="KMS")], "proved"),
    "a table": (ENCRYPTED, [one("aws:dynamodb/table:Table", "T", serverSideEncryption={"enabled": True})], "proved"),
    "a type of store that is not known": (ENCRYPTED, [one("aws:dax/cluster:Cluster", "D")], "undecided"),
}


@pytest.mark.parametrize("case", CASES)
def test_storing(case):
    """Each of these is proved, refuted or undecided as the template of the same thing would be."""
    name, rows, verdict = CASES[case]
    assert answer(name, rows).verdict == verdict


def test_a_part_of_another_bucket():
    """A part that names a bucket of elsewhere is all the stack says of it: what it opens is open."""
    rows = [one(BUCKET, "B")]
    for acl, verdict in (("public-read", "refuted"), ("private", "proved")):
        more = added(one(f"{S3}Acl:BucketAcl", "A", bucket="elsewhere", acl=acl))
        assert answer(PUBLIC, rows, None, more, given("B", forceDestroy=True)).verdict == verdict
