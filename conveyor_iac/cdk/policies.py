"""The predefined policies as a construct."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Stack
from aws_cdk.aws_iam import CfnManagedPolicy
from constructs import Construct

from conveyor_iac.cdk.policy import managed_policy
from conveyor_iac.cdk.spelling import Spelling, standing


class PredefinedPolicies(Construct):
    """The managed policies that the installer may attach to roles it creates, and nothing else.

    Spells the list of a plan. In a stack each policy's logical id is the construct's id and the policy's name,
    without a hash; deeper down it is the CDK's. Make it once per account and tenant: the names are fixed,
    because the installer role's conditions name them.

    Args:
        scope: the stack.
        id: construct id and beginning of the logical ids, such as `Predefined`.
        policies: `plan(installation).predefined`.

    Raises:
        RuntimeError: from the CDK, when the stack already has a construct of this id.

    Source: the catalogue, `model/catalogue/predefined/`; each statement names the page it was derived from.

    Attributes:
        policies: the resources, by the policy's name.
    """

    def __init__(self, scope: Construct, id: str, *, policies: Sequence[Any]) -> None:
        super().__init__(scope, id)
        spelling, prefix = Spelling.of(self), id if isinstance(scope, Stack) else ""
        self.policies: dict[str, CfnManagedPolicy] = {}
        for policy, where in standing(policies):
            self.policies[policy.name] = managed_policy(self, policy.name, policy, prefix=prefix,
                                                        condition=spelling.holds(where))
