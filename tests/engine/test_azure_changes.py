"""Changes of a deployment on Azure by the real engine: each touches what it is about, and no more."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.engine.azure_variants import ZONES, names, program, recording, roles, there, words
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

REGISTRY = "privatelink.azurecr.io"


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A provider of azure-native and azuread, signed in to the example's tenant and subscription."""
    yield from recording()


def touched(stack: Any, recorder: Recorder, asked: dict[str, Any]) -> dict[str, list[str]]:
    """What an `up` with other words makes, changes and deletes."""
    recorder.log.clear()
    stack.program = program(asked)
    stack.up()
    return {call: sorted(found) for call, found in names(recorder, "create", "update", "delete").items() if found}


def test_a_change_updates_only_that(make_stack: MakeStack, recorder: Recorder) -> None:
    """A contact and the control plane's subject change in place; a central DNS zone takes the place of ours.

    A service that is switched off leaves the state and, because it holds data, stays in Azure.
    """
    plain: dict[str, Any] = words("service-principal", protect=False)
    stack = make_stack(program(plain))
    stack.up()
    contact = words("service-principal", protect=False, azure={
        "guardrails": {"contacts": ["watch@acme.example"]},
        "control_plane": {"subject": "system:serviceaccount:conveyor:installer"}})
    assert touched(stack, recorder, contact) == {"update": ["Budget", "Contacts", "ControlPlaneCredential"]}
    central = words("service-principal", protect=False, azure={
        **{key: contact["azure"][key] for key in ("guardrails", "control_plane")},
        "vnet": {"private_dns_zones": {REGISTRY: ZONES[REGISTRY]}}, "services": {"log_workspace": False}})
    assert touched(stack, recorder, central) == {
        "create": ["RegistryZoneLink"], "delete": ["RegistryZone", "RegistryZoneLink"],
        "update": ["RegistryEndpointZones", "WorkloadGroup"]}  # which tells how many components a rule is for
    parts = there(recorder)
    zone = parts["RegistryEndpointZones"].inputs["privateDnsZoneConfigs"][0]["privateDnsZoneId"]
    assert zone == ZONES[REGISTRY]
    assert parts["RegistryZoneLink"].id.startswith(f"{zone}/virtualNetworkLinks/")
    assert "Workspace" in parts
    assert "acme-Workspace" not in str(stack.resources())


def test_the_vendor_is_turned_off_and_on(make_stack: MakeStack, recorder: Recorder) -> None:
    """vendor_access: disabled takes the vendor's roles away and keeps all the rest; enabled gives back the same."""
    on = words("existing-vnet", "no-services")
    stack = make_stack(program(on))
    stack.up()
    before = {name: (one.id, one.inputs) for name, one in there(recorder).items()}
    assert {"MachineNetworkRole", "MachineRole", "VendorRole"} <= set(roles(on))
    assert touched(stack, recorder, {**on, "vendor_access": "disabled"}) == {"delete": roles(on)}
    assert touched(stack, recorder, on) == {"create": roles(on)}
    assert {name: (one.id, one.inputs) for name, one in there(recorder).items()} == before
