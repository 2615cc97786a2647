"""What the recording provider refuses for azure-native and azuread, each with a twin that passes, and its answers."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from typing import Any

import pytest
from pulumi import _types as generated

from tests.engine import arm, azure, azuread, kinds
from tests.engine.aws import Refused
from tests.engine.azure import SUBSCRIPTION, TENANT, AzureNative
from tests.engine.azure_rows import ROWS, fields
from tests.engine.azuread import AzureAd
from tests.engine.recording import Recorder

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PRINCIPAL, ROLE = "55555555-5555-4555-8555-555555555555", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
OWNER = f"{SCOPE}/providers/Microsoft.Authorization/roleDefinitions/{ROLE}"
GROUP = f"{SCOPE}/resourceGroups/acme"
needs_arm = pytest.mark.skipif(not arm.present(), reason=arm.ARM_TYPES_ABSENT)
PACKAGES: dict[str, Any] = {"azure-native": AzureNative(), "azuread": AzureAd()}

SUBNET, PEERING = "azure-native:network:Subnet", "azure-native:network:VirtualNetworkPeering"
NSG, ADDRESS = "azure-native:network:NetworkSecurityGroup", "azure-native:network:PublicIPAddress"
RULES = "azure-native:network:FirewallPolicyRuleCollectionGroup"
VAULT, ACCOUNT = "azure-native:keyvault:Vault", "azure-native:storage:StorageAccount"
BUDGET, ASSIGNMENT = "azure-native:consumption:Budget", "azure-native:authorization:RoleAssignment"
CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
POLICY = "azuread:index/accessPackageAssignmentPolicy:AccessPackageAssignmentPolicy"
LINKED = "azuread:index/accessPackageResourceCatalogAssociation:AccessPackageResourceCatalogAssociation"
PACKED = "azuread:index/accessPackageResourcePackageAssociation:AccessPackageResourcePackageAssociation"
ENTRA_GROUP = "azuread:index/group:Group"
IN_GROUP = {"resourceGroupName": "acme"}

GOOD: dict[str, dict[str, Any]] = {
    SUBNET: {**IN_GROUP, "virtualNetworkName": "acme", "subnetName": "node", "addressPrefix": "10.30.0.0/24",
             "natGateway": {"id": UNKNOWN}, "defaultOutboundAccess": False, "delegations": [
                 {"name": "one", "serviceName": "Microsoft.ContainerService/managedClusters"}],
             "privateEndpointNetworkPolicies": "enabled"},
    NSG: {**IN_GROUP, "networkSecurityGroupName": "acme", "securityRules": [{
        "name": "deny", "access": "Deny", "direction": "Inbound", "priority": 4096, "protocol": "*",
        "sourceAddressPrefix": "*", "sourcePortRange": "*", "destinationAddressPrefix": "*",
        "destinationPortRange": "*"}]},
    ADDRESS: {**IN_GROUP, "publicIpAddressName": "acme", "publicIPAllocationMethod": "Static",
              "sku": {"name": "Standard"}, "zones": ["1"]},
    RULES: {**IN_GROUP, "firewallPolicyName": "acme", "ruleCollectionGroupName": "out", "priority": 200,
            "ruleCollections": [{
                "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "out", "priority": 200,
                "action": {"type": "Allow"}, "rules": [{
                    "ruleType": "ApplicationRule", "name": "a", "targetFqdns": ["a.example"],
                    "sourceAddresses": ["10.30.0.0/24"], "protocols": [{"protocolType": "Https", "port": 443}]}]}]},
    VAULT: {**IN_GROUP, "vaultName": "acme-vault", "properties": {
        "tenantId": TENANT, "sku": {"family": "A", "name": "standard"}, "enableRbacAuthorization": True,
        "publicNetworkAccess": "Disabled", "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"}}},
    ACCOUNT: {**IN_GROUP, "accountName": "acmelogs", "kind": "StorageV2", "sku": {"name": "Standard_ZRS"},
              "minimumTlsVersion": "TLS1_2", "networkRuleSet": {"defaultAction": "Deny"}},
    BUDGET: {"scope": SCOPE, "budgetName": "acme", "amount": 1000, "category": "Cost", "timeGrain": "Monthly",
             "timePeriod": {"startDate": "2026-01-01T00:00:00Z"}, "notifications": {"most": {
                 "enabled": True, "operator": "GreaterThan", "threshold": 80, "contactEmails": ["a@a.example"]}}},
    ASSIGNMENT: {"scope": SCOPE, "roleAssignmentName": PRINCIPAL, "principalId": PRINCIPAL, "roleDefinitionId": OWNER,
                 "principalType": "Group"},
    CREDENTIAL: {**IN_GROUP, "resourceName": "acme", "federatedIdentityCredentialResourceName": "one",
                 "audiences": ["api://AzureADTokenExchange"], "issuer": "https://issuer.example", "subject": "one"},
    POLICY: {"accessPackageId": PRINCIPAL, "displayName": "acme", "description": "acme", "durationInDays": 90,
             "requestorSettings": {"scopeType": "SpecificConnectedOrganizationSubjects", "requestors": [
                 {"subjectType": "connectedOrganizationMembers", "objectId": PRINCIPAL}]},
             "approvalSettings": {"approvalRequired": True, "approvalStages": [
                 {"approvalTimeoutInDays": 14, "primaryApprovers": [
                     {"subjectType": "groupMembers", "objectId": PRINCIPAL}]}]}},
    LINKED: {"catalogId": PRINCIPAL, "resourceOriginId": PRINCIPAL, "resourceOriginSystem": "AadGroup"},
    PACKED: {"accessPackageId": PRINCIPAL, "catalogResourceAssociationId": f"{PRINCIPAL}/{PRINCIPAL}"},
    ENTRA_GROUP: {"displayName": "acme", "securityEnabled": True},
}

Spoil = Callable[[dict[str, Any]], Any]


def rule(it: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = it["ruleCollections"][0]["rules"][0]
    return found


MISTAKES: dict[str, tuple[str, str, Spoil, str]] = {
    "an unknown property": (SUBNET, "addressPrefx", lambda it: it.update(addressPrefx="10.0.0.0/24"), "no such"),
    "a misspelt nested key": (SUBNET, "natGateway.idd", lambda it: it.update(natGateway={"idd": "x"}), "no such"),
    "a snake-case nested key": (SUBNET, "delegations[0].service_name", lambda it: it["delegations"][0].update(
        service_name="x"), "no such"),
    "text for a list": (SUBNET, "delegations", lambda it: it.update(delegations="one"), "not a list"),
    "text for an object": (SUBNET, "routeTable", lambda it: it.update(routeTable=GROUP), "not an object"),
    "text for true": (SUBNET, "defaultOutboundAccess", lambda it: it.update(defaultOutboundAccess="false"),
                      "not true or false"),
    "a wrong enum": (SUBNET, "privateEndpointNetworkPolicies", lambda it: it.update(
        privateEndpointNetworkPolicies="Off"), "not one of"),
    "a missing required property": (SUBNET, "virtualNetworkName", lambda it: it.pop("virtualNetworkName"), "required"),
    "a rule's wrong enum": (NSG, "securityRules[0].access", lambda it: it["securityRules"][0].update(access="Block"),
                            "not one of"),
    "a number for text": (NSG, "securityRules[0].destinationPortRange", lambda it: it["securityRules"][0].update(
        destinationPortRange=443), "not text"),
    "a SKU that is none": (ADDRESS, "sku.name", lambda it: it["sku"].update(name="Premium"), "not one of"),
    "a wrong allocation": (ADDRESS, "publicIPAllocationMethod", lambda it: it.update(
        publicIPAllocationMethod="Reserved"), "not one of"),
    "a number for text in a list": (ADDRESS, "zones[0]", lambda it: it.update(zones=[1]), "not text"),
    "a misspelt key of a firewall's rule": (
        RULES, "ruleCollections[0].rules[0].targetFqdn", lambda it: rule(it).update(targetFqdn="a"), "no such"),
    "a firewall's wrong protocol": (
        RULES, "ruleCollections[0].rules[0].protocols[0].protocolType",
        lambda it: rule(it)["protocols"][0].update(protocolType="Htps"), "not one of"),
    "a firewall's wrong action": (
        RULES, "ruleCollections[0].action.type", lambda it: it["ruleCollections"][0]["action"].update(type="Permit"),
        "not one of"),
    "a vault's wrong SKU": (VAULT, "properties.sku.name", lambda it: it["properties"]["sku"].update(name="gold"),
                            "not one of"),
    "a vault without tenant": (VAULT, "properties.tenantId", lambda it: it["properties"].pop("tenantId"), "required"),
    "a misspelt rule of a vault": (
        VAULT, "properties.networkAcls.defaultActions", lambda it: it["properties"]["networkAcls"].update(
            defaultActions="Deny"), "no such"),
    "an account's wrong kind": (ACCOUNT, "kind", lambda it: it.update(kind="StorageV3"), "not one of"),
    "an account's wrong TLS version": (ACCOUNT, "minimumTlsVersion", lambda it: it.update(minimumTlsVersion="1.2"),
                                       "not one of"),
    "a budget's wrong operator": (BUDGET, "notifications.most.operator", lambda it: it["notifications"][
        "most"].update(operator="Above"), "not one of"),
    "a budget's amount in words": (BUDGET, "amount", lambda it: it.update(amount="1000"), "not a number"),
    "a principal that is no UUID": (ASSIGNMENT, "principalId", lambda it: it.update(principalId=f"/groups/{PRINCIPAL}"),
                                    "not a UUID"),
    "a principal of a wrong type": (ASSIGNMENT, "principalType", lambda it: it.update(principalType="Team"),
                                    "not one of"),
    "an audience that is no list": (CREDENTIAL, "audiences", lambda it: it.update(audiences="api://x"), "not a list"),
    "a policy's wrong scope": (POLICY, "requestorSettings.scopeType", lambda it: it["requestorSettings"].update(
        scopeType="ConnectedOrganization"), "not one of"),
    "a requestor of a wrong type": (
        POLICY, "requestorSettings.requestors[0].subjectType",
        lambda it: it["requestorSettings"]["requestors"][0].update(subjectType="connectedOrganization"), "not one of"),
    "a requestor without id": (
        POLICY, "requestorSettings.requestors[0].objectId",
        lambda it: it["requestorSettings"]["requestors"][0].pop("objectId"), "required"),
    "an approver of a requestor's type": (
        POLICY, "approvalSettings.approvalStages[0].primaryApprovers[0].subjectType",
        lambda it: it["approvalSettings"]["approvalStages"][0]["primaryApprovers"][0].update(
            subjectType="connectedOrganizationMembers"), "not one of"),
    "a misspelt key of a policy": (POLICY, "requestorSettings.requestor", lambda it: it["requestorSettings"].update(
        requestor=[]), "no such"),
    "days in words": (POLICY, "durationInDays", lambda it: it.update(durationInDays="90"), "not a whole number"),
    "an origin that is none": (LINKED, "resourceOriginSystem", lambda it: it.update(resourceOriginSystem="EntraGroup"),
                               "not one of"),
    "a group's id for its object's": (LINKED, "resourceOriginId", lambda it: it.update(
        resourceOriginId=f"/groups/{PRINCIPAL}"), "not a UUID"),
    "an access type that is none": (PACKED, "accessType", lambda it: it.update(accessType="member"), "not one of"),
    "a group type that is none": (ENTRA_GROUP, "types[0]", lambda it: it.update(types=["Security"]), "not one of"),
}

BY_DEFINITION: dict[str, tuple[str, str, Spoil, str]] = {
    "a rule without priority": (NSG, "securityRules[0].priority", lambda it: it["securityRules"][0].pop("priority"),
                                "required"),
    "a priority out of range": (RULES, "priority", lambda it: it.update(priority=70000), "outside"),
    "an account's name with a hyphen": (ACCOUNT, "accountName", lambda it: it.update(accountName="Acme-Logs"),
                                        "does not match"),
    "a rule of another kind than it says": (
        RULES, "ruleCollections[0].rules[0].ruleType", lambda it: rule(it).update(ruleType="HttpRule"), "not one of"),
    "a vault's name that is too long": (VAULT, "vaultName", lambda it: it.update(vaultName="a" * 25), "does not match"),
}


def mistakes(token: str, given: dict[str, Any]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = PACKAGES[token.partition(":")[0]].mistakes(token, given)
    return found


def held(table: dict[str, tuple[str, str, Spoil, str]], name: str) -> None:
    token, path, spoil, why = table[name]
    spoilt = deepcopy(GOOD[token])
    spoil(spoilt)
    found = dict(mistakes(token, spoilt))
    assert why in found.get(path, "nothing"), found


@pytest.mark.parametrize("token", GOOD)
def test_right_inputs_pass(token: str) -> None:
    """The twin of every mistake passes, and so does each property whose value is not known yet."""
    assert mistakes(token, GOOD[token]) == []
    assert mistakes(token, dict.fromkeys(GOOD[token], UNKNOWN)) == []


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_refused(mistake: str) -> None:
    """Each mistake is found at its path, and says what is wrong with it, without Microsoft's definitions too."""
    held(MISTAKES, mistake)


