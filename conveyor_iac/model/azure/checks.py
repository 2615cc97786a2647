"""Rules across the values of a data plane on Azure.

As in `model/checks.py`: reads the words as they came, so that these faults are found together with those of single
values; a value that is missing or of the wrong type is left to its own rule.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.model import addresses
from conveyor_iac.model import catalogue as aws
from conveyor_iac.model.azure.installation import MANAGEMENT_GROUPS, REGISTRY_ZONE, VAULT_ZONE
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.door import Words, part, perhaps, shown, texts, twice

_DEFAULTS = {"cidr": "10.20.0.0/16", "pod_cidr": "100.64.0.0/16"}
_WHOSE = "the vendor's members come by it: the organisation's object id in your tenant"
_CONSENT = "azure.guardrails_inside_subscription: accepted"
_KEPT_BY_AKS = ("_", "172.30.0.0/15")
"""What no network with a cluster may use; https://learn.microsoft.com/azure/aks/azure-cni-overview#prerequisites."""
_READ = (("TCP", 443), ("TCP", 80))
"""Where a firewall reads the name that is called; https://learn.microsoft.com/azure/firewall/features."""
_MOST_PATHS = 900
"""How many paths a file may add: a security group has 1000 rules at most, some of which are ours;
https://learn.microsoft.com/azure/azure-resource-manager/management/azure-subscription-service-limits."""
_MOST_TAGS = 12
"""A storage account takes fifteen tags, and three are ours;
https://learn.microsoft.com/rest/api/storagerp/storage-accounts/create."""


def of_azure(words: Words) -> Iterator[Fault]:
    """The faults of an installation with `cloud: azure` that lie between its values."""
    azure = words.get("azure")
    yield from _kind(words)
    yield from _region("region", words.get("region"))
    yield from _tags(words)
    if not isinstance(azure, Mapping):
        return
    yield from _locations(words, azure)
    yield from _control_plane(azure)
    yield from _subscription(azure)
    yield from _access(azure)
    yield from _guardrails(azure)
    yield from _vnet(azure)
    yield from _existing(words, azure)
    yield from _overlaps(words, azure)
    yield from _outbound(words, azure)


def _missing(path: str, rule: str, way_out: str) -> Fault:
    return Fault(path=f"azure.{path}", value="(missing)", rule=rule, way_out=way_out)


def _given(path: str, value: object, rule: str, way_out: str) -> Fault:
    return Fault(path=f"azure.{path}", value=shown(value), rule=rule, way_out=way_out)


def _kind(words: Words) -> Iterator[Fault]:
    if words.get("kind") == "endpoint-service":
        yield Fault(path="kind", value="'endpoint-service' with cloud 'azure'", way_out="Leave kind out, or write"
                    " cloud: aws", rule="an endpoint service is one of AWS")


def _region(path: str, region: object) -> Iterator[Fault]:
    if not isinstance(region, str):
        return
    row = catalogue.regions().get(region)
    served = [name for name, known in catalogue.regions().items() if known.cloud == "AzureCloud"]
    if row is None:
        yield Fault(path=path, value=shown(region), rule="a region of Azure", way_out=perhaps(region, served))
    elif row.cloud != "AzureCloud":
        yield Fault(path=path, value=shown(region), rule="a region of Azure's public cloud: this one is of"
                    f" {row.cloud}, whose names and addresses differ", way_out="Take a region of the public cloud")


def _locations(words: Words, azure: Words) -> Iterator[Fault]:
    region, listed = words.get("region"), texts(part(azure, "guardrails").get("locations"))
    for number, location in enumerate(listed):
        yield from _region(f"azure.guardrails.locations.{number}", location)
    if listed and isinstance(region, str) and region not in listed:
        yield _given("guardrails.locations", ", ".join(listed), f"region, {region}, is one of them: else the policy"
                     " refuses the data plane itself", "Add it, or leave locations out")
    yield from twice("azure.guardrails.locations", part(azure, "guardrails").get("locations"))


