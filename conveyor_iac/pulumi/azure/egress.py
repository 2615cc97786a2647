"""The way out of a virtual network: a NAT gateway, a firewall with its policy, and the route to a firewall."""

from typing import Any

from pulumi_azure_native import network as azure

from conveyor_iac.model.azure.egress import Allowed, Firewall, NatGateway, PublicAddress, RouteTable
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.pulumi.azure.parts import Parts

EVERYWHERE = "0.0.0.0/0"
HTTP = 80


def address(parts: Parts, wanted: PublicAddress) -> Any:
    """A static public address, in all zones where the region has them."""
    zones = ["1", "2", "3"] if catalogue.regions()[parts.scaffolding.region].zones else None
    return parts.add(wanted.name, azure.PublicIPAddress(
        parts.called(wanted.name), public_ip_address_name=wanted.azure_name, public_ip_allocation_method="Static",
        public_ip_address_version="IPv4", sku=azure.PublicIPAddressSkuArgs(name="Standard", tier="Regional"),
        zones=zones, opts=parts.child(), **parts.placed()))


def nat_gateway(parts: Parts, wanted: NatGateway) -> None:
    """The NAT gateway with its address."""
    out = address(parts, wanted.address)
    parts.add(wanted.name, azure.NatGateway(
        parts.called(wanted.name), nat_gateway_name=wanted.azure_name, idle_timeout_in_minutes=4,
        sku=azure.NatGatewaySkuArgs(name="Standard"), public_ip_addresses=[azure.SubResourceArgs(id=out.id)],
        opts=parts.child(), **parts.placed()))


def firewall(parts: Parts, wanted: Firewall) -> None:
    """The firewall, with its rules in place before anything passes it."""
    out = address(parts, wanted.address)
    policy = parts.add(wanted.policy, azure.FirewallPolicy(
        parts.called(wanted.policy), firewall_policy_name=wanted.policy_name, threat_intel_mode="Deny",
        sku=azure.FirewallPolicySkuArgs(tier="Standard"), opts=parts.child(), **parts.placed()))
    parts.add("FirewallRules", azure.FirewallPolicyRuleCollectionGroup(
        parts.called("FirewallRules"), firewall_policy_name=wanted.policy_name, resource_group_name=parts.group,
        rule_collection_group_name="outbound", priority=200, rule_collections=_collections(wanted),
        opts=parts.child(wanted.policy)))
    zones = ["1", "2", "3"] if catalogue.regions()[parts.scaffolding.region].zones else None
    parts.add(wanted.name, azure.AzureFirewall(
        parts.called(wanted.name), azure_firewall_name=wanted.azure_name, zones=zones,
        sku=azure.AzureFirewallSkuArgs(name="AZFW_VNet", tier="Standard"),
        firewall_policy=azure.SubResourceArgs(id=policy.id),
        ip_configurations=[azure.AzureFirewallIPConfigurationArgs(
            name="outbound", subnet=azure.SubResourceArgs(id=parts.resources["FirewallSubnet"].id),
            public_ip_address=azure.SubResourceArgs(id=out.id))],
        opts=parts.child("FirewallRules"), **parts.placed()))


def route_table(parts: Parts, wanted: RouteTable) -> None:
    """The table whose one route leads everything to a firewall: the hub's, or our own, whose address is read."""
    hop = wanted.next_hop or parts.resources["Firewall"].ip_configurations.apply(
        lambda rows: rows[0].private_ip_address if rows else None)
    parts.add(wanted.name, azure.RouteTable(
        parts.called(wanted.name), route_table_name=wanted.azure_name, disable_bgp_route_propagation=True,
        routes=[azure.RouteArgs(name="out", address_prefix=EVERYWHERE, next_hop_type="VirtualAppliance",
                                next_hop_ip_address=hop)],
        opts=parts.child(), **parts.placed()))


def _collections(wanted: Firewall) -> list[Any]:
    """The outbound table as rules: names by what TLS or HTTP says of them, and blocks by their addresses."""
    names = [_names(one, wanted) for one in wanted.allowed if one.names]
    blocks = [_blocks(one, wanted) for one in wanted.allowed if one.cidrs]
    found: list[tuple[str, int, list[Any]]] = [("names", 210, names), ("blocks", 200, blocks)]
    return [azure.FirewallPolicyFilterRuleCollectionArgs(
        name=name, priority=priority, rule_collection_type="FirewallPolicyFilterRuleCollection", rules=rules,
        action=azure.FirewallPolicyFilterRuleCollectionActionArgs(type="Allow"))
        for name, priority, rules in found if rules]


def _names(one: Allowed, wanted: Firewall) -> azure.ApplicationRuleArgs:
    kind = "Http" if one.port == HTTP else "Https"
    return azure.ApplicationRuleArgs(
        rule_type="ApplicationRule", name=one.azure_name, description=one.why, target_fqdns=list(one.names),
        source_addresses=list(wanted.sources),
        protocols=[azure.FirewallPolicyRuleApplicationProtocolArgs(protocol_type=kind, port=one.port)])


def _blocks(one: Allowed, wanted: Firewall) -> azure.NetworkRuleArgs:
    return azure.NetworkRuleArgs(
        rule_type="NetworkRule", name=one.azure_name, description=one.why, ip_protocols=[one.protocol],
        source_addresses=list(wanted.sources), destination_addresses=list(one.cidrs),
        destination_ports=[str(one.port)])
