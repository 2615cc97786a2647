"""What one installation file cannot tell: blocks that two installations of one customer share, accounts used twice.

Sorts, and compares no two installations with each other: n log n. Knows what is said of each installation, no file.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network

from conveyor_iac.errors import Fault
from conveyor_iac.model.addresses import overlaps
from conveyor_iac.model.installation import Installation

_PODS = IPv4Network("100.64.0.0/10")
"""Shared address space: pods leave with the address of their node, so that their blocks may be the same anywhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """What is compared of an installation. name: of its file. blocks: path in the file and block.

    customer: whose networks may be connected with its own. vpc: the one it brings, or nothing.
    """

    name: str
    kind: str
    tenant: str
    account: str
    customer: str
    vpc: str
    blocks: tuple[tuple[str, str], ...]


def member(name: str, installation: Installation) -> Member:
    """An installation as it is compared. One customer: the same `labels.customer`, else the same account."""
    label = " ".join((installation.labels.customer or "").split()).casefold()
    existing = installation.network.existing
    return Member(name=name, kind=installation.kind, tenant=installation.tenant, account=installation.account or "",
                  customer=f"customer {label}" if label else f"account {installation.account}",
                  vpc=existing.vpc if existing else "", blocks=tuple(_blocks(installation)))


def faults(members: Iterable[Member]) -> dict[str, list[Fault]]:
    """What is wrong between installations, by the name of the file: each that is part of it is told."""
    listed = list(members)
    found: dict[str, list[Fault]] = defaultdict(list)
    for checked in (_twice, _shared_accounts, _overlapping):
        for name, fault in checked(listed):
            found[name].append(fault)
    return dict(found)


def _blocks(installation: Installation) -> Iterator[tuple[str, str]]:
    """The blocks that may meet others: those of VPCs, but for the pods'."""
    network, control = installation.network, installation.control_plane.network
    if network.existing:
        for number, cidr in enumerate(network.existing.cidrs):
            if number == 0 or not _is_pods(cidr):
                yield f"network.existing.cidrs.{number}", cidr
    elif not installation.installer.network_rights:
        yield "network.cidr", network.cidr
    if installation.deployment == "dedicated" and control:
        yield "control_plane.network.cidr", control.cidr


def _is_pods(cidr: str) -> bool:
    block = ip_network(cidr)
    return isinstance(block, IPv4Network) and block.subnet_of(_PODS)


def _groups(members: Iterable[Member], key: str) -> Iterator[list[Member]]:
    groups: dict[str, list[Member]] = defaultdict(list)
    for each in members:
        groups[getattr(each, key)].append(each)
    return (group for group in groups.values() if len(group) > 1)


def _twice(members: list[Member]) -> Iterator[tuple[str, Fault]]:
    """One tenant twice in one account: names in IAM are global in an account."""
    for group in _groups(members, "account"):
        same: dict[tuple[str, str], list[Member]] = defaultdict(list)
        for each in group:
            same[each.kind, each.tenant].append(each)
        for alike in same.values():
            for each, other in _with_another(alike):
                yield each.name, Fault(path="tenant", value=f"{each.tenant!r} in account {each.account}",
                                       rule=f"one file for each tenant and account, and {other.name} is another",
                                       way_out="Leave one of them out, or mend tenant or account")


def _shared_accounts(members: list[Member]) -> Iterator[tuple[str, Fault]]:
    """One account in two tenants."""
    for group in _groups(members, "account"):
        others = {each.tenant: each for each in reversed(group)}
        if len(others) < 2:
            continue
        for each in group:
            other = next(found for tenant, found in others.items() if tenant != each.tenant)
            yield each.name, Fault(path="account", value=repr(each.account), rule="an account of its own for each"
                                   f" tenant, and {other.name} is of tenant {other.tenant}", way_out="Take another"
                                   " account, or roll this one out by itself: --file")


def _overlapping(members: list[Member]) -> Iterator[tuple[str, Fault]]:
    """Blocks of one customer that share addresses; a block of a VPC that several files bring is one block."""
    for group in _groups(members, "customer"):
        blocks: dict[str, list[_Block]] = defaultdict(list)
        for each in group:
            for path, cidr in each.blocks:
                blocks[f"{each.vpc or each.name} {path.partition('.')[0]} {cidr}"].append((each, path, cidr))
        for one, other in overlaps((name, listed[0][2]) for name, listed in blocks.items()):
            yield from _told(blocks[one], blocks[other][0])
            yield from _told(blocks[other], blocks[one][0])


_Block = tuple[Member, str, str]


def _told(blocks: list[_Block], other: _Block) -> Iterator[tuple[str, Fault]]:
    beside, at, block = other
    for each, path, cidr in blocks:
        if each is not beside:
            yield each.name, Fault(path=path, value=repr(cidr), rule=f"no overlap within {each.customer}, and"
                                   f" {beside.name} has {block} ({at})", way_out="Take a block of its own for each"
                                   " network that may be connected to another")


def _with_another(alike: list[Member]) -> Iterator[tuple[Member, Member]]:
    """Each of several, with one of the others."""
    for number, each in enumerate(alike):
        if len(alike) > 1:
            yield each, alike[0 if number else 1]
