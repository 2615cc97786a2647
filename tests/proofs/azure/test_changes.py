"""The claims about Azure against a good stack and its changes: for the worse, for nothing, or into the unknown."""

import pytest

from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.azure.small import (
    ADMIN,
    BLOB,
    CLAIMS,
    CONTRACT,
    GROUP,
    HUB_VNET,
    LOG,
    LOG_RG,
    OURS,
    OURS_RG,
    OWN,
    OWNER,
    PODS,
    PULL,
    SCOPE,
    SUB,
    TENANT,
    UNKNOWN,
    Stack,
    assigned,
    hub,
    limited,
    net,
    one,
    peering,
    rule,
    storage,
)

ADDRESS, INBOUND, EGRESS, CLOSED, ROLES, ACCESS, GUARDRAILS, FEDERATED = CLAIMS
VNET = net("virtualNetworks", "vnet")
SUBNET = {"id": f"{VNET}/subnets/node"}
RULES, WORKLOADS = "FirewallRules", "WorkloadGroup"
FIRST = "ruleCollections.0.rules.0"
BLOCKS = "ruleCollections.1.rules.0"
OTHER = {"id": net("publicIPAddresses", "firewall")}


def nic(**configuration):
    """A network interface."""
    return one("Nic", "network:NetworkInterface", net("networkInterfaces", "nic"),
               ipConfigurations=[{"name": "one", "subnet": SUBNET, **configuration}])


def address(name):
    """A public address."""
    return one(name, "network:PublicIPAddress", net("publicIPAddresses", name.lower()), zones=["1"])


def allow(name="more", *, way="Inbound", priority=150, **more):
    """A rule that allows."""
    return rule(name, priority, way, "Allow", **more)


def balancer():
    """A public load balancer with an agreed address of its own."""
    return one("Door", "network:LoadBalancer", net("loadBalancers", "door"), frontendIPConfigurations=[
        {"name": "in", "publicIPAddress": {"id": net("publicIPAddresses", "dooraddress")}}])


def member(group=GROUP):
    """Somebody who is put into a group."""
    return one("Member", "azuread:index/groupMember:GroupMember", "m", groupObjectId=group, memberObjectId=TENANT)


def condition(text, version="2.0"):
    """The stack with another condition on the vendor's role."""
    return Stack().set("VendorRole", condition=text, conditionVersion=version)


def secret(kind):
    """A secret of Entra's."""
    return one("Secret", f"azuread:index/{kind[0].lower()}{kind[1:]}:{kind}", "s", applicationId="a")


def natted(sources):
    """A rule of a firewall that lets somebody in."""
    return {"name": "in", "ruleCollectionType": "FirewallPolicyNatRuleCollection", "action": {"type": "DNAT"},
            "rules": [{"name": "web", "ruleType": "NatRule", "sourceAddresses": sources}]}


