"""Random pairs of small networks, each packet walked address by address through the templates themselves."""

import json
from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.diff import network
from conveyor_iac.proofs.network.pieces import everywhere, is_public
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.opened import asked, made, opened

BLOCKS = ("0.0.0.0/0", "0.0.0.0/1", "8.0.0.0/8", "8.8.0.0/16", "8.8.8.8/32", "10.0.0.0/8", "10.1.0.0/16")
ADDRESSES = ("8.8.8.8", "8.8.1.1", "8.1.1.1", "1.1.1.1", "200.1.1.1", "10.0.0.9", "10.1.0.1", "10.2.0.1", "192.168.0.1")
PRIVATE = ("10.0.0.0/8", "192.168.0.0/16")
TARGETS = ({"GatewayId": {"Ref": "Out"}}, {"NatGatewayId": {"Ref": "Nat"}}, {"TransitGatewayId": "tgw-1"},
           {"VpcEndpointId": {"Fn::Select": [0, {"Fn::GetAtt": ["Wall", "EndpointIds"]}]}}, {"GatewayId": "local"},
           {"NatGatewayId": {"Ref": "Hidden"}})
LIKELY = ("8.0.0.0/8", "8.8.8.8/32", "0.0.0.0/0", "10.1.0.0/16", "192.0.2.0/24", "0.0.0.0/2")
STANDS = {"Nat": "S2", "Hidden": "S2", "Wall": "S1"}


@st.composite
def routes(draw: st.DrawFn, blocks: tuple = BLOCKS) -> dict:
    """Routes of three tables: each block at most once in one."""
    found = {}
    for table in range(3):
        for block in draw(st.lists(st.sampled_from(blocks), max_size=3, unique_by=str)):
            found[table, str(block)] = (block, draw(st.sampled_from(TARGETS)))
    return found


def own_name(table: int, block: str) -> str:
    """A route's logical id."""
    return f"R{table}{''.join(char for char in block if char.isalnum())}"


def template(rows: dict, blocks: tuple = ("10.0.0.0/16",)):
    """A VPC with three subnets, each with a table; a NAT gateway, a hidden one and a firewall stand in the later."""
    vpc = {"Ref": "Vpc"}
    resources = {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": blocks[0]}},
                 "Out": {"Type": "AWS::EC2::InternetGateway"},
                 "Policy": {"Type": "AWS::NetworkFirewall::FirewallPolicy", "Properties": {"FirewallPolicy": {}}},
                 "Wall": {"Type": "AWS::NetworkFirewall::Firewall", "Properties": {
                     "FirewallPolicyArn": {"Ref": "Policy"}, "SubnetMappings": [{"SubnetId": {"Ref": "S1"}}]}},
                 "Nat": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "S2"}}},
                 "Hidden": {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": {"Ref": "S2"},
                                                                           "ConnectivityType": "private"}}}
    for number in range(3):
        resources |= {
            f"S{number}": {"Type": "AWS::EC2::Subnet", "Properties": {
                "VpcId": vpc, "CidrBlock": f"10.0.{number}.0/24"}},
            f"T{number}": {"Type": "AWS::EC2::RouteTable", "Properties": {"VpcId": vpc}},
            f"A{number}": {"Type": "AWS::EC2::SubnetRouteTableAssociation", "Properties": {
                "SubnetId": {"Ref": f"S{number}"}, "RouteTableId": {"Ref": f"T{number}"}}}}
    for (table, block), (written, target) in rows.items():
        resources[own_name(table, block)] = {"Type": "AWS::EC2::Route", "Properties": {
            "RouteTableId": {"Ref": f"T{table}"}, "DestinationCidrBlock": written, **target}}
    return made(resources, {"P": {"Type": "String"}})


def reached(rows: dict, subnet: int, address: str, value: str) -> tuple | None:
    """Where a packet ends: the place, whether a NAT gateway asked for it, and whether a firewall saw it."""
    at = ip_address(address)
    natted = walled = hidden = False
    if at in ip_network("10.0.0.0/16"):
        return None
    for _ in range(9):
        fits = [(ip_network(value if isinstance(block, dict) else block), target)
                for (table, _), (block, target) in rows.items() if table == subnet]
        fits = sorted(((block.prefixlen, target) for block, target in fits if at in block), key=lambda one: one[0])
        if not fits:
            return None
        (key, told), = fits[-1][1].items()
        if key == "TransitGatewayId":
            return "tgw", False, walled
        if key == "VpcEndpointId":
            walled, subnet = True, 1
        elif key == "NatGatewayId":
            natted, hidden, subnet = True, told["Ref"] == "Hidden", 2
        elif told == "local":
            return None
        else:
            private = any(at in ip_network(block) for block in PRIVATE)
            return None if private or hidden else ("internet", natted, walled)
    return None


