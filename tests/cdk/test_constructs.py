"""The three constructs in anybody's app: each usable alone, with readable logical ids."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk.aws_s3 import CfnBucket
from constructs import Construct

from conveyor_iac import Installation, plan
from conveyor_iac.cdk import InstallerRole, PermissionsBoundary, PredefinedPolicies
from conveyor_iac.cdk.installer import InstallerPolicies
from conveyor_iac.model.iam import Document, Statement
from conveyor_iac.model.installer import always
from conveyor_iac.model.placeholders import Either
from conveyor_iac.model.plan import published


@pytest.fixture
def stack(tmp_path):
    """A plain stack of a plain app, with the CDK's own synthesizer."""
    return Stack(App(outdir=str(tmp_path / "out"), builtin_cloud_formation_validation=False), "mine")


@pytest.fixture
def planned(words):
    """The plan of a private installation."""
    return plan(Installation.read(words()))


def template(stack):
    folder = Path(stack.node.root.synth().directory)
    return json.loads((folder / f"{stack.stack_name}.template.json").read_text())


def ids(stack):
    return set(template(stack)["Resources"])


def test_boundary_alone(stack, planned):
    """The boundary alone makes one policy under the construct's own id, and declares nothing else."""
    made = PermissionsBoundary(stack, "OurBoundary", policy=planned.boundary)
    assert ids(stack) == {"OurBoundary"}
    assert stack.resolve(made.policy.ref) == {"Ref": "OurBoundary"}
    row = template(stack)["Resources"]["OurBoundary"]
    assert row["Properties"]["ManagedPolicyName"] == "conveyor-acme-Boundary"
    assert row["Properties"]["Path"] == "/conveyor/acme/boundary/"


def test_predefined_alone(stack, planned):
    """The predefined policies alone: each under the construct's id and its own name, as the attribute says."""
    made = PredefinedPolicies(stack, "Policies", policies=planned.predefined)
    assert ids(stack) == {f"Policies{policy.name}" for policy in planned.predefined}
    assert {name: stack.resolve(row.ref)["Ref"] for name, row in made.policies.items()} == {
        policy.name: f"Policies{policy.name}" for policy in planned.predefined}


def test_role_alone(stack, planned):
    """The role alone carries its own policies, asks for the external id, and leaves the other resources be."""
    CfnBucket(stack, "Bucket")
    InstallerRole(stack, "Support", role=planned.installer)
    resources = template(stack)["Resources"]
    own = {f"Support{policy.name}Policy" for policy in planned.installer.policies}
    assert set(resources) == {"Bucket", "Support"} | own
    assert {arn["Ref"] for arn in resources["Support"]["Properties"]["ManagedPolicyArns"]} == own
    assert "Tags" not in resources["Support"]["Properties"]
    assert template(stack)["Parameters"]["ExternalId"]["NoEcho"] is True


def test_policies_elsewhere(tmp_path, planned):
    """Policies that another stack makes are named by their ARNs: of the others, those a switch brings, none is lost."""
    app = App(outdir=str(tmp_path / "out"), builtin_cloud_formation_validation=False)
    before, after = Stack(app, "before"), Stack(app, "after")
    lasting = always(planned.installer)
    arns = {policy.name: planned.arn_of(policy) for policy in lasting}
    InstallerPolicies(before, "Support", policies=lasting)
    InstallerRole(after, "Support", role=planned.installer, elsewhere=arns)
    assert ids(before) == {f"Support{policy.name}Policy" for policy in lasting}
    beside = {f"Support{policy.name}Policy" for policy in planned.installer.policies if policy not in lasting}
    assert ids(after) == {"Support"} | beside
    named = template(after)["Resources"]["Support"]["Properties"]["ManagedPolicyArns"]
    assert {arn for arn in named if isinstance(arn, str)} == set(arns.values())
    assert {arn["Ref"] for arn in named if isinstance(arn, dict)} == beside


def test_tags(stack, planned):
    """The role carries the tags it is given."""
    InstallerRole(stack, "Support", role=planned.installer, tags={"team": "platform"})
    role = template(stack)["Resources"]["Support"]["Properties"]
    assert role["Tags"] == [{"Key": "team", "Value": "platform"}]


