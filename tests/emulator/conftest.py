"""One running embedded AWS for the whole folder, and what most tests say to it."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from conveyor_iac.emulator import LocalAws

ACCOUNT = "222222222222"
VENDOR = "111122223333"


@pytest.fixture(scope="session")
def running() -> Iterator[LocalAws]:
    """The one server; it keeps its state between tests, so ask for `aws` instead."""
    with LocalAws.start(account=ACCOUNT) as aws:
        yield aws


@pytest.fixture
def aws(running: LocalAws) -> LocalAws:
    """The running embedded AWS, emptied."""
    running.reset()
    return running


def allow(*actions: str, on: Any = "*", **condition: Mapping[str, Any]) -> dict[str, Any]:
    """An Allow statement; keywords are condition operators."""
    return _statement("Allow", actions, on, condition)


def deny(*actions: str, on: Any = "*", **condition: Mapping[str, Any]) -> dict[str, Any]:
    """A Deny statement; keywords are condition operators."""
    return _statement("Deny", actions, on, condition)


def _statement(effect: str, actions: tuple[str, ...], on: Any, condition: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": effect, "Action": list(actions), "Resource": on}
    return found | ({"Condition": dict(condition)} if condition else {})


def document(*statements: Mapping[str, Any]) -> str:
    """A policy document as text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(principal: Any, effect: str = "Allow", action: Any = "sts:AssumeRole", **condition: Any) -> str:
    """A trust policy as text."""
    statement = {"Effect": effect, "Principal": principal, "Action": action}
    return document(statement | ({"Condition": condition} if condition else {}))


def template(resources: Mapping[str, Any], **sections: Any) -> str:
    """A template of these resources as text."""
    return json.dumps({"Resources": resources} | sections)


def refused(call: Callable[..., Any], **arguments: Any) -> str:
    """The code of the refusal of this call; the empty string when it went through."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


def message(call: Callable[..., Any], **arguments: Any) -> str:
    """The sentence of the refusal of this call."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Message"])


class World:
    """What a test needs to be short: statements, callers that hold them, refusals, stacks."""

    allow, deny, document, trust = (staticmethod(f) for f in (allow, deny, document, trust))
    refused, message = staticmethod(refused), staticmethod(message)
    account, vendor = ACCOUNT, VENDOR

    def __init__(self, aws: LocalAws) -> None:
        self.aws = aws

    def caller(self, *statements: Mapping[str, Any], name: str = "caller", boundary: str = "") -> Mapping[str, Any]:
        """Credentials of a session of a new role in ACCOUNT that holds exactly these statements."""
        self.aws.make_role(ACCOUNT, name)
        iam = self.aws.client("iam")
        iam.put_role_policy(RoleName=name, PolicyName="held", PolicyDocument=document(*statements))
        if boundary:
            iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
        return self.aws.session_of(ACCOUNT, name)

    def policy(self, name: str, *statements: Mapping[str, Any], path: str = "/") -> str:
        """The ARN of a new managed policy in ACCOUNT."""
        created = self.aws.client("iam").create_policy(
            PolicyName=name, Path=path, PolicyDocument=document(*(statements or (allow("s3:*"),))))
        return str(created["Policy"]["Arn"])

    def role(self, name: str, path: str = "/", **more: Any) -> str:
        """The ARN of a new role in ACCOUNT, trusted by EC2."""
        created = self.aws.client("iam").create_role(
            RoleName=name, Path=path, AssumeRolePolicyDocument=trust({"Service": "ec2.amazonaws.com"}), **more)
        return str(created["Role"]["Arn"])

    def deploy(self, resources: Mapping[str, Any], name: str = "stack", **more: Any) -> Any:
        """Create a stack of these resources and answer its description when it is at rest."""
        cfn = self.aws.client("cloudformation")
        cfn.create_stack(StackName=name, TemplateBody=template(resources, **more.pop("sections", {})),
                         Capabilities=["CAPABILITY_NAMED_IAM"], **more)
        return self.at_rest(name)

    def update(self, resources: Mapping[str, Any], name: str = "stack", **more: Any) -> Any:
        """Update the stack to these resources and answer its description when it is at rest."""
        cfn = self.aws.client("cloudformation")
        cfn.update_stack(StackName=name, TemplateBody=template(resources, **more.pop("sections", {})),
                         Capabilities=["CAPABILITY_NAMED_IAM"], **more)
        return self.at_rest(name)

    def at_rest(self, name: str = "stack") -> Any:
        """The description of a stack that is no longer in progress."""
        cfn = self.aws.client("cloudformation")
        while True:
            stack = cfn.describe_stacks(StackName=name)["Stacks"][0]
            if not stack["StackStatus"].endswith("IN_PROGRESS"):
                return stack

    def reasons(self, name: str = "stack") -> str:
        """Why resources of the stack failed, in the words of its events."""
        events = self.aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return "\n".join(e.get("ResourceStatusReason", "") for e in events if e["ResourceStatus"].endswith("FAILED"))


@pytest.fixture
def world(aws: LocalAws) -> World:
    """The emptied embedded AWS with its shorthands."""
    return World(aws)
