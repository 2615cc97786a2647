"""The installer role: whom it trusts, what it may do, and what it never may.

What it may do is data (`catalogue/installer/`); here it is put together. The product's documents also call it the
minimal installation role or the support role.
"""

from typing import Any

from conveyor_iac.model import catalogue, names
from conveyor_iac.model.boundary import BOUNDARY_ARN
from conveyor_iac.model.iam import Document, Lists, ManagedPolicy, Role, Statement
from conveyor_iac.model.placeholders import Either, behind, every
from conveyor_iac.model.policies import of_row, predefined_arns

_NEEDED = frozenset({"sqs:SetQueueAttributes"})
"""Sharing actions the installer cannot do without: the tenant's own queues must trust the vendor's."""

_TRUST_SOURCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html"


def installer_role(*, tag_session: bool = False, set_source_identity: bool = False) -> Role:
    """The installer role, with placeholders and switches for what its stack decides."""
    lists = _lists()
    policies = tuple(behind(row, of_row(row, names.INSTALLER_PATH, "Installer", lists))
                     for row in catalogue.installer_policies())
    return Role(
        role_name=names.INSTALLER_ROLE,
        path=names.INSTALLER_PATH,
        description="Lets the control plane install and maintain the data plane of one tenant.",
        trust=_trust(tag_session=tag_session, set_source_identity=set_source_identity),
        policies=policies,
        boundary=Either(switch="HasCompanyBoundary", yes="${CompanyBoundary}"),
    )


def always(role: Role) -> tuple[ManagedPolicy, ...]:
    """The policies of an installer role that no switch can take away: another stack may hold them.

    A policy that may go stands with the role, so that it is detached before it is deleted.
    """
    lasting = {row.name for row in catalogue.installer_policies() if not row.switch}
    return tuple(policy for policy in role.every_policy() if policy.name in lasting)


def _lists() -> Lists:
    linked = catalogue.service_linked_roles()
    slr = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/aws-service-role"
    return {
        "@BoundaryArn": (BOUNDARY_ARN,),
        "@CreatedRoles": (names.CREATED_ROLES,),
        "@PredefinedPolicyArns": predefined_arns(),
        "@SwitchedPolicyArns": tuple(arn for part in predefined_arns() if isinstance(part, Either)
                                     for arn in every(part)),
        "@SharingActions": tuple(action for row in catalogue.data_actions() if row.kind == "share"
                                 for action in row.actions if action not in _NEEDED),
        "@PassedToServices": tuple(row.service for row in catalogue.passed_to()),
        "@ServiceLinkedRoles": tuple(f"{slr}/{row.service}/{row.role}" for row in linked),
        "@ServiceLinkedRoleServices": tuple(row.service for row in linked),
    }


def _trust(*, tag_session: bool, set_source_identity: bool) -> Document:
    must = {"StringEquals": {"sts:ExternalId": ("${ExternalId}",), "sts:RoleSessionName": (names.SESSION_NAME,)}}
    assume = _trusted("ControlPlaneAssumes", "sts:AssumeRole", "The control plane's one role assumes this role, with"
                      " the external id and under its session name.", must)
    tags = _trusted("ControlPlaneTagsSessions", "sts:TagSession", "It may tag its sessions.")
    source = _trusted("ControlPlaneNamesItsSource", "sts:SetSourceIdentity", "It may say who stands behind a session.")
    return Document(statements=(assume, *[tags] * tag_session, *[source] * set_source_identity))


def _trusted(sid: str, action: str, purpose: str, conditions: Any = None) -> Statement:
    effect = Either(switch="VendorAccessEnabled", yes="Allow", no="Deny")
    return Statement(id=sid, purpose=purpose, source=_TRUST_SOURCE, effect=effect, actions=(action,),
                     principals={"AWS": (names.CONTROL_PLANE_ROLE,)}, conditions=conditions or {})
