"""What the proofs are told of a data plane on Azure: every promise of the plan, in plain values."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.contract import contract
from conveyor_iac.model.catalogue import azure as catalogue

ID = "0a1b2c3d-0000-4000-8000-{:012}".format
MG = "/providers/Microsoft.Management/managementGroups/"
ASSIGNS = {"assigns": [one.id for one in catalogue.assignable_roles()]}


def told(words):
    """The contract of these words, where a program calls each part by `data-plane-` and its name."""
    return contract(plan(Installation.read(words)).azure, "data-plane-{}".format).spelled()["azure"]


@settings(max_examples=30)
@given(st.data())
def test_a_contract_is_plain(any_azure, data):
    """A contract can be written as JSON and read back, and leaves no placeholder open."""
    made = contract(plan(data.draw(any_azure)).azure, "data-plane-{}".format).spelled()
    assert json.loads(json.dumps(made)) == made
    assert "${" not in json.dumps(made)
    assert set(made) == {"azure"}


@pytest.mark.parametrize(("twin", "egress", "hop", "addresses"), [
    ("nat-gateway", "open", None, ["NatGatewayAddress"]), ("firewall", "firewall", "data-plane-Firewall",
                                                           ["FirewallAddress"]),
    ("hub", "hub", "10.0.1.4", []), ("existing", "yours", None, []),
    ("balancer", "open", None, ["NatGatewayAddress", "LoadBalancerAddress"])])
def test_ways_in_and_out(azure, twin, egress, hop, addresses):
    """The way out, its next hop and each public address that may be are those of the plan."""
    made = told(azure(twin))
    assert (made["egress"], made.get("next_hop")) == (egress, hop)
    assert made["addresses"] == [f"data-plane-{name}" for name in addresses]
    assert made["callers"] == (["52.16.0.0/30"] if twin == "balancer" else [])
    assert made["subnets"] == [f"data-plane-{kind}Subnet" for kind in ("Node", "Pod", "PrivateEndpoint")
                               if twin != "existing"]


def test_paths_are_the_outbound_table(azure):
    """The paths that may get out are the rows of the outbound table."""
    words = azure("firewall")
    assert told(words)["paths"] == [f"{path.protocol} {path.port} {path.destination}"
                                    for path in plan(Installation.read(words)).azure.outbound]


def test_what_is_closed(azure):
    """Key vault, registry and every storage account are promised closed; those that are not made are not named."""
    every = ["KeyVault", "Registry", "ActivityLogStorage", "FlowLogStorage"]
    assert told(azure())["closed"] == [f"data-plane-{name}" for name in every]
    assert told(azure("existing", {"azure.services": {"key_vault": False}}))["closed"] == [
        "data-plane-Registry", "data-plane-ActivityLogStorage"]


def held(principal, role, scope, **more):
    """A role that is promised, of a part on a part; our own roles are parts too."""
    known = role if role.startswith("data-plane-") else catalogue.role(role).id
    return {"principal": f"data-plane-{principal}", "role": known, "scope": f"data-plane-{scope}", **more}


IDENTITIES = [held("ClusterIdentity", "Network Contributor", "NodeSubnet"),
              held("ClusterIdentity", "Network Contributor", "PodSubnet"),
              held("ClusterIdentity", "Managed Identity Operator", "KubeletIdentity"),
              held("KubeletIdentity", "AcrPull", "Registry"),
              held("WorkloadIdentity", "Key Vault Secrets User", "KeyVault")]
OURS = [held("FlowLogIdentity", "Storage Blob Data Contributor", "FlowLogStorage"),
        held("AlertIdentity", "Reader", "ActivityWorkspace")]


def installing(who, role):
    """The roles of whoever installs."""
    return [held(who, f"data-plane-{role}", "ResourceGroup"),
            held(who, "Managed Identity Operator", "ClusterIdentity"),
            held(who, "Managed Identity Operator", "KubeletIdentity")]


@pytest.mark.parametrize(("asked", "vendor"), [
    ("constrained-owner", [held("VendorGroup", "Owner", "") | {"scope": ID(2)} | ASSIGNS]),
    ("owner", [held("VendorGroup", "Owner", "") | {"scope": ID(2)}]),
    ("installer", installing("VendorGroup", "InstallerRole"))], ids=["constrained-owner", "owner", "installer"])
def test_who_holds_what(azure, asked, vendor):
    """Each role that is held is told with its holder and scope, and with what it may assign where it is constrained."""
    assert told(azure("machine", {"azure.access.role": asked}))["roles"] == [
        *IDENTITIES, *vendor, *installing("MachineIdentity", "MachineInstallerRole"), *OURS]


def test_roles_of_a_brought_network(azure):
    """Where the network is brought, roles on it and on its subnets are told by their ids."""
    words = azure("existing", "machine", {"azure.access.role": "installer"})
    brought = words["azure"]["vnet"]["existing"]
    roles = told(words)["roles"]
    assert [(row["principal"], row["role"], row["scope"]) for row in roles if row["scope"].startswith("/")] == [
        ("data-plane-ClusterIdentity", catalogue.role("Network Contributor").id, brought["node_subnet"]),
        ("data-plane-VendorGroup", "data-plane-InstallerRole", brought["vnet"]),
        ("data-plane-MachineIdentity", "data-plane-MachineInstallerRole", brought["vnet"])]
    assert not [row for row in roles if row["principal"] == "data-plane-FlowLogIdentity"]


def test_disabled_access_is_promised(azure):
    """With vendor_access disabled nobody of the vendor's may hold a role; the identities of the data plane keep
    theirs."""
    assert told(azure("machine", {"vendor_access": "disabled"}))["roles"] == [*IDENTITIES, *OURS]


def test_whose_members_may_request(azure):
    """The connected organisation of the file is promised as the only one; where nobody requests there is none."""
    assert told(azure())["organizations"] == [ID(3)]
    assert told(azure({"vendor_access": "disabled"}))["organizations"] == [ID(3)]
    assert told(azure("principal"))["organizations"] == []


def test_where_guard_rails_are_promised(azure):
    """Scope and log subscription are told as they are, and a subscription that is to be made by its program's name."""
    made = told(azure())
    assert (made["subscription"], made["guardrail_scope"], made["log_subscription"], made["inside"]) == (
        ID(2), f"{MG}conveyor", ID(5), False)
    fresh = told(azure("billing", "inside"))
    assert (fresh["subscription"], fresh["guardrail_scope"], fresh["log_subscription"], fresh["inside"]) == (
        *["data-plane-Subscription"] * 3, True)
