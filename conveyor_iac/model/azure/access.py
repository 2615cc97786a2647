"""How the vendor comes in: a group and an access package for people, an identity without secrets for the machine.

Decides who holds which role, on what condition and why. Nobody but the group, the vendor's service principal or the
identity gets a role; with `vendor_access: disabled` none of them has one, and the rest stays.
"""

from dataclasses import dataclass
from typing import Any

from conveyor_iac.model import catalogue as aws
from conveyor_iac.model.azure import names
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made

AUDIENCE = "api://AzureADTokenExchange"
"""The audience of a token that Entra exchanges;
https://learn.microsoft.com/entra/workload-id/workload-identity-federation."""
OWNER = "Owner"
VENDOR, MACHINE, INSTALLER = "VendorGroup", "MachineIdentity", "InstallerRole"
"""What the group, the identity and our custom role are called among the parts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A security group of Entra, which holds the vendor's role; members come by the access package only."""

    name: str
    display_name: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A stage of approval: object ids of the groups whose members may approve, and for how many days it waits."""

    approvers: tuple[str, ...]
    days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessPackage:
    """What members of a connected organisation may request: membership of the group, approved and for some days."""

    name: str
    display_name: str
    description: str
    connected_organization: str
    stages: tuple[Stage, ...]
    expires_after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """Whose tokens an identity accepts in place of a secret."""

    name: str
    azure_name: str
    issuer: str
    subject: str
    audience: str = AUDIENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user-assigned managed identity for the vendor's control plane, which has no secret."""

    name: str
    azure_name: str
    credentials: tuple[Credential, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomRole:
    """A role of our own: what it allows, each action with its purpose in the catalogue."""

    name: str
    azure_name: str
    display_name: str
    description: str
    actions: tuple[catalogue.RoleAction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """A role that somebody holds. `role` is a built-in role's id, or our own role (`Made`); `scope` the subscription,
    its resource group (`Made`), or a network that is brought."""

    name: str
    azure_name: str
    principal: Any
    principal_type: str
    role: Any
    role_name: str
    scope: Any
    condition: str | None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Everything by which the vendor comes in."""

    group: Group | None
    package: AccessPackage | None
    identity: Identity | None
    role: CustomRole | None
    assignments: tuple[RoleAssignment, ...]
    assignable: tuple[catalogue.BuiltInRole, ...]
    """The roles that whoever is constrained may assign, each with the reason."""


def access(installation: Installation) -> Access:
    """The access an installation asks for."""
    azure = installation.azure
    assert azure
    asked, people = azure.access, azure.access.by == "access-package"
    identity = _identity(installation) if azure.control_plane.issuer else None
    own = asked.role == "installer" or identity
    assignments = _assignments(installation, identity) if installation.vendor_access == "enabled" else ()
    return Access(
        group=_group(installation) if people else None, package=_package(installation) if people else None,
        identity=identity, role=_role(installation) if own else None, assignments=assignments,
        assignable=catalogue.assignable_roles())


def condition(roles: tuple[catalogue.BuiltInRole, ...]) -> str:
    """The condition on whoever may assign roles: of these only, and to service principals only.

    Version 2.0; https://learn.microsoft.com/azure/role-based-access-control/conditions-format and
    https://learn.microsoft.com/azure/role-based-access-control/delegate-role-assignments-examples.
    """
    ids = ", ".join(role.id for role in roles)
    return " AND ".join(_only(verb, source, ids) for verb, source in (("write", "Request"), ("delete", "Resource")))


def _only(verb: str, source: str, ids: str) -> str:
    attribute = f"@{source}[Microsoft.Authorization/roleAssignments:"
    return (f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})) OR "
            f"({attribute}RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}} AND "
            f"{attribute}PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'ServicePrincipal'}}))")


def _group(installation: Installation) -> Group:
    return Group(name=VENDOR, display_name=names.wide(installation, "vendor"),
                 description=f"The vendor's team for the data plane of {installation.tenant}; by access package only.")


def _package(installation: Installation) -> AccessPackage:
    azure = installation.azure
    assert azure
    assert azure.connected_organization
    stages = tuple(Stage(approvers=stage.approvers, days=stage.days) for stage in azure.access.approval)
    return AccessPackage(
        name="AccessPackage", display_name=names.wide(installation, "access"), stages=stages,
        description=f"Work on the data plane of {installation.tenant}, for the vendor's team.",
        connected_organization=azure.connected_organization, expires_after=azure.access.expires_after)


def _identity(installation: Installation) -> Identity:
    azure, control_plane = installation.azure, installation.control_plane
    assert azure
    assert azure.control_plane.issuer
    partition = aws.partition_of(azure.control_plane.region)
    role = f"arn:{partition}:iam::{control_plane.account}:role/{control_plane.role}"
    subject = azure.control_plane.subject or role
    credential = Credential(name="ControlPlaneCredential", azure_name="control-plane", subject=subject,
                            issuer=azure.control_plane.issuer)
    return Identity(name=MACHINE, azure_name=names.resource(installation, "machine"), credentials=(credential,))


def _role(installation: Installation) -> CustomRole:
    return CustomRole(
        name=INSTALLER, azure_name=names.role_assignment(installation, INSTALLER, "definition"),
        display_name=names.wide(installation, "installer"), actions=catalogue.installer_role(),
        description="What installing and running a data plane needs, and nothing besides.")


def _assignments(installation: Installation, identity: Identity | None) -> tuple[RoleAssignment, ...]:
    """The roles held: the vendor's team's as it was agreed, the machine's always our own role."""
    azure = installation.azure
    assert azure
    asked, limited = azure.access, condition(catalogue.assignable_roles())
    whole = {"owner": OWNER, "constrained-owner": OWNER, "installer": INSTALLER}[asked.role]
    people = asked.by == "access-package"

    def assignment(name: str, principal: Any, kind: str, role: str, why: str, *, free: bool = False,
                   scope: Any = names.SUBSCRIPTION) -> RoleAssignment:
        return RoleAssignment(
            name=name, azure_name=names.role_assignment(installation, name, role), principal=principal,
            principal_type=kind, role=Made(name=INSTALLER) if role == INSTALLER else catalogue.role(role).id,
            role_name=role, scope=scope, condition=None if free else limited, why=why)

    held = [assignment("VendorRole", Made(name=VENDOR, attribute="ObjectId") if people else asked.service_principal,
                       "Group" if people else "ServicePrincipal", whole, free=asked.role == "owner",
                       why="The vendor's team installs and runs the data plane in this subscription.")]
    existing, machine = azure.vnet.existing, Made(name=MACHINE, attribute="PrincipalId")
    if identity:
        held.append(assignment("MachineRole", machine, "ServicePrincipal", INSTALLER, scope=Made(name="ResourceGroup"),
                               why="The vendor's control plane installs and upgrades without a person."))
    if identity and existing:
        held.append(assignment("MachineNetworkRole", machine, "ServicePrincipal", INSTALLER, scope=existing.vnet,
                               why="The same in the network that is brought, which lies in another group."))
    return tuple(held)
