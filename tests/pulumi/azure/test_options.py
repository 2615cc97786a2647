"""How what is registered on Azure is named, kept, tagged and provided, and what components refuse by themselves."""

import importlib
import inspect
import tomllib
from importlib.metadata import version
from pathlib import Path

import pulumi
import pytest

from conveyor_iac.pulumi.azure import (
    AzureDeployment,
    AzureGuardrails,
    AzureIdentities,
    AzureNetwork,
    AzureServices,
    AzureSubscription,
    AzureVendorAccess,
)
from conveyor_iac.pulumi.program import in_subscription
from tests.engine.azure_variants import HUB, SUBSCRIPTION, VARIANTS, words
from tests.pulumi.azure.recording import Recorder

CONTRACT = tomllib.loads(Path(__file__).with_name("contract.toml").read_text())
HOLDS_DATA = {"ResourceGroup", "FlowLogGroup", "FlowLogStorage", "GuardrailGroup", "ActivityWorkspace",
              "ActivityLogStorage", "KeyVault", "Registry", "Workspace"}
"""What stays when a stack is destroyed: what holds data, and the resource groups it lies in."""
UNTAGGED = {"PrivateZone", "VirtualNetworkLink"}
"""What takes tags of letters and digits only, which ours are not."""
OURS = {"conveyor:tenant": "acme", "conveyor:deployment": "shared", "conveyor:version": version("conveyor-iac")}


def test_names_are_a_contract(made):
    """Which component makes which part, by which name and of which type, is as `contract.toml` has it."""
    found = {}
    for variant in VARIANTS:
        for row in made(variant).resources.values():
            above = row.urn.split("::")[2].split("$")
            if row.name.startswith("acme-"):
                found.setdefault(above[-2].rpartition(":")[2], {})[row.name.removeprefix("acme-")] = row.type
    assert found == CONTRACT


def test_a_preview_registers_the_same(made, variant):
    """In a preview, where nothing is known yet, the same parts are registered as in an update."""
    assert made(variant, preview=True).parts() == made(variant).parts()


def test_components_stand_in_the_deployment(made):
    """Every component is a child of the deployment, and nothing of Azure lies outside of a component."""
    for row in made("example").customs():
        assert row.urn.split("::")[2].startswith("conveyor:index:AzureDeployment$conveyor:index:Azure")


def test_providers(made, variant):
    """Azure's resources are made by the given provider, but in a new subscription by its own; groups by Entra's."""
    own = "acme-SubscriptionProvider" if variant == "new-subscription" else "acme"
    elsewhere = ("acme-LogProvider", "acme-HubProvider")
    for row in made(variant).customs():
        package, name = row.provider.split("::")[-3:-1] if row.provider else ("", "")
        if row.type.startswith("azuread:"):
            assert (package, name) == ("pulumi:providers:azuread", "acme")
        elif row.short == "Alias":
            assert name == "acme"
        else:
            assert name == own or name in elsewhere, row.name


def test_a_hub_is_changed_by_its_own_provider(made):
    """The one part in the hub's subscription, the peering back, is made by a provider of that subscription."""
    found = made("example")
    assert [row.name for row in found.customs() if "::acme-HubProvider::" in row.provider] == ["acme-PeeringFromHub"]
    (provider,) = (row for row in found.resources.values() if row.name == "acme-HubProvider")
    assert provider.inputs["subscriptionId"] == HUB.split("/")[2]


def test_a_new_subscription_has_a_provider(made):
    """The alias is made above all subscriptions; all else by a provider of the id that it gives."""
    found = made("new-subscription")
    alias = found.inputs("Subscription")["properties"]
    assert alias["billingScope"] == VARIANTS["new-subscription"]["azure"]["billing_scope"]
    group = words()["azure"]["management_group"]
    assert alias["additionalProperties"]["managementGroupId"].endswith(f"/managementGroups/{group}")
    by_name = {row.name: row for row in found.resources.values() if row.type == "pulumi:providers:azure-native"}
    assert "subscriptionId" not in by_name["acme"].inputs
    assert by_name["acme-SubscriptionProvider"].inputs["subscriptionId"] == "acme-Subscription.subscription"
    assert found.inputs("VendorRole")["scope"] == "/subscriptions/acme-Subscription.subscription"
    assert "Placement" not in found.parts()


def test_what_holds_data_is_kept(made, deploy):
    """What holds data and the groups it lies in are protected and retained; `protect: false` lifts the protection only.
    """
    for found, protected in ((made("example"), HOLDS_DATA), (deploy(words(protect=False)), set())):
        rows = found.customs()
        assert {row.name.removeprefix("acme-") for row in rows if row.protect} == protected
        assert {row.name.removeprefix("acme-") for row in rows if row.retained} == HOLDS_DATA
    assert made("new-subscription").part("Subscription").retained


