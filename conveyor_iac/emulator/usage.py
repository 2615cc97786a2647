"""The installer role, used rightly and wrongly: each row is a real API call and its answer.

A refusal counts only when the API says that it is for lack of permission; any other error is not met.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from conveyor_iac.emulator.site import STRANGER_ACCOUNT, Site, make_bucket

REFUSALS = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}

Expected = Literal["allowed", "refused"]


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of the role: what was done, what must come of it, and what the API answered."""

    id: str
    what: str
    expected: Expected
    answer: str

    @property
    def met(self) -> bool:
        """Whether the answer is the expected one."""
        return self.answer == "allowed" if self.expected == "allowed" else self.answer in REFUSALS


def use(site: Site) -> Iterator[Use]:
    """Every use, in an order in which the right ones build on each other; leaves nothing behind but EKS's cluster.

    What must be allowed follows the installation: a vendor turned off is refused, Irsa lets trust be written.
    Where the right caller is not let in, nothing further can be tried and the list ends.
    """
    trust = tuple(_trust(site))
    yield from trust
    if trust[0].answer != "allowed":
        return
    credentials = site.assume(site.caller())
    for session in (_Rightly(site, credentials), _Wrongly(site, credentials), _Removal(site, credentials)):
        yield from session.rows()


def tried(id: str, what: str, expected: Expected, call: Callable[[], Any]) -> Use:
    """Makes the call and says what the API answered."""
    from botocore.exceptions import ClientError

    try:
        call()
    except ClientError as refused:
        return Use(id=id, what=what, expected=expected, answer=refused.response["Error"]["Code"])
    return Use(id=id, what=what, expected=expected, answer="allowed")


def trusting(principal: dict[str, str]) -> str:
    """A trust policy for one principal."""
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})


def _trust(site: Site) -> Iterator[Use]:
    right, other = site.caller(), site.caller(role="another-role")
    stranger = site.caller(account=STRANGER_ACCOUNT)
    wanted = site.installation
    yield tried("assume", "assume with the right external id and session name",
                _if(wanted.vendor_access == "enabled"), lambda: site.assume(right))
    for id, what, caller, changes in (
        ("assume-no-external-id", "assume without an external id", right, {"ExternalId": None}),
        ("assume-wrong-external-id", "assume with a wrong external id", right, {"ExternalId": "guessed-guessed-guess"}),
        ("assume-wrong-session-name", "assume under another session name", right, {"RoleSessionName": "somebody"}),
        ("assume-other-account", "assume from another account", stranger, {}),
        ("assume-other-role", "assume as another role of the control-plane account", other, {}),
    ):
        yield tried(id, what, "refused", partial(site.assume, caller, **changes))
    yield tried("assume-with-tags", "assume with session tags",
                _if(wanted.vendor_access == "enabled" and wanted.installer.tag_session),
                lambda: site.assume(right, Tags=[{"Key": "a", "Value": "b"}]))


def _if(on: bool) -> Expected:
    return "allowed" if on else "refused"


class _Session:
    """Uses made with one session of the installer role."""

    def __init__(self, site: Site, credentials: Any) -> None:
        self.site = site
        self._credentials = credentials
        self.iam = self.client("iam")

    def client(self, service: str) -> Any:
        return self.site.aws.client(service, credentials=self._credentials)

    def create_role(self, name: str, trust: dict[str, str] | None = None, **changes: Any) -> Any:
        words = {"RoleName": self.site.created(name), "Path": self.site.path,
                 "PermissionsBoundary": self.site.boundary_arn,
                 "AssumeRolePolicyDocument": trusting(trust or {"Service": "eks.amazonaws.com"}), **changes}
        return self.iam.create_role(**{key: value for key, value in words.items() if value is not None})

    def role_arn(self, name: str) -> str:
        return f"arn:aws:iam::{self.site.installation.account}:role{self.site.path}{self.site.created(name)}"

    def attached(self) -> dict[str, list[str]]:
        """Which predefined policies go to which of the two roles: a role takes ten at most."""
        return {"cluster": list(self.site.predefined[::2]), "others": list(self.site.predefined[1::2])}

    def create_cluster(self, name: str, role_arn: str, *, audit: bool = True) -> Any:
        tenant = self.site.installation.tenant
        return self.client("eks").create_cluster(
            name=f"conveyor-{tenant}-{name}", roleArn=role_arn, tags={"conveyor:tenant": tenant},
            resourcesVpcConfig={"subnetIds": ["subnet-11111111", "subnet-22222222"]},
            logging={"clusterLogging": [{"types": ["audit"], "enabled": audit}]},
        )


