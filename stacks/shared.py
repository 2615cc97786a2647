"""A shared deployment: the vendor's control plane, a data plane with internet egress.

Run by `__main__.py`, or inline by the Automation API; change what it makes here.
"""

from conveyor_iac.pulumi.aws import DeploymentArgs, SharedDeployment
from conveyor_iac.pulumi.program import export, in_account


def shared(words: DeploymentArgs) -> SharedDeployment:
    """The network with NAT, and the installer role; in the words' account and region."""
    deployment = SharedDeployment(str(words["tenant"]), words, in_account(words))
    export(deployment)
    return deployment
