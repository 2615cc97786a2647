"""Values that only the engine knows, written into the model's values.

A text holds them as `${Name}`: a pseudo parameter (`${AWS::AccountId}`) or a parameter (`${TenantId}`), each
known by name. A switch, known by name too, chooses between two values: `Either`. IAM's own policy variables are
written escaped, `${!aws:username}`, and are never filled.

`decide` fills what is known and leaves the rest for the engine; the order in which things become known does not
matter. Nothing here knows how an engine spells what is left.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Protocol, TypeVar

from conveyor_iac.model import catalogue

_PLACEHOLDER = re.compile(r"\$\{(?!!)([^}]*)\}")
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Either:
    """`yes` where the switch is on, `no` where it is off; `None` means that nothing stands there."""

    switch: str
    yes: Any
    no: Any = None

    def __post_init__(self) -> None:
        if self.switch not in catalogue.switches():
            raise ValueError(f"unknown switch {self.switch!r}")


class Switched(Protocol):
    """A catalogue row that may name a switch, and whether it needs it on."""

    @property
    def switch(self) -> str: ...
    @property
    def when(self) -> bool: ...


def behind(row: Switched, value: Any) -> Any:
    """The value where the row's switch lets it be, or the value itself when the row names none."""
    if not row.switch:
        return value
    return Either(switch=row.switch, yes=value if row.when else None, no=None if row.when else value)


def longest_of(name: str) -> int:
    """The longest value of a placeholder, in characters; `ValueError` for a name nobody knows."""
    known = catalogue.pseudo_parameters().get(name) or catalogue.parameters().get(name)
    if known is None:
        raise ValueError(f"unknown placeholder ${{{name}}}")
    return known.max_length


def names(text: str) -> tuple[str, ...]:
    """The placeholders of a text, each once, in order; `ValueError` for one that is not known."""
    found = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
    for name in found:
        longest_of(name)
    return found


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with the known values in place of their placeholders; the others stay."""
    return _PLACEHOLDER.sub(lambda hit: values.get(hit[1], hit[0]), text)


def literal(text: str) -> str:
    """A text without placeholders as its reader gets it: IAM's own variables unescaped."""
    return text.replace("${!", "${")


def at_longest(text: str) -> str:
    """The text with every placeholder at its greatest length, for working out sizes."""
    return literal(_PLACEHOLDER.sub(lambda hit: "x" * longest_of(hit[1]), text))


def decide(value: T, values: Mapping[str, str], switches: Mapping[str, bool]) -> T:
    """The value with everything filled and chosen that is known.

    Works through texts, tuples, mappings, `Either` and frozen dataclasses; an item of a tuple that comes to
    nothing is left out.
    """
    return _decide(value, values, switches)  # type: ignore[no-any-return]


def _decide(value: Any, values: Mapping[str, str], switches: Mapping[str, bool]) -> Any:
    def again(part: Any) -> Any:
        return _decide(part, values, switches)

    if isinstance(value, str):
        return fill(value, values)
    if isinstance(value, tuple):
        return tuple(part for part in map(again, value) if part is not None)
    if isinstance(value, Mapping):
        return {fill(key, values): again(part) for key, part in value.items()}
    if isinstance(value, Either):
        if value.switch in switches:
            return again(value.yes if switches[value.switch] else value.no)
        return Either(switch=value.switch, yes=again(value.yes), no=again(value.no))
    return _rebuilt(value, again) if is_dataclass(value) and not isinstance(value, type) else value


def _rebuilt(value: Any, again: Callable[[Any], Any]) -> Any:
    return replace(value, **{part.name: again(getattr(value, part.name)) for part in fields(value) if part.init})


def every(value: Any) -> tuple[Any, ...]:
    """What a value can come to, whatever its switches: both sides of an `Either`, or the value itself."""
    if isinstance(value, Either):
        yes = every(value.yes)
        return (*yes, *(part for part in every(value.no) if part not in yes))
    return () if value is None else (value,)
