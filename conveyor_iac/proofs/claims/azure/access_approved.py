"""azure.access-approved: members of a connected organisation come in, once somebody of the tenant approves."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import Stack, at, has, inside, is_on, judged, known, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

POLICY: Final = "azuread:index/accessPackageAssignmentPolicy:AccessPackageAssignmentPolicy"
PACKAGE: Final = "azuread:index/accessPackage:AccessPackage"
_RESOURCE: Final = ("azuread:index/accessPackageResourcePackageAssociation:"
                    "AccessPackageResourcePackageAssociation")
_CATALOG_ROLE: Final = "azuread:index/accessPackageCatalogRoleAssignment:AccessPackageCatalogRoleAssignment"
_ORGANIZATIONS = "specificconnectedorganizationsubjects"
_OWN_APPROVERS = ("singleuser", "groupmembers", "internalsponsors")
"""Approvers that the tenant names; a requestor's manager or an external sponsor is of the vendor."""


def _asked(case: Case) -> bool:
    return has(case, POLICY, PACKAGE)


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    yield from stack.strangers("access-approved")
    for one in stack.of(POLICY):
        yield from judged(one.name, partial(_requestors, stack, one))
        yield from judged(one.name, partial(_approval, stack, one))
    for one in stack.of(_CATALOG_ROLE):
        yield refuted({"resource": one.name, "type": one.type,
                       "because": "it lets somebody change who may request access, and who approves it"})
    for one in stack.of(_RESOURCE):
        yield from judged(one.name, partial(_member, one))
    yield proved()


def _requestors(stack: Stack, one: Resource) -> Iterator[Answer]:
    settings = known(one.values.get("requestorSettings"), f"requestorSettings of {one.name}") or {}
    scope = str(inside(settings, "scopeType", one.name)).lower()
    if scope == "nosubjects":
        return
    if scope != _ORGANIZATIONS:
        yield refuted({"policy": one.name, "scopeType": scope,
                       "because": "others than a connected organisation that is named may request access"})
        return
    for row in known(settings.get("requestors"), f"requestors of {one.name}") or ():
        kind, who = str(inside(row, "subjectType", one.name)), str(inside(row, "objectId", one.name))
        if kind.lower() != "connectedorganizationmembers":
            yield refuted({"policy": one.name, "requestor": kind, "because": "it is no connected organisation"})
        elif stack.contract is None or stack.contract.organizations is None:
            yield proved(f"Members of the connected organisation {who} may request access by {one.name}.")
        elif who.lower() not in {id.lower() for id in stack.contract.organizations}:
            yield refuted({"policy": one.name, "organization": who, "because": "the contract does not name it"})


def _approval(stack: Stack, one: Resource) -> Iterator[Answer]:
    settings = known(one.values.get("approvalSettings"), f"approvalSettings of {one.name}") or {}
    required = inside(settings, "approvalRequired", one.name)
    stages = inside(settings, "approvalStages", one.name) or []
    if not is_on(required) or not stages:
        yield refuted({"policy": one.name, "approvalRequired": required, "approvalStages": len(stages),
                       "because": "access is given to whoever requests it, without anybody's approval"})
    for number, stage in enumerate(stages, 1):
        yield from _stage(stack, one, number, known(stage, f"a stage of {one.name}"))
    if is_on(at(one, "extensionEnabled")) and not is_on(inside(settings, "approvalRequiredForExtension", one.name)):
        yield proved(f"Access by {one.name} can be extended without another approval.")


def _stage(stack: Stack, one: Resource, number: int, stage: Mapping[str, Any]) -> Iterator[Answer]:
    rows_of = [known(stage.get(key), f"{key} of {one.name}") or [] for key in ("primaryApprovers",
                                                                                "alternativeApprovers")]
    if not rows_of[0]:
        yield refuted({"policy": one.name, "stage": number, "because": "nobody is named who approves"})
    for row in (row for found in rows_of for row in found):
        kind = str(inside(row, "subjectType", one.name))
        if kind.lower() not in _OWN_APPROVERS:
            yield refuted({"policy": one.name, "stage": number, "approver": kind,
                           "because": "whoever approves is chosen by who requests"})
        elif kind.lower() != "internalsponsors":
            yield from _approver(stack, one, number, str(inside(row, "objectId", one.name)))


def _approver(stack: Stack, one: Resource, number: int, who: str) -> Iterator[Answer]:
    """The vendor's own group does not approve who joins it."""
    for row in (stack.contract.roles or ()) if stack.contract else ():
        group = stack.named(row.principal)
        told = row.principal if group is None else str(group.values.get("objectId"))
        if who and told.lower() == who.lower():
            yield refuted({"policy": one.name, "stage": number, "approver": row.principal,
                           "because": "the group that is joined approves who joins it"})
            return
    if not who:
        yield undecided(f"who approves at stage {number} of {one.name}")


def _member(one: Resource) -> Iterator[Answer]:
    kind = str(at(one, "accessType") or "Member")
    if kind.lower() != "member":
        yield refuted({"resource": one.name, "accessType": kind, "because": "who comes in may let others in"})


CLAIM = Claim(
    id="azure.access-approved",
    title="Only members of a connected organisation may request access, and the tenant's own people approve it",
    why="The vendor's team comes in one by one, for some days, and with the customer's word.",
    source="https://learn.microsoft.com/entra/id-governance/entitlement-management-access-package-request-policy",
    asked=_asked,
    check=_check,
)