WORSE = {
    "a machine with a public address": (ADDRESS, lambda: Stack().add(nic(publicIPAddress=OTHER))),
    "a machine with an address in its own words": (ADDRESS, lambda: Stack().add(one(
        "Vms", "compute:VirtualMachineScaleSet", f"{OURS_RG}/providers/Microsoft.Compute/virtualMachineScaleSets/v",
        virtualMachineProfile={"networkProfile": {"networkInterfaceConfigurations": [{"ipConfigurations": [
            {"publicIPAddressConfiguration": {"name": "out"}}]}]}}))),
    "an address that nobody agreed to": (ADDRESS, lambda: Stack().add(address("Spare"))),
    "default outbound access": (ADDRESS, lambda: Stack().set("PodSubnet", defaultOutboundAccess=True)),
    "default outbound access that is not said": (ADDRESS, lambda: Stack().set("PodSubnet", defaultOutboundAccess=...)),
    "a subnet within the network": (ADDRESS, lambda: Stack().set("Vnet", subnets=[{"name": "other"}])),
    "a load balancer where nobody calls in": (ADDRESS, lambda: Stack().agree(
        addresses=["FirewallAddress", "DoorAddress"]).add(address("DoorAddress"), balancer())),
    "a gateway to the internet": (ADDRESS, lambda: Stack().add(one(
        "Gateway", "network:VirtualNetworkGateway", net("virtualNetworkGateways", "g"),
        ipConfigurations=[{"publicIPAddress": OTHER}]))),
    "an address that hangs on a machine of elsewhere": (ADDRESS, lambda: Stack().inside(
        "FirewallAddress", "ipConfiguration", {"id": f"{net('networkInterfaces', 'x')}/ipConfigurations/y"})),
    "everybody is let in": (INBOUND, lambda: Stack().more(WORKLOADS, "securityRules", allow(ports="443"))),
    "the internet is let in": (INBOUND, lambda: Stack().more(WORKLOADS, "securityRules", allow(sources="Internet"))),
    "a neighbour is let in": (INBOUND, lambda: Stack().more(WORKLOADS, "securityRules", allow(sources="10.41.0.0/16"))),
    "a wider block than the callers'": (INBOUND, lambda: Stack().agree(callers=["203.0.113.0/28"]).more(
        WORKLOADS, "securityRules", allow(sources="203.0.113.0/27", protocol="Tcp", ports="443"))),
    "half of the internet is not denied": (INBOUND, lambda: Stack().inside(
        WORKLOADS, "securityRules.4.sourceAddressPrefix", "0.0.0.0/1").more(
            WORKLOADS, "securityRules", allow(priority=4097))),
    "a subnet without a group": (INBOUND, lambda: Stack().set("NodeSubnet", networkSecurityGroup=...)),
    "a rule of its own": (INBOUND, lambda: Stack().add(one(
        "Open", "network:SecurityRule", f"{net('networkSecurityGroups', 'workloads')}/securityRules/open",
        **allow(ports="22")))),
    "a rule that is only read": (INBOUND, lambda: Stack().add({**one(
        "Open", "network:SecurityRule", f"{net('networkSecurityGroups', 'workloads')}/securityRules/open",
        **allow(ports="22")), "external": True})),
    "a group that hangs on nothing yet": (INBOUND, lambda: Stack().add(one(
        "Spare", "network:NetworkSecurityGroup", net("networkSecurityGroups", "spare"),
        securityRules=[allow(sources="0.0.0.0/0", ports="1-65535")]))),
    "only Azure's own rules, and a peer": (INBOUND, lambda: Stack().set(WORKLOADS, securityRules=[]).add(
        peering("Peering", HUB_VNET, remoteAddressSpace={"addressPrefixes": ["10.0.0.0/16"]}))),
    "a group that a machine has too": (INBOUND, lambda: Stack().more(
        WORKLOADS, "securityRules", allow(targets="10.40.128.0/19")).add(
            nic()).set("Nic", networkSecurityGroup={"id": net("networkSecurityGroups", "workloads")})),
    "the firewall lets everybody in": (INBOUND, lambda: Stack().more(RULES, "ruleCollections", natted(["*"]))),
    "the default route goes to the internet": (EGRESS, lambda: Stack().inside(
        "RouteTable", "routes.0", {"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"})),
    "a longer prefix goes to the internet": (EGRESS, lambda: Stack().more("RouteTable", "routes", {
        "name": "hole", "addressPrefix": "8.0.0.0/8", "nextHopType": "Internet"})),
    "a route of its own": (EGRESS, lambda: Stack().add(one(
        "Hole", "network:Route", f"{net('routeTables', 'table')}/routes/hole", addressPrefix="8.8.8.0/24",
        nextHopType="Internet", routeTableName="table"))),
    "a route to a service": (EGRESS, lambda: Stack().more("RouteTable", "routes", {
        "name": "tag", "addressPrefix": "Storage.WestEurope", "nextHopType": "Internet"})),
    "another machine is the next hop": (EGRESS, lambda: Stack().inside(
        "RouteTable", "routes.0.nextHopIpAddress", "10.40.0.9")),
    "the private blocks go elsewhere": (EGRESS, lambda: Stack().more("RouteTable", "routes", {
        "name": "hole", "addressPrefix": "8.8.0.0/16", "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": "10.40.0.9"})),
    "a subnet without a table": (EGRESS, lambda: Stack().set("NodeSubnet", routeTable=...)),
    "a NAT gateway": (EGRESS, lambda: Stack().set("NodeSubnet", natGateway={"id": net("natGateways", "nat")})),
    "a service endpoint": (EGRESS, lambda: Stack().set(
        "NodeSubnet", serviceEndpoints=[{"service": "Microsoft.Storage"}])),
    "another name passes": (EGRESS, lambda: Stack().more(RULES, f"{FIRST}.targetFqdns", "example.com")),
    "every name passes": (EGRESS, lambda: Stack().inside(RULES, f"{FIRST}.targetFqdns", ["*"])),
    "more than the wildcard": (EGRESS, lambda: Stack().inside(
        RULES, f"{FIRST}.targetFqdns", ["*data.mcr.microsoft.com"])),
    "the name without its wildcard": (EGRESS, lambda: Stack().inside(
        RULES, f"{FIRST}.targetFqdns", ["data.mcr.microsoft.com"])),
    "another port passes": (EGRESS, lambda: Stack().inside(RULES, f"{FIRST}.protocols.0.port", 8443)),
    "a wider block passes": (EGRESS, lambda: Stack().inside(
        RULES, f"{BLOCKS}.destinationAddresses", ["198.51.100.0/27"])),
    "more ports pass": (EGRESS, lambda: Stack().inside(RULES, f"{BLOCKS}.destinationPorts", ["5432-5433"])),
    "another protocol passes": (EGRESS, lambda: Stack().inside(RULES, f"{BLOCKS}.ipProtocols", ["TCP", "UDP"])),
    "any protocol passes": (EGRESS, lambda: Stack().inside(RULES, f"{BLOCKS}.ipProtocols", ["Any"])),
    "every address passes": (EGRESS, lambda: Stack().inside(RULES, f"{BLOCKS}.destinationAddresses", ["*"])),
    "of a spoke, another next hop": (EGRESS, lambda: hub().inside(
        "RouteTable", "routes.0.nextHopIpAddress", "10.0.1.5")),
    "a vault that is open": (CLOSED, lambda: Stack().inside("KeyVault", "properties.publicNetworkAccess", "Enabled")),
    "a vault that says nothing": (CLOSED, lambda: Stack().inside("KeyVault", "properties.publicNetworkAccess", ...)),
    "a vault without purge protection": (CLOSED, lambda: Stack().inside(
        "KeyVault", "properties.enablePurgeProtection", ...)),
    "a vault without roles": (CLOSED, lambda: Stack().inside("KeyVault", "properties.enableRbacAuthorization", False)),
    "an access policy": (CLOSED, lambda: Stack().inside(
        "KeyVault", "properties.accessPolicies", [{"objectId": GROUP}])),
    "an access policy of its own": (CLOSED, lambda: Stack().add(one(
        "Policy", "keyvault:AccessPolicy", "p", vaultName="vault"))),
    "a registry that is open": (CLOSED, lambda: Stack().set("Registry", publicNetworkAccess="Enabled")),
    "a registry with an admin": (CLOSED, lambda: Stack().set("Registry", adminUserEnabled=True)),
    "a registry that anybody pulls from": (CLOSED, lambda: Stack().set("Registry", anonymousPullEnabled=True)),
    "a storage account that is open": (CLOSED, lambda: Stack().inside(
        "FlowLogStorage", "networkRuleSet.defaultAction", "Allow")),
    "a storage account with a hole": (CLOSED, lambda: Stack().inside(
        "FlowLogStorage", "networkRuleSet.ipRules", [{"iPAddressOrRange": "8.8.8.8"}])),
    "a storage account with keys": (CLOSED, lambda: Stack().set("FlowLogStorage", allowSharedKeyAccess=...)),
    "a storage account with public blobs": (CLOSED, lambda: Stack().set("FlowLogStorage", allowBlobPublicAccess=True)),
    "old versions of TLS": (CLOSED, lambda: Stack().set("FlowLogStorage", minimumTlsVersion="TLS1_0")),
    "requests in clear": (CLOSED, lambda: Stack().set("FlowLogStorage", enableHttpsTrafficOnly=False)),
    "one that nobody named is open": (CLOSED, lambda: Stack().add(storage("Spare", OURS_RG, "spare")).set(
        "Spare", networkRuleSet=...)),
    "another role": (ROLES, lambda: Stack().set("FlowLogRole", roleDefinitionId=f"/x/roleDefinitions/{OWNER}")),
    "another principal": (ROLES, lambda: Stack().set("VendorRole", principalId=TENANT)),
    "another scope": (ROLES, lambda: Stack().set("VendorRole", scope=SCOPE)),
    "a role more": (ROLES, lambda: Stack().add(assigned("More", GROUP, ADMIN, f"/subscriptions/{SUB}"))),
    "a role in the log's subscription": (ROLES, lambda: Stack().add(assigned("More", GROUP, OWNER, LOG_RG))),
    "no condition": (ROLES, lambda: Stack().set("VendorRole", condition=..., conditionVersion=...)),
    "a condition that lets more be assigned": (ROLES, lambda: condition(limited(PULL, OWNER))),
    "a condition on writing only": (ROLES, lambda: condition(limited(PULL).partition(" AND ((!")[0])),
    "a condition that leaves some out": (ROLES, lambda: condition(limited(ADMIN, OWNER).replace(
        "ForAnyOfAnyValues:GuidEquals", "ForAnyOfAllValues:GuidNotEquals"))),
    "a condition with OR": (ROLES, lambda: condition(limited(PULL).replace("} AND @", "} OR @"))),
    "a role of our own with everything": (ROLES, lambda: Stack().inside(
        "InstallerRole", "permissions.0.actions", ["*"])),
    "a role of our own that writes definitions": (ROLES, lambda: Stack().more(
        "InstallerRole", "permissions.0.actions", "Microsoft.Authorization/roleDefinitions/*")),
    "a role of our own that takes locks away": (ROLES, lambda: Stack().more(
        "InstallerRole", "permissions.0.actions", "Microsoft.Authorization/*/delete")),
    "a second entry of permissions": (ROLES, lambda: Stack().more("InstallerRole", "permissions", {
        "actions": ["Microsoft.Authorization/policyAssignments/write"]})),
    "a role of our own that assigns any": (ROLES, lambda: Stack().set(
        "MachineRole", condition=..., conditionVersion=...).agree(roles=[
            *CONTRACT["azure"]["roles"][:1], *CONTRACT["azure"]["roles"][2:],
            {"principal": "MachineIdentity", "role": OURS, "scope": SUB}])),
    "somebody is put into the group": (ROLES, lambda: Stack().add(member())),
    "the program fills the group": (ROLES, lambda: Stack().set("VendorGroup", members=[TENANT])),
    "another tenant gets roles": (ROLES, lambda: Stack().add(one(
        "Lighthouse", "managedservices:RegistrationAssignment", "l"))),
    "a role of the directory": (ROLES, lambda: Stack().add(one(
        "Role", "azuread:index/directoryRoleAssignment:DirectoryRoleAssignment", "r", principalObjectId=GROUP))),
    "eligible for a role": (ROLES, lambda: Stack().add(one("Pim", "authorization:PimRoleEligibilitySchedule", "p"))),
    "everybody may request": (ACCESS, lambda: Stack().inside("AccessPolicy", "requestorSettings", {
        "scopeType": "AllExternalSubjects"})),
    "another organisation": (ACCESS, lambda: Stack().inside(
        "AccessPolicy", "requestorSettings.requestors.0.objectId", TENANT)),
    "nobody approves": (ACCESS, lambda: Stack().inside("AccessPolicy", "approvalSettings.approvalRequired", False)),
    "no stage of approval": (ACCESS, lambda: Stack().inside("AccessPolicy", "approvalSettings.approvalStages", [])),
    "nobody is named who approves": (ACCESS, lambda: Stack().inside(
        "AccessPolicy", "approvalSettings.approvalStages.0.primaryApprovers", [])),
    "the requestor's manager approves": (ACCESS, lambda: Stack().inside(
        "AccessPolicy", "approvalSettings.approvalStages.0.primaryApprovers", [{"subjectType": "requestorManager"}])),
    "the group approves itself": (ACCESS, lambda: Stack().inside(
        "AccessPolicy", "approvalSettings.approvalStages.0.primaryApprovers.0.objectId", GROUP)),
    "who comes in owns the group": (ACCESS, lambda: Stack().set("AccessPackageGroup", accessType="Owner")),
    "a policy in the subscription": (GUARDRAILS, lambda: Stack().set(
        "AllowedLocations", scope=f"/subscriptions/{SUB}")),
    "a policy that denies nothing": (GUARDRAILS, lambda: Stack().set(
        "AllowedLocations", enforcementMode="DoNotEnforce")),
    "a policy that leaves the subscription out": (GUARDRAILS, lambda: Stack().set(
        "AllowedLocations", notScopes=[f"/subscriptions/{SUB.upper()}"])),
    "a policy that leaves a group out": (GUARDRAILS, lambda: Stack().set("AllowedLocations", notScopes=[OURS_RG])),
    "a policy that only tells": (GUARDRAILS, lambda: Stack().inside(
        "AllowedLocations", "parameters.effect", {"value": "Audit"})),
    "no policy": (GUARDRAILS, lambda: Stack().without("AllowedLocations")),
    "an exemption": (GUARDRAILS, lambda: Stack().add(one("Free", "authorization:PolicyExemption", "e"))),
    "the log stays inside": (GUARDRAILS, lambda: Stack().set(
        "ActivityLogExport", workspaceId=f"{OURS_RG}/providers/Microsoft.OperationalInsights/workspaces/w")),
    "the log goes to another subscription": (GUARDRAILS, lambda: Stack().set(
        "ActivityLogExport", storageAccountId=f"/subscriptions/{TENANT}/x/y/z")),
    "the log is not kept": (GUARDRAILS, lambda: Stack().set("ActivityLogExport", storageAccountId=...)),
    "the log is not exported": (GUARDRAILS, lambda: Stack().without("ActivityLogExport")),
    "the log without what is administered": (GUARDRAILS, lambda: Stack().inside(
        "ActivityLogExport", "logs.0.enabled", False)),
    "the budget inside": (GUARDRAILS, lambda: Stack().set("Budget", scope=f"/subscriptions/{SUB}")),
    "no alert on the export": (GUARDRAILS, lambda: Stack().without("GuardrailChanges")),
    "an alert that is off": (GUARDRAILS, lambda: Stack().set("GuardrailChanges", enabled=False)),
    "an alert whose contacts are off": (GUARDRAILS, lambda: Stack().set("Contacts", enabled=False)),
    "an alert that tells nobody": (GUARDRAILS, lambda: Stack().set("GuardrailChanges", actions={})),
    "an alert on another workspace": (GUARDRAILS, lambda: Stack().set("GuardrailChanges", scopes=["/subscriptions/x"])),
    "an alert on failures": (GUARDRAILS, lambda: Stack().inside("GuardrailChanges", "criteria.allOf.0.query", (
        'AzureActivity | where ActivityStatusValue in~ ("Failure")'))),
    "the scope is the subscription": (GUARDRAILS, lambda: Stack().agree(guardrail_scope=SUB).set(
        "AllowedLocations", scope=f"/subscriptions/{SUB}")),
    "another audience": (FEDERATED, lambda: Stack().set("ControlPlaneCredential", audiences=["sts.amazonaws.com"])),
    "a second audience": (FEDERATED, lambda: Stack().set(
        "ControlPlaneCredential", audiences=["api://AzureADTokenExchange", "x"])),
    "an issuer in clear": (FEDERATED, lambda: Stack().set("ControlPlaneCredential", issuer="http://issuer.example")),
    "any subject": (FEDERATED, lambda: Stack().set("ControlPlaneCredential", subject="arn:aws:iam::111122223333:*")),
    "a password": (FEDERATED, lambda: Stack().add(secret("ApplicationPassword"))),
    "a password of a service principal": (FEDERATED, lambda: Stack().add(secret("ServicePrincipalPassword"))),
    "a certificate": (FEDERATED, lambda: Stack().add(secret("ApplicationCertificate"))),
}
"""A change of a deployed stack, and the claim that it breaks."""