@needs_arm
@pytest.mark.parametrize("mistake", BY_DEFINITION)
def test_a_mistake_against_the_definitions_is_refused(mistake: str) -> None:
    """Names, ranges and kinds of rules are held against Microsoft's own definitions."""
    held(BY_DEFINITION, mistake)


@pytest.mark.parametrize("token", [f"azure-native:{one}" for one in ROWS])
def test_rows_are_of_azure_native(token: str) -> None:
    """Every row names a type of the package, its outputs, inputs in its path, and an API version in its words."""
    row, inputs = ROWS[token.partition(":")[2]], kinds.properties(token)
    assert {*row.out} <= {*generated.resource_types(kinds.resource(token))}
    assert {*fields(row.id), *row.replaced, *row.once, *row.uuids} <= {*inputs}
    assert azure.api_version(token)


@needs_arm
@pytest.mark.parametrize("token", [f"azure-native:{one}" for one in ROWS])
def test_rows_are_of_the_definitions(token: str) -> None:
    """Every row is held against a definition of its own Azure type and API version, or says why there is none."""
    assert arm.known(token) == (not ROWS[token.partition(":")[2]].undefined)
    if arm.known(token):
        of = arm._types().res[token]
        assert (of["arm"], of["api"]) == (azure.arm_type(token), azure.api_version(token))


