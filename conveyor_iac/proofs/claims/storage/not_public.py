"""storage.not-public: no policy, list or switch opens what keeps data to everybody."""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.claims.storage.encrypted import at
from conveyor_iac.proofs.network.policies import (
    WHERE,
    WHO,
    allows,
    any_action,
    everybody_unless_told,
    listed,
    narrowed,
    open_to_all,
    statements,
    unclear_principals,
)
from conveyor_iac.proofs.network.resolved import flag, mapping, resolved, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_POLICIES = {
    "AWS::S3::BucketPolicy": "PolicyDocument", "AWS::S3Express::BucketPolicy": "PolicyDocument",
    "AWS::S3::AccessPoint": "Policy", "AWS::S3::MultiRegionAccessPointPolicy": "Policy",
    "AWS::SQS::QueuePolicy": "PolicyDocument", "AWS::SQS::QueueInlinePolicy": "PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument", "AWS::SNS::TopicInlinePolicy": "PolicyDocument",
    "AWS::KMS::Key": "KeyPolicy", "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
    "AWS::ECR::Repository": "RepositoryPolicyText", "AWS::ECR::RegistryPolicy": "PolicyText",
    "AWS::EFS::FileSystem": "FileSystemPolicy", "AWS::Logs::ResourcePolicy": "PolicyDocument",
    "AWS::OpenSearchService::Domain": "AccessPolicies", "AWS::Elasticsearch::Domain": "AccessPolicies",
    "AWS::Backup::BackupVault": "AccessPolicy", "AWS::DynamoDB::Table": "ResourcePolicy.PolicyDocument",
    "AWS::Kinesis::ResourcePolicy": "ResourcePolicy",
}
"""Where each type keeps the policy that says who may use it."""
_SWITCHES = {
    "AWS::RDS::DBInstance": ("PubliclyAccessible", None), "AWS::Redshift::Cluster": ("PubliclyAccessible", None),
    "AWS::DMS::ReplicationInstance": ("PubliclyAccessible", True),
    "AWS::AmazonMQ::Broker": ("PubliclyAccessible", None),
    "AWS::RedshiftServerless::Workgroup": ("PubliclyAccessible", False),
}
"""The switch that gives a public address, and what it is when it is left out (None: it depends)."""
_BLOCKS = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
_PUBLIC_LISTS = frozenset({"PublicRead", "PublicReadWrite", "AuthenticatedRead"})
_BUCKETS = ("AWS::S3::Bucket", "AWS::S3::AccessPoint")


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    for type_, path in _POLICIES.items():
        for resource, world, row in _rows(case, type_, path.partition(".")[0]):
            yield from _policy(resource, world, at(row, path), case.template)
    for type_, (switch, default) in _SWITCHES.items():
        for resource, world, row in _rows(case, type_, switch, "DBClusterIdentifier"):
            yield _switch(resource, world, row, switch, default)
    for type_ in _BUCKETS:
        for resource, world, row in _rows(case, type_, "AccessControl", "PublicAccessBlockConfiguration"):
            yield from _bucket(resource, world, row)
    for resource, world, _ in _rows(case, "AWS::ECR::PublicRepository", "RepositoryName"):
        yield refuted({**_example(resource, world), "because": "a public repository is open to everybody"})


def _rows(case: Case, type_: str, *keys: str) -> Iterator[tuple[Resource, World, Mapping[str, Any]]]:
    """The resources of a type in every world that tells them apart, with these of their properties."""
    source = resolved(case)
    for resource in case.template.of_type(type_):
        for world in source.worlds((resource, keys)):
            if resource.condition is None or world.conditions[resource.condition]:
                yield resource, world, source.properties(resource, world, *keys)


def _example(resource: Resource, world: World) -> dict[str, Any]:
    return {"resource": resource.logical_id, "type": resource.type, "conditions": world.described()}


def _policy(resource: Resource, world: World, document: Any, template: Template) -> Iterator[Answer]:
    if document is None:
        yield proved()
        return
    found = statements(document)
    if found is None:
        yield undecided(f"the policy of {resource.logical_id} cannot be read")
    for number, row in enumerate(found or ()):
        if not allows(row) or narrowed(row, WHO | WHERE):
            yield proved()
            continue
        unclear = unclear_principals(row, template)
        if open_to_all(row) or any(map(everybody_unless_told, unclear)):
            action = next(iter(listed(row.get("Action"))), "*")
            yield refuted({**_example(resource, world), "statement": str(text(row.get("Sid")) or number),
                           "principal": "anybody", "action": "*" if any_action(row) else str(action)})
        elif unclear:
            yield undecided(f"whether {unclear[0]} in the policy of {resource.logical_id} is everybody")


def _switch(resource: Resource, world: World, row: Mapping[str, Any], switch: str, default: bool | None) -> Answer:
    on = flag(row[switch]) if switch in row else default
    if on is None:
        return undecided(f"whether {resource.logical_id} has a public address is not in the template")
    return proved() if not on else refuted({**_example(resource, world), "because": f"{switch} gives a public address"})


def _bucket(resource: Resource, world: World, row: Mapping[str, Any]) -> Iterator[Answer]:
    given = text(row.get("AccessControl"))
    if given is not None and given.literal is None:
        yield undecided(f"the access control list of {resource.logical_id} is decided at deployment")
    elif (given or Text()).literal in _PUBLIC_LISTS:
        yield refuted({**_example(resource, world), "because": f"the access control list is {given}"})
    if "PublicAccessBlockConfiguration" not in row:
        yield proved(f"{resource.logical_id}: S3 blocks public access to every new bucket since April 2023")
        return
    block = mapping(row["PublicAccessBlockConfiguration"])
    for key in _BLOCKS:
        on = flag(block.get(key, False))
        if on is None:
            yield undecided(f"whether {resource.logical_id} has {key} is decided at deployment")
        elif not on:
            yield refuted({**_example(resource, world), "because": f"{key} is off"})


def _asked(case: Case) -> bool:
    return bool(case.template.of_type(*_POLICIES, *_SWITCHES, *_BUCKETS, "AWS::ECR::PublicRepository"))


CLAIM = Claim(
    id="storage.not-public",
    title="No policy, list or switch opens what keeps data to everybody",
    why="What everybody may read needs no way out of the network to be lost.",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html",
    asked=_asked,
    check=_check,
    axioms=("A condition on who asks, or from which network, holds; what blocks public access counts besides, not "
            "instead.",),
)
