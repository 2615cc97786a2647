"""Who signs: a file, an environment variable or a KMS key, in one format; and what is refused without a secret told."""

import pickle
import subprocess
import sys
import traceback
from base64 import b64decode, b64encode

import boto3
import pytest
from botocore.config import Config
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conveyor_iac.errors import InputError
from conveyor_iac.publishing.minisign import PublicKey, comment_of, sign, verify
from conveyor_iac.publishing.secret_key import _cost
from conveyor_iac.publishing.signers import SPEC, signer
from tests.publishing.keyring import COST, ID, PASSWORD, PUBLIC, SEED, Minisign, file, key, locked

CONTENT = b"what is signed\n"
COMMENT = comment_of("1.2.0")
LINE = file().split("\n")[1]
SECRETS = (PASSWORD, SEED.hex(), b64encode(SEED).decode().rstrip("="), LINE, locked().split("\n")[1])


@pytest.fixture
def minisign(tmp_path):
    """Debian's minisign."""
    return Minisign(tmp_path)


@pytest.fixture
def written(tmp_path):
    """Writes a key file that only its owner may read."""
    def write(text, mode=0o600):
        path = tmp_path / "secret.key"
        path.write_text(text)
        path.chmod(mode)
        return path

    return write


def nobody():
    """A KMS that is not to be asked."""
    raise AssertionError("KMS was asked")


def given(file=None, kms=None, client=nobody, ask=None, **environment):
    """The signer of these; keywords in capitals are environment variables."""
    return signer(file, environment, kms, client, ask)


def pem(secret, password=None):
    """A key in PKCS#8."""
    covered = serialization.BestAvailableEncryption(password.encode()) if password else serialization.NoEncryption()
    return secret.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, covered).decode()


def refused(**words):
    """The one line of the refusal; no secret is in it, nor in its traceback."""
    with pytest.raises(InputError) as caught:
        given(**words)
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not any(secret in told for secret in SECRETS)
    assert len(caught.value.faults) == 1
    assert "\n" not in str(caught.value)
    return str(caught.value)


ED = Ed25519PrivateKey.from_private_bytes(SEED)
WITH = {"CONVEYOR_SIGNING_PASSWORD": PASSWORD}
SOURCES = {"open": (file(), {}), "line": (LINE, {}), "locked": (locked(), WITH), "pem": (pem(ED), {}),
           "locked pem": (pem(ED, PASSWORD), WITH)}


@pytest.mark.parametrize("source", SOURCES)
def test_sources(minisign, written, source):
    """The same key signs the same from a file and from the environment, and minisign accepts it."""
    text, environment = SOURCES[source]
    of_file = given(file=written(text), **environment)
    of_environment = given(CONVEYOR_SIGNING_KEY=text, **environment)
    made = sign(CONTENT, COMMENT, of_file)
    assert made == sign(CONTENT, COMMENT, of_environment)
    assert of_file.public == (PublicKey.of(PUBLIC) if "pem" in source else key().public)
    assert minisign.verifies(CONTENT, made, of_file.public)


def test_minisign_makes_the_key(minisign):
    """A key that minisign made is the one it says, and signs as minisign does."""
    assert minisign.run("-G", "-W", "-p", "pub", "-s", "key").returncode == 0
    made = given(file=minisign.folder / "key")
    assert made.public == PublicKey.read((minisign.folder / "pub").read_text(), "pub")
    theirs, ours = minisign.signs(CONTENT, "-t", COMMENT), sign(CONTENT, COMMENT, made)
    assert theirs.splitlines()[1:] == ours.splitlines()[1:]


# Each is read by minisign itself, whose libsodium chooses n and p from operations and memory.
COSTS = {COST: (1024, 1), (1 << 19, 1 << 24): (16384, 1), (0, 1 << 20): (1024, 1), (200_000, 3_000_000): (2048, 3),
         (1 << 20, 1 << 25): (32768, 1), (1 << 21, 1 << 20): (1024, 64)}


@pytest.mark.parametrize("cost", COSTS, ids=str)
def test_password(minisign, cost):
    """A key with a password is opened as minisign opens it, whatever its password costs."""
    n, p = COSTS[cost]
    minisign.write("key", locked(cost=cost, n=n, p=p).encode())
    made = given(file=minisign.folder / "key", ask=lambda: PASSWORD)
    theirs = minisign.signs(CONTENT, "-t", COMMENT, typed=f"{PASSWORD}\n")
    assert theirs.splitlines()[1:] == sign(CONTENT, COMMENT, made).splitlines()[1:]


def test_usual_cost():
    """What minisign's own keys cost is scrypt with a memory of 1 GiB."""
    assert _cost(33_554_432, 1_073_741_824) == (1 << 20, 1)
    assert 128 * 8 * (1 << 20) == 1 << 30


