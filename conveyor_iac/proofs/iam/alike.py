"""Statements taken apart and put together again, so that neither order nor grouping tells two of them apart.

A statement speaks of every one of its actions with every one of its resources and principals. What is left of it
without those that others say in the same words needs no solver.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from conveyor_iac.proofs.iam.actions import is_pattern
from conveyor_iac.proofs.iam.statements import Statement, Test
from conveyor_iac.proofs.text import Text

_NONE: tuple[None] = (None,)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """Each action, resource and caller; nothing stands for an element that is left out or says all but some."""

    actions: dict[Any, None]
    resources: dict[Any, None]
    principals: dict[Any, None]
    tests: tuple[Test, ...]

    @classmethod
    def of(cls, statement: Statement) -> "_Said":
        """What a statement says."""
        return cls(actions=dict.fromkeys(statement.actions or _NONE), tests=statement.tests,
                   resources=dict.fromkeys(statement.resources or _NONE),
                   principals=dict.fromkeys(statement.principals or _NONE))


def less(given: Iterable[Statement], others: Iterable[Statement]) -> Iterator[Statement]:
    """What statements say that none of the others says in the same words, or on less; one for each action and caller.

    A statement is on less where each of its tests is one of the given statement's, with room for more values.
    """
    said: dict[Any, list[_Said]] = defaultdict(list)
    for other in others:
        said[_rest(other)].append(_Said.of(other))
    for statement in given:
        found = [row for row in said.get(_rest(statement), ()) if _implied(statement.tests, row.tests)]
        mine = _Said.of(statement)
        for action, principal in product(mine.actions, mine.principals):
            covered = [row.resources for row in found if action in row.actions and principal in row.principals]
            left = tuple(resource for resource in mine.resources if not any(resource in row for row in covered))
            if left:
                yield _with(statement, action, left, principal)


def _implied(tests: tuple[Test, ...], others: tuple[Test, ...]) -> bool:
    """Whether each of the other tests holds wherever these do."""
    return others == tests or all(any(other == test or _wider(other, test) for test in tests) for other in others)


def _wider(other: Test, test: Test) -> bool:
    """Whether a test holds wherever another of the same kind does: one of more values, negated one of fewer."""
    alike = (other.operator, other.key, other.each) == (test.operator, test.key, test.each)
    if not alike or test.kind == "null" or (test.if_exists and not other.if_exists):
        return False
    mine, theirs = set(test.values), set(other.values)
    return theirs <= mine if test.negated else mine <= theirs


def merged(statements: Iterable[Statement], action: str) -> tuple[Statement, ...]:
    """The same statements, grouped in one way however they were grouped, without where they stand.

    action: what is asked; where it is no pattern, every statement is taken to speak of it.
    """
    resources: dict[Any, dict[Any, None]] = defaultdict(dict)
    rows: dict[Any, Statement] = {}
    for statement in statements:
        if not is_pattern(action):
            statement = replace(statement, actions=(Text.of(action),), not_actions=())
        statement = replace(statement, where="", allows=False, tests=_sorted(statement.tests))
        said = _Said.of(statement)
        for one, principal in product(said.actions, said.principals):
            key = (_rest(statement), frozenset(statement.tests), one, principal)
            rows.setdefault(key, statement)
            resources[key] |= said.resources
    grouped: dict[Any, dict[Any, None]] = defaultdict(dict)
    for (rest, tests, one, principal), found_in in resources.items():
        grouped[rest, tests, principal, frozenset(found_in)][one] = None
    found = []
    for (rest, tests, principal, together), named in grouped.items():
        row = _with(rows[rest, tests, next(iter(named)), principal], None, _sorted(together), principal)
        found.append(replace(row, actions=_sorted(action for action in named if action is not None)))
    return _sorted(found)


def _rest(statement: Statement) -> Any:
    """What a statement says beside its actions, resources, principals and tests."""
    return (statement.allows, frozenset(statement.not_actions), frozenset(statement.not_resources),
            frozenset(statement.not_principals), statement.principals is None, statement.variables)


def _with(given: Statement, action: Any, resources: tuple[Any, ...], principal: Any) -> Statement:
    return replace(given, actions=given.actions if action is None else (action,),
                   resources=() if resources == _NONE else resources,
                   principals=given.principals if principal is None else (principal,))


def _sorted(rows: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(sorted(rows, key=repr))
