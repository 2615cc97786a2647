"""plan with cloud: azure: what will exist, in words and as JSON alike."""

import json
import re
from ipaddress import ip_network

import pytest

ZONE = ("/subscriptions/0a1b2c3d-0000-4000-8000-000000000006/resourceGroups/hub/providers/Microsoft.Network/"
        "privateDnsZones/privatelink.azurecr.io")
VNET = ("/subscriptions/0a1b2c3d-0000-4000-8000-000000000002/resourceGroups/mine/providers/Microsoft.Network/"
        "virtualNetworks/mine")
BILLING = "/providers/Microsoft.Billing/billingAccounts/1/enrollmentAccounts/2"
ALONE = {"azure.vnet": ...}
INSIDE = {"azure.guardrails_inside_subscription": "accepted", "azure.guardrails.subscription_id": ...,
          "azure.management_group": ..., "azure.guardrails.budget": ...}
BROUGHT = {"network": ..., "azure.vnet": {"existing": {
    "vnet": VNET, "node_subnet": f"{VNET}/subnets/nodes", "private_endpoint_subnet": f"{VNET}/subnets/doors",
    "cidrs": ["10.1.0.0/16"]}}}
CASES = {
    "hub": {},
    "central zone": {"azure.vnet.private_dns_zones": {"privatelink.azurecr.io": ZONE}},
    "alone": ALONE,
    "firewall": {"azure.vnet": {"egress": "firewall"}},
    "load balancer": {"azure.vnet": {"inbound": "load-balancer"}, "azure.control_plane.cidrs": ["8.8.8.0/24"],
                      "azure.control_plane.tunnel": ...},
    "brought": BROUGHT,
    "new subscription": {"azure.subscription_id": ..., "azure.billing_scope": BILLING},
    "service principal": {"azure.access": {"by": "service-principal", "role": "installer",
                                           "service_principal": "0a1b2c3d-0000-4000-8000-000000000009"},
                          "azure.connected_organization": ...},
    "owner": {"azure.access.role": "owner", "azure.control_plane.issuer": ..., "azure.control_plane.subject": ...},
    "disabled": {"vendor_access": "disabled"},
    "inside": INSIDE,
    "no services": {"azure.services": {"key_vault": False, "log_workspace": False, "container_registry": False}},
    "brought, central zone": BROUGHT | {"azure.vnet.private_dns_zones": {"privatelink.azurecr.io": ZONE}},
    "brought, installer": BROUGHT | {"azure.access.role": "installer"},
    "moved": {"azure.move_to_management_group": True},
    "stays": {"azure.management_group": ..., "azure.guardrail_scope":
              "/providers/Microsoft.Management/managementGroups/top"},
    "further path": {"outbound": [{"component": "Time", "kind": "cidr", "destination": "203.0.113.7/32", "protocol":
                                   "UDP", "port": 123, "data": "the time", "why": "Clocks must agree."}]},
}


@pytest.fixture
def both(run, azure):
    """The plan of a case: as JSON, and in words with line breaks and runs of blanks made one blank."""

    def both(changes, *more):
        file = azure(changes)
        told, said = run("plan", "-f", file, "--json"), run("plan", "-f", file, *more)
        assert (told.code, told.err, said.code, said.err) == (0, "", 0, "")
        return json.loads(told.out), " ".join(said.out.split())

    return both


def texts(value):
    """Every text and number under a value, but what is true, false or nothing."""
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in texts(part)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


@pytest.mark.parametrize("case", CASES)
def test_words_and_json_agree(both, case):
    """Every name, id, address and reason that --json says is in the words, but what only a machine reads."""
    told, words = both(CASES[case], "--purposes")
    for alert in told["guardrails"]["alerts"]:
        del alert["query"]
    for policy in told["guardrails"]["policies"]:
        del policy["definition"], policy["scope"]
    for part in ("activity_log", "budget"):
        if told["guardrails"][part]:
            told["guardrails"][part].pop("categories", None)
    for row in told["network"]["security_groups"]:
        for rule in row["rules"]:
            rule["protocol"] = rule["protocol"].upper() if rule["protocol"] != "*" else ""
    for path in told["outbound"]:
        del path["kind"], path["why"]
    for row in told["log_providers"]:
        del row["namespace"]
    for role in told["access"]["custom_roles"]:
        for row in role["actions"]:
            del row["source"]
    access, egress = told["access"], told["network"]["egress"]
    if access["machine_identity"]:
        for one in access["machine_identity"]["credentials"]:
            del one["name"], one["audience"]
    for row in access.pop("assignable"):
        assert f"{row['role']} " in words
        assert row["why"] in words
    for row in told["role_assignments"]:
        del row["principal_type"], row["assigns"], row["name"]
    for row in egress["passes"]:
        del row["rule"]
    for row in told["network"]["private_endpoints"]:
        del row["subnet"]
    for peering in (told["network"]["hub"] or {"peerings": []})["peerings"]:
        del peering["resource_group"]
    del access["by"], egress["kind"], told["network"]["inbound"]["kind"], told["tags"], told["costs"], told["cloud"]
    assert [text for text in texts(told) if " ".join(text.split()) not in words] == []