def test_too_little_memory(written):
    """Where there is not the memory that a password takes, that is told with how much it is."""
    script = f"""
import resource, sys
from pathlib import Path
from conveyor_iac.errors import InputError
from conveyor_iac.publishing.signers import signer
resource.setrlimit(resource.RLIMIT_AS, (800 << 20, 800 << 20))
try:
    signer(Path({str(written(locked(cost=(1 << 25, 1 << 30))))!r}), {WITH!r}, None, None)
except InputError as refused:
    sys.exit(str(refused))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert ": (hidden): 1024 MB of memory, which the password of this key takes" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_asked(written):
    """The password is asked for only where the key has one and the environment does not say it."""
    asked = []

    def ask():
        asked.append(1)
        return PASSWORD

    given(file=written(file()), ask=ask)
    given(file=written(locked()), ask=ask, CONVEYOR_SIGNING_PASSWORD=PASSWORD)
    assert asked == []
    given(file=written(locked()), ask=ask, CONVEYOR_SIGNING_PASSWORD="")
    assert asked == [1]


@pytest.mark.parametrize("text", [locked(), pem(ED, PASSWORD)], ids=["minisign", "pem"])
def test_wrong_password(written, text):
    """A wrong password, and one that nobody can be asked for, are told in one line."""
    assert "the password of this key" in refused(file=written(text), CONVEYOR_SIGNING_PASSWORD=PASSWORD[1:])
    assert "the password of this key" in refused(CONVEYOR_SIGNING_KEY=text, ask=lambda: "")
    assert refused(file=written(text)).startswith("CONVEYOR_SIGNING_PASSWORD: not set: ")


def test_exactly_one(written):
    """None and several are refused, with those that were given; an empty variable is none."""
    assert refused().startswith("signing key: none: exactly one")
    assert refused(CONVEYOR_SIGNING_KEY=" \n").startswith("signing key: none: exactly one")
    assert refused(file=written(file()), CONVEYOR_SIGNING_KEY=file(), kms="alias/x").startswith(
        "signing key: --key-file and CONVEYOR_SIGNING_KEY and --kms-key: exactly one")
    assert "--key-file and --kms-key" in refused(file=written(file()), kms="alias/x")


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o602], ids=oct)
def test_readable_by_others(written, mode):
    """A key file that others may read or write is refused, with the command that mends it."""
    path = written(file(), mode)
    assert refused(file=path) == (f"--key-file {path}: mode {mode:04o}: nobody but the owner may read or write a secret"
                                  f" key. chmod 600 {path}")


def test_no_file(tmp_path):
    """A file that is not there and a folder are told with the system's word."""
    assert "No such file or directory: a file with a secret key" in refused(file=tmp_path / "none")
    assert "Is a directory" in refused(file=tmp_path)


DAMAGED = b64encode(b"Ed\0\0B2" + bytes(48) + ID + SEED[::-1] + PUBLIC + bytes(32)).decode()
NO_KEYS = {
    "public": (f"untrusted comment: x\n{key().public.text}", "a secret key, and this is a public one"),
    "rsa": (pem(rsa.generate_private_key(65537, 2048)), "an Ed25519 key, and this is of another kind"),
    "ec": (pem(ec.generate_private_key(ec.SECP256R1())), "an Ed25519 key, and this is of another kind"),
    "damaged": (DAMAGED, "a whole secret key"), "cut": (file()[:-20], "a secret key of minisign, or"),
    "empty pem": ("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----", "a secret key of minisign, or"),
    "words": ("my secret: " + PASSWORD, "a secret key of minisign, or"),
    "other algorithm": (b64encode(b"ED" + bytes(156)).decode(), "a secret key of minisign, or"),
    "huge": (locked(cost=(1 << 40, 1 << 40)), "a secret key of minisign, or"),
    "three lines": (f"a\n{file()}", "a secret key of minisign, or")}


@pytest.mark.parametrize("what", NO_KEYS)
def test_no_key(written, what):
    """What is no secret key of this kind is refused with what it should be, and not shown."""
    text, rule = NO_KEYS[what]
    told = refused(CONVEYOR_SIGNING_KEY=text, ask=lambda: PASSWORD)
    assert told.startswith(f"CONVEYOR_SIGNING_KEY: (hidden): {rule}")
    assert f": (hidden): {rule}" in refused(file=written(text), ask=lambda: PASSWORD)


def test_binary(minisign):
    """A file that is no text is refused like any other that is no key."""
    assert "a secret key of minisign, or" in refused(file=minisign.write("key", bytes(range(256))))


