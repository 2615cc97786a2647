"""What a file says, before anybody checks what it means."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conveyor_iac import InputError, Installation
from conveyor_iac.model.words import words_of

GOOD = """
tenant: acme
deployment: private
region: eu-west-1
account: "222222222222"
control_plane: {account: "111122223333", role: conveyor-control-plane}
"""


@pytest.fixture
def written(tmp_path):
    """Writes a file and answers its path."""
    def write(content):
        file = tmp_path / "acme.yaml"
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file
    return write


def fault_of(file):
    """The one fault of this file."""
    with pytest.raises(InputError) as caught:
        Installation.load(file)
    [fault] = caught.value.faults
    assert fault.rule
    assert fault.way_out
    return fault


def test_a_good_file_is_let_in(written):
    """A file is read as its words would be, in YAML or JSON."""
    made = Installation.load(written(GOOD))
    assert made.tenant == "acme"
    assert Installation.load(written(made.model_dump_json(exclude_none=True))) == made


@pytest.mark.parametrize(("text", "where", "what"), [
    ("tenant: acme\nregion: x\ntenant: bob\n", "line 3, column 1", "the key 'tenant' twice"),
    ("iam:\n  path: /a/\n  path: /b/\n", "line 3, column 3", "the key 'path' twice"),
    ("iam: {path: /a/, path: /b/}", "line 1, column 18", "the key 'path' twice"),
    ("tags: [{a: b, a: c}]", "line 1, column 15", "the key 'a' twice"),
    ("tenant: acme\n  region: [", "line 2, column 9", "mapping values are not allowed here"),
    ("tenant: [acme", "line 1, column 14", "expected ',' or ']'"),
    ("tenant: !!python/object/apply:os.getcwd []", "line 1, column 9", "could not determine a constructor"),
    ("a: 1\n---\nb: 2\n", "line 2, column 1", "found another document"),
    ("a: &x [*x]", "line 1, column 4", "recursive"),
])
def test_what_is_no_yaml_is_told_where(written, text, where, what):
    """Broken YAML, and a key given twice at any depth, gets the file, the line and the column."""
    fault = fault_of(written(text))
    assert fault.path == f"acme.yaml, {where}"
    assert what in fault.value
    assert "each key once" in fault.rule


def test_a_missing_file_is_named(tmp_path):
    """A missing file, or a folder, is named with the system's reason and the command that writes one."""
    for file, reason in ((tmp_path / "none.yaml", "No such file"), (tmp_path, "Is a directory")):
        fault = fault_of(file)
        assert (fault.path, fault.value) == ("--file", str(file))
        assert reason in fault.rule
        assert "conveyor-iac init" in fault.way_out


def test_what_is_no_text_is_refused(written):
    """A file that is not UTF-8 gets a fault that says so."""
    assert "not UTF-8" in fault_of(written(b"tenant: \xff\xfe")).rule


@pytest.mark.parametrize(("text", "kind"), [("", "NoneType"), ("- tenant: acme\n", "list"), ("acme", "str")])
def test_a_file_without_keys_is_refused(written, text, kind):
    """An empty file, a list or a bare word is told that keys with values are wanted."""
    assert (fault_of(written(text)).path, fault_of(written(text)).value) == ("(the file)", kind)


def test_nothing_is_read_out_of_plain_words(written):
    """Words that YAML reads as something else than text come as that, and the door says so."""
    assert words_of(written("a: yes\nb: 0123\nc: 2026-01-01\n"))["a"] is True
    assert fault_of(written(GOOD.replace('"222222222222"', "222222222222"))).path == "account"


@pytest.mark.parametrize("text", ["? [a]\n: b", "? {a: b}\n: c", "a: 2024-13-45", "a: 0x_", "a: !!int x",
                                  "a: !!bool x",
                                  "a: !!timestamp x", "account: " + "1" * 5000, "[" * 3000])
def test_what_yaml_chokes_on_is_refused(written, text):
    """Values and keys that PyYAML itself stumbles over get a fault, as any file that cannot be read."""
    assert "YAML" in fault_of(written(text)).rule


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"])
               | st.sampled_from("\n:-{}[],"), max_size=60))
@example("external_id: [")
def test_any_text_gets_an_answer(tmp_path_factory, text):
    """Whatever text a file holds, there is an installation or an `InputError`."""
    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        Installation.load(file)


def test_aliases_that_multiply(written):
    """Nine lines of aliases that stand for a thousand million values are refused at once, by their number."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    fault = fault_of(written("\n".join(lines)))
    assert fault.value.endswith(" values")
    assert "alias" in fault.rule


def test_an_alias_is_a_value_like_another(written):
    """A file may use aliases, as long as they do not multiply."""
    assert Installation.load(written(GOOD + "tags: {owner: &who team, mail: *who}\n")).tags["mail"] == "team"
