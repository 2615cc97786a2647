"""The two profiles say the same: a published template, filled in, is the stacks of an installation."""

import json
import re

import pytest

from conveyor_iac.model.plan import parameters_of
from tests.cdk.filled import Filled, folded, plain

ROLES = ("private", "all on", "all off", "perimeter", "dedicated", "brought network", "shared", "privatelink",
         "existing VPC")
"""Installations without what only a file can ask for: rights of sessions, and the customer's own tags."""
NETWORKS = {
    "all off": "network-shared", "shared": "network-shared",
    "private": "network-private", "privatelink": "network-private", "proxy": "network-private",
    "two zones": "network-private", "dedicated": "network-dedicated", "dedicated, two zones": "network-dedicated",
    "existing VPC": "network-private-existing-vpc", "existing VPC, one block": "network-private-existing-vpc",
    "endpoint service": "endpoint-service"}
"""Installations by the published template that makes the same network, without what only a file can ask for."""
PSEUDO = {"cn-north-1": {"AWS::Partition": "aws-cn", "AWS::URLSuffix": "amazonaws.com.cn"},
          "us-gov-east-1": {"AWS::Partition": "aws-us-gov", "AWS::URLSuffix": "amazonaws.com"},
          "eu-west-1": {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}}
ZONES = ("first", "second", "third", "fourth")
"""The zones that the region lists."""
MINE = ("policies", "installer-policies", "installer-role")


def filled(file, installation):
    """The published template with what the installation says; the VPC of ours is the one the network makes."""
    values = {"DataPlaneVpcId": {"Ref": "Vpc"}, **parameters_of(installation), **PSEUDO[installation.region],
              "AWS::Region": installation.region, "AWS::AccountId": installation.account,
              "AvailabilityZones": ",".join(ZONES[:installation.network.zones])}
    return Filled(json.loads(file.read_text()), values)


