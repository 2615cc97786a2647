"""What IAM refuses, through its API and through CloudFormation alike."""

import json

import pytest

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}


def trusting(*principals):
    """A trust policy that names these AWS principals."""
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": list(principals)}, "Action": "sts:AssumeRole"}]}


def long(characters):
    """A permissions document of at least so many characters without white space."""
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::" + "b" * characters}]}


def exactly(characters):
    """A permissions document of exactly so many characters, plus white space that does not count."""
    spare = len(json.dumps(long(0), separators=(",", ":")))
    return json.dumps(long(characters - spare), indent=8)


def role(**properties):
    """A role for a template."""
    return {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST} | properties}


def managed(document, **properties):
    """A managed policy for a template."""
    return {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": document} | properties}


def fails(world, resources, reason, name="stack"):
    """The stack rolls back, for this reason."""
    assert world.deploy(resources, name=name)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in world.reasons(name)


@pytest.mark.parametrize("principal", [
    "arn:aws:iam::111122223333:role/nobody",
    "arn:aws:iam::111122223333:role/there",
    "arn:aws:iam::111122223333:user/nobody",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:sts::111122223333:assumed-role/nobody/session",
    "AROAABCDEFGHIJKLMNOPQ",
    "nonsense",
])
def test_a_principal_that_does_not_exist(world, principal):
    """A trust policy that names it is refused at create, at update and in a stack."""
    world.aws.make_role(world.vendor, "there", path="/deep/")
    iam, text = world.aws.client("iam"), json.dumps(trusting(principal))
    assert world.refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=text) == "MalformedPolicyDocument"
    world.role("r")
    assert f'Invalid principal in policy: "AWS":"{principal}"' == world.message(
        iam.update_assume_role_policy, RoleName="r", PolicyDocument=text)
    fails(world, {"R": role(AssumeRolePolicyDocument=trusting(principal))}, "Invalid principal in policy")


def test_principals_that_exist(world):
    """A role or user of any account, an account, everybody, a service and a provider are accepted."""
    there = world.aws.make_role(world.vendor, "there", path="/deep/")
    known = (there, "arn:aws:iam::999999999999:root", "999999999999", "*",
             f"arn:aws:iam::{world.vendor}:user/conveyor-emulator-caller",
             f"arn:aws:sts::{world.vendor}:assumed-role/there/session")
    federated = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
         "Principal": {"Federated": "arn:aws:iam::222222222222:oidc-provider/x"}}]}
    stack = world.deploy({"R": role(AssumeRolePolicyDocument=trusting(*known)), "S": role(),
                          "F": role(AssumeRolePolicyDocument=federated)})
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()


def test_a_stack_update_to_a_missing_principal(world):
    """An update whose trust names nobody rolls back, and the old trust stays."""
    world.deploy({"R": role(RoleName="r")})
    missing = trusting("arn:aws:iam::111122223333:role/nobody")
    stack = world.update({"R": role(RoleName="r", AssumeRolePolicyDocument=missing)})
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert world.aws.client("iam").get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"] == TRUST


def test_managed_policy_characters(world):
    """6,144 characters without white space are the limit of a managed policy."""
    iam = world.aws.client("iam")
    made = iam.create_policy(PolicyName="p", PolicyDocument=exactly(6144))["Policy"]["Arn"]
    assert world.refused(iam.create_policy, PolicyName="q", PolicyDocument=exactly(6145)) == "LimitExceeded"
    assert world.refused(iam.create_policy_version, PolicyArn=made, PolicyDocument=exactly(6145)) == "LimitExceeded"
    fails(world, {"P": managed(long(6145))}, "LimitExceeded")


def test_trust_policy_characters(world):
    """2,048 characters are the limit of a trust policy."""
    statements = TRUST["Statement"] * 40
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam = world.aws.client("iam")
    assert world.refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=text) == "LimitExceeded"
    fails(world, {"R": role(AssumeRolePolicyDocument=json.loads(text))}, "LimitExceeded")


def test_inline_characters(world):
    """The inline policies of a role share 10,240 characters; replacing one counts once."""
    world.role("r")
    put = world.aws.client("iam").put_role_policy
    assert world.refused(put, RoleName="r", PolicyName="a", PolicyDocument=exactly(6000)) == ""
    assert world.refused(put, RoleName="r", PolicyName="a", PolicyDocument=exactly(6000)) == ""
    assert world.refused(put, RoleName="r", PolicyName="b", PolicyDocument=exactly(4241)) == "LimitExceeded"
    assert world.refused(put, RoleName="r", PolicyName="b", PolicyDocument=exactly(4240)) == ""
    policies = [{"PolicyName": n, "PolicyDocument": long(6000)} for n in "ab"]
    fails(world, {"R": role(Policies=policies)}, "LimitExceeded", name="role")
    inline = {"Type": "AWS::IAM::Policy", "Properties": {
        "PolicyName": "c", "PolicyDocument": long(100), "Roles": ["r"]}}
    fails(world, {"P": inline}, "LimitExceeded", name="policy")


