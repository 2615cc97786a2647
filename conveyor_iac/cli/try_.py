"""conveyor-iac try: really deploys to the embedded AWS, uses the role rightly and wrongly, and removes everything."""

import time
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
    """Deploy an installation to an embedded AWS on this machine, use its role, and remove everything."""
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    installation = Installation.load(file)
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
        raise AnswerIsNo("the role did not do what it must, or did what it must not: see the rows marked NO")


def _step(text: str, started: float) -> None:
    say(f"[{time.monotonic() - started:5.1f} s] {text}")


def _told(trial: "Trial") -> dict[str, Any]:
    uses = [{"id": row.id, "what": row.what, "expected": row.expected, "answer": row.answer, "met": row.met}
            for row in trial.uses]
    return {"profile": trial.profile, "met": trial.met, "resources": dict(trial.resources), "uses": uses,
            "left": list(trial.left)}


def _words(trial: "Trial") -> str:
    stacks = table(("stack", "resources"), [(name, str(count)) for name, count in trial.resources.items()])
    uses = table(("", "expected", "answer of the API", "use of the installer role"),
                 [("ok" if row.met else "NO", row.expected, row.answer, row.what) for row in trial.uses])
    left = "Left behind: " + (", ".join(trial.left) if trial.left else "nothing")
    return f"Profile {trial.profile}\n\n{stacks}\n\n{uses}\n\n{left}"
