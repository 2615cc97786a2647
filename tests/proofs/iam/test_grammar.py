"""Documents and references that AWS would refuse are wrong input, whichever claims are asked."""

import json
from pathlib import Path

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.claims import claim
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verify import verify

PUBLISHED = Path("templates/installer-role.template.json")
UNCONCERNED = [claim("trust.switch")]


def told(change):
    """The faults of the published role template once a statement of its Read policy is changed."""
    body = json.loads(PUBLISHED.read_text())
    document = body["Resources"]["InstallerRoleReadPolicy"]["Properties"]["PolicyDocument"]
    change(document)
    try:
        verify(read(json.dumps(body), "changed"), claims=UNCONCERNED)
    except InputError as refused:
        return [f"{fault.path} {fault.value} {fault.rule}" for fault in refused.faults]
    return []


REFUSED = {
    "another effect": (lambda d: d["Statement"][0].update(Effect="allow"), "ReadNetwork.Effect"),
    "an operator that is none": (lambda d: d["Statement"][0].update(Condition={"StringEqual": {"a:b": "c"}}),
                                 "StringEqual"),
    "an element that is none": (lambda d: d["Statement"][0].update(Foo="x"), "ReadNetwork.Foo"),
    "another version": (lambda d: d.update(Version="2020-01-01"), "InstallerRoleReadPolicy.Version"),
    "an action without a service": (lambda d: d["Statement"][0].update(Action="iamCreate"), "iamCreate"),
    "a resource that is no ARN": (lambda d: d["Statement"][0].update(Resource="notanarn"), "notanarn"),
    "one Sid twice": (lambda d: d["Statement"].append(dict(d["Statement"][0])), "stands once"),
    "a parameter that is not there": (lambda d: d["Statement"][0].update(Resource={"Ref": "TenantI"}), "TenantI"),
    "a placeholder that is not there": (lambda d: d["Statement"][0].update(
        Resource={"Fn::Sub": "arn:aws:s3:::${Nothing}"}), "Nothing"),
    "a resource that is not there": (lambda d: d["Statement"][0].update(
        Resource={"Fn::GetAtt": ["Nobody", "Arn"]}), "Nobody"),
    "a map that is not there": (lambda d: d["Statement"][0].update(
        Resource={"Fn::FindInMap": ["Nowhere", "a", "b"]}), "Nowhere"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_aws_would_refuse_is_wrong_input(name):
    """The fault is told although no claim that is asked speaks of the statement."""
    change, word = REFUSED[name]
    assert any(word in fault for fault in told(change)), told(change)


def test_what_aws_takes_is_no_fault():
    """Wildcards in an ARN, one Sid under opposite conditions and a list of conditions are let through."""
    def change(document):
        row = document["Statement"][0]
        document["Statement"][0] = {"Fn::If": ["IrsaEnabled", row, {**row, "Resource": "arn:aws:ec2:*"}]}
        document["Statement"].append({"Effect": "Allow", "Action": "s3:Get*", "Resource": ["ar?:*", "*"]})

    assert told(change) == []
    assert told(lambda document: None) == []
