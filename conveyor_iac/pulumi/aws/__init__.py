"""The plan spelled as Pulumi components for AWS.

A component receives the words of an installation, has them planned, and spells the plan out; it decides nothing.
"""

from conveyor_iac.pulumi.aws.boundary import PermissionsBoundary, PermissionsBoundaryArgs
from conveyor_iac.pulumi.aws.deployment import (
    DedicatedDeployment,
    EndpointServiceDeployment,
    PrivateDeployment,
    SharedDeployment,
)
from conveyor_iac.pulumi.aws.endpoints import EndpointSet, EndpointSetArgs
from conveyor_iac.pulumi.aws.installer import InstallerRole, InstallerRoleArgs
from conveyor_iac.pulumi.aws.network import ControlPlaneNetwork, DataPlaneNetwork, DataPlaneNetworkArgs
from conveyor_iac.pulumi.aws.policies import PredefinedPolicies, PredefinedPoliciesArgs
from conveyor_iac.pulumi.aws.privatelink import (
    EndpointConsumer,
    EndpointConsumerArgs,
    EndpointService,
    EndpointServiceArgs,
)
from conveyor_iac.pulumi.words import DeploymentArgs

__all__ = [
    "ControlPlaneNetwork", "DataPlaneNetwork", "DataPlaneNetworkArgs", "DedicatedDeployment", "DeploymentArgs",
    "EndpointConsumer", "EndpointConsumerArgs", "EndpointService", "EndpointServiceArgs", "EndpointServiceDeployment",
    "EndpointSet", "EndpointSetArgs", "InstallerRole", "InstallerRoleArgs", "PermissionsBoundary",
    "PermissionsBoundaryArgs", "PredefinedPolicies", "PredefinedPoliciesArgs", "PrivateDeployment", "SharedDeployment",
]
