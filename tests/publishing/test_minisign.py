"""Signatures: Debian's minisign and ours accept each other's, and neither accepts one that was changed."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.errors import AnswerIsNo, ConveyorError, InputError
from conveyor_iac.publishing.minisign import LONGEST_COMMENT, PublicKey, comment_of, sign, verify, version_of
from tests.publishing.keyring import ID, PUBLIC, Minisign, file, key

CONTENT = b"0" * 64 + b"  installer-role.template.json\n"
COMMENT = comment_of("1.2.0")
OTHER = key(bytes(8), bytes(32))
# Of minisign's author: https://github.com/jedisct1/rust-minisign-verify
KNOWN = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"
KNOWN_SIGNATURE = b"""untrusted comment: signature from minisign secret key
RWQf6LRCGA9i59SLOFxz6NxvASXDJeRtuZykwQepbDEGt87ig1BNpWaVWuNrm73YiIiJbq71Wi+dP9eKL8OC351vwIasSSbXxwA=
trusted comment: timestamp:1555779966\tfile:test
QtKMXWyYcwdpZAlPF7tE2ENJkRd1ujvKjlj1m9RtHTBnZPa5WKU5uWRs5GoP5M/VqE81QFuMKI5k/SfNQUaOAA==
"""
GOLDEN = """untrusted comment: signature of conveyor-iac release 1.2.0
RUQBI0VniavN7xICnT3bXdWg9yn+LBQ7g2oyMq2kqD5dib5BlWI28HdSU0/isCfk9YcZrz+/6J3ZZXnFn3mB96BU0cl3bBz7kAY=
trusted comment: conveyor-iac release 1.2.0
5dZQ+/kZy4i0Wh253dd6lPV+cqRpvXyeKG+yk0dB41sTRcGrgGeYO4D/QG7RkGdL/xIpvg9b35Mvl0Lvy5bMBg==
"""


@pytest.fixture
def minisign(tmp_path):
    """Debian's minisign."""
    return Minisign(tmp_path)


def lines(signature):
    """A signature's lines."""
    return signature.decode().splitlines()


def changed(content, place):
    """The content with another byte at this place."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1:]


@pytest.mark.parametrize("content", [b"", b"\n", CONTENT, bytes(range(256)) * 400],
                         ids=["none", "line", "sums", "long"])
def test_accepted_by_minisign(minisign, content):
    """What is signed here minisign accepts, and it tells the version that the signature is of."""
    assert minisign.verifies(content, sign(content, COMMENT, key()), key().public)
    told = minisign.run("-V", "-Q", "-P", key().public.text, "-m", "content", "-x", "signature")
    assert told.stdout == "conveyor-iac release 1.2.0\n"


def test_longest_comment(minisign):
    """The longest comment that is signed is not too long for minisign."""
    assert minisign.verifies(CONTENT, sign(CONTENT, "x" * LONGEST_COMMENT, key()), key().public)


@pytest.mark.parametrize("what", ["content", "signature", "comment", "signature of both"])
def test_refused_by_both(minisign, what):
    """A changed byte of the content, of a signature or of the trusted comment is refused by minisign and here."""
    whole = sign(CONTENT, COMMENT, key())
    second, third, fourth = (whole.index(line.encode()) for line in lines(whole)[1:])
    content = changed(CONTENT, 3) if what == "content" else CONTENT
    place = {"signature": second + 40, "comment": third + 40, "signature of both": fourth + 40}.get(what)
    signature = whole if place is None else changed(whole, place)
    assert not minisign.verifies(content, signature, key().public)
    with pytest.raises(AnswerIsNo):
        verify(content, signature, [key().public], "SUMS.minisig")


def test_same_as_minisign(minisign):
    """Of one key, content and comment, minisign makes the very same signature."""
    minisign.write("key", file().encode())
    assert lines(minisign.signs(CONTENT, "-t", COMMENT))[1:] == lines(sign(CONTENT, COMMENT, key()))[1:]


@pytest.mark.parametrize("words", [(), ("-t", "any words"), ("-l",), ("-l", "-t", "é")], ids=" ".join)
def test_accepts_minisign(minisign, words):
    """What minisign signs is accepted here, of its legacy form too, whose content is not hashed first."""
    minisign.write("key", file().encode())
    signed = verify(CONTENT, minisign.signs(CONTENT, *words), [OTHER.public, key().public], "x")
    assert signed.key == key().public
    assert signed.comment == words[-1] if "-t" in words else "timestamp:" in signed.comment


def test_known_signature():
    """A signature that minisign's author published is accepted, and is not one of other content."""
    known = PublicKey.read(KNOWN, "x")
    assert verify(b"test", KNOWN_SIGNATURE, [known], "x").comment == "timestamp:1555779966\tfile:test"
    with pytest.raises(AnswerIsNo, match="key E7620F1842B4E81F did not sign this content"):
        verify(b"Test", KNOWN_SIGNATURE, [known], "x")


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_byte(data):
    """Whatever byte of a signature is changed, it is refused; but the untrusted comment's own words."""
    whole = sign(CONTENT, COMMENT, key())
    free = range(len("untrusted comment: "), whole.index(b"\n"))
    place = data.draw(st.integers(0, len(whole) - 1).filter(lambda place: place not in free))
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    with pytest.raises(ConveyorError):
        verify(CONTENT, whole[:place] + bytes([byte]) + whole[place + 1:], [key().public], "x")


