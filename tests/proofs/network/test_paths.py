"""Walks through random and hand-made networks, against a packet that is walked address by address."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.network.model import FirewallEndpoint, Kind, Nat, Network, Route, Subnet, Table, Target, Vpc
from conveyor_iac.proofs.network.paths import Walks
from conveyor_iac.proofs.network.pieces import is_public, witnesses
from conveyor_iac.proofs.network.replay import leaves
from conveyor_iac.proofs.text import Text, Unknown

BLOCKS = ("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "8.0.0.0/8", "8.8.8.8/32", "52.0.0.0/8", "10.0.0.0/8", "::/0",
          "2600::/16", "64:ff9b::/96", "54.0.0.0/10")
TARGETS = (Target(kind=Kind.INTERNET, name="Out"), Target(kind=Kind.EGRESS_ONLY, name="OutSix"),
           Target(kind=Kind.NAT, name="Nat0"), Target(kind=Kind.NAT, name="Nat1"), Target(kind=Kind.NAT, name="Hidden"),
           Target(kind=Kind.FIREWALL, name="Wall"), Target(kind=Kind.NOTHING, name=""),
           Target(kind=Kind.NAT, name="Regional"))
SUBNETS = ("S0", "S1", "S2", "S3")


def route(name: str, block: str, target: Target) -> Route:
    """A route to one block."""
    return Route(name=name, destinations=(ip_network(block),), target=target)


def network(*tables: tuple[Route, ...], blocks: tuple[str, ...] = ("10.0.0.0/16",)) -> Network:
    """A VPC with four subnets, each with a table; NAT gateways and a firewall stand in the later ones."""
    return Network(
        vpcs={"Vpc": Vpc(name="Vpc", blocks=tuple(map(ip_network, blocks)))},
        subnets={name: Subnet(name=name, vpc="Vpc", tables=(f"T{name[1]}",)) for name in SUBNETS},
        tables={f"T{number}": Table(name=f"T{number}", vpc="Vpc", routes=tuple(routes))
                for number, routes in enumerate((*tables, *[()] * (4 - len(tables))))},
        nats={"Nat0": Nat(name="Nat0", subnet="S2"), "Nat1": Nat(name="Nat1", subnet="S3"),
              "Hidden": Nat(name="Hidden", subnet="S3", public=False), "Regional": Nat(name="Regional", subnet=None)},
        endpoints={"Wall": FirewallEndpoint(name="Wall", firewall="Firewall", subnets=("S1",))})


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Networks whose tables name each block at most once."""
    tables = []
    for number in range(4):
        chosen = draw(st.lists(st.sampled_from(BLOCKS), max_size=4, unique=True))
        tables.append(tuple(route(f"R{number}{index}", block, draw(st.sampled_from(TARGETS)))
                            for index, block in enumerate(chosen)))
    return network(*tables, blocks=tuple(draw(st.sets(st.sampled_from(("10.0.0.0/16", "8.0.0.0/12")), min_size=1))))


def named(made: Network) -> list:
    """Every block the network names."""
    return [*(block for table in made.tables.values() for way in table.routes for block in way.destinations),
            *(block for vpc in made.vpcs.values() for block in vpc.blocks)]


@settings(max_examples=300, deadline=None)
@given(networks(), st.integers(0, 2**32 - 1), st.integers(0, 2**125 - 1))
def test_a_witness_speaks_for_its_piece(made, ipv4, ipv6):
    """Any public address gets out exactly when the witness that lies in the same blocks does."""
    ways = Walks(made)
    for address in (ip_address(ipv4), ip_address((1 << 125) + ipv6), ip_address((0x64FF9B << 96) + ipv4)):
        if not is_public(address):
            continue
        blocks = [*named(made), *(ip_network(f"64:ff9b::{block.network_address}/{96 + block.prefixlen}")
                                  for block in named(made) if block.version == 4), ip_network("64:ff9b::/96")]
        witness = next(one for one in witnesses(named(made)) if one.version == address.version
                       and all((one in block) == (address in block) for block in blocks))
        for subnet in SUBNETS:
            expected = leaves(made, subnet, str(address)) is not None
            assert any(walk.out for walk in ways.of(subnet, witness)) == expected


@settings(max_examples=300, deadline=None)
@given(networks())
def test_every_way_out_is_walked_by_hand(made):
    """A walk that is certain and ends outside is the way a packet takes that is walked on its own, hop by hop."""
    for subnet in SUBNETS:
        for witness in witnesses(named(made)):
            for walk in Walks(made).of(subnet, witness):
                assert walk.certain
                assert walk.out is not None
                taken = leaves(made, subnet, str(witness))
                assert (taken is not None) == walk.out
                if walk.out:
                    assert taken == tuple(hop.route for hop in walk.hops)


