"""The outbound table of an installation: every path the product takes, and what lets it through here.

The paths are rows of the catalogue (`outbound.toml`) and those the file adds; what lets one through is read from the
networks that were decided. Opens nothing: a path that nothing lets through is told, and refused where it is needed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network

from conveyor_iac.errors import Fault
from conveyor_iac.model import catalogue, egress, endpoints
from conveyor_iac.model.addresses import PRIVATE
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.egress import COGNITO
from conveyor_iac.model.endpoint_checks import NEEDED
from conveyor_iac.model.installation import Installation, Outbound
from conveyor_iac.model.network_plan import GUARDDUTY
from conveyor_iac.model.placeholders import fill

ENDPOINT, FIREWALL, NAT, SERVICE = "VPC endpoint", "firewall", "NAT", "endpoint service"
RESOLVER, INSIDE, GATEWAY = "resolver", "inside the VPC", "internet gateway"
PROXY = "proxy"
"""The customer's own, which must let the name through."""
YOURS = "your own network"
"""The routes of a VPC that is brought, which nothing here changes."""
INSTALLERS = "the installer's network"
NOTHING = "nothing"

_LINK_LOCAL = IPv4Network("169.254.0.0/16")
_OPTIONAL = frozenset({*COGNITO["control"], GUARDDUTY})
"""Services whose paths are there only where their endpoint is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A path of one plane and what lets it through (`by`).

    `place` is the key of the file that decides it; `needed` says why the plane cannot do without, or nothing.
    """

    plane: str
    component: str
    destination: str
    kind: str
    direction: str
    protocol: str
    layer: str
    port: int
    data: str
    why: str
    by: str
    place: str
    needed: str = ""

    def shown(self) -> str:
        """The path in short, as a message names it."""
        return f"{self.component} to {self.destination}, {self.protocol} {self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ways:
    """What one plane's network lets through: endpoints, names by a firewall or proxy, and all the rest or nothing."""

    services: frozenset[str] = frozenset()
    service: bool = False
    names: tuple[str, ...] = ()
    passed: tuple[str, ...] = ()
    proxied: tuple[str, ...] = ()
    resolved: tuple[str, ...] = ()
    rest: str = NOTHING
    rest_in: str = NOTHING


def outbound(installation: Installation, networks: Sequence[NetworkPlan], values: Mapping[str, str]
             ) -> tuple[Path, ...]:
    """Every path of an installation, by plane, in the catalogue's order; those the file adds come last.

    `networks` are those of its plan, decided; `values` fill the placeholders of names. A plain endpoint service has
    no path.
    """
    if installation.kind == "endpoint-service":
        return ()
    found: list[Path] = []
    for plane, network in zip(("data", "control"), networks or (None,), strict=False):
        ways = _ways(installation, network, plane, values)
        for row in catalogue.outbound():
            if row.plane == plane and _applies(row, installation, ways):
                found += _paths(row, installation, ways, values)
    return (*found, *_given(installation))


def faults(installation: Installation, networks: Sequence[NetworkPlan], values: Mapping[str, str]) -> Iterator[Fault]:
    """A fault for every needed path that nothing lets through; those the file adds are needed."""
    for path in outbound(installation, networks, values):
        if path.by == NOTHING and path.needed:
            yield _refusal(path, installation)


def _ways(installation: Installation, network: NetworkPlan | None, plane: str, values: Mapping[str, str]) -> _Ways:
    brought, shared = installation.network.existing, installation.deployment == "shared"
    resolved = tuple(fill(name, values) for name in egress.RESOLVED)
    if network is None:
        return _Ways(rest=INSTALLERS, rest_in=INSTALLERS, resolved=resolved)
    services = frozenset(endpoint.service for endpoint in network.endpoints) | frozenset(
        brought.endpoints if brought else ())
    firewall = network.egress.firewall
    own = not shared and (installation.cognito_access == "proxy" or (brought and installation.cognito_access is None))
    return _Ways(
        services=services, service=network.service is not None, resolved=resolved,
        names=_filled(endpoints.domains(sorted(services)), values),
        passed=_filled(firewall.allowed if firewall else (), values),
        proxied=_filled(endpoints.domains(COGNITO[plane]) if own else (), values),
        rest=(YOURS if brought else NAT) if shared else NOTHING,
        rest_in=(YOURS if brought else GATEWAY) if shared else NOTHING)


