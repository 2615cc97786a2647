"""The stacks of one installation: small, concrete, and deployed with nothing but the caller's own credentials."""

import json
import re

import pytest


@pytest.fixture
def files(app, kind):
    """The templates of each installation in turn: the policies', then the role's."""
    return list(app(kind).values())


@pytest.fixture
def stacks(files):
    """The same, read."""
    return [json.loads(file.read_text()) for file in files]


@pytest.fixture
def manifest(files):
    """The manifest of each assembly in turn."""
    return json.loads((files[0].parent / "manifest.json").read_text())


def stack_artifacts(manifest):
    return {name: row for name, row in manifest["artifacts"].items() if row["type"] == "aws:cloudformation:stack"}


def test_size(files):
    """Each stack fits into a request, which takes 51,200 bytes, also with the longest values and everything on."""
    assert all(file.stat().st_size < 51_200 for file in files)


def test_concrete(stacks, walk):
    """Nothing is left for CloudFormation to work out: no function but an ARN, no condition."""
    for stack in stacks:
        assert {key for key, _ in walk(stack) if key.startswith("Fn::")} <= {"Fn::GetAtt"}
        assert "Conditions" not in stack
        assert [part for key, part in walk(stack) if key == "Condition" and isinstance(part, str)] == []


def test_placeholders_are_filled(files):
    """The only ${…} left are IAM's own variables, written as IAM reads them."""
    for file in files:
        assert [name for name in re.findall(r"\$\{([^}]*)\}", file.read_text()) if not name.startswith("aws:")] == []


def test_references(stacks, walk):
    """What is referred to is a resource of the same stack, or the external id."""
    for stack in stacks:
        known = {*stack["Resources"], "ExternalId"}
        found = list(walk(stack))
        assert {part for key, part in found if key == "Ref"} <= known
        assert {part[0] for key, part in found if key == "Fn::GetAtt"} <= known


def test_parameters(stacks):
    """The policies have no parameter, the role has one: the external id, never shown and without a default."""
    policies, role = stacks
    assert "Parameters" not in policies
    assert list(role["Parameters"]) == ["ExternalId"]
    assert role["Parameters"]["ExternalId"]["NoEcho"] is True
    assert "Default" not in role["Parameters"]["ExternalId"]


def test_external_id_is_not_written(files):
    """An external id given in the file is in no file of the assembly."""
    assert [file.name for file in files[0].parent.iterdir() if "only-in-this-test" in file.read_text()] == []


def test_no_purposes(stacks, walk):
    """Purposes and other metadata are left out: the stacks have no room for them."""
    assert [key for stack in stacks for key, _ in walk(stack) if key == "Metadata" or "Purposes" in key] == []


def test_two_stacks(stacks):
    """The role stands alone with its own policies; the boundary and the predefined policies are in the other stack."""
    policies, role = stacks
    kinds = [row["Type"] for row in role["Resources"].values()]
    assert kinds.count("AWS::IAM::Role") == 1
    assert len(kinds) - 1 == len(role["Resources"]["InstallerRole"]["Properties"]["ManagedPolicyArns"]) <= 10
    assert {row["Type"] for row in policies["Resources"].values()} == {"AWS::IAM::ManagedPolicy"}
    assert {"Boundary", "PredefinedEksClusterPolicy"} <= set(policies["Resources"])


def test_role_after_policies(manifest, files):
    """The role's stack depends on the policies' stack, and that one on nothing."""
    policies, role = (file.name.removesuffix(".template.json") for file in files)
    artifacts = stack_artifacts(manifest)
    assert list(artifacts) == [policies, role]
    assert artifacts[role]["dependencies"] == [policies]
    assert artifacts[policies].get("dependencies", []) == []


def test_without_bootstrap(manifest):
    """Nothing of `cdk bootstrap` is needed: no role to assume, no execution role, no version, no asset."""
    assert {row["type"] for row in manifest["artifacts"].values()} <= {"aws:cloudformation:stack",
                                                                      "cdk:feature-flag-report"}
    for row in stack_artifacts(manifest).values():
        wanted = {"assumeRoleArn", "cloudFormationExecutionRoleArn", "lookupRole", "requiresBootstrapStackVersion",
                  "bootstrapStackVersionSsmParameter", "stackTemplateAssetObjectUrl"}
        assert wanted & set(row["properties"]) == set()


def test_environment(manifest, installed, kind):
    """Each stack goes into the account and region of the file, and into no other."""
    wanted = installed(kind)
    for row in stack_artifacts(manifest).values():
        assert row["environment"] == f"aws://{wanted.account}/{wanted.region}"
