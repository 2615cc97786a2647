"""The network of a data plane on Azure, property by property: security groups, subnets, the ways in and out."""

from ipaddress import ip_network

import pytest

from tests.engine.azure_variants import HUB, VNET
from tests.pulumi.azure.recording import FIREWALL_ADDRESS

OWN = ["10.40.0.0/16", "100.64.0.0/16"]


def rules(made, group):
    """The rules of a security group by their names; of an address or port in the plural and one in the singular."""
    return {row["name"]: row for row in made.inputs(group)["securityRules"]}


@pytest.mark.parametrize("group", ["WorkloadGroup", "PrivateEndpointGroup"])
def test_all_else_is_denied(made, variant, group):
    """The last rule of each way denies everything, and none before it lets anybody in from everywhere."""
    if group not in made(variant).parts():
        assert variant == "existing-vnet"
        return
    found = rules(made(variant), group)
    for way, direction in (("deny-in", "Inbound"), ("deny-out", "Outbound")):
        row = found[way]
        assert (row["direction"], row["access"], row["protocol"], row["priority"]) == (direction, "Deny", "*", 4096)
        assert {row[key] for key in ("sourceAddressPrefix", "destinationAddressPrefix", "sourcePortRange",
                                     "destinationPortRange")} == {"*"}
    for row in found.values():
        if (row["direction"], row["access"]) == ("Inbound", "Allow"):
            assert row.get("sourceAddressPrefix", "several") not in ("*", "Internet", "0.0.0.0/0", "VirtualNetwork")
    assert len({(row["direction"], row["priority"]) for row in found.values()}) == len(found)


def test_rules_are_spelled(made):
    """One address or port is said in the singular, several in the plural, and each rule with its reason."""
    found = rules(made("firewall"), "WorkloadGroup")
    assert found["own-in"]["sourceAddressPrefixes"] == found["own-in"]["destinationAddressPrefixes"] == OWN
    assert "sourceAddressPrefix" not in found["own-in"]
    assert found["probes-in"]["sourceAddressPrefix"] == "AzureLoadBalancer"
    out = {(row["protocol"], row["destinationAddressPrefix"], row["destinationPortRange"]) for name, row in
           found.items() if name.startswith("out-")}
    assert out == {("Tcp", "Internet", "443"), ("Tcp", "Internet", "80"), ("Udp", "203.0.113.7/32", "123"),
                   ("Tcp", "198.51.100.0/24", "5432")}
    assert all(0 < len(row["description"]) <= 140 for row in found.values())


def test_private_endpoints_answer_the_network_alone(made):
    """The one way in to the private endpoints is TLS from the network's own blocks."""
    found = rules(made("example"), "PrivateEndpointGroup")
    assert set(found) == {"own-in", "deny-in", "deny-out"}
    assert (found["own-in"]["sourceAddressPrefixes"], found["own-in"]["destinationPortRange"]) == (OWN, "443")


def test_the_control_plane_calls_in_by_its_own_addresses(made):
    """Where there is a load balancer its callers come in on its port; where a tunnel is opened there is no such rule.
    """
    row = rules(made("load-balancer"), "WorkloadGroup")["control-plane-in"]
    assert row["sourceAddressPrefixes"] == ["52.16.0.0/24", "54.72.1.0/28"]
    assert (row["protocol"], row["access"]) == ("Tcp", "Allow")
    (rule,) = made("load-balancer").inputs("LoadBalancer")["loadBalancingRules"]
    assert row["destinationPortRange"] == str(int(rule["backendPort"]))
    assert "control-plane-in" not in rules(made("example"), "WorkloadGroup")


def test_a_load_balancer(made):
    """It has an address, a probe and a rule of its own, and is no way out."""
    inputs = made("load-balancer").inputs("LoadBalancer")
    (rule,), (front,) = inputs["loadBalancingRules"], inputs["frontendIPConfigurations"]
    assert front["publicIPAddress"]["id"] == "acme-LoadBalancerAddress.id"
    assert rule["disableOutboundSnat"] is True
    own = "/resourceGroups/conveyor-acme/providers/Microsoft.Network/loadBalancers/conveyor-acme/"
    for key, kind in (("probe", "probes"), ("frontendIPConfiguration", "frontendIPConfigurations"),
                      ("backendAddressPool", "backendAddressPools")):
        assert rule[key]["id"].endswith(f"{own}{kind}/control-plane")


