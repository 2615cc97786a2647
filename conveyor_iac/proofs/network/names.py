"""Which DNS names carry nothing to a stranger: those that the VPC's resolver or AWS itself answers.

A question for any other name reaches whoever answers for it, with whatever was written into it. That holds for
reverse names of public addresses too: who holds the addresses answers. Source:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-overview-DSN-queries-to-vpc.html.
"""

import re
from functools import cache, lru_cache
from ipaddress import IPv4Network

from conveyor_iac.model import catalogue
from conveyor_iac.proofs.network.pieces import is_public

_REGION = re.compile(r"\$\{AWS::Region\}|\b[a-z]{2,4}(?:-[a-z]+)+-\d\b")
# Answered by the VPC's resolver alone, or by AWS, whose customers cannot see the questions.
_ZONES = ("*.compute.internal", "*.ec2.internal", "*.vpce.S", "*.R.vpce.S", "*.elb.R.S", "*.R.elb.S", "*.eks.S",
          "*.R.eks.S")


@lru_cache(maxsize=4096)
def leads_nowhere(name: str) -> bool:
    """Whether a name, or every name below one that begins with `*.`, is answered by AWS or the VPC's own resolver."""
    written = name.lower().removesuffix(".")
    return _same(name.removesuffix(".")) in _known() or _is_private_reverse(written)


def _same(name: str) -> str:
    """A name with its region and its partition's suffix as letters that stand for any of them."""
    for suffix in sorted({"${AWS::URLSuffix}", *_suffixes()}, key=len, reverse=True):
        if name.endswith(f".{suffix}"):
            name = f"{name[:-len(suffix)]}S"
            break
    return _REGION.sub("R", name)


@cache
def _suffixes() -> frozenset[str]:
    return frozenset(row.url_suffix for row in catalogue.partitions() if row.url_suffix)


@cache
def _known() -> frozenset[str]:
    """The zones above, and the names that the services behind endpoints answer for."""
    rows = catalogue.endpoints().values()
    return frozenset((*_ZONES, *(_same(name) for row in rows for name in (*row.dns, *row.dns_cn))))


def _is_private_reverse(name: str) -> bool:
    """Whether a reverse name speaks of private addresses only."""
    labels = name.removesuffix(".in-addr.arpa").removeprefix("*.").split(".")
    if not name.endswith(".in-addr.arpa") or not 0 < len(labels) <= 4 or not all(map(_is_byte, labels)):
        return False
    bytes_ = [int(label) for label in reversed(labels)]
    number = int.from_bytes(bytes([*bytes_, *[0] * (4 - len(bytes_))]), "big")
    block = IPv4Network((number, 8 * len(bytes_)))
    return any(block.subnet_of(other) for other in _PRIVATE) and not is_public(block.network_address)


def _is_byte(label: str) -> bool:
    return label.isdigit() and int(label) < 256


_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                   "169.254.0.0/16")))
