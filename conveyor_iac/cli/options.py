"""Options that several commands share, in the same words."""

from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Option("--file", "-f", help="The installation file (YAML or JSON).", metavar="FILE")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON to stdout.")]
