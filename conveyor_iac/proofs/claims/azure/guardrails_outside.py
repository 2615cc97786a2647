"""azure.guardrails-outside: what holds the vendor lies where an owner of the subscription cannot reach it.

Where the contract accepts guard rails inside the subscription it is not asked: it would not hold, and a note of
`azure.roles-as-agreed` says who can remove them.
"""

import re
from collections.abc import Iterator
from functools import partial
from typing import Any, Final

from conveyor_iac.proofs.azure import ids, queries
from conveyor_iac.proofs.azure.contract import Azure
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import Stack, at, inside, is_on, judged, known, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

WATCHED: Final = ("Microsoft.Insights/diagnosticSettings/write", "Microsoft.Insights/diagnosticSettings/delete",
                  "Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/roleAssignments/delete")
"""Operations that an alert outside must tell of: the export itself can be changed inside, but not unseen."""
_GROUPS = "/providers/microsoft.management/managementgroups/"
_EXPORTS = ("monitor:DiagnosticSetting", "monitor:SubscriptionDiagnosticSetting")
_OUTSIDE = ("monitor:ActionGroup", "monitor:ScheduledQueryRule")
_RULE = "monitor:ScheduledQueryRule"
_ANY: Final = (("count", "greaterthan", 0.0), ("count", "greaterthanorequal", 1.0))
"""What tells of a single row: how rows are counted and compared, and with what."""
_DENYING: Final = ("deny", "denyaction")


def _asked(case: Case) -> bool:
    contract = case.contract.azure
    return contract is not None and contract.guardrail_scope is not None and not contract.inside


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    contract = stack.contract
    assert contract
    yield from stack.strangers("guardrails-outside")
    try:
        held = stack.subscription(contract.subscription)
        scope = _scope(stack, str(contract.guardrail_scope))
    except Undecidable as reason:
        yield undecided(f"it is not known {reason}")
        return
    yield from _policies(stack, held, scope)
    for one in stack.of(*_OUTSIDE):
        yield from judged(one.name, partial(_lies_outside, stack, held, one))
    for one in stack.of("management:ManagementGroupSubscription"):
        yield from judged(one.name, partial(_placed, held, scope, one))
    for one in stack.of("consumption:Budget"):
        yield from judged(one.name, partial(_budget, held, one))
    yield from judged("the exported activity log", partial(_exported, stack, contract, held))
    yield proved("The setting that exports the activity log lies in the subscription; an alert outside tells of "
                 "whoever changes it.")


def _scope(stack: Stack, text: str) -> str:
    return text if text.startswith("/") else f"{ids.SUBSCRIPTIONS}{stack.subscription(text)}"


def _policies(stack: Stack, held: str, scope: str) -> Iterator[Answer]:
    if ids.within(scope, f"{ids.SUBSCRIPTIONS}{held}"):
        yield refuted({"scope": scope, "because": "it lies in the subscription, whose owner can remove what is there"})
    elif not ids.plain(scope).startswith(_GROUPS) or "/" in ids.plain(scope).removeprefix(_GROUPS):
        yield refuted({"scope": scope, "because": "it is no management group: what is assigned there does not hold the "
                                                  "subscription"})
    found = stack.of("authorization:PolicyAssignment")
    if not found:
        yield refuted({"scope": scope, "because": "no policy is assigned there"})
    for one in found:
        yield from judged(one.name, partial(_policy, held, scope, one))
        yield from judged(one.name, partial(_denies, stack, one))
    for one in stack.of("authorization:PolicyExemption"):
        yield refuted({"resource": one.name, "because": "it exempts something from a policy"})


def _policy(held: str, scope: str, one: Resource) -> Iterator[Answer]:
    """A policy is assigned at the agreed scope, is enforced, and leaves nothing of the subscription out."""
    placed = str(at(one, "scope"))
    if not ids.same(placed, scope):
        yield refuted({"policy": one.name, "scope": placed, "because": f"it is not assigned at {scope}"})
    mode = str(at(one, "enforcementMode") or "Default")
    if mode.lower() != "default":
        yield refuted({"policy": one.name, "enforcementMode": mode, "because": "it denies nothing"})
    for text in rows(one, "notScopes"):
        left = str(known(text, f"notScopes of {one.name}"))
        if ids.within(left, f"{ids.SUBSCRIPTIONS}{held}") or ids.same(left, scope):
            yield refuted({"policy": one.name, "notScopes": left, "because": "what lies there is left out"})
        elif ids.plain(left).startswith(_GROUPS):
            yield undecided(f"whether the subscription lies in {left}, which {one.name} leaves out")
    for key in ("resourceSelectors", "overrides"):
        if rows(one, key):
            yield undecided(f"what the {key} of {one.name} leave out")
    for name in (name for name in at(one, "parameters") or {} if "effect" in name.lower()):
        effect = at(one, f"parameters.{name}.value")
        if effect is not None and str(effect).lower() not in _DENYING:
            yield refuted({"policy": one.name, name: effect, "because": "it denies nothing"})


