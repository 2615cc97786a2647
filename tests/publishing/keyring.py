"""Keys in the files that minisign writes, and Debian's minisign itself."""

import shutil
import struct
import subprocess
from base64 import b64encode
from hashlib import blake2b, scrypt
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conveyor_iac.publishing.minisign import PublicKey
from conveyor_iac.publishing.secret_key import SecretKey

ID = bytes.fromhex("0123456789abcdef")
SEED = bytes(range(32))
PUBLIC = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
SALT = bytes(range(100, 132))
PASSWORD = "correct horse battery staple"
COST = (32768, 1 << 20)
"""Operations and memory of a password that costs nothing; minisign's own takes 1 GiB and seconds."""


def key(id_: bytes = ID, seed: bytes = SEED) -> SecretKey:
    """A key that is the same each time."""
    return SecretKey(Ed25519PrivateKey.from_private_bytes(seed), id_)


def file(id_: bytes = ID, seed: bytes = SEED, public: bytes = PUBLIC) -> str:
    """A secret key without a password, as `minisign -G -W` writes it."""
    return _text(b"Ed\0\0B2" + bytes(48) + id_ + seed + public + bytes(32))


def locked(password: str = PASSWORD, cost: tuple[int, int] = COST, n: int = 1024, p: int = 1) -> str:
    """A secret key with a password. cost: what the file says; n, p: what scrypt does with it."""
    body = ID + SEED + PUBLIC
    body += blake2b(b"Ed" + body, digest_size=32).digest()
    stream = scrypt(password.encode(), salt=SALT, n=n, r=8, p=p, dklen=len(body), maxmem=1 << 28)
    covered = bytes(one ^ other for one, other in zip(body, stream, strict=True))
    return _text(b"EdScB2" + SALT + struct.pack("<QQ", *cost) + covered)


def _text(body: bytes) -> str:
    return f"untrusted comment: a key of the tests\n{b64encode(body).decode()}\n"


class Minisign:
    """Debian's minisign, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._tool = shutil.which("minisign") or pytest.skip("minisign is not installed: apt-get install minisign")

    def run(self, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        """Runs it; `typed` is what is typed where it asks for a password."""
        return subprocess.run([self._tool, *words], cwd=self.folder, input=typed, capture_output=True, text=True,
                              timeout=60, check=False)

    def verifies(self, content: bytes, signature: bytes, key: PublicKey) -> bool:
        """Whether it accepts a signature."""
        self.write("content", content)
        self.write("signature", signature)
        return self.run("-V", "-q", "-P", key.text, "-m", "content", "-x", "signature").returncode == 0

    def signs(self, content: bytes, *words: str, key: str = "key", typed: str = "") -> bytes:
        """Its own signature, with the secret key in the file `key`."""
        self.write("content", content)
        told = self.run("-S", "-s", key, "-m", "content", "-x", "signature", *words, typed=typed)
        assert told.returncode == 0, told.stderr
        return (self.folder / "signature").read_bytes()

    def write(self, name: str, content: bytes) -> Path:
        """A file in the folder."""
        file = self.folder / name
        file.write_bytes(content)
        file.chmod(0o600)
        return file
