"""The services of a data plane on Azure and the guard rails, property by property: closed, watched, out of reach."""

import pytest

from tests.engine.azure_variants import EXAMPLE, LOGS, SUBSCRIPTION, ZONES, words

GROUP = f"/providers/Microsoft.Management/managementGroups/{EXAMPLE['azure']['management_group']}"


def test_the_vault_is_closed(made):
    """Roles decide in the vault, what is deleted can be had back, and nobody reaches it from outside."""
    inputs = made("example").inputs("KeyVault")["properties"]
    assert {key: inputs[key] for key in ("enableRbacAuthorization", "enablePurgeProtection", "enableSoftDelete")} == {
        "enableRbacAuthorization": True, "enablePurgeProtection": True, "enableSoftDelete": True}
    assert inputs["publicNetworkAccess"] == "Disabled"
    assert inputs["networkAcls"] == {"bypass": "None", "defaultAction": "Deny"}
    assert "accessPolicies" not in inputs


def test_the_registry_is_closed(made):
    """The registry has no user of its own, nothing is pulled unasked, and nobody reaches it from outside."""
    inputs = made("example").inputs("Registry")
    assert inputs["adminUserEnabled"] is inputs["anonymousPullEnabled"] is False
    assert (inputs["publicNetworkAccess"], inputs["sku"]) == ("Disabled", {"name": "Premium"})


@pytest.mark.parametrize("part", ["FlowLogStorage", "ActivityLogStorage"])
def test_storage_is_closed(made, part):
    """Storage has no keys, nothing public and no door but for Azure's trusted services."""
    inputs = made("example").inputs(part)
    assert inputs["allowSharedKeyAccess"] is inputs["allowBlobPublicAccess"] is False
    assert inputs["isLocalUserEnabled"] is inputs["isSftpEnabled"] is inputs["allowCrossTenantReplication"] is False
    assert inputs["networkRuleSet"] == {"bypass": "AzureServices", "defaultAction": "Deny"}
    assert (inputs["minimumTlsVersion"], inputs["enableHttpsTrafficOnly"]) == ("TLS1_2", True)


@pytest.mark.parametrize("part", ["Workspace", "ActivityWorkspace"])
def test_workspaces_have_no_keys(made, part):
    """A workspace takes tokens of Entra only."""
    assert made("example").inputs(part)["features"] == {"disableLocalAuth": True}


@pytest.mark.parametrize(("service", "group", "zone"), [
    ("KeyVault", "vault", "privatelink.vaultcore.azure.net"), ("Registry", "registry", "privatelink.azurecr.io")])
def test_private_endpoints(made, service, group, zone):
    """The one door is a private endpoint in its subnet, whose name our zone answers in our network."""
    found = made("example")
    (link,) = found.inputs(f"{service}Endpoint")["privateLinkServiceConnections"]
    assert (link["privateLinkServiceId"], link["groupIds"]) == (f"acme-{service}.id", [group])
    assert found.inputs(f"{service}Endpoint")["subnet"]["id"] == "acme-PrivateEndpointSubnet.id"
    assert found.inputs(f"{service}Zone")["privateZoneName"] == zone
    assert found.inputs(f"{service}ZoneLink")["virtualNetwork"] == {"id": "acme-Vnet.id"}
    assert found.inputs(f"{service}ZoneLink")["registrationEnabled"] is False
    (told,) = found.inputs(f"{service}EndpointZones")["privateDnsZoneConfigs"]
    assert told["privateDnsZoneId"] == f"acme-{service}Zone.id"


def test_central_zones(deploy):
    """A hub's zone is linked where it lies, by a provider of its subscription, and none is made beside it."""
    found = deploy(words(azure={"vnet": {"private_dns_zones": ZONES}}))
    assert not found.of("PrivateZone")
    for service, zone in (("KeyVault", ZONES["privatelink.vaultcore.azure.net"]),
                          ("Registry", ZONES["privatelink.azurecr.io"])):
        link = found.part(f"{service}ZoneLink")
        assert link.inputs["resourceGroupName"] == "hub"
        assert f"::acme-{service}ZoneProvider::" in link.provider
        assert found.inputs(f"{service}EndpointZones")["privateDnsZoneConfigs"][0]["privateDnsZoneId"] == zone