def takes_tags(row):
    """Whether resources of a type take tags, by the provider's own package."""
    _, room, kind = row.type.split(":")
    resource = getattr(importlib.import_module(f"pulumi_azure_native.{room}"), kind)
    return "tags" in inspect.signature(resource._internal_init).parameters


@pytest.mark.parametrize("variant", ["example", "firewall", "load-balancer"])
def test_tags(deploy, variant):
    """Everything that takes our tags carries them and the customer's own."""
    found = deploy(words(variant, tags={"cost-center": "4711"}))
    native = [row for row in found.customs() if row.type.startswith("azure-native:")]
    tagged = [row for row in native if takes_tags(row) and row.short not in UNTAGGED]
    assert len(tagged) > 15
    for row in tagged:
        assert row.inputs["tags"] == {**OURS, "cost-center": "4711"}, row.name
    assert not [row.name for row in native if row not in tagged and "tags" in row.inputs]


def test_transforms():
    """A platform team changes children by Pulumi's own transforms on the deployment."""

    def longer(args):
        if args.type_ == "azure-native:operationalinsights:Workspace":
            return pulumi.ResourceTransformResult(props={**args.props, "retentionInDays": 400}, opts=args.opts)
        return None

    def program():
        opts = pulumi.ResourceOptions.merge(in_subscription(words()), pulumi.ResourceOptions(transforms=[longer]))
        AzureDeployment("acme", words(), opts)

    found = Recorder().run(program).of("Workspace").values()
    assert [row.inputs["retentionInDays"] for row in found] == [400, 400]


NEW = ("new-subscription", "nat-gateway")
WAY_OUT = "Give all that AzureSubscription hands out"


@pytest.mark.parametrize(("kind", "variants", "path", "way_out"), [
    (AzureServices, ("example",), "ids.Vnet", "Give all that the network's component hands out"),
    (AzureVendorAccess, ("example",), "ids.ResourceGroup", "Give all that"),
    (AzureIdentities, ("example",), "ids.NodeSubnet", "Give all that"),
    (AzureNetwork, NEW, "ids.SubscriptionId", WAY_OUT), (AzureServices, NEW, "ids.SubscriptionId", WAY_OUT),
    (AzureGuardrails, NEW, "ids.SubscriptionId", WAY_OUT), (AzureVendorAccess, NEW, "ids.SubscriptionId", WAY_OUT),
])
@pytest.mark.parametrize("given", [{}, {"ids": {}}, {"ids": "output"}], ids=["none", "empty", "an output"])
def test_missing_ids(kind, variants, path, way_out, given):
    """A component that needs an id of another one's part says which, and who hands it out; known when planned or not.
    """
    def program():
        ids = {"ids": pulumi.Output.from_input({"Nothing": "n"})} if given.get("ids") == "output" else given
        kind("acme", {"installation": words(*variants), **ids})

    recorder = Recorder()
    refused = recorder.refused(program)
    told = " ".join([str(refused), *(text for _, text in recorder.errors)])
    if given.get("ids") == "output":  # which of several is found first is not said
        assert "(missing): the id of " in told
        assert "Give all that" in told
    else:
        assert f"{path}: (missing): " in told
        assert way_out in told


@pytest.mark.parametrize("kind", [AzureSubscription, AzureGuardrails])
def test_components_by_themselves(kind):
    """In a subscription that exists a component that refers to no other one's part needs no id."""
    found = Recorder().run(lambda: kind("acme", {"installation": words(), "protect": False}) and None)
    assert found.customs()
    assert not [row.name for row in found.resources.values() if row.protect]


@pytest.mark.parametrize("kind", [AzureNetwork, AzureServices, AzureIdentities, AzureGuardrails, AzureVendorAccess,
                                  AzureSubscription])
def test_words_of_another_cloud(kind):
    """Each component by itself refuses words of AWS, a key it does not have and a protection that is none, at once."""
    recorder = Recorder()
    recorder.refused(lambda: kind("acme", {"installation": words(cloud="aws"), "protekt": True, "protect": "no"}))
    told = " ".join(text for _, text in recorder.errors)
    assert "cloud: 'aws': azure: this component is of that kind" in told
    assert "protekt" in told
    assert "protect: " in told
    assert not recorder.customs()


def test_what_is_handed_out(made, scaffolding):
    """The deployment hands out what the handover names, and the contract that proofs hold its resources to."""
    out = made("example").component("AzureDeployment")
    handed = out["outputs"]
    assert handed["SubnetIds"] == {kind: f"acme-{kind}Subnet.id" for kind in ("Node", "Pod", "PrivateEndpoint")}
    assert handed["ResourceProviders"] == [row.namespace for row in scaffolding("example").subscription.providers]
    assert (handed["KeyVaultId"], handed["RegistryId"]) == ("acme-KeyVault.id", "acme-Registry.id")
    assert handed["SubscriptionId"] == out["subscription_id"] == SUBSCRIPTION
    (registered,) = made("example").of("AzureDeployment").values()
    assert registered.inputs["contract"] == out["contract"]