def _placed(held: str, scope: str, one: Resource) -> Iterator[Answer]:
    """A note where the subscription is put under another group than the one that has the guard rails."""
    group = str(at(one, "groupId"))
    if str(at(one, "subscriptionId")).lower() == held and ids.last(group).lower() != ids.last(scope).lower():
        yield proved(f"{one.name} puts the subscription under {group}; that {scope} lies above it is not seen.")


def _denies(stack: Stack, one: Resource) -> Iterator[Answer]:
    """A policy that the stack itself defines denies; nobody lets himself out of it."""
    if is_on(at(one, "selfServeExemptionSettings.enabled")):
        yield refuted({"policy": one.name, "selfServeExemptionSettings": "enabled",
                       "because": "whoever it holds may exempt himself"})
    _, made = stack.target(one.values.get("policyDefinitionId"), f"policyDefinitionId of {one.name}")
    if made is not None and str(at(made, "policyRule.then.effect")).lower() not in _DENYING:
        yield undecided(f"what {one.name} denies: the effect of {made.name} is not deny")


def _lies_outside(stack: Stack, held: str, one: Resource) -> Iterator[Answer]:
    if stack.lies_in(one) == held:
        yield refuted({"resource": one.name, "subscription": held, "because": "it lies in the subscription it watches"})


def _budget(held: str, one: Resource) -> Iterator[Answer]:
    scope = str(at(one, "scope"))
    if ids.within(scope, f"{ids.SUBSCRIPTIONS}{held}"):
        yield refuted({"resource": one.name, "scope": scope, "because": "it lies in the subscription it watches"})


def _exported(stack: Stack, contract: Azure, held: str) -> Iterator[Answer]:
    """The activity log of the subscription goes to a workspace and a storage account outside, and alerts search it."""
    settings = [one for one in stack.of(*_EXPORTS) if _is_of(stack, one, held)]
    if not settings:
        yield refuted({"subscription": held, "because": "no setting of the stack exports its activity log"})
    kept = contract.log_subscription
    wanted = "" if kept is None else stack.subscription(kept)
    wrong = [[*_destinations(one, held, wanted)] for one in settings]
    whole = [one for one, answers in zip(settings, wrong, strict=True) if not answers]
    if not whole:
        yield from (answer for answers in wrong for answer in answers)
    for one in whole:
        yield from _taken_whole(stack, one)
    if settings:
        yield from _alerts(stack, held, [str(at(one, "workspaceId")) for one in whole or settings])


def _is_of(stack: Stack, one: Resource, held: str) -> bool:
    if one.type.endswith(":SubscriptionDiagnosticSetting"):
        told = at(one, "subscriptionId")
        return (str(told).lower() if told else stack.lies_in(one)) == held
    return ids.same(str(at(one, "resourceUri")), f"{ids.SUBSCRIPTIONS}{held}")


def _destinations(one: Resource, held: str, wanted: str) -> Iterator[Answer]:
    for key in ("workspaceId", "storageAccountId"):
        id = str(at(one, key) or "")
        lies = ids.subscription_of(id)
        if not id:
            yield refuted({"setting": one.name, key: None, "because": "the activity log is not kept there"})
        elif lies == held or (wanted and lies != wanted):
            yield refuted({"setting": one.name, key: id,
                           "because": f"it lies in {lies}, and not in {wanted or 'another subscription'}"})
    logs = [known(row, f"logs of {one.name}") for row in rows(one, "logs")]
    on = {str(row.get("category") or row.get("categoryGroup")).lower() for row in logs
          if is_on(inside(row, "enabled", one.name))}
    if not on & {"administrative", "alllogs"}:
        yield refuted({"setting": one.name, "categories": sorted(on),
                       "because": "what is administered is not exported"})


