"""Who may deploy a stack here: an administrator.

On AWS, CloudFormation makes each resource with the caller's permissions (or with those of RoleARN). ministack makes
them with nobody's, so that a caller who holds no more than cloudformation:CreateStack could make any role. That would
let wrong behaviour pass; until it is evaluated, a caller without permission for everything is refused, in words that
say why. Reading stacks is open to whoever IAM lets. A RoleARN that names no role is refused, as on AWS: that is what
becomes of a deploy through the roles of a bootstrap that never was.
"""

from __future__ import annotations

from typing import Any

from . import identities
from .denials import name_instead
from .request import current

DEPLOYING = frozenset(f"cloudformation:{verb}" for verb in (
    "CreateStack", "UpdateStack", "DeleteStack", "ExecuteChangeSet", "ContinueUpdateRollback", "RollbackStack"))
EVERYTHING = "every-service:EveryAction"
WORDS = ("because the embedded AWS does not evaluate what a stack's resources need: only a caller who may do "
         "everything can deploy one here")


def install() -> None:
    """Ask for everything where a stack is deployed."""
    from ministack.core import iam_evaluator

    enforce = iam_evaluator.enforce

    def enforcing(key: str, action: str, service: str, region: str, *rest: Any, **named: Any) -> Any:
        refused = enforce(key, action, service, region, *rest, **named) or _missing_role(action)
        if refused is not None or action not in DEPLOYING or action != current().action:
            return refused
        refused = enforce(key, EVERYTHING, service, region)
        if refused is not None:
            name_instead(action, named.get("resource_arn", "*"), WORDS)
        return refused

    iam_evaluator.enforce = enforcing


def _missing_role(action: str) -> Any:
    """What AWS answers when the RoleARN of a stack's request names no role; None otherwise."""
    from ministack.core.iam_evaluator import AuthError

    arn = current().param("RoleARN") if action in DEPLOYING | {"cloudformation:CreateChangeSet"} else ""
    if not arn or identities.by_arn(arn):
        return None
    return AuthError("ValidationError", f"Role {arn} is invalid or cannot be assumed")
