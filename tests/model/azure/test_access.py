"""How the vendor comes in: which roles there are, on what condition, and what disabling takes away."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.access import AUDIENCE, INSTALLER, condition
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.placeholders import Made

MIGHTY = ("Owner", "User Access Administrator", "Role Based Access Control Administrator", "Contributor")
GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
BRANCH = re.compile(
    r"\(\(!\(ActionMatches\{'Microsoft\.Authorization/roleAssignments/(write|delete)'\}\)\) OR "
    r"\(@(Request|Resource)\[Microsoft\.Authorization/roleAssignments:RoleDefinitionId\] "
    rf"ForAnyOfAnyValues:GuidEquals \{{({GUID}(?:, {GUID})*)\}} AND "
    r"@(Request|Resource)\[Microsoft\.Authorization/roleAssignments:PrincipalType\] "
    r"ForAnyOfAnyValues:StringEqualsIgnoreCase \{'ServicePrincipal'\}\)\)")
OWN = "/subscriptions/0a1b2c3d-0000-4000-8000-000000000002"


def access_of(words):
    """The access that these words come to."""
    return plan(Installation.read(words)).azure.access


def branches(text):
    """The two branches of a condition: verb, source and role ids of each."""
    found = [BRANCH.fullmatch(part) for part in text.split(" AND ((")[:1] + [
        f"(({part}" for part in text.split(" AND ((")[1:]]]
    assert all(found), text
    return {hit[1]: (hit[2], hit[4], hit[3].split(", ")) for hit in found}


def test_the_condition_lists_the_assignable_roles():
    """Both branches of the condition list exactly the roles that may be assigned: those asked for, those taken away."""
    ids = [role.id for role in catalogue.assignable_roles()]
    assert len(ids) == len(set(ids)) > 1
    assert branches(condition(catalogue.assignable_roles())) == {
        "write": ("Request", "Request", ids), "delete": ("Resource", "Resource", ids)}


@given(st.data())
def test_the_condition_follows_the_table(data):
    """Whatever roles the table has, the condition lists these and no other."""
    guids = st.uuids().map(str)
    rows = tuple(replace(catalogue.role("Owner"), id=one) for one in data.draw(
        st.lists(guids, min_size=1, max_size=9, unique=True)))
    assert [ids for _, _, ids in branches(condition(rows)).values()] == [[row.id for row in rows]] * 2


@pytest.mark.parametrize("name", MIGHTY)
def test_mighty_roles_are_never_assignable(name):
    """A role that could give its holder all the others may be assigned by nobody who is constrained."""
    role = catalogue.role(name)
    assert not role.why
    assert role not in catalogue.assignable_roles()
    assert role.id not in condition(catalogue.assignable_roles())


@pytest.mark.parametrize(("asked", "held", "free"), [
    ("constrained-owner", "Owner", False), ("owner", "Owner", True), ("installer", INSTALLER, False)])
@pytest.mark.parametrize("twin", [(), ("principal",)])
def test_what_the_vendor_holds(azure, asked, held, free, twin):
    """The role that was agreed, with the condition but for a plain owner, on the subscription and nothing wider."""
    made = access_of(azure(*twin, {"azure.access.role": asked}))
    [one] = made.assignments
    assert (one.name, one.role_name, one.scope) == ("VendorRole", held, OWN)
    assert one.role == (Made(name=INSTALLER) if held == INSTALLER else catalogue.role(held).id)
    assert one.condition == (None if free else condition(catalogue.assignable_roles()))
    assert bool(made.role) == (asked == "installer")
    assert one.why


def test_people_come_by_an_access_package(azure):
    """With an access package the group holds the role, and members come approved, from the organisation, for a time."""
    words = azure({"azure.access.expires_after": 30})
    made = access_of(words)
    [one] = made.assignments
    assert (one.principal, one.principal_type) == (Made(name="VendorGroup", attribute="ObjectId"), "Group")
    assert made.package.connected_organization == words["azure"]["connected_organization"]
    assert [(stage.approvers, stage.days) for stage in made.package.stages] == [
        (tuple(words["azure"]["access"]["approval"][0]["approvers"]), 14)]
    assert made.package.expires_after == 30
    assert (made.group.name, made.identity, made.role) == ("VendorGroup", None, None)


def test_a_service_principal_needs_no_package(azure):
    """A service principal of the vendor's holds the role itself: there is neither group nor package."""
    words = azure("principal")
    made = access_of(words)
    [one] = made.assignments
    assert (one.principal, one.principal_type) == (words["azure"]["access"]["service_principal"], "ServicePrincipal")
    assert (made.group, made.package) == (None, None)


