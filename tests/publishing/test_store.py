"""Objects that are written once, one that is moved, and what is said of a bucket that cannot be used."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoRegionError,
    ReadTimeoutError,
    SSLError,
)
from botocore.parsers import ResponseParserError

from conveyor_iac.errors import AnswerIsNo, ConveyorError, InputError
from conveyor_iac.publishing import store as stores
from conveyor_iac.publishing.refusals import refusal
from conveyor_iac.publishing.store import Moved, Store, faults, opened
from tests.publishing.conftest import REGION, Place, client_at
from tests.publishing.cutting import cut_after

GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
NAME, CONTENT = "1.0.0/role.template.json", b'{"Resources": {}}\n'


@pytest.fixture
def environment(place: Place, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts AWS's settings into the environment: those of the embedded AWS, with changes; None leaves one out."""
    def environment(**changes: str | None) -> None:
        words: dict[str, str | None] = {name: value for name, value in place.aws.env().items() if name[:4] == "AWS_"}
        for name, value in (words | {"no_proxy": "127.0.0.1"} | changes).items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
    environment()
    return environment


def test_written_once(place: Place) -> None:
    """An object is written once: again is nothing, and other bytes are refused and change nothing."""
    store = place.store()
    assert store.read(NAME) is None
    assert store.write_once(NAME, CONTENT)
    assert not store.write_once(NAME, CONTENT)
    with pytest.raises(AnswerIsNo, match=r"role\.template\.json is there already, with other bytes"):
        store.write_once(NAME, b"other")
    assert place.content() == {NAME: CONTENT}


@pytest.mark.parametrize(("name", "type_"), [
    (NAME, "application/json"), ("1.0.0/SHA256SUMS", "text/plain; charset=utf-8"),
    ("1.0.0/release-notes.md", "text/markdown; charset=utf-8"),
    ("1.0.0/SHA256SUMS.minisig", "text/plain; charset=utf-8")])
def test_headers(place: Place, name: str, type_: str) -> None:
    """What is written once may be kept for ever, encrypted, with its type and the checksum it was sent with."""
    place.store().write_once(name, CONTENT)
    found = place.get(f"{place.prefix}/{name}")
    assert found["ContentType"] == type_
    assert found["CacheControl"] == "public, max-age=31536000, immutable"
    assert found["ServerSideEncryption"] == "AES256"
    assert found["ChecksumSHA256"] == b64encode(sha256(CONTENT).digest()).decode()


def test_moved(place: Place) -> None:
    """The one that is moved is moved from what it was, and is asked for anew each time."""
    store = place.store()
    store.move("versions.json", b"1", None)
    first = store.read("versions.json")
    assert first is not None
    store.move("versions.json", b"2", first.etag)
    assert place.get("releases/versions.json")["CacheControl"] == "no-cache"
    for stale in (None, first.etag):
        with pytest.raises(Moved, match=r"versions\.json was moved by somebody else meanwhile.*run it again"):
            store.move("versions.json", b"3", stale)
    assert place.content() == {"versions.json": b"2"}


def test_moved_from_nothing(place: Place) -> None:
    """What was removed meanwhile was moved by somebody else too."""
    store = place.store()
    store.move("versions.json", b"1", None)
    first = store.read("versions.json")
    assert first is not None
    place.delete("versions.json")
    with pytest.raises(Moved):
        store.move("versions.json", b"2", first.etag)
    assert place.content() == {}


def test_conflict(place: Place) -> None:
    """S3 may see a conflict with another write where nobody wrote in the end: then it is written at the second try."""
    for write in (lambda store: store.write_once(NAME, CONTENT), lambda store: store.move("versions.json", b"1", None)):
        store, puts = place.own_store(), list[str]()

        def conflict(request: Any, puts: list[str] = puts, **_: Any) -> AWSResponse | None:
            puts += ["put"] if request.method == "PUT" else []
            if puts != ["put"] or request.method != "PUT":
                return None
            return AWSResponse(request.url, 409, {}, _Raw(b"<Error><Code>ConditionalRequestConflict</Code></Error>"))
        client: Any = store._client
        client.meta.events.register("before-send.s3", conflict)
        write(store)
        assert puts == ["put"] * 2
    assert place.content() == {NAME: CONTENT, "versions.json": b"1"}


