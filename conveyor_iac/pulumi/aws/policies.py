"""The predefined policies as a component."""

from typing import Any, TypedDict

import pulumi

from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.aws.policy import managed_policy
from conveyor_iac.pulumi.door import enter, keyed
from conveyor_iac.pulumi.words import InstallationArgs


class PredefinedPoliciesArgs(TypedDict):
    """What the predefined policies are made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""


class PredefinedPolicies(pulumi.ComponentResource):
    """The managed policies that the installer may attach to roles it creates, and nothing else.

    Spells the list of a plan. Make it once per account and tenant: the names are fixed, because the installer role's
    conditions name them.

    Args:
        name: the component's name; its parts are called `NAME-Predefined` and the policy's name.
        args: `PredefinedPoliciesArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation.

    Source: the catalogue, `model/catalogue/predefined/`; each statement names the page it was derived from.
    """

    arns: pulumi.Output[dict[str, str]]
    """The ARN of each policy, by the keys of the CloudFormation stack's outputs: `EksClusterPolicyArn` and so on."""

    def __init__(self, name: str, args: PredefinedPoliciesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:PredefinedPolicies", name, {}, opts)
        given, faults = keyed(PredefinedPoliciesArgs, args)
        entered = enter(self, given.get("installation"), further=faults, kind="installation")
        parts = Parts(self, entered)
        self.handed: dict[str, Any] = {
            f"{policy.name}Arn": managed_policy(parts, f"Predefined{policy.name}", policy).arn
            for policy in entered.plan.predefined}
        self.arns = pulumi.Output.from_input(self.handed)
        self.register_outputs({"arns": self.arns})
