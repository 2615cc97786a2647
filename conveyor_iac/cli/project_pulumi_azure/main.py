"""The Pulumi program of this installation: `pulumi up` starts it."""

from conveyor_iac.pulumi.azure import AzureDeployment
from conveyor_iac.pulumi.program import asked, export, in_subscription

words = asked()  # installation.yaml, with the stack's own settings laid over it; or every fault of them
deployment = AzureDeployment(str(words["tenant"]), words, in_subscription(words))
export(deployment)  # its outputs are those of the stack; add what is yours below
