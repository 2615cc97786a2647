"""The other side: the same resources as a customer would write them with the CDK, and nothing tuned.

Law: a plain `App()`, so the built-in CloudFormation validation, the default synthesizer and the tree metadata are on;
L2 constructs (`Role`, `ManagedPolicy`, one `PolicyStatement` object per statement); where L2 has no word for
something (a statement or an effect behind a condition), the documented escape hatch. Networks are in
`plain_network.py`.

`plain_app.py TEMPLATE...`: reads the content, which a customer would have in code, from templates that our side wrote
before; one stack for each. Reading costs a few milliseconds. Texts with placeholders become Python strings with tokens
in them, each token asked for once: the cheapest of the ordinary ways. The assembly goes where the CDK CLI would say
(CDK_OUTDIR), account and region come from where it would say them (CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION).
"""

import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import (
    App,
    CfnCondition,
    CfnOutput,
    CfnParameter,
    Duration,
    Environment,
    Fn,
    ICfnConditionExpression,
    Stack,
    Tags,
)
from aws_cdk import aws_iam as iam
from constructs import Construct
from plain_network import PlainEndpoints, PlainNetwork
from plain_words import Json, Words


class PlainStack(Stack):
    """One stack with the content of one template."""

    def __init__(self, scope: Construct, id: str, *, content: Json, env: Environment, given: Mapping[str, str]) -> None:
        super().__init__(scope, id, description=content["Description"], env=env)
        self.words = Words(given)
        self.conditions: dict[str, CfnCondition] = {}
        self.content = content
        for name, given in content.get("Parameters", {}).items():
            words = {re.sub("[A-Z]", lambda big: f"_{big[0].lower()}", key).lstrip("_"): value
                     for key, value in given.items()}
            self.words.values[name] = CfnParameter(self, name, **words).value_as_string
        for name in content.get("Conditions", {}):
            self.condition(name)
        for name, resource in content["Resources"].items():
            make = {"AWS::IAM::ManagedPolicy": self.policy, "AWS::IAM::Role": self.role}[resource["Type"]]
            made, self.words.values[name] = make(name, resource["Properties"])
            if "Condition" in resource:
                made.node.default_child.cfn_options.condition = self.conditions[resource["Condition"]]
        for name, output in content.get("Outputs", {}).items():
            CfnOutput(self, f"Output{name}", value=self.words.text(output["Value"]),
                      description=output.get("Description"),
                      condition=self.conditions.get(output.get("Condition", ""))).override_logical_id(name)

    def policy(self, name: str, said: Json) -> tuple[Construct, str]:
        """A managed policy, each statement an object."""
        statements = said["PolicyDocument"]["Statement"]
        plain = [given for given in statements if "Fn::If" not in given]
        policy = iam.ManagedPolicy(
            self,
            name,
            managed_policy_name=self.words.text(said["ManagedPolicyName"]),
            path=self.words.text(said["Path"]),
            description=said["Description"],
            statements=[self.words.statement(given) for given in plain],
        )
        for number, given in enumerate((given for given in statements if "Fn::If" in given), start=len(plain)):
            policy.node.default_child.add_property_override(f"PolicyDocument.Statement.{number}", given)
        return policy, policy.managed_policy_arn

    def role(self, name: str, said: Json) -> tuple[Construct, str]:
        """The role with its trust: one principal under conditions."""
        (trust,) = said["AssumeRolePolicyDocument"]["Statement"]
        boundary = said.get("PermissionsBoundary")
        role = iam.Role(
            self,
            name,
            role_name=self.words.text(said["RoleName"]),
            path=self.words.text(said["Path"]),
            description=said["Description"],
            assumed_by=iam.ArnPrincipal(self.words.text(trust["Principal"]["AWS"])).with_conditions(
                self.words.spelled(trust["Condition"])
            ),
            managed_policies=[
                iam.ManagedPolicy.from_managed_policy_arn(self, f"{name}Policy{number}", self.words.text(arn))
                for number, arn in enumerate(said["ManagedPolicyArns"])],
            permissions_boundary=boundary
            and iam.ManagedPolicy.from_managed_policy_arn(self, f"{name}Boundary", self.words.text(boundary)),
            max_session_duration=Duration.seconds(said["MaxSessionDuration"]),
        )
        if trust["Effect"] != "Allow":
            path = "AssumeRolePolicyDocument.Statement.0.Effect"
            role.node.default_child.add_property_override(path, trust["Effect"])
        for tag in said["Tags"]:
            Tags.of(role).add(tag["Key"], self.words.text(tag["Value"]))
        return role, role.role_arn

    def condition(self, name: str) -> CfnCondition:
        """A condition of the template, made when it is first asked for."""
        if name not in self.conditions:
            expression = self.expression(self.content["Conditions"][name])
            self.conditions[name] = CfnCondition(self, name, expression=expression)
        return self.conditions[name]

    def expression(self, given: Json) -> ICfnConditionExpression:
        """What a condition says."""
        ((word, said),) = given.items()
        match word:
            case "Condition":
                return self.condition(said)
            case "Fn::Not":
                return Fn.condition_not(self.expression(said[0]))
            case _:
                return Fn.condition_equals(self.words.text(said[0]), self.words.text(said[1]))


def _exports(network: PlainNetwork) -> dict[str, str]:
    """What other stacks of the installation refer to, by the name under which our side exports it."""
    return {f"{network.stack_name}-Vpc": network.vpc.vpc_id}


def write(files: list[Path]) -> None:
    """The app of these templates; a network comes before what refers to it."""
    app, networks = App(), dict[str, PlainNetwork]()
    env = Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION"))
    contents = {file.name.removesuffix(".template.json"): json.loads(file.read_text()) for file in files}
    for name in [name for name in contents if name.endswith("-network")]:
        networks[name.rpartition("-")[0]] = PlainNetwork(app, name, content=contents.pop(name), env=env)
    for name, content in contents.items():
        within = next((made for prefix, made in networks.items() if name.startswith(f"{prefix}-")), None)
        if within and name.endswith("-endpoints"):
            PlainEndpoints(app, name, content=content, env=env, network=within)
        else:
            PlainStack(app, name, content=content, env=env, given=_exports(within) if within else {})
    app.synth()


if __name__ == "__main__":
    write(list(map(Path, sys.argv[1:])))
