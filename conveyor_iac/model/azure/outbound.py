"""The outbound table of a data plane on Azure: every path it opens, filled in for one installation.

The paths are rows of the catalogue (`azure/outbound.toml`) and those the file adds; what lets one through is the way
out of the network.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from conveyor_iac.model import catalogue
from conveyor_iac.model.catalogue import azure as facts
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import fill


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A path that the data plane opens: `kind` is name or cidr, `place` the key of the file that decides it."""

    component: str
    destination: str
    kind: str
    protocol: str
    layer: str
    port: int
    data: str
    why: str
    place: str


def outbound(installation: Installation) -> tuple[Path, ...]:
    """Every path of an installation, in the catalogue's order; those the file adds come last."""
    azure = installation.azure
    assert azure
    partition = next(row for row in catalogue.partitions() if azure.control_plane.region in row.regions)
    values = {"Region": installation.region, "ControlPlaneRegion": azure.control_plane.region,
              "ControlPlaneSuffix": partition.url_suffix, "ControlPlaneAccount": installation.control_plane.account}
    asked = {name for name, on in azure.services.model_dump().items() if on}
    rows = tuple(Path(
        component=row.component, destination=fill(row.destination, values), kind="name", protocol=row.protocol,
        layer=row.layer, port=row.port, data=row.data, why=row.why, place="deployment")
        for row in facts.outbound() if not row.service or row.service in asked)
    return (*rows, *_tunnel(installation), *_given(installation))


def _tunnel(installation: Installation) -> Iterator[Path]:
    """The tunnel that the data plane opens, by which the control plane calls in."""
    azure = installation.azure
    if azure and azure.control_plane.tunnel:
        yield Path(component="Tunnel", destination=azure.control_plane.tunnel, kind="name", protocol="TCP",
                   layer="HTTPS", port=443, data="calls of the control plane and the answers",
                   why="Nothing calls in from outside: the data plane opens the way itself.",
                   place="azure.control_plane.tunnel")


def _given(installation: Installation) -> Iterator[Path]:
    for number, row in enumerate(installation.outbound):
        yield Path(component=row.component, destination=row.destination, kind=row.kind, protocol=row.protocol, layer="",
                   port=row.port, data=row.data, why=row.why, place=f"outbound.{number}")
