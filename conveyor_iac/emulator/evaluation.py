"""Questions to ministack's own policy evaluator, in this process, without a server.

Knows plain documents and a request described in words: action, resource, condition keys. Refuses to know accounts,
sessions and anything that is stored. A key that *context* does not give is absent; nothing is filled in. So this is a
second, independent opinion on a policy, made of the very code that the embedded AWS enforces with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal

from .pin import require_pinned

Document = Mapping[str, Any]
Context = Mapping[str, Any]
Decision = Literal["Allow", "Deny", "ImplicitDeny"]


def evaluate(documents: Iterable[Document], *, action: str, resource: str, context: Context | None = None,
             boundary: Document | None = None) -> Decision:
    """What these identity policies together say about one request.

    documents: policy documents as mappings, all attached to one identity.
    action, resource: ``iam:CreateRole`` and a full ARN, or ``*`` for an action without resources.
    context: condition key → value, or a list of values for a multivalued key. Keys are told apart without case.
    boundary: a permissions boundary; left out, nothing limits the policies.
    """
    evaluator = _evaluator()
    policies = [evaluator.parse_policy_document(dict(document)) for document in documents]
    limits = [[evaluator.parse_policy_document(dict(boundary))]] if boundary is not None else []
    decision: Decision = evaluator.evaluate(_request(action, resource, context), policies, *limits).decision
    return decision


def trusts(document: Document, *, action: str = "sts:AssumeRole", principal_arn: str,
           context: Context | None = None) -> bool:
    """Whether a trust policy lets this principal do *action* (``sts:AssumeRole``, ``sts:TagSession``, …)."""
    request = _request(action, "*", context)
    request.principal_arn = principal_arn
    return bool(_evaluator().evaluate_trust_policy(dict(document), principal_arn, request))


def _request(action: str, resource: str, context: Context | None) -> Any:
    evaluator = _evaluator()
    request = evaluator.EvalContext(principal_arn="", principal_type="", principal_account="", action=action,
                                    resource_arn=resource, region="")
    request.given = {key.lower(): _plain(value) for key, value in (context or {}).items()}
    return request


def _plain(value: Any) -> Any:
    """A value as the evaluator compares it: text, or a list of texts; None stands for an absent key."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | frozenset):
        texts = [str(each) for each in value]
        return texts[0] if len(texts) == 1 else texts
    return value if value is None else str(value)


@cache
def _evaluator() -> Any:
    """The pinned evaluator, taught to look a key up in what the question gives and nowhere else."""
    require_pinned()
    from ministack.core import iam_evaluator

    from .extensions import policy_language

    original = iam_evaluator._resolve_condition_key

    def resolve(key: str, context: Any) -> Any:
        given = getattr(context, "given", None)
        return original(key, context) if given is None else given.get(key.lower())

    iam_evaluator._resolve_condition_key = resolve
    policy_language.install()
    return iam_evaluator
