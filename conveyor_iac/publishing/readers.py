"""The bucket policy that readers of releases need. It is printed, and never set: the bucket is somebody else's.

It lets them read what lies below the prefix, by name: listing is not needed, for versions.json names the versions and
SHA256SUMS the files. A policy does not stand alone: readers of another account need s3:GetObject there too.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.model.catalogue import partition_of

_ACCOUNT = re.compile(r"[0-9]{12}")
_ORGANIZATION = re.compile(r"o-[a-z0-9]{10,32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Who may read: these accounts, else this organization, else everybody."""

    accounts: tuple[str, ...] = ()
    organization: str | None = None

    @property
    def words(self) -> str:
        """What the policy means, in a sentence."""
        if self.accounts:
            return f"Lets these accounts read, and no other: {', '.join(self.accounts)}."
        if self.organization:
            return f"Lets every account of the organization {self.organization} read, and no other."
        return ("Lets everybody on the internet read, without signing in. That is the choice of whoever owns the"
                " bucket, and S3's Block Public Access must be off for it; --reader and --reader-organization are for"
                " less.")


def faults(accounts: Sequence[str], organization: str | None) -> Iterator[Fault]:
    """What is wrong with the readers as they are given."""
    for account in accounts:
        if not _ACCOUNT.fullmatch(account):
            yield Fault(path="--reader", value=repr(account[:40]), rule="the number of an AWS account: 12 digits",
                        way_out="Give it with its leading zeros and without hyphens")
    if organization is not None and not _ORGANIZATION.fullmatch(organization):
        yield Fault(path="--reader-organization", value=repr(organization[:40]), rule="the id of an AWS organization:"
                    " o- and 10 to 32 small letters or digits", way_out="Look at `aws organizations"
                    " describe-organization`")
    if organization is not None and accounts:
        yield Fault(path="--reader-organization", value=repr(organization[:40]), rule="accounts or an organization, not"
                    " both", way_out="Leave one of them out")


def policy(readers: Readers, *, bucket: str, prefix: str, region: str | None) -> dict[str, Any]:
    """The statements, as a whole policy document; a bucket that has a policy takes them in among its own.

    region: where the bucket is, which decides the partition; aws where that is not known.
    """
    partition = partition_of(region) or "aws"
    below = f"arn:{partition}:s3:::{bucket}/{prefix}/*"
    return {"Version": "2012-10-17", "Statement": [
        {"Sid": "ReadReleases", "Effect": "Allow", **_whom(readers, partition), "Action": "s3:GetObject",
         "Resource": below},
        {"Sid": "OnlyByTls", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": below,
         "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}


def _whom(readers: Readers, partition: str) -> Mapping[str, Any]:
    if readers.accounts:
        accounts = [f"arn:{partition}:iam::{account}:root" for account in dict.fromkeys(readers.accounts)]
        return {"Principal": {"AWS": accounts}}
    if readers.organization:
        return {"Principal": "*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": readers.organization}}}
    return {"Principal": "*"}
