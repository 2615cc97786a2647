"""A stack of Azure made by hand, as `pulumi stack export` holds one, with its contract; and ways to change it."""

import copy

from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.contract import of_mapping
from conveyor_iac.proofs.pulumi import template_of
from conveyor_iac.proofs.verify import verify

SUB, LOG, HUB = (f"0a1b2c3d-0000-4000-8000-00000000000{number}" for number in (2, 5, 6))
TENANT, GROUP, ORGANIZATION = (f"0a1b2c3d-0000-4000-8000-00000000000{number}" for number in (1, 9, 3))
OWNER, PULL, BLOB = ("8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "7f951dda-4ed3-4680-a7ca-43fe172d538d",
                     "ba92f5b4-2d11-453d-a403-e96b0029c9fe")
ADMIN, OURS = "f58310d9-a9f6-439a-9e8d-f62e7b41a168", "11111111-2222-4333-8444-555555555555"
MACHINE, LOGGER = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-000000000002"
SCOPE = "/providers/Microsoft.Management/managementGroups/conveyor"
OURS_RG, LOG_RG = f"/subscriptions/{SUB}/resourceGroups/rg", f"/subscriptions/{LOG}/resourceGroups/logs"
HUB_VNET = f"/subscriptions/{HUB}/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub"
OWN, PODS, HOP = "10.40.0.0/16", "100.64.0.0/16", "10.40.160.4"
CLAIMS = tuple(name for name in IDS if name.startswith("azure."))
EXCHANGE = "api://AzureADTokenExchange"
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


def net(kind, name):
    """The id of something of Microsoft.Network in our group."""
    return f"{OURS_RG}/providers/Microsoft.Network/{kind}/{name}"


def one(name, type_, id, /, *, outputs=None, **inputs):
    """A resource as a state holds it: its outputs say its inputs again, and more."""
    token = type_ if type_.startswith("azuread:") else f"azure-native:{type_}"
    return {"name": name, "type": token, "id": id, "inputs": inputs,
            "outputs": copy.deepcopy({**inputs, **(outputs or {})})}


def rule(name, priority, way, access, *, protocol="*", sources="*", targets="*", ports="*"):
    """A security rule; several addresses are given as a list."""
    def side(key, value):
        return {f"{key}es": value} if isinstance(value, list) else {key: value}

    return {"name": name, "priority": priority, "direction": way, "access": access, "protocol": protocol,
            "sourcePortRange": "*", "destinationPortRange": ports, **side("sourceAddressPrefix", sources),
            **side("destinationAddressPrefix", targets)}


DENIED = [rule("deny-in", 4096, "Inbound", "Deny"), rule("deny-out", 4096, "Outbound", "Deny")]


def limited(*roles):
    """The condition on whoever may assign roles: these only."""
    ids = ", ".join(roles)
    start = "Microsoft.Authorization/roleAssignments"
    return " AND ".join(
        f"((!(ActionMatches{{'{start}/{verb}'}})) OR "
        f"(@{source}[{start}:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}} AND "
        f"@{source}[{start}:PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))"
        for verb, source in (("write", "Request"), ("delete", "Resource")))


def assigned(name, who, role, scope, **more):
    """A role assignment."""
    space = "providers/Microsoft.Authorization"
    return one(name, "authorization:RoleAssignment", f"{scope}/{space}/roleAssignments/{name}", principalId=who,
               principalType="ServicePrincipal", scope=scope, roleAssignmentName=name,
               roleDefinitionId=f"/subscriptions/{SUB}/{space}/roleDefinitions/{role}", **more)


def subnet(name, azure_name, prefix, **more):
    """A subnet of our network."""
    return one(name, "network:Subnet", f"{net('virtualNetworks', 'vnet')}/subnets/{azure_name}", addressPrefix=prefix,
               subnetName=azure_name, virtualNetworkName="vnet", resourceGroupName="rg", defaultOutboundAccess=False,
               **more)


