"""The key `azure` of an installation file: the front door's part for data planes on Azure.

Forms and the types of single values; rules across values are in `checks.py`. Ids are Azure's own resource ids, written
as the portal and `az` print them.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from conveyor_iac.model import addresses
from conveyor_iac.model.door import Part, Text, held_by, like

_GUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GROUP = r"[\w().-]{0,89}[\w()-]"
_IN_GROUP = rf"/subscriptions/{_GUID}/resourceGroups/{_GROUP}/providers"
_NAME = r"[A-Za-z0-9](?:[\w.-]{0,78}\w)?"
VNET = rf"{_IN_GROUP}/Microsoft\.Network/virtualNetworks/{_NAME}"
MANAGEMENT_GROUPS = "/providers/Microsoft.Management/managementGroups/"
VAULT_ZONE, REGISTRY_ZONE = "privatelink.vaultcore.azure.net", "privatelink.azurecr.io"
"""The private DNS zones of what is reached by a private endpoint;
https://learn.microsoft.com/azure/private-link/private-endpoint-dns."""


def _some(items: tuple[str, ...]) -> tuple[str, ...]:
    if not items:
        raise PydanticCustomError("rule", "at least one", {})
    return items


SOME = (AfterValidator(_some), Field(json_schema_extra={"minItems": 1}))
"""A list that is not empty; unlike pydantic's own rule, one whose items are wrong is not called empty too."""
Guid = Annotated[Text, like(_GUID, "an id of 32 hexadecimal digits, such as 0a1b2c3d-0000-4000-8000-0123456789ab",
                            "Lower case, with hyphens, in quotes")]
ManagementGroup = Annotated[Text, like(r"[A-Za-z0-9][\w().-]{0,89}", "the name of a management group: at most 90"
                                       " letters, digits and _ ( ) . -",
                                       "List them: az account management-group list")]
Scope = Annotated[Text, like(rf"{MANAGEMENT_GROUPS}[A-Za-z0-9][\w().-]{{0,89}}|/subscriptions/{_GUID}",
                             f"{MANAGEMENT_GROUPS}NAME, or /subscriptions/ID", "Leave it out: then it is"
                             " management_group")]
BillingScope = Annotated[Text, like(r"/providers/Microsoft\.Billing/billingAccounts/[^/\s]+(/[A-Za-z]+/[^/\s]+){1,2}",
                                    "a billing scope: /providers/Microsoft.Billing/billingAccounts/... with an"
                                    " enrollment account, an invoice section or a customer",
                                    "List them: az billing account list")]
VnetId = Annotated[Text, like(VNET, "the id of a virtual network", "Print it: az network vnet show --query id")]
SubnetId = Annotated[Text, like(rf"{VNET}/subnets/{_NAME}", "the id of a subnet",
                                "Print it: az network vnet subnet show --query id")]
ZoneId = Annotated[Text, like(rf"{_IN_GROUP}/Microsoft\.Network/privateDnsZones/[a-z0-9.-]+", "the id of a private DNS"
                              " zone", "Print it: az network private-dns zone show --query id")]
Issuer = Annotated[Text, like(r"https://[a-z0-9.-]+(/[\w./-]*)?", "an OpenID Connect issuer: https:// and a name",
                              "Ask the vendor for it")]
Email = Annotated[Text, like(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "an e-mail address", "Give a mailbox that somebody reads")]
Location = Annotated[Text, like("[a-z][a-z0-9]{2,29}", "the name of an Azure region, such as westeurope",
                                "List them: az account list-locations --query [].name")]
Block = Annotated[Text, held_by(addresses.unfit_neighbour)]
Caller = Annotated[Text, held_by(addresses.unfit_ipv4_block)]
Address = Annotated[Text, held_by(addresses.unfit_address)]
Host = Annotated[Text, held_by(addresses.unfit_host)]


class AzureControlPlane(Part):
    region: Text
    """The AWS region of the vendor's control plane, such as eu-west-1: the data plane calls its names."""
    cidrs: tuple[Caller, ...] = ()
    """IPv4 CIDRs from which the control plane calls in; only where `vnet.inbound` is load-balancer."""
    tunnel: Host | None = None
    """The name to which the data plane opens its tunnel, by TLS on port 443; needed where a firewall lets it out."""
    issuer: Issuer | None = None
    """The OpenID Connect issuer of the control plane's tokens; left out: no machine identity is made."""
    subject: Annotated[Text, Field(min_length=1, max_length=600)] | None = None
    """The subject of those tokens; left out: the ARN of the control plane's role."""


class Approval(Part):
    approvers: Annotated[tuple[Guid, ...], *SOME]
    """Object ids of Entra groups of yours, each of whose members may approve."""
    days: int = Field(default=14, ge=1, le=14)
    """After how many days a request that nobody answered is refused, 1 to 14."""


