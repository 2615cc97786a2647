"""A private deployment: the vendor's control plane, a data plane without internet access.

Run by `__main__.py`, or inline by the Automation API; change what it makes here.
"""

from conveyor_iac.pulumi.aws import DeploymentArgs, PrivateDeployment
from conveyor_iac.pulumi.program import export, in_account


def private(words: DeploymentArgs) -> PrivateDeployment:
    """The network with its endpoints and endpoint service, and the installer role; in the words' account and region."""
    deployment = PrivateDeployment(str(words["tenant"]), words, in_account(words))
    export(deployment)
    return deployment
