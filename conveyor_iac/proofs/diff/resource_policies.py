"""Whom the policies of resources let in: those of what keeps data, of keys, of endpoints, of functions.

Each is asked twice. By itself: whom it lets in, from whatever account. And as what stands in the way of somebody whose
own policies allow everything: there a Deny that is gone counts too, wherever a resource without a policy refuses
nobody of its own account.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.policies import RESOURCE
from conveyor_iac.proofs.diff.powers import judged, openly
from conveyor_iac.proofs.iam.power import Guards, Piece, Power, pieces
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.verdict import Answer, together
from conveyor_iac.proofs.worlds import spoken_of

_ROOT = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
_ANYTHING = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
_POLICIES: Final[Mapping[str, tuple[str, str]]] = {
    "AWS::S3::BucketPolicy": ("PolicyDocument", "Bucket"), "AWS::S3Express::BucketPolicy": ("PolicyDocument", "Bucket"),
    "AWS::S3::AccessPoint": ("Policy", ""), "AWS::S3::MultiRegionAccessPointPolicy": ("Policy", "MrapName"),
    "AWS::SQS::QueuePolicy": ("PolicyDocument", "Queues"), "AWS::SQS::QueueInlinePolicy": ("PolicyDocument", "Queue"),
    "AWS::SNS::TopicPolicy": ("PolicyDocument", "Topics"),
    "AWS::SNS::TopicInlinePolicy": ("PolicyDocument", "TopicArn"),
    "AWS::KMS::Key": ("KeyPolicy", ""), "AWS::SecretsManager::ResourcePolicy": ("ResourcePolicy", "SecretId"),
    "AWS::ECR::Repository": ("RepositoryPolicyText", ""), "AWS::ECR::RegistryPolicy": ("PolicyText", ""),
    "AWS::EFS::FileSystem": ("FileSystemPolicy", ""), "AWS::Logs::ResourcePolicy": ("PolicyDocument", ""),
    "AWS::OpenSearchService::Domain": ("AccessPolicies", ""), "AWS::Elasticsearch::Domain": ("AccessPolicies", ""),
    "AWS::Backup::BackupVault": ("AccessPolicy", ""), "AWS::DynamoDB::Table": ("ResourcePolicy.PolicyDocument", ""),
    "AWS::Kinesis::ResourcePolicy": ("ResourcePolicy", "ResourceArn"),
    "AWS::EC2::VPCEndpoint": ("PolicyDocument", ""), "AWS::Lambda::Permission": ("", "FunctionName"),
}
"""Where each type keeps its policy, and which property says of what it is the policy, where that is not itself."""
_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "AWS::EC2::VPCEndpoint": _ANYTHING,
    "AWS::KMS::Key": {**_ANYTHING, "Principal": {"AWS": _ROOT}, "Action": "kms:*"},
}
"""What holds where no policy is given; such a policy alone decides, and no policy of an identity without it. Sources:
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html,
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html."""


def found(joint: Joint) -> Iterator[Found]:
    """Whether each policy lets nobody in whom it did not, and refuses whatever it refused."""
    before, after = joint.before.template, joint.after.template
    every = dict.fromkeys((*(row.logical_id for row in after.of_type(*_POLICIES)),
                           *(row.logical_id for row in before.of_type(*_POLICIES))))
    for name in every:
        if name in after.resources or _is_left(before.resources[name], before, after):
            yield Found(kind=Kind.RESOURCE_POLICY, subject=name, answer=_answer(joint, name))


def _is_left(policy: Resource, before: Template, after: Template) -> bool:
    """Whether what a policy belonged to may still be there without it: in the template, or kept when it was removed.

    A template that is gone is no longer offered; its stacks stay as they are.
    """
    target = _POLICIES[policy.type][1]
    kept = bool(after.resources) and not _is_kept(policy)
    return bool(target) and all(
        name in after.resources or name in after.section("Parameters")
        or (kept and name in before.resources and _is_kept(before.resources[name]))
        for name in spoken_of(policy.properties.get(target)))


def _is_kept(resource: Resource) -> bool:
    return str(resource.body.get("DeletionPolicy", "")).startswith("Retain")


def _answer(joint: Joint, name: str) -> Answer:
    def judge() -> Answer:
        before, after = _power(joint.before, name), _power(joint.after, name)
        theirs, mine = (_targets(case.template.resources.get(name)) for case in (joint.before, joint.after))
        known = before if all(row in theirs for row in mine) else _none(name)
        answers = [openly(joint, known, after, RESOURCE)]
        types = {case.template.resources[name].type for case in (joint.before, joint.after)
                 if name in case.template.resources}
        if not types & set(_DEFAULTS):
            left = after if all(row in mine for row in theirs) else _none(name)
            answers.append(openly(joint, _with_own(joint.before, before), _with_own(joint.after, left), RESOURCE))
        return together(answers)

    return judged(joint, judge)


def _none(name: str) -> Power:
    return Power(name=name, arn="", identity=())


def _targets(policy: Resource | None) -> list[Any]:
    """Of what it is the policy, as written; one that is its own resource's speaks of that alone."""
    target = None if policy is None else policy.properties.get(_POLICIES[policy.type][1])
    return target if isinstance(target, list) else [target]


