"""synth: a cloud assembly, put in its place whole or not at all."""

import json

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble

STACKS = ["conveyor-acme-network", "conveyor-acme-endpoints", "conveyor-acme-policies",
          "conveyor-acme-installer-policies", "conveyor-acme-installer-role"]


@pytest.fixture
def out(tmp_path):
    """Where the assembly goes: a folder in a folder, neither of which is there yet."""
    return tmp_path / "new" / "out"


def test_assembly(run, written, out, tree, tmp_path):
    """It writes the assembly that `assemble` makes, and leaves nothing else behind."""
    file = written()
    answer = run("synth", "-f", file, "-o", out)
    assemble([Installation.load(file)], "app", tmp_path / "direct")
    assert answer.code == 0
    assert tree(out) == tree(tmp_path / "direct")
    assert list(out.parent.iterdir()) == [out]


def test_sizes(run, written, out):
    """The sizes it prints are those of the templates, in words and as JSON, in the order of deploying."""
    rows = json.loads(run("synth", "-f", written(), "-o", out, "--json").out)
    assert [row["stack"] for row in rows] == STACKS
    for row in rows:
        assert row["template"] == str(out / f"{row['stack']}.template.json")
        assert row["bytes"] == (out / f"{row['stack']}.template.json").stat().st_size
    words = run("synth", "-f", written(), "-o", out).out.splitlines()[2:]
    assert [line.split() for line in words] == [[row["stack"], str(row["bytes"])] for row in rows]


def test_default_folder(real, written, tmp_path):
    """Without -o the folder is cdk.out; talk goes to stderr."""
    answer = real("synth", "-f", written(), "--json", cwd=tmp_path)
    assert (tmp_path / "cdk.out" / "manifest.json").exists()
    assert [row["stack"] for row in json.loads(answer.out)] == STACKS
    assert "Written" not in answer.out
    assert answer.err.startswith("Synthesizing")


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_not_an_assembly(run, written, out, tree, kind):
    """What is no assembly is not replaced: it stays as it is, and nothing new is left beside it."""
    (out if kind == "folder" else out.parent).mkdir(parents=True)
    mine = out / "thesis.txt" if kind == "folder" else out
    mine.write_text("mine")
    answer = run("synth", "-f", written(), "-o", out)
    assert answer.code == 2
    why = "it holds thesis.txt" if kind == "folder" else "not a folder"
    assert (f"error: --output: {out} ({why}): an empty folder, or an older assembly and nothing besides. "
            "Name another folder") in answer.err
    assert tree(out.parent) == {str(mine.relative_to(out.parent)): b"mine"}
    assert list(out.parent.iterdir()) == [out]


@pytest.mark.parametrize("theirs", [
    {"manifest.json": "a web app's"}, {"manifest.json": "a web app's", "index.html": "mine"},
    {"manifest.json": "{}", "cdk.out": "{}", "notes.txt": "mine"},
    {"manifest.json": "{}", "cdk.out": "{}", "src/a": ""},
], ids=["manifest", "web app", "notes in an assembly", "folder in an assembly"])
def test_somebodys_own_files_are_never_lost(run, written, out, tree, theirs):
    """A folder with a manifest of another kind, or with anything beside an assembly, stays as it is."""
    for name, text in theirs.items():
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (out / name).write_text(text)
    before = tree(out)
    assert run("synth", "-f", written(), "-o", out).code == 2
    assert tree(out) == before


def test_older_assembly(run, written, out):
    """An older assembly is replaced as a whole: nothing of it is left."""
    run("synth", "-f", written(tenant="umbrella"), "-o", out)
    assert run("synth", "-f", written(), "-o", out).code == 0
    assert sorted(file.name.removesuffix(".template.json") for file in out.glob("*.template.json")) == sorted(STACKS)
    assert not list(out.glob("*umbrella*"))


def test_empty_folder(run, written, out):
    """An empty folder is taken."""
    out.mkdir(parents=True)
    assert run("synth", "-f", written(), "-o", out).code == 0
    assert (out / "manifest.json").exists()


def test_bad_file_keeps_the_older(run, written, out, tree):
    """A bad file leaves an older assembly as it is."""
    run("synth", "-f", written(), "-o", out)
    before = tree(out)
    assert run("synth", "-f", written(tenant="A-1"), "-o", out).code == 2
    assert tree(out) == before