@settings(max_examples=100, deadline=None)
@given(st.binary(min_size=1, max_size=200), st.integers(0, 199), st.integers(1, 255))
def test_any_content(content, place, byte):
    """Whatever byte of the content is changed, is missing at its end or is too many, it is refused."""
    other = bytearray(content)
    other[place % len(content)] ^= byte
    for wrong in (bytes(other), content[:-1], content + bytes([byte])):
        with pytest.raises(AnswerIsNo, match="did not sign this content"):
            verify(wrong, sign(content, COMMENT, key()), [key().public], "x")


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_laxer_than_minisign(tmp_path_factory, data):
    """A changed signature that is accepted here is accepted by minisign too."""
    whole = bytearray(sign(CONTENT, COMMENT, key()))
    place = data.draw(st.integers(0, whole.index(b"\n") + 4))
    whole[place] = data.draw(st.integers(0, 255))
    try:
        verify(CONTENT, bytes(whole), [key().public], "x")
    except ConveyorError:
        return
    assert Minisign(tmp_path_factory.mktemp("lax")).verifies(CONTENT, bytes(whole), key().public)


def test_deterministic():
    """The same content is signed with the same bytes, on any day and any machine."""
    assert sign(CONTENT, COMMENT, key()).decode() == GOLDEN


def test_another_key():
    """A signature of a key that is not trusted is told by its id, beside those that are."""
    whole = sign(CONTENT, COMMENT, key())
    with pytest.raises(AnswerIsNo, match="S: signed by key EFCDAB8967452301, which is not among the trusted ones: 0"):
        verify(CONTENT, whole, [OTHER.public], "S")
    with pytest.raises(AnswerIsNo, match="trusted ones: none"):
        verify(CONTENT, whole, [], "S")


def test_same_id():
    """Of two keys with one id, the one that signed is found; alone, the other one did not sign."""
    other = key(ID, bytes(32)).public
    assert verify(CONTENT, sign(CONTENT, COMMENT, key()), [other, key().public], "x").key == key().public
    with pytest.raises(AnswerIsNo, match="did not sign this content"):
        verify(CONTENT, sign(CONTENT, COMMENT, key()), [other], "x")


def test_comment_of_another():
    """The comment of another version's signature does not fit, though both are of one key and one content."""
    mine, other = (lines(sign(CONTENT, comment_of(version), key())) for version in ("1.2.0", "1.3.0"))
    mixed = "\n".join([*mine[:2], other[2], mine[3], ""]).encode()
    with pytest.raises(AnswerIsNo, match=r"is not the one that key \w+ signed: conveyor-iac release 1\.3\.0"):
        verify(CONTENT, mixed, [key().public], "x")


