"""What our things are called in Azure: names that its rules take, and that no other installation has."""

import re
import uuid
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan

ID = "0a1b2c3d-0000-4000-8000-{:012}".format
TENANTS = st.from_regex("[a-z][a-z0-9]{2,19}", fullmatch=True)
STORAGE, VAULT, REGISTRY = "[a-z0-9]{3,24}", "[a-zA-Z](?!.*--)[a-zA-Z0-9-]{1,22}[a-zA-Z0-9]", "[a-zA-Z0-9]{5,50}"
NETWORK = r"[A-Za-z0-9][\w.-]{0,78}\w"
RULES = {
    "ResourceGroup": r"[\w().-]{0,89}[\w()-]", "Storage": STORAGE, "KeyVault": VAULT, "Registry": REGISTRY,
    "Workspace": "[A-Za-z0-9][A-Za-z0-9-]{2,61}[A-Za-z0-9]", "PolicyAssignment": "[A-Za-z0-9-]{1,24}",
    "Budget": r"[A-Za-z0-9_-]{1,63}", "Identity": "[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
    "ManagedIdentity": "[A-Za-z0-9][A-Za-z0-9_-]{2,127}",
    "Credential": "[A-Za-z0-9][A-Za-z0-9_-]{2,119}", "Alert": r"[^*#&+:<>?@%{}\\/|]{1,260}(?<![ .])",
    "LogExport": r"[^*<>%:&\\?+/]{1,260}", "NetworkPlan": r"[A-Za-z0-9][\w.-]{0,62}\w", "SecurityGroup": NETWORK,
    "Subnet": NETWORK, "Peering": NETWORK, "PrivateZone": r"(?:[a-z0-9-]{1,63}\.){1,33}[a-z]{2,63}",
    "PrivateEndpoint": r"[A-Za-z0-9][\w.-]{0,62}\w", "FlowLog": NETWORK, "LoadBalancer": NETWORK, "NatGateway": NETWORK,
    "PublicAddress": NETWORK, "Firewall": r"[A-Za-z0-9][\w.-]{0,48}\w", "RouteTable": NETWORK, "Rule": NETWORK,
    "Allowed": NETWORK}
"""What Azure takes as the name of each kind of thing.

https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules; a firewall has 50 at most,
https://learn.microsoft.com/azure/firewall/firewall-faq.
"""
UUIDS = ("RoleAssignment", "CustomRole")
NEW = {"azure.subscription_id": ..., "azure.billing_scope":
       "/providers/Microsoft.Billing/billingAccounts/1234/enrollmentAccounts/5678"}


def named(value):
    """Every part of a plan that has a name in Azure."""
    if isinstance(value, tuple):
        for one in value:
            yield from named(one)
    elif is_dataclass(value):
        if hasattr(value, "azure_name"):
            yield value
        for field in fields(value):
            yield from named(getattr(value, field.name))


def read(azure, **changes):
    """The scaffolding of the good file with these changes; `tenant` and keys of azure."""
    tenant = changes.pop("tenant", "acme")
    words = {f"azure.{key}": value for key, value in changes.items()}
    return plan(Installation.read(azure({"tenant": tenant}, words))).azure


def shared(made):
    """The names that all of Azure shares."""
    return {made.services.key_vault.azure_name, made.services.registry.azure_name, made.guardrails.store.storage,
            made.network.flow_log.storage.azure_name}


@settings(max_examples=60)
@given(st.data())
def test_names_are_what_azure_takes(any_azure, data):
    """Every name in a plan fits Azure's rule for its kind, for every tenant id that is allowed."""
    made = plan(data.draw(any_azure)).azure
    for part in named(made):
        kind = type(part).__name__
        if kind in UUIDS:
            assert str(uuid.UUID(part.azure_name)) == part.azure_name
        elif kind == "Subnet" and part.kind == "Firewall":
            assert part.azure_name == "AzureFirewallSubnet"
        else:
            assert re.fullmatch(RULES[kind], part.azure_name, re.ASCII), (kind, part.azure_name)
    store, log = made.guardrails.store, made.network.flow_log
    assert str(uuid.UUID(store.reading)) == store.reading
    assert re.fullmatch(STORAGE, store.storage)
    assert re.fullmatch(RULES["Workspace"], store.workspace)
    assert log is None or (str(uuid.UUID(log.assignment)) == log.assignment
                           and re.fullmatch(RULES["Identity"], log.identity_name))
    assert made.subscription.alias is None or re.fullmatch(r"[\w.-]{1,63}", made.subscription.alias.name)


