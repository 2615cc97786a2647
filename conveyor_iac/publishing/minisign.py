"""Signatures in minisign's format: Ed25519 over BLAKE2b-512 of the content, and over the signature and its comment.

Knows no file and no secret: a `Signer` signs, wherever its key is. Nothing here depends on the time, so that the same
content is signed with the same bytes. The format: https://jedisct1.github.io/minisign/#signature-format. It is written
here and not taken from py-minisign 0.21, whose secret key cannot be in a KMS, and whose key ids are not as minisign's.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Protocol

from conveyor_iac.errors import HIDDEN, AnswerIsNo, Fault, InputError
from conveyor_iac.publishing import semantic

UNTRUSTED, TRUSTED = "untrusted comment: ", "trusted comment: "
LONGEST_COMMENT = 900
"""Bytes of a trusted comment. The untrusted one repeats it, of which minisign reads 1023 bytes; and with the signature
before it, it is well below the 4096 that a KMS signs."""
_KEY, _PREHASHED = b"Ed", b"ED"
_LEGACY = _KEY
"""Ed25519 over the content itself: never written here, and read as minisign reads it."""
_ID, _PUBLIC, _SIGNATURE = 8, 32, 64
_RELEASE = "conveyor-iac release "


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An Ed25519 public key of 32 bytes, and the 8 bytes by which signatures name it."""

    id: bytes
    key: bytes

    @classmethod
    def of(cls, key: bytes) -> "PublicKey":
        """The key of 32 bytes that comes without an id, from a KMS or in PEM: its id is the start of its SHA-256."""
        return cls(id=sha256(key).digest()[:_ID], key=key)

    @classmethod
    def read(cls, text: str, path: str) -> "PublicKey":
        """A public key: the two lines of minisign's file, or the second of them. `path` says where the text stands.

        Raises `InputError` for anything else; what was read is never shown, because it may be a secret key.
        """
        *comment, line = (line.strip() for line in text.strip().split("\n"))
        body = _decoded(line, len(_KEY) + _ID + _PUBLIC)
        if len(comment) > 1 or not all(f"{each} ".startswith(UNTRUSTED) for each in comment) or body is None \
                or not body.startswith(_KEY):
            raise InputError([Fault(path=path, value=HIDDEN, rule="a public key of minisign: its file of two lines, or"
                                    " the second line, 56 characters that begin with RW",
                                    way_out="Give the .pub file that `minisign -G` writes, or the text in it")])
        return cls(id=body[len(_KEY):][:_ID], key=body[-_PUBLIC:])

    @property
    def text(self) -> str:
        """The key in one line, as `minisign -P` takes it: RW..."""
        return b64encode(_KEY + self.id + self.key).decode()

    @property
    def name(self) -> str:
        """The id in hex, as minisign prints it."""
        return _name(self.id)


class Signer(Protocol):
    """Whoever holds the secret key, here or in a KMS."""

    @property
    def public(self) -> PublicKey:
        """The public key of the signatures."""

    def sign(self, message: bytes) -> bytes:
        """The pure Ed25519 signature of the message itself, 64 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a signature that holds says: the key that made it, and its trusted comment."""

    key: PublicKey
    comment: str


def comment_of(version: str) -> str:
    """The trusted comment of a release: a signature holds for one version only."""
    return f"{_RELEASE}{version}"


def version_of(comment: str) -> str | None:
    """The version that a trusted comment speaks of; None where it speaks of something else."""
    version = comment.removeprefix(_RELEASE)
    return None if version == comment or any(semantic.faults_of(version, "")) else version


def sign(content: bytes, comment: str, signer: Signer) -> bytes:
    """The whole text of the signature file.

    comment: the trusted comment, in one line of at most 900 bytes. Raises `InputError` for another one, and
    `AnswerIsNo` where what the signer gives does not hold for its public key.
    """
    if not _printable(comment) or len(comment.encode()) > LONGEST_COMMENT:
        raise InputError([Fault(path="comment", value=repr(comment[:80]), rule="one line of printable characters, at"
                                f" most {LONGEST_COMMENT} bytes", way_out="Write a shorter one, without line ends")])
    signature = signer.sign(_hash(content))
    line = b64encode(_PREHASHED + signer.public.id + signature).decode()
    both = b64encode(signer.sign(signature + comment.encode())).decode()
    written = f"{UNTRUSTED}signature of {comment}\n{line}\n{TRUSTED}{comment}\n{both}\n".encode()
    verify(content, written, [signer.public], "signature")
    return written


def verify(content: bytes, signature: bytes, keys: Iterable[PublicKey], path: str) -> Signed:
    """Who signed the content with one of the keys, and the trusted comment. `path` says where the signature stands.

    Raises `AnswerIsNo` where the signature is not one of these keys', of this content, with this comment; `InputError`
    where it is no signature of minisign. Takes the legacy form too, as minisign does: its content is not hashed first.
    """
    read = _read(signature, path)
    known = tuple(keys)
    named = [key for key in known if key.id == read.id]
    if not named:
        others = ", ".join(key.name for key in known) or "none"
        raise AnswerIsNo(f"{path}: signed by key {_name(read.id)}, which is not among the trusted ones: {others}")
    message = content if read.algorithm == _LEGACY else _hash(content)
    signed = [key for key in named if _holds(key, read.signature, message)]
    if not signed:
        raise AnswerIsNo(f"{path}: key {_name(read.id)} did not sign this content: one of the two was changed")
    if not _holds(signed[0], read.both, read.signature + read.comment.encode()):
        raise AnswerIsNo(f"{path}: its trusted comment is not the one that key {_name(read.id)} signed: {read.comment}")
    return Signed(key=signed[0], comment=read.comment)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A signature file as it says of itself. both: the signature of the signature and the comment."""

    algorithm: bytes
    id: bytes
    signature: bytes
    comment: str
    both: bytes


def _read(signature: bytes, path: str) -> _Read:
    try:
        lines = signature.decode().removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        lines = []
    if len(lines) == 4 and lines[0].startswith(UNTRUSTED) and _printable(lines[0]) and lines[2].startswith(TRUSTED):
        line, both = _decoded(lines[1], len(_KEY) + _ID + _SIGNATURE), _decoded(lines[3], _SIGNATURE)
        comment = lines[2].removeprefix(TRUSTED)
        if line and both and line[:len(_KEY)] in (_PREHASHED, _LEGACY) and _printable(comment):
            return _Read(algorithm=line[:len(_KEY)], id=line[len(_KEY):][:_ID], signature=line[-_SIGNATURE:],
                         comment=comment, both=both)
    raise InputError([Fault(path=path, value=f"{len(signature)} bytes", rule="a signature of minisign: an untrusted"
                            " comment, a signature, a trusted comment and the signature of both, in four lines",
                            way_out="Fetch it again, from where the vendor publishes it")])


def _holds(key: PublicKey, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _decoded(line: str, length: int) -> bytes | None:
    """The bytes that are so written in base64; None where another text would be. Each byte string has one text only."""
    try:
        body = b64decode(line, validate=True)
    except ValueError:
        return None
    return body if len(body) == length and b64encode(body).decode() == line else None


def _hash(content: bytes) -> bytes:
    return blake2b(content).digest()


def _name(id_: bytes) -> str:
    return f"{int.from_bytes(id_, 'little'):X}"


def _printable(comment: str) -> bool:
    """Whether it is safe to show, in one line. minisign's own comments hold tabs."""
    return comment.replace("\t", " ").isprintable()