@pytest.mark.parametrize("name", azuread.ROWS)
def test_rows_are_of_azuread(name: str) -> None:
    """Every row names a type of the package, its outputs, and properties that it takes."""
    token = f"azuread:index/{name}"
    row = azuread.ROWS[name]
    assert {*row.out} <= {*generated.resource_types(kinds.resource(token))}
    assert {*row.fixed, *row.absent} <= {*kinds.properties(token)}


@pytest.mark.parametrize("number", range(len(azuread.table()["enum"])))
def test_entras_enums_are_of_the_package(number: int) -> None:
    """Every enum of the table has a source, a type with a row, and a path that the package takes text at."""
    enum = azuread.table()["enum"][number]
    given: Any = "no-such-word"
    for step in reversed(enum["path"].split(".")):
        given = {step.removesuffix("[]"): [given] if step.endswith("[]") else given}
    found = dict(mistakes(f"azuread:index/{enum['type']}", given))
    assert enum["source"]
    assert "not one of" in found[enum["path"].replace("[]", "[0]")]


def test_types_and_functions_without_answer_are_refused() -> None:
    """A type without a row and a function of another name are refused by name."""
    for package, token in ((AzureNative(), "azure-native:sql:Server"), (AzureAd(), "azuread:index/user:User")):
        assert [(path, "no row" in why) for path, why in package.mistakes(token, {})] == [("", True)]
        with pytest.raises(Refused, match="does not know the function"):
            package.invoke(f"{token}Function", {}, package.where({}))  # type: ignore[arg-type]  # each with its own


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::test::{token}::{name}"


