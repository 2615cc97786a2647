"""The address plan of a virtual network, its security groups, and what stands in it."""

import re
from ipaddress import IPv4Network
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.network import FIREWALL_SUBNET, RESERVED, accounting, usable
from conveyor_iac.model.placeholders import Made

WIDE = {"VirtualNetwork", "Internet", "*", "0.0.0.0/0"}
RULE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?", re.ASCII)
WAYS = ["nat-gateway", "firewall", "hub", "hub without a firewall"]
MADE = {"Vnet": Made(name="Vnet"), "Node": Made(name="NodeSubnet"), "Pod": Made(name="PodSubnet"),
        "PrivateEndpoint": Made(name="PrivateEndpointSubnet")}


def network_of(words):
    """The network that these words come to."""
    return plan(Installation.read(words)).azure.network


def owned(made):
    """The network that is made, of an installation; None where it is brought."""
    network = plan(made).azure.network
    return network if network.made else None


@settings(max_examples=60)
@given(st.data())
def test_the_block_is_accounted_for(azure, any_network, data):
    """Every address of the primary block has one kind: no gap, no overlap, nothing beyond it."""
    block = IPv4Network(data.draw(any_network)["network.cidr"])
    parts = sorted(accounting(str(block)).values())
    assert parts[0][0] == block[0]
    assert parts[-1][-1] == block[-1]
    assert all(one[-1] + 1 == other[0] for one, other in pairwise(parts))
    assert sum(part.num_addresses for part in parts) == block.num_addresses


@settings(max_examples=80)
@given(st.data())
def test_every_block_gives_a_plan_that_azure_takes(azure, any_network, data):
    """For every block that passes: subnets inside it, apart, wide enough, with addresses left for use."""
    changes = data.draw(any_network)
    made = network_of(azure(changes, "firewall"))
    cidr, pods = (IPv4Network(changes[key]) for key in ("network.cidr", "network.pod_cidr"))
    subnets = {subnet.kind: IPv4Network(subnet.cidr) for subnet in made.subnets}
    assert made.cidrs == (str(cidr), str(pods))
    assert subnets.pop("Pod") == pods
    assert set(subnets) == {"Node", "PrivateEndpoint", "Firewall"}
    assert all(subnet.subnet_of(cidr) for subnet in subnets.values())
    assert {subnets["Node"], subnets["PrivateEndpoint"], subnets["Firewall"]} < set(accounting(str(cidr)).values())
    assert subnets["Firewall"].prefixlen <= 26
    assert subnets["Node"].prefixlen <= 24
    for subnet in made.subnets:
        assert usable(subnet.cidr) == IPv4Network(subnet.cidr).num_addresses - RESERVED > 0


@pytest.mark.parametrize(("cidr", "left"), [("10.0.0.0/24", 251), ("10.0.0.0/26", 59), ("10.0.0.0/29", 3),
                                            ("10.0.0.0/30", 0), ("10.0.0.0/32", 0)])
def test_azure_keeps_five_addresses(cidr, left):
    """Of each subnet five addresses are Azure's own; one of five or fewer has none left."""
    assert usable(cidr) == left


@settings(max_examples=40)
@given(st.data())
def test_no_way_moves_a_subnet(azure, any_network, data):
    """Another way out or a load balancer leaves each subnet where it is; the firewall's is added only."""
    changes = data.draw(any_network)

    def subnets(*twins):
        return {subnet.kind: subnet.cidr for subnet in network_of(azure(changes, *twins)).subnets}

    plain = subnets("nat-gateway")
    assert subnets("balancer") == plain
    with_firewall = subnets("firewall")
    assert with_firewall.pop("Firewall")
    assert with_firewall == plain


