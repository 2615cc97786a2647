"""What an installation is in published templates: which ones, with which parameters, and what they cannot say.

A published template has fewer words than an installation file. What it cannot express is refused, never left out.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import catalogue, outbound
from conveyor_iac.model.installation import ControlPlaneNetwork, Iam, Installation, Labels, Network
from conveyor_iac.model.network_plan import PUBLISHED_ZONES
from conveyor_iac.model.plan import parameters_of, plan, values_of

ROLE = "installer-role"
NETWORK = "network"
"""What the names of the templates begin with that make a VPC, or endpoints in one."""
CHINA = "aws-cn"
_ACCOUNT = "0" * 12
_APP = "Use --profile app"


def templates(installation: Installation) -> tuple[str, ...]:
    """The templates of an installation in the order in which they are deployed: its network, then its role."""
    network = network_template(installation)
    return (*([network] if network else []), *([ROLE] if installation.kind == "installation" else []))


def network_template(installation: Installation) -> str | None:
    """The template of the installation's network; none where the installer makes it."""
    if installation.kind == "endpoint-service":
        return "endpoint-service"
    if installation.network.existing:
        return "network-private-existing-vpc"
    return None if installation.installer.network_rights else f"network-{installation.deployment}"


def expressible(installation: Installation, way_out: str = _APP) -> None:
    """`InputError` with everything that the published templates cannot express, and this way out of it."""
    faults = [Fault(path=path, value=value, rule=f"the published templates cannot express it: {why}", way_out=way_out)
              for path, value, why in (*_of_role(installation), *_of_network(installation))]
    if faults:
        raise InputError(faults)


def plannable(installation: Installation) -> None:
    """`InputError` with all that the plan of an *expressible* installation would be refused for: limits, needed paths.

    Installations that differ in names and addresses only are planned once. What is theirs alone cannot pass a limit:
    published templates are within every one with the longest values there are.
    """
    faults = [*_planned(_Shape.of(installation)), *_added(installation)]
    if faults:
        raise InputError(faults)


def parameters(installation: Installation, asked: Container[str], more: Mapping[str, str]) -> dict[str, str]:
    """What the installation fills into a template: of its values, and of `more`, those that the template asks for."""
    return {name: value for name, value in {**parameters_of(installation), **more}.items() if name in asked}


def zones(installation: Installation, rows: Sequence[Mapping[str, str]]) -> str:
    """The zones by name: those of the file, else as many as it asks for, in the order in which EC2 lists them."""
    wanted = installation.network.zone_ids
    by_id = {row["ZoneId"]: row["ZoneName"] for row in rows}
    listed = [by_id[zone] for zone in wanted] if wanted else [row["ZoneName"] for row in rows]
    return ",".join(listed[:installation.network.zones])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shape:
    """An installation without what differs from tenant to tenant; two of the same words are the same shape."""

    words: str
    installation: Installation = field(compare=False)

    @classmethod
    def of(cls, installation: Installation) -> "_Shape":
        plain, network, control = Network(), installation.network, installation.control_plane
        brought = network.existing and network.existing.model_copy(update={
            "vpc": "vpc-00000000", "cidrs": ("10.0.0.0/16",), "endpoint_subnets": (), "route_tables": (),
            "node_subnets": (), "pod_subnets": ()})
        both = control.network and control.network.model_copy(update={"cidr": ControlPlaneNetwork().cidr})
        alike = installation.model_copy(update={
            "tenant": "tenant", "session_name": None, "external_id": None, "account": _ACCOUNT, "tags": {},
            "labels": Labels(), "iam": Iam(), "outbound": (),
            "control_plane": control.model_copy(update={"account": _ACCOUNT, "role": "role", "network": both}),
            "network": network.model_copy(update={"cidr": plain.cidr, "pod_cidr": plain.pod_cidr, "neighbours": {},
                                                  "existing": brought}),
            "private_link": installation.private_link.model_copy(update={"principals": None})})
        return cls(words=alike.model_dump_json(), installation=alike)


def _added(installation: Installation) -> Iterator[Fault]:
    """What is wrong with the paths that the file adds: they go by the routes, whatever network is planned."""
    if installation.outbound:
        yield from outbound.faults(installation, (), values_of(installation))


@lru_cache(maxsize=1024)
def _planned(shape: _Shape) -> tuple[Fault, ...]:
    """Why a shape cannot be planned; nothing where it can. Only this is kept of it, never the plan."""
    try:
        plan(shape.installation)
    except InputError as refused:
        return refused.faults
    return ()


Found = Iterator[tuple[str, str, str]]


def _of_role(installation: Installation) -> Found:
    extras = installation.installer
    if extras.tag_session or extras.set_source_identity:
        yield "installer", "tag_session or set_source_identity", "there is no parameter for them"


def _of_network(installation: Installation) -> Found:
    if network_template(installation) is None:
        return
    if installation.network.existing:
        yield from _of_existing(installation)
    else:
        yield from _of_addresses(installation)
    chosen = installation.endpoints
    if chosen.set or chosen.add or chosen.remove or chosen.zones:
        yield "endpoints", "(given)", "a template has its own list of endpoints, in every zone"
    yield from _of_service(installation)
    partition = catalogue.partition_of(installation.region)
    if partition == CHINA and (network_template(installation) or "").startswith(NETWORK):
        yield "region", installation.region, "services have other names there, which a template does not know"


def _of_addresses(installation: Installation) -> Found:
    network, control = installation.network, installation.control_plane.network or ControlPlaneNetwork()
    if network.zones > PUBLISHED_ZONES:
        yield "network.zones", str(network.zones), f"2 or {PUBLISHED_ZONES} zones"
    if installation.deployment == "dedicated" and control.zones != network.zones:
        yield "control_plane.network.zones", str(control.zones), "both networks have the same number of zones"
    if not network.pod_cidr.endswith(".0.0/16"):
        yield "network.pod_cidr", network.pod_cidr, "the block of the pods is a /16"
    if network.ipv6:
        yield "network.ipv6", "true", "its networks have IPv4 only"


def _of_existing(installation: Installation) -> Found:
    existing = installation.network.existing
    if existing is None:
        return
    if installation.kind == "installation" and installation.deployment != "private":
        yield "deployment", installation.deployment, "a VPC that exists goes with a private deployment"
    if existing.endpoints and installation.kind == "installation":
        yield "network.existing.endpoints", ", ".join(existing.endpoints), "a template makes every endpoint of its list"
    if len(existing.cidrs) > 2:
        yield "network.existing.cidrs", ", ".join(existing.cidrs), "one CIDR, and one for pods"


def _of_service(installation: Installation) -> Found:
    link = installation.private_link
    if len(link.ports) > 1:
        yield "private_link.ports", ", ".join(map(str, link.ports)), "one port"
    own = link.principals or ()
    if len(own) > 1:
        yield "private_link.principals", ", ".join(own), "one principal"
    for key in ("load_balancer", "topic", "targets"):
        if value := getattr(link, key):
            yield f"private_link.{key}", str(value), "a template makes its load balancer and topic, without targets"