CLASHES: dict[str, tuple[str, dict[str, Any], dict[str, Any], str]] = {
    "subnets that overlap": (SUBNET, {"subnetName": "pod", "addressPrefix": "10.30.0.128/25"},
                             {"addressPrefix": "10.30.1.0/24"}, "NetcfgSubnetRangesOverlap"),
    "an equal role assignment": (ASSIGNMENT, {"roleAssignmentName": ROLE}, {"principalId": ROLE}, "has the same"),
    "an equal federated credential": (CREDENTIAL, {"federatedIdentityCredentialResourceName": "two"},
                                      {"subject": "two"}, "same issuer and subject"),
    "a name that differs by case": (SUBNET, {"subnetName": "NODE", "addressPrefix": "10.30.9.0/24"},
                                    {"subnetName": "other"}, "already existing"),
    "a vault's name in another group": (VAULT, {"resourceGroupName": "other"}, {"vaultName": "acme-two"},
                                        "same vaultName"),
    "a resource linked twice": (LINKED, {}, {"resourceOriginId": ROLE}, "already"),
}


@pytest.mark.parametrize("case", CLASHES)
def test_what_cannot_stand_beside_another_is_refused(case: str) -> None:
    """Azure refuses a resource because of one that stands; with the difference that matters it is fine."""
    token, change, apart, why = CLASHES[case]
    recorder = Recorder(AzureNative(), AzureAd())
    recorder.seconds = 0
    where = recorder.package(token).where({})
    recorder.create(urn(token, "one"), GOOD[token], where)
    with pytest.raises(Refused, match=why):
        recorder.create(urn(token, "two"), GOOD[token] | change, where)
    recorder.create(urn(token, "two"), GOOD[token] | change | apart, where)
    assert len(recorder.resources) == 2