@pytest.mark.parametrize("way", WAYS)
def test_each_way_has_the_same_subnets(azure, way):
    """Node, pod and private-endpoint subnets are the same whatever the way out, each behind its security group."""
    made = network_of(azure(way))
    found = [(one.name, one.kind, one.azure_name, one.cidr, one.group) for one in made.subnets
             if one.kind != "Firewall"]
    assert found == [
        ("NodeSubnet", "Node", "node", "10.20.0.0/17", "WorkloadGroup"),
        ("PodSubnet", "Pod", "pod", "100.64.0.0/16", "WorkloadGroup"),
        ("PrivateEndpointSubnet", "PrivateEndpoint", "private-endpoint", "10.20.128.0/19", "PrivateEndpointGroup")]
    assert made.ids == MADE


@pytest.mark.parametrize("way", WAYS)
def test_workloads_have_one_way_out(azure, way):
    """Nodes and pods have the NAT gateway or the route to a firewall, never both; nothing else has either."""
    made = network_of(azure(way))
    nat = made.egress.nat.name if made.egress.nat else None
    table = made.egress.table.name if made.egress.table else None
    assert (nat is None) != (table is None)
    assert {(one.nat, one.table) for one in made.subnets if one.kind in ("Node", "Pod")} == {(nat, table)}
    others = [one for one in made.subnets if one.kind not in ("Node", "Pod")]
    assert {(one.nat, one.table) for one in others} == {(None, None)}


def test_the_firewalls_subnet_is_azures_own(azure):
    """The subnet of our firewall has the name that Azure wants and no security group, and is handed over to nobody."""
    made = network_of(azure("firewall"))
    [own] = [one for one in made.subnets if one.kind == "Firewall"]
    assert (own.azure_name, own.group) == (FIREWALL_SUBNET, None)
    assert "Firewall" not in made.ids
    assert not [one for way in ("hub", "nat-gateway") for one in network_of(azure(way)).subnets
                if one.kind == "Firewall"]


@settings(max_examples=40)
@given(st.data())
def test_security_groups_are_what_azure_takes(any_azure, data):
    """Names and priorities are unique and in Azure's bounds; a reason fits; no group has over 1000 rules."""
    made = owned(data.draw(any_azure))
    for group in made.groups if made else ():
        assert len(group.rules) <= 1000
        assert len({rule.azure_name.lower() for rule in group.rules}) == len(group.rules)
        for inbound in (True, False):
            priorities = [rule.priority for rule in group.rules if rule.inbound is inbound]
            assert len(set(priorities)) == len(priorities)
            assert all(100 <= priority <= 4096 for priority in priorities)
        for rule in group.rules:
            assert RULE_NAME.fullmatch(rule.azure_name)
            assert rule.protocol in ("*", "Tcp", "Udp")
            assert 0 < len(rule.why) <= 140


@settings(max_examples=40)
@given(st.data())
def test_the_last_rules_deny(any_azure, data):
    """Each group's last rule of either direction denies everything, and no other rule denies anything."""
    made = owned(data.draw(any_azure))
    for group in made.groups if made else ():
        for inbound in (True, False):
            *others, last = sorted((rule for rule in group.rules if rule.inbound is inbound),
                                   key=lambda rule: rule.priority)
            assert (last.allow, last.protocol, last.sources, last.destinations, last.ports) == (
                False, "*", ("*",), ("*",), ("*",))
            assert all(rule.allow for rule in others)


@settings(max_examples=40)
@given(st.data())
def test_nobody_but_callers_comes_in(any_azure, data):
    """Inbound, a group admits the network itself, health probes and the control plane's own addresses: no more."""
    installation = data.draw(any_azure)
    made = owned(installation)
    own = {installation.network.cidr, installation.network.pod_cidr}
    callers = set(installation.azure.control_plane.cidrs)
    for group in made.groups if made else ():
        admitted = {source for rule in group.rules if rule.inbound and rule.allow for source in rule.sources}
        assert not admitted & WIDE
        assert admitted <= own | {"AzureLoadBalancer"} | (callers if group.name == "WorkloadGroup" else set())
        assert group.name != "WorkloadGroup" or callers <= admitted
        from_outside = [rule for rule in group.rules if rule.inbound and set(rule.sources) & callers]
        assert all((rule.protocol, rule.ports) == ("Tcp", ("30443",)) for rule in from_outside)


