"""What the proofs hold the resources of a data plane on Azure to; the key `azure` of a contract.

Parts are named as the program names them; Azure's own ids, names and addresses are themselves. What is not claimed is
left out, and so is not asked.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from conveyor_iac.model.azure.identities import RoleAssignment
from conveyor_iac.model.azure.network import FIREWALL_SUBNET
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.placeholders import Made

Called = Callable[[str], str]
"""What the program calls a part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """The promises; every field is a plain value."""

    subscription: str
    """The subscription's id, or what the program calls the alias that makes it."""
    addresses: tuple[str, ...]
    """The public addresses that may be, each what the program calls it."""
    callers: tuple[str, ...]
    """The CIDRs from which somebody may call in."""
    subnets: tuple[str, ...]
    """The subnets in which workloads run; none where the network is brought."""
    egress: str
    """open, firewall, hub, or yours."""
    next_hop: str | None
    """The address of a hub's firewall, or what the program calls our own."""
    paths: tuple[str, ...]
    """What may get out: `TCP 443 mcr.microsoft.com`."""
    closed: tuple[str, ...]
    """Key vaults, registries and storage accounts without public access."""
    roles: tuple[dict[str, Any], ...]
    """Who may hold which role where: principal, role, scope, and `assigns`, the roles it may assign (absent: any)."""
    organizations: tuple[str, ...]
    """Object ids of the connected organisations whose members may request access."""
    guardrail_scope: str
    log_subscription: str
    inside: bool
    """Whether guard rails may lie in the subscription itself."""

    def spelled(self) -> dict[str, Any]:
        """The contract as a plain mapping."""
        rows = {name: getattr(self, name) for name in self.__slots__}
        return {"azure": {name: list(value) if isinstance(value, tuple) else value for name, value in rows.items()
                          if value is not None}}


def contract(made: Scaffolding, called: Called) -> Contract:
    """What a scaffolding promises, with the names that a program gives its parts."""
    network, egress = made.network, made.network.egress
    addresses = [part.address.name for part in (egress.nat, egress.firewall) if part]
    addresses += [network.load_balancer.address] if network.load_balancer else []
    storages = ["ActivityLogStorage", *([network.flow_log.storage.name] if network.flow_log else [])]
    hop = egress.table.next_hop or called("Firewall") if egress.table else None
    return Contract(
        subscription=_known(made.subscription.id, called), addresses=tuple(map(called, addresses)),
        callers=network.load_balancer.callers if network.load_balancer else (),
        subnets=tuple(called(subnet.name) for subnet in network.subnets if subnet.azure_name != FIREWALL_SUBNET),
        egress={"nat-gateway": "open"}.get(egress.kind, egress.kind), next_hop=hop,
        paths=tuple(f"{path.protocol} {path.port} {path.destination}" for path in made.outbound),
        closed=tuple(map(called, (*(service.name for service in made.services.private()), *storages))),
        roles=(*(_role(one, made, called) for one in (*made.identities.assignments, *made.access.assignments)),
               *_flow_log(made, called), {"principal": called("AlertIdentity"), "role": catalogue.role("Reader").id,
                                           "scope": called("ActivityWorkspace")}),
        organizations=(made.access.package.connected_organization,) if made.access.package else (),
        guardrail_scope=_known(made.guardrails.scope.removeprefix("/subscriptions/"), called),
        log_subscription=_known(made.guardrails.store.subscription, called), inside=made.guardrails.inside)


def _known(text: str, called: Called) -> str:
    return called("Subscription") if text == "${SubscriptionId}" else text


def _role(held: RoleAssignment, made: Scaffolding, called: Called) -> dict[str, Any]:
    def shown(value: Any) -> str:
        return called(value.name) if isinstance(value, Made) else str(value)

    assigns = {} if held.condition is None else {"assigns": [role.id for role in made.access.assignable]}
    scope = shown(held.scope).removeprefix("/subscriptions/") if held.scope == made.subscription.scope else shown(
        held.scope)
    return {"principal": shown(held.principal), "role": shown(held.role), "scope": _known(scope, called), **assigns}


def _flow_log(made: Scaffolding, called: Called) -> tuple[dict[str, Any], ...]:
    """The role by which the flow log's identity writes into its storage account."""
    log = made.network.flow_log
    return ({"principal": called(log.identity), "role": catalogue.role("Storage Blob Data Contributor").id,
             "scope": called(log.storage.name)},) if log else ()
