"""The address plan: inside, disjoint, of the promised size, stable; and the arithmetic of published templates."""

from ipaddress import IPv4Network, ip_network
from itertools import combinations, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model import addresses
from conveyor_iac.model.addresses import overlaps
from conveyor_iac.model.network import accounting, bits, pod_subnets
from conveyor_iac.model.network_plan import CONTROL, DATA, published_networks
from conveyor_iac.model.placeholders import Either, Slice, decide, every

HOMES = [IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")]
DEPLOYMENTS = ("shared", "private", "dedicated")
IDS = [f"use1-az{number}" for number in (1, 2, 4, 5)]
"""Zones of us-east-1 that EKS takes."""


def parts_of(home, length):
    """Any block of this length in a home."""
    return st.integers(0, 2 ** (length - home.prefixlen) - 1).map(
        lambda n: IPv4Network((int(home[0]) + (n << (32 - length)), length)))


cidrs = st.tuples(st.sampled_from(HOMES), st.integers(16, 21)).flatmap(lambda pair: parts_of(*pair)).map(str)
pod_cidrs = st.integers(16, 22).flatmap(lambda length: parts_of(IPv4Network("100.64.0.0/10"), length)).map(str)
zones = st.integers(2, 4)
blocks = st.integers(22, 32).flatmap(lambda length: parts_of(IPv4Network("10.0.0.0/20"), length)).map(str)
six = st.sampled_from(["fd00::/8", "fd00:1::/32", "2001:db8::/32", "2001:db8:1::/48"])


@pytest.fixture(scope="session")
def networks(words):
    """The networks of a plan in a region of six zones."""
    def made(deployment, zones, network=None, control=None, **changes):
        control_plane = {"account": "222222222222" if deployment == "dedicated" else "111122223333", "role": "r"}
        if deployment == "dedicated":
            control_plane["network"] = {"cidr": "10.255.0.0/16", "zones": zones} | (control or {})
        return plan(Installation.read(words(
            region="us-east-1", deployment=deployment, control_plane=control_plane,
            network={"zones": zones, "zone_ids": IDS[:zones]} | (network or {}), **changes))).networks
    return made


def subnets_of(made):
    """The subnets of one network by name, with their blocks."""
    return {subnet.name: IPv4Network(subnet.cidr) for subnet in made.every_subnet()}


def other_than(cidr):
    """A block for the control plane that a block of the data plane does not reach."""
    return "172.31.0.0/16" if not ip_network(cidr).overlaps(IPv4Network("172.31.0.0/16")) else "192.168.0.0/16"


@given(st.sampled_from(DEPLOYMENTS), cidrs, pod_cidrs, zones)
def test_subnets_are_inside_disjoint_and_of_the_promised_size(networks, deployment, cidr, pods, count):
    """Every subnet lies in its block and in no other subnet; nodes have a /24 or more, pods a quarter of theirs."""
    made = networks(deployment, count, {"cidr": cidr, "pod_cidr": pods}, {"cidr": other_than(cidr)})
    for one in made:
        found = subnets_of(one)
        assert not [pair for pair in combinations(found.values(), 2) if pair[0].overlaps(pair[1])]
        for subnet in one.every_subnet():
            block = IPv4Network(one.vpc.pod_cidr if subnet.kind == "Pod" else one.vpc.cidr)
            size, room = IPv4Network(subnet.cidr), block.prefixlen
            assert size.subnet_of(block)
            assert size.prefixlen == {"Node": room + 3, "Pod": room + 2}.get(subnet.kind, room + 5)
            assert size.prefixlen <= {"Node": 24, "Pod": 24}.get(subnet.kind, 28)
    assert [one.vpc.cidr for one in made] == [cidr, other_than(cidr)][:len(made)]


@given(st.sampled_from(DEPLOYMENTS), cidrs, pod_cidrs, zones)
def test_every_zone_has_its_subnets(networks, deployment, cidr, pods, count):
    """Each kind of a network has one subnet in each zone; a control plane has no pod subnets."""
    for one in networks(deployment, count, {"cidr": cidr, "pod_cidr": pods}, {"cidr": other_than(cidr)}):
        found = [(subnet.kind, subnet.zone) for subnet in one.every_subnet()]
        kinds = {"Node", "Endpoint", "Public"} | ({"Pod"} if one.vpc.pod_cidr else set()) | (
            {"Firewall"} if deployment != "shared" else set())
        assert sorted(found) == sorted((kind, zone) for kind in kinds for zone in range(count))


@given(cidrs, pod_cidrs)
def test_accounting_has_no_gap_and_no_overlap(cidr, pods):
    """The parts of a block follow each other from its first address to its last."""
    for block, parts in ((cidr, accounting(cidr)), (pods, pod_subnets(pods))):
        found = sorted(parts.values())
        assert found[0][0] == IPv4Network(block)[0]
        assert found[-1][-1] == IPv4Network(block)[-1]
        assert all(int(one[-1]) + 1 == int(other[0]) for one, other in pairwise(found))
        assert sum(part.num_addresses for part in found) == IPv4Network(block).num_addresses


@given(st.sampled_from(DEPLOYMENTS), cidrs, pod_cidrs, zones)
def test_the_plan_takes_its_subnets_from_the_accounting(networks, deployment, cidr, pods, count):
    """A subnet has the block that the accounting keeps for its kind and zone."""
    made = networks(deployment, count, {"cidr": cidr, "pod_cidr": pods}, {"cidr": other_than(cidr)})[0]
    kept = accounting(cidr) | pod_subnets(pods)
    assert all(IPv4Network(subnet.cidr) == kept[f"{subnet.kind}{subnet.zone + 1}"] for subnet in made.every_subnet())


@given(st.sampled_from(DEPLOYMENTS), cidrs, pod_cidrs, st.integers(2, 3), st.booleans())
def test_a_further_zone_moves_nothing(networks, deployment, cidr, pods, count, ipv6):
    """Adding a zone leaves every subnet that stands as it was: name, block, table and IPv6 slot."""
    words, control = {"cidr": cidr, "pod_cidr": pods, "ipv6": ipv6}, {"cidr": other_than(cidr)}
    for one, other in zip(networks(deployment, count, words, control), networks(deployment, count + 1, words, control),
                          strict=True):
        before, after = list(one.every_subnet()), list(other.every_subnet())
        assert len(after) > len(before)
        assert [subnet for subnet in before if subnet not in after] == []


@given(st.sampled_from(DEPLOYMENTS[1:]), cidrs, pod_cidrs, zones)
def test_another_way_to_cognito_moves_nothing(networks, deployment, cidr, pods, count):
    """Switching cognito_access leaves every node, pod and endpoint subnet as it was."""
    def standing(access):
        made = networks(deployment, count, {"cidr": cidr, "pod_cidr": pods}, {"cidr": other_than(cidr)},
                        cognito_access=access, user_pool_has_domain=False)
        return [one.subnets for one in made]

    assert standing("firewall") == standing("privatelink") == standing("proxy")


def worked_out(part, known):
    """The block a published template works out: the n-th part with as many host bits as its table says."""
    if not isinstance(part, Slice):
        return IPv4Network(known[part.strip("${}")])
    block = worked_out(part.of, known)
    rows = bits(int(known[part.sized_by])) if part.sized_by else {}
    host = int(rows.get(part.bits, part.bits))  # Fn::Cidr(block, count, host bits)[index]
    return list(block.subnets(new_prefix=32 - host))[part.index]


@given(cidrs, pod_cidrs.filter(lambda text: text.endswith("/16")))
def test_published_arithmetic_gives_the_same_blocks(cidr, pods):
    """Fn::Cidr with the host bits of the address plan's table gives the blocks of the concrete plan."""
    length = cidr.rpartition("/")[2]
    known = {"VpcCidr": cidr, "PodCidr": pods, "AddressPlan": length, "ControlPlaneVpcCidr": cidr,
             "ControlPlaneAddressPlan": length}
    for space in (DATA, CONTROL):
        for kind in ("Node", "Public", "Endpoint", "Firewall", *(["Pod"] if space.pod_cidr else [])):
            for zone in range(4):
                part = space.subnet_cidr(kind, zone)
                assert str(worked_out(part, known)) == decide(part, known, {})


def test_published_slices_fit_their_count():
    """No published subnet asks Fn::Cidr for more parts than the block has, whatever its size."""
    parts = [subnet.cidr for made, _ in published_networks().values() for one in made
             for some in one.every_subnet() for subnet in leaves(some)]
    assert len(parts) > 30
    assert all(part.index < part.count and part.count & (part.count - 1) == 0 for part in parts)
    for length in range(16, 22):
        assert bits(length) == {"Eighth": 32 - length - 3, "Part": 32 - length - 5}
        assert bits(length)["Part"] >= 4  # a /28


def leaves(part):
    """What a part can come to, through switches behind switches."""
    return [leaf for one in every(part) for leaf in leaves(one)] if isinstance(part, Either) else [part]


@given(st.lists(blocks | six, max_size=12))
@example(["10.0.0.0/22", "10.0.1.0/25", "10.0.2.0/25"])
def test_overlaps_agrees_with_every_pair(texts):
    """The sweep names exactly the blocks that comparing every pair finds in an overlap, in pairs that overlap."""
    named = [(f"n{number}", text) for number, text in enumerate(texts)]
    found, known = overlaps(named), [(name, ip_network(text)) for name, text in named]
    clash = [(one, other) for one, other in combinations(known, 2)
             if one[1].version == other[1].version and one[1].overlaps(other[1])]
    assert {name for pair in found for name in pair} == {one[0] for pair in clash for one in pair}
    assert {frozenset(pair) for pair in found} <= {frozenset((one[0], other[0])) for one, other in clash}
    assert len(found) < max(len(named), 1)


@given(st.lists(blocks | six, max_size=10), st.randoms())
def test_the_order_of_blocks_does_not_matter(texts, random):
    """Overlaps are the same in whatever order the blocks are listed."""
    named = [(f"n{number}", text) for number, text in enumerate(texts)]
    shuffled = random.sample(named, len(named))
    assert overlaps(named) == overlaps(shuffled)


def test_versions_are_apart():
    """An IPv6 block never overlaps an IPv4 block, whatever their numbers."""
    assert overlaps([("four", "0.0.0.0/0"), ("six", "::/0")]) == []
    assert overlaps([("a", "::/0"), ("b", "fd00::/8"), ("four", "10.0.0.0/8")]) == [("a", "b")]


@given(cidrs)
def test_what_fits_is_fit(cidr):
    """Every block for private use of /16 to /21 is let in, as a VPC's block and as the block of pods."""
    assert addresses.unfit_cidr(cidr) == addresses.unfit_pod_cidr(cidr) == ("", "")


@given(st.integers(22, 32).flatmap(lambda length: parts_of(HOMES[0], length)))
def test_too_small_a_block_is_told_the_smallest_that_fits(block):
    """A block below /21 is refused with the smallest block around it that would do."""
    rule, way_out = addresses.unfit_cidr(str(block))
    assert "/16 to /21" in rule
    larger = IPv4Network(way_out.rpartition(" ")[2])
    assert larger.prefixlen == 21
    assert block.subnet_of(larger)
    assert addresses.unfit_cidr(str(larger)) == ("", "")


@given(cidrs, st.integers(1, 400))
def test_host_bits_are_told_their_block(cidr, add):
    """An address inside a block, with the block's length, is told the block."""
    block = IPv4Network(cidr)
    rule, way_out = addresses.unfit_cidr(f"{block[add]}/{block.prefixlen}")
    assert "no host bits" in rule
    assert way_out == f"Perhaps you meant {cidr}"


@given(st.sampled_from(DEPLOYMENTS), zones)
def test_ipv6_has_a_slot_for_every_subnet(networks, deployment, count):
    """With ipv6 each subnet of the data plane has a /64 of its own in the VPC's block; without none has."""
    with_it, without = (networks(deployment, count, {"ipv6": on})[0] for on in (True, False))
    slots = [subnet.ipv6 for subnet in with_it.every_subnet()]
    assert len({part.index for part in slots}) == len(slots)
    assert {(part.count, part.bits, part.of.name) for part in slots} == {(32, "64", "Vpc")}
    assert {subnet.ipv6 for subnet in without.every_subnet()} == {None}
