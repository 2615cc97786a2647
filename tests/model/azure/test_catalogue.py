"""The tables of Azure: their shape, and what may never stand in a row."""

import re
import tomllib
import uuid
from importlib.resources import files

import pytest

from conveyor_iac.model import addresses, placeholders
from conveyor_iac.model import catalogue as aws
from conveyor_iac.model.azure.installation import AzureServices
from conveyor_iac.model.catalogue import azure as catalogue

TABLES = ("installer_role", "outbound", "policies", "prices", "regions", "resource_providers", "roles", "watched")
FILLED = {"Region": "westeurope", "ControlPlaneRegion": "eu-west-1", "ControlPlaneSuffix": "amazonaws.com",
          "ControlPlaneAccount": "111122223333"}
FORBIDDEN = {
    "any wildcard": r"\*",
    "roles and policies": r"Microsoft\.Authorization/",
    "identities": r"userAssignedIdentities/(?!read$|federatedIdentityCredentials/(read|write|delete)$)",
    "locks": r"/locks/",
    "exports of logs": r"diagnosticSettings|LogProfiles|flowLogs|networkWatchers",
    "management groups": r"Microsoft\.Management/",
    "the network and its rules": r"Microsoft\.Network/(virtualNetworks/(write|delete|subnets/(write|delete)|.*[pP]eer)"
                                 r"|networkSecurityGroups|routeTables|azureFirewalls|firewallPolicies|natGateways"
                                 r"|privateEndpoints|privateDnsZones/(?!read$|join/action$))",
    "public addresses": r"publicIP(Addresses|Prefixes)/(write|delete)",
    "keys and secrets": r"listKeys|[lL]istCredential|sharedKeys|regenerate|listClusterAdmin|accessPolicies"
                        r"|vaults/(?!read$)|registries/(?!read$)|storageAccounts",
    "commands in a cluster": r"runCommand|deploymentScripts",
    "resource groups and registration": r"resourceGroups/(write|delete|move)|/register/action|unregister",
    "a change of the workspace": r"OperationalInsights/workspaces/(?!read$)",
}
"""What our custom role may never allow, with an action of each kind below."""
EXAMPLES = {
    "any wildcard": "Microsoft.ContainerService/managedClusters/*",
    "roles and policies": "Microsoft.Authorization/policyAssignments/write",
    "identities": "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action",
    "locks": "Microsoft.Authorization/locks/delete",
    "exports of logs": "Microsoft.Insights/diagnosticSettings/delete",
    "management groups": "Microsoft.Management/managementGroups/subscriptions/write",
    "the network and its rules": "Microsoft.Network/virtualNetworks/virtualNetworkPeerings/write",
    "public addresses": "Microsoft.Network/publicIPAddresses/write",
    "keys and secrets": "Microsoft.KeyVault/vaults/secrets/getSecret/action",
    "commands in a cluster": "Microsoft.ContainerService/managedClusters/runCommand/action",
    "resource groups and registration": "Microsoft.Resources/subscriptions/resourceGroups/delete",
    "a change of the workspace": "Microsoft.OperationalInsights/workspaces/sharedkeys/action",
}


def text(table):
    """A table as it is written."""
    return files(catalogue.__name__).joinpath(f"{table}.toml").read_text(encoding="utf-8")


def rows(table):
    """The rows of a table, as mappings."""
    return tomllib.loads(text(table))["price" if table == "prices" else table]


def actions():
    """Every action of our custom role."""
    return [action for row in catalogue.installer_role() for action in row.actions]


@pytest.mark.parametrize("table", TABLES)
def test_rows_say_why_and_whence(table):
    """Every row has a reason of its own that is a sentence, or is of a table that needs none, and an https source, its
    own or that of the table's head."""
    head = text(table).partition("[[")[0]
    for row in rows(table):
        said = row.get("why") or row.get("purpose")
        assert said is None or re.fullmatch(r"[A-Z].{8,}\.", said), row
        assert said or table in ("prices", "regions", "roles"), row
        assert all(part.startswith("https://") for part in row.get("source", "").split()), row
        assert row.get("source", "").strip() or ("source" not in row and "https://" in head), row


