"""Address plans of many installations, and whether any two of them share addresses.

Law: the product's own way. Each plan is made from the slices of `model.network.Space`, decided for one installation
(`placeholders.decide`): the 15 subnets of a private deployment in three zones. Then one `addresses.overlaps` over the
subnets of all primary blocks. Pods are left out of it: their block is the same in every installation, and nothing
outside its VPC routes to it. The last installation is given the block of the first, and exactly its subnets must be
found: a check that finds nothing would be fast as well.

`addresses.py N`: the plans of N installations; 0 is what starting costs.
"""

import sys
from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import chain, islice

from conveyor_iac.model.addresses import overlaps
from conveyor_iac.model.network import NARROWEST, Space, Subnet
from conveyor_iac.model.placeholders import decide

_KINDS = ("Node", "Pod", "Endpoint", "Public", "Firewall")
_THREE_ZONES = {"HasThirdZone": True, "HasFourthZone": False}
_PODS = "100.64.0.0/16"


def blocks(count: int) -> Iterator[str]:
    """As many blocks as there are installations, the narrowest that the product allows; the last is the first again."""
    wide = chain.from_iterable(IPv4Network(block).subnets(new_prefix=NARROWEST)
                               for block in ("10.0.0.0/8", "100.96.0.0/11", "172.16.0.0/12", "100.80.0.0/12"))
    every = [str(block) for block in islice(wide, max(count - 1, 0))]
    return iter([*every, *every[:1]])


def plans(count: int) -> Iterator[tuple[int, Subnet]]:
    """Every subnet of every installation, with the installation's number."""
    space = Space()
    asked = tuple(space.subnets(kind, one_table=kind in ("Pod", "Endpoint")) for kind in _KINDS)
    for number, cidr in enumerate(blocks(count)):
        for kind in decide(asked, {"VpcCidr": cidr, "PodCidr": _PODS}, _THREE_ZONES):
            for subnet in kind:
                yield number, subnet


def main(count: int) -> None:
    """Plans them all and ends with exit code 1 unless each has its subnets and exactly the planted overlap is found."""
    every = [(f"{number} {subnet.name}", subnet.cidr, subnet.kind) for number, subnet in plans(count)]
    found = overlaps((name, cidr) for name, cidr, kind in every if kind != "Pod")
    first = [name for name, _, kind in every[:15] if kind != "Pod"]
    planted = [{name, f"{count - 1} {name.partition(' ')[2]}"} for name in first]
    if len(every) != 15 * count or len(found) != len(planted) or any(set(pair) not in planted for pair in found):
        sys.exit(f"{count} installations: {len(every)} subnets, {len(found)} overlaps: {found[:3]}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
