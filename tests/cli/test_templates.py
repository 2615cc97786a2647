"""templates: what is generated and committed is current, or named."""

import json
import shutil

import pytest

TEMPLATE = "templates/installer-role.template.json"
FILES = [TEMPLATE, "docs/schemas/installation.schema.json", "docs/schemas/vendor-sheet.schema.json",
         "docs/reference.md"]


@pytest.fixture
def copied(root, tmp_path):
    """What is generated, copied from the repository."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, tmp_path / name)
    return tmp_path


def spoil(file):
    """Changes one character."""
    content = file.read_bytes()
    middle = len(content) // 2
    file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1:])


def test_current(real, root):
    """In the repository everything is current; --check says so with exit 0 and prints the sizes."""
    answer = real("templates", "--check", cwd=root)
    assert answer.code == 0
    assert [line.split() for line in answer.out.splitlines()[2:]] == [
        [name, str((root / name).stat().st_size), "current"] for name in FILES]


@pytest.mark.parametrize("name", FILES)
def test_one_character(run, copied, tree, name):
    """One changed character is found: exit 1, the file is named, no other is, and nothing is mended."""
    spoil(copied / name)
    before = tree(copied)
    answer = run("templates", "--check", "--dir", copied)
    assert answer.code == 1
    assert f"out of date: {name}. " in answer.err
    assert {row.split()[0] for row in answer.out.splitlines() if "out of date" in row} == {name}
    assert tree(copied) == before


@pytest.mark.parametrize("name", FILES)
def test_missing(run, copied, name):
    """A missing file is named."""
    (copied / name).unlink()
    answer = run("templates", "--check", "--dir", copied, "--json")
    assert answer.code == 1
    assert [row["file"] for row in json.loads(answer.out) if row["state"] == "out of date"] == [name]


def test_extra(run, copied):
    """A template that nothing generates is named: nobody would keep it current."""
    (copied / "templates" / "old.template.json").write_text("{}")
    answer = run("templates", "--check", "--dir", copied)
    assert answer.code == 1
    assert "templates/old.template.json" in answer.err
    assert (copied / "templates" / "old.template.json").exists()


def test_regenerated(run, copied, root, tree):
    """Without --check everything of ours is made current again, and a file of somebody else's is left alone."""
    spoil(copied / TEMPLATE)
    (copied / FILES[1]).unlink()
    theirs = copied / "templates" / "old.template.json"
    theirs.write_text("{}")
    answer = run("templates", "--dir", copied)
    assert answer.code == 0
    assert theirs.read_text() == "{}"
    theirs.unlink()
    assert run("templates", "--check", "--dir", copied).code == 0
    assert tree(copied / "templates") == tree(root / "templates")


def test_json(run, copied):
    """--json gives each file with its size and its state."""
    spoil(copied / TEMPLATE)
    answer = run("templates", "--check", "--dir", copied, "--json")
    rows = json.loads(answer.out)
    assert {row["file"]: row["state"] for row in rows} == dict.fromkeys(FILES, "current") | {TEMPLATE: "out of date"}
    assert {row["file"]: row["bytes"] for row in rows} == {name: (copied / name).stat().st_size for name in FILES}
