"""The two profiles say the same: the published template, filled in, is the stacks of an installation."""

import json
import re

import pytest

from conveyor_iac.model.plan import parameters_of

SAME = ("private", "all on", "all off", "perimeter", "dedicated", "brought network")
"""Installations without what only a file can ask for: rights of sessions, and the customer's own tags."""
PSEUDO = {"cn-north-1": {"AWS::Partition": "aws-cn", "AWS::URLSuffix": "amazonaws.com.cn"},
          "us-gov-east-1": {"AWS::Partition": "aws-us-gov", "AWS::URLSuffix": "amazonaws.com"},
          "eu-west-1": {"AWS::Partition": "aws", "AWS::URLSuffix": "amazonaws.com"}}
GONE = object()


class Filled:
    """A template as CloudFormation reads it with these values: Ref, Fn::Sub, Fn::If and conditions worked out."""

    def __init__(self, template, values):
        self.template, self.values = template, values

    def holds(self, condition):
        if isinstance(condition, str):
            return self.holds(self.template["Conditions"][condition])
        (function, parts), = condition.items()
        if function == "Condition":
            return self.holds(parts)
        if function == "Fn::Not":
            return not self.holds(parts[0])
        assert function == "Fn::Equals"
        return self.read(parts[0]) == self.read(parts[1])

    def read(self, value):
        if isinstance(value, list):
            return [part for part in map(self.read, value) if part is not GONE]
        if not isinstance(value, dict):
            return value
        if list(value) == ["Fn::If"]:
            condition, yes, no = value["Fn::If"]
            return self.read(yes if self.holds(condition) else no)
        if list(value) == ["Fn::Sub"]:
            filled = re.sub(r"\$\{(?!!)([^}]+)\}", lambda hit: self.values[hit[1]], value["Fn::Sub"])
            return filled.replace("${!", "${")
        if list(value) == ["Ref"]:
            return GONE if value["Ref"] == "AWS::NoValue" else self.values.get(value["Ref"], value)
        return {key: part for key, part in ((key, self.read(part)) for key, part in value.items()) if part is not GONE}

    def section(self, name):
        """The rows that stand there with these values, without what only the reviewer reads."""
        rows = {key: row for key, row in self.template[name].items()
                if "Condition" not in row or self.holds(row["Condition"])}
        return {key: plain({part: self.read(value) for part, value in row.items()
                            if part not in ("Metadata", "Condition")}) for key, row in rows.items()}


def plain(value, key=""):
    """One way of writing for what IAM reads alike: one value by itself is a list of one."""
    if isinstance(value, dict):
        return {name: plain(part, name) for name, part in value.items()}
    if isinstance(value, list):
        return plain(value[0]) if len(value) == 1 and key != "Statement" else [plain(part) for part in value]
    return value


@pytest.fixture(params=SAME)
def pair(request, installed, app, fresh):
    """The published template filled in for an installation, and the stacks made for it."""
    wanted = installed(request.param)
    values = {**parameters_of(wanted), **PSEUDO[wanted.region], "AWS::Region": wanted.region,
              "AWS::AccountId": wanted.account}
    stacks = [Filled(json.loads(file.read_text()), {}) for file in app(request.param).values()]
    return Filled(json.loads(fresh.read_text()), values), stacks


def both(pair, name):
    published, stacks = pair
    return published.section(name), {key: row for stack in stacks for key, row in stack.section(name).items()}


def test_same_resources(pair):
    """The same resources stand there, of the same types."""
    published, made = both(pair, "Resources")
    assert {key: row["Type"] for key, row in published.items()} == {key: row["Type"] for key, row in made.items()}


def test_same_policies(pair):
    """Every policy has the same name, path, description and document."""
    published, made = both(pair, "Resources")
    policies = {key: row for key, row in published.items() if row["Type"] == "AWS::IAM::ManagedPolicy"}
    assert len(policies) > 20
    for key, row in policies.items():
        assert row == made[key], key


def test_same_role(pair):
    """The role has the same name, path, trust, boundary, tags and policies."""
    published, made = both(pair, "Resources")
    assert published["InstallerRole"]["Properties"]["RoleName"]
    assert published["InstallerRole"] == made["InstallerRole"]


def test_same_outputs(pair):
    """The same outputs are handed out, with the same values."""
    published, made = both(pair, "Outputs")
    assert len(published) > 10
    assert published == made


def test_nothing_is_left_open(pair):
    """Filled in, the published template refers to its own resources and the external id only."""
    published, _ = pair
    text = json.dumps([published.section("Resources"), published.section("Outputs")])
    assert set(re.findall(r'"Ref": "([^"]+)"', text)) <= {"ExternalId", *published.template["Resources"]}
    assert "Fn::Sub" not in text
    assert "Fn::If" not in text
