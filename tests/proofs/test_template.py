"""Reading a template: JSON, YAML with short tags, what get-template prints; all else is refused, with each fault.

What is refused here could not be deployed either; what is accepted is never changed.
"""

import hashlib
import json

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs import read
from conveyor_iac.proofs.template import MOST_BYTES, MOST_RESOURCES

TOPIC = {"Type": "AWS::SNS::Topic"}


def faults(value):
    """The faults of a template, by the path after its name."""
    with pytest.raises(InputError) as refused:
        read(value if isinstance(value, str) else json.dumps(value), "t")
    found = {fault.path.removeprefix("t").removeprefix(": "): fault for fault in refused.value.faults}
    assert all(fault.rule and fault.way_out for fault in found.values())
    return found


def of(value, **sections):
    """A template whose topic has this property."""
    return {"Resources": {"Topic": TOPIC | {"Properties": {"TopicName": value}}}, **sections}


def test_json_and_yaml_are_the_same():
    """The same template reads alike from JSON, from YAML, and from YAML with short tags."""
    body = of({"Fn::Join": ["-", [{"Ref": "Name"}, {"Fn::GetAtt": ["Other", "TopicName"]}]]},
              Parameters={"Name": {"Type": "String"}})
    short = """
Parameters: {Name: {Type: String}}
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Join ["-", [!Ref Name, !GetAtt Other.TopicName]]
"""
    assert read(json.dumps(body), "t").resources == read(short, "t").resources


def test_digest():
    """The digest is the one of the text as it was given, byte for byte."""
    text = json.dumps(of("x"), indent=3)
    assert read(text, "t").sha256 == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("inner", [of("x"), json.dumps(of("x"))], ids=["mapping", "text"])
def test_what_get_template_prints(inner):
    """The template inside what get-template prints is read."""
    assert set(read(json.dumps({"TemplateBody": inner, "StagesAvailable": []}), "t").resources) == {"Topic"}


def test_numbers_and_dates_stay_texts():
    """An account id with a leading nought and the date of a policy's version are texts, as CloudFormation has it."""
    text = "Resources: {Topic: {Type: X, Properties: {Version: 2012-10-17, Account: 012345678901}}}"
    assert read(text, "t").resources["Topic"].properties == {"Version": "2012-10-17", "Account": "012345678901"}


@pytest.mark.parametrize("text", ["", "{", "[1, 2]", "hello", "Resources: [", "a: b: c", "- x", "Resources: !Foo {",
                                  '{"Resources": {}}', '{"Resources": []}', '{"Resources": null}', "null", "3", "\x00",
                                  "!!python/object/apply:os.system [ls]", "{" * 100_000, "[" * 100_000,
                                  "Resources: " + "{a: " * 3000])
def test_no_template(text):
    """What is no JSON, no YAML or no template is refused with one fault."""
    assert list(faults(text)) == [""]


@pytest.mark.parametrize("text", ['{"Resources": {"A": {"Type": "X"}, "A": {"Type": "Y"}}}',
                                  "Resources:\n  A: {Type: X}\n  A: {Type: Y}\n"])
def test_a_key_stands_once(text):
    """A key that stands twice is refused: readers do not agree which of the two counts."""
    assert "'A' stands twice" in faults(text)[""].value


def test_aliases():
    """YAML aliases are refused: CloudFormation does not read them, and they blow up."""
    assert "aliases" in faults("Resources: {A: &a {Type: X}, B: *a}")[""].value


def test_sizes():
    """A template has at most a megabyte and 500 resources."""
    assert "bytes" in faults(json.dumps(of("x" * MOST_BYTES)))[""].rule
    most = {f"T{number}": TOPIC for number in range(MOST_RESOURCES)}
    assert len(read(json.dumps({"Resources": most}), "t").resources) == MOST_RESOURCES
    assert "at most" in faults({"Resources": most | {"More": TOPIC}})["Resources"].rule


