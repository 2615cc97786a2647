"""Cutting the address spaces: no gap, no overlap, and one public address for every set of blocks."""

from ipaddress import IPv4Address, IPv6Address, ip_network

from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.network.model import Cidr
from conveyor_iac.proofs.network.pieces import covered, is_public, pieces, witnesses

WIDTHS = {4: 32, 6: 128}


@st.composite
def blocks(draw: st.DrawFn) -> Cidr:
    """Blocks of both versions that nest often."""
    version = draw(st.sampled_from((4, 4, 6)))
    base = draw(st.sampled_from((0, 0x08000000, 0x34000000, 0x0A000000, 0xFFFFFFFF))) << (WIDTHS[version] - 32)
    flip = draw(st.integers(0, 2**16)) << (WIDTHS[version] - 20)
    length = draw(st.integers(0, WIDTHS[version]))
    number = (base ^ flip) % 2 ** WIDTHS[version]
    number = number >> (WIDTHS[version] - length) << (WIDTHS[version] - length)
    return ip_network((number, length))


@settings(max_examples=200, deadline=None)
@given(st.lists(blocks(), max_size=8))
def test_pieces_fill_both_spaces(named):
    """The pieces follow one another from the first address to the last, in IPv4 and in IPv6."""
    found = list(pieces(named))
    for version, width in WIDTHS.items():
        at = 0
        for piece in (piece for piece in found if piece.first.version == version):
            assert int(piece.first) == at
            assert piece.last >= piece.first
            at = int(piece.last) + 1
        assert at == 2**width


@settings(max_examples=200, deadline=None)
@given(st.lists(blocks(), max_size=8), st.data())
def test_an_address_lies_in_the_blocks_of_its_piece(named, data):
    """Every address of a piece lies in the same named blocks as its first one, and in no narrower one than it says."""
    for piece in pieces(named):
        number = data.draw(st.integers(int(piece.first), int(piece.last)))
        address = type(piece.first)(number)
        holding = {block for block in named if address in block}
        assert holding == {block for block in named if piece.first in block}
        assert piece.inside == max(holding, key=lambda block: block.prefixlen, default=None)


@settings(max_examples=200, deadline=None)
@given(st.lists(blocks(), max_size=8), st.integers(0, 2**32 - 1), st.integers(0, 2**128 - 1))
def test_every_public_address_has_a_witness(named, ipv4, ipv6):
    """Whatever public address one takes, some witness lies in exactly the same named blocks."""
    for address in (IPv4Address(ipv4), IPv6Address(ipv6), IPv6Address((0x20 << 120) | ipv6 >> 8)):
        if is_public(address):
            same = [witness for witness in witnesses(named) if witness.version == address.version
                    and all((witness in block) == (address in block) for block in named)]
            assert same
    assert all(is_public(witness) for witness in witnesses(named))


def test_special_addresses_are_not_public():
    """Private, shared, link-local, documentation and multicast addresses are not on the internet; others are."""
    for text in ("10.1.2.3", "100.64.0.1", "169.254.169.254", "192.168.1.1", "224.0.0.1"):
        assert not is_public(IPv4Address(text))
    for text in ("fd00::1", "fe80::1", "2001:db8::1", "64:ff9b::a00:1"):
        assert not is_public(IPv6Address(text))
    assert is_public(IPv4Address("52.1.2.3"))
    assert is_public(IPv6Address("2600:1f00::1"))
    assert is_public(IPv6Address("64:ff9b::3401:203"))


def test_a_block_is_covered_by_its_halves():
    """Two halves cover the whole; one half does not."""
    halves = [ip_network("0.0.0.0/1"), ip_network("128.0.0.0/1")]
    assert covered(ip_network("0.0.0.0/0"), halves)
    assert not covered(ip_network("0.0.0.0/0"), halves[:1])
    assert not covered(ip_network("::/0"), halves)
