"""The subscription of a data plane as a component: made or taken, placed, and with its resource group."""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure

from conveyor_iac.model.azure.installation import MANAGEMENT_GROUPS
from conveyor_iac.model.azure.subscription import Alias
from conveyor_iac.pulumi.azure.parts import SUBSCRIPTION_ID, Parts, entering
from conveyor_iac.pulumi.azure.providers import for_subscription, in_its_subscription
from conveyor_iac.pulumi.words import InstallationArgs


class AzureSubscriptionArgs(TypedDict):
    """What a subscription is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete a subscription that it made, and the resource group; left out: it does."""


class AzureSubscription(pulumi.ComponentResource):
    """The subscription of a data plane: one that exists, or a new one through an alias, with its resource group.

    Spells the subscription of a plan. An existing one is not changed, but given a resource group, and moved to its
    management group where that is asked for; the provider must be of that subscription and tenant, else nothing is
    made. A new one is billed from the moment it is made, and deleting the alias does not cancel it. Resource providers
    are not registered: no resource of azure-native does that (`docs/azure.md` has the commands).

    Args:
        name: the component's name; its parts are called `NAME-...`.
        args: `AzureSubscriptionArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and for a provider of another subscription or tenant.

    Source: https://learn.microsoft.com/azure/cost-management-billing/manage/programmatically-create-subscription
    """

    subscription_id: pulumi.Output[str]
    """The id of the subscription."""
    ids: pulumi.Output[dict[str, str]]
    """The id of each part, by its name in the plan, and `SubscriptionId`: what the other components are given."""

    def __init__(self, name: str, args: AzureSubscriptionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:AzureSubscription", name, {}, opts)
        parts = entering(self, AzureSubscriptionArgs, args, makes_subscription=True)
        wanted = parts.scaffolding.subscription
        self.provider: pulumi.ProviderResource | None = None
        self.subscription_id = self._alias(parts, wanted.alias) if wanted.alias else in_its_subscription(parts)
        within: dict[str, Any] = {"provider": self.provider} if self.provider else {}
        if wanted.management_group and wanted.moved:  # it stays there: taken out, it would fall to the root group
            parts.add("Placement", azure.management.ManagementGroupSubscription(
                parts.called("Placement"), group_id=self._after_check(wanted.management_group),
                opts=parts.child(retain_on_delete=True, **within)))
        group = parts.add(wanted.group.name, azure.resources.ResourceGroup(
            parts.called(wanted.group.name), resource_group_name=self._after_check(wanted.group.azure_name),
            location=wanted.group.region, tags=parts.tags(), opts=parts.holding(**within)))
        self.made = parts.ids() | {SUBSCRIPTION_ID: self.subscription_id}
        self.ids = pulumi.Output.from_input(self.made)
        self.group_id: pulumi.Output[str] = group.id
        self.register_outputs({"subscription_id": self.subscription_id, "ids": self.ids})

    def _alias(self, parts: Parts, alias: Alias) -> pulumi.Output[str]:
        wanted = parts.scaffolding.subscription
        group = f"{MANAGEMENT_GROUPS}{wanted.management_group}" if wanted.management_group else None
        made = parts.add("Subscription", azure.subscription.Alias(
            parts.called("Subscription"), alias_name=alias.name,
            properties=azure.subscription.PutAliasRequestPropertiesArgs(
                billing_scope=alias.billing_scope, display_name=alias.display_name, workload=alias.workload,
                additional_properties=azure.subscription.PutAliasRequestAdditionalPropertiesArgs(
                    management_group_id=group, subscription_tenant_id=wanted.tenant_id, tags=parts.tags())),
            opts=parts.holding()))
        found: pulumi.Output[str] = made.properties.apply(lambda row: row.subscription_id)
        self.provider = for_subscription(parts.called("SubscriptionProvider"), found, wanted.tenant_id, parts.child())
        return found

    def _after_check(self, text: str) -> pulumi.Output[str]:
        """A text, as soon as the subscription is known to be the right one."""
        return self.subscription_id.apply(lambda _: text)
