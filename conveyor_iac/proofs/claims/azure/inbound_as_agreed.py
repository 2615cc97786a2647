"""azure.inbound-as-agreed: no security group lets in what comes from outside the network, but the agreed callers."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.azure import filters, ids
from conveyor_iac.proofs.azure.filters import ANY_PROTOCOL, PLATFORM, PORTS, Around, Rule
from conveyor_iac.proofs.azure.intervals import EVERYWHERE, Box, Numbers, minus, network, union
from conveyor_iac.proofs.azure.networks import around, packets, prefixes, subnets_of, texts, vnet_of
from conveyor_iac.proofs.azure.replay import passes
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import Stack, at, has, inside, judged, known, rows, stack_of
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_GUARDED = ("enabled", "networksecuritygroupenabled")


def _asked(case: Case) -> bool:
    contract = case.contract.azure
    return contract is not None and (bool(contract.subnets) or has(case, "network:NetworkSecurityGroup"))


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    stack = stack_of(case)
    assert stack.contract
    yield from stack.strangers("inbound-as-agreed")
    for name in stack.contract.subnets:
        subnet = stack.named(name)
        assert subnet
        yield from judged(name, partial(_guarded, stack, subnet))
    for group in _groups(stack):
        case.left()
        yield from judged(group.name, partial(_of_group, stack, group))
    for one in (*stack.of("network:AzureFirewall"), *stack.of("network:FirewallPolicyRuleCollectionGroup")):
        yield from judged(one.name, partial(_translated, stack, one))
    for one in stack.of("network:ApplicationGateway"):
        yield from judged(one.name, partial(_linked, one))
    yield proved()


def _groups(stack: Stack) -> list[Resource]:
    """The groups that the stack makes, and those that it only reads and a named subnet has."""
    assert stack.contract
    held = [stack.named(name) for name in stack.contract.subnets]
    read = [group for group in stack.of("network:NetworkSecurityGroup", read=True) if group.elsewhere
            and any(subnet is not None and _names(subnet.values, group.id) for subnet in held)]
    return [*stack.of("network:NetworkSecurityGroup"), *read]


def _linked(gateway: Resource) -> Iterator[Answer]:
    if rows(gateway, "privateLinkConfigurations"):
        yield undecided(f"who comes in by the private link of {gateway.name}, with an address of this network")


def _guarded(stack: Stack, subnet: Resource) -> Iterator[Answer]:
    """A named subnet has a group of this stack, and one that holds for its private endpoints too."""
    id, group = stack.target(subnet.values.get("networkSecurityGroup"), f"networkSecurityGroup of {subnet.name}")
    if not id:
        yield refuted({"subnet": subnet.name, "because": "it has no security group: whatever reaches it is let in"})
    elif group is None:
        yield undecided(f"the security group of {subnet.name} is not of this stack: {id}")
    doors = [one.name for one in stack.of("network:PrivateEndpoint")
             if stack.target(one.values.get("subnet"), f"subnet of {one.name}")[1] is subnet]
    if doors and str(at(subnet, "privateEndpointNetworkPolicies")).lower() not in _GUARDED:
        yield undecided(f"the security group of {subnet.name} does not hold for its private endpoints "
                        f"({', '.join(doors)}): privateEndpointNetworkPolicies is not Enabled, so whatever reaches the "
                        "network reaches them")


def _of_group(stack: Stack, group: Resource) -> Iterator[Answer]:
    subnets = subnets_of(stack, group)
    raw = filters.raw_rules(stack, group)
    for where, near, target in _places(stack, group, subnets):
        rules = filters.rules_of(raw, near, inbound=True)
        region = _outside(stack, near, target)
        yield from _judged(group, where, rules, region, near, [row for _, row in raw])


def _places(stack: Stack, group: Resource, subnets: list[Resource]) -> Iterator[tuple[str, Around, Numbers]]:
    """Where a group stands: each of its subnets; any place of a network of the stack where it has none or others."""
    for subnet in subnets:
        yield subnet.name, around(stack, vnet_of(stack, subnet)), prefixes(subnet)
    others = [one for one in stack.resources if one not in subnets and group.id and _names(one.values, group.id)]
    if others or not subnets:
        networks = stack.of("network:VirtualNetwork")
        if not networks:
            raise Undecidable("which network it stands in")
        for one in networks:
            near = around(stack, one)
            yield one.name, near, near.own


def _names(value: Any, id: str) -> bool:
    """Whether a security group is named anywhere in a value as what filters."""
    if isinstance(value, Mapping):
        return any(_is(item, id) if key == "networkSecurityGroup" else _names(item, id) for key, item in value.items())
    return isinstance(value, list) and any(_names(item, id) for item in value)


def _is(value: Any, id: str) -> bool:
    told = value.get("id") if isinstance(value, Mapping) else None
    return not isinstance(told, str) or ids.same(told, id)


def _outside(stack: Stack, near: Around, target: Numbers) -> Box:
    """Every packet to a place from outside its network and the agreed callers."""
    assert stack.contract
    callers = union(network(text) for text in stack.contract.callers)
    source = minus(minus(minus(EVERYWHERE, near.own), callers), PLATFORM)
    return source, target, ANY_PROTOCOL, PORTS, PORTS


def _judged(group: Resource, where: str, rules: list[Rule], region: Box, near: Around, raw: list[Any]
            ) -> Iterator[Answer]:
    for rule, box in filters.admitted(rules, [region], plainly=True):
        for packet in packets(box):
            if passes(raw, packet, texts(near.own), inbound=True, peers=texts(near.peers)):
                yield refuted({"group": group.name, "subnet": where, "packet": packet.shown(), "rule": rule.name,
                               "because": "it comes from outside the network, and from nobody who was agreed"})
                return
    for rule, box in filters.admitted(rules, [region], plainly=False):
        if any(True for _ in packets(box)):
            yield undecided(f"what the rule {rule.name} of {group.name} lets in: a service tag, an application "
                            "security group or VirtualNetwork, which takes in peers and on-premises networks, may be "
                            "anybody")


def _translated(stack: Stack, one: Resource) -> Iterator[Answer]:
    """Rules of a firewall that let somebody in by its own address: to a security group the firewall is the source."""
    assert stack.contract
    allowed = union(network(text) for text in stack.contract.callers)
    found = list(rows(one, "natRuleCollections"))
    found += [row for row in rows(one, "ruleCollections")
              if "nat" in str(inside(row, "ruleCollectionType", f"a rule collection of {one.name}")).lower()]
    for rule in (rule for row in found for rule in known(row.get("rules"), f"the rules of {one.name}") or ()):
        if rule.get("sourceIpGroups"):
            yield undecided(f"whom {rule.get('name')} of {one.name} lets in: a group of addresses is not read")
            continue
        sources = list(known(rule.get("sourceAddresses"), f"sourceAddresses of {one.name}") or ())
        try:
            strange = not sources or bool(minus(union(network(str(text)) for text in sources), allowed))
        except ValueError:
            strange = True
        if strange:
            yield refuted({"firewall": one.name, "rule": rule.get("name"), "sources": sources or "*",
                           "because": "it lets somebody in who was not agreed, with the firewall's own address"})


CLAIM = Claim(
    id="azure.inbound-as-agreed",
    title="Security groups let in from outside the network nobody but the agreed callers",
    why="A data plane is reached by the control plane's addresses or by nobody; one rule too many opens it.",
    source="https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview",
    asked=_asked,
    check=_check,
    axioms=("Security groups decide by priority and end with Azure's own rules; the tag VirtualNetwork takes in peers, "
            "on-premises networks and what routes name. Health probes come from Azure's own machines.",),
)
