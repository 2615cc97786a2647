"""The ARN that an IAM request is decided about, with the real path.

ministack writes ``role/NAME`` for every role. On AWS the path belongs to the ARN: ``role/conveyor/acme/NAME``, taken
from the request when the thing is being created and from the stored thing afterwards. Knows the parameters of IAM's
API; refuses to know policies. A thing that does not exist is named without a path, as if it lay at ``/``. Of EC2 it
knows one thing: who accepts or rejects a connection acts on the endpoint service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import identities
from .request import Request

# The operations that make the thing they name; CreateAccessKey and its like are about a thing that is there.
CREATING = frozenset({"CreateRole", "CreateUser", "CreateGroup", "CreatePolicy", "CreateInstanceProfile"})

ON_A_SERVICE = frozenset({"AcceptVpcEndpointConnections", "RejectVpcEndpointConnections"})

# AWS names these two after the group and the profile, though the request names a user or a role as well.
_ABOUT_A_GROUP = frozenset({"AddUserToGroup", "RemoveUserFromGroup"})

# The names AWS gives to service-linked roles do not follow from the service's name.
SERVICE_LINKED_ROLES = {
    "autoscaling.amazonaws.com": "AWSServiceRoleForAutoScaling",
    "ecs.amazonaws.com": "AWSServiceRoleForECS",
    "eks-fargate.amazonaws.com": "AWSServiceRoleForAmazonEKSForFargate",
    "eks-nodegroup.amazonaws.com": "AWSServiceRoleForAmazonEKSNodegroup",
    "eks.amazonaws.com": "AWSServiceRoleForAmazonEKS",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "guardduty.amazonaws.com": "AWSServiceRoleForAmazonGuardDuty",
    "network-firewall.amazonaws.com": "AWSServiceRoleForNetworkFirewall",
    "spot.amazonaws.com": "AWSServiceRoleForEC2Spot",
}


def service_linked_role_name(service: str) -> str:
    """The name of the role that CreateServiceLinkedRole makes for *service*."""
    return SERVICE_LINKED_ROLES.get(service, f"AWSServiceRoleFor{service.split('.')[0].capitalize()}")


def iam_resource(request: Request, account: str) -> str:
    """The ARN of what an IAM request is about, or ``*``."""
    owner = f"arn:aws:iam::{account}"
    if request.operation == "CreateServiceLinkedRole":
        service = request.param("AWSServiceName")
        return f"{owner}:role/aws-service-role/{service}/{service_linked_role_name(service)}"
    for parameter, kind, find in _NAMED[request.operation in _ABOUT_A_GROUP:]:
        if name := request.param(parameter):
            return _arn(request, owner, kind, name, find(account, name))
    if request.operation == "CreatePolicy":
        return _arn(request, owner, "policy", request.param("PolicyName"), None)
    if request.operation == "CreateOpenIDConnectProvider":
        return f"{owner}:oidc-provider/{request.param('Url').split('://', 1)[-1]}"
    return request.param("PolicyArn") or request.param("OpenIDConnectProviderArn") or "*"


_Find = Callable[[str, str], dict[str, Any] | None]

# In this order: the first parameter that a request carries names the resource. A group operation starts at the second.
_NAMED: tuple[tuple[str, str, _Find], ...] = (
    ("InstanceProfileName", "instance-profile", identities.instance_profile),
    ("GroupName", "group", identities.group),
    ("RoleName", "role", identities.role),
    ("UserName", "user", identities.user),
)


def _arn(request: Request, owner: str, kind: str, name: str, stored: dict[str, Any] | None) -> str:
    if stored and request.operation not in CREATING:
        return str(stored["Arn"])
    path = request.param("Path") if request.operation in CREATING else ""
    return f"{owner}:{kind}{path or '/'}{name}"


def install() -> None:
    """Answer for IAM; leave every other service to ministack. Name service-linked roles as AWS does."""
    from ministack.core import iam_actions

    from .request import current

    original = iam_actions.extract_resource_arn

    def with_path(service: str, *rest: Any) -> Any:
        if current().operation in ON_A_SERVICE:
            return f"arn:aws:ec2:{rest[-2]}:{rest[-1]}:vpc-endpoint-service/{current().param('ServiceId')}"
        return iam_resource(current(), rest[-1]) if service == "iam" else original(service, *rest)

    iam_actions.extract_resource_arn = with_path
    _name_service_linked_roles()


def _name_service_linked_roles() -> None:
    from ministack.services import iam

    def create(params: dict[str, Any]) -> Any:
        answer = original(params)
        service = iam._p(params, "AWSServiceName")
        made, wanted = f"AWSServiceRoleFor{service.split('.')[0].capitalize()}", service_linked_role_name(service)
        if answer[0] >= 400 or made == wanted:
            return answer
        role = iam._roles.pop(made)
        role |= {"RoleName": wanted, "Arn": role["Arn"].replace(made, wanted)}
        iam._roles[wanted] = role
        return answer[0], answer[1], answer[2].replace(made.encode(), wanted.encode())

    original = iam._IAM_HANDLERS["CreateServiceLinkedRole"]
    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create
