"""The permissions boundary of created roles as a component."""

from typing import NotRequired, TypedDict

import pulumi

from conveyor_iac.model.plan import OWN_VPC, data_plane_vpc
from conveyor_iac.pulumi.aws.parts import Parts
from conveyor_iac.pulumi.aws.policy import managed_policy
from conveyor_iac.pulumi.door import Entered, enter, keyed, missing, refuse
from conveyor_iac.pulumi.words import InstallationArgs


class PermissionsBoundaryArgs(TypedDict):
    """What a permissions boundary is made of."""

    installation: InstallationArgs
    """The installation, in the words of its file."""
    data_plane_vpc_id: NotRequired[pulumi.Input[str]]
    """The VPC of the data perimeter, where the installation names none: `DataPlaneNetwork.vpc_id`."""


class PermissionsBoundary(pulumi.ComponentResource):
    """The permissions boundary that every role the installer creates must carry.

    Spells the boundary of a plan; what is in it was decided by `conveyor_iac.plan`. Make it once per account and
    tenant: its name is fixed, because the installer role's conditions name it.

    Args:
        name: the component's name; its one part is called `NAME-Boundary`.
        args: `PermissionsBoundaryArgs`.
        opts: left out: the default provider, no parent.

    Raises:
        Refused: for every fault of the installation, and where the VPC of the data perimeter is not known.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """

    arn: pulumi.Output[str]
    """The ARN of the boundary."""

    def __init__(self, name: str, args: PermissionsBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("conveyor:index:PermissionsBoundary", name, {}, opts)
        given, faults = keyed(PermissionsBoundaryArgs, args)
        entered = enter(self, given.get("installation"), further=faults, kind="installation")
        vpc = given.get("data_plane_vpc_id")
        if vpc is None and needs_vpc(entered):
            refuse(self, [missing("data_plane_vpc_id", "the VPC of the data perimeter",
                                  "Give DataPlaneNetwork.vpc_id, or iam.data_plane_vpc in the installation")])
        parts = Parts(self, entered, known={"DataPlaneVpcId": vpc})
        assert entered.plan.boundary
        self.arn = managed_policy(parts, "Boundary", entered.plan.boundary).arn
        self.register_outputs({"arn": self.arn})


def needs_vpc(entered: Entered) -> bool:
    """Whether the VPC of the data perimeter is one that our own network makes."""
    return data_plane_vpc(entered.installation) == OWN_VPC
