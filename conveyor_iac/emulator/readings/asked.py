"""What each network of an installation must be: from the installation file and the catalogue, never from a plan.

A plan that is wrong would be deployed as it is and read back as it is; so nothing here asks a plan.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from conveyor_iac.model import catalogue
from conveyor_iac.model.installation import ControlPlaneNetwork, ExistingNetwork, Installation

NAT, SINGLE_NAT, FIREWALL, NONE = "nat", "single-nat", "firewall", "none"
COGNITO_OF = {"data": ("cognito-idp",), "control": ("cognito-idp", "cognito-identity")}
S3, GUARDDUTY = "s3", "guardduty-data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one network must be; `prefix` begins the names of its outputs.

    `way_out` is nat, single-nat, firewall or none; `brought` is the customer's own VPC, of which we make nothing but
    what stands in it.
    """

    name: str
    prefix: str
    installation: Installation
    cidrs: tuple[str, ...]
    zones: int
    services: frozenset[str]
    way_out: str
    cognito: tuple[str, ...] = ()
    zone_ids: tuple[str, ...] = ()
    placed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    gateway: bool = True
    resolver: bool = False
    service: bool = False
    ipv6: bool = False
    brought: ExistingNetwork | None = None

    @property
    def made(self) -> bool:
        """Whether the VPC is ours."""
        return self.brought is None

    @property
    def out_by_ipv6(self) -> bool:
        """Whether nodes reach the internet by IPv6: in shared deployments only, and by an egress-only gateway."""
        return self.ipv6 and self.way_out in (NAT, SINGLE_NAT)

    @property
    def account(self) -> str:
        """The account it stands in."""
        return self.installation.account or ""

    @property
    def principals(self) -> tuple[str, ...]:
        """Who may ask its endpoint service for a connection."""
        control_plane = self.installation.control_plane
        role = f"arn:aws:iam::{control_plane.account}:role/{control_plane.role}"
        return self.installation.private_link.principals or (role,)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of its endpoint service."""
        return self.installation.private_link.ports


def networks(installation: Installation) -> Iterator[Asked]:
    """Each network of an installation: the data plane's, in a dedicated deployment the control plane's after it."""
    brought = installation.network.existing
    if brought:
        yield _brought(installation, brought)
        return
    if installation.installer.network_rights:
        return
    network, shared = installation.network, installation.deployment == "shared"
    yield Asked(name="data plane", prefix="", installation=installation, cidrs=(network.cidr, network.pod_cidr),
                zones=network.zones, zone_ids=network.zone_ids, placed=installation.endpoints.zones,
                services=_services(installation), way_out=_way_out(installation), service=not shared,
                cognito=COGNITO_OF["data"], ipv6=network.ipv6, resolver=not shared and _access(installation) != "proxy")
    if installation.deployment == "dedicated":
        control = installation.control_plane.network or ControlPlaneNetwork()
        yield Asked(name="control plane", prefix="ControlPlane", installation=installation, cidrs=(control.cidr,),
                    zones=control.zones, services=_control_plane_services(installation), service=True,
                    way_out=_way_out(installation), cognito=COGNITO_OF["control"],
                    resolver=_access(installation) != "proxy")


def _brought(installation: Installation, brought: ExistingNetwork) -> Asked:
    connector = installation.kind == "endpoint-service"
    services = frozenset() if connector else _services(installation) - set(brought.endpoints)
    return Asked(name="your VPC", prefix="", installation=installation, cidrs=brought.cidrs, brought=brought,
                 zones=len(brought.endpoint_subnets), services=services, way_out=NONE,
                 gateway=not connector and S3 not in brought.endpoints,
                 service=connector or installation.deployment != "shared")


def _access(installation: Installation) -> str:
    return installation.cognito_access or "firewall"


def _way_out(installation: Installation) -> str:
    if installation.deployment == "shared":
        return SINGLE_NAT if installation.network.nat == "single" else NAT
    return FIREWALL if _access(installation) == "firewall" else NONE


def _services(installation: Installation) -> frozenset[str]:
    asked, shared = installation.endpoints, installation.deployment == "shared"
    chosen = asked.set or ("" if shared else "private-data-plane")
    listed = catalogue.endpoint_sets()[chosen].endpoints if chosen else ()
    wanted = _switched(installation, listed, () if shared else COGNITO_OF["data"])
    return (wanted | set(asked.add)) - set(asked.remove)


def _control_plane_services(installation: Installation) -> frozenset[str]:
    listed = catalogue.endpoint_sets()["control-plane"].endpoints
    return _switched(installation, listed, COGNITO_OF["control"])


def _switched(installation: Installation, listed: Iterable[str], cognito: Iterable[str]) -> frozenset[str]:
    """The services of a set: Cognito's only where it is reached by endpoints, GuardDuty's only where it is on."""
    wanted = frozenset(listed) - set(COGNITO_OF["control"])
    by_endpoint = frozenset(cognito) if installation.cognito_access == "privatelink" else frozenset()
    return wanted | by_endpoint | (frozenset({GUARDDUTY}) if installation.guardduty else frozenset())
