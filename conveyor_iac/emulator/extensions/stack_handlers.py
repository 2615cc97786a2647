"""The place where every resource of a stack is created, updated and deleted: ministack's table of handlers.

Knows the shape of that table and how to put a check in front of its entries, or a new entry into it. Knows no
resource type. An exception raised here becomes the reason in the stack's event, and the stack rolls back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

Properties = dict[str, Any]
Made = tuple[str, dict[str, Any]]  # the physical id, and what GetAtt answers


class Check(Protocol):
    """Raise an exception when the resolved properties must be refused. *physical_id* is None on create."""

    def __call__(self, type_name: str, properties: Properties, physical_id: str | None, /) -> None: ...


class After(Protocol):
    """Complete what the handler made."""

    def __call__(self, physical_id: str, properties: Properties, /) -> None: ...


def table() -> dict[str, dict[str, Any]]:
    """ministack's own table: type name → its handlers."""
    from ministack.services.cloudformation import provisioners

    found: dict[str, dict[str, Any]] = provisioners._RESOURCE_HANDLERS
    return found


def check_before(type_name: str, check: Check) -> None:
    """Run *check* before each create and each update of *type_name*."""
    entry = table()[type_name]
    create, update = entry["create"], entry.get("update")

    def checked_create(logical_id: str, properties: Properties, stack_name: str) -> Made:
        check(type_name, properties, None)
        return create(logical_id, properties, stack_name)  # type: ignore[no-any-return]

    def checked_update(physical_id: str, old: Properties, new: Properties, *rest: Any) -> Made:
        check(type_name, new, physical_id)
        return update(physical_id, old, new, *rest)  # type: ignore[no-any-return, misc]

    entry["create"] = checked_create
    if update:
        entry["update"] = checked_update


def complete_after(type_name: str, complete: After) -> None:
    """Run *complete* after each create and each update of *type_name*."""
    entry = table()[type_name]
    for verb, place in (("create", 1), ("update", 2)):
        if verb in entry:
            entry[verb] = _completed(entry[verb], place, complete)


def _completed(handler: Callable[..., Made], place: int, complete: After) -> Callable[..., Made]:
    def completed(*arguments: Any) -> Made:
        made = handler(*arguments)
        complete(made[0], arguments[place])
        return made

    return completed


def register(type_name: str, create: Callable[..., Made], update: Callable[..., Made] | None,
             delete: Callable[[str, Properties], None]) -> None:
    """Give *type_name* handlers, unless ministack already has some."""
    entry = {"create": create, "delete": delete} | ({"update": update} if update else {})
    table().setdefault(type_name, entry)


def before_delete(type_name: str, act: Callable[[str], None]) -> None:
    """Run *act* with the physical id before each deletion of *type_name*."""
    entry = table()[type_name]
    delete = entry["delete"]

    def deleting(physical_id: str, *rest: Any) -> None:
        act(physical_id)
        delete(physical_id, *rest)

    entry["delete"] = deleting


def also_answer(type_name: str, attributes: Callable[[str, Properties], dict[str, Any]]) -> None:
    """Let Fn::GetAtt of *type_name* answer these *attributes* too, after each create and each update."""
    entry = table()[type_name]
    for verb, place in (("create", 1), ("update", 2)):
        if verb in entry:
            entry[verb] = _answering(entry[verb], place, attributes)


def _answering(handler: Callable[..., Made], place: int,
               attributes: Callable[[str, Properties], dict[str, Any]]) -> Callable[..., Made]:
    def answering(*arguments: Any) -> Made:
        physical_id, answered = handler(*arguments)
        return physical_id, {**answered, **attributes(physical_id, arguments[place])}

    return answering
