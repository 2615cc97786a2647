"""Argument words -> the rooms; prints; exit codes. SDKs are imported by the command that needs them.

stdout is data, stderr is talk. Exit 0: fine. 1: the answer is no. 2: the input is wrong.
"""

import gc
import os
import sys
from importlib.metadata import version
from typing import NoReturn

import typer

from conveyor_iac.cli import (
    connections,
    diff,
    doctor,
    handover,
    init,
    plan,
    publish,
    report,
    rollout,
    synth,
    talk,
    templates,
    try_,
    verify,
    verify_release,
    withdraw,
)
from conveyor_iac.errors import ConveyorError, Fault, InputError

# Our forms use no plugin of pydantic; looking for them reads the metadata of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

INTERRUPTED = 130
"""The exit code after Ctrl-C."""

EXTRAS = {"aws_cdk": "cdk", "constructs": "cdk", "jsii": "cdk", "boto3": "publish", "botocore": "emulator",
          "cryptography": "publish", "cyclonedx": "publish", "jinja2": "publish", "semver": "publish",
          "ministack": "emulator", "cfnlint": "verify", "z3": "verify", "z3-solver": "verify"}
"""Packages a command may miss, and the extra that brings each."""

app = typer.Typer(
    name="conveyor-iac",
    help="Everything a customer's cloud needs before a vendor's data plane can move in.",
    epilog="Start with: conveyor-iac init -f conveyor.yaml && conveyor-iac plan -f conveyor.yaml",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (init, plan, synth, templates, verify, diff, try_, doctor, connections, handover, report, rollout,
                publish, withdraw, verify_release):
    name = command.__name__.rpartition(".")[2].rstrip("_").replace("_", "-")
    app.command(name=name, epilog=command.EXAMPLE)(command.run)


@app.callback(invoke_without_command=True)
def _root(show_version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if show_version:
        typer.echo(version("conveyor-iac"))
        raise typer.Exit


def main() -> None:
    """The entry point: no traceback for what stops a run on purpose, and none for Ctrl-C."""
    gc.disable()  # a command lives for seconds; collecting while modules load is a tenth of a synth
    try:
        app()
    except ConveyorError as stopped:
        talk.report(stopped, as_json="--json" in sys.argv)
        sys.exit(stopped.exit_code)
    except ModuleNotFoundError as missing:
        package = (missing.name or "").partition(".")[0]
        if package not in EXTRAS:
            raise
        _refuse(package, "not installed", "this command needs it", f"pip install 'conveyor-iac[{EXTRAS[package]}]'")
    except OSError as refused:
        _refuse(str(refused.filename or "a file"), "cannot be used", refused.strerror or str(refused),
                "Name another place, or mend its permissions")
    except SystemExit as ending:
        if ending.code == INTERRUPTED:
            typer.echo("Stopped.", err=True)
            sys.unraisablehook = lambda _: None  # an engine that the same Ctrl-C ended complains while Python exits
        raise


def _refuse(path: str, value: str, rule: str, way_out: str) -> NoReturn:
    talk.report(InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)]), as_json="--json" in sys.argv)
    sys.exit(InputError.exit_code)
