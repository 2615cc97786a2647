"""Who judges what a change of a resource lets anybody do: reads `diff_types.toml` into frozen rows, once.

Decides nothing. A row that does not have its shape fails when the table is read.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

EVERY = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judge reads it: `by` is one of the words of `proofs.diff.found.Kind`."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmless:
    """It lets nobody do anything. `new`: that is known only of something new; a change of it is judged by nobody."""

    reason: str
    source: str
    new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One value is tighter than another: `tight` are the tight ones, or a smaller number is tighter (`less`).

    `path` leads to it, with dots; `absent` is what CloudFormation takes where nothing stands, and `new` what AWS gives
    something new then.
    """

    path: str
    absent: str
    new: str
    reason: str
    source: str
    tight: tuple[str, ...] = ()
    less: bool = False


Row = Judged | Harmless | tuple[Setting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffTypes:
    """What is known, by type and property; and the types without which nothing more can be done."""

    rows: Mapping[tuple[str, str], Row]
    gives: Mapping[str, str]

    def row(self, type_: str, property_: str) -> Row | None:
        """What is known of a property of a type; None: nobody judges it."""
        keys = ((type_, property_), (EVERY, property_), (type_, EVERY))
        return next((self.rows[key] for key in keys if key in self.rows), None)

    def reads(self, type_: str) -> bool:
        """Whether anything is known of the type's properties."""
        return any(known == type_ for known, _ in self.rows)

    def knows(self, type_: str) -> bool:
        """Whether it is known that nothing more can be done without one."""
        return type_ in self.gives or self.reads(type_)


@cache
def diff_types() -> DiffTypes:
    """The table; `ValueError` where two rows speak of one property of one type."""
    table = tomllib.loads((files(__package__) / "diff_types.toml").read_text(encoding="utf-8"))
    found: dict[tuple[str, str], Row] = {}
    for kind, row in ((name, row) for name in ("judged", "harmless", "protects") for row in table[name]):
        for key in ((type_, name) for type_ in row["types"] for name in row["properties"]):
            if key in found:
                raise ValueError(f"diff_types.toml: two rows speak of {' '.join(key)}")
            found[key] = Judged(by=row["by"]) if kind == "judged" else Harmless(
                reason=row["reason"], source=row["source"], new=kind == "protects")
    for row in table["setting"]:
        for type_, path in ((type_, path) for type_ in row["types"] for path in row["properties"]):
            key = type_, path.partition(".")[0]
            others = found.get(key, ())
            if not isinstance(others, tuple):
                raise ValueError(f"diff_types.toml: two rows speak of {' '.join(key)}")
            found[key] = (*others, _setting(path, row))
    gives = {type_: row["reason"] for row in table["gives"] for type_ in row["types"]}
    return DiffTypes(rows=MappingProxyType(found), gives=MappingProxyType(gives))


def _setting(path: str, row: Mapping[str, Any]) -> Setting:
    return Setting(path=path, absent=row["absent"], new=row.get("new", row["absent"]), reason=row["reason"],
                   source=row["source"], tight=tuple(row.get("tight", ())), less=row.get("less", False))
