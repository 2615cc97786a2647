"""The life of the role: the vendor turned off and on, sessions ended, and the data perimeter at work."""

import datetime
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conveyor_iac.emulator import deploying, evaluate
from conveyor_iac.emulator.site import make_bucket
from conveyor_iac.emulator.usage import trusting

STACK = "installer-role"
VPC = "vpc-0123456789abcdef0"
MINE = "conveyor-acme-files"


def refused(call: Any, **words: Any) -> str:
    with pytest.raises(ClientError) as error:
        call(**words)
    return error.value.response["Error"]["Code"]


def test_the_vendor_is_turned_off_and_on_by_one_update(deploy: Any, aws: Any) -> None:
    """VendorAccess=Disabled refuses the right caller, destroys nothing, and an update brings it back."""
    site = deploy()
    site.assume(site.caller())
    before = deploying.deployed(aws).resources
    deploying.template_update(aws, STACK, {"VendorAccess": "Disabled"})
    assert refused(lambda: site.assume(site.caller())) == "AccessDenied"
    assert deploying.deployed(aws).resources == before
    deploying.template_update(aws, STACK, {"VendorAccess": "Enabled"})
    assert site.assume(site.caller())["AccessKeyId"]


def test_a_switch_that_does_not_switch_is_seen(deploy: Any, aws: Any) -> None:
    """With the switch taken out of the trust policy the right caller is let in although it is Disabled."""

    def always(template: Any) -> None:
        trust = template["Resources"]["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        trust[0]["Effect"] = "Allow"
        template["Outputs"]["Switch"] = {"Value": {"Fn::If": ["VendorAccessEnabled", "on", "off"]}}

    site = deploy(always, VendorAccess="Disabled")
    assert site.outputs["Switch"] == "off"
    assert site.assume(site.caller())["AccessKeyId"]


def test_the_documented_statement_ends_sessions_already_open(deploy: Any, aws: Any, revocation: dict[str, Any]) -> None:
    """The statement on aws:TokenIssueTime in the docs ends a session that was opened before it."""
    site = deploy()
    iam = aws.client("iam", credentials=site.assume(site.caller()))
    name = site.role_arn.rpartition("/")[2]
    assert iam.get_role(RoleName=name)["Role"]["RoleName"] == name
    later = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    text = json.dumps(revocation).replace("NOW", later.strftime("%Y-%m-%dT%H:%M:%SZ"))
    aws.client("iam").put_role_policy(RoleName=name, PolicyName="EndOpenSessions", PolicyDocument=text)
    assert refused(iam.get_role, RoleName=name) == "AccessDenied"


def strangers_role(site: Any) -> Any:
    """A role the installer made that trusts the control plane's account, as a session of that account."""
    iam = site.aws.client("iam", credentials=site.assume(site.caller()))
    control_plane = site.installation.control_plane
    arn = f"arn:aws:iam::{control_plane.account}:role/{control_plane.role}"
    made = iam.create_role(RoleName=site.created("door"), Path=site.path, PermissionsBoundary=site.boundary_arn,
                           AssumeRolePolicyDocument=trusting({"AWS": arn}))["Role"]
    for policy in ("EksAgentPolicy", "QueuePolicy", "SecretsPolicy"):
        iam.attach_role_policy(RoleName=site.created("door"), PolicyArn=site.outputs[f"{policy}Arn"])
    return site.caller().assume_role(RoleArn=made["Arn"], RoleSessionName="back")["Credentials"]


def test_a_vendor_turned_off_still_has_the_roles_that_trust_it(deploy: Any, aws: Any) -> None:
    """VendorAccess is about the installer role: a created role that trusts the control plane stays open to it."""
    site = deploy()
    strangers_role(site)
    deploying.template_update(aws, STACK, {"VendorAccess": "Disabled"})
    arn = f"arn:aws:iam::{site.installation.account}:role{site.path}{site.created('door')}"
    assert site.caller().assume_role(RoleArn=arn, RoleSessionName="back")["Credentials"]
    listed = aws.client("iam").list_roles(PathPrefix=site.path)["Roles"]
    assert [role["RoleName"] for role in listed if "111122223333" in json.dumps(role["AssumeRolePolicyDocument"])
            and "installer" not in role["Path"]] == [site.created("door")]


def test_the_resources_feature_is_taken_back_by_one_update(deploy: Any, aws: Any) -> None:
    """Switching it off takes the right to make roles from every role that still carries the permissive policy, and
    the installer can take that policy away although it is no longer in its list."""
    site = deploy(ResourcesFeature="Enabled")
    installer = aws.client("iam", credentials=site.assume(site.caller()))
    control_plane = f"arn:aws:iam::{site.installation.control_plane.account}:role/conveyor-control-plane"
    arn = installer.create_role(RoleName=site.created("agent"), Path=site.path, PermissionsBoundary=site.boundary_arn,
                                AssumeRolePolicyDocument=trusting({"AWS": control_plane}))["Role"]["Arn"]
    permissive = site.outputs["EksAgentIAMPermissivePolicyArn"]
    installer.attach_role_policy(RoleName=site.created("agent"), PolicyArn=permissive)
    session = site.caller().assume_role(RoleArn=arn, RoleSessionName="agent")["Credentials"]
    agent = aws.client("iam", credentials=session)
    made = {"Path": f"{site.path}resources/", "PermissionsBoundary": site.boundary_arn,
            "AssumeRolePolicyDocument": trusting({"Service": "pods.eks.amazonaws.com"})}
    agent.create_role(RoleName="made", **made)
    deploying.template_update(aws, STACK, {"ResourcesFeature": "Disabled"})
    assert refused(agent.create_role, RoleName="more", **made) == "AccessDenied"
    installer.detach_role_policy(RoleName=site.created("agent"), PolicyArn=permissive)


def product_data(site: Any) -> None:
    """An object, a secret, a parameter and a queue of the product's own, in the customer's account."""
    client = site.aws.client
    make_bucket(site.aws, MINE)
    client("s3").put_object(Bucket=MINE, Key="report", Body=b"data")
    client("secretsmanager").create_secret(Name="conveyor-acme-token", SecretString="data")
    client("ssm").put_parameter(Name="/conveyor/acme/setting", Value="data", Type="String")
    client("sqs").create_queue(QueueName="conveyor-acme-jobs")


def readings(site: Any, session: Any) -> dict[str, str]:
    """What each service answers when that data is read with a session."""
    client = site.aws.client
    queue = f"{site.aws.endpoint}/{site.installation.account}/conveyor-acme-jobs"
    calls = {
        "object": lambda: client("s3", credentials=session).get_object(Bucket=MINE, Key="report"),
        "secret": lambda: client("secretsmanager", credentials=session).get_secret_value(
            SecretId="conveyor-acme-token"),
        "parameter": lambda: client("ssm", credentials=session).get_parameter(Name="/conveyor/acme/setting"),
        "message": lambda: client("sqs", credentials=session).receive_message(QueueUrl=queue),
    }
    answers = {}
    for name, call in calls.items():
        try:
            call()
            answers[name] = "allowed"
        except ClientError as error:
            answers[name] = error.response["Error"]["Code"]
    return answers


def test_without_a_perimeter_a_strangers_role_reads_data(deploy: Any) -> None:
    """With no VPC given, a created role that trusts the control plane reads the product's data from outside."""
    site = deploy()
    product_data(site)
    assert set(readings(site, strangers_role(site)).values()) == {"allowed"}


def test_the_perimeter_refuses_data_to_a_strangers_role(deploy: Any) -> None:
    """With the data plane's VPC given, the same reads are refused: the requests do not come from it."""
    site = deploy(DataPlaneVpcId=VPC)
    product_data(site)
    answers = readings(site, strangers_role(site))
    assert {name: answer.startswith("AccessDenied") for name, answer in answers.items()} == dict.fromkeys(answers, True)


def test_in_a_shared_deployment_the_perimeter_holds_objects_only(deploy: Any) -> None:
    """Where only the S3 endpoint exists the perimeter refuses objects and lets the rest through, as plan says."""
    site = deploy(DataPlaneVpcId=VPC, Deployment="shared")
    product_data(site)
    answers = readings(site, strangers_role(site))
    assert answers.pop("object") == "AccessDenied"
    assert set(answers.values()) == {"allowed"}


@pytest.mark.parametrize(("context", "decision"), [
    ({"aws:SourceVpc": VPC, "aws:ViaAWSService": "false"}, "Allow"),
    ({"aws:SourceVpc": "vpc-0fedcba9876543210", "aws:ViaAWSService": "false"}, "Deny"),
    ({"aws:ViaAWSService": "false"}, "Deny"),
    ({"aws:ViaAWSService": "true"}, "Allow"),
])
def test_the_perimeter_lets_the_data_plane_through(deploy: Any, aws: Any, context: dict[str, str],
                                                   decision: str) -> None:
    """From the VPC, or by an AWS service, data is read. The embedded AWS has no network path and so supplies no
    aws:SourceVpc: this row is decided by our own evaluation of the documents as they were deployed."""
    site = deploy(DataPlaneVpcId=VPC)
    found = evaluate([deployed_document(aws, site.outputs["EksAgentPolicyArn"])], action="s3:GetObject",
                     resource=f"arn:aws:s3:::{MINE}/report",
                     context={"aws:ResourceAccount": site.installation.account, **context},
                     boundary=deployed_document(aws, site.boundary_arn))
    assert found == decision


def deployed_document(aws: Any, arn: str) -> Any:
    policy = aws.client("iam").get_policy(PolicyArn=arn)["Policy"]
    version = aws.client("iam").get_policy_version(PolicyArn=arn, VersionId=policy["DefaultVersionId"])
    return version["PolicyVersion"]["Document"]
