"""Who asks: real callers of the embedded AWS; what iam:SimulatePrincipalPolicy decides on AWS is written down."""

import botocore.session
import pytest

from conveyor_iac.cli.account import AwsAccount
from conveyor_iac.cli.findings import caller
from tests.doctor.conftest import WORDS, Written, case, look

IDENTITY = {"Account": "222222222222", "Arn": "arn:aws:sts::222222222222:assumed-role/deployer/me"}
SERVICES = botocore.session.Session()
ROLE = {"Role": {"Arn": "arn:aws:iam::222222222222:role/teams/deployer"}}


def deciding(decisions=None, **more):
    """An account whose simulator allows everything but for these decisions, by action."""
    def simulate(words):
        return {"EvaluationResults": [{"EvalActionName": action, "EvalDecision": "allowed",
                                       **(decisions or {}).get(action, {})} for action in words["ActionNames"]]}

    return Written({"get_caller_identity": IDENTITY, "get_role": ROLE, "simulate_principal_policy": simulate, **more})


def test_the_right_account(account):
    """The root user of the file's account is in the right account."""
    assert look(caller.account, account=account).state == "ok"


def test_another_account(account):
    """Credentials of another account than the file's are a fault that names both."""
    found = look(caller.account, changes={"account": "444455556666"}, account=account)
    assert (found.state, "222222222222" in found.why, "444455556666" in found.why) == ("fault", True, True)
    assert "AWS_PROFILE" in found.fix


def test_the_root_user(account):
    """The simulator does not take the root user: unknown, never ok."""
    assert look(caller.may_deploy, account=account).state == "unknown"


@pytest.mark.parametrize(("allow", "state"), [(["*"], "ok"), (["ec2:*", "iam:*", "sts:*"], "fault")])
def test_a_real_session(aws, monkeypatch, allow, state):
    """A real session of a role is simulated by the role's own policies; what is missing is named with its purpose."""
    aws.make_role(WORDS["account"], "deployer", allow=allow)
    session = aws.session_of(WORDS["account"], "deployer")
    for name, key in (("AWS_ACCESS_KEY_ID", "AccessKeyId"), ("AWS_SECRET_ACCESS_KEY", "SecretAccessKey"),
                      ("AWS_SESSION_TOKEN", "SessionToken")):
        monkeypatch.setenv(name, session[key])
    found = look(caller.may_deploy, account=AwsAccount(aws.region))
    assert found.state == state, found
    assert ("cloudformation:CreateStack (deploy stacks)" in found.why) == (state == "fault")
    assert "ec2:CreateVpc" not in found.why


def test_everything_allowed():
    """When every action is allowed the finding is ok, and the role is asked about by its own ARN, with its path."""
    account = deciding()
    assert look(caller.may_deploy, account=account).state == "ok"
    asked = [words for name, words in account.asked if name == "iam:simulate_principal_policy"]
    assert {words["PolicySourceArn"] for words in asked} == {ROLE["Role"]["Arn"]}
    assert "arn:aws:iam::222222222222:role/conveyor/acme/installer/conveyor-acme-installer" in [
        words["ResourceArns"][0] for words in asked]
    assert not [words for words in asked if "${" in words["ResourceArns"][0]]


def test_one_action_refused():
    """A single refused action is a fault that names it with its purpose."""
    found = look(caller.may_deploy, account=deciding({"iam:CreateRole": {"EvalDecision": "explicitDeny"}}))
    assert (found.state, "iam:CreateRole (make the installer role)" in found.why) == ("fault", True)


def test_an_action_that_conditions_decide():
    """A refusal for want of context values decides nothing: unknown, not ok."""
    row = {"EvalDecision": "implicitDeny", "MissingContextValues": ["aws:RequestTag/x"]}
    found = look(caller.may_deploy, account=deciding({"kms:CreateKey": row}))
    assert (found.state, "kms:CreateKey" in found.why) == ("unknown", True)


@pytest.mark.parametrize("operation", ["get_caller_identity", "get_role", "simulate_principal_policy"])
def test_what_nobody_may_read(operation):
    """Where one of the questions is refused, whether the caller may deploy is unknown."""
    account = deciding()
    account.answers = {name: answer for name, answer in account.answers.items() if name != operation}
    assert look(caller.may_deploy, account=account).state == "unknown"


def test_only_what_is_planned_is_asked_for():
    """The actions follow the plan: no NAT or firewall where there is none, no role for an endpoint service."""
    def actions(changes):
        return {action for _, _, some in caller.wanted(case(changes)) for action in some}

    assert {"network-firewall:CreateFirewall", "ec2:CreateNatGateway", "iam:CreateRole", "iam:TagRole",
            "elasticloadbalancing:CreateTargetGroup", "sns:CreateTopic"} <= actions({})
    assert not actions({"cognito_access": "proxy"}) & {"network-firewall:CreateFirewall", "ec2:CreateNatGateway"}
    service = {"kind": "endpoint-service", "deployment": None, "network": {"existing": {
        "vpc": "vpc-0123456789abcdef0", "cidrs": ["10.20.0.0/16"],
        "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]}}}
    assert "ec2:CreateVpcEndpointServiceConfiguration" in actions(service)
    assert not [action for action in actions(service) if action.startswith("iam:") or action == "ec2:CreateVpc"]
    theirs = {"private_link": {"topic": "arn:aws:sns:eu-west-1:222222222222:told", "load_balancer":
              "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/mine/0123456789abcdef"}}
    assert not [action for action in actions(theirs) if action.startswith(("elasticloadbalancing:", "sns:"))]
    assert ("iam:PutRolePermissionsBoundary" in actions({})) is False
    assert "iam:PutRolePermissionsBoundary" in actions({"iam": {"boundary": "arn:aws:iam::222222222222:policy/Top"}})


def test_each_kind_of_policy_is_asked_for():
    """Boundary, predefined policies and those of the installer role lie in different IAM paths: each is asked for."""
    paths = {resource.rpartition("/")[0].rpartition("/")[2] for _, resource, actions in caller.wanted(case())
             if "iam:CreatePolicy" in actions}
    assert len(paths) == 3


def test_every_action_exists():
    """Each action asked for is an operation of its service's API, but those that are permissions only."""
    known = {"cloudformation": "cloudformation", "iam": "iam", "ec2": "ec2", "s3": "s3", "kms": "kms", "sns": "sns",
             "elasticloadbalancing": "elbv2", "network-firewall": "network-firewall", "logs": "logs",
             "route53resolver": "route53resolver"}
    only_permissions = {"logs:CreateLogDelivery"}
    for words in ({}, {"deployment": "shared", "network": {"ipv6": True}}):
        for action in {action for _, _, some in caller.wanted(case(words)) for action in some} - only_permissions:
            service, _, operation = action.partition(":")
            assert operation in SERVICES.get_service_model(known[service]).operation_names, action