@pytest.mark.parametrize("table", TABLES)
def test_no_row_twice(table):
    """No two rows of a table have the same name: for the outbound table component, destination and port."""
    keys = {"installer_role": ("id",), "outbound": ("component", "destination", "protocol", "port"),
            "prices": ("region",), "resource_providers": ("namespace",)}.get(table, ("name",))
    named = [tuple(row[key] for key in keys) for row in rows(table)]
    assert len(set(named)) == len(named) > 0


@pytest.mark.parametrize("table", ["roles", "policies"])
def test_ids_are_guids(table):
    """Each id of a role or policy is a GUID in small letters, and nobody else's."""
    ids = [row["id"] for row in rows(table)]
    assert [str(uuid.UUID(one)) for one in ids] == ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", ["Owner", "User Access Administrator", "Contributor",
                                  "Role Based Access Control Administrator", "Storage Blob Data Contributor"])
def test_no_way_up(name):
    """Roles that allow everything, roles over roles and the role over flow logs are known and never assignable."""
    assert catalogue.role(name) not in catalogue.assignable_roles()


def test_namespaces():
    """Each resource provider is a namespace of Microsoft's, in order, and none that Azure registers by itself."""
    names = [row.namespace for row in catalogue.resource_providers()]
    assert all(re.fullmatch(r"Microsoft\.[A-Z][A-Za-z]+", name) for name in names)
    assert names == sorted(names)
    assert not {"Microsoft.Authorization", "Microsoft.Resources", "Microsoft.Consumption"} & set(names)


def test_providers_of_the_log_subscription():
    """Where logs are kept, four resource providers are needed: workspace, storage, alerts and their identity."""
    assert [row.namespace for row in catalogue.resource_providers() if row.logs] == [
        "Microsoft.Insights", "Microsoft.ManagedIdentity", "Microsoft.OperationalInsights", "Microsoft.Storage"]


def test_custom_role_needs_registered_providers():
    """Every namespace that the custom role acts on is registered, or is one that Azure registers by itself."""
    known = {row.namespace for row in catalogue.resource_providers()}
    assert {action.partition("/")[0] for action in actions()} <= known | {"Microsoft.Resources"}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_custom_role_is_held(what):
    """No action of the custom role lets its holder out of it, whatever the case of its letters."""
    assert not [action for action in actions() if re.search(FORBIDDEN[what], action, re.IGNORECASE)]


@pytest.mark.parametrize("what", FORBIDDEN)
def test_forbidden_is_found(what):
    """The patterns of the test above match what they are meant for."""
    assert re.search(FORBIDDEN[what], EXAMPLES[what], re.IGNORECASE)


def test_custom_role_actions():
    """Each action has Azure's form (provider, types, verb), stands once, and none is an action on data."""
    form = r"Microsoft\.[A-Za-z]+(/[A-Za-z]+)+/(read|write|delete|action)"
    assert all(re.fullmatch(form, action) for action in actions())
    assert len({action.lower() for action in actions()}) == len(actions())
    assert not any(row.data for row in catalogue.installer_role())


def test_custom_role_can_install():
    """What no cluster is made without is in the custom role."""
    assert {"Microsoft.ContainerService/managedClusters/write", "Microsoft.ContainerService/managedClusters/delete",
            "Microsoft.ContainerService/managedClusters/agentPools/write",
            "Microsoft.Network/virtualNetworks/subnets/join/action",
            "Microsoft.Network/loadBalancers/backendAddressPools/join/action",
            "Microsoft.ManagedIdentity/userAssignedIdentities/read",
            "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write"} <= set(actions())


@pytest.mark.parametrize("action", [
    f"Microsoft.Authorization/{what}" for what in (
        "roleAssignments/write", "roleAssignments/delete", "roleDefinitions/write", "policyExemptions/write",
        "roleAssignmentScheduleRequests/write", "roleEligibilityScheduleRequests/write", "elevateAccess/action")])
def test_custom_role_assigns_no_roles(action):
    """The custom role neither assigns nor defines roles, nor asks for any: not one action of authorization is in it."""
    assert action not in actions()
    assert re.search(FORBIDDEN["roles and policies"], action)
    assert not [one for one in actions() if one.startswith("Microsoft.Authorization/")]


