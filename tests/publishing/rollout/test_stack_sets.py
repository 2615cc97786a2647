"""StackSets: valid by botocore's model, taken by the AWS CLI, and recorded by the embedded AWS, which runs none."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout import stack_sets
from conveyor_iac.publishing.rollout.folders import fill
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import Stack, stacks
from tests.publishing.rollout.conftest import KINDS

Asked = Callable[..., Installation]
SECRET = "only-in-this-test-0123456789"
OU = "ou-ab12-12345678"
VALUES = {"AddressPlan": "16", "ControlPlaneAddressPlan": "16", "ControlPlaneAccount": "333333333333",
          "DataPlaneVpcId": "vpc-12345678", "AvailabilityZones": "eu-west-1a,eu-west-1b,eu-west-1c",
          "VpcCidr": "10.50.0.0/16", "ControlPlaneVpcCidr": "10.60.0.0/16", "ExistingVpcCidr": "10.50.0.0/16",
          "ExistingPodCidr": "", "VpcId": "vpc-12345678", "EndpointSubnetIds": "subnet-11111111,subnet-22222222",
          "RouteTableIds": "rtb-11111111", "CompanyBoundary": "arn:aws:iam::333333333333:policy/company",
          "ServicePrincipal": "arn:aws:iam::333333333333:root"}
CLI = """\
#!/usr/bin/env bash
# The real AWS CLI checks what would be sent and sends nothing. No StackSet is there yet.
printf '%s\\n' "$*" >> {log}
case $2 in describe-stack-set) exit 254 ;; esac
exec {aws} "$@" --generate-cli-skeleton output
"""


def every(offer: Offer, asked: Asked) -> list[Stack]:
    """Every stack of every way; the file of each has an external id, but for those that may not."""
    ids = {kind: None if kind == "endpoint-service" else SECRET for kind in KINDS}
    return [stack for kind in KINDS for stack in stacks(asked(kind, external_id=ids[kind]), offer)]


def test_the_request_is_valid(offer_: Offer, asked: Asked, faults_of: Callable[..., str]) -> None:
    """Every request, with its parameters and preferences, is what botocore's model of the operation takes."""
    for stack in every(offer_, asked):
        made = stack_sets.files(stack, offer_.version)
        given = json.loads(made["parameters.json"])
        overrides = [{"ParameterKey": name, "ParameterValue": VALUES[name]} for name in stack.own]
        assert faults_of("CreateStackSet", {**json.loads(made["stack-set.json"]), "Parameters": given}) == ""
        assert faults_of("CreateStackInstances", {
            "StackSetName": stack_sets.called(stack), "Regions": [stack.region], "ParameterOverrides": overrides,
            "DeploymentTargets": {"OrganizationalUnitIds": [OU]},
            "OperationPreferences": json.loads(made["operation-preferences.json"])}) == ""
        assert not any(SECRET.encode() in content for content in made.values())


def test_every_parameter_comes_from_somewhere(offer_: Offer, asked: Asked) -> None:
    """In the template each parameter is given once: as a value, or as a parameter of its own without a default."""
    for stack in every(offer_, asked):
        made = stack_sets.template(stack, offer_.version)
        properties = made["Resources"]["StackSet"]["Properties"]
        assert sorted(row["ParameterKey"] for row in properties["Parameters"]) == sorted(stack.template.parameters)
        assert [row for row in made["Parameters"].values() if "Default" in row] == []
        assert [name for name, row in made["Parameters"].items() if row.get("NoEcho")] == list(stack.secrets)


def test_only_what_is_alike_everywhere_grows_by_itself(offer_: Offer, asked: Asked) -> None:
    """A new account gets its stack by itself only where no value is of one account; one that leaves keeps it."""
    grown = [stack for stack in every(offer_, asked) if stack_sets.grows(stack)]
    assert {stack.template.name for stack in grown} == {"installer-role"}
    for stack in every(offer_, asked):
        assert stack_sets.request(stack, "1.2.0")["AutoDeployment"] == (
            {"Enabled": True, "RetainStacksOnAccountRemoval": True} if not stack.own else {"Enabled": False})


