"""The parameters of the published templates: each one explained, grouped, labelled and held to a rule."""

import json
import re

import pytest

VENDOR, VPC = {"ControlPlaneAccount", "ServicePrincipal"}, {"VpcId", "EndpointSubnetIds", "ExistingVpcCidr"}
NEVER_GIVEN = {
    "installer-role": {"ControlPlaneAccount", "ControlPlaneRole", "TenantId", "ExternalId", "StsSessionName"},
    "network-shared": {"TenantId", "AvailabilityZones"},
    "network-private": VENDOR | {"TenantId", "AvailabilityZones"},
    "network-dedicated": VENDOR | {"TenantId", "AvailabilityZones"},
    "network-private-existing-vpc": VENDOR | VPC | {"TenantId", "RouteTableIds"},
    "endpoint-service": VPC | {"TenantId", "ServicePrincipal"}}
"""Parameters without a default, by template: nobody but the customer knows their value."""
AWS_TYPES = {"List<AWS::EC2::AvailabilityZone::Name>", "AWS::EC2::VPC::Id", "List<AWS::EC2::Subnet::Id>",
             "CommaDelimitedList"}
"""Types other than String and Number: the account itself, or AWS when the stack is made, knows what fits."""


@pytest.fixture(params=NEVER_GIVEN)
def name(request):
    """The name of each published template in turn."""
    return request.param


@pytest.fixture
def one(name, made_now):
    """That template."""
    return json.loads(made_now[name].read_text())


def strings(template):
    return {name: row for name, row in template["Parameters"].items() if row["Type"] == "String"}


def test_all_templates(made_now):
    """These are all the templates that are published."""
    assert list(made_now) == list(NEVER_GIVEN)


