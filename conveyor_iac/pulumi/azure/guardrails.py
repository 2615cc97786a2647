"""What holds the vendor, as a component: policies, the exported activity log, alerts on it, and a budget."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import authorization, consumption, managedidentity, monitor, operationalinsights, resources
from pulumi_azure_native import storage as azure_storage

from conveyor_iac.model.azure.guardrails import Alert, Budget, Guardrails, LogStore, PolicyAssignment
from conveyor_iac.model.azure.services import Storage
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.pulumi.azure.access import assign
from conveyor_iac.pulumi.azure.parts import Parts, entering
from conveyor_iac.pulumi.azure.providers import of_another
from conveyor_iac.pulumi.azure.services import storage, workspace_settings
from conveyor_iac.pulumi.parts import Ids
from conveyor_iac.pulumi.words import InstallationArgs

INSIDE = ("guard rails lie in the subscription that is handed over: whoever is an owner of it can remove them"
          " (azure.guardrails_inside_subscription: accepted)")


class AzureGuardrailsArgs(TypedDict):
    """What guard rails are made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    ids: NotRequired[Ids]
    """What `AzureSubscription` hands out; needed where the subscription is made in the same program."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the exported log; left out: it does."""


class AzureGuardrails(pulumi.ComponentResource):
    """What holds the vendor in the subscription, out of the reach of its owners.

    Spells the guard rails of a plan: policies and the budget at the guard-rail scope; the activity log exported to a
    workspace and a storage account in another subscription, and there the alerts on it and whom they tell. The setting
    that exports the log is a part of the subscription itself: changing it is told of, not prevented, and so is a log
    that falls silent. Warns where guard
    rails lie inside the subscription, which must have been accepted.

    Args:
        name: the component's name; its parts are called `NAME-...`.
        args: `AzureGuardrailsArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation.

    Source: https://learn.microsoft.com/azure/governance/policy/overview and
    https://learn.microsoft.com/azure/role-based-access-control/role-assignments-alert
    """

    ids: pulumi.Output[dict[str, str]]
    """The id of each part, by its name in the plan."""

    def __init__(self, name: str, args: AzureGuardrailsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:AzureGuardrails", name, {}, opts)
        parts = entering(self, AzureGuardrailsArgs, args)
        wanted = parts.scaffolding.guardrails
        if wanted.inside:
            pulumi.log.warn(INSIDE, self)
        for policy in wanted.policies:
            _policy(parts, policy)
        if wanted.budget:
            _budget(parts, wanted.budget, wanted.contacts)
        _watching(parts, wanted)
        self.ids = pulumi.Output.from_input(parts.ids())
        self.register_outputs({"ids": self.ids})


def _policy(parts: Parts, policy: PolicyAssignment) -> None:
    values = {name: authorization.ParameterValuesValueArgs(value=list(value))
              for name, value in policy.parameters.items()}
    parts.add(policy.name, authorization.PolicyAssignment(
        parts.called(policy.name), policy_assignment_name=policy.azure_name, scope=parts.ref(policy.scope),
        policy_definition_id=policy.definition, display_name=policy.display_name, description=policy.why,
        enforcement_mode="Default", parameters=values or None, opts=parts.child()))


def _budget(parts: Parts, budget: Budget, contacts: tuple[str, ...]) -> None:
    told = {f"at-{percent}": consumption.NotificationArgs(
        enabled=True, operator="GreaterThan", threshold=percent, threshold_type="Actual", contact_emails=list(contacts))
        for percent in budget.thresholds}
    parts.add(budget.name, consumption.Budget(
        parts.called(budget.name), budget_name=budget.azure_name, scope=parts.ref(budget.scope), amount=budget.amount,
        category="Cost", time_grain="Monthly", notifications=told,
        time_period=consumption.BudgetTimePeriodArgs(start_date=f"{budget.starts}T00:00:00Z"), opts=parts.child()))


def _watching(parts: Parts, wanted: Guardrails) -> None:
    """The exported log and what is read from it, in the subscription that is out of reach."""
    theirs: dict[str, Any] = {}
    if wanted.store.subscription != parts.scaffolding.subscription.id:
        theirs["provider"] = of_another(parts, "LogProvider", wanted.store.subscription)
    _store(parts, wanted.store, theirs)
    parts.add(wanted.export.name, monitor.DiagnosticSetting(
        parts.called(wanted.export.name), name=wanted.export.azure_name, resource_uri=parts.ref(wanted.export.scope),
        workspace_id=parts.resources["ActivityWorkspace"].id,
        storage_account_id=parts.resources["ActivityLogStorage"].id,
        logs=[monitor.DiagnosticsLogSettingsArgs(category=category, enabled=True)
              for category in wanted.export.categories],
        opts=parts.child()))
    _contacts(parts, wanted, theirs)
    for alert in wanted.alerts:
        _alert(parts, alert, wanted.store, theirs)


def _store(parts: Parts, store: LogStore, theirs: dict[str, Any]) -> None:
    """The workspace, and the storage account in which nothing is overwritten for as long as it is kept."""
    parts.add(store.group.name, resources.ResourceGroup(
        parts.called(store.group.name), resource_group_name=store.group.azure_name, location=store.group.region,
        tags=parts.tags(), opts=parts.holding(**theirs)))
    group = store.group.azure_name
    parts.add("ActivityWorkspace", operationalinsights.Workspace(
        parts.called("ActivityWorkspace"), workspace_name=store.workspace, resource_group_name=group,
        location=store.group.region, tags=parts.tags(), opts=parts.holding(store.group.name, **theirs),
        **workspace_settings(store.retention_days)))
    account = Storage(name="ActivityLogStorage", azure_name=store.storage, why="The exported activity log.")
    parts.resources[account.name] = storage(
        parts, account, group=parts.resources[store.group.name].name, **theirs,
        immutable_storage_with_versioning=azure_storage.ImmutableStorageAccountArgs(
            enabled=True, immutability_policy=azure_storage.AccountImmutabilityPolicyPropertiesArgs(
                state="Unlocked", allow_protected_append_writes=True,
                immutability_period_since_creation_in_days=store.retention_days)))


def _contacts(parts: Parts, wanted: Guardrails, theirs: dict[str, Any]) -> None:
    parts.add("Contacts", monitor.ActionGroup(
        parts.called("Contacts"), action_group_name=wanted.store.group.azure_name, location="Global", enabled=True,
        resource_group_name=wanted.store.group.azure_name, group_short_name="conveyor", tags=parts.tags(),
        email_receivers=[monitor.MicrosoftCommonEmailReceiverArgs(
            name=contact, email_address=contact, use_common_alert_schema=True) for contact in wanted.contacts],
        opts=parts.child(wanted.store.group.name, **theirs)))
    identity = parts.add("AlertIdentity", managedidentity.UserAssignedIdentity(
        parts.called("AlertIdentity"), resource_name_=wanted.store.identity,
        resource_group_name=wanted.store.group.azure_name, location=wanted.store.group.region, tags=parts.tags(),
        opts=parts.child(wanted.store.group.name, **theirs)))
    assign(parts, "AlertRole", azure_name=wanted.store.reading, principal=identity.principal_id,
           scope=parts.resources["ActivityWorkspace"].id, role=catalogue.role("Reader").id,
           why="The alerts search the workspace.", subscription=wanted.store.subscription, **theirs)


def _alert(parts: Parts, alert: Alert, store: LogStore, theirs: dict[str, Any]) -> None:
    """A search every ten minutes of the last half hour, for entries come up to twenty minutes late; or of a day."""
    often, span = ("PT1H", "P1D") if alert.silence else ("PT10M", "PT30M")
    failing = monitor.ConditionFailingPeriodsArgs(min_failing_periods_to_alert=1, number_of_evaluation_periods=1)
    parts.add(alert.name, monitor.ScheduledQueryRule(
        parts.called(alert.name), rule_name=alert.azure_name, resource_group_name=store.group.azure_name,
        location=store.group.region, display_name=alert.display_name, description=alert.why, kind="LogAlert",
        enabled=True, severity=1, scopes=[parts.resources["ActivityWorkspace"].id], evaluation_frequency=often,
        window_size=span, auto_mitigate=False, skip_query_validation=True, tags=parts.tags(),
        criteria=monitor.ScheduledQueryRuleCriteriaArgs(all_of=[monitor.ConditionArgs(
            query=parts.ref(alert.query), time_aggregation="Count", threshold=1,
            operator="LessThan" if alert.silence else "GreaterThanOrEqual", failing_periods=failing)]),
        actions=monitor.ActionsArgs(action_groups=[parts.resources["Contacts"].id]),
        identity=monitor.MicrosoftCommonIdentityArgs(
            type=monitor.IdentityType.USER_ASSIGNED, user_assigned_identities=[parts.resources["AlertIdentity"].id]),
        opts=parts.child("AlertRole", **theirs)))
