"""The public keys that ship: which versions each may sign, what a wrong row is told, and how they are shown."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from conveyor_iac.cli.public_keys_table import BEGIN, END, with_table
from conveyor_iac.errors import InputError
from conveyor_iac.publishing.keys import read, shipped, table, trusted_for
from tests.publishing.keyring import ID, file, key

OLD, NEW = key(), key(bytes(8), bytes(32))
ROWS = f"""
[[key]]
key = "{OLD.public.text}"
first_version = "1.0.0"
last_version = "1.9.0"
note = "its holder left"

[[key]]
key = "{NEW.public.text}"
first_version = "1.8.0"
"""


def trusted(version):
    """The ids of the keys of ROWS that may sign a version."""
    return [found.name for found in trusted_for(version, read(ROWS, "keys.toml"))]


def faults(text):
    """What is wrong with a table: where, and what was there."""
    with pytest.raises(InputError) as caught:
        read(text, "keys.toml")
    return {fault.path: fault.value for fault in caught.value.faults}


def test_shipped():
    """The table that ships can be read, as can its example; no key is in use yet, and none is trusted."""
    text = files("conveyor_iac.publishing").joinpath("keys.toml").read_text(encoding="utf-8")
    assert shipped() == ()
    assert trusted_for("1.0.0") == ()
    example = text[text.index("# [[key]]"):].replace("# ", "").replace("RW...", NEW.public.text)
    assert [row.key for row in read(example, "example")] == [NEW.public]


@pytest.mark.parametrize(("version", "names"), [
    ("0.9.0", []), ("1.0.0-rc.1", []), ("1.0.0", [OLD]), ("1.8.0-rc.1", [OLD]), ("1.8.0", [OLD, NEW]),
    ("1.9.0", [OLD, NEW]), ("1.9.1-rc.1", [NEW]), ("1.9.1", [NEW]), ("10.0.0", [NEW])])
def test_trusted_for(version, names):
    """A key signs from its first version to its last; a retired one nothing newer; a pre-release comes before."""
    assert trusted(version) == [name.public.name for name in names]


@given(st.tuples(*[st.integers(0, 12)] * 3))
def test_retired(parts):
    """Whatever the version, the retired key is trusted for it just where it is not after the last one."""
    version = ".".join(map(str, parts))
    assert (OLD.public.name in trusted(version)) == (Version(1, 0, 0) <= Version.parse(version) <= Version(1, 9, 0))


@pytest.mark.parametrize("version", ["", "1", "v1.0.0", "1.0.0+build", "newest"])
def test_no_version(version):
    """What is no version is refused, not trusted."""
    with pytest.raises(InputError, match=r"^version: "):
        trusted(version)


def test_all_at_once():
    """Every fault of every row is told at once, each with its place; no text of a key is shown."""
    wrong = f"""
[[key]]
key = "{OLD.public.text}"
first_version = "1.0"
last_version = "v2.0.0"
since = "2026"
[[key]]
first_version = "2.0.0"
last_version = "1.0.0"
note = "a | b"
[[key]]
key = "{file().split()[-1]}"
first_version = 1
[[key]]
key = "{OLD.public.text}"
first_version = "1.0.0"
[[key]]
key = "{key(ID, bytes(32)).public.text}"
first_version = "1.0.0"
"""
    assert faults(wrong) == {
        "keys.toml: key 1.first_version": "'1.0'", "keys.toml: key 1.last_version": "'v2.0.0'",
        "keys.toml: key 1.since": "unknown", "keys.toml: key 2.key": "missing", "keys.toml: key 2.note": "str",
        "keys.toml: key 2.last_version": "1.0.0", "keys.toml: key 3.key": "(hidden)",
        "keys.toml: key 3.first_version": "int", "keys.toml: key 4": OLD.public.name,
        "keys.toml: key 5": OLD.public.name}


@pytest.mark.parametrize("text", ["[[key]", "key = 1", "key = [1]", "[key]\nkey = 'x'", "[[keys]]\nkey = 'x'", "a = 1"])
def test_no_table(text):
    """What is no table of keys is refused in one line."""
    assert list(faults(text)) == ["keys.toml"]


def test_table():
    """The README's table has a row for each key; while there is none, a sentence says so."""
    assert table() == "No release was published yet, so there is no key yet."
    head, _, old, new = table(read(ROWS, "keys.toml")).splitlines()
    assert head == "| public key | id | signs releases | note |"
    assert old == f"| `{OLD.public.text}` | `{OLD.public.name}` | 1.0.0 to 1.9.0 | its holder left |"
    assert new == f"| `{NEW.public.text}` | `0` | from 1.8.0 |  |"


def test_page():
    """Between its markers the page says the keys, around them it stays; without markers it stays as it is."""
    assert with_table("no keys here") == "no keys here"
    page = f"a\n{BEGIN}\nold\n{END}\nb\n"
    assert with_table(page) == f"a\n{BEGIN}\n{table()}\n{END}\nb\n"
    assert with_table(with_table(page)) == with_table(page)
    with pytest.raises(InputError, match="Write <!-- /keys --> where it ends"):
        with_table(f"x\n{BEGIN}\n")
