"""The Pulumi room beside the real package: neither hides the other, and nothing of the CDK or Node is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CDK = {"aws_cdk", "constructs", "jsii"}
IMPORTS = {
    "words": "import conveyor_iac.pulumi.words",
    "components": "import conveyor_iac.pulumi.aws",
    "components of Azure": "import conveyor_iac.pulumi.azure",
    "program": "import conveyor_iac.pulumi.program",
    "provider": "from conveyor_iac.pulumi.provider import Provider; assert Provider().schema",
}


def loaded(code: str, folder: Path) -> dict[str, str]:
    """Every module that a fresh Python has loaded when the code is through, with its file; no program is on PATH."""
    told = "[print(name, getattr(module, '__file__', '')) for name, module in sys.modules.items()]"
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", f"import sys; {code}; {told}"], cwd=folder, text=True,
                         capture_output=True, check=False, env={"PATH": str(folder)})
    assert run.returncode == 0, run.stderr
    return dict(line.split(" ", 1) for line in run.stdout.splitlines())


@pytest.mark.parametrize("what", IMPORTS)
def test_no_cdk_and_no_node(what, tmp_path):
    """Everything of the room works without Node on PATH, and loads nothing of the CDK."""
    modules = loaded(IMPORTS[what], tmp_path)
    assert {"pulumi", "conveyor_iac.pulumi"} <= modules.keys()
    assert modules.keys() & CDK == set()


CLOUDS = {"pulumi_aws", "pulumi_azure_native", "pulumi_azuread"}


@pytest.mark.parametrize(("what", "clouds"), [
    ("words", set()), ("program", set()), ("components", {"pulumi_aws"}),
    ("components of Azure", {"pulumi_azure_native", "pulumi_azuread"})])
def test_each_loads_its_own_cloud(what, clouds, tmp_path):
    """Words and program load no cloud's package, and the components of a cloud those of their own only."""
    assert loaded(IMPORTS[what], tmp_path).keys() & CLOUDS == clouds


@pytest.mark.parametrize("place", ["", "plugin", "stacks", "tests"])
def test_the_room_hides_nothing(place):
    """`pulumi` is the real package in site-packages, from wherever in the repository a program is run."""
    modules = loaded("import pulumi, conveyor_iac.pulumi", ROOT / place)
    assert Path(modules["pulumi"]).parts[-3:] == ("site-packages", "pulumi", "__init__.py")
    assert Path(modules["conveyor_iac.pulumi"]) == ROOT / "conveyor_iac/pulumi/__init__.py"