@pytest.mark.parametrize("case", CASES)
def test_summary_counts(both, case):
    """The summary counts what --json lists."""
    told, words = both(CASES[case])
    assert words.startswith(told["summary"])
    network = told["network"]
    counts = {"role assignment": told["role_assignments"], "policy assignment": told["guardrails"]["policies"],
              "alert": told["guardrails"]["alerts"], "subnet": network["subnets"],
              "private endpoint": network["private_endpoints"], "service": told["services"]}
    for noun, rows in counts.items():
        found = re.findall(rf"(\d+) {noun}s?[,;]", told["summary"])
        assert found == ([str(len(rows))] if rows else []), noun


def test_resource_providers(both):
    """Each resource provider has its reason and the line that registers it."""
    told, words = both({})
    assert told["providers"]
    for row in told["providers"]:
        assert row["command"].endswith(f"--namespace {row['namespace']}")
        assert row["command"] in words


def test_new_subscription(both):
    """A subscription that is made has a placeholder for its id, and it is said that it is not cancelled."""
    told, words = both(CASES["new subscription"])
    assert told["subscription"]["id"] == "${SubscriptionId}"
    assert told["subscription"]["alias"]["billing_scope"] == BILLING
    assert "${SubscriptionId} stands for the id of the new subscription" in words
    assert "does not cancel the subscription" in words


def test_log_providers(both):
    """The log subscription's resource providers have a line each, in that subscription; logs inside need none."""
    told, words = both({})
    assert [row["command"] for row in told["log_providers"]] == [
        f"az provider register --subscription {told['guardrails']['activity_log']['subscription']} --namespace {name}"
        for name in ("Microsoft.Insights", "Microsoft.ManagedIdentity", "Microsoft.OperationalInsights",
                     "Microsoft.Storage")]
    assert all(row["command"] in words for row in told["log_providers"])
    assert both(CASES["inside"])[0]["log_providers"] == []


@pytest.mark.parametrize(("case", "moved", "said"), [
    ("hub", False, "held by the management group conveyor-acme"),
    ("moved", True, "moved to the management group conveyor-acme"),
    ("new subscription", False, "made in the management group conveyor-acme"),
    ("stays", False, "stays in the management group it is in")])
def test_management_group(both, case, moved, said):
    """The subscription is said to be held by its group, moved into it, made in it, or to stay where it is."""
    told, words = both(CASES[case])
    assert told["subscription"]["moved"] is moved
    assert said in words


@pytest.mark.parametrize(("case", "role", "assigns"), [
    ("hub", "Owner", "only those listed below"), ("owner", "Owner", "any role"),
    ("service principal", "conveyor-acme-installer-[0-9a-f]{8}", "no role")])
def test_roles(both, case, role, assigns):
    """Who holds which role is told with the condition, and with the roles that it lets be assigned."""
    told, words = both(CASES[case])
    (held,) = [row for row in told["role_assignments"] if row["name"] == "VendorRole"]
    assert re.fullmatch(role, held["role"])
    assert re.search(rf"{re.escape(held['principal'])} {role} {held['scope']} {assigns}", words)
    constrained = assigns == "only those listed below"
    assert (held["condition"] is not None) == (held["assigns"] is not None) == constrained
    assert bool(told["access"]["assignable"]) == ("Roles that a condition lets be assigned" in words) == constrained
    assert all(row["why"] for row in told["access"]["assignable"])


@pytest.mark.parametrize("case", CASES)
def test_only_an_owner_assigns_roles(both, case):
    """Nobody but an owner is told to assign roles, and what an owner who is constrained may assign is one list."""
    told, words = both(CASES[case])
    rows = told["role_assignments"]
    assert {row["name"] for row in rows if row["condition"] or row["assigns"]} <= {"VendorRole"}
    lists = [row["assigns"] for row in rows if row["assigns"] is not None]
    assert lists == ([[row["role"] for row in told["access"]["assignable"]]] if told["access"]["assignable"] else [])
    for row in rows:
        may = ("only those listed below" if row["condition"] else "any role") if row["role"] == "Owner" else "no role"
        assert f"{row['principal']} {row['role']} {row['scope']} {may} " in words


