"""The built wheel, alone, in an empty environment outside the repository: what a customer's engineer has."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from conveyor_iac.emulator import LocalAws
from conveyor_iac.emulator.site import Site, surroundings
from conveyor_iac.model.installation import Installation

ROOT = Path(__file__).parents[2]
UV = str(Path(sys.executable).parent / "uv")
EXTERNAL_ID = "only-in-this-test-0123456789"


def run(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run([str(word) for word in words], cwd=cwd, env=env, text=True, check=False,
                          capture_output=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    run(UV, "build", "--wheel", "--out-dir", out, "-q", ROOT, cwd=out)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def project(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project made by the wheel's own `init`, its environment and its npm packages installed."""
    place = tmp_path_factory.mktemp("customer")
    run(UV, "venv", "-q", "--python", sys.executable, place / "tool", cwd=place)
    run(UV, "pip", "install", "-q", "--python", place / "tool" / "bin" / "python", f"{wheel}[cdk]", cwd=place)
    folder = place / "acme"
    run(place / "tool" / "bin" / "conveyor-iac", "init", "--yes", "--engine", "cdk", folder, cwd=place)
    (folder / ".venv").symlink_to(place / "tool")
    run("npm", "install", "--silent", "--no-audit", "--no-fund", cwd=folder)
    return folder


@pytest.fixture(scope="module")
def aws(project: Path) -> Iterator[LocalAws]:
    installation = Installation.load(project / "installation.yaml")
    with LocalAws.start(account=installation.account or "", region=installation.region) as running:
        surroundings(running, installation)
        yield running


def test_the_wheel_holds_the_package(wheel: Path) -> None:
    """Every file of the package that is tracked is in the wheel, templates of projects and tables among them."""
    tracked = run("git", "ls-files", "conveyor_iac", cwd=ROOT).split()
    assert set(tracked) <= set(ZipFile(wheel).namelist())


@pytest.mark.deploy
def test_the_wheel_plans_and_synthesizes_what_the_repository_does(project: Path) -> None:
    """`plan` and `synth` of the installed wheel give the bytes that the repository gives."""
    from conveyor_iac.cdk.assembly import assemble

    tool = project / ".venv" / "bin" / "conveyor-iac"
    told = json.loads(run(tool, "plan", "-f", "installation.yaml", "--json", cwd=project))
    assert told["installation"]["TenantId"] == "acme"
    rows = json.loads(run(tool, "synth", "-f", "installation.yaml", "-o", "out", "--json", cwd=project))
    ours = assemble([Installation.load(project / "installation.yaml")], "app", project / "ours")
    assert {row["stack"]: (project / row["template"]).read_bytes() for row in rows} == {
        name: file.read_bytes() for name, file in ours.items()}


@pytest.mark.deploy
def test_the_project_deploys_into_an_account_without_bootstrap(project: Path, aws: LocalAws) -> None:
    """`npx cdk deploy` of the project works without `cdk bootstrap` and without an activated environment."""
    environment = {key: value for key, value in aws.env().items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")}
    environment["PATH"] = os.pathsep.join(
        part for part in environment["PATH"].split(os.pathsep) if part != str(Path(sys.executable).parent))
    cdk = ("npx", "--no-install", "cdk")
    given = f"conveyor-acme-installer-role:ExternalId={EXTERNAL_ID}"
    run(*cdk, "deploy", "--all", "--require-approval", "never", "--parameters", given, "--outputs-file", "outputs.json",
        cwd=project, env=environment)
    outputs = {key: value for stack in json.loads((project / "outputs.json").read_text()).values()
               for key, value in stack.items()}
    stacks = {stack["StackName"] for stack in aws.client("cloudformation").describe_stacks()["Stacks"]}
    assert stacks == {f"conveyor-acme-{name}" for name in (
        "network", "endpoints", "policies", "installer-policies", "installer-role")}
    assert "CDKToolkit" not in stacks
    site = Site(aws=aws, installation=Installation.load(project / "installation.yaml"), external_id=EXTERNAL_ID,
                outputs=outputs)
    assert site.assume(site.caller())["AccessKeyId"]
    assert not written_anywhere(project, EXTERNAL_ID)
    run(*cdk, "destroy", "--all", "--force", cwd=project, env=environment)
    assert aws.client("cloudformation").describe_stacks()["Stacks"] == []


def written_anywhere(folder: Path, secret: str) -> list[Any]:
    """The files of the project, its tools apart, that hold the secret."""
    return [file for file in folder.rglob("*") if file.is_file() and not {".venv", "node_modules"} & set(file.parts)
            and secret.encode() in file.read_bytes()]
