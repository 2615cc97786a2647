"""The installer role as a construct."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Aws, CfnTag, Fn, Stack
from aws_cdk.aws_iam import CfnRole
from constructs import Construct

from conveyor_iac.cdk.policies import standing
from conveyor_iac.cdk.policy import managed_policy
from conveyor_iac.cdk.spelling import Spelling
from conveyor_iac.model.iam import Role
from conveyor_iac.model.placeholders import Either


class InstallerRole(Construct):
    """The minimal installation role that the vendor's control plane assumes (also called support role).

    Spells the role of a plan with its own managed policies; what it may do was decided by `conveyor_iac.plan`.
    In a stack the role takes the construct's id as logical id, its policies that id and their name, without a
    hash; deeper down the CDK's own ids stand. The external id is always a NoEcho parameter `ExternalId` of the
    stack, which the construct declares.

    Args:
        scope: the stack.
        id: construct id and logical id, such as `InstallerRole`.
        role: `plan(installation).installer`.
        tags: tags of the role; left out: none. Managed policies cannot carry tags in CloudFormation.

    Raises:
        RuntimeError: from the CDK, when the stack already has a construct of this id.

    Source: the catalogue, `model/catalogue/installer/`; the trust follows
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    def __init__(self, scope: Construct, id: str, *, role: Role, tags: Mapping[str, str] | None = None) -> None:
        super().__init__(scope, id)
        spelling = Spelling.of(self)
        prefix = id if isinstance(scope, Stack) else ""
        self.role = CfnRole(
            self,
            "Default",
            role_name=spelling.text(role.role_name),
            path=spelling.text(role.path),
            description=role.description,
            assume_role_policy_document=role.trust.spelled(spelling.json),
            managed_policy_arns=self._policies(prefix, role),
            permissions_boundary=_optional(role.boundary, spelling),
            max_session_duration=role.max_session_seconds,
            tags=[CfnTag(key=key, value=spelling.text(value)) for key, value in (tags or {}).items()] or None,
        )
        spelling.explain(self.role, role.trust)

    def _policies(self, prefix: str, role: Role) -> list[str]:
        spelling, arns = Spelling.of(self), []
        for policy, switch, on in standing(role.policies):
            name = f"{policy.name}Policy"
            condition = spelling.condition(switch, on=on) if switch else None
            made = managed_policy(self, name, policy, prefix=prefix, condition=condition)
            arns.append(Fn.condition_if(switch, made.ref, Aws.NO_VALUE).to_string() if switch else made.ref)
        return arns


def _optional(value: Any, spelling: Spelling) -> str | None:
    """A text that may stand behind a switch, or nothing at all."""
    if not isinstance(value, Either):
        return spelling.text(value) if value else None
    spelling.condition(value.switch)
    return Fn.condition_if(value.switch, spelling.text(value.yes), Aws.NO_VALUE).to_string()
