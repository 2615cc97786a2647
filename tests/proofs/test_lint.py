"""What the linters say beside the proofs: errors only, of both, without secrets and without a word on the contract."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from conveyor_iac.proofs.lint import lint
from conveyor_iac.proofs.template import read

ROOT = Path(__file__).parents[2]
SECRET = "S3cret-in-this-test-only"


def linted(template):
    """The findings about a template."""
    return lint(read(json.dumps(template), "planted"))


def queue(**properties):
    """A template of one queue."""
    return {"Resources": {"Queue": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Delete",
                                    "UpdateReplacePolicy": "Delete", "Properties": properties}}}


@pytest.mark.parametrize("name", ["endpoint-service", "installer-role", "network-shared"])
def test_published(name):
    """Neither linter finds an error in a published template."""
    file = ROOT / f"templates/{name}.template.json"
    assert lint(read(file.read_text(), file.name)) == ()


def test_both_linters():
    """A property that does not exist is an error of both, with the place where it stands."""
    found = {(finding.linter, finding.path) for finding in linted(queue(QueueNam="x"))}
    assert {linter for linter, _ in found} == {"cfn-lint", "cloudformation-validate"}
    assert {path for _, path in found} == {"Resources/Queue/Properties/QueueNam"}


def test_errors_only():
    """What a linter only warns of is left out: a parameter that nothing uses."""
    unused = queue() | {"Parameters": {"Unused": {"Type": "String"}}}
    assert linted(unused) == ()


def test_the_contract_is_not_linted():
    """Placeholders of a contract are not taken for a forgotten Fn::Sub; anywhere else they are."""
    owns = {"installer": {"owns": ["conveyor-${Name}-*"]}}
    parameters = {"Parameters": {"Name": {"Type": "String"}}}
    used = queue(QueueName={"Ref": "Name"}) | parameters
    assert linted(used | {"Metadata": {"Conveyor::Contract": owns}}) == ()
    assert {finding.rule for finding in linted(used | {"Metadata": {"Other": owns}})} == {"E1029"}


def test_yaml_with_short_tags():
    """A YAML template with short tags is read as the same template."""
    text = "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Sub '${Nowhere}-x'}\n"
    assert {finding.rule for finding in lint(read(text, "planted"))} == {"E1019", "F1018"}


def test_a_secret_default_is_hidden():
    """The default of a parameter that is not to be shown appears in no finding that quotes it."""
    parameters = {"Secret": {"Type": "String", "NoEcho": True, "Default": SECRET, "AllowedValues": ["a", "b"]}}
    shown = queue(QueueName={"Ref": "Secret"}) | {"Parameters": {"Secret": parameters["Secret"] | {"NoEcho": False}}}
    assert any(SECRET in finding.message for finding in linted(shown)), "no finding quotes a default at all"
    found = linted(queue(QueueName={"Ref": "Secret"}) | {"Parameters": parameters})
    assert found
    assert SECRET not in str(found)


def test_no_configuration_lies_about(tmp_path, monkeypatch):
    """A configuration of cfn-lint in the working folder changes nothing."""
    (tmp_path / ".cfnlintrc").write_text("ignore_checks: [E]\nappend_rules: [nowhere]\n")
    monkeypatch.chdir(tmp_path)
    assert "cfn-lint" in {finding.linter for finding in linted(queue(QueueNam="x"))}


AT_EXIT = """
import atexit, gc, json
from conveyor_iac.proofs.lint import lint
from conveyor_iac.proofs.template import read

def left():
    print([type(one).__name__ for one in gc.get_objects() if type(one).__name__.endswith("CompositeEngine")])

atexit.register(left)
lint(read(json.dumps({"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}), "planted"))
left()
"""


def test_the_engine_is_let_go_of():
    """The native engine lives from one template to the next, and no longer than the program."""
    ended = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True, check=True)
    kept, left = ended.stdout.splitlines()
    assert "CompositeEngine" in kept
    assert left == "[]"
    assert ended.stderr == ""