class _Rightly(_Session):
    def rows(self) -> Iterator[Use]:
        site = self.site
        for name in ("cluster", "others"):
            yield tried(f"create-role-{name}", f"create {site.created(name)} under the prefix, with the boundary",
                        "allowed", partial(self.create_role, name))
        for role, policies in self.attached().items():
            for arn in policies:
                policy = arn.rpartition("-")[2]
                yield tried(f"attach-{policy}", f"attach {policy}", "allowed",
                            partial(self.iam.attach_role_policy, RoleName=site.created(role), PolicyArn=arn))
        yield tried("pass-to-eks", "pass the role to EKS: create a cluster with it", "allowed",
                    lambda: self.create_cluster("demo", self.role_arn("cluster")))
        yield tried("service-linked-role", "create the service-linked role of EKS", "allowed",
                    lambda: self.iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com"))


class _Wrongly(_Session):
    def rows(self) -> Iterator[Use]:
        for id, what, call in (*self._policies(), *self._roles(), *self._itself(), *self._data()):
            yield tried(id, what, "refused", call)
        irsa = self.site.installation.installer.irsa
        state = "on" if irsa else "off"
        yield tried("trust-of-created-role", f"UpdateAssumeRolePolicy on a created role (Irsa is {state})",
                    _if(irsa), self._trust_of_created_role)

    def _policies(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        iam, site, everything = self.iam, self.site, json.dumps(_ANYTHING)
        role, policy = site.created("cluster"), site.predefined[0]
        yield ("create-policy", "CreatePolicy",
               lambda: iam.create_policy(PolicyName="mine", PolicyDocument=everything))
        yield ("create-policy-version", "CreatePolicyVersion of a predefined policy",
               lambda: iam.create_policy_version(PolicyArn=policy, PolicyDocument=everything, SetAsDefault=True))
        yield ("change-boundary", "CreatePolicyVersion of the boundary",
               lambda: iam.create_policy_version(PolicyArn=site.boundary_arn, PolicyDocument=everything))
        yield ("put-role-policy", "PutRolePolicy on a created role",
               lambda: iam.put_role_policy(RoleName=role, PolicyName="mine", PolicyDocument=everything))
        yield ("attach-administrator", "attach AdministratorAccess to a created role",
               lambda: iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR))
        yield ("attach-without-boundary", "attach a predefined policy to a role without the boundary",
               lambda: iam.attach_role_policy(RoleName=site.created("bare"), PolicyArn=policy))

    def _roles(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        iam, site = self.iam, self.site
        account = site.installation.account
        yield ("create-without-boundary", "CreateRole without the boundary",
               lambda: self.create_role("free", PermissionsBoundary=None))
        yield ("create-other-boundary", "CreateRole with another boundary",
               lambda: self.create_role("free", PermissionsBoundary=ADMINISTRATOR))
        yield ("create-outside-prefix", "CreateRole outside the prefix",
               lambda: self.create_role("free", RoleName="free"))
        yield ("create-outside-path", "CreateRole outside the path",
               lambda: self.create_role("free", Path="/"))
        yield ("pass-outside-prefix", "pass a role outside the prefix",
               lambda: self.create_cluster("other", f"arn:aws:iam::{account}:role/outside"))
        yield ("cluster-without-audit", "create a cluster without an audit log",
               lambda: self.create_cluster("silent", self.role_arn("cluster"), audit=False))
        yield ("foreign-issuer", "register an OIDC issuer that is not EKS's", self._foreign_issuer)
        yield ("pass-to-lambda", "pass a created role to Lambda", self._pass_to_lambda)
        yield ("delete-boundary-of-role", "DeleteRolePermissionsBoundary",
               lambda: iam.delete_role_permissions_boundary(RoleName=site.created("cluster")))
        yield ("put-boundary-of-role", "PutRolePermissionsBoundary",
               lambda: iam.put_role_permissions_boundary(RoleName=site.created("cluster"),
                                                         PermissionsBoundary=ADMINISTRATOR))
        yield ("delete-without-boundary", "DeleteRole of a role without the boundary",
               lambda: iam.delete_role(RoleName=site.created("bare")))
        yield ("unnamed-service-linked-role", "CreateServiceLinkedRole of a service not named",
               lambda: iam.create_service_linked_role(AWSServiceName="lex.amazonaws.com"))
        yield ("create-user", "CreateUser", lambda: iam.create_user(UserName="mine"))

    def _itself(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        name = self.site.role_arn.rpartition("/")[2]
        yield ("own-trust", "UpdateAssumeRolePolicy on itself",
               lambda: self.iam.update_assume_role_policy(RoleName=name, PolicyDocument=trusting(
                   {"AWS": f"arn:aws:iam::{self.site.installation.control_plane.account}:root"})))
        yield ("own-policies", "AttachRolePolicy on itself",
               lambda: self.iam.attach_role_policy(RoleName=name, PolicyArn=self.site.predefined[0]))

    def _data(self) -> Iterator[tuple[str, str, Callable[[], Any]]]:
        yield ("read-customer-object", "read an object of a customer's bucket",
               lambda: self.client("s3").get_object(Bucket="customer-data", Key="ledger"))
        yield ("read-customer-secret", "read a customer's secret",
               lambda: self.client("secretsmanager").get_secret_value(SecretId="customer-secret"))
        queue = f"{self.site.aws.endpoint}/{self.site.installation.account}/customer-jobs"
        yield ("read-customer-parameter", "read a customer's parameter",
               lambda: self.client("ssm").get_parameter(Name="/customer/setting"))
        yield ("read-message", "read a message of a customer's queue",
               lambda: self.client("sqs").receive_message(QueueUrl=queue))
        yield ("read-log-events", "read a customer's log events",
               lambda: self.client("logs").filter_log_events(logGroupName="/customer/app"))
        yield ("share-snapshot", "share a disk snapshot with another account",
               lambda: self.client("ec2").modify_snapshot_attribute(
                   SnapshotId="snap-11111111", Attribute="createVolumePermission", OperationType="add",
                   UserIds=[STRANGER_ACCOUNT]))

    def _foreign_issuer(self) -> Any:
        region = self.site.installation.region
        return self.iam.create_open_id_connect_provider(
            Url=f"https://oidc.eks.{region}.example.com/id/1", ClientIDList=["sts.amazonaws.com"])

    def _trust_of_created_role(self) -> Any:
        account = self.site.installation.control_plane.account
        return self.iam.update_assume_role_policy(
            RoleName=self.site.created("cluster"), PolicyDocument=trusting({"AWS": f"arn:aws:iam::{account}:root"}))

    def _pass_to_lambda(self) -> Any:
        """The role is lent lambda:CreateFunction for this one call, so that iam:PassRole alone decides."""
        role, iam = self.site.role_arn.rpartition("/")[2], self.site.aws.client("iam", self.site.installation.account)
        lent = {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "lambda:CreateFunction", "Resource": "*"}]}
        iam.put_role_policy(RoleName=role, PolicyName="lent", PolicyDocument=json.dumps(lent))
        try:
            return self.client("lambda").create_function(
                FunctionName="mine", Role=self.role_arn("cluster"), Runtime="python3.12", Handler="index.handler",
                Code={"ZipFile": b"not a zip"},
            )
        finally:
            iam.delete_role_policy(RoleName=role, PolicyName="lent")


class _Removal(_Session):
    def rows(self) -> Iterator[Use]:
        for role, policies in self.attached().items():
            yield tried(f"detach-{role}", f"take the policies from {self.site.created(role)}", "allowed",
                        partial(self._detach, role, policies))
            yield tried(f"delete-{role}", f"delete {self.site.created(role)}",
                        _if(self.site.installation.installer.delete_rights),
                        partial(self.iam.delete_role, RoleName=self.site.created(role)))

    def _detach(self, role: str, policies: list[str]) -> None:
        for arn in policies:
            self.iam.detach_role_policy(RoleName=self.site.created(role), PolicyArn=arn)


def landscape(site: Site) -> None:
    """What is in the customer's account besides: a role without the boundary, one outside the prefix, data."""
    aws, account = site.aws, site.installation.account
    iam = aws.client("iam", account)
    eks = trusting({"Service": "eks.amazonaws.com"})
    iam.create_role(RoleName=site.created("bare"), Path=site.path, AssumeRolePolicyDocument=eks)
    iam.create_role(RoleName="outside", AssumeRolePolicyDocument=eks)
    make_bucket(aws, "customer-data")
    aws.client("s3", account).put_object(Bucket="customer-data", Key="ledger", Body=b"the customer's own")
    aws.client("secretsmanager", account).create_secret(Name="customer-secret", SecretString="the customer's own")
    aws.client("ssm", account).put_parameter(Name="/customer/setting", Value="the customer's own", Type="String")
    aws.client("sqs", account).create_queue(QueueName="customer-jobs")
    aws.client("logs", account).create_log_group(logGroupName="/customer/app")
