"""The way out of a virtual network on Azure: a NAT gateway, a firewall of its own, or the firewall of a hub.

A NAT gateway lets nodes and pods reach whatever their security group allows. A firewall passes the names of the
outbound table on their ports and nothing else. The firewall of a hub is the customer's own: it must pass them.
"""

import re
from dataclasses import dataclass

from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.outbound import Path
from conveyor_iac.model.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAddress:
    """A static public IPv4 address of the Standard kind, in all zones of the region."""

    name: str
    azure_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NatGateway:
    """A NAT gateway: what leaves has its one address, and nothing comes in by it."""

    name: str
    azure_name: str
    address: PublicAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What a firewall lets pass: one protocol and port, names (TLS by its server name) or CIDRs, and why."""

    azure_name: str
    protocol: str
    port: int
    names: tuple[str, ...] = ()
    cidrs: tuple[str, ...] = ()
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Firewall:
    """An Azure Firewall of the Standard kind with its policy: what no rule allows, it denies."""

    name: str
    azure_name: str
    policy: str
    policy_name: str
    address: PublicAddress
    sources: tuple[str, ...]
    allowed: tuple[Allowed, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTable:
    """A route table with one route: everything to the address of a firewall. `next_hop` is nothing for our own."""

    name: str
    azure_name: str
    next_hop: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Egress:
    """The way out: `kind` is nat-gateway, firewall, hub, or yours where the network is brought."""

    kind: str
    nat: NatGateway | None = None
    firewall: Firewall | None = None
    table: RouteTable | None = None
    allowed: tuple[Allowed, ...] = ()
    """What must get out: what our firewall passes, and a hub's must."""


def egress(installation: Installation, paths: tuple[Path, ...]) -> Egress:
    """The way out an installation asks for."""
    azure = installation.azure
    assert azure
    hub, kind, allowed = azure.vnet.hub, kind_of(installation), _allowed(paths)
    if kind == "nat-gateway":
        address = PublicAddress(name="NatGatewayAddress", azure_name=names.resource(installation, "outbound"))
        return Egress(kind=kind, allowed=allowed, nat=NatGateway(
            name="NatGateway", azure_name=names.resource(installation), address=address))
    table = RouteTable(name="RouteTable", azure_name=names.resource(installation),
                       next_hop=hub.firewall if hub and kind == "hub" else None)
    if kind == "hub":
        return Egress(kind=kind, table=table, allowed=allowed)
    address = PublicAddress(name="FirewallAddress", azure_name=names.resource(installation, "firewall"))
    own = (installation.network.cidr, installation.network.pod_cidr)
    return Egress(kind=kind, table=table, allowed=allowed, firewall=Firewall(
        name="Firewall", azure_name=names.resource(installation), policy="FirewallPolicy", address=address,
        policy_name=names.resource(installation), sources=own, allowed=allowed))


def kind_of(installation: Installation) -> str:
    """The way out by its name: the one that is asked for, else a hub's firewall, else a NAT gateway."""
    azure = installation.azure
    assert azure
    by_hub = azure.vnet.hub is not None and azure.vnet.hub.firewall is not None
    return azure.vnet.egress or ("hub" if by_hub else "nat-gateway")


def _allowed(paths: tuple[Path, ...]) -> tuple[Allowed, ...]:
    """The table as a firewall takes it: one rule for each component, protocol and port, of names or of CIDRs."""
    kept: dict[tuple[str, str, int, str], list[Path]] = {}
    for path in paths:
        kept.setdefault((path.component, path.protocol, path.port, path.kind), []).append(path)
    rules = []
    for number, ((component, protocol, port, kind), rows) in enumerate(kept.items(), 1):
        where = tuple(dict.fromkeys(row.destination for row in rows))
        rules.append(Allowed(
            azure_name=_rule_name(number, component),
            protocol=protocol, port=port, names=where if kind == "name" else (),
            cidrs=where if kind == "cidr" else (), why=f"{component}: {rows[0].why}"))
    return tuple(rules)


def _rule_name(number: int, component: str) -> str:
    """The name of a rule after a component, whose name may be any text; the number makes it one of a kind.

    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules#microsoftnetwork
    """
    return f"{number:02}-{re.sub('[^a-z0-9]+', '-', component.lower())[:60]}".strip("-")
