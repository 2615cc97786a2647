"""The tables of `facts.toml`: consoles by partition, parameters of one account, actions of the workflow."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from conveyor_iac.model import catalogue


def console(region: str) -> str:
    """The address of CloudFormation's console in a region."""
    partition = catalogue.partition_of(region)
    return next(str(row["url"]) for row in _tables()["console"] if row["partition"] == partition).format(region=region)


def own() -> dict[str, str]:
    """The parameters whose value is of one account and region, each with the reason."""
    return {row["name"]: row["why"] for row in _tables()["own"]}


def action(name: str) -> str:
    """How a workflow uses an action: by its commit, with the version that it is beside it."""
    row = next(row for row in _tables()["action"] if row["name"] == name)
    return f"{name}@{row['commit']} # {row['version']}"


@cache
def _tables() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads((Path(__file__).parent / "facts.toml").read_text(encoding="utf-8"))
