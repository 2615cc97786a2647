"""What a network security group lets pass: its rules and Azure's own, by priority, over whole sets of packets.

A packet is a point: source, destination, protocol, port of the source, port of the destination. Each rule has three
boxes: `low` is what it surely matches, `high` what it may match, `plain` what Azure's documents say it matches, as long
as they say it. A proof lets an Allow be as large as it may and a Deny as small as it must; a counterexample is read
plainly. The tag VirtualNetwork takes in peers, on-premises networks and what routes lead to, and may be all addresses.
https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview and
https://learn.microsoft.com/azure/virtual-network/service-tags-overview
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from conveyor_iac.proofs.azure import ids
from conveyor_iac.proofs.azure.intervals import (
    EVERYWHERE,
    NONE,
    V4,
    V6,
    Box,
    Numbers,
    both,
    box_and,
    box_minus,
    minus,
    union,
)
from conveyor_iac.proofs.azure.intervals import network as addresses
from conveyor_iac.proofs.azure.resources import Resource, Unknown
from conveyor_iac.proofs.azure.stack import Named, Stack, at, known, merged, rows
from conveyor_iac.proofs.scope import Undecidable

PROTOCOLS: Final = ("tcp", "udp", "icmp", "esp", "ah")
PORTS: Final[Numbers] = ((0, 65535),)
ANY_PROTOCOL: Final[Numbers] = ((0, len(PROTOCOLS) - 1),)
PLATFORM: Final = union([addresses("168.63.129.16"), addresses("fe80::1234:5678:9abc")])
"""Where health probes come from: Azure's own machines, which the tag AzureLoadBalancer stands for."""
_PRIVATE: Final = union(map(addresses, (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
    "224.0.0.0/3", "168.63.129.16/32")))
_INTERNET: Final = union([minus(V4, _PRIVATE), addresses("2000::/3")])
_SAYS: Final = ("direction", "access", "priority", "protocol", *(
    f"{side}{what}" for side in ("source", "destination") for what in (
        "AddressPrefix", "AddressPrefixes", "ApplicationSecurityGroups", "PortRange", "PortRanges")))
"""What of a rule counts."""
_MOST: Final = 4000
"""Boxes that are followed before it is given up."""
DEFAULTS: Final[Mapping[bool, tuple[tuple[str, int, bool, str, str], ...]]] = {
    True: (("AllowVnetInBound", 65000, True, "VirtualNetwork", "VirtualNetwork"),
           ("AllowAzureLoadBalancerInBound", 65001, True, "AzureLoadBalancer", "*"),
           ("DenyAllInBound", 65500, False, "*", "*")),
    False: (("AllowVnetOutBound", 65000, True, "VirtualNetwork", "VirtualNetwork"),
            ("AllowInternetOutBound", 65001, True, "*", "Internet"),
            ("DenyAllOutBound", 65500, False, "*", "*")),
}
"""Azure's own rules by direction: name, priority, whether they allow, source and destination."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The addresses of a group's own network, and of its peers as far as they are known."""

    own: Numbers
    peers: Numbers = NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule of a group. `plain` is nothing where Azure's documents do not tell what it matches."""

    name: str
    priority: int
    allow: bool
    low: Box
    high: Box
    plain: Box | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    low: Numbers
    high: Numbers
    plain: Numbers | None


def raw_rules(stack: Stack, group: Resource) -> list[Named]:
    """The rules of a group as they are written, in it and beside it; `Undecidable` where they are not known."""
    found = [(str(row.get("name") or ""), row) for row in map(partial(known, where=f"a rule of {group.name}"),
                                                              rows(group, "securityRules"))]
    beside = [(_called(one), one.values) for one in stack.children(group, "network:SecurityRule",
                                                                   "networkSecurityGroupName")]
    return merged(found, beside, _SAYS, group.name)


def _called(rule: Resource) -> str:
    """The name of a rule as Azure knows it."""
    told = (ids.last(rule.id), rule.values.get("securityRuleName"), rule.values.get("name"), rule.name)
    return next(str(name) for name in told if name)


def rules_of(raw: Iterable[tuple[str, Mapping[str, Any]]], around: Around, *, inbound: bool) -> list[Rule]:
    """The rules of one direction with Azure's own, the first that counts first."""
    found = [_rule(name, row, around) for name, row in raw if _is_inbound(name, row) == inbound]
    if len({rule.priority for rule in found}) < len(found):
        raise Undecidable("which of two rules of one priority counts")
    for name, priority, allow, source, destination in DEFAULTS[inbound]:
        found.append(_rule(name, {"priority": priority, "access": "Allow" if allow else "Deny", "protocol": "*",
                                  "sourceAddressPrefix": source, "destinationAddressPrefix": destination,
                                  "sourcePortRange": "*", "destinationPortRange": "*"}, around))
    return sorted(found, key=lambda rule: rule.priority)


def _is_inbound(name: str, row: Mapping[str, Any]) -> bool:
    word = _word(row, "direction", name)
    if word not in ("inbound", "outbound"):
        raise Undecidable(f"which way {name} is: its direction is neither Inbound nor Outbound")
    return word == "inbound"


