"""What the switches of an installation leave out of its stacks, and what they put in."""

import json

import pytest

from conveyor_iac import InputError, Installation
from conveyor_iac.cdk.assembly import assemble


@pytest.fixture
def resources(app):
    """The resources of an installation, of both stacks together."""
    return lambda kind: {name: row for file in app(kind).values()
                         for name, row in json.loads(file.read_text())["Resources"].items()}


@pytest.mark.parametrize("policy", ["Irsa", "Network", "Delete"])
def test_rights(resources, policy):
    """Rights that are switched off have no policy; switched on they have one, attached to the role."""
    name = f"InstallerRole{policy}Policy"
    on, off = resources("all on"), resources("all off")
    assert name in on
    assert {"Ref": name} in on["InstallerRole"]["Properties"]["ManagedPolicyArns"]
    assert name not in off
    assert {"Ref": name} not in off["InstallerRole"]["Properties"]["ManagedPolicyArns"]


def test_resources_feature(resources):
    """The resources feature picks the permissive policy of the agent, without it the restricted one: never both."""
    names = ("PredefinedEksAgentIAMPermissivePolicy", "PredefinedEksAgentIAMRestrictedPolicy")
    assert [name in resources("all on") for name in names] == [True, False]
    assert [name in resources("all off") for name in names] == [False, True]


def test_vendor_access(resources):
    """Disabled vendor access turns the trust into a refusal of every statement and removes nothing else."""
    def effects(kind):
        trust = resources(kind)["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]
        return {row["Effect"] for row in trust["Statement"]}

    assert effects("all on") == {"Allow"}
    assert effects("all off") == {"Deny"}
    assert "InstallerRoleGuardrailsPolicy" in resources("all off")


def test_company_boundary(resources):
    """The company's boundary is on the installer role where there is one, never instead of ours on created roles."""
    role = resources("all on")["InstallerRole"]["Properties"]
    assert role["PermissionsBoundary"] == "arn:aws:iam::222222222222:policy/company/Boundary"
    assert "PermissionsBoundary" not in resources("private")["InstallerRole"]["Properties"]
    assert "company/Boundary" not in json.dumps({name: row for name, row in resources("all on").items()
                                                 if row["Type"] == "AWS::IAM::ManagedPolicy"})


def test_own_names(resources):
    """The file's own path and prefix are those of everything made, and of the roles the installer may create."""
    made = resources("perimeter")
    assert {row["Properties"]["Path"].split("/")[1] for row in made.values()} == {"acme"}
    assert "role/acme/own-*" in json.dumps(made["InstallerRoleIamPolicy"])
    assert "conveyor-dp-" not in json.dumps(made)


def sids(resources):
    return {row["Sid"] for row in resources["Boundary"]["Properties"]["PolicyDocument"]["Statement"]}


def test_perimeter(resources):
    """Without a VPC there is no perimeter; a shared deployment holds objects, a private one other data too."""
    perimeter = {"PerimeterObjects", "PerimeterEndpoints"}
    assert sids(resources("private")) & perimeter == set()
    assert sids(resources("brought network")) & perimeter == {"PerimeterObjects"}
    assert sids(resources("perimeter")) & perimeter == perimeter


def test_sessions(resources):
    """Tagging sessions and naming their source are allowed in statements of their own, and only when asked for."""
    def actions(kind):
        trust = resources(kind)["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]
        return [row["Action"] for row in trust["Statement"]]

    assert actions("private") == ["sts:AssumeRole"]
    assert actions("longest, shared") == ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]


def test_tags(resources, words, tmp_path):
    """The role carries our two tags and the customer's own."""
    made = assemble([Installation.read(words(tags={"cost-center": "4711"}))], "app", tmp_path / "out")
    role = json.loads(made["conveyor-acme-installer-role"].read_text())["Resources"]["InstallerRole"]
    assert {row["Key"]: row["Value"] for row in role["Properties"]["Tags"]} == {
        "conveyor:tenant": "acme", "conveyor:deployment": "private", "cost-center": "4711"}


def test_most_tags(words, tmp_path):
    """Tags that make a stack too large for a request are refused with its size and the way out."""
    tags = {f"{number:02}".ljust(128, "k"): "v" * 256 for number in range(48)}
    with pytest.raises(InputError, match=r"installer-role: \d+ bytes: .* at most 51200 bytes\..* fewer tags"):
        assemble([Installation.read(words(tags=tags))], "app", tmp_path / "out")
