"""One managed policy of the model as one aws.iam.Policy."""

import pulumi_aws as aws

from conveyor_iac.model.iam import ManagedPolicy
from conveyor_iac.pulumi.aws.parts import Parts


def managed_policy(parts: Parts, name: str, policy: ManagedPolicy) -> aws.iam.Policy:
    """The policy as a part; its name in AWS is fixed, because conditions name it.

    Another description alone would replace it, and one that is attached to a created role cannot be deleted.
    """
    made: aws.iam.Policy = parts.add(name, aws.iam.Policy(
        parts.called(name), name=parts.ref(policy.policy_name), path=parts.ref(policy.path), tags=parts.tags(),
        description=policy.description, policy=parts.spelling.json(policy.document),
        opts=parts.fixed(ignore_changes=["description"])))
    return made
