"""A dedicated deployment: both planes in your own account, without internet access.

Run by `__main__.py`, or inline by the Automation API; change what it makes here.
"""

from conveyor_iac.pulumi.aws import DedicatedDeployment, DeploymentArgs
from conveyor_iac.pulumi.program import export, in_account


def dedicated(words: DeploymentArgs) -> DedicatedDeployment:
    """Both networks, the ways between them, and the installer role; in the words' account and region."""
    deployment = DedicatedDeployment(str(words["tenant"]), words, in_account(words))
    export(deployment)
    return deployment
