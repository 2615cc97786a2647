"""What an address or a block must be, and which blocks share addresses.

A rule answers what a text breaks and the way out, as two texts, both empty when it is fit; the front door makes faults
of them. How a VPC is divided, and so how large its blocks must be, is said in `network.py`.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, ip_network

from conveyor_iac.model.network import NARROWEST, NARROWEST_PODS, WIDEST

NARROWEST_OF_AWS = 28
"""The longest prefix that AWS gives a block of a VPC."""
PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""Blocks for private use: RFC 1918, and RFC 6598, which AWS allows as a secondary block of any VPC."""
_RESTRICTED = (
    ("10.0.0.0/15", "10.0.0.0/16"),
    ("172.16.0.0/12", "172.31.0.0/16"),
    *(("100.64.0.0/10", str(block)) for block in PRIVATE[:3]),
    *((str(home), str(other)) for home in PRIVATE[:3] for other in PRIVATE[:3] if home != other),
)
"""Where a VPC's primary block lies, and what EC2 then adds no block of: the table "IPv4 CIDR block association
restrictions" of https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html, without 198.19.0.0/16, which is
refused everywhere."""


def unfit_cidr(text: str) -> tuple[str, str]:
    """The rule that a text breaks as the primary block of a VPC, and the way out; two empty texts when it is fit."""
    return _unfit(text, NARROWEST, ": each zone has a node subnet of /24 or wider")


def unfit_pod_cidr(text: str) -> tuple[str, str]:
    """The same for the block of the pods."""
    return _unfit(text, NARROWEST_PODS, ": each zone has a quarter of it")


def unfit_vpc_block(text: str) -> tuple[str, str]:
    """The same for a block of a VPC that exists: whatever AWS gives one, of addresses for private use."""
    return _unfit(text, NARROWEST_OF_AWS, "")


def unfit_neighbour(text: str) -> tuple[str, str]:
    """The same for a network beside ours, of any size but all addresses there are; it may be IPv6."""
    rule, way_out = unfit_block(text)
    if not rule and text.endswith("/0"):
        return "a part of the address space: nobody has all of it", "Name the blocks that are really in use"
    return rule, way_out


def unfit_block(text: str) -> tuple[str, str]:
    """The same for a block of somebody else's, of any size; it may be IPv6."""
    try:
        block = ip_network(text if "/" in text else "", strict=False)
    except ValueError:
        return "a CIDR, such as 10.1.0.0/16", "Write the network's address, a slash and the prefix length"
    return ("", "") if str(block) == text else (_HOST_BITS, f"Perhaps you meant {block}")


def unfit_address(text: str) -> tuple[str, str]:
    """The rule that a text breaks as an IPv4 address, and the way out; two empty texts when it is fit."""
    try:
        IPv4Address(text)
    except ValueError:
        return "an IPv4 address, such as 10.20.1.5", "Four numbers of 0 to 255"
    return "", ""


def unfit_ipv4_block(text: str) -> tuple[str, str]:
    """The rule that a text breaks as an IPv4 CIDR of any size, and the way out; two empty texts when it is fit."""
    rule, way_out = unfit_block(text)
    if not rule and ":" in text:
        return "an IPv4 CIDR, such as 203.0.113.7/32", "Write an IPv4 block"
    return rule, way_out


def unfit_name(text: str) -> tuple[str, str]:
    """The same for a DNS name, or a wildcard for all names below one."""
    fit = len(text) <= _LONGEST_NAME and re.fullmatch(rf"(\*\.)?({_LABEL}\.)+(?!\d+$){_LABEL}", text, re.ASCII)
    return ("", "") if fit else ("a DNS name, such as api.example.com or *.example.com",
                                 "Letters, digits, hyphens and dots, in lower case; an address has kind: cidr")


def unfit_host(text: str) -> tuple[str, str]:
    """The same for the name of one host: no wildcard."""
    rule, way_out = unfit_name(text.removeprefix("*."))
    if not rule and "*" in text:
        return "the name of one host, without *", "Give it whole"
    return rule, way_out


_LABEL, _LONGEST_NAME = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", 253
"""A label of a DNS name, and how many characters a name may have: RFC 1035."""
_HOST_BITS = "no host bits: the address is the first of its block"


def _unfit(text: str, narrowest: int, why: str) -> tuple[str, str]:
    rule, way_out = unfit_block(text)
    if rule:
        return rule, way_out
    block = ip_network(text)
    if not isinstance(block, IPv4Network):
        return "an IPv4 CIDR, such as 10.20.0.0/16", "Take a block for private use"
    if not any(block.subnet_of(known) for known in PRIVATE):
        return ("a block for private use, in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10: public"
                " addresses hide their owners, and EC2 refuses 198.19.0.0/16"), "Take a block of one of these"
    rule = f"a block of /{WIDEST} to /{narrowest}{why}"
    if block.prefixlen > narrowest:
        return rule, f"The smallest that fits is {block.supernet(new_prefix=narrowest)}"
    if block.prefixlen < WIDEST:
        return rule, f"Perhaps you meant {next(block.subnets(new_prefix=WIDEST))}"
    return "", ""


def within(address: str, blocks: Iterable[object]) -> bool:
    """Whether an address lies in one of these blocks; a block that is none is left out."""
    fit = [ip_network(block) for block in blocks if isinstance(block, str) and not unfit_block(block)[0]]
    return any(IPv4Address(address) in block for block in fit)


def reserved(address: str, blocks: Iterable[object]) -> bool:
    """Whether an address is one of the five that AWS keeps in any subnet: the first four of a block and the last."""
    found = IPv4Address(address)
    fit = [IPv4Network(block) for block in blocks if isinstance(block, str) and not unfit_ipv4_block(block)[0]]
    return any(found in block and (found <= block[0] + 3 or found == block[-1]) for block in fit
               if block.num_addresses > 4)


def uneasy(cidr: str, pod_cidr: str) -> str:
    """The rule of EC2 that forbids the pod block beside the primary one, or nothing."""
    primary, pods = IPv4Network(cidr), IPv4Network(pod_cidr)
    for home, other in _RESTRICTED:
        if primary.subnet_of(IPv4Network(home)) and pods.subnet_of(IPv4Network(other)):
            return f"EC2 adds no block of {other} to a VPC of {home}; 100.64.0.0/10 is open to all"
    return ""


def overlaps(blocks: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs of names whose blocks share addresses, by one sorted sweep: IPv4 and IPv6 apart, time n log n.

    Every block that overlaps an earlier one is told with the widest that covers it, not with every other: as many
    pairs as there are blocks, at most.
    """
    pairs, ends = [], dict[int, tuple[int, str]]()
    for version, first, last, name in sorted(_spans(blocks)):
        end, covering = ends.get(version, (-1, ""))
        if first <= end:
            pairs.append((covering, name))
        if last > end:
            ends[version] = (last, name)
    return pairs


def _spans(blocks: Iterable[tuple[str, str]]) -> Iterator[tuple[int, int, int, str]]:
    """Version, first and last address of each block, as numbers, with its name."""
    for name, text in blocks:
        block = ip_network(text)
        first = int(block.network_address)
        yield block.version, first, first + (1 << block.max_prefixlen - block.prefixlen) - 1, name