@pytest.mark.parametrize(("variant", "addresses"), [
    ("example", set()), ("existing-vnet", set()), ("nat-gateway", {"NatGatewayAddress"}),
    ("firewall", {"FirewallAddress"}), ("load-balancer", {"NatGatewayAddress", "LoadBalancerAddress"})])
def test_public_addresses(made, variant, addresses):
    """Public addresses are those of the way out and of the load balancer, static and in all zones; no other is made."""
    found = made(variant).of("PublicIPAddress")
    assert {name.removeprefix("acme-") for name in found} == addresses
    for row in found.values():
        assert row.inputs["publicIPAllocationMethod"] == "Static"
        assert row.inputs["sku"] == {"name": "Standard", "tier": "Regional"}
        assert row.inputs["zones"] == ["1", "2", "3"]


def test_subnets(made, scaffolding, variant):
    """Each subnet of the plan has its block, its neighbours' group and no way out that was not asked for."""
    planned = scaffolding(variant).network.subnets
    assert set(made(variant).of("Subnet")) == {f"acme-{one.name}" for one in planned}
    for one in planned:
        row = made(variant).inputs(one.name)
        assert (row["addressPrefix"], row["subnetName"]) == (one.cidr, one.azure_name)
        assert row["defaultOutboundAccess"] is False
        for key, part in (("networkSecurityGroup", one.group), ("routeTable", one.table), ("natGateway", one.nat)):
            assert row.get(key) == ({"id": f"acme-{part}.id"} if part else None)


@pytest.mark.parametrize(("variant", "key"), [("nat-gateway", "natGateway"), ("firewall", "routeTable"),
                                              ("example", "routeTable")])
def test_workloads_leave_by_the_one_way(made, variant, key):
    """Nodes and pods leave by the NAT gateway or by the route to a firewall, never by both."""
    for part in ("NodeSubnet", "PodSubnet"):
        assert {"natGateway", "routeTable"} & made(variant).inputs(part).keys() == {key}
        assert made(variant).inputs(part)["networkSecurityGroup"] == {"id": "acme-WorkloadGroup.id"}


def test_the_subnet_of_private_endpoints(made):
    """Security groups hold for private endpoints too, which Azure leaves out by default."""
    assert made("example").inputs("PrivateEndpointSubnet")["privateEndpointNetworkPolicies"] == "Enabled"


@pytest.mark.parametrize(("variant", "hop"), [("example", "10.0.1.4"), ("firewall", FIREWALL_ADDRESS)])
def test_the_route(made, variant, hop):
    """Everything goes to the firewall, the hub's or our own, and no route of a gateway is taken."""
    inputs = made(variant).inputs("RouteTable")
    assert inputs["routes"] == [{"name": "out", "addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance",
                                 "nextHopIpAddress": hop}]
    assert inputs["disableBgpRoutePropagation"] is True


def test_a_firewall_passes_the_outbound_table(made, scaffolding):
    """Names are rules of what TLS or HTTP says, blocks are rules of addresses; all of the table is there, and no more.
    """
    inputs = made("firewall").inputs("FirewallRules")
    found = {row["name"]: row for row in inputs["ruleCollections"]}
    assert {row["action"]["type"] for row in found.values()} == {"Allow"}
    names, blocks = found["names"]["rules"], found["blocks"]["rules"]
    assert {row["ruleType"] for row in names} == {"ApplicationRule"}
    assert {row["ruleType"] for row in blocks} == {"NetworkRule"}
    assert all(row["sourceAddresses"] == OWN for row in (*names, *blocks))
    passed = {f"TCP {int(one['port'])} {name}" for row in names for one in row["protocols"]
              for name in row["targetFqdns"]}
    passed |= {f"{row['ipProtocols'][0]} {row['destinationPorts'][0]} {where}" for row in blocks
               for where in row["destinationAddresses"]}
    assert passed == {f"{path.protocol} {path.port} {path.destination}" for path in scaffolding("firewall").outbound}
    kinds = {int(one["port"]): one["protocolType"] for row in names for one in row["protocols"]}
    assert kinds == {443: "Https", 80: "Http"}
    assert {row["ipProtocols"][0] for row in blocks} == {"TCP", "UDP"}


