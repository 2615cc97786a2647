"""What holds the vendor in the subscription, laid where an owner of it cannot reach.

Policies and the budget lie at the guard-rail scope, a management group; the exported activity log, the alerts on it and
whom they tell lie in another subscription. One thing cannot: the setting that exports the log is a part of the
subscription itself. It is watched: a change of it is told of, and so is a log that falls silent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.installation import MANAGEMENT_GROUPS
from conveyor_iac.model.azure.subscription import ResourceGroup
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.installation import Installation

POLICY_DEFINITIONS = "/providers/Microsoft.Authorization/policyDefinitions/"
CATEGORIES = ("Administrative", "Security", "ServiceHealth", "Alert", "Recommendation", "Policy", "Autoscale",
              "ResourceHealth")
"""Every category of the activity log; https://learn.microsoft.com/azure/azure-monitor/platform/activity-log-schema."""
_MOST_AT_GROUP = 24
"""The longest name of a policy assignment at a management group;
https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftauthorization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAssignment:
    """A policy that holds below a scope. `parameters` are its values, by name."""

    name: str
    azure_name: str
    scope: str
    definition: str
    display_name: str
    why: str
    parameters: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogStore:
    """Where the activity log is kept: a workspace to ask and a storage account that nobody overwrites for a time."""

    subscription: str
    group: ResourceGroup
    providers: tuple[catalogue.ResourceProvider, ...]
    """The resource providers that must be registered there, where it is another subscription."""
    workspace: str
    storage: str
    retention_days: int
    identity: str
    """The name of the identity with which the alerts read the workspace, and `reading` of its role assignment."""
    reading: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogExport:
    """The setting of the subscription that exports its activity log."""

    name: str
    azure_name: str
    scope: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A search of the exported log that tells the contacts of what it finds; of `silence`, that it found nothing."""

    name: str
    azure_name: str
    display_name: str
    query: str
    why: str
    silence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a month may cost before the contacts are told, at parts of it in percent."""

    name: str
    azure_name: str
    scope: str
    amount: int
    starts: str
    thresholds: tuple[int, ...] = (80, 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrails:
    """Everything that holds the vendor. `inside`: they lie in the subscription itself, which was accepted."""

    scope: str
    inside: bool
    policies: tuple[PolicyAssignment, ...]
    store: LogStore
    export: LogExport
    alerts: tuple[Alert, ...]
    contacts: tuple[str, ...]
    budget: Budget | None


def guardrails(installation: Installation) -> Guardrails:
    """The guard rails an installation asks for."""
    azure = installation.azure
    assert azure
    asked, scope = azure.guardrails, scope_of(installation)
    group = ResourceGroup(name="GuardrailGroup", azure_name=names.wide(installation, "guardrails"),
                          region=installation.region, why="What must stay when everything else is taken away.")
    elsewhere = asked.subscription_id if asked.subscription_id != azure.subscription_id else None
    store = LogStore(
        subscription=elsewhere or "${SubscriptionId}", group=group, retention_days=asked.retention_days,
        providers=tuple(row for row in catalogue.resource_providers() if row.logs and elsewhere),
        workspace=names.resource(installation, "activity"), storage=names.shared(installation, "cvyact"),
        identity=names.resource(installation, "alerts"),
        reading=names.role_assignment(installation, "AlertRole", "Reader"))
    budget = None
    if asked.budget:
        budget = Budget(name="Budget", azure_name=names.wide(installation, "budget"), scope=scope,
                        amount=asked.budget.amount, starts=asked.budget.starts)
    return Guardrails(
        scope=scope, inside=scope == names.SUBSCRIPTION or not elsewhere, store=store,
        policies=_policies(installation, scope), budget=budget, contacts=asked.contacts,
        export=LogExport(name="ActivityLogExport", azure_name=names.resource(installation), scope=names.SUBSCRIPTION,
                         categories=CATEGORIES),
        alerts=tuple(_alert(installation, row) for row in catalogue.watched()))


def scope_of(installation: Installation) -> str:
    """Where policies and the budget are placed: the guard-rail scope, else the management group."""
    azure = installation.azure
    assert azure
    own = f"/subscriptions/{azure.subscription_id}"
    if azure.guardrail_scope:
        return names.SUBSCRIPTION if azure.guardrail_scope == own else azure.guardrail_scope
    return f"{MANAGEMENT_GROUPS}{azure.management_group}" if azure.management_group else names.SUBSCRIPTION


def _policies(installation: Installation, scope: str) -> tuple[PolicyAssignment, ...]:
    azure = installation.azure
    assert azure
    allowed = azure.guardrails.locations or (installation.region,)
    parameters: dict[str, dict[str, Any]] = {"AllowedLocations": {"listOfAllowedLocations": allowed}}
    short = {"AllowedLocations": "loc-", "NoPublicAddresses": "ip-"}
    return tuple(PolicyAssignment(
        name=row.name, azure_name=names.shared(installation, short[row.name], most=_MOST_AT_GROUP), scope=scope,
        definition=f"{POLICY_DEFINITIONS}{row.id}", display_name=f"{names.resource(installation)}: {row.title}",
        why=row.why, parameters=parameters.get(row.name, {})) for row in catalogue.policies().values())


def _alert(installation: Installation, row: catalogue.Watched) -> Alert:
    operations = ", ".join(f'"{operation}"' for operation in row.operations)
    query = 'AzureActivity | where SubscriptionId =~ "${SubscriptionId}"'
    if row.operations:
        query += f' | where OperationNameValue in~ ({operations}) | where ActivityStatusValue in~ ("Start", "Success")'
    what = re.sub("(?<=[a-z])(?=[A-Z])", "-", row.name).lower()
    return Alert(name=row.name, azure_name=names.resource(installation, what), display_name=row.title, query=query,
                 why=row.why, silence=not row.operations)
