"""What the tests of Azure share: a good file, changes to it by path, any installation on Azure."""

from collections.abc import Callable
from copy import deepcopy
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import strategies as st

from conveyor_iac import Installation
from conveyor_iac.model.addresses import PRIVATE
from conveyor_iac.model.catalogue import azure as catalogue


def guid(number: int) -> str:
    """An id of Entra or of a subscription."""
    return f"0a1b2c3d-0000-4000-8000-{number:012}"


GROUP = f"/subscriptions/{guid(2)}/resourceGroups/net/providers/Microsoft.Network"
HUB_GROUP = f"/subscriptions/{guid(6)}/resourceGroups/hub/providers/Microsoft.Network"
GOOD: dict[str, Any] = {
    "tenant": "acme", "deployment": "shared", "cloud": "azure", "region": "westeurope",
    "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"},
    "azure": {
        "tenant_id": guid(1), "subscription_id": guid(2), "management_group": "conveyor",
        "connected_organization": guid(3), "control_plane": {"region": "eu-west-1"},
        "access": {"approval": [{"approvers": [guid(4)]}]},
        "guardrails": {"subscription_id": guid(5), "contacts": ["security@acme.example"]}}}
TWINS: dict[str, dict[str, Any]] = {
    "hub": {"azure.control_plane.tunnel": "tunnel.conveyor.example", "azure.vnet.hub": {
        "vnet": f"{HUB_GROUP}/virtualNetworks/hub", "cidrs": ["10.0.0.0/16"], "firewall": "10.0.1.4"}},
    "hub without a firewall": {"azure.vnet.hub": {"vnet": f"{HUB_GROUP}/virtualNetworks/hub",
                                                  "cidrs": ["10.0.0.0/16"]}},
    "firewall": {"azure.control_plane.tunnel": "tunnel.conveyor.example", "azure.vnet.egress": "firewall"},
    "nat-gateway": {"azure.vnet.egress": "nat-gateway"},
    "existing": {"azure.vnet.existing": {
        "vnet": f"{GROUP}/virtualNetworks/own", "node_subnet": f"{GROUP}/virtualNetworks/own/subnets/nodes",
        "private_endpoint_subnet": f"{GROUP}/virtualNetworks/own/subnets/doors", "cidrs": ["10.50.0.0/16"]}},
    "billing": {"azure.subscription_id": ..., "azure.billing_scope":
                "/providers/Microsoft.Billing/billingAccounts/1234/enrollmentAccounts/5678"},
    "principal": {"azure.connected_organization": ...,
                  "azure.access": {"by": "service-principal", "service_principal": guid(7)}},
    "balancer": {"azure.vnet.inbound": "load-balancer", "azure.control_plane.cidrs": ["52.16.0.0/30"]},
    "inside": {"azure.management_group": ..., "azure.guardrails.subscription_id": ...,
               "azure.guardrails_inside_subscription": "accepted"},
    "machine": {"azure.control_plane.issuer": "https://issuer.conveyor.example"},
    "moved": {"azure.move_to_management_group": True},
    "central": {"azure.vnet.private_dns_zones": {
        "privatelink.vaultcore.azure.net": f"{HUB_GROUP}/privateDnsZones/privatelink.vaultcore.azure.net"}},
}
"""Changes of the good file, each of which passes the door by itself."""
TUNNEL = {"azure.control_plane.tunnel": "tunnel.conveyor.example"}


