"""The deployment on Azure by the real engine, against the recording provider: made in every variant, in which order."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.runtime.rpc import UNKNOWN

from tests.engine import arm
from tests.engine.azure import is_uuid
from tests.engine.azure_rows import ROWS
from tests.engine.azure_variants import LOGS, SUBSCRIPTION, names, program, recording, roles, there, words
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

INSIDE = "guard rails lie in the subscription that is handed over"
KEPT = ["ActivityLogStorage", "ActivityWorkspace", "FlowLogGroup", "FlowLogStorage", "GuardrailGroup", "KeyVault",
        "Registry", "ResourceGroup", "Workspace"]
RAILS = ["AllowedLocations", "NoPublicAddresses", "Budget", "ActivityLogExport", "Contacts", "RoleChanges",
         "GuardrailChanges"]
VARIANTS: list[tuple[tuple[str, ...], int | None]] = [
    (("load-balancer", "inside", "no-services", "no-machine"), 25),
    (("existing-vnet", "no-budget"), 1),
]
"""Variants that lie in different components, made together; and the create that fails the first time, if any."""


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A provider of azure-native and azuread, signed in to the example's tenant and subscription."""
    yield from recording()


def comes_to_life(stack: Any, recorder: Recorder, *, fails_at: int | None = None, again: bool = True) -> dict[str, Any]:
    """Makes what a program asks for, perhaps with a failure before; everything once, and `again` there is no change.

    Gives what a preview on an empty backend says of each resource.
    """
    steps = json.loads(stack.preview(json=True).text)["steps"]
    assert not recorder.resources
    recorder.fail_at = fails_at
    if fails_at:
        with pytest.raises(auto.CommandError, match="told to fail"):
            stack.up()
        assert recorder.fail_at is None
    stack.up()
    made = names(recorder, "create")["create"]
    assert len(recorder.resources) == len(made) - bool(fails_at) == len(set(made)) > 30
    if again:
        assert stack.up(expect_no_changes=True).changes == {"same": len(steps)}
    held(recorder)
    return {step["urn"].rpartition("::")[2].removeprefix("acme-"): step["newState"].get("inputs") for step in steps}


def held(recorder: Recorder) -> None:
    """Where Microsoft's definitions are here, all of azure-native was held against them."""
    native = [one for one in recorder.resources.values() if one.type.startswith("azure-native:")]
    if arm.present():
        assert {one.type for one in native if not arm.known(one.type)} == set()
        assert {one.name: found for one in native if (found := arm.mistakes(one.type, one.inputs))} == {}
        assert len(native) > 25


def warnings(stack: Any) -> list[str]:
    """What the engine warned of in the last run."""
    return [event.diagnostic_event.message for event in stack.events
            if event.diagnostic_event and event.diagnostic_event.severity == "warning"]


def test_the_example_lives(make_stack: MakeStack, recorder: Recorder) -> None:
    """Previewed on an empty backend, made, unchanged, refreshed; by default protected; unprotected, taken away.

    What holds data stays in Azure, with the resource groups it lies in: Azure deletes a group with all that it holds.
    """
    stack = make_stack(program(words()))
    comes_to_life(stack, recorder)
    assert warnings(stack) == []
    assert stack.refresh(expect_no_changes=True)
    with pytest.raises(auto.CommandError, match="protected"):
        stack.destroy(preview_only=True)
    assert not recorder.calls("delete")
    stack.unprotect()
    stack.destroy()
    assert stack.resources() == []
    assert sorted(there(recorder)) == KEPT
    groups = {one.id for name, one in there(recorder).items() if name.endswith("Group")}
    assert {"/".join(one.id.split("/")[:5]) for one in there(recorder).values()} == groups


