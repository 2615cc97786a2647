"""azure.roles-as-agreed: nobody holds a role but those who were agreed, and nobody assigns roles that were not."""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.catalogue.proofs.azure import azure_types
from conveyor_iac.proofs.azure import conditions, ids
from conveyor_iac.proofs.azure.actions import forbidden
from conveyor_iac.proofs.azure.conditions import Unread, grants
from conveyor_iac.proofs.azure.contract import Role
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import Stack, at, inside, is_on, judged, known, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_ASSIGNMENT, _DEFINITION = "authorization:RoleAssignment", "authorization:RoleDefinition"
_GROUPS = ("azuread:index/group:Group", "azuread:index/groupWithoutMembers:GroupWithoutMembers")
_MEMBER = "azuread:index/groupMember:GroupMember"


def _asked(case: Case) -> bool:
    return case.contract.azure is not None and case.contract.azure.roles is not None


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    assert stack.contract
    agreed = stack.contract.roles or ()
    yield from stack.strangers("roles-as-agreed")
    for one in stack.of(_ASSIGNMENT):
        yield from judged(one.name, partial(_assignment, stack, agreed, one))
    for one in stack.resources:
        if why := azure_types().powers.get(one.type):
            yield refuted({"resource": one.name, "type": one.type, "because": f"nobody agreed to it: it {why}"})
    told = {row.role.lower() for row in agreed}
    for one in stack.of(_DEFINITION, read=True):
        if not one.elsewhere or told & {one.name.lower(), ids.last(one.id).lower()}:
            yield from judged(one.name, partial(_definition, stack, agreed, one))
    for one in stack.of("subscription:Alias"):
        yield from judged(one.name, partial(_owned, agreed, one))
    yield from _groups(stack, agreed)
    if stack.contract.inside:
        yield proved("Guard rails lie in the subscription itself, which the contract accepts: whoever owns it can "
                     "remove them.")
    yield proved()


def _assignment(stack: Stack, agreed: Iterable[Role], one: Resource) -> Iterator[Answer]:
    """A role assignment is one of those that were agreed, with the condition that was."""
    met, doubts = [], []
    for row in agreed:
        told = [*_same(stack, one, row)]
        if all(same is True for same in told):
            met.append(row)
        elif False not in told:
            doubts += [str(same) for same in told if same is not True]
    if met:
        if all(row.assigns is not None for row in met):
            yield from _bounded(one, [role for row in met for role in row.assigns or ()])
    elif doubts:
        yield undecided(f"of {one.name} it is not known {doubts[0]}")
    else:
        yield refuted({"assignment": one.name, "principal": _shown(stack, one, "principalId"),
                       "role": ids.last(_shown(stack, one, "roleDefinitionId")), "scope": _shown(stack, one, "scope"),
                       "because": "nobody agreed to this role of theirs on this scope"})


def _owned(agreed: Iterable[Role], alias: Resource) -> Iterator[Answer]:
    """Whom an alias makes the owner of its new subscription holds a role, without any assignment."""
    role, owner = catalogue.role("Owner").id, at(alias, "properties.additionalProperties.subscriptionOwnerId")
    if owner and not any(row.principal.lower() == str(owner).lower() and row.role.lower() == role
                         and row.scope == alias.name and row.assigns is None for row in agreed):
        yield refuted({"alias": alias.name, "principal": owner, "role": role,
                       "because": "nobody agreed to this owner of the subscription"})


def _same(stack: Stack, one: Resource, row: Role) -> Iterator[bool | str]:
    """For role, scope and principal whether they are the agreed ones, or why nobody knows."""
    for work in (partial(_role, stack, one, row), partial(_scope, stack, one, row), partial(_who, stack, one, row)):
        try:
            yield work()
        except Undecidable as reason:
            yield str(reason)


def _role(stack: Stack, one: Resource, row: Role) -> bool:
    held = ids.last(str(at(one, "roleDefinitionId"))).lower()
    if ids.is_guid(row.role):
        return held == row.role.lower()
    return held == _id_of(stack, row.role)


def _id_of(stack: Stack, name: str) -> str:
    """The id, as the last part of its path, of a role that the stack defines."""
    made = stack.named(name)
    assert made
    return (ids.last(made.id) if made.id else str(at(made, "roleDefinitionId"))).lower()


def _scope(stack: Stack, one: Resource, row: Role) -> bool:
    held = str(at(one, "scope"))
    if ids.is_guid(row.scope) or (made := stack.named(row.scope)) is None:
        return ids.same(held, row.scope if row.scope.startswith("/") else f"{ids.SUBSCRIPTIONS}{row.scope}")
    if made.type.endswith(":Alias"):
        return ids.same(held, f"{ids.SUBSCRIPTIONS}{stack.subscription(row.scope)}")
    if not made.id:
        raise Undecidable(f"which id {made.name} has")
    return ids.same(held, made.id)


