"""Which changes make CloudFormation put a new resource in the place of the old one.

Knows the registry schemas that cfn-lint bundles; without them nobody can say, and that is said.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from conveyor_iac.proofs.template import Resource
from conveyor_iac.proofs.worlds import spoken_of

_REGION = "us-east-1"


def known() -> bool:
    """Whether the schemas are here."""
    try:
        __import__("cfnlint")
    except ModuleNotFoundError:
        return False
    return True


def replaced(before: Resource, after: Resource, changed: Iterable[str], gone: Iterable[str]) -> str | None:
    """`replaced`, `may be replaced` or nothing, by the properties that were changed.

    gone: the resources that are replaced themselves, so that what speaks of them changes with them.
    """
    names = set(changed)
    lost = set(gone)
    always, perhaps = _create_only(after.type)
    if any(_differs(path, before, after, names, lost) for path in always):
        return "replaced"
    return "may be replaced" if any(_differs(path, before, after, names, lost) for path in perhaps) else None


def _differs(path: tuple[str, ...], before: Resource, after: Resource, changed: set[str], gone: set[str]) -> bool:
    was, now = _at(before.properties, path), _at(after.properties, path)
    return (path[0] in changed and was != now) or bool(spoken_of({"": now}) & gone)


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for step in path:
        if isinstance(value, Mapping) and len(value) == 1 and next(iter(value)).startswith("Fn::"):
            return value  # a function decides it: it differs where the function does
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


@cache
def _create_only(type_: str) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """The properties of a type whose change always, and whose change under conditions, makes a new resource."""
    schema = _schema(type_)
    always, perhaps = (tuple(tuple(pointer.removeprefix("/properties/").split("/")) for pointer in schema.get(key, ()))
                       for key in ("createOnlyProperties", "conditionalCreateOnlyProperties"))
    return always, perhaps


def _schema(type_: str) -> Mapping[str, Any]:
    if not known():
        return {}
    from cfnlint.schema._exceptions import ResourceNotFoundError
    from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

    try:
        schema: dict[str, Any] = PROVIDER_SCHEMA_MANAGER.get_resource_schema(_REGION, type_).schema
    except ResourceNotFoundError:
        return {}
    return schema
