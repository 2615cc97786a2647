"""The bucket policy that readers need: what it says, what it means at the embedded AWS, and what is no reader."""

import json
from typing import Any

import pytest

from conveyor_iac.publishing.readers import Readers, faults, policy
from tests.publishing.conftest import Place

OTHER, THIRD = "444455556666", "777788889999"
BELOW = "arn:aws:s3:::conveyor/releases/*"


def made(readers: Readers, region: str = "eu-west-1") -> Any:
    """The statements of a policy."""
    return policy(readers, bucket="conveyor", prefix="releases", region=region)["Statement"]


@pytest.mark.parametrize(("readers", "whom"), [
    (Readers(), {"Principal": "*"}),
    (Readers(accounts=(OTHER, THIRD, OTHER)),
     {"Principal": {"AWS": [f"arn:aws:iam::{OTHER}:root", f"arn:aws:iam::{THIRD}:root"]}}),
    (Readers(organization="o-abcde12345"),
     {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-abcde12345"}}}),
])
def test_who_may_read(readers: Readers, whom: dict[str, Any]) -> None:
    """Readers may get what is below the prefix, and nothing else; without TLS nobody may do anything there."""
    allow, deny = made(readers)
    assert allow == {"Sid": "ReadReleases", "Effect": "Allow", "Action": "s3:GetObject", "Resource": BELOW, **whom}
    assert deny == {"Sid": "OnlyByTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": BELOW,
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov")])
def test_partition(region: str, partition: str) -> None:
    """The partition is that of the region."""
    allow, deny = made(Readers(accounts=(OTHER,)), region)
    assert allow["Principal"]["AWS"] == [f"arn:{partition}:iam::{OTHER}:root"]
    assert allow["Resource"] == deny["Resource"] == f"arn:{partition}:s3:::conveyor/releases/*"


def test_words() -> None:
    """What a policy means is said in a sentence, and for everybody that it is the owner's choice."""
    assert "everybody on the internet" in Readers().words
    assert "choice of whoever owns the bucket" in Readers().words
    assert OTHER in Readers(accounts=(OTHER,)).words
    assert "o-abcde12345" in Readers(organization="o-abcde12345").words


def test_faults_at_once() -> None:
    """Every reader that is none is named, and both kinds at once are refused."""
    found = [*faults(["1234", OTHER, "abcdefghijkl", "\u0661" * 12], "o-X")]
    assert [fault.path for fault in found] == ["--reader"] * 3 + ["--reader-organization"] * 2
    assert not list(faults([OTHER], None))
    assert not list(faults([], "o-abcde12345"))


def test_at_the_embedded_aws(place: Place) -> None:
    """A reader's account may get an object below the prefix, not list, not write, nothing beside; others nothing.

    The embedded AWS does not know by which transport it is asked, so that the Deny is held by its words above.
    """
    place.put("1.0.0/a.template.json", b"{}")
    place.s3.put_object(Bucket=place.bucket, Key="other", Body=b"secret")
    allow, _ = policy(Readers(accounts=(OTHER,)), bucket=place.bucket, prefix=place.prefix, region=None)["Statement"]
    reader = _member(place, OTHER)
    assert refused(place, reader) == ["get", "beside", "list", "put"]
    _set(place, allow)
    assert refused(place, reader) == ["beside", "list", "put"]
    assert refused(place, _member(place, THIRD)) == ["get", "beside", "list", "put"]


def refused(place: Place, s3: Any) -> list[str]:
    """What this caller may not do."""
    name = f"{place.prefix}/1.0.0/a.template.json"
    calls = {"get": lambda: s3.get_object(Bucket=place.bucket, Key=name),
             "beside": lambda: s3.get_object(Bucket=place.bucket, Key="other"),
             "list": lambda: s3.list_objects_v2(Bucket=place.bucket),
             "put": lambda: s3.put_object(Bucket=place.bucket, Key=name, Body=b"other")}
    found = []
    for what, call in calls.items():
        try:
            call()
        except s3.exceptions.ClientError:
            found.append(what)
    return found


def _member(place: Place, account: str) -> Any:
    """S3 for a role of this account that its own account allows everything."""
    place.aws.make_role(account, f"reader-{place.bucket}", allow=("s3:*",))
    return place.aws.client("s3", credentials=place.aws.session_of(account, f"reader-{place.bucket}"))


def _set(place: Place, *statements: Any) -> None:
    place.s3.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps(
        {"Version": "2012-10-17", "Statement": list(statements)}))
