"""Every permission that a template gives is told, with the purpose that the template itself says."""

import json

import pytest

from conveyor_iac.publishing.report.emitted import DOCUMENTS, Template
from conveyor_iac.publishing.report.permissions import actions_of, permissions


def written(part):
    """Each statement below a part of a document, whatever it stands behind."""
    if isinstance(part, dict) and "Fn::If" in part:
        return [row for side in part["Fn::If"][1:] for row in written(side)]
    if isinstance(part, list):
        return [row for each in part for row in written(each)]
    return [part] if "Sid" in part else []


def statements(content):
    """Each statement of a template as it is written, with the purpose of its Metadata."""
    for name, row in json.loads(content)["Resources"].items():
        for key in DOCUMENTS:
            if key in row["Properties"]:
                for statement in written(row["Properties"][key]["Statement"]):
                    yield name, statement, row["Metadata"]["Conveyor::Purposes"][statement["Sid"]]


def test_all(templates, told):
    """Each statement of each template is there once for the template, with its purpose, effect and actions."""
    found = {}
    for policy in told["permissions"]:
        for row in policy["statements"]:
            actions = {action for actions in row["levels"].values() for action in actions}
            for template in policy["templates"]:
                found.setdefault((template, policy["name"], row["id"]), []).append((row["purpose"], actions))
    count = 0
    for template, content in templates.items():
        for name, statement, purpose in statements(content):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            assert (purpose, set(actions)) in found[template, name, statement["Sid"]]
            count += 1
    assert count == sum(map(len, found.values())) > 300


def test_sources(told):
    """Each statement says where it was derived from."""
    assert all(row["source"].startswith("https://") for policy in told["permissions"] for row in policy["statements"])


def policy(**statement):
    body = {"Resources": {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
        "PolicyDocument": {"Statement": statement}}}}}
    return permissions([Template(name="t", content=json.dumps(body).encode())], {})[0]


def test_words():
    """Where, for whom and when is told as the statement says it; nothing is made up where it says nothing."""
    row, = policy(Sid="S", Effect="Allow", NotAction="iam:*", NotResource="arn:x", Principal={"AWS": ["a", "b"]},
                  Condition={"StringEquals": {"aws:SourceVpc": {"Ref": "Vpc"}}})["statements"]
    assert (row["but_these"], row["not_on"], row["who"]) == (True, ["arn:x"], ["AWS: a", "AWS: b"])
    assert row["conditions"] == ["StringEquals aws:SourceVpc: ${Vpc}"]
    assert (row["purpose"], row["source"], row["only_if"], row["on"]) == ("", "", None, [])


@pytest.mark.parametrize(("effect", "counted"), [("Allow", {"Write": {"sqs:SendMessage"}}), ("Deny", {})])
def test_a_deny_gives_nothing(effect, counted):
    """What a Deny names is no permission."""
    assert actions_of([policy(Sid="S", Effect=effect, Action="sqs:SendMessage", Resource="*")]) == counted
