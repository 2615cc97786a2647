"""The elements of statements and rules as patterns: resources, callers, condition values, the shapes of a claim.

Knows how IAM fills up a short ARN and whom an account stands for; refuses to know what a pattern is held against.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from conveyor_iac.proofs.iam.language import (
    STAR,
    Token,
    Variable,
    by_colons,
    fielded,
    holds_colon,
    may_be_short,
    tokens,
)
from conveyor_iac.proofs.iam.question import Rule
from conveyor_iac.proofs.iam.statements import Statement
from conveyor_iac.proofs.patterns import characters
from conveyor_iac.proofs.text import Text, Unknown

Pattern = tuple[Token, ...]
Site = tuple[Any, ...]
"""Where a pattern stands: in which statement, and in which of its elements or tests."""


def positive(statement: Statement, label: str, kind: str, *,
              over: bool) -> Iterator[tuple[str, Site, list[Pattern], bool]]:
    """Where a statement asks of a value that it match: in an Allow what is named, in a Deny what is spared."""
    resources = statement.resources if over else statement.not_resources
    if resources:
        yield "resource", (label, "resource"), resource_patterns(resources, statement.variables), False
    principals = statement.principals if over else statement.not_principals
    if principals:
        yield "principal", (label, "principal"), principal_patterns(principals, kind, over=True), False
    for index, test in enumerate(statement.tests):
        if test.kind not in ("null", "ordered") and test.negated is not over:
            patterns = [tokens(text, wildcards=test.kind in ("like", "arn"), variables=statement.variables)
                        for text in test.values]
            yield test.key, (label, index), patterns, test.kind == "fold"


def shapes(rule: Rule, texts: Iterable[Text]) -> list[Pattern]:
    """The patterns of a rule; those of ARNs are shapes, whose first fields no wildcard crosses."""
    return [fielded(tokens(text, plain=rule.plain)) for text in texts]


def resource_patterns(resources: Iterable[Text], variables: bool) -> list[Pattern]:
    """Patterns of resources; an ARN with fewer than six fields is filled up with `*`, as IAM does it.

    Where only an unknown's value says how many fields there are, anything may follow.
    """
    return [_filled_up(tokens(text, variables=variables)) for text in resources]


def _filled_up(pattern: Pattern) -> Pattern:
    fields = by_colons(pattern)
    if len(fields) >= 6 or not pattern or pattern[-1] == STAR:
        return pattern
    if any(isinstance(token, Variable) or (isinstance(token, Unknown) and holds_colon(token.domain))
           for token in pattern):
        return (*pattern, STAR) if may_be_short(pattern) else pattern
    if fields[0] != ["arn"]:
        return pattern
    filled: list[Token] = list(pattern)
    for _ in range(6 - len(fields)):
        filled += [":", STAR]
    return tuple(filled)


def principal_patterns(principals: Sequence[tuple[str, Text]], kind: str, *, over: bool) -> list[Pattern]:
    """Patterns of the callers that a principal element names, of one kind of principal.

    A caller is known by the ARN of its role or user. One who holds a session may be the very session that is named:
    with `over` the role of a named session counts as well.
    """
    found: list[Pattern] = []
    for named, text in principals:
        if named == "*" or (text.literal == "*" and named == kind):
            found.append((STAR,))
        elif named == kind:
            found.append(_account(text) if kind == "AWS" else tokens(text, wildcards=False, variables=False))
            found += _role_of_session(text) if over and kind == "AWS" else []
    return found


def _role_of_session(text: Text) -> list[Pattern]:
    """The role whose session a text names; a session's ARN does not tell the role's path."""
    fields = text.split(":")
    names = fields[5].split("/") if len(fields) == 6 else []
    if len(names) < 2 or names[0].literal != "assumed-role":
        return []
    return [tokens(Text.of(fields[0], ":", fields[1], ":iam::", fields[4], ":role/*", names[1]), variables=False)]


def _account(text: Text) -> Pattern:
    """An account, by its number or its root, is every principal of it; anything else is itself."""
    fields = text.split(":")
    if len(fields) == 6 and fields[5].literal == "root":
        return fielded(tokens(Text.of(fields[0], ":", fields[1], ":*::", fields[4], ":*"), plain=True))
    whole = text.literal
    number = whole.isdigit() and len(whole) == 12 if whole is not None else len(text.parts) == 1 and _is_number(text)
    if number:
        return fielded(tokens(Text.of("arn:*:*::", text, ":*")))
    return tokens(text, wildcards=False, variables=False)


def _is_number(text: Text) -> bool:
    """Whether an unknown can be nothing but an account's number."""
    part, = text.parts
    found = None if isinstance(part, str) else characters(part.domain)
    return found is not None and found <= frozenset("0123456789")
