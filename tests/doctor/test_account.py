"""The port: it only reads, remembers, turns pages, and says in one way that AWS did not answer."""

import json
import os
import subprocess
import sys

import pytest

from conveyor_iac.cli.account import AwsAccount, Refused, filtered
from tests.doctor.conftest import ROOT


@pytest.mark.parametrize("operation", ["create_vpc", "delete_vpc", "accept_vpc_endpoint_connections", "close"])
def test_it_only_reads(account, operation):
    """An operation that could change something is refused before anything is asked."""
    with pytest.raises(ValueError, match="more than read"):
        account.ask("ec2", operation)


def test_every_page(aws, account):
    """All pages come as one answer: policies beyond the hundred of IAM's first page."""
    iam = aws.client("iam")
    document = json.dumps({"Version": "2012-10-17",
                           "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    for number in range(105):
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=document)
    assert len(account.ask("iam", "list_policies", Scope="Local")["Policies"]) == 105


def test_a_question_is_put_once(aws, account):
    """The same question has the same answer for the whole run, other words are another question."""
    made = aws.client("ec2").create_vpc(CidrBlock="10.1.0.0/16")["Vpc"]["VpcId"]
    seen = account.ask("ec2", "describe_vpcs", VpcIds=[made])
    aws.client("ec2").delete_vpc(VpcId=made)
    assert account.ask("ec2", "describe_vpcs", VpcIds=[made]) is seen
    assert account.ask("ec2", "describe_vpcs", Filters=filtered(vpc_id=made))["Vpcs"] == []


def test_a_refusal(account):
    """AWS's own code and sentence."""
    with pytest.raises(Refused, match=r"InvalidVpcID\.NotFound: .*vpc-0123456789abcdef0") as refused:
        account.ask("ec2", "describe_vpcs", VpcIds=["vpc-0123456789abcdef0"])
    assert refused.value.code == "InvalidVpcID.NotFound"


def test_an_account_that_is_not_there(aws, monkeypatch):
    """No credentials, a profile that does not exist, nobody behind the address: each is a refusal, not a crash."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with pytest.raises(Refused, match="EndpointConnectionError"):
        AwsAccount(aws.region).ask("sts", "get_caller_identity")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(Refused, match="NoCredentialsError"):
        AwsAccount(aws.region).ask("sts", "get_caller_identity")
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(Refused, match="ProfileNotFound"):
        AwsAccount(aws.region)


@pytest.mark.parametrize("words", ["doctor -f examples/private.yaml", "doctor --help", "connections --help"])
def test_boto3_is_loaded_by_need(words):
    """Without --live, and for help, no SDK and no engine is loaded."""
    code = ("import sys; sys.argv[0] = 'conveyor-iac'\nfrom conveyor_iac.cli import main\ntry:\n    main()\n"
            "finally:\n    print(*sys.modules, file=sys.stderr)")
    done = subprocess.run([sys.executable, "-c", code, *words.split()], cwd=ROOT, text=True, capture_output=True,
                          check=False, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    modules = {name.partition(".")[0] for name in done.stderr.split()}
    assert "typer" in modules
    assert modules & {"boto3", "botocore", "aws_cdk", "jsii", "ministack"} == set()


@pytest.mark.parametrize("words", [["doctor", "--live"], ["connections"]])
def test_a_missing_boto3_is_named(words):
    """Without boto3 the command names the extra that brings it; exit 2, no traceback."""
    code = "import sys; sys.modules['boto3'] = None; from conveyor_iac.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code, *words, "-f", "examples/private.yaml"], cwd=ROOT, text=True,
                          capture_output=True, check=False)
    assert done.returncode == 2, done.stderr
    assert "pip install 'conveyor-iac[publish]'" in done.stderr
    assert "Traceback" not in done.stderr
