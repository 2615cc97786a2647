"""The installer role as a construct."""

from collections.abc import Mapping, Sequence

from aws_cdk import CfnTag, Stack
from aws_cdk.aws_iam import CfnRole
from constructs import Construct

from conveyor_iac.cdk.policy import managed_policy
from conveyor_iac.cdk.spelling import Spelling, standing
from conveyor_iac.model.iam import ManagedPolicy, Role


class InstallerRole(Construct):
    """The minimal installation role that the vendor's control plane assumes (also called support role).

    Spells the role of a plan with its own managed policies; what it may do was decided by `conveyor_iac.plan`.
    In a stack the role takes the construct's id as logical id, its policies that id and their name, without a
    hash; deeper down the CDK's own ids stand. The external id is always a NoEcho parameter `ExternalId` of the
    stack, which the construct declares. Policies of the role that stand in another stack (`InstallerPolicies`) are
    named by their ARNs.

    Args:
        scope: the stack.
        id: construct id and logical id, such as `InstallerRole`.
        role: `plan(installation).installer`.
        tags: tags of the role; left out: none. Managed policies cannot carry tags in CloudFormation.
        elsewhere: ARNs of the role's policies that another stack makes, by name; left out: all are made here.

    Raises:
        RuntimeError: from the CDK, when the stack already has a construct of this id.

    Source: the catalogue, `model/catalogue/installer/`; the trust follows
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    def __init__(self, scope: Construct, id: str, *, role: Role, tags: Mapping[str, str] | None = None,
                 elsewhere: Mapping[str, str] | None = None) -> None:
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
            managed_policy_arns=self._policies(prefix, role, elsewhere or {}),
            permissions_boundary=spelling.either(role.boundary),
            max_session_duration=role.max_session_seconds,
            tags=[CfnTag(key=key, value=spelling.text(value)) for key, value in (tags or {}).items()] or None,
        )
        spelling.explain(self.role, role.trust)

    def _policies(self, prefix: str, role: Role, elsewhere: Mapping[str, str]) -> list[str]:
        spelling, arns = Spelling.of(self), []
        for policy, where in standing(role.policies):
            if policy.name in elsewhere:
                arns.append(spelling.text(elsewhere[policy.name]))
                continue
            made = managed_policy(self, f"{policy.name}Policy", policy, prefix=prefix, condition=spelling.holds(where))
            arns.append(spelling.chosen(where[0][0], made.ref, None) if where else made.ref)
        return arns


class InstallerPolicies(Construct):
    """Managed policies of the installer role in a stack before the role's own: one stack has no room for all.

    Args:
        scope: the stack.
        id: construct id and beginning of the logical ids: that of the role, such as `InstallerRole`.
        policies: those of `plan(installation).installer.policies` that no switch can take away.

    Raises:
        RuntimeError: from the CDK, when the stack already has a construct of this id.

    Source: the catalogue, `model/catalogue/installer/`.
    """

    def __init__(self, scope: Construct, id: str, *, policies: Sequence[ManagedPolicy]) -> None:
        super().__init__(scope, id)
        for policy in policies:
            managed_policy(self, f"{policy.name}Policy", policy, prefix=id if isinstance(scope, Stack) else "")