@settings(max_examples=40)
@given(st.data())
def test_the_outbound_table_gets_out(any_azure, data):
    """Outbound, the workloads' group allows each path of the table, and no port or block besides them."""
    installation = data.draw(any_azure)
    made, own = owned(installation), (installation.network.cidr, installation.network.pod_cidr)
    for group in made.groups if made else ():
        allowed = [rule for rule in group.rules if not rule.inbound and rule.allow]
        if group.name != "WorkloadGroup":
            assert allowed == []
            continue
        assert [rule.destinations for rule in allowed if rule.ports == ("*",)] == [own]
        found = {(where, rule.protocol.upper(), int(port)) for rule in allowed if rule.ports != ("*",)
                 for where in rule.destinations for port in rule.ports}
        assert found == {("Internet" if path.kind == "name" else path.destination, path.protocol, path.port)
                         for path in plan(installation).azure.outbound}


def test_as_many_paths_as_may_be_fit(azure):
    """With the most paths that a file may add, rules stay within Azure's number and priorities."""
    rows = [{"component": "x" * 300, "kind": "cidr", "destination": "203.0.113.0/24", "protocol": "TCP", "port": port,
             "data": "x", "why": "x"} for port in range(1, 901)]
    group = network_of(azure({"outbound": rows})).groups[0]
    assert 900 < len(group.rules) <= 1000
    assert max(rule.priority for rule in group.rules if rule.allow) < 4096
    assert max(len(rule.why) for rule in group.rules) <= 140


def test_a_spoke_is_peered_both_ways(azure):
    """With a hub there are two peerings, one in each network's own subscription; without one there is none."""
    ours, theirs = network_of(azure("hub")).peerings
    hub = azure("hub")["azure"]["vnet"]["hub"]["vnet"]
    assert (ours.subscription, ours.vnet, ours.remote, ours.from_hub) == (
        azure()["azure"]["subscription_id"], "conveyor-acme", hub, False)
    assert (theirs.subscription, theirs.group, theirs.vnet, theirs.remote, theirs.from_hub) == (
        hub.split("/")[2], "hub", "hub", Made(name="Vnet"), True)
    assert network_of(azure("nat-gateway")).peerings == ()


def test_central_zones_are_used_by_id(azure):
    """A private zone that is given is linked by its id; one that is not given is made, and linked too."""
    vault, registry = "privatelink.vaultcore.azure.net", "privatelink.azurecr.io"
    central = azure("hub")["azure"]["vnet"]["hub"]["vnet"].partition("/virtualNetworks/")[0]
    zone = f"{central}/privateDnsZones/{vault}"
    made = network_of(azure("hub", {"azure.vnet.private_dns_zones": {vault: zone}}))
    assert [(one.name, one.azure_name, one.zone_id) for one in made.zones] == [
        ("KeyVaultZone", vault, zone), ("RegistryZone", registry, None)]
    assert all(re.fullmatch("conveyor-acme-[0-9a-f]{8}", one.link) for one in made.zones)
    assert network_of(azure("central")).zones == made.zones


def test_central_zones_of_a_brought_network_get_no_link(azure):
    """A network that is brought asks its central zones already: one that is given gets no second link, one that is made
    gets its first."""
    vault, registry = network_of(azure("existing", "central")).zones
    assert (vault.zone_id.rpartition("/")[2], vault.link) == ("privatelink.vaultcore.azure.net", None)
    assert (registry.zone_id, bool(registry.link)) == (None, True)
    assert all(zone.link for zone in network_of(azure("existing")).zones)


