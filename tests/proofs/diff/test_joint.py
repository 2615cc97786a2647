"""Two templates in one set of names, parameters and conditions."""

from hypothesis import given, settings

from conveyor_iac.proofs.diff.joint import joint
from tests.proofs.diff.made import fresh, read, role, statement, templates

BUCKET = {"Type": "AWS::S3::Bucket"}
SIZE = {"Type": "String", "AllowedValues": ["big", "small"]}
BIG, SMALL = ({"Fn::Equals": [{"Ref": "Size"}, word]} for word in ("big", "small"))


def both(old, new):
    """The joint of two bodies."""
    return joint(read({"Resources": {"B": BUCKET}, **old}), read({"Resources": {"B": BUCKET}, **new}))


def conditioned(conditions, **resource):
    """A template whose bucket is made under the condition Is."""
    return {"Parameters": {"Size": SIZE}, "Conditions": conditions,
            "Resources": {"B": {**BUCKET, "Condition": "Is", **resource}}}


@given(templates(), templates())
@settings(max_examples=40, deadline=None)
def test_one_world(old, new):
    """Both sides have the same parameters and conditions, and fall out in the same worlds."""
    found = both(old, new)
    one, other = found.before.template, found.after.template
    assert one.section("Parameters") == other.section("Parameters")
    assert one.section("Conditions") == other.section("Conditions")
    names = tuple(sorted(one.section("Conditions")))
    assert found.before.conditions.worlds(names) == found.after.conditions.worlds(names)


@given(templates(), templates())
@settings(max_examples=40, deadline=None)
def test_turned_twice(old, new):
    """Turned twice, the question is the first one again."""
    one = both(old, new)
    other = one.turned().turned()
    assert one.before.template.body == other.before.template.body
    assert one.after.template.body == other.after.template.body
    assert (one.pairs, one.parameters) == (other.pairs, other.parameters)


@given(templates())
@settings(max_examples=40, deadline=None)
def test_own_renaming(body):
    """A template and its renaming are the same template in one set of names, but for the order of resources."""
    found = joint(read(body), read(fresh(body).template(body)))
    assert set(found.before.template.resources) == set(found.after.template.resources)
    assert found.before.template.section("Conditions") == found.after.template.section("Conditions")
    assert not any(name.startswith("before: ") for name in found.before.template.section("Conditions"))


def test_condition_defined_otherwise():
    """A condition that is defined otherwise is another condition, wherever the old template speaks of it."""
    used = {"Properties": {"BucketName": {"Fn::If": ["Is", "a", "b"]}}}
    found = both(conditioned({"Is": BIG}, **used), conditioned({"Is": SMALL}, **used))
    assert found.before.template.section("Conditions") == {"before: Is": BIG, "Is": SMALL}
    assert found.before.template.resources["B"].condition == "before: Is"
    assert found.before.template.resources["B"].properties == {"BucketName": {"Fn::If": ["before: Is", "a", "b"]}}
    assert found.after.template.resources["B"].condition == "Is"
    worlds = found.before.conditions.worlds(("Is", "before: Is"))
    assert {tuple(world.conditions.values()) for world in worlds} == {(True, False), (False, True)}


def test_condition_that_hangs_on_another():
    """Conditions in the same words are others where those that they name are others."""
    found = both(conditioned({"Is": {"Fn::Not": [{"Condition": "Was"}]}, "Was": BIG}),
                 conditioned({"Is": {"Fn::Not": [{"Condition": "Was"}]}, "Was": SMALL}))
    assert found.before.template.section("Conditions")["before: Is"] == {"Fn::Not": [{"Condition": "before: Was"}]}


def test_condition_renamed():
    """A condition that is only called otherwise is the same one."""
    found = both(conditioned({"Is": BIG}), {"Parameters": {"Size": SIZE}, "Conditions": {"Large": BIG}, "Resources": {
        "B": {**BUCKET, "Condition": "Large"}}})
    assert found.before.template.body["Resources"] == found.after.template.body["Resources"]
    assert set(found.before.template.section("Conditions")) == {"Large"}


def test_map_defined_otherwise():
    """A map with other values is another map, and so is a condition that looks into it."""
    def body(word):
        return {**conditioned({"Is": {"Fn::Equals": [{"Fn::FindInMap": ["Words", "all", "word"]}, "big"]}}),
                "Mappings": {"Words": {"all": {"word": word}}}}
    found = both(body("big"), body("small"))
    assert set(found.after.template.section("Mappings")) == {"Words", "before: Words"}
    world, = found.after.conditions.worlds(("Is", "before: Is"))
    assert dict(world.conditions) == {"Is": False, "before: Is": True}


def test_parameters():
    """A parameter of both is what the side that is asked about lets it be; one of one side is there on both."""
    wide = {"Type": "String"}
    found = both({"Parameters": {"Size": SIZE, "Old": wide}}, {"Parameters": {"Size": wide, "New": SIZE}})
    assert found.before.template.section("Parameters") == {"Size": wide, "Old": wide, "New": SIZE}
    assert found.turned().before.template.section("Parameters") == {"Size": SIZE, "Old": wide, "New": SIZE}
    assert found.parameters == ({"Size": SIZE, "Old": wide}, {"Size": wide, "New": SIZE})


def test_retyped():
    """A logical id that is of another type now is another resource, and what spoke of it speaks of the old one."""
    speaks = role(statement(resource={"Fn::GetAtt": ["X", "Arn"]}))
    found = both({"Resources": {"X": BUCKET, "R": speaks}}, {"Resources": {"X": {"Type": "AWS::SQS::Queue"},
                                                                          "R": speaks}})
    assert set(found.before.template.resources) == {"before: X", "R"}
    assert found.pairs == {"R": "R"}
    said = found.before.template.resources["R"].properties["Policies"][0]["PolicyDocument"]["Statement"][0]
    assert said["Resource"] == {"Fn::GetAtt": ["before: X", "Arn"]}


def test_parameter_that_was_a_resource():
    """A name of a resource on one side and a parameter on the other is two names."""
    named = {"B": {**BUCKET, "Properties": {"BucketName": {"Ref": "X"}}}}
    taken = {"Parameters": {"X": SIZE}, "Resources": named}
    made = {"Resources": {"X": {"Type": "AWS::SQS::Queue"}, **named}}
    found = both(taken, made)
    assert found.before.template.resources["B"].properties == {"BucketName": {"Ref": "before: X"}}
    assert set(found.after.template.section("Parameters")) == {"before: X"}
    other = both(made, taken)
    assert other.before.template.resources["B"].properties == {"BucketName": {"Ref": "before: X"}}
    assert set(other.before.template.resources) == {"B", "before: X"}


def test_contract_is_no_part():
    """What a template says under Metadata is no part of the question."""
    found = both({"Metadata": {"Conveyor::Contract": {}}}, {})
    assert "Metadata" not in found.before.template.body
    assert found.before.contract.as_json() == {}