class Tagged(Filled):
    """A stack with tags of its own, which CloudFormation puts on every resource that takes tags."""

    def __init__(self, file, tags, exports):
        super().__init__(json.loads(file.read_text()), {}, zones=ZONES, exports=exports)
        self.tags = tags

    def rows(self, section):
        rows = super().rows(section)
        for row in rows.values() if section == "Resources" else ():
            asked = row["Properties"]
            if "Tags" in asked:
                own = {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
                asked["Tags"] = [{"Key": key, "Value": value} for key, value in (self.tags | own).items()]
        return rows


def stacks(files):
    """The installation's stacks as CloudFormation reads them one after the other, by the end of their names."""
    made, exports = {}, {}
    for name, file in files.items():
        tags = json.loads((file.parent / "manifest.json").read_text())["artifacts"][name]["properties"]["tags"]
        made[name.split("-", 2)[2]] = stack = Tagged(file, tags, exports)
        exports |= stack.exports()
    return made


@pytest.fixture(params=ROLES)
def roles(request, installed, app, fresh):
    """The published role template filled in for an installation, and the stacks made for it."""
    made = stacks(app(request.param))
    return filled(fresh, installed(request.param)), [made[name] for name in MINE]


@pytest.fixture(params=NETWORKS)
def networks(request, installed, app, made_now):
    """The same for the published template of its network."""
    made = stacks(app(request.param))
    return (filled(made_now[NETWORKS[request.param]], installed(request.param)),
            [stack for name, stack in made.items() if name not in MINE])


def both(pair, name):
    published, made = pair
    rows = [published.rows(name), {key: row for stack in made for key, row in stack.rows(name).items()
                                   if "Export" not in row}]
    return [plain(ordered(folded(part)) if name == "Resources" else part) for part in rows]


def ordered(resources):
    """Resources with their tags in the order of the keys: no order of them means anything."""
    for row in resources.values():
        if "Tags" in row["Properties"]:
            row["Properties"]["Tags"] = sorted(row["Properties"]["Tags"], key=lambda tag: tag["Key"])
    return resources


def test_same_resources(roles):
    """The same resources stand there, of the same types."""
    published, made = both(roles, "Resources")
    assert {key: row["Type"] for key, row in published.items()} == {key: row["Type"] for key, row in made.items()}


def test_same_policies(roles):
    """Every policy has the same name, path, description and document."""
    published, made = both(roles, "Resources")
    policies = {key: row for key, row in published.items() if row["Type"] == "AWS::IAM::ManagedPolicy"}
    assert len(policies) > 20
    for key, row in policies.items():
        assert row == made[key], key


def test_same_role(roles):
    """The role has the same name, path, trust, boundary, tags and policies."""
    published, made = (with_arns(part, roles[0].values) for part in both(roles, "Resources"))
    assert published["RoleName"]
    assert published == made


def with_arns(resources, values):
    """The role's properties with its policies by their ARNs, wherever each of them stands."""
    role = dict(resources["InstallerRole"]["Properties"])
    arns = {key: f"arn:{values['AWS::Partition']}:iam::{values['AWS::AccountId']}:policy"
                 f"{row['Properties']['Path']}{row['Properties']['ManagedPolicyName']}"
            for key, row in resources.items() if row["Type"] == "AWS::IAM::ManagedPolicy"}
    role["ManagedPolicyArns"] = [arns[arn["Ref"]] if isinstance(arn, dict) else arn
                                 for arn in role["ManagedPolicyArns"]]
    assert set(role["ManagedPolicyArns"]) <= set(arns.values())
    return role


def test_same_outputs(roles):
    """The same outputs are handed out, with the same values."""
    published, made = both(roles, "Outputs")
    assert len(published) > 10
    assert published == made


def test_same_network(networks):
    """The same parts of a network stand there, each with the same addresses, routes, rules, policies and tags."""
    published, made = both(networks, "Resources")
    assert set(published) == set(made)
    for key, row in published.items():
        assert forward(row) == forward(made[key]), key


def test_own_reverse_names(networks):
    """A file's own blocks are all it lets the resolver name by address; a template, whose blocks are open, has more."""
    published, made = both(networks, "Resources")
    for key, row in published.items():
        if row["Type"] == "AWS::Route53Resolver::FirewallDomainList":
            held, own = reverse(row), reverse(made[key])
            assert len(own) < len(held) or not held
            assert all(any(name.endswith(wide.removeprefix("*")) for wide in held) for name in own)


def reverse(resource):
    return {name for name in resource["Properties"].get("Domains", ()) if name.endswith(".in-addr.arpa")}


def forward(resource):
    """A resource without the reverse names of a list of domains."""
    own, others = resource["Properties"], reverse(resource)
    if not others:
        return resource
    return resource | {"Properties": own | {"Domains": [name for name in own["Domains"] if name not in others]}}


def test_same_handover(networks):
    """The same of it is handed out."""
    published, made = both(networks, "Outputs")
    assert published == made


@pytest.mark.parametrize("kind", NETWORKS)
def test_worked_out(kind, installed, app):
    """The evaluation reaches values: every subnet of an installation has a CIDR and one of the region's zones."""
    for stack in stacks(app(kind)).values():
        for row in stack.rows("Resources").values():
            if row["Type"] == "AWS::EC2::Subnet":
                assert re.fullmatch(r"[0-9.]+/\d\d", row["Properties"]["CidrBlock"])
                assert row["Properties"]["AvailabilityZone"] in ZONES[:installed(kind).network.zones]


def left_open(published):
    """The references and functions that are left in a template when it is filled in."""
    text = json.dumps([published.rows("Resources"), published.rows("Outputs")])
    return (set(re.findall(r'"Ref": "([^"]+)"', text)) - set(published.template["Resources"]),
            set(re.findall(r'"(Fn::\w+)"', text)))


def test_role_is_complete(roles):
    """Filled in, the published role template refers to its own resources, the network's VPC and the external id."""
    names, functions = left_open(roles[0])
    assert names <= {"ExternalId", "Vpc"}
    assert functions <= {"Fn::GetAtt"}


def test_network_is_complete(networks):
    """Filled in, a published network template refers to its own resources only, by id, attribute or part of one."""
    names, functions = left_open(networks[0])
    assert names == set()
    assert functions <= {"Fn::GetAtt", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::Cidr"}
