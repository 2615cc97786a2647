"""The contract of our own templates: what the proofs are held to, written into each template's Metadata.

Knows its keys and what our deployments promise; not how a template is proved, and not what our parts are called in a
template: whoever writes one says that. Policies are named by what the stack calls them; everything else is a text with
placeholders, or a name the template has. What a stack does not have is left out, and so is not asked.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from conveyor_iac.model import catalogue, names
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.endpoints import Endpoint
from conveyor_iac.model.iam import ManagedPolicy, Role, Statement
from conveyor_iac.model.placeholders import Either, every
from conveyor_iac.model.placeholders import names as placeholders

KEY = "Conveyor::Contract"
"""Where a template's Metadata holds it."""
OWNS = ("conveyor-${TenantId}-*", "/conveyor/${TenantId}", "/conveyor/${TenantId}/*", "/aws/eks/conveyor-${TenantId}-*")
"""Names of what is the tenant's own: its prefix, its path of parameters and log groups, its clusters' log groups."""
OWNS_TAGS = ("${TenantId}", "conveyor-${TenantId}-*")
"""Values of tags that mark what is the tenant's own: the tenant, and the name of its cluster."""
PERIMETER = ("HasDataPlaneVpc", "HasInterfaceEndpoints")
"""The switches without which the data perimeter is not whole."""
_NOT_CLAIMED = ""
_VPC = Either(switch=PERIMETER[0], yes=Either(switch=PERIMETER[1], yes="${DataPlaneVpcId}", no=_NOT_CLAIMED))
"""Nothing where there is no perimeter. Without interface endpoints it holds objects only, so nothing is claimed."""


