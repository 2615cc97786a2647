"""Assemblies: the same bytes on every way to them, and one clear line when something is missing."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble

STACKS = ("network", "endpoints", "policies", "installer-policies", "installer-role")
"""The stacks of a private installation, in the order in which they are deployed, by the end of their names."""
BASE = Path(sys.base_prefix) / "bin" / "python3"
"""The Python outside of any environment."""


def templates(folder):
    return {file.name: file.read_bytes() for file in sorted(folder.glob("*.template.json"))}


def outside(**more):
    """An environment that knows of no activated Python environment."""
    inside = str(Path(sys.executable).parent)
    path = os.pathsep.join(part for part in os.environ["PATH"].split(os.pathsep) if part != inside)
    kept = {name: value for name, value in os.environ.items()
            if name != "VIRTUAL_ENV" and not name.startswith(("PYTHON", "CDK_", "CONVEYOR_"))}
    return {**kept, "PATH": path, **more}


def started(file, *words, cwd, **env):
    return subprocess.run([BASE, *words, file], cwd=cwd, env=outside(**env), capture_output=True, text=True,
                          check=False, timeout=30)


def one_line(done):
    """The one line that is said, by a program that stops without a traceback."""
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


@pytest.fixture(scope="module")
def other(words, tmp_path_factory):
    """An installation file that is not the app's own."""
    file = tmp_path_factory.mktemp("other") / "umbrella.json"
    file.write_text(json.dumps(words(tenant="umbrella", region="eu-north-1")))
    return file


@pytest.fixture(scope="module")
def direct(other, tmp_path_factory):
    """Its templates, assembled in this process."""
    folder = tmp_path_factory.mktemp("direct") / "out"
    assemble([Installation.load(other)], "app", folder)
    return templates(folder)


@pytest.fixture
def copied(root, tmp_path):
    """The CDK app in a folder of its own, without an environment beside it."""
    (tmp_path / "stacks").mkdir()
    return Path(shutil.copy(root / "stacks" / "app.py", tmp_path / "stacks"))


def test_answer(direct, other, tmp_path):
    """The answer names each template by its stack, in the order in which they are deployed."""
    made = assemble([Installation.load(other)], "app", tmp_path / "out")
    assert list(made) == [f"conveyor-umbrella-{name}" for name in STACKS]
    assert {file.name: file.read_bytes() for file in made.values()} == direct


def test_same_without_and_with_the_cdk_cli(root, other, direct, tmp_path):
    """`cdk synth` writes the same bytes as we do without it."""
    words = ["synth", "--quiet", "--output", str(tmp_path / "out"), "-c", f"installation={other}"]
    subprocess.run(["npx", "--no-install", "cdk", *words], cwd=root, env=outside(), check=True, capture_output=True)
    assert templates(tmp_path / "out") == direct


def test_same_from_the_outside(root, other, direct, tmp_path):
    """stacks/app.py started by a Python that has no package finds its environment and writes the same bytes."""
    without = subprocess.run([BASE, "-c", "import conveyor_iac"], cwd=tmp_path, env=outside(), capture_output=True,
                             check=False)
    assert without.returncode == 1
    done = started(root / "stacks" / "app.py", cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "out"),
                   CDK_CONTEXT_JSON=json.dumps({"installation": str(other)}))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert templates(tmp_path / "out") == direct


def test_own_file_and_folder(root, tmp_path):
    """Started with nothing, the app takes the example and writes to cdk.out."""
    done = started(root / "stacks" / "app.py", cwd=tmp_path)
    assert done.returncode == 0
    assert set(templates(tmp_path / "cdk.out")) == {f"conveyor-acme-{name}.template.json" for name in STACKS}


def test_linked_environment(copied, other, direct, tmp_path):
    """The environment beside the app may be a link to one that lies elsewhere."""
    (copied.parents[1] / ".venv").symlink_to(sys.prefix)
    done = started(copied, cwd=tmp_path, CDK_OUTDIR=str(tmp_path / "out"),
                   CDK_CONTEXT_JSON=json.dumps({"installation": str(other)}))
    assert done.returncode == 0
    assert templates(tmp_path / "out") == direct


