"""Ways out: none but the one the file asks for, through the firewall and back the same way; pods never."""

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model import addresses, catalogue, endpoints
from conveyor_iac.model.egress import COGNITO, EVERYWHERE, EVERYWHERE_IPV6, reverse_names
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.placeholders import Either, every

IDS = [f"use1-az{number}" for number in (1, 2, 4, 5)]
"""Zones of us-east-1 that EKS takes."""
WITHOUT_INTERNET = ["private", "dedicated"]
NAMES = {"data": ("cognito-idp.us-east-1.amazonaws.com",),
         "control": ("cognito-idp.us-east-1.amazonaws.com", "cognito-identity.us-east-1.amazonaws.com")}


@pytest.fixture(scope="session")
def networks(words):
    """The networks of a deployment in a region of six zones, with these words changed."""
    def made(deployment, zones=3, **changes):
        vendor = "222222222222" if deployment == "dedicated" else "111122223333"
        control_plane = {"account": vendor, "role": "r"}
        if deployment == "dedicated":
            control_plane["network"] = {"zones": zones}
        network = {"zones": zones, "zone_ids": IDS[:zones]} | changes.pop("network", {})
        return plan(Installation.read(words(region="us-east-1", deployment=deployment, network=network,
                                            control_plane=control_plane, **changes))).networks
    return made


def routes(one):
    """The routes of a network by table and destination, with what they lead to."""
    found = one.egress.routes
    made = {(route.table, route.destination): (route.target.name, route.target.attribute) for route in found}
    assert len(made) == len(found)
    return made


def table_of(one, kind, zone):
    """The route table of the subnet of a kind in a zone."""
    [table] = [subnet.table for subnet in one.every_subnet() if (subnet.kind, subnet.zone) == (kind, zone)]
    return table


def leaves(part):
    """What a part can come to, through switches behind switches."""
    return [leaf for one in every(part) for leaf in leaves(one)] if isinstance(part, Either) else [part]


@given(st.from_type(Installation))
def test_pods_never_route_out_by_themselves(installation):
    """No table of a pod or endpoint subnet has a route to anywhere, in any deployment."""
    for one in plan(installation).networks:
        closed = {subnet.table for subnet in one.every_subnet() if subnet.kind in ("Pod", "Endpoint")}
        assert not closed & {route.table for route in one.egress.routes}
        assert not closed & {subnet.table for subnet in one.every_subnet() if subnet.kind not in ("Pod", "Endpoint")}


def test_published_pods_never_route_out_by_themselves():
    """The same holds in every published template, whatever its switches."""
    for made, _ in published_networks().values():
        for one in made:
            found = [route for part in one.egress.routes for route in leaves(part)]
            assert not [route for route in found if "Pod" in route.table or "Endpoint" in route.table]


@pytest.mark.parametrize("deployment", WITHOUT_INTERNET)
@pytest.mark.parametrize("access", ["proxy", "privatelink"])
@pytest.mark.parametrize("ipv6", [True, False])
def test_without_the_firewall_there_is_no_way_out(networks, deployment, access, ipv6):
    """No route but the local one, no gateway, no NAT, no firewall and no public subnet."""
    for one in networks(deployment, cognito_access=access, user_pool_has_domain=False, network={"ipv6": ipv6}):
        out = one.egress
        assert (out.routes, out.subnets, out.nats) == ((), (), ())
        assert (out.gateway, out.firewall, out.egress_only) == (None, None, None)
        assert {subnet.kind for subnet in one.every_subnet()} <= {"Node", "Pod", "Endpoint"}


