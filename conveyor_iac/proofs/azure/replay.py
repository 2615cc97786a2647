"""One packet, walked again: the rules of a security group and the routes of a table, one after another.

Written from Azure's documents, address by address, and shares no code with the arithmetic that found the packet.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
_HOST = {ip_address("168.63.129.16"), ip_address("fe80::1234:5678:9abc")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packet:
    """A packet; ports count for TCP and UDP."""

    source: str
    destination: str
    protocol: str
    port: int
    source_port: int = 50000

    def shown(self) -> dict[str, Any]:
        """The packet as a counterexample tells it."""
        return {"source": self.source, "destination": self.destination, "protocol": self.protocol, "port": self.port}


def passes(rules: Iterable[Mapping[str, Any]], packet: Packet, own: Iterable[str], *, inbound: bool,
           peers: Iterable[str] = ()) -> bool:
    """Whether a group with these rules lets a packet pass; one that cannot be read is taken not to."""
    near = [ip_network(text) for text in (*own, *peers)]
    way = "inbound" if inbound else "outbound"
    ordered = sorted((row for row in rules if str(row.get("direction")).lower() == way),
                     key=lambda row: int(row["priority"]))
    for row in ordered:
        matched = _matches(row, packet, near)
        if matched is None:
            return False
        if matched:
            return str(row["access"]).lower() == "allow"
    source, destination = ip_address(packet.source), ip_address(packet.destination)
    if _in(source, near) and _in(destination, near):
        return True
    return source in _HOST if inbound else _is_internet(destination, near)


def hop(routes: Iterable[tuple[str, str]], system: Iterable[tuple[str, str]], destination: str) -> str:
    """Where a packet goes next: the longest prefix wins, and of two alike the one somebody wrote."""
    where, best, found = ip_address(destination), (-1, 0), "None"
    for written, rows in ((0, system), (1, routes)):
        for prefix, target in rows:
            block = ip_network(prefix, strict=False)
            if where.version == block.version and where in block and (block.prefixlen, written) >= best:
                best, found = (block.prefixlen, written), target
    return found


def _matches(row: Mapping[str, Any], packet: Packet, near: Sequence[Network]) -> bool | None:
    """Whether a rule speaks of a packet; nothing where nobody can say."""
    if row.get("sourceApplicationSecurityGroups") or row.get("destinationApplicationSecurityGroups"):
        return None
    if str(row.get("protocol")).lower() not in ("*", "any", packet.protocol.lower()):
        return False
    numbers = {"source": packet.source_port, "destination": packet.port}
    for side, number in numbers.items():
        if not any(_port(text, number) for text in _texts(row, f"{side}PortRange", f"{side}PortRanges")):
            return False
    for side, text in (("source", packet.source), ("destination", packet.destination)):
        told = [_address(word, ip_address(text), near)
                for word in _texts(row, f"{side}AddressPrefix", f"{side}AddressPrefixes")]
        if True not in told:
            return None if None in told else False
    return True


def _texts(row: Mapping[str, Any], one: str, many: str) -> list[str]:
    return [str(text) for text in ([row[one]] if row.get(one) else []) + list(row.get(many) or [])]


def _port(text: str, number: int) -> bool:
    if text == "*":
        return True
    first, _, last = text.partition("-")
    return int(first) <= number <= int(last or first)


def _address(word: str, address: Address, near: Sequence[Network]) -> bool | None:
    tag = word.lower()
    if tag in ("*", "any"):
        return True
    if tag == "virtualnetwork":
        return _in(address, near)
    if tag == "internet":
        return _is_internet(address, near)
    if tag == "azureloadbalancer":
        return address in _HOST
    try:
        return _in(address, [ip_network(word, strict=False)])
    except ValueError:
        return None


def _in(address: Address, blocks: Iterable[Network]) -> bool:
    return any(address.version == block.version and address in block for block in blocks)


def _is_internet(address: Address, near: Sequence[Network]) -> bool:
    """Whether an address is a public one that no network here has."""
    told = [ip_network(block) for block in ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
                                            "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/3")]
    public = not _in(address, told) if address.version == 4 else address in ip_network("2000::/3")
    return public and address not in _HOST and not _in(address, near)
