"""Two real ways to deploy: the CDK CLI with an assembly, and CloudFormation with a template in a bucket."""

import subprocess
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.emulator.site import make_bucket
from conveyor_iac.errors import AnswerIsNo


@dataclass(frozen=True, kw_only=True)
class Deployed:
    """What a deploy made: outputs of all its stacks together, resources by stack and by type, and what outlives them.

    `kept` are key, bucket and log groups: a kind and an id each. They stay when their stacks are removed.
    """

    outputs: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, int] = field(default_factory=dict)
    kept: tuple[tuple[str, str], ...] = ()


CUSTOMER_STACK = "customer-network"
"""A stack that is none of ours: what the customer had before."""
KEPT = {"AWS::KMS::Key": "key", "AWS::S3::Bucket": "bucket", "AWS::Logs::LogGroup": "log group"}
"""What outlives its stack: logs, and the key without which they cannot be read."""


def cdk(aws: LocalAws, command: Sequence[str], words: Sequence[str], folder: Path, app: str = "") -> str:
    """Runs the CDK CLI in a folder against the embedded AWS; `AnswerIsNo` with its last lines when it fails."""
    line = [*command, *words, *(["--app", app] if app else [])]
    done = subprocess.run(line, cwd=folder, env=aws.env() | {"CI": "true", "NO_COLOR": "1"}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        shown = " ".join(word if "ExternalId=" not in word else "ExternalId=(hidden)" for word in line)
        raise AnswerIsNo(f"{shown} failed:\n" + "\n".join(done.stdout.splitlines()[-25:]))
    return done.stdout


def cdk_deploy(aws: LocalAws, command: Sequence[str], folder: Path, app: str, parameters: Mapping[str, str]) -> None:
    """`cdk deploy --all` without bootstrap and without questions; parameters are named `STACK:Name`."""
    given = [word for name, value in parameters.items() for word in ("--parameters", f"{name}={value}")]
    cdk(aws, command, ["deploy", "--all", "--require-approval", "never", "--progress", "events", *given], folder, app)


def cdk_destroy(aws: LocalAws, command: Sequence[str], folder: Path, app: str) -> None:
    """`cdk destroy --all` without questions."""
    cdk(aws, command, ["destroy", "--all", "--force"], folder, app)


TEMPLATES = "conveyor-published-templates"
"""The bucket that published templates are fetched from."""


def template_deploy(aws: LocalAws, stack: str, template: Path, parameters: Mapping[str, str],
                    tags: Mapping[str, str] | None = None) -> None:
    """Uploads a template and creates the stack from its URL, as "Launch Stack" does; `tags` are those of the stack."""
    bucket = TEMPLATES
    if bucket not in {row["Name"] for row in aws.client("s3").list_buckets()["Buckets"]}:
        make_bucket(aws, bucket)
    aws.client("s3").put_object(Bucket=bucket, Key=template.name, Body=template.read_bytes())
    formation = aws.client("cloudformation")
    formation.create_stack(
        StackName=stack, TemplateURL=f"{aws.endpoint}/{bucket}/{template.name}",
        Capabilities=["CAPABILITY_NAMED_IAM"], OnFailure="DO_NOTHING",
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
    )
    settled(formation, stack, "CREATE_COMPLETE")


def template_destroy(aws: LocalAws, stack: str) -> None:
    """Deletes a stack and waits until it is gone."""
    formation = aws.client("cloudformation")
    formation.delete_stack(StackName=stack)
    formation.get_waiter("stack_delete_complete").wait(StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": 60})


def template_update(aws: LocalAws, stack: str, changes: Mapping[str, str]) -> None:
    """Updates a stack with its own template: the changed parameters, all others as they were."""
    formation = aws.client("cloudformation")
    known = formation.describe_stacks(StackName=stack)["Stacks"][0]["Parameters"]
    parameters = [{"ParameterKey": row["ParameterKey"], "ParameterValue": changes[row["ParameterKey"]]}
                  if row["ParameterKey"] in changes else
                  {"ParameterKey": row["ParameterKey"], "UsePreviousValue": True} for row in known]
    formation.update_stack(StackName=stack, UsePreviousTemplate=True, Parameters=parameters,
                           Capabilities=["CAPABILITY_NAMED_IAM"])
    settled(formation, stack, "UPDATE_COMPLETE")


def settled(formation: Any, stack: str, wanted: str) -> None:
    """Waits until a stack is done; `AnswerIsNo` with the first reason when it did not come to what was wanted."""
    import time

    for _ in range(600):
        status = formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if not status.endswith("IN_PROGRESS"):
            break
        time.sleep(0.05)
    if status != wanted:
        events = formation.describe_stack_events(StackName=stack)["StackEvents"]
        reasons = [f"{event['LogicalResourceId']}: {event['ResourceStatusReason']}" for event in reversed(events)
                   if event["ResourceStatus"].endswith("FAILED") and event.get("ResourceStatusReason")]
        raise AnswerIsNo(f"{stack}: {status}: {reasons[0] if reasons else 'no reason given'}")


def deployed(aws: LocalAws) -> Deployed:
    """What stands now: the outputs and resources of every stack but the customer's own."""
    formation = aws.client("cloudformation")
    outputs: dict[str, str] = {}
    rows = {}
    for stack in formation.describe_stacks()["Stacks"]:
        if stack["StackName"] == CUSTOMER_STACK:
            continue
        outputs |= {row["OutputKey"]: row["OutputValue"] for row in stack.get("Outputs", ())}
        rows[stack["StackName"]] = resources_of(formation, stack["StackName"])
    every = [row for listed in rows.values() for row in listed]
    return Deployed(
        outputs=outputs, resources={name: len(listed) for name, listed in rows.items()},
        types=dict(sorted(Counter(row["ResourceType"] for row in every).items())),
        kept=tuple((KEPT[row["ResourceType"]], row["PhysicalResourceId"]) for row in every
                   if row["ResourceType"] in KEPT))


def resources_of(formation: Any, stack: str) -> list[Mapping[str, Any]]:
    """The resources of a stack."""
    pages = formation.get_paginator("list_stack_resources").paginate(StackName=stack)
    return [row for page in pages for row in page["StackResourceSummaries"]]