class AzureAccess(Part):
    by: Literal["access-package", "service-principal"] = "access-package"
    """How the vendor's team comes in: people by an access package, or a service principal of the vendor's."""
    service_principal: Guid | None = None
    """Object id, in your tenant, of the vendor's service principal; only where `by` is service-principal."""
    role: Literal["constrained-owner", "owner", "installer"] = "constrained-owner"
    """What the vendor holds: Owner that may assign a table of roles only, Owner, or our custom installer role."""
    approval: tuple[Approval, ...] = Field(default=(), max_length=3)
    """The stages of approval of a request, one after the other, at most three; one at least is needed."""
    expires_after: int = Field(default=90, ge=1, le=3660)
    """After how many days an approved access ends, 1 to 3660; then it is asked for anew."""


class AzureBudget(Part):
    amount: int = Field(ge=1)
    """The amount of a month, in the currency of the bill: a whole number."""
    starts: Annotated[Text, like("20[0-9]{2}-(0[1-9]|1[0-2])-01", "the first of a month, such as 2026-12-01",
                                 "Azure starts a budget on the first of a month, not before this one")]
    """The first day it counts: the first of a month."""


class AzureGuardrails(Part):
    subscription_id: Guid | None = None
    """A subscription of yours, outside the vendor's reach, in which logs, alerts and whom they tell are kept."""
    contacts: tuple[Email, ...] = ()
    """Whom alerts and the budget tell; one at least is needed."""
    locations: tuple[Location, ...] = ()
    """The regions in which anything may be made, `region` among them; left out: `region` only."""
    retention_days: int = Field(default=365, ge=90, le=730)
    """How long the exported activity log is kept, 90 to 730 days."""
    budget: AzureBudget | None = None
    """A monthly budget that tells the contacts; left out: none."""


class AzureHub(Part):
    vnet: VnetId
    """The id of the hub's virtual network: ours is peered with it, in both directions."""
    cidrs: Annotated[tuple[Block, ...], *SOME]
    """Every CIDR of the hub and of what it leads to: ours may overlap none."""
    firewall: Address | None = None
    """The private IPv4 address of the hub's firewall; needed where `egress` is hub."""


class ExistingVnet(Part):
    vnet: VnetId
    """The id of the virtual network you bring, in the data plane's subscription."""
    node_subnet: SubnetId
    """The id of the subnet for nodes: handed over, not changed."""
    pod_subnet: SubnetId | None = None
    """The id of the subnet for pods: handed over, not changed; left out: none."""
    private_endpoint_subnet: SubnetId
    """The id of the subnet for private endpoints."""
    cidrs: Annotated[tuple[Block, ...], *SOME]
    """Every CIDR of that virtual network."""


class AzureVnet(Part):
    existing: ExistingVnet | None = None
    """A virtual network you bring; nothing is created that exists."""
    hub: AzureHub | None = None
    """The hub that ours is a spoke of; left out: it stands alone."""
    egress: Literal["nat-gateway", "firewall", "hub"] | None = None
    """The way out: nat-gateway, a firewall of its own, or the hub's; left out: the hub's, else nat-gateway."""
    private_dns_zones: Mapping[str, ZoneId] = Field(default_factory=dict)
    """Central private DNS zones: the zone's name to its id; those that are not given are made."""
    inbound: Literal["tunnel", "load-balancer"] = "tunnel"
    """How the control plane calls in: by a tunnel that the data plane opens, or by a public load balancer."""


class AzureServices(Part):
    key_vault: bool = True
    """Whether a key vault is made."""
    log_workspace: bool = True
    """Whether a Log Analytics workspace is made."""
    container_registry: bool = True
    """Whether a container registry is made."""


class Azure(Part):
    tenant_id: Guid
    """The Entra tenant that owns the subscription."""
    subscription_id: Guid | None = None
    """An existing subscription; or give `billing_scope` for a new one."""
    billing_scope: BillingScope | None = None
    """The billing scope a new subscription is made under."""
    subscription_name: Annotated[Text, Field(min_length=1, max_length=64)] | None = None
    """The name of a new subscription, which is made through an alias; left out: conveyor-, the tenant id, digits."""
    management_group: ManagementGroup | None = None
    """The name of the management group that holds the subscription; a new subscription is made in it."""
    move_to_management_group: bool = False
    """Whether an existing subscription is moved into that group; left out: it is there already."""
    connected_organization: Guid | None = None
    """Object id of the connected organisation whose members may request access."""
    access: AzureAccess = AzureAccess()
    """How the vendor comes in, and with which role."""
    guardrail_scope: Scope | None = None
    """Where policies and the budget are placed, for every subscription below; left out: `management_group`."""
    guardrails_inside_subscription: Literal["accepted"] | None = None
    """accepted: guard rails may lie in the subscription itself, whose owners can remove them."""
    guardrails: AzureGuardrails = AzureGuardrails()
    """What holds the vendor, and who is told."""
    control_plane: AzureControlPlane
    """The vendor's control plane on AWS, as a data plane on Azure meets it."""
    vnet: AzureVnet = AzureVnet()
    """The virtual network; its addresses are `network.cidr` and `network.pod_cidr`."""
    services: AzureServices = AzureServices()
    """What the data plane requires beside the network."""
