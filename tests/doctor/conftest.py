"""A small account that answers what a test writes down, an embedded AWS, and cases to look at."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac.cli.account import AwsAccount, Refused
from conveyor_iac.cli.findings.finding import Case, Check, Finding
from conveyor_iac.emulator import LocalAws
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan

ROOT = Path(__file__).parents[2]
ENTRY = Path(sys.executable).parent / "conveyor-iac"
WORDS: dict[str, Any] = {
    "tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
    "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"},
}


@dataclass
class Written:
    """An account that answers what is written down for an operation, and refuses everything else."""

    answers: Mapping[str, Any]
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def ask(self, service: str, operation: str, /, **words: Any) -> Any:
        self.asked.append((f"{service}:{operation}", words))
        answer = self.answers.get(operation, Refused("AccessDenied", f"not authorized: {service}:{operation}"))
        answer = answer(words) if callable(answer) else answer
        if isinstance(answer, Refused):
            raise answer
        return answer


def case(changes: Mapping[str, Any] | None = None, account: Any = None, tools: Path = ROOT) -> Case:
    """A case: the words of a private deployment with these changes (None leaves a key out), and an account or none."""
    words = {**WORDS, **(changes or {})}
    installation = Installation.read({key: value for key, value in words.items() if value is not None})
    return Case(installation=installation, plan=plan(installation), tools=tools, account=account)


def look(check: Check, **words: Any) -> Finding:
    """The finding of a check that applies."""
    found = check.on(case(**words))
    assert found is not None
    return found


@pytest.fixture(scope="session")
def running() -> Iterator[LocalAws]:
    with LocalAws.start(account=WORDS["account"], region=WORDS["region"]) as aws:
        yield aws


@pytest.fixture
def aws(running: LocalAws, monkeypatch: pytest.MonkeyPatch) -> LocalAws:
    """An empty embedded AWS; boto3's own ways lead to it, as its root user."""
    running.reset()
    point_at(running, monkeypatch)
    return running


def point_at(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets boto3's own ways lead to an embedded AWS, and nothing of the user's own."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in aws.env().items():
        if name.startswith("AWS_") or name.lower() == "no_proxy":
            monkeypatch.setenv(name, value)


@pytest.fixture
def account(aws: LocalAws) -> AwsAccount:
    """The embedded AWS behind the port, as doctor opens it."""
    return AwsAccount(aws.region)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a run of the real command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def doctor(tmp_path: Path) -> Callable[..., Ended]:
    """Runs the real entry point on a file with these words, in an environment."""

    def doctor(words: Mapping[str, Any], *options: str, env: Mapping[str, str] | None = None) -> Ended:
        file = tmp_path / "conveyor.yaml"
        file.write_text(yaml.safe_dump(dict(words)))
        line = [ENTRY, "doctor", "-f", file, "--tools", ROOT, *options]
        done = subprocess.run(line, env=dict(env or os.environ), cwd=tmp_path, text=True, capture_output=True,
                              check=False, timeout=120)
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    return doctor
