"""Roles of Pulumi's: power gathered from every resource that can give it, trust, and external ids that are secret."""

import json

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.pulumi.small import (
    ACCOUNT,
    CREATED,
    ENCRYPTED,
    EXTERNAL_ID,
    INSTALLER,
    TRUST,
    UNKNOWN,
    VENDOR,
    added,
    answer,
    arn_of,
    document,
    given,
    named,
    one,
    powers,
    secret,
    template,
    without,
)

AUTHORING, CREATING, ATTACHING = "iam.no-policy-authoring", "iam.boundary-on-create", "iam.attach-predefined-only"
POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/role:Role"
VERSION = document({"Effect": "Allow", "Action": "iam:CreatePolicyVersion", "Resource": "*"})
BOUNDARY = arn_of(POLICY, "Boundary", {"name": "boundary"})
EVIL = one(POLICY, "Evil", name="evil", policy=VERSION)
ATTACHED = {"policyArn": arn_of(POLICY, "Evil", {"name": "evil"})}
IAM = [AUTHORING, CREATING, ATTACHING, "iam.actions-whitelisted", "iam.writes-created-roles-only", "iam.closure",
       "iam.own-policies-untouched", "trust.principal", "trust.external-id", "trust.external-id-parameter"]

REFUTED = {
    "a version of a policy, attached": (AUTHORING, [added(EVIL, one(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "More", role="installer", **ATTACHED))]),
    "attached to several": (AUTHORING, [added(EVIL, one(
        "aws:iam/policyAttachment:PolicyAttachment", "More", name="more", roles=["installer"], **ATTACHED))]),
    "in the list of the role": (AUTHORING, [added(EVIL), given("Installer", managedPolicyArns=[*ATTACHED.values()])]),
    "inline": (AUTHORING, [given("Installer", inlinePolicies=[{"name": "own", "policy": VERSION}])]),
    "inline by a resource of its own": (AUTHORING, [added(one(
        "aws:iam/rolePolicy:RolePolicy", "Own", name="own", role="installer", policy=VERSION))]),
    "only the state tells of it": (AUTHORING, [lambda rows: rows[3]["outputs"].update(
        inlinePolicies=[{"name": "own", "policy": VERSION}])]),
    "no boundary asked": (CREATING, [given("Installing", policy=document(
        {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": CREATED}))]),
    "another account's boundary": (CREATING, [given("Installing", policy=document(
        {"Effect": "Allow", "Action": "iam:CreateRole", "Resource": CREATED, "Condition": {"StringEquals": {
            "iam:PermissionsBoundary": BOUNDARY.replace(ACCOUNT, VENDOR)}}}))]),
    "any policy attached": (ATTACHING, [given("Installing", policy=document(
        {"Effect": "Allow", "Action": "iam:AttachRolePolicy", "Resource": CREATED}))]),
    "everybody is trusted": ("trust.principal", [given("Installer", assumeRolePolicy=secret(document(
        {**TRUST, "Principal": "*"})))]),
    "no external id": ("trust.external-id", [given("Installer", assumeRolePolicy=secret(document(
        {**TRUST, "Condition": {}})))]),
    "a wildcard in the external id": ("trust.external-id", [given("Installer", assumeRolePolicy=secret(document(
        {**TRUST, "Condition": {"StringLike": {"sts:ExternalId": f"{EXTERNAL_ID}*"}}})))]),
    "an external id in clear text": ("trust.external-id-parameter", [given("Installer", assumeRolePolicy=document(
        TRUST))]),
    "a short external id": ("trust.external-id-parameter", [given("Installer", assumeRolePolicy=secret(document(
        {**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": "short"}}})))]),
}
UNDECIDED = {
    "an encrypted external id": ("trust.external-id-parameter", [given("Installer", assumeRolePolicy=ENCRYPTED)]),
    "an unknown policy attached": (AUTHORING, [added(one(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "More", role="installer", policyArn=UNKNOWN))]),
    "a policy attached to an unknown role": (AUTHORING, [added(EVIL, one(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "More", role=UNKNOWN, policyArn=UNKNOWN))]),
    "an unknown policy inline": (AUTHORING, [given("Installer", inlinePolicies=UNKNOWN)]),
    "a policy of an unknown role": (AUTHORING, [added(one(
        "aws:iam/rolePolicy:RolePolicy", "Own", name="own", role=UNKNOWN, policy=VERSION))]),
    "an unknown document": (AUTHORING, [given("Installing", policy=UNKNOWN)]),
    "a policy of somebody's": (AUTHORING, [given("Installer", managedPolicyArns=[
        f"arn:aws:iam::{ACCOUNT}:policy/elsewhere"])]),
    "an unknown type of iam": (AUTHORING, [added(one("aws:iam/wormhole:Wormhole", "New", role="installer"))]),
    "an unknown property of the role": (AUTHORING, [given("Installer", wormhole=VERSION)]),
    "an unknown property of an attachment": (AUTHORING, [given("InstallerHas", wormhole=True)]),
    "a list that takes policies away": (AUTHORING, [added(one(
        "aws:iam/rolePoliciesExclusive:RolePoliciesExclusive", "Only", roleName="installer", policyNames=[]))]),
    "an encrypted trust policy": ("trust.principal", [given("Installer", assumeRolePolicy=ENCRYPTED)]),
    "an encrypted trust policy's external id": ("trust.external-id", [given("Installer", assumeRolePolicy=ENCRYPTED)]),
    "a trust policy hidden in a preview": ("trust.external-id", [given("Installer", assumeRolePolicy="[secret]")]),
    "no account is known": ("iam.writes-created-roles-only", [lambda rows: [row.update(outputs={}) for row in rows]]),
}


@pytest.mark.parametrize("name", IAM)
def test_proved(name):
    """Everything asked of the small installer is proved."""
    assert answer(name, powers(), INSTALLER).verdict is Verdict.PROVED


@pytest.mark.parametrize("case", REFUTED)
def test_refuted(case):
    """Each of these changes is refuted."""
    name, changes = REFUTED[case]
    assert answer(name, powers(), INSTALLER, *changes).verdict is Verdict.REFUTED


@pytest.mark.parametrize("case", UNDECIDED)
def test_undecided(case):
    """What is not known here, or not known yet, leaves the claim undecided."""
    name, changes = UNDECIDED[case]
    assert answer(name, powers(), INSTALLER, *changes).verdict is Verdict.UNDECIDED


def test_the_account_may_be_told_by_the_provider():
    """Where no ARN tells the account, a provider that allows one account does."""
    provider = {"type": "pulumi:providers:aws", "name": "default", "inputs": {
        "allowedAccountIds": json.dumps([ACCOUNT])}}
    found = answer("iam.writes-created-roles-only", powers(), INSTALLER, added(provider),
                   lambda rows: [row.update(outputs={}) for row in rows])
    assert found.verdict is Verdict.PROVED


def test_a_wildcard_is_none_for_string_equals():
    """An external id with a star in it is that very text where the policy compares texts."""
    trust = {**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": f"{EXTERNAL_ID}*"}}}
    changed = given("Installer", assumeRolePolicy=secret(document(trust)))
    found = answer("trust.external-id", powers(), INSTALLER, changed)
    assert found.verdict is Verdict.PROVED


def test_the_external_id_is_nowhere_in_the_template():
    """A secret external id becomes a parameter that is not shown; its text is not in the template."""
    made = template(powers(), INSTALLER)
    assert EXTERNAL_ID not in json.dumps(made.body)
    assert made.section("Parameters")["ExternalId"]["NoEcho"] is True


def test_the_contracts_own_role_is_first():
    """Of two roles with secret external ids the contract's own has the one that is called ExternalId."""
    other = secret(document({**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": "of-another-role-altogether"}}}))
    rows = [one(ROLE, "Other", name="other", assumeRolePolicy=other), *powers()]
    assert answer("trust.external-id", rows, INSTALLER).verdict is Verdict.PROVED


def test_an_external_id_in_the_contract_is_the_parameter():
    """A contract that writes the external id out means the parameter that stands for it."""
    trust = {**INSTALLER["installer"]["trust"], "external_id": EXTERNAL_ID}
    contract = {"installer": {**INSTALLER["installer"], "trust": trust}}
    assert answer("trust.external-id", powers(), contract).verdict is Verdict.PROVED


def test_one_account():
    """Resources of two accounts are no one template: the input is wrong."""
    with pytest.raises(InputError, match="of one account"):
        template(powers(), None, lambda rows: rows[0]["outputs"].update(arn=BOUNDARY.replace(ACCOUNT, VENDOR)))


@pytest.mark.parametrize("policy", ["{", "[]", '"text"', '{"Version": "2012-10-17"}'])
def test_no_policy(policy):
    """What is no policy document is a fault that names the resource; a secret one is not shown."""
    with pytest.raises(InputError, match=r"Boundary\.policy"):
        template(powers(), None, given("Boundary", policy=policy))
    with pytest.raises(InputError) as refused:
        template(powers(), None, given("Boundary", policy=secret("of-this-test {")))
    assert "of-this-test" not in str(refused.value)


def test_a_mapping_that_reads_like_a_function():
    """A mapping in a document that CloudFormation would take for a function is not taken for one."""
    policy = document({"Effect": "Allow", "Action": "iam:CreateRole", "Resource": CREATED, "Condition": {
        "StringEquals": {"Ref": "Boundary"}}})
    assert answer(CREATING, powers(), INSTALLER, given("Installing", policy=policy)).verdict is Verdict.UNDECIDED


def test_policy_variables_stay():
    """`${aws:username}` in a document is IAM's own variable, beside what is referred to."""
    text = f"arn:aws:iam::{ACCOUNT}:role/${{aws:username}}"
    policy = document({"Effect": "Allow", "Action": "iam:GetRole", "Resource": text})
    (row,) = template(powers(), None, given("Tool", policy=policy)).resources["Tool"].properties["PolicyDocument"][
        "Statement"]
    assert row["Resource"] == {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":iam::",
                                                 {"Ref": "AWS::AccountId"}, ":role/${aws:username}"]]}


def test_the_longest_reference_counts():
    """Where one ARN begins another, a text with the longer one names the longer one's resource."""
    rows = [*powers(), one(POLICY, "Longer", name="tool-box", policy=VERSION)]
    longer = arn_of(POLICY, "Longer", {"name": "tool-box"})
    made = template(rows, None, given("Installer", managedPolicyArns=[longer])).resources["Installer"].properties
    assert made["ManagedPolicyArns"] == [{"Ref": "Longer"}, {"Ref": "Installing"}]


def test_without_an_attachment():
    """Without its policy the installer can do nothing, so that nothing is refuted; and the change was there to make."""
    rows = powers()
    assert named(rows, "InstallerHas")["role"] == "installer"
    without("InstallerHas")(rows)
    assert template(rows).resources["Installer"].properties["ManagedPolicyArns"] == []


def test_the_reason_is_told():
    """An answer that is not known says which value nobody could read, and the way out."""
    (told,) = answer("trust.external-id", powers(), INSTALLER, given("Installer", assumeRolePolicy=ENCRYPTED)).notes
    assert told == ("it is not known Installer.assumeRolePolicy, which is a secret: pulumi stack export --show-secrets"
                    " | conveyor-iac verify -")