def _filled(names: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(fill(name, values) for name in names)


def _applies(row: catalogue.Outbound, installation: Installation, ways: _Ways) -> bool:
    if installation.deployment not in row.deployments:
        return False
    asked = installation.guardduty and row.destination == GUARDDUTY
    return row.kind != "endpoint" or row.destination not in _OPTIONAL or row.destination in ways.services or asked


def _paths(row: catalogue.Outbound, installation: Installation, ways: _Ways, values: Mapping[str, str]
           ) -> Iterator[Path]:
    """The path of a row; where the row is an endpoint service, one for each of its ports."""
    destination = fill(row.destination, values)
    by = _by(row, destination, ways)
    needed, place = _needed(row)
    served = by == SERVICE
    for port in installation.private_link.ports if served else (row.port,):
        yield Path(plane=row.plane, component=row.component, destination=destination, kind=row.kind,
                   direction=row.direction, protocol=row.protocol, layer=row.layer if port == row.port else "",
                   port=port, data=row.data, why=row.why, by=by, needed=needed, place=place)


def _by(row: catalogue.Outbound, destination: str, ways: _Ways) -> str:
    match row.kind:
        case "resolver":
            return RESOLVER
        case "cidr":
            return INSIDE if IPv4Network(destination).subnet_of(_LINK_LOCAL) else ways.rest
        case "service":
            return SERVICE if ways.service else ways.rest_in
        case "endpoint":
            return ENDPOINT if destination in ways.services else ways.rest
        case _:
            return _by_name(destination, (row.protocol, row.port), ways)


def _by_name(name: str, how: tuple[str, int], ways: _Ways) -> str:
    https = how == ("TCP", 443)
    for by, names in ((INSIDE, ways.resolved), (ENDPOINT, ways.names), (FIREWALL, ways.passed), (PROXY, ways.proxied)):
        if any(_answers(known, name) for known in names) and (https or by == INSIDE):
            return by
    return ways.rest


def _answers(known: str, name: str) -> bool:
    """Whether a name, or a wildcard for all below one, covers another."""
    return name == known or (known.startswith("*.") and name.endswith(known[1:]))


def _needed(row: catalogue.Outbound) -> tuple[str, str]:
    """Why a plane cannot do without a path, or nothing; and the key of the file that decides it."""
    if row.kind != "endpoint":
        return row.why, "cognito_access" if row.kind == "name" else "deployment"
    return catalogue.endpoint_sets()[NEEDED[row.plane]].needed.get(row.destination, ""), "endpoints"


def _given(installation: Installation) -> Iterator[Path]:
    """The paths the file adds: through NAT or a network of the customer's own, and nowhere else."""
    for number, row in enumerate(installation.outbound):
        yield Path(plane="data", component=row.component, destination=row.destination, kind=row.kind, direction="out",
                   protocol=row.protocol, layer="", port=row.port, data=row.data, why=row.why, needed=row.why,
                   by=_by_routes(row, installation), place=f"outbound.{number}")


def _by_routes(row: Outbound, installation: Installation) -> str:
    if installation.deployment != "shared":
        return NOTHING
    if installation.network.existing:
        return YOURS
    if installation.installer.network_rights:
        return INSTALLERS
    return NOTHING if _is_private(row) else NAT


def _is_private(row: Outbound) -> bool:
    return row.kind == "cidr" and any(map(IPv4Network(row.destination).subnet_of, (*PRIVATE, _LINK_LOCAL)))


def _refusal(path: Path, installation: Installation) -> Fault:
    rule, way_out = _why_not(path, installation)
    return Fault(path=path.place, value=path.shown(), rule=rule, way_out=way_out)


def _why_not(path: Path, installation: Installation) -> tuple[str, str]:
    """Why nothing lets a path through, and the way out."""
    added = path.place.startswith("outbound.")
    if added and installation.deployment == "shared":
        return ("a NAT gateway leads to public addresses only",
                "Bring a VPC that has a route there (network.existing), or leave it out")
    if path.place == "endpoints":
        return (f"nothing lets it through, and it is needed: {path.needed.rstrip('.')}",
                f"Have an endpoint for {path.destination}")
    return (f"a {installation.deployment} deployment has no way out but that to Cognito by TLS on 443: no address, no"
            " other name and no other protocol gets through",
            f"{'Let the other side connect by an endpoint service, or w' if added else 'W'}rite deployment: shared")