def test_custom_roles(both):
    """People who install and the machine have a custom role each, told by its name; an owner has none."""
    def names(changes):
        return [re.sub("-[0-9a-f]{8}$", "", row["name"]) for row in both(changes)[0]["access"]["custom_roles"]]

    assert names(CASES["brought, installer"]) == ["conveyor-acme-installer", "conveyor-acme-machine"]
    assert names({}) == ["conveyor-acme-machine"]
    assert names(CASES["owner"]) == []


def test_identities(both):
    """Each identity of the data plane is told with its group, and each of its roles with the one thing it is on."""
    told, words = both({})
    assert {row["name"]: row["resource_group"] for row in told["identities"]} == {
        "conveyor-acme-cluster": "conveyor-acme-identities", "conveyor-acme-kubelet": "conveyor-acme-identities",
        "conveyor-acme-workload": "conveyor-acme"}
    groups = "/subscriptions/0a1b2c3d-0000-4000-8000-000000000002/resourceGroups"
    scopes = {row["name"]: row["scope"].removeprefix(groups) for row in told["role_assignments"]}
    home, network = "/conveyor-acme/providers", "Microsoft.Network/virtualNetworks/conveyor-acme/subnets"
    assert {name: scopes[name] for name in ("ClusterNodeRole", "ClusterPodRole", "ClusterKubeletRole")} == {
        "ClusterNodeRole": f"{home}/{network}/node", "ClusterPodRole": f"{home}/{network}/pod",
        "ClusterKubeletRole": "/conveyor-acme-identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
                              "/conveyor-acme-kubelet"}
    assert scopes["KubeletRegistryRole"].startswith(f"{home}/Microsoft.ContainerRegistry/registries/cvyacme")
    assert scopes["WorkloadVaultRole"].startswith(f"{home}/Microsoft.KeyVault/vaults/cvyacme")
    for row in told["role_assignments"]:
        assert f"{row['principal']} {row['role']} {row['scope']} " in words


def test_vendor_access_disabled(both):
    """Where vendor access is disabled no role of the vendor's is told, and the rest is."""
    told, words = both(CASES["disabled"])
    assert [row["name"] for row in told["role_assignments"]] == [
        "ClusterNodeRole", "ClusterPodRole", "ClusterKubeletRole", "KubeletRegistryRole", "WorkloadVaultRole",
        "AlertRole", "FlowLogRole"]
    assert told["access"]["assignable"] == []
    assert "neither the vendor's team nor its control plane holds a role" in words
    assert told["access"]["access_package"]


@pytest.mark.parametrize(("case", "said"), [
    ("inside", "policies and budget and the exported activity log and its alerts. Its owners can remove them"),
    ("new subscription", "the first `pulumi up` stops after it is made"),
    ("owner", "Owner without a condition"), ("hub", "holds the assignment of roles only"),
    ("brought", "The network is brought")])
def test_warnings(both, case, said):
    """What was accepted and should be read twice is a warning right below the summary."""
    told, words = both(CASES[case])
    assert any(said in text for text in told["warnings"])
    assert words.startswith(f"{told['summary']} WARNING: {told['warnings'][0]}")


@pytest.mark.parametrize(("tenant", "subject", "names"), [
    ("acme", "arn:aws:iam::111122223333:role/tenants/acme", True), ("acme", ..., False),
    ("acme", "system:serviceaccount:tenants:acme", True), ("acme", "conveyor-acme", True),
    ("acme", "arn:aws:iam::111122223333:role/tenants/acmeco", False),
    ("role", "arn:aws:iam::111122223333:role/conveyor", False), ("conv", "conveyor-control-plane", False)])
def test_a_subject_of_everybody(both, tenant, subject, names):
    """A subject that does not name the tenant as a word of its own may be that of all the vendor's customers: a
    warning says so, with the subject."""
    told, _ = both({"tenant": tenant, "azure.control_plane.subject": subject})
    subject = "arn:aws:iam::111122223333:role/conveyor-control-plane" if subject is ... else subject
    found = [text for text in told["warnings"] if f"accepts {subject}, which does not name this tenant" in text]
    assert len(found) == (not names)


def test_no_warning(both):
    """With guard rails outside, the narrow role and a network of ours there is nothing to warn of."""
    told, words = both(CASES["service principal"])
    assert told["warnings"] == []
    assert "WARNING" not in words


