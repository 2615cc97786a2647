"""The path belongs to the ARN that IAM decides about."""

import pytest


def test_role_path_from_the_request_and_from_the_store(world):
    """CreateRole is decided about the path it asks for, every later action about the path the role has."""
    held = world.caller(world.allow("iam:CreateRole", "iam:DeleteRole", "iam:GetRole",
                                    on=f"arn:aws:iam::{world.account}:role/conveyor/acme/conveyor-dp-*"))
    iam, trust = world.aws.client("iam", credentials=held), world.trust({"Service": "ec2.amazonaws.com"})
    for path, code in (("/", "AccessDenied"), ("/conveyor/other/", "AccessDenied"), ("/conveyor/acme/", "")):
        assert world.refused(iam.create_role, RoleName="conveyor-dp-x", Path=path,
                             AssumeRolePolicyDocument=trust) == code
    world.role("conveyor-dp-y")
    assert world.refused(iam.delete_role, RoleName="conveyor-dp-y") == "AccessDenied"
    assert world.refused(iam.get_role, RoleName="conveyor-dp-x") == ""
    assert world.refused(iam.delete_role, RoleName="conveyor-dp-x") == ""


def test_policy_path(world):
    """CreatePolicy is decided about the policy's ARN, later actions about the ARN they name."""
    held = world.caller(world.allow("iam:CreatePolicy", "iam:DeletePolicy",
                                    on=f"arn:aws:iam::{world.account}:policy/conveyor/acme/*"))
    iam, text = world.aws.client("iam", credentials=held), world.document(world.allow("s3:*"))
    assert world.refused(iam.create_policy, PolicyName="p", PolicyDocument=text) == "AccessDenied"
    made = iam.create_policy(PolicyName="p", Path="/conveyor/acme/", PolicyDocument=text)["Policy"]["Arn"]
    assert world.refused(iam.delete_policy, PolicyArn=world.policy("q")) == "AccessDenied"
    assert world.refused(iam.delete_policy, PolicyArn=made) == ""


@pytest.mark.parametrize(("path", "code"), [("/conveyor/acme/", ""), ("/", "AccessDenied")])
def test_instance_profile_path(world, path, code):
    """An instance profile is decided about under its own ARN, also when the request names a role as well."""
    world.role("r")
    held = world.caller(world.allow("iam:*InstanceProfile",
                                    on=f"arn:aws:iam::{world.account}:instance-profile/conveyor/acme/*"),
                        world.allow("iam:PassRole"))
    iam = world.aws.client("iam", credentials=held)
    assert world.refused(iam.create_instance_profile, InstanceProfileName="p", Path=path) == code
    if not code:
        assert world.refused(iam.add_role_to_instance_profile, InstanceProfileName="p", RoleName="r") == ""


def test_attaching_is_about_the_role(world):
    """AttachRolePolicy is decided about the role, though the request names a policy too."""
    world.role("r", path="/conveyor/acme/")
    arn = world.policy("p")
    held = world.caller(world.allow("iam:AttachRolePolicy", on=arn))
    iam = world.aws.client("iam", credentials=held)
    sentence = world.message(iam.attach_role_policy, RoleName="r", PolicyArn=arn)
    assert f"on resource: arn:aws:iam::{world.account}:role/conveyor/acme/r " in sentence


def test_a_key_of_a_user_is_about_the_user(world):
    """CreateAccessKey makes something else than the user it names: the user's stored path and tags count."""
    world.aws.client("iam").create_user(UserName="u", Path="/people/", Tags=[{"Key": "team", "Value": "a"}])
    held = world.caller(world.allow("iam:CreateAccessKey", on=f"arn:aws:iam::{world.account}:user/people/*",
                                    StringEquals={"aws:ResourceTag/team": "a"}))
    iam = world.aws.client("iam", credentials=held)
    assert world.refused(iam.create_access_key, UserName="u") == ""
    world.aws.client("iam").create_user(UserName="v")
    assert world.refused(iam.create_access_key, UserName="v") == "AccessDenied"
