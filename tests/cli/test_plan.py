"""plan: what will exist, in words and as JSON alike."""

import json
import re
from pathlib import Path

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble

VPC = "vpc-0a1b2c3d4e5f60718"
EXAMPLES = sorted(file.name for file in (Path(__file__).parents[2] / "examples").glob("*.yaml")
                  if not file.name.startswith("azure-"))
BROUGHT = {"existing": {"vpc": VPC, "cidrs": ["10.20.0.0/16"], "route_tables": ["rtb-01234567"],
                        "endpoint_subnets": ["subnet-01234567", "subnet-89abcdef"]}}
KINDS = {
    "private": {},
    "all on": {"deployment": "shared", "resources_feature": True, "iam": {"data_plane_vpc": VPC},
               "installer": {"irsa": True, "network_rights": True}},
    "all off": {"vendor_access": "disabled", "installer": {"delete_rights": False}},
}


@pytest.fixture(params=KINDS)
def file(request, written):
    """The files of several installations in turn."""
    return written(**KINDS[request.param])


@pytest.fixture
def told(run, file):
    """The plan as JSON."""
    answer = run("plan", "-f", file, "--json")
    assert (answer.code, answer.err) == (0, "")
    return json.loads(answer.out)


@pytest.fixture
def words(run, file):
    """The plan in words."""
    answer = run("plan", "-f", file)
    assert (answer.code, answer.err) == (0, "")
    return answer.out


def test_same_policies(told, words):
    """Words and JSON name the same policies, each with the number of its statements and its size."""
    rows = re.findall(r"^(created roles|installer) +(\w+) +(\d+) +(\d+) of (\d+)$", words, re.MULTILINE)
    assert len(rows) > 20
    assert rows == [(row["kind"], row["name"], str(len(row["statements"])), str(row["size"]), str(row["limit"]))
                    for row in told["policies"]]


def test_counts(told, words):
    """The summary counts what there is, in both."""
    assert words.startswith(told["summary"])
    subnets, endpoints = (sum(len(network[key]) for network in told["networks"]) for key in ("subnets", "endpoints"))
    assert f" 1 role, {len(told['policies'])} managed policies" in told["summary"]
    assert re.findall(r"(\d+) subnet", told["summary"]) == ([str(subnets)] if subnets else [])
    assert re.findall(r"(\d+) VPC endpoint", told["summary"]) == ([str(endpoints)] if endpoints else [])
    assert f" in {len(told['stacks'])} stacks." in told["summary"]


def test_same_role(told, words):
    """The role, whom it trusts, its boundary and the created roles are the same in both."""
    role = told["installer_role"]
    for key in ("arn", "trusts", "session_name", "boundary", "created_roles"):
        assert role[key] in words
    for name, on in role["switches"].items():
        assert f"  {name}: {'on' if on else 'off'}\n" in words


def test_same_data_actions(told, words):
    """Data actions that a perimeter holds, and those that none holds, are the same in both."""
    rows = re.findall(r"^  (held   |NOT held) (\S+): (.+)$", words, re.MULTILINE)
    assert rows == [("held   " if row["held"] else "NOT held", row["service"], row["what"])
                    for row in told["perimeter"]["data_actions"]]
    assert all(row["actions"] for row in told["perimeter"]["data_actions"])


def test_purposes(run, file, told):
    """--purposes prints each statement of each policy with its effect and purpose, and the words without it do not."""
    with_purposes, without = run("plan", "-f", file, "--purposes").out, run("plan", "-f", file).out
    for policy in told["policies"]:
        assert f"\n{policy['name']}: {policy['purpose']}\n" in with_purposes
        for row in policy["statements"]:
            line = f"  {row['effect']:5} {row['id']}: {row['purpose']}\n"
            assert line in with_purposes
            assert line not in without


def test_sizes(told):
    """Every size is what IAM counts: it is under the limit, and not less than the document as printed."""
    for policy in told["policies"]:
        document = {"Version": "2012-10-17", "Statement": [row["document"] for row in policy["statements"]]}
        assert len(json.dumps(document, separators=(",", ":"))) <= policy["size"] <= policy["limit"] == 6144


