"""The published template: one self-contained file whose names are a public contract."""

import re

import pytest

from conveyor_iac.model import catalogue

PARAMETERS = {
    "TenantId", "Deployment", "ControlPlaneAccount", "ControlPlaneRole", "ExternalId", "StsSessionName", "VendorAccess",
    "ResourcesFeature", "Irsa", "DeleteRights", "NetworkRights", "DataPlaneVpcId", "IamPath", "RolePrefix",
    "CompanyBoundary"}
PREDEFINED = {
    "EksClusterPolicy", "EksNodePolicy", "ClusterAutoscalerPolicy", "LoadBalancerControllerPolicy", "ExternalDnsPolicy",
    "EbsCsiPolicy", "LogsPolicy", "MetricsPolicy", "TracesPolicy", "QueuePolicy", "SecretsPolicy", "ImageBuildPolicy",
    "ImagePullPolicy", "EksAgentPolicy", "EksAgentIAMPermissivePolicy", "EksAgentIAMRestrictedPolicy"}
CONDITIONAL = {
    "PredefinedEksAgentIAMPermissivePolicy": "ResourcesFeatureEnabled",
    "PredefinedEksAgentIAMRestrictedPolicy": "NotResourcesFeatureEnabled",
    "InstallerRoleDeletePolicy": "DeleteRightsEnabled", "InstallerRoleNetworkPolicy": "NetworkRightsEnabled",
    "InstallerRoleIrsaPolicy": "IrsaEnabled"}
RESOURCES = {
    "Boundary", "InstallerRole", "InstallerRoleReadPolicy", "InstallerRoleKubernetesPolicy",
    "InstallerRoleComputePolicy", "InstallerRoleConnectivityPolicy", "InstallerRoleServicesPolicy",
    "InstallerRoleIamPolicy", "InstallerRoleGuardrailsPolicy", "InstallerRoleDeletePolicy",
    "InstallerRoleNetworkPolicy", "InstallerRoleIrsaPolicy"} | {f"Predefined{name}" for name in PREDEFINED}
OUTPUTS = {"BoundaryArn", "InstallerRoleArn", "SessionName"} | {f"{name}Arn" for name in PREDEFINED}
"""Logical ids and output keys that customers' stacks and the vendor's tools rely on: never changed, only added to."""


def test_sections(template):
    """It has these sections and no other: no transform, no rules, no mappings."""
    assert set(template) == {"Description", "Metadata", "Parameters", "Conditions", "Resources", "Outputs"}


def test_logical_ids(template):
    """Its logical ids, parameters and output keys are exactly the public contract."""
    assert set(template["Resources"]) == RESOURCES
    assert set(template["Parameters"]) == PARAMETERS
    assert set(template["Outputs"]) == OUTPUTS


def test_conditional_resources(template):
    """Exactly the policies behind a switch have a condition, each its own."""
    assert {name: row["Condition"] for name, row in template["Resources"].items() if "Condition" in row} == CONDITIONAL


def test_no_hashes(template):
    """No logical id ends in a hash of the CDK."""
    names = [name for section in ("Resources", "Parameters", "Conditions", "Outputs") for name in template[section]]
    assert not [name for name in names if re.search("[0-9A-F]{8}$", name)]


def test_self_contained(template):
    """It makes one role and managed policies: no nested stack, custom resource, asset or bootstrap parameter."""
    kinds = [row["Type"] for row in template["Resources"].values()]
    assert set(kinds) == {"AWS::IAM::Role", "AWS::IAM::ManagedPolicy"}
    assert kinds.count("AWS::IAM::Role") == 1
    assert {row["Type"] for row in template["Parameters"].values()} == {"String"}


def test_metadata(template):
    """Resources carry their purposes, the template its contract, and nothing of the CDK's: no path, no asset."""
    assert {key for row in template["Resources"].values() for key in row["Metadata"]} == {"Conveyor::Purposes"}
    assert set(template["Metadata"]) == {"AWS::CloudFormation::Interface", "Conveyor::Contract"}


@pytest.mark.parametrize("what", ["arn:aws:", r"(?<!\d)\d{12}(?!\d)", r"\b[a-z]{2,4}(-[a-z]+)+-\d[a-f]?\b",
                                  r"\b[a-z]{3,4}\d-az\d", "cdk-hnb659fds", "dummy", "asset", "(?i)bootstrap"])
def test_names_no_place(published, what):
    """Nowhere in the file stands a partition, an account, a region, a zone, a zone id, or a trace of the CDK."""
    assert re.findall(what, published.read_text()) == []


def test_names_no_region(published):
    """No region of any partition stands anywhere in the file."""
    text = published.read_text()
    assert not [region for row in catalogue.partitions() for region in row.regions if region in text]


def test_limits(published, template):
    """It is within CloudFormation's limits, and small enough to be read."""
    assert len(published.read_bytes()) <= 460_800
    assert 0 < len(template["Description"].encode()) <= 1024
    assert len(template["Resources"]) <= 500
    assert max(len(template["Parameters"]), len(template["Outputs"])) <= 200


def test_outputs(template):
    """It hands out the role's ARN, the session name and each policy's ARN, those behind a switch only with it."""
    outputs = template["Outputs"]
    assert outputs["InstallerRoleArn"]["Value"] == {"Fn::GetAtt": ["InstallerRole", "Arn"]}
    assert outputs["SessionName"]["Value"] == {"Ref": "StsSessionName"}
    assert outputs["BoundaryArn"]["Value"] == {"Ref": "Boundary"}
    for name in PREDEFINED:
        assert outputs[f"{name}Arn"]["Value"] == {"Ref": f"Predefined{name}"}
        assert outputs[f"{name}Arn"].get("Condition") == CONDITIONAL.get(f"Predefined{name}")


def test_conditions_are_used(template, walk):
    """Every condition is used, and none is used that is not there."""
    found = list(walk([template["Resources"], template["Outputs"], template["Conditions"]]))
    used = {part for key, part in found if key == "Condition" and isinstance(part, str)}
    used |= {part[0] for key, part in found if key == "Fn::If"}
    assert used == set(template["Conditions"])


def test_parameters_are_used(template, walk):
    """Every parameter is used, by name or in a text, and every name used is there."""
    found = list(walk([template["Resources"], template["Outputs"], template["Conditions"]]))
    subs = [name for key, text in found if key == "Fn::Sub" for name in re.findall(r"\$\{(?!!)([^}]+)\}", text)]
    used = {*subs, *(part for key, part in found if key == "Ref")}
    assert {name for name in used if not name.startswith("AWS::")} - RESOURCES == PARAMETERS


@pytest.mark.parametrize("name", sorted(RESOURCES))
def test_purposes(template, walk, name):
    """Every statement of every document has its purpose beside it, and no purpose is left over."""
    row = template["Resources"][name]
    sids = [sid for key, sid in walk(row["Properties"]) if key == "Sid"]
    assert sids
    assert sorted(sids) == sorted(row["Metadata"]["Conveyor::Purposes"])
    assert all(len(purpose) > 10 for purpose in row["Metadata"]["Conveyor::Purposes"].values())