@pytest.mark.parametrize(("variants", "number"), VARIANTS, ids=["+".join(variants) for variants, _ in VARIANTS])
def test_a_variant_lives(make_stack: MakeStack, recorder: Recorder, variants: tuple[str, ...], number: int | None
                         ) -> None:
    """Each variant is previewed and completed after a failure, nothing made twice; guard rails inside are warned of."""
    stack = make_stack(program(words(*variants)))
    comes_to_life(stack, recorder, fails_at=number, again=False)
    assert [INSIDE in text for text in warnings(stack)] == [True] * ("inside" in variants)


def test_a_new_subscription(make_stack: MakeStack, recorder: Recorder) -> None:
    """Its id is unknown at a preview, which does not fail; what is made lies in it, logs and hub in theirs.

    The subscription that one is signed in to has nothing of it.
    """
    stack = make_stack(program(words("new-subscription")))
    seen = comes_to_life(stack, recorder, fails_at=6)
    assert seen["SubscriptionProvider"]["subscriptionId"] == UNKNOWN
    assert seen["VendorRole"]["scope"] == seen["RoleChanges"]["criteria"]["allOf"][0]["query"] == UNKNOWN
    assert seen["NodeSubnet"]["addressPrefix"] == "10.40.0.0/17"
    assert seen["VendorRole"]["condition"].startswith("((!(ActionMatches{")
    out = stack.up().outputs["outputs"]
    made = out["SubscriptionId"]
    assert is_uuid(made)
    assert SUBSCRIPTION not in str([(one.id, one.inputs) for one in recorder.resources.values()])
    assert out["VnetId"].startswith(f"/subscriptions/{made}/resourceGroups/conveyor-acme/")
    lines = out["RegisterResourceProviders"]  # those of the log subscription are among them
    assert {line.split()[4] for line in lines} == {made, LOGS}
    parts = there(recorder)
    assert parts["VendorRole"].inputs["scope"] == f"/subscriptions/{made}"
    assert f'SubscriptionId =~ "{made}"' in parts["RoleChanges"].inputs["criteria"]["allOf"][0]["query"]


def test_the_order(make_stack: MakeStack, recorder: Recorder) -> None:
    """Guard rails come before the vendor's roles and go after them; a firewall's rules come before the routes to it.

    Subnets come one after another, the firewall's first, and no workload's before its route.
    """
    asked = words("firewall", "service-principal", protect=False)
    stack = make_stack(program(asked))
    seen = comes_to_life(stack, recorder, fails_at=28)
    assert seen["RouteTable"]["routes"][0]["nextHopIpAddress"] == UNKNOWN
    came = names(recorder, "create")["create"]
    assert max(map(came.index, RAILS)) < min(map(came.index, [*roles(asked), "MachineIdentity"]))
    ways = (["Vnet", "FirewallSubnet", "Firewall", "RouteTable", "NodeSubnet", "PodSubnet", "PrivateEndpointSubnet"],
            ["FirewallPolicy", "FirewallRules", "Firewall"])
    for way in ways:
        assert sorted(way, key=came.index) == way
    stack.destroy()
    went = names(recorder, "delete")["delete"]
    assert max(map(went.index, roles(asked))) < min(map(went.index, RAILS))
    for way in ways:
        assert sorted(way, key=went.index, reverse=True) == way


def test_what_microsofts_definitions_do_not_have() -> None:
    """The types that are held against Pulumi's own alone are exactly those whose row says so, with the reason."""
    if not arm.present():
        pytest.skip(arm.ARM_TYPES_ABSENT)
    assert {name for name in ROWS if not arm.known(f"azure-native:{name}")} == {
        name for name, row in ROWS.items() if row.undefined}
    assert not ROWS["monitor:ScheduledQueryRule"].undefined


def test_variants_are_merged_by_key() -> None:
    """Changes are laid over the words key by key: what is not named stays, and None takes a key away."""
    found: Mapping[str, Any] = words("service-principal", tenant="globex")
    assert (found["tenant"], found["cloud"]) == ("globex", "azure")
    assert "connected_organization" not in found["azure"]
    assert found["azure"]["vnet"] == words()["azure"]["vnet"]
