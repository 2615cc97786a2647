"""Argument words -> the rooms; prints; exit codes. SDKs are imported by the command that needs them.

stdout is data, stderr is talk. Exit 0: fine. 1: the answer is no. 2: the input is wrong.
"""

import os
import sys
from importlib.metadata import version

import typer

from conveyor_iac.cli import init, plan, synth, templates, try_
from conveyor_iac.cli.talk import report
from conveyor_iac.errors import ConveyorError, Fault, InputError

# Our forms use no plugin of pydantic; looking for them reads the metadata of every installed package.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")

app = typer.Typer(
    name="conveyor-iac",
    help="Everything a customer's cloud needs before a vendor's data plane can move in.",
    epilog="Start with: conveyor-iac init -f conveyor.yaml && conveyor-iac plan -f conveyor.yaml",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (init, plan, synth, templates, try_):
    app.command(name=command.__name__.rpartition(".")[2].rstrip("_"), epilog=command.EXAMPLE)(command.run)


@app.callback(invoke_without_command=True)
def _root(show_version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    if show_version:
        typer.echo(version("conveyor-iac"))
        raise typer.Exit


def main() -> None:
    """The entry point: no traceback for what stops a run on purpose, and none for Ctrl-C."""
    try:
        app()
    except ConveyorError as stopped:
        report(stopped, as_json="--json" in sys.argv)
        sys.exit(stopped.exit_code)
    except OSError as refused:
        where = str(refused.filename or "a file")
        report(InputError([Fault(path=where, value="cannot be used", rule=refused.strerror or str(refused),
                                 way_out="Name another place, or mend its permissions")]), as_json="--json" in sys.argv)
        sys.exit(InputError.exit_code)
    except KeyboardInterrupt:
        typer.echo("Stopped.", err=True)
        sys.exit(130)
