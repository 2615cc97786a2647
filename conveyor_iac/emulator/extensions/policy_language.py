"""What ministack's evaluator lacks of the policy language itself: policy variables.

``${aws:PrincipalTag/tenant}`` in a resource or in a condition's value stands for the request's value of that key, or
for the default behind the comma; ``${*}``, ``${?}`` and ``${$}`` stand for the characters. A value that comes out of a
variable is taken as it is: a ``*`` in it is no wildcard. A variable without a value and without a default matches
nothing, so that a Deny that depends on it does not apply either; that is AWS's rule.

Knows patterns and one lookup; refuses to know requests. Used by the server and by evaluation.py alike.
"""

from __future__ import annotations

import dataclasses
import re
from functools import lru_cache
from typing import Any

# Private-use characters that stand for themselves-no-wildcard inside a pattern.
_LITERAL = {"*": "\ue000", "?": "\ue001"}
_MATCHES_NOTHING = "\ue002"
_PATTERN = {"*": ".*", "?": ".", "\ue000": r"\*", "\ue001": r"\?", _MATCHES_NOTHING: r"(?!)"}
_VARIABLE = re.compile(r"\$\{([^}]*)\}")
_DEFAULT = re.compile(r"\s*([^,]+?)\s*,\s*'(.*)'\s*")


def install() -> None:
    """Teach the evaluator; a second call does nothing."""
    from ministack.core import iam_evaluator

    if iam_evaluator._fnmatch_compile is _compile:
        return
    iam_evaluator._fnmatch_compile = _compile
    _substitute_in_resources(iam_evaluator)
    _substitute_in_conditions(iam_evaluator)


@lru_cache(maxsize=4096)
def _compile(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    regex = "".join(_PATTERN.get(character) or re.escape(character) for character in pattern)
    return re.compile(rf"\A(?:{regex})\Z", re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def substituted(pattern: str, context: Any) -> str:
    """The pattern with every policy variable replaced by its literal value in this request."""
    return _VARIABLE.sub(lambda found: _value(found.group(1), context), pattern) if "${" in pattern else pattern


def _value(name: str, context: Any) -> str:
    from ministack.core.iam_evaluator import _resolve_condition_key

    if name in ("*", "?", "$"):
        return _LITERAL.get(name, name)
    with_default = _DEFAULT.fullmatch(name)
    key, default = with_default.groups() if with_default else (name.strip(), None)
    found = _resolve_condition_key(key, context)
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else None
    return _literal(str(found)) if found is not None else default if default is not None else _MATCHES_NOTHING


def _literal(text: str) -> str:
    return "".join(_LITERAL.get(character, character) for character in text)


def _substitute_in_resources(evaluator: Any) -> None:
    first_match = evaluator._first_match

    def matching(context: Any, statements: list[Any], effect: str) -> Any:
        return first_match(context, [_concrete(statement, context) for statement in statements], effect)

    evaluator._first_match = matching


def _concrete(statement: Any, context: Any) -> Any:
    patterns = [*statement.resources, *statement.not_resources]
    if not any("${" in pattern for pattern in patterns):
        return statement
    return dataclasses.replace(
        statement,
        resources=[substituted(p, context) for p in statement.resources],
        not_resources=[substituted(p, context) for p in statement.not_resources],
    )


def _substitute_in_conditions(evaluator: Any) -> None:
    conditions_met = evaluator._conditions_met

    def meeting(conditions: Any, context: Any) -> bool:
        return bool(conditions_met(_concrete_conditions(conditions, context), context))

    evaluator._conditions_met = meeting


def _concrete_conditions(conditions: Any, context: Any) -> Any:
    return {operator: {key: _each(operator, values, context) for key, values in block.items()}
            if isinstance(block, dict) else block for operator, block in (conditions or {}).items()}


def _each(operator: str, values: Any, context: Any) -> Any:
    """The values with variables replaced; an operator that knows no wildcards gets the plain characters back."""
    listed = values if isinstance(values, list) else [values]
    found = [substituted(value, context) if isinstance(value, str) else value for value in listed]
    if "like" in operator.lower() or operator.lower().rpartition(":")[2].startswith("arn"):
        return found
    plain = {ord(stand_in): character for character, stand_in in _LITERAL.items()}
    return [value.translate(plain) if isinstance(value, str) else value for value in found]
