"""The condition keys that ministack's evaluator lacks.

Knows which key exists for which action, and reads its value from the request or from the stored target. Refuses to
decide anything. What each key is supplied for:

==============================  ========================================================================================
iam:PolicyARN                   AttachRolePolicy, DetachRolePolicy and their User and Group twins: the request's policy
iam:PermissionsBoundary         CreateRole, CreateUser, PutRolePermissionsBoundary, PutUserPermissionsBoundary: the one
                                in the request, absent when it names none; AttachRolePolicy, DetachRolePolicy,
                                DeleteRole, UpdateAssumeRolePolicy, PutRolePolicy, DeleteRolePolicy,
                                DeleteRolePermissionsBoundary and the User twins: the target's, absent when it has none
iam:AWSServiceName              CreateServiceLinkedRole
iam:ResourceTag/x               every IAM action on a stored role, user or policy
aws:ResourceTag/x,              the same, EKS clusters and their children, EC2's single-resource actions, and whatever
ec2:ResourceTag/x               ministack's tagging service knows by ARN (KMS, Lambda, SQS, SSM, ...); now also when
                                only a boundary or a session policy asks for it
aws:RequestTag/x, aws:TagKeys   ministack's own for IAM, EKS, KMS, ...; here also EC2's TagSpecification (RunInstances,
                                CreateVpc, ...)
sts:ExternalId,                 AssumeRole, for the caller's identity policies too; absent for TagSession and
sts:RoleSessionName             SetSourceIdentity, as on AWS
iam:PassedToService             PassRole, see pass_role.py
eks:loggingType/x               CreateCluster and UpdateClusterConfig, for the types the request speaks of
aws:PrincipalArn                of a role session: the role's own ARN with its path, not the session's
aws:ViaAWSService,              "false": every caller here calls directly
aws:PrincipalIsAWSService
aws:SecureTransport             "true": there is no network between caller and server, so the loopback stands for TLS
==============================  ========================================================================================

ministack's own: aws:PrincipalAccount, aws:PrincipalType, aws:PrincipalTag/x, aws:PrincipalOrgID, aws:RequestedRegion,
aws:ResourceAccount, aws:SourceIp (127.0.0.1), aws:CurrentTime, aws:EpochTime, aws:userid, aws:username,
aws:TokenIssueTime, aws:MultiFactorAuthPresent, kms:*, s3:*, dynamodb:* in part.

Never supplied, because the embedded AWS has no network path and no service that calls in a caller's name:
aws:SourceVpc, aws:SourceVpce, aws:VpcSourceIp, aws:CalledVia, aws:CalledViaFirst, aws:CalledViaLast.
"""

from __future__ import annotations

import re
from typing import Any

from . import identities
from .request import Request, current
from .resource_arns import CREATING

Values = dict[str, Any]

_ENTITIES = ("Role", "User", "Group")
_POLICY_ARN = frozenset(f"{verb}{entity}Policy" for verb in ("Attach", "Detach") for entity in _ENTITIES)
_REQUESTED_BOUNDARY = frozenset({
    "CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"})
_TARGET_BOUNDARY = frozenset({
    "AttachRolePolicy", "DetachRolePolicy", "DeleteRole", "UpdateAssumeRolePolicy", "PutRolePolicy",
    "DeleteRolePolicy", "DeleteRolePermissionsBoundary",
    "AttachUserPolicy", "DetachUserPolicy", "DeleteUser", "PutUserPolicy", "DeleteUserPolicy",
    "DeleteUserPermissionsBoundary"})
_CONSTANTS = {"aws:viaawsservice": "false", "aws:principalisawsservice": "false"}
_EC2_TAG = re.compile(r"^(TagSpecifications?\.\d+\.Tags?\.\d+)\.Key$")


def request_keys(request: Request, account: str) -> Values:
    """The keys that this request, and the target it names, supply beyond ministack's own."""
    if request.service == "iam":
        return _policy_arn(request) | _boundary(request, account) | _linked_service(request) | _tags(request, account)
    if request.service == "ec2":
        return _ec2_request_tags(request)
    if request.action in ("eks:CreateCluster", "eks:UpdateClusterConfig"):
        return _logging_types(request)
    if request.action == "sts:AssumeRole":
        return _present({"sts:ExternalId": request.param("ExternalId"),
                         "sts:RoleSessionName": request.param("RoleSessionName")})
    return {}


