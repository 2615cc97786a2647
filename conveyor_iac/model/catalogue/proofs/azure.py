"""What is known of the types that make something in Azure: reads `azure_types.toml` into frozen rows, once.

Decides nothing. A row that does not have its shape fails when the table is read.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidden:
    """An action that gives power or takes a guard rail away. `assigns`: a condition on the assignment can bound it."""

    action: str
    reason: str
    assigns: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AzureTypes:
    """What is known: types by their tokens, claims by their names without `azure.`; `*` is all of them."""

    known: Mapping[str, str]
    powers: Mapping[str, str]
    secrets: Mapping[str, str]
    parts: frozenset[str]
    doubtful: Mapping[str, tuple[str, ...]]
    namespaces: Mapping[str, tuple[str, ...]]
    elsewhere: frozenset[str]
    forbidden: tuple[Forbidden, ...]


def _each(rows: list[dict[str, Any]], value: str) -> Mapping[str, Any]:
    return MappingProxyType({name: tuple(row[value]) if isinstance(row[value], list) else row[value]
                             for row in rows for name in row.get("types") or row["modules"]})


@cache
def azure_types() -> AzureTypes:
    """The table."""
    path = files(__package__) / "azure_types.toml"
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return AzureTypes(
        known=_each(table["known"], "reason"), powers=_each(table["power"], "reason"),
        secrets=_each(table["secret"], "reason"), parts=frozenset(_each(table["part"], "reason")),
        doubtful=_each(table["doubtful"], "concerns"), namespaces=_each(table["namespace"], "concerns"),
        elsewhere=frozenset(name for row in table["elsewhere"] for name in row["packages"]),
        forbidden=tuple(Forbidden(action=action, reason=row["reason"], assigns=row.get("assigns", False))
                        for row in table["forbidden"] for action in row["actions"]))
