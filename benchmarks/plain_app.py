"""The other side: the same resources as a customer would write them with the CDK, and nothing tuned.

Law: a plain `App()`, so the built-in CloudFormation validation, the default synthesizer and the tree metadata are on;
L2 constructs (`Role`, `ManagedPolicy`, one `PolicyStatement` object per statement); where L2 has no word for
something (a statement or an effect behind a condition), the documented escape hatch.

`plain_app.py TEMPLATE...`: reads the content, which a customer would have in code, from templates that our side wrote
before; one stack for each. Reading costs a few milliseconds. Texts with placeholders become Python strings with tokens
in them, each token asked for once: the cheapest of the ordinary ways. The assembly goes where the CDK CLI would say
(CDK_OUTDIR), account and region come from where it would say them (CDK_DEFAULT_ACCOUNT, CDK_DEFAULT_REGION).
"""

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

from aws_cdk import (
    App,
    Aws,
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

Json = dict[str, Any]
_PSEUDO = {"AccountId": "ACCOUNT_ID", "NoValue": "NO_VALUE", "Partition": "PARTITION", "Region": "REGION",
           "URLSuffix": "URL_SUFFIX"}


class PlainStack(Stack):
    """One stack with the content of one template."""

    def __init__(self, scope: Construct, id: str, *, content: Json, env: Environment) -> None:
        super().__init__(scope, id, description=content["Description"], env=env)
        self.values: dict[str, str] = {}
        self.conditions: dict[str, CfnCondition] = {}
        self.content = content
        for name, given in content.get("Parameters", {}).items():
            words = {re.sub("[A-Z]", lambda big: f"_{big[0].lower()}", key).lstrip("_"): value
                     for key, value in given.items()}
            self.values[name] = CfnParameter(self, name, **words).value_as_string
        for name in content.get("Conditions", {}):
            self.condition(name)
        for name, resource in content["Resources"].items():
            make = {"AWS::IAM::ManagedPolicy": self.policy, "AWS::IAM::Role": self.role}[resource["Type"]]
            made, self.values[name] = make(name, resource["Properties"])
            if "Condition" in resource:
                made.node.default_child.cfn_options.condition = self.conditions[resource["Condition"]]
        for name, output in content["Outputs"].items():
            CfnOutput(self, f"Output{name}", value=self.text(output["Value"]), description=output.get("Description"),
                      condition=self.conditions.get(output.get("Condition", ""))).override_logical_id(name)

    def policy(self, name: str, said: Json) -> tuple[Construct, str]:
        """A managed policy, each statement an object."""
        statements = said["PolicyDocument"]["Statement"]
        plain = [given for given in statements if "Fn::If" not in given]
        policy = iam.ManagedPolicy(
            self,
            name,
            managed_policy_name=self.text(said["ManagedPolicyName"]),
            path=self.text(said["Path"]),
            description=said["Description"],
            statements=[self.statement(given) for given in plain],
        )
        for number, given in enumerate((given for given in statements if "Fn::If" in given), start=len(plain)):
            policy.node.default_child.add_property_override(f"PolicyDocument.Statement.{number}", given)
        return policy, policy.managed_policy_arn

    def statement(self, given: Json) -> iam.PolicyStatement:
        """One statement."""
        return iam.PolicyStatement(
            sid=given["Sid"],
            effect=iam.Effect(given["Effect"].upper()),
            actions=self.texts(given["Action"]),
            resources=self.texts(given["Resource"]) if "Resource" in given else None,
            not_resources=self.texts(given["NotResource"]) if "NotResource" in given else None,
            conditions=self.spelled(given.get("Condition", {})),
        )

    def role(self, name: str, said: Json) -> tuple[Construct, str]:
        """The role with its trust: one principal under conditions."""
        (trust,) = said["AssumeRolePolicyDocument"]["Statement"]
        boundary = said.get("PermissionsBoundary")
        role = iam.Role(
            self,
            name,
            role_name=self.text(said["RoleName"]),
            path=self.text(said["Path"]),
            description=said["Description"],
            assumed_by=iam.ArnPrincipal(self.text(trust["Principal"]["AWS"])).with_conditions(
                self.spelled(trust["Condition"])
            ),
            managed_policies=[iam.ManagedPolicy.from_managed_policy_arn(self, f"{name}Policy{number}", self.text(arn))
                              for number, arn in enumerate(said["ManagedPolicyArns"])],
            permissions_boundary=boundary
            and iam.ManagedPolicy.from_managed_policy_arn(self, f"{name}Boundary", self.text(boundary)),
            max_session_duration=Duration.seconds(said["MaxSessionDuration"]),
        )
        if trust["Effect"] != "Allow":
            path = "AssumeRolePolicyDocument.Statement.0.Effect"
            role.node.default_child.add_property_override(path, trust["Effect"])
        for tag in said["Tags"]:
            Tags.of(role).add(tag["Key"], self.text(tag["Value"]))
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
                return Fn.condition_equals(self.text(said[0]), self.text(said[1]))

    def value(self, name: str) -> str:
        """What a placeholder stands for, as a token."""
        if name not in self.values:
            self.values[name] = getattr(Aws, _PSEUDO[name.removeprefix("AWS::")])
        return self.values[name]

    def text(self, given: Any) -> str:
        """A text, or an intrinsic as a token."""
        if isinstance(given, str):
            return given
        ((word, said),) = given.items()
        match word:
            case "Ref":
                return self.value(said)
            case "Fn::GetAtt":
                return self.value(said[0])
            case "Fn::Sub":
                return re.sub(r"\$\{([^!}]+)\}", lambda hit: self.value(hit[1]), said).replace("${!", "${")
            case "Fn::If":
                return Fn.condition_if(said[0], self.text(said[1]), self.text(said[2])).to_string()
        raise ValueError(f"{word} has no spelling here")

    def texts(self, given: Any) -> list[str]:
        """One text or several, as a list."""
        return [self.text(one) for one in (given if isinstance(given, list) else [given])]

    def spelled(self, conditions: Json) -> Json:
        """The conditions of a statement."""
        return {operator: {key: [self.text(one) for one in value] if isinstance(value, list) else self.text(value)
                           for key, value in keys.items()} for operator, keys in conditions.items()}


if __name__ == "__main__":
    app = App()
    env = Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION"))
    for file in map(Path, sys.argv[1:]):
        PlainStack(app, file.name.removesuffix(".template.json"), content=json.loads(file.read_text()), env=env)
    app.synth()