@settings(max_examples=40)
@given(st.data())
def test_who_links_which_zone(any_azure, data):
    """Of any installation a zone has a link, but where it is central and the network is brought."""
    installation = data.draw(any_azure)
    vnet = installation.azure.vnet
    for zone in plan(installation).azure.network.zones:
        assert zone.zone_id == vnet.private_dns_zones.get(zone.azure_name)
        assert (zone.link is None) == bool(zone.zone_id and vnet.existing)


def test_rules_say_what_they_do(azure):
    """A rule that lets out is named by protocol, port and destination; names are the internet to a security group."""
    row = {"component": "x", "data": "x", "why": "x", "kind": "cidr", "destination": "203.0.113.0/24"}
    paths = [row | {"protocol": "UDP", "port": 123}, row | {"protocol": "TCP", "port": 443},
             row | {"protocol": "TCP", "port": 8443, "kind": "name", "destination": "api.example.com"}]
    group = network_of(azure({"outbound": paths})).groups[0]
    assert {rule.azure_name: (rule.protocol, rule.ports, rule.destinations) for rule in group.rules
            if rule.azure_name.startswith("out-")} == {
        "out-tcp-443-internet": ("Tcp", ("443",), ("Internet",)),
        "out-tcp-8443-internet": ("Tcp", ("8443",), ("Internet",)),
        "out-udp-123-203.0.113.0-24": ("Udp", ("123",), ("203.0.113.0/24",)),
        "out-tcp-443-203.0.113.0-24": ("Tcp", ("443",), ("203.0.113.0/24",))}


@pytest.mark.parametrize(("services", "kinds"), [
    ({}, ["KeyVault", "Registry"]), ({"key_vault": False}, ["Registry"]), ({"container_registry": False}, ["KeyVault"]),
    ({"key_vault": False, "container_registry": False}, [])])
def test_each_closed_service_has_a_door(azure, services, kinds):
    """A service that is closed has one private endpoint and one zone; a service that is off has neither."""
    for network in ("nat-gateway", "existing"):
        made = network_of(azure(network, {"azure.services": services}))
        assert [one.service for one in made.endpoints] == [Made(name=kind) for kind in kinds]
        assert [one.zone for one in made.endpoints] == [one.name for one in made.zones] == [
            f"{kind}Zone" for kind in kinds]


def test_a_brought_network_is_left_as_it_is(azure):
    """In a network that is brought nothing but private endpoints and zones is made; its ids are handed over."""
    words = azure("existing")
    given_ids, made = words["azure"]["vnet"]["existing"], network_of(words)
    assert (made.made, made.vnet, made.azure_name, made.cidrs) == (False, given_ids["vnet"], "own", ("10.50.0.0/16",))
    assert made.ids == {"Vnet": given_ids["vnet"], "Node": given_ids["node_subnet"],
                        "PrivateEndpoint": given_ids["private_endpoint_subnet"]}
    assert (made.groups, made.subnets, made.peerings, made.flow_log, made.load_balancer) == ((), (), (), None, None)
    assert made.endpoint_subnet == given_ids["private_endpoint_subnet"]
    assert made.egress.kind == "yours"


@settings(max_examples=40)
@given(st.data())
def test_what_is_made_is_logged(any_azure, data):
    """Every network that is made has a log of its flows, written by an identity of its own."""
    made = owned(data.draw(any_azure))
    assert made is None or (made.flow_log.identity == "FlowLogIdentity" and made.flow_log.retention_days >= 90)


def test_the_load_balancer_is_for_callers(azure):
    """A public load balancer is there where it is asked for, for the callers that are named; else nobody calls in."""
    made = network_of(azure("balancer"))
    assert (made.load_balancer.callers, made.load_balancer.port, made.load_balancer.node_port) == (
        ("52.16.0.0/30",), 443, 30443)
    [rule] = [rule for rule in made.groups[0].rules if rule.sources == ("52.16.0.0/30",)]
    assert (rule.azure_name, rule.ports) == ("control-plane-in", ("30443",))
    assert network_of(azure()).load_balancer is None