@pytest.mark.parametrize("place", range(62, 158, 7))
def test_damaged(place):
    """A byte that was changed in a locked key is found, whatever it belongs to."""
    body = bytearray(b64decode(locked().split("\n")[1]))
    body[place] ^= 1
    assert "the password of this key" in refused(CONVEYOR_SIGNING_KEY=b64encode(body).decode(), ask=lambda: PASSWORD)


def test_not_written_out():
    """A secret key shows its id only, and cannot be stored by accident."""
    assert repr(key()) == str(key()) == "SecretKey(EFCDAB8967452301)"
    with pytest.raises(TypeError, match="never written out"):
        pickle.dumps(key())


@pytest.fixture
def kms(running):
    """The embedded AWS's KMS."""
    return running.client("kms")


@pytest.fixture
def own(kms):
    """A new KMS key that signs; its id."""
    return kms.create_key(KeyUsage="SIGN_VERIFY", KeySpec=SPEC)["KeyMetadata"]["KeyId"]


def test_kms(minisign, kms, own):
    """A KMS key signs in the same format, the same each time; minisign accepts it, and not a changed byte."""
    kms.create_alias(AliasName=f"alias/{own}", TargetKeyId=own)
    made = given(kms=own, client=lambda: kms)
    signature = sign(CONTENT, COMMENT, made)
    assert minisign.verifies(CONTENT, signature, made.public)
    assert not minisign.verifies(CONTENT + b"\n", signature, made.public)
    assert verify(CONTENT, signature, [made.public], "x").comment == COMMENT
    assert signature == sign(CONTENT, COMMENT, given(kms=f"alias/{own}", client=lambda: kms))
    der = serialization.load_der_public_key(kms.get_public_key(KeyId=own)["PublicKey"])
    assert made.public == PublicKey.of(der.public_bytes_raw())


@pytest.mark.parametrize(("spec", "rule"), [
    ({"KeyUsage": "SIGN_VERIFY", "KeySpec": "ECC_NIST_P256"}, "and it is ECC_NIST_P256"),
    ({"KeyUsage": "ENCRYPT_DECRYPT", "KeySpec": "RSA_2048"}, "and it is RSA_2048"), ({}, "that is made to sign")],
    ids=["another curve", "to encrypt", "symmetric"])
def test_kms_spec(kms, spec, rule):
    """A KMS key of another spec is refused, with how to make the right one."""
    name = kms.create_key(**spec)["KeyMetadata"]["KeyId"]
    told = refused(kms=name, client=lambda: kms)
    assert told.startswith(f"--kms-key: '{name}': a key of spec {SPEC}")
    assert rule in told
    assert told.endswith(f"aws kms create-key --key-usage SIGN_VERIFY --key-spec {SPEC}")


@pytest.mark.parametrize("name", ["alias/none", "00000000-0000-0000-0000-000000000000",
                                  "arn:aws:kms:eu-west-1:222222222222:key/00000000-0000-0000-0000-000000000000"])
def test_kms_missing(kms, name):
    """A KMS key that is not there is told so."""
    assert refused(kms=name, client=lambda: kms).startswith(f"--kms-key: '{name}': a key that is in this account")


def test_kms_denied(running, place, own):
    """A caller who may not ask for the public key, or may not sign, is told which permission is missing."""
    def client(*actions):
        statement = {"Effect": "Allow", "Action": [*actions, "sts:GetCallerIdentity"], "Resource": "*"}
        return lambda: running.client("kms", credentials=place.caller(statement))

    assert "kms:GetPublicKey on it is allowed (" in refused(kms=own, client=client("kms:Sign"))
    half = given(kms=own, client=client("kms:GetPublicKey"))
    with pytest.raises(InputError, match=r"^--kms-key: .*: kms:Sign on it is allowed"):
        sign(CONTENT, COMMENT, half)


def test_kms_disabled(kms, own):
    """A KMS key that was disabled is told so, with the command that enables it."""
    made = given(kms=own, client=lambda: kms)
    kms.disable_key(KeyId=own)
    with pytest.raises(InputError, match=r"a key that is enabled .* aws kms enable-key --key-id"):
        sign(CONTENT, COMMENT, made)


def test_kms_not_reached():
    """No network, no region and a profile that is not there are one line each."""
    def away():
        return boto3.client("kms", region_name="eu-west-1", endpoint_url="http://127.0.0.1:1", aws_access_key_id="a",
                            aws_secret_access_key="b", config=Config(retries={"total_max_attempts": 1}))

    def elsewhere():
        return boto3.Session(profile_name="no-such-profile").client("kms")

    assert "AWS KMS can be asked: Could not connect to the endpoint" in refused(kms="alias/x", client=away)
    assert "AWS KMS can be asked: The config profile (no-such-profile)" in refused(kms="alias/x", client=elsewhere)
