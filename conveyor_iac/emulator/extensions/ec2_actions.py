"""EC2's table of API actions: how ours join ministack's, and how a question is read and an answer put.

Knows EC2's Query protocol: numbered parameters, filters, XML. Knows no resource. A handler refuses by raising
Ec2Refused; a stack shows the same sentence as its reason. A filter that a handler does not know is refused, since
letting everything through would look like an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any
from xml.sax.saxutils import escape

Params = Mapping[str, Any]
Answer = tuple[int, dict[str, str], bytes]
Handler = Callable[[Params], Answer]


class Ec2Refused(ValueError):
    """EC2 would refuse this, with this code."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{sentence} ({code})")
        self.code, self.sentence = code, sentence


def define(action: str, handler: Handler) -> None:
    """Serve *action*, which ministack lacks."""
    from ministack.services import ec2

    ec2._ACTION_MAP.setdefault(action, _answering(handler))


def around(action: str, wrap: Callable[[Params, Handler], Answer]) -> None:
    """Serve *action* by *wrap*, which is given the parameters and the handler so far."""
    from ministack.services import ec2

    inner = ec2._ACTION_MAP[action]
    ec2._ACTION_MAP[action] = _answering(lambda params: wrap(params, inner))


def check_first(action: str, check: Callable[[Params], None]) -> None:
    """Run *check* before *action*; it raises Ec2Refused when the call must be refused."""
    def checked(params: Params, inner: Handler) -> Answer:
        check(params)
        return inner(params)

    around(action, checked)


def append_elements(renderer: str, elements: Callable[[dict[str, Any]], str]) -> None:
    """Put further *elements* at the end of what ministack's *renderer* makes of a record."""
    from ministack.services import ec2

    render = getattr(ec2, renderer)

    def rendering(record: dict[str, Any], tag: str = "item") -> str:
        xml: str = render(record, tag=tag)
        head, _, _ = xml.rpartition(f"</{tag}>")
        return f"{head}{elements(record)}</{tag}>"

    setattr(ec2, renderer, rendering)


def _answering(handler: Handler) -> Handler:
    def answering(params: Params) -> Answer:
        from ministack.services import ec2

        try:
            return handler(params)
        except Ec2Refused as refused:
            failed: Answer = ec2._error(refused.code, escape(refused.sentence), 400)
            return failed

    return answering


def one(params: Params, name: str) -> str:
    """A single parameter, or the empty string."""
    found = params.get(name, "")
    return str(found[0] if isinstance(found, list) and found else found or "")


def many(params: Params, name: str) -> list[str]:
    """A numbered parameter: ``SubnetId.1``, ``SubnetId.2``…"""
    found, number = [], 1
    while value := one(params, f"{name}.{number}"):
        found.append(value)
        number += 1
    return found


def answer(action: str, inner: str) -> Answer:
    """The answer of *action*."""
    from ministack.services import ec2

    found: Answer = ec2._xml(200, f"{action}Response", inner)
    return found


def element(name: str, value: object) -> str:
    """One element; nothing for None, ``true`` and ``false`` for truth."""
    if value is None:
        return ""
    return f"<{name}>{escape(str(value).lower() if isinstance(value, bool) else str(value))}</{name}>"


def listed(name: str, items: Iterable[str]) -> str:
    """A set of items, each already in XML."""
    return f"<{name}>{''.join(f'<item>{item}</item>' for item in items)}</{name}>"


def texts(name: str, values: Iterable[str]) -> str:
    """A set of plain texts."""
    return listed(name, (escape(str(value)) for value in values))


def matches(resource_id: str, has: Mapping[str, Collection[str]], params: Params) -> bool:
    """Whether a resource passes the filters of the request; Ec2Refused for a filter that is not in *has*."""
    from ministack.services import ec2

    filters: dict[str, list[str]] = ec2._parse_filters(params)
    for name, patterns in filters.items():
        if name.startswith("tag") and name not in has:
            continue
        if name not in has:
            raise Ec2Refused("InvalidParameterValue", f"The filter '{name}' is invalid")
        if not any(fnmatchcase(value, pattern) for value in has[name] for pattern in patterns):
            return False
    tags = {name: patterns for name, patterns in filters.items() if name not in has}
    return bool(ec2._resource_matches_tag_filters(resource_id, tags))