@pytest.mark.parametrize(("token", "own", "more"), [
    (SUBNET, "subnetName", {"addressPrefix": "10.30.9.0/24"}),
    (CREDENTIAL, "federatedIdentityCredentialResourceName", {"subject": "two"})], ids=["subnet", "credential"])
def test_what_is_written_one_after_another(token: str, own: str, more: dict[str, Any]) -> None:
    """While a child is made, another of its parent is neither made, changed nor deleted; of another parent it is."""
    recorder, where = Recorder(AzureNative()), AzureNative().where({})
    recorder.seconds = 0
    there = recorder.create(urn(token, "there"), GOOD[token] | more | {own: "there"}, where)
    elsewhere = GOOD[token] | {"resourceGroupName": "other"}
    with ThreadPoolExecutor(1) as other:
        recorder.seconds = 0.3
        begun = other.submit(recorder.create, urn(token, "first"), GOOD[token], where)
        while not recorder.writing:
            time.sleep(0.001)
        for refused in (lambda: recorder.create(urn(token, "second"), GOOD[token] | {own: "second"}, where),
                        lambda: recorder.update(there.urn, there.id, there.inputs, where),
                        lambda: recorder.delete(there.urn, there.id)):
            with pytest.raises(Refused, match="is being written to"):
                refused()
        recorder.seconds = 0
        recorder.create(urn(token, "elsewhere"), elsewhere, where)
        assert begun.result().name == "first"
    recorder.delete(there.urn, there.id)
    assert [one.name for one in recorder.resources.values()] == ["elsewhere", "first"]


def test_what_is_made_is_held_against_the_types() -> None:
    """A wrong input is refused when a resource is made or changed, though the engine never asked for a check."""
    recorder = Recorder(AzureNative())
    recorder.seconds, where = 0, AzureNative().where({})
    with pytest.raises(Refused, match="addressPrefx: there is no such property"):
        recorder.create(urn(SUBNET, "one"), GOOD[SUBNET] | {"addressPrefx": "x"}, where)
    made = recorder.create(urn(SUBNET, "one"), GOOD[SUBNET], where)
    with pytest.raises(Refused, match="delegations: is 'x', not a list"):
        recorder.update(made.urn, made.id, GOOD[SUBNET] | {"delegations": "x"}, where)


IDS = {
    SUBNET: f"{GROUP}/providers/Microsoft.Network/virtualNetworks/acme/subnets/node",
    ASSIGNMENT: f"{SCOPE}/providers/Microsoft.Authorization/roleAssignments/{PRINCIPAL}",
    CREDENTIAL: f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/acme/"
                "federatedIdentityCredentials/one",
    BUDGET: f"{SCOPE}/providers/Microsoft.Consumption/budgets/acme",
    LINKED: f"{PRINCIPAL}/{PRINCIPAL}",
}


@pytest.mark.parametrize("token", IDS)
def test_ids(token: str) -> None:
    """Ids are Azure's own, and with a scope that has a slash before it or none."""
    package = PACKAGES[token.partition(":")[0]]
    given = {key: value.lstrip("/") if key == "scope" else value for key, value in GOOD[token].items()}
    for one in (GOOD[token], given):
        assert package.identify(token, "any", "seed", one, package.where({})) == IDS[token]


