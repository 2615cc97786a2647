"""The virtual network of a data plane on Azure as plain data: addresses, ways in and out, rules, hub, private names."""

from typing import Any

from conveyor_iac.model.azure.egress import Allowed, Egress
from conveyor_iac.model.azure.network import NetworkPlan, Peering, PrivateEndpoint, Rule, Subnet, accounting, usable
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made

_NETWORK = "Microsoft.Network/virtualNetworks"
_PEERING_RIGHTS = tuple(f"{_NETWORK}/virtualNetworkPeerings/{verb}" for verb in ("read", "write", "delete"))
CENTRAL = "Private DNS Zone Contributor"
"""The role that linking a central zone, and writing a private endpoint's name into it, needs."""
_PEER = f"{_NETWORK}/peer/action"
"""What a peering needs: the first on its own network, the last on the other one; the role Network Contributor has all.

https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering
"""


def told(network: NetworkPlan, installation: Installation) -> dict[str, Any]:
    """What a network says, made or brought."""
    return {
        "vnet": {"id": _made(network.vnet, network), "made": network.made, "cidrs": list(network.cidrs)},
        "subnets": [_subnet(subnet) for subnet in network.subnets],
        "brought_subnets": {} if network.made else {kind: str(id) for kind, id in network.ids.items()
                                                    if kind != "Vnet"},
        "kept_free": _kept_free(network),
        "inbound": _inbound(network, installation),
        "egress": _egress(network.egress, network.cidrs),
        "security_groups": [{"name": group.azure_name, "rules": [_rule(rule) for rule in group.rules],
                             "subnets": [one.azure_name for one in network.subnets if one.group == group.name]}
                            for group in network.groups],
        "hub": _hub(network, installation),
        "private_zones": [{"name": zone.azure_name, "made": zone.zone_id is None, "id": zone.zone_id,
                           "link": zone.link, "role": CENTRAL if zone.zone_id else None} for zone in network.zones],
        "private_endpoints": [_endpoint(endpoint, network) for endpoint in network.endpoints],
        "flow_log": _flow_log(network),
    }


def _made(value: Any, network: NetworkPlan) -> str:
    """What a part is called, as a reader may know it before it is made."""
    if not isinstance(value, Made):
        return str(value)
    return network.azure_name if value.name == "Vnet" else f"<{value.name}>"


def _subnet(subnet: Subnet) -> dict[str, Any]:
    return {"name": subnet.azure_name, "kind": subnet.kind, "cidr": subnet.cidr, "usable": usable(subnet.cidr)}


def _kept_free(network: NetworkPlan) -> dict[str, str]:
    """The parts of the primary block in which no subnet stands: in reserve, or for a way out that was not chosen."""
    if not network.made:
        return {}
    taken = {subnet.kind for subnet in network.subnets}
    return {kind: str(block) for kind, block in accounting(network.cidrs[0]).items() if kind not in taken}


def _inbound(network: NetworkPlan, installation: Installation) -> dict[str, Any]:
    """The way in; `tunnel` is the name to which the data plane opens one, where the file gives it."""
    balancer, azure = network.load_balancer, installation.azure
    if not balancer:
        return {"kind": "tunnel", "tunnel": azure.control_plane.tunnel if azure else None, "load_balancer": None,
                "address": None, "port": None, "callers": []}
    return {"kind": "load-balancer", "tunnel": None, "load_balancer": balancer.azure_name,
            "address": balancer.address_name, "port": balancer.port, "callers": list(balancer.callers)}


def _egress(egress: Egress, sources: tuple[str, ...]) -> dict[str, Any]:
    """The way out; `passes` is what a firewall, ours or the hub's, must let through, and nothing besides.

    `next_hop` is the address of the hub's firewall; that of our own is known when it is made.
    """
    nat, firewall, table = egress.nat, egress.firewall, egress.table
    return {
        "kind": egress.kind,
        "nat_gateway": nat.azure_name if nat else None,
        "firewall": firewall.azure_name if firewall else None,
        "address": nat.address.azure_name if nat else firewall.address.azure_name if firewall else None,
        "next_hop": table.next_hop if table else None,
        "sources": list(sources) if table else [],
        "passes": [_allowed(row) for row in egress.allowed] if table else [],
    }


def _allowed(row: Allowed) -> dict[str, Any]:
    return {"rule": row.azure_name, "protocol": row.protocol, "port": row.port, "names": list(row.names),
            "cidrs": list(row.cidrs), "why": row.why}


def _rule(rule: Rule) -> dict[str, Any]:
    return {"name": rule.azure_name, "priority": rule.priority, "direction": "in" if rule.inbound else "out",
            "access": "allow" if rule.allow else "deny", "protocol": rule.protocol, "sources": list(rule.sources),
            "destinations": list(rule.destinations), "ports": list(rule.ports), "why": rule.why}


def _hub(network: NetworkPlan, installation: Installation) -> dict[str, Any] | None:
    hub = installation.azure.vnet.hub if installation.azure else None
    if not hub:
        return None
    return {"vnet": hub.vnet, "cidrs": list(hub.cidrs), "firewall": hub.firewall,
            "peerings": [_peering(one, network) for one in network.peerings]}


def _peering(one: Peering, network: NetworkPlan) -> dict[str, Any]:
    remote = _made(one.remote, network)
    return {"name": one.azure_name, "subscription": one.subscription, "resource_group": one.group, "of": one.vnet,
            "to": remote, "rights": [{"on": one.vnet, "actions": list(_PEERING_RIGHTS)},
                                     {"on": remote, "actions": [_PEER]}]}


def _endpoint(endpoint: PrivateEndpoint, network: NetworkPlan) -> dict[str, Any]:
    zone = next(zone for zone in network.zones if zone.name == endpoint.zone)
    return {"name": endpoint.azure_name, "service": endpoint.service.name, "group_id": endpoint.group_id,
            "zone": zone.azure_name, "subnet": _made(network.endpoint_subnet, network)}


def _flow_log(network: NetworkPlan) -> dict[str, Any] | None:
    log = network.flow_log
    return {"name": log.azure_name, "network_watcher": f"{log.watcher_group}/{log.watcher}",
            "resource_group": {"name": log.group.azure_name, "region": log.group.region, "why": log.group.why},
            "storage": log.storage.azure_name, "identity": log.identity_name,
            "retention_days": log.retention_days} if log else None