@pytest.mark.parametrize("signature", [
    b"", b"\n\n\n\n", b"\xff\n", CONTENT, KNOWN_SIGNATURE.replace(b"RWQf", b"RXQf"),
    KNOWN_SIGNATURE.replace(b"\n", b"\r\n"), KNOWN_SIGNATURE + b"\n", KNOWN_SIGNATURE.replace(b"file", b"\x1b[1m"),
    KNOWN_SIGNATURE.replace(b"untrusted", b"Untrusted"), KNOWN_SIGNATURE.replace(b"xwA=", b"xwB="),
    KNOWN_SIGNATURE.replace(b"xwA=", b""), KNOWN_SIGNATURE.replace(b"RWQf", b" RWQf"), KNOWN_SIGNATURE[:150]])
def test_no_signature(signature):
    """What is no signature of minisign is refused in one line that names where it stands."""
    with pytest.raises(InputError, match=r"^SUMS\.minisig: .*: a signature of minisign") as caught:
        verify(b"test", signature, [PublicKey.read(KNOWN, "x")], "SUMS.minisig")
    assert len(caught.value.faults) == 1


@pytest.mark.parametrize("text", [KNOWN, f"  {KNOWN}\n", f"untrusted comment: x\n{KNOWN}\n",
                                  f"untrusted comment: minisign public key\r\n{KNOWN}\r\n",
                                  f"untrusted comment:\n{KNOWN}"])
def test_public_key(text):
    """A public key is read from its file and from its one line."""
    found = PublicKey.read(text, "x")
    assert (found.text, found.name) == (KNOWN, "E7620F1842B4E81F")


@pytest.mark.parametrize("text", ["", "\n", "RW", KNOWN[:-1], KNOWN + "AAAA", KNOWN.replace("RW", "RU"),
                                  f"{KNOWN}\n{KNOWN}", f"comment\n{KNOWN}", "é" * 56,
                                  f"untrusted comment: x\n\n{KNOWN}", file(), file().splitlines()[1]])
def test_no_public_key(text):
    """What is no public key is refused, and not shown: it may be a secret one."""
    with pytest.raises(InputError) as caught:
        PublicKey.read(text, "--public-key")
    assert str(caught.value).startswith("--public-key: (hidden): a public key of minisign: ")
    assert not any(line in str(caught.value) for line in text.split() if len(line) > 20)


@pytest.mark.parametrize("id_", [ID, bytes(8), ID[:6] + bytes(2), bytes(3) + ID[:5]], ids=bytes.hex)
def test_name(minisign, id_):
    """The id of a key is told as minisign tells it, leading zeros left out."""
    minisign.write("key", file(id_).encode())
    assert minisign.run("-R", "-s", "key", "-p", "pub").returncode == 0
    text = (minisign.folder / "pub").read_text()
    found = PublicKey.read(text, "pub")
    assert found == key(id_).public
    assert f"minisign public key {found.name}\n" in text


def test_own_id():
    """A key that comes without an id has one that follows from it: the start of its SHA-256."""
    assert PublicKey.of(PUBLIC) == PublicKey(id=sha256(PUBLIC).digest()[:8], key=PUBLIC)


@pytest.mark.parametrize("comment", ["a\nb", "a\rb", "a\0b", "\x1b[1m", "\u2028", "x" * (LONGEST_COMMENT + 1),
                                     "é" * (LONGEST_COMMENT // 2 + 1)],
                         ids=["line", "return", "nul", "escape", "separator", "long", "long in bytes"])
def test_no_comment(comment):
    """A comment of several lines, with control characters or too long is refused before anything is signed."""
    with pytest.raises(InputError, match=r"^comment: .*: one line of printable characters"):
        sign(CONTENT, comment, key())


def test_broken_signer():
    """What a signer gives that does not hold for its own key is never handed out."""
    class Broken:
        public = key().public
        sign = staticmethod(OTHER.sign)

    with pytest.raises(AnswerIsNo, match="did not sign this content"):
        sign(CONTENT, COMMENT, Broken())


@pytest.mark.parametrize(("comment", "version"), [
    (comment_of("1.2.0"), "1.2.0"), (comment_of("2.0.0-rc.1"), "2.0.0-rc.1"), ("", None), ("1.2.0", None),
    ("conveyor-iac release ", None), ("conveyor-iac release 1.2", None), ("conveyor-iac release 1.2.0 ", None),
    ("timestamp:1\tfile:SHA256SUMS", None), ("x conveyor-iac release 1.2.0", None)])
def test_version_of(comment, version):
    """The version is read from our own comment and from no other."""
    assert version_of(comment) == version