class _Raw(BytesIO):
    """An answer's content, as botocore reads it."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()


def test_answer_lost(place: Place) -> None:
    """A write whose answer was lost is tried again, finds itself there, and counts as done."""
    for write in (lambda store: store.write_once(NAME, CONTENT), lambda store: store.move("versions.json", b"1", None)):
        with cut_after(place.aws.endpoint, None, answers=True) as way:
            store = Store(client_at(way.address), place.bucket, place.prefix)
            with _losing(store, way):
                write(store)
    assert place.content() == {NAME: CONTENT, "versions.json": b"1"}


@contextmanager
def _losing(store: Store, way: Any) -> Iterator[None]:
    """The answer to the first write is cut off after ten bytes; every other one goes through.

    Before it comes a line that the content may be sent, which must not be cut: else nothing would be written.
    """
    puts: list[None] = []
    answers: list[int] = []

    def before(request: Any, **_: Any) -> None:
        if request.method == "PUT":
            puts.append(None)
            way.left = len(GO_ON) + 10 if len(puts) == 1 else None

    def after(response_dict: Any, **_: Any) -> None:
        answers.append(response_dict["status_code"] if response_dict else 0)
    client: Any = store._client
    client.meta.events.register("before-send.s3", before)
    client.meta.events.register("response-received.s3.PutObject", after)
    yield
    assert len(puts) == 2
    assert answers == [0, 412]  # no answer; it was there already


@pytest.mark.parametrize("left", [0, 100, 900])
def test_cut(place: Place, left: int) -> None:
    """A connection that is cut in the middle is told in one line; what is there stays, and again goes on from there."""
    with cut_after(place.aws.endpoint, None) as way:
        store = Store(client_at(way.address), place.bucket, place.prefix)
        store.write_once("1.0.0/first", b"1")
        way.left = left
        with pytest.raises(AnswerIsNo, match=r"the connection was cut: .*What is there stays and nothing is lost: run"
                                             r" it again") as cut:
            store.write_once(NAME, CONTENT * 1000)
    assert "\n" not in str(cut.value)
    assert place.content() == {"1.0.0/first": b"1"}
    assert place.store().write_once(NAME, CONTENT * 1000)


def test_cut_while_reading(place: Place) -> None:
    """An answer that stops in the middle is no content."""
    place.store().write_once(NAME, CONTENT * 10000)
    with cut_after(place.aws.endpoint, 2000, answers=True) as way:
        store = Store(client_at(way.address), place.bucket, place.prefix)
        with pytest.raises(AnswerIsNo, match="the connection was cut"):
            store.read(NAME)


def test_changed_on_the_way(place: Place) -> None:
    """Bytes that were changed on the way do not have the checksum they were stored with."""
    place.store().write_once(NAME, CONTENT)
    with cut_after(place.aws.endpoint, None, swapped=(b"Resources", b"Rosources")) as way:
        store = Store(client_at(way.address), place.bucket, place.prefix)
        with pytest.raises(AnswerIsNo, match=r"do not have the checksum they were stored with.*tampered with"):
            store.read(NAME)


@pytest.mark.parametrize(("code", "kind", "said"), [
    ("SlowDown", AnswerIsNo, "S3 refused: SlowDown: Please reduce. What is there stays"),
    ("InternalError", AnswerIsNo, "nothing is lost: run it again"),
    ("ExpiredToken", InputError, "credentials: ExpiredToken: credentials that AWS takes. Sign in again"),
    ("PermanentRedirect", InputError, "--region: another region: the region of b, which is eu-central-1. Give"),
    ("AuthorizationHeaderMalformed", InputError, "Give --region eu-central-1"),
    ("NoSuchBucket", InputError, "--bucket: 'b': a bucket that is there"),
    ("AccessDenied", InputError, "s3:PutObject on s3://b/p/x is allowed (Please reduce)"),
])
def test_refusals(code: str, kind: type[ConveyorError], said: str) -> None:
    """What S3 refuses is told in one line: what came in between is a no, what was given wrongly an input error."""
    answer: Any = {"Error": {"Code": code, "Message": "Please\n reduce.", "Region": "eu-central-1"}}
    error = ClientError(answer, "PutObject")
    told = refusal(error, address="s3://b/p/x", bucket="b", right="s3:PutObject", reached=True)
    assert isinstance(told, kind)
    assert said in str(told)
    assert "\n" not in str(told)


@pytest.mark.parametrize(("error", "reached", "kind"), [
    (EndpointConnectionError(endpoint_url="https://s3"), False, InputError),
    (EndpointConnectionError(endpoint_url="https://s3"), True, AnswerIsNo),
    (SSLError(endpoint_url="https://s3", error="bad"), False, InputError),
    (ConnectTimeoutError(endpoint_url="https://s3"), True, AnswerIsNo),
    (ReadTimeoutError(endpoint_url="https://s3"), False, AnswerIsNo),
    (ResponseParserError("cut XML"), True, AnswerIsNo),
    (NoRegionError(), False, InputError),
])
def test_no_answer(error: Exception, reached: bool, kind: type[ConveyorError]) -> None:
    """What never answered is an address to mend; what answered before was cut, and can be run again."""
    told = refusal(error, address="s3://b/p/x", bucket="b", right="s3:PutObject", reached=reached)
    assert isinstance(told, kind)
    assert ("run it again" in str(told)) == (kind is AnswerIsNo)


def test_too_long(place: Place) -> None:
    """What is longer than any file of a release is not read."""
    place.put(NAME, b"0" * (stores.MOST_BYTES + 1))
    with pytest.raises(AnswerIsNo, match="it is none of ours"):
        place.store().read(NAME)


def test_opened(place: Place, environment: Callable[..., None]) -> None:
    """With the settings of AWS a bucket is found, and spoken to in its own region."""
    for changes in ({}, {"AWS_REGION": None, "AWS_DEFAULT_REGION": None}):
        environment(**changes)
        store = opened(place.bucket, place.prefix)
        assert store.region == REGION
        assert store.address == f"s3://{place.bucket}/releases"
        assert store.read(NAME) is None


def test_path_style(place: Place, environment: Callable[..., None]) -> None:
    """An endpoint that is given is addressed path-style."""
    environment(AWS_ENDPOINT_URL=None)
    store = opened(place.bucket, place.prefix, endpoint=place.aws.endpoint, region=REGION)
    assert store.write_once(NAME, CONTENT)
    assert place.content() == {NAME: CONTENT}


def test_wrong_region(place: Place, environment: Callable[..., None]) -> None:
    """A bucket in another region is refused, and its own is named, whether the region was given or set."""
    with pytest.raises(InputError, match=rf"--region: us-west-2: the region of {place.bucket}, which is {REGION}\."
                                         rf" Give --region {REGION}"):
        opened(place.bucket, place.prefix, region="us-west-2")
    environment(AWS_REGION="us-west-2", AWS_DEFAULT_REGION="us-west-2")
    with pytest.raises(InputError, match=f"Give --region {REGION}"):
        opened(place.bucket, place.prefix)


def test_region_without_listing(place: Place, environment: Callable[..., None]) -> None:
    """Who may not list the bucket is told its region too."""
    held = place.caller({"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*"})
    environment(AWS_ACCESS_KEY_ID=held["AccessKeyId"], AWS_SECRET_ACCESS_KEY=held["SecretAccessKey"],
                AWS_SESSION_TOKEN=held["SessionToken"])
    assert opened(place.bucket, place.prefix).write_once(NAME, CONTENT)
    with pytest.raises(InputError, match=f"Give --region {REGION}"):
        opened(place.bucket, place.prefix, region="us-west-2")


def test_missing_bucket(place: Place, environment: Callable[..., None]) -> None:
    """A bucket that is not there is said so, when it is opened and when it goes away."""
    for ask in (lambda: opened("nobody-has-this", "releases"),
                lambda: Store(place.s3, "nobody-has-this", "releases").read(NAME)):
        with pytest.raises(InputError, match="--bucket: 'nobody-has-this': a bucket that is there"):
            ask()


def test_denied(place: Place) -> None:
    """Who may not write is told the permission that is missing, the object and the way out."""
    held = place.caller({"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"})
    with pytest.raises(InputError, match=r"--bucket: .*: s3:PutObject on s3://.*role\.template\.json is allowed .*"
                                         r"Publishing takes s3:GetObject and s3:PutObject"):
        place.store(credentials=held).write_once(NAME, CONTENT)
    assert place.content() == {}
    with pytest.raises(InputError, match="s3:GetObject on"):
        place.store(credentials=place.caller({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"})).read(NAME)


@pytest.mark.parametrize(("changes", "said"), [
    ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "credentials: Unable to locate credentials"),
    ({"AWS_SECRET_ACCESS_KEY": None}, "credentials: Partial credentials"),
    ({"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"}, "credentials: InvalidAccessKeyId"),
    ({"AWS_PROFILE": "nobody"}, "--profile: The config profile .nobody. could not be found"),
    ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "--endpoint-url: Could not connect"),
    ({"AWS_REGION": "not a region", "AWS_DEFAULT_REGION": "not a region"}, "AWS: "),
])
def test_settings(place: Place, environment: Callable[..., None], changes: dict[str, str | None], said: str) -> None:
    """Credentials, a profile, an endpoint or a region that cannot be used is one clear line, and no secret in it."""
    environment(**changes)
    with pytest.raises(InputError, match=said) as refused:
        opened(place.bucket, place.prefix).read(NAME)
    assert "\n" not in str(refused.value)
    assert "embedded" not in str(refused.value)


def test_access_stays(place: Place) -> None:
    """Neither writing nor moving changes who may read or write the bucket or an object."""
    before = place.access()
    place.store().write_once(NAME, CONTENT)
    place.store().move("versions.json", b"1", None)
    assert place.access() == before
    grants = place.s3.get_object_acl(Bucket=place.bucket, Key=f"releases/{NAME}")["Grants"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]


@pytest.mark.parametrize("name", ["abc", "my.bucket-1", "a" * 63])
def test_right_words(name: str) -> None:
    """Names and prefixes that S3 has no trouble with are taken."""
    assert not list(faults(name, "conveyor/releases_2.x", "http://127.0.0.1:4566"))
    assert not list(faults(name, "releases", "https://s3.eu-west-1.amazonaws.com/"))


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Bucket", "a_b", "-ab", "ab-", "a..b", "192.168.0.1", "xn--abc",
                                  "a/b", "s3://abc", "abc\n", "é" * 3])
def test_wrong_bucket(name: str) -> None:
    """What cannot be a bucket's name is refused before anything is asked."""
    assert [fault.path for fault in faults(name, "releases")] == ["--bucket"]


@pytest.mark.parametrize("prefix", ["", "/", "/a", "a/", "a//b", "../a", "a/..", ".", "a b", "ä", "a\n", "a" * 201,
                                    "a?b", "a#b", "a%2f"])
def test_wrong_prefix(prefix: str) -> None:
    """A prefix that would be another one in a URL, or none, is refused."""
    assert [fault.path for fault in faults("bucket", prefix)] == ["--prefix"]


@pytest.mark.parametrize("endpoint", ["", "127.0.0.1:80", "ftp://a", "http://user:secret@host", "https://host/path",
                                      "https://host?x", "https://"])
def test_wrong_endpoint(endpoint: str) -> None:
    """An endpoint is a scheme, a host and a port; what stands before an @ is never shown."""
    (fault,) = faults("bucket", "releases", endpoint)
    assert fault.path == "--endpoint-url"
    assert "secret" not in json.dumps(fault.as_json())


def test_faults_at_once() -> None:
    """Everything that is wrong is said at once."""
    assert [fault.path for fault in faults("A", "/", "x")] == ["--bucket", "--prefix", "--endpoint-url"]
