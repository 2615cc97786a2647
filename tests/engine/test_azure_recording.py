"""The real engine and the recording provider for azure-native and azuread, shown on small programs of both."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pulumi
import pulumi_azure_native as native
import pulumi_azuread as entra
import pytest
from pulumi import automation as auto

from tests import conftest
from tests.engine import arm, azure
from tests.engine.aws import Aws
from tests.engine.azure import SUBSCRIPTION, TENANT, AzureNative
from tests.engine.azuread import AzureAd
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
PRINCIPAL = "55555555-5555-4555-8555-555555555555"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"
OWNER = f"{SCOPE}/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
GROUP = f"{SCOPE}/resourceGroups/acme"
MISTAKES = Path(__file__).with_name("test_azure_mistakes.py")


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """In this file the provider answers for all three packages."""
    with Recorder(AzureNative(), AzureAd(), Aws()) as running:
        yield running


def small(*, tag: str = "one", prefix: str = "10.30.0.0/24", network: str = "acme", after: bool = True) -> Any:
    """A program: a resource group with a network of two subnets, an Entra group and its role, an access package."""

    def program() -> None:
        group = native.resources.ResourceGroup("group", resource_group_name="acme", location="westeurope")
        vnet = native.network.VirtualNetwork(
            "vnet", resource_group_name=group.name, virtual_network_name=network, location="westeurope",
            address_space=native.network.AddressSpaceArgs(address_prefixes=["10.30.0.0/16"]), tags={"Name": tag})
        node = native.network.Subnet("node", resource_group_name=group.name, virtual_network_name=vnet.name,
                                     subnet_name="node", address_prefix=prefix)
        native.network.Subnet("pod", resource_group_name=group.name, virtual_network_name=vnet.name, subnet_name="pod",
                              address_prefix="10.30.8.0/22",
                              opts=pulumi.ResourceOptions(depends_on=[node] if after else []))
        team = entra.Group("team", display_name="vendor", security_enabled=True)
        native.authorization.RoleAssignment(
            "owner", scope=SCOPE, role_assignment_name=PRINCIPAL, role_definition_id=OWNER,
            principal_id=team.object_id, principal_type="Group")
        catalog = entra.AccessPackageCatalog("catalog", display_name="c", description="c")
        linked = entra.AccessPackageResourceCatalogAssociation(
            "linked", catalog_id=catalog.id, resource_origin_id=team.object_id, resource_origin_system="AadGroup")
        package = entra.AccessPackage("package", catalog_id=catalog.id, display_name="p", description="p")
        entra.AccessPackageResourcePackageAssociation(
            "packed", access_package_id=package.id, catalog_resource_association_id=linked.id)
        pulumi.export("vnet", vnet.id)
        pulumi.export("team", team.object_id)
        pulumi.export("who", native.authorization.get_client_config_output().subscription_id)

    return program


NAMES = ["catalog", "group", "linked", "node", "owner", "package", "packed", "pod", "team", "vnet"]


def names(recorder: Recorder) -> list[str]:
    return sorted(one.name for one in recorder.resources.values())


def test_a_life(make_stack: MakeStack, recorder: Recorder) -> None:
    """A preview makes nothing; up makes all once, with Azure's own ids; a tag and a prefix change in place.

    A name replaces what hangs on it, which is deleted first; destroy leaves nothing.
    """
    stack = make_stack(small())
    assert stack.preview().changes == {"create": 11}
    assert not recorder.resources
    out = stack.up().outputs
    assert names(recorder) == NAMES
    assert out["vnet"] == f"{GROUP}/providers/Microsoft.Network/virtualNetworks/acme"
    assert out["who"] == SUBSCRIPTION
    by_name = {one.name: one for one in recorder.resources.values()}
    assert by_name["team"].id == f"/groups/{out['team']}"
    assert by_name["owner"].inputs["principalId"] == by_name["linked"].inputs["resourceOriginId"] == out["team"]
    assert by_name["packed"].id.startswith(f"{by_name['package'].id}/")
    assert by_name["packed"].id.endswith(f"/{out['team']}/Member")
    recorder.log.clear()
    assert stack.up(expect_no_changes=True).changes == {"same": 11}
    assert recorder.calls("create", "update", "delete") == []
    stack.program = small(tag="two", prefix="10.30.4.0/24")
    assert stack.up().changes == {"update": 2, "same": 9}
    recorder.log.clear()
    stack.program = small(tag="two", prefix="10.30.4.0/24", network="other")
    assert stack.up().changes == {"replace": 3, "same": 8}
    done = [(call.what, call.urn.rsplit("::", 1)[1]) for call in recorder.calls("create", "delete")]
    assert done == [("delete", "pod"), ("delete", "node"), ("delete", "vnet"), ("create", "vnet"), ("create", "node"),
                    ("create", "pod")]
    assert names(recorder) == NAMES
    stack.destroy()
    assert not recorder.resources
    assert stack.resources() == []


def test_failed_ups_complete_when_run_again(make_stack: MakeStack, recorder: Recorder) -> None:
    """After a failure at the n-th resource, and after one of two subnets made in parallel, up makes what is missing.

    Azure refuses the second of two subnets of a network at the same time; one after another they are fine.
    """
    stack = make_stack(small(after=False))
    recorder.fail_at = 2
    with pytest.raises(auto.CommandError, match="told to fail at the creation of"):
        stack.up()
    assert len(recorder.resources) < len(NAMES)
    recorder.seconds = 0.3
    with pytest.raises(auto.CommandError, match="AnotherOperationInProgress"):
        stack.up()
    assert len({"node", "pod"} & {*names(recorder)}) == 1
    stack.program = small()
    assert stack.up().changes["create"] >= 1
    assert names(recorder) == NAMES
    assert len({one.id for one in recorder.resources.values()}) == len(NAMES)


def subscription(prefix: str = "10.30.0.0/16") -> Any:
    """A program that makes a subscription and a network inside it."""

    def program() -> None:
        alias = native.subscription.Alias("alias", alias_name="acme", properties=(
            native.subscription.PutAliasRequestPropertiesArgs(
                display_name="acme", workload="Production", billing_scope="/providers/Microsoft.Billing/x")))
        made = alias.properties.apply(lambda said: said.subscription_id)
        inside = native.Provider("inside", tenant_id=TENANT, subscription_id=made)
        opts = pulumi.ResourceOptions(provider=inside)
        group = native.resources.ResourceGroup("group", resource_group_name="acme", location="westeurope", opts=opts)
        native.network.VirtualNetwork(
            "vnet", resource_group_name=group.name, virtual_network_name="acme", location="westeurope",
            address_space=native.network.AddressSpaceArgs(address_prefixes=[prefix]), opts=opts)
        pulumi.export("subscription", made)
        pulumi.export("group", group.id)

    return program


def test_a_subscription_of_the_same_program(make_stack: MakeStack, recorder: Recorder) -> None:
    """A provider whose subscription is not known at preview does not fail; up makes its resources in that one."""
    stack = make_stack(subscription())
    text = stack.preview(json=True).text
    provider = next(step for step in json.loads(text)["steps"] if step["urn"].endswith("::inside"))
    assert provider["newState"]["inputs"]["subscriptionId"] == UNKNOWN
    assert not recorder.resources
    out = stack.up().outputs
    assert out["subscription"] != SUBSCRIPTION
    assert azure.is_uuid(out["subscription"])
    assert out["group"] == f"/subscriptions/{out['subscription']}/resourceGroups/acme"
    stack.program = subscription("10.40.0.0/16")
    assert stack.preview().changes == {"update": 1, "same": 4}


def test_wrong_inputs_end_a_preview_all_at_once(make_stack: MakeStack) -> None:
    """Every mistake in a resource's inputs is shown, by its path, before anything is made."""
    wrong: Any = {"nat_gateway": {"idd": "x"}, "delegations": "one", "private_endpoint_network_policies": "Off"}
    stack = make_stack(lambda: native.network.Subnet("s", resource_group_name="a", virtual_network_name="v", **wrong))
    with pytest.raises(auto.CommandError) as failed:
        stack.preview()
    assert all(part in str(failed.value) for part in ("natGateway.idd", "delegations", "'Off'"))


