"""Tags given at creation are a permission of their own.

On AWS, CreateRole with tags needs iam:TagRole as well, RunInstances ec2:CreateTags, CreateCluster eks:TagResource.
Knows which request brings tags and which action tags such a thing; the decision is ministack's evaluator's, with the
same resource and keys.
"""

from __future__ import annotations

from typing import Any

from .denials import name_instead
from .request import Request, current

_IAM = {
    "CreateRole": "TagRole",
    "CreateUser": "TagUser",
    "CreatePolicy": "TagPolicy",
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
}


def tagging_action(request: Request) -> str | None:
    """The action that the tags of this request need, or None when it brings none or tags nothing new."""
    if request.service == "iam" and "Tags.member.1.Key" in request.params:
        return f"iam:{_IAM[request.operation]}" if request.operation in _IAM else None
    if request.service == "ec2" and any(name.startswith("TagSpecification") for name in request.params):
        return "ec2:CreateTags"
    if request.service == "eks" and request.operation.startswith("Create") and request.json().get("tags"):
        return "eks:TagResource"
    if request.action == "kms:CreateKey" and request.json().get("Tags"):
        return "kms:TagResource"
    if request.action == "sqs:CreateQueue" and request.json().get("tags"):
        return "sqs:TagQueue"
    return None


def install() -> None:
    """Ask about the tags right after the request itself was allowed."""
    from ministack.core import iam_evaluator

    enforce = iam_evaluator.enforce

    def enforcing(key: str, action: str, service: str, region: str, *rest: Any, **named: Any) -> Any:
        refused = enforce(key, action, service, region, *rest, **named)
        tagging = tagging_action(current()) if action == current().action else None
        if refused is not None or tagging is None:
            return refused
        refused = enforce(key, tagging, service, region, *rest, **_with_create_action(named))
        if refused is not None:
            name_instead(tagging, named.get("resource_arn", "*"))
        return refused

    iam_evaluator.enforce = enforcing


def _with_create_action(named: dict[str, Any]) -> dict[str, Any]:
    """EC2 tells CreateTags which operation it belongs to."""
    if current().service != "ec2":
        return named
    keys = {**(named.get("service_context") or {}), "ec2:CreateAction": current().operation}
    return {**named, "service_context": keys}
