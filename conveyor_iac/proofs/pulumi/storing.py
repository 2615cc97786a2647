"""Buckets, topics, queues and databases: what is one resource with CloudFormation and several with Pulumi."""

from collections.abc import Mapping
from typing import Any, Final

from conveyor_iac.proofs.pulumi.building import Building
from conveyor_iac.proofs.pulumi.folding import Properties, Shape
from conveyor_iac.proofs.pulumi.nouns import acl, acl_of, encryption
from conveyor_iac.proofs.pulumi.spelling import is_set, pascal
from conveyor_iac.proofs.pulumi.standing import OTHERWISE, told
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import Untold

_OPEN: Final = frozenset({"public-read", "public-read-write", "authenticated-read"})
_WHOSE: Final = {
    "AWS::EC2::Route": ("RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId"),
    "AWS::S3::BucketPolicy": ("Bucket",), "AWS::SNS::TopicPolicy": ("Topics",), "AWS::SQS::QueuePolicy": ("Queues",),
    "AWS::SecretsManager::ResourcePolicy": ("SecretId",)}
"""What two resources of a type have alike that are one and the same."""
_BLOCKS: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _bucket(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """A bucket may bring its own list, policy and encryption."""
    if is_set(word := plain.inputs.get("acl")):
        row["AccessControl"] = building.spelling.value(acl(word), f"{name}.acl")
    elif is_set(grants := told(plain, "grants")):
        row["AccessControl"] = _granted(building, grants, f"{name}.grants")
        if not is_set(plain.inputs.get("grants")):
            building.from_state.add((name, "AccessControl"))
    _own_policy(building, plain, name, "AWS::S3::BucketPolicy", {"Bucket": {"Ref": name}})
    given = plain.inputs.get("serverSideEncryptionConfiguration")
    given = given.get("rule") if isinstance(given, Mapping) else plain.inputs.get(
        "serverSideEncryptionConfigurations", given)
    if is_set(given):
        rules = building.spelling.nested([given] if isinstance(given, Mapping) else given, name)
        row["BucketEncryption"] = encryption(rules)


def _granted(building: Building, grants: Any, where: str) -> Any:
    """The canned list that is as open as grants; each tells its grantee in a mapping, or beside what is granted."""
    rows = [row.get("grantee", row) if isinstance(row, Mapping) else row for row in building.rows(grants)]
    if building.spelling.why(grants, where) or not all(isinstance(row, Mapping) for row in rows):
        return building.missing(where)
    return acl_of(row.get("uri") for row in rows)


def _own_policy(building: Building, plain: Plain, name: str, type_: str, owner: Properties,
                key: str = "PolicyDocument") -> None:
    """The policy of the thing itself; one that only its state tells gives way to a resource of its own."""
    if is_set(policy := told(plain, "policy")):
        building.emit(f"{name}/Policy", type_, {**owner, key: building.spelling.document(policy, f"{name}.policy")},
                      by_state=not is_set(plain.inputs.get("policy")))


def settle(building: Building) -> None:
    """What only the state of a thing tells is left out where a resource of its own tells it: it may be older."""
    for name in building.by_state:
        type_, row = building.resources[name]["Type"], building.resources[name]["Properties"]
        same = [other for other, own in building.of_type(type_) if other not in building.by_state and all(
            own.get(key) == row.get(key) for key in _WHOSE[type_])]
        if same:
            del building.resources[name]


def _bucket_part(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """What a resource of its own says of a bucket; of one that the stack does not make, it is all there is to say."""
    bucket = plain.inputs.get("bucket")
    owners = building.targets("AWS::S3::Bucket", bucket)
    if not owners and not isinstance(bucket, Untold):
        owners = [building.emit(name, "AWS::S3::Bucket", {
            "BucketName": building.spelling.value(bucket, f"{name}.bucket")})]
        building.called[("AWS::S3::Bucket", str(bucket))] = owners
    for key, value in _said(building, plain, name).items():
        building.set(owners, key, value, bucket, name)


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
    policy = told(plain, "accessControlPolicy")
    grants = policy.get("grants") if isinstance(policy, Mapping) else policy
    opened = _granted(building, grants, name) if is_set(grants) else "Private"
    if not is_set(word := given.get("acl")):
        return {"AccessControl": opened if is_set(grants) else building.missing(name)}
    if opened in ("Private", acl(word)) or "accessControlPolicy" in given:
        return {"AccessControl": building.spelling.value(acl(word), f"{name}.acl")}
    return {"AccessControl": building.spelling.value(OTHERWISE, f"{name}.acl")}


def _object(building: Building, plain: Plain, name: str, row: Properties) -> None:
    """An object with an open list is open though its bucket is not."""
    word, grants = plain.inputs.get("acl"), told(plain, "grants")
    if isinstance(word, Untold) or word in _OPEN or (is_set(grants) and _granted(building, grants, name) != "Private"):
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