def test_the_machine_has_no_secret(azure):
    """With an issuer there is an identity that takes the control plane's tokens, and holds our own role."""
    made = access_of(azure("machine"))
    [credential] = made.identity.credentials
    assert (credential.issuer, credential.audience) == ("https://issuer.conveyor.example", AUDIENCE)
    assert credential.subject == "arn:aws:iam::111122223333:role/conveyor-control-plane"
    _, machine = made.assignments
    assert (machine.name, machine.principal, machine.principal_type) == (
        "MachineRole", Made(name="MachineIdentity", attribute="PrincipalId"), "ServicePrincipal")
    assert machine.scope == Made(name="ResourceGroup")
    assert (machine.role, machine.condition) == (Made(name=INSTALLER), condition(catalogue.assignable_roles()))
    assert made.role.actions == catalogue.installer_role()


def test_the_machine_works_in_a_network_that_is_brought(azure):
    """Where the network is brought, the machine holds its role there too, and not on the whole subscription."""
    words = azure("machine", "existing")
    made = access_of(words).assignments
    assert [(one.name, one.role, one.scope) for one in made[1:]] == [
        ("MachineRole", Made(name=INSTALLER), Made(name="ResourceGroup")),
        ("MachineNetworkRole", Made(name=INSTALLER), words["azure"]["vnet"]["existing"]["vnet"])]
    assert len({one.azure_name for one in made}) == 3


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov"),
                                                   ("cn-north-1", "aws-cn")])
def test_the_subject_is_of_the_control_planes_partition(azure, region, partition):
    """The subject that is left out is the role's ARN in the partition of the control plane's region."""
    [credential] = access_of(azure("machine", {"azure.control_plane.region": region})).identity.credentials
    assert credential.subject == f"arn:{partition}:iam::111122223333:role/conveyor-control-plane"
    given_one = azure("machine", {"azure.control_plane.subject": "system:serviceaccount:a:b"})
    assert access_of(given_one).identity.credentials[0].subject == "system:serviceaccount:a:b"


@settings(max_examples=80)
@given(st.data())
def test_disabled_takes_the_roles_and_nothing_else(any_azure, data):
    """vendor_access: disabled takes every role away; group, package, identity and the rest of the plan stay."""
    installation = data.draw(any_azure)
    on, off = (plan(installation.model_copy(update={"vendor_access": word})).azure for word in ("enabled", "disabled"))
    assert on.access.assignments
    assert off.access.assignments == ()
    assert replace(off, access=on.access) == on
    assert replace(off.access, assignments=on.access.assignments) == on.access


@settings(max_examples=80)
@given(st.data())
def test_nobody_else_holds_a_role(any_azure, data):
    """Only the group, the vendor's service principal and the machine hold a role; all but a plain owner constrained."""
    installation = data.draw(any_azure)
    made, asked = plan(installation).azure.access, installation.azure.access
    machine = Made(name="MachineIdentity", attribute="PrincipalId")
    whose = {"VendorRole": asked.service_principal or Made(name="VendorGroup", attribute="ObjectId"),
             "MachineRole": machine, "MachineNetworkRole": machine}
    assert all(one.principal == whose[one.name] for one in made.assignments)
    for one in made.assignments:
        assert (one.condition is None) == (asked.role == "owner" and one.name == "VendorRole")
        assert one.role_name == INSTALLER or one.name == "VendorRole"
    assert bool(made.role) == bool(asked.role == "installer" or made.identity)
    assert bool(made.identity) == bool(installation.azure.control_plane.issuer)
