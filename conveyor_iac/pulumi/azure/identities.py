"""The identities of cluster and workloads as a component, each with the roles that it needs and no secret."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_azure_native import managedidentity, resources

from conveyor_iac.pulumi.azure.access import assigned
from conveyor_iac.pulumi.azure.parts import entering
from conveyor_iac.pulumi.parts import Ids
from conveyor_iac.pulumi.words import InstallationArgs


class AzureIdentitiesArgs(TypedDict):
    """What the identities are made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    ids: NotRequired[Ids]
    """What `AzureSubscription`, `AzureNetwork` and `AzureServices` hand out, together."""


class AzureIdentities(pulumi.ComponentResource):
    """The managed identities of a data plane: of the cluster, of its nodes and of its workloads.

    Spells the identities of a plan. They have their roles before anybody comes in, so that whoever installs assigns
    none. Those of cluster and nodes lie in a resource group of their own, which the installer role does not reach.

    Args:
        name: the component's name; its parts are called `NAME-...`.
        args: `AzureIdentitiesArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where an id is missing.

    Source: https://learn.microsoft.com/azure/aks/use-managed-identity
    """

    ids: pulumi.Output[dict[str, str]]
    """The id of each part, by its name in the plan: what `AzureVendorAccess` is given."""
    client_ids: pulumi.Output[dict[str, str]]
    """The client id of each identity, by its name in the plan."""

    def __init__(self, name: str, args: AzureIdentitiesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:AzureIdentities", name, {}, opts)
        parts = entering(self, AzureIdentitiesArgs, args)
        wanted = parts.scaffolding.identities
        group = parts.add(wanted.group.name, resources.ResourceGroup(
            parts.called(wanted.group.name), resource_group_name=wanted.group.azure_name, location=wanted.group.region,
            tags=parts.tags(), opts=parts.child()))
        for identity in wanted.identities:
            place = group.name if identity.group == wanted.group.name else parts.group
            parts.add(identity.name, managedidentity.UserAssignedIdentity(
                parts.called(identity.name), resource_name_=identity.azure_name, opts=parts.child(),
                **parts.placed(resource_group_name=place)))
        for assignment in wanted.assignments:
            assigned(parts, assignment)
        self.made = parts.ids()
        self.ids = pulumi.Output.from_input(self.made)
        self.client_ids = pulumi.Output.from_input(
            {identity.name: parts.resources[identity.name].client_id for identity in wanted.identities})
        self.register_outputs({"ids": self.ids, "client_ids": self.client_ids})
