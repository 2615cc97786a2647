"""conveyor-iac connections: a real endpoint service, requests of the control plane and a stranger, and the answers."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.cli import requested
from conveyor_iac.cli.account import Refused
from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.site import STRANGER_ACCOUNT, surroundings
from conveyor_iac.emulator.toolchain import cdk_command
from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.model.installation import Installation
from tests.doctor.aws_words import obey, said

ROOT = Path(__file__).parents[2]
ENTRY = Path(sys.executable).parent / "conveyor-iac"
VENDOR, NAMED = "111122223333", "444455556666"
ROLE = "conveyor-connectors"


@dataclass(frozen=True, kw_only=True)
class Place:
    """An embedded AWS with a deployed endpoint service, and the words of its file."""

    aws: LocalAws
    words: Mapping[str, Any]
    service: str
    name: str

    def connect(self, account: str) -> str:
        """An endpoint of the role of that name in an account, for the service."""
        ec2 = self.aws.client("ec2", credentials=self.aws.session_of(account, ROLE))
        vpc = ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/24")["Subnet"]["SubnetId"]
        made = ec2.create_vpc_endpoint(VpcId=vpc, SubnetIds=[subnet], ServiceName=self.name,
                                       VpcEndpointType="Interface")
        return str(made["VpcEndpoint"]["VpcEndpointId"])

    def ask(self, folder: Path, *options: str, account: str = "", **changes: Any) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of the real command."""
        file = folder / "service.yaml"
        file.write_text(yaml.safe_dump({**self.words, **changes}))
        done = subprocess.run([ENTRY, "connections", "-f", file, *options], text=True, capture_output=True,
                              env=self.aws.env(account=account or None), cwd=folder, check=False, timeout=120)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The service of examples/endpoint-service.yaml in a VPC that exists, deployed with the real CDK CLI.

    When it was deployed its file named two more principals: one that the file still names, one that it does not.
    """
    words = yaml.safe_load((ROOT / "examples" / "endpoint-service.yaml").read_text())
    with LocalAws.start(account=words["account"], region=words["region"]) as aws:
        ec2 = aws.client("ec2")
        vpc = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
        subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.20.{number}.0/24",
                                     AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
                   for number, zone in enumerate("ab")]
        words["network"]["existing"] |= {"vpc": vpc, "endpoint_subnets": subnets}
        arns = [f"arn:aws:iam::{account}:role/{ROLE}" for account in (VENDOR, NAMED, STRANGER_ACCOUNT)]
        then = {**words, "private_link": {**words["private_link"], "principals": arns}}
        _deploy(aws, tmp_path_factory.mktemp("service") / "out", then)
        words["private_link"]["principals"] = arns[:2]
        outputs = deploying.deployed(aws).outputs
        yield Place(aws=aws, words=words, service=outputs["ServiceId"], name=outputs["ServiceName"])


@pytest.fixture
def place(deployed: Place) -> Iterator[Place]:
    """The deployed service; the endpoints that a test makes go with it."""
    yield deployed
    for account in (VENDOR, NAMED, STRANGER_ACCOUNT):
        ec2 = deployed.aws.client("ec2", account)
        made = [row["VpcEndpointId"] for row in ec2.describe_vpc_endpoints()["VpcEndpoints"]]
        if made:
            ec2.delete_vpc_endpoints(VpcEndpointIds=made)


def _deploy(aws: LocalAws, out: Path, words: Mapping[str, Any]) -> None:
    installation = Installation.read(words)
    surroundings(aws, installation)
    aws.make_role(NAMED, ROLE, allow=["*"])
    assemble([installation], "app", out)
    deploying.cdk_deploy(aws, cdk_command(ROOT), ROOT, str(out), {})


@pytest.mark.deploy
def test_the_life_of_connections(place: Place, tmp_path: Path) -> None:
    """Requests are listed with their owners; the printed words accept and reject; nothing is done by the command."""
    assert place.ask(tmp_path)[:2] == (0, f"No connection to {place.service}.\n")
    made = {account: place.connect(account) for account in (VENDOR, NAMED)}
    code, out, _ = place.ask(tmp_path, "--json")
    rows = {row["endpoint"]: row for row in json.loads(out)["connections"]}
    assert (code, json.loads(out)["services"]) == (0, [place.service])
    assert {row["owner"]: row["who"] for row in rows.values()} == {VENDOR: "control plane", NAMED: "named in the file"}
    assert {row["state"] for row in rows.values()} == {"pendingAcceptance"}
    assert all(row["created"].startswith("20") for row in rows.values())

    stranger = place.connect(STRANGER_ACCOUNT)
    code, out, err = place.ask(tmp_path)
    lines = [line.strip() for line in out.splitlines() if line.startswith("  aws ")]
    service = f"--service-id {place.service} --vpc-endpoint-ids"
    assert code == 1
    assert f"{stranger} of account {STRANGER_ACCOUNT}" in err
    assert lines == [
        f"aws ec2 accept-vpc-endpoint-connections {service} {made[VENDOR]} --region eu-west-1",
        f"aws ec2 accept-vpc-endpoint-connections {service} {made[NAMED]} --region eu-west-1",
        f"aws ec2 reject-vpc-endpoint-connections {service} {stranger} --region eu-west-1"]
    assert states(place, tmp_path) == dict.fromkeys([*made.values(), stranger], "pendingAcceptance")

    for line in lines:
        assert obey(place.aws, line)["Unsuccessful"] == []
    assert states(place, tmp_path) == {**dict.fromkeys(made.values(), "available"), stranger: "rejected"}
    code, out, _ = place.ask(tmp_path)
    assert (code, "aws ec2" in out) == (0, False)


def states(place: Place, folder: Path) -> dict[str, str]:
    return {row["endpoint"]: row["state"] for row in json.loads(place.ask(folder, "--json")[1])["connections"]}


@pytest.mark.deploy
def test_an_accepted_stranger(place: Place, tmp_path: Path) -> None:
    """A stranger that somebody let in is a no, and its reject command is printed."""
    stranger = place.connect(STRANGER_ACCOUNT)
    place.aws.client("ec2").accept_vpc_endpoint_connections(ServiceId=place.service, VpcEndpointIds=[stranger])
    code, out, err = place.ask(tmp_path)
    assert (code, f"{stranger} of account {STRANGER_ACCOUNT} (available)" in err) == (1, True)
    assert "reject-vpc-endpoint-connections" in out
    assert "accept-vpc-endpoint-connections" not in out


@pytest.mark.deploy
def test_where_there_is_no_service(place: Place, tmp_path: Path) -> None:
    """Another tenant has no service, another account is told, an unknown id is AWS's refusal; never a traceback."""
    for options, changes, account, told in (
        (("--service", "vpce-svc-0123456789abcdef0"), {}, "", "NotFound"),
        ((), {"tenant": "other"}, "", "no endpoint service of other"),
        ((), {}, NAMED, f"is of account {NAMED}"),
    ):
        code, out, err = place.ask(tmp_path, *options, account=account, **changes)
        assert (code, out, told in err, "Traceback" in err) == (1, "", True, False), err
    code, out, _ = place.ask(tmp_path, "--service", place.service, tenant="other")
    assert (code, out) == (0, f"No connection to {place.service}.\n")