@pytest.mark.parametrize("row", catalogue.outbound(), ids=lambda row: f"{row.component} to {row.destination}")
def test_outbound_names(row):
    """Every destination is a DNS name once its placeholders are filled, each of which is known."""
    assert set(re.findall(r"\$\{([^}]*)\}", row.destination)) <= set(FILLED)
    assert addresses.unfit_name(placeholders.fill(row.destination, FILLED)) == ("", "")
    assert (row.protocol, row.port, row.layer) == ("TCP", 443, "HTTPS")
    assert row.data


@pytest.mark.parametrize("partition", [row for row in aws.partitions() if not row.refused], ids=lambda row: row.name)
def test_outbound_names_of_every_partition(partition):
    """Names of the control plane are DNS names in each region that a control plane may be in."""
    for region in partition.regions:
        filled = FILLED | {"ControlPlaneRegion": region, "ControlPlaneSuffix": partition.url_suffix}
        for row in catalogue.outbound():
            assert addresses.unfit_name(placeholders.fill(row.destination, filled)) == ("", "")


def test_outbound_wildcards():
    """A wildcard stands only in names of Microsoft's, never in one under which any account of AWS could take data."""
    wild = [row.destination for row in catalogue.outbound() if "*" in row.destination]
    assert wild
    assert all(name.startswith("*.") and name.endswith((".azmk8s.io", ".mcr.microsoft.com", ".azure.com"))
               for name in wild)
    assert "acs-mirror.azureedge.net" not in {row.destination for row in catalogue.outbound()}


def test_outbound_services():
    """A path goes with a switch that exists; those of the log workspace do, and nothing of vault or registry leaves."""
    found = {row.service for row in catalogue.outbound()}
    assert found - {""} <= set(AzureServices.model_fields)
    assert found == {"", "log_workspace"}


def test_outbound_of_the_product():
    """Each service by which a data plane reaches the vendor's control plane has its public name."""
    names = {row.destination.partition("${ControlPlane")[0] for row in catalogue.outbound()
             if "${ControlPlane" in row.destination}
    assert names == {"sqs.", "sts.", "cognito-idp.", "api.ecr.", "prod-", ""}


def test_regions():
    """Azure's regions are those of the public cloud and of the two that are refused; zones are said of the first."""
    public = [row for row in catalogue.regions().values() if row.cloud == "AzureCloud"]
    refused = [row for row in catalogue.regions().values() if row.cloud != "AzureCloud"]
    assert len(public) > 50
    assert {row.cloud for row in refused} == {"AzureUSGovernment", "AzureChinaCloud"}
    assert all(re.fullmatch("[a-z]+[0-9]?", name) for name in catalogue.regions())
    assert not any(row.name.startswith(("usgov", "usdod", "china")) for row in public)
    assert not any(row.zones for row in refused)
    assert {row.name for row in public if row.zones} >= {"westeurope", "northeurope", "eastus", "germanywestcentral"}
    assert not {"global", "europe", "eastus2euap"} & set(catalogue.regions())


def test_prices_are_of_regions():
    """Each row of prices is of a region that is served, or of all, and says one price at least."""
    served = {name for name, row in catalogue.regions().items() if row.cloud == "AzureCloud"}
    for region, row in catalogue.prices().regions.items():
        assert region in served | {catalogue.GLOBAL}
        assert [name for name in row.__slots__ if name not in ("region", "source") and getattr(row, name) is not None]


def test_watched_operations():
    """Each operation that is watched has Azure's form and is watched once; a role and an export are watched."""
    operations = [operation for row in catalogue.watched() for operation in row.operations]
    assert all(re.fullmatch(r"Microsoft\.[A-Za-z]+/[A-Za-z]+(/[a-z]+)?/(write|delete|action)", one)
               for one in operations)
    assert len(set(operations)) == len(operations)
    assert {"Microsoft.Authorization/roleAssignments/write", "Microsoft.Authorization/policyAssignments/delete",
            "Microsoft.Insights/diagnosticSettings/delete"} <= set(operations)


def test_silence_is_watched():
    """One row, and one only, has no operation: it tells that nothing came at all."""
    assert [row.name for row in catalogue.watched() if not row.operations] == ["Silence"]