def test_groups(one):
    """Every parameter stands in exactly one labelled group, and no group names another."""
    groups = one["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert all(group["Label"]["default"] and group["Parameters"] for group in groups)
    assert sorted(name for group in groups for name in group["Parameters"]) == sorted(one["Parameters"])


def test_labels(one):
    """Every parameter has a label of its own, and no label is left over."""
    labels = one["Metadata"]["AWS::CloudFormation::Interface"]["ParameterLabels"]
    assert set(labels) == set(one["Parameters"])
    assert len({label["default"] for label in labels.values()}) == len(labels)


def test_explained(one):
    """Every parameter says what it is and which rule it breaks when it is refused, in lengths AWS takes."""
    for name, row in one["Parameters"].items():
        assert 10 < len(row["Description"]) <= 4000, name
        assert row["ConstraintDescription"], name


def test_ruled(one):
    """Every text has a pattern from end to end or allowed values, and a greatest length."""
    for name, row in strings(one).items():
        pattern = row.get("AllowedPattern", "")
        assert ("AllowedValues" in row) != (pattern[:2] == "^(" and pattern[-2:] == ")$"), name
        assert row["MaxLength"] >= 1, name


def test_types(one):
    """What is no text is a number within bounds, or of a type that CloudFormation checks in the account."""
    for key, row in one["Parameters"].items():
        if row["Type"] == "Number":
            assert row["MinValue"] < int(row["Default"]) < row["MaxValue"], key
        else:
            assert row["Type"] in {"String", *AWS_TYPES}, key


def test_defaults(one, name):
    """Every default keeps the rules of its own parameter; the others have none."""
    given = {key: row for key, row in one["Parameters"].items() if "Default" in row}
    assert set(one["Parameters"]) - set(given) == NEVER_GIVEN[name]
    for key, row in strings(one).items():
        if key in given:
            assert row["Default"] in row.get("AllowedValues", [row["Default"]]), key
            assert re.search(row.get("AllowedPattern", ""), row["Default"]), key
            assert row.get("MinLength", 0) <= len(row["Default"]) <= row["MaxLength"], key


PRIVATE = ("10.0.0.0", "10.255.128.0", "172.16.0.0", "172.31.0.0", "192.168.0.0", "100.64.0.0", "100.127.0.0")
"""Addresses for private use, of which AWS makes a VPC."""
PUBLIC = ("172.200.0.0", "172.15.0.0", "172.32.0.0", "192.0.0.0", "192.169.0.0", "100.0.0.0", "100.63.0.0",
          "100.128.0.0", "198.19.0.0", "11.0.0.0", "8.8.0.0", "169.254.0.0", "999.0.0.0", "10.256.0.0", "10.0.0.256",
          "10.0.0", "")
"""Addresses of others, and what is none."""


@pytest.mark.parametrize(("parameter", "good", "bad"), [
    ("VpcCidr", ("16", "20", "21"), ("8", "15", "22", "28", "")),
    ("ControlPlaneVpcCidr", ("16", "20", "21"), ("8", "15", "22", "28", "")),
    ("ExistingVpcCidr", ("16", "21", "22", "28"), ("8", "15", "29", "32", "")),
    ("ExistingPodCidr", ("16", "21", "22", "28"), ("8", "15", "29", "32", ""))])
def test_cidrs(made_now, parameter, good, bad):
    """A VPC's block has addresses for private use and a length that our plan, or EC2, takes; all else is refused."""
    rows = [row for file in made_now.values() for key, row in json.loads(file.read_text())["Parameters"].items()
            if key == parameter]
    assert rows
    for row in rows:
        def takes(cidr, row=row):
            return len(cidr) <= row["MaxLength"] and bool(re.fullmatch(row["AllowedPattern"], cidr))

        assert [cidr for cidr in (f"{first}/{length}" for first in PRIVATE for length in good) if not takes(cidr)] == []
        assert [cidr for cidr in (f"{first}/{length}" for first in PRIVATE for length in bad) if takes(cidr)] == []
        assert [cidr for cidr in (f"{first}/{length}" for first in PUBLIC for length in good) if takes(cidr)] == []
        assert takes("") == (parameter == "ExistingPodCidr")


@pytest.mark.parametrize(("cidr", "taken"), [
    ("100.64.0.0/16", True), ("100.127.0.0/16", True), ("10.64.0.0/16", True), ("172.16.0.0/16", False),
    ("192.168.0.0/16", False), ("198.19.0.0/16", False), ("100.0.0.0/16", False), ("100.64.128.0/16", False),
    ("100.64.0.0/17", False), ("999.64.0.0/16", False)])
def test_pod_cidr(made_now, cidr, taken):
    """The published templates take a whole /16 for pods, of those blocks that EC2 lets stand beside a VPC's own."""
    row = json.loads(made_now["network-private"].read_text())["Parameters"]["PodCidr"]
    assert bool(re.fullmatch(row["AllowedPattern"], cidr)) == taken


@pytest.mark.parametrize(("end", "taken"), [
    ("111122223333:root", True), ("111122223333:role/connectors", True), ("111122223333:user/connector", True),
    ("111122223333:role/team/connectors", False), ("*:root", False), ("111122223333:role/*", False), ("1:root", False)])
def test_service_principal(made_now, end, taken):
    """Who may connect is one account root, role or user: never *, and no path, which EC2 does not take."""
    for name in ("network-private", "network-dedicated", "network-private-existing-vpc", "endpoint-service"):
        row = json.loads(made_now[name].read_text())["Parameters"]["ServicePrincipal"]
        assert bool(re.fullmatch(row["AllowedPattern"], f"arn:aws:iam::{end}")) == taken, name


def test_defaults_are_cautious(template):
    """Left alone, a stack gives no rights beyond the minimum: no network, no OIDC providers, no role-making agent."""
    defaults = {name: row.get("Default") for name, row in template["Parameters"].items()}
    assert [defaults[name] for name in ("NetworkRights", "Irsa", "ResourcesFeature")] == ["Disabled"] * 3
    assert defaults["Deployment"] == "private"


def test_external_id(template):
    """The external id is never shown, has no default and is at least 16 characters long."""
    row = template["Parameters"]["ExternalId"]
    assert row["NoEcho"] is True
    assert "Default" not in row
    assert row["MinLength"] >= 16
    assert [name for name, other in template["Parameters"].items() if other.get("NoEcho")] == ["ExternalId"]


def test_external_id_only_in_trust(template, walk):
    """The external id stands in the role's trust and nowhere else: in no output, no tag, no policy."""
    role = template["Resources"].pop("InstallerRole")
    trust = role["Properties"].pop("AssumeRolePolicyDocument")
    assert [part for key, part in walk(trust) if key == "sts:ExternalId"] == [{"Ref": "ExternalId"}]
    rest = [template["Resources"], role, template["Outputs"], template["Conditions"]]
    assert not [key for key, part in walk(rest) if key in ("Ref", "Fn::Sub") and "ExternalId" in part]
