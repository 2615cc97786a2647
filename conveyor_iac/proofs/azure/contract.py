"""The key `azure` of a contract: what the claims about Azure speak of.

Knows the keys and holds each name against the resources; refuses to guess. A part is named as the program names it;
Azure's own ids, names and addresses are themselves.
"""

import difflib
import ipaddress
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from conveyor_iac.errors import Fault
from conveyor_iac.proofs.azure.ids import is_guid
from conveyor_iac.proofs.azure.resources import Resource

Texts = tuple[str, ...]
_NETWORK: Final = "azure-native:network:"
ADDRESSES: Final = (f"{_NETWORK}PublicIPAddress", f"{_NETWORK}PublicIPPrefix")
SERVICES: Final = ("azure-native:keyvault:Vault", "azure-native:containerregistry:Registry",
                   "azure-native:storage:StorageAccount")
ALIAS: Final = "azure-native:subscription:Alias"
ROLE: Final = "azure-native:authorization:RoleDefinition"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, coerce_numbers_to_str=True)


class Role(_Part):
    """A role that somebody may hold."""

    principal: str = Field(description="Object id, or the name of a group, identity or service principal.")
    role: str = Field(description="Id of a role (a UUID), or the name of a role definition.")
    scope: str = Field(description="Id of a subscription, another scope (/...), or the name of a resource.")
    assigns: Texts | None = Field(
        default=None, description="The roles it may assign, by their ids; left out: any that its role lets it.")


class Azure(_Part):
    """What is agreed of a data plane on Azure."""

    subscription: str = Field(description="Id of the subscription, or the name of the alias that makes it.")
    addresses: Texts = Field(default=(), description="The public addresses that may be, by name.")
    callers: Texts = Field(default=(), description="CIDRs from which somebody may call in.")
    subnets: Texts = Field(default=(), description="The subnets in which workloads run, by name.")
    egress: Literal["open", "firewall", "hub", "yours"] | None = Field(
        default=None, description="The way out. Only of firewall and hub azure.egress-by-list is asked.")
    next_hop: str | None = Field(default=None, description="Address of the hub's firewall, or the name of our own.")
    paths: Texts = Field(default=(), description="What may get out: PROTOCOL PORT DESTINATION.")
    closed: Texts = Field(default=(), description="Key vaults, registries and storage accounts, by name.")
    roles: tuple[Role, ...] | None = Field(default=None, description="Who may hold which role. Left out: not asked.")
    guardrail_scope: str | None = Field(
        default=None, description="Where policies are assigned: a scope (/...), the id of a subscription, or an "
                                  "alias's name. Left out: not asked.")
    log_subscription: str | None = Field(
        default=None, description="The subscription that keeps the activity log: its id, or an alias's name.")
    inside: bool = Field(default=False, description="Guard rails may lie in the subscription itself: not asked.")
    organizations: Texts | None = Field(
        default=None, description="Connected organisations whose members may request access; left out: a note tells.")


def strangers(contract: Azure, resources: Iterable[Resource]) -> Iterator[tuple[str, str, str, str]]:
    """Every name that no resource has: where it stands, the name, what it should be, and the way out."""
    named = {one.name: one.type for one in resources}
    scopes = {"subscription": contract.subscription, "guardrail_scope": contract.guardrail_scope,
              "log_subscription": contract.log_subscription}
    for path, text in scopes.items():
        if text is not None and not is_guid(text) and not (text.startswith("/") and path == "guardrail_scope"):
            yield from _held(path, text, named, (ALIAS,), "is the id of a subscription, or names an alias")
    kinds: Mapping[str, tuple[Texts, tuple[str, ...], str]] = {
        "addresses": (contract.addresses, ADDRESSES, "names a public address of the stack"),
        "subnets": (contract.subnets, (f"{_NETWORK}Subnet",), "names a subnet of the stack"),
        "closed": (contract.closed, SERVICES, "names a key vault, a registry or a storage account of the stack")}
    for path, (names, types, rule) in kinds.items():
        for index, name in enumerate(names):
            yield from _held(f"{path}.{index}", name, named, types, rule)
    yield from _of_roles(contract.roles or (), named)
    yield from _of_network(contract, named)


def _of_roles(roles: Iterable[Role], named: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    for index, row in enumerate(roles):
        if not is_guid(row.principal):
            yield from _held(f"roles.{index}.principal", row.principal, named, (), "is an object id, or names a "
                                                                                  "resource of the stack")
        if not is_guid(row.role):
            yield from _held(f"roles.{index}.role", row.role, named, (ROLE,), "is a role's id, or names a role "
                                                                             "definition of the stack")
        if not is_guid(row.scope) and not row.scope.startswith("/"):
            yield from _held(f"roles.{index}.scope", row.scope, named, (), "is a scope, or names a resource of the "
                                                                          "stack")
        for place, role in enumerate(row.assigns or ()):
            if not is_guid(role):
                yield f"roles.{index}.assigns.{place}", role, "is a role's id", "Give the UUID of a role"


def _of_network(contract: Azure, named: Mapping[str, str]) -> Iterator[tuple[str, str, str, str]]:
    for index, text in enumerate(contract.callers):
        if not _is_network(text):
            yield f"callers.{index}", text, "is a CIDR", "Give a block such as 203.0.113.0/28"
    for index, text in enumerate(contract.paths):
        if path_of(text) is None:
            yield f"paths.{index}", text, "is PROTOCOL PORT DESTINATION", "Such as TCP 443 mcr.microsoft.com"
    hop = contract.next_hop
    if contract.egress in ("firewall", "hub") and hop is None:
        yield "next_hop", "nothing", "must be given where the way out is a firewall", "Name the firewall"
    elif hop is not None and not _is_network(hop):
        yield from _held("next_hop", hop, named, (f"{_NETWORK}AzureFirewall",), "is an address, or names a firewall "
                                                                               "of the stack")


def path_of(text: str) -> tuple[str, int, str] | None:
    """The protocol, port and destination of a path; nothing for a text that is none."""
    parts = text.split()
    if len(parts) != 3 or parts[0].upper() not in ("TCP", "UDP") or not parts[1].isdigit() or int(parts[1]) > 65535:
        return None
    return parts[0].upper(), int(parts[1]), parts[2].lower()


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _held(path: str, name: str, named: Mapping[str, str], types: tuple[str, ...], rule: str
          ) -> Iterator[tuple[str, str, str, str]]:
    known = [one for one, type_ in named.items() if not types or type_ in types]
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        yield path, name, rule, f"Perhaps you meant {near[0]}" if near else f"Known: {', '.join(known[:12]) or 'none'}"


def faults(contract: Azure, resources: Iterable[Resource]) -> Iterator[Fault]:
    """The faults of a contract."""
    for path, value, rule, way_out in strangers(contract, resources):
        yield Fault(path=f"contract: azure.{path}", value=value, rule=rule, way_out=way_out)