def differences(before: dict, after: dict, value: str = "192.0.2.0/24") -> Iterator[tuple[int, str]]:
    """Every packet that gets where it did not, or past fewer guards."""
    for subnet in range(3):
        for address in ADDRESSES:
            one, other = (reached(rows, subnet, address, value) for rows in (before, after))
            if other is not None and (one is None or one[0] != other[0] or one[1] > other[1] or one[2] > other[2]):
                yield subnet, address


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes(), routes())
def test_networks_without_riddles_are_decided_as_every_packet_goes(before, after):
    """Where every block is written out, a way is opened exactly when some packet finds one."""
    verdict = opened(asked(template(before), template(after)), network.found)
    assert verdict is (Verdict.REFUTED if any(differences(before, after)) else Verdict.PROVED)


def deploys(rows: dict, value: str) -> bool:
    """Whether no table has one block twice, which EC2 refuses."""
    return not any((table, value) in rows and (table, str({"Ref": "P"})) in rows for table in range(3))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes((*BLOCKS, {"Ref": "P"})), routes((*BLOCKS, {"Ref": "P"})))
def test_a_block_that_is_decided_later_is_never_guessed(before, after):
    """With a parameter for a block, what is proved holds for each of its values, and what is refuted for one."""
    verdict = opened(asked(template(before), template(after)), network.found)
    for value in LIKELY:
        if verdict is Verdict.PROVED and deploys(before, value) and deploys(after, value):
            assert not any(differences(before, after, value))
    if verdict is Verdict.REFUTED:
        assert any(any(differences(before, after, value)) for value in LIKELY)


@st.composite
def conditional(draw: st.DrawFn) -> tuple[dict, dict]:
    """Routes, and the condition of each that has one."""
    rows = draw(routes())
    return rows, {key: draw(st.sampled_from(("", "Yes", "No"))) for key in rows}


def with_conditions(rows: dict, names: dict, yes: str):
    """A template whose routes hang on a parameter; `yes` is the value that makes one condition hold."""
    found = template(rows)
    body = json.loads(json.dumps(found.body))
    body["Conditions"] = {"Yes": {"Fn::Equals": [{"Ref": "P"}, yes]}, "No": {"Fn::Not": [{"Condition": "Yes"}]}}
    for key, condition in names.items():
        if condition:
            body["Resources"][own_name(*key)]["Condition"] = condition
    return read(json.dumps(body), "made")


def kept(rows: dict, names: dict, holds: bool) -> dict:
    """The routes that are made."""
    return {key: row for key, row in rows.items() if names[key] in ("", "Yes" if holds else "No")}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(conditional(), conditional(), st.sampled_from(("on", "up")))
def test_each_world_is_asked(before, after, other):
    """A way that is opened in one world alone is found, also where both sides' conditions are written otherwise."""
    verdict = opened(asked(with_conditions(*before, "on"), with_conditions(*after, other)), network.found)
    found = any(any(differences(kept(*before, value == "on"), kept(*after, value == other)))
                for value in ("on", "up", "else"))
    assert verdict is (Verdict.REFUTED if found else Verdict.PROVED)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes(), st.integers(0, 2), st.sampled_from(BLOCKS), st.sampled_from(TARGETS))
def test_a_further_route_is_judged_both_ways(before, table, block, target):
    """What a route opens, and what it closes by taking packets from another, are told apart."""
    after = {**before, (table, block): (block, target)}
    both = asked(template(before), template(after))
    assert (opened(both, network.found) is Verdict.REFUTED) == any(differences(before, after))
    assert (opened(both.turned(), network.found) is Verdict.REFUTED) == any(differences(after, before))


@settings(max_examples=100, deadline=None)
@given(st.sets(st.sampled_from(BLOCKS)), st.integers(1 << 24, 2**32 - 1))
def test_one_address_speaks_for_all_of_its_kind(blocks, number):
    """Every address, public or not, lies in the same blocks as one that is asked about."""
    named, address = [ip_network(block) for block in blocks], ip_address(number)
    assert any(one.version == 4 and is_public(one) == is_public(address)
               and all((one in block) == (address in block) for block in named) for one in everywhere(named))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(routes((*BLOCKS, {"Ref": "P"})))
def test_nothing_is_opened_against_itself(rows):
    """A network opens nothing that it had."""
    twice = dict(reversed(rows.items()))
    assert opened(asked(template(rows), template(twice))) is Verdict.PROVED
