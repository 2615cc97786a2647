"""One managed policy of the model as one AWS::IAM::ManagedPolicy, its purposes beside it."""

from aws_cdk import CfnCondition
from aws_cdk.aws_iam import CfnManagedPolicy
from constructs import Construct

from conveyor_iac.cdk.spelling import Spelling
from conveyor_iac.model.iam import ManagedPolicy


def managed_policy(
    scope: Construct, id: str, policy: ManagedPolicy, *, prefix: str = "", condition: CfnCondition | None = None
) -> CfnManagedPolicy:
    """The policy as a resource. `condition` left out: it is always there.

    With a `prefix` the logical id is that and the construct's id, without a hash; left out: the CDK's own.

    CloudFormation has no tags for managed policies, so none are set. Where the stack has room the purposes of
    the statements stand in the resource's metadata (`Spelling.purposes`).
    """
    spelling = Spelling.of(scope)
    resource = CfnManagedPolicy(
        scope,
        id,
        managed_policy_name=spelling.text(policy.policy_name),
        path=spelling.text(policy.path),
        description=policy.description,
        policy_document=policy.document.spelled(spelling.json),
    )
    spelling.explain(resource, policy.document)
    if prefix:
        resource.override_logical_id(f"{prefix}{id}")
    if condition is not None:
        resource.cfn_options.condition = condition
    return resource