def change(words: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a dotted path of the words; `...` takes the key out."""
    first, _, rest = path.partition(".")
    if rest:
        inner = words.setdefault(first, {})
        change(inner, rest, value)
    elif value is ...:
        words.pop(first, None)
    else:
        words[first] = deepcopy(value)


def good(*changes: dict[str, Any]) -> dict[str, Any]:
    """The words of the good file with these changes, each a mapping of dotted paths to values."""
    words = deepcopy(GOOD)
    for path, value in (item for one in changes for item in one.items()):
        change(words, path, value)
    return words


@st.composite
def private_blocks(draw: st.DrawFn, narrowest: int) -> str:
    """Any block for private use, /16 to this length."""
    home, length = draw(st.sampled_from(PRIVATE)), draw(st.integers(16, narrowest))
    number = draw(st.integers(0, (1 << length - home.prefixlen) - 1))
    return str(IPv4Network((int(home[0]) + (number << 32 - length), length)))


def apart(*blocks: str) -> bool:
    """Whether these blocks share no address with each other nor with what a cluster keeps for itself."""
    found = [IPv4Network(block) for block in (*blocks, "172.30.0.0/15")]
    return not any(one.overlaps(other) for number, one in enumerate(found) for other in found[:number])


networks = st.tuples(private_blocks(21), private_blocks(22)).filter(lambda pair: apart(*pair)).map(
    lambda pair: {"network.cidr": pair[0], "network.pod_cidr": pair[1]})
anywhere = st.tuples(st.sampled_from(["TCP", "UDP"]), st.integers(1, 65535))


@st.composite
def paths(draw: st.DrawFn, network: str) -> dict[str, Any]:
    """A path that a file may add; names that our own firewall passes are of TLS or HTTP."""
    kind, where = draw(st.sampled_from([("name", "api.example.com"), ("name", "*.example.com"),
                                        ("cidr", "203.0.113.0/24"), ("cidr", "198.51.100.7/32")]))
    read = network == "firewall" and kind == "name"
    protocol, port = draw(st.sampled_from([("TCP", 443), ("TCP", 80)]) if read else anywhere)
    return {"component": draw(st.text(min_size=1, max_size=90)), "kind": kind, "destination": where,
            "protocol": protocol, "port": port, "data": "x", "why": "y"}


@st.composite
def azure_words(draw: st.DrawFn) -> dict[str, Any]:
    """The words of any installation on Azure that passes the door."""
    network = draw(st.sampled_from(["hub", "hub without a firewall", "firewall", "nat-gateway", "existing"]))
    changes = [TWINS[network], draw(networks) if network in ("firewall", "nat-gateway") else {}]
    changes += [TWINS[name] for name in ("billing", "principal", "machine") if draw(st.booleans())
                and (name, network) != ("billing", "existing")]
    if network in ("nat-gateway", "hub without a firewall"):
        changes += [draw(st.sampled_from([{}, TWINS["balancer"], TUNNEL]))]
    placed = draw(st.sampled_from([{}, TWINS["inside"], TWINS["moved"]]))
    changes += [placed] if placed is not TWINS["moved"] or TWINS["billing"] not in changes else []
    changes += [TWINS["central"]] if draw(st.booleans()) else []
    changes.append(draw(st.fixed_dictionaries({
        "tenant": st.from_regex("[a-z][a-z0-9]{2,19}", fullmatch=True),
        "region": st.sampled_from([name for name, row in catalogue.regions().items() if row.cloud == "AzureCloud"]),
    }, optional={
        "azure.access.role": st.sampled_from(["constrained-owner", "owner", "installer"]),
        "azure.services": st.fixed_dictionaries({}, optional=dict.fromkeys(
            ("key_vault", "log_workspace", "container_registry"), st.booleans())),
        "azure.guardrails.budget": st.just({"amount": 100, "starts": "2026-12-01"}),
        "azure.control_plane.region": st.sampled_from(["eu-west-1", "us-gov-west-1", "cn-north-1"]),
        "vendor_access": st.sampled_from(["enabled", "disabled"]),
        "tags": st.just({"cost centre": "7"}), "outbound": st.lists(paths(network), max_size=4)})))
    return good(*changes)


@pytest.fixture(scope="session")
def azure() -> Callable[..., dict[str, Any]]:
    """`good`: the words of a good file on Azure, with changes by path or by the name of a twin."""
    return lambda *changes: good(*(TWINS[one] if isinstance(one, str) else one for one in changes))


@pytest.fixture(scope="session")
def twins() -> dict[str, dict[str, Any]]:
    """Changes of the good file that pass, by name."""
    return TWINS


@pytest.fixture(scope="session")
def any_network() -> st.SearchStrategy[dict[str, Any]]:
    """Changes that give any primary block and any block of pods that pass the door."""
    return networks


@pytest.fixture(scope="session")
def any_azure() -> st.SearchStrategy[Installation]:
    """Any installation on Azure that passes the door."""
    return azure_words().map(Installation.read)
