"""How the vendor comes in: a group and an access package for people, an identity without secrets for the machine.

Decides who holds which role, on what condition and why. Nobody but the group, the vendor's service principal or the
identity gets a role; with `vendor_access: disabled` none of them has one, and the rest stays. Whoever installs with our
own role assigns no roles: the identities of the data plane have theirs beforehand (`identities.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conveyor_iac.model import catalogue as aws
from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.identities import CLUSTER, KUBELET, OPERATOR, RoleAssignment
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made

AUDIENCE = "api://AzureADTokenExchange"
"""The audience of a token that Entra exchanges;
https://learn.microsoft.com/entra/workload-id/workload-identity-federation."""
OWNER = "Owner"
VENDOR, MACHINE = "VendorGroup", "MachineIdentity"
INSTALLER, MACHINE_INSTALLER = "InstallerRole", "MachineInstallerRole"
"""What the group, the identity and our custom roles are called among the parts."""


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
class Access:
    """Everything by which the vendor comes in."""

    group: Group | None
    package: AccessPackage | None
    identity: Identity | None
    roles: tuple[CustomRole, ...]
    assignments: tuple[RoleAssignment, ...]
    assignable: tuple[catalogue.BuiltInRole, ...]
    """The roles that whoever is constrained may assign, each with the reason."""


def access(installation: Installation) -> Access:
    """The access an installation asks for."""
    azure = installation.azure
    assert azure
    people = azure.access.by == "access-package"
    identity = _identity(installation) if azure.control_plane.issuer else None
    assignments = _assignments(installation, identity) if installation.vendor_access == "enabled" else ()
    return Access(
        group=_group(installation) if people else None, package=_package(installation) if people else None,
        identity=identity, roles=_roles(installation, identity), assignments=assignments,
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
                 description=f"The vendor's team for the data plane of {installation.tenant}: by access package.")


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


def _roles(installation: Installation, identity: Identity | None) -> tuple[CustomRole, ...]:
    """Our custom role, once for people and once for the machine: a change of one does not widen the other."""
    azure = installation.azure
    assert azure
    wanted = {INSTALLER: azure.access.role == "installer", MACHINE_INSTALLER: identity is not None}
    return tuple(CustomRole(
        name=name, azure_name=names.role_assignment(installation, name, "definition"),
        display_name=names.wide(installation, {INSTALLER: "installer", MACHINE_INSTALLER: "machine"}[name]),
        description="What installing and running a data plane needs, and nothing besides.",
        actions=catalogue.installer_role()) for name, asked in wanted.items() if asked)


def _assignments(installation: Installation, identity: Identity | None) -> tuple[RoleAssignment, ...]:
    """The roles held: the vendor's team's as it was agreed, the machine's always our own role."""
    azure = installation.azure
    assert azure
    asked, people = azure.access, azure.access.by == "access-package"
    who = Made(name=VENDOR, attribute="ObjectId") if people else asked.service_principal
    kind = "Group" if people else "ServicePrincipal"
    why = "The vendor's team installs and runs the data plane in this subscription."
    held: list[RoleAssignment] = []
    if asked.role == "installer":
        held += _installing(installation, "Vendor", who, kind, INSTALLER, why)
    else:
        limited = None if asked.role == "owner" else condition(catalogue.assignable_roles())
        held.append(RoleAssignment(
            name="VendorRole", azure_name=names.role_assignment(installation, "VendorRole", OWNER), principal=who,
            principal_type=kind, role=catalogue.role(OWNER).id, role_name=OWNER, scope=names.SUBSCRIPTION,
            condition=limited, why=why))
    if identity:
        machine = Made(name=MACHINE, attribute="PrincipalId")
        held += _installing(installation, "Machine", machine, "ServicePrincipal", MACHINE_INSTALLER,
                            "The vendor's control plane installs and upgrades without a person.")
    return tuple(held)


def _installing(installation: Installation, prefix: str, who: Any, kind: str, own: str, why: str
                ) -> Iterator[RoleAssignment]:
    """What installing takes: our role on the group, and on a network that is brought; two identities to give."""
    azure = installation.azure
    assert azure

    def assignment(what: str, role: str, scope: Any, why: str) -> RoleAssignment:
        name = f"{prefix}{what}Role"
        return RoleAssignment(
            name=name, azure_name=names.role_assignment(installation, name, role), principal=who, principal_type=kind,
            role=Made(name=own) if role == own else catalogue.role(role).id, role_name=role, scope=scope, why=why)

    yield assignment("", own, Made(name="ResourceGroup"), why)
    if azure.vnet.existing:
        yield assignment("Network", own, azure.vnet.existing.vnet,
                         "The same in the network that is brought, which lies in another group.")
    for what, identity in (("Cluster", CLUSTER), ("Kubelet", KUBELET)):
        yield assignment(what, OPERATOR, Made(name=identity), f"A cluster is given this identity: {identity}.")
