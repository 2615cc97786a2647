"""plan(installation) -> Plan: what was decided, the one handover to the floors above.

The same plan is spelled by every engine. For one installation everything the file says is filled in; for the
published template nothing is, and its parameters stay placeholders.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import boundary as boundaries
from conveyor_iac.model import catalogue
from conveyor_iac.model.iam import ManagedPolicy, Role
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.placeholders import decide, every
from conveyor_iac.model.policies import predefined


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will exist. Texts hold placeholders, and parts stand behind switches, for what only the engine knows."""

    boundary: ManagedPolicy
    predefined: tuple[Any, ...]
    installer: Role
    session_name: str = "${StsSessionName}"
    account: str | None = None
    region: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    not_covered: tuple[catalogue.DataActions, ...] = ()
    """Data actions that no perimeter holds; for the published template those are its reader's choice."""

    def policies(self) -> Iterator[ManagedPolicy]:
        """The boundary and each predefined policy, whatever the switches."""
        yield self.boundary
        for part in self.predefined:
            yield from every(part)


def published() -> Plan:
    """The plan of the published template, for whoever fills in its parameters."""
    return _within_limits(
        Plan(boundary=boundaries.boundary(), predefined=predefined(), installer=installer_role(),
             tags={"conveyor:tenant": "${TenantId}", "conveyor:deployment": "${Deployment}"})
    )


def plan(installation: Installation) -> Plan:
    """The plan of one installation. The same installation always gives the same plan.

    Raises `InputError` for what cannot be planned yet and for every limit of IAM that would be passed.
    """
    _plannable(installation)
    switches = switches_of(installation)
    extras = installation.installer
    role = installer_role(tag_session=extras.tag_session, set_source_identity=extras.set_source_identity)
    open_plan = Plan(
        boundary=boundaries.boundary(),
        predefined=predefined(),
        installer=role,
        account=installation.account,
        region=installation.region,
        tags={"conveyor:tenant": "${TenantId}", "conveyor:deployment": "${Deployment}", **installation.tags},
        not_covered=tuple(row for row in boundaries.held() if not _covered(row, switches)),
    )
    return _within_limits(decide(open_plan, values_of(installation), switches))


def values_of(installation: Installation) -> dict[str, str]:
    """What an installation decides: every placeholder but the external id, which is never written."""
    iam, control_plane = installation.iam, installation.control_plane
    partition = next(row for row in catalogue.partitions() if installation.region in row.regions)
    return {
        "AWS::AccountId": installation.account or "",
        "AWS::Region": installation.region,
        "AWS::Partition": partition.name,
        "AWS::URLSuffix": partition.url_suffix,
        "TenantId": installation.tenant,
        "Deployment": installation.deployment,
        "ControlPlaneAccount": control_plane.account,
        "ControlPlaneRole": control_plane.role,
        "StsSessionName": installation.session_name or f"conveyor-{installation.tenant}",
        "IamPath": iam.path,
        "RolePrefix": iam.role_prefix,
        "DataPlaneVpcId": data_plane_vpc(installation) or "",
        "CompanyBoundary": iam.boundary or "",
        "VendorAccess": installation.vendor_access.capitalize(),
        "ResourcesFeature": _enabled(installation.resources_feature),
        "Irsa": _enabled(installation.installer.irsa),
        "DeleteRights": _enabled(installation.installer.delete_rights),
        "NetworkRights": _enabled(network_rights(installation)),
    }


def parameters_of(installation: Installation) -> dict[str, str]:
    """What an installation fills into the published template: every parameter but the external id."""
    return {name: value for name, value in values_of(installation).items() if name in catalogue.parameters()}


def data_plane_vpc(installation: Installation) -> str | None:
    """The VPC of the data perimeter: the one named for it, or the one that is brought."""
    existing = installation.network.existing
    return installation.iam.data_plane_vpc or (existing.vpc if existing else None)


def network_rights(installation: Installation) -> bool:
    """Whether the installer may make the network: as the file says, else in a shared deployment without its own VPC."""
    said = installation.installer.network_rights
    return said if said is not None else installation.deployment == "shared" and not installation.network.existing


def switches_of(installation: Installation) -> dict[str, bool]:
    """Which switches an installation has on, by name."""
    values = values_of(installation)
    return {switch.name: switch.is_on(values[switch.parameter]) for switch in catalogue.switches().values()}


def _enabled(on: bool) -> str:
    return "Enabled" if on else "Disabled"


def _covered(row: catalogue.DataActions, switches: Mapping[str, bool]) -> bool:
    return switches["HasDataPlaneVpc"] and (row.endpoint == "s3" or switches["HasInterfaceEndpoints"])


def _plannable(installation: Installation) -> None:
    """Refuses what this version has no plan for, rather than planning half of it."""
    faults = []
    if installation.cloud == "azure":
        faults.append(Fault(path="cloud", value="'azure'", rule="this version plans data planes on aws only",
                            way_out="Write cloud: aws, or wait for the Azure scaffolding (see CHANGELOG)"))
    if installation.kind == "endpoint-service":
        faults.append(Fault(path="kind", value="'endpoint-service'", rule="this version plans kind installation only",
                            way_out="Leave kind out (see CHANGELOG for what is coming)"))
    if faults:
        raise InputError(faults)


def _within_limits(made: Plan) -> Plan:
    faults = [fault for policy in made.policies() for fault in policy.faults()]
    faults += made.installer.faults()
    if faults:
        raise InputError(faults)
    return made
