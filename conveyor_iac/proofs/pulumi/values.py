"""The values of a Pulumi state: what is known, what is not, and what is a secret.

Knows the marks the engine leaves: the sentinel of a value that is only known once it is deployed, `[secret]`, and the
objects that carry secrets, assets and outputs. Refuses to guess: what a mark hides is `Untold`, with the reason.
Source: https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What stands in a preview for a value that is known once it is deployed."""
_MARKS: Final = (UNKNOWN, "[unknown]", "<computed>", "[computed]")
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
NOT_YET = "is known only once it is deployed"
ENCRYPTED = "is a secret: pulumi stack export --show-secrets | conveyor-iac verify -"


@dataclass(frozen=True, slots=True)
class Untold:
    """A value that nobody can know from what was given, and why."""

    reason: str


class Secret(str):
    """A text that the state keeps as a secret: thought with, never shown."""

    __slots__ = ()


@dataclass(slots=True)
class Secrets:
    """Every text that was marked as a secret, gathered while values are read."""

    texts: set[str] = field(default_factory=set)


def read(value: Any, secrets: Secrets, *, secret: bool = False) -> Any:
    """A value of a state with `Untold` for what it hides and `Secret` for texts it marks."""
    if isinstance(value, str):
        return _text(value, secrets, secret)
    if isinstance(value, list):
        return [read(item, secrets, secret=secret) for item in value]
    if not isinstance(value, dict):
        return value
    mark = value.get(_SIGNATURE)
    if mark == _SECRET:
        return _opened(value, secrets)
    if mark == _OUTPUT:
        hidden = secret or bool(value.get("secret"))
        return read(value["value"], secrets, secret=hidden) if "value" in value else Untold(NOT_YET)
    if mark is not None:
        return Untold("is an asset or a reference to another resource")
    return {str(key): read(item, secrets, secret=secret) for key, item in value.items()}


def _text(value: str, secrets: Secrets, secret: bool) -> Any:
    if UNKNOWN in value or value in _MARKS:
        return Untold(NOT_YET)
    if value == "[secret]":
        return Untold(ENCRYPTED)
    if not secret or not value:
        return value
    secrets.texts.add(value)
    return Secret(value)


def _opened(value: Mapping[str, Any], secrets: Secrets) -> Any:
    """What a secret holds: its plaintext is JSON in a text."""
    if "value" in value:
        return read(value["value"], secrets, secret=True)
    if not isinstance(value.get("plaintext"), str):
        return Untold(ENCRYPTED)
    try:
        return read(json.loads(value["plaintext"]), secrets, secret=True)
    except ValueError:
        return Untold("is a secret that cannot be read")


def untold(value: Any) -> Iterator[Untold]:
    """Everything in a value that is not known."""
    if isinstance(value, Untold):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from untold(item)
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from untold(item)
