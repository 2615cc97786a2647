"""Ways to break the role, one per guarantee, each with the check that must then fail.

A guarantee held twice (nothing allows it, and a guard rail denies it) takes both to break.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Template = dict[str, Any]
Mutate = Callable[[Template], None]

ANY_ROLE = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}
BARE_PATH = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role${IamPath}${TenantId}/*"}


@dataclass(frozen=True, kw_only=True)
class Mutation:
    """A broken guarantee, and the id of the use that must show it."""

    guarantee: str
    mutate: Mutate
    fails: str

    def __str__(self) -> str:
        return f"{self.guarantee} -> {self.fails}"


def documents(template: Template) -> Iterator[dict[str, Any]]:
    """Every policy document of a template, the trust policy included."""
    for resource in template["Resources"].values():
        properties = resource["Properties"]
        yield properties.get("PolicyDocument") or properties["AssumeRolePolicyDocument"]


def statement(template: Template, sid: str) -> dict[str, Any]:
    """The one statement of that id; `KeyError` when there is none, so that no mutation goes stale unseen."""
    for document in documents(template):
        for row in document["Statement"]:
            if row.get("Sid") == sid:
                return row
    raise KeyError(sid)


def without(sid: str, operator: str, key: str) -> Mutate:
    """A condition is left out."""

    def mutate(template: Template) -> None:
        conditions = statement(template, sid)["Condition"]
        del conditions[operator][key]
        if not conditions[operator]:
            del conditions[operator]

    return mutate


def condition(sid: str, operator: str, key: str, wider: str) -> Mutate:
    """A condition is widened to a pattern."""

    def mutate(template: Template) -> None:
        without(sid, operator, key)(template)
        statement(template, sid)["Condition"].setdefault("StringLike", {})[key] = wider

    return mutate


def resource(sid: str, wider: Any) -> Mutate:
    """The resource is widened."""
    return lambda template: statement(template, sid).update(Resource=wider)


def principal(wider: Any) -> Mutate:
    """The trust is widened."""
    return lambda template: statement(template, "ControlPlaneAssumes").update(Principal={"AWS": wider})


def allowed(actions: str | list[str], guard: str = "", on: Any = "*") -> Mutate:
    """Something more is allowed, and the guard rail that also denies it is gone."""

    def mutate(template: Template) -> None:
        policy = template["Resources"]["InstallerRoleIamPolicy"]["Properties"]["PolicyDocument"]
        policy["Statement"].append({"Effect": "Allow", "Action": actions, "Resource": on})
        if guard:
            unguarded(guard)(template)

    return mutate


def unguarded(sid: str) -> Mutate:
    """A guard rail is gone."""

    def mutate(template: Template) -> None:
        guard = template["Resources"]["InstallerRoleGuardrailsPolicy"]["Properties"]["PolicyDocument"]
        guard["Statement"].remove(statement(template, sid))

    return mutate


def also(*mutations: Mutate) -> Mutate:
    """Several changes at once."""

    def mutate(template: Template) -> None:
        for one in mutations:
            one(template)

    return mutate


def session_tags(template: Template) -> None:
    """The control plane may tag its sessions."""
    trust = template["Resources"]["InstallerRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    trust.append({**trust[0], "Sid": "Tags", "Action": "sts:TagSession", "Condition": {}})


def no_list(template: Template) -> None:
    """The list of attachable policies loses its first entry."""
    statement(template, "AttachPredefinedPolicies")["Condition"]["ArnEquals"]["iam:PolicyARN"].pop(0)


BOUNDARY = ("StringEquals", "iam:PermissionsBoundary")
ROOT_OF_CONTROL_PLANE = {"Fn::Sub": "arn:${AWS::Partition}:iam::${ControlPlaneAccount}:root"}

MUTATIONS = (
    Mutation(guarantee="an external id is needed", fails="assume-no-external-id",
             mutate=without("ControlPlaneAssumes", "StringEquals", "sts:ExternalId")),
    Mutation(guarantee="the external id is the agreed one", fails="assume-wrong-external-id",
             mutate=condition("ControlPlaneAssumes", "StringEquals", "sts:ExternalId", "*")),
    Mutation(guarantee="the session name is the tenant's", fails="assume-wrong-session-name",
             mutate=without("ControlPlaneAssumes", "StringEquals", "sts:RoleSessionName")),
    Mutation(guarantee="one role is trusted, not its account", fails="assume-other-role",
             mutate=principal(ROOT_OF_CONTROL_PLANE)),
    Mutation(guarantee="one account is trusted", fails="assume-other-account", mutate=principal("*")),
    Mutation(guarantee="sessions carry no tags unless switched on", fails="assume-with-tags", mutate=session_tags),
    Mutation(guarantee="created roles carry a boundary", fails="create-without-boundary",
             mutate=also(without("CreateBoundedRoles", *BOUNDARY), unguarded("DenyUnboundedRoles"))),
    Mutation(guarantee="the boundary is ours", fails="create-other-boundary",
             mutate=also(condition("CreateBoundedRoles", *BOUNDARY, "*"), unguarded("DenyUnboundedRoles"))),
    Mutation(guarantee="created roles have the prefix", fails="create-outside-prefix",
             mutate=resource("CreateBoundedRoles", BARE_PATH)),
    Mutation(guarantee="created roles have the path", fails="create-outside-path",
             mutate=resource("CreateBoundedRoles", ANY_ROLE)),
    Mutation(guarantee="only predefined policies are attached", fails="attach-administrator",
             mutate=also(without("AttachPredefinedPolicies", "ArnEquals", "iam:PolicyARN"),
                         unguarded("DenyForeignPolicies"))),
    Mutation(guarantee="policies go to bounded roles only", fails="attach-without-boundary",
             mutate=without("AttachPredefinedPolicies", *BOUNDARY)),
    Mutation(guarantee="each predefined policy can be attached", fails="attach-EksClusterPolicy", mutate=no_list),
    Mutation(guarantee="only created roles are passed", fails="pass-outside-prefix",
             mutate=resource("PassCreatedRoles", "*")),
    Mutation(guarantee="roles are passed to named services", fails="pass-to-lambda",
             mutate=also(without("PassCreatedRoles", "StringEquals", "iam:PassedToService"),
                         unguarded("DenyPassingElsewhere"))),
    Mutation(guarantee="EKS is one of the named services", fails="pass-to-eks",
             mutate=lambda t: statement(t, "PassCreatedRoles")["Condition"]["StringEquals"].update(
                 {"iam:PassedToService": "ec2.amazonaws.com"})),
    Mutation(guarantee="no policy is created", fails="create-policy",
             mutate=allowed("iam:CreatePolicy", "DenyPolicyAuthoring")),
    Mutation(guarantee="no predefined policy is changed", fails="create-policy-version",
             mutate=allowed("iam:CreatePolicyVersion", "DenyPolicyAuthoring")),
    Mutation(guarantee="the boundary is not changed", fails="change-boundary",
             mutate=allowed("iam:CreatePolicyVersion", "DenyPolicyAuthoring")),
    Mutation(guarantee="no inline policy is written", fails="put-role-policy",
             mutate=allowed("iam:PutRolePolicy", "DenyPolicyAuthoring")),
    Mutation(guarantee="no boundary is taken away", fails="delete-boundary-of-role",
             mutate=allowed("iam:DeleteRolePermissionsBoundary", "DenyPolicyAuthoring")),
    Mutation(guarantee="no boundary is exchanged", fails="put-boundary-of-role",
             mutate=allowed("iam:PutRolePermissionsBoundary", "DenyPolicyAuthoring")),
    Mutation(guarantee="no user is created", fails="create-user",
             mutate=allowed("iam:CreateUser", "DenyPolicyAuthoring")),
    Mutation(guarantee="the trust of created roles stays while Irsa is off", fails="trust-of-created-role",
             mutate=allowed("iam:UpdateAssumeRolePolicy", on=BARE_PATH)),
    Mutation(guarantee="its own trust stays", fails="own-trust",
             mutate=allowed("iam:UpdateAssumeRolePolicy", "DenyOwnRole")),
    Mutation(guarantee="its own policies stay", fails="own-policies",
             mutate=allowed("iam:AttachRolePolicy", "DenyOwnRole")),
    Mutation(guarantee="no cluster is without an audit log", fails="cluster-without-audit",
             mutate=without("EksClusters", "Bool", "eks:loggingType/audit")),
    Mutation(guarantee="no foreign issuer is registered", fails="foreign-issuer",
             mutate=allowed("iam:CreateOpenIDConnectProvider", on={
                 "Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:oidc-provider/oidc.eks.${AWS::Region}.*"})),
    Mutation(guarantee="no customer parameter is read", fails="read-customer-parameter",
             mutate=allowed("ssm:GetParameter", "DenyCustomerParameters")),
    Mutation(guarantee="no message is read", fails="read-message",
             mutate=allowed("sqs:ReceiveMessage", "DenyCustomerRecords")),
    Mutation(guarantee="no log event is read", fails="read-log-events",
             mutate=allowed("logs:FilterLogEvents", "DenyCustomerRecords")),
    Mutation(guarantee="only bounded roles are deleted", fails="delete-without-boundary",
             mutate=without("DeleteCreatedRoles", *BOUNDARY)),
    Mutation(guarantee="service-linked roles are named", fails="unnamed-service-linked-role",
             mutate=allowed("iam:CreateServiceLinkedRole")),
    Mutation(guarantee="the service-linked roles EKS needs can be made", fails="service-linked-role",
             mutate=lambda t: statement(t, "ServiceLinkedRoles")["Condition"]["StringEquals"].update(
                 {"iam:AWSServiceName": "ecs.amazonaws.com"})),
    Mutation(guarantee="no customer object is read", fails="read-customer-object",
             mutate=allowed("s3:GetObject", "DenyCustomerObjects")),
    Mutation(guarantee="no customer secret is read", fails="read-customer-secret",
             mutate=allowed("secretsmanager:GetSecretValue", "DenyCustomerSecrets")),
    Mutation(guarantee="no disk is shared", fails="share-snapshot",
             mutate=allowed("ec2:ModifySnapshotAttribute", "DenySharing")),
)
