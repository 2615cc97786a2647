"""init --engine: a small project of the customer's own, for the CDK or for Pulumi, that works as it is written."""

import json
import os
import re
import runpy
import subprocess
import sys
from importlib.metadata import version

import pulumi
import pytest
import yaml

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble
from tests.pulumi.aws.recording import Recorder

FILES = {
    "cdk": [".gitignore", "README.md", "app.py", "cdk.json", "installation.yaml", "package.json", "requirements.txt"],
    "pulumi": [".gitignore", "Pulumi.globex.yaml", "Pulumi.yaml", "README.md", "__main__.py", "installation.yaml",
               "requirements.txt"],
}
PLACES = [(engine, name) for engine, names in FILES.items() for name in names]
EXTERNAL_ID = "0d1f7a-never-in-clear-text-55"


@pytest.fixture
def make(run, tmp_path):
    """Makes a project of the tenant globex for an engine."""

    def make(engine):
        folder = tmp_path / "mine"
        assert run("init", "--yes", "--engine", engine, folder, "--tenant", "globex").code == 0
        return folder

    return make


def commands(project):
    """The command lines of the README."""
    shown = re.search(r"```sh\n(.*?)```", (project / "README.md").read_text(), re.DOTALL)
    return [line for line in shown[1].splitlines() if line and not line.startswith("#")]


@pytest.mark.parametrize("engine", FILES)
def test_files(make, engine):
    """The project is these files, and no word of them is left to be filled in."""
    project = make(engine)
    assert sorted(file.name for file in project.iterdir()) == FILES[engine]
    assert not re.search(r"@\w+@", "".join(file.read_text() for file in project.iterdir()))


@pytest.mark.parametrize(("engine", "program"), [("cdk", "app.py"), ("pulumi", "__main__.py")])
def test_program_is_small(make, engine, program):
    """The program is under 15 lines."""
    assert 0 < len((make(engine) / program).read_text().splitlines()) < 15


@pytest.mark.parametrize("engine", FILES)
def test_package_is_pinned(make, engine):
    """The package is this version, with what the engine needs."""
    assert (make(engine) / "requirements.txt").read_text() == f"conveyor-iac[{engine}]=={version('conveyor-iac')}\n"


@pytest.mark.parametrize("engine", FILES)
def test_installation(make, engine):
    """The installation file loads and is what was asked for."""
    assert Installation.load(make(engine) / "installation.yaml").tenant == "globex"


@pytest.mark.parametrize(("engine", "name"), PLACES)
def test_never_overwrites(run, tmp_path, tree, engine, name):
    """When one of its files is there, it is named, stays as it is, and no other file is written."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / name).write_text("mine")
    answer = run("init", "--yes", "--engine", engine, folder, "--tenant", "globex")
    assert answer.code == 2
    assert f"error: {folder / name}: exists already" in answer.err
    assert tree(folder) == {name: b"mine"}


@pytest.mark.parametrize("engine", FILES)
def test_beside_other_files(run, tmp_path, tree, engine):
    """Other files in the folder are no hindrance and stay as they are."""
    (tmp_path / "notes.txt").write_text("mine")
    assert run("init", "--yes", "--engine", engine, tmp_path, "--tenant", "globex").code == 0
    assert tree(tmp_path)["notes.txt"] == b"mine"
    assert set(tree(tmp_path)) == {*FILES[engine], "notes.txt"}


@pytest.mark.parametrize(("words", "way_out"), [(["--engine", "cdk"], "cdk"), (["--engine", "pulumi"], "pulumi"),
                                                (["somewhere"], "cdk")])
def test_half_said(run, tmp_path, monkeypatch, words, way_out):
    """An engine without a folder, or a folder without an engine, is refused with what to write."""
    monkeypatch.chdir(tmp_path)
    answer = run("init", "--yes", *words)
    assert answer.code == 2
    assert f"Write `conveyor-iac init --engine {way_out} DIR`" in answer.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("engine", FILES)
def test_bad_answers(run, tmp_path, engine):
    """Bad answers are refused and the folder is not made."""
    answer = run("init", "--yes", "--engine", engine, tmp_path / "mine", "--tenant", "A-1")
    assert answer.code == 2
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("engine", FILES)
def test_from_sheet(run, tmp_path, engine):
    """The vendor's sheet fills in what it knows."""
    sheet = {"tenant": "umbrella", "region": "us-west-2", "session_name": "conveyor-umbrella",
             "control_plane": {"account": "444455556666", "role": "control"}, "principals": []}
    (tmp_path / "sheet.yaml").write_text(yaml.safe_dump(sheet))
    folder = tmp_path / "mine"
    assert run("init", "--yes", "--engine", engine, folder, "--from", tmp_path / "sheet.yaml").code == 0
    assert Installation.load(folder / "installation.yaml").control_plane.account == "444455556666"
    assert "umbrella" in (folder / "README.md").read_text()


