"""The address spaces cut into pieces, so that one address speaks for all of its piece.

Between two neighbouring ends of named blocks, every address lies in the same blocks and so takes the same routes.
Knows which addresses are public: none of IANA's special-purpose registries. An IPv6 address that stands for an IPv4
one (64:ff9b::/96, NAT64) is public when that one is.
Source: https://www.iana.org/assignments/iana-ipv4-special-registry/, …/iana-ipv6-special-registry/ and RFC 6052.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, collapse_addresses

from conveyor_iac.proofs.network.model import Address, Cidr

NAT64 = IPv6Network("64:ff9b::/96")
_SPECIAL_IPV4 = tuple(IPv4Network(block) for block in (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
    "240.0.0.0/4"))
_NOWHERE = _SPECIAL_IPV4[0]
_GLOBAL_IPV6 = IPv6Network("2000::/3")
_SPECIAL_IPV6 = tuple(IPv6Network(block) for block in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring addresses that lie in the same named blocks; `inside` is the narrowest of those, if any."""

    first: Address
    last: Address
    inside: Cidr | None


def is_public(address: Address) -> bool:
    """Whether the address can be reached over the internet."""
    if isinstance(address, IPv4Address):
        return not any(address in block for block in _SPECIAL_IPV4)
    if address in NAT64:
        return is_public(embedded(address))
    return address in _GLOBAL_IPV6 and not any(address in block for block in _SPECIAL_IPV6)


def embedded(address: IPv6Address) -> IPv4Address:
    """The IPv4 address that an address of NAT64 stands for."""
    return IPv4Address(int(address) & 0xFFFFFFFF)


def pieces(blocks: Iterable[Cidr]) -> Iterator[Piece]:
    """Both address spaces cut at every block, in order, without gap or overlap."""
    named = set(blocks)
    ipv4 = [block for block in named if isinstance(block, IPv4Network)]
    ipv6 = [block for block in named if isinstance(block, IPv6Network)]
    yield from _cut(sorted(ipv4), IPv4Network("0.0.0.0/0"))
    yield from _cut(sorted(ipv6), IPv6Network("::/0"))


def _cut(blocks: list[IPv4Network] | list[IPv6Network], space: IPv4Network | IPv6Network) -> Iterator[Piece]:
    """Sorted blocks are nested or apart, a wider one first: the open ones make a stack."""
    make = type(space.network_address)
    last = int(space.broadcast_address)
    at, open_ones = 0, list[tuple[int, Cidr]]()

    def until(end: int) -> Iterator[Piece]:
        nonlocal at
        while at <= end:
            while open_ones and open_ones[-1][0] < at:
                open_ones.pop()
            stop = min(end, open_ones[-1][0]) if open_ones else end
            yield Piece(make(at), make(stop), open_ones[-1][1] if open_ones else None)
            at = stop + 1

    for block in blocks:
        yield from until(int(block.network_address) - 1)
        while open_ones and open_ones[-1][0] < at:
            open_ones.pop()
        open_ones.append((int(block.broadcast_address), block))
    yield from until(last)


def witnesses(blocks: Iterable[Cidr]) -> tuple[Address, ...]:
    """One public address for every set of blocks that a public address can lie in."""
    return tuple(filter(is_public, everywhere(blocks)))


def everywhere(blocks: Iterable[Cidr]) -> tuple[Address, ...]:
    """The same, and one address for every set of blocks that a private address can lie in; none is of 0.0.0.0/8, to
    which nothing is sent."""
    return _everywhere(frozenset(blocks))


@cache
def _everywhere(blocks: frozenset[Cidr]) -> tuple[Address, ...]:
    named = blocks | {NAT64} | {_through_nat64(block) for block in blocks if isinstance(block, IPv4Network)}
    found: dict[tuple[bool, bool, Cidr | None], Address] = {}
    for piece in pieces(named | _special()):
        if piece.first in _NOWHERE:
            continue
        key = (isinstance(piece.first, IPv4Address), is_public(piece.first), _narrowest(piece, named))
        found.setdefault(key, piece.first)
    return tuple(found.values())


def _narrowest(piece: Piece, named: frozenset[Cidr]) -> Cidr | None:
    """The narrowest named block of a piece, where `inside` may be one that was cut for being special."""
    block = piece.inside
    while block is not None and block not in named:
        block = block.supernet() if block.prefixlen else None
    return block


def _through_nat64(block: IPv4Network) -> IPv6Network:
    start = int(NAT64.network_address) + int(block.network_address)
    return IPv6Network((start, 96 + block.prefixlen))


@cache
def _special() -> frozenset[Cidr]:
    return frozenset((*_SPECIAL_IPV4, *map(_through_nat64, _SPECIAL_IPV4), *_SPECIAL_IPV6, _GLOBAL_IPV6))


def covered(block: Cidr, by: Iterable[Cidr]) -> bool:
    """Whether a block lies in the union of others."""
    same = [other for other in by if other.version == block.version]
    return any(block.subnet_of(other) for other in collapse_addresses(same))  # type: ignore[arg-type,type-var]
