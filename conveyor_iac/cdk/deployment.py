"""Compositions: which constructs stand together in a stack, and what a stack hands out.

Logical ids and output keys are a public contract: they are decided here, once.
"""

from typing import Any

from aws_cdk import CfnOutput, Environment, LegacyStackSynthesizer, Stack
from constructs import Construct

from conveyor_iac.cdk.boundary import PermissionsBoundary
from conveyor_iac.cdk.installer import InstallerRole
from conveyor_iac.cdk.policies import PredefinedPolicies, standing
from conveyor_iac.cdk.spelling import Spelling
from conveyor_iac.model import catalogue
from conveyor_iac.model.plan import Plan


class _Stack(Stack):
    """A stack without assets: deployed with the caller's own credentials, in an account never bootstrapped.

    That is the legacy synthesizer's way: the "bootstrapless" one names the roles of a bootstrap in the manifest.

    The stacks of one installation are written without white space and without purposes (`plan` prints them), so
    that each stays under the 51,200 bytes that a template sent in a request may have.
    """

    def __init__(self, scope: Construct, id: str, plan: Plan, description: str) -> None:
        mine = plan.account is not None
        env = Environment(account=plan.account, region=plan.region) if mine else None
        super().__init__(scope, id, env=env, description=description, synthesizer=LegacyStackSynthesizer(),
                         suppress_template_indentation=mine)
        Spelling.of(self).purposes = not mine


class PoliciesStack(_Stack):
    """The boundary and the predefined policies of one installation; deployed before the installer role."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan) -> None:
        super().__init__(scope, id, plan, "Conveyor: the boundary and the predefined policies of created roles.")
        _policies(self, plan)


class InstallerRoleStack(_Stack):
    """The installer role of one installation."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan) -> None:
        super().__init__(scope, id, plan, "Conveyor: the minimal installation role.")
        _role(self, plan)


class InstallerRoleTemplate(_Stack):
    """The published template: role, boundary and predefined policies in one file, for whoever fills it in."""

    def __init__(self, scope: Construct, id: str, *, plan: Plan) -> None:
        super().__init__(scope, id, plan,
                         "Conveyor: the minimal installation role, its boundary and the predefined policies.")
        _policies(self, plan)
        _role(self, plan)
        self.template_options.metadata = {"AWS::CloudFormation::Interface": _interface(Spelling.of(self))}


def _policies(stack: Stack, plan: Plan) -> None:
    boundary = PermissionsBoundary(stack, "Boundary", policy=plan.boundary)
    made = PredefinedPolicies(stack, "Predefined", policies=plan.predefined)
    CfnOutput(stack, "BoundaryArn", value=boundary.policy.ref,
              description="The permissions boundary every created role must carry.")
    for policy, switch, on in standing(plan.predefined):
        condition = Spelling.of(stack).condition(switch, on=on) if switch else None
        CfnOutput(stack, f"{policy.name}Arn", value=made.policies[policy.name].ref, condition=condition)


def _role(stack: Stack, plan: Plan) -> None:
    installer = InstallerRole(stack, "InstallerRole", role=plan.installer, tags=plan.tags)
    CfnOutput(stack, "InstallerRoleArn", value=installer.role.attr_arn,
              description="Hand this to the vendor: the role the control plane assumes.")
    CfnOutput(stack, "SessionName", value=Spelling.of(stack).text(plan.session_name),
              description="The role session name the control plane must use.")


def _interface(spelling: Spelling) -> dict[str, Any]:
    """The parameters in groups with labels, in the catalogue's order."""
    used = [row for row in catalogue.parameters().values() if row.name in spelling.parameters]
    groups: dict[str, list[str]] = {}
    for row in used:
        groups.setdefault(row.group, []).append(row.name)
    return {
        "ParameterGroups": [{"Label": {"default": group}, "Parameters": names} for group, names in groups.items()],
        "ParameterLabels": {row.name: {"default": row.label} for row in used},
    }
