"""CloudFormation as our templates use it: parameters, conditions, functions, updates in place."""

import json

import pytest
from botocore.exceptions import ClientError

SECRET = {"ExternalId": {"Type": "String", "NoEcho": True, "MinLength": 16, "AllowedPattern": "[a-z0-9]*"},
          "Mode": {"Type": "String", "Default": "a", "AllowedValues": ["a", "b"]}}
TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def parameters(**values):
    """Parameters of a request; True stands for the previous value."""
    return [{"ParameterKey": key, "UsePreviousValue": True} if value is True else
            {"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def value(text):
    """A parameter of SSM that holds this value."""
    return {"Type": "AWS::SSM::Parameter", "Properties": {"Name": "/v", "Type": "String", "Value": text}}


def stored(world):
    """The value that SSM holds."""
    return world.aws.client("ssm").get_parameter(Name="/v")["Parameter"]["Value"]


def test_template_from_s3(world):
    """TemplateURL reads a path-style address of the emulator's own S3."""
    s3 = world.aws.client("s3")
    s3.create_bucket(Bucket="templates", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="templates", Key="v1/t.json", Body=json.dumps({"Resources": {"V": value("x")}}))
    cfn = world.aws.client("cloudformation")
    cfn.create_stack(StackName="stack", TemplateURL=f"{world.aws.endpoint}/templates/v1/t.json")
    assert world.at_rest()["StackStatus"] == "CREATE_COMPLETE"
    assert stored(world) == "x"


@pytest.mark.parametrize("given", [
    {"ExternalId": "short"},
    {"ExternalId": "A" * 16},
    {"ExternalId": "a" * 16, "Mode": "c"},
    {"ExternalId": "a" * 16, "Unknown": "x"},
    {},
])
def test_a_parameter_that_breaks_its_rules(world, given):
    """MinLength, AllowedPattern, AllowedValues, a name the template lacks and a missing value are refused."""
    create = world.aws.client("cloudformation").create_stack
    body = json.dumps({"Parameters": SECRET, "Resources": {"V": value("x")}})
    assert world.refused(create, StackName="stack", TemplateBody=body,
                         Parameters=parameters(**given)) == "ValidationError"


def test_no_echo_and_previous_value(world):
    """A NoEcho parameter is never shown, and an update keeps its value with UsePreviousValue."""
    sections = {"Parameters": SECRET}
    resources = {"V": value({"Fn::Sub": "${ExternalId}-${Mode}"})}
    stack = world.deploy(resources, sections=sections, Parameters=parameters(ExternalId="s" * 16))
    shown = {p["ParameterKey"]: p["ParameterValue"] for p in stack["Parameters"]}
    assert shown == {"ExternalId": "****", "Mode": "a"}
    world.update(resources, sections=sections, Parameters=parameters(ExternalId=True, Mode="b"))
    assert stored(world) == "s" * 16 + "-b"


def test_conditions_and_no_value_inside_documents(world):
    """Fn::If with AWS::NoValue drops keys and list entries at any depth; Fn::Sub keeps ${!Literal}."""
    absent = {"Fn::If": ["Never", "x", {"Ref": "AWS::NoValue"}]}
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", absent], "Sid": absent,
         "Resource": {"Fn::Sub": "arn:${AWS::Partition}:s3:::b/${!aws:username}/*"}},
        {"Fn::If": ["Never", {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}]}
    stack = world.deploy(
        {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document, "Description": absent}},
         "N": {"Condition": "Never"} | value("x")},
        sections={"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}, "Outputs": {"Arn": {"Value": {"Ref": "P"}}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    iam, arn = world.aws.client("iam"), stack["Outputs"][0]["OutputValue"]
    found = iam.get_policy_version(PolicyArn=arn, VersionId="v1")["PolicyVersion"]["Document"]["Statement"]
    assert found == [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::b/${aws:username}/*"}]


def test_list_parameters(world):
    """A list of zones is a list to Fn::Select and Fn::Join."""
    zones = {"Zones": {"Type": "List<AWS::EC2::AvailabilityZone::Name>"}}
    joined = {"Fn::Join": ["+", [{"Fn::Select": [1, {"Ref": "Zones"}]}, {"Fn::Join": ["-", {"Ref": "Zones"}]}]]}
    world.deploy({"V": value(joined)}, sections={"Parameters": zones},
                 Parameters=parameters(Zones="eu-west-1a,eu-west-1b"))
    assert stored(world) == "eu-west-1b+eu-west-1a-eu-west-1b"


def test_delete(world):
    """Deleting a stack removes what it made."""
    world.deploy({"V": value("x")})
    world.aws.client("cloudformation").delete_stack(StackName="stack")
    assert world.refused(world.aws.client("ssm").get_parameter, Name="/v") == "ParameterNotFound"


def test_a_managed_policy_changes_in_place(world):
    """A new document keeps the ARN, and enforcement sees the new document at once."""
    def policy(action):
        return {"P": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {
            "ManagedPolicyName": "p", "Roles": ["caller"], "PolicyDocument": {
                "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}}}}

    held = world.caller(world.allow("sqs:*"))
    iam = world.aws.client("iam", credentials=held)
    arn = f"arn:aws:iam::{world.account}:policy/p"
    world.deploy(policy("iam:ListRoles"))
    before = world.aws.client("iam").get_policy(PolicyArn=arn)["Policy"]
    assert [world.refused(iam.list_roles), world.refused(iam.list_users)] == ["", "AccessDenied"]
    world.update(policy("iam:ListUsers"))
    after = world.aws.client("iam").get_policy(PolicyArn=arn)["Policy"]
    assert [world.refused(iam.list_roles), world.refused(iam.list_users)] == ["AccessDenied", ""]
    assert before["PolicyId"] == after["PolicyId"]
    assert after["DefaultVersionId"] == "v2"


def test_a_role_changes_in_place(world):
    """A new trust, new attachments and new tags keep the role's id."""
    one, two = world.policy("one"), world.policy("two")
    other = json.loads(json.dumps(TRUST).replace("ec2", "eks"))
    def role(trust, arn):
        return {"R": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "r", "AssumeRolePolicyDocument": trust, "ManagedPolicyArns": [arn]}}}

    iam = world.aws.client("iam")
    world.deploy(role(TRUST, one))
    before = iam.get_role(RoleName="r")["Role"]
    assert world.update(role(other, two))["StackStatus"] == "UPDATE_COMPLETE"
    after = iam.get_role(RoleName="r")["Role"]
    assert (before["RoleId"], after["AssumeRolePolicyDocument"]) == (after["RoleId"], other)
    attached = iam.list_attached_role_policies(RoleName="r")["AttachedPolicies"]
    assert [a["PolicyArn"] for a in attached] == [two]


def test_a_named_role_cannot_be_replaced_under_its_name(world):
    """A new path means a new role, which its old name forbids: the update rolls back."""
    def role(path):
        return {"R": {"Type": "AWS::IAM::Role", "Properties": {
            "RoleName": "r", "Path": path, "AssumeRolePolicyDocument": TRUST}}}

    world.deploy(role("/"))
    assert world.update(role("/conveyor/"))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"


def test_capabilities_are_asked_for(world):
    """A named role without CAPABILITY_NAMED_IAM is refused."""
    create = world.aws.client("cloudformation").create_stack
    body = json.dumps({"Resources": {"R": {"Type": "AWS::IAM::Role", "Properties": {
        "RoleName": "r", "AssumeRolePolicyDocument": TRUST}}}})
    assert world.refused(create, StackName="s", TemplateBody=body) == "InsufficientCapabilitiesException"
    assert world.refused(create, StackName="s", TemplateBody=body,
                         Capabilities=["CAPABILITY_IAM"]) == "InsufficientCapabilitiesException"


def test_change_sets(world):
    """A change set shows what an update would do and does it when executed."""
    world.deploy({"V": value("x")})
    cfn = world.aws.client("cloudformation")
    cfn.create_change_set(StackName="stack", ChangeSetName="c",
                          TemplateBody=json.dumps({"Resources": {"V": value("y")}}))
    found = cfn.describe_change_set(StackName="stack", ChangeSetName="c")["Changes"]
    assert [c["ResourceChange"]["Action"] for c in found] == ["Modify"]
    cfn.execute_change_set(StackName="stack", ChangeSetName="c")
    assert world.at_rest()["StackStatus"] == "UPDATE_COMPLETE"
    assert stored(world) == "y"


def test_only_an_administrator_deploys(world):
    """A caller who holds CloudFormation alone is refused with the reason, since nobody's permissions are evaluated."""
    body = json.dumps({"Resources": {"V": value("x")}})
    held = world.caller(world.allow("cloudformation:*"), name="lesser")
    lesser = world.aws.client("cloudformation", credentials=held)
    sentence = world.message(lesser.create_stack, StackName="stack", TemplateBody=body)
    assert "does not evaluate what a stack's resources need" in sentence
    assert lesser.describe_stacks()["Stacks"] == []
    full = world.aws.client("cloudformation", credentials=world.caller(world.allow("*"), name="full"))
    full.create_stack(StackName="stack", TemplateBody=body)
    assert world.at_rest()["StackStatus"] == "CREATE_COMPLETE"


def test_a_role_that_is_not_there_deploys_nothing(world):
    """A RoleARN that names no role is refused for root too: so ends a deploy through a bootstrap that never was."""
    cfn, arn = world.aws.client("cloudformation"), "arn:aws:iam::222222222222:role/cdk-hnb659fds-cfn-exec-role"
    with pytest.raises(ClientError, match="is invalid or cannot be assumed") as refused:
        cfn.create_change_set(StackName="stack", ChangeSetName="c", ChangeSetType="CREATE", RoleARN=arn,
                              TemplateBody=json.dumps({"Resources": {"V": value("x")}}))
    assert refused.value.response["Error"]["Code"] == "ValidationError"


@pytest.mark.parametrize("policy", ["Retain", "Delete"])
def test_a_key_is_retained_where_the_template_says_so(world, policy):
    """A key rotates as asked, and its stack leaves it enabled only with DeletionPolicy Retain."""
    document = {"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}, "Action": "kms:*", "Resource": "*"}]}
    key = {"Type": "AWS::KMS::Key", "DeletionPolicy": policy, "Properties": {
        "EnableKeyRotation": True, "KeyPolicy": document}}
    stack = world.deploy({"K": key}, sections={"Outputs": {"Id": {"Value": {"Ref": "K"}}}})
    kms, made = world.aws.client("kms"), stack["Outputs"][0]["OutputValue"]
    assert kms.get_key_rotation_status(KeyId=made)["KeyRotationEnabled"] is True
    world.aws.client("cloudformation").delete_stack(StackName="stack")
    state = kms.describe_key(KeyId=made)["KeyMetadata"]["KeyState"]
    assert state == {"Retain": "Enabled", "Delete": "PendingDeletion"}[policy]