def _control_plane(azure: Words) -> Iterator[Fault]:
    region = part(azure, "control_plane").get("region")
    served = [name for row in aws.partitions() if not row.refused for name in row.regions]
    if isinstance(region, str) and region not in served:
        yield _given("control_plane.region", region, "an AWS region: the control plane is on AWS",
                     perhaps(region, served))
    control = part(azure, "control_plane")
    if control.get("subject") is not None and control.get("issuer") is None:
        yield _given("control_plane.subject", control["subject"], "it means nothing without an issuer",
                     "Give azure.control_plane.issuer, or leave it out")
    yield from _called(azure, control)


def _called(azure: Words, control: Words) -> Iterator[Fault]:
    """The way in: a tunnel, which a firewall must let out, or a load balancer, which must not be behind one."""
    inbound, callers = part(azure, "vnet").get("inbound", "tunnel"), texts(control.get("cidrs"))
    by_firewall = _way_out(azure) in ("firewall", "hub")
    if inbound == "load-balancer" and not callers:
        yield _missing("control_plane.cidrs", "a public load balancer admits the control plane's own addresses only",
                       "Ask the vendor for them, or write azure.vnet.inbound: tunnel")
    if inbound == "load-balancer" and by_firewall:
        yield _given("vnet.inbound", inbound, "answers would leave by the firewall, which never saw the question:"
                     " https://learn.microsoft.com/azure/firewall/integrate-lb",
                     "Write azure.vnet.inbound: tunnel, or azure.vnet.egress: nat-gateway")
    if inbound == "load-balancer" and control.get("tunnel") is not None:
        yield _given("control_plane.tunnel", control["tunnel"], "it means nothing where the control plane calls a load"
                     " balancer", "Leave it out, or write azure.vnet.inbound: tunnel")
    if inbound == "tunnel" and by_firewall and control.get("tunnel") is None:
        yield _missing("control_plane.tunnel", "a firewall lets out what is named: the tunnel by which the control"
                       " plane calls in needs its name", "Ask the vendor for it")
    if inbound == "tunnel" and callers:
        yield _given("control_plane.cidrs", control["cidrs"], "it means nothing where the data plane opens a tunnel:"
                     " nobody calls in", "Leave it out, or write azure.vnet.inbound: load-balancer")
    for number, block in enumerate(callers):
        if not addresses.unfit_ipv4_block(block)[0] and not _is_public(block):
            yield _given(f"control_plane.cidrs.{number}", block, "a block of public addresses, /16 or longer: the"
                         " control plane calls over the internet", "Ask the vendor for its addresses")
    yield from twice("azure.control_plane.cidrs", control.get("cidrs"))


def _way_out(azure: Words) -> str:
    """The way out as the words have it, before they are known to be right; as `egress.kind_of`."""
    vnet = part(azure, "vnet")
    if vnet.get("existing") is not None:
        return "yours"
    by_hub = part(vnet, "hub").get("firewall") is not None
    return str(vnet.get("egress") or ("hub" if by_hub else "nat-gateway"))


def _is_public(block: str) -> bool:
    network = ip_network(block)
    return network.is_global and not network.is_multicast and network.prefixlen >= 16


def _subscription(azure: Words) -> Iterator[Fault]:
    known, billing = azure.get("subscription_id"), azure.get("billing_scope")
    if known is None and billing is None:
        alias = azure.get("subscription_name") is not None
        yield _missing("billing_scope" if alias else "subscription_id", "a new subscription is made under a billing"
                       " scope" if alias else "a subscription of its own for the data plane",
                       "Give azure.billing_scope: az billing account list" if alias else
                       "Give its id: az account list; or azure.billing_scope for a new one")
    if known is not None and billing is not None:
        yield _given("billing_scope", billing, "either an existing subscription or a new one",
                     "Leave it out, or leave azure.subscription_id out")
    moved, group = azure.get("move_to_management_group"), azure.get("management_group")
    if moved is True and group is None:
        yield _given("move_to_management_group", moved, "it means nothing without a management group",
                     "Give azure.management_group, or leave it out")
    if moved is True and billing is not None:
        yield _given("move_to_management_group", moved, "a new subscription is made in its management group",
                     "Leave it out")
    if known is not None and azure.get("subscription_name") is not None:
        yield _given("subscription_name", azure["subscription_name"], "only a new subscription gets a name",
                     "Leave it out, or give azure.billing_scope in place of azure.subscription_id")


