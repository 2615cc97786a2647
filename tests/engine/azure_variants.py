"""Installations on Azure for the tests of both engines: the example, and what is asked for otherwise, by name.

Knows how changes are laid over the example's words. Refuses to know what is made of them.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pulumi
import yaml

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.pulumi.azure import AzureDeployment
from conveyor_iac.pulumi.program import in_subscription
from tests.engine.azure import AzureNative
from tests.engine.azuread import AzureAd
from tests.engine.recording import Recorded, Recorder

FILE = Path(__file__).parents[2] / "examples" / "azure-shared.yaml"
EXAMPLE: Mapping[str, Any] = yaml.safe_load(FILE.read_text())
TENANT, SUBSCRIPTION = EXAMPLE["azure"]["tenant_id"], EXAMPLE["azure"]["subscription_id"]
LOGS = EXAMPLE["azure"]["guardrails"]["subscription_id"]
HUB = EXAMPLE["azure"]["vnet"]["hub"]["vnet"]
PRINCIPAL = "0a1b2c3d-0000-4000-8000-000000000007"
VNET = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/theirs/providers/Microsoft.Network/virtualNetworks/theirs"
ZONES = {name: HUB.replace("virtualNetworks/hub", f"privateDnsZones/{name}")
         for name in ("privatelink.vaultcore.azure.net", "privatelink.azurecr.io")}
"""Central private DNS zones, which lie beside the hub."""
BILLING = "/providers/Microsoft.Billing/billingAccounts/1234567/enrollmentAccounts/7654321"
OUTBOUND = [
    {"component": "Sources of data", "kind": "name", "destination": "data.acme.example", "protocol": "TCP",
     "port": 443, "data": "rows", "why": "Where the data comes from."},
    {"component": "Mirror", "kind": "name", "destination": "mirror.acme.example", "protocol": "TCP", "port": 80,
     "data": "packages", "why": "Packages of the company's own."},
    {"component": "Database", "kind": "cidr", "destination": "198.51.100.0/24", "protocol": "TCP", "port": 5432,
     "data": "rows", "why": "The database of the company's own."},
    {"component": "Clocks", "kind": "cidr", "destination": "203.0.113.7/32", "protocol": "UDP", "port": 123,
     "data": "the time", "why": "Clocks of the company's own."},
]
ALONE: Mapping[str, Any] = {"hub": None}
VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "example": {},
    "nat-gateway": {"azure": {"vnet": ALONE}},
    "firewall": {"azure": {"vnet": {**ALONE, "egress": "firewall"}}, "outbound": OUTBOUND},
    "load-balancer": {"azure": {"vnet": {**ALONE, "inbound": "load-balancer"},
                                "control_plane": {"cidrs": ["52.16.0.0/24", "54.72.1.0/28"], "tunnel": None}}},
    "existing-vnet": {"network": None, "azure": {"move_to_management_group": True, "vnet": {**ALONE, "existing": {
        "vnet": VNET, "node_subnet": f"{VNET}/subnets/node", "private_endpoint_subnet": f"{VNET}/subnets/endpoints",
        "cidrs": ["10.50.0.0/16"]}}}},
    "service-principal": {"azure": {"connected_organization": None, "access": {
        "by": "service-principal", "service_principal": PRINCIPAL, "approval": None, "role": "installer"}}},
    "new-subscription": {"azure": {"subscription_id": None, "billing_scope": BILLING}},
    "inside": {"azure": {"management_group": None, "guardrails_inside_subscription": "accepted",
                         "guardrails": {"subscription_id": None}}},
    "no-services": {"azure": {"services": dict.fromkeys(("key_vault", "log_workspace", "container_registry"), False)}},
    "no-machine": {"azure": {"control_plane": {"issuer": None, "subject": None}}},
    "no-budget": {"azure": {"guardrails": {"budget": None}}},
}
"""What each variant asks for otherwise than the example; None takes a key away."""
Program = Callable[[], None]


def laid(words: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The words with the changes laid over them, key by key at any depth; None takes a key away."""
    found = {key: deepcopy(value) for key, value in words.items() if key not in changes}
    for key, value in changes.items():
        if value is not None:
            within = words.get(key)
            found[key] = laid(within if isinstance(within, Mapping) else {}, value) if isinstance(
                value, Mapping) else deepcopy(value)
    return found


def words(*variants: str, **changes: Any) -> dict[str, Any]:
    """The words of the example with some variants laid over them, and then further changes."""
    found = dict(EXAMPLE)
    for one in (*map(VARIANTS.__getitem__, variants), changes):
        found = laid(found, one)
    return found


def planned(asked: Mapping[str, Any]) -> Scaffolding:
    """The plan of some words."""
    found = plan(Installation.read({key: value for key, value in asked.items() if key != "protect"})).azure
    assert found
    return found


def roles(asked: Mapping[str, Any]) -> list[str]:
    """The names of the parts by which the vendor holds a role."""
    return sorted(one.name for one in planned(asked).access.assignments)


def program(asked: Mapping[str, Any]) -> Program:
    """A program that makes the deployment that some words ask for, in their place, and hands out what it hands out."""

    def run() -> None:
        made = AzureDeployment("acme", asked, in_subscription(asked))  # type: ignore[arg-type]  # plain words
        pulumi.export("outputs", made.outputs)

    return run


def recording(*, subscription: str = SUBSCRIPTION, tenant: str = TENANT) -> Iterator[Recorder]:
    """A provider of azure-native and azuread for whoever is signed in to a tenant and a subscription of it."""
    with Recorder(AzureNative(tenant=tenant, subscription=subscription), AzureAd(tenant=tenant)) as running:
        yield running


def names(recorder: Recorder, *calls: str) -> dict[str, list[str]]:
    """The names of the parts that each of these calls was about, in the order in which they came."""
    return {call: [one.urn.rsplit("::", 1)[1].removeprefix("acme-") for one in recorder.calls(call)] for call in calls}


def there(recorder: Recorder) -> dict[str, Recorded]:
    """What exists, by the names of the parts."""
    return {one.name.removeprefix("acme-"): one for one in recorder.resources.values()}