def with_our_vpc(emitted):
    """What is emitted, with the placeholder in place of what another stack hands over: our own VPC."""

    def again(value):
        if isinstance(value, dict) and "Fn::ImportValue" in value:
            return "${DataPlaneVpcId}"
        if isinstance(value, dict):
            return {key: again(each) for key, each in value.items()}
        return [again(each) for each in value] if isinstance(value, list) else value

    return again(emitted)


def test_documents(told, file, tmp_path):
    """The statements it tells are, word for word, those of the stacks: what is reviewed is what is deployed."""
    made = assemble([Installation.load(file)], "app", tmp_path / "out")
    resources = [row["Properties"] for template in made.values()
                 for row in json.loads(template.read_text())["Resources"].values()]
    emitted = {row["Path"] + row["ManagedPolicyName"]: row["PolicyDocument"]["Statement"] for row in resources
               if "ManagedPolicyName" in row}
    assert {row["arn"].partition(":policy")[2]: [part["document"] for part in row["statements"]]
            for row in told["policies"]} == with_our_vpc(emitted)


def test_deterministic(real, file):
    """The same file gives the same bytes, whatever order Python's sets have."""
    first, second = (real("plan", "-f", file, "--json", cwd=file.parent, PYTHONHASHSEED=seed) for seed in "12")
    assert first.out == second.out


ALL_HELD = {"s3", "secretsmanager", "ssm", "sqs", "logs", "ec2"}


@pytest.mark.parametrize(("changes", "vpc", "held"), [
    ({}, "the VPC of our network stack", ALL_HELD),
    ({"deployment": "shared"}, "the VPC of our network stack", {"s3"}),
    ({"deployment": "shared", "installer": {"network_rights": True}}, "none", set()),
    ({"deployment": "shared", "installer": {"network_rights": True}, "iam": {"data_plane_vpc": VPC}}, VPC, {"s3"}),
    ({"iam": {"data_plane_vpc": VPC}}, VPC, ALL_HELD),
    ({"network": BROUGHT}, VPC, ALL_HELD),
], ids=["private", "shared", "made by the installer", "made by it and named", "named", "brought"])
def test_data_perimeter(run, written, changes, vpc, held):
    """The perimeter is our own VPC unless another is known; what it does not hold is said: all but S3 in shared."""
    answer = run("plan", "-f", written(**changes))
    assert f"\nData perimeter: {vpc}" in answer.out
    assert set(re.findall(r"^  held +(\w+):", answer.out, re.MULTILINE)) == held
    assert set(re.findall(r"^  NOT held +(\w+):", answer.out, re.MULTILINE)) == ALL_HELD - held


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_plans(run, root, name):
    """Every example of AWS plans, in words and as JSON, without talk."""
    told = json.loads(run("plan", "-f", root / "examples" / name, "--json").out)
    answer = run("plan", "-f", root / "examples" / name)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(told["summary"])
    assert told["cloud"] == "aws"
    assert "not_planned" not in told


@pytest.mark.parametrize("name", EXAMPLES)
def test_stacks(run, root, tmp_path, name):
    """The stacks it names are those that are synthesized, in the same order."""
    told = json.loads(run("plan", "-f", root / "examples" / name, "--json").out)
    made = assemble([Installation.load(root / "examples" / name)], "app", tmp_path / "out")
    assert told["stacks"] == list(made)


def test_planes(run, root):
    """A dedicated deployment has two networks and the two ways between them."""
    told = json.loads(run("plan", "-f", root / "examples/dedicated.yaml", "--json").out)
    words = run("plan", "-f", root / "examples/dedicated.yaml").out
    assert [network["plane"] for network in told["networks"]] == ["data", "control"]
    assert [row["name"] for row in told["links"]] == ["ControlPlaneEndpointToDataPlane", "EndpointToControlPlane"]
    assert all(row["to"] in words for row in told["links"])


def test_nothing_is_written(run, written, tmp_path, monkeypatch):
    """Planning writes nothing."""
    file = written()
    monkeypatch.chdir(tmp_path)
    run("plan", "-f", file)
    assert list(tmp_path.iterdir()) == [file]