def _access(azure: Words) -> Iterator[Fault]:
    access = part(azure, "access")
    by = access.get("by", "access-package")
    people, machine = by == "access-package", by == "service-principal"
    organization, principal = azure.get("connected_organization"), access.get("service_principal")
    if people and organization is None:
        yield _missing("connected_organization", _WHOSE, "Connect the organisation in Entra (Identity Governance,"
                       " Connected organizations) and give its object id; no provider can make one")
    if people and not access.get("approval"):
        yield _missing("access.approval", "somebody of yours approves each request: a list of stages, each with"
                       " approvers", "Name a group: az ad group show --group NAME --query id")
    approval = access.get("approval")
    for number, stage in enumerate(approval if isinstance(approval, list | tuple) else ()):
        if isinstance(stage, Mapping):
            yield from twice(f"azure.access.approval.{number}.approvers", stage.get("approvers"))
    if people and principal is not None:
        yield _given("access.service_principal", principal, "it means nothing where people come by access package",
                     "Leave it out, or write azure.access.by: service-principal")
    if machine and principal is None:
        yield _missing("access.service_principal", "the object id, in your tenant, of the vendor's service principal",
                       "Print it: az ad sp show --id APPLICATION_ID --query id")
    if machine:
        for path, value in (("connected_organization", organization), ("access.approval", access.get("approval")),
                            ("access.expires_after", access.get("expires_after"))):
            if value:
                yield _given(path, value, "it means nothing where a service principal comes in: nobody requests",
                             "Leave it out, or write azure.access.by: access-package")


def _guardrails(azure: Words) -> Iterator[Fault]:
    own = f"/subscriptions/{azure['subscription_id']}" if isinstance(azure.get("subscription_id"), str) else ""
    scope, group, rails = azure.get("guardrail_scope"), azure.get("management_group"), part(azure, "guardrails")
    accepted, store = azure.get("guardrails_inside_subscription") == "accepted", rails.get("subscription_id")
    if scope is None and group is None and not accepted:
        yield _missing("guardrail_scope", "a place for policies that the subscription's owners cannot reach",
                       f"Give azure.management_group, or write {_CONSENT}")
    if isinstance(scope, str) and scope.startswith("/subscriptions/") and scope != own:
        yield _given("guardrail_scope", scope, "a management group above the subscription: policies of another"
                     " subscription do not hold in it", f"Write {MANAGEMENT_GROUPS}NAME; logs and alerts go to another"
                     " subscription by azure.guardrails.subscription_id")
    elif isinstance(scope, str) and scope == own and not accepted:
        yield _given("guardrail_scope", scope, "outside the subscription that is handed over: its owners can remove"
                     " what lies inside", f"Write {MANAGEMENT_GROUPS}NAME, or {_CONSENT}")
    if store is None and not accepted:
        yield _missing("guardrails.subscription_id", "a subscription of yours, outside the vendor's reach, for the"
                       " exported activity log, its alerts and the budget's contacts",
                       f"Give the one of your security team, or write {_CONSENT}")
    if isinstance(store, str) and store and f"/subscriptions/{store}" == own and not accepted:
        yield _given("guardrails.subscription_id", store, "another subscription than the one that is handed over: its"
                     " owners can delete what lies inside", f"Give another, or write {_CONSENT}")
    if not texts(rails.get("contacts")):
        yield _missing("guardrails.contacts", "somebody is told of alerts: a list of e-mail addresses",
                       "Give a mailbox that your security team reads")
    yield from twice("azure.guardrails.contacts", rails.get("contacts"))
    if accepted and not _is_inside(azure, own):
        yield _given("guardrails_inside_subscription", "accepted", "it means nothing where all guard rails lie outside",
                     "Leave it out")


