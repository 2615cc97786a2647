"""Every resource of every stack meets its registry schema, with the resolved properties."""

import pytest

VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


def vpc(**properties):
    """A VPC with more properties."""
    return {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"} | properties}


@pytest.mark.parametrize(("properties", "reason"), [
    ({"CidrBlok": "10.0.0.0/16"}, "CidrBlok"),
    ({"EnableDnsSupport": "perhaps"}, "EnableDnsSupport"),
    ({"InstanceTenancy": ["default"]}, "InstanceTenancy"),
    ({"Tags": [{"Key": "a", "Vlue": "b"}]}, "Vlue"),
    ({"Tags": [{"Value": "b"}]}, "Key"),
    ({"VpcId": "vpc-1"}, "read-only"),
])
def test_a_violation_fails_the_resource(world, properties, reason):
    """An unknown key, nested too, a wrong type, a missing or a read-only property fail with the reason in the event."""
    assert world.deploy({"V": vpc(**properties)})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in world.reasons()
    assert "AWS::EC2::VPC" in world.reasons()


def test_enums_and_patterns(world):
    """A value outside an enumeration or a pattern fails."""
    endpoint = {"Type": "AWS::EC2::VPCEndpoint", "Properties": {
        "VpcId": {"Ref": "V"}, "ServiceName": "s", "VpcEndpointType": "Interfac"}}
    world.deploy({"V": VPC, "E": endpoint}, name="enum")
    assert "'Interfac' is not one of" in world.reasons("enum")
    role = {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": "a b", "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}}}
    world.deploy({"R": role}, name="pattern")
    assert "does not match" in world.reasons("pattern")


def test_other_spellings_of_scalars(world):
    """A boolean or a number may come as text, and a text as a number, as a parameter gives them."""
    resources = {
        "V": vpc(EnableDnsSupport="true", EnableDnsHostnames=True),
        "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Days"}}},
        "P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": {"Ref": "Days"}}},
    }
    stack = world.deploy(resources, sections={"Parameters": {"Days": {"Type": "Number", "Default": 30}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()


def test_an_update_is_checked_too(world):
    """An update with a broken property rolls back to what was there."""
    world.deploy({"V": VPC})
    assert world.update({"V": vpc(EnableDnsSupprt=True)})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "EnableDnsSupprt" in world.reasons()


def test_stack_tags_are_not_the_templates_fault(world):
    """Tags of the stack reach its resources without breaking their schema."""
    stack = world.deploy({"V": VPC}, Tags=[{"Key": "a", "Value": "b"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
