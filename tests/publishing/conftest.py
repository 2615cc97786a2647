"""One running embedded AWS for the whole folder, a bucket of its own for each test, and what is asked of it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import md5
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from conveyor_iac.emulator import LocalAws
from conveyor_iac.publishing import sbom
from conveyor_iac.publishing.store import Store

REGION = "eu-west-1"
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def running() -> Iterator[LocalAws]:
    """The one server; buckets stay in it between tests."""
    with LocalAws.start(region=REGION) as aws:
        yield aws


@dataclass(frozen=True, kw_only=True)
class Place:
    """A bucket of the embedded AWS and a prefix in it."""

    aws: LocalAws
    bucket: str
    prefix: str = "releases"

    @property
    def s3(self) -> Any:
        """A client of the bucket's owner."""
        return self.aws.client("s3")

    def store(self, **client: Any) -> Store:
        """A store at this place; the keywords choose the client."""
        return Store(self.aws.client("s3", **client), self.bucket, self.prefix)

    def own_store(self) -> Store:
        """A store whose client is nobody else's, so that its calls can be counted."""
        return Store(client_at(self.aws.endpoint), self.bucket, self.prefix)

    def content(self, known: Mapping[str, bytes] = {}) -> dict[str, bytes]:
        """Every object below the prefix, by its name there. What is `known` by its MD5, its ETag, is not read again."""
        rows = self.s3.list_objects_v2(Bucket=self.bucket, Prefix=f"{self.prefix}/").get("Contents", [])
        found = {}
        for row in rows:
            name = row["Key"].removeprefix(f"{self.prefix}/")
            same = name in known and row["ETag"].strip('"') == md5(known[name], usedforsecurity=False).hexdigest()
            found[name] = known[name] if same else self.get(row["Key"])["Body"].read()
        return found

    def get(self, key: str) -> Any:
        """What S3 says of an object."""
        return self.s3.get_object(Bucket=self.bucket, Key=key, ChecksumMode="ENABLED")

    def put(self, name: str, content: bytes) -> None:
        """Writes an object as somebody else would: without asking."""
        self.s3.put_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}", Body=content)

    def delete(self, name: str) -> None:
        """Removes an object."""
        self.s3.delete_object(Bucket=self.bucket, Key=f"{self.prefix}/{name}")

    def index(self) -> Any:
        """What versions.json says, as plain JSON; none where there is none."""
        found = self.content().get("versions.json")
        return None if found is None else json.loads(found)

    def access(self) -> dict[str, Any]:
        """Everything that says who may read or write the bucket."""
        asked = {"policy": self.s3.get_bucket_policy, "acl": self.s3.get_bucket_acl,
                 "block": self.s3.get_public_access_block, "owner": self.s3.get_bucket_ownership_controls}
        return {name: _answer(ask, self.bucket) for name, ask in asked.items()}

    def caller(self, *statements: Mapping[str, Any]) -> Mapping[str, Any]:
        """Credentials of a session of a new role that holds exactly these statements."""
        name = f"caller-{next(_NUMBERS)}"
        self.aws.make_role(self.aws.account, name)
        self.aws.client("iam").put_role_policy(RoleName=name, PolicyName="held", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": list(statements)}))
        return self.aws.session_of(self.aws.account, name)


@cache
def _session() -> Any:
    return boto3.Session(aws_access_key_id="222222222222", aws_secret_access_key="embedded", region_name=REGION)


def client_at(endpoint: str, *, attempts: int = 2) -> Any:
    """A client of its own, as publishing makes it, only less patient, so that a cut is told soon."""
    return _session().client("s3", endpoint_url=endpoint, config=Config(
        connect_timeout=2, read_timeout=2, retries={"mode": "standard", "total_max_attempts": attempts}, proxies={},
        s3={"addressing_style": "path"}))


def _answer(ask: Callable[..., Any], bucket: str) -> Any:
    try:
        return {key: value for key, value in ask(Bucket=bucket).items() if key != "ResponseMetadata"}
    except ClientError as refused:
        return refused.response["Error"]["Code"]


@pytest.fixture
def few_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bill of materials names few packages, so that a small release is quickly made."""
    from tests.publishing import small

    monkeypatch.setattr(sbom, "packages", small.few_packages)


@pytest.fixture
def place(running: LocalAws) -> Place:
    """An empty bucket."""
    bucket = f"releases-{next(_NUMBERS)}"
    running.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    return Place(aws=running, bucket=bucket)

