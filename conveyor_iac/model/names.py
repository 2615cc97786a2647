"""What our things are called, and where those in IAM lie: one path per tenant, one folder per kind.

The folders keep the kinds disjoint: a created role's pattern begins with the prefix, which ends with a hyphen and
holds no slash, so it never matches `installer/` or `resources/`. A tenant id has no hyphen and stands between
slashes, so no tenant's pattern matches another's names.
"""

from functools import cache
from importlib.metadata import version

TENANT_PATH = "${IamPath}${TenantId}/"
"""The IAM path of a tenant; https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html."""

INSTALLER_PATH = f"{TENANT_PATH}installer/"
BOUNDARY_PATH = f"{TENANT_PATH}boundary/"
PREDEFINED_PATH = f"{TENANT_PATH}predefined/"

INSTALLER_ROLE = "conveyor-${TenantId}-installer"
BOUNDARY = "conveyor-${TenantId}-Boundary"
SESSION_NAME = "${StsSessionName}"

_IAM = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
CREATED_ROLES = f"{_IAM}:role{TENANT_PATH}${{RolePrefix}}*"
"""Roles the installer makes."""
RESOURCE_ROLES = f"{_IAM}:role{TENANT_PATH}resources/*"
"""Roles the agent makes, where the resources feature is on."""
CONTROL_PLANE_ROLE = "arn:${AWS::Partition}:iam::${ControlPlaneAccount}:role/${ControlPlaneRole}"
"""The one role that may assume the installer role."""

TENANT_TAG = "conveyor:tenant"
"""The tag by which the installer role's conditions know what is the tenant's."""
OUTSIDE = "${TenantId}-out"
"""The tag's value on subnets with a way out of their own: it says whose they are and opens them to no condition.

No tenant id has a hyphen, so it is no tenant's own. It stands on the resource, so a tag of the whole stack does not
replace it.
"""


def policy_name(name: str, kind: str = "") -> str:
    """The AWS name of one of our policies: names of policies are global in an account, whatever the path."""
    return f"conveyor-${{TenantId}}-{kind}{name}"


def resource_name(prefix: str, what: str) -> str:
    """The AWS name of a part of a tenant's network; `prefix` is that of its VPC, empty for the data plane's."""
    return f"conveyor-${{TenantId}}-{'control-plane-' if prefix else ''}{what}"


def tags(deployment: str) -> dict[str, str]:
    """The tags of all that takes tags: whose it is, of which deployment, by which version of the templates."""
    return {TENANT_TAG: "${TenantId}", "conveyor:deployment": deployment,
            "conveyor:version": _version()}


@cache
def _version() -> str:
    return version("conveyor-iac")
