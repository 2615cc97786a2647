"""Releases in a bucket of S3: objects written once, and one that is moved. Nothing is ever overwritten or deleted.

Every write is conditional, and its SHA-256 travels with it, so that S3 itself refuses what arrives otherwise. Knows
nothing of what a release is. Refuses to touch who may read or write: no ACL, no policy, no public-access setting.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
"""

import re
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from conveyor_iac.errors import AnswerIsNo, Fault, InputError
from conveyor_iac.publishing.refusals import AGAIN, refusal
from conveyor_iac.publishing.release import ALWAYS_ASKED, WRITTEN_ONCE, content_type

MOST_BYTES = 5_000_000
"""Bytes of one object: no file of a release is longer."""
LONGEST_PREFIX = 200
_BUCKET = re.compile(r"(?!xn--|sthree-)(?![0-9.]+$)[a-z0-9](?:[a-z0-9-]|\.(?!\.))+[a-z0-9]")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:/[A-Za-z0-9][A-Za-z0-9._-]*)*")
_ENDPOINT = re.compile(r"https?://(?:\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]+)(?::[0-9]{1,5})?/?")
_NOT_AS_ASKED = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409", "NoSuchKey")
"""What S3 says where the condition of a write does not hold: with a number where its answer was cut."""
_ATTEMPTS = 4
"""How often a write is tried that S3 calls in conflict with another one at the same moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An object as it was read: its bytes, held against the checksum it was stored with, and S3's mark of them."""

    content: bytes
    etag: str


class Moved(AnswerIsNo):
    """Somebody else moved the object that was to be moved."""


class Store:
    """What lies below a prefix of a bucket.

    client: boto3's, for S3. bucket, prefix: as `faults` lets them through. Each method raises `InputError` for what was
    given wrongly and `AnswerIsNo` for what came in between; run again, a write finds what it wrote before.
    """

    def __init__(self, client: Any, bucket: str, prefix: str) -> None:
        self._client, self.bucket, self.prefix = client, bucket, prefix
        self._reached = False

    @property
    def address(self) -> str:
        """s3://BUCKET/PREFIX"""
        return f"s3://{self.bucket}/{self.prefix}"

    @property
    def region(self) -> str:
        """The region that is spoken to."""
        return str(self._client.meta.region_name)

    def key(self, name: str) -> str:
        """The key of the object of this name."""
        return f"{self.prefix}/{name}"

    def read(self, name: str) -> Stored | None:
        """The object of this name; none where there is none. Its bytes are held against S3's checksum of them."""
        with self._asking("s3:GetObject", name) as reached:
            try:
                reply = self._client.get_object(Bucket=self.bucket, Key=self.key(name), ChecksumMode="ENABLED")
            except self._client.exceptions.NoSuchKey:
                reached()
                return None
            with closing(reply["Body"]) as body:  # its own `with` gives the raw stream, which checks nothing
                length, etag = reply.get("ContentLength"), reply.get("ETag")
                if length is None or etag is None:  # urllib3 takes headers that stop in the middle for whole ones
                    raise AnswerIsNo(f"{self.address}/{name}: the connection was cut: half an answer came. {AGAIN}")
                if length > MOST_BYTES:
                    raise AnswerIsNo(f"{self.address}/{name} has {length} bytes: it is none of ours")
                content = body.read()
            reached()
        return Stored(content=content, etag=etag)

    def write_once(self, name: str, content: bytes) -> bool:
        """Writes an object that never changes; whether it was written now. The same bytes may be there already.

        Raises `AnswerIsNo` where others are.
        """
        for attempt in range(_ATTEMPTS):
            there = self.read(name)
            refuse_other(self, name, there, content)
            if there is not None:
                return False
            if self._put(name, content, WRITTEN_ONCE, IfNoneMatch="*"):
                return True
            time.sleep(0.1 * attempt)  # what stands in the way is written at this moment: it is there when read again
        raise AnswerIsNo(f"{self.address}/{name} is being written by somebody else: run it again")

    def move(self, name: str, content: bytes, etag: str | None) -> None:
        """Puts an object in the place of the one that had this mark; of none, where the mark is None.

        Raises `Moved` where another one is there by now. A write whose answer was lost counts as done.
        """
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        for attempt in range(_ATTEMPTS):
            if self._put(name, content, ALWAYS_ASKED, **condition):
                return
            there = self.read(name)
            if there is not None and there.content == content:
                return
            if (there.etag if there else None) != etag:
                break
            time.sleep(0.1 * attempt)  # it is as it was: S3 only saw another write at the same moment
        raise Moved(f"{self.address}/{name} was moved by somebody else meanwhile. Nothing is lost: run it again")

    def _put(self, name: str, content: bytes, cache: str, **condition: str) -> bool:
        """Whether the object was written: not, where its condition did not hold."""
        with self._asking("s3:PutObject", name) as reached:
            try:
                self._client.put_object(
                    Bucket=self.bucket, Key=self.key(name), Body=content, ContentType=content_type(name),
                    CacheControl=cache, ServerSideEncryption="AES256",
                    ChecksumSHA256=b64encode(sha256(content).digest()).decode(), **condition)
            except self._client.exceptions.ClientError as refused:
                code = refused.response.get("Error", {}).get("Code")
                if code not in _NOT_AS_ASKED:
                    raise
                reached()
                return False
            reached()
        return True

    @contextmanager
    def _asking(self, right: str, name: str) -> "Iterator[Any]":
        """Turns what S3 and the network refuse into one clear line."""
        from botocore.exceptions import BotoCoreError, ClientError
        from urllib3.exceptions import HTTPError

        def reached() -> None:
            self._reached = True

        try:
            yield reached
        except (BotoCoreError, ClientError, HTTPError) as refused:
            raise refusal(refused, address=f"{self.address}/{name}", bucket=self.bucket, right=right,
                          reached=self._reached) from None


