"""The command of one stack: valid by botocore's model, valid for bash, and really run against the embedded AWS."""

import contextlib
import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.site import surroundings
from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout import commands
from conveyor_iac.publishing.rollout.folders import fill
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.single import rollout
from conveyor_iac.publishing.rollout.stacks import stacks
from tests.publishing.rollout import offered
from tests.publishing.rollout.conftest import KINDS

Asked = Callable[..., Installation]
SECRET = "only-in-this-test-0123456789"
AWS = Path(sys.executable).parent / "aws"
WATCHED = """\
#!/usr/bin/env bash
# The real AWS CLI, after noting its words, its environment and every process there is.
{{ printf '%s\\n' "$@"; env; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' '; }} >> {log}
exec {aws} "$@"
"""
VPC = {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.20.0.0/16"}}},
       "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}}}


@pytest.mark.parametrize("kind", KINDS)
def test_the_request_is_valid(offer_: Offer, asked: Asked, faults_of: Callable[..., str], kind: str) -> None:
    """Request and parameters together are what botocore's model of create-change-set takes."""
    for stack in stacks(asked(kind), offer_):
        given = {**commands.change_set(stack), "ChangeSetName": "conveyor-1-2-0-20260102030405",
                 "ChangeSetType": "CREATE", "Parameters": json.loads(commands.parameters(stack))}
        assert faults_of("CreateChangeSet", given) == ""
        assert [row["ParameterKey"] for row in given["Parameters"]] == [
            name for name in stack.template.parameters if name in stack.values]


@pytest.mark.parametrize("kind", KINDS)
def test_the_scripts_are_valid(offer_: Offer, asked: Asked, tmp_path: Path, kind: str) -> None:
    """bash reads every script to its end, and each may be executed."""
    fill(tmp_path, rollout(asked(kind), offer_))
    scripts = sorted(tmp_path.rglob("*.sh"))
    assert len(scripts) == 2 * len(stacks(asked(kind), offer_))
    for script in scripts:
        done = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr, os.access(script, os.X_OK)) == (0, "", True)


class Deploying:
    """A rollout folder beside an embedded AWS in which its templates are published."""

    def __init__(self, aws: LocalAws, folder: Path, offer: Offer, installation: Installation) -> None:
        aws.reset()
        surroundings(aws, installation)
        bucket = deploying.TEMPLATES
        aws.client("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": aws.region})
        here = {name: replace(row, url=f"{aws.endpoint}/{bucket}/{name}.template.json")
                for name, row in offer.templates.items()}
        fill(folder / "out", rollout(installation, replace(offer, templates=here)))
        self.aws, self.folder, self.log = aws, folder, folder / "log"
        for name in here:
            self.publish(name, json.loads((offered.ROOT / f"templates/{name}.template.json").read_text()))
        (folder / "bin").mkdir()
        (folder / "bin" / "aws").write_text(WATCHED.format(log=self.log, aws=AWS))
        (folder / "bin" / "aws").chmod(0o755)

    def publish(self, name: str, template: Mapping[str, Any]) -> None:
        """Puts a template where CloudFormation reads it."""
        self.aws.client("s3").put_object(Bucket=deploying.TEMPLATES, Key=f"{name}.template.json",
                                         Body=json.dumps(template).encode())

    def run(self, template: str, *words: str, **env: str) -> tuple[int, str]:
        """Runs deploy.sh of a template; its exit code and all it said."""
        done = subprocess.run(self._call(template, words), text=True, check=False, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=self._env(env))
        return done.returncode, done.stdout

    def typed(self, template: str, prompt: str, answer: str) -> tuple[int, str]:
        """The same in a terminal, where a person types an answer when asked."""
        ours, its = pty.openpty()
        running = subprocess.Popen(self._call(template, ()), stdin=its, stdout=its, stderr=its, env=self._env({}))
        os.close(its)
        said = b""
        with contextlib.suppress(OSError):  # how a terminal says that nobody is left
            while chunk := os.read(ours, 65536):
                said += chunk
                if said.endswith(prompt.encode()):
                    os.write(ours, f"{answer}\n".encode())
        os.close(ours)
        return running.wait(), said.decode()

    def _call(self, template: str, words: tuple[str, ...]) -> list[Any]:
        return ["bash", self.folder / "out" / template / "deploy.sh", *words]

    def _env(self, more: dict[str, str]) -> dict[str, str]:
        return self.aws.env() | {**more, "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"}


