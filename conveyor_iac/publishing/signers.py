"""Who signs a release: the key of a file, of an environment variable, or one that never leaves AWS KMS.

Exactly one of them. A secret is never shown, and is in memory only where it is no KMS's.
"""

import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.publishing.minisign import PublicKey, Signer
from conveyor_iac.publishing.secret_key import SecretKey, read

FILE, KMS = "--key-file", "--kms-key"
KEY, PASSWORD = "CONVEYOR_SIGNING_KEY", "CONVEYOR_SIGNING_PASSWORD"
SPEC = "ECC_NIST_EDWARDS25519"
_MOST_BYTES = 65536
_NO_CREDENTIALS = ("UnrecognizedClientException", "InvalidClientTokenId", "ExpiredTokenException", "ExpiredToken",
                   "InvalidSignatureException", "MissingAuthenticationTokenException")


def signer(file: Path | None, environment: Mapping[str, str], kms: str | None, kms_client: Callable[[], Any],
           ask: Callable[[], str] | None = None) -> Signer:
    """The one signer that is given.

    file: with a secret key of minisign or one in PEM. environment: holds the text of such a file, the second line of
    minisign's at least, as CONVEYOR_SIGNING_KEY, and the password of either as CONVEYOR_SIGNING_PASSWORD.
    kms: the id, ARN or alias of a KMS key of spec ECC_NIST_EDWARDS25519. kms_client: makes boto3's client; is called
    for a KMS key only. ask: asks for a password that the environment does not hold; None where nobody can be asked.
    Raises `InputError` for none or several of them, and for a key that cannot sign.
    """
    written = environment.get(KEY, "").strip()
    given = {FILE: file is not None, KEY: bool(written), KMS: bool(kms)}
    if sum(given.values()) != 1:
        named = " and ".join(name for name, there in given.items() if there) or "none"
        raise InputError([Fault(path="signing key", value=named, rule="exactly one key signs a release",
                                way_out=f"Give {FILE} FILE, {KMS} KEY, or the environment variable {KEY}")])
    if kms:
        return KmsKey(kms, kms_client)

    def password() -> str:
        return _password(environment, ask)

    return _of_file(file, password) if file is not None else read(written, KEY, password)


class KmsKey:
    """A key of AWS KMS: a `Signer`. The id of the key is the start of the SHA-256 of its public key.

    Asks for kms:GetPublicKey and kms:Sign. https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html: a message
    that is not hashed has at most 4096 bytes.
    """

    def __init__(self, name: str, client: Callable[[], Any]) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key

        self._name = name

        def found() -> tuple[Any, Any]:
            made = client()
            return made, made.get_public_key(KeyId=name)

        self._client, reply = self._asked("kms:GetPublicKey", found)
        if reply["KeySpec"] != SPEC:
            raise self._fault(f"a key of spec {SPEC}, and it is {reply['KeySpec']}", _make())
        key = load_der_public_key(reply["PublicKey"])
        assert isinstance(key, Ed25519PublicKey), "the key spec says so"
        self._arn = reply["KeyId"]  # an alias could be moved before it signs
        self.public = PublicKey.of(key.public_bytes_raw())

    def __repr__(self) -> str:
        return f"KmsKey({self._arn})"

    def sign(self, message: bytes) -> bytes:
        """The pure Ed25519 signature of the message, 64 bytes."""
        reply = self._asked("kms:Sign", lambda: self._client.sign(
            KeyId=self._arn, Message=message, MessageType="RAW", SigningAlgorithm="ED25519_SHA_512"))
        return bytes(reply["Signature"])

    def _asked(self, right: str, call: Callable[[], Any]) -> Any:
        """The reply of KMS; `InputError` in one line where it gives none."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except ClientError as refused:
            raise self._refused(right, refused.response.get("Error", {})) from None
        except (BotoCoreError, ValueError) as broken:
            raise self._fault(f"AWS KMS can be asked: {_line(broken)}", "Look at --region, --profile, --endpoint-url,"
                              " the credentials (AWS_PROFILE) and the network") from None

    def _refused(self, right: str, error: Mapping[str, Any]) -> InputError:
        code, said = str(error.get("Code", "")), _line(error.get("Message", ""))
        if code == "NotFoundException":
            return self._fault("a key that is in this account and region", "Look at its name and at --region; give the"
                               " ARN for one of another account")
        if code in ("AccessDeniedException", "AccessDenied"):
            return self._fault(f"{right} on it is allowed ({said or code})", "The key's policy, or one of the caller's,"
                               " must allow kms:GetPublicKey and kms:Sign")
        if code in ("UnsupportedOperationException", "InvalidKeyUsageException"):
            return self._fault(f"a key of spec {SPEC} that is made to sign", _make())
        if code in ("DisabledException", "KMSInvalidStateException"):
            return self._fault(f"a key that is enabled ({said or code})", f"Enable it: aws kms enable-key --key-id"
                               f" {self._name}")
        if code in _NO_CREDENTIALS:
            return self._fault(f"credentials that AWS takes ({code})", "Sign in again, or name others: AWS_PROFILE")
        return self._fault(f"AWS KMS gives {right}: {code}: {said}", "Mend what it says, then run it again")

    def _fault(self, rule: str, way_out: str) -> InputError:
        return InputError([Fault(path=KMS, value=repr(self._name[:200]), rule=rule, way_out=way_out)])


def _of_file(file: Path, password: Callable[[], str]) -> SecretKey:
    """The key in a file that nobody but its owner may read: with another one, anybody here could sign."""
    path = f"{FILE} {file}"
    try:
        with file.open("rb") as stream:
            mode, content = os.fstat(stream.fileno()).st_mode, stream.read(_MOST_BYTES)
    except OSError as refused:
        raise InputError([Fault(path=path, value=refused.strerror or "cannot be read", rule="a file with a secret key,"
                                " that can be read", way_out="Look at its name and at who may read it")]) from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError([Fault(path=path, value=f"mode {stat.S_IMODE(mode):04o}", rule="nobody but the owner may read"
                                " or write a secret key", way_out=f"chmod 600 {file}")])
    return read(content.decode("utf-8", "replace"), path, password)


def _password(environment: Mapping[str, str], ask: Callable[[], str] | None) -> str:
    found = environment.get(PASSWORD)
    if found:
        return found
    if ask is None:
        raise InputError([Fault(path=PASSWORD, value="not set", rule="this key has a password, and there is no terminal"
                                " to ask on", way_out=f"Set {PASSWORD}")])
    return ask()


def _make() -> str:
    return f"Make one: aws kms create-key --key-usage SIGN_VERIFY --key-spec {SPEC}"


def _line(text: Any) -> str:
    return " ".join(str(text).split())