def test_cdk_tools(make, root):
    """The CDK CLI is the one the repository is tested with, and starts the app."""
    project = make("cdk")
    pinned = json.loads((root / "package.json").read_text())["devDependencies"]
    assert json.loads((project / "package.json").read_text())["devDependencies"] == pinned
    assert json.loads((project / "cdk.json").read_text())["app"] == "python3 app.py"


def test_cdk_readme(make):
    """The README has three commands: set up, deploy, remove."""
    setup, deploy, remove = commands(make("cdk"))
    assert "pip install -r requirements.txt" in setup
    assert "npm install" in setup
    assert deploy.startswith("npx --no-install cdk deploy --all")
    assert remove == "npx --no-install cdk destroy --all"


def test_cdk_app_runs(make, tmp_path):
    """The app writes the templates of the installation file, and the README's parameter is one of theirs."""
    project = make("cdk")
    done = subprocess.run([sys.executable, project / "app.py"], cwd=tmp_path, check=True, capture_output=True,
                          env={**os.environ, "CDK_OUTDIR": str(tmp_path / "out")})
    made = assemble([Installation.load(project / "installation.yaml")], "app", tmp_path / "direct")
    assert (done.stdout, done.stderr) == (b"", b"")
    for name, template in made.items():
        assert (tmp_path / "out" / f"{name}.template.json").read_bytes() == template.read_bytes()
    stack, parameter = re.search(r"--parameters (\S+):(\w+)=", commands(project)[1]).groups()
    assert parameter in json.loads(made[stack].read_text())["Parameters"]


def test_cdk_app_without_the_package(make, tmp_path):
    """Where nothing is set up yet the app says in one line what to run."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL_ENV"))}
    done = subprocess.run([sys.executable, "-S", make("cdk") / "app.py"], cwd=tmp_path, env=clean, capture_output=True,
                          text=True, check=False)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.endswith("-m venv .venv && .venv/bin/pip install -r requirements.txt` first.")


def test_pulumi_readme(make):
    """The README sets up, deploys and removes the stack whose settings are there, and says what is downloaded."""
    project = make("pulumi")
    shown = commands(project)
    assert "pip install -r requirements.txt" in shown[0]
    assert all("globex" in line for line in shown[1:])
    assert [line.split()[1] for line in shown[1:]] == ["stack", "config", "up", "config", "up", "destroy"]
    assert "downloads the first time" in (project / "README.md").read_text()


def test_pulumi_program_runs(make, monkeypatch):
    """The program makes the deployment of the installation file with the stack's settings, and exports its outputs."""
    project = make("pulumi")
    settings = yaml.safe_load((project / "Pulumi.globex.yaml").read_text())["config"]
    monkeypatch.chdir(project)

    def program():
        pulumi.runtime.set_all_config({**settings, "conveyor:external_id": EXTERNAL_ID}, ["conveyor:external_id"])
        runpy.run_path(str(project), run_name="__main__")
        return dict(pulumi.runtime.get_root_resource().outputs)

    ran = Recorder().run(program)
    assert list(ran.of("PrivateDeployment")) == ["globex"]
    assert ran.result["installer_role_arn"] == "globex-InstallerRole.arn"
    assert ran.result["service_name"]
    assert EXTERNAL_ID not in json.dumps(ran.result)
