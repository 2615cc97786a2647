"""What a VPC writes down and the key that closes it: flow logs, the firewall's alerts, a customer-managed key.

Flow logs go to a bucket: a log group would need a role, and whoever owns the network need not own IAM. Key, bucket and
log group stay when their stack is deleted: a log whose key is gone is gone too.
"""

from dataclasses import dataclass
from typing import Any

from conveyor_iac.model import names
from conveyor_iac.model.iam import Document, Statement
from conveyor_iac.model.network import Space
from conveyor_iac.model.placeholders import Either, Made

RETENTION_DAYS = 365
"""How long logs are kept, in days; CIS asks for a year, and CloudWatch Logs takes this number."""

_FLOW_LOGS = "https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html"
_LOGS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
_LOGS_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}"
_DELIVERY = {"Service": ("delivery.logs.amazonaws.com",)}
_OWN_DELIVERY = {"StringEquals": {"aws:SourceAccount": ("${AWS::AccountId}",)},
                 "ArnLike": {"aws:SourceArn": (f"{_LOGS_ARN}:*",)}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A customer-managed KMS key, rotated every year, with an alias."""

    name: str
    alias: str
    purpose: str
    policy: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class LogGroup:
    """A log group with retention in days, closed by the network's key. AWS makes its name: it outlives its stack."""

    name: str
    key: Made
    days: int = RETENTION_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLog:
    """The flow log of a VPC, all traffic, in a bucket of its own: private, closed by the key, emptied after `days`."""

    name: str
    bucket: str
    key: Made
    policy: Document
    days: int = RETENTION_DAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """The key of a network and what it closes. `alerts` are the firewall's, where there is one."""

    key: Key
    flow_log: FlowLog | None = None
    alerts: Any = None


def logs(space: Space, *, vpc_is_ours: bool, alerts: str | None = None, of: str = "network") -> Logs:
    """The logs of a network: flow logs where the VPC is ours, alerts behind the switch that brings the firewall.

    `of` ends the alias of the key.
    """
    key = Made(name=space.name("Key"), attribute="Arn")
    made = LogGroup(name=space.name("AlertLogGroup"), key=key)
    return Logs(key=_key(space, of), flow_log=_flow_log(space, key) if vpc_is_ours else None,
                alerts=Either(switch=alerts, yes=made) if alerts else None)


def _key(space: Space, of: str) -> Key:
    return Key(name=space.name("Key"), alias=f"alias/{names.resource_name(space.prefix, of)}",
               purpose="Conveyor: logs and notifications of the network", policy=_key_policy())


def _key_policy() -> Document:
    uses = ("kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey")
    return Document(statements=(
        Statement(id="OwnAccount", actions=("kms:*",), resources=("*",),
                  source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html",
                  purpose="The account's own IAM policies say who else uses and manages the key.",
                  principals={"AWS": ("arn:${AWS::Partition}:iam::${AWS::AccountId}:root",)}),
        Statement(id="Logs", actions=uses, resources=("*",), source=_LOGS,
                  purpose="CloudWatch Logs encrypts and decrypts this account's log groups.",
                  principals={"Service": ("logs.${AWS::Region}.${AWS::URLSuffix}",)},
                  conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": (f"{_LOGS_ARN}:log-group:*",)}}),
        Statement(id="FlowLogs", actions=uses, resources=("*",), source=_FLOW_LOGS, principals=_DELIVERY,
                  purpose="Flow logs of this account are delivered into the bucket.", conditions=_OWN_DELIVERY),
        Statement(id="ConnectionNotifications", actions=("kms:Decrypt", "kms:GenerateDataKey*"), resources=("*",),
                  source="https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html",
                  purpose="EC2 tells the topic of connection requests, which the key closes.",
                  principals={"Service": ("vpce.amazonaws.com",)},
                  conditions={"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": (
                      "arn:${AWS::Partition}:sns:${AWS::Region}:${AWS::AccountId}:*",)}}),
    ))


def _flow_log(space: Space, key: Made) -> FlowLog:
    bucket = space.name("FlowLogBucket")
    arn = Made(name=bucket, attribute="Arn")
    objects = Made(name=bucket, attribute="Arn", after="/AWSLogs/*")
    policy = Document(statements=(
        Statement(id="WriteFlowLogs", actions=("s3:PutObject",), principals=_DELIVERY, resources=(objects,),
                  source=_FLOW_LOGS, purpose="Flow logs of this account are written; the account owns them.",
                  conditions={**_OWN_DELIVERY, "StringEquals": {**_OWN_DELIVERY["StringEquals"],
                                                                "s3:x-amz-acl": ("bucket-owner-full-control",)}}),
        Statement(id="ReadAcl", actions=("s3:GetBucketAcl",), principals=_DELIVERY, resources=(arn,),
                  source=_FLOW_LOGS, purpose="The delivery looks whether it may write.", conditions=_OWN_DELIVERY),
        Statement(id="NoPlainHttp", effect="Deny", actions=("s3:*",), principals={"*": ()},
                  resources=(arn, Made(name=bucket, attribute="Arn", after="/*")),
                  purpose="Nothing is read or written unencrypted.",
                  source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html",
                  conditions={"Bool": {"aws:SecureTransport": ("false",)}}),
    ))
    return FlowLog(name=space.name("FlowLog"), bucket=bucket, key=key, policy=policy)
