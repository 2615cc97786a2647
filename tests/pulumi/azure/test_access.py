"""How the vendor comes in, property by property: who holds which role, on which condition, and who lets them in."""

import pytest

from tests.engine.azure_variants import PRINCIPAL, SUBSCRIPTION, TENANT, VNET, roles, words

OWNER = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/" \
        "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"
SCOPE = f"/subscriptions/{SUBSCRIPTION}"


def test_the_team_is_a_constrained_owner(made, scaffolding):
    """The vendor's group is Owner on the condition that it assigns roles of the table only, to service principals."""
    inputs = made("example").inputs("VendorRole")
    assert (inputs["principalId"], inputs["principalType"]) == ("acme-VendorGroup.object", "Group")
    assert (inputs["roleDefinitionId"], inputs["scope"]) == (OWNER, SCOPE)
    ids = ", ".join(role.id for role in scaffolding("example").access.assignable)
    assert inputs["conditionVersion"] == "2.0"
    for verb, source in (("write", "@Request"), ("delete", "@Resource")):
        attribute = f"{source}[Microsoft.Authorization/roleAssignments:"
        assert (f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})) OR ({attribute}"
                f"RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{ids}}} AND {attribute}PrincipalType]"
                " ForAnyOfAnyValues:StringEqualsIgnoreCase {'ServicePrincipal'}))") in inputs["condition"]
    assert OWNER.rpartition("/")[2] not in inputs["condition"]


def test_an_owner_without_a_condition(deploy):
    """Where that was asked for, the vendor is Owner without a condition, and by another assignment."""
    free = deploy(words(azure={"access": {"role": "owner"}})).inputs("VendorRole")
    assert free["roleDefinitionId"] == OWNER
    assert not {"condition", "conditionVersion"} & free.keys()


def test_a_service_principal(made):
    """In place of people the vendor's service principal holds our own role; no group and no package is made."""
    found = made("service-principal")
    inputs = found.inputs("VendorRole")
    assert (inputs["principalId"], inputs["principalType"]) == (PRINCIPAL, "ServicePrincipal")
    assert (inputs["roleDefinitionId"], inputs["scope"]) == ("acme-InstallerRole.id", "acme-ResourceGroup.id")
    assert not [row.name for row in found.customs() if row.type.startswith("azuread:")]
    assert {"group_id", "access_package_link"}.isdisjoint(found.component("AzureDeployment"))
    assert {"GroupId", "AccessPackageLink"}.isdisjoint(found.component("AzureDeployment")["outputs"])


def test_our_own_roles(made, scaffolding):
    """A custom role allows what the catalogue has a purpose for and nothing by wildcard; it lives in one place.

    It assigns no roles.
    """
    planned = scaffolding("service-principal").access.roles
    assert {role.name for role in planned} == {"InstallerRole", "MachineInstallerRole"}
    for role in planned:
        inputs = made("service-principal").inputs(role.name)
        (allowed,) = inputs["permissions"]
        for key, data in (("actions", False), ("dataActions", True)):
            assert allowed[key] == [action for row in role.actions if row.data is data for action in row.actions]
        assert not [action for action in allowed["actions"] if "*" in action or "roleAssignments/write" in action]
        assert inputs["assignableScopes"] == [inputs["scope"]] == [SCOPE]


def test_the_machine_has_no_secret(made):
    """The control plane's identity accepts its role's tokens, and installs in the resource group and in no other."""
    found = made("example")
    token = found.inputs("ControlPlaneCredential")
    assert (token["issuer"], token["audiences"]) == ("https://issuer.conveyor.example", ["api://AzureADTokenExchange"])
    assert token["subject"] == words()["azure"]["control_plane"]["subject"]
    assert token["resourceName"] == found.inputs("MachineIdentity")["resourceName"]
    role = found.inputs("MachineRole")
    assert role["principalId"] == "acme-MachineIdentity.principal"
    assert (role["roleDefinitionId"], role["scope"]) == ("acme-MachineInstallerRole.id", "acme-ResourceGroup.id")
    assert made("existing-vnet").inputs("MachineNetworkRole")["scope"] == VNET
    assert found.component("AzureDeployment")["machine_client_id"] == "acme-MachineIdentity.client"


