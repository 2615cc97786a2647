"""What a refused caller is told.

Knows the words of AWS's denial: who, which action, on which resource, and whether a policy denied it or none
allowed it. Decides nothing. ministack names the resource for a few services only, and can name no other action than
the request's own, which a refused iam:PassRole needs.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple


class Stead(NamedTuple):
    """What a denial speaks of in place of the request's own action and resource, and why if not as usual."""

    action: str
    resource: str
    words: str = ""


_stead: ContextVar[Stead | None] = ContextVar("conveyor_denied", default=None)


def name_instead(action: str, resource: str, words: str = "") -> None:
    """Let the denial of the current request speak of this action on this resource."""
    _stead.set(Stead(action, resource, words))


def install() -> None:
    """Name the action and the resource in every denial that a policy of the caller decided."""
    from ministack.core import iam_actions, iam_evaluator

    respond, enforce = iam_actions.access_denied_response, iam_evaluator.enforce

    def forgetting(*arguments: Any, **named: Any) -> Any:
        _stead.set(None)
        return enforce(*arguments, **named)

    def responding(service: str, action: str, principal: str, request_id: str, **named: Any) -> Any:
        stead = _stead.get() or Stead(action, named.get("resource_arn", "*"))
        if not (named.get("error_code") or named.get("message") or named.get("resource_policy_arn")):
            named["message"] = _message(principal, stead, explicit=named.get("explicit_deny", False))
        return respond(service, stead.action, principal, request_id, **{**named, "resource_arn": stead.resource})

    iam_evaluator.enforce = forgetting
    iam_actions.access_denied_response = responding


def _message(principal: str, stead: Stead, *, explicit: bool) -> str:
    """AWS's words; for sts: actions it does not say which of the two policies it was."""
    from ministack.core.iam_actions import identity_denial_message

    plain = f"User: {principal} is not authorized to perform: {stead.action} on resource: {stead.resource}"
    if stead.words or stead.action.startswith("sts:"):
        return f"{plain} {stead.words}".rstrip()
    return str(identity_denial_message(stead.action, principal, stead.resource, explicit))
