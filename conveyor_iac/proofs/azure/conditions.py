"""Conditions on role assignments (version 2.0): read, and asked which roles they let somebody assign or take away.

Reads AND, OR, NOT, brackets, ActionMatches, and tests of attributes; a text that mixes AND and OR without brackets, or
has anything else, is not read. Attributes of the request and of the resource are whatever the caller wants them to be.
https://learn.microsoft.com/azure/role-based-access-control/conditions-format
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from conveyor_iac.proofs.azure.actions import matches

WRITE, DELETE = "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete"
_SOURCES: Final = {WRITE: "request", DELETE: "resource"}
_ROLE: Final = "microsoft.authorization/roleassignments:roledefinitionid"
OTHER: Final = "any other role"
_MOST: Final = 10
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<action>(?:ActionMatches|SubOperationMatches)\s*\{\s*'[^']*'\s*\})|(?P<attribute>@\w+\[[^\]]+\])"
    r"|(?P<text>'[^']*')|(?P<mark>&&|\|\||[(){},!])|(?P<word>[\w:./-]+))", re.IGNORECASE)


class Unread(Exception):
    """A condition that cannot be read; the text says what of it."""


@dataclass(frozen=True, slots=True)
class Action:
    """Whether the action matches a pattern."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Test:
    """An attribute, how it is compared, and with what."""

    source: str
    attribute: str
    operator: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """All of them hold."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """One of them holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """It does not hold."""

    part: "Node"


Node = Action | Test | Every | Some | Not


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A role that a condition lets somebody write or delete though nobody agreed; `sure` where that is certain."""

    action: str
    role: str
    sure: bool


def read(text: str) -> Node:
    """The condition of a text; `Unread` where it cannot be read."""
    tokens, at = [], 0
    text = text.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise Unread(f"what stands at {text[at:at + 20]!r}")
        tokens.append((str(found.lastgroup), found[str(found.lastgroup)]))
        at = found.end()
    reader = _Reader(tokens)
    node = reader.either()
    if reader.kind:
        raise Unread(f"what follows {reader.value!r}")
    return node


def grants(text: str, agreed: Iterable[str]) -> Iterator[Grant]:
    """Every role beside the agreed ones that a condition lets be assigned or taken away."""
    node, allowed = read(text), {role.lower() for role in agreed}
    named = {value.lower() for test in _tests(node) for value in test.values if test.attribute == _ROLE}
    for action in (WRITE, DELETE):
        for role in [*sorted(named - allowed), OTHER]:
            if (sure := _possible(node, action, role)) is not None:
                yield Grant(action=action, role=role, sure=sure)


class _Reader:
    """Reads tokens from the left; `kind` is empty at the end."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens, self._at = tokens, 0

    @property
    def kind(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    @property
    def value(self) -> str:
        return self._tokens[self._at][1] if self.kind else ""

    def take(self, *wanted: str) -> str:
        value = self.value
        if wanted and value.upper() not in wanted:
            raise Unread(f"what {value!r} means where {' or '.join(wanted)} is expected")
        self._at += 1
        return value

    def either(self) -> Node:
        """Parts that are joined by one word alone."""
        parts, joined = [self.part()], set()
        while self.value.upper() in ("AND", "&&", "OR", "||"):
            joined.add("and" if self.take().upper() in ("AND", "&&") else "or")
            parts.append(self.part())
        if len(joined) > 1:
            raise Unread("which of AND and OR counts first without brackets")
        if not joined:
            return parts[0]
        return Every(tuple(parts)) if joined == {"and"} else Some(tuple(parts))

    def part(self) -> Node:
        """A bracket, its negation, an action, or a test."""
        if self.value.upper() in ("!", "NOT"):
            self.take()
            return Not(self.part())
        if self.value == "(":
            self.take()
            found = self.either()
            self.take(")")
            return found
        if self.kind == "action":
            text = self.take()
            if not text.lower().startswith("actionmatches"):
                raise Unread("which sub-operation is meant")
            return Action(text.partition("'")[2].partition("'")[0])
        if self.kind != "attribute":
            raise Unread(f"what {self.value!r} means where a test is expected")
        return self.test()

    def test(self) -> Test:
        source, _, attribute = self.take()[1:-1].partition("[")
        if self.kind != "word":
            raise Unread(f"how {attribute} is compared")
        return Test(source.lower(), attribute.lower(), self.take().lower(), tuple(self.values()))

    def values(self) -> Iterator[str]:
        if self.value != "{":
            yield self.one()
            return
        self.take()
        yield self.one()
        while self.value == ",":
            self.take()
            yield self.one()
        self.take("}")

    def one(self) -> str:
        if self.kind not in ("text", "word"):
            raise Unread(f"what {self.value!r} is compared with")
        return self.take().strip("'")


def _tests(node: Node) -> Iterator[Test]:
    if isinstance(node, Test):
        yield node
    elif isinstance(node, Every | Some):
        for part in node.parts:
            yield from _tests(part)
    elif isinstance(node, Not):
        yield from _tests(node.part)


def _possible(node: Node, action: str, role: str) -> bool | None:
    """Whether the action on a role surely passes, as the caller may want everything else; nothing where it does not."""
    left = _reduced(node, action, role)
    if isinstance(left, bool):
        return left or None
    free = sorted(set(_tests(left)), key=repr)
    if len(free) > _MOST:
        return False
    worlds = (dict(zip(free, values, strict=True)) for values in product((True, False), repeat=len(free)))
    if not any(_holds(left, world) for world in worlds):
        return None
    callers = all(test.source in ("request", "resource") and test.attribute != _ROLE for test in free)
    return callers and len({(test.source, test.attribute) for test in free}) == len(free)


def _reduced(node: Node, action: str, role: str) -> "Node | bool":
    """What is left of a condition for one action on one role: the tests of anything else."""
    if isinstance(node, Action):
        return matches(node.pattern, action)
    if isinstance(node, Test):
        told = _told(node, action, role)
        return node if told is None else told
    if isinstance(node, Not):
        part = _reduced(node.part, action, role)
        return not part if isinstance(part, bool) else Not(part)
    decided = isinstance(node, Some)
    parts = [_reduced(part, action, role) for part in node.parts]
    if decided in parts:
        return decided
    left = tuple(part for part in parts if not isinstance(part, bool))
    return type(node)(left) if left else not decided


def _holds(node: Node, free: dict[Test, bool]) -> bool:
    if isinstance(node, Every):
        return all(_holds(part, free) for part in node.parts)
    if isinstance(node, Some):
        return any(_holds(part, free) for part in node.parts)
    if isinstance(node, Not):
        return not _holds(node.part, free)
    return isinstance(node, Test) and free[node]


def _told(test: Test, action: str, role: str) -> bool | None:
    """What a test of the role says of one; nothing where it tests something else, or in a way that is not known."""
    if test.attribute != _ROLE or test.source != _SOURCES[action]:
        return None
    across, _, operator = test.operator.rpartition(":")
    if operator not in ("guidequals", "guidnotequals") or across not in _ACROSS:
        return None
    if not across and len(test.values) > 1:
        return None
    found = [(role == value.lower()) == (operator == "guidequals") for value in test.values]
    return all(found) if across.endswith("allvalues") else any(found)


_ACROSS: Final = ("", "foranyofanyvalues", "forallofanyvalues", "foranyofallvalues", "forallofallvalues")