def _taken_whole(stack: Stack, one: Resource) -> Iterator[Answer]:
    """A workspace of the stack takes in all that is exported."""
    workspace = stack.by_id(str(at(one, "workspaceId") or ""))
    if workspace is None:
        return
    if float(at(workspace, "workspaceCapping.dailyQuotaGb") or -1) >= 0:
        yield undecided(f"what {workspace.name} takes in: it stops at a quota for each day, and alerts see no more")
    if at(workspace, "defaultDataCollectionRuleResourceId"):
        yield undecided(f"what {workspace.name} takes in: a data collection rule stands before it")


def _alerts(stack: Stack, held: str, workspaces: list[str]) -> Iterator[Answer]:
    """Alerts on a workspace that has the log tell of every operation that must be watched."""
    seen: set[str] = set()
    unread: list[str] = []
    for one in stack.of(_RULE):
        try:
            found = _found(stack, one, held, workspaces)
        except Undecidable as reason:
            unread.append(f"{one.name}: it is not known {reason}")
            continue
        if found is None:
            unread.append(f"{one.name}: its query, or when it tells, has another form than is read")
        else:
            seen |= found
    missing = [operation for operation in WATCHED if operation.lower() not in seen]
    if missing and unread:
        yield undecided(*(f"whether an alert tells of {', '.join(missing)}: {why}" for why in unread))
    elif missing:
        yield refuted({"operations": missing, "because": "no alert on the exported log tells of them"})


def _found(stack: Stack, one: Resource, held: str, workspaces: list[str]) -> set[str] | None:
    """The operations that a rule tells somebody of; nothing where that cannot be read."""
    scopes = [str(known(text, f"scopes of {one.name}")) for text in rows(one, "scopes")]
    enabled = at(one, "enabled")
    actions = at(one, "actions.actionGroups")
    if not any(ids.same(scope, id) for scope in scopes for id in workspaces) or not actions:
        return set()
    if (enabled is not None and not is_on(enabled)) or str(at(one, "kind") or "LogAlert").lower() != "logalert":
        return set()
    if any(ids.subscription_of(str(known(id, f"actionGroups of {one.name}"))) == held for id in actions):
        return set()
    if not any(_tells(stack, str(id)) for id in actions):
        return set()
    criteria = rows(one, "criteria.allOf")
    if not _without_gaps(one):
        return None
    return _operations(known(criteria[0], one.name), held, one.name) if len(criteria) == 1 else None


def _tells(stack: Stack, id: str) -> bool:
    """Whether an action group is on and somebody is in it, as far as the stack makes it."""
    group = stack.by_id(id)
    if group is None:
        return True
    enabled = at(group, "enabled")
    return (enabled is None or is_on(enabled)) and any(
        rows(group, key) for key in group.values if key.lower().endswith("receivers"))


def _without_gaps(one: Resource) -> bool:
    """Whether a search looks at no less time than passes until the next one, and always tells what it finds."""
    if at(one, "muteActionsDuration") or at(one, "overrideQueryTimeRange"):
        return False
    told = [_minutes(str(text)) for key in ("evaluationFrequency", "windowSize") if (text := at(one, key)) is not None]
    return None not in told and (len(told) < 2 or (told[0] or 0) <= (told[1] or 0))


def _minutes(text: str) -> int | None:
    """The minutes of a duration of one unit, such as PT10M, PT1H or P1D."""
    found = re.fullmatch(r"P(?:(\d+)D|T(?:(\d+)H|(\d+)M))", text)
    return None if found is None else sum(int(number or 0) * unit for number, unit in zip(found.groups(), (
        1440, 60, 1), strict=True))


def _operations(row: Any, held: str, name: str) -> set[str] | None:
    if row.get("dimensions") or float(inside(row, "failingPeriods.minFailingPeriodsToAlert", name) or 1) > 1:
        return None
    search = queries.read(str(inside(row, "query", name)))
    told = [str(inside(row, key, name)).lower() for key in ("timeAggregation", "operator")]
    if search is None or (*told, float(inside(row, "threshold", name) or 0)) not in _ANY:
        return None
    if search.subscriptions and held not in search.subscriptions:
        return set()
    if search.states and not search.states & {"start", "success"}:
        return set()
    return set(search.operations) or {operation.lower() for operation in WATCHED}


CLAIM = Claim(
    id="azure.guardrails-outside",
    title="Policies, the exported activity log, its alerts and the budget lie outside the subscription they hold",
    why="Whoever owns a subscription can remove what lies in it; a guard rail in there holds nobody.",
    source="https://learn.microsoft.com/azure/governance/policy/concepts/assignment-structure",
    asked=_asked,
    check=_check,
    axioms=("The subscription lies under the scope of its guard rails, and whoever holds a role on it holds none above "
            "it.",),
)
