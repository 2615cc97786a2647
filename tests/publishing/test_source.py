"""Where a release is read from: folders, web servers and S3; what is missing, changed, too long, cut or elsewhere."""

import json
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.publishing import fetching
from conveyor_iac.publishing.fetching import from_s3, from_web
from conveyor_iac.publishing.index import Entry, Index
from conveyor_iac.publishing.readers import Readers, policy
from conveyor_iac.publishing.release import INDEX, SUMS, Release
from conveyor_iac.publishing.source import Source, files_of, opened
from tests.publishing.conftest import Place
from tests.publishing.cutting import cut_after
from tests.publishing.serving import at_last, certified, cut, endless, redirect, served, status

FILES = {"a.template.json": b'{"Resources": {}}\n', "proofs/a.proof.json": b"{}\n", "release.json": b"{}\n"}


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between a test and its own server."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A folder with two versions and an index of them."""
    root, entries = tmp_path / "releases", []
    for version in ("1.1.0", "1.0.0"):
        release = Release(version=version, files={**FILES, "release.json": json.dumps(version).encode()})
        for name, content in {**release.files, SUMS: release.sums}.items():
            file = root / version / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        entries.append(Entry(version=version, published="2026-01-02T03:04:05Z", key="1",
                             sha256sums=sha256(release.sums).hexdigest()))
    (root / INDEX).write_bytes(Index(entries=tuple(entries)).as_bytes())
    return root


def refused(words: str, **more: str) -> str:
    """Why a release cannot be opened and read."""
    with pytest.raises(InputError) as caught:
        files_of(opened(words, **more))
    return str(caught.value)


def test_a_folder(prefix: Path) -> None:
    """A folder of this machine gives its files, and is the version it is called."""
    source = opened(f"{prefix}/1.0.0/")
    assert (source.version, source.folder, files_of(source)["release.json"]) == ("1.0.0", "1.0.0", b'"1.0.0"')
    assert set(files_of(source)) == set(FILES)
    assert source.read("absent") is None


def test_a_web_server(prefix: Path) -> None:
    """A URL gives what the folder behind it gives; a file that is not there is told from one that is."""
    with served(prefix) as url:
        source = opened(f"{url}/1.0.0")
        assert files_of(source) == files_of(opened(f"{prefix}/1.0.0"))
        assert source.read("absent") is None


def test_the_latest_version(prefix: Path) -> None:
    """The folder above leads to the latest version, or to the one asked for; never to one it does not have."""
    with served(prefix) as url:
        for words in (str(prefix), f"{url}/"):
            assert opened(words).version == "1.1.0"
            assert opened(words, version="1.0.0").version == "1.0.0"
            assert "no version 3.0.0" in refused(words, version="3.0.0")


def test_no_latest_version(prefix: Path) -> None:
    """Where every version is withdrawn there is no latest, and one must be named."""
    (prefix / INDEX).write_bytes(Index().as_bytes())
    assert "no latest version" in refused(str(prefix))


def test_another_version_than_asked_for(prefix: Path) -> None:
    """A folder that is called as another version than the one asked for is refused."""
    assert "the folder is called 1.0.0" in refused(f"{prefix}/1.0.0", version="1.1.0")


def test_the_folder_above(prefix: Path) -> None:
    """The index lies in the folder above; a server or a bucket as a whole has none above it, and nobody is asked."""
    assert opened(f"{prefix}/1.0.0").above.address == str(prefix)
    place = Source(address="https://vendor.example/conveyor/1.0.0", fetch=from_web)
    assert place.above.above.address == place.above.above.above.address == "https://vendor.example"
    assert replace(place, address="s3://bucket").above.address == "s3://bucket"


def test_a_folder_called_otherwise(prefix: Path) -> None:
    """A folder that is called as no version expects none, or the one asked for."""
    (prefix / "1.0.0").rename(prefix / "downloaded")
    assert opened(f"{prefix}/downloaded").version is None
    assert opened(f"{prefix}/downloaded", version="1.0.0").version == "1.0.0"


def test_every_fault_at_once(prefix: Path) -> None:
    """A file that is gone and one that was changed are both told."""
    (prefix / "1.0.0/release.json").unlink()
    (prefix / "1.0.0/a.template.json").write_bytes(b"{}")
    told = refused(f"{prefix}/1.0.0")
    assert "1.0.0/release.json: not there" in told
    assert f"a.template.json: sha256 {sha256(b'{}').hexdigest()}: SHA256SUMS says" in told


@pytest.mark.parametrize("line", ["../secret", "/etc/passwd", "a/../b", "a//b", ".hidden", "a\\b", "a\r", "a\x1b[2J",
                                  f"a.template.json\x0c{'0' * 64}  b", f"a.template.json\u2028{'0' * 64}  b"])