def _with_own(case: Case, power: Power) -> Power:
    """The same for somebody whose own policies allow everything."""
    own = pieces({"Version": "2012-10-17", "Statement": [{**_ANYTHING, "Sid": "theirs"}]}, "the caller's own policies",
                 case.template)
    return replace(power, identity=(*power.identity, *own), services={})


def _power(case: Case, name: str) -> Power:
    """What the policy of a resource lets; nothing where there is no such resource."""
    resource = case.template.resources.get(name)
    if resource is None or resource.type not in _POLICIES:
        return _none(name)
    own = () if resource.condition is None else ((resource.condition, True),)
    found: list[Piece] = []
    for guards, document in _ways(_document(resource), own):
        given = _read(document, resource)
        if given is not None:
            found += pieces(given, name, case.template, guards)
    return Power(name=name, arn="", identity=tuple(found))


def _document(resource: Resource) -> Any:
    if resource.type == "AWS::Lambda::Permission":
        return _permission(resource)
    value: Any = resource.properties
    for key in _POLICIES[resource.type][0].split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _ways(value: Any, guards: Guards) -> Iterator[tuple[Guards, Any]]:
    """Each way a document can fall out by the `Fn::If` it begins with; None where none is given."""
    if isinstance(value, dict) and set(value) == {"Fn::If"}:
        name, yes, no = value["Fn::If"]
        for truth, inner in ((True, yes), (False, no)):
            if (name, not truth) not in guards:
                yield from _ways(inner, tuple(dict.fromkeys((*guards, (name, truth)))))
    else:
        yield guards, None if value == {"Ref": "AWS::NoValue"} else value


def _read(document: Any, resource: Resource) -> Any:
    if document is None:
        default = _DEFAULTS.get(resource.type)
        return None if default is None else {"Version": "2012-10-17", "Statement": [{**default, "Sid": "default"}]}
    if isinstance(document, str):
        try:
            document = json.loads(document)
        except ValueError:
            raise Undecidable(f"what the policy of {resource.logical_id} says") from None
    if isinstance(document, Mapping) and len(document) == 1 and next(iter(document)).startswith(("Fn::", "Ref")):
        raise Undecidable(f"what the policy of {resource.logical_id} says")
    return document


def _permission(permission: Resource) -> Mapping[str, Any]:
    """What a permission adds to a function's policy. Source: the reference of Lambda's AddPermission."""
    given = permission.properties
    principal = given.get("Principal")
    if not isinstance(principal, str) or not isinstance(given.get("Action"), str):
        raise Undecidable(f"whom {permission.logical_id} lets call a function")
    service = principal.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    tests = {operator: {key: given[name] for name, key in keys.items() if name in given}
             for operator, keys in _TESTS.items()}
    row = {"Sid": "permission", "Effect": "Allow", "Action": given["Action"], "Resource": "*",
           "Principal": principal if principal == "*" else {"Service" if service else "AWS": principal},
           "Condition": {operator: keys for operator, keys in tests.items() if keys}}
    return {"Version": "2012-10-17", "Statement": [row]}


_TESTS = {"StringEquals": {"SourceAccount": "AWS:SourceAccount", "PrincipalOrgID": "aws:PrincipalOrgID",
                           "EventSourceToken": "lambda:EventSourceToken",
                           "FunctionUrlAuthType": "lambda:FunctionUrlAuthType"},
          "ArnLike": {"SourceArn": "AWS:SourceArn"}}
