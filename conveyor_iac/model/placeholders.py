"""Values that only the engine knows, written into the model's values.

A text holds them as `${Name}`: a pseudo parameter (`${AWS::AccountId}`) or a parameter (`${TenantId}`), each
known by name. A switch, known by name too, chooses between two values: `Either`. IAM's own policy variables are
written escaped, `${!aws:username}`, and are never filled. Two more are known only when something is made: a part of
an address block (`Slice`) and what another part of the same plan is called in the cloud (`Made`).

`decide` fills what is known and leaves the rest for the engine; the order in which things become known does not
matter. Nothing here knows how an engine spells what is left.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache, lru_cache
from ipaddress import ip_network
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What another part of the same plan is in the cloud: its id or the named attribute, with texts around it."""

    name: str
    attribute: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """The `index`-th of `count` equal parts of a block, counted from its beginning.

    `count` is a power of two. A part has `bits` host bits; where the block is a parameter of any size, `bits` is the
    column of the address plan's table that says them, and `sized_by` the parameter that says the row.
    """

    of: Any
    index: int
    count: int
    bits: str
    sized_by: str = ""


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
    return _PLACEHOLDER.sub(lambda hit: values.get(hit[1], hit[0]), text) if "${" in text else text


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
    if isinstance(value, str):
        return fill(value, values)
    if value is None or isinstance(value, int):
        return value

    def again(part: Any) -> Any:
        return _decide(part, values, switches)

    if isinstance(value, tuple):
        return tuple(part for part in map(again, value) if part is not None)
    if isinstance(value, Either):
        if value.switch in switches:
            return again(value.yes if switches[value.switch] else value.no)
        return Either(switch=value.switch, yes=again(value.yes), no=again(value.no))
    if isinstance(value, Slice):
        of = again(value.of)
        return replace(value, of=of) if not isinstance(of, str) or "${" in of else _cut(of, value.index, value.count)
    kind: Any = type(value)
    if parts := _parts_of(kind):
        return kind(**{name: again(getattr(value, name)) for name in parts})
    return {fill(key, values): again(part) for key, part in value.items()} if isinstance(value, Mapping) else value


@cache
def _parts_of(kind: Any) -> tuple[str, ...]:
    """The fields that a dataclass is made of; nothing for any other type."""
    return tuple(part.name for part in fields(kind) if part.init) if is_dataclass(kind) else ()


@lru_cache(maxsize=64)
def _cut(of: str, index: int, count: int) -> str:
    """The part of a block as text; a block too small to be cut so is a `ValueError`."""
    block = _block(of)
    length = block.prefixlen + count.bit_length() - 1
    if length > block.max_prefixlen:
        raise ValueError(f"{of} cannot be cut into {count}")
    return f"{block.network_address + (index << block.max_prefixlen - length)}/{length}"


_block = lru_cache(maxsize=64)(ip_network)
"""Several parts are cut of the same block, one after the other."""


def every(value: Any) -> tuple[Any, ...]:
    """What a value can come to, whatever its switches: both sides of an `Either`, or the value itself."""
    if isinstance(value, Either):
        yes = every(value.yes)
        return (*yes, *(part for part in every(value.no) if part not in yes))
    return () if value is None else (value,)