@pytest.mark.parametrize("deployment", WITHOUT_INTERNET)
@pytest.mark.parametrize("zones", [2, 3, 4])
@pytest.mark.parametrize("ipv6", [True, False])
def test_the_one_way_out_leads_through_the_firewall_and_back(networks, deployment, zones, ipv6):
    """Nodes to the endpoint of their zone's firewall, that to the NAT of the zone, and back the same way."""
    for one in networks(deployment, zones, network={"ipv6": ipv6}):
        made, prefix = routes(one), one.vpc.name.removesuffix("Vpc")
        blocks = {subnet.name: subnet.cidr for subnet in one.every_subnet()}
        expected = {}
        for zone in range(zones):
            number = zone + 1
            firewall = (f"{prefix}Firewall{number}", "EndpointIds")
            expected[table_of(one, "Node", zone), EVERYWHERE] = firewall
            expected[table_of(one, "Firewall", zone), EVERYWHERE] = (f"{prefix}NatGateway{number}", "")
            expected[table_of(one, "Public", zone), EVERYWHERE] = (f"{prefix}InternetGateway", "")
            expected[table_of(one, "Public", zone), blocks[f"{prefix}NodeSubnet{number}"]] = firewall
        assert made == expected


@pytest.mark.parametrize("deployment", WITHOUT_INTERNET)
@pytest.mark.parametrize("zones", [2, 4])
def test_firewall_and_nat_stand_in_their_zones(networks, deployment, zones):
    """Each zone has a firewall of its own, in the zone's firewall subnet, and NAT stands in the public one."""
    for one in networks(deployment, zones):
        prefix, out = one.vpc.name.removesuffix("Vpc"), one.egress
        assert [(part.name, part.subnet.name) for part in out.firewall.zones] == [
            (f"{prefix}Firewall{number}", f"{prefix}FirewallSubnet{number}") for number in range(1, zones + 1)]
        assert len({part.resource_name for part in out.firewall.zones}) == zones
        assert [nat.subnet.name for nat in out.nats] == [f"{prefix}PublicSubnet{n}" for n in range(1, zones + 1)]


@pytest.mark.parametrize("deployment", WITHOUT_INTERNET)
def test_the_firewall_passes_exactly_the_names_of_its_plane(networks, deployment):
    """A data plane gets cognito-idp, a control plane cognito-identity too; no wildcard, and every block is home."""
    for plane, one in zip(("data", "control"), networks(deployment), strict=False):
        assert one.egress.firewall.allowed == NAMES[plane]
        assert not [name for name in one.egress.firewall.allowed if "*" in name]
        assert one.egress.firewall.home == tuple(filter(None, (one.vpc.cidr, one.vpc.pod_cidr)))


def test_the_names_are_those_of_cognitos_endpoints():
    """What the firewall passes is what the endpoints of the same services would answer for."""
    assert {plane: len(endpoints.domains(services)) for plane, services in COGNITO.items()} == {"data": 1, "control": 2}


def test_ipv6_goes_out_in_shared_deployments_only(networks):
    """The egress-only gateway is there where there is internet and IPv6; it leads out from node subnets alone."""
    [shared] = networks("shared", network={"ipv6": True})
    six = [route for route in shared.egress.routes if route.destination == EVERYWHERE_IPV6]
    assert {route.table for route in six} == {f"NodeRouteTable{number}" for number in (1, 2, 3)}
    assert shared.egress.egress_only
    assert networks("shared")[0].egress.egress_only is None


@pytest.mark.parametrize(("nat", "gateways"), [(None, ["1", "2", "3"]), ("per-zone", ["1", "2", "3"]),
                                               ("single", ["1", "1", "1"])])
def test_a_shared_data_plane_has_nat_per_zone_or_one(networks, nat, gateways):
    """Nodes go out by the NAT gateway of their zone, or all by the single one in the first zone."""
    [one] = networks("shared", network={"nat": nat})
    made = routes(one)
    assert [made[f"NodeRouteTable{zone}", EVERYWHERE] for zone in (1, 2, 3)] == [
        (f"NatGateway{number}", "") for number in gateways]
    assert [part.name for part in one.egress.nats] == sorted({f"NatGateway{number}" for number in gateways})
    assert [made[f"PublicRouteTable{zone}", EVERYWHERE] for zone in (1, 2, 3)] == [("InternetGateway", "")] * 3
    assert (one.egress.firewall, one.dns_firewall) == (None, None)