@pytest.mark.parametrize("what", WORSE)
def test_a_change_for_the_worse_is_refuted(what):
    """Each change for the worse breaks its claim, and a counterexample says why."""
    name, change = WORSE[what]
    answer = change().answer(name)
    assert (answer.verdict, bool(answer.counterexample and answer.counterexample["because"])) == (
        Verdict.REFUTED, True), answer.notes


SAME = {
    "lists in another order": (lambda: Stack().inside("Vnet", "addressSpace.addressPrefixes", [PODS, OWN]), CLAIMS),
    "other letters in the state": (lambda: _upper(Stack()), CLAIMS),
    "rules in another order": (lambda: _turned(Stack()), (INBOUND, EGRESS)),
    "a machine without a public address": (lambda: Stack().add(nic(privateIPAddress="10.40.0.9")), CLAIMS),
    "a door with a caller": (lambda: Stack().agree(
        addresses=["FirewallAddress", "DoorAddress"], callers=["203.0.113.0/28"]).add(
            address("DoorAddress"), balancer()).more(
                WORKLOADS, "securityRules", allow(sources="203.0.113.4", ports="443")), CLAIMS),
    "a rule that denies": (lambda: Stack().more(
        WORKLOADS, "securityRules", rule("less", 99, "Inbound", "Deny", sources="Internet")), CLAIMS),
    "the firewall lets callers in": (lambda: Stack().agree(callers=["203.0.113.0/28"]).more(
        RULES, "ruleCollections", natted(["203.0.113.1"])), (INBOUND,)),
    "a route to nowhere": (lambda: Stack().more("RouteTable", "routes", {
        "name": "less", "addressPrefix": "8.0.0.0/8", "nextHopType": "None"}), (EGRESS,)),
    "the default route in two halves": (lambda: Stack().inside("RouteTable", "routes", [
        {"name": name, "addressPrefix": prefix, "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.40.160.4"}
        for name, prefix in (("low", "0.0.0.0/1"), ("high", "128.0.0.0/1"))]), (EGRESS,)),
    "a rule less": (lambda: Stack().inside(RULES, f"{FIRST}.targetFqdns", ["a.data.mcr.microsoft.com"]), (EGRESS,)),
    "a smaller block": (lambda: Stack().inside(RULES, f"{BLOCKS}.destinationAddresses", ["198.51.100.3"]), (EGRESS,)),
    "a collection that denies": (lambda: Stack().more(RULES, "ruleCollections", {
        "name": "less", "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "action": {"type": "Deny"},
        "rules": [{"ruleType": "ApplicationRule", "name": "x", "targetFqdns": ["*"], "protocols": []}]}), (EGRESS,)),
    "a spoke of a hub": (hub, CLAIMS),
    "an account that is shut as a whole": (lambda: Stack().set(
        "FlowLogStorage", publicNetworkAccess="Disabled", networkRuleSet=...), (CLOSED,)),
    "another closed account": (lambda: Stack().add(storage("Spare", OURS_RG, "spare")), CLAIMS),
    "a vault with a secret": (lambda: Stack().add(one("Word", "keyvault:Secret", "s", vaultName="vault")), CLAIMS),
    "the vendor is off": (lambda: Stack().without("VendorRole", "MachineRole"), CLAIMS),
    "a condition on fewer roles": (lambda: condition(limited(PULL)).agree(roles=[
        {**CONTRACT["azure"]["roles"][0], "assigns": [PULL, BLOB]}, *CONTRACT["azure"]["roles"][1:]]), (ROLES,)),
    "the condition in several lines": (lambda: condition(limited(PULL).replace(" AND ", "\n AND\n")), (ROLES,)),
    "a role of our own that takes out again": (lambda: Stack().inside("InstallerRole", "permissions.0", {
        "actions": ["Microsoft.Authorization/locks/*"], "notActions": ["Microsoft.Authorization/*"]}), (ROLES,)),
    "somebody in another group": (lambda: Stack().add(member(TENANT)), (ROLES,)),
    "a second stage of approval": (lambda: Stack().more("AccessPolicy", "approvalSettings.approvalStages", {
        "primaryApprovers": [{"subjectType": "singleUser", "objectId": TENANT}]}), (ACCESS,)),
    "nobody may request": (lambda: Stack().inside("AccessPolicy", "requestorSettings", {"scopeType": "NoSubjects"}),
                           (ACCESS,)),
    "another subscription is left out": (lambda: Stack().set(
        "AllowedLocations", notScopes=[f"/subscriptions/{LOG}"]), (GUARDRAILS,)),
    "one alert on everything": (lambda: Stack().without("RoleChanges").inside(
        "GuardrailChanges", "criteria.allOf.0.query", "AzureActivity"), (GUARDRAILS,)),
    "no budget": (lambda: Stack().without("Budget"), (GUARDRAILS,)),
    "an identity without a credential": (lambda: Stack().without("ControlPlaneCredential"), (FEDERATED,)),
    "an application without a password": (lambda: Stack().add(one(
        "App", "azuread:index/application:Application", "a", displayName="app")), (FEDERATED,)),
}
"""A change that is none for the claims, which stay proved."""