def refuse_other(store: Store, name: str, there: Stored | None, content: bytes) -> None:
    """`AnswerIsNo` where other bytes are there as an object that is written once."""
    if there is not None and there.content != content:
        raise AnswerIsNo(f"{store.address}/{name} is there already, with other bytes (sha256"
                         f" {sha256(there.content).hexdigest()[:12]}..., these {sha256(content).hexdigest()[:12]}...):"
                         " a release never changes. Publish these as a new version")


def faults(bucket: str, prefix: str, endpoint: str | None = None) -> Iterator[Fault]:
    """What is wrong with the words that name a place in S3, without asking it."""
    if not 3 <= len(bucket) <= 63 or not _BUCKET.fullmatch(bucket):
        yield Fault(path="--bucket", value=repr(bucket[:70]), rule="the name of a bucket: 3 to 63 small letters,"
                    " digits, dots and hyphens, a letter or digit at each end", way_out="Give the name alone, without s3://")
    if len(prefix) > LONGEST_PREFIX or not _PREFIX.fullmatch(prefix):
        yield Fault(path="--prefix", value=repr(prefix[:70]), rule=f"folders of letters, digits, dots, hyphens and"
                    f" underscores with a slash between them, at most {LONGEST_PREFIX} characters",
                    way_out="Write one like releases or conveyor/releases")
    if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
        yield Fault(path="--endpoint-url", value=repr(endpoint.rpartition("@")[2][:70]), rule="http:// or https://, a"
                    " host and perhaps a port, nothing else", way_out="Leave it out for AWS itself")


def opened(bucket: str, prefix: str, *, region: str | None = None, profile: str | None = None,
           endpoint: str | None = None) -> Store:
    """The store at a prefix of a bucket, with the caller's own credentials; the bucket is asked where it is.

    region, profile: None is what AWS's own settings say. endpoint: the URL of an S3 that is not AWS's, which is then
    addressed path-style. Raises `InputError` for a bucket that is not there or is in another region than is said, and
    for settings that AWS's SDK cannot use.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        session = boto3.Session(region_name=region, profile_name=profile)
        client = _client(session, session.region_name or "us-east-1", endpoint)
        home = _home(client, bucket)
        if home and session.region_name not in (None, home):
            raise InputError([Fault(path="--region", value=session.region_name, rule=f"the region of {bucket}, which is"
                                    f" {home}", way_out=f"Give --region {home}")])
        return Store(_client(session, home, endpoint) if home else client, bucket, prefix)
    except (BotoCoreError, ClientError, ValueError) as refused:
        raise refusal(refused, address=endpoint or f"s3://{bucket}", bucket=bucket, right="s3:ListBucket",
                      reached=False) from None


def _client(session: Any, region: str, endpoint: str | None) -> Any:
    from botocore.config import Config

    return session.client("s3", region_name=region, endpoint_url=endpoint, config=Config(
        connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3},
        s3={"addressing_style": "path" if endpoint else "auto"}))


def _home(client: Any, bucket: str) -> str | None:
    """The region of a bucket; none where S3 does not say. Who may not list a bucket is told its region too."""
    from botocore.exceptions import ClientError

    try:
        return client.head_bucket(Bucket=bucket).get("BucketRegion") or None
    except ClientError as refused:
        reply = refused.response["ResponseMetadata"]
        if reply.get("HTTPStatusCode") == 404:
            raise
        home: str | None = reply.get("HTTPHeaders", {}).get("x-amz-bucket-region")
        return home
