"""What the tests of this room share: the command line, in this process and as the real entry point."""

import contextlib
import copy
import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac.cli import main

ROOT = Path(__file__).parents[2]
ENTRY = Path(sys.executable).parent / "conveyor-iac"
WORDS = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How a run ended: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Answer]:
    """Runs the entry point's function in this process, where it need not start again each time."""

    def run(*words: Any) -> Answer:
        monkeypatch.setattr(sys, "argv", ["conveyor-iac", *map(str, words)])
        out, err = io.StringIO(), io.StringIO()
        code: Any = 0
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            try:
                main()
            except SystemExit as ended:
                code = ended.code
        return Answer(code=code or 0, out=out.getvalue(), err=err.getvalue())

    return run


@pytest.fixture(scope="session")
def real() -> Callable[..., Answer]:
    """Runs the real command in a process of its own: in a folder, with an environment, with typed input or none."""

    def real(*words: Any, cwd: Path, typed: str = "", **env: str) -> Answer:
        done = subprocess.run([ENTRY, *map(str, words)], cwd=cwd, env={**os.environ, **env}, input=typed, text=True,
                              capture_output=True, check=False, timeout=120)
        return Answer(code=done.returncode, out=done.stdout, err=done.stderr)

    return real


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    """Writes a good installation file with these keys changed; `...` leaves a key out."""

    def written(**changes: Any) -> Path:
        file = tmp_path / "conveyor.yaml"
        words = {key: value for key, value in {**WORDS, **changes}.items() if value is not ...}
        file.write_text(yaml.safe_dump(words))
        return file

    return written


def with_changes(words: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The words with changes, by dotted path; `...` leaves a key out."""
    made = copy.deepcopy(words)
    for path, value in changes.items():
        *parents, last = path.split(".")
        part = made
        for parent in parents:
            part = part.setdefault(parent, {})
        part.pop(last, None)
        if value is not ...:
            part[last] = value
    return made


@pytest.fixture
def azure(tmp_path: Path) -> Callable[..., Path]:
    """Writes the example of a data plane on Azure with these changes, by dotted path; `...` leaves a key out."""
    words = yaml.safe_load((ROOT / "examples/azure-shared.yaml").read_text())

    def azure(changes: dict[str, Any] | None = None) -> Path:
        file = tmp_path / "azure.yaml"
        file.write_text(yaml.safe_dump(with_changes(words, changes or {})))
        return file

    return azure


@pytest.fixture(scope="session")
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Every file under a folder, with its content."""
    return lambda folder: {str(file.relative_to(folder)): file.read_bytes()
                           for file in sorted(folder.rglob("*")) if file.is_file()}
