"""The plan spelled as Pulumi components for Azure.

A component receives the words of an installation, has them planned, and spells the plan out; it decides nothing.
"""

from conveyor_iac.pulumi.azure.access import AzureVendorAccess, AzureVendorAccessArgs
from conveyor_iac.pulumi.azure.deployment import AzureDeployment
from conveyor_iac.pulumi.azure.guardrails import AzureGuardrails, AzureGuardrailsArgs
from conveyor_iac.pulumi.azure.identities import AzureIdentities, AzureIdentitiesArgs
from conveyor_iac.pulumi.azure.network import AzureNetwork, AzureNetworkArgs
from conveyor_iac.pulumi.azure.services import AzureServices, AzureServicesArgs
from conveyor_iac.pulumi.azure.subscription import AzureSubscription, AzureSubscriptionArgs
from conveyor_iac.pulumi.words import DeploymentArgs

__all__ = [
    "AzureDeployment", "AzureGuardrails", "AzureGuardrailsArgs", "AzureIdentities", "AzureIdentitiesArgs",
    "AzureNetwork", "AzureNetworkArgs", "AzureServices", "AzureServicesArgs", "AzureSubscription",
    "AzureSubscriptionArgs", "AzureVendorAccess", "AzureVendorAccessArgs", "DeploymentArgs",
]
