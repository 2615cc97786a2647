"""The plan of a data plane on Azure: from one file always the same, with nothing open but a subscription to be made."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.catalogue import azure as catalogue

EXAMPLE = Path(__file__).parents[3] / "examples/azure-shared.yaml"
BILLING = "/providers/Microsoft.Billing/billingAccounts/1234/enrollmentAccounts/5678"
ALONE = {"azure.vnet.hub": ...}
GROUP = "/subscriptions/0a1b2c3d-0000-4000-8000-000000000002/resourceGroups/net/providers/Microsoft.Network"
SHAPES = {
    "as it is": ({}, "hub"),
    "nat-gateway alone": (ALONE, "nat-gateway"),
    "firewall alone": (ALONE | {"azure.vnet.egress": "firewall"}, "firewall"),
    "existing network": ({"network": {}, "azure.vnet": {"existing": {
        "vnet": f"{GROUP}/virtualNetworks/own", "node_subnet": f"{GROUP}/virtualNetworks/own/subnets/nodes",
        "private_endpoint_subnet": f"{GROUP}/virtualNetworks/own/subnets/doors", "cidrs": ["10.40.0.0/16"]}}}, "yours"),
    "billing scope": ({"azure.subscription_id": ..., "azure.billing_scope": BILLING}, "hub"),
    "service principal": ({"azure.connected_organization": ..., "azure.access": {
        "by": "service-principal", "service_principal": "0a1b2c3d-0000-4000-8000-000000000007"}}, "hub"),
    "load balancer": (ALONE | {"azure.vnet.inbound": "load-balancer",
                               "azure.control_plane.cidrs": ["52.16.0.0/30"],
                               "azure.control_plane.tunnel": ...}, "nat-gateway"),
}


def changed(words, changes):
    """The words with these values at their dotted paths; `...` takes a key out."""
    for path, value in changes.items():
        *above, last = path.split(".")
        holder = words
        for key in above:
            holder = holder.setdefault(key, {})
        holder.pop(last, None)
        holder |= {} if value is ... else {last: value}
    return words


@pytest.mark.parametrize("shape", SHAPES)
def test_the_example_passes_in_every_shape(shape):
    """The example passes the door as it is and in each other shape that is offered, and has a plan."""
    changes, way = SHAPES[shape]
    words = Installation.load(EXAMPLE).model_dump(exclude_unset=True)
    made = plan(Installation.read(changed(words, changes))).azure
    assert made.network.egress.kind == way
    assert (made.region, made.tenant) == ("westeurope", "acme")
    assert bool(made.subscription.alias) == (shape == "billing scope")


@settings(max_examples=40)
@given(st.data())
def test_the_same_file_gives_the_same_plan(any_azure, data):
    """Planning twice gives equal plans, down to the order of everything in them."""
    installation = data.draw(any_azure)
    assert plan(installation) == plan(installation.model_copy(deep=True))
    assert repr(plan(installation)) == repr(plan(installation))


@settings(max_examples=40)
@given(st.data())
def test_only_a_new_subscription_is_left_open(any_azure, texts_of, data):
    """Nothing in a plan is a placeholder but the id of a subscription that is to be made; a user's own words may look
    like one."""
    installation = data.draw(any_azure)
    theirs = tuple(row.component for row in installation.outbound)
    open_texts = {text for text in texts_of(plan(installation).azure) if "${" in text and not text.startswith(theirs)}
    assert bool(open_texts) == (installation.azure.subscription_id is None)
    assert all("${" not in text.replace("${SubscriptionId}", "") for text in open_texts)


def test_a_new_subscription_is_asked_for(azure):
    """With a billing scope an alias makes the subscription, under the name of the file or our own."""
    alias = plan(Installation.read(azure("billing"))).azure.subscription.alias
    assert alias.name.startswith("conveyor-acme-")
    assert (alias.display_name, alias.billing_scope) == (alias.name, BILLING)
    named = plan(Installation.read(azure("billing", {"azure.subscription_name": "Acme data"}))).azure.subscription
    assert named.alias.display_name == "Acme data"
    assert named.alias.name != alias.name
    assert (named.management_group, named.moved) == ("conveyor", False)


def test_an_old_subscription_is_taken(azure):
    """With an id there is no alias; its management group is the one that the file names, or nothing is known of it."""
    words = azure()["azure"]
    made = plan(Installation.read(azure())).azure.subscription
    assert (made.id, made.tenant_id, made.alias, made.management_group) == (
        words["subscription_id"], words["tenant_id"], None, "conveyor")
    left = azure({"azure.management_group": ..., "azure.guardrail_scope":
                  "/providers/Microsoft.Management/managementGroups/top"})
    assert plan(Installation.read(left)).azure.subscription.management_group is None


def test_nothing_is_moved_unasked(azure):
    """An existing subscription is moved into its management group only where the file says so."""
    asked = plan(Installation.read(azure("moved"))).azure
    left = plan(Installation.read(azure())).azure
    assert (left.subscription.management_group, left.subscription.moved) == ("conveyor", False)
    assert (asked.subscription.management_group, asked.subscription.moved) == ("conveyor", True)
    assert asked.guardrails == left.guardrails


def test_every_resource_provider_is_registered(azure):
    """There is a command for each resource provider that the product needs, for this subscription."""
    made = plan(Installation.read(azure())).azure.subscription
    assert made.registering() == tuple(
        f"az provider register --subscription {made.id} --namespace {row.namespace}"
        for row in catalogue.resource_providers())


@pytest.mark.parametrize(("services", "found"), [
    ({}, (True, True, True)), ({"key_vault": False}, (False, True, True)),
    ({"log_workspace": False}, (True, False, True)), ({"container_registry": False}, (True, True, False))])
def test_each_service_has_its_switch(azure, services, found):
    """A key vault, a log workspace and a registry are there unless they are switched off."""
    made = plan(Installation.read(azure({"azure.services": services}))).azure.services
    assert (made.key_vault is not None, made.workspace is not None, made.registry is not None) == found
