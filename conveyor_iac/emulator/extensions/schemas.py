"""The registry schemas that cfn-lint bundles, held against the properties of every resource of every stack.

Knows how to load a schema once per type and how to word a violation. Refuses to know ministack and any one type.
Values are the resolved ones: no intrinsic function is left. A scalar may come in CloudFormation's other spellings
("true" for true, "3600" for 3600), since the service converts them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .stack_handlers import Properties

FALLBACK_REGION = "us-east-1"
_SPELLINGS = {
    "boolean": re.compile(r"(?i:true|false)"),
    "integer": re.compile(r"-?\d+"),
    "number": re.compile(r"-?\d+(\.\d+)?"),
}


class SchemaViolation(ValueError):
    """The resolved properties of a resource are not what its type's schema says."""


def check(type_name: str, properties: Properties) -> None:
    """Raise SchemaViolation when *properties* break the schema of *type_name*; a type without schema passes."""
    found = violations(type_name, properties)
    if found:
        raise SchemaViolation(f"Properties validation failed for resource of type {type_name}: {'; '.join(found)}")


def violations(type_name: str, properties: Properties) -> list[str]:
    """Every way in which *properties* break the schema, each with its path."""
    schema = schema_of(type_name)
    if schema is None:
        return []
    validator = _validator_class()(schema=schema, resolver=_resolver(type_name))
    wrong = [f"#/{'/'.join(map(str, e.path))}: {e.message}" for e in validator.iter_errors(properties)]
    return wrong + [f"#/{name}: read-only property" for name in _read_only(schema) if name in properties]


@cache
def schema_of(type_name: str) -> dict[str, Any] | None:
    """The registry schema of a type, or None when there is none (custom resources)."""
    from cfnlint.schema._exceptions import ResourceNotFoundError
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    if not type_name.startswith("AWS::"):
        return None
    try:
        schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(FALLBACK_REGION, type_name).schema
    except ResourceNotFoundError:
        return None
    return schema


def attributes_of(type_name: str) -> list[str]:
    """What Fn::GetAtt may ask of the type: its read-only properties, dotted."""
    return [pointer.removeprefix("/properties/").replace("/", ".")
            for pointer in (schema_of(type_name) or {}).get("readOnlyProperties", [])]


def create_only(type_name: str) -> list[str]:
    """The properties whose change replaces the resource."""
    pointers = (schema_of(type_name) or {}).get("createOnlyProperties", [])
    return [pointer.removeprefix("/properties/").split("/")[0] for pointer in pointers]


def primary_identifier(type_name: str) -> list[str]:
    """The properties that together are the resource's id."""
    pointers = (schema_of(type_name) or {}).get("primaryIdentifier", [])
    return [pointer.removeprefix("/properties/") for pointer in pointers]


def _read_only(schema: dict[str, Any]) -> list[str]:
    pointers = [p.removeprefix("/properties/") for p in schema.get("readOnlyProperties", [])]
    return [p for p in pointers if "/" not in p]


@cache
def _resolver(type_name: str) -> Any:
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    return PROVIDER_SCHEMA_MANAGER.get_resource_schema(FALLBACK_REGION, type_name).resolver


@cache
def _validator_class() -> Any:
    from cfnlint.jsonschema import StandardValidator

    return StandardValidator({}).extend(validators={"type": _lenient_type})


def _lenient_type(validator: Any, wanted: Any, instance: Any, _: Any) -> Any:
    from cfnlint.jsonschema import ValidationError

    types = wanted if isinstance(wanted, list) else [wanted]
    if not any(validator.is_type(instance, t) or _converts(instance, t) for t in types):
        yield ValidationError(f"{instance!r} is not of type {', '.join(map(repr, types))}")


def _converts(instance: Any, wanted: str) -> bool:
    """Whether CloudFormation turns this scalar into the wanted type."""
    if wanted == "string":
        return isinstance(instance, bool | int | float)
    spelling = _SPELLINGS.get(wanted)
    return bool(spelling and isinstance(instance, str) and spelling.fullmatch(instance))


def install() -> None:
    """Check before stack tags are merged in: those are CloudFormation's own, and the merge drops broken tags."""
    from ministack.services.cloudformation import provisioners, stacks

    merge = provisioners._with_stack_tags

    def checked(type_name: str, properties: Properties, *rest: Any) -> Any:
        check(type_name, properties)
        return merge(type_name, properties, *rest)

    provisioners._with_stack_tags = checked
    stacks._with_stack_tags = checked