def _is_inside(azure: Words, own: str) -> bool:
    """Whether some guard rail lies in the subscription itself."""
    scope, store = azure.get("guardrail_scope"), part(azure, "guardrails").get("subscription_id")
    return ((scope is None and azure.get("management_group") is None) or scope == own or store is None
            or f"/subscriptions/{store}" == own)


def _vnet(azure: Words) -> Iterator[Fault]:
    vnet = part(azure, "vnet")
    hub, egress, existing = vnet.get("hub"), vnet.get("egress"), vnet.get("existing")
    if egress == "hub" and not (isinstance(hub, Mapping) and hub.get("firewall")):
        yield _missing("vnet.hub.firewall", "the address that everything is routed to where the way out is the hub's"
                       " firewall", "Give its private address, or another azure.vnet.egress")
    if isinstance(hub, Mapping) and hub.get("firewall") and egress in ("nat-gateway", "firewall"):
        yield _given("vnet.hub.firewall", hub["firewall"], f"it means nothing where the way out is {egress}",
                     "Leave it out, or write azure.vnet.egress: hub")
    firewall, blocks = (hub.get("firewall"), texts(hub.get("cidrs"))) if isinstance(hub, Mapping) else (None, ())
    if isinstance(firewall, str) and not addresses.unfit_address(firewall)[0] and blocks and not addresses.within(
            firewall, [block for block in blocks if ":" not in block]):
        yield _given("vnet.hub.firewall", firewall, "an address of the hub: one within azure.vnet.hub.cidrs",
                     "Mend it, or add the block it lies in")
    if existing is not None:
        for key in ("hub", "egress", "inbound"):
            if vnet.get(key) not in (None, "tunnel"):
                yield _given(f"vnet.{key}", vnet[key], "it means nothing where the network is brought: its ways in and"
                             " out are there already", "Leave it out, or leave azure.vnet.existing out")
    for name, zone in part(azure, "vnet", "private_dns_zones").items():
        if name not in (VAULT_ZONE, REGISTRY_ZONE):
            yield _given(f"vnet.private_dns_zones.{name}", zone, "a zone of a service that is made here",
                         perhaps(str(name), (VAULT_ZONE, REGISTRY_ZONE)))
        elif isinstance(zone, str) and zone.count("/") == 8 and zone.rpartition("/")[2] != name:
            yield _given(f"vnet.private_dns_zones.{name}", zone, f"the id of the zone {name}",
                         "Mend the name or the id: a private endpoint takes its name from the zone")


def _existing(words: Words, azure: Words) -> Iterator[Fault]:
    existing, own = part(azure, "vnet", "existing"), azure.get("subscription_id")
    for key in _DEFAULTS if existing else ():
        if part(words, "network").get(key) is not None:
            yield Fault(path=f"network.{key}", value=shown(words["network"][key]), rule="it means nothing where the"
                        " network is brought: its blocks are azure.vnet.existing.cidrs",
                        way_out="Leave it out, or leave azure.vnet.existing out")
    vnet = existing.get("vnet")
    if not isinstance(vnet, str) or not vnet.startswith("/subscriptions/"):
        return
    if own is not None and vnet.split("/")[2] != own:
        yield _given("vnet.existing.vnet", vnet, "a network of the data plane's own subscription",
                     "Bring one of azure.subscription_id, or leave azure.vnet.existing out")
    if own is None and azure.get("billing_scope") is not None:
        yield _given("vnet.existing.vnet", vnet, "a new subscription has no network yet",
                     "Leave azure.vnet.existing out")
    for key in ("node_subnet", "pod_subnet", "private_endpoint_subnet"):
        subnet = existing.get(key)
        if isinstance(subnet, str) and not subnet.startswith(f"{vnet}/subnets/"):
            yield _given(f"vnet.existing.{key}", subnet, "a subnet of azure.vnet.existing.vnet",
                         "Bring a subnet of that network")