def test_one_guard_rail_inside(both):
    """Where only the log store is inside, only that is warned of."""
    told, _ = both({"azure.guardrails_inside_subscription": "accepted", "azure.guardrails.subscription_id": ...})
    assert any("handed over: the exported activity log and its alerts. Its" in text for text in told["warnings"])


def test_machine(both):
    """The control plane's identity works in the resource group only, and in a network that is brought; of the other
    group it reaches two identities, to give them to a cluster."""
    def scopes(told):
        return {row["scope"]: re.sub("-[0-9a-f]{8}$", "", row["role"]) for row in told["role_assignments"]
                if row["principal"] == "managed identity conveyor-acme-machine"}

    group = "/subscriptions/0a1b2c3d-0000-4000-8000-000000000002/resourceGroups/conveyor-acme"
    kept = f"{group}-identities/providers/Microsoft.ManagedIdentity/userAssignedIdentities/conveyor-acme"
    given_ones = {f"{kept}-{what}": "Managed Identity Operator" for what in ("cluster", "kubelet")}
    assert scopes(both({})[0]) == {group: "conveyor-acme-machine", **given_ones}
    assert scopes(both(BROUGHT)[0]) == {group: "conveyor-acme-machine", VNET: "conveyor-acme-machine", **given_ones}


@pytest.mark.parametrize("case", ["hub", "firewall", "alone"])
def test_addresses(both, case):
    """Subnets and what is kept free are the primary block and the pods' whole; Azure keeps five of each subnet."""
    told, words = both(CASES[case])
    network = told["network"]
    blocks = [row["cidr"] for row in network["subnets"]] + list(network["kept_free"].values())
    sizes = sum(ip_network(block).num_addresses for block in blocks)
    assert sizes == sum(ip_network(block).num_addresses for block in network["vnet"]["cidrs"])
    assert "AzureFirewallSubnet" in words or "Firewall" in network["kept_free"]
    for row in network["subnets"]:
        assert row["usable"] == ip_network(row["cidr"]).num_addresses - 5
        assert f"{row['cidr']} {row['usable']} " in words


@pytest.mark.parametrize(("case", "said"), [
    ("hub", "everything goes to the hub's firewall at 10.0.1.4"), ("alone", "leave by the NAT gateway conveyor-acme"),
    ("firewall", "which passes what is listed below and nothing else"), ("brought", "the network's own routes")])
def test_ways_out(both, case, said):
    """The way out is told as it is, and every path of the outbound table says what lets it through."""
    told, words = both(CASES[case])
    assert said in words
    by = {"hub": "the hub's firewall", "alone": "NAT gateway", "firewall": "firewall", "brought": "your own network"}
    assert {row["by"] for row in told["outbound"]} == {by[case]}


@pytest.mark.parametrize("case", ["hub", "firewall"])
def test_what_a_firewall_passes(both, case):
    """A firewall, ours or the hub's, passes the destinations of the outbound table and no others."""
    told, words = both({**CASES[case], **CASES["further path"]})
    passed = {(row["protocol"], row["port"], where) for row in told["network"]["egress"]["passes"]
              for where in (*row["names"], *row["cidrs"])}
    assert passed == {(row["protocol"], row["port"], row["destination"]) for row in told["outbound"]}
    assert ("UDP", 123, "203.0.113.7/32") in passed
    whose = "The hub's firewall must pass" if case == "hub" else "The firewall passes"
    assert f"{whose}, from 10.40.0.0/16 and 100.64.0.0/16" in words


def test_ways_in(both):
    """Nobody calls in through a tunnel; a load balancer admits the control plane's addresses only."""
    assert "Ways in None: nobody calls in. The data plane opens a tunnel to the control plane, at tunnel.conveyor" in (
        both({})[1])
    told, words = both(CASES["load balancer"])
    assert told["network"]["inbound"]["callers"] == ["8.8.8.0/24"]
    assert "for these addresses of the control plane only: 8.8.8.0/24" in words


@pytest.mark.parametrize("case", ["hub", "load balancer"])
def test_security_rules(both, case):
    """Rules are told in the direction of their name, and each group ends by denying the rest both ways."""
    told, words = both(CASES[case])
    for group in told["network"]["security_groups"]:
        for row in group["rules"]:
            assert row["direction"] == ("out" if row["name"].startswith("out-") else row["name"].rpartition("-")[2])
            assert f"{row['name']} {row['direction']} {row['access']} " in words
        assert {(row["direction"], row["access"]) for row in group["rules"] if row["priority"] == 4096} == {
            ("in", "deny"), ("out", "deny")}


