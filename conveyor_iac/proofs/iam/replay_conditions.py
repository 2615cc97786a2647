"""The condition operators, each as AWS documents it.

Knows how a Condition element holds for one concrete request. Refuses to know statements. A value is compared as text,
number, date, address or bytes; a value that cannot be read as such matches nothing.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from .replay_texts import Pattern, Reading, fits, fits_arn, plain

Compare = Callable[[Any, Any], bool]
Address = ipaddress.IPv4Network | ipaddress.IPv6Network
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)", re.ASCII)
_DATE = re.compile(
    r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(?:Z|([+-])(\d{2}):(\d{2})))?)?)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """An operator without prefix and suffix.

    compare: whether a request's value matches a value of the policy, both read.
    read: how a text is read when it is more than a text; None for texts, whose policy side is a pattern.
    wildcards: ``*`` and ``?`` in the policy's text are wildcards (texts only).
    negated: it holds when nothing matches.
    """

    compare: Compare
    read: Callable[[str], Any] | None = None
    wildcards: bool = False
    negated: bool = False


def number(text: str) -> Decimal | None:
    """An integer or decimal value; #Conditions_Numeric of the operators' page."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def date(text: str) -> Decimal | None:
    """Seconds since 1970 of an ISO 8601 date in a form of the W3C, or of epoch time; #Conditions_Date.

    Four digits are a year. A time of day needs its zone.
    https://www.w3.org/TR/NOTE-datetime
    """
    found = _DATE.fullmatch(text)
    if found is None:
        return number(text)
    year, month, day, hour, minute, second = (int(part or least) for part, least in zip(
        found.groups()[:6], (1, 1, 1, 0, 0, 0), strict=True))
    fraction, sign, hours, minutes = found.groups()[6:]
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=timezone(offset))
    except ValueError:
        return None
    whole = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    return whole + Decimal(f"0{fraction or ''}")


def truth(text: str) -> bool | None:
    """true or false; #Conditions_Boolean."""
    return {"true": True, "false": False}.get(text.lower())


def octets(text: str) -> bytes | None:
    """Bytes written in base 64, on both sides; #Conditions_BinaryEquals."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def addresses(text: str) -> Address | None:
    """An IPv4 or IPv6 range; an address without a prefix is itself alone; #Conditions_IPAddress."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _inside(given: Address, wanted: Address) -> bool:
    if isinstance(given, ipaddress.IPv4Network) and isinstance(wanted, ipaddress.IPv4Network):
        return given.subnet_of(wanted)
    if isinstance(given, ipaddress.IPv6Network) and isinstance(wanted, ipaddress.IPv6Network):
        return given.subnet_of(wanted)
    return False


def _same(given: str, wanted: Pattern) -> bool:
    return given == "".join(str(piece) for piece in wanted)


def _same_but_case(given: str, wanted: Pattern) -> bool:
    return given.lower() == "".join(str(piece) for piece in wanted).lower()


def _like(given: str, wanted: Pattern) -> bool:
    return fits(wanted, given)


def _like_arn(given: str, wanted: Pattern) -> bool:
    return fits_arn(wanted, given)


def _with_negation(name: str, negation: str, **how: Any) -> dict[str, Operator]:
    return {name: Operator(**how), negation: Operator(**how, negated=True)}


def _ordered(family: str, read: Callable[[str], Any]) -> dict[str, Operator]:
    return {
        **_with_negation(f"{family}Equals", f"{family}NotEquals", compare=operator.eq, read=read),
        f"{family}LessThan": Operator(compare=operator.lt, read=read),
        f"{family}LessThanEquals": Operator(compare=operator.le, read=read),
        f"{family}GreaterThan": Operator(compare=operator.gt, read=read),
        f"{family}GreaterThanEquals": Operator(compare=operator.ge, read=read),
    }


OPERATORS: Mapping[str, Operator] = {
    **_with_negation("StringEquals", "StringNotEquals", compare=_same),
    **_with_negation("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", compare=_same_but_case),
    **_with_negation("StringLike", "StringNotLike", compare=_like, wildcards=True),
    **_with_negation("ArnEquals", "ArnNotEquals", compare=_like_arn, wildcards=True),
    **_with_negation("ArnLike", "ArnNotLike", compare=_like_arn, wildcards=True),
    **_ordered("Numeric", number),
    **_ordered("Date", date),
    "Bool": Operator(compare=operator.eq, read=truth),
    "BinaryEquals": Operator(compare=operator.eq, read=octets),
    **_with_negation("IpAddress", "NotIpAddress", compare=_inside, read=addresses),
}
SETS = ("ForAllValues", "ForAnyValue")


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualified:
    """An operator with what stands before and behind it: ``ForAnyValue:StringLikeIfExists``."""

    of: Operator
    over: str
    if_exists: bool


def qualified(name: str) -> Qualified | None:
    """What an operator's whole name asks for; None for a name AWS does not document (Null is not here)."""
    over, colon, rest = name.rpartition(":")
    if colon and over not in SETS:
        return None
    stem = rest.removesuffix("IfExists")
    return Qualified(of=OPERATORS[stem], over=over, if_exists=stem != rest) if stem in OPERATORS else None


def holds(condition: Any, reading: Reading) -> bool:
    """Whether every operator and every key of a Condition holds: "and" between them, "or" between a key's values.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html
    """
    if not isinstance(condition, Mapping):
        return condition is None
    return all(
        isinstance(keys, Mapping) and all(_holds(name, key, plain(wanted), reading) for key, wanted in keys.items())
        for name, keys in condition.items()
    )


def _holds(name: str, key: str, wanted: tuple[str, ...], reading: Reading) -> bool:
    given = reading.request.values(key)
    if name == "Null":
        return _is_null(given, wanted)
    test = qualified(name)
    return test is not None and _tested(test, given, wanted, reading)


def _is_null(given: tuple[str, ...] | None, wanted: tuple[str, ...]) -> bool:
    """true: the key is absent or has no value; false: it is there with a value; #Conditions_Null."""
    return (not given) in {truth(text) for text in wanted}


def _tested(test: Qualified, given: tuple[str, ...] | None, wanted: tuple[str, ...], reading: Reading) -> bool:
    """One operator on one key.

    An absent key: false, or true when negated or IfExists. ForAllValues holds of no values and ForAnyValue never does,
    not even with IfExists, as AWS's own forum measured. ``""`` is a value; a set without values is ``()``. A plain
    operator on several values: any of them matches, or none when negated.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    https://repost.aws/questions/QU9HFmDzP0QGuU-fd7rS6B7w
    A policy variable without a value matches nothing, and a negated test that names one does not hold either: the
    statement counts as invalid.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
    """
    if given is None and test.if_exists and test.over != "ForAnyValue":
        return True
    sides = [_policy_side(test.of, text, reading) for text in wanted]
    if test.of.negated and test.of.read is None and None in sides:
        return False
    outcomes = [any(_matches(test.of, value, side) for side in sides) != test.of.negated for value in given or ()]
    if test.over:
        return all(outcomes) if test.over == "ForAllValues" else any(outcomes)
    return all(outcomes) if test.of.negated else any(outcomes)


def _policy_side(of: Operator, text: str, reading: Reading) -> Any:
    return reading.pattern(text, wildcards=of.wildcards) if of.read is None else of.read(text)


def _matches(of: Operator, value: str, side: Any) -> bool:
    given = value if of.read is None else of.read(value)
    return given is not None and side is not None and of.compare(given, side)