@pytest.mark.parametrize("deployment", WITHOUT_INTERNET)
def test_the_dns_firewall_knows_what_may_be_reached(networks, deployment):
    """It allows the names of the plane's endpoints, of Cognito and of the network itself, and no bare wildcard."""
    for plane, one in zip(("data", "control"), networks(deployment), strict=False):
        allowed = one.dns_firewall.allowed
        assert set(NAMES[plane]) <= set(allowed)
        assert {"sqs.us-east-1.amazonaws.com", "s3.us-east-1.amazonaws.com", "*.ec2.internal"} <= set(allowed)
        assert len(set(allowed)) == len(allowed)
        assert all(name.count(".") >= 2 and "*" not in name.removeprefix("*.") for name in allowed)
        assert not {"*.amazonaws.com", "*.us-east-1.amazonaws.com"} & set(allowed)


def reverse_names_of(one):
    """The reverse names that the DNS firewall of a network allows."""
    return [name for name in every(one.dns_firewall)[0].allowed if str(name).endswith(".arpa")]


def test_a_file_allows_the_reverse_names_of_its_own_blocks(networks):
    """A file's DNS firewall lets reverse names through of the blocks of its own VPC, and of no other."""
    data, control = networks("dedicated", network={"cidr": "172.20.16.0/20", "pod_cidr": "100.64.0.0/16"})
    assert reverse_names_of(data) == ["*.20.172.in-addr.arpa", "*.64.100.in-addr.arpa"]
    assert reverse_names_of(control) == ["*.30.10.in-addr.arpa"]


@pytest.mark.parametrize("template", ["network-private", "network-dedicated"])
def test_a_published_template_allows_the_reverse_names_of_private_addresses(template):
    """A published template does not know its blocks: it lets through reverse names of private ranges, and no other."""
    private = [*range(16, 32)]
    known = {"*.10.in-addr.arpa", "*.168.192.in-addr.arpa", *(f"*.{number}.172.in-addr.arpa" for number in private),
             *(f"*.{number}.100.in-addr.arpa" for number in range(64, 128))}
    for one in published_networks()[template][0]:
        found = reverse_names_of(one)
        assert set(found) == known
        assert len(found) == len(known)


def test_the_private_ranges_are_those_a_vpc_may_have():
    """Reverse names may be asked for of exactly the ranges that a VPC of ours may have its blocks in."""
    assert tuple(IPv4Network(row.block) for row in catalogue.reverse()) == addresses.PRIVATE
    assert all(row.reason.endswith(".") and row.source.startswith("https://") for row in catalogue.reverse())


@given(st.integers(0, 2**32 - 1), st.integers(8, 30))
def test_the_reverse_names_of_a_block_are_of_all_of_it(first, length):
    """Whatever address a block has, one of its reverse names is that of the address, and public ones stay out."""
    block = IPv4Network((first >> (32 - length) << (32 - length), length))
    for address in (block[0], block[-1]):
        assert any(f".{address.reverse_pointer}".endswith(name[1:]) for name in reverse_names([str(block)]))


def test_subnets_with_a_way_out_carry_no_tag_of_the_tenants_own(networks):
    """The subnets of gateways and firewalls say whose they are, but not by the value that machines are held to."""
    for deployment in ("shared", *WITHOUT_INTERNET):
        for one in networks(deployment):
            found = {part.kind: part.tags.get("conveyor:tenant") for part in one.every_subnet()}
            assert found.pop("Public") == "acme-out"
            assert found.pop("Firewall", "acme-out") == "acme-out"
            assert set(found.values()) == {None}


@pytest.mark.parametrize(("access", "there"), [("firewall", True), ("privatelink", True), ("proxy", False)])
def test_a_proxy_resolves_for_itself(networks, access, there):
    """Where the way out is the customer's own proxy no DNS firewall is made."""
    [one] = networks("private", cognito_access=access, user_pool_has_domain=False)
    assert bool(one.dns_firewall) == there
