"""What the evaluator does not know: elements, operators and values whose meaning AWS does not document.

Knows the forms that a replay can judge. Refuses to judge any other: a replay over such a document confirms nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .replay_conditions import qualified, truth
from .replay_principals import ACCOUNT, KINDS
from .replay_texts import ARN_FIELDS, VARIABLE, VARIABLES_SINCE, completed, misread_variables, plain

_DOCUMENT = {"Version", "Id", "Statement"}
_PAIRS = (("Action", "NotAction"), ("Resource", "NotResource"), ("Principal", "NotPrincipal"))
_STATEMENT = {"Sid", "Effect", "Condition"} | {name for pair in _PAIRS for name in pair}
_ARN = re.compile(r"arn:[^*?]+:(?:iam|sts)::[0-9]{12}:[^*?]+")


def unsupported(documents: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Every place of the documents that a replay cannot judge, in plain words; empty when it can judge them all."""
    faults = ((number, fault) for number, document in enumerate(documents, 1) for fault in _in_document(document))
    return tuple(f"document {number}: {fault}" for number, fault in faults)


def _in_document(document: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"element {name}" for name in document if name not in _DOCUMENT)
    version = document.get("Version")
    if version not in (None, "2008-10-17", VARIABLES_SINCE):
        yield f"Version {version}"
    statements = document.get("Statement")
    if isinstance(statements, Mapping):
        statements = [statements]
    if not isinstance(statements, list | tuple) or not statements:
        yield "no Statement"
        return
    for number, statement in enumerate(statements, 1):
        faults = _in_statement(statement, variables=version == VARIABLES_SINCE)
        yield from (f"statement {number}: {fault}" for fault in faults)


def _in_statement(statement: Any, *, variables: bool) -> Iterator[str]:
    """Each element has one of two spellings, both never; Resource may be missing only where a Principal stands."""
    if not isinstance(statement, Mapping):
        yield "not a mapping"
        return
    yield from (f"element {name}" for name in statement if name not in _STATEMENT)
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"Effect {statement.get('Effect')}"
    for one, other in _PAIRS:
        if one in statement and other in statement:
            yield f"{one} together with {other}"
    optional = {"Principal", "NotPrincipal"} & set(statement)
    for one, other in _PAIRS[:1 if optional else 2]:
        if one not in statement and other not in statement:
            yield f"neither {one} nor {other}"
    yield from _in_patterns(statement, variables=variables)
    yield from _in_principals(statement)
    yield from _in_condition(statement.get("Condition", {}), variables=variables)


def _in_patterns(statement: Mapping[str, Any], *, variables: bool) -> Iterator[str]:
    """A variable stands only after the fifth colon; which fields a wildcard inside a short ARN fills is not said."""
    for name in ("Action", "NotAction", "Resource", "NotResource"):
        if name in statement and not _texts_only(statement[name]):
            yield f"{name} is not a text or a list of texts"
    for name in ("Resource", "NotResource"):
        for text in plain(statement.get(name, ())):
            if variables and misread_variables(text):
                yield f"{name} {text}: a policy variable of no documented form"
            elif variables and _early_variable(text):
                yield f"{name} {text}: a policy variable before the fifth colon"
            elif completed(text, variables=variables) != text and {"*", "?"} & set(text[:-1]):
                yield f"{name} {text}: fewer than six fields and a wildcard inside"


def _early_variable(text: str) -> bool:
    before = VARIABLE.split(text)[0]
    return before != text and before.count(":") < ARN_FIELDS - 1


def _in_principals(statement: Mapping[str, Any]) -> Iterator[str]:
    for name in ("Principal", "NotPrincipal"):
        principal = statement.get(name, "*")
        if isinstance(principal, Mapping):
            yield from (f"{name} of kind {kind}" for kind in principal if kind not in KINDS)
            yield from (f"{name} {kind} {text}" for kind in KINDS for text in plain(principal.get(kind, ()))
                        if not _known_principal(kind, text))
        elif principal != "*":
            yield f"{name} {principal}"


def _known_principal(kind: str, text: str) -> bool:
    if kind != "AWS":
        return not {"*", "?"} & set(text)
    return text == "*" or bool(ACCOUNT.fullmatch(text) or _ARN.fullmatch(text))


def _in_condition(condition: Any, *, variables: bool) -> Iterator[str]:
    if not isinstance(condition, Mapping):
        yield "Condition is not a mapping"
        return
    for name, keys in condition.items():
        if name != "Null" and qualified(name) is None:
            yield f"operator {name}"
        elif not isinstance(keys, Mapping):
            yield f"operator {name} without keys"
        else:
            for key, wanted in keys.items():
                yield from (f"{name} {key}: {fault}" for fault in _in_values(name, wanted, variables=variables))


def _in_values(name: str, wanted: Any, *, variables: bool) -> Iterator[str]:
    """A value that an operator cannot read, an ARN pattern without its six fields, a variable of no known form."""
    if not _texts_only(wanted, also=(bool, int, float)):
        yield "a value that is not a text"
    test = qualified(name)
    read = truth if test is None else test.of.read
    for text in plain(wanted):
        if read is not None and read(text) is None:
            yield f"the value {text} cannot be read"
        if read is None and variables and misread_variables(text):
            yield f"{text}: a policy variable of no documented form"
        if name.rpartition(":")[2].startswith("Arn") and _fields_of(text, variables) < ARN_FIELDS:
            yield f"{text} is a pattern with fewer than six fields"


def _fields_of(text: str, variables: bool) -> int:
    return (VARIABLE.sub("", text) if variables else text).count(":") + 1


def _texts_only(value: Any, also: tuple[type, ...] = ()) -> bool:
    values = value if isinstance(value, list | tuple) else [value]
    return all(isinstance(each, (str, *also)) for each in values)
