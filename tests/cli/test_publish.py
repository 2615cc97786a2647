"""publish and withdraw: the real templates, published to the embedded AWS; what bad input gets; no secret shown."""

import copy
import hashlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from conveyor_iac.cli import made as making
from conveyor_iac.cli import publish as command
from conveyor_iac.cli import templates
from conveyor_iac.emulator import LocalAws
from conveyor_iac.emulator.site import make_bucket
from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.publishing import publish as publishing
from conveyor_iac.publishing.signers import signer
from conveyor_iac.publishing.store import Store

BUCKET = "conveyor-releases"
NAMES = ["endpoint-service", "installer-role", "network-dedicated", "network-private", "network-private-existing-vpc",
         "network-shared"]


@pytest.fixture(scope="module")
def running() -> Iterator[LocalAws]:
    """The embedded AWS with one empty bucket."""
    with LocalAws.start(region="eu-west-1") as aws:
        make_bucket(aws, BUCKET)
        yield aws


@pytest.fixture(autouse=True)
def environment(running: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of the embedded AWS, and no key."""
    for name, value in running.env().items():
        if name.startswith("AWS_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("CONVEYOR_SIGNING_KEY", raising=False)


@pytest.fixture
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the real synthesizer and the real prover gave is remembered: both take seconds."""
    monkeypatch.setattr(templates, "generated", _generated)
    monkeypatch.setattr(making, "proved", lambda made: json.loads(_proved(tuple(made.items()))))


@cache
def _generated(real: Any = templates.generated) -> dict[str, bytes]:
    return real()


@cache
def _proved(made: tuple[tuple[str, bytes], ...], real: Any = making.proved) -> str:
    return json.dumps(real(dict(made)))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a throw-away secret key."""
    file = tmp_path_factory.mktemp("key") / "release.pem"
    file.write_bytes(Ed25519PrivateKey.from_private_bytes(b"7" * 32).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    return file


def stored(aws: LocalAws, prefix: str = "") -> dict[str, bytes]:
    """Every object of the bucket, or below a prefix."""
    s3 = aws.client("s3")
    return {row["Key"]: s3.get_object(Bucket=BUCKET, Key=row["Key"])["Body"].read()
            for row in s3.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])}


def test_whole_run(running, once, run, root, key, tmp_path):
    """The real templates are told by a dry run, published, published again as nothing, and withdrawn."""
    words = ["publish", "--bucket", BUCKET, "--prefix", "whole", "--version", "1.0.0", "--folder", root, "--json"]
    dry = run(*words, "--key-file", key, "--dry-run", "--reader", "444455556666")
    assert dry.code == 0, dry.err
    told = json.loads(dry.out)
    public = signer(key, {}, None, dict).public
    assert told["public_key"] == {"id": public.name, "key": public.text}
    assert f"It would be signed with key {public.name}. Its public key: {public.text}" in dry.err
    assert stored(running, "whole/") == {}
    assert told["reader_policy"]["Statement"][0]["Principal"] == {"AWS": ["arn:aws:iam::444455556666:root"]}
    assert told["reader_policy"]["Statement"][0]["Resource"] == f"arn:aws:s3:::{BUCKET}/whole/*"
    done = run(*words, "--key-file", key)
    assert done.code == 0, done.err
    assert json.loads(done.out)["public_key"] == told["public_key"]
    assert f"Signed with key {public.name}. Its public key: {public.text}" in done.err
    content = stored(running, "whole/")
    rows = {row["key"]: row for row in json.loads(done.out)["objects"]}
    assert {name: (row["bytes"], row["sha256"], row["state"]) for name, row in rows.items()} == {
        name: (len(body), hashlib.sha256(body).hexdigest(), "written") for name, body in content.items()}
    index = "whole/versions.json"
    assert [(row["key"], row["sha256"]) for row in told["objects"] if row["key"] != index] == [
        (name, row["sha256"]) for name, row in rows.items() if name != index]
    assert {f"whole/1.0.0/{name}.template.json" for name in NAMES} <= set(content)
    for name in NAMES:
        published = content[f"whole/1.0.0/{name}.template.json"]
        assert published == (root / f"templates/{name}.template.json").read_bytes()
        report = json.loads(content[f"whole/1.0.0/proofs/{name}.proof.json"])
        assert report["verdict"] == "proved"
        assert not any("seconds" in claim for claim in report["claims"])
    assert content["whole/1.0.0/schemas/installation.schema.json"] == (
        root / "docs/schemas/installation.schema.json").read_bytes()
    assert "verify-release s3://conveyor-releases/whole/1.0.0" in done.err
    _held_without_us(content, key, tmp_path)
    again = run(*words, "--key-file", key)
    assert again.code == 0, again.err
    assert json.loads(again.out)["published_before"]
    assert stored(running, "whole/") == content


def _held_without_us(content: dict[str, bytes], key: Path, folder: Path) -> None:
    """The commands of the release notes, run by a shell in the folder of the release, find nothing wrong with it."""
    for name, body in content.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(body)
    notes = content["whole/1.0.0/release-notes.md"].decode()
    lines = [line.strip() for line in notes.splitlines() if line.startswith(("    minisign ", "    sha256sum "))]
    assert len(lines) == 2
    public = signer(key, {}, None, dict).public.text
    done = subprocess.run(["sh", "-ec", "\n".join(lines).replace("PUBLIC-KEY", public)], cwd=folder / "whole/1.0.0",
                          capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Trusted comment: conveyor-iac release 1.0.0" in done.stdout
    assert "installer-role.template.json: OK" in done.stdout


def test_kms_key(running, once, run, root):
    """A key of AWS KMS signs as a file does, and the index names it."""
    made = running.client("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_EDWARDS25519")["KeyMetadata"]
    done = run("publish", "--bucket", BUCKET, "--prefix", "by-kms", "--version", "1.0.0", "--folder", root, "--kms-key",
               made["KeyId"], "--json")
    assert done.code == 0, done.err
    entry = json.loads(stored(running)["by-kms/versions.json"])["versions"][0]
    public = signer(None, {}, made["KeyId"], lambda: running.client("kms")).public
    assert entry["key"] == public.name
    assert json.loads(done.out)["public_key"] == {"id": public.name, "key": public.text}


def test_next_version(running, once, run, root, key):
    """The same templates as a next version are proved to be equal to the ones before; a withdrawal names the reason."""
    run("publish", "--bucket", BUCKET, "--version", "1.0.0", "--folder", root, "--key-file", key)
    done = run("publish", "--bucket", BUCKET, "--version", "1.0.1", "--folder", root, "--key-file", key, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert (told["compared_with"], told["verdict"], told["latest"]) == ("1.0.0", "equal", "1.0.1")
    assert "Compared with 1.0.0: **equal**." in stored(running)["releases/1.0.1/release-notes.md"].decode()
    words = ["withdraw", "1.0.1", "--bucket", BUCKET, "--reason", "made for a test: take 1.0.0"]
    before = stored(running)
    dry = run(*words, "--dry-run")
    assert (dry.code, stored(running)) == (0, before)
    assert "Nothing was written. 1.0.1 would be withdrawn." in dry.err
    gone = run(*words, "--json")
    assert gone.code == 0, gone.err
    assert json.loads(gone.out)["latest"] == "1.0.0"
    assert json.loads(stored(running)["releases/versions.json"])["versions"][0]["withdrawn"]["reason"] == words[-1]
    assert "nothing was changed" in run(*words).err
    other = run(*words[:-1], "another reason")
    assert other.code == 1
    assert "for another reason, which stays: made for a test" in other.err


def test_broader(running, root, key):
    """A real template that takes more than it did is refused as a minor version, and published as a major one."""
    wide = loads(root / "templates/endpoint-service.template.json")
    narrow = copy.deepcopy(wide)
    narrow["Parameters"]["ServicePrincipal"]["MaxLength"] = 40
    store = Store(running.client("s3"), BUCKET, "doors")

    def publish(version, template):
        name = "endpoint-service.template.json"
        return publishing.publish(
            publishing.Asked(version=version), synthesize=lambda: {name: json.dumps(template).encode()},
            prove=lambda made: {each: {"claims": [{"id": "door", "verdict": "proved"}]} for each in made},
            compare=making.compared, signer=signer(key, {}, None, dict), store=store, clock=command.now, progress=str)

    publish("1.0.0", narrow)
    with pytest.raises(AnswerIsNo, match=r"1\.1\.0 may do more than 1\.0\.0 \(endpoint-service;.*Publish it as 2\.0"):
        publish("1.1.0", wide)
    assert publish("2.0.0", wide).verdict == "broader"
    notes = store.read("2.0.0/release-notes.md").content.decode()
    assert "Parameter `ServicePrincipal`, for example:\n\n    parameter: ServicePrincipal\n    value: arn:aws" in notes
    assert publish("2.0.1", narrow).verdict == "narrower"


def loads(file):
    """A JSON file."""
    return json.loads(file.read_text())


def test_dry_run_in_words(once, run, root):
    """Without a key and for everybody, a dry run says what is not known, and what letting everybody read means."""
    done = run("publish", "--bucket", BUCKET, "--prefix", "other", "--version", "1.0.0", "--folder", root, "--dry-run")
    assert done.code == 0, done.err
    assert "other/1.0.0/installer-role.template.json" in done.out
    assert "not known without the key" in done.out
    assert "That is the choice of whoever owns the bucket" in done.out
    assert '"Principal": "*"' in done.out
    assert "Nothing was written. 1.0.0 would be published, with none before it." in done.err


def test_dry_run_without_a_bucket(once, run, root):
    """A dry run for a bucket that cannot be read says so, and tells a first release."""
    done = run("publish", "--bucket", "nobody-has-this", "--version", "1.0.0", "--folder", root, "--dry-run", "--json")
    assert done.code == 0, done.err
    assert not json.loads(done.out)["bucket_read"]
    assert json.loads(done.out)["public_key"] is None
    assert "The bucket cannot be read, so nothing is compared" in done.err
    assert "a bucket that is there" in done.err


def test_out_of_date(running, once, run, root, key, tmp_path):
    """Templates that are not what is synthesized are not published, and the files are named."""
    for name in ("templates", "docs"):
        shutil.copytree(root / name, tmp_path / name)
    (tmp_path / "templates/installer-role.template.json").write_text("{}")
    (tmp_path / "templates/of-somebody.template.json").write_text("{}")
    before = stored(running)
    done = run("publish", "--bucket", BUCKET, "--version", "3.0.0", "--folder", tmp_path, "--key-file", key)
    assert done.code == 1
    assert "out of date: templates/installer-role.template.json, templates/of-somebody.template.json." in done.err
    assert stored(running) == before


@pytest.mark.parametrize(("words", "paths"), [
    (["--version", "v1", "--bucket", "B", "--prefix", "/", "--endpoint-url", "x", "--folder", "nowhere"],
     ["--bucket", "--prefix", "--endpoint-url", "--version", "--folder", "signing key"]),
    (["--version", "1.0.0", "--bucket", BUCKET, "--reader", "1", "--dry-run"], ["--reader"]),
    (["--version", "1.0.0", "--bucket", BUCKET, "--reader-organization", "o", "--reader", "444455556666", "--dry-run"],
     ["--reader-organization", "--reader-organization"]),
    (["--version", "1.0.0", "--bucket", BUCKET, "--reader", "444455556666"], ["--reader", "signing key"]),
    (["--version", "1.0.0", "--bucket", BUCKET, "--reader-organization", "o-abcde12345"],
     ["--reader-organization", "signing key"]),
    (["--version", "1.0.0", "--bucket", BUCKET], ["signing key"]),
    (["--version", "1.0", "--bucket", BUCKET, "--kms-key", "alias/none"], ["--version"]),
    (["--version", "1.0.0", "--bucket", BUCKET, "--kms-key", "alias/none"], ["--kms-key"]),
    (["--version", "1.0.0", "--bucket", BUCKET, "--key-file", "nowhere.key"], ["--key-file nowhere.key"]),
])
def test_wrong_words(run, words, paths):
    """Everything that is wrong with the words is said at once, before anything is made."""
    answer = run("publish", *words, "--json")
    assert answer.code == 2
    assert [fault["path"] for fault in json.loads(answer.out)["faults"]] == paths
    assert "Synthesizing" not in answer.err


def test_missing_bucket(run, root, key):
    """A bucket that is not there is told in one line before anything is made."""
    answer = run("publish", "--version", "1.0.0", "--bucket", "nobody-has-this", "--key-file", key, "--folder", root)
    assert answer.code == 2
    assert "error: --bucket: 'nobody-has-this': a bucket that is there" in answer.err
    assert "Synthesizing" not in answer.err


def test_wrong_region(run, root, key):
    """A bucket of another region is told with its own."""
    answer = run("publish", "--version", "1.0.0", "--bucket", BUCKET, "--key-file", key, "--folder", root, "--region",
                 "us-west-2")
    assert answer.code == 2
    assert "Give --region eu-west-1" in answer.err


@pytest.mark.parametrize(("words", "said"), [
    (["v1", "--bucket", "B", "--reason", ""], ["VERSION", "--bucket", "--reason"]),
    (["1.0.0", "--bucket", BUCKET, "--prefix", "empty", "--reason", "bad"], ["VERSION"]),
])
def test_wrong_withdrawal(run, words, said):
    """A withdrawal of what is not published, without a reason, or of nothing that is a version, is refused at once."""
    answer = run("withdraw", *words, "--json")
    assert answer.code == 2
    assert [fault["path"] for fault in json.loads(answer.out)["faults"]] == said
