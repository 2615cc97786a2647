"""The external id of a file is checked and then forgotten: it is printed and written nowhere."""

import pytest

SECRET = "S3cret-in-this-test-only"
COMMANDS = [["plan"], ["plan", "--json"], ["plan", "--purposes"], ["synth", "-o", "out"],
            ["synth", "-o", "out", "--json"], ["try", "--tools", "none"], ["try", "--tools", "none", "--json"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_good(run, written, tree, tmp_path, command):
    """A good external id appears in no output of any command and in no file it writes."""
    file = written(external_id=SECRET)
    answer = run(*(tmp_path / word if word in ("out", "none") else word for word in command), "-f", file)
    assert answer.code == (2 if command[0] == "try" else 0)
    assert SECRET not in answer.out + answer.err
    assert [name for name, content in tree(tmp_path).items() if SECRET.encode() in content] == ["conveyor.yaml"]


@pytest.mark.parametrize("value", [f"{SECRET} with blanks", [SECRET], {"value": SECRET}], ids=["text", "list", "map"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_bad(run, written, command, value):
    """Nor does a bad one: its fault says (hidden)."""
    answer = run(*command, "-f", written(external_id=value))
    assert answer.code == 2
    assert SECRET not in answer.out + answer.err
    assert "external_id: (hidden)" in answer.err


@pytest.mark.parametrize("key", ["external-id", "externalId", "externalid", "external_Id", "ExternalId"])
def test_misspelt_key(run, written, key):
    """Nor does one under a misspelt key, whose fault names the right one."""
    answer = run("plan", "-f", written(**{key: SECRET}))
    assert answer.code == 2
    assert "Perhaps you meant external_id" in answer.err
    assert SECRET not in answer.err


def test_wrong_place(run, written):
    """Nor does one inside a part it does not belong to."""
    answer = run("plan", "-f", written(control_plane=[{"external_id": SECRET}]))
    assert answer.code == 2
    assert SECRET not in answer.err