def test_names_stay_below(prefix: Path, line: str) -> None:
    """A name that leads out of the folder, or ends where it does not for sha256sum, is refused, and nothing is read."""
    (prefix / "1.0.0" / SUMS).write_text(f"{'0' * 64}  {line}\n", newline="")
    told = refused(f"{prefix}/1.0.0")
    assert "SHA256SUMS: line 1" in told
    assert told.isprintable()


def test_no_digest(prefix: Path) -> None:
    """A SHA256SUMS that names nothing is none."""
    (prefix / "1.0.0" / SUMS).write_bytes(b"")
    assert "SHA256SUMS: line 1" in refused(f"{prefix}/1.0.0")


def test_too_many_files(prefix: Path) -> None:
    """Digests of more files than a release has are refused before one is asked for."""
    asked: list[str] = []
    (prefix / "1.0.0" / SUMS).write_text("".join(f"{'0' * 64}  f{number}\n" for number in range(201)))
    with served(prefix, asked=asked) as url:
        assert "at most 200" in refused(f"{url}/1.0.0")
    assert set(asked) == {f"/1.0.0/{SUMS}"}


def test_too_long(prefix: Path) -> None:
    """A file that is longer than any of a release is refused, in a folder and from a server that never ends."""
    (prefix / "1.0.0/a.template.json").write_bytes(bytes(fetching.MOST_BYTES + 1))
    assert "more than 5000000 bytes" in refused(f"{prefix}/1.0.0")
    with served(prefix, {"/1.0.0/a.template.json": endless}) as url:
        assert "more than 5000000 bytes" in refused(f"{url}/1.0.0")


def test_a_download_that_is_cut(prefix: Path) -> None:
    """A reply that stops in the middle is told as that, and not as a changed file."""
    with served(prefix, {"/1.0.0/a.template.json": cut}) as url:
        told = refused(f"{url}/1.0.0")
    assert "the reply stopped after 10 of 100 bytes" in told
    assert "sha256" not in told