def ends(made: Network, subnet: str = "S0", trusted: tuple[str, ...] = ()) -> set:
    """How the walks of a subnet end, over all witnesses."""
    blocks = [*(block for block in named(made) if not isinstance(block, Text)), *map(ip_network, trusted)]
    ways = Walks(made, tuple(map(ip_network, trusted)))
    return {(walk.out, walk.certain) for witness in witnesses(blocks) for walk in ways.of(subnet, witness)}


OUT = TARGETS[0]


@pytest.mark.parametrize("block", ["0.0.0.0/0", "0.0.0.0/1", "52.0.0.0/8", "::/0", "64:ff9b::/96"])
def test_every_spelling_of_a_way_out_is_found(block):
    """Half routes, public blocks and IPv6 lead out as a default route does."""
    assert (True, True) in ends(network((route("R", block, OUT),)))


@pytest.mark.parametrize("block", ["10.0.0.0/8", "100.64.0.0/10", "fd00::/8", "192.168.0.0/16"])
def test_private_blocks_are_no_way_out(block):
    """A route for private addresses reaches nothing public, wherever it points."""
    assert ends(network((route("R", block, OUT),))) == {(False, True)}


def test_nat64_leads_out_by_ipv4():
    """An IPv6 address that stands for an IPv4 one goes through NAT and out by the IPv4 route of NAT's table."""
    made = network((route("R", "64:ff9b::/96", TARGETS[2]),), (), (route("Q", "0.0.0.0/0", OUT),))
    assert (True, True) in ends(made)
    assert ends(network((route("R", "2600::/16", TARGETS[2]),), (), (route("Q", "0.0.0.0/0", OUT),))) == {(False, True)}


def test_a_nat_gateway_without_public_addresses_is_no_way_out():
    """An internet gateway drops what comes from a private NAT gateway."""
    out = route("Q", "0.0.0.0/0", OUT)
    assert ends(network((route("R", "0.0.0.0/0", TARGETS[4]),), (), (), (out,))) == {(False, True)}


def test_a_regional_nat_gateway_is_a_way_out():
    """A NAT gateway of the whole VPC has a way out of its own."""
    assert (True, True) in ends(network((route("R", "0.0.0.0/0", TARGETS[7]),)))


@pytest.mark.parametrize("kind", [Kind.TRANSIT, Kind.PEERING, Kind.VPN, Kind.INSTANCE, Kind.INTERFACE, Kind.OUTPOST,
                                  Kind.CORE, Kind.APPLIANCE, Kind.UNCLEAR])
def test_what_lies_beyond_is_not_guessed(kind):
    """Where the template does not show what lies behind a target, the answer is open."""
    made = network((route("R", "0.0.0.0/0", Target(kind=kind, name="There")),))
    assert None in {out for out, _ in ends(made)}


def test_trusted_networks_are_no_internet():
    """A route to the customer's own public block through a transit gateway is fine, one beside it is not."""
    beyond = Target(kind=Kind.TRANSIT, name="There")
    assert ends(network((route("R", "52.0.0.0/8", beyond),)), trusted=("52.0.0.0/8",)) == {(False, True)}
    assert None in {out for out, _ in ends(network((route("R", "52.0.0.0/7", beyond),)), trusted=("52.0.0.0/8",))}
    assert (True, True) in ends(network((route("R", "52.0.0.0/8", OUT),)), trusted=("52.0.0.0/8",))


def test_two_tables_and_two_routes_are_never_proved():
    """A subnet with two tables, and a table with two routes for one block, leave the answer open."""
    made = network(())
    twice = replace(made, subnets={**made.subnets, "S0": replace(made.subnets["S0"], tables=("T0", "T1"))})
    assert (None, True) in ends(twice)
    assert (None, True) in ends(network((route("R", "8.0.0.0/8", TARGETS[6]), route("Q", "8.0.0.0/8", TARGETS[6]))))


def test_what_is_imported_is_open():
    """A subnet, a table or a main table that the template does not make may lead anywhere."""
    made = network(())
    assert (None, True) in ends(made, subnet="Elsewhere")
    assert (None, True) in ends(replace(made, tables={}))
    unassociated = replace(made.subnets["S0"], tables=())
    assert ends(replace(made, subnets={"S0": unassociated})) == {(False, True)}
    assert (None, True) in ends(replace(made, subnets={"S0": unassociated}, vpcs={}))
    partly = replace(made.tables["T0"], known=False)
    assert (None, True) in ends(replace(made, tables={**made.tables, "T0": partly}))


def test_an_open_destination_is_never_proved():
    """A route whose block is decided at deployment may take any address."""
    block = Text.of(Unknown(name="Block"))
    made = network((Route(name="R", destinations=(block,), target=OUT),))
    assert (True, False) in ends(made)


def test_circles_end():
    """A packet that comes back to a table it has left by is not out."""
    made = network((route("R", "0.0.0.0/0", TARGETS[5]),), (route("Q", "0.0.0.0/0", TARGETS[5]),))
    assert ends(made) == {(False, True)}