def test_managed_policies_per_role(world):
    """A role carries ten managed policies, AWS's own included."""
    arns = [world.policy(f"p{n}") for n in range(11)]
    world.role("r")
    attach = world.aws.client("iam").attach_role_policy
    codes = [world.refused(attach, RoleName="r", PolicyArn=arn) for arn in (*arns[:10], arns[0], arns[10])]
    assert codes == [""] * 11 + ["LimitExceeded"]
    fails(world, {"R": role(ManagedPolicyArns=arns)}, "LimitExceeded", name="role")
    fails(world, {"P": managed(long(1), Roles=["r"])}, "LimitExceeded", name="policy")


def test_a_policy_that_does_not_exist(world):
    """Attaching it is refused; AWS's own policies count as existing, under whatever name."""
    missing = f"arn:aws:iam::{world.account}:policy/nothing"
    aws_managed = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    foreign = world.aws.client("iam", world.vendor).create_policy(
        PolicyName="p", PolicyDocument=exactly(200))["Policy"]["Arn"]
    iam = world.aws.client("iam")
    world.role("r")
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    for attach, who in ((iam.attach_role_policy, {"RoleName": "r"}), (iam.attach_user_policy, {"UserName": "u"}),
                        (iam.attach_group_policy, {"GroupName": "g"})):
        codes = [world.refused(attach, **who, PolicyArn=arn) for arn in (missing, foreign, aws_managed)]
        assert codes == ["NoSuchEntity", "NoSuchEntity", ""]
    fails(world, {"R": role(ManagedPolicyArns=[missing])}, "NoSuchEntity", name="attached")
    fails(world, {"R": role(PermissionsBoundary=missing)}, "NoSuchEntity", name="boundary")
    assert world.deploy({"R": role(ManagedPolicyArns=[aws_managed])}, name="fine")["StackStatus"] == "CREATE_COMPLETE"


@pytest.mark.parametrize("broken", [
    {"Effct": "Allow", "Action": "s3:*", "Resource": "*"},
    {"Effect": "allow", "Action": "s3:*", "Resource": "*"},
    {"Effect": "Allow", "Resource": "*"},
    {"Effect": "Allow", "Action": "s3:*"},
    {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*"},
])
def test_a_malformed_document(world, broken):
    """A statement with a misspelt, missing or foreign element is refused wherever a document is stored."""
    document = {"Version": "2012-10-17", "Statement": [broken]}
    iam, text = world.aws.client("iam"), json.dumps(document)
    world.role("r")
    assert world.refused(iam.create_policy, PolicyName="p", PolicyDocument=text) == "MalformedPolicyDocument"
    assert world.refused(iam.put_role_policy, RoleName="r", PolicyName="p",
                         PolicyDocument=text) == "MalformedPolicyDocument"
    fails(world, {"P": managed(document)}, "MalformedPolicyDocument", name="managed")
    fails(world, {"R": role(Policies=[{"PolicyName": "p", "PolicyDocument": document}])},
          "MalformedPolicyDocument", name="inline")


def test_a_stack_takes_nothing_over(world):
    """A role or a policy that exists already fails the stack that wants to make it."""
    world.role("r")
    world.policy("p")
    fails(world, {"R": role(RoleName="r")}, "EntityAlreadyExists", name="role")
    fails(world, {"P": managed(long(1), ManagedPolicyName="p")}, "EntityAlreadyExists", name="policy")
    assert world.refused(world.aws.client("iam").get_role, RoleName="r") == ""


def test_boundary_of_a_role_in_a_stack(world):
    """A template's PermissionsBoundary is on the role, limits its sessions, and goes when the template drops it."""
    boundary = world.policy("b", world.allow("s3:*"))
    helper = f"arn:aws:iam::{world.account}:user/conveyor-emulator-caller"
    world.aws.make_role(world.account, "other")
    resource = role(RoleName="r", AssumeRolePolicyDocument=trusting(helper), Policies=[
        {"PolicyName": "all", "PolicyDocument": json.loads(world.document(world.allow("*")))}])
    bounded = {"Type": resource["Type"], "Properties": resource["Properties"] | {"PermissionsBoundary": boundary}}
    assert world.deploy({"R": bounded})["StackStatus"] == "CREATE_COMPLETE"
    stored = world.aws.client("iam").get_role(RoleName="r")["Role"]
    assert stored["PermissionsBoundary"]["PermissionsBoundaryArn"] == boundary
    iam = world.aws.client("iam", credentials=world.aws.session_of(world.account, "r"))
    assert world.refused(iam.list_roles) == "AccessDenied"
    world.update({"R": resource})
    assert "PermissionsBoundary" not in world.aws.client("iam").get_role(RoleName="r")["Role"]
    assert world.refused(iam.list_roles) == ""