def search(name, *operations):
    """An alert on the exported log."""
    listed = ", ".join(f'"Microsoft.{operation}"' for operation in operations)
    query = (f'AzureActivity | where SubscriptionId =~ "{SUB}" | where OperationNameValue in~ ({listed})'
             ' | where ActivityStatusValue in~ ("Start", "Success")')
    return one(name, "monitor:ScheduledQueryRule", f"{LOG_RG}/providers/Microsoft.Insights/scheduledQueryRules/{name}",
               enabled=True, scopes=[f"{LOG_RG}/providers/Microsoft.OperationalInsights/workspaces/activity"],
               criteria={"allOf": [{"query": query, "timeAggregation": "Count", "operator": "GreaterThan",
                                    "threshold": 0}]},
               actions={"actionGroups": [f"{LOG_RG}/providers/Microsoft.Insights/actionGroups/contacts"]})


def storage(name, group, azure_name):
    """A storage account that is closed to all but Azure's trusted services."""
    return one(name, "storage:StorageAccount", f"{group}/providers/Microsoft.Storage/storageAccounts/{azure_name}",
               accountName=azure_name, allowBlobPublicAccess=False, allowSharedKeyAccess=False,
               publicNetworkAccess="Enabled", minimumTlsVersion="TLS1_2", enableHttpsTrafficOnly=True,
               networkRuleSet={"bypass": "AzureServices", "defaultAction": "Deny"})


def _network():
    group = {"id": net("networkSecurityGroups", "workloads")}
    table = {"id": net("routeTables", "table")}
    return [
        one("Vnet", "network:VirtualNetwork", net("virtualNetworks", "vnet"), virtualNetworkName="vnet",
            resourceGroupName="rg", addressSpace={"addressPrefixes": [OWN, PODS]}),
        one("WorkloadGroup", "network:NetworkSecurityGroup", group["id"], networkSecurityGroupName="workloads",
            securityRules=[
                rule("own-in", 100, "Inbound", "Allow", sources=[OWN, PODS], targets=[OWN, PODS]),
                rule("probes-in", 110, "Inbound", "Allow", sources="AzureLoadBalancer"),
                rule("own-out", 100, "Outbound", "Allow", sources=[OWN, PODS], targets=[OWN, PODS]),
                rule("out-0", 200, "Outbound", "Allow", protocol="Tcp", targets="Internet", ports="443"), *DENIED]),
        one("PrivateEndpointGroup", "network:NetworkSecurityGroup", net("networkSecurityGroups", "doors"),
            networkSecurityGroupName="doors", securityRules=[
                rule("own-in", 100, "Inbound", "Allow", protocol="Tcp", sources=[OWN, PODS], ports="443"), *DENIED]),
        subnet("NodeSubnet", "node", "10.40.0.0/17", networkSecurityGroup=group, routeTable=table),
        subnet("PodSubnet", "pod", PODS, networkSecurityGroup=group, routeTable=table),
        subnet("PrivateEndpointSubnet", "doors", "10.40.128.0/19", privateEndpointNetworkPolicies="Enabled",
               networkSecurityGroup={"id": net("networkSecurityGroups", "doors")}),
        subnet("FirewallSubnet", "AzureFirewallSubnet", "10.40.160.0/19"),
        one("KeyVaultEndpoint", "network:PrivateEndpoint", net("privateEndpoints", "vault"), subnet={
            "id": f"{net('virtualNetworks', 'vnet')}/subnets/doors"}, privateLinkServiceConnections=[{
                "name": "vault", "groupIds": ["vault"],
                "privateLinkServiceId": f"{OURS_RG}/providers/Microsoft.KeyVault/vaults/vault"}]),
        one("RouteTable", "network:RouteTable", table["id"], routeTableName="table", disableBgpRoutePropagation=True,
            routes=[{"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance",
                     "nextHopIpAddress": HOP}])]


