"""How the vendor comes in: which roles there are, on what condition, and what disabling takes away."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.access import AUDIENCE, INSTALLER, MACHINE_INSTALLER, condition
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
OPERATOR = "Managed Identity Operator"
WHOSE = {"Vendor": INSTALLER, "Machine": MACHINE_INSTALLER}
"""Who installs with a role of our own, and which of the two that is."""


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


@settings(max_examples=30)
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


@pytest.mark.parametrize(("asked", "free"), [("constrained-owner", False), ("owner", True)])
@pytest.mark.parametrize("twin", [(), ("principal",), ("existing",)])
def test_an_owner_holds_one_role(azure, asked, free, twin):
    """An owner holds that role on the subscription and nothing wider, with the condition unless it is a plain one."""
    made = access_of(azure(*twin, {"azure.access.role": asked}))
    [one] = made.assignments
    assert (one.name, one.role_name, one.role, one.scope) == ("VendorRole", "Owner", catalogue.role("Owner").id, OWN)
    assert one.condition == (None if free else condition(catalogue.assignable_roles()))
    assert made.roles == ()
    assert one.why


def installing(words, prefix, who, kind):
    """What whoever installs must hold: name, principal, its type, role and scope of each, without a condition."""
    own, existing = Made(name=WHOSE[prefix]), words["azure"].get("vnet", {}).get("existing")
    operator = catalogue.role(OPERATOR).id
    rows = [("", own, Made(name="ResourceGroup")), *([("Network", own, existing["vnet"])] if existing else []),
            ("Cluster", operator, Made(name="ClusterIdentity")), ("Kubelet", operator, Made(name="KubeletIdentity"))]
    return [(f"{prefix}{what}Role", who, kind, role, scope, None) for what, role, scope in rows]


def told(assignments):
    """The same of the assignments of a plan."""
    return [(one.name, one.principal, one.principal_type, one.role, one.scope, one.condition) for one in assignments]


@pytest.mark.parametrize("network", ["nat-gateway", "existing"])
@pytest.mark.parametrize("by", ["access-package", "principal"])
def test_the_installer_role_is_held_where_it_is_needed(azure, network, by):
    """With our own role the vendor works in the resource group, in a brought network, and gives two identities: on the
    subscription it holds nothing, and assigns no role."""
    words = azure(network, *([by] if by == "principal" else []), {"azure.access.role": "installer"})
    made = access_of(words)
    who, kind = (Made(name="VendorGroup", attribute="ObjectId"), "Group") if by == "access-package" else (
        words["azure"]["access"]["service_principal"], "ServicePrincipal")
    assert told(made.assignments) == installing(words, "Vendor", who, kind)
    assert [role.name for role in made.roles] == [INSTALLER]


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
    assert (made.group.name, made.identity, made.roles) == ("VendorGroup", None, ())


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
    assert [role.name for role in made.roles] == [MACHINE_INSTALLER]


@pytest.mark.parametrize("network", ["nat-gateway", "existing"])
@pytest.mark.parametrize("asked", ["owner", "constrained-owner", "installer"])
def test_the_machine_holds_a_role_of_its_own(azure, network, asked):
    """Whatever people hold, the machine works in the resource group and in a brought network only, by a role that is
    another than theirs, and gives two identities."""
    words = azure("machine", network, {"azure.access.role": asked})
    made = access_of(words)
    machine = Made(name="MachineIdentity", attribute="PrincipalId")
    assert told(one for one in made.assignments if one.principal == machine) == installing(
        words, "Machine", machine, "ServicePrincipal")
    assert {one.name: one.principal for one in made.assignments if one.principal != machine}.keys() == (
        {name for name, *_ in installing(words, "Vendor", None, "")} if asked == "installer" else {"VendorRole"})
    assert len({one.azure_name for one in made.assignments}) == len(made.assignments)


def test_our_two_roles_are_apart(azure):
    """People and machine have a definition each, under names of their own; both allow what the table has, no more."""
    people, machine = access_of(azure("machine", {"azure.access.role": "installer"})).roles
    assert (people.name, machine.name) == (INSTALLER, MACHINE_INSTALLER)
    assert people.azure_name != machine.azure_name
    assert people.display_name != machine.display_name
    assert people.actions == machine.actions == catalogue.installer_role()


@pytest.mark.parametrize(("region", "partition"), [("eu-west-1", "aws"), ("us-gov-west-1", "aws-us-gov"),
                                                   ("cn-north-1", "aws-cn")])
def test_the_subject_is_of_the_control_planes_partition(azure, region, partition):
    """The subject that is left out is the role's ARN in the partition of the control plane's region."""
    [credential] = access_of(azure("machine", {"azure.control_plane.region": region})).identity.credentials
    assert credential.subject == f"arn:{partition}:iam::111122223333:role/conveyor-control-plane"
    given_one = azure("machine", {"azure.control_plane.subject": "system:serviceaccount:a:b"})
    assert access_of(given_one).identity.credentials[0].subject == "system:serviceaccount:a:b"


@settings(max_examples=40)
@given(st.data())
def test_disabled_takes_the_vendors_roles_and_nothing_else(any_azure, data):
    """vendor_access: disabled takes every role of the vendor's; group, package, identity, the roles of the data plane's
    own identities and the rest of the plan stay."""
    installation = data.draw(any_azure)
    on, off = (plan(installation.model_copy(update={"vendor_access": word})).azure for word in ("enabled", "disabled"))
    assert on.access.assignments
    assert off.access.assignments == ()
    assert off.identities.assignments == on.identities.assignments != ()
    assert replace(off, access=on.access) == on
    assert replace(off.access, assignments=on.access.assignments) == on.access


@settings(max_examples=60)
@given(st.data())
def test_nobody_else_holds_a_role(any_azure, data):
    """Only the group, the vendor's service principal and the machine hold a role of access; only a constrained owner
    has a condition, and only an owner the subscription."""
    installation = data.draw(any_azure)
    made, asked = plan(installation).azure.access, installation.azure.access
    whose = {"Vendor": asked.service_principal or Made(name="VendorGroup", attribute="ObjectId"),
             "Machine": Made(name="MachineIdentity", attribute="PrincipalId")}
    existing = installation.azure.vnet.existing
    narrow = [*(Made(name=name) for name in ("ResourceGroup", "ClusterIdentity", "KubeletIdentity")),
              *([existing.vnet] if existing else [])]
    for one in made.assignments:
        prefix, what = re.fullmatch("(Vendor|Machine)(|Network|Cluster|Kubelet)Role", one.name).groups()
        assert one.principal == whose[prefix]
        owner = (prefix, what) == ("Vendor", "") and asked.role != "installer"
        assert (one.condition is not None) == (owner and asked.role == "constrained-owner")
        assert one.role_name == ("Owner" if owner else OPERATOR if what in ("Cluster", "Kubelet") else WHOSE[prefix])
        assert (one.scope in narrow) != owner
    assert [role.name for role in made.roles] == [name for name, there in (
        (INSTALLER, asked.role == "installer"), (MACHINE_INSTALLER, made.identity)) if there]
    assert bool(made.identity) == bool(installation.azure.control_plane.issuer)
