"""Whom the Principal of a resource-based policy names.

Knows the forms AWS documents and one concrete caller. Refuses to know unique ids (AIDA…, AROA…): a text that was
stored under an id names nobody here.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .replay_texts import plain
from .request import Request

KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
ACCOUNT = re.compile(r"[0-9]{12}")
ROOT = re.compile(r"arn:([^:]+):iam::([0-9]{12}):root")
_ROLE = re.compile(r"arn:([^:]+):iam::([0-9]{12}):role/(?:.*/)?([^/]+)")
_SESSION = re.compile(r"arn:([^:]+):sts::([0-9]{12}):assumed-role/([^/]+)/[^/]+")
_CALLER = re.compile(r"arn:([^:]+):(?:iam|sts)::([0-9]{12}):.+")


def names(principal: Any, request: Request) -> bool:
    """Whether a Principal element names the caller: ``*`` is everyone, a list is an "or".

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
    """
    if isinstance(principal, str):
        return principal == "*"
    if not isinstance(principal, Mapping):
        return False
    named = plain(principal.get(request.principal_kind))
    if request.principal_kind == "AWS":
        return any(_names_aws(text, request.principal) for text in named)
    return any(text in ("*", request.principal) for text in named)


def _names_aws(text: str, caller: str) -> bool:
    """One AWS principal: everyone, an account, or one identity with its sessions."""
    return text == "*" or (bool(caller) and (text == caller or _of_account(text, caller) or _of_role(text, caller)))


def _of_account(text: str, caller: str) -> bool:
    """An account id, or the ARN of an account's root, stands for every principal of the account.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-accounts
    """
    found = _CALLER.fullmatch(caller)
    root = ROOT.fullmatch(text)
    if found is None:
        return False
    return root.groups() == found.groups() if root else bool(ACCOUNT.fullmatch(text)) and text == found.group(2)


def _of_role(text: str, caller: str) -> bool:
    """A role stands for its sessions too; a session's ARN has the role's name without its path.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
    """
    role, session = _ROLE.fullmatch(text), _SESSION.fullmatch(caller)
    return role is not None and session is not None and role.groups() == session.groups()
