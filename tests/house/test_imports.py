"""The rooms import as the contracts of pyproject.toml say, and the contracts would notice if they did not."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

PLANTED = {
    "the model reaches up to a room": ("floors", "model/names.py", "import conveyor_iac.cdk"),
    "the emulator reaches up to the command line": ("floors", "emulator/local.py", "import conveyor_iac.cli"),
    "a room that nobody put on a floor": ("floors", "utils/__init__.py", ""),
    "the model imports the CDK": ("cdk-engine", "model/names.py", "import aws_cdk"),
    "the front door imports constructs": ("cdk-engine", "model/installation.py", "from constructs import Construct"),
    "the command line imports the CDK itself": ("cdk-engine-above", "cli/synth.py", "import aws_cdk"),
    "the emulator imports jsii itself": ("cdk-engine-above", "emulator/trial.py", "import jsii"),
    "the cdk room imports Pulumi": ("pulumi-engine", "cdk/policy.py", "import pulumi"),
    "the command line imports Pulumi itself": ("pulumi-engine", "cli/synth.py", "import pulumi_aws"),
    "the pulumi room imports the CDK": ("cdk-engine", "pulumi/door.py", "import aws_cdk"),
    "the pulumi room borrows from the cdk room": ("floors", "pulumi/door.py", "import conveyor_iac.cdk.spelling"),
    "the cdk room borrows from the pulumi room": ("floors", "cdk/policy.py", "import conveyor_iac.pulumi.door"),
    "the model imports Pulumi": ("pulumi-engine", "model/typed.py", "import pulumi"),
    "the model imports an AWS SDK": ("model-is-pure", "model/plan.py", "import boto3"),
    "the errors print": ("model-is-pure", "errors.py", "import rich"),
    "the model reaches up to the proofs": ("floors", "model/plan.py", "import conveyor_iac.proofs.template"),
    "the proofs reach up to the CDK's room": ("floors", "proofs/lint.py", "import conveyor_iac.cdk"),
    "the proofs read the plan": ("proofs-read-the-catalogue", "proofs/verify.py", "import conveyor_iac.model.plan"),
    "the proofs read what is decided of Azure": ("proofs-read-the-catalogue", "proofs/verify.py",
                                                 "import conveyor_iac.model.azure.contract"),
    "the catalogue reads the plan": ("proofs-read-the-catalogue", "model/catalogue/__init__.py",
                                     "import conveyor_iac.model.plan"),
    "a proof imports the CDK": ("proofs-deploy-nothing", "proofs/template.py", "import aws_cdk"),
    "a proof imports Pulumi": ("proofs-deploy-nothing", "proofs/template.py", "import pulumi"),
    "a proof starts a process": ("proofs-deploy-nothing", "proofs/iam/prover.py", "import subprocess"),
    "a proof prints": ("proofs-deploy-nothing", "proofs/verify.py", "import rich"),
    "the command line imports the solver": ("solver", "cli/verify.py", "import z3"),
    "the CDK's room imports the solver": ("solver", "cdk/policy.py", "from z3 import Solver"),
    "publishing asks the proofs itself": ("publishing-is-handed", "publishing/release.py",
                                          "import conveyor_iac.proofs.verify"),
    "publishing synthesizes": ("publishing-is-handed", "publishing/release.py", "import conveyor_iac.cdk.assembly"),
    "publishing borrows from the emulator": ("floors", "publishing/release.py", "import conveyor_iac.emulator"),
    "publishing imports the CDK itself": ("cdk-engine-above", "publishing/release.py", "import aws_cdk"),
    "the pulumi room imports the solver": ("solver", "pulumi/door.py", "import z3"),
}


@pytest.fixture(scope="module")
def names() -> dict[str, str]:
    """The name of each contract, by its id."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in rules["contracts"]}


def verdicts(folder: Path) -> dict[str, str]:
    """What import-linter says of the package in a folder: KEPT or BROKEN, by the contract's name."""
    said = subprocess.run([LINT_IMPORTS, "--no-logo", "--no-cache"], cwd=folder, capture_output=True, text=True,
                          check=False, env={"PATH": "", "COLUMNS": "200"})
    found = re.findall(r"^(.+) (KEPT|BROKEN)$", said.stdout, re.MULTILINE)
    assert found, f"no verdict of import-linter: {said.stdout}{said.stderr}"
    assert said.returncode == ("BROKEN" in dict(found).values())
    return dict(found)


def test_contracts_hold(names):
    """Every contract is kept by the package as it is."""
    assert verdicts(ROOT) == dict.fromkeys(names.values(), "KEPT")


@pytest.mark.parametrize("what", PLANTED)
def test_violation_breaks_contract(what, names, tmp_path):
    """A planted violation breaks the contract that forbids it."""
    contract, file, line = PLANTED[what]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "conveyor_iac", tmp_path / "conveyor_iac", ignore=shutil.ignore_patterns("__pycache__"))
    planted = tmp_path / "conveyor_iac" / file
    planted.parent.mkdir(exist_ok=True)
    with planted.open("a", encoding="utf-8") as stream:
        stream.write(f"\n{line}\n")
    assert verdicts(tmp_path)[names[contract]] == "BROKEN"


def test_every_contract_was_broken_once(names):
    """For each contract there is a planted violation above."""
    assert {contract for contract, _, _ in PLANTED.values()} == set(names)


def test_the_proofs_are_kept_from_all_of_the_model():
    """The contract of the proofs names every module of the model but the catalogue."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (contract,) = [contract for contract in rules["contracts"] if contract["id"] == "proofs-read-the-catalogue"]
    there = [file.parent if file.stem == "__init__" else file
             for file in (*(ROOT / "conveyor_iac/model").glob("*.py"),
                          *(ROOT / "conveyor_iac/model").glob("*/__init__.py"))]
    names = {f"conveyor_iac.model.{file.stem}" for file in there if file.stem not in ("model", "catalogue")}
    assert set(contract["forbidden_modules"]) == names
