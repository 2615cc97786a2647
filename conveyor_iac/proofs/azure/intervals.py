"""Sets of whole numbers as intervals, and boxes of them: the arithmetic of packets.

IPv4 addresses are the numbers below 2^32; IPv6 addresses lie above them, so that one set holds both.
"""

import ipaddress
from collections.abc import Iterable, Iterator

Numbers = tuple[tuple[int, int], ...]
"""Intervals with both ends, in order, without overlap."""
Box = tuple[Numbers, ...]
"""A set for each dimension: all points whose numbers are in them."""
NONE: Numbers = ()
V4: Numbers = ((0, 2**32 - 1),)
V6: Numbers = ((2**32, 2**32 + 2**128 - 1),)
EVERYWHERE: Numbers = ((0, 2**32 + 2**128 - 1),)


def network(text: str) -> Numbers:
    """The addresses of a CIDR or an address; `ValueError` for another text."""
    block = ipaddress.ip_network(text, strict=False)
    shift = 0 if block.version == 4 else 2**32
    return ((int(block.network_address) + shift, int(block.broadcast_address) + shift),)


def address(number: int) -> str:
    """An address of its number."""
    return str(ipaddress.IPv4Address(number) if number < 2**32 else ipaddress.IPv6Address(number - 2**32))


def union(sets: Iterable[Numbers]) -> Numbers:
    """What is in any of the sets."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(interval for one in sets for interval in one):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def both(one: Numbers, other: Numbers) -> Numbers:
    """What is in both sets."""
    return tuple(sorted((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) <= min(b, d)))


def minus(one: Numbers, other: Numbers) -> Numbers:
    """What is in the first set and not in the other."""
    left = list(one)
    for first, last in other:
        left = [piece for a, b in left for piece in ((a, min(b, first - 1)), (max(a, last + 1), b))
                if piece[0] <= piece[1]]
    return tuple(sorted(left))


def holds(one: Numbers, number: int) -> bool:
    """Whether a number is in a set."""
    return any(first <= number <= last for first, last in one)


def box_and(one: Box, other: Box) -> Box | None:
    """The points of both boxes; nothing where there is none."""
    found = tuple(both(a, b) for a, b in zip(one, other, strict=True))
    return found if all(found) else None


def box_minus(one: Box, other: Box) -> Iterator[Box]:
    """The points of the first box that are not in the other, as boxes without overlap."""
    if box_and(one, other) is None:
        yield one
        return
    before: tuple[Numbers, ...] = ()
    for index, (mine, theirs) in enumerate(zip(one, other, strict=True)):
        if rest := minus(mine, theirs):
            yield (*before, rest, *one[index + 1:])
        before = (*before, both(mine, theirs))
