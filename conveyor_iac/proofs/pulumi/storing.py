"""Buckets, topics, queues and databases: what is one resource with CloudFormation and several with Pulumi."""

from collections.abc import Mapping
from typing import Any, Final

from conveyor_iac.proofs.pulumi.building import Building
from conveyor_iac.proofs.pulumi.folding import Properties, Shape
from conveyor_iac.proofs.pulumi.nouns import acl, acl_of, encryption
from conveyor_iac.proofs.pulumi.spelling import is_set, pascal
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import Untold

_OPEN: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _bucket(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A bucket may bring its own list, policy and encryption."""
    if is_set(word := plain.inputs.get("acl")):
        row["AccessControl"] = building.spelling.value(acl(word), f"{name}.acl")
    elif is_set(grants := plain.inputs.get("grants")):
        row["AccessControl"] = _granted(building, grants, f"{name}.grants", "uri")
    _own_policy(building, plain, name, "AWS::S3::BucketPolicy", {"Bucket": {"Ref": name}})
    told = plain.inputs.get("serverSideEncryptionConfiguration")
    told = told.get("rule") if isinstance(told, Mapping) else plain.inputs.get("serverSideEncryptionConfigurations")
    if is_set(told):
        rules = building.spelling.nested([told] if isinstance(told, Mapping) else told, name)
        row["BucketEncryption"] = encryption(rules)


def _granted(building: Building, grants: Any, where: str, key: str) -> Any:
    if building.spelling.why(grants, where) or not isinstance(grants, list):
        return building.spelling.value(Untold("is not told"), where)
    return acl_of((grant.get("grantee") or {}).get(key) if "grantee" in grant else grant.get(key) for grant in grants)


def _own_policy(building: Building, plain: Plain, name: str, type_: str, owner: Properties,
                key: str = "PolicyDocument") -> None:
    if is_set(policy := plain.inputs.get("policy")):
        building.emit(f"{name}/Policy", type_, {**owner, key: building.spelling.document(policy, f"{name}.policy")})


def _bucket_part(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """What a resource of its own says of a bucket."""
    bucket = plain.inputs.get("bucket")
    for owner in building.targets("AWS::S3::Bucket", bucket):
        told = building.resources[owner]["Properties"]
        for key, value in _said(building, plain, name).items():
            told[key] = building.spelling.value(bucket, name) if isinstance(bucket, Untold) else value


def _said(building: Building, plain: Plain, name: str) -> Properties:
    kind, given = plain.type.rpartition(":")[2].removesuffix("V2"), plain.inputs
    if kind == "BucketServerSideEncryptionConfiguration":
        return {"BucketEncryption": encryption(building.spelling.nested(given.get("rules"), name))}
    if kind == "BucketPublicAccessBlock":
        return {"PublicAccessBlockConfiguration": {
            pascal(key): building.spelling.value(given.get(key, False), f"{name}.{key}") for key in _BLOCKS}}
    if kind == "BucketOwnershipControls":
        return {"OwnershipControls": {"Rules": [building.spelling.nested(given.get("rule"), name)]}}
    if kind == "BucketLifecycleConfiguration":
        return {"LifecycleConfiguration": {"Rules": building.spelling.nested(given.get("rules"), name)}}
    if is_set(word := given.get("acl")):
        return {"AccessControl": building.spelling.value(acl(word), f"{name}.acl")}
    policy = given.get("accessControlPolicy")
    grants = policy.get("grants") if isinstance(policy, Mapping) else policy
    return {"AccessControl": _granted(building, grants, name, "uri")}


def _object(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """An object with an open list is open though its bucket is not."""
    word = plain.inputs.get("acl")
    if isinstance(word, Untold) or word in _OPEN:
        building.unread(name, ("storage",), f"whether {name} is open to everybody")


def _topic(building: Building, plain: Plain, name: str, row: Properties) -> None:
    _own_policy(building, plain, name, "AWS::SNS::TopicPolicy", {"Topics": [{"Ref": name}]})


def _queue(building: Building, plain: Plain, name: str, row: Properties) -> None:
    _own_policy(building, plain, name, "AWS::SQS::QueuePolicy", {"Queues": [{"Ref": name}]})


def _secret(building: Building, plain: Plain, name: str, row: Properties) -> None:
    _own_policy(building, plain, name, "AWS::SecretsManager::ResourcePolicy", {"SecretId": {"Ref": name}},
                "ResourcePolicy")


def _policy_of(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A policy of something that is encrypted, or not, where it is told itself."""
    building.resources[name]["Type"] = "AWS::SecretsManager::ResourcePolicy"
    for key in ("FileSystemPolicy", "AccessPolicies"):
        if key in row:
            row["ResourcePolicy"] = row.pop(key)


def _restored(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A database that is made of another is encrypted as that one is, unless it says so itself."""
    if is_set(plain.inputs.get("restoreToPointInTime")):
        cluster = "Cluster" in building.resources[name]["Type"]
        row["SourceDBClusterIdentifier" if cluster else "SourceDBInstanceIdentifier"] = "the one it is restored from"


def _dynamo(building: Building, plain: Plain, name: str, row: Properties) -> None:
    if is_set(told := plain.inputs.get("serverSideEncryption")):
        on = told.get("enabled") if isinstance(told, Mapping) else told
        row["SSESpecification"] = {"SSEEnabled": building.spelling.value(on, f"{name}.serverSideEncryption")}


def _dynamo_policy(building: Building, plain: Plain, name: str, row: Properties) -> None:
    if is_set(policy := plain.inputs.get("policy")):
        row["ResourcePolicy"] = {"PolicyDocument": building.spelling.document(policy, f"{name}.policy")}


def _kinesis(building: Building, plain: Plain, name: str, row: Properties) -> None:
    kind = plain.inputs.get("encryptionType")
    if is_set(kind) and kind != "NONE":
        row["StreamEncryption"] = building.spelling.value(
            kind if isinstance(kind, Untold) else {"EncryptionType": kind}, f"{name}.encryptionType")


SHAPES: Final[Mapping[str, Shape]] = {
    "bucket": _bucket, "bucket-part": _bucket_part, "object": _object, "topic": _topic, "queue": _queue,
    "secret": _secret, "policy-of": _policy_of, "restored": _restored, "dynamo": _dynamo,
    "dynamo-policy": _dynamo_policy, "kinesis": _kinesis,
}
PARTS: Final = frozenset({"main-table", "prefix-entry", "rule", "endpoint-part", "dns-rule", "attachment",
                          "bucket-part", "object"})
"""Shapes that are no resource of their own: they are folded once every resource is there."""
