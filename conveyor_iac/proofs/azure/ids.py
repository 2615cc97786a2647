"""Ids of Azure Resource Manager: whose they are and what lies within what. Letters count alike in any case.

https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
"""

import re

_SUBSCRIPTION = re.compile(r"/?subscriptions/([^/]+)", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
SUBSCRIPTIONS = "/subscriptions/"


def plain(text: str) -> str:
    """An id as it compares; a scope may be written without its first slash."""
    return f"/{text.strip('/').lower()}"


def same(one: str, other: str) -> bool:
    """Whether two ids name one thing."""
    return plain(one) == plain(other)


def within(id: str, scope: str) -> bool:
    """Whether an id is a scope or lies in it, as its path tells."""
    return same(id, scope) or plain(id).startswith(f"{plain(scope).rstrip('/')}/")


def subscription_of(id: str) -> str:
    """The subscription that an id lies in; empty for one of a tenant or a management group."""
    found = _SUBSCRIPTION.match(id)
    return found[1].lower() if found else ""


def last(id: str) -> str:
    """The last part of an id: its own name."""
    return id.rstrip("/").rpartition("/")[2]


def parent(id: str) -> str:
    """The id of what a child lies in: without the last type and name."""
    return id.rstrip("/").rpartition("/")[0].rpartition("/")[0]


def is_guid(text: str) -> bool:
    """Whether a text is a UUID, as ids of subscriptions, roles and principals are."""
    return _GUID.fullmatch(text) is not None