def _firewall():
    place = f"{net('virtualNetworks', 'vnet')}/subnets/AzureFirewallSubnet"
    configuration = {"name": "outbound", "subnet": {"id": place},
                     "publicIPAddress": {"id": net("publicIPAddresses", "firewall")}}
    return [
        one("FirewallAddress", "network:PublicIPAddress", net("publicIPAddresses", "firewall"),
            outputs={"ipAddress": "192.0.2.1"}, publicIPAllocationMethod="Static", publicIpAddressName="firewall"),
        one("FirewallPolicy", "network:FirewallPolicy", net("firewallPolicies", "policy"), threatIntelMode="Deny",
            firewallPolicyName="policy"),
        one("FirewallRules", "network:FirewallPolicyRuleCollectionGroup",
            f"{net('firewallPolicies', 'policy')}/ruleCollectionGroups/outbound", firewallPolicyName="policy",
            priority=200, ruleCollections=[{
                "name": "names", "priority": 210, "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
                "action": {"type": "Allow"}, "rules": [{
                    "ruleType": "ApplicationRule", "name": "images", "sourceAddresses": [OWN, PODS],
                    "protocols": [{"protocolType": "Https", "port": 443}],
                    "targetFqdns": ["mcr.microsoft.com", "*.data.mcr.microsoft.com"]}]}, {
                "name": "blocks", "priority": 200, "ruleCollectionType": "FirewallPolicyFilterRuleCollection",
                "action": {"type": "Allow"}, "rules": [{
                    "ruleType": "NetworkRule", "name": "warehouse", "ipProtocols": ["TCP"], "sourceAddresses": [OWN],
                    "destinationAddresses": ["198.51.100.0/28"], "destinationPorts": ["5432"]}]}]),
        one("Firewall", "network:AzureFirewall", net("azureFirewalls", "firewall"), azureFirewallName="firewall",
            outputs={"ipConfigurations": [{**configuration, "privateIPAddress": HOP}]},
            firewallPolicy={"id": net("firewallPolicies", "policy")}, ipConfigurations=[configuration])]


def _services():
    return [
        one("KeyVault", "keyvault:Vault", f"{OURS_RG}/providers/Microsoft.KeyVault/vaults/vault", vaultName="vault",
            properties={"enableRbacAuthorization": True, "enablePurgeProtection": True, "enableSoftDelete": True,
                        "publicNetworkAccess": "Disabled", "tenantId": TENANT,
                        "networkAcls": {"bypass": "AzureServices", "defaultAction": "Deny"}}),
        one("Registry", "containerregistry:Registry", f"{OURS_RG}/providers/Microsoft.ContainerRegistry/registries/reg",
            adminUserEnabled=False, anonymousPullEnabled=False, publicNetworkAccess="Disabled",
            sku={"name": "Premium"}),
        storage("FlowLogStorage", OURS_RG, "flow"), storage("ActivityLogStorage", LOG_RG, "activity")]


