"""How the vendor comes in, as a component: group, access package, machine identity and the roles they hold."""

from typing import NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure
import pulumi_azuread as azuread

from conveyor_iac.model.azure.access import AccessPackage, CustomRole, Group, Identity, Stage
from conveyor_iac.model.azure.identities import RoleAssignment
from conveyor_iac.pulumi.azure.parts import Parts, entering
from conveyor_iac.pulumi.parts import Ids
from conveyor_iac.pulumi.words import InstallationArgs

ROLE_DEFINITIONS = "/providers/Microsoft.Authorization/roleDefinitions/"


class AzureVendorAccessArgs(TypedDict):
    """What the vendor's access is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    ids: NotRequired[Ids]
    """What `AzureSubscription` and `AzureIdentities` hand out, together; needed wherever our own role is held."""


class AzureVendorAccess(pulumi.ComponentResource):
    """How the vendor's team and control plane come into the subscription, and with which roles.

    Spells the access of a plan: a group of Entra that people join by an approved access package, or the vendor's
    service principal; an identity of the control plane without a secret; each with its role and the condition on what
    it may assign. With `vendor_access: disabled` nobody holds a role, and the rest stays.

    Args:
        name: the component's name; its parts are called `NAME-...`.
        args: `AzureVendorAccessArgs`.
        opts: left out: the default providers of azure-native and azuread, no parent.

    Raises:
        Refused: for every fault of the installation.

    Source: https://learn.microsoft.com/entra/id-governance/entitlement-management-external-users
    """

    group_id: pulumi.Output[str] | None
    """The object id of the vendor's group, where people come in."""
    access_package_id: pulumi.Output[str] | None
    """The id of the access package, where people come in."""
    access_package_link: pulumi.Output[str] | None
    """The link by which the vendor's team requests access."""
    machine_client_id: pulumi.Output[str] | None
    """The client id of the machine's identity, where there is one."""

    def __init__(self, name: str, args: AzureVendorAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:AzureVendorAccess", name, {}, opts)
        parts = entering(self, AzureVendorAccessArgs, args)
        access = parts.scaffolding.access
        self.group_id = _group(parts, access.group) if access.group else None
        self.access_package_id = _package(parts, access.package) if access.package else None
        self.machine_client_id = _identity(parts, access.identity) if access.identity else None
        for role in access.roles:
            _role(parts, role)
        for assignment in access.assignments:
            assigned(parts, assignment)
        tenant = parts.scaffolding.subscription.tenant_id
        self.access_package_link = self.access_package_id.apply(
            lambda id: f"https://myaccess.microsoft.com/@{tenant}#/access-packages/{id}"
        ) if self.access_package_id else None
        self.register_outputs({"group_id": self.group_id, "access_package_id": self.access_package_id,
                               "access_package_link": self.access_package_link,
                               "machine_client_id": self.machine_client_id})


def _group(parts: Parts, group: Group) -> pulumi.Output[str]:
    made = parts.add(group.name, azuread.Group(
        parts.called(group.name), display_name=group.display_name, description=group.description, security_enabled=True,
        mail_enabled=False, assignable_to_role=False, prevent_duplicate_names=True,
        opts=parts.child(ignore_changes=["members", "owners"])))
    found: pulumi.Output[str] = made.object_id
    return found


def _package(parts: Parts, package: AccessPackage) -> pulumi.Output[str]:
    """The package in a catalogue of its own: what is requested is membership of the group."""
    catalog = parts.add("AccessCatalog", azuread.AccessPackageCatalog(
        parts.called("AccessCatalog"), display_name=package.display_name, description=package.description,
        externally_visible=True, published=True, opts=parts.child()))
    held = parts.add("AccessCatalogGroup", azuread.AccessPackageResourceCatalogAssociation(
        parts.called("AccessCatalogGroup"), catalog_id=catalog.id, resource_origin_system="AadGroup",
        resource_origin_id=parts.resources["VendorGroup"].object_id, opts=parts.child()))
    made = parts.add(package.name, azuread.AccessPackage(
        parts.called(package.name), catalog_id=catalog.id, display_name=package.display_name, hidden=False,
        description=package.description, opts=parts.child()))
    parts.add("AccessPackageGroup", azuread.AccessPackageResourcePackageAssociation(
        parts.called("AccessPackageGroup"), access_package_id=made.id, catalog_resource_association_id=held.id,
        access_type="Member", opts=parts.child()))
    _policy(parts, package, made.id)
    found: pulumi.Output[str] = made.id
    return found


def _policy(parts: Parts, package: AccessPackage, made: pulumi.Output[str]) -> None:
    """Who may request the package, who approves it, and for how long it is given."""
    parts.add("AccessPolicy", azuread.AccessPackageAssignmentPolicy(
        parts.called("AccessPolicy"), access_package_id=made, display_name=package.display_name,
        description=package.description, duration_in_days=package.expires_after, extension_enabled=False,
        requestor_settings=azuread.AccessPackageAssignmentPolicyRequestorSettingsArgs(
            requests_accepted=True, scope_type="SpecificConnectedOrganizationSubjects",
            requestors=[azuread.AccessPackageAssignmentPolicyRequestorSettingsRequestorArgs(
                subject_type="connectedOrganizationMembers", object_id=package.connected_organization)]),
        approval_settings=azuread.AccessPackageAssignmentPolicyApprovalSettingsArgs(
            approval_required=True, approval_required_for_extension=True, requestor_justification_required=True,
            approval_stages=[_stage(stage) for stage in package.stages]),
        opts=parts.child("AccessPackageGroup")))


def _stage(stage: Stage) -> azuread.AccessPackageAssignmentPolicyApprovalSettingsApprovalStageArgs:
    return azuread.AccessPackageAssignmentPolicyApprovalSettingsApprovalStageArgs(
        approval_timeout_in_days=stage.days, approver_justification_required=True,
        primary_approvers=[azuread.AccessPackageAssignmentPolicyApprovalSettingsApprovalStagePrimaryApproverArgs(
            subject_type="groupMembers", object_id=group) for group in stage.approvers])


def _identity(parts: Parts, identity: Identity) -> pulumi.Output[str]:
    """The identity and whose tokens it accepts, one after another: Entra refuses two at the same time."""
    group = parts.scaffolding.identities.group.azure_name
    made = parts.add(identity.name, azure.managedidentity.UserAssignedIdentity(
        parts.called(identity.name), resource_name_=identity.azure_name, opts=parts.child(),
        **parts.placed(resource_group_name=group)))
    before = identity.name
    for credential in identity.credentials:
        parts.add(credential.name, azure.managedidentity.FederatedIdentityCredential(
            parts.called(credential.name), resource_group_name=group, resource_name_=identity.azure_name,
            federated_identity_credential_resource_name=credential.azure_name, issuer=credential.issuer,
            subject=credential.subject, audiences=[credential.audience], opts=parts.child(before)))
        before = credential.name
    found: pulumi.Output[str] = made.client_id
    return found


def _role(parts: Parts, role: CustomRole) -> None:
    scope = parts.ref(parts.scaffolding.subscription.scope)
    rows = [(row.actions, row.data) for row in role.actions]
    parts.add(role.name, azure.authorization.RoleDefinition(
        parts.called(role.name), role_definition_id=role.azure_name, scope=scope, role_name=role.display_name,
        description=role.description, role_type="CustomRole", assignable_scopes=[scope],
        permissions=[azure.authorization.PermissionArgs(
            actions=[action for actions, data in rows if not data for action in actions], not_actions=[],
            data_actions=[action for actions, data in rows if data for action in actions], not_data_actions=[])],
        opts=parts.child()))


def assigned(parts: Parts, held: RoleAssignment) -> None:
    """A role assignment of the plan."""
    assign(parts, held.name, azure_name=held.azure_name, principal=parts.ref(held.principal),
           principal_type=held.principal_type, scope=parts.ref(held.scope), role=held.role, condition=held.condition,
           why=held.why)


def assign(parts: Parts, name: str, *, azure_name: str, principal: pulumi.Input[str], role: object,
           scope: pulumi.Input[str], why: str, principal_type: str = "ServicePrincipal", condition: str | None = None,
           subscription: str = "", provider: pulumi.ProviderResource | None = None) -> None:
    """A role for somebody: one of Azure's own by its id, or our own role, which is a part.

    Azure tells the id of a role as that of the subscription of the scope: the component's own unless it is given.
    """
    home = parts.ref(f"/subscriptions/{subscription or parts.scaffolding.subscription.id}")
    known = pulumi.Output.concat(home, ROLE_DEFINITIONS, role) if isinstance(role, str) else parts.ref(role)
    within = {"provider": provider} if provider else {}
    parts.add(name, azure.authorization.RoleAssignment(
        parts.called(name), role_assignment_name=azure_name, scope=scope, principal_id=principal,
        principal_type=principal_type, role_definition_id=known, condition=condition, description=why,
        condition_version="2.0" if condition else None, opts=parts.child(**within)))
