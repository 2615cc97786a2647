"""A trust policy is pinned to the identity it named, not to its name.

On AWS, when a role or user that a trust policy names is deleted, the policy from then on shows its unique id, and a
new role of the same name is not trusted. Knows trust policies of all accounts; refuses to know who is deleting.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from . import identities
from .stack_handlers import before_delete


def unname(record: dict[str, Any] | None) -> None:
    """Put the unique id of a deleted role or user in place of its ARN, in every trust policy."""
    if record is None:
        return
    arn, unique = record["Arn"], record.get("RoleId") or record.get("UserId")
    for role in identities.every("_roles"):
        document = role.get("AssumeRolePolicyDocument") or ""
        text = document if isinstance(document, str) else json.dumps(document)
        if json.dumps(arn) in text:
            role["AssumeRolePolicyDocument"] = text.replace(json.dumps(arn), json.dumps(unique))


def install() -> None:
    """Unname at each door through which an identity goes."""
    from ministack.services import iam

    for operation, kind, find in (("DeleteRole", "RoleName", identities.role),
                                  ("DeleteUser", "UserName", identities.user)):
        iam._IAM_HANDLERS[operation] = _unnaming(iam._IAM_HANDLERS[operation], kind, find)
    before_delete("AWS::IAM::Role", lambda name: unname(identities.role(identities.account(), name)))
    before_delete("AWS::IAM::User", lambda name: unname(identities.user(identities.account(), name)))


def _unnaming(handler: Callable[[dict[str, Any]], Any], parameter: str,
              find: Callable[[str, str], dict[str, Any] | None]) -> Callable[[dict[str, Any]], Any]:
    def delete(params: dict[str, Any]) -> Any:
        from ministack.services.iam import _p

        record = find(identities.account(), str(_p(params, parameter)))
        answer = handler(params)
        if answer[0] < 400:
            unname(record)
        return answer

    return delete
