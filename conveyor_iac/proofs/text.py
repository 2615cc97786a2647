"""Texts whose parts may be unknown until a template is deployed.

Knows that `${AWS::Partition}` is one of a few words and that a parameter obeys its AllowedPattern; refuses to guess
which value it will be. Two texts are equal only where every value of their unknowns makes them so.
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

WILD = frozenset("*?$:")
"""What a value must not hold, so that a pattern it stands in still says what is written."""


_NESTED = re.compile(r"\[(?:\\.|[^\]\\])*?(?:\[|&&)")


@lru_cache(maxsize=512)
def readable(pattern: str) -> bool:
    """Whether Python reads a pattern as Java does: not where it has forms of Java's own, or warns of nested sets."""
    if _NESTED.search(pattern):
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(pattern)
    except (re.error, OverflowError, FutureWarning):
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """What an unknown can be: one of `values`, or whatever `pattern` (a whole match) and the lengths let through.

    Nothing given means any text at all. `other_than` are texts it is known not to be; `sample` is a likely value.
    """

    values: tuple[str, ...] = ()
    pattern: str | None = None
    min_length: int = 0
    max_length: int | None = None
    other_than: tuple[str, ...] = ()
    sample: str | None = None

    def holds(self, value: str) -> bool:
        """Whether the unknown can be this value."""
        if value in self.other_than or (self.values and value not in self.values):
            return False
        if len(value) < self.min_length or (self.max_length is not None and len(value) > self.max_length):
            return False
        return self.pattern is None or not readable(self.pattern) or re.fullmatch(self.pattern, value) is not None

    def without(self, *values: str) -> "Domain":
        """The domain less these values."""
        return replace(self, values=tuple(value for value in self.values if value not in values),
                       other_than=tuple(dict.fromkeys((*self.other_than, *values))))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """A value that is decided when the template is deployed, told apart from others by its name."""

    name: str
    domain: Domain = Domain()

    def __str__(self) -> str:
        return f"${{{self.name}}}"


@dataclass(frozen=True, slots=True)
class Text:
    """Literal texts and unknowns, one after the other."""

    parts: tuple[str | Unknown, ...] = ()

    @classmethod
    def of(cls, *parts: "str | Unknown | Text") -> "Text":
        """A text of these parts: what is literal side by side becomes one part."""
        joined: list[str | Unknown] = []
        for part in (piece for given in parts for piece in (given.parts if isinstance(given, Text) else (given,))):
            if isinstance(part, str) and joined and isinstance(joined[-1], str):
                joined[-1] += part
            elif part != "":
                joined.append(part)
        return cls(tuple(joined))

    @property
    def literal(self) -> str | None:
        """The text itself where nothing in it is unknown."""
        if not self.parts:
            return ""
        return self.parts[0] if len(self.parts) == 1 and isinstance(self.parts[0], str) else None

    @property
    def unknowns(self) -> tuple[Unknown, ...]:
        """What is unknown in it, each once."""
        return tuple(dict.fromkeys(part for part in self.parts if isinstance(part, Unknown)))

    def fill(self, values: Mapping[str, str]) -> "Text":
        """The text with the values that are given, by the names of the unknowns."""
        return Text.of(*(values.get(part.name, part) if isinstance(part, Unknown) else part for part in self.parts))

    def split(self, mark: str, most: int = -1) -> list["Text"]:
        """The texts between the marks, as `str.split` does it; an unknown is never split."""
        pieces: list[list[str | Unknown]] = [[]]
        for part in self.parts:
            if isinstance(part, Unknown):
                pieces[-1].append(part)
                continue
            left = -1 if most < 0 else most - len(pieces) + 1
            first, *rest = part.split(mark, left) if left else [part]
            pieces[-1].append(first)
            pieces.extend([piece] for piece in rest)
        return [Text.of(*piece) for piece in pieces]

    def startswith(self, prefix: str) -> bool:
        """Whether it begins with this literal text, whatever the unknowns are."""
        return bool(self.parts) and isinstance(self.parts[0], str) and self.parts[0].startswith(prefix)

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


def texts(value: object) -> Iterator[Text]:
    """Every text of a value made of texts, lists and mappings."""
    if isinstance(value, Text):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts(item)


def plain(value: object, values: Mapping[str, str]) -> object:
    """A value of texts, lists and mappings as plain JSON, the unknowns filled; one left unfilled keeps its name."""
    if isinstance(value, Text):
        return str(value.fill(values))
    if isinstance(value, list | tuple):
        return [plain(item, values) for item in value]
    if isinstance(value, Mapping):
        return {str(plain(key, values)): plain(item, values) for key, item in value.items()}
    return value