# --- where Microsoft's definitions are not


def report(why: str) -> Any:
    return SimpleNamespace(skipped=True, outcome="skipped", nodeid="a", longrepr=("file", 1, f"Skipped: {why}"))


def test_in_ci_one_reason_to_skip_is_allowed_while_it_is_true(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A test skipped for want of the definitions stays skipped in CI when they are absent; any other one fails."""
    monkeypatch.setattr(conftest, "_IN_CI", True)
    monkeypatch.setattr(arm, "FOLDER", tmp_path)
    assert conftest._refused(report(arm.ARM_TYPES_ABSENT)).outcome == "skipped"
    assert conftest._refused(report("no engine")).outcome == "failed"
    assert conftest._refused(report(f"{arm.ARM_TYPES_ABSENT} and more")).outcome == "failed"
    for name in ("azure-types.json", "validate.py"):
        (tmp_path / name).touch()
    assert conftest._refused(report(arm.ARM_TYPES_ABSENT)).outcome == "failed"


def test_a_run_without_the_definitions_says_so(tmp_path: Path) -> None:
    """Such a run in CI passes, names every test that it left out, and still finds what Pulumi's own types refuse."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n0", "-p", "no:cacheprovider", str(MISTAKES), "-k",
         "test_a_mistake_against or (test_a_mistake_is_refused and enum)"],
        cwd=MISTAKES.parents[2], capture_output=True, text=True, check=False,
        env={**os.environ, "ARM_TYPES": str(tmp_path), "CI": "true"})
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(arm.ARM_TYPES_ABSENT) >= 2
    assert done.stdout.count("left out: tests/engine/test_azure_mistakes.py::test_a_mistake_against") == 5
    assert "2 passed, 5 skipped" in done.stdout
