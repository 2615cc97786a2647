"""conveyor-iac try: really deploys to the embedded AWS, reads back, uses the role, and removes everything."""

import time
from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, say, table
from conveyor_iac.errors import AnswerIsNo

if TYPE_CHECKING:
    from conveyor_iac.emulator.trial import Trial

EXAMPLE = "Example: conveyor-iac try -f examples/private.yaml --profile app --profile published"


class Profile(StrEnum):
    """Which templates to deploy."""

    app = "app"
    published = "published"


def run(
    file: File,
    profile: Annotated[list[Profile], typer.Option(help="app: cdk deploy; published: the published template.")] = [  # noqa: B006 (typer reads it, nobody changes it)
        Profile.app],
    tools: Annotated[Path, typer.Option(help="The folder whose node_modules holds the CDK CLI.")] = Path("."),
    json: Json = False,
) -> None:
    """Deploy an installation to an embedded AWS on this machine, read it back, use its role, and remove everything."""
    from conveyor_iac.cli.clouds import aws_only
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    installation = Installation.load(file)
    aws_only(installation, "the embedded cloud is AWS: there is none of Azure", "Look at it with conveyor-iac plan, and"
             " with pulumi preview in a project of conveyor-iac init --cloud azure --engine pulumi DIR")
    plan(installation)
    from conveyor_iac.emulator.pin import require_pinned
    from conveyor_iac.emulator.toolchain import cdk_command

    require_pinned()
    if Profile.app in profile:
        cdk_command(tools)
    from conveyor_iac.emulator.trial import attempt

    started = time.monotonic()
    trials = [attempt(installation, kind.value, tools, lambda step: _step(step, started)) for kind in profile]
    _step("done", started)
    if json:
        data([_told(trial) for trial in trials])
    else:
        print("\n\n".join(_words(trial) for trial in trials))
    if not all(trial.met for trial in trials):
        raise AnswerIsNo("something is not as it must be: see the rows marked NO, and what was left behind or lost")


def _step(text: str, started: float) -> None:
    say(f"[{time.monotonic() - started:5.1f} s] {text}")


def _told(trial: "Trial") -> dict[str, Any]:
    uses = [{"id": row.id, "what": row.what, "expected": row.expected, "answer": row.answer, "met": row.met}
            for row in trial.uses]
    return {"profile": trial.profile, "met": trial.met, "resources": dict(trial.resources), "uses": uses,
            "readings": [asdict(row) for row in trial.readings], "network": [asdict(row) for row in trial.told],
            "emulated": dict(trial.emulated), "recorded": dict(trial.recorded), "kept": list(trial.kept),
            "lost": list(trial.lost), "left": list(trial.left)}


def _words(trial: "Trial") -> str:
    """The parts that there are, each a table or a line."""
    parts = [f"Profile {trial.profile}", _stacks(trial), _uses(trial) if trial.uses else "",
             _readings(trial) if trial.readings else "", _made(trial), _ends(trial)]
    return "\n\n".join(part for part in parts if part)


def _stacks(trial: "Trial") -> str:
    return table(("stack", "resources"), [(name, str(count)) for name, count in trial.resources.items()])


def _uses(trial: "Trial") -> str:
    return table(("", "expected", "answer of the API", "use of the installer role"),
                 [(_mark(row.met), row.expected, row.answer, row.what) for row in trial.uses])


def _readings(trial: "Trial") -> str:
    return table(("", "network", "read back", "expected", "found"),
                 [(_mark(row.met), row.network, row.what, row.expected, row.found) for row in trial.readings])


def _made(trial: "Trial") -> str:
    emulated, recorded = sum(trial.emulated.values()), _counted(trial.recorded)
    return (f"Emulated: {emulated} resources of {len(trial.emulated)} types\n"
            f"Only recorded (checked against their schema, they do nothing): {recorded or 'nothing'}")


def _ends(trial: "Trial") -> str:
    lost = f"\nLost, and should not be: {', '.join(trial.lost)}" if trial.lost else ""
    return (f"Kept on purpose: {', '.join(trial.kept) or 'nothing'}\n"
            f"Left behind: {', '.join(trial.left) or 'nothing'}{lost}")


def _counted(types: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in types.items())


def _mark(met: bool) -> str:
    return "ok" if met else "NO"