def _upper(stack):
    """The state spells ids and words in other letters than the program."""
    for name in ("NodeSubnet", "RouteTable", "VendorRole", "ActivityLogExport"):
        stack.rows[name]["outputs"] = _shouted(stack.rows[name]["outputs"])
    return stack


def _shouted(value):
    if isinstance(value, dict):
        return {key: item if key in ("condition", "conditionVersion") else _shouted(item)
                for key, item in value.items()}
    if isinstance(value, list):
        return [_shouted(item) for item in value]
    return value.upper() if isinstance(value, str) else value


def _turned(stack):
    for part in ("inputs", "outputs"):
        stack.rows[WORKLOADS][part]["securityRules"].reverse()
    return stack


@pytest.mark.parametrize("what", SAME)
def test_a_harmless_change_stays_proved(what):
    """What takes no promise back is proved as before."""
    change, names = SAME[what]
    assert change().verdicts(*names) == dict.fromkeys(names, "proved")


def drifted(name, **outputs):
    """The stack with a state that tells otherwise than the program."""
    stack = Stack()
    stack.rows[name]["outputs"] |= outputs
    return stack


DOUBT = {
    "a type that nobody knows": ((ADDRESS,), lambda: Stack().add(one("New", "batch:BatchAccount", "b"))),
    "a network type that nobody knows": ((ADDRESS, INBOUND, EGRESS), lambda: Stack().add(
        one("New", "network:NetworkManager", "n"))),
    "a template of its own": (CLAIMS, lambda: Stack().add(one("New", "resources:Deployment", "d"))),
    "a package that nobody knows": (CLAIMS, lambda: Stack().add(
        {"name": "New", "type": "azapi:resources:Resource", "id": "x", "inputs": {}})),
    "a bastion": ((ADDRESS,), lambda: Stack().add(one("New", "network:BastionHost", net("bastionHosts", "b")))),
    "an address that is not known yet": ((ADDRESS,), lambda: Stack().inside(
        "Firewall", "ipConfigurations.0.publicIPAddress", {"id": UNKNOWN})),
    "configurations that are not known yet": ((ADDRESS,), lambda: Stack().add(nic()).set(
        "Nic", ipConfigurations=UNKNOWN)),
    "a profile that is not known yet": ((ADDRESS,), lambda: Stack().add(one(
        "Vms", "compute:VirtualMachineScaleSet", "v", virtualMachineProfile=UNKNOWN))),
    "whether a machine has an address": ((ADDRESS,), lambda: Stack().add(nic(publicIPAddress=UNKNOWN))),
    "an agreed address that hangs nowhere": ((ADDRESS,), lambda: Stack().agree(
        addresses=["FirewallAddress", "Spare"]).add(address("Spare"))),
    "a peering of elsewhere": ((INBOUND, EGRESS), lambda: Stack().set(
        "Vnet", virtualNetworkPeerings=[{"id": f"{VNET}/virtualNetworkPeerings/by-hand"}])),
    "groups of addresses that a firewall lets in": ((INBOUND,), lambda: Stack().more(RULES, "ruleCollections", {
        **natted([]), "rules": [{"name": "web", "ruleType": "NatRule", "sourceIpGroups": ["/x"]}]})),
    "rules that are no list": ((INBOUND, EGRESS), lambda: Stack().set(WORKLOADS, securityRules="open")),
    "a rule without a priority": ((INBOUND,), lambda: Stack().inside(
        WORKLOADS, "securityRules.0.priority", ...)),
    "a service tag": ((INBOUND,), lambda: Stack().more(WORKLOADS, "securityRules", allow(sources="AzureCloud"))),
    "an application security group": ((INBOUND,), lambda: Stack().more(
        WORKLOADS, "securityRules", {**allow(), "sourceAddressPrefix": "", "sourceApplicationSecurityGroups": [
            {"id": net("applicationSecurityGroups", "a")}]})),
    "only Azure's own rules": ((INBOUND,), lambda: Stack().set(WORKLOADS, securityRules=[])),
    "the virtual network is let in": ((INBOUND,), lambda: Stack().more(
        WORKLOADS, "securityRules", allow(sources="VirtualNetwork"))),
    "a group of elsewhere": ((INBOUND,), lambda: Stack().set(
        "NodeSubnet", networkSecurityGroup={"id": net("networkSecurityGroups", "other")})),
    "a group that private endpoints pass over": ((INBOUND,), lambda: Stack().set(
        "PrivateEndpointSubnet", privateEndpointNetworkPolicies="Disabled")),
    "rules that somebody else changed": ((INBOUND, EGRESS), lambda: drifted(WORKLOADS, securityRules=[allow()])),
    "routes that somebody else changed": ((EGRESS,), lambda: drifted("RouteTable", routes=[])),
    "a table of elsewhere": ((EGRESS,), lambda: Stack().set("NodeSubnet", routeTable={"id": net("routeTables", "x")})),
    "routes that gateways announce": ((EGRESS,), lambda: Stack().set("RouteTable", disableBgpRoutePropagation=False)),
    "a tag of names": ((EGRESS,), lambda: Stack().inside(RULES, f"{FIRST}.fqdnTags", ["AzureKubernetesService"])),
    "a group of addresses": ((EGRESS,), lambda: Stack().inside(RULES, f"{BLOCKS}.destinationIpGroups", ["/x"])),
    "categories of names": ((EGRESS,), lambda: Stack().inside(RULES, f"{FIRST}.webCategories", ["business"])),
    "a policy that is based on another": ((EGRESS,), lambda: Stack().set("FirewallPolicy", basePolicy={"id": "/x"})),
    "rules of elsewhere": ((EGRESS,), lambda: Stack().set(
        "FirewallPolicy", ruleCollectionGroups=[{"id": "/x/ruleCollectionGroups/by-hand"}])),
    "a rule that names nothing": ((EGRESS,), lambda: Stack().inside(RULES, f"{FIRST}.targetFqdns", [])),
    "a gateway, and a subnet without a table": ((EGRESS,), lambda: Stack().inside(
        "PrivateEndpointGroup", "securityRules.2.destinationAddressPrefix", "Internet")),
    "rules beside the policy": ((EGRESS,), lambda: Stack().set("Firewall", networkRuleCollections=[{"name": "x"}])),
    "a rule of a new type": ((EGRESS,), lambda: Stack().inside(RULES, f"{FIRST}.ruleType", "WormholeRule")),
    "a neighbour that is let out to": ((EGRESS,), lambda: Stack().add(peering("Other", HUB_VNET)).more(
        WORKLOADS, "securityRules", allow(way="Outbound", targets="10.0.0.0/16"))),
    "the gateway of a peer": ((EGRESS,), lambda: Stack().add(peering("Other", HUB_VNET, useRemoteGateways=True))),
    "a vault that somebody else opened": ((CLOSED,), lambda: drifted(
        "KeyVault", properties={"publicNetworkAccess": "Enabled"})),
    "a vault of which it is not known": ((CLOSED,), lambda: Stack().inside(
        "KeyVault", "properties.publicNetworkAccess", UNKNOWN)),
    "a perimeter": ((CLOSED,), lambda: Stack().set("FlowLogStorage", publicNetworkAccess="SecuredByPerimeter")),
    "a token of a registry": ((CLOSED,), lambda: Stack().add(one("Token", "containerregistry:Token", "t"))),
    "a principal that is not known yet": ((ROLES,), lambda: Stack().set("VendorRole", principalId=UNKNOWN)),
    "a condition that is not read": ((ROLES,), lambda: condition(limited(PULL) + " AND soon")),
    "a condition without brackets": ((ROLES,), lambda: condition(
        "@Request[a:b] GuidEquals {x} AND @Request[a:c] GuidEquals {x} OR @Request[a:d] GuidEquals {x}")),
    "a condition on who asks": ((ROLES,), lambda: condition(limited(PULL).replace(
        f"@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{PULL}}}",
        "@Principal[Microsoft.Directory/CustomSecurityAttributes/Value:A] StringEquals 'x'"))),
    "a condition of the first version": ((ROLES,), lambda: condition(limited(PULL), "1.0")),
    "a type that gives roles in its own way": ((ROLES,), lambda: Stack().add(
        one("New", "documentdb:SqlResourceSqlRoleAssignment", "r"))),
    "an approver that is not known": ((ACCESS,), lambda: Stack().inside(
        "AccessPolicy", "approvalSettings.approvalStages.0.primaryApprovers.0.objectId", UNKNOWN)),
    "a group above is left out": ((GUARDRAILS,), lambda: Stack().set(
        "AllowedLocations", notScopes=["/providers/Microsoft.Management/managementGroups/other"])),
    "a policy that selects": ((GUARDRAILS,), lambda: Stack().set(
        "AllowedLocations", resourceSelectors=[{"name": "x"}])),
    "a query of another form": ((GUARDRAILS,), lambda: Stack().inside(
        "GuardrailChanges", "criteria.allOf.0.query", 'AzureActivity | where OperationNameValue has "delete"')),
    "an alert that looks away for a while": ((GUARDRAILS,), lambda: Stack().set(
        "GuardrailChanges", evaluationFrequency="PT1H", windowSize="PT30M")),
    "an alert on one dimension": ((GUARDRAILS,), lambda: Stack().inside(
        "GuardrailChanges", "criteria.allOf.0.dimensions", [{"name": "Caller", "operator": "Include"}])),
    "an alert above a threshold": ((GUARDRAILS,), lambda: Stack().inside(
        "GuardrailChanges", "criteria.allOf.0.threshold", 5)),
    "subjects that are compared by an expression": ((FEDERATED,), lambda: Stack().add(one(
        "Flexible", "azuread:index/applicationFlexibleFederatedIdentityCredential:"
        "ApplicationFlexibleFederatedIdentityCredential", "f"))),
    "a subject that somebody else changed": ((FEDERATED,), lambda: drifted(
        "ControlPlaneCredential", subject="ARN:aws:iam::111122223333:role/conveyor-control-plane")),
}
"""What nobody can know, and the claims that it leaves undecided."""


@pytest.mark.parametrize("what", DOUBT)
def test_what_is_not_known_is_undecided(what):
    """What is not known, or not read, is neither proved nor refuted, and says why."""
    names, change = DOUBT[what]
    report = change().report(*names)
    assert {result.claim.id: str(result.answer.verdict) for result in report.results} == dict.fromkeys(
        names, "undecided")
    assert all(result.answer.notes for result in report.results)


def test_all_of_it_is_proved():
    """Of the good stack every claim about Azure is asked, and proved; nothing else is asked."""
    assert Stack().verdicts() == dict.fromkeys(CLAIMS, "proved")


@pytest.mark.parametrize("name", CLAIMS)
def test_each_claim_has_its_changes(name):
    """Each claim is refuted by three changes at least, undecided by one, and stands one harmless change."""
    assert sum(1 for broken, _ in WORSE.values() if broken == name) >= 3
    assert any(name in names for names, _ in DOUBT.values())
    assert any(name in names for _, names in SAME.values())


