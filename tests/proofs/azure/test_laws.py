"""Laws of the arithmetic: packets past security groups, routes and sets, against evaluators that try each point."""

import ipaddress
import itertools

from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac.proofs.azure import filters, routes
from conveyor_iac.proofs.azure.filters import ANY_PROTOCOL, PORTS, PROTOCOLS, Around
from conveyor_iac.proofs.azure.intervals import V4, address, both, box_minus, holds, minus, network, union
from conveyor_iac.proofs.azure.replay import Packet, hop, passes

OWN = "10.0.0.0/30"
PLACES = ("*", "0.0.0.0/0", "10.0.0.0/30", "10.0.0.1", "10.0.0.0/31", "10.0.0.4/30", "8.8.8.8/32", "8.0.0.0/6",
          "168.63.129.16")
TAGS = ("VirtualNetwork", "Internet", "AzureLoadBalancer")
ADDRESSES = ("10.0.0.0", "10.0.0.1", "10.0.0.3", "10.0.0.4", "8.8.8.8", "9.9.9.9", "12.0.0.1", "168.63.129.16")
PORT_RANGES, NUMBERS = ("*", "443", "80-443", "444-65535"), (0, 80, 443, 444, 65535)
NEAR = Around(own=network(OWN))


def rules(places):
    """Rules of a group, each with a priority of its own."""
    rule = st.fixed_dictionaries({
        "direction": st.sampled_from(("Inbound", "Outbound")), "access": st.sampled_from(("Allow", "Deny")),
        "protocol": st.sampled_from(("*", "Tcp", "Udp", "Icmp")),
        "sourceAddressPrefixes": st.lists(st.sampled_from(places), min_size=1, max_size=2),
        "destinationAddressPrefix": st.sampled_from(places), "sourcePortRange": st.just("*"),
        "destinationPortRange": st.sampled_from(PORT_RANGES)})
    return st.lists(rule, max_size=5).flatmap(lambda found: st.permutations(range(100, 100 + len(found))).map(
        lambda numbers: [{**row, "priority": number} for row, number in zip(found, numbers, strict=True)]))


PACKETS = st.builds(Packet, source=st.sampled_from(ADDRESSES), destination=st.sampled_from(ADDRESSES),
                    protocol=st.sampled_from(("Tcp", "Udp", "Icmp")), port=st.sampled_from(NUMBERS))


def point(packet):
    """A packet as a box of one point."""
    protocol, port, start = (PROTOCOLS.index(packet.protocol.lower()), packet.port, packet.source_port)
    return (network(packet.source), network(packet.destination), ((protocol, protocol),), ((start, start),),
            ((port, port),))


def admitted(raw, packet, *, inbound, plainly):
    """Whether the arithmetic lets a packet pass."""
    found = filters.rules_of([(str(row["priority"]), row) for row in raw], NEAR, inbound=inbound)
    return any(True for _ in filters.admitted(found, [point(packet)], plainly=plainly))


@given(raw=rules(PLACES), packet=PACKETS, inbound=st.booleans())
def test_plain_rules_are_exact(raw, packet, inbound):
    """Read plainly, the boxes let pass exactly what one walk over the rules lets pass."""
    assert admitted(raw, packet, inbound=inbound, plainly=True) == passes(raw, packet, [OWN], inbound=inbound)


@given(raw=rules((*PLACES, *TAGS)), packet=PACKETS, inbound=st.booleans())
def test_tags_are_read_plainly(raw, packet, inbound):
    """With service tags too the boxes, read plainly, are what one walk lets pass."""
    assert admitted(raw, packet, inbound=inbound, plainly=True) == passes(raw, packet, [OWN], inbound=inbound)


@given(raw=rules((*PLACES, *TAGS, "AzureCloud")), packet=PACKETS, inbound=st.booleans())
def test_what_may_pass_holds_what_does(raw, packet, inbound):
    """Whatever passes, as it is read plainly, is among what may pass: no proof misses it."""
    if passes(raw, packet, [OWN], inbound=inbound):
        assert admitted(raw, packet, inbound=inbound, plainly=False)


@given(raw=rules((*PLACES, *TAGS)), packet=PACKETS, inbound=st.booleans(),
       wide=st.sampled_from(("10.0.0.0/8", "0.0.0.0/0")))
