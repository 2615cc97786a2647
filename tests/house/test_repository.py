"""What the files of the repository say of each other agrees, and nothing in them belongs to one machine."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from conveyor_iac.emulator import pin, toolchain

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
MACHINE_PATH = re.compile(r"(?<![\w.:$}-])/(root|work|home)/")
NO_NAMES = {"utils", "util", "common", "helpers", "helper", "base", "manager"}


@pytest.fixture(scope="module")
def tracked() -> list[Path]:
    """Every file of the repository that git knows and that is there."""
    said = subprocess.run(["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True,
                          check=True)
    return [file for name in said.stdout.split("\0") if name and (file := ROOT / name).is_file()]


def json_of(name: str) -> dict:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def test_the_cdk_cli_is_pinned():
    """package.json, its lock and the code name the same CDK CLI, exactly."""
    locked = json_of("package-lock.json")["packages"]
    assert json_of("package.json")["devDependencies"] == {"aws-cdk": toolchain.CDK}
    assert locked[""]["devDependencies"] == {"aws-cdk": toolchain.CDK}
    assert locked["node_modules/aws-cdk"]["version"] == toolchain.CDK


def test_the_emulator_is_pinned():
    """The extra `emulator` has only exact pins, and the one of ministack is the one the code demands."""
    assert f"{pin.DISTRIBUTION}=={pin.VERSION}" in EXTRAS["emulator"]
    assert all("==" in wanted for wanted in EXTRAS["emulator"])


def test_the_lock_is_current():
    """uv.lock is what pyproject.toml asks for."""
    uv = Path(sys.executable).with_name("uv")
    said = subprocess.run([uv, "lock", "--check", "--offline"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr


def test_every_dependency_has_a_floor():
    """Each direct dependency, of the package, an extra or the developers, has a lower bound or an exact pin."""
    groups = [PYPROJECT["project"]["dependencies"], *EXTRAS.values(), *PYPROJECT["dependency-groups"].values()]
    wanted = [text for group in groups for text in group if not text.startswith("conveyor-iac[")]
    assert len(wanted) > 10
    assert [text for text in wanted if not re.search(r"[>=]=\s*\d", text)] == []


def test_the_extra_all_is_every_extra():
    """The extra `all` names every other extra."""
    (everything,) = EXTRAS["all"]
    assert set(re.findall(r"\w+", everything.partition("[")[2])) == set(EXTRAS) - {"all"}


def test_stacks_shadow_nothing():
    """No file of stacks/, which a customer runs as a script, is named like a package that is installed."""
    files = list((ROOT / "stacks").glob("*.py"))
    assert "conveyor_iac" in {name for file in files for name in imports_of(file)}
    names = {file.stem for file in files} - {"__main__"}
    assert [name for name in names if PathFinder.find_spec(name)] == []  # whatever another test has imported
    assert names & {*sys.builtin_module_names, *sys.stdlib_module_names} == set()


def imports_of(file: Path) -> set[str]:
    """The top-level names of everything a file imports."""
    nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.partition(".")[0] for name in plain | named}


def test_no_room_for_odds_and_ends(tracked):
    """No file or folder is called utils, common, helpers, base or manager."""
    names = {part.partition(".")[0] for file in tracked for part in file.relative_to(ROOT).parts}
    assert names & NO_NAMES == set()


def test_tests_are_no_package():
    """There is no __init__.py under tests/: a folder called like a package must not shadow it."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_machine_paths(tracked):
    """No tracked text file speaks of a place on one machine."""
    found = []
    for file in tracked:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{file.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1)
                  if MACHINE_PATH.search(line)]
    assert found == []


def test_a_machine_path_would_be_found():
    """The pattern of the test above matches what it is meant for, and neither an address nor a relative path."""
    for place in ("root", "work", "home"):
        assert MACHINE_PATH.search(f"see /{place}/x")
    assert not MACHINE_PATH.search("https://example.com/home/x")
    assert not MACHINE_PATH.search("docs/work/x")