@pytest.mark.parametrize("kind", ["network-rights", "private"])
def test_the_template_is_recorded(running: LocalAws, offer_: Offer, asked: Asked, kind: str) -> None:
    """The embedded AWS deploys the template: it holds the StackSet against its registry schema and records it."""
    running.reset()
    formation = running.client("cloudformation")
    for stack in stacks(asked(kind), offer_):
        made = stack_sets.template(stack, offer_.version)
        given = {**VALUES, "OrganizationalUnitIds": OU, "Account": "333333333333", "ExternalId": SECRET}
        formation.create_stack(StackName=stack.name, TemplateBody=json.dumps(made), Parameters=[
            {"ParameterKey": name, "ParameterValue": given[name]} for name in made["Parameters"]])
        deploying.settled(formation, stack.name, "CREATE_COMPLETE")
    (last,) = [row["properties"] for row in running.recorded_resources()
               if row["properties"]["StackSetName"] == "conveyor-acme-installer-role-accounts"]
    (group,) = last["StackInstancesGroup"]
    assert group["DeploymentTargets"]["OrganizationalUnitIds"] == [OU]
    assert group["Regions"] == ["eu-west-1"]
    assert {"ParameterKey": "ExternalId", "ParameterValue": SECRET} in last["Parameters"]
    overrides = [{"ParameterKey": "DataPlaneVpcId", "ParameterValue": "vpc-12345678"}]
    assert group.get("ParameterOverrides", []) == ([] if kind == "network-rights" else overrides)


def called(folder: Path, stack: Stack, *words: str) -> tuple[int, str, str]:
    """Runs the script of a StackSet with the real AWS CLI, which sends nothing: exit code, output, the CLI's calls."""
    log = folder / "log"
    (folder / "aws").write_text(CLI.format(log=log, aws=Path(sys.executable).parent / "aws"))
    (folder / "aws").chmod(0o755)
    fill(folder / "out", stack_sets.files(stack, "1.2.0"))
    done = subprocess.run(
        ["bash", folder / "out" / "stack-set.sh", *words], text=True, check=False, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "EXTERNAL_ID": SECRET,
             "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"})
    return done.returncode, done.stdout, log.read_text() if log.exists() else ""


def test_the_script_makes_one_account(tmp_path: Path, offer_: Offer, asked: Asked) -> None:
    """With an account and its values the CLI takes both calls, and the external id is none of their words."""
    code, said, calls = called(tmp_path, stacks(asked(), offer_)[1], OU, "333333333333", "DataPlaneVpcId=vpc-12345678")
    assert (code, [line.split()[1] for line in calls.splitlines()]) == (
        0, ["describe-stack-set", "create-stack-set", "create-stack-instances"]), said
    assert '"Accounts": ["333333333333"], "AccountFilterType": "INTERSECTION"' in calls
    assert '[{"ParameterKey": "DataPlaneVpcId", "ParameterValue": "vpc-12345678"}]' in calls
    assert SECRET not in said + calls


def test_the_script_makes_whole_units(tmp_path: Path, offer_: Offer, asked: Asked) -> None:
    """Where every account is alike the units are enough."""
    code, said, calls = called(tmp_path, stacks(asked("network-rights"), offer_)[0], f"{OU},r-ab12")
    assert (code, '{"OrganizationalUnitIds": ["ou-ab12-12345678", "r-ab12"]}' in calls) == (0, True), said
    assert "--parameter-overrides" not in calls


@pytest.mark.parametrize("words", [
    (), ("222222222222",), (OU,), (OU, "333333333333"), (OU, "333333333333", "VpcId=vpc-12345678"),
    (OU, "333333333333", 'DataPlaneVpcId=a"b'),
    (OU, "333333333333", "DataPlaneVpcId=vpc-12345678", "DataPlaneVpcId=vpc-12345678"),
], ids=str)
def test_the_script_refuses_other_words(tmp_path: Path, offer_: Offer, asked: Asked, words: tuple[str, ...]) -> None:
    """Without units, without the account's values, or with others than its own, nothing is called."""
    code, said, calls = called(tmp_path, stacks(asked(), offer_)[1], *words)
    assert (code, calls) == (1, "")
    assert "stack-set.sh OU[,OU...] ACCOUNT DataPlaneVpcId=VALUE" in said
