"""A command of the AWS CLI, read as the CLI reads it: by the API's own model, so that a wrong word is refused."""

import json
import shlex
from typing import Any

import botocore.session
from botocore import xform_name

_SERVICES = botocore.session.Session()


def said(command: str) -> tuple[str, str, dict[str, Any]]:
    """The service, boto3's name of the operation and its parameters; `KeyError` for words the API does not know."""
    program, service, operation, *words = shlex.split(command)
    assert program == "aws"
    model = _SERVICES.get_service_model(service)
    named = {xform_name(name, "-"): name for name in model.operation_names}[operation]
    members = model.operation_model(named).input_shape.members
    known = {xform_name(name, "-"): (name, shape) for name, shape in members.items()}
    given: dict[str, Any] = {}
    for option, values in _options(words):
        if option != "region":
            name, shape = known[option]
            given[name] = _value(shape, values)
    for name in model.operation_model(named).input_shape.required_members:
        given[name]
    return service, xform_name(named), given


def _options(words: list[str]) -> list[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    for word in words:
        if word.startswith("--"):
            found.append((word[2:], []))
        else:
            found[-1][1].append(word)
    return found


def _value(shape: Any, values: list[str]) -> Any:
    if shape.type_name == "list":
        return [_value(shape.member, [value]) for value in values]
    (value,) = values
    if shape.type_name == "structure" and not value.startswith("{"):
        pairs = dict(pair.split("=", 1) for pair in value.split(","))
        return {name: _value(shape.members[name], [text]) for name, text in pairs.items()}
    return {"structure": json.loads, "integer": int, "long": int, "double": float, "float": float}.get(
        shape.type_name, str)(value)


def obey(aws: Any, command: str) -> Any:
    """Runs a command through boto3 with the same parameters, as the root of the account."""
    service, operation, given = said(command)
    return getattr(aws.client(service), operation)(**given)
