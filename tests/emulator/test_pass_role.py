"""iam:PassRole, asked for wherever a role is handed to a service."""

import pytest

DENIED = {"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
CASES = {
    "cluster": ("eks.amazonaws.com", "eks"),
    "nodegroup": ("eks.amazonaws.com", "eks"),
    "pod-identity": ("pods.eks.amazonaws.com", "eks"),
    "addon": ("pods.eks.amazonaws.com", "eks"),
    "instance": ("ec2.amazonaws.com", "ec2"),
    "launch-template": ("ec2.amazonaws.com", "ec2"),
    "profile": ("ec2.amazonaws.com", "iam"),
    "function": ("lambda.amazonaws.com", "lambda"),
    "task": ("ecs-tasks.amazonaws.com", "ecs"),
    "stack": ("cloudformation.amazonaws.com", "cloudformation"),
}


def prepare(world):
    """A role with a path, a profile that holds it, a cluster and a launch template."""
    arn, iam = world.role("passed", path="/conveyor/acme/"), world.aws.client("iam")
    iam.create_instance_profile(InstanceProfileName="full")
    iam.add_role_to_instance_profile(InstanceProfileName="full", RoleName="passed")
    iam.create_instance_profile(InstanceProfileName="empty")
    world.aws.client("eks").create_cluster(name="there", roleArn=arn, resourcesVpcConfig={})
    world.aws.client("ec2").create_launch_template(
        LaunchTemplateName="lt", LaunchTemplateData={"IamInstanceProfile": {"Name": "full"}})
    return arn


def attempt(world, case, credentials, arn):
    """The code of the refusal of the request that passes the role."""
    client = world.aws.client(CASES[case][1], credentials=credentials)
    one = {"ImageId": "ami-1", "MinCount": 1, "MaxCount": 1}
    calls = {
        "cluster": ("create_cluster", {"name": "c", "roleArn": arn, "resourcesVpcConfig": {}}),
        "nodegroup": ("create_nodegroup", {"clusterName": "there", "nodegroupName": "n", "subnets": [],
                                           "nodeRole": arn}),
        "pod-identity": ("create_pod_identity_association", {"clusterName": "there", "namespace": "n",
                                                             "serviceAccount": "s", "roleArn": arn}),
        "addon": ("create_addon", {"clusterName": "there", "addonName": "a", "podIdentityAssociations": [
            {"serviceAccount": "s", "roleArn": arn}]}),
        "instance": ("run_instances", one | {"IamInstanceProfile": {"Name": "full"}}),
        "launch-template": ("run_instances", one | {"LaunchTemplate": {"LaunchTemplateName": "lt"}}),
        "profile": ("add_role_to_instance_profile", {"InstanceProfileName": "empty", "RoleName": "passed"}),
        "function": ("create_function", {"FunctionName": "f", "Role": arn, "Runtime": "python3.12", "Handler": "a.b",
                                         "Code": {"ZipFile": b"PK\x05\x06" + bytes(18)}}),
        "task": ("register_task_definition", {"family": "t", "taskRoleArn": arn, "containerDefinitions": [
            {"name": "c", "image": "i", "memory": 128}]}),
        "stack": ("create_stack", {"StackName": "s", "RoleARN": arn, "TemplateBody":
                                   '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}'}),
    }
    name, arguments = calls[case]
    return world.refused(getattr(client, name), **arguments)


@pytest.mark.parametrize("case", CASES)
def test_pass_role_is_asked_for(world, case):
    """The request goes through with iam:PassRole to its service, and not without it or to another one."""
    arn = prepare(world)
    service, _ = CASES[case]
    everything_else = {"Effect": "Allow", "NotAction": "iam:PassRole", "Resource": "*"}
    right = world.allow("iam:PassRole", on=arn, StringEquals={"iam:PassedToService": service})
    wrong = world.allow("iam:PassRole", on=arn, StringEquals={"iam:PassedToService": "x.amazonaws.com"})
    path = world.allow("iam:PassRole", on=arn.replace("/conveyor/acme", ""))
    for name, held in {"without": [], "wrong-service": [wrong], "wrong-path": [path]}.items():
        credentials = world.caller(everything_else, *held, name=name)
        assert attempt(world, case, credentials, arn) in DENIED
    assert attempt(world, case, world.caller(everything_else, right, name="with"), arn) == ""


def test_the_words_of_the_denial(world):
    """The denial names iam:PassRole and the role, not the request that needed it."""
    arn = prepare(world)
    eks = world.aws.client("eks", credentials=world.caller(world.allow("eks:*")))
    sentence = world.message(eks.create_cluster, name="c", roleArn=arn, resourcesVpcConfig={})
    assert f"is not authorized to perform: iam:PassRole on resource: {arn} " in sentence


def test_explicit_deny_and_boundary(world):
    """A Deny beats an Allow, and a boundary that does not allow it is as good as no Allow."""
    arn = prepare(world)
    boundary = world.policy("b", world.allow("eks:*"))
    denied = world.caller(world.allow("*"), world.deny("iam:PassRole", on="*:role/*"), name="denied")
    bounded = world.caller(world.allow("*"), name="bounded", boundary=boundary)
    free = world.caller(world.allow("*"), name="free")
    assert [attempt(world, "cluster", c, arn) for c in (denied, bounded, free)] == [
        "AccessDeniedException", "AccessDeniedException", ""]


def test_session_policy_limits_pass_role(world):
    """A session policy that leaves iam:PassRole out takes it away."""
    arn = prepare(world)
    own = world.aws.make_role(world.account, "outer", allow=["*"])
    helper = world.aws.client("iam").create_access_key(UserName="conveyor-emulator-caller")["AccessKey"]
    sts = world.aws.client("sts", credentials=helper)
    held = sts.assume_role(RoleArn=own, RoleSessionName="ss",
                           Policy=world.document(world.allow("eks:*")))["Credentials"]
    assert attempt(world, "cluster", held, arn) == "AccessDeniedException"


def test_a_cluster_keeps_its_state_without_docker(world):
    """CreateCluster answers at once and the cluster becomes active, with no container engine anywhere."""
    prepare(world)
    eks = world.aws.client("eks")
    eks.get_waiter("cluster_active").wait(name="there", WaiterConfig={"Delay": 1, "MaxAttempts": 10})
    assert eks.list_clusters()["clusters"] == ["there"]
