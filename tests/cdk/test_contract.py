"""Our templates carry their contract: it fits the template it stands in, and says what stands there."""

import json
import re

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.proofs.contract import METADATA, held, of_template
from conveyor_iac.proofs.template import read

TEMPLATES = ("installer-role", "network-shared", "network-private", "network-dedicated",
             "network-private-existing-vpc", "endpoint-service")
PARTS = {"installer-role": {"installer", "data"}, "network-private": {"network"}, "network-dedicated": {"network"}}
"""The parts of each contract; of a network with internet, and of one that exists, nothing is claimed."""


def carried(file):
    """The contract in a template's file, as it is written, but for Fn::Sub around texts with placeholders."""
    return plain(json.loads(file.read_text())["Metadata"][METADATA])


def plain(value):
    """The same value with texts in place of Fn::Sub."""
    if isinstance(value, dict):
        return value.get("Fn::Sub") or {key: plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def fitting(file, beside=()):
    """The contract of a template, every name in it held against the template; those beside it are files too."""
    template = read(file.read_text(), file.name)
    return held(of_template(template), template, [read(one.read_text(), one.name) for one in beside])


@pytest.mark.parametrize("name", TEMPLATES)
def test_published(made_now, name):
    """Every published template carries a contract whose names it has, with the parts that are true of it."""
    assert set(fitting(made_now[name]).as_json()) == PARTS.get(name, set())


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_bare_placeholder(made_now, name):
    """Every text with a placeholder says so by Fn::Sub, as cfn-lint demands it everywhere in a template."""
    written = json.dumps(json.loads(made_now[name].read_text())["Metadata"][METADATA])
    assert written.count("${") == sum(text.count("${") for text in re.findall(r'{"Fn::Sub": "([^"]+)"}', written))


def test_installer(made_now):
    """The published role is held to its own boundary and predefined policies, in the plan's order, by logical id."""
    template = json.loads(made_now["installer-role"].read_text())
    wanted = carried(made_now["installer-role"])["installer"]
    assert (wanted["role"], wanted["boundary"]) == ("InstallerRole", "Boundary")
    assert wanted["predefined"] == [name for name in template["Resources"] if name.startswith("Predefined")]
    rows = template["Resources"]["InstallerRoleIamPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    create = next(row for row in rows if row["Sid"] == "CreateBoundedRoles")
    assert create["Resource"] == {"Fn::Sub": wanted["creates_roles"]}
    passed = next(row for row in rows if row["Sid"] == "PassCreatedRoles")["Condition"]["StringEquals"]
    assert wanted["passes_to"] == [text if isinstance(text, str) else text["Fn::Sub"]
                                   for text in passed["iam:PassedToService"]]


@pytest.mark.parametrize("name", ["network-private", "network-dedicated"])
def test_domains(made_now, name):
    """The agreed names are those that the firewalls' rule groups pass, in the same words."""
    rows = json.loads(made_now[name].read_text())["Resources"].values()
    passed = {target["Fn::Sub"] for row in rows if row["Type"] == "AWS::NetworkFirewall::RuleGroup"
              for target in row["Properties"]["RuleGroup"]["RulesSource"].get("RulesSourceList", {}).get("Targets", ())}
    assert passed == set(carried(made_now[name])["network"]["domains"])


@pytest.mark.parametrize("name", ["network-private", "network-dedicated"])
def test_endpoints(made_now, name):
    """Every interface endpoint that always stands there is asked for, by the end of its service's name."""
    rows = json.loads(made_now[name].read_text())["Resources"].values()
    made = {row["Properties"]["ServiceName"]["Fn::Sub"].split(".", 3)[3] for row in rows
            if row["Type"] == "AWS::EC2::VPCEndpoint" and "Condition" not in row
            and row["Properties"]["VpcEndpointType"] == "Interface" and "Fn::Sub" in row["Properties"]["ServiceName"]}
    assert made == set(carried(made_now[name])["network"]["endpoints"])


def test_app(app, kind):
    """Every stack of an installation carries a contract whose names it, or a stack beside it, has."""
    files = app(kind)
    for name, file in files.items():
        asked = set(fitting(file, [one for one in files.values() if one is not file]).as_json())
        spoken = {"installer", "data"} if name.endswith("installer-role") else {"network"}
        assert asked <= (spoken if name.endswith(("installer-role", "-network")) else set()), name
        assert "installer" in asked or not name.endswith("installer-role")


def test_app_policies(app, kind):
    """The role's stack names boundary and predefined policies by the ARNs they have in the stack that makes them."""
    made = {name.split("-", 2)[2]: file for name, file in app(kind).items()}
    if "policies" not in made:
        assert kind == "endpoint service"
        return
    rows = {name: row["Properties"] for name, row in json.loads(made["policies"].read_text())["Resources"].items()}
    wanted = carried(made["installer-role"])["installer"]
    before = wanted["boundary"].partition("policy/")[0]
    arns = {name: f"{before}policy{row['Path']}{row['ManagedPolicyName']}" for name, row in rows.items()}
    assert wanted["boundary"] == arns.pop("Boundary")
    assert sorted(wanted["predefined"]) == sorted(arns.values())


def test_no_perimeter_is_written(words, tmp_path):
    """Where no VPC is known the template says null: left out, nobody would ask."""
    asked = Installation.read(words(deployment="shared", installer={"network_rights": True}))
    made = assemble([asked], "app", tmp_path / "out")
    assert carried(made["conveyor-acme-installer-role"])["data"] == {"network": None}
