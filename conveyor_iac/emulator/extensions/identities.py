"""Look-ups among the identities ministack keeps, in any account.

Knows where roles, users, policies and instance profiles are stored. Changes nothing and decides nothing.
"""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]


def role(account: str, name: str) -> Record | None:
    """The role *name* of *account*, or None."""
    return _scoped("_roles", account, name)


def user(account: str, name: str) -> Record | None:
    """The user *name* of *account*, or None."""
    return _scoped("_users", account, name)


def group(account: str, name: str) -> Record | None:
    """The group *name* of *account*, or None."""
    return _scoped("_groups", account, name)


def policy(account: str, arn: str) -> Record | None:
    """The customer managed policy *arn* of *account*, or None."""
    return _scoped("_policies", account, arn)


def instance_profile(account: str, name: str) -> Record | None:
    """The instance profile *name* of *account*, or None."""
    return _scoped("_instance_profiles", account, name)


def by_arn(arn: str) -> Record | None:
    """The role or user whose ARN is exactly *arn*, path included, in whatever account; or None."""
    parts = arn.split(":", 5)
    kind, _, rest = parts[5].partition("/") if len(parts) == 6 else ("", "", "")
    find = {"role": role, "user": user}.get(kind)
    found = find(parts[4], rest.rsplit("/", 1)[-1]) if find else None
    return found if found and found.get("Arn") == arn else None


def every(kind: str) -> list[Record]:
    """Every stored record of ``_roles`` or ``_users``, in all accounts."""
    from ministack.services import iam

    return list(getattr(iam, kind).to_dict().values())


def account() -> str:
    """The account of the request being served."""
    from ministack.core.responses import get_account_id

    return str(get_account_id())


def _scoped(store: str, account: str, key: str) -> Record | None:
    from ministack.services import iam

    found: Record | None = getattr(iam, store).get_scoped(account, None, key)
    return found
