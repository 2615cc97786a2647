"""conveyor-iac plan: what will exist, in words and numbers, before any engine starts."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data
from conveyor_iac.errors import Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.model.installation import Installation

EXAMPLE = "Example: conveyor-iac plan -f examples/private.yaml --purposes"


def run(
    file: File,
    json: Json = False,
    purposes: Annotated[bool, typer.Option("--purposes", help="Every permission with its purpose; with cloud: azure"
                                           " every security rule too.")] = False,
    prices: Annotated[Path | None, typer.Option("--prices", metavar="FILE", help="A price table of your own (TOML, of"
                      " the form of conveyor_iac/model/catalogue/prices.toml, with cloud: azure of"
                      " catalogue/azure/prices.toml) in place of ours.")] = None,
) -> None:
    """Say what will exist for an installation, on AWS or Azure, what lets what through, and what a month costs;
    nothing is made."""
    installation, table = _both(file, prices)
    told, words = _said(installation, table)
    if json:
        data(told)
    else:
        print(words(told, purposes=purposes))


def _said(installation: "Installation", table: Any) -> tuple[dict[str, Any], Callable[..., str]]:
    """The plan as plain data, and what makes words of it."""
    from conveyor_iac.model.plan import plan

    made = plan(installation)
    if made.azure:
        from conveyor_iac.cli import plan_azure_words, planned_azure

        return planned_azure.told(installation, made.azure, table), plan_azure_words.words
    from conveyor_iac.cli import plan_words, planned

    return planned.told(installation, made, table), plan_words.words


def _both(file: Path, prices: Path | None) -> "tuple[Installation, Any]":
    """The installation and the price table of its cloud; `InputError` with the faults of both."""
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.words import words_of

    faults: list[Fault] = []
    words: object = {}
    installation = table = None
    try:
        words = words_of(file)
        installation = Installation.read(words)
    except InputError as refused:
        faults += refused.faults
    try:
        table = _table(words.get("cloud") if isinstance(words, Mapping) else None, prices)
    except InputError as refused:
        faults += refused.faults
    if faults or installation is None:
        raise InputError(faults)
    return installation, table


def _table(cloud: object, prices: Path | None) -> Any:
    """The price table that is given, or ours, of a cloud: the two clouds charge for different things."""
    if cloud == "azure":
        from conveyor_iac.model.azure import costs as azure_costs
        from conveyor_iac.model.catalogue import azure

        return azure_costs.read(prices) if prices else azure.prices()
    from conveyor_iac.model import catalogue, costs

    return costs.read(prices) if prices else catalogue.prices()
