"""The published network templates: each one self-contained file whose names are a public contract."""

import json
import re
import tomllib
from pathlib import Path

import pytest

from conveyor_iac.model import catalogue

CONTRACT = tomllib.loads((Path(__file__).parent / "contract.toml").read_text())
"""What customers' stacks and the vendor's tools rely on: never changed, only added to."""
POLICIES = {"AWS::EC2::VPCEndpoint", "AWS::KMS::Key", "AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy"}
"""Types that carry a policy document."""
SERVICES = {"EC2", "ElasticLoadBalancingV2", "KMS", "Logs", "NetworkFirewall", "Route53Resolver", "S3", "SNS"}


def used(template, walk):
    """The names that the template's parts refer to: by Ref, in a text, as a condition, as a table."""
    found = list(walk([template["Resources"], template["Outputs"], template["Conditions"]]))
    subs = [name for key, text in found if key == "Fn::Sub" for name in re.findall(r"\$\{(?!!)([^}]+)\}", text)]
    refs = {*subs, *(part for key, part in found if key == "Ref")}
    conditions = {part for key, part in found if key == "Condition" and isinstance(part, str)}
    conditions |= {part[0] for key, part in found if key == "Fn::If"}
    tables = [part for key, part in found if key == "Fn::FindInMap"]
    return {name for name in refs if not name.startswith("AWS::")}, conditions, tables


def test_all(made_now, network_name):
    """The contract speaks of every published network template."""
    assert set(CONTRACT) == set(made_now) - {"installer-role"}
    assert network_name in CONTRACT


@pytest.mark.parametrize("section", ["Resources", "Parameters", "Conditions", "Outputs"])
def test_contract(network, network_name, section):
    """Its logical ids, parameters, conditions and output keys are exactly the public contract."""
    assert sorted(network[section]) == sorted(CONTRACT[network_name][section])


def test_no_hashes(network):
    """No logical id ends in a hash of the CDK."""
    names = [name for section in ("Resources", "Parameters", "Conditions", "Outputs") for name in network[section]]
    assert not [name for name in names if re.search("[0-9A-F]{8}$", name)]


def test_subnets(network):
    """A subnet's id says whose it is: nodes' contain Node, pods' Pod; private is no kind of subnet."""
    subnets = {name: row for name, row in network["Resources"].items() if row["Type"] == "AWS::EC2::Subnet"}
    for name in subnets:
        assert re.fullmatch(r"(ControlPlane)?(Node|Pod|Endpoint|Public|Firewall)Subnet[1-3]", name)
    for key in ("Node", "Pod", "Endpoint"):
        told = re.findall(r"'Ref': '(\w+)'", str(network["Outputs"].get(f"{key}SubnetIds", "")))
        assert set(told) == {name for name in subnets if name.startswith(key)}


def test_sections(network):
    """It has these sections and no other: no transform, no macro, no rules."""
    assert set(network) - {"Mappings"} == {"Description", "Metadata", "Parameters", "Conditions", "Resources",
                                           "Outputs"}


def test_self_contained(network, walk):
    """It makes parts of a network and nothing else: no nested stack, custom resource, function, role or asset."""
    types = {row["Type"] for row in network["Resources"].values()}
    assert {name.split("::")[1] for name in types} <= SERVICES
    assert {name.split("::")[0] for name in types} == {"AWS"}
    assert not [key for key, _ in walk(network) if key in ("Fn::Transform", "Fn::ImportValue", "Fn::GetAZs")]
    assert not [row for row in network["Parameters"].values() if "SSM" in row["Type"]]


def test_metadata(network):
    """It carries purposes, the parameters' groups and its contract, and nothing of the CDK's: no path, no asset."""
    rows = [row["Metadata"] for row in network["Resources"].values() if "Metadata" in row]
    assert {key for row in rows for key in row} == {"Conveyor::Purposes"}
    assert set(network["Metadata"]) == {"AWS::CloudFormation::Interface", "Conveyor::Contract"}


@pytest.mark.parametrize("what", ["arn:aws:", r"(?<!\d)\d{12}(?!\d)", r"\b[a-z]{2,4}(-[a-z]+)+-\d[a-f]?\b",
                                  r"\b[a-z]{3,4}\d-az\d", "cdk-hnb659fds", "dummy", "asset", "(?i)bootstrap",
                                  r"amazonaws\.com(\.cn)?[\"/]"])
def test_names_no_place(network_file, what):
    """Nowhere stands a partition, an account, a region, a zone or its id, a partition's domain, a trace of the CDK."""
    text = re.sub(r'"Service": "[a-z.]+\.amazonaws\.com"', "", network_file.read_text())
    assert re.findall(what, text) == []


def test_names_no_region(network_file):
    """No region of any partition stands anywhere in the file."""
    text = network_file.read_text()
    assert not [region for row in catalogue.partitions() for region in row.regions if region in text]


