"""One deployed installation, as somebody who uses its installer role sees it."""

import json
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
        name = role or control_plane.role.rpartition("/")[2]
        return self.aws.client("sts", credentials=self.aws.session_of(account or control_plane.account, name))

    def assume(self, caller: Any, **changes: Any) -> Any:
        """Assumes the installer role as it should be done, but for the changes; a change to None leaves it out."""
        words = {"RoleArn": self.role_arn, "RoleSessionName": self.outputs["SessionName"],
                 "ExternalId": self.external_id, **changes}
        return caller.assume_role(**{key: value for key, value in words.items() if value is not None})["Credentials"]


def surroundings(aws: LocalAws, installation: Installation) -> None:
    """What must be there before a deploy, and who else there is.

    Makes the control plane's role, another role of its account, a stranger's role of the same name, and the
    company's own boundary where the file names one (here it allows everything).
    """
    control_plane, boundary = installation.control_plane, installation.iam.boundary
    if boundary:
        path, _, name = boundary.partition(":policy")[2].rpartition("/")
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        aws.client("iam").create_policy(PolicyName=name, Path=f"{path}/", PolicyDocument=json.dumps(document))
    path, _, name = f"/{control_plane.role}".rpartition("/")
    aws.make_role(control_plane.account, name, path=f"{path}/", allow=["*"])
    aws.make_role(control_plane.account, "another-role", allow=["*"])
    aws.make_role(STRANGER_ACCOUNT, name, path=f"{path}/", allow=["*"])


def make_bucket(aws: LocalAws, name: str) -> None:
    """Makes a bucket in the region spoken to; us-east-1 is the one region that may not be named."""
    place = {} if aws.region == "us-east-1" else {
        "CreateBucketConfiguration": {"LocationConstraint": aws.region}}
    aws.client("s3").create_bucket(Bucket=name, **place)