def _access():
    return [
        one("VendorGroup", "azuread:index/group:Group", GROUP, outputs={"objectId": GROUP, "owners": [TENANT],
                                                                        "members": [TENANT]},
            displayName="vendor", securityEnabled=True),
        one("AccessPackage", "azuread:index/accessPackage:AccessPackage", "package", displayName="access"),
        one("AccessPackageGroup", "azuread:index/accessPackageResourcePackageAssociation:"
            "AccessPackageResourcePackageAssociation", "held", accessType="Member"),
        one("AccessPolicy", "azuread:index/accessPackageAssignmentPolicy:AccessPackageAssignmentPolicy", "policy",
            durationInDays=30, requestorSettings={
                "requestsAccepted": True, "scopeType": "SpecificConnectedOrganizationSubjects",
                "requestors": [{"subjectType": "connectedOrganizationMembers", "objectId": ORGANIZATION}]},
            approvalSettings={"approvalRequired": True, "approvalStages": [{
                "approvalTimeoutInDays": 7, "primaryApprovers": [{"subjectType": "groupMembers", "objectId": LOG}]}]}),
        one("MachineIdentity", "managedidentity:UserAssignedIdentity",
            f"{OURS_RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/machine", resourceName="machine",
            outputs={"principalId": MACHINE}),
        one("ControlPlaneCredential", "managedidentity:FederatedIdentityCredential",
            f"{OURS_RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/machine/"
            "federatedIdentityCredentials/control-plane", audiences=[EXCHANGE], issuer="https://issuer.example",
            subject="arn:aws:iam::111122223333:role/conveyor-control-plane"),
        one("FlowLogIdentity", "managedidentity:UserAssignedIdentity",
            f"{OURS_RG}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/flow", resourceName="flow",
            outputs={"principalId": LOGGER}),
        one("InstallerRole", "authorization:RoleDefinition",
            f"/subscriptions/{SUB}/providers/Microsoft.Authorization/roleDefinitions/{OURS}", roleDefinitionId=OURS,
            scope=f"/subscriptions/{SUB}", permissions=[{
                "actions": ["Microsoft.ContainerService/managedClusters/*", "Microsoft.Authorization/*/read",
                            "Microsoft.Authorization/roleAssignments/write"],
                "notActions": [], "dataActions": []}]),
        assigned("VendorRole", GROUP, OWNER, f"/subscriptions/{SUB}", condition=limited(PULL), conditionVersion="2.0"),
        assigned("MachineRole", MACHINE, OURS, f"/subscriptions/{SUB}", condition=limited(PULL),
                 conditionVersion="2.0"),
        assigned("FlowLogRole", LOGGER, BLOB, f"{OURS_RG}/providers/Microsoft.Storage/storageAccounts/flow")]


def _guardrails():
    return [
        one("AllowedLocations", "authorization:PolicyAssignment",
            f"{SCOPE}/providers/Microsoft.Authorization/policyAssignments/loc", scope=SCOPE, enforcementMode="Default",
            parameters={"listOfAllowedLocations": {"value": ["westeurope"]}}),
        one("ActivityWorkspace", "operationalinsights:Workspace",
            f"{LOG_RG}/providers/Microsoft.OperationalInsights/workspaces/activity", workspaceName="activity"),
        one("ActivityLogExport", "monitor:DiagnosticSetting",
            f"/subscriptions/{SUB}/providers/Microsoft.Insights/diagnosticSettings/export",
            resourceUri=f"/subscriptions/{SUB}", logs=[{"category": "Administrative", "enabled": True},
                                                       {"category": "Policy", "enabled": True}],
            workspaceId=f"{LOG_RG}/providers/Microsoft.OperationalInsights/workspaces/activity",
            storageAccountId=f"{LOG_RG}/providers/Microsoft.Storage/storageAccounts/activity"),
        one("Contacts", "monitor:ActionGroup", f"{LOG_RG}/providers/Microsoft.Insights/actionGroups/contacts",
            enabled=True, emailReceivers=[{"name": "safety", "emailAddress": "safety@acme.example"}]),
        search("RoleChanges", "Authorization/roleAssignments/write", "Authorization/roleAssignments/delete"),
        search("GuardrailChanges", "Insights/diagnosticSettings/write", "Insights/diagnosticSettings/delete"),
        one("Budget", "consumption:Budget", f"{SCOPE}/providers/Microsoft.Consumption/budgets/budget", scope=SCOPE,
            amount=100)]


CONTRACT = {"azure": {
    "subscription": SUB, "addresses": ["FirewallAddress"], "callers": [], "egress": "firewall", "next_hop": "Firewall",
    "subnets": ["NodeSubnet", "PodSubnet", "PrivateEndpointSubnet"],
    "paths": ["TCP 443 mcr.microsoft.com", "TCP 443 *.data.mcr.microsoft.com", "TCP 5432 198.51.100.0/28"],
    "closed": ["KeyVault", "Registry", "FlowLogStorage", "ActivityLogStorage"],
    "roles": [{"principal": "VendorGroup", "role": OWNER, "scope": SUB, "assigns": [PULL]},
              {"principal": "MachineIdentity", "role": "InstallerRole", "scope": SUB, "assigns": [PULL]},
              {"principal": "FlowLogIdentity", "role": BLOB, "scope": "FlowLogStorage"}],
    "guardrail_scope": SCOPE, "log_subscription": LOG, "inside": False, "organizations": [ORGANIZATION]}}

