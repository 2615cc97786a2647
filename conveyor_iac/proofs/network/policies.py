"""How open one statement of a resource's policy is: to whom, for what, and on what condition.

Knows which condition keys say who asks or whose resource it is; refuses to call a condition narrow that it does not
know. Reads policies as they come out in one world, with `Text` leaves.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.network.resolved import mapping, text
from conveyor_iac.proofs.patterns import trusted
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.text import Text, Unknown

WHO = frozenset({
    "aws:principalaccount", "aws:principalorgid", "aws:principalorgpaths", "aws:principalarn", "aws:userid",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceorgpaths", "aws:sourceowner",
    "cognito-identity-auth:accountid", "kms:calleraccount", "elasticfilesystem:accesspointarn"})
WHERE = frozenset({"aws:sourcevpc", "aws:sourcevpce", "aws:vpcsourceip", "aws:sourcevpcarn"})
WHOSE = frozenset({"aws:resourceaccount", "aws:resourceorgid", "aws:resourceorgpaths", "s3:resourceaccount"})
_TELLING = 8
"""A wildcard among the first characters of an id, as in `vpc-*` or `o-*`, tells nothing."""
_EXACT = frozenset({"stringequals", "stringequalsignorecase"})
"""Operators to which a wildcard is a character like any other."""
_EQUAL = _EXACT | {"stringlike", "arnequals", "arnlike"}


def statements(document: Any) -> tuple[Mapping[str, Any], ...] | None:
    """The statements of a policy, written as a mapping or as JSON text; nothing when it cannot be read."""
    found = text(document)
    if found is not None:
        try:
            document = json.loads(found.literal or "")
        except ValueError:
            return None
    rows = mapping(document).get("Statement")
    rows = [rows] if isinstance(rows, dict) else rows
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return None
    return tuple(rows)


def listed(value: Any) -> tuple[Text, ...]:
    """One text or several, as policies write them."""
    rows = value if isinstance(value, list) else [value]
    return tuple(found for row in rows if (found := text(row)) is not None)


def allows(row: Mapping[str, Any]) -> bool:
    """Whether a statement allows; what is not a plain Deny counts as one that does."""
    return (text(row.get("Effect")) or Text()).literal != "Deny"


def open_to_all(row: Mapping[str, Any]) -> bool:
    """Whether a statement's principal is anyone."""
    if "NotPrincipal" in row:
        return True
    principal = row.get("Principal")
    kinds = list(principal.values()) if isinstance(principal, dict) else [principal]
    return any(one.literal is not None and "*" in one.literal for kind in kinds for one in listed(kind))


def unclear_principals(row: Mapping[str, Any], template: Template) -> tuple[Unknown, ...]:
    """Principals that are decided at deployment, by a parameter or elsewhere, and may be anyone."""
    principal = row.get("Principal")
    kinds = list(principal.values()) if isinstance(principal, dict) else [principal]
    return tuple(part for kind in kinds for one in listed(kind) if (part := _unclear(one, template)))


def unclear_resources(row: Mapping[str, Any], template: Template) -> tuple[Unknown, ...]:
    """Resources that are decided elsewhere and may be anybody's; what a parameter is, `any_resource` says."""
    given = (_unclear(one, template) for one in listed(row.get("Resource")))
    return tuple(part for part in given if part and part.name not in template.section("Parameters"))


def everybody_unless_told(part: Unknown) -> bool:
    """Whether it is everybody where nobody says otherwise."""
    return part.domain.sample == "*"


def _unclear(given: Text, template: Template) -> Unknown | None:
    """What a text as a whole is decided by, where that may be `*`: not a name of AWS's or of what is made here."""
    if len(given.parts) != 1 or not given.unknowns:
        return None
    part = given.unknowns[0]
    owner = template.resources.get(part.name.partition(".")[0])
    if part.name.startswith("AWS::") or (owner is not None and _tells(owner.type)):
        return None
    return part if part.domain.holds("*") else None


def _tells(type_: str) -> bool:
    """Whether what a resource of a type is called is AWS's to say, and not somebody's own code's or template's."""
    return type_.startswith("AWS::") and not type_.startswith("AWS::CloudFormation::")


def any_resource(row: Mapping[str, Any], template: Template) -> bool:
    """Whether a statement speaks of resources of anybody, whatever the parameters are."""
    given = listed(row.get("Resource"))
    return "NotResource" in row or not given or any(_is_wide(one) or _may_be_wide(one, template) for one in given)


def _may_be_wide(resource: Text, template: Template) -> bool:
    part = _unclear(resource, template)
    return part is not None and part.name in template.section("Parameters")


def _is_wide(resource: Text) -> bool:
    pieces = resource.split(":", 5)
    if len(pieces) < 6:
        return "*" in str(resource)
    account, rest = str(pieces[4]), str(pieces[5])
    return account in ("", "*") and set(rest) <= set("*/?")


def any_action(row: Mapping[str, Any]) -> bool:
    """Whether a statement speaks of every action of its service or of all services."""
    return "NotAction" in row or any(str(one) == "*" or str(one).endswith(":*") for one in listed(row.get("Action")))


def narrowed(row: Mapping[str, Any], keys: frozenset[str]) -> bool:
    """Whether a condition holds a statement to values of one of these keys, which must be there."""
    return any(key in keys for key in _held(row))


def _held(row: Mapping[str, Any]) -> Iterator[str]:
    for operator, conditions in mapping(row.get("Condition")).items():
        compared = str(operator).lower().removeprefix("foranyvalue:")
        if compared not in _EQUAL:
            continue
        for key, values in mapping(conditions).items():
            given = listed(values)
            if given and not any(_asks_back(value) or (compared not in _EXACT and (_is_wild(value) or _is_open(value)))
                                 for value in given):
                yield str(key).lower()


def _asks_back(value: Text) -> bool:
    """Whether a value is taken from the request itself, as `${aws:PrincipalAccount}` is: whoever asks then fits."""
    return any(isinstance(part, str) and "${" in part for part in value.parts)


def _is_open(value: Text) -> bool:
    """Whether only its deployment says that no wildcard is in it; an attribute of the template's own part has none."""
    return any(not trusted(part.domain) and (part.name[0] in '{"' or "." not in part.name) for part in value.unknowns)


def _is_wild(value: Text) -> bool:
    """Whether a value lets everybody through: an ARN of any account, or a wildcard before anything telling."""
    pieces = value.split(":", 5)
    if len(pieces) == 6:
        account, rest = str(pieces[4]), str(pieces[5])
        return bool(set(account) & set("*?")) or (account == "" and rest[:1] in ("*", "?"))
    written = str(value)
    return any(mark in written[:_TELLING] for mark in "*?")