OUTPUTS: dict[str, tuple[str, dict[str, Any], Callable[[dict[str, Any]], Any]]] = {
    "a vault's address beside what was given": (VAULT, GOOD[VAULT], lambda out: (
        out["properties"]["vaultUri"], out["properties"]["enableRbacAuthorization"]) == (
        "https://acme-vault.vault.azure.net/", True)),
    "a subscription's id": (
        "azure-native:subscription:Alias", {"aliasName": "a", "properties": {"workload": "DevTest"}},
        lambda out: azure.is_uuid(out["properties"]["subscriptionId"])),
    "an existing subscription's id": (
        "azure-native:subscription:Alias", {"aliasName": "a", "properties": {"subscriptionId": SUBSCRIPTION}},
        lambda out: out["properties"]["subscriptionId"] == SUBSCRIPTION),
    "a firewall's private address": (
        "azure-native:network:AzureFirewall", {**IN_GROUP, "ipConfigurations": [{"name": "one"}]},
        lambda out: out["ipConfigurations"][0]["privateIPAddress"].startswith("10.0.0.")),
    "a public address": (ADDRESS, GOOD[ADDRESS], lambda out: out["ipAddress"].startswith("192.0.2.")),
    "an account's addresses": (ACCOUNT, GOOD[ACCOUNT], lambda out: out["primaryEndpoints"]["blob"] == (
        "https://acmelogs.blob.core.windows.net/")),
    "a registry's address": ("azure-native:containerregistry:Registry", {
        **IN_GROUP, "registryName": "AcmeRegistry", "sku": {"name": "Premium"}},
        lambda out: out["loginServer"] == "acmeregistry.azurecr.io"),
    "an identity's ids": ("azure-native:managedidentity:UserAssignedIdentity", {**IN_GROUP, "resourceName": "acme"},
                          lambda out: len({out["clientId"], out["principalId"], out["tenantId"]}) == 3),
    "an assignment's own principal": (
        "azure-native:authorization:PolicyAssignment", {"scope": SCOPE, "identity": {"type": "SystemAssigned"}},
        lambda out: azure.is_uuid(out["identity"]["principalId"])),
    "a name of its own": (SUBNET, {**IN_GROUP, "virtualNetworkName": "v"}, lambda out: out["name"].startswith("made")),
    "a type and its version": (SUBNET, GOOD[SUBNET], lambda out: (out["type"], out["azureApiVersion"]) == (
        "Microsoft.Network/virtualNetworks/subnets", "2024-05-01")),
}


@pytest.mark.parametrize("case", OUTPUTS)
def test_outputs(case: str) -> None:
    """What others read of a resource is there, beside what the program gave, and a change leaves it as it is."""
    token, given, right = OUTPUTS[case]
    recorder = Recorder(AzureNative())
    recorder.seconds, where = 0, AzureNative().where({})
    made = recorder.create(urn(token, "made"), given, where)
    assert right(made.outputs), made.outputs
    assert recorder.update(made.urn, made.id, given, where).outputs == made.outputs


@needs_arm
@pytest.mark.parametrize(("changed", "path"), [
    ({"kind": "Metric"}, "kind"), ({"scopes": "/subscriptions/one"}, "scopes"), ({"severity": "high"}, "severity"),
    ({"criteria": {"allOf": [{"operator": "Above"}]}}, "criteria.allOf[0].operator"),
    ({"criteria": {"allOf": [{"agregation": "Count"}]}}, "criteria.allOf[0].agregation"),
    ({"ruleName": "a/b"}, "ruleName")])
def test_what_the_extract_leaves_out_is_held_too(changed: dict[str, Any], path: str) -> None:
    """The definition of a search that alerts, which is ours beside Microsoft's extract, refuses each of these."""
    token = "azure-native:monitor:ScheduledQueryRule"
    good = {**IN_GROUP, "ruleName": "acme", "kind": "LogAlert", "scopes": [GROUP], "severity": 1,
            "criteria": {"allOf": [{"operator": "LessThan", "timeAggregation": "Count", "threshold": 1, "query": "x"}]}}
    assert arm.mistakes(token, good) == []
    told = [where for where, _ in arm.mistakes(token, good | changed)]
    assert any(path.startswith(where) or where.endswith(path) for where in told if where), told
