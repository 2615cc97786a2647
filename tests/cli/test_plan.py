"""plan: what will exist, in words and as JSON alike."""

import json
import re

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble

VPC = "vpc-0a1b2c3d4e5f60718"
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
    """The summary counts them, in both."""
    assert words.startswith(told["summary"])
    assert f"1 role and {len(told['policies'])} managed policies in 2 stacks" in told["summary"]


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


def test_documents(told, file, tmp_path):
    """The statements it tells are, word for word, those of the stacks: what is reviewed is what is deployed."""
    made = assemble([Installation.load(file)], "app", tmp_path / "out")
    resources = [row["Properties"] for template in made.values()
                 for row in json.loads(template.read_text())["Resources"].values()]
    emitted = {row["Path"] + row["ManagedPolicyName"]: row["PolicyDocument"]["Statement"] for row in resources
               if "PolicyDocument" in row}
    assert {row["arn"].partition(":policy")[2]: [part["document"] for part in row["statements"]]
            for row in told["policies"]} == emitted


def test_deterministic(real, file):
    """The same file gives the same bytes, whatever order Python's sets have."""
    first, second = (real("plan", "-f", file, "--json", cwd=file.parent, PYTHONHASHSEED=seed) for seed in "12")
    assert first.out == second.out


@pytest.mark.parametrize(("changes", "held"), [
    ({}, set()),
    ({"deployment": "shared", "iam": {"data_plane_vpc": VPC}}, {"s3"}),
    ({"iam": {"data_plane_vpc": VPC}}, {"s3", "secretsmanager", "ssm", "sqs", "logs", "ec2"}),
    ({"network": {"existing": {"vpc": VPC}}}, {"s3", "secretsmanager", "ssm", "sqs", "logs", "ec2"}),
], ids=["no VPC", "shared", "private", "brought"])
def test_not_covered(run, written, changes, held):
    """Data actions that no perimeter covers are said so: all of them without a VPC, all but S3 with internet access."""
    answer = run("plan", "-f", written(**changes))
    assert set(re.findall(r"^  held +(\w+):", answer.out, re.MULTILINE)) == held
    assert set(re.findall(r"^  NOT held +(\w+):", answer.out, re.MULTILINE)) == {
        "s3", "secretsmanager", "ssm", "sqs", "logs", "ec2"} - held
    assert ("Data perimeter: none" in answer.out) == (held == set())


def test_not_planned(run, written):
    """What this version does not plan is said, in both."""
    told = json.loads(run("plan", "-f", written(), "--json").out)
    words = run("plan", "-f", written()).out
    assert {"network", "costs"} <= set(told["not_planned"])
    assert words.rstrip().endswith(f"Not planned by this version: {', '.join(told['not_planned'])}.")


def test_nothing_is_written(run, written, tmp_path, monkeypatch):
    """Planning writes nothing."""
    file = written()
    monkeypatch.chdir(tmp_path)
    run("plan", "-f", file)
    assert list(tmp_path.iterdir()) == [file]