def test_every_fault_at_once():
    """All that is wrong with sections, parameters and resources is told at once, each by its path."""
    found = faults({"Parameters": {"A": 1, "B": {}}, "Mappings": [1], "Conditions": {"C": {"Fn::Not": [1]}},
                    "Resources": {"A": 1, "B": {}, "C": TOPIC | {"Properties": 3}, "D": TOPIC | {"Condition": "No"}}})
    assert set(found) == {"Parameters.A", "Parameters.B", "Mappings", "Conditions.C", "Resources.A", "Resources.B",
                          "Resources.C.Properties", "Resources.D.Condition"}


@pytest.mark.parametrize("value", [
    {"Ref": 1}, {"Ref": {"Ref": "x"}}, {"Fn::GetAtt": "Topic"}, {"Fn::GetAtt": ["Topic"]}, {"Fn::GetAtt": [1, 2]},
    {"Fn::Sub": []}, {"Fn::Sub": ["x"]}, {"Fn::Sub": ["x", "y"]}, {"Fn::Join": 1}, {"Fn::Join": ["-"]},
    {"Fn::Join": ["-", "x"]}, {"Fn::Select": [0]}, {"Fn::Split": ["", "x"]}, {"Fn::Split": ["-"]},
    {"Fn::FindInMap": ["x"]}, {"Fn::If": ["Yes"]}, {"Fn::If": None}, {"Fn::If": [{}, 1, 2]}, {"Fn::If": ["No", 1, 2]},
], ids=str)
def test_functions(value):
    """A function that is not given what it needs is refused, wherever it stands."""
    conditions = {"Yes": {"Fn::Equals": ["a", "a"]}}
    for place in (value, [value], {"Deep": [{"Fn::If": ["Yes", value, "x"]}]}):
        (path,) = faults(of(place, Conditions=conditions))
        assert path.startswith("Resources.Topic.Properties.TopicName")


@pytest.mark.parametrize("value", [
    1, [], {}, "Yes", {"Fn::Not": []}, {"Fn::Not": ["x"]}, {"Fn::And": 1}, {"Fn::And": []}, {"Fn::Or": [{}]},
    {"Fn::Equals": ["a"]}, {"Condition": {"a": 1}}, {"Fn::And": [{"Condition": ["x"]}]}], ids=str)
def test_conditions(value):
    """A condition is one function of conditions, given what it needs."""
    assert all(path.startswith("Conditions.Made") for path in faults(of("x", Conditions={"Made": value})))


@pytest.mark.parametrize(("key", "value"), [
    ("AllowedPattern", {"Ref": "x"}), ("AllowedPattern", 3), ("AllowedValues", "one"), ("AllowedValues", [["a"]]),
    ("MinLength", "x"), ("MaxLength", -1), ("MinLength", [1]), ("Default", ["a"]), ("Default", {"Ref": "x"})])
def test_constraints(key, value):
    """A constraint of a parameter that is of the wrong kind is refused, and its value is not shown."""
    found = faults(of("x", Parameters={"Name": {"Type": "String", "NoEcho": True, key: value}}))
    assert list(found) == [f"Parameters.Name.{key}"]
    assert str(value) not in found[f"Parameters.Name.{key}"].value


def test_a_parameter_without_type_is_not_shown():
    """A parameter without Type is refused without its words: its default may be a secret."""
    assert "s3cret" not in str(faults(of("x", Parameters={"Name": {"Default": "s3cret", "NoEcho": True}})))


@pytest.mark.parametrize("rewriting", [{"Transform": "AWS::Serverless-2016-10-31"},
                                       {"Outputs": {"Fn::Transform": {"Name": "AWS::Include"}}},
                                       {"Outputs": {"Fn::ForEach::Each": ["x", ["a"], {}]}}], ids=str)
def test_macros_are_seen(rewriting):
    """A template that macros rewrite is read, and known as such."""
    assert read(json.dumps(of("x") | rewriting), "t").rewritten
    assert not read(json.dumps(of("x")), "t").rewritten
