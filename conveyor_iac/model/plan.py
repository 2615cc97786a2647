"""plan(installation) -> Plan: what was decided, the one handover to the floors above.

The same plan is spelled by every engine. For one installation everything the file says is filled in; for the
published template nothing is, and its parameters stay placeholders.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model import boundary as boundaries
from conveyor_iac.model import catalogue, names, network_plan, outbound
from conveyor_iac.model.azure.plan import Scaffolding, scaffolding
from conveyor_iac.model.contract import Contract, Terms, of_installer
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.iam import ManagedPolicy, Role
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.network_plan import DATA, networks_of
from conveyor_iac.model.placeholders import Made, decide, every, fill
from conveyor_iac.model.policies import predefined
from conveyor_iac.model.privatelink import EndpointConsumer


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will exist. Texts hold placeholders, and parts stand behind switches, for what only the engine knows.

    An endpoint service by itself has neither role nor boundary.
    """

    boundary: ManagedPolicy | None = None
    predefined: tuple[Any, ...] = ()
    installer: Role | None = None
    session_name: str = "${StsSessionName}"
    networks: tuple[NetworkPlan, ...] = ()
    """The data plane's network, or what is added to one; in a dedicated deployment the control plane's too."""
    links: tuple[EndpointConsumer, ...] = ()
    """The ways from one network of the plan to the endpoint service of another."""
    perimeter: Made | None = None
    """The VPC of the data perimeter, where it is that of a network of this plan."""
    terms: Terms = field(default_factory=Terms)
    """What the contract says that only the installation knows."""
    account: str | None = None
    region: str | None = None
    partition: str = "${AWS::Partition}"
    tags: Mapping[str, str] = field(default_factory=dict)
    """The tags that our templates write on the role: ours, and the customer's own too."""
    stack_tags: Mapping[str, str] = field(default_factory=dict)
    """The same, given to each stack, which puts them on all that takes tags; networks write the tenant's only."""
    azure: Scaffolding | None = None
    """What a subscription of Azure gets; then there is nothing of AWS."""
    not_covered: tuple[catalogue.DataActions, ...] = ()
    """Data actions that no perimeter holds; for the published template those are its reader's choice."""

    def arn_of(self, policy: ManagedPolicy) -> str:
        """The ARN of one of the plan's policies; a placeholder stays where the account is not known."""
        return fill(policy.arn, {"AWS::Partition": self.partition, "AWS::AccountId": self.account or
                                 "${AWS::AccountId}"})

    def contract(self, called: str, name_of: Callable[[ManagedPolicy], str], exported: str | None = None) -> Contract:
        """What the proofs hold the installer role to; `called` is its logical id, `name_of` names a policy.

        `exported` is the name under which another stack exports the VPC of the data perimeter.
        """
        if not (self.installer and self.boundary):
            return Contract()
        return of_installer(self.terms, self.installer, called=called, boundary=name_of(self.boundary),
                            predefined=self.predefined, name_of=name_of, exported=exported)

    def policies(self) -> Iterator[ManagedPolicy]:
        """The boundary and each predefined policy, whatever the switches."""
        if self.boundary:
            yield self.boundary
        for part in self.predefined:
            yield from every(part)


def published() -> Plan:
    """The plan of the published role template, for whoever fills in its parameters."""
    return _within_limits(
        Plan(boundary=boundaries.boundary(), predefined=predefined(), installer=installer_role(),
             tags=names.tags("${Deployment}"))
    )


def plan(installation: Installation) -> Plan:
    """The plan of one installation. The same installation always gives the same plan.

    Raises `InputError` for every limit of IAM or EC2 that would be passed, and for every needed path of the outbound
    table that nothing would let through.
    """
    if installation.cloud == "azure":
        azure = scaffolding(installation)
        return Plan(region=installation.region, azure=azure, stack_tags=azure.tags)
    switches, values = switches_of(installation), values_of(installation)
    networks, links = networks_of(installation)
    tags = {**names.tags("${Deployment}"), **installation.tags}
    open_plan = Plan(account=installation.account, region=installation.region, partition=values["AWS::Partition"],
                     networks=networks, links=links, stack_tags=tags, tags=tags)
    if installation.kind == "installation":
        extras = installation.installer
        role = installer_role(tag_session=extras.tag_session, set_source_identity=extras.set_source_identity)
        open_plan = replace(
            open_plan, boundary=boundaries.boundary(), predefined=predefined(), installer=role,
            perimeter=Made(name=DATA.name("Vpc")) if values["DataPlaneVpcId"] == OWN_VPC else None,
            not_covered=tuple(row for row in boundaries.held() if not _covered(row, switches)))
    made = decide(open_plan, values, switches)
    return _within_limits(made, outbound.faults(installation, made.networks, values))


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
        "Deployment": installation.deployment if installation.kind == "installation" else installation.kind,
        "ControlPlaneAccount": control_plane.account,
        "ControlPlaneRole": control_plane.role,
        "StsSessionName": installation.session_name or f"conveyor-{installation.tenant}",
        "IamPath": iam.path,
        "RolePrefix": iam.role_prefix,
        "DataPlaneVpcId": data_plane_vpc(installation),
        "CompanyBoundary": iam.boundary or "",
        "VendorAccess": installation.vendor_access.capitalize(),
        "ResourcesFeature": _enabled(installation.resources_feature),
        "Irsa": _enabled(installation.installer.irsa),
        "DeleteRights": _enabled(installation.installer.delete_rights),
        "NetworkRights": _enabled(installation.installer.network_rights),
        **network_plan.values_of(installation),
    }


def parameters_of(installation: Installation) -> dict[str, str]:
    """What an installation fills into published templates: every parameter but the external id and a VPC of ours."""
    return {name: value for name, value in values_of(installation).items()
            if name in catalogue.parameters() and value != OWN_VPC}


OWN_VPC = "${DataPlaneVpcId}"
"""The VPC that our own network stack makes: known when it is made."""


def data_plane_vpc(installation: Installation) -> str:
    """The VPC of the data perimeter: the one named for it, the one that is brought, or ours; empty where none is known.

    None is known where the installer makes the network.
    """
    existing = installation.network.existing
    named = installation.iam.data_plane_vpc or (existing.vpc if existing else "")
    return named or ("" if installation.installer.network_rights else OWN_VPC)


def switches_of(installation: Installation) -> dict[str, bool]:
    """Which switches an installation has on, by name."""
    values = values_of(installation)
    return {switch.name: switch.is_on(values[switch.parameter]) for switch in catalogue.switches().values()}


def _enabled(on: bool) -> str:
    return "Enabled" if on else "Disabled"


def _covered(row: catalogue.DataActions, switches: Mapping[str, bool]) -> bool:
    return switches["HasDataPlaneVpc"] and (row.endpoint == "s3" or switches["HasInterfaceEndpoints"])


def _within_limits(made: Plan, further: Iterable[Fault] = ()) -> Plan:
    faults = [*further, *(fault for policy in made.policies() for fault in policy.faults())]
    faults += made.installer.faults() if made.installer else ()
    faults += [fault for network in made.networks for fault in network.faults()]
    if faults:
        raise InputError(faults)
    return made
