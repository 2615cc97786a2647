"""The texts of a policy: wildcards, policy variables and ARNs, read for one concrete request.

Knows how a text of a document is compared with a text of a request. Refuses to know statements and operators.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .request import Request

VARIABLES_SINCE = "2012-10-17"
ARN_FIELDS = 6
VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_NAMED = re.compile(r"\s*([^\s,'*?$]+)\s*(?:,\s*'([^']*)'\s*)?")


class Wild(Enum):
    """A wildcard of a pattern; everything else in a pattern is a single character that stands for itself."""

    MANY = "*"
    ONE = "?"


Pattern = tuple[str | Wild, ...]


def plain(value: Any) -> tuple[str, ...]:
    """The texts of an element that may hold one value or a list.

    Numbers and booleans may stand without quotes.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
    """
    if isinstance(value, bool):
        return (str(value).lower(),)
    if isinstance(value, str | int | float):
        return (str(value),)
    if isinstance(value, list | tuple):
        return tuple(text for each in value for text in plain(each))
    return ()


def pieces(text: str, *, wildcards: bool = True) -> Pattern:
    """A text without variables, as a pattern."""
    signs = {"*": Wild.MANY, "?": Wild.ONE} if wildcards else {}
    return tuple(signs.get(character, character) for character in text)


def fits(pattern: Sequence[str | Wild], text: str) -> bool:
    """Whether a whole text fits a pattern; ``*`` is any run of characters, also none, ``?`` exactly one.

    A wildcard of Action and Resource may stand anywhere and may pass a colon or a slash.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_action.html
    """
    at = done = 0
    star, resume = -1, 0
    while done < len(text):
        piece = pattern[at] if at < len(pattern) else None
        if piece is Wild.MANY:
            star, resume, at = at, done, at + 1
        elif piece is Wild.ONE or piece == text[done]:
            at, done = at + 1, done + 1
        elif star >= 0:
            resume += 1
            at, done = star + 1, resume
        else:
            return False
    return all(piece is Wild.MANY for piece in pattern[at:])


def fits_arn(pattern: Pattern, text: str) -> bool:
    """Whether an ARN fits a pattern field by field: no wildcard of the first five fields passes a colon.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN
    """
    wanted, given = _fields(pattern), text.split(":", ARN_FIELDS - 1)
    if len(wanted) != ARN_FIELDS or len(given) != ARN_FIELDS:
        return False
    return all(fits(one, other) for one, other in zip(wanted, given, strict=True))


def _fields(pattern: Pattern) -> list[list[str | Wild]]:
    fields: list[list[str | Wild]] = [[]]
    for piece in pattern:
        if piece == ":" and len(fields) < ARN_FIELDS:
            fields.append([])
        else:
            fields[-1].append(piece)
    return fields


def completed(resource: str, *, variables: bool) -> str:
    """A resource with fewer than six fields has ``*`` for each field that is missing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    seen = VARIABLE.sub("", resource) if variables else resource
    missing = ARN_FIELDS - 1 - seen.count(":")
    return resource + ":*" * missing if seen.startswith("arn:") else resource


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the texts of one document read for one request.

    variables: the document is of version 2012-10-17, so policy variables are filled; otherwise they are literal text.
    """

    request: Request
    variables: bool

    def pattern(self, text: str, *, wildcards: bool = True) -> Pattern | None:
        """The text with its variables filled; None when a variable has no value for this request.

        A filled value stands for itself: a ``*`` inside it is no wildcard. ``${*}``, ``${?}`` and ``${$}`` are the
        plain characters.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
        """
        filled: list[str | Wild] = []
        done = 0
        for variable in VARIABLE.finditer(text) if self.variables else ():
            value = self._value(variable.group(1))
            if value is None:
                return None
            filled += [*pieces(text[done:variable.start()], wildcards=wildcards), *value]
            done = variable.end()
        return (*filled, *pieces(text[done:], wildcards=wildcards))

    def _value(self, inside: str) -> str | None:
        """What stands between the braces, as a value: an escape, the key's one value, or the default of an unset key.

        A key with several values is no variable.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
        """
        if inside in ("*", "?", "$"):
            return inside
        named = _NAMED.fullmatch(inside)
        if named is None:
            return None
        values = self.request.values(named.group(1))
        if values:
            return values[0] if len(values) == 1 else None
        return named.group(2)


def misread_variables(text: str) -> bool:
    """Whether a text has a ``${`` that is no policy variable of the documented form."""
    opened = text.count("${")
    read = [each for each in VARIABLE.findall(text) if each in ("*", "?", "$") or _NAMED.fullmatch(each)]
    return opened != len(read)
