"""The permissions boundary of created roles as a construct."""

from constructs import Construct

from conveyor_iac.cdk.policy import managed_policy
from conveyor_iac.model.iam import ManagedPolicy


class PermissionsBoundary(Construct):
    """The permissions boundary that every role the installer creates must carry.

    Spells the boundary of a plan; what is in it was decided by `conveyor_iac.plan`. In a stack it takes its own
    id as logical id, without a hash. Make it once per account and tenant: its name is fixed, because the
    installer role's conditions name it.

    Args:
        scope: the stack.
        id: construct id and logical id, such as `Boundary`.
        policy: `plan(installation).boundary`.

    Raises:
        RuntimeError: from the CDK, when the stack already has a construct of this id.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    def __init__(self, scope: Construct, id: str, *, policy: ManagedPolicy) -> None:
        super().__init__(scope, id)
        self.policy = managed_policy(self, "Default", policy)