def test_limits(network, network_file):
    """It is within CloudFormation's limits, with room left, and within our own size."""
    limits = {name: row.value for name, row in catalogue.limits().items()}
    assert network_file.stat().st_size <= limits["published-template"]
    assert 0 < len(network["Description"].encode()) <= 1024
    assert len(network["Resources"]) <= limits["template-resources"] / 2
    assert len(network["Parameters"]) <= limits["template-parameters"] / 2
    assert len(network["Outputs"]) <= limits["template-outputs"] / 2


def test_conditions(network, walk):
    """It has six conditions at most, every one of them used, and none is used that is not there."""
    _, conditions, _ = used(network, walk)
    assert conditions == set(network["Conditions"])
    assert len(conditions) <= 6


def test_parameters_are_used(network, walk):
    """Every parameter is used, by name or in a text, and every name used is there."""
    names, _, _ = used(network, walk)
    assert set(network["Parameters"]) <= names <= {*network["Parameters"], *network["Resources"]}


def test_tables_are_used(network, walk):
    """The table of the address plan has a row for each value of its parameter, and every column is looked up."""
    _, _, tables = used(network, walk)
    assert {name for name, _, _ in tables} == set(network.get("Mappings", {}))
    for name, row, column in tables:
        table = network["Mappings"][name]
        assert set(table) == set(network["Parameters"][row["Ref"]]["AllowedValues"])
        assert all(column in columns for columns in table.values())
    assert {column for _, _, column in tables} == {column for table in network.get("Mappings", {}).values()
                                                  for columns in table.values() for column in columns}


def test_purposes(network, walk):
    """Every statement of every document has its purpose beside it, and no purpose is left over."""
    told = 0
    for name, row in network["Resources"].items():
        sids = [sid for key, sid in walk(row["Properties"]) if key == "Sid"]
        assert bool(sids) <= (row["Type"] in POLICIES), name
        purposes = row.get("Metadata", {}).get("Conveyor::Purposes", {})
        assert sorted(sids) == sorted(purposes), name
        assert all(len(purpose) > 10 for purpose in purposes.values()), name
        told += len(sids)
    assert told


def test_service_outputs(network, network_name):
    """Whoever connects is told the service's name, ports, region and account; a shared network has no service."""
    outputs = network["Outputs"]
    services = [key for key, row in network["Resources"].items() if row["Type"] == "AWS::EC2::VPCEndpointService"]
    assert bool(services) == (network_name != "network-shared")
    for service in services:
        place = service.removesuffix("EndpointService")
        assert outputs[f"{place}ServiceId"]["Value"] == {"Ref": service}
        assert outputs[f"{place}ServiceRegion"]["Value"] == {"Ref": "AWS::Region"}
        assert outputs[f"{place}ServiceAccount"]["Value"] == {"Ref": "AWS::AccountId"}
        assert {"Ref": service} in outputs[f"{place}ServiceName"]["Value"]["Fn::Join"][1]
        assert outputs[f"{place}ServicePorts"]["Value"] == {"Ref": "ServicePort"}


def test_network_outputs(network):
    """A network of ours says how to empty its default security group and, without internet, what Cognito is called.

    A data plane also hands out the tags its cluster must carry.
    """
    outputs = network["Outputs"]
    vpcs = [key for key, row in network["Resources"].items() if row["Type"] == "AWS::EC2::VPC"]
    for vpc in vpcs:
        place = vpc.removesuffix("Vpc")
        assert f"'Fn::GetAtt': ['{vpc}', 'DefaultSecurityGroup']" in str(outputs[f"{place}EmptyDefaultSecurityGroup"])
        isolated = f"{place}DnsFirewallRules" in network["Resources"]
        assert (f"{place}CognitoNames" in outputs) == isolated
        if isolated:
            passed = network["Resources"][f"{place}FirewallNames"]["Properties"]["RuleGroup"]["RulesSource"]
            names = passed["RulesSourceList"]["Targets"]
            assert outputs[f"{place}CognitoNames"]["Value"] in (*names, {"Fn::Join": [",", names]})
            assert len(names) == (2 if place else 1)
    if vpcs:
        assert "conveyor:tenant=" in str(outputs["ClusterTags"])


def test_link_outputs(made_now):
    """Each plane's way to the other's service hands out the general name it is reached by."""
    template = json.loads(made_now["network-dedicated"].read_text())
    for consumer in ("EndpointToControlPlane", "ControlPlaneEndpointToDataPlane"):
        pair = {"Fn::Select": [0, {"Fn::GetAtt": [consumer, "DnsEntries"]}]}
        assert template["Outputs"][f"{consumer}Dns"]["Value"] == {"Fn::Select": [1, {"Fn::Split": [":", pair]}]}