@settings(max_examples=40)
@given(st.lists(st.tuples(TENANTS, st.integers(1, 10**9), st.integers(1, 10**9)), min_size=2, max_size=5, unique=True))
def test_no_two_installations_share_a_name(azure, wanted):
    """Another tenant id, subscription or Entra tenant gives other names where all of Azure shares them."""
    made = [read(azure, tenant=tenant, tenant_id=ID(entra), subscription_id=ID(number + 10))
            for tenant, entra, number in wanted]
    every = [name for one in made for name in shared(one)]
    assert len(set(every)) == len(every)
    ids = [one.azure_name for scaffolding in made
           for one in (*scaffolding.access.assignments, *scaffolding.identities.assignments)]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("tenant", ["abc", "a" * 20, "a1" * 10])
def test_a_long_tenant_id_loses_no_difference(azure, tenant):
    """Tenant ids that differ in their last letter only have other names, however much is cut off."""
    other = f"{tenant[:-1]}z"
    assert not shared(read(azure, tenant=tenant)) & shared(read(azure, tenant=other))


@settings(max_examples=30)
@given(st.data())
def test_the_same_installation_has_the_same_names(any_azure, data):
    """Planning again gives the same names, those of role assignments included."""
    installation = data.draw(any_azure)
    again = plan(installation.model_copy(deep=True)).azure
    assert [one.azure_name for one in named(plan(installation).azure)] == [one.azure_name for one in named(again)]


def test_names_stay_when_other_things_change(azure):
    """Another network, role or switch leaves the shared names and the names of what is held as they are."""
    plain = read(azure)
    changed = read(azure, **{"vnet.egress": "firewall", "control_plane.tunnel": "tunnel.conveyor.example",
                             "services.log_workspace": False})
    assert shared(changed) == shared(plain)
    owner = read(azure, **{"access.role": "owner"})
    assert owner.access.assignments[0].azure_name == plain.access.assignments[0].azure_name
    installer = read(azure, **{"access.role": "installer"})
    assert installer.access.assignments[0].azure_name != plain.access.assignments[0].azure_name


def test_tags_say_whose_it_is(azure):
    """Ours and the customer's tags are on everything, ours with the tenant and the deployment filled in."""
    made = plan(Installation.read(azure({"tags": {"cost centre": "7"}}))).azure
    assert (made.tags["conveyor:tenant"], made.tags["conveyor:deployment"]) == ("acme", "shared")
    assert made.tags["cost centre"] == "7"
    assert not [key for key in made.tags if set(key) & set("<>%&\\?/")]


def beside(made):
    """The names that stand beside those of other installations."""
    return {made.access.group.display_name, made.access.package.display_name, made.guardrails.budget.azure_name,
            made.guardrails.store.group.azure_name, made.network.peerings[1].azure_name,
            *(role.display_name for role in made.access.roles), *(role.azure_name for role in made.access.roles),
            *(zone.link for zone in made.network.zones), *(row.azure_name for row in made.guardrails.policies),
            *([made.subscription.alias.name] if made.subscription.alias else [])}


@pytest.mark.parametrize(("one", "two"), [
    ({"azure.subscription_id": ID(81)}, {"azure.subscription_id": ID(82)}),
    (NEW | {"azure.subscription_name": "Acme"}, NEW | {"azure.subscription_name": "Acme two"}),
    (NEW, NEW | {"azure.subscription_name": "Acme two"})], ids=["old", "new", "new without a name"])
def test_what_stands_beside_others_is_called_apart(azure, one, two):
    """One tenant's data planes in two subscriptions share no name in Entra tenant, hub, management group or log
    subscription; new subscriptions are told apart by the names they are given."""
    every = {"azure.guardrails.budget": {"amount": 1, "starts": "2027-01-01"}, "azure.access.role": "installer"}
    found = [beside(plan(Installation.read(azure("hub", "machine", every, changes))).azure) for changes in (one, two)]
    assert len(found[0]) == len(found[1]) == 12
    assert found[0] & found[1] == set()


def test_the_hub_sees_whose_peering_it_is(azure):
    """The peering in the hub says where it leads, with digits, for the hub has many; ours says that it leads there."""
    ours, theirs = plan(Installation.read(azure("hub"))).azure.network.peerings
    assert ours.azure_name == "conveyor-acme-to-hub"
    assert re.fullmatch("to-conveyor-acme-[0-9a-f]{8}", theirs.azure_name)
