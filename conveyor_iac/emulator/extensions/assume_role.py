"""sts:AssumeRole between the two doors that AWS has: the caller's own policies, and the trust of the role.

Knows how the two combine. In one account a trust policy that names the caller itself is enough; a trust that names
only the account (``:root``), and every trust from another account, needs an Allow in the caller's policies as well.
Closed besides: the root of an account cannot assume a role; a role is found under its full ARN only, path included;
sts:TagSession and sts:SetSourceIdentity are asked for on their own, and neither knows an external id or a session
name, so that a trust statement with those conditions does not cover them.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from . import identities
from .denials import name_instead
from .request import Request, current

_KEYS_OF_ASSUME_ROLE_ONLY = frozenset({"sts:externalid", "sts:rolesessionname"})
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_WITHOUT_THEM = frozenset({"sts:TagSession", "sts:SetSourceIdentity"})


def trust_of(arn: str) -> tuple[Any, str] | None:
    """The trust policy of the role with this ARN and the account that owns it, or None when there is no such role."""
    role = identities.by_arn(arn) if ":role/" in arn else None
    return (role.get("AssumeRolePolicyDocument") or "{}", arn.split(":")[4]) if role else None


def further_actions(request: Request) -> list[str]:
    """What AssumeRole asks for besides itself: session tags and a source identity are permissions of their own."""
    tagged = any(name.startswith("Tags.member.") for name in request.params)
    return ["sts:TagSession"] * tagged + ["sts:SetSourceIdentity"] * bool(request.param("SourceIdentity"))


def install() -> None:
    """Combine both doors in the evaluator, and refuse in the service what AWS refuses."""
    _trust_as_resource_policy()
    _further_actions()
    _strip_absent_keys()
    _refuse_in_service()


def _trust_as_resource_policy() -> None:
    from ministack.core import iam_evaluator
    from ministack.services import sts

    sts.role_trust_for_arn = trust_of
    iam_evaluator._RESOURCE_POLICY_LOOKUPS["sts"] = ("sts", "role_trust_for_arn")


def _further_actions() -> None:
    from ministack.core import iam_evaluator

    enforce = iam_evaluator.enforce

    def enforcing(key: str, action: str, service: str, region: str, *rest: Any, **named: Any) -> Any:
        refused = enforce(key, action, service, region, *rest, **named)
        if refused is not None or action != "sts:AssumeRole" or service != "sts":
            return refused
        keys = _without(named.get("service_context") or {}) | _source_identity(current())
        for further in further_actions(current()):
            refused = enforce(key, further, service, region, **{**named, "service_context": keys})
            if refused is not None:
                name_instead(further, named.get("resource_arn", "*"))
                return refused
        return None

    iam_evaluator.enforce = enforcing


def _source_identity(request: Request) -> dict[str, Any]:
    given = request.param("SourceIdentity")
    return {"sts:SourceIdentity": given} if given else {}


def _without(keys: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in keys.items() if key.lower() not in _KEYS_OF_ASSUME_ROLE_ONLY}


def _strip_absent_keys() -> None:
    from ministack.core import iam_evaluator

    evaluate = iam_evaluator.evaluate_trust_policy

    def evaluating(document: Any, caller: str, context: Any = None) -> bool:
        if context is not None and context.action in _WITHOUT_THEM:
            context = dataclasses.replace(context, service_context=_without(context.service_context))
        return bool(evaluate(document, caller, context))

    iam_evaluator.evaluate_trust_policy = evaluating


def _refuse_in_service() -> None:
    from ministack.services import sts

    handle = sts.handle_request

    async def handling(*arguments: Any) -> Any:
        return (_refusal(current()) if current().action == "sts:AssumeRole" else None) or await handle(*arguments)

    sts.handle_request = handling


def _refusal(request: Request) -> Any:
    from ministack.core.iam_evaluator import caller_arn
    from ministack.services.iam import _error

    caller, arn = caller_arn(), request.param("RoleArn")
    if caller.endswith(":root"):
        return _error(403, "AccessDenied", "Roles may not be assumed by root accounts.", ns="sts")
    if ":role/" in arn and identities.by_arn(arn) is None:
        message = f"User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"
        return _error(403, "AccessDenied", message, ns="sts")
    wrong = _invalid(request, identities.by_arn(arn) or {}, chained=":assumed-role/" in caller)
    return _error(400, "ValidationError", wrong, ns="sts") if wrong else None


def _invalid(request: Request, role: dict[str, Any], *, chained: bool) -> str:
    """What is wrong with the parameters of the request, or the empty string."""
    name, seconds = request.param("RoleSessionName"), int(request.param("DurationSeconds") or 3600)
    if not _SESSION_NAME.fullmatch(name):
        return ("1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must "
                "satisfy regular expression pattern: [\\w+=,.@-]{2,64}")
    if seconds > role.get("MaxSessionDuration", 3600):
        return "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
    if chained and seconds > 3600:
        return "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    return ""
