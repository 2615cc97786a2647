"""The types of `azure-native` that the recording provider answers for: a row each, with paths, outputs and laws.

Knows how Azure Resource Manager's paths look, which outputs others read, and what Azure refuses. Refuses to know what
is done with a row: `azure` does that.
"""

import ipaddress
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.runtime.rpc import UNKNOWN

Given = Mapping[str, Any]

_NOT_IN_DATA = "the extract of Microsoft's definitions leaves the type out: it is held against Pulumi's own types"
_GROUP = "/subscriptions/{subscription}/resourceGroups/{resourceGroupName}"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A resource type.

    Args:
        id: its path: words are the names of inputs, of which the last one is its own name, and `{subscription}`.
        unnamed: its name when the program gives none, of `{name}`, `{hex8}` and `{uuid}`.
        out: its computed outputs, of the words of `_words` and `{id}`, or a function of inputs and words. Where the
            inputs have the property too, it is filled up, and what the program says stays.
        replaced: properties outside the path that cannot change, each with the reason.
        once: properties that no two resources of the type may have alike, whatever their case.
        apart: what is said when two children of one parent cannot stand beside each other, from their inputs.
        turn: Azure's error code when two children of one parent are written at the same time.
        uuids: properties that are a UUID.
        undefined: why Microsoft's data has no definition of the type; empty when it has.
        mixed_up: values, by their paths without numbers, that Azure knows and for which the package has the enum of
            another type of the same name.
    """

    id: str
    unnamed: str = "{name}{hex8}"
    out: Mapping[str, Any] = field(default_factory=dict)
    replaced: Mapping[str, str] = field(default_factory=dict)
    once: tuple[str, ...] = ()
    apart: Callable[[Given, Given], str] = lambda given, other: ""
    turn: str = ""
    uuids: tuple[str, ...] = ()
    undefined: str = ""
    mixed_up: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _in(start: str, type: str, *names: str) -> str:
    """The path of a type under *start*, with the input that names each level."""
    space, *levels = type.split("/")
    return "/".join((start, "providers", space, *(f"{level}/{{{name}}}" for level, name in zip(levels, names,
                                                                                             strict=True))))


def _group(type: str, *names: str) -> str:
    return _in(_GROUP, type, *names)


def _scoped(type: str, name: str, scope: str = "scope") -> str:
    return _in(f"{{{scope}}}", type, name)


def _children(key: str, **more: str) -> Callable[[Given, Given], Any]:
    """The parts of a resource that have an id of their own."""
    def filled(given: Given, words: Given) -> Any:
        parts = given.get(key)
        return [{"id": f"{words['id']}/{key}/{one.get('name')}", "provisioningState": "Succeeded",
                 **{name: value.format_map(words) for name, value in more.items()}, **one}
                for one in parts] if parts else None
    return filled


def _identity(given: Given, words: Given) -> Any:
    """The principal of a resource that is to have one of its own."""
    kind = str((given.get("identity") or {}).get("type", ""))
    own = {"principalId": words["principal"], "tenantId": words["tenant"]} if "SystemAssigned" in kind else {}
    return own or None


def _blobs(given: Given, words: Given) -> Any:
    name = words["called"]
    return {kind: f"https://{name}.{kind}.core.windows.net/" for kind in ("blob", "dfs", "file", "queue", "table")}


def _prefixes(given: Given) -> list[Any]:
    found = [given.get("addressPrefix"), *(given.get("addressPrefixes") or [])]
    return [ipaddress.ip_network(one) for one in found if one and one != UNKNOWN]


def _overlap(given: Given, other: Given) -> str:
    both = [(one, two) for one in _prefixes(given) for two in _prefixes(other)
            if one.version == two.version and one.overlaps(two)]
    return f"NetcfgSubnetRangesOverlap: {both[0][0]} overlaps its {both[0][1]}" if both else ""


def _same_subject(given: Given, other: Given) -> str:
    same = all(given.get(name) == other.get(name) for name in ("issuer", "subject"))
    return "has the same issuer and subject" if same else ""


def _same_remote(given: Given, other: Given) -> str:
    one, two = ((it.get("remoteVirtualNetwork") or {}).get("id") for it in (given, other))
    return "AnotherPeeringAlreadyReferencesRemoteVnet" if one and alike(one, two) else ""


_ASSIGNED = "a role assignment is nothing but who, what and where: RoleAssignmentUpdateNotPermitted"
_ONE_TARGET = "it is of one for good"
_DNS_NAME = "the name is a DNS name of Azure's, one in the world"
_NETWORK = "Microsoft.Network/"

ROWS: dict[str, Row] = {
    "resources:ResourceGroup": Row(id=_GROUP, out={"properties": {"provisioningState": "Succeeded"}}),
    "authorization:RoleAssignment": Row(
        id=_scoped("Microsoft.Authorization/roleAssignments", "roleAssignmentName"), unnamed="{uuid}",
        replaced=dict.fromkeys(("principalId", "roleDefinitionId", "principalType"), _ASSIGNED),
        once=("principalId", "roleDefinitionId", "scope"), uuids=("principalId", "roleAssignmentName")),
    "authorization:RoleDefinition": Row(
        id=_scoped("Microsoft.Authorization/roleDefinitions", "roleDefinitionId"), unnamed="{uuid}",
        uuids=("roleDefinitionId",)),
    "authorization:PolicyAssignment": Row(
        id=_scoped("Microsoft.Authorization/policyAssignments", "policyAssignmentName"), out={"identity": _identity}),
    "authorization:PolicyDefinition": Row(
        id=_in("/subscriptions/{subscription}", "Microsoft.Authorization/policyDefinitions", "policyDefinitionName")),
    "authorization:PolicyDefinitionAtManagementGroup": Row(
        id="/providers/Microsoft.Management/managementGroups/{managementGroupId}/providers/Microsoft.Authorization/"
           "policyDefinitions/{policyDefinitionName}", undefined=_NOT_IN_DATA),
    "authorization:ManagementLockByScope": Row(id=_scoped("Microsoft.Authorization/locks", "lockName")),
    "subscription:Alias": Row(id="/providers/Microsoft.Subscription/aliases/{aliasName}", out={
        "properties": {"subscriptionId": "{subscription_made}", "provisioningState": "Succeeded"}}),
    "management:ManagementGroupSubscription": Row(
        id="/providers/Microsoft.Management/managementGroups/{groupId}/subscriptions/{subscription}",
        out={"tenant": "{tenant}", "state": "Active"}),
    "managedidentity:UserAssignedIdentity": Row(
        id=_group("Microsoft.ManagedIdentity/userAssignedIdentities", "resourceName"),
        out={"clientId": "{client}", "principalId": "{principal}", "tenantId": "{tenant}"}),
    "managedidentity:FederatedIdentityCredential": Row(
        id=_group("Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials", "resourceName",
                  "federatedIdentityCredentialResourceName"),
        apart=_same_subject, turn="ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"),
    "network:VirtualNetwork": Row(id=_group(_NETWORK + "virtualNetworks", "virtualNetworkName"),
                                  out={"subnets": _children("subnets")}),
    "network:VirtualNetworkPeering": Row(
        id=_group(_NETWORK + "virtualNetworks/virtualNetworkPeerings", "virtualNetworkName",
                  "virtualNetworkPeeringName"),
        out={"peeringState": "Connected", "peeringSyncLevel": "FullyInSync"},
        replaced={"remoteVirtualNetwork": _ONE_TARGET}, apart=_same_remote),
    "network:Subnet": Row(
        id=_group(_NETWORK + "virtualNetworks/subnets", "virtualNetworkName", "subnetName"),
        apart=_overlap, turn="AnotherOperationInProgress"),
    "network:NetworkSecurityGroup": Row(id=_group(_NETWORK + "networkSecurityGroups", "networkSecurityGroupName"),
                                        out={"securityRules": _children("securityRules")}),
    "network:RouteTable": Row(id=_group(_NETWORK + "routeTables", "routeTableName"),
                              out={"routes": _children("routes")}),
    "network:NatGateway": Row(id=_group(_NETWORK + "natGateways", "natGatewayName")),
    "network:PublicIPAddress": Row(id=_group(_NETWORK + "publicIPAddresses", "publicIpAddressName"),
                                   out={"ipAddress": "192.0.2.{byte}"}),
    "network:AzureFirewall": Row(
        id=_group(_NETWORK + "azureFirewalls", "azureFirewallName"),
        out={"ipConfigurations": _children("ipConfigurations", privateIPAddress="10.0.0.{byte}")}),
    "network:FirewallPolicy": Row(id=_group(_NETWORK + "firewallPolicies", "firewallPolicyName")),
    "network:FirewallPolicyRuleCollectionGroup": Row(id=_group(
        _NETWORK + "firewallPolicies/ruleCollectionGroups", "firewallPolicyName", "ruleCollectionGroupName")),
    "network:PrivateEndpoint": Row(
        id=_group(_NETWORK + "privateEndpoints", "privateEndpointName"),
        out={"networkInterfaces": [{"id": _GROUP + "/providers/Microsoft.Network/networkInterfaces/{called}.nic"}]}),
    "network:PrivateDnsZoneGroup": Row(id=_group(
        _NETWORK + "privateEndpoints/privateDnsZoneGroups", "privateEndpointName", "privateDnsZoneGroupName")),
    "network:LoadBalancer": Row(id=_group(_NETWORK + "loadBalancers", "loadBalancerName"), out={
        key: _children(key) for key in ("frontendIPConfigurations", "backendAddressPools", "probes",
                                        "loadBalancingRules", "outboundRules")}),
    "network:NetworkWatcher": Row(id=_group(_NETWORK + "networkWatchers", "networkWatcherName"),
                                  undefined=_NOT_IN_DATA),
    "network:FlowLog": Row(id=_group(_NETWORK + "networkWatchers/flowLogs", "networkWatcherName", "flowLogName"),
                           out={"targetResourceGuid": "{uuid}", "identity": _identity},
                           replaced={"targetResourceId": _ONE_TARGET}),
    "privatedns:PrivateZone": Row(id=_group(_NETWORK + "privateDnsZones", "privateZoneName"),
                                  out={"numberOfRecordSets": 1}),
    "privatedns:VirtualNetworkLink": Row(
        id=_group(_NETWORK + "privateDnsZones/virtualNetworkLinks", "privateZoneName", "virtualNetworkLinkName"),
        out={"virtualNetworkLinkState": "Completed"}, replaced={"virtualNetwork": _ONE_TARGET}),
    "keyvault:Vault": Row(id=_group("Microsoft.KeyVault/vaults", "vaultName"), once=("vaultName",), out={
        "properties": {"vaultUri": "https://{called}.vault.azure.net/", "provisioningState": "Succeeded"}}),
    "monitor:DiagnosticSetting": Row(id=_scoped("Microsoft.Insights/diagnosticSettings", "name", "resourceUri")),
    "monitor:SubscriptionDiagnosticSetting": Row(
        id=_in("/subscriptions/{subscription}", "Microsoft.Insights/diagnosticSettings", "name"),
        undefined=_NOT_IN_DATA),
    "monitor:ManagementGroupDiagnosticSetting": Row(
        id="/providers/Microsoft.Management/managementGroups/{managementGroupId}/providers/Microsoft.Insights/"
           "diagnosticSettings/{name}", undefined=_NOT_IN_DATA),
    "monitor:ScheduledQueryRule": Row(id=_group("Microsoft.Insights/scheduledQueryRules", "ruleName"),
                                      out={"identity": _identity}, mixed_up={
        "criteria.allOf.operator": ("Equals", "GreaterThan", "GreaterThanOrEqual", "LessThan", "LessThanOrEqual")}),
    "monitor:ActionGroup": Row(id=_group("Microsoft.Insights/actionGroups", "actionGroupName")),
    "monitor:ActivityLogAlert": Row(id=_group("Microsoft.Insights/activityLogAlerts", "activityLogAlertName")),
    "operationalinsights:Workspace": Row(id=_group("Microsoft.OperationalInsights/workspaces", "workspaceName"),
                                         out={"customerId": "{uuid}"}),
    "storage:StorageAccount": Row(
        id=_group("Microsoft.Storage/storageAccounts", "accountName"), once=("accountName",),
        out={"primaryEndpoints": _blobs, "primaryLocation": lambda given, words: given.get("location"),
             "statusOfPrimary": "available", "identity": _identity}),
    "storage:BlobContainer": Row(id=_group("Microsoft.Storage/storageAccounts", "accountName")
                                 + "/blobServices/default/containers/{containerName}"),
    "storage:ManagementPolicy": Row(
        id=_group("Microsoft.Storage/storageAccounts/managementPolicies", "accountName", "managementPolicyName"),
        unnamed="default"),
    "containerregistry:Registry": Row(
        id=_group("Microsoft.ContainerRegistry/registries", "registryName"), once=("registryName",),
        out={"loginServer": "{called}.azurecr.io", "status": {"displayStatus": "Ready"}, "identity": _identity}),
    "consumption:Budget": Row(id=_scoped("Microsoft.Consumption/budgets", "budgetName")),
    "security:Pricing": Row(id=_scoped("Microsoft.Security/pricings", "pricingName", "scopeId")),
}


def fields(template: str) -> list[str]:
    """The inputs in a path, of which the last one is the resource's own name."""
    return [name for _, name, _, _ in string.Formatter().parse(template) if name and name != "subscription"]


def alike(one: Any, other: Any) -> bool:
    """Whether Azure takes two ids, names or scopes for the same."""
    return str(one).strip("/").lower() == str(other).strip("/").lower()
