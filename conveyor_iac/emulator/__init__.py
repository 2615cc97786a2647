"""A local AWS to try installations on and to test with: ``with LocalAws.start() as aws: ...``.

It is ministack, pinned, in a process of its own, with IAM enforcement on and the gaps closed that would let wrong
behaviour pass. ``evaluate`` and ``trusts`` ask the same evaluator about documents, without a server.

*Emulated* by ministack: IAM and STS with signatures, boundaries and session policies, S3, SSM, KMS, SQS, Logs, VPC,
load balancers, EKS without Docker (state only), CloudFormation with parameters, conditions, change sets and rollback.

*Closed* by us, one module each in extensions/: condition keys; ARNs with paths; iam:PassRole; the permission to tag at
creation; both doors of sts:AssumeRole; policy variables; trust policies that name nobody, and their pinning to the
identity named; IAM's limits and documents; boundaries of roles in stacks; registry schemas; rules of VPC networks;
what holds a network resource back from deletion and what replaces it; endpoints and their interfaces, further blocks
and IPv6, network load balancers as EC2 and ELBv2 show them; functions in conditions; parameters a template lacks or
that name nothing; types with an API but without a stack handler (bridged).

*Emulated minimally* by us: endpoint services. The recorded ones are what EC2 describes, what an endpoint of any account
in the region can name, and what its owner accepts or rejects.

*Recorded*: RECORDED_TYPES. Checked against their schemas and kept; their attributes are made up and mean nothing.

*Not covered*: network paths (so no aws:SourceVpc, no endpoint policy is ever asked); packets, DNS, and anything that
runs; permissions of a stack's caller per resource (only an administrator may deploy); EC2 requests that AWS decides
about several resources (one is taken); condition keys of eks: and most of ec2:; service control policies; the existence
of images; what a zone really offers (there are three, with every service); network rules for direct EC2 calls other
than deletions; texts of AWS-managed policies that ministack lacks (they can be attached and grant nothing); partitions
other than aws; quotas beyond IAM's.
"""

from .evaluation import evaluate, trusts
from .local import LocalAws
from .process import StartFailed
from .recorded_types import RECORDED_TYPES

__all__ = ["RECORDED_TYPES", "LocalAws", "StartFailed", "evaluate", "trusts"]
