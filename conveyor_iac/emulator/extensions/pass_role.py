"""iam:PassRole, which ministack never evaluates.

Knows which requests hand a role to a service, and to which one. The decision is ministack's own evaluator's: the
caller's identity policies, boundary and session policies, on the role's ARN, with iam:PassedToService.

What AWS documents per request, and what we took where it is silent:

- EKS CreateCluster passes the cluster role to eks.amazonaws.com.
- EKS CreateNodegroup passes the node role to eks.amazonaws.com as well: the caller hands it to EKS, and it is the
  service-linked role AWSServiceRoleForAmazonEKSNodegroup that passes it on to ec2.amazonaws.com.
- EKS CreatePodIdentityAssociation and UpdatePodIdentityAssociation pass to pods.eks.amazonaws.com; so do the
  associations inside CreateAddon and UpdateAddon, whose serviceAccountRoleArn passes to eks.amazonaws.com.
- EKS CreateFargateProfile passes to eks-fargate-pods.amazonaws.com (the service the role must trust).
- EC2 RunInstances, AssociateIamInstanceProfile and ReplaceIamInstanceProfileAssociation pass the profile's role to
  ec2.amazonaws.com, whether the profile is in the request or in the launch template it names; IAM
  AddRoleToInstanceProfile the role it adds.
- Lambda CreateFunction, UpdateFunctionConfiguration → lambda.amazonaws.com; ECS RegisterTaskDefinition →
  ecs-tasks.amazonaws.com; CloudFormation with RoleARN → cloudformation.amazonaws.com.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from . import identities
from .denials import name_instead
from .request import Request, current

Passed = tuple[str, str]  # the role's ARN, and the service it goes to

EKS, PODS, EC2 = "eks.amazonaws.com", "pods.eks.amazonaws.com", "ec2.amazonaws.com"
LAMBDA, TASKS, STACKS = "lambda.amazonaws.com", "ecs-tasks.amazonaws.com", "cloudformation.amazonaws.com"
FARGATE = "eks-fargate-pods.amazonaws.com"


def passed_roles(request: Request, account: str) -> list[Passed]:
    """Every role that *request* passes, with the service it is passed to."""
    find = _PASSING.get(request.action)
    return [(arn, service) for arn, service in find(request, account) if arn] if find else []


def _member(service: str, *members: str) -> Callable[[Request, str], Iterator[Passed]]:
    """A request whose JSON body names the role's ARN (or, for Lambda and ECS, maybe its bare name)."""
    def find(request: Request, account: str) -> Iterator[Passed]:
        body = request.json()
        yield from ((_as_arn(body.get(member), account), service) for member in members)
    return find


def _addon(request: Request, account: str) -> Iterator[Passed]:
    body = request.json()
    yield _as_arn(body.get("serviceAccountRoleArn"), account), EKS
    for association in body.get("podIdentityAssociations") or []:
        yield _as_arn(association.get("roleArn"), account), PODS


def _instance_profile(request: Request, account: str) -> Iterator[Passed]:
    named = (request.param("IamInstanceProfile.Name"), request.param("IamInstanceProfile.Arn"))
    for value in (*named, *_from_launch_template(request)):
        profile = identities.instance_profile(account, value.rsplit("/", 1)[-1]) if value else None
        for name in (profile or {}).get("Roles", []):
            yield _as_arn(name, account), EC2


def _from_launch_template(request: Request) -> Iterator[str]:
    """The instance profiles that the launch template of the request names, in every version it has."""
    from ministack.services import ec2

    wanted = {request.param("LaunchTemplate.LaunchTemplateId"), request.param("LaunchTemplate.LaunchTemplateName")}
    for template in ec2._launch_templates.values():
        if wanted & {template.get("LaunchTemplateId"), template.get("LaunchTemplateName")}:
            for version in template.get("Versions") or []:
                profile = (version.get("LaunchTemplateData") or {}).get("IamInstanceProfile") or {}
                yield from (str(profile[key]) for key in ("Name", "Arn") if profile.get(key))


def _added_to_profile(request: Request, account: str) -> Iterator[Passed]:
    yield _as_arn(request.param("RoleName"), account), EC2


def _stack_role(request: Request, account: str) -> Iterator[Passed]:
    yield request.param("RoleARN"), STACKS


def _as_arn(value: Any, account: str) -> str:
    """The ARN of a role given by ARN or by name."""
    text = str(value or "")
    if not text or text.startswith("arn:"):
        return text
    return str((identities.role(account, text) or {}).get("Arn") or f"arn:aws:iam::{account}:role/{text}")


_PASSING: dict[str, Callable[[Request, str], Iterator[Passed]]] = {
    "eks:CreateCluster": _member(EKS, "roleArn"),
    "eks:CreateNodegroup": _member(EKS, "nodeRole"),
    "eks:CreatePodIdentityAssociation": _member(PODS, "roleArn"),
    "eks:UpdatePodIdentityAssociation": _member(PODS, "roleArn"),
    "eks:CreateFargateProfile": _member(FARGATE, "podExecutionRoleArn"),
    "eks:CreateAddon": _addon,
    "eks:UpdateAddon": _addon,
    "ec2:RunInstances": _instance_profile,
    "ec2:AssociateIamInstanceProfile": _instance_profile,
    "ec2:ReplaceIamInstanceProfileAssociation": _instance_profile,
    "iam:AddRoleToInstanceProfile": _added_to_profile,
    "lambda:CreateFunction": _member(LAMBDA, "Role"),
    "lambda:UpdateFunctionConfiguration": _member(LAMBDA, "Role"),
    "ecs:RegisterTaskDefinition": _member(TASKS, "taskRoleArn", "executionRoleArn"),
    **{f"cloudformation:{verb}": _stack_role for verb in
       ("CreateStack", "UpdateStack", "DeleteStack", "CreateChangeSet")},
}


def install() -> None:
    """Ask about every passed role right after the request itself was allowed."""
    from ministack.core import iam_evaluator

    enforce = iam_evaluator.enforce

    def enforcing(key: str, action: str, service: str, region: str, *rest: Any, **named: Any) -> Any:
        refused = enforce(key, action, service, region, *rest, **named)
        if refused is not None or action != current().action:
            return refused
        for arn, receiver in passed_roles(current(), identities.account()):
            refused = enforce(key, "iam:PassRole", "iam", region, resource_arn=arn,
                              service_context={"iam:PassedToService": receiver})
            if refused is not None:
                name_instead("iam:PassRole", arn)
                return refused
        return None

    iam_evaluator.enforce = enforcing