def test_what_may_pass_does_not_depend_on_peers(raw, packet, inbound, wide):
    """Whatever further networks the tag VirtualNetwork takes in, what passes was among what may pass."""
    if passes(raw, packet, [OWN], inbound=inbound, peers=[wide]):
        assert admitted(raw, packet, inbound=inbound, plainly=False)


@given(raw=rules((*PLACES, *TAGS)), packet=PACKETS, inbound=st.booleans(), index=st.integers(0, 4))
def test_a_rule_less_that_denies_takes_nothing_away(raw, packet, inbound, index):
    """Without one of the rules that deny at least as much may pass."""
    less = [row for number, row in enumerate(raw) if number != index or row["access"] == "Allow"]
    if admitted(raw, packet, inbound=inbound, plainly=False):
        assert admitted(less, packet, inbound=inbound, plainly=False)


@given(raw=rules((*PLACES, *TAGS)), packet=PACKETS, inbound=st.booleans(), data=st.data())
def test_order_in_the_list_does_not_matter(raw, packet, inbound, data):
    """Priorities decide, not the order in which rules are written."""
    turned = data.draw(st.permutations(raw))
    for plainly in (True, False):
        assert admitted(raw, packet, inbound=inbound, plainly=plainly) == admitted(
            turned, packet, inbound=inbound, plainly=plainly)


ROUTES = st.lists(st.tuples(st.sampled_from(("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/30", "8.0.0.0/6", "8.8.8.8/32",
                                             "10.0.0.4/30")), st.sampled_from(("10.0.0.2", "None", "Internet"))),
                  max_size=5, unique_by=lambda row: row[0])


@given(written=ROUTES, peers=st.lists(st.sampled_from(("10.0.0.4/30", "12.0.0.0/8")), unique=True),
       destination=st.sampled_from(ADDRESSES))
def test_routes_are_chosen_address_by_address(written, peers, destination):
    """The sets of addresses by next hop say of each address what one walk over the routes says."""
    system = routes.system([OWN], peers)
    found = routes.hops([*system, *(routes.Route(prefix=prefix, hop=to) for prefix, to in written)])
    number = int(ipaddress.ip_address(destination))
    assert [to for to, held in found.items() if holds(held, number)] == [
        hop(written, [(one.prefix, one.hop) for one in system], destination)]


@given(written=ROUTES)
def test_every_address_has_one_next_hop(written):
    """The sets of addresses by next hop leave no gap and do not overlap."""
    found = routes.hops([*routes.system([OWN], []), *(routes.Route(prefix=prefix, hop=to) for prefix, to in written)])
    assert both(union(found.values()), V4) == V4
    assert not any(both(one, other) for one, other in itertools.combinations(found.values(), 2))


SETS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(sorted).map(tuple), max_size=4).map(
    lambda found: union([(one,) for one in found]))


@given(one=SETS, other=SETS, number=st.integers(0, 20))
def test_sets_are_sets(one, other, number):
    """Union, intersection and difference say of each number what they say of sets."""
    assert holds(union([one, other]), number) == (holds(one, number) or holds(other, number))
    assert holds(both(one, other), number) == (holds(one, number) and holds(other, number))
    assert holds(minus(one, other), number) == (holds(one, number) and not holds(other, number))


@given(boxes=st.lists(st.tuples(SETS, SETS, SETS), min_size=2, max_size=2), at=st.tuples(*[st.integers(0, 20)] * 3))
def test_a_box_less_a_box_is_what_is_left(boxes, at):
    """The pieces of a difference hold each point of the first box that the second has not, once."""
    one, other = boxes

    def inside(box):
        return all(holds(numbers, number) for numbers, number in zip(box, at, strict=True))

    assert sum(inside(piece) for piece in box_minus(one, other)) == (inside(one) and not inside(other))


def test_dimensions_are_whole():
    """Protocols and ports are all there are, and addresses of both families have numbers of their own."""
    assert (((0, len(PROTOCOLS) - 1),), ((0, 65535),)) == (ANY_PROTOCOL, PORTS)
    assert [address(network(text)[0][0]) for text in ("10.0.0.1", "2001:db8::1")] == ["10.0.0.1", "2001:db8::1"]
