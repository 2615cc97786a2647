"""The rules of IAM at the door of CloudFormation, and what ministack's IAM handlers leave out there.

Knows the properties of AWS::IAM::* types. Knows no rule itself (iam_rules.py). ministack's own handlers write straight
into the store: they drop PermissionsBoundary of a role, overwrite a role or policy of the same name, keep documents
unread, and forget tags and paths of a policy's twin.
"""

from __future__ import annotations

from typing import Any

from . import iam_rules, identities
from .stack_handlers import Properties, before_delete, check_before, complete_after

ROLE, POLICY, MANAGED = "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"


def check_role(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold a role's resolved properties against the rules of CreateRole and its followers."""
    _free(properties.get("RoleName"), physical_id, "Role", identities.role)
    iam_rules.trust_policy(properties.get("AssumeRolePolicyDocument"))
    if boundary := properties.get("PermissionsBoundary"):
        iam_rules.boundary(boundary)
    _attachments(properties.get("ManagedPolicyArns") or [], physical_id)
    documents = {p["PolicyName"]: p["PolicyDocument"] for p in properties.get("Policies") or []}
    for document in documents.values():
        iam_rules.identity_policy(document)
    stored = _stored(physical_id).get("InlinePolicies") or {}
    iam_rules.inline_policies("role", properties.get("RoleName", ""), (stored | documents).values())


def check_managed_policy(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold a managed policy's resolved properties against the rules of CreatePolicy and AttachRolePolicy."""
    iam_rules.managed_policy(properties.get("PolicyDocument"))
    _free(_policy_arn(properties), physical_id, "Policy", identities.policy)
    for name in properties.get("Roles") or []:
        role = identities.role(identities.account(), name)
        if role is None:
            raise iam_rules.Refusal(404, "NoSuchEntity", f"The role with name {name} cannot be found.")
        iam_rules.attached([*role.get("AttachedPolicies", []), physical_id or "the new one"])


def check_inline_policy(_: str, properties: Properties, __: str | None) -> None:
    """Hold an inline policy against the rules of PutRolePolicy."""
    document = properties.get("PolicyDocument")
    iam_rules.identity_policy(document)
    for name in properties.get("Roles") or []:
        stored = (identities.role(identities.account(), name) or {}).get("InlinePolicies") or {}
        together = stored | {properties["PolicyName"]: document}
        iam_rules.inline_policies("role", name, together.values())


def keep_boundary(physical_id: str, properties: Properties) -> None:
    """Give the role the boundary its template asks for, and take it away when the template no longer does."""
    role = identities.role(identities.account(), physical_id)
    if role is not None:
        role["PermissionsBoundary"] = properties.get("PermissionsBoundary") or ""


def check_detached(physical_id: str) -> None:
    """Refuse to delete a managed policy that a role still carries, attached or as its boundary, as IAM does."""
    for role in identities.every("_roles"):
        if physical_id in (role.get("AttachedPolicies") or []) or physical_id == role.get("PermissionsBoundary"):
            raise iam_rules.Refusal(409, "DeleteConflict", "Cannot delete a policy attached to entities.")


def install() -> None:
    """Put the rules before ministack's handlers, and the boundary after them."""
    check_before(ROLE, check_role)
    complete_after(ROLE, keep_boundary)
    check_before(MANAGED, check_managed_policy)
    check_before(POLICY, check_inline_policy)
    before_delete(MANAGED, check_detached)


def _attachments(arns: list[str], physical_id: str | None) -> None:
    for arn in arns:
        iam_rules.attachable(arn)
    iam_rules.attached([*(_stored(physical_id).get("AttachedPolicies") or []), *arns] if physical_id else arns)


def _stored(physical_id: str | None) -> dict[str, Any]:
    return (identities.role(identities.account(), physical_id) if physical_id else None) or {}


def _policy_arn(properties: Properties) -> str | None:
    name = properties.get("ManagedPolicyName")
    return f"arn:aws:iam::{identities.account()}:policy{properties.get('Path', '/')}{name}" if name else None


def _free(name: str | None, physical_id: str | None, kind: str, find: Any) -> None:
    """Refuse to take over a thing that exists already: CloudFormation adopts nothing."""
    if name and name != physical_id and find(identities.account(), name) is not None:
        raise iam_rules.Refusal(409, "EntityAlreadyExists", f"{kind} with name {name} already exists.")
