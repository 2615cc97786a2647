"""A data plane on Azure beside the vendor's control plane on AWS.

Run by `__main__.py`, or inline by the Automation API; change what it makes here.
"""

from conveyor_iac.pulumi.azure import AzureDeployment, DeploymentArgs
from conveyor_iac.pulumi.program import export, in_subscription


def azure_shared(words: DeploymentArgs) -> AzureDeployment:
    """Subscription, network, guard rails and the vendor's access; in the words' tenant and subscription."""
    deployment = AzureDeployment(str(words["tenant"]), words, in_subscription(words))
    export(deployment)
    return deployment
