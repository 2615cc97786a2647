"""One deployed installation, as somebody who uses its installer role sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.model.installation import Installation

STRANGER_ACCOUNT = "333333333333"
"""An account that has nothing to do with the installation."""


@dataclass(frozen=True, kw_only=True)
class Site:
    """Where a deployed installer role is and whom it must trust; `outputs` are those of its stacks."""

    aws: LocalAws
    installation: Installation
    external_id: str
    outputs: Mapping[str, str]

    @property
    def role_arn(self) -> str:
        """The ARN of the installer role."""
        return self.outputs["InstallerRoleArn"]

    @property
    def boundary_arn(self) -> str:
        """The ARN of the boundary."""
        return self.outputs["BoundaryArn"]

    @property
    def predefined(self) -> tuple[str, ...]:
        """The ARNs of the predefined policies."""
        return tuple(arn for key, arn in self.outputs.items() if key.endswith("PolicyArn"))

    @property
    def path(self) -> str:
        """The IAM path of created roles."""
        return f"{self.installation.iam.path}{self.installation.tenant}/"

    def created(self, name: str) -> str:
        """The name of a created role."""
        return f"{self.installation.iam.role_prefix}{name}"

    def caller(self, role: str = "", account: str = "") -> Any:
        """An STS client of the control plane's role, or of another role or account."""
        control_plane = self.installation.control_plane
        return self.aws.client("sts", credentials=self.aws.session_of(account or control_plane.account,
                                                                      role or control_plane.role))

    def assume(self, caller: Any, **changes: Any) -> Any:
        """Assumes the installer role as it should be done, but for the changes; a change to None leaves it out."""
        words = {"RoleArn": self.role_arn, "RoleSessionName": self.outputs["SessionName"],
                 "ExternalId": self.external_id, **changes}
        return caller.assume_role(**{key: value for key, value in words.items() if value is not None})["Credentials"]


def callers(aws: LocalAws, installation: Installation) -> None:
    """Makes the control plane's role, another role of its account and a stranger's role of the same name."""
    control_plane = installation.control_plane
    aws.make_role(control_plane.account, control_plane.role, allow=["*"])
    aws.make_role(control_plane.account, "another-role", allow=["*"])
    aws.make_role(STRANGER_ACCOUNT, control_plane.role, allow=["*"])
