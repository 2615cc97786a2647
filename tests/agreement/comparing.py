"""Two tellings of one deployment laid side by side, and the table of what may differ.

A telling is plain: by its name in the plan each thing with its kind and what is said of it; other things are named
in it as `<Name>` or `<Name.Attribute>`. Knows neither engine. A row of the table says why, and how much it excuses: a
row that excuses nothing is an error.
"""

import json
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final, Literal

Side = Literal["cdk", "pulumi"]
Telling = dict[str, dict[str, Any]]
NOTHING: Final = "(nothing)"
"""What a side says that says nothing of it."""
KIND: Final = "(kind)"
"""The key of a thing's type: CloudFormation's name of it. No property is called so."""
OUTPUTS: Final = "Outputs"
"""The name of what is handed over, by its keys."""
_UNORDERED: Final = ("AllowedPrincipals", "FirewallRules", "ManagedPolicyArns", "SecurityGroupEgress",
                     "SecurityGroupIngress", "Targets")
"""Lists in which the place means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What the two sides say of one property; `path` is empty where one side does not know the thing at all."""

    name: str
    type: str
    path: str
    cdk: Any
    pulumi: Any

    def __str__(self) -> str:
        return f"{self.name} ({self.type}) {self.path}: CDK {self.cdk!r}, Pulumi {self.pulumi!r}"

    def only(self, side: Side) -> bool:
        """Whether that side says something where the other says nothing."""
        there, other = (self.cdk, self.pulumi) if side == "cdk" else (self.pulumi, self.cdk)
        return bool(there != NOTHING and other == NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A difference that may be: of this type, at this path (with wildcards), said by that side only.

    `says` is exactly what is said; left out: anything. Of a whole thing it is what must be said among the rest, and
    `keys` are all that may be said.
    """

    type: str
    path: str
    only: Side
    reason: str
    says: Any = None
    keys: Collection[str] = ()

    def excuses(self, found: Difference) -> bool:
        if (found.type, found.only(self.only)) != (self.type, True) or not fnmatchcase(found.path, self.path):
            return False
        there = found.cdk if self.only == "cdk" else found.pulumi
        return self._whole(there) if self.path == "" else bool(self.says in (None, there))

    def _whole(self, there: Mapping[str, Any]) -> bool:
        says: Mapping[str, Any] = self.says or {}
        return {**there, **says} == dict(there) and set(there) <= {KIND, *self.keys, *says}


def table() -> tuple[Row, ...]:
    """The rows of differences.toml."""
    read = tomllib.loads((Path(__file__).parent / "differences.toml").read_text())
    return tuple(Row(**row) for row in read["difference"])


def differences(cdk: Telling, pulumi: Telling) -> list[Difference]:
    """Every difference of two tellings."""
    found = []
    for name in sorted({*cdk, *pulumi}):
        one, other = cdk.get(name), pulumi.get(name)
        type_ = str((one or other or {})[KIND])
        found += [Difference(name=name, type=type_, path=path, cdk=here, pulumi=there)
                  for path, here, there in _compared(NOTHING if one is None else _settled(one),
                                                     NOTHING if other is None else _settled(other), "")]
    return found


def unexcused(cdk: Telling, pulumi: Telling, rows: Collection[Row]) -> list[str]:
    """The differences that no row excuses, as a reader wants them."""
    return [str(found) for found in differences(cdk, pulumi) if not any(row.excuses(found) for row in rows)]


def _compared(one: Any, other: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted({*one, *other}):
            yield from _compared(one.get(key, NOTHING), other.get(key, NOTHING), f"{path}.{key}" if path else key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, (here, there) in enumerate(zip(one, other, strict=True)):
            yield from _compared(here, there, f"{path}.{number}")
    elif type(one) is not type(other) or one != other:
        yield path, one, other


def _settled(thing: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, with lists in order whose order means nothing."""
    return {key: sorted(value, key=_text) if key in _UNORDERED else value for key, value in thing.items()}


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
