"""Which statements speak of an action: by its name, wildcards and NotAction, case ignored."""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.iam.statements import Statement
from conveyor_iac.proofs.text import Text


def words(row: Any) -> tuple[str | None, ...]:
    """The action patterns of a statement as written, in lower case; nothing stands for one that cannot be read."""
    return (None,) if "NotAction" in row else tuple(_words(row.get("Action")))


def may_match(patterns: tuple[str | None, ...], action: str) -> bool:
    """Whether one of the patterns can speak of an action; what cannot be read may."""
    return any(word is None or meets(word, action) for word in patterns)


def acts(statement: Statement, action: str, *, over: bool) -> bool:
    """Whether a statement speaks of an action: perhaps (`over`), or certainly. A pattern is asked as a whole."""
    if is_pattern(action):
        return over or not statement.allows
    if statement.actions:
        return any(_is(text, action, over=over) for text in statement.actions)
    return not any(_is(text, action, over=not over) for text in statement.not_actions)


def may_speak(statement: Statement, action: str) -> bool:
    """Whether a statement, whatever it does, may speak of an action or of one of a pattern."""
    if not is_pattern(action):
        return acts(statement, action, over=True)
    return not statement.actions or any(_is(text, action, over=True) for text in statement.actions)


def surely_speaks(statement: Statement, action: str) -> bool:
    """Whether a statement surely speaks of an action; of a pattern, whether it may, since each action is looked at."""
    return may_speak(statement, action) if is_pattern(action) else acts(statement, action, over=False)


def is_pattern(action: str) -> bool:
    """Whether an action holds a wildcard."""
    return "*" in action or "?" in action


def _is(text: Text, action: str, *, over: bool) -> bool:
    return over if text.literal is None else meets(text.literal.lower(), action.lower())


def _words(value: Any) -> Iterator[str | None]:
    """The action patterns of a statement as written; nothing stands for one that is not a literal."""
    if isinstance(value, str) and "{{" not in value:
        yield value.lower()
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict) and set(value) == {"Fn::If"}:
        for item in value["Fn::If"][1:]:
            yield from _words(item)
    elif value != {"Ref": "AWS::NoValue"}:
        yield None


@cache
def known_names() -> Mapping[str, str]:
    """The iam actions that change something, as AWS writes them, by their name in lower case."""
    rows = (*catalogue.authoring(), *catalogue.conditional(), *(row.action for row in catalogue.harmless()))
    return {action.lower(): action for action in rows}


def as_written(asked: str, action: str) -> str:
    """An action in lower case as AWS writes it, as far as the table or the pattern that was asked for tells."""
    whole = asked.partition("*")[0]
    told = whole + action[len(whole):] if action.startswith(whole.lower()) else action
    return spellings().get(action, told)


@cache
def spellings() -> Mapping[str, str]:
    """Actions that the tables name, as AWS writes them, by their name in lower case."""
    named = [action for rows in (catalogue.data_reading(), catalogue.data_sharing()) for row in rows
             for action in row.actions]
    named += [*(action for row in catalogue.not_data() for action in row.actions),
              *(row.action for row in catalogue.takeover())]
    return {**{action.lower(): action for action in named if not is_pattern(action)}, **known_names()}


@lru_cache(maxsize=65536)
def meets(pattern: str, action: str) -> bool:
    """Whether two action patterns, in lower case, can match one action."""
    if is_pattern(action):
        return _overlap(pattern, action)
    return _compiled(pattern).fullmatch(action) is not None


@lru_cache(maxsize=8192)
def _compiled(pattern: str) -> re.Pattern[str]:
    words = {"*": ".*", "?": "."}
    return re.compile("".join(words.get(char) or re.escape(char) for char in pattern), re.DOTALL)


@lru_cache(maxsize=65536)
def _overlap(one: str, other: str) -> bool:
    if not one or not other:
        return all(char == "*" for char in one + other)
    if "*" in (one[0], other[0]):
        star, rest = (one, other) if one[0] == "*" else (other, one)
        return _overlap(star[1:], rest) or _overlap(star, rest[1:])
    return (one[0] == other[0] or "?" in (one[0], other[0])) and _overlap(one[1:], other[1:])
