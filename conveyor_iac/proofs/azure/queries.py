"""Searches of the activity log that tell of operations: read where they have one plain form, else not.

The form: the table AzureActivity, then filters on SubscriptionId, OperationNameValue and ActivityStatusValue, each at
most once, compared without regard to letters. Any other operator may leave rows out.
https://learn.microsoft.com/azure/role-based-access-control/role-assignments-alert
"""

import re
from dataclasses import dataclass
from typing import Final

_FILTER: Final = re.compile(r"where (\w+) (?:=~ (\"[^\"]*\")|in~ \(([^()]*)\))", re.IGNORECASE)
_COLUMNS: Final = ("SubscriptionId", "OperationNameValue", "ActivityStatusValue")
_TEXT: Final = re.compile(r'"([^"\\]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a search finds: operations in small letters, of which subscriptions and in which states (none: all)."""

    operations: frozenset[str]
    subscriptions: frozenset[str]
    states: frozenset[str]


def read(text: str) -> Search | None:
    """The search of a query; nothing where it has another form."""
    table, *filters = (" ".join(part.split()) for part in text.split("|"))
    if table != "AzureActivity":
        return None
    found: dict[str, frozenset[str]] = {}
    for one in filters:
        match = _FILTER.fullmatch(one)
        if not match or match[1] not in _COLUMNS or match[1] in found:
            return None
        listed = match[2] or match[3]
        values = _TEXT.findall(listed)
        if _TEXT.sub("", listed).strip(", ") or not values:
            return None
        found[match[1]] = frozenset(value.lower() for value in values)
    return Search(operations=found.get("OperationNameValue", frozenset()), states=found.get("ActivityStatusValue",
                  frozenset()), subscriptions=found.get("SubscriptionId", frozenset()))
