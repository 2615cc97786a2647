"""The handover sheet: what a customer gives back to the vendor once everything is deployed.

The same keys whatever the engine and the cloud: what an installation does not have is null or an empty list. No secret
is among them. What neither the outputs nor the installation file say is null too, and named under `not_known`.
"""

from collections.abc import Mapping
from typing import Any, Literal

from conveyor_iac.model.door import Part

FORMAT: Literal[1] = 1
"""Which form the sheet has; a key is only ever added to one."""


class Labels(Part):
    customer: str | None
    """The customer's name as the vendor knows it; null where the file does not say it."""
    org_id: str | None
    """The id of the customer's organisation at the vendor; null where the file does not say it."""


class Template(Part):
    file: str
    """The template's file name."""
    sha256: str
    """The SHA-256 of the file, 64 hexadecimal digits."""


class Release(Part):
    version: str | None
    """The version of the published templates; null where no release was named."""
    sha256sums: str | None
    """The SHA-256 of that release's SHA256SUMS; null where no release was named."""
    templates: tuple[Template, ...]
    """The templates of this installation; empty where neither a release nor a template was named."""


class Policy(Part):
    name: str
    """What the predefined policy is called, such as EksNodePolicy."""
    arn: str
    """Its ARN."""


class Role(Part):
    arn: str
    """The ARN of the installer role: what the control plane assumes."""
    session_name: str
    """The role session name that the control plane must use."""
    trusts: str
    """The ARN of the one role that may assume it."""
    boundary: str
    """The ARN of the permissions boundary that every created role must carry."""
    created_roles: str
    """The ARN that every created role must match: its path and the beginning of its name, then *."""
    policies: tuple[Policy, ...]
    """The predefined policies: the only ones that may be attached to created roles."""


class Subnet(Part):
    kind: Literal["node", "pod", "endpoint", "private-endpoint"]
    """What stands in it."""
    id: str
    """The subnet's id."""
    cidr: str | None
    """Its IPv4 CIDR; null where the network was brought."""
    zone_id: str | None
    """The id of its zone, such as euw1-az1; null on Azure, and where the network was brought."""


class Network(Part):
    plane: Literal["data", "control"]
    """Whose network it is: the data plane's, or in a dedicated deployment the control plane's."""
    id: str
    """The VPC's id; on Azure that of the virtual network."""
    brought: bool
    """Whether it was there before: then only what the file names of it is told."""
    cidrs: tuple[str, ...]
    """Its IPv4 CIDRs, that of the pods included."""
    ipv6: bool
    """Whether it has IPv6 too."""
    zone_ids: tuple[str, ...]
    """The ids of its zones; empty on Azure, where a subnet spans all zones, and where the network was brought."""
    subnets: tuple[Subnet, ...]
    """Its subnets, by kind and zone."""


class Service(Part):
    plane: Literal["data", "control", "yours"]
    """What it leads to: a plane, or yours for an endpoint service by itself."""
    name: str
    """The endpoint service's name, which whoever connects asks for."""
    region: str
    """The region it is in."""
    account: str
    """The account that owns it, and accepts each connection by hand."""
    ports: tuple[int, ...]
    """The TCP ports it answers on."""
    principals: tuple[str, ...]
    """ARNs of those who may ask for a connection."""


class Way(Part):
    plane: Literal["data", "control"]
    """From which plane of a dedicated deployment."""
    to: Literal["data", "control"]
    """To which one."""
    dns_name: str | None
    """The name by which it is reached; null until the connection is accepted."""


class Cognito(Part):
    plane: Literal["data", "control"]
    """Which plane reaches it."""
    by: Literal["firewall", "privatelink", "proxy", "nat", "hub", "own-network", "installer-network"]
    """The way: a firewall that passes these names, VPC endpoints, your proxy, NAT, a hub's firewall, your own network,
    or the one that the installer makes."""
    names: tuple[str, ...]
    """The names that are reached, on TCP port 443."""


