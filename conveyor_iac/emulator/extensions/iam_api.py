"""The rules of IAM at the door of its API.

Knows which operation has to hold which rule, and how to answer a refusal. Knows no rule itself (iam_rules.py).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import iam_rules, identities

Params = dict[str, Any]


def _param(params: Params, name: str) -> str:
    from ministack.services.iam import _p

    return str(_p(params, name) or "")


def _create_role(params: Params) -> None:
    iam_rules.trust_policy(_param(params, "AssumeRolePolicyDocument"))


def _update_trust(params: Params) -> None:
    iam_rules.trust_policy(_param(params, "PolicyDocument"))


def _managed_document(params: Params) -> None:
    iam_rules.managed_policy(_param(params, "PolicyDocument"))


def _attach(params: Params) -> None:
    arn = _param(params, "PolicyArn")
    target = _target(params)
    iam_rules.attachable(arn)
    if target is not None:
        iam_rules.attached([*target[2].get("AttachedPolicies", []), arn])


def _put_inline(params: Params) -> None:
    target = _target(params)
    if target is None:
        return
    kind, name, record = target
    iam_rules.identity_policy(_param(params, "PolicyDocument"))
    kept = {k: v for k, v in _inline(kind, name, record).items() if k != _param(params, "PolicyName")}
    iam_rules.inline_policies(kind, name, [*kept.values(), _param(params, "PolicyDocument")])


def _target(params: Params) -> tuple[str, str, dict[str, Any]] | None:
    """The identity an operation is about: its kind, its name and its record; None when it does not exist."""
    finders = {"role": identities.role, "user": identities.user, "group": identities.group}
    for kind, find in finders.items():
        if name := _param(params, f"{kind.capitalize()}Name"):
            record = find(identities.account(), name)
            return (kind, name, record) if record else None
    return None


def _inline(kind: str, name: str, record: dict[str, Any]) -> dict[str, Any]:
    from ministack.services import iam

    if kind == "role":
        return dict(record.get("InlinePolicies") or {})
    return dict((iam._user_inline_policies if kind == "user" else iam._group_inline_policies).get(name) or {})


_RULES: dict[str, Callable[[Params], None]] = {
    "CreateRole": _create_role,
    "UpdateAssumeRolePolicy": _update_trust,
    "CreatePolicy": _managed_document,
    "CreatePolicyVersion": _managed_document,
    "AttachRolePolicy": _attach,
    "AttachUserPolicy": _attach,
    "AttachGroupPolicy": _attach,
    "PutRolePolicy": _put_inline,
    "PutUserPolicy": _put_inline,
    "PutGroupPolicy": _put_inline,
}


def install() -> None:
    """Put the rule of each operation in front of ministack's handler."""
    from ministack.services import iam

    for operation, rule in _RULES.items():
        iam._IAM_HANDLERS[operation] = _guarded(rule, iam._IAM_HANDLERS[operation])


def _guarded(rule: Callable[[Params], None], handler: Callable[[Params], Any]) -> Callable[[Params], Any]:
    def answer(params: Params) -> Any:
        from xml.sax.saxutils import escape

        from ministack.services.iam import _error

        try:
            rule(params)
        except iam_rules.Refusal as refusal:
            return _error(refusal.status, refusal.code, escape(refusal.message), ns="iam")
        return handler(params)

    return answer
