"""The components of Azure by themselves, by the real engine: two teams, each with a stack of its own."""

from collections.abc import Iterator
from typing import Any

import pulumi
import pytest

from conveyor_iac.pulumi.azure import AzureIdentities, AzureNetwork, AzureServices, AzureSubscription, AzureVendorAccess
from conveyor_iac.pulumi.program import in_subscription
from tests.engine.azure_variants import recording, there, words
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

ASKED: Any = words("nat-gateway", "no-budget", protect=None)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A provider of azure-native and azuread, signed in to the example's tenant and subscription."""
    yield from recording()


def network() -> None:
    """What the network team runs: the subscription with its group, and the network."""
    place = in_subscription(ASKED)
    subscription = AzureSubscription("acme", {"installation": ASKED}, place)
    made = AzureNetwork("acme", {"installation": ASKED, "ids": subscription.ids, "protect": False},
                        pulumi.ResourceOptions.merge(place, pulumi.ResourceOptions(depends_on=[subscription])))
    pulumi.export("ids", pulumi.Output.all(subscription.ids, made.ids).apply(lambda both: both[0] | both[1]))


def test_two_teams(make_stack: MakeStack, recorder: Recorder) -> None:
    """One team's stack makes subscription and network; the other's, given the ids, services and the vendor's access.

    The other one then takes its own away, and nothing of the first.
    """
    first = make_stack(network, name="network")
    ids = first.up().outputs["ids"]
    before = set(there(recorder))
    assert "NodeSubnet" in before

    def services() -> None:
        place = in_subscription(ASKED)
        made = AzureServices("acme", {"installation": ASKED, "ids": ids, "protect": False}, place)
        known: Any = made.ids.apply(lambda own: ids | own)
        identities = AzureIdentities("acme", {"installation": ASKED, "ids": known}, place)
        AzureVendorAccess("acme", {"installation": ASKED, "ids": identities.ids.apply(lambda own: ids | own)}, place)

    second = make_stack(services, name="platform")
    second.up()
    parts = there(recorder)
    assert parts["KeyVaultZoneLink"].inputs["virtualNetwork"]["id"] == ids["Vnet"] == parts["Vnet"].id
    assert parts["RegistryEndpoint"].inputs["subnet"]["id"] == ids["PrivateEndpointSubnet"]
    assert parts["MachineRole"].inputs["scope"] == ids["ResourceGroup"]
    assert parts["KubeletRegistryRole"].inputs["scope"] == parts["Registry"].id
    second.destroy()
    assert before <= set(there(recorder)) <= before | {"KeyVault", "Registry", "Workspace"}