def test_without_an_issuer_there_is_no_machine(made):
    """Where the control plane has no issuer, neither an identity nor a role of it is made."""
    gone = {name for name in roles(words()) if name.startswith("Machine")}
    assert made("example").parts() - made("no-machine").parts() == {
        "MachineIdentity", "ControlPlaneCredential", "MachineInstallerRole"} | gone


def test_people_request_what_is_approved(made):
    """Members of the connected organisation request membership of the group; a group of ours approves; it ends."""
    found = made("example")
    policy = found.inputs("AccessPolicy")
    assert policy["requestorSettings"] == {
        "requestsAccepted": True, "scopeType": "SpecificConnectedOrganizationSubjects", "requestors": [
            {"subjectType": "connectedOrganizationMembers", "objectId": words()["azure"]["connected_organization"]}]}
    assert policy["durationInDays"] == 90
    assert policy["extensionEnabled"] is False
    approval = policy["approvalSettings"]
    assert approval["approvalRequired"] is approval["requestorJustificationRequired"] is True
    (stage,) = approval["approvalStages"]
    assert stage["primaryApprovers"] == [
        {"subjectType": "groupMembers", "objectId": words()["azure"]["access"]["approval"][0]["approvers"][0]}]
    assert found.inputs("AccessCatalogGroup")["resourceOriginId"] == "acme-VendorGroup.object"
    assert found.inputs("AccessPackageGroup")["accessType"] == "Member"
    assert any(urn.endswith("::acme-AccessPackageGroup") for urn in found.part("AccessPolicy").after)
    assert found.component("AzureDeployment")["access_package_link"] == (
        f"https://myaccess.microsoft.com/@{TENANT}#/access-packages/acme-AccessPackage.id")


def test_members_are_not_touched(made):
    """Who is in the group is the access package's matter: Pulumi neither sets nor takes away members."""
    group = made("example").part("VendorGroup")
    assert group.ignored == ("members", "owners")
    assert group.inputs["securityEnabled"] is True
    assert group.inputs["assignableToRole"] is False


@pytest.mark.parametrize("variant", ["example", "service-principal", "existing-vnet"])
def test_disabled(made, deploy, variant):
    """vendor_access: disabled leaves out every role of the vendor's, and nothing else."""
    gone = made(variant).parts() - deploy(words(variant, vendor_access="disabled")).parts()
    assert gone == set(roles(words(variant))) > {"VendorRole", "MachineRole"}


def test_role_assignments_have_fixed_names(made):
    """The names of role assignments are UUIDs that follow from the installation: another run makes no second one."""
    names = {row.inputs["roleAssignmentName"] for row in made("example").of("RoleAssignment").values()}
    assert len(names) == len(made("example").of("RoleAssignment")) > 4
    assert names == {row.inputs["roleAssignmentName"]
                     for row in made("example", preview=True).of("RoleAssignment").values()}


def test_the_data_planes_own_identities(made, scaffolding):
    """Cluster, nodes and workloads have identities without a secret, each with the roles of the plan and no other."""
    found, planned = made("example"), scaffolding("example").identities
    for one in planned.identities:
        group = found.inputs(one.group)["resourceGroupName"]
        assert found.inputs(one.name)["resourceGroupName"] == group
    for held in planned.assignments:
        inputs = found.inputs(held.name)
        assert inputs["principalId"] == f"acme-{held.principal.name}.principal"
        assert inputs["scope"] == f"acme-{held.scope.name}.id"
        assert inputs["roleDefinitionId"].endswith(f"/{held.role}")
    theirs = {f"acme-{one.name}.principal" for one in planned.identities}
    assert {row.name.removeprefix("acme-") for row in found.of("RoleAssignment").values()
            if row.inputs["principalId"] in theirs} == {held.name for held in planned.assignments}
