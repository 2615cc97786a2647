"""The installer role as a component."""

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from conveyor_iac.errors import Fault
from conveyor_iac.model.iam import Role
from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.aws.policy import managed_policy
from conveyor_iac.pulumi.door import enter, keyed, refuse
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
    external id is a secret, and so is the trust policy that names it. Policies that deny are attached first and go
    last. The account of the provider is looked up: in another than the installation's no role is made. The boundary
    and the predefined policies are components of their own, which the role names and does not make.

    Args:
        name: the component's name; its parts are called `NAME-InstallerRole` and `NAME-InstallerRole...Policy`.
        args: `InstallerRoleArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, where there is no external id, and in another account.

    Source: the catalogue, `model/catalogue/installer/`; the trust follows
    https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
    """

    arn: pulumi.Output[str]
    """The ARN of the role: hand it to the vendor."""
    session_name: pulumi.Output[str]
    """The role session name the control plane must use."""

    def __init__(self, name: str, args: InstallerRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:InstallerRole", name, {}, opts)
        given, faults = keyed(InstallerRoleArgs, args)
        entered = enter(self, given.get("installation"), further=faults, trusting=True, kind="installation")
        parts, role = Parts(self, entered), entered.plan.installer
        assert role
        self.arn = self._role(parts, role, self._in_account(entered.installation.account)).arn
        self.session_name = pulumi.Output.from_input(entered.plan.session_name)
        self.register_outputs({"arn": self.arn, "session_name": self.session_name})

    def _in_account(self, wanted: str | None) -> pulumi.Output[str]:
        """The provider's account, which must be the installation's."""

        def held(found: str) -> str:
            if found != wanted:
                refuse(self, [Fault(
                    path="account", value=repr(wanted), rule=f"the provider's account, which is {found}",
                    way_out="Mend the account, or give a provider of it; allowed_account_ids holds it to one")],
                    late=True)
            return found

        caller = aws.get_caller_identity_output(opts=pulumi.InvokeOutputOptions(parent=self))
        return caller.account_id.apply(held)

    def _role(self, parts: Parts, role: Role, account: pulumi.Output[str]) -> aws.iam.Role:
        policies = {policy.name: managed_policy(parts, f"{ROLE}{policy.name}Policy", policy)
                    for policy in role.policies}
        trust = pulumi.Output.all(parts.spelling.json(role.trust), account).apply(lambda both: both[0])
        made: aws.iam.Role = parts.add(ROLE, aws.iam.Role(
            parts.called(ROLE), name=parts.ref(role.role_name), path=parts.ref(role.path),
            description=role.description, assume_role_policy=trust, tags=parts.tags(),
            permissions_boundary=parts.ref(role.boundary) if role.boundary else None,
            max_session_duration=role.max_session_seconds, opts=parts.fixed()))
        denying = [policy.name for policy in role.policies if policy.document.denies()]
        for name in sorted(policies, key=lambda name: name not in denying):
            first = [] if name in denying else [f"{ROLE}{name}Attachment" for name in denying]
            parts.add(f"{ROLE}{name}Attachment", aws.iam.RolePolicyAttachment(
                parts.called(f"{ROLE}{name}Attachment"), role=made.name, policy_arn=policies[name].arn,
                opts=parts.fixed(*first)))
        return made
