"""What is loaded when: thinking needs no engine, and help needs next to nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGINES = {"aws_cdk", "constructs", "jsii", "pulumi", "boto3", "botocore", "ministack", "cfnlint", "z3",
           "cloudformation_validate"}

PLANNING = """
    from pathlib import Path
    from conveyor_iac import Installation, plan
    plan(Installation.load(Path("examples/private.yaml")))
"""
COMMAND = "import sys; sys.argv[0] = 'conveyor-iac'; from conveyor_iac.cli import main; main()"


def loaded(code: str, *words: str) -> set[str]:
    """The top-level modules that a fresh Python has loaded when the code is through."""
    telling = f"try:\n    {code.strip()}\nfinally:\n    import sys; print(*sys.modules, sep='\\n', file=sys.stderr)"
    run = subprocess.run([sys.executable, "-c", telling, *words], cwd=ROOT, capture_output=True, text=True,
                         check=False, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    assert run.returncode == 0, run.stderr
    return {name.partition(".")[0] for name in run.stderr.splitlines()}


def test_the_package_loads_no_engine():
    """Importing conveyor_iac loads no engine, and not even pydantic."""
    assert loaded("import conveyor_iac") & (ENGINES | {"pydantic"}) == set()


def test_planning_loads_no_engine():
    """Reading an installation file and planning it loads no engine and nothing that prints."""
    modules = loaded(PLANNING)
    assert "pydantic" in modules, "nothing was read"
    assert modules & (ENGINES | {"typer", "rich"}) == set()


def test_help_loads_next_to_nothing():
    """`conveyor-iac --help` is told without any engine, pydantic or YAML."""
    assert loaded(COMMAND, "--help") & (ENGINES | {"pydantic", "yaml"}) == set()


@pytest.mark.parametrize("words", ["--version", "init --help", "plan --help", "synth --help", "templates --help",
                                   "verify --help", "try --help"])
def test_help_of_a_command_loads_no_engine(words):
    """Version and the help of a command are told without any engine or YAML; pydantic is typer's own wish."""
    assert loaded(COMMAND, *words.split()) & (ENGINES | {"yaml"}) == set()


def test_the_plan_command_loads_no_engine():
    """`conveyor-iac plan` answers without any engine."""
    assert loaded(COMMAND, "plan", "-f", "examples/private.yaml") & ENGINES == set()


def test_offering_proofs_loads_no_solver():
    """What the proofs offer is there without the solver, pydantic or YAML being loaded before it is used."""
    assert loaded("import conveyor_iac.proofs; assert 'assert_proved' in conveyor_iac.proofs.__all__") & (
        ENGINES | {"pydantic", "yaml"}) == set()
    assert "z3" not in loaded("from conveyor_iac.proofs import assert_proved, read")


def test_an_engine_would_be_seen():
    """The tests above would notice an engine: importing the cdk room loads one."""
    assert {"aws_cdk", "jsii", "constructs"} <= loaded("import conveyor_iac.cdk")
