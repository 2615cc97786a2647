"""The installer role as a component."""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from conveyor_iac.model.iam import Role
from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.aws.policy import managed_policy
from conveyor_iac.pulumi.door import enter
from conveyor_iac.pulumi.words import InstallationArgs

ROLE = "InstallerRole"
"""What the role is called among its component's parts."""


class InstallerRoleArgs(TypedDict):
    """What an installer role is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file; its `external_id` is needed here, and always made a secret."""


class InstallerRole(pulumi.ComponentResource):
    """The minimal installation role that the vendor's control plane assumes (also called support role).

    Spells the role of a plan with its own managed policies; what it may do was decided by `conveyor_iac.plan`. The
    external id is a secret, and so is the trust policy that names it. The boundary and the predefined policies are
    components of their own, which the role names and does not make.

    Args:
        name: the component's name; its parts are called `NAME-InstallerRole` and `NAME-InstallerRole...Policy`.
        args: `InstallerRoleArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where there is no external id.

    Source: the catalogue, `model/catalogue/installer/`; the trust follows
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    arn: pulumi.Output[str]
    """The ARN of the role: hand it to the vendor."""
    session_name: pulumi.Output[str]
    """The role session name the control plane must use."""

    def __init__(self, name: str, args: InstallerRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:InstallerRole", name, {}, opts)
        entered = enter(self, args.get("installation"), trusting=True, kind="installation")
        parts, role = Parts(self, entered), entered.plan.installer
        assert role
        self.arn = self._role(parts, role).arn
        self.session_name = pulumi.Output.from_input(entered.plan.session_name)
        self.register_outputs({"arn": self.arn, "session_name": self.session_name})

    def _role(self, parts: Parts, role: Role) -> aws.iam.Role:
        policies = {policy.name: managed_policy(parts, f"{ROLE}{policy.name}Policy", policy)
                    for policy in role.policies}
        made: aws.iam.Role = parts.add(ROLE, aws.iam.Role(
            parts.called(ROLE), name=parts.ref(role.role_name), path=parts.ref(role.path),
            description=role.description, assume_role_policy=parts.spelling.json(role.trust), tags=parts.tags(),
            permissions_boundary=parts.ref(role.boundary) if role.boundary else None,
            max_session_duration=role.max_session_seconds, opts=parts.fixed()))
        for name, policy in policies.items():
            attachment = f"{ROLE}{name}Attachment"
            parts.add(attachment, aws.iam.RolePolicyAttachment(
                parts.called(attachment), role=made.name, policy_arn=policy.arn, opts=parts.fixed()))
        return made