def _overlaps(words: Words, azure: Words) -> Iterator[Fault]:
    """Blocks of ours that share addresses with each other, with neighbours or with the hub."""
    network, existing = part(words, "network"), part(azure, "vnet", "existing")
    if existing:
        own = {f"azure.vnet.existing.cidrs.{number}": block for number, block in
               enumerate(texts(existing.get("cidrs")))}
    else:
        own = {f"network.{key}": network.get(key, default) for key, default in _DEFAULTS.items()}
    others = {f"network.neighbours.{name}": block for name, block in part(network, "neighbours").items()}
    others |= {f"azure.vnet.hub.cidrs.{number}": block
               for number, block in enumerate(texts(part(azure, "vnet", "hub").get("cidrs")))}
    blocks: dict[str, Any] = {path: block for path, block in (own | others).items()
                              if isinstance(block, str) and not addresses.unfit_neighbour(block)[0]}
    for path, other in addresses.overlaps(blocks.items()):
        if path in others and other in others:
            continue  # they are not ours
        yield Fault(path=other, value=shown(blocks[other]), rule=f"no overlap with {path}, {blocks[path]}",
                    way_out="Take a block of its own for each network that may be connected to another")
    for path, block in blocks.items():
        if path in own and addresses.overlaps([_KEPT_BY_AKS, (path, block)]):
            yield Fault(path=path, value=shown(block), rule=f"no overlap with {_KEPT_BY_AKS[1]}, which a cluster of"
                        " Azure keeps for itself", way_out="Take another block")


def _outbound(words: Words, azure: Words) -> Iterator[Fault]:
    rows, own = words.get("outbound"), part(azure, "vnet").get("egress") == "firewall"
    if not isinstance(rows, list | tuple):
        return
    if len(rows) > _MOST_PATHS:
        yield Fault(path="outbound", value=f"{len(rows)} paths", rule=f"at most {_MOST_PATHS}: a security group has a"
                    " rule for each", way_out="Give wider blocks, or names")
    for number, row in enumerate(rows):
        where = row.get("destination") if isinstance(row, Mapping) else None
        if not isinstance(where, str):
            continue
        if row.get("kind") == "cidr" and where.endswith("/0"):
            yield Fault(path=f"outbound.{number}.destination", value=shown(where), rule="a part of the address space:"
                        " this one passes everything", way_out="Name the blocks that are really called")
        if own and row.get("kind") == "name" and (row.get("protocol"), row.get("port")) not in _READ:
            yield Fault(path=f"outbound.{number}.destination", value=shown(where), rule="a firewall reads names from"
                        " TLS on TCP 443 and HTTP on TCP 80 only", way_out="Give the addresses: kind: cidr")


def _tags(words: Words) -> Iterator[Fault]:
    if len(part(words, "tags")) > _MOST_TAGS:
        yield Fault(path="tags", value=f"{len(part(words, 'tags'))} tags", way_out="Leave some out",
                    rule=f"at most {_MOST_TAGS}: a storage account takes fifteen, and three are ours")
    for key, value in part(words, "tags").items():
        if "/" in str(key) or str(key).lower().startswith(("azure", "microsoft", "windows")):
            yield Fault(path=f"tags.{key}", value=shown(value), rule="a tag key without / that begins with none of"
                        " azure, microsoft and windows: Azure keeps those", way_out="Take another key")
    seen: dict[str, object] = {}
    for key in part(words, "tags"):
        if (first := seen.setdefault(str(key).lower(), key)) != key:
            yield Fault(path=f"tags.{key}", value=shown(key), rule=f"another key than {first}: Azure does not tell"
                        " small letters from capitals", way_out="Leave one out")
