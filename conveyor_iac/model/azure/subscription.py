"""The subscription of a data plane: one that exists, or one that is made through an alias, and where it is placed."""

from collections.abc import Iterable
from dataclasses import dataclass

from conveyor_iac.model.azure import names
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """The request for a new subscription. Taking it away again does not cancel the subscription.

    https://learn.microsoft.com/azure/cost-management-billing/manage/programmatically-create-subscription
    """

    name: str
    display_name: str
    billing_scope: str
    workload: str = "Production"


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceGroup:
    """A resource group, and what it is for."""

    name: str
    azure_name: str
    region: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A subscription: its id where it exists, else the alias by which it is made.

    `management_group` is the name of the one it is made in, or `moved` to, or nothing where it stays. `providers` are
    the resource providers that must be registered: azure-native has no such resource, so whoever owns it does that.
    """

    id: str
    tenant_id: str
    alias: Alias | None
    management_group: str | None
    moved: bool
    group: ResourceGroup
    providers: tuple[catalogue.ResourceProvider, ...]

    @property
    def scope(self) -> str:
        """The subscription as a scope."""
        return f"/subscriptions/{self.id}"

    def registering(self) -> tuple[str, ...]:
        """The commands that register the resource providers; doing it twice changes nothing."""
        return registering(self.id, self.providers)


def registering(subscription: str, providers: Iterable[catalogue.ResourceProvider]) -> tuple[str, ...]:
    """The commands that register resource providers in a subscription."""
    return tuple(f"az provider register --subscription {subscription} --namespace {row.namespace}" for row in providers)


def subscription(installation: Installation) -> Subscription:
    """The subscription an installation asks for; a placeholder stands for the id of one that is to be made."""
    azure = installation.azure
    assert azure
    alias = None
    if azure.billing_scope:
        name = names.wide(installation)
        alias = Alias(name=name, display_name=azure.subscription_name or name, billing_scope=azure.billing_scope)
    group = ResourceGroup(name="ResourceGroup", azure_name=names.resource(installation), region=installation.region,
                          why="Everything that is made in the subscription before the data plane moves in.")
    return Subscription(id="${SubscriptionId}", tenant_id=azure.tenant_id, alias=alias, group=group,
                        management_group=azure.management_group, moved=azure.move_to_management_group,
                        providers=catalogue.resource_providers())
