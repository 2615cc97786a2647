"""The key of a network, its flow log and its log group."""

from typing import Any

import pulumi_aws as aws

from conveyor_iac.model.logs import FlowLog, Key, LogGroup, Logs
from conveyor_iac.pulumi.aws.parts import Parts


class NetworkLogs:
    """A customer-managed key with rotation, the flow log of the VPC in a bucket, and the log group of alerts.

    Spells the logs of a plan. Key, bucket and log group stay in AWS when the stack is destroyed; so does what closes
    the bucket.

    Args:
        logs: `NetworkPlan.logs`.
        vpc_id: the VPC, as the plan names it.
        parts: the parts of the network, which these join.
        protect: whether Pulumi refuses to delete key, bucket and log group at all.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
    """

    def __init__(self, *, logs: Logs, vpc_id: Any, parts: Parts, protect: bool) -> None:
        self._parts, self._protect = parts, protect
        self._key(logs.key)
        if logs.flow_log:
            self._bucket(logs.flow_log)
            self._flow_log(logs.flow_log, vpc_id)
        if logs.alerts:
            self._group(logs.alerts)

    def _key(self, key: Key) -> None:
        parts = self._parts
        made = parts.add(key.name, aws.kms.Key(
            parts.called(key.name), policy=parts.spelling.json(key.policy), enable_key_rotation=True,
            description=key.purpose, tags=parts.tags(), opts=parts.kept(protect=self._protect)))
        alias = f"{key.name}Alias"
        parts.add(alias, aws.kms.Alias(parts.called(alias), name=parts.ref(key.alias), target_key_id=made.key_id,
                                       opts=parts.fixed()))

    def _bucket(self, log: FlowLog) -> None:
        parts, s3, kept = self._parts, aws.s3, self._parts.kept(protect=self._protect)
        made = parts.add(log.bucket, s3.Bucket(parts.called(log.bucket), tags=parts.tags(), opts=kept))
        closed = s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
            sse_algorithm="aws:kms", kms_master_key_id=parts.ref(log.key))
        parts.add(f"{log.bucket}Encryption", s3.BucketServerSideEncryptionConfiguration(
            parts.called(f"{log.bucket}Encryption"), bucket=made.bucket, opts=kept,
            rules=[s3.BucketServerSideEncryptionConfigurationRuleArgs(
                bucket_key_enabled=True, apply_server_side_encryption_by_default=closed)]))
        parts.add(f"{log.bucket}PublicAccess", s3.BucketPublicAccessBlock(
            parts.called(f"{log.bucket}PublicAccess"), bucket=made.bucket, block_public_acls=True,
            block_public_policy=True, ignore_public_acls=True, restrict_public_buckets=True, opts=kept))
        parts.add(f"{log.bucket}Ownership", s3.BucketOwnershipControls(
            parts.called(f"{log.bucket}Ownership"), bucket=made.bucket, opts=kept,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced")))
        parts.add(f"{log.bucket}Retention", s3.BucketLifecycleConfiguration(
            parts.called(f"{log.bucket}Retention"), bucket=made.bucket, opts=kept,
            rules=[s3.BucketLifecycleConfigurationRuleArgs(
                id="Retention", status="Enabled", filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=log.days))]))

    def _flow_log(self, log: FlowLog, vpc_id: Any) -> None:
        parts, bucket, policy = self._parts, self._parts.resources[log.bucket], f"{log.bucket}Policy"
        parts.add(policy, aws.s3.BucketPolicy(
            parts.called(policy), bucket=bucket.bucket, policy=parts.spelling.json(log.policy, parts.ref),
            opts=parts.kept(f"{log.bucket}PublicAccess", protect=self._protect)))
        parts.add(log.name, aws.ec2.FlowLog(
            parts.called(log.name), vpc_id=parts.ref(vpc_id), traffic_type="ALL", log_destination_type="s3",
            log_destination=bucket.arn, tags=parts.tags(log.name), opts=parts.child(policy)))

    def _group(self, group: LogGroup) -> None:
        parts = self._parts
        parts.add(group.name, aws.cloudwatch.LogGroup(
            parts.called(group.name), retention_in_days=group.days, kms_key_id=parts.ref(group.key),
            tags=parts.tags(), opts=parts.kept(protect=self._protect)))