@pytest.fixture
def deployable(running: LocalAws, tmp_path: Path, offer_: Offer, asked: Asked) -> Callable[..., Deploying]:
    return lambda kind, **changes: Deploying(running, tmp_path, offer_, asked(kind, **changes))


def test_a_role_is_deployed(deployable: Callable[..., Deploying]) -> None:
    """deploy.sh makes the role within the network's VPC; the external id is in no argument, environment or file.

    It is refused before the network is there, and without an external id. Run again it changes nothing, and the
    external id need not be given again.
    """
    site = deployable("private")
    formation = site.aws.client("cloudformation")
    code, said = site.run("installer-role", EXTERNAL_ID=SECRET)
    assert (code, said.splitlines()[-1]) == (1, "Deploy conveyor-acme-network first.")
    formation.create_stack(StackName="conveyor-acme-network", TemplateBody=json.dumps(VPC))
    deploying.settled(formation, "conveyor-acme-network", "CREATE_COMPLETE")
    assert site.run("installer-role") == (1, "Give the external id in EXTERNAL_ID.\n")
    code, said = site.run("installer-role", EXTERNAL_ID='a long one", "ParameterValue": "another')
    assert (code, said.partition(" has ")[0]) == (1, "The external id")
    code, said = site.run("installer-role", "--execute", EXTERNAL_ID=SECRET)
    assert (code, said.splitlines()[-1]) == (0, "conveyor-acme-installer-role stands.")
    again, told = site.run("installer-role", "--execute")
    assert (again, told.splitlines()[-1]) == (0, "conveyor-acme-installer-role is as it should be.")
    (role,) = formation.describe_stacks(StackName="conveyor-acme-installer-role")["Stacks"]
    values = {row["ParameterKey"]: row["ParameterValue"] for row in role["Parameters"]}
    assert values["DataPlaneVpcId"].startswith("vpc-")
    trust = site.aws.client("iam").get_role(RoleName="conveyor-acme-installer")["Role"]["AssumeRolePolicyDocument"]
    assert SECRET in json.dumps(trust)
    assert SECRET not in said + told + site.log.read_text()
    assert [file for file in site.folder.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()] == []


def test_a_person_types_the_external_id(deployable: Callable[..., Deploying]) -> None:
    """In a terminal the external id is asked and not shown; the change set is made and not executed."""
    site = deployable("network-rights")
    code, said = site.typed("installer-role", "External id (it is not shown): ", SECRET)
    assert (code, "Read it, then: aws cloudformation execute-change-set" in said) == (0, True)
    assert SECRET not in said + site.log.read_text()
    (stack,) = site.aws.client("cloudformation").describe_stacks()["Stacks"]
    assert stack["StackStatus"] == "REVIEW_IN_PROGRESS"


def test_the_zones_of_the_file(deployable: Callable[..., Deploying], offer_: Offer) -> None:
    """The zones are named by the ids of the file, in its order, and kept by an update.

    Credentials of another account are refused. The template is a small one with the same parameters.
    """
    site = deployable("shared")
    template = offer_.templates["network-shared"]
    zones = {"Key": "zones", "Value": {"Fn::Join": [",", {"Ref": "AvailabilityZones"}]}}
    guard = {"Key": "guardduty", "Value": {"Ref": "GuardDuty"}}
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.20.0.0/16", "Tags": [zones, guard]}}
    site.publish(template.name, {"Parameters": template.parameters, "Resources": {"Vpc": vpc}})
    code, said = site.run("network-shared", AWS_ACCESS_KEY_ID="333333333333")
    assert (code, said) == (1, "These credentials are of account 333333333333; the installation is of 222222222222.\n")
    listed = {row["ZoneId"]: row["ZoneName"] for row in site.aws.client("ec2").describe_availability_zones()[
        "AvailabilityZones"]}
    wanted = f"{listed['euw1-az3']},{listed['euw1-az1']}"
    values = site.folder / "out/network-shared/parameters.json"
    for changed in ("Disabled", "Enabled"):
        values.write_text(values.read_text().replace("Disabled", changed))
        code, said = site.run("network-shared", "--execute")
        assert (code, said.splitlines()[-1]) == (0, "conveyor-acme-network stands.")
        (stack,) = site.aws.client("cloudformation").describe_stacks(StackName="conveyor-acme-network")["Stacks"]
        known = {row["ParameterKey"]: row["ParameterValue"] for row in stack["Parameters"]}
        assert (known["AvailabilityZones"], known["GuardDuty"]) == (wanted, changed)
