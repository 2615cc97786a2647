"""What a refused caller is told.

Knows the words of AWS's denial: who, which action, on which resource, and which kind of policy did not allow it.
Decides nothing. ministack names the resource for a few services only, and can name no other action than the
request's own, which a refused iam:PassRole needs.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

_stead: ContextVar[tuple[str, str] | None] = ContextVar("conveyor_denied", default=None)


def name_instead(action: str, resource: str) -> None:
    """Let the denial of the current request speak of this action on this resource."""
    _stead.set((action, resource))


def install() -> None:
    """Name the action and the resource in every denial that a policy of the caller decided."""
    from ministack.core import iam_actions, iam_evaluator

    respond, enforce = iam_actions.access_denied_response, iam_evaluator.enforce

    def forgetting(*arguments: Any, **named: Any) -> Any:
        _stead.set(None)
        return enforce(*arguments, **named)

    def responding(service: str, action: str, principal: str, request_id: str, **named: Any) -> Any:
        action, named["resource_arn"] = _stead.get() or (action, named.get("resource_arn", "*"))
        if not (named.get("error_code") or named.get("message") or named.get("resource_policy_arn")):
            named["message"] = _message(action, principal, named["resource_arn"], named.get("explicit_deny", False))
        return respond(service, action, principal, request_id, **named)

    iam_evaluator.enforce = forgetting
    iam_actions.access_denied_response = responding


def _message(action: str, principal: str, resource: str, explicit: bool) -> str:
    """AWS's words; for sts: actions it does not say which of the two policies it was."""
    from ministack.core.iam_actions import identity_denial_message

    if action.startswith("sts:"):
        return f"User: {principal} is not authorized to perform: {action} on resource: {resource}"
    return str(identity_denial_message(action, principal, resource, explicit))
