"""The Pulumi program of this installation: `pulumi up` starts it."""

from conveyor_iac.pulumi.program import asked, deployed

words = asked()  # installation.yaml, with the stack's own settings laid over it; or every fault of them
deployment = deployed(words)  # its outputs are those of the stack; add what is yours below