def _policy_arn(request: Request) -> Values:
    return {"iam:PolicyARN": request.param("PolicyArn")} if request.operation in _POLICY_ARN else {}


def _boundary(request: Request, account: str) -> Values:
    if request.operation in _REQUESTED_BOUNDARY:
        return _present({"iam:PermissionsBoundary": request.param("PermissionsBoundary")})
    if request.operation in _TARGET_BOUNDARY:
        return _present({"iam:PermissionsBoundary": (_target(request, account) or {}).get("PermissionsBoundary")})
    return {}


def _linked_service(request: Request) -> Values:
    service = request.operation in ("CreateServiceLinkedRole", "DeleteServiceLinkedRole")
    return _present({"iam:AWSServiceName": request.param("AWSServiceName")}) if service else {}


def _tags(request: Request, account: str) -> Values:
    stored = {} if request.operation in CREATING else _target(request, account) or {}
    tags = {tag["Key"]: tag["Value"] for tag in stored.get("Tags") or []}
    return {f"{service}:ResourceTag/{key}": value for key, value in tags.items() for service in ("iam", "aws")}


def _target(request: Request, account: str) -> dict[str, Any] | None:
    """The stored role, user or policy that the request names."""
    if name := request.param("RoleName"):
        return identities.role(account, name)
    if name := request.param("UserName"):
        return identities.user(account, name)
    return identities.policy(account, request.param("PolicyArn"))


def _ec2_request_tags(request: Request) -> Values:
    found = [m.group(1) for m in map(_EC2_TAG.match, request.params) if m]
    tags = {request.param(f"{prefix}.Key"): request.param(f"{prefix}.Value") for prefix in found}
    return {f"aws:RequestTag/{k}": v for k, v in tags.items()} | ({"aws:TagKeys": list(tags)} if tags else {})


def _logging_types(request: Request) -> Values:
    wanted = (request.json().get("logging") or {}).get("clusterLogging") or []
    return {f"eks:loggingType/{kind}": str(bool(row.get("enabled"))).lower() for row in wanted
            for kind in row.get("types") or []}


def _present(values: Values) -> Values:
    return {key: value for key, value in values.items() if value}


def install() -> None:
    """Extend what a request supplies and how a key is resolved."""
    _extend_request_context()
    _extend_resolution()
    _pin_secure_transport()


def _extend_request_context() -> None:
    from ministack.core import iam_actions

    original = iam_actions.request_tag_context

    def extended(*arguments: Any) -> Values:
        own: Values = original(*arguments)
        return own | request_keys(current(), identities.account())

    iam_actions.request_tag_context = extended


def _extend_resolution() -> None:
    from ministack.core import iam_evaluator

    original = iam_evaluator._resolve_condition_key

    def resolve(key: str, context: Any) -> Any:
        name = key.lower()
        if name == "aws:principalarn":
            return principal_arn(context.principal_arn)
        found = original(key, context)
        if found is None and name.startswith(("aws:resourcetag/", "ec2:resourcetag/")):
            return _resource_tag(context.resource_arn, name.partition("/")[2])
        return _CONSTANTS.get(name) if found is None else found

    iam_evaluator._resolve_condition_key = resolve


def principal_arn(caller: str) -> str:
    """aws:PrincipalArn of *caller*: for a role session the role's ARN, which carries the path."""
    if ":assumed-role/" not in caller:
        return caller
    parts = caller.split(":", 5)
    name = parts[5].split("/")[1]
    stored = identities.role(parts[4], name)
    return str(stored["Arn"]) if stored else f"arn:{parts[1]}:iam::{parts[4]}:role/{name}"


def _resource_tag(arn: str, name: str) -> str | None:
    return next((value for key, value in _tags_by_arn(arn).items() if key.lower() == name), None)


def _tags_by_arn(arn: str) -> dict[str, str]:
    """The tags of a stored resource; EKS and EC2 keep theirs where ministack's tagging service does not look."""
    from ministack.services import ec2, eks
    from ministack.services.tagging import resource_tags

    if arn.startswith("arn:aws:eks:"):
        return dict(eks._tags.get(arn) or {})
    if arn.startswith("arn:aws:ec2:"):
        return {tag["Key"]: tag["Value"] for tag in ec2._tags.get(arn.rsplit("/", 1)[-1]) or []}
    return dict(resource_tags(arn) or {})


def _pin_secure_transport() -> None:
    from ministack import app

    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _secure: pin(source_ip, True)
