"""Functions, conditions and parameters as templates of networks use them."""

import pytest

SIZES = {"Sizes": {"Small": {"Bits": "6", "Index": "0"}, "Large": {"Bits": "8", "Index": "2"}}}
ANSWERED = {
    "blocks": ("10.0.0.0/24|10.0.1.0/24",
               {"Fn::Cidr": [{"Ref": "Block"}, 2, {"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Bits"]}]}),
    "nested": ("10.0.3.0/28|10.0.3.16/28",
               {"Fn::Cidr": [{"Fn::Select": [3, {"Fn::Cidr": [{"Ref": "Block"}, 256, "8"]}]}, 2, "4"]}),
    "last": ("10.0.255.0/24", [{"Fn::Select": [255, {"Fn::Cidr": [{"Ref": "Block"}, 256, 8]}]}]),
    "zones": ("eu-west-1a|eu-west-1b|eu-west-1c", {"Fn::GetAZs": ""}),
    "given zones": ("eu-west-1c|eu-west-1a", {"Ref": "Zones"}),
    "subnets": ("subnet-00000001|subnet-00000002", {"Ref": "Subnets"}),
    "names": ("b", [{"Fn::Select": [1, {"Ref": "Names"}]}]),
    "mapped index": ("eu-west-1c",
                     [{"Fn::Select": [{"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Index"]}, {"Fn::GetAZs": ""}]}]),
    "split": ("16", [{"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Block"}]}]}]),
    "no value": ("y|z", [{"Fn::If": ["Never", "x", {"Ref": "AWS::NoValue"}]}, "y",
                         {"Fn::If": ["Large", "z", {"Ref": "AWS::NoValue"}]}]),
}
PARAMETERS = {
    "Block": {"Type": "String", "Default": "10.0.0.0/16", "AllowedPattern": "[0-9./]+"},
    "Size": {"Type": "String", "Default": "Large", "AllowedValues": ["Small", "Large"]},
    "Zones": {"Type": "List<AWS::EC2::AvailabilityZone::Name>", "Default": "eu-west-1c,eu-west-1a"},
    "Names": {"Type": "CommaDelimitedList", "Default": "a, b,c"},
    "Subnets": {"Type": "List<AWS::EC2::Subnet::Id>", "Default": "subnet-00000001,subnet-00000002"},
    "Groups": {"Type": "List<AWS::EC2::SecurityGroup::Id>", "Default": "sg-00000001"},
    "Vpc": {"Type": "AWS::EC2::VPC::Id", "Default": "vpc-00000001"},
    "Empty": {"Type": "CommaDelimitedList", "Default": ""},
}
CONDITIONS = {
    "Never": {"Fn::Equals": [{"Ref": "Block"}, "x"]},
    "Large": {"Fn::And": [{"Fn::Not": [{"Condition": "Never"}]}, {"Fn::Equals": [{"Ref": "Size"}, "Large"]}]},
}
SECTIONS = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Mappings": SIZES}


def value(written, name="/v"):
    """A parameter of SSM that holds this value."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": name, "Type": "String", "Value": written}}


def test_functions_answer_as_on_aws(world):
    """Blocks are cut and nested, lists stay lists, zones and mappings are found, and no value leaves the list."""
    resources = {f"R{number}": value({"Fn::Join": ["|", written]}, f"/{number}")
                 for number, (_, written) in enumerate(ANSWERED.values())}
    assert world.deploy(resources, sections=SECTIONS)["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    ssm = world.aws.client("ssm")
    found = {name: ssm.get_parameter(Name=f"/{number}")["Parameter"]["Value"] for number, name in enumerate(ANSWERED)}
    assert found == {name: wanted for name, (wanted, _) in ANSWERED.items()}


@pytest.mark.parametrize(("written", "wanted"), [
    ({"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Empty"}]}, ""]}, "yes"),
    ({"Fn::Equals": [{"Fn::Join": ["", {"Ref": "Names"}]}, ""]}, "no"),
    ({"Fn::Equals": [{"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Bits"]}, "8"]}, "yes"),
    ({"Fn::Equals": [{"Fn::Select": [1, {"Fn::Split": ["/", {"Ref": "Block"}]}]}, "16"]}, "yes"),
    ({"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]}, "yes"),
    ({"Fn::Not": [{"Fn::Equals": [{"Fn::Select": [0, {"Ref": "Names"}]}, "a"]}]}, "no"),
    ({"Fn::Or": [{"Condition": "Never"}, {"Condition": "Large"}]}, "yes"),
])
def test_a_condition_compares_what_functions_answer(world, written, wanted):
    """Both sides of Fn::Equals are resolved before they are compared."""
    sections = SECTIONS | {"Conditions": CONDITIONS | {"Asked": written}}
    stack = world.deploy({"V": value({"Fn::If": ["Asked", "yes", "no"]})}, sections=sections)
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    assert world.aws.client("ssm").get_parameter(Name="/v")["Parameter"]["Value"] == wanted


@pytest.mark.parametrize(("name", "given"), [
    ("Block", "ten"), ("Size", "Huge"), ("Vpc", "vpc-1"), ("Zones", "eu-west-1a,eu-west-9z"),
    ("Subnets", "subnet-00000001,subnet-1"), ("Groups", "sg-1"),
])
def test_a_parameter_names_what_is_there(world, name, given):
    """A value that breaks its pattern, or names no zone, network, subnet or group of the account, makes no stack."""
    cfn = world.aws.client("cloudformation")
    with pytest.raises(cfn.exceptions.ClientError, match=name) as caught:
        world.deploy({"V": value("x")}, sections=SECTIONS,
                     Parameters=[{"ParameterKey": name, "ParameterValue": given}])
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert cfn.describe_stacks()["Stacks"] == []
