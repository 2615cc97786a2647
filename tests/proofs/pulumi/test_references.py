"""Which texts of a state are other resources: the longest, where exactly one answers to it, and at its own borders."""

from conveyor_iac.proofs.pulumi.references import References
from tests.proofs.pulumi.small import ACCOUNT, document, one, template

ROLE = f"arn:aws:iam::{ACCOUNT}:role/made"


def references(**texts):
    """References to resources by their logical ids."""
    found = References(account=ACCOUNT, partition="aws")
    for name, text in texts.items():
        found.add(text, {"Ref": name})
    return found


def test_the_longest_text_counts():
    """Of two texts, one of which begins with the other, the longer one is meant where it stands."""
    for known in (references(Short=ROLE, Long=f"{ROLE}/deep"), references(Long=f"{ROLE}/deep", Short=ROLE)):
        assert known.written(f"{ROLE}/deep/*") == {"Fn::Join": ["", [{"Ref": "Long"}, "/*"]]}
        assert known.written(f"{ROLE}/*") == {"Fn::Join": ["", [{"Ref": "Short"}, "/*"]]}


def test_a_text_ends_where_a_name_ends():
    """A longer name or id that only begins like one is not that one."""
    known = references(Vpc="vpc-0a1b2c3d")
    assert known.written("vpc-0a1b2c3d4") == "vpc-0a1b2c3d4"
    assert known.written("my-vpc-0a1b2c3d") == "my-vpc-0a1b2c3d"
    assert known.written("vpc/vpc-0a1b2c3d") == {"Fn::Join": ["", ["vpc/", {"Ref": "Vpc"}]]}


def test_two_of_one_text_are_none():
    """A text that names two resources names neither."""
    known = references(One="vpc-0a1b2c3d", Two="vpc-0a1b2c3d")
    assert known.written("vpc-0a1b2c3d") == "vpc-0a1b2c3d"
    assert known.owner("vpc-0a1b2c3d") == ""


def test_the_stacks_own_account_and_partition():
    """They become pseudo parameters; another account, another partition and a longer number stay as they are."""
    known = references()
    assert known.written(f"arn:aws:s3:::{ACCOUNT}") == {"Fn::Join": ["", [
        "arn:", {"Ref": "AWS::Partition"}, ":s3:::", {"Ref": "AWS::AccountId"}]]}
    for text in ("arn:aws-cn:s3:::x", f"{ACCOUNT}0", "111122223333", "aws"):
        assert known.written(text) == text
    assert known.written(ACCOUNT, own_account=False) == ACCOUNT


def test_a_named_resource_is_spoken_of_by_its_arn():
    """A bucket's ARN in a policy is that bucket's, and its name in other texts is only a word."""
    bucket = one("aws:s3/bucket:Bucket", "Data")
    policy = document({"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "s3:*",
                       "Resource": "arn:aws:s3:::data/*"})
    made = template([bucket, one("aws:s3/bucketPolicy:BucketPolicy", "P", bucket="data", policy=policy),
                     one("aws:sns/topic:Topic", "T", name="data")]).resources
    assert made["P"].properties["PolicyDocument"]["Statement"][0]["Resource"] == {
        "Fn::Join": ["", [{"Fn::GetAtt": ["Data", "Arn"]}, "/*"]]}
    assert made["P"].properties["Bucket"] == {"Ref": "Data"}
    assert made["T"].properties["TopicName"] == "data"