STACK = [*_network(), *_firewall(), *_services(), *_access(), *_guardrails()]


class Stack:
    """A copy of the stack that can be changed: its rows by name, and its contract."""

    def __init__(self, rows=STACK, contract=CONTRACT):
        self.rows = {row["name"]: copy.deepcopy(row) for row in rows}
        self.contract = copy.deepcopy(contract)

    def set(self, name, /, **values):
        """Properties of a resource, as the program gives them and the state has them; `...` leaves one out."""
        for part in ("inputs", "outputs"):
            for key, value in values.items():
                self.rows[name][part].pop(key, None)
                if value is not ...:
                    self.rows[name][part][key] = copy.deepcopy(value)
        return self

    def inside(self, name, path, value):
        """A value at a dotted path of a resource."""
        *steps, last = path.split(".")
        for part in ("inputs", "outputs"):
            held = self.rows[name][part]
            for step in steps:
                held = held[int(step) if step.isdigit() else step]
            if value is ...:
                del held[int(last) if last.isdigit() else last]
            else:
                held[int(last) if last.isdigit() else last] = copy.deepcopy(value)
        return self

    def more(self, name, path, *items):
        """Items more in a list at a dotted path of a resource."""
        for part in ("inputs", "outputs"):
            held = self.rows[name][part]
            for step in path.split("."):
                held = held[int(step) if step.isdigit() else step]
            held += copy.deepcopy(list(items))
        return self

    def add(self, *rows):
        """Resources more."""
        self.rows |= {row["name"]: copy.deepcopy(row) for row in rows}
        return self

    def without(self, *names):
        """Resources fewer."""
        for name in names:
            del self.rows[name]
        return self

    def agree(self, **values):
        """Keys of the contract; `...` leaves one out."""
        for key, value in values.items():
            self.contract["azure"].pop(key, None)
            if value is not ...:
                self.contract["azure"][key] = value
        return self

    def template(self, contract=True):
        """The template of the stack."""
        return template_of(self.rows.values(), "stack", contract=self.contract if contract else None)

    def report(self, *claims, contract=True):
        """What comes of these claims, or of all of them."""
        return verify(self.template(contract), claims=[claim(name) for name in claims] or None)

    def verdicts(self, *claims, contract=True):
        """The words of these claims by their ids."""
        return {result.claim.id: str(result.answer.verdict)
                for result in self.report(*claims, contract=contract).results}

    def answer(self, name):
        """The answer of one claim."""
        (result,) = self.report(name).results
        return result.answer


def hub():
    """The stack as a spoke of a hub: its firewall is the hub's, reached by a peering."""
    stack = Stack().without("Firewall", "FirewallPolicy", "FirewallRules", "FirewallAddress", "FirewallSubnet")
    stack.inside("RouteTable", "routes.0.nextHopIpAddress", "10.0.1.4").agree(
        egress="hub", next_hop="10.0.1.4", addresses=[])
    return stack.add(peering("PeeringToHub", HUB_VNET), one(
        "PeeringFromHub", "network:VirtualNetworkPeering", f"{HUB_VNET}/virtualNetworkPeerings/spoke",
        virtualNetworkName="hub", remoteVirtualNetwork={"id": net("virtualNetworks", "vnet")}))


def peering(name, remote, **more):
    """A peering of our network."""
    return one(name, "network:VirtualNetworkPeering", f"{net('virtualNetworks', 'vnet')}/virtualNetworkPeerings/{name}",
               virtualNetworkName="vnet", remoteVirtualNetwork={"id": remote}, allowVirtualNetworkAccess=True, **more)


def contract_of(mapping):
    """A contract, read."""
    return of_mapping(mapping, "contract")
