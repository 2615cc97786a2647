"""Policy documents read into statements: elements, condition tests and principals, nothing left over.

Knows IAM's grammar and refuses what IAM would refuse, with every fault at once. Leaves are texts whose unknowns are
decided when the template is deployed. Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.proofs.text import Text

_ELEMENTS = ("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource",
             "Condition")
_STRINGS = ("StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike",
            "StringNotLike")
_ARNS = ("ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike")
_ORDERED = tuple(f"{kind}{comparison}" for kind in ("Numeric", "Date") for comparison in (
    "Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"))
OPERATORS = {name.lower(): name for name in (*_STRINGS, *_ARNS, *_ORDERED, "Bool", "Null", "BinaryEquals", "IpAddress",
                                             "NotIpAddress")}
_PRINCIPALS = ("AWS", "Service", "Federated", "CanonicalUser")


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One condition key held against values: `ForAnyValue:StringLikeIfExists` and its like, taken apart."""

    operator: str
    key: str
    values: tuple[Text, ...]
    each: str = ""
    """`any` (ForAnyValue), `all` (ForAllValues), or nothing."""
    if_exists: bool = False

    @property
    def negated(self) -> bool:
        """Whether it holds where no value matches."""
        return "Not" in self.operator

    @property
    def kind(self) -> str:
        """like, equals, fold, arn, null, or ordered (numbers, dates, addresses, bytes): how values are compared."""
        if self.operator in _ARNS:
            return "arn"
        if self.operator in ("StringLike", "StringNotLike"):
            return "like"
        if self.operator in ("StringEquals", "StringNotEquals"):
            return "equals"
        if self.operator in ("Bool", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"):
            return "fold"
        return "null" if self.operator == "Null" else "ordered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement. `where` says in which document it stands; `principals` is nothing in an identity policy."""

    where: str
    allows: bool
    actions: tuple[Text, ...] = ()
    not_actions: tuple[Text, ...] = ()
    resources: tuple[Text, ...] = ()
    not_resources: tuple[Text, ...] = ()
    tests: tuple[Test, ...] = ()
    principals: tuple[tuple[str, Text], ...] | None = None
    not_principals: tuple[tuple[str, Text], ...] = ()
    variables: bool = True
    """Whether `${…}` is a policy variable: since version 2012-10-17 of the language."""


class Malformed(Exception):
    """A document that IAM would refuse, or one that cannot be read; carries every fault."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(map(str, self.faults)))


def statement(row: Any, where: str, *, variables: bool = True) -> Statement:
    """The statement of a resolved mapping; `Malformed` with every fault."""
    faults = list(statement_faults(row, where))
    if faults:
        raise Malformed(faults)
    return Statement(
        where=where, allows=row["Effect"].literal == "Allow", variables=variables,
        actions=_texts(row.get("Action")), not_actions=_texts(row.get("NotAction")),
        resources=_texts(row.get("Resource")), not_resources=_texts(row.get("NotResource")),
        tests=tuple(_tests(row.get("Condition") or {})),
        principals=_principals(row["Principal"]) if "Principal" in row else None,
        not_principals=_principals(row.get("NotPrincipal", {})))


def statement_faults(row: Any, where: str) -> Iterator[Fault]:
    """What IAM would refuse in a resolved statement."""
    if not isinstance(row, Mapping):
        yield _fault(where, row, "a statement is a mapping")
        return
    for element in row:
        if element not in _ELEMENTS:
            yield _fault(f"{where}.{element}", element, f"the elements of a statement are {', '.join(_ELEMENTS)}")
    effect = row.get("Effect")
    if not isinstance(effect, Text) or (effect.literal is not None and effect.literal not in ("Allow", "Deny")):
        yield _fault(f"{where}.Effect", effect, "is Allow or Deny")
    elif effect.literal is None:
        yield _fault(f"{where}.Effect", effect, "is known before the template is deployed")
    if ("Action" in row) == ("NotAction" in row):
        yield _fault(where, "Action, NotAction", "has exactly one of them")
    for one, other in (("Resource", "NotResource"), ("Principal", "NotPrincipal")):
        if one in row and other in row:
            yield _fault(where, f"{one}, {other}", "has at most one of them")
    if not {"Resource", "NotResource", "Principal", "NotPrincipal"} & set(row):
        yield _fault(where, "nothing", "an identity policy names a Resource, a trust policy a Principal")
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        if element in row and not _are_texts(row[element]):
            yield _fault(f"{where}.{element}", row[element], "is a text or a list of texts, not empty")
    for element in ("Principal", "NotPrincipal"):
        yield from _principal_faults(row.get(element, {}), f"{where}.{element}")
    yield from _condition_faults(row.get("Condition") or {}, f"{where}.Condition")


def _principal_faults(value: Any, where: str) -> Iterator[Fault]:
    if isinstance(value, Text):
        if value.literal != "*":
            yield _fault(where, value, "is * or a mapping of kinds of principals")
    elif not isinstance(value, Mapping):
        yield _fault(where, value, "is * or a mapping of kinds of principals")
    else:
        for kind, names in value.items():
            if kind not in _PRINCIPALS:
                yield _fault(f"{where}.{kind}", kind, f"the kinds of principals are {', '.join(_PRINCIPALS)}")
            elif not _are_texts(names):
                yield _fault(f"{where}.{kind}", names, "is a text or a list of texts, not empty")


def _condition_faults(value: Any, where: str) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield _fault(where, value, "is a mapping of operators")
        return
    for operator, keys in value.items():
        if _operator(operator)[1] is None:
            yield _fault(f"{where}.{operator}", operator, "is an operator of IAM")
        if not isinstance(keys, Mapping):
            yield _fault(f"{where}.{operator}", keys, "is a mapping of condition keys")
            continue
        for key, values in keys.items():
            if not _are_texts(values):
                yield _fault(f"{where}.{operator}.{key}", values, "is a value or a list of values, not empty")


def _fault(path: str, value: Any, rule: str) -> Fault:
    return Fault(path=path, value=str(value)[:80], rule=rule, way_out="Write the statement as IAM accepts it")


def _operator(word: str) -> tuple[str, str | None, bool]:
    """`ForAnyValue:StringLikeIfExists` as (`any`, `StringLike`, True); nothing in the middle where it is none."""
    each, _, name = str(word).rpartition(":")
    quantifier = {"": "", "foranyvalue": "any", "forallvalues": "all"}.get(each.lower())
    if_exists = name.lower().endswith("ifexists")
    operator = OPERATORS.get((name[:-8] if if_exists else name).lower())
    known = quantifier is not None and not (operator == "Null" and if_exists)
    return quantifier or "", operator if known else None, if_exists


def _tests(condition: Mapping[str, Any]) -> Iterator[Test]:
    for word, keys in condition.items():
        each, operator, if_exists = _operator(word)
        assert operator is not None
        for key, values in keys.items():
            yield Test(operator=operator, key=str(key).lower(), values=_texts(values), each=each, if_exists=if_exists)


def _principals(value: Any) -> tuple[tuple[str, Text], ...]:
    if isinstance(value, Text):
        return (("*", value),)
    return tuple((kind, name) for kind, names in value.items() for name in _texts(names))


def _are_texts(value: Any) -> bool:
    items = value if isinstance(value, list) else [value]
    return bool(items) and all(isinstance(item, Text | bool | int | float) for item in items)


def _texts(value: Any) -> tuple[Text, ...]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(item if isinstance(item, Text) else Text.of(str(item).lower() if isinstance(item, bool) else str(item))
                 for item in items)