def test_a_firewall(made):
    """It is a Standard one in its own subnet, which has neither group nor route, and denies known bad addresses."""
    found = made("firewall")
    (place,) = found.inputs("Firewall")["ipConfigurations"]
    assert place["subnet"]["id"] == "acme-FirewallSubnet.id"
    assert place["publicIPAddress"]["id"] == "acme-FirewallAddress.id"
    subnet = found.inputs("FirewallSubnet")
    assert subnet["subnetName"] == "AzureFirewallSubnet"
    assert ip_network(subnet["addressPrefix"]).prefixlen <= 26
    assert not {"networkSecurityGroup", "routeTable", "natGateway"} & subnet.keys()
    assert found.inputs("FirewallPolicy")["threatIntelMode"] == "Deny"


def test_peering(made):
    """Ours and the hub's network are peered in both directions, each where it is; nobody's gateway is used."""
    ours, theirs = (made("example").part(name) for name in ("PeeringToHub", "PeeringFromHub"))
    assert ours.inputs["remoteVirtualNetwork"] == {"id": HUB}
    assert theirs.inputs["remoteVirtualNetwork"] == {"id": "acme-Vnet.id"}
    assert (theirs.inputs["resourceGroupName"], theirs.inputs["virtualNetworkName"]) == ("hub", "hub")
    assert ours.inputs["virtualNetworkName"] == made("example").inputs("Vnet")["virtualNetworkName"]
    for row in (ours, theirs):
        assert row.inputs["allowForwardedTraffic"] is row.inputs["allowVirtualNetworkAccess"] is True
        assert row.inputs["allowGatewayTransit"] is row.inputs["useRemoteGateways"] is False


def test_flow_logs(made):
    """The flows of the network are logged by an identity that holds the one role it needs, in a group of their own."""
    found = made("example")
    log, role = found.inputs("FlowLog"), found.inputs("FlowLogRole")
    assert (log["targetResourceId"], log["storageId"]) == ("acme-Vnet.id", "acme-FlowLogStorage.id")
    assert log["identity"]["userAssignedIdentities"] == ["acme-FlowLogIdentity.id"]
    assert (role["scope"], role["principalId"]) == ("acme-FlowLogStorage.id", "acme-FlowLogIdentity.principal")
    assert role["roleDefinitionId"].endswith("/ba92f5b4-2d11-453d-a403-e96b0029c9fe")
    group = found.inputs("FlowLogGroup")["resourceGroupName"]
    assert found.inputs("FlowLogStorage")["resourceGroupName"] == group != log["resourceGroupName"]
    assert any(urn.endswith("::acme-FlowLogRole") for urn in found.part("FlowLog").after)


def test_a_network_that_is_brought_is_left_as_it_is(made):
    """Nothing of the network is made: endpoints stand in its subnet, zones are linked to it, its ids are handed out."""
    found = made("existing-vnet")
    assert not {row.short for row in found.customs()} & {
        "VirtualNetwork", "Subnet", "NetworkSecurityGroup", "RouteTable", "NatGateway", "AzureFirewall", "FlowLog",
        "VirtualNetworkPeering"}
    assert found.inputs("KeyVaultEndpoint")["subnet"]["id"] == f"{VNET}/subnets/endpoints"
    assert found.inputs("KeyVaultZoneLink")["virtualNetwork"] == {"id": VNET}
    out = found.component("AzureNetwork")
    assert out["vnet_id"] == VNET
    assert out["subnet_ids"] == {"Node": f"{VNET}/subnets/node", "PrivateEndpoint": f"{VNET}/subnets/endpoints"}