def admitted(rules: Iterable[Rule], region: Iterable[Box], *, plainly: bool) -> Iterator[tuple[Rule, Box]]:
    """What of a region the rules let pass: all that may pass, or what does as Azure's documents are read plainly."""
    left = list(region)
    for rule in rules:
        wide = rule.plain if plainly else rule.high
        if rule.allow and wide is not None:
            yield from ((rule, hit) for box in left if (hit := box_and(box, wide)))
        taken = rule.low if not plainly else rule.plain if rule.plain is not None else rule.high
        left = [rest for box in left for rest in box_minus(box, taken)]
        if len(left) > _MOST:
            raise Undecidable("what passes so many rules")


def _rule(name: str, row: Mapping[str, Any], around: Around) -> Rule:
    source, destination = _side(row, "source", around), _side(row, "destination", around)
    protocol, ports = _protocol(row.get("protocol")), [_ports(row, side) for side in ("source", "destination")]
    access = _word(row, "access", name)
    if access not in ("allow", "deny"):
        raise Undecidable(f"what {name} does: its access is neither Allow nor Deny")

    def box(kind: str) -> Box | None:
        parts = [getattr(side, kind) for side in (source, destination, protocol, *ports)]
        return None if any(part is None for part in parts) else tuple(parts)

    low, high = box("low"), box("high")
    assert low is not None
    assert high is not None
    return Rule(name=name, priority=int(known(row.get("priority"), f"{name}.priority")), allow=access == "allow",
                low=low, high=high, plain=box("plain"))


def _word(row: Mapping[str, Any], key: str, name: str) -> str:
    return str(known(row.get(key), f"{name}.{key}")).lower()


def _side(row: Mapping[str, Any], side: str, around: Around) -> _Side:
    """The addresses of one side: the prefix, the prefixes, or all of them where application groups are named."""
    texts = _several(row, f"{side}AddressPrefix", f"{side}AddressPrefixes")
    if texts is None or row.get(f"{side}ApplicationSecurityGroups"):
        return _Side(low=NONE, high=EVERYWHERE, plain=None)
    sides = [_addresses(text, around) for text in texts]
    plain = [one.plain for one in sides if one.plain is not None]
    return _Side(low=union(one.low for one in sides), high=union(one.high for one in sides),
                 plain=union(plain) if len(plain) == len(sides) else None)


def _addresses(text: str, around: Around) -> _Side:
    word = text.lower()
    if word in ("*", "any"):
        return _exact(EVERYWHERE)
    if word == "virtualnetwork":
        return _Side(low=around.own, high=EVERYWHERE, plain=union([around.own, around.peers]))
    if word == "internet":
        return _Side(low=NONE, high=minus(EVERYWHERE, around.own),
                     plain=minus(minus(_INTERNET, around.own), around.peers))
    if word == "azureloadbalancer":
        return _exact(PLATFORM)
    try:
        return _exact(addresses(text))
    except ValueError:
        return _Side(low=NONE, high=EVERYWHERE, plain=None)


def _exact(found: Numbers) -> _Side:
    return _Side(low=found, high=found, plain=found)


def _protocol(value: Any) -> _Side:
    word = str(value).lower()
    if word in ("*", "any"):
        return _exact(ANY_PROTOCOL)
    if isinstance(value, Unknown) or word not in PROTOCOLS:
        return _Side(low=NONE, high=ANY_PROTOCOL, plain=None)
    number = PROTOCOLS.index(word)
    return _exact(((number, number),))


def _ports(row: Mapping[str, Any], side: str) -> _Side:
    texts = _several(row, f"{side}PortRange", f"{side}PortRanges")
    found = None if texts is None else ports(texts)
    return _Side(low=NONE, high=PORTS, plain=None) if found is None else _exact(found)


def ports(texts: Iterable[str]) -> Numbers | None:
    """The ports of texts such as `443`, `80-90` and `*`; nothing where one of them is none, or none is told."""
    sets: list[Numbers] = []
    for text in texts:
        first, dash, last = text.partition("-")
        found = PORTS if text == "*" else NONE
        if first.strip().isdigit() and (not dash or last.strip().isdigit()):
            found = both(PORTS, ((int(first), int(last if dash else first)),))
        if not found:
            return None
        sets.append(found)
    return union(sets) or None


def _several(row: Mapping[str, Any], one: str, many: str) -> list[str] | None:
    """The texts of a property that is written in the singular or the plural; nothing where they are not known."""
    listed = row.get(many)
    given = [row.get(one), *(listed if isinstance(listed, list) else [listed])]
    texts = [value for value in given if value not in (None, "", [])]
    if not texts or not all(isinstance(value, str | int) for value in texts):
        return None
    return [str(value) for value in texts]


def families(source: Numbers, destination: Numbers) -> Iterator[tuple[Numbers, Numbers]]:
    """Source and destination of one family each: no packet has two."""
    for family in (V4, V6):
        if (one := both(source, family)) and (other := both(destination, family)):
            yield one, other


def spaces(stack: Stack, network: Resource) -> Numbers:
    """The addresses of a virtual network; `Undecidable` where they are not known."""
    found = [addresses(str(known(text, f"addressSpace of {network.name}")))
             for text in at(network, "addressSpace.addressPrefixes") or ()]
    if not found:
        raise Undecidable(f"which addresses {network.name} has")
    return union(found)
