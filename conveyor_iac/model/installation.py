"""The front door: the only place where a user's words become values.

Reads one mapping (from a file, CDK context, Pulumi config or flags), gathers every fault at once, and answers a
frozen `Installation` that nobody checks again. The rules of single values are those of the published template's
parameters (`catalogue/parameters.toml`); rules across values are in `checks.py`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from conveyor_iac.model import addresses, checks
from conveyor_iac.model.azure.installation import Azure
from conveyor_iac.model.door import (
    AccountId,
    ExternalId,
    IamPath,
    LoadBalancerArn,
    Part,
    PolicyArn,
    Principal,
    RoleName,
    RolePrefix,
    RouteTableId,
    SessionName,
    SubnetId,
    TenantId,
    Text,
    TopicArn,
    VpcId,
    ZoneId,
    enter,
    held_by,
    keep,
)
from conveyor_iac.model.words import words_of

Cidr = Annotated[Text, held_by(addresses.unfit_cidr)]
PodCidr = Annotated[Text, held_by(addresses.unfit_pod_cidr)]
VpcBlock = Annotated[Text, held_by(addresses.unfit_vpc_block)]
Neighbour = Annotated[Text, held_by(addresses.unfit_neighbour)]
Address = Annotated[Text, held_by(addresses.unfit_address)]
Port = Annotated[int, Field(ge=1, le=65535)]


class ControlPlaneNetwork(Part):
    cidr: Cidr = "10.30.0.0/16"
    """The primary IPv4 CIDR of the control plane's VPC, /16 to /21."""
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
    """The id of the VPC you bring. Both of its DNS attributes must be on."""
    cidrs: tuple[VpcBlock, ...] = ()
    """Every IPv4 CIDR of that VPC, /16 to /28, that of the pods included: from these the endpoints are reached."""
    endpoint_subnets: tuple[SubnetId, ...] = ()
    """Ids of the subnets for VPC endpoints and load balancer, one per zone; two at least but in shared deployments."""
    route_tables: tuple[RouteTableId, ...] = ()
    """Ids of the route tables of nodes and pods, which get a route to the S3 gateway endpoint."""
    node_subnets: tuple[SubnetId, ...] = ()
    """Ids of the subnets for nodes, one per zone: handed over, not changed."""
    pod_subnets: tuple[SubnetId, ...] = ()
    """Ids of the subnets for pods, one per zone: handed over, not changed."""
    endpoints: tuple[Text, ...] = ()
    """Services whose endpoints the VPC has already, such as s3 or sqs: they are not made twice."""


class Network(Part):
    cidr: Cidr = "10.20.0.0/16"
    """The primary IPv4 CIDR of the data plane's VPC, /16 to /21."""
    pod_cidr: PodCidr = "100.64.0.0/16"
    """The secondary CIDR, for pods, /16 to /22; each zone gets a quarter of it."""
    zones: int = Field(default=3, ge=2, le=4)
    """How many availability zones, 2 to 4. A further one moves nothing that stands."""
    zone_ids: tuple[ZoneId, ...] = ()
    """The zones by id, such as euw1-az1, as many as `zones`; needed where EKS refuses one; else the first listed."""
    ipv6: bool = False
    """Whether the VPC has IPv6 too, a /64 for each subnet; out only in shared deployments, by egress-only gateway."""
    nat: Literal["per-zone", "single"] | None = None
    """Shared deployments: a NAT gateway in each zone (left out), or a single one, which fails with its zone."""
    neighbours: Mapping[str, Neighbour] = Field(default_factory=dict)
    """Networks that this one must not overlap, by a name of yours: on premises, other tenants, peers."""
    existing: ExistingNetwork | None = None
    """A VPC you bring; nothing is created that exists."""


class Endpoints(Part):
    set: Literal["documented-13", "private-data-plane", "control-plane"] | None = None
    """Which endpoint set the VPC gets; left out: private-data-plane, in shared deployments none but S3."""
    add: tuple[Text, ...] = ()
    """Endpoints to add, by service name, such as sns."""
    remove: tuple[Text, ...] = ()
    """Endpoints to leave out, by service name."""
    zones: Mapping[str, tuple[ZoneId, ...]] = Field(default_factory=dict)
    """Services that are not in every zone: service name to zone ids of `network.zone_ids`; left out: in all."""


