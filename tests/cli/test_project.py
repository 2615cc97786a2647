"""init --engine cdk: a small project of the customer's own that works as it is written."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import version

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble

FILES = [".gitignore", "README.md", "app.py", "cdk.json", "installation.yaml", "package.json", "requirements.txt"]


@pytest.fixture
def project(run, tmp_path):
    """A project of the tenant globex."""
    folder = tmp_path / "mine"
    assert run("init", "--yes", "--engine", "cdk", folder, "--tenant", "globex").code == 0
    return folder


def commands(project):
    """The command lines of the README."""
    shown = re.search(r"```sh\n(.*?)```", (project / "README.md").read_text(), re.DOTALL)
    return [line for line in shown[1].splitlines() if line and not line.startswith("#")]


def test_files(project):
    """The project is these files."""
    assert sorted(file.name for file in project.iterdir()) == FILES


def test_app_is_small(project):
    """The app is under 15 lines and CDK starts it."""
    assert 0 < len((project / "app.py").read_text().splitlines()) < 15
    assert json.loads((project / "cdk.json").read_text())["app"] == "python3 app.py"


def test_pins(project, root):
    """The CDK CLI is the one the repository is tested with, and the package is this version."""
    pinned = json.loads((root / "package.json").read_text())["devDependencies"]
    assert json.loads((project / "package.json").read_text())["devDependencies"] == pinned
    assert (project / "requirements.txt").read_text() == f"conveyor-iac[cdk]=={version('conveyor-iac')}\n"


def test_installation(project):
    """The installation file loads and is what was asked for."""
    assert Installation.load(project / "installation.yaml").tenant == "globex"


def test_readme(project):
    """The README has three commands: set up, deploy, remove; no word of it is left to be filled in."""
    setup, deploy, remove = commands(project)
    assert "pip install -r requirements.txt" in setup
    assert "npm install" in setup
    assert deploy.startswith("npx --no-install cdk deploy --all")
    assert remove == "npx --no-install cdk destroy --all"
    assert not re.search(r"@\w+@", "".join(file.read_text() for file in project.iterdir()))


def test_app_runs(project, tmp_path):
    """The app writes the templates of the installation file, and the README's parameter is one of theirs."""
    done = subprocess.run([sys.executable, project / "app.py"], cwd=tmp_path, check=True, capture_output=True,
                          env={**os.environ, "CDK_OUTDIR": str(tmp_path / "out")})
    made = assemble([Installation.load(project / "installation.yaml")], "app", tmp_path / "direct")
    assert (done.stdout, done.stderr) == (b"", b"")
    for name, template in made.items():
        assert (tmp_path / "out" / f"{name}.template.json").read_bytes() == template.read_bytes()
    stack, parameter = re.search(r"--parameters (\S+):(\w+)=", commands(project)[1]).groups()
    assert parameter in json.loads(made[stack].read_text())["Parameters"]


def test_app_without_the_package(project, tmp_path):
    """Where nothing is set up yet the app says in one line what to run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([sys.executable, "-S", project / "app.py"], cwd=tmp_path, env=clean, capture_output=True,
                          text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.endswith("-m venv .venv && .venv/bin/pip install -r requirements.txt` first.")


@pytest.mark.parametrize("name", FILES)
def test_never_overwrites(run, tmp_path, tree, name):
    """When one of its files is there, it is named, stays as it is, and no other file is written."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("mine")
    answer = run("init", "--yes", "--engine", "cdk", folder)
    assert answer.code == 2
    assert f"error: {folder / name}: exists already" in answer.err
    assert tree(folder) == {name: b"mine"}


def test_beside_other_files(run, tmp_path, tree):
    """Other files in the folder are no hindrance and stay as they are."""
    (tmp_path / "notes.txt").write_text("mine")
    assert run("init", "--yes", "--engine", "cdk", tmp_path).code == 0
    assert tree(tmp_path)["notes.txt"] == b"mine"
    assert set(tree(tmp_path)) == {*FILES, "notes.txt"}


@pytest.mark.parametrize("words", [["--engine", "cdk"], ["somewhere"]])
def test_half_said(run, tmp_path, monkeypatch, words):
    """An engine without a folder, or a folder without an engine, is refused with what to write."""
    monkeypatch.chdir(tmp_path)
    answer = run("init", "--yes", *words)
    assert answer.code == 2
    assert "Write `conveyor-iac init --engine cdk DIR`" in answer.err
    assert list(tmp_path.iterdir()) == []


def test_bad_answers(run, tmp_path):
    """Bad answers are refused and the folder is not made."""
    answer = run("init", "--yes", "--engine", "cdk", tmp_path / "mine", "--tenant", "A-1")
    assert answer.code == 2
    assert not (tmp_path / "mine").exists()
