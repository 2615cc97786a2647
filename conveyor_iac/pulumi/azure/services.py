"""What a data plane requires beside its network, as a component: key vault, registry, workspace, private endpoints."""

from typing import Any, NotRequired, TypedDict

import pulumi
from pulumi_azure_native import containerregistry, keyvault, network, operationalinsights, privatedns
from pulumi_azure_native import storage as azure

from conveyor_iac.model.azure.network import PrivateEndpoint, PrivateZone
from conveyor_iac.model.azure.services import KeyVault, Registry, Storage, Workspace
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.pulumi.azure.parts import Parts, entering
from conveyor_iac.pulumi.azure.providers import of_another
from conveyor_iac.pulumi.parts import Ids
from conveyor_iac.pulumi.words import InstallationArgs


class AzureServicesArgs(TypedDict):
    """What the services are made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    ids: NotRequired[Ids]
    """What `AzureSubscription` and `AzureNetwork` hand out, together; needed where these make network or
    subscription."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete vault, registry and workspace; left out: it does."""


class AzureServices(pulumi.ComponentResource):
    """The services that a data plane requires: vault and registry are closed, a private endpoint is their one door.

    Spells the services of a plan, with their private endpoints and private DNS zones: central ones of a hub are linked
    to the network by a provider of their subscription, all others are made.

    Args:
        name: the component's name; its parts are called `NAME-...`.
        args: `AzureServicesArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where an id is missing.

    Source: https://learn.microsoft.com/azure/private-link/private-endpoint-dns
    """

    ids: pulumi.Output[dict[str, str]]
    """The id of each part, by its name in the plan."""

    def __init__(self, name: str, args: AzureServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:AzureServices", name, {}, opts)
        parts = entering(self, AzureServicesArgs, args)
        wanted, within = parts.scaffolding.services, parts.scaffolding.network
        if wanted.key_vault:
            _vault(parts, wanted.key_vault)
        if wanted.registry:
            _registry(parts, wanted.registry)
        if wanted.workspace:
            _workspace(parts, wanted.workspace)
        for zone in within.zones:
            _zone(parts, zone)
        for endpoint in within.endpoints:
            _endpoint(parts, endpoint)
        self.made = parts.ids()
        self.ids = pulumi.Output.from_input(self.made)
        self.register_outputs({"ids": self.ids})


def storage(parts: Parts, wanted: Storage, *, group: pulumi.Input[str], provider: pulumi.ProviderResource | None = None,
            **more: Any) -> Any:
    """A storage account that is closed: Azure's trusted services write into it, and nobody has a key."""
    within = {"provider": provider} if provider else {}
    return parts.add(wanted.name, azure.StorageAccount(
        parts.called(wanted.name), account_name=wanted.azure_name, resource_group_name=group, kind="StorageV2",
        location=parts.scaffolding.region, sku=azure.SkuArgs(name="Standard_LRS"), minimum_tls_version="TLS1_2",
        allow_blob_public_access=False, allow_cross_tenant_replication=False, allow_shared_key_access=False,
        enable_https_traffic_only=True, is_local_user_enabled=False, is_sftp_enabled=False,
        public_network_access="Enabled", tags=parts.tags(),
        network_rule_set=azure.NetworkRuleSetArgs(bypass="AzureServices", default_action=azure.DefaultAction.DENY),
        opts=parts.holding(**within), **more))


def _vault(parts: Parts, vault: KeyVault) -> None:
    parts.add(vault.name, keyvault.Vault(
        parts.called(vault.name), vault_name=vault.azure_name, opts=parts.holding(), **parts.placed(),
        properties=keyvault.VaultPropertiesArgs(
            tenant_id=parts.scaffolding.subscription.tenant_id,
            sku=keyvault.SkuArgs(family="A", name=keyvault.SkuName.STANDARD),
            enable_rbac_authorization=True, enable_purge_protection=True, enable_soft_delete=True,
            soft_delete_retention_in_days=vault.retention_days, public_network_access="Disabled",
            network_acls=keyvault.NetworkRuleSetArgs(bypass="None", default_action="Deny"))))


def _registry(parts: Parts, registry: Registry) -> None:
    zones = catalogue.regions()[parts.scaffolding.region].zones
    parts.add(registry.name, containerregistry.Registry(
        parts.called(registry.name), registry_name=registry.azure_name, opts=parts.holding(), **parts.placed(),
        sku=containerregistry.SkuArgs(name="Premium"), admin_user_enabled=False, anonymous_pull_enabled=False,
        public_network_access="Disabled", network_rule_bypass_options="None",
        zone_redundancy="Enabled" if zones else "Disabled", policies=containerregistry.PoliciesArgs(
            export_policy=containerregistry.ExportPolicyArgs(status="disabled"))))  # nothing leaves by an import


def _workspace(parts: Parts, workspace: Workspace) -> None:
    parts.add(workspace.name, operationalinsights.Workspace(
        parts.called(workspace.name), workspace_name=workspace.azure_name, opts=parts.holding(), **parts.placed(),
        **workspace_settings(workspace.retention_days)))


def workspace_settings(days: int) -> dict[str, Any]:
    """What every workspace of ours is set to: paid by what comes in, and tokens of Entra in place of keys."""
    return {"retention_in_days": days, "sku": operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            "features": operationalinsights.WorkspaceFeaturesArgs(disable_local_auth=True)}


def _zone(parts: Parts, zone: PrivateZone) -> None:
    """A zone of ours, or a central one, and its link to the network. Without tags: DNS takes none of our keys."""
    group, theirs = parts.group, {}
    if zone.zone_id:
        _, _, subscription, _, group, *_ = zone.zone_id.split("/")
        if subscription != parts.scaffolding.subscription.id:
            theirs = {"provider": of_another(parts, f"{zone.name}Provider", subscription)}
    else:
        parts.add(zone.name, privatedns.PrivateZone(
            parts.called(zone.name), private_zone_name=zone.azure_name, resource_group_name=parts.group,
            location="Global", opts=parts.child()))
    if zone.link is None:
        return
    parts.add(f"{zone.name}Link", privatedns.VirtualNetworkLink(
        parts.called(f"{zone.name}Link"), virtual_network_link_name=zone.link, private_zone_name=zone.azure_name,
        resource_group_name=group, location="Global", registration_enabled=False,
        virtual_network=privatedns.SubResourceArgs(id=parts.ref(parts.scaffolding.network.vnet)),
        opts=parts.child(*([] if zone.zone_id else [zone.name]), **theirs)))


def _endpoint(parts: Parts, endpoint: PrivateEndpoint) -> None:
    """A private endpoint, whose name the zone answers as soon as it is there."""
    zone = next(one for one in parts.scaffolding.network.zones if one.name == endpoint.zone)
    parts.add(endpoint.name, network.PrivateEndpoint(
        parts.called(endpoint.name), private_endpoint_name=endpoint.azure_name,
        subnet=network.SubnetArgs(id=parts.ref(parts.scaffolding.network.endpoint_subnet)),
        private_link_service_connections=[network.PrivateLinkServiceConnectionArgs(
            name=endpoint.azure_name, private_link_service_id=parts.ref(endpoint.service),
            group_ids=[endpoint.group_id])],
        opts=parts.child(), **parts.placed()))
    group = f"{endpoint.name}Zones"
    parts.add(group, network.PrivateDnsZoneGroup(
        parts.called(group), private_dns_zone_group_name="default", private_endpoint_name=endpoint.azure_name,
        resource_group_name=parts.group, private_dns_zone_configs=[network.PrivateDnsZoneConfigArgs(
            name=endpoint.group_id, private_dns_zone_id=zone.zone_id or parts.resources[zone.name].id)],
        opts=parts.child(endpoint.name, *([f"{zone.name}Link"] if zone.link else []))))