class PrivateLink(Part):
    ports: tuple[Port, ...] = Field(default=(443,), max_length=9)
    """The TCP ports of the endpoint service, 1 to 65535, at most nine."""
    principals: tuple[Principal, ...] | None = None
    """ARNs of those who may ask for a connection, never *, none with a path; left out: the control plane's role."""
    load_balancer: LoadBalancerArn | None = None
    """The ARN of a network load balancer that exists; left out: an internal one is made."""
    targets: tuple[Address, ...] = ()
    """IPv4 addresses within the VPC behind every port; left out: whoever runs the data plane registers them."""
    topic: TopicArn | None = None
    """The ARN of an SNS topic to tell of connection requests; left out: one is made."""


class Outbound(Part):
    component: Annotated[Text, Field(min_length=1)]
    """What opens the path."""
    kind: Literal["name", "cidr"]
    """What the destination is: a DNS name, or an IPv4 CIDR."""
    destination: Text
    """Where to: a name such as api.example.com or *.example.com, or a CIDR such as 203.0.113.7/32."""
    protocol: Literal["TCP", "UDP"]
    """The protocol: TCP or UDP."""
    port: Port
    """The port, 1 to 65535."""
    data: Annotated[Text, Field(min_length=1)]
    """What travels."""
    why: Annotated[Text, Field(min_length=1)]
    """Why it is needed."""

    @field_validator("destination")
    @classmethod
    def _of_its_kind(cls, value: str, info: ValidationInfo) -> str:
        unfit = {"name": addresses.unfit_name, "cidr": addresses.unfit_ipv4_block}.get(info.data.get("kind", ""))
        return keep(value, unfit) if unfit else value


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
    network_rights: bool = False
    """Shared deployments: whether the installer makes the network, in place of our network stack."""
    tag_session: bool = False
    """Whether the control plane may tag its sessions (sts:TagSession)."""
    set_source_identity: bool = False
    """Whether the control plane may name who stands behind a session (sts:SetSourceIdentity)."""


class Labels(Part):
    customer: Text | None = None
    """Your company's name as the vendor knows it."""
    org_id: Text | None = None
    """Your organisation's id at the vendor."""


class Installation(Part):
    """What one tenant asks for: the whole content of an installation file."""

    kind: Literal["installation", "endpoint-service"] = "installation"
    """installation, or endpoint-service: your own service for the connectors of a vendor, and nothing besides."""
    tenant: TenantId
    """The tenant id, from the vendor's sheet: 3 to 20 lower-case letters and digits, no hyphen."""
    deployment: Literal["shared", "private", "dedicated"]
    """Where the control plane is and whether the data plane has internet access. Not for endpoint-service."""
    cloud: Literal["aws", "azure"] = "aws"
    """The cloud of the data plane; azure is offered for shared deployments only."""
    region: Text
    """The region of the data plane, such as eu-west-1, or on azure westeurope."""
    account: AccountId | None = None
    """The AWS account of the data plane: 12 digits in quotes. Not for azure."""
    control_plane: ControlPlane
    """Who may assume the installer role, and connect to the endpoint service."""
    external_id: ExternalId | None = Field(default=None, repr=False, exclude=True)
    """Checked when given, never emitted: it is always a NoEcho parameter, given when deploying."""
    session_name: SessionName | None = None
    """The role session name the control plane must use; left out: conveyor- and the tenant id, as it must be."""
    network: Network = Network()
    """The network of the data plane."""
    endpoints: Endpoints = Endpoints()
    """The VPC endpoints of the data plane."""
    cognito_access: Literal["firewall", "privatelink", "proxy"] | None = None
    """Without internet access, the way to Cognito: firewall (left out), privatelink (endpoints), proxy (your own)."""
    user_pool_has_domain: bool | None = None
    """Whether a user pool has a domain; privatelink needs false here: such a pool refuses requests by endpoint."""
    private_link: PrivateLink = PrivateLink()
    """The endpoint service by which the control plane reaches a data plane without internet access."""
    outbound: tuple[Outbound, ...] = ()
    """Further paths of the data plane, beside docs/outbound.md; only a shared deployment can take them, by NAT."""
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
        asked = words
        if isinstance(words, Mapping) and words.get("kind") == "endpoint-service":
            asked = {"deployment": "private", **words}
        return enter(cls, asked, lambda _: checks.of_installation(words) if isinstance(words, Mapping) else ())

    @classmethod
    def load(cls, file: Path | str) -> "Installation":
        """The installation a YAML or JSON file asks for; `InputError` as `read`, also where it cannot be read."""
        return cls.read(words_of(file))