def test_services_are_switched_off(made):
    """What is switched off is not made, and neither are its endpoint and its zone."""
    names = {"KeyVault", "Registry", "Workspace"}
    gone = made("example").parts() - made("no-services").parts()
    assert {name for name in gone if name in names} == names
    assert gone - {"KubeletRegistryRole", "WorkloadVaultRole"} == {name for name in gone if name.startswith((*names,))}
    assert made("no-services").component("AzureServices") == {"ids": {}}


def test_policies(made):
    """Policies lie at the management group, by names that fit there, and say which regions are allowed."""
    found = made("example").of("PolicyAssignment")
    assert {row.inputs["scope"] for row in found.values()} == {GROUP}
    assert all(len(row.inputs["policyAssignmentName"]) <= 24 for row in found.values())
    assert {row.inputs["enforcementMode"] for row in found.values()} == {"Default"}
    assert made("example").inputs("AllowedLocations")["parameters"] == {
        "listOfAllowedLocations": {"value": ["westeurope"]}}


def test_the_activity_log_leaves_the_subscription(made, scaffolding):
    """Every category of the subscription's log goes to a workspace and to storage that nobody overwrites for a year."""
    found = made("example")
    export = found.inputs("ActivityLogExport")
    assert export["resourceUri"] == f"/subscriptions/{SUBSCRIPTION}"
    assert (export["workspaceId"], export["storageAccountId"]) == (
        "acme-ActivityWorkspace.id", "acme-ActivityLogStorage.id")
    assert {row["category"] for row in export["logs"] if row["enabled"]} == {
        *scaffolding("example").guardrails.export.categories}
    kept = found.inputs("ActivityLogStorage")["immutableStorageWithVersioning"]
    assert kept["enabled"] is True
    assert kept["immutabilityPolicy"]["immutabilityPeriodSinceCreationInDays"] == 365


def test_alerts(made):
    """Alerts search the exported log for this subscription's entries and tell the contacts, by an identity that reads.
    """
    found = made("example")
    for part in ("RoleChanges", "GuardrailChanges"):
        inputs = found.inputs(part)
        assert inputs["scopes"] == [found.inputs("AlertRole")["scope"]] == ["acme-ActivityWorkspace.id"]
        assert inputs["actions"]["actionGroups"] == ["acme-Contacts.id"]
        assert inputs["identity"]["userAssignedIdentities"] == ["acme-AlertIdentity.id"]
        assert f'SubscriptionId =~ "{SUBSCRIPTION}"' in inputs["criteria"]["allOf"][0]["query"]
    assert "roleAssignments/write" in found.inputs("RoleChanges")["criteria"]["allOf"][0]["query"]
    assert "diagnosticSettings/delete" in found.inputs("GuardrailChanges")["criteria"]["allOf"][0]["query"]
    assert [row["emailAddress"] for row in found.inputs("Contacts")["emailReceivers"]] == [
        "cloud-security@acme.example"]


def test_the_budget(made):
    """The budget of a month tells the contacts at four fifths and at the whole; without one there is none."""
    inputs = made("example").inputs("Budget")
    assert (inputs["scope"], inputs["amount"], inputs["timeGrain"]) == (GROUP, 5000, "Monthly")
    assert sorted(row["threshold"] for row in inputs["notifications"].values()) == [80, 100]
    assert "Budget" not in made("no-budget").parts()


def test_what_is_out_of_reach(made):
    """Logs, alerts and whom they tell are made by a provider of the log subscription, whatever else by the own one."""
    found = made("example")
    theirs = {row.name.removeprefix("acme-") for row in found.customs() if "::acme-LogProvider::" in row.provider}
    assert theirs == {"GuardrailGroup", "ActivityWorkspace", "ActivityLogStorage", "Contacts", "AlertIdentity",
                      "AlertRole", "RoleChanges", "GuardrailChanges", "Silence"}
    (provider,) = (row for row in found.resources.values() if row.name == "acme-LogProvider")
    assert provider.inputs["subscriptionId"] == LOGS
    assert found.inputs("AlertRole")["roleDefinitionId"].startswith(f"/subscriptions/{LOGS}/")


def test_guard_rails_inside_are_warned_of(made):
    """Where they were accepted inside, they lie in the subscription itself and the component says what that means."""
    found = made("inside")
    assert not [row.name for row in found.resources.values() if row.name == "acme-LogProvider"]
    assert {row.inputs["scope"] for row in found.of("PolicyAssignment").values()} == {f"/subscriptions/{SUBSCRIPTION}"}
    assert any("whoever is an owner of it can remove them" in text for text in found.said)
    assert not any("guard rails lie in" in text for text in made("example").said)