class _Part:
    """A part of a contract; what is left out of it is not written."""

    __slots__ = ()

    def spelled(self) -> dict[str, Any]:
        """The part as a plain mapping."""
        rows = {row.name: getattr(self, row.name) for row in fields(self)}  # type: ignore[arg-type]
        return {name: _plain(value) for name, value in rows.items() if value is not None and value != ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust(_Part):
    """Whom the installer role trusts: each a parameter's name or a value."""

    account: str
    role: str
    external_id: str
    session_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer(_Part):
    """The installer role, and what holds it and the roles it creates."""

    role: str
    boundary: str
    creates_roles: str
    predefined: tuple[str, ...]
    passes_to: tuple[str, ...]
    iam_actions: tuple[str, ...]
    trust: Trust
    switch: str | None
    owns: tuple[str, ...]
    owns_tags: tuple[str, ...]
    descendants: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Data(_Part):
    """The VPC from which customer data may be read; `None` where none is known, and that is told, not left out.

    A VPC that another stack exports is the name of its export after `Fn::ImportValue`.
    """

    network: str | None
    when: tuple[str, ...] = ()

    def spelled(self) -> dict[str, Any]:
        """The part as a plain mapping, the network in it also where there is none."""
        return {"network": self.network} | _Part.spelled(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Network(_Part):
    """The subnets a way out is asked of, those without any, the names the others may reach, and the endpoints."""

    subnets: tuple[str, ...]
    egress: str
    isolated: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    endpoints: tuple[str, ...] = ()
    dns_when: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract(_Part):
    """The whole contract. A part that is left out is not asked about."""

    installer: Installer | None = None
    data: Data | None = None
    network: Network | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What only an installation knows of its contract: placeholders until its plan is decided."""

    account: str = "${ControlPlaneAccount}"
    role: str = "${ControlPlaneRole}"
    session_name: str = names.SESSION_NAME
    creates_roles: str = names.CREATED_ROLES
    passes_to: tuple[str, ...] = tuple(row.service for row in catalogue.passed_to())
    owns: tuple[str, ...] = OWNS
    owns_tags: tuple[str, ...] = OWNS_TAGS
    descendants: str = names.RESOURCE_ROLES
    vpc: Any = _VPC


def of_installer(terms: Terms, role: Role, *, called: str, boundary: str, predefined: Sequence[Any],
                 name_of: Callable[[ManagedPolicy], str], exported: str | None = None) -> Contract:
    """The contract of the installer role. `called` is its logical id, `name_of` what the template calls a policy.

    `exported` is the name under which another stack exports the VPC, where that is one of ours.
    """
    attachable = tuple(policy for part in predefined for policy in every(part))
    trust = Trust(account=_word(terms.account), role=_word(terms.role), external_id="ExternalId",
                  session_name=_word(terms.session_name))
    installer = Installer(
        role=called, boundary=boundary, creates_roles=terms.creates_roles, predefined=tuple(map(name_of, attachable)),
        passes_to=tuple(dict.fromkeys(terms.passes_to)), trust=trust, switch=_switch(role), owns=terms.owns,
        owns_tags=terms.owns_tags, descendants=terms.descendants,
        iam_actions=iam_actions((*role.every_policy(), *attachable)))
    return Contract(installer=installer, data=_data(terms, exported))


def of_networks(networks: Sequence[NetworkPlan], *, with_endpoints: bool) -> Contract:
    """The contract of the networks of one template, `with_endpoints` where it makes their endpoints too.

    Nothing is asked of a network with internet egress: its nodes go out by NAT and its pods through the nodes, so
    that neither word of a contract would be true of it.
    """
    made = [network for network in networks if network.subnets]
    if not made or any(_is_open(network) for network in made):
        return Contract()
    allowed = [name for network in made for firewall in every(network.egress.firewall) for name in firewall.allowed]
    served = [frozenset(_serving(network)) for network in made] if with_endpoints else []
    subnets = tuple(dict.fromkeys(glob for network in made for glob in _globs(network)))
    return Contract(network=Network(
        subnets=subnets, isolated=tuple(glob for glob in subnets if allowed and "Node" not in glob),
        egress="allow-list" if allowed else "none", domains=tuple(dict.fromkeys(allowed)),
        endpoints=tuple(name for name in catalogue.endpoints() if served and all(name in names for names in served)),
        dns_when=tuple(dict.fromkeys(network.dns_firewall.switch for network in made
                                     if isinstance(network.dns_firewall, Either)))))


def iam_actions(policies: Iterable[ManagedPolicy]) -> tuple[str, ...]:
    """Every iam action that these policies allow somewhere, in order; each is named in full or by a pattern."""
    rows: list[Statement] = [row for policy in policies for row in policy.document.every_statement()]
    return tuple(sorted({action for row in rows if row.effect == "Allow" for action in row.actions
                         if action.startswith("iam:")}))


def _data(terms: Terms, exported: str | None) -> Data | None:
    """From where data may be read; nothing where that is not claimed."""
    if isinstance(terms.vpc, Either):
        return Data(network="DataPlaneVpcId", when=PERIMETER)
    if terms.vpc and placeholders(terms.vpc):
        return Data(network=f"Fn::ImportValue {exported}") if exported else None
    return None if terms.vpc == _NOT_CLAIMED else Data(network=terms.vpc)


def _switch(role: Role) -> str | None:
    """The parameter that turns the vendor off, where it is still open."""
    effects = (row.effect for row in role.trust.every_statement())
    return next((catalogue.switches()[effect.switch].parameter for effect in effects if isinstance(effect, Either)),
                None)


def _word(text: str) -> str:
    """What the contract calls a value: a parameter by its bare name."""
    found = placeholders(text)
    return found[0] if text == f"${{{next(iter(found), '')}}}" else text


def _is_open(network: NetworkPlan) -> bool:
    """Whether it has a way out that no firewall holds."""
    egress = network.egress
    return bool(egress.gateway or egress.nats or egress.egress_only) and egress.firewall is None


def _globs(network: NetworkPlan) -> Iterator[str]:
    """The subnets of nodes, pods and endpoints, of every zone; those of the way out itself are none of them."""
    for part in network.subnets:
        for subnet in every(part):
            yield f"{subnet.name.rstrip('0123456789')}*"


def _serving(network: NetworkPlan) -> Iterator[str]:
    """The services whose interface endpoint is always there.

    A gateway endpoint is a route of nodes and pods: it does not serve the endpoint subnets, and needs not.
    """
    for endpoint in network.endpoints:
        if isinstance(endpoint, Endpoint) and endpoint.kind == "Interface":
            yield endpoint.service


def _plain(value: Any) -> Any:
    if isinstance(value, _Part):
        return value.spelled()
    return list(value) if isinstance(value, tuple) else value
