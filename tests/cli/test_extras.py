"""A command whose extra is not installed says which one it is."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCKED = """
import sys
sys.modules[{package!r}] = None  # what an import finds when the package is not there
sys.argv = ["conveyor-iac", *{words!r}]
from conveyor_iac.cli import main
main()
"""


@pytest.mark.parametrize(("package", "words", "extra"), [
    ("aws_cdk", ["synth", "-f", "examples/private.yaml", "-o", "{out}"], "cdk"),
    ("aws_cdk", ["templates", "--check"], "cdk"),
    ("z3", ["verify", "templates/installer-role.template.json", "--no-lint"], "verify"),
    ("cfnlint", ["verify", "templates/endpoint-service.template.json"], "verify"),
    ("cloudformation_validate", ["verify", "templates/endpoint-service.template.json"], "verify"),
    ("boto3", ["publish", "--bucket", "releases", "--version", "1.0.0", "--dry-run"], "publish"),
    ("semver", ["diff", "1.0.0", "1.1.0", "--at", "templates"], "publish"),
    ("botocore", ["try", "-f", "examples/private.yaml", "--profile", "published"], "emulator"),
])
def test_a_missing_extra_is_named(package: str, words: list[str], extra: str, tmp_path: Path) -> None:
    """One line names the package and the extra that brings it; exit 2, no traceback, nothing written."""
    said = [word.format(out=tmp_path / "out") for word in words]
    done = subprocess.run([sys.executable, "-c", BLOCKED.format(package=package, words=said)], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 2, done.stderr
    assert f"pip install 'conveyor-iac[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []
