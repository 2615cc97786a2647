"""The key of a network, its flow log and its log group as a construct."""

from typing import Any

from aws_cdk import RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as cloudwatch
from aws_cdk import aws_s3 as s3
from constructs import Construct

from conveyor_iac.cdk.parts import Parts, each
from conveyor_iac.cdk.spelling import Where
from conveyor_iac.model.logs import FlowLog, Key, LogGroup, Logs


class NetworkLogs:
    """A customer-managed key with rotation, the flow log of the VPC in a bucket, and the log group of alerts.

    Spells the logs of a plan. Key, bucket and log group stay when the stack is deleted.

    Args:
        scope: the network.
        logs: `NetworkPlan.logs`.
        vpc_id: the VPC, as the plan names it.
        parts: the parts of the network, which these join.

    Raises:
        RuntimeError: from the CDK, when the network already has a part of this name.

    Source: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
    """

    def __init__(self, scope: Construct, *, logs: Logs, vpc_id: Any, parts: Parts) -> None:
        self._scope = scope
        self._parts = parts
        self._key(logs.key)
        if logs.flow_log:
            self._bucket(logs.flow_log)
            self._flow_log(logs.flow_log, vpc_id)
        for group, where in each((logs.alerts,)):
            self._group(group, where)

    def _key(self, key: Key) -> None:
        parts = self._parts
        made = parts.add(key.name, kms.CfnKey(
            self._scope, key.name, key_policy=key.policy.spelled(parts.json), enable_key_rotation=True,
            description=key.purpose, tags=parts.tags()))
        made.apply_removal_policy(RemovalPolicy.RETAIN)
        parts.spelling.explain(made, key.policy)
        parts.add(f"{key.name}Alias", kms.CfnAlias(self._scope, f"{key.name}Alias", alias_name=parts.ref(key.alias),
                                                   target_key_id=made.ref))

    def _bucket(self, log: FlowLog) -> None:
        parts = self._parts
        closed = s3.CfnBucket.ServerSideEncryptionByDefaultProperty(sse_algorithm="aws:kms",
                                                                    kms_master_key_id=parts.ref(log.key))
        made = parts.add(log.bucket, s3.CfnBucket(
            self._scope, log.bucket, tags=parts.tags(),
            bucket_encryption=s3.CfnBucket.BucketEncryptionProperty(server_side_encryption_configuration=[
                s3.CfnBucket.ServerSideEncryptionRuleProperty(bucket_key_enabled=True,
                                                              server_side_encryption_by_default=closed)]),
            public_access_block_configuration=s3.CfnBucket.PublicAccessBlockConfigurationProperty(
                block_public_acls=True, block_public_policy=True, ignore_public_acls=True,
                restrict_public_buckets=True),
            ownership_controls=s3.CfnBucket.OwnershipControlsProperty(rules=[
                s3.CfnBucket.OwnershipControlsRuleProperty(object_ownership="BucketOwnerEnforced")]),
            lifecycle_configuration=s3.CfnBucket.LifecycleConfigurationProperty(rules=[
                s3.CfnBucket.RuleProperty(id="Retention", status="Enabled", expiration_in_days=log.days)])))
        made.apply_removal_policy(RemovalPolicy.RETAIN)

    def _flow_log(self, log: FlowLog, vpc_id: Any) -> None:
        parts, bucket = self._parts, self._parts.resources[log.bucket]
        policy = parts.add(f"{log.bucket}Policy", s3.CfnBucketPolicy(
            self._scope, f"{log.bucket}Policy", bucket=bucket.ref, policy_document=log.policy.spelled(parts.json)))
        policy.apply_removal_policy(RemovalPolicy.RETAIN)
        parts.spelling.explain(policy, log.policy)
        made = parts.add(log.name, ec2.CfnFlowLog(
            self._scope, log.name, resource_type="VPC", resource_id=parts.ref(vpc_id), traffic_type="ALL",
            log_destination_type="s3", log_destination=bucket.attr_arn, tags=parts.tags(log.name)))
        made.add_resource_dependency(policy)

    def _group(self, group: LogGroup, where: Where) -> None:
        parts = self._parts
        made = parts.add(group.name, cloudwatch.CfnLogGroup(
            self._scope, group.name, retention_in_days=group.days, kms_key_id=parts.ref(group.key),
            tags=parts.tags()), where)
        made.apply_removal_policy(RemovalPolicy.RETAIN)
