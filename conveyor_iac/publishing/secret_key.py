"""A secret key that is here, and signs: from minisign's file, open or with a password, or from PEM (PKCS#8).

A secret key, a password, and the text they were read from are never shown, whatever is wrong with them.
minisign's file: https://jedisct1.github.io/minisign/#secret-key-format.
"""

import struct
from base64 import b64decode
from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.publishing.minisign import PublicKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_FILE = struct.Struct("<2s2s2s32sQQ104s")
"""Algorithm, key derivation, checksum; salt, operations, memory; and what the password covers."""
_COVERED = struct.Struct("<8s32s32s32s")
"""Key id, secret key, public key, and the checksum of the algorithm and these."""
_OPEN, _SCRYPT = b"\0\0", b"Sc"
_MOST_OPERATIONS, _MOST_MEMORY = 1 << 25, 1 << 30
"""What minisign itself writes (libsodium's "sensitive"); memory in bytes. Less is possible."""
_BLOCK = 8
"""The r of scrypt, which libsodium never changes."""
_PUBLIC_FILE = 42


class SecretKey:
    """An Ed25519 key that is in memory: a `Signer`."""

    __slots__ = ("_key", "public")

    def __init__(self, key: "Ed25519PrivateKey", id_: bytes | None = None) -> None:
        raw = key.public_key().public_bytes_raw()
        self._key = key
        self.public = PublicKey(id=id_, key=raw) if id_ is not None else PublicKey.of(raw)

    def __repr__(self) -> str:
        return f"SecretKey({self.public.name})"

    def __reduce__(self) -> str:
        raise TypeError("a secret key is never written out")

    def sign(self, message: bytes) -> bytes:
        """The pure Ed25519 signature of the message, 64 bytes."""
        return self._key.sign(message)


def read(text: str, path: str, password: Callable[[], str]) -> SecretKey:
    """The secret key in a text: minisign's file of two lines, the second of them, or PEM.

    path: says where the text stands. password: is asked for one only where the key has one. Raises `InputError` for
    another kind of key, a damaged one and a wrong password.
    """
    if "-----BEGIN" in text:
        return _from_pem(text, path, password)
    *comment, line = (line.strip() for line in text.strip().split("\n"))
    try:
        body = b64decode(line, validate=True)
    except ValueError:
        body = b""
    if len(body) == _PUBLIC_FILE and body.startswith(b"Ed"):
        raise _fault(path, "a secret key, and this is a public one", "Give the file that `minisign -G -s FILE` writes")
    if len(comment) > 1 or len(body) != _FILE.size:
        raise _unknown(path)
    return _from_minisign(body, path, password)


def _from_minisign(body: bytes, path: str, password: Callable[[], str]) -> SecretKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    algorithm, derivation, checksum, salt, operations, memory, covered = _FILE.unpack(body)
    if algorithm != b"Ed" or checksum != b"B2" or derivation not in (_OPEN, _SCRYPT):
        raise _unknown(path)
    if derivation == _SCRYPT:
        stream = _stream(password(), salt, operations, memory, path)
        covered = bytes(one ^ other for one, other in zip(covered, stream, strict=True))
    id_, secret, public, wanted = _COVERED.unpack(covered)
    # Without a password minisign leaves the checksum empty.
    if derivation == _SCRYPT and blake2b(algorithm + id_ + secret + public, digest_size=32).digest() != wanted:
        raise _wrong_password(path)
    key = SecretKey(Ed25519PrivateKey.from_private_bytes(secret), id_)
    if key.public.key != public:
        raise _fault(path, "a whole secret key: the public key in it is another one's", "Take it from its backup")
    return key


def _stream(password: str, salt: bytes, operations: int, memory: int, path: str) -> bytes:
    """What the key is covered with: scrypt of the password, with its cost chosen as libsodium does."""
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    if operations > _MOST_OPERATIONS or memory > _MOST_MEMORY:
        raise _unknown(path)
    n, p = _cost(operations, memory)
    try:
        return Scrypt(salt=salt, length=_COVERED.size, n=n, r=_BLOCK, p=p).derive(_spelled(password))
    except MemoryError:
        raise _fault(path, f"{128 * _BLOCK * n >> 20} MB of memory, which the password of this key takes",
                     "Run it where there is more, or take the password off: minisign -C -W") from None


def _cost(operations: int, memory: int) -> tuple[int, int]:
    """The n and p of scrypt, as libsodium's pickparams() gives them.

    https://github.com/jedisct1/libsodium/blob/1.0.18/src/libsodium/crypto_pwhash/scryptsalsa208sha256/pwhash_scryptsalsa208sha256.c
    """
    operations = max(operations, 1 << 15)
    most = operations // (4 * _BLOCK) if operations < memory // 32 else memory // (128 * _BLOCK)
    n = 2
    while n <= most // 2:
        n *= 2
    return n, 1 if operations < memory // 32 else max(1, operations // 4 // n // _BLOCK)


def _from_pem(text: str, path: str, password: Callable[[], str]) -> SecretKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    covered = "-----BEGIN ENCRYPTED PRIVATE KEY-----" in text
    try:
        key = load_pem_private_key(text.encode(), _spelled(password()) if covered else None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise (_wrong_password(path) if covered else _unknown(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _fault(path, "an Ed25519 key, and this is of another kind", "Make one: minisign -G")
    return SecretKey(key)


def _spelled(password: str) -> bytes:
    """The bytes that were typed: an environment variable may hold some that are no UTF-8."""
    return password.encode("utf-8", "surrogateescape")


def _wrong_password(path: str) -> InputError:
    return _fault(path, "the password of this key", "Look at CONVEYOR_SIGNING_PASSWORD, or type it again")


def _unknown(path: str) -> InputError:
    return _fault(path, "a secret key of minisign, or an Ed25519 key in PEM (PKCS#8)",
                  "Give the whole file that `minisign -G` writes")


def _fault(path: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=HIDDEN, rule=rule, way_out=way_out)])
