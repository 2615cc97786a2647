"""The rules of IAM that ministack does not hold.

Knows documents, limits and what exists; answers with a Refusal or with nothing. Refuses to know whether the wish came
through the API or through CloudFormation: iam_api.py and iam_stacks.py are the two doors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from . import identities

MANAGED_POLICY_CHARACTERS = 6144
INLINE_CHARACTERS = {"role": 10240, "user": 2048, "group": 5120}
TRUST_CHARACTERS = 2048
MANAGED_POLICIES = 10
AWS_MANAGED = re.compile(r"arn:aws[a-z-]*:iam::aws:policy/")
_STATEMENT_KEYS = frozenset({"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"})
_TRUST_KEYS = _STATEMENT_KEYS - {"Resource", "NotResource"} | {"Principal"}
_ACCOUNT = re.compile(r"\d{12}|arn:aws[a-z-]*:iam::\d{12}:root")
_SESSION = re.compile(r"arn:aws[a-z-]*:sts::(\d{12}):assumed-role/([\w+=,.@-]+)/[\w+=,.@-]+")
_UNIQUE_ID = re.compile(r"A(ROA|IDA)[A-Z0-9]{14,18}")


class Refusal(ValueError):
    """What IAM answers: a code, a status and a sentence."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{message} (Service: Iam, Status Code: {status}, Error Code: {code})")
        self.status, self.code, self.message = status, code, message


def trust_policy(document: Any) -> None:
    """Refuse a trust policy that is malformed, too long, or names a principal that does not exist."""
    _within(document, TRUST_CHARACTERS, "ACLSizePerRole")
    for statement in _statements(document):
        _known_keys(statement, _TRUST_KEYS)
        if "Principal" not in statement:
            raise _malformed("Missing required field Principal")
        for kind, value in _principals(statement["Principal"]):
            if kind == "AWS" and not principal_exists(value):
                raise _malformed(f'Invalid principal in policy: "AWS":"{value}"')


def identity_policy(document: Any) -> None:
    """Refuse a permissions document with an element that the policy language does not have."""
    for statement in _statements(document):
        _known_keys(statement, _STATEMENT_KEYS)
        if statement.get("Effect") not in ("Allow", "Deny"):
            raise _malformed(f"Invalid effect: {statement.get('Effect')}")
        for one, other in (("Action", "NotAction"), ("Resource", "NotResource")):
            if (one in statement) == (other in statement):
                raise _malformed(f"Policy statement must contain {one.lower()}s.")


def managed_policy(document: Any) -> None:
    """Refuse a managed policy that is malformed or too long."""
    identity_policy(document)
    _within(document, MANAGED_POLICY_CHARACTERS, "PolicySize")


def inline_policies(kind: str, name: str, documents: Iterable[Any]) -> None:
    """Refuse the inline policies of one role, user or group when together they are too long."""
    allowed = INLINE_CHARACTERS[kind]
    if sum(map(size, documents)) > allowed:
        message = f"Maximum policy size of {allowed} bytes exceeded for {kind} {name}"
        raise Refusal(409, "LimitExceeded", message)


def attachable(arn: str) -> None:
    """Refuse a managed policy that does not exist; AWS's own count as existing, whatever their name."""
    if not AWS_MANAGED.match(arn) and identities.policy(identities.account(), arn) is None:
        raise Refusal(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.")


def attached(arns: Iterable[str]) -> None:
    """Refuse more managed policies on one identity than AWS lets it carry."""
    if len(set(arns)) > MANAGED_POLICIES:
        raise Refusal(409, "LimitExceeded", f"Cannot exceed quota for PoliciesPerRole: {MANAGED_POLICIES}")


def boundary(arn: str) -> None:
    """Refuse a permissions boundary that does not exist."""
    if not AWS_MANAGED.match(arn) and identities.policy(identities.account(), arn) is None:
        raise Refusal(404, "NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")


def principal_exists(value: str) -> bool:
    """Whether an ``AWS`` principal of a trust policy names something that exists, in any account."""
    if value == "*" or _ACCOUNT.fullmatch(value):
        return True
    if _UNIQUE_ID.fullmatch(value):
        return any(value in (r.get("RoleId"), r.get("UserId")) for r in
                   (*identities.every("_roles"), *identities.every("_users")))
    if session := _SESSION.fullmatch(value):
        return identities.role(session.group(1), session.group(2)) is not None
    return identities.by_arn(value) is not None


def size(document: Any) -> int:
    """The characters IAM counts: none of the white space."""
    text = document if isinstance(document, str) else json.dumps(document)
    return len(re.sub(r"\s", "", text))


def _within(document: Any, allowed: int, quota: str) -> None:
    if size(document) > allowed:
        raise Refusal(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {allowed}")


def _statements(document: Any) -> list[dict[str, Any]]:
    """The statements of a document, or a refusal when it has none."""
    try:
        found = json.loads(document) if isinstance(document, str) else document
    except ValueError:
        found = None
    listed = found.get("Statement") if isinstance(found, dict) else None
    listed = [listed] if isinstance(listed, dict) else listed
    if not isinstance(listed, list) or not listed or not all(isinstance(s, dict) for s in listed):
        raise _malformed("Syntax errors in policy.")
    return listed


def _principals(principal: Any) -> Iterator[tuple[str, str]]:
    """Each principal with its kind; a bare ``*`` counts as AWS."""
    if not isinstance(principal, dict):
        yield "AWS", str(principal)
        return
    for kind, values in principal.items():
        yield from ((kind, str(value)) for value in (values if isinstance(values, list) else [values]))


def _known_keys(statement: dict[str, Any], known: frozenset[str]) -> None:
    for key in statement.keys() - known:
        raise _malformed(f"Has prohibited field {key}")


def _malformed(message: str) -> Refusal:
    return Refusal(400, "MalformedPolicyDocument", message)