def test_a_reply_that_is_too_slow(prefix: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One file takes no longer than it may, however steadily its bytes drip."""
    monkeypatch.setattr(fetching, "LONGEST", -1.0)
    with served(prefix) as url:
        assert "not whole after" in refused(f"{url}/1.0.0")


def test_a_server_that_is_overloaded(prefix: Path) -> None:
    """A server that cannot answer now is asked again, three times in all."""
    with served(prefix, {"/1.0.0/a.template.json": at_last(2)}) as url:
        assert set(files_of(opened(f"{url}/1.0.0"))) == set(FILES)
    with served(prefix, {"/1.0.0/a.template.json": at_last(3)}) as url:
        assert "HTTP 503" in refused(f"{url}/1.0.0")


def test_redirects(prefix: Path) -> None:
    """A redirect from http to http is followed, one to a file of this machine is not."""
    with served(prefix, {"/1.0.0/a.template.json": redirect("/1.1.0/a.template.json")}) as url:
        assert set(files_of(opened(f"{url}/1.0.0"))) == set(FILES)
    for elsewhere, words in (("file:///etc/hostname", "'file:///etc/hostname' is not allowed"),
                             ("ftp://127.0.0.1/a", "redirects from http to ftp")):
        with served(prefix, {"/1.0.0/a.template.json": redirect(elsewhere)}) as url:
            assert words in refused(f"{url}/1.0.0")


def test_a_redirect_never_leaves_https(prefix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for by https comes by https, also from elsewhere, or does not come; http may become https."""
    certificate, moved = certified(tmp_path / "certificate.pem"), "/1.0.0/a.template.json"
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with served(prefix) as plain, served(prefix, certificate=certificate) as safe:
        with served(prefix, {moved: redirect(f"{safe}{moved}")}, certificate=certificate) as url:
            assert set(files_of(opened(f"{url}/1.0.0"))) == set(FILES)
        with served(prefix, {moved: redirect(f"{plain}{moved}")}, certificate=certificate) as url:
            assert "redirects from https to http" in refused(f"{url}/1.0.0")
        with served(prefix, {moved: redirect(f"{safe}{moved}")}) as url:
            assert set(files_of(opened(f"{url}/1.0.0"))) == set(FILES)


def test_a_certificate_that_nobody_vouches_for(prefix: Path, tmp_path: Path) -> None:
    """A server that cannot show who it is is not read from."""
    with served(prefix, certificate=certified(tmp_path / "certificate.pem")) as url:
        assert "CERTIFICATE_VERIFY_FAILED" in refused(f"{url}/1.0.0")


def test_denied(prefix: Path) -> None:
    """A reader who may not list is denied what is not there: the folder above is still found by its index."""
    with served(prefix, {f"/{SUMS}": status(403)}) as url:
        assert opened(url).version == "1.1.0"
    with served(prefix, {f"/{SUMS}": status(403), f"/{INDEX}": status(403)}) as url:
        assert "HTTP 403 Forbidden" in refused(url)
    with served(prefix, {"/1.0.0/a.template.json": status(403)}) as url:
        assert "a.template.json: HTTP 403" in refused(f"{url}/1.0.0")


def test_nothing_there(tmp_path: Path) -> None:
    """Where neither a release nor an index is, the way out names both."""
    assert "versions.json: not there" in refused(str(tmp_path))
    with served(tmp_path) as url:
        assert "versions.json: not there" in refused(f"{url}/1.0.0")
    assert "Connection refused" in refused("http://127.0.0.1:9/1.0.0")


@pytest.mark.parametrize("words", ["", "no/such/folder", "ftp://vendor.example/1.0.0", "s3://", "https://",
                                   "https://vendor.example/1.0.0?X-Amz-Signature=1", "https://vendor.example/a b",
                                   "https://[::1/1.0.0"])
def test_words_that_name_no_folder(words: str) -> None:
    """What is no folder of a release is refused before anything is asked."""
    assert "cannot be opened" in refused(words)


def test_a_password_is_not_shown() -> None:
    """A URL with a password in it is refused, and the refusal does not show it."""
    for words in ("https://me:only-in-this-test@vendor.example/1.0.0", "s3://me:only-in-this-test@bucket/1.0.0"):
        told = refused(words)
        assert "only-in-this-test" not in told
        assert "(hidden)" in told
    assert "only-in" not in refused("https://vendor.example/1.0.0?X-Amz-Signature=only-in-this-test")


def test_a_version_that_is_none(prefix: Path) -> None:
    """A version that is none is refused, and so leads nowhere else."""
    assert "a semantic version" in refused(str(prefix), version="../1.0.0")


def test_s3(prefix: Path, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """s3:// gives what the folder gives, by the version's own folder and by the one above it."""
    for name, value in place.aws.env().items():
        monkeypatch.setenv(name, value)
    for file in prefix.rglob("*"):
        if file.is_file():
            place.put(str(file.relative_to(prefix)), file.read_bytes())
    source = opened(f"s3://{place.bucket}/releases", region=place.aws.region, endpoint=place.aws.endpoint)
    assert (source.version, files_of(source)) == ("1.1.0", files_of(opened(f"{prefix}/1.1.0")))
    assert opened(f"s3://{place.bucket}/releases/1.0.0/").version == "1.0.0"
    assert "NoSuchBucket" in refused("s3://no-such-bucket/releases")
    assert "versions.json: not there" in refused(f"s3://{place.bucket}/elsewhere")
    assert "profile" in refused(f"s3://{place.bucket}/releases", profile="no-such-profile")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    assert "Unable to locate credentials" in refused(f"s3://{place.bucket}/releases")


@pytest.mark.parametrize("left", [20, 200, 500, 2000])
def test_s3_cut(place: Place, monkeypatch: pytest.MonkeyPatch, left: int) -> None:
    """An answer of S3 that stops in its head or in its body is told in one line, and is no content."""
    for name, value in place.aws.env().items():
        monkeypatch.setenv(name, value)
    place.s3.put_object(Bucket=place.bucket, Key="1.0.0/SHA256SUMS", Body=b"x" * 10000)
    with cut_after(place.aws.endpoint, left, answers=True) as way, pytest.raises(InputError) as told:
        from_s3(region=place.aws.region, profile=None, endpoint=way.address)(
            f"s3://{place.bucket}/1.0.0/SHA256SUMS")
    assert "\n" not in str(told.value)


def test_s3_denied(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """A caller who may not read is told so, with the way out."""
    session = place.caller({"Effect": "Deny", "Action": "s3:*", "Resource": "*"})
    for name, value in (place.aws.env() | {"AWS_ACCESS_KEY_ID": session["AccessKeyId"],
                                           "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
                                           "AWS_SESSION_TOKEN": session["SessionToken"]}).items():
        monkeypatch.setenv(name, value)
    assert "AccessDenied" in refused(f"s3://{place.bucket}/releases/1.0.0")


def test_everybody(prefix: Path, place: Place) -> None:
    """The path-style URL of a bucket gives a release to anybody, once its policy does, and denies it before."""
    for file in prefix.rglob("*"):
        if file.is_file():
            place.put(str(file.relative_to(prefix)), file.read_bytes())
    url = f"{place.aws.endpoint}/{place.bucket}/releases"
    assert "HTTP 403" in refused(url)
    everybody = policy(Readers(), bucket=place.bucket, prefix="releases", region=place.aws.region)
    everybody["Statement"] = [row for row in everybody["Statement"] if row["Effect"] == "Allow"]  # no TLS here
    place.s3.delete_public_access_block(Bucket=place.bucket)
    place.s3.put_bucket_policy(Bucket=place.bucket, Policy=json.dumps(everybody))
    assert (opened(url).version, files_of(opened(url))) == ("1.1.0", files_of(opened(f"{prefix}/1.1.0")))
