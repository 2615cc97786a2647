"""The front door: the only place where a user's words become values.

Reads one mapping (from a file, CDK context, Pulumi config or flags), gathers every fault at once, and answers a
frozen `Installation` that nobody checks again. The rules of single values are those of the published template's
parameters (`catalogue/parameters.toml`); rules across values are in `checks.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from conveyor_iac.model import checks
from conveyor_iac.model.door import (
    AccountId,
    ExternalId,
    IamPath,
    Part,
    PolicyArn,
    RoleName,
    RolePrefix,
    SessionName,
    TenantId,
    Text,
    VpcId,
    enter,
)
from conveyor_iac.model.words import words_of


class ControlPlaneNetwork(Part):
    cidr: Text
    """The primary IPv4 CIDR of the control plane's VPC, such as 10.30.0.0/16."""
    zones: int = Field(default=3, ge=2, le=4)
    """How many availability zones, 2 to 4."""


class ControlPlane(Part):
    account: AccountId
    """The account that assumes the installer role: 12 digits. In a dedicated deployment it is your own."""
    role: RoleName
    """The one role of that account that may assume it: its name, with its path if it has one."""
    network: ControlPlaneNetwork | None = None
    """Dedicated deployments: the network of the control plane."""


class ExistingNetwork(Part):
    vpc: VpcId
    """The id of the VPC you bring."""
    node_subnets: tuple[Text, ...] = ()
    """Ids of the subnets for nodes, one per zone."""
    pod_subnets: tuple[Text, ...] = ()
    """Ids of the subnets for pods, one per zone."""
    endpoint_subnets: tuple[Text, ...] = ()
    """Ids of the subnets for VPC endpoints, one per zone."""


class Network(Part):
    cidr: Text = "10.20.0.0/16"
    """The primary IPv4 CIDR of the data plane's VPC."""
    pod_cidr: Text = "100.64.0.0/16"
    """The secondary CIDR, for pods."""
    zones: int = Field(default=3, ge=2, le=4)
    """How many availability zones, 2 to 4."""
    existing: ExistingNetwork | None = None
    """A VPC you bring; nothing is created that exists."""


class Endpoints(Part):
    set: Literal["documented-13", "private-data-plane", "control-plane"] = "private-data-plane"
    """Which endpoint set the VPC gets."""
    add: tuple[Text, ...] = ()
    """Endpoints to add, by service name."""
    remove: tuple[Text, ...] = ()
    """Endpoints to leave out, by service name."""


class Iam(Part):
    path: IamPath = "/conveyor/"
    """The IAM path under which everything is made, the same for all tenants of an account; the tenant id is added."""
    role_prefix: RolePrefix = "conveyor-dp-"
    """Every role the installer creates has a name that begins so."""
    boundary: PolicyArn | None = None
    """Your company's permissions boundary, on the roles our templates make; never instead of ours on created roles."""
    data_plane_vpc: VpcId | None = None
    """The VPC of the data perimeter; left out: `network.existing.vpc`, or no perimeter until it is given."""


class Installer(Part):
    irsa: bool = False
    """Whether the installer manages OIDC providers and the trust of created roles; Pod Identity needs neither."""
    delete_rights: bool = True
    """Whether the installer may delete what carries the tenant's name or tag."""
    network_rights: bool | None = None
    """Whether the installer may create a network; left out: in shared deployments, unless you bring the VPC."""
    tag_session: bool = False
    """Whether the control plane may tag its sessions (sts:TagSession)."""
    set_source_identity: bool = False
    """Whether the control plane may name who stands behind a session (sts:SetSourceIdentity)."""


class Labels(Part):
    customer: Text | None = None
    """Your company's name as the vendor knows it."""
    org_id: Text | None = None
    """Your organisation's id at the vendor."""


class Azure(Part):
    tenant_id: Text
    """The Entra tenant that owns the subscription."""
    subscription_id: Text | None = None
    """An existing subscription; or give `billing_scope` for a new one."""
    billing_scope: Text | None = None
    """The billing scope a new subscription is made under."""
    management_group: Text | None = None
    """The management group the subscription belongs to."""
    connected_organization: Text | None = None
    """Object id of the connected organisation whose members may request access."""
    guardrail_scope: Text | None = None
    """Where guard rails are placed, out of the reach of the subscription's owners."""


class Installation(Part):
    """What one tenant asks for: the whole content of an installation file."""

    kind: Literal["installation", "endpoint-service"] = "installation"
    """installation, or endpoint-service: a customer's own service for connectors."""
    tenant: TenantId
    """The tenant id, from the vendor's sheet: 3 to 20 lower-case letters and digits, no hyphen."""
    deployment: Literal["shared", "private", "dedicated"]
    """Where the control plane is and whether the data plane has internet access."""
    cloud: Literal["aws", "azure"] = "aws"
    """The cloud of the data plane; azure is offered for shared deployments only."""
    region: Text
    """The region of the data plane, such as eu-west-1."""
    account: AccountId | None = None
    """The AWS account of the data plane: 12 digits in quotes. Not for azure."""
    control_plane: ControlPlane
    """Who may assume the installer role."""
    external_id: ExternalId | None = Field(default=None, repr=False, exclude=True)
    """Checked when given, never emitted: it is always a NoEcho parameter, given when deploying."""
    session_name: SessionName | None = None
    """The role session name the control plane must use; left out: conveyor- and the tenant id, as it must be."""
    network: Network = Network()
    """The network of the data plane."""
    endpoints: Endpoints = Endpoints()
    """The VPC endpoints of the data plane."""
    cognito_access: Literal["firewall", "privatelink", "proxy"] = "firewall"
    """How a data plane without internet access reaches Cognito."""
    resources_feature: bool = False
    """true picks EksAgentIAMPermissivePolicy, false EksAgentIAMRestrictedPolicy."""
    vendor_access: Literal["enabled", "disabled"] = "enabled"
    """disabled: every assume is refused, nothing is destroyed."""
    guardduty: bool = False
    """Whether GuardDuty may manage its agent in the cluster."""
    tags: Mapping[str, Text] = Field(default_factory=dict)
    """Your own tags, on everything that can carry tags."""
    iam: Iam = Iam()
    """Your own rules for IAM."""
    installer: Installer = Installer()
    """What the installer may do beyond its minimum."""
    labels: Labels = Labels()
    """Labels for the handover."""
    azure: Azure | None = None
    """cloud: azure only, in place of `account`."""

    @classmethod
    def read(cls, words: object) -> "Installation":
        """The installation a mapping asks for; `InputError` with every fault of it at once."""
        return enter(cls, words, checks.of_installation)

    @classmethod
    def load(cls, file: Path | str) -> "Installation":
        """The installation a YAML or JSON file asks for; `InputError` as `read`, also where it cannot be read."""
        return cls.read(words_of(file))
