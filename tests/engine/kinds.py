"""Inputs of a Pulumi resource held against the types of its own Python package: names, what is required, and kinds.

Knows how the generated classes say their properties (`FlowLog` has `FlowLogArgs`, nested ones likewise) and walks any
depth of them. Refuses to know one resource type and any rule about a value: `values` has those. An unknown value is
fine wherever a value is. Kinds are strict: "443" is no number and 1 is no text, though the real provider converts
some of them. Where a property is text or an enum, a package says whether the enum is all there is: pulumi_aws names
some values of many, azure-native names all.
"""

import importlib
import inspect
import sys
import types
import typing
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from typing import Any

import pulumi
from pulumi import _types as generated
from pulumi.runtime.rpc import UNKNOWN

Mistake = tuple[str, str]
"""The path of a property, such as `rules[0].action`, and what is wrong with it."""
_KINDS = {str: "text", bool: "true or false", int: "a whole number", float: "a number"}


class NoSuchType(Exception):
    """The package has no resource, or no function, of this token."""


def mistakes(token: str, inputs: Mapping[str, Any], *, closed: bool = False) -> list[Mistake]:
    """Every wrong name, missing property and wrong kind of *inputs*; NoSuchType when there is no such resource.

    Args:
        token: the resource type, such as `aws:ec2/vpc:Vpc`.
        inputs: the properties by their Pulumi names.
        closed: whether text that may be of an enum has to be, in any case of letters; any text is fine when left out.
    """
    return list(_of_class(arguments(token), inputs, "", closed))


@cache
def resource(token: str) -> type:
    """The class of a resource type; NoSuchType when there is none."""
    module, name = _module(token)
    found = getattr(module, name, None)
    if getattr(found, "pulumi_type", None) != token:
        raise NoSuchType(f"the package has no resource {token}")
    return typing.cast(type, found)


@cache
def arguments(token: str) -> type:
    """The class of the arguments of a resource type, such as VpcArgs of `aws:ec2/vpc:Vpc`.

    Where a nested type has that name already, the generated code says `InitArgs` instead.
    """
    own, name = sys.modules[resource(token).__module__], token.rsplit(":", 1)[1]
    return getattr(own, f"{name}InitArgs", None) or typing.cast(type, getattr(own, f"{name}Args"))


def properties(token: str) -> dict[str, Any]:
    """The inputs of a resource type, by their Pulumi names, with their Python types."""
    return _properties(arguments(token))


def _module(token: str) -> tuple[Any, str]:
    package, module, name = token.split(":")
    module = module.split("/")[0]
    path = f"pulumi_{package.replace('-', '_')}" + ("" if module == "index" else f".{module}")
    try:
        return importlib.import_module(path), name
    except ModuleNotFoundError:
        raise NoSuchType(f"there is no Python package {path} for {token}") from None


def _of_class(cls: type, value: Mapping[str, Any], path: str, closed: bool) -> Iterator[Mistake]:
    known = _properties(cls)
    for name in value.keys() - known.keys():
        yield f"{path}{name}", f"there is no such property: there are {', '.join(sorted(known))}"
    for name in _required(cls) - value.keys():
        yield f"{path}{name}", "is required and missing"
    for name in known.keys() & value.keys():
        yield from _of_kind(known[name], value[name], f"{path}{name}", closed)


def _of_kind(kind: Any, value: Any, path: str, closed: bool) -> Iterator[Mistake]:
    if value == UNKNOWN or value is None or kind is Any:
        return
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        yield from _of_any(inner, value, path, closed)
    elif generated.is_input_type(kind):
        yield from (_of_class(kind, value, f"{path}.", closed) if isinstance(value, dict) else
                    _no(path, value, "an object"))
    elif origin is not None and issubclass(origin, Mapping):
        for name, one in value.items() if isinstance(value, dict) else ():
            yield from _of_kind(inner[1], one, f"{path}.{name}", closed)
        yield from () if isinstance(value, dict) else _no(path, value, "an object")
    elif origin is not None and issubclass(origin, Sequence):
        for number, one in enumerate(value) if isinstance(value, list) else ():
            yield from _of_kind(inner[0], one, f"{path}[{number}]", closed)
        yield from () if isinstance(value, list) else _no(path, value, "a list")
    else:
        yield from _of_scalar(kind, value, path, closed)


def _of_any(kinds: tuple[Any, ...], value: Any, path: str, closed: bool) -> Iterator[Mistake]:
    """Fine when it is fine as one of them; else the mistakes of the one it comes nearest to, which people mean."""
    own = [kind for kind in kinds if typing.get_origin(kind) not in (Awaitable, pulumi.Output) and kind not in
           (type(None), pulumi.Output)]
    enums = [kind for kind in own if isinstance(kind, type) and issubclass(kind, Enum)]
    found = [list(_of_kind(kind, value, path, closed)) for kind in (closed and enums) or own]
    yield from () if not all(found) else min(found, key=len)


def _of_scalar(kind: type, value: Any, path: str, closed: bool) -> Iterator[Mistake]:
    if issubclass(kind, Enum):
        if _cased(value, closed) not in [_cased(one.value, closed) for one in kind]:
            yield path, f"is {value!r}, not one of {', '.join(repr(one.value) for one in kind)}"
    elif kind in _KINDS:
        wanted: Any = (int, float) if kind is float else kind
        if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
            yield from _no(path, value, _KINDS[kind])
    else:
        raise TypeError(f"{path}: this checker does not know the kind {kind!r}")


def _cased(value: Any, closed: bool) -> Any:
    return value.lower() if closed and isinstance(value, str) else value


def _no(path: str, value: Any, kind: str) -> list[Mistake]:
    return [(path, f"is {value!r}, not {kind}")]


@cache
def _properties(cls: type) -> dict[str, Any]:
    return dict(generated.input_type_types(cls))


@cache
def _required(cls: type) -> frozenset[str]:
    """The properties that the class cannot be made without, by their Pulumi names."""
    names = generated.input_type_py_to_pulumi_names(cls)
    parameters = list(inspect.signature(cls.__init__).parameters.values())[1:]  # type: ignore[misc]  # of the class, not of an instance
    return frozenset(names[one.name] for one in parameters if one.default is inspect.Parameter.empty)