def test_one_external_id(stack, words):
    """Two roles in a stack share one parameter for the external id."""
    for tenant in ("one", "two"):
        InstallerRole(stack, tenant, role=plan(Installation.read(words(tenant=tenant))).installer)
    made = template(stack)
    assert [name for name in made["Parameters"] if name != "BootstrapVersion"] == ["ExternalId"]
    assert {"one", "two", "oneReadPolicy", "twoReadPolicy"} <= set(made["Resources"])


def test_parameters_belong_to_their_stack(tmp_path, planned):
    """Each stack of an app declares the external id for itself."""
    app = App(outdir=str(tmp_path / "out"), builtin_cloud_formation_validation=False)
    for name in ("one", "two"):
        InstallerRole(Stack(app, name), "Role", role=planned.installer)
    made = app.synth()
    for name in ("one", "two"):
        assert "ExternalId" in made.get_stack_by_name(name).template["Parameters"]


def test_same_id_in_two_scopes(stack, words):
    """Two roles may have the same id in two constructs of one stack, as everywhere in the CDK."""
    for tenant in ("one", "two"):
        role = plan(Installation.read(words(tenant=tenant))).installer
        InstallerRole(Construct(stack, tenant), "InstallerRole", role=role)
    roles = [row for row in template(stack)["Resources"].values() if row["Type"] == "AWS::IAM::Role"]
    assert [row["Properties"]["RoleName"] for row in roles] == ["conveyor-one-installer", "conveyor-two-installer"]


def test_open_plan(stack):
    """With the published plan a construct declares the parameters and conditions it needs, and no other."""
    PredefinedPolicies(stack, "Policies", policies=published().predefined)
    made = template(stack)
    assert set(made["Conditions"]) == {"ResourcesFeatureEnabled", "NotResourcesFeatureEnabled"}
    assert {"TenantId", "IamPath", "ResourcesFeature"} <= set(made["Parameters"])
    assert not {"ExternalId", "StsSessionName", "Irsa"} & set(made["Parameters"])


@pytest.mark.parametrize("field", ["policy_name", "path"])
def test_misspelt_placeholder(stack, planned, field):
    """A placeholder nobody knows is refused by name and not written into a template."""
    with pytest.raises(ValueError, match=r"unknown placeholder \$\{TenantID\}"):
        PermissionsBoundary(stack, "B", policy=replace(planned.boundary, **{field: "/${TenantID}/"}))


def test_misspelt_placeholder_in_document(stack, planned):
    """The same holds inside a document, which the CDK does not look into."""
    statement = Statement(id="S", purpose="p", source="s", actions=("s3:GetObject",), resources=("${AWS::Acount}",))
    with pytest.raises(ValueError, match="AWS::Acount"):
        PermissionsBoundary(stack, "B", policy=replace(planned.boundary, document=Document(statements=(statement,))))


def test_misspelt_switch():
    """A switch nobody knows is refused."""
    with pytest.raises(ValueError, match="IrsaEnabeld"):
        Either(switch="IrsaEnabeld", yes="x")


def test_iam_variables_are_kept(stack, planned):
    """IAM's own variables reach IAM as it reads them."""
    def spelled(name, resource):
        statement = Statement(id="S", purpose="p", source="s", actions=("s3:GetObject",), resources=(resource,))
        PermissionsBoundary(stack, name, policy=replace(planned.boundary, document=Document(statements=(statement,))))
        row = template(stack)["Resources"][name]
        return row["Properties"]["PolicyDocument"]["Statement"][0]["Resource"]

    assert spelled("Plain", "${!aws:username}") == "${aws:username}"


def test_iam_variables_beside_placeholders(stack, planned):
    """Beside a placeholder IAM's variables stay escaped, so that Fn::Sub leaves them alone."""
    statement = Statement(id="S", purpose="p", source="s", actions=("s3:GetObject",),
                          resources=("arn:${AWS::Partition}:s3:::${!aws:username}",))
    PermissionsBoundary(stack, "B", policy=replace(planned.boundary, document=Document(statements=(statement,))))
    row = template(stack)["Resources"]["B"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert row["Resource"] == {"Fn::Sub": "arn:${AWS::Partition}:s3:::${!aws:username}"}
