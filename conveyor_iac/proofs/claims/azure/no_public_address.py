"""azure.no-public-address: nothing has a public address but the ways out and the door that were agreed."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.azure import ids
from conveyor_iac.proofs.azure.contract import ADDRESSES, Azure
from conveyor_iac.proofs.azure.resources import Resource, Unknown
from conveyor_iac.proofs.azure.stack import NATIVE, Stack, agreed, at, judged, known, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_WAYS_OUT = (f"{NATIVE}network:NatGateway", f"{NATIVE}network:AzureFirewall")
_DOOR = f"{NATIVE}network:LoadBalancer"
_SETTINGS = ("publicipaddressversion", "publicipallocationmethod", "publicnetworkaccess")
_TELLS = f"{NATIVE}network:DdosProtectionPlan"
"""What lists the public addresses of others that it protects."""
_PLACES = ("/natgateways/", "/azurefirewalls/", "/loadbalancers/")
"""Where an id says that an address may hang."""


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    assert stack.contract
    yield from stack.strangers("no-public-address")
    for one in stack.resources:
        if one.type in ADDRESSES:
            yield from judged(one.name, partial(_address, stack, stack.contract, one))
        elif one.type != _TELLS:
            yield from judged(one.name, partial(_holder, stack, stack.contract, one))
    named = [one for one in stack.of("network:Subnet", read=True) if one.name in stack.contract.subnets]
    for subnet in dict.fromkeys((*stack.of("network:Subnet"), *named)):
        yield from judged(subnet.name, partial(_private, subnet.name, subnet.values))
    for network in stack.of("network:VirtualNetwork"):
        yield from judged(network.name, partial(_inline, stack, network))
    yield proved()


def _address(stack: Stack, contract: Azure, one: Resource) -> Iterator[Answer]:
    """A public address is one of those that were agreed, and hangs where it may."""
    if one.name not in contract.addresses:
        yield refuted({"resource": one.name, "type": one.type, "because": "nobody agreed to this public address"})
        return
    for key in ("ipConfiguration", "natGateway"):
        id, _ = stack.target(one.values.get(key), f"{key} of {one.name}")
        if id and not any(place in f"{ids.plain(id)}/" for place in _PLACES):
            yield refuted({"resource": one.name, "hangs on": id, "because": "it hangs neither on a way out nor on the "
                                                                            "agreed load balancer"})
            return
    held = [other for other in stack.resources if other.type in (*_WAYS_OUT, _DOOR)
            and any(stack.target(value, place)[1] is one for place, value in _told(other.values, other.name))]
    if not held:
        yield undecided(f"what {one.name} hangs on: no NAT gateway, firewall or load balancer of the stack names it")


def _holder(stack: Stack, contract: Azure, one: Resource) -> Iterator[Answer]:
    """Whatever names a public address may, and names one that was agreed."""
    for place, value in _told(one.values, one.name):
        known(value, place)
        if one.type not in _WAYS_OUT and one.type != _DOOR:
            yield refuted({"resource": one.name, "type": one.type, "at": place,
                           "because": "it has a public address"})
            continue
        if one.type == _DOOR and not contract.callers:
            yield refuted({"resource": one.name, "at": place, "because": "it is open to the internet, and nobody was "
                                                                         "agreed to call in"})
            continue
        id, target = stack.target(value, place)
        if target is None:
            yield undecided(f"which public address {id} is, at {place}: it is not of this stack")
        elif target.type not in ADDRESSES:
            raise Undecidable(f"what {place} names")
        elif target.elsewhere and target.name not in contract.addresses:
            yield refuted({"resource": one.name, "at": place, "address": target.name,
                           "because": "nobody agreed to this public address"})
    hub = at(one, "hubIPAddresses.publicIPs.count")
    if hub:
        yield refuted({"resource": one.name, "at": "hubIPAddresses", "because": "it has public addresses of a hub"})
    for index, row in enumerate(rows(one, "networkProfile.networkInterfaces") if one.type.startswith(
            f"{NATIVE}compute:") else ()):
        if stack.target(row, f"{one.name}.networkInterfaces.{index}")[1] is None:
            yield undecided(f"which addresses a network interface of {one.name} has: it is not of this stack")


def _told(value: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Each public address that a value names, at whatever depth, with its place."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key.lower().startswith("publicip") and key.lower() not in _SETTINGS:
                yield from _each(item, f"{where}.{key}")
            elif _may_hold(key) and isinstance(item, Unknown):
                known(item, f"{where}.{key}")
            else:
                yield from _told(item, f"{where}.{key}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            if isinstance(item, Unknown) and _may_hold(where.rpartition(".")[2]):
                known(item, f"{where}.{index}")
            yield from _told(item, f"{where}.{index}")


def _each(item: Any, where: str) -> Iterator[tuple[str, Any]]:
    if isinstance(item, list):
        yield from ((f"{where}.{index}", one) for index, one in enumerate(item))
    elif item not in (None, "", {}):
        yield where, item


def _may_hold(key: str) -> bool:
    """Whether what stands under a key may name a public address."""
    return any(word in key.lower() for word in ("configuration", "profile", "networkinterface", "properties"))


def _private(name: str, subnet: Mapping[str, Any]) -> Iterator[Answer]:
    """A subnet without default outbound access: Azure gives its machines no address to leave by."""
    found = known(subnet.get("defaultOutboundAccess"), f"defaultOutboundAccess of {name}")
    if found is not False:
        yield refuted({"subnet": name, "defaultOutboundAccess": found, "because": "Azure lends its machines a public "
                                                                                  "address: it must be false"})


def _inline(stack: Stack, network: Resource) -> Iterator[Answer]:
    for row in rows(network, "subnets"):
        subnet = known(row, f"a subnet of {network.name}")
        if not (isinstance(subnet.get("id"), str) and stack.by_id(subnet["id"])):
            yield from _private(f"{network.name}/{subnet.get('name')}", subnet)


CLAIM = Claim(
    id="azure.no-public-address",
    title="Nothing has a public address but the agreed ways out and the agreed load balancer",
    why="What has no public address is not reached from the internet, whatever its security group says.",
    source="https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access",
    asked=agreed,
    check=_check,
    axioms=("A type of resource that has no property for a public address has none, where the table of known types "
            "says so.",),
)
