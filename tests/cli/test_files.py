"""Files that cannot be read or written: one clear line, exit 2, nothing written."""

import pytest

UNREADABLE = {
    "no closing bracket": b"tenant: [acme",
    "a key twice": b"tenant: acme\ntenant: umbrella\n",
    "a list": b"- tenant\n",
    "nothing": b"",
    "one word": b"acme",
    "not UTF-8": b"tenant: \xff\xfe",
    "a zero byte": b"tenant: a\x00b",
    "an unknown tag": b"tenant: !!python/object:os.system x",
    "an alias of nothing": b"tenant: *acme",
    "a key that is a list": b"? [tenant]\n: acme\n",
    "a key that is a mapping": b"? {tenant: a}\n: acme\n",
    "a day that does not exist": b"tenant: 2026-02-31\n",
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_not_an_installation(real, tmp_path, content):
    """A file that is no mapping in YAML is refused in one line that names a way out."""
    file = tmp_path / "conveyor.yaml"
    file.write_bytes(content)
    answer = real("plan", "-f", file, cwd=tmp_path)
    assert "Traceback" not in answer.err
    assert (answer.code, answer.out) == (2, "")
    (line,) = answer.err.splitlines()
    assert line.startswith("error: ")
    assert "Mend the file" in line or "conveyor-iac init" in line


@pytest.mark.parametrize("command", ["plan", "synth", "try"])
@pytest.mark.parametrize("name", ["none.yaml", "."])
def test_no_file(run, tmp_path, monkeypatch, command, name):
    """A file that is not there, or a folder in its place, is named."""
    monkeypatch.chdir(tmp_path)
    answer = run(command, "-f", name)
    assert (answer.code, answer.out) == (2, "")
    (line,) = answer.err.splitlines()
    assert line.startswith(f"error: --file: {name}: ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [
    ["synth", "-f", "conveyor.yaml", "-o", "conveyor.yaml/out"],
    ["init", "--yes", "-f", "conveyor.yaml/x.yaml"],
    ["init", "--yes", "--engine", "cdk", "conveyor.yaml"],
    ["templates", "--dir", "conveyor.yaml"],
], ids=["synth", "init", "init --engine", "templates"])
def test_no_folder(real, written, tmp_path, words):
    """A file where a folder must be is told in one line, and stays as it is."""
    before = written().read_bytes()
    answer = real(*words, cwd=tmp_path)
    assert "Traceback" not in answer.err
    assert answer.code == 2
    assert "conveyor.yaml" in answer.err.splitlines()[-1]
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"conveyor.yaml": before}
