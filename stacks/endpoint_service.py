"""Your own endpoint service for the connectors of a vendor, in a VPC that exists.

Run by `__main__.py`, or inline by the Automation API; change what it makes here.
"""

from conveyor_iac.pulumi.aws import DeploymentArgs, EndpointServiceDeployment
from conveyor_iac.pulumi.program import export, in_account


def endpoint_service(words: DeploymentArgs) -> EndpointServiceDeployment:
    """The endpoint service and nothing besides; in the words' account and region."""
    deployment = EndpointServiceDeployment(str(words["tenant"]), words, in_account(words))
    export(deployment)
    return deployment
