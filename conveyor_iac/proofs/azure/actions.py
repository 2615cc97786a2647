"""What a role of our own allows: which forbidden actions its patterns match, less those it takes out again.

A `*` stands for any text, also with slashes; letters count alike in any case. Each entry of permissions stands alone.
https://learn.microsoft.com/azure/role-based-access-control/role-definitions
"""

from collections.abc import Iterable, Iterator

from conveyor_iac.model.catalogue.proofs.azure import Forbidden, azure_types
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import known, rows


def matches(pattern: str, action: str) -> bool:
    """Whether a pattern of actions holds an action."""
    first, *parts = pattern.lower().split("*")
    left = action.lower()
    if not parts:
        return left == first
    *between, last = parts
    if not left.startswith(first) or not left.removeprefix(first).endswith(last):
        return False
    left = left.removeprefix(first).removesuffix(last)
    for part in between:
        _, found, left = left.partition(part) if part else ("", "*", left)
        if not found:
            return False
    return True


def forbidden(role: Resource) -> Iterator[tuple[Forbidden, str]]:
    """Every forbidden action that a role allows, with the pattern that does."""
    for entry in rows(role, "permissions"):
        allowed, taken = (_texts(known(entry, role.name).get(key), f"{key} of {role.name}")
                          for key in ("actions", "notActions"))
        for row in azure_types().forbidden:
            pattern = next((one for one in allowed if matches(one, row.action)), None)
            if pattern is not None and not any(matches(one, row.action) for one in taken):
                yield row, pattern


def _texts(value: object, where: str) -> list[str]:
    found = known(value, where)
    return [str(known(text, where)) for text in found] if isinstance(found, Iterable) else []
