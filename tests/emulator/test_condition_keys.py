"""Each condition key that we supply, met by an allow and by a refusal through the real API."""

import pytest

TARGET_ACTIONS = [
    ("AttachRolePolicy", "attach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}),
    ("UpdateAssumeRolePolicy", "update_assume_role_policy", {"PolicyDocument": None}),
    ("PutRolePolicy", "put_role_policy", {"PolicyName": "p", "PolicyDocument": None}),
    ("DeleteRolePolicy", "delete_role_policy", {"PolicyName": "held"}),
    ("DeleteRolePermissionsBoundary", "delete_role_permissions_boundary", {}),
    ("DeleteRole", "delete_role", {}),
]


def test_policy_arn_of_the_request(world):
    """Attach and detach know the policy they are about as iam:PolicyARN."""
    world.role("target")
    listed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam = world.aws.client("iam", credentials=world.caller(
        world.allow("iam:AttachRolePolicy", "iam:DetachRolePolicy", ArnEquals={"iam:PolicyARN": listed})))
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    world.aws.client("iam").attach_role_policy(RoleName="target", PolicyArn=other)
    for call in (iam.attach_role_policy, iam.detach_role_policy):
        assert world.refused(call, RoleName="target", PolicyArn=listed) == ""
        assert world.refused(call, RoleName="target", PolicyArn=other) == "AccessDenied"


def test_policy_arn_for_users_and_groups(world):
    """Users and groups have the same key under their own actions."""
    root = world.aws.client("iam")
    root.create_user(UserName="u")
    root.create_group(GroupName="g")
    listed = "arn:aws:iam::aws:policy/ReadOnlyAccess"
    iam = world.aws.client("iam", credentials=world.caller(
        world.allow("iam:Attach*", "iam:Detach*", ArnEquals={"iam:PolicyARN": listed})))
    other = "arn:aws:iam::aws:policy/AdministratorAccess"
    for attach, who in ((iam.attach_user_policy, {"UserName": "u"}), (iam.attach_group_policy, {"GroupName": "g"})):
        assert world.refused(attach, **who, PolicyArn=listed) == ""
        assert world.refused(attach, **who, PolicyArn=other) == "AccessDenied"


def test_boundary_of_the_request(world):
    """CreateRole knows the boundary it asks for, and none when it asks for none."""
    agreed, other = world.policy("agreed"), world.policy("other")
    iam = world.aws.client("iam", credentials=world.caller(
        world.allow("iam:CreateRole", StringEquals={"iam:PermissionsBoundary": agreed})))
    trust = world.trust({"Service": "ec2.amazonaws.com"})
    for boundary, code in (({"PermissionsBoundary": agreed}, ""), ({"PermissionsBoundary": other}, "AccessDenied"),
                           ({}, "AccessDenied")):
        assert world.refused(iam.create_role, RoleName="new", AssumeRolePolicyDocument=trust, **boundary) == code


def test_boundary_put_on_a_role(world):
    """PutRolePermissionsBoundary knows the boundary it puts, not the one it replaces."""
    agreed, other = world.policy("agreed"), world.policy("other")
    world.role("target", PermissionsBoundary=other)
    iam = world.aws.client("iam", credentials=world.caller(
        world.allow("iam:PutRolePermissionsBoundary", StringEquals={"iam:PermissionsBoundary": agreed})))
    put = iam.put_role_permissions_boundary
    assert world.refused(put, RoleName="target", PermissionsBoundary=other) == "AccessDenied"
    assert world.refused(put, RoleName="target", PermissionsBoundary=agreed) == ""


@pytest.mark.parametrize(("action", "call", "arguments"), TARGET_ACTIONS, ids=[a[0] for a in TARGET_ACTIONS])
def test_boundary_of_the_target(world, action, call, arguments):
    """An action on a role knows the boundary that role has, and none when it has none."""
    agreed, other = world.policy("agreed"), world.policy("other")
    world.role("bounded", PermissionsBoundary=agreed)
    world.role("elsewhere", PermissionsBoundary=other)
    world.role("free")
    documents = {"UpdateAssumeRolePolicy": world.trust({"Service": "ec2.amazonaws.com"}),
                 "PutRolePolicy": world.document(world.allow("s3:*"))}
    if action in documents:
        arguments = arguments | {"PolicyDocument": documents[action]}
    if action == "DeleteRolePolicy":
        world.aws.client("iam").put_role_policy(RoleName="bounded", PolicyName="held",
                                                PolicyDocument=documents["PutRolePolicy"])
    iam = world.aws.client("iam", credentials=world.caller(
        world.allow(f"iam:{action}", StringEquals={"iam:PermissionsBoundary": agreed})))
    for name, code in (("elsewhere", "AccessDenied"), ("free", "AccessDenied"), ("bounded", "")):
        assert world.refused(getattr(iam, call), RoleName=name, **arguments) == code


def test_linked_service(world):
    """CreateServiceLinkedRole knows the service, and its role is named and placed as on AWS."""
    iam = world.aws.client("iam", credentials=world.caller(world.allow(
        "iam:CreateServiceLinkedRole",
        on="arn:aws:iam::*:role/aws-service-role/eks*.amazonaws.com/AWSServiceRoleForAmazonEKS*",
        StringLike={"iam:AWSServiceName": "eks*.amazonaws.com"})))
    assert world.refused(iam.create_service_linked_role, AWSServiceName="spot.amazonaws.com") == "AccessDenied"
    made = iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com")["Role"]
    assert made["Arn"].endswith(":role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS")


def test_tags_of_the_request(world):
    """CreateRole, CreateCluster and CreateVpc know the tags they set."""
    made = world.role("cluster")
    held = world.caller(
        world.allow("iam:CreateRole", "iam:TagRole", "eks:CreateCluster", "ec2:CreateVpc", "ec2:RunInstances",
                    StringEquals={"aws:RequestTag/tenant": "acme"}),
        world.allow("iam:PassRole", "ec2:CreateTags", "eks:TagResource"))
    iam, eks, ec2 = (world.aws.client(s, credentials=held) for s in ("iam", "eks", "ec2"))
    trust = world.trust({"Service": "ec2.amazonaws.com"})
    for value, denied in (("other", True), ("acme", False)):
        tags = [{"Key": "tenant", "Value": value}]
        codes = [
            world.refused(iam.create_role, RoleName="r", AssumeRolePolicyDocument=trust, Tags=tags),
            world.refused(iam.tag_role, RoleName="cluster", Tags=tags),
            world.refused(eks.create_cluster, name="c", roleArn=made, resourcesVpcConfig={},
                          tags={"tenant": value}),
            world.refused(ec2.create_vpc, CidrBlock="10.0.0.0/16",
                          TagSpecifications=[{"ResourceType": "vpc", "Tags": tags}]),
            world.refused(ec2.run_instances, ImageId="ami-1", MinCount=1, MaxCount=1,
                          TagSpecifications=[{"ResourceType": "instance", "Tags": tags}]),
        ]
        assert codes == (["AccessDenied", "AccessDenied", "AccessDeniedException", "UnauthorizedOperation",
                          "UnauthorizedOperation"] if denied else [""] * 5)


@pytest.mark.parametrize("key", ["iam:ResourceTag/tenant", "aws:ResourceTag/tenant"])
def test_tags_of_the_resource(world, key):
    """An action on a role knows the role's tags under both names."""
    world.role("mine", Tags=[{"Key": "tenant", "Value": "acme"}])
    world.role("theirs", Tags=[{"Key": "tenant", "Value": "other"}])
    iam = world.aws.client("iam", credentials=world.caller(
        world.allow("iam:DeleteRole", "iam:TagRole", StringEquals={key: "acme"})))
    assert world.refused(iam.delete_role, RoleName="theirs") == "AccessDenied"
    assert world.refused(iam.tag_role, RoleName="mine", Tags=[{"Key": "a", "Value": "b"}]) == ""
    assert world.refused(iam.delete_role, RoleName="mine") == ""


def test_resource_tags_that_only_a_boundary_names(world):
    """A boundary may speak of aws:ResourceTag when the identity policies do not."""
    world.role("mine", Tags=[{"Key": "tenant", "Value": "acme"}])
    world.role("theirs")
    boundary = world.policy("b", world.allow("iam:*", StringEquals={"aws:ResourceTag/tenant": "acme"}))
    iam = world.aws.client("iam", credentials=world.caller(world.allow("iam:*"), boundary=boundary))
    assert world.refused(iam.delete_role, RoleName="theirs") == "AccessDenied"
    assert world.refused(iam.delete_role, RoleName="mine") == ""


def test_cluster_tags(world):
    """EKS knows the tags of a stored cluster."""
    arn = world.role("cluster")
    root = world.aws.client("eks")
    for name, tags in (("mine", {"tenant": "acme"}), ("theirs", {})):
        root.create_cluster(name=name, roleArn=arn, resourcesVpcConfig={}, tags=tags)
    eks = world.aws.client("eks", credentials=world.caller(
        world.allow("eks:DeleteCluster", StringEquals={"aws:ResourceTag/tenant": "acme"})))
    assert world.refused(eks.delete_cluster, name="theirs") == "AccessDeniedException"
    assert world.refused(eks.delete_cluster, name="mine") == ""


@pytest.mark.parametrize(("operator", "key", "right", "wrong"), [
    ("Bool", "aws:ViaAWSService", "false", "true"),
    ("Bool", "aws:SecureTransport", "true", "false"),
    ("StringEquals", "aws:RequestedRegion", "eu-west-1", "us-east-1"),
    ("StringEquals", "aws:PrincipalAccount", "222222222222", "111122223333"),
    ("StringEquals", "aws:ResourceAccount", "222222222222", "111122223333"),
    ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::222222222222:role/caller", "arn:aws:iam::222222222222:role/x"),
    ("Null", "aws:CalledVia", "true", "false"),
    ("Null", "aws:SourceVpc", "true", "false"),
    ("Null", "aws:SourceVpce", "true", "false"),
])
def test_global_keys(world, operator, key, right, wrong):
    """Each global key has the value of a direct call from this caller, and the keys of a network path are absent."""
    for value, code in ((right, ""), (wrong, "AccessDenied")):
        held = world.caller(world.allow("iam:GetRole", **{operator: {key: value}}), name="caller")
        iam = world.aws.client("iam", credentials=held)
        assert world.refused(iam.get_role, RoleName="caller") == code
        world.aws.reset()


def test_principal_arn_has_the_path(world):
    """aws:PrincipalArn of a session is the ARN of the role, with its path."""
    world.aws.make_role(world.account, "deep", path="/conveyor/acme/")
    iam = world.aws.client("iam")
    iam.put_role_policy(RoleName="deep", PolicyName="p", PolicyDocument=world.document(world.allow(
        "iam:GetRole", ArnLike={"aws:PrincipalArn": "arn:aws:iam::*:role/conveyor/acme/*"})))
    held = world.aws.session_of(world.account, "deep")
    assert world.refused(world.aws.client("iam", credentials=held).get_role, RoleName="deep") == ""


@pytest.mark.parametrize(("create", "tag"), [
    ("iam:CreateRole", "iam:TagRole"), ("iam:CreatePolicy", "iam:TagPolicy"), ("ec2:CreateVpc", "ec2:CreateTags"),
    ("eks:CreateCluster", "eks:TagResource"), ("kms:CreateKey", "kms:TagResource"),
])
def test_tags_at_creation_are_a_permission_of_their_own(world, create, tag):
    """A creation with tags needs the tagging action as well, and one without tags does not."""
    arn, pair = world.role("cluster"), {"Key": "a", "Value": "b"}
    calls = {
        "iam:CreateRole": ("create_role", {"RoleName": "r", "AssumeRolePolicyDocument": world.trust(
            {"Service": "ec2.amazonaws.com"})}, {"Tags": [pair]}),
        "iam:CreatePolicy": ("create_policy", {"PolicyName": "p", "PolicyDocument": world.document(
            world.allow("s3:*"))}, {"Tags": [pair]}),
        "ec2:CreateVpc": ("create_vpc", {"CidrBlock": "10.0.0.0/16"}, {"TagSpecifications": [
            {"ResourceType": "vpc", "Tags": [pair]}]}),
        "eks:CreateCluster": ("create_cluster", {"name": "c", "roleArn": arn, "resourcesVpcConfig": {}},
                              {"tags": {"a": "b"}}),
        "kms:CreateKey": ("create_key", {}, {"Tags": [{"TagKey": "a", "TagValue": "b"}]}),
    }
    name, plain, tags = calls[create]
    service = create.split(":")[0]
    lacking = world.aws.client(service, credentials=world.caller(world.allow(create, "iam:PassRole"), name="lacking"))
    holding = world.aws.client(service, credentials=world.caller(
        world.allow(create, tag, "iam:PassRole"), name="holding"))
    assert f"perform: {tag} " in world.message(getattr(lacking, name), **plain, **tags)
    assert world.refused(getattr(holding, name), **plain, **tags) == ""
    again = {key: "another" for key in plain if key in ("RoleName", "PolicyName", "name")}
    assert world.refused(getattr(lacking, name), **(plain | again)) == ""


def test_policy_variables(world):
    """A policy variable in a resource stands for the caller's own value."""
    held = world.caller(world.allow("iam:GetRole", on="arn:aws:iam::*:role/conveyor/${aws:PrincipalTag/tenant}/*"))
    iam = world.aws.client("iam", credentials=held)
    world.role("mine", path="/conveyor/acme/")
    world.role("theirs", path="/conveyor/other/")
    assert world.refused(iam.get_role, RoleName="mine") == "AccessDenied"
    world.aws.client("iam").tag_role(RoleName="caller", Tags=[{"Key": "tenant", "Value": "acme"}])
    assert world.refused(iam.get_role, RoleName="mine") == ""
    assert world.refused(iam.get_role, RoleName="theirs") == "AccessDenied"