def test_hub(both):
    """Both directions of the peering are told, each with the rights it needs on both networks."""
    told, _ = both({})
    there, back = told["network"]["hub"]["peerings"]
    assert (there["to"], back["to"]) == (told["network"]["hub"]["vnet"], "conveyor-acme")
    assert there["subscription"] != back["subscription"]
    for peering in (there, back):
        assert [row["on"] for row in peering["rights"]] == [peering["of"], peering["to"]]
        assert peering["rights"][1]["actions"] == ["Microsoft.Network/virtualNetworks/peer/action"]


def test_zones(both):
    """A central zone is told by its id with what linking it needs, others as made here."""
    told, words = both(CASES["central zone"])
    assert {row["name"]: row["id"] for row in told["network"]["private_zones"]} == {
        "privatelink.vaultcore.azure.net": None, "privatelink.azurecr.io": ZONE}
    links = {row["name"]: row["link"] for row in told["network"]["private_zones"]}
    assert all(links.values())
    assert f"central, {ZONE}; linked to the network by {links['privatelink.azurecr.io']};" in words
    assert "Private DNS Zone Contributor on it" in words


def test_zones_of_a_brought_network(both):
    """Where the network is brought, a central zone is told to get no link, and one that is made here to get one."""
    told, words = both(CASES["brought, central zone"])
    links = {row["name"]: row["link"] for row in told["network"]["private_zones"]}
    assert links["privatelink.azurecr.io"] is None
    assert f"central, {ZONE}; asked by the network already, not linked; whoever deploys needs" in words
    assert f"made here; linked to the network by {links['privatelink.vaultcore.azure.net']}" in words


def test_silence(both):
    """That nothing of the activity log came is told of, as an alert of its own."""
    told, words = both({})
    assert [row["name"] for row in told["guardrails"]["alerts"]] == [
        "conveyor-acme-role-changes", "conveyor-acme-guardrail-changes", "conveyor-acme-silence"]
    assert "conveyor-acme-silence Nothing of the activity log has come for a day" in words


def test_purposes(both):
    """--purposes adds every action of the custom role and every rule in full; without it they are counted."""
    told, without = both({})
    _, words = both({}, "--purposes")
    (role,) = told["access"]["custom_roles"]
    actions = [action for row in role["actions"] for action in row["actions"]]
    assert f"{len(actions)} actions (--purposes)" in without
    assert all(action in words and action not in without for action in actions)
    for group in told["network"]["security_groups"]:
        for row in group["rules"]:
            full = f"from {', '.join(row['sources'])} to {', '.join(row['destinations'])}: {row['why']}"
            assert full in words
            assert full not in without


def test_costs(both, run, azure, tmp_path):
    """The estimate is of the file's region, and says its currency and its date."""
    told, words = both({})
    assert told["costs"]["region"] == "westeurope"
    assert f"Estimate of a month in westeurope, in {told['costs']['currency']}" in words


def test_bad_prices(run, azure, tmp_path):
    """Faults of the file and of the price table are told together."""
    (tmp_path / "mine.toml").write_text("price = [")
    answer = run("plan", "-f", azure({"azure.tenant_id": "x"}), "--prices", tmp_path / "mine.toml")
    assert (answer.code, answer.out) == (2, "")
    assert re.findall("^error: (.+?): ", answer.err, re.MULTILINE) == ["azure.tenant_id", "--prices"]


def test_every_fault(run, azure, tmp_path):
    """A bad file gets every fault at once, each with path, value, rule and way out; nothing is written."""
    file = azure({"deployment": "dedicated", "azure.connected_organization": ..., "azure.management_group": ...,
                  "azure.subscription_id": ..., "azure.vnet.hub.cidrs": ["10.40.0.0/24"], "azure.guardrails": ...})
    answer = run("plan", "-f", file, "--json")
    faults = json.loads(answer.out)["faults"]
    assert answer.code == 2
    assert {"deployment", "azure.connected_organization", "azure.guardrail_scope", "azure.subscription_id",
            "network.cidr", "azure.guardrails.subscription_id"} <= {fault["path"] for fault in faults}
    assert all(set(fault) == {"path", "value", "rule", "way_out"} and all(fault.values()) for fault in faults)
    assert list(tmp_path.iterdir()) == [file]


def test_deterministic(real, azure):
    """The same file gives the same bytes, whatever order Python's sets have."""
    first, second = (real("plan", "-f", azure(), "--json", cwd=azure().parent, PYTHONHASHSEED=seed) for seed in "12")
    assert first.code == 0
    assert first.out == second.out