PUBLISHED = "import sys; from pathlib import Path; from conveyor_iac.cdk.assembly import assemble; assemble([], " \
            "'published', Path(sys.argv[1]))"


def test_same_twice(made_now, tmp_path):
    """The published templates are the same bytes every time."""
    again = assemble([], "published", tmp_path / "out")
    assert {name: file.read_bytes() for name, file in again.items()} == {
        name: file.read_bytes() for name, file in made_now.items()}


def test_published_under_the_cdk_cli(made_now, tmp_path):
    """And the same within the CDK CLI, whose context would add paths, a version and a bootstrap rule."""
    context = {"aws:cdk:enable-path-metadata": True, "aws:cdk:enable-asset-metadata": True,
               "aws:cdk:version-reporting": True, "@aws-cdk/core:newStyleStackSynthesis": True,
               "availability-zones:account=222222222222:region=eu-west-1": ["eu-west-1a"]}
    env = {**os.environ, "CDK_CONTEXT_JSON": json.dumps(context), "CDK_DEFAULT_ACCOUNT": "222222222222",
           "CDK_DEFAULT_REGION": "eu-west-1"}
    subprocess.run([sys.executable, "-c", PUBLISHED, str(tmp_path / "out")], env=env, check=True, capture_output=True)
    assert templates(tmp_path / "out") == {file.name: file.read_bytes() for file in made_now.values()}


def test_relative_folder(root, tmp_path):
    """A relative folder is one below the folder we are in now, wherever the engine was started."""
    (tmp_path / "there").mkdir()
    program = ("import os, sys; from pathlib import Path; from conveyor_iac import Installation\n"
               "from conveyor_iac.cdk.assembly import assemble\n"
               "os.chdir('there')\n"
               "assemble([Installation.load(Path(sys.argv[1]))], 'app', Path('out'))")
    subprocess.run([sys.executable, "-c", program, root / "examples" / "private.yaml"], cwd=tmp_path, check=False,
                   capture_output=True)
    assert len(templates(tmp_path / "there" / "out")) == len(STACKS)


def test_several_installations(words, direct, other, tmp_path):
    """Several installations stand in one assembly, each as it stands alone."""
    made = assemble([Installation.read(words()), Installation.load(other)], "app", tmp_path / "out")
    assert [name.split("-")[1] for name in made] == ["acme"] * len(STACKS) + ["umbrella"] * len(STACKS)
    assert {name: content for name, content in templates(tmp_path / "out").items() if "umbrella" in name} == direct


def test_without_the_package(copied):
    """Without an environment and without the package, the app says in one line what is missing and what to do."""
    done = started(copied, "-S", cwd=copied.parent)
    assert done.returncode == 1
    assert one_line(done) == ("No module named 'conveyor_iac'. Run `make setup`, or `pip install 'conveyor-iac[cdk]'`"
                              " into the Python you use.")


def test_without_the_cdk(root, copied):
    """With the package but without the CDK it says that."""
    done = started(copied, "-S", cwd=copied.parent, PYTHONPATH=str(root), PYTHONDONTWRITEBYTECODE="1")
    assert done.returncode == 1
    assert one_line(done).startswith("No module named 'constructs'. Run ")


def test_without_node(root, tmp_path):
    """Without Node, which the CDK runs in, the app says so in one line."""
    (tmp_path / "bin").mkdir()
    done = started(root / "stacks" / "app.py", cwd=tmp_path, PATH=str(tmp_path / "bin"))
    assert done.returncode != 0
    assert "Node" in one_line(done)


def test_bad_file(root, words, tmp_path):
    """A bad installation file ends the app with exit code 2 and every fault, and nothing is written."""
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(words(tenant="Acme-1", account="1")))
    done = started(root / "stacks" / "app.py", cwd=tmp_path, CDK_CONTEXT_JSON=json.dumps({"installation": str(file)}))
    assert done.returncode == 2
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == ["account", "tenant"]
    assert not (tmp_path / "cdk.out").exists()


def test_missing_file(root, tmp_path):
    """So does a file that is not there."""
    done = started(root / "stacks" / "app.py", cwd=tmp_path, CDK_CONTEXT_JSON='{"installation": "none.yaml"}')
    assert done.returncode == 2
    assert "none.yaml" in one_line(done)
