"""What a deployment on Azure refuses, by the real engine: wrong places, wrong words; and what it never writes down."""

from collections.abc import Iterator
from typing import Any

import pytest
from pulumi import automation as auto

from conveyor_iac.pulumi.azure import AzureDeployment
from tests.engine.azure import SUBSCRIPTION, TENANT
from tests.engine.azure_variants import EXAMPLE, laid, program, recording, words
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

SECRET = "never-in-clear-text-9c1f0a"


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A provider of azure-native and azuread, signed in to another tenant and another subscription."""
    yield from recording(subscription=SUBSCRIPTION, tenant=TENANT)


def test_another_place_has_nothing(make_stack: MakeStack, recorder: Recorder) -> None:
    """With a provider of another tenant and subscription preview and up end with both faults, and nothing is made."""
    stack = make_stack(lambda: AzureDeployment("acme", words()) and None)  # type: ignore[arg-type]  # plain words
    for run in (stack.preview, stack.up):
        with pytest.raises(auto.CommandError) as refused:
            run()
        told = " ".join(str(refused.value).split())
        for path, mine, theirs in (("subscription_id", EXAMPLE["azure"]["subscription_id"], SUBSCRIPTION),
                                   ("tenant_id", EXAMPLE["azure"]["tenant_id"], TENANT)):
            assert f"azure.{path}: '{mine}': the provider's own, which is {theirs}" in told
        assert "2 faults" in told
        assert "Traceback" not in told
    assert not [call for call in recorder.log if call.what in ("check", "create")]


def test_wrong_words_are_errors_on_the_component(make_stack: MakeStack, recorder: Recorder) -> None:
    """Every fault is an error on the component at once, with the way out; nothing of Azure is registered."""
    asked = laid(EXAMPLE, {"deployment": "private", "network": {"cidr": "10.0.0.0/16"}, "azure": {
        "subscription_id": None, "subscription_name": "acme-data", "connected_organization": None,
        "guardrail_scope": None, "management_group": None, "guardrails": {"subscription_id": None, "contact": []},
        "vnet": {"hub": {"cidrs": ["10.0.0.0/8"]}}}})
    stack = make_stack(lambda: AzureDeployment("acme", asked) and None)  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(auto.CommandError) as refused:
        stack.preview()
    told = [event.diagnostic_event for event in stack.events if event.diagnostic_event]
    faults: Any = {one.message.partition(":")[0]: one.message for one in told
                   if one.urn and one.urn.endswith("AzureDeployment::acme")}
    assert sorted(faults) == [
        "azure.billing_scope", "azure.connected_organization", "azure.guardrail_scope", "azure.guardrails.contact",
        "azure.guardrails.subscription_id", "azure.vnet.hub.cidrs.0", "deployment"]
    assert "guardrails_inside_subscription: accepted" in faults["azure.guardrail_scope"]
    assert "Perhaps you meant contacts" in faults["azure.guardrails.contact"]
    assert "no overlap with network.cidr, 10.0.0.0/16" in faults["azure.vnet.hub.cidrs.0"]
    assert "Traceback" not in str(refused.value)
    assert not recorder.calls("check")


def test_a_secret_is_never_in_clear(make_stack: MakeStack, recorder: Recorder) -> None:
    """Secrets by which providers sign in reach each of them, and lie encrypted in the state and in the settings."""
    asked = words("new-subscription", "no-services", "no-machine", "service-principal")
    stack = make_stack(program(asked), secrets={"azure-native:clientSecret": SECRET, "azuread:clientSecret": SECRET},
                       config={"azure-native:clientId": "0a1b2c3d-0000-4000-8000-00000000000c"})
    text = stack.up().text
    assert SECRET not in stack.state_text() + text
    providers = [one for one in stack.export(secrets=True)["deployment"]["resources"]
                 if one["type"].startswith("pulumi:providers:")]
    assert sorted(one["urn"].split("providers:")[1] for one in providers) == [
        "azure-native::acme", "azure-native::acme-HubProvider", "azure-native::acme-LogProvider",
        "azure-native::acme-SubscriptionProvider", "azuread::acme"]
    assert all(SECRET in str(one["inputs"]["clientSecret"]) for one in providers)