def _who(stack: Stack, one: Resource, row: Role) -> bool:
    held = str(at(one, "principalId")).lower()
    if ids.is_guid(row.principal):
        return held == row.principal.lower()
    return held in _principals(stack, row.principal)


def _principals(stack: Stack, name: str) -> set[str]:
    """The object ids by which Entra knows a resource: its own, or that of its identity."""
    made = stack.named(name)
    assert made
    found = {str(value).lower() for value in (at(made, "objectId"), at(made, "principalId"),
                                              at(made, "identity.principalId")) if value}
    if not found:
        raise Undecidable(f"which principal {name} is")
    return found


def _bounded(one: Resource, assigns: list[str]) -> Iterator[Answer]:
    """The condition lets no other role be assigned or taken away."""
    text = at(one, "condition")
    if not text:
        yield refuted({"assignment": one.name, "principal": at(one, "principalId"), "may assign": conditions.OTHER,
                       "because": "it has no condition"})
        return
    if str(at(one, "conditionVersion")) != "2.0":
        raise Undecidable(f"what a condition of version {at(one, 'conditionVersion')} means")
    try:
        for grant in grants(str(text), assigns):
            if grant.sure:
                yield refuted({"assignment": one.name, "action": grant.action, "role": grant.role,
                               "because": "its condition lets it through"})
            else:
                yield undecided(f"whether the condition of {one.name} lets {grant.action} of {grant.role} through")
    except Unread as reason:
        raise Undecidable(f"what its condition says: {reason}") from None


def _shown(stack: Stack, one: Resource, key: str) -> str:
    """A value of an assignment, with the name of whoever has it."""
    try:
        value = str(at(one, key))
    except Undecidable:
        return "not known yet"
    owner = next((other.name for other in stack.resources for told in ("objectId", "principalId")
                  if key == "principalId" and other is not one and other.type != one.type
                  and other.values.get(told) == value), "")
    return f"{value} ({owner})" if owner else value


def _definition(stack: Stack, agreed: Iterable[Role], role: Resource) -> Iterator[Answer]:
    """A role of our own gives no power, and takes no guard rail away."""
    held: list[Role] = []
    for row in agreed:
        try:
            if ids.is_guid(row.role) and row.role.lower() == _id_of(stack, role.name):
                held.append(row)
        except Undecidable:
            held.append(row)
        if row.role == role.name:
            held.append(row)
    for row_of, pattern in forbidden(role):
        if not row_of.assigns or any(row.assigns is None for row in held):
            yield refuted({"role": role.name, "action": row_of.action, "allowed by": pattern,
                           "because": f"it {row_of.reason}"})


def _groups(stack: Stack, agreed: Iterable[Role]) -> Iterator[Answer]:
    """Nobody is put into a group that holds a role: people come in by requests."""
    told = {row.principal.lower() for row in agreed}
    held = [one for one in stack.of(*_GROUPS, read=True)
            if told & {one.name.lower(), str(one.values.get("objectId")).lower()}]
    for group in (one for one in held if not one.elsewhere):
        yield from judged(group.name, partial(_filled, group))
    for one in stack.of(_MEMBER):
        yield from judged(one.name, partial(_joined, stack, told, held, one))


def _filled(group: Resource) -> Iterator[Answer]:
    """What the program itself puts into a group; the state also lists whoever came in by request."""
    for key in ("members", "owners"):
        if found := known(group.given.get(key), f"{key} of {group.name}"):
            yield refuted({"group": group.name, key: list(found), "because": "they are put into a group that holds a "
                                                                             "role, past any request"})
    rule: Any = group.given.get("dynamicMembership")
    if rule and is_on(inside(rule, "enabled", group.name)):
        yield refuted({"group": group.name, "dynamicMembership": "enabled",
                       "because": "a rule fills a group that holds a role"})
    kinds = [str(known(kind, f"types of {group.name}")).lower() for kind in rows(group, "types")]
    visibility = str(at(group, "visibility") or "Public")
    if "unified" in kinds and visibility.lower() == "public":
        yield refuted({"group": group.name, "visibility": visibility,
                       "because": "whoever is of the tenant may join a public group of Microsoft 365"})


def _joined(stack: Stack, told: set[str], held: Iterable[Resource], one: Resource) -> Iterator[Answer]:
    target = ids.last(str(at(one, "groupObjectId"))).lower()
    groups = {id: group.name for group in held for id in _principals(stack, group.name)}
    if target in groups or (ids.is_guid(target) and target in told):
        yield refuted({"group": groups.get(target, target), "member": at(one, "memberObjectId"),
                       "because": "it is put into a group that holds a role, past any request"})


CLAIM = Claim(
    id="azure.roles-as-agreed",
    title="Nobody holds a role but those who were agreed, and nobody may assign a role that was not",
    why="A role that nobody agreed to is a way around every other limit.",
    source="https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-overview",
    asked=_asked,
    check=_check,
    axioms=("Only what the stack holds is seen: roles that were assigned before, or higher up, hold all the same. An "
            "agreed role of Azure's own allows what Azure says it does.",),
)