def test_a_bad_file(tmp_path: Path) -> None:
    """A bad file ends with 2 and its faults, and nobody is asked."""
    (tmp_path / "bad.yaml").write_text("tenant: Acme-1\n")
    done = subprocess.run([ENTRY, "connections", "-f", tmp_path / "bad.yaml"], text=True, capture_output=True,
                          check=False, env=os.environ, cwd=tmp_path)
    assert (done.returncode, done.stdout, "error: tenant:" in done.stderr) == (2, "", True)


@dataclass
class Written:
    """An account that answers what is written down, by operation, and by stack where it is asked for stacks."""

    answers: Mapping[str, Any]

    def ask(self, service: str, operation: str, /, **words: Any) -> Any:
        answer = self.answers[words.get("StackName") or operation]
        if isinstance(answer, Refused):
            raise answer
        return answer


WORDS = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
         "control_plane": {"account": VENDOR, "role": "conveyor-control-plane"}}
NONE_TAGGED = {"get_caller_identity": {"Account": "222222222222", "Arn": "arn:aws:iam::222222222222:user/me"},
               "describe_vpc_endpoint_service_configurations": {"ServiceConfigurations": []}}


def stack(**outputs: str) -> dict[str, Any]:
    return {"Stacks": [{"Outputs": [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]}]}


def test_a_service_without_its_tag() -> None:
    """Where no service carries the tag, those that the stacks hand out are taken; both of a dedicated deployment."""
    account = Written({**NONE_TAGGED, "conveyor-acme-endpoints": stack(ServiceId="vpce-svc-1", ServiceName="x"),
                       "conveyor-acme-control-plane-endpoints": stack(ControlPlaneServiceId="vpce-svc-2")})
    assert requested.services_of(account, Installation.read(WORDS), None) == ["vpce-svc-1", "vpce-svc-2"]


@pytest.mark.parametrize(("code", "raised"), [("ValidationError", AnswerIsNo), ("AccessDenied", Refused)])
def test_stacks_that_do_not_answer(code: str, raised: type[Exception]) -> None:
    """A stack that is not there hands out nothing; one that may not be read is not taken for one that is not there."""
    refused = Refused(code, "")
    account = Written({**NONE_TAGGED, "conveyor-acme-endpoints": refused,
                       "conveyor-acme-control-plane-endpoints": refused})
    with pytest.raises(raised):
        requested.services_of(account, Installation.read(WORDS), None)


@pytest.mark.parametrize("command", [
    "aws ec2 accept-vpc-endpoint-connection --service-id x --vpc-endpoint-ids y",
    "aws ec2 accept-vpc-endpoint-connections --service x --vpc-endpoint-ids y",
    "aws ec2 accept-vpc-endpoint-connections --service-id x",
])
def test_a_wrong_command_would_be_noticed(command: str) -> None:
    """The reading of commands that these tests use refuses a misspelt operation, a misspelt option, a missing one."""
    with pytest.raises(KeyError):
        said(command)
