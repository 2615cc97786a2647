"""conveyor-iac plan: what will exist, in words and numbers, before any engine starts."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data
from conveyor_iac.errors import Fault, InputError

EXAMPLE = "Example: conveyor-iac plan -f examples/private.yaml --purposes"


def run(
    file: File,
    json: Json = False,
    purposes: Annotated[bool, typer.Option("--purposes", help="Every permission with its purpose.")] = False,
    prices: Annotated[Path | None, typer.Option("--prices", metavar="FILE", help="A price table of your own (TOML, of"
                      " the form of conveyor_iac/model/catalogue/prices.toml) in place of ours.")] = None,
) -> None:
    """Say what will exist for an installation, what lets what through, and what a month costs; nothing is made."""
    from conveyor_iac.cli import plan_words, planned
    from conveyor_iac.model import catalogue, costs
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    installation, table = _both(lambda: Installation.load(file),
                                lambda: costs.read(prices) if prices else catalogue.prices())
    told = planned.told(installation, plan(installation), table)
    if json:
        data(told)
    else:
        print(plan_words.words(told, purposes=purposes))


def _both(*loads: Callable[[], Any]) -> list[Any]:
    """What each of these loads; `InputError` with the faults of all of them."""
    faults: list[Fault] = []
    loaded = []
    for load in loads:
        try:
            loaded.append(load())
        except InputError as refused:
            faults += refused.faults
    if faults:
        raise InputError(faults)
    return loaded