class Access(Part):
    by: Literal["access-package", "service-principal"]
    """How the vendor's team comes in."""
    role: Literal["constrained-owner", "owner", "installer"]
    """What it holds."""
    group_id: str | None
    """Object id of the vendor's group; null with a service principal."""
    link: str | None
    """Where members of the vendor's team request access; null with a service principal."""
    service_principal: str | None
    """Object id, in the customer's tenant, of the vendor's service principal; null with an access package."""


class Machine(Part):
    client_id: str
    """The client id of the control plane's identity, which has no secret."""
    issuer: str
    """The issuer whose tokens it takes."""
    subject: str
    """The one subject of those tokens."""
    audience: str
    """Their audience."""


class Identities(Part):
    cluster: str
    """The client id of the identity that a cluster is given."""
    kubelet: str
    """The client id of the nodes' identity."""
    workload: str
    """The client id of the workloads' identity."""


class OnAzure(Part):
    tenant_id: str
    """The Entra tenant."""
    subscription_id: str
    """The subscription of the data plane."""
    access: Access
    """How people come in."""
    machine: Machine | None
    """How the control plane comes in; null where the file names no issuer."""
    identities: Identities
    """The identities that were made with their roles; whoever installs assigns none."""
    inbound: Literal["tunnel", "load-balancer"]
    """How the control plane calls in."""
    tunnel: str | None
    """The name to which the data plane opens its tunnel."""
    key_vault: str | None
    """The id of the key vault; null where none was asked for."""
    registry: str | None
    """The id of the container registry; null where none was asked for."""
    workspace: str | None
    """The id of the Log Analytics workspace; null where none was asked for."""
    resource_providers: tuple[str, ...]
    """The resource providers that the data plane needs registered."""


class NotKnown(Part):
    key: str
    """What of this sheet is not known, as a path: networks.0.zone_ids."""
    why: str
    """Why not."""
    way_out: str
    """How to find out."""


class Handover(Part):
    """What the customer hands back to the vendor. It holds no secret: the external id goes another way."""

    format: Literal[1]
    """The form of this sheet."""
    kind: Literal["installation", "endpoint-service"]
    """installation, or endpoint-service: a door for a vendor's connectors, and nothing besides."""
    tenant: str
    """The tenant id."""
    deployment: Literal["shared", "private", "dedicated"] | None
    """Where the control plane is and whether the data plane has internet access; null for an endpoint service."""
    cloud: Literal["aws", "azure"]
    """The cloud of the data plane."""
    region: str
    """The region of the data plane."""
    account: str | None
    """The AWS account of the data plane; null on Azure."""
    labels: Labels
    """Whose installation it is, in the vendor's words."""
    external_id: Literal["given separately"] | None
    """That there is one, never what it is; null where there is no role."""
    vendor_access: Literal["enabled", "disabled"] | None
    """disabled: every assume is refused, on Azure nobody holds a role; null where nobody comes in."""
    release: Release
    """Which templates were deployed, as far as it was said."""
    role: Role | None
    """The installer role; null on Azure and for an endpoint service by itself."""
    networks: tuple[Network, ...]
    """The networks; empty where the installer makes the network, and for an endpoint service by itself."""
    services: tuple[Service, ...]
    """The endpoint services, by which a plane is reached."""
    ways: tuple[Way, ...]
    """Dedicated deployments: how each plane reaches the other."""
    cognito: tuple[Cognito, ...]
    """How each plane reaches Cognito."""
    cluster_tags: Mapping[str, str] | None
    """The tags that the cluster must carry; null where no stack of ours says so."""
    azure: OnAzure | None
    """What there is on Azure; null on AWS."""
    not_known: tuple[NotKnown, ...]
    """What neither the outputs nor the file say, each with the way to find out."""

    def as_json(self) -> dict[str, Any]:
        """The sheet as plain data, every key of it."""
        return self.model_dump(mode="json")
