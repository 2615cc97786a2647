"""Ways around the claims about Azure: two places that say one thing otherwise, what is only read, words left out."""

import copy

import pytest

from conveyor_iac.proofs.azure.actions import matches
from conveyor_iac.proofs.azure.filters import ports
from conveyor_iac.proofs.azure.ids import same, within
from tests.proofs.azure.small import (
    CLAIMS,
    CONTRACT,
    GROUP,
    HUB_VNET,
    LOG,
    OURS_RG,
    OWN,
    SCOPE,
    SUB,
    TENANT,
    UNKNOWN,
    Stack,
    net,
    one,
    rule,
    subnet,
)

ADDRESS, INBOUND, EGRESS, CLOSED, ROLES, ACCESS, GUARDRAILS, FEDERATED = CLAIMS
WORKLOADS, RULES = "WorkloadGroup", "FirewallRules"
NAMES, BLOCKS = "ruleCollections.0.rules.0", "ruleCollections.1.rules.0"
OPEN = rule("open", 50, "Inbound", "Allow", ports="22")
HOLE = {"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}
INLINE = [{"name": "node", "addressPrefix": "10.40.0.0/17", "defaultOutboundAccess": False}]
DEFINITION = f"{SCOPE}/providers/Microsoft.Authorization/policyDefinitions/own"
ALIAS = {"subscriptionId": TENANT, "additionalProperties": {"subscriptionOwnerId": TENANT}}


def read(row):
    """A resource that is only read."""
    return {**row, "external": True}


def twin(name, *, external):
    """The stack with a good copy of a resource before it, of the same id."""
    stack = Stack()
    row = {**copy.deepcopy(stack.rows[name]), "name": "Twin", "external": external}
    stack.rows = {"Twin": row, **stack.rows}
    return stack


def written_twice(priority):
    """A rule of its own that has the name of one within the group."""
    return Stack().add(one("Open", "network:SecurityRule",
                           f"{net('networkSecurityGroups', 'workloads')}/securityRules/own-in",
                           **{**OPEN, "name": "own-in", "priority": priority}))


def by_id(stack):
    """The contract names the vendor's group by its id."""
    return stack.agree(roles=[{**CONTRACT["azure"]["roles"][0], "principal": GROUP}, *CONTRACT["azure"]["roles"][1:]])


def unread(name, type_, **values):
    """A further resource that is opened by what it is."""
    return Stack().add(one(name, type_, f"{OURS_RG}/more/{name}", **values))


def of(group):
    """The node subnet with another security group."""
    return Stack().add(read(group)).set("NodeSubnet", networkSecurityGroup={"id": group["id"]})


def passing(**words):
    """A rule of the firewall with other words."""
    return Stack().inside(RULES, BLOCKS, {
        "name": "w", "ruleType": "NetworkRule", "destinationAddresses": ["*"], **words})


REFUTED = {
    "a group that is only read": (INBOUND, lambda: of(one("Theirs", "network:NetworkSecurityGroup", net(
        "networkSecurityGroups", "theirs"), securityRules=[OPEN]))),
    "a group of a subnet that is only read": (INBOUND, lambda: Stack().add(read(subnet(
        "Theirs", "theirs", "10.40.192.0/24", networkSecurityGroup={"id": net("networkSecurityGroups", "workloads")}))
        ).more(WORKLOADS, "securityRules", {**OPEN, "destinationAddressPrefix": "10.40.192.0/24"})),
    "a group that is read before": (INBOUND, lambda: twin(WORKLOADS, external=True).more(
        WORKLOADS, "securityRules", OPEN)),
    "a table that is read before": (EGRESS, lambda: twin("RouteTable", external=True).inside(
        "RouteTable", "routes.0", HOLE)),
    "an address that is only read": (ADDRESS, lambda: Stack().add(read(one(
        "Other", "network:PublicIPAddress", net("publicIPAddresses", "other")))).more(
            "Firewall", "ipConfigurations", {"name": "two", "publicIPAddress": {
                "id": net("publicIPAddresses", "other")}})),
    "a named subnet that is only read": (ADDRESS, lambda: Stack().add(read(Stack().rows["NodeSubnet"])).set(
        "NodeSubnet", defaultOutboundAccess=True)),
    "blocks of the sixth version": (CLOSED, lambda: Stack().inside(
        "FlowLogStorage", "networkRuleSet.ipv6Rules", [{"iPAddressOrRange": "::/0"}])),
    "a named vault that is only read": (CLOSED, lambda: Stack().add(read(Stack().rows["KeyVault"])).inside(
        "KeyVault", "properties.publicNetworkAccess", "Enabled")),
    "a member of a group that is agreed by its id": (ROLES, lambda: by_id(Stack()).add(one(
        "Member", "azuread:index/groupMember:GroupMember", "m", groupObjectId=f"/groups/{GROUP}/"))),
    "members of a group that is agreed by its id": (ROLES, lambda: by_id(Stack()).set("VendorGroup", members=[TENANT])),
    "a public group": (ROLES, lambda: Stack().set("VendorGroup", types=["Unified"], visibility="Public")),
    "an owner by the alias": (ROLES, lambda: unread("Alias", "subscription:Alias", properties=ALIAS)),
    "a named definition that is only read": (ROLES, lambda: Stack().add(read(Stack().rows["InstallerRole"])).inside(
        "InstallerRole", "permissions.0.actions", ["*"])),
    "the group approves itself by its id": (ACCESS, lambda: by_id(Stack()).inside(
        "AccessPolicy", "approvalSettings.approvalStages.0.primaryApprovers.0.objectId", GROUP)),
    "somebody holds a role of the catalog": (ACCESS, lambda: unread(
        "Manager", "azuread:index/accessPackageCatalogRoleAssignment:AccessPackageCatalogRoleAssignment")),
    "a budget inside, without the first slash": (GUARDRAILS, lambda: Stack().set(
        "Budget", scope=f"subscriptions/{SUB}")),
    "left out without the first slash": (GUARDRAILS, lambda: Stack().set(
        "AllowedLocations", notScopes=[f"subscriptions/{SUB}/"])),
    "policies in another subscription": (GUARDRAILS, lambda: Stack().agree(guardrail_scope=LOG).set(
        "AllowedLocations", scope=f"/subscriptions/{LOG}")),
    "a scope below a management group": (GUARDRAILS, lambda: Stack().agree(
        guardrail_scope=f"{SCOPE}/subscriptions/{SUB}").set("AllowedLocations", scope=f"{SCOPE}/subscriptions/{SUB}")),
    "exemptions for whoever wants one": (GUARDRAILS, lambda: Stack().set(
        "AllowedLocations", selfServeExemptionSettings={"enabled": True})),
    "an effect in other letters": (GUARDRAILS, lambda: Stack().inside(
        "AllowedLocations", "parameters.Effect", {"value": "Audit"})),
    "an alert that makes a metric": (GUARDRAILS, lambda: Stack().set("GuardrailChanges", kind="LogToMetric")),
    "contacts without anybody": (GUARDRAILS, lambda: Stack().set("Contacts", emailReceivers=[])),
    "contacts that are read before": (GUARDRAILS, lambda: twin("Contacts", external=True).set(
        "Contacts", enabled=False)),
    "a blank subject": (FEDERATED, lambda: Stack().set("ControlPlaneCredential", subject=" ")),
    "an issuer without a host": (FEDERATED, lambda: Stack().set("ControlPlaneCredential", issuer="https://")),
    "addresses the wrong way round": (EGRESS, lambda: Stack().inside(
        RULES, f"{BLOCKS}.destinationAddresses", ["198.51.200.0-198.51.100.0"])),
}
"""A way around a claim, which breaks it."""
OPEN_QUESTIONS = {
    "a rule that is written twice": (INBOUND, lambda: written_twice(100)),
    "a rule that is written twice, in another order": (INBOUND, lambda: written_twice(50)),
    "a route that is written twice": (EGRESS, lambda: Stack().add(one(
        "Hole", "network:Route", f"{net('routeTables', 'table')}/routes/out", **HOLE))),
    "a rule that is not known": (INBOUND, lambda: Stack().more(WORKLOADS, "securityRules", UNKNOWN)),
    "a rule without a direction": (INBOUND, lambda: Stack().more(
        WORKLOADS, "securityRules", {**OPEN, "direction": ""})),
    "a peering within the network": (EGRESS, lambda: Stack().set("Vnet", virtualNetworkPeerings=[
        {"name": "peer", "remoteVirtualNetwork": {"id": HUB_VNET}, "useRemoteGateways": True}])),
    "a subnet that is written twice, inwards": (INBOUND, lambda: Stack().set("Vnet", subnets=INLINE)),
    "a subnet that is written twice, outwards": (EGRESS, lambda: Stack().set("Vnet", subnets=INLINE)),
    "two tables of one id": (EGRESS, lambda: twin("RouteTable", external=False)),
    "a gateway of a whole network": (EGRESS, lambda: unread("Nat", "network:NatGateway", sourceVirtualNetwork={
        "id": net("virtualNetworks", "vnet")})),
    "a rule without ports": (EGRESS, lambda: passing(ipProtocols=["TCP"])),
    "a rule without protocols": (EGRESS, lambda: passing(destinationPorts=["*"])),
    "ports the wrong way round": (EGRESS, lambda: passing(ipProtocols=["TCP"], destinationPorts=["6000-5000"])),
    "a name without protocols": (EGRESS, lambda: Stack().inside(RULES, f"{NAMES}.protocols", [])),
    "a collection of a kind that is not known": (INBOUND, lambda: Stack().more(RULES, "ruleCollections", {
        "name": "in", "ruleCollectionType": UNKNOWN, "rules": [{"name": "web", "sourceAddresses": ["*"]}]})),
    "a private link of a gateway": (INBOUND, lambda: unread(
        "Gateway", "network:ApplicationGateway", privateLinkConfigurations=[{"name": "in"}])),
    "a perimeter about a service": (CLOSED, lambda: unread("Around", "network:NetworkSecurityPerimeterAssociation")),
    "a website of an account": (CLOSED, lambda: unread(
        "Blobs", "storage:BlobServiceProperties", staticWebsite={"enabled": True})),
    "a policy of our own that only tells": (GUARDRAILS, lambda: Stack().add(one(
        "Own", "authorization:PolicyDefinitionAtManagementGroup", DEFINITION,
        policyRule={"then": {"effect": "audit"}})).set("AllowedLocations", policyDefinitionId=DEFINITION)),
    "alerts that are mute for a while": (GUARDRAILS, lambda: Stack().set(
        "GuardrailChanges", muteActionsDuration="P1D")),
    "alerts that look at another span": (GUARDRAILS, lambda: Stack().set(
        "GuardrailChanges", overrideQueryTimeRange="PT1M")),
    "a rule that keeps alerts back": (GUARDRAILS, lambda: unread(
        "Quiet", "alertsmanagement:AlertProcessingRuleByName")),
    "a workspace that stops": (GUARDRAILS, lambda: Stack().set(
        "ActivityWorkspace", workspaceCapping={"dailyQuotaGb": 0.02})),
    "a workspace behind a rule": (GUARDRAILS, lambda: Stack().set(
        "ActivityWorkspace", defaultDataCollectionRuleResourceId="/rule")),
    "claims that an expression compares": (FEDERATED, lambda: Stack().set(
        "ControlPlaneCredential", claimsMatchingExpression={"value": "claims['sub'] matches '*'"})),
}
"""What nobody can know, or is not read, of a claim."""
HARMLESS = {
    "ids without the first slash": (GUARDRAILS, lambda: Stack().set("AllowedLocations", scope=SCOPE[1:]).set(
        "ActivityLogExport", resourceUri=f"subscriptions/{SUB}/")),
    "a second export": (GUARDRAILS, lambda: Stack().add(one(
        "More", "monitor:DiagnosticSetting", "/more", resourceUri=f"/subscriptions/{SUB}",
        logs=[{"category": "Security", "enabled": True}]))),
    "alerts of one row or more": (GUARDRAILS, lambda: Stack().inside(
        "RoleChanges", "criteria.allOf.0.threshold", 1).inside(
            "RoleChanges", "criteria.allOf.0.operator", "GreaterThanOrEqual")),
    "a plan against floods that lists what it protects": (ADDRESS, lambda: unread(
        "Plan", "network:DdosProtectionPlan", publicIPAddresses=[{"id": net("publicIPAddresses", "firewall")}])),
    "a rule that is written twice alike": (INBOUND, lambda: Stack().add(one(
        "Again", "network:SecurityRule", f"{net('networkSecurityGroups', 'workloads')}/securityRules/own-in",
        **rule("own-in", 100, "INBOUND", "allow", sources=["100.64.0.0/16", OWN], targets=[OWN, "100.64.0.0/16"])))),
}
"""A change that is none."""
CASES = [(word, what, *case) for word, cases in (
    ("refuted", REFUTED), ("undecided", OPEN_QUESTIONS), ("proved", HARMLESS)) for what, case in cases.items()]


@pytest.mark.parametrize(("word", "name", "change"), [case[:1] + case[2:] for case in CASES],
                         ids=[what for _, what, *_ in CASES])
def test_no_way_leads_around(word, name, change):
    """What breaks a claim refutes it, what cannot be read leaves it open, and what is no change is none."""
    answer = change().answer(name)
    assert str(answer.verdict) == word, (answer.counterexample, answer.notes)


@pytest.mark.parametrize("text", ["", "443-", "90-80", "65536", "x"])
def test_what_are_no_ports_are_not_read(text):
    """Ports that no packet has are none, and leave a rule unread."""
    assert ports([text]) is None
    assert ports([]) is None


@pytest.mark.parametrize(("pattern", "held"), [
    ("*", True), ("a/b/c", True), ("A/*", True), ("*/C", True), ("a/*/c", True), ("a*b*c", True), ("a/b/c*", True),
    ("**a**c", True), ("a/b", False), ("*/b", False), ("a/b/c/*", False), ("a/*c/c", False), ("a?b/c", False)])
def test_patterns_of_actions(pattern, held):
    """A star stands for any text, also for none, and nothing else is a pattern."""
    assert matches(pattern, "a/b/c") is held


def test_many_stars_are_read_at_once():
    """A pattern of many stars takes no more time than another one."""
    assert not matches("*a" * 60 + "x", "a" * 120)


def test_ids_compare_without_their_slashes():
    """An id is the same with or without its outer slashes; one that only begins like another lies not in it."""
    assert same("/subscriptions/A", "subscriptions/a/")
    assert within("subscriptions/a/resourceGroups/x", "/subscriptions/A")
    assert within("/subscriptions/a", "/")
    assert not within("/subscriptions/ab", "/subscriptions/a")
