"""What an Azure Firewall lets pass, held against the paths that were agreed: protocol, port and destination.

Application rules match names (the server's name in TLS, the host in HTTP), network rules addresses and resolved names.
A rule that denies only takes away. What cannot be read as names or addresses is not known.
https://learn.microsoft.com/azure/firewall/rule-processing
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from conveyor_iac.proofs.azure import ids
from conveyor_iac.proofs.azure.contract import path_of
from conveyor_iac.proofs.azure.filters import ports
from conveyor_iac.proofs.azure.intervals import Numbers, minus, network, union
from conveyor_iac.proofs.azure.resources import Resource
from conveyor_iac.proofs.azure.stack import Stack, at, inside, is_on, known, rows
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.verdict import Answer, refuted, undecided

SUBNET: Final = "azurefirewallsubnet"
_UNREAD: Final = {"fqdnTags": "which names the tags stand for", "webCategories": "which names the categories hold",
                  "targetUrls": "what of an address in full is looked at",
                  "destinationIpGroups": "which addresses the groups hold"}
"""What a rule may name that is not read, and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The agreed paths: ports by protocol and destination, which is a name, a block or a service tag."""

    paths: Mapping[tuple[str, str], Numbers]

    def left(self, protocol: str, destination: str, wanted: Numbers) -> Numbers:
        """Which of the wanted ports of a destination nobody agreed to."""
        for (told, place), held in self.paths.items():
            if told == protocol and _covers(place, destination):
                wanted = minus(wanted, held)
        return wanted


def agreed(texts: Iterable[str]) -> Agreed:
    """The paths of a contract."""
    found: dict[tuple[str, str], Numbers] = {}
    for text in texts:
        if path := path_of(text):
            key = (path[0], path[2])
            found[key] = union([found.get(key, ()), ((path[1], path[1]),)])
    return Agreed(paths=found)


def firewall_answers(stack: Stack, firewall: Resource, paths: Agreed) -> Iterator[Answer]:
    """What is wrong with a firewall: where it stands, whose rules it has, and what those let pass."""
    places = [stack.target(row.get("subnet"), f"subnet of {firewall.name}")
              for row in rows(firewall, "ipConfigurations")]
    if not places or any(ids.last(id).lower() != SUBNET for id, _ in places if id):
        yield undecided(f"{firewall.name} does not stand in AzureFirewallSubnet")
    for key in ("applicationRuleCollections", "networkRuleCollections", "natRuleCollections"):
        if rows(firewall, key):
            yield undecided(f"what the {key} of {firewall.name} pass: rules beside its policy are not read")
    id, policy = stack.target(firewall.values.get("firewallPolicy"), f"firewallPolicy of {firewall.name}")
    if policy is None:
        yield undecided(f"the policy of {firewall.name} is not of this stack: {id or 'it has none'}")
        return
    if at(policy, "basePolicy"):
        yield undecided(f"what {policy.name} takes from the policy it is based on")
    if is_on(at(policy, "explicitProxy.enableExplicitProxy")):
        yield undecided(f"what passes {policy.name} as an explicit proxy")
    for group_id in stack.not_here(policy, "ruleCollectionGroups"):
        yield undecided(f"what {group_id} passes: it is not of this stack")
    for group in stack.children(policy, "network:FirewallPolicyRuleCollectionGroup", "firewallPolicyName"):
        for collection in rows(group, "ruleCollections"):
            yield from _of_collection(group, collection, paths)


def private_address(firewall: Resource) -> str:
    """The address that routes lead to."""
    found = [address for row in rows(firewall, "ipConfigurations")
             if (address := inside(row, "privateIPAddress", firewall.name) or inside(row, "privateIpAddress", "it"))]
    if len(found) != 1:
        raise Undecidable(f"which private address {firewall.name} has")
    return str(found[0])


def _of_collection(group: Resource, value: Any, paths: Agreed) -> Iterator[Answer]:
    collection = known(value, f"a rule collection of {group.name}")
    name, kind = f"{group.name}/{collection.get('name')}", str(collection.get("ruleCollectionType")).lower()
    if "nat" in kind:
        yield undecided(f"what {name} leads to: it is a collection of NAT rules")
        return
    action = str(inside(collection, "action.type", name)).lower()
    if action == "deny":
        return
    if action != "allow":
        yield undecided(f"what {name} does: its action is {action}")
        return
    for rule in known(collection.get("rules"), f"the rules of {name}") or ():
        yield from _of_rule(name, known(rule, f"a rule of {name}"), paths)


def _of_rule(where: str, rule: Mapping[str, Any], paths: Agreed) -> Iterator[Answer]:
    name, kind = f"{where}/{rule.get('name')}", str(rule.get("ruleType")).lower()
    for key, why in _UNREAD.items():
        if rule.get(key):
            yield undecided(f"{why}, {key} of {name}")
    if kind == "applicationrule":
        asked = [(_transport(row, name), _port(row, name)) for row in known(rule.get("protocols"), name) or ()]
        named = _texts(rule, "targetFqdns", name)
    elif kind == "networkrule":
        told = ports(_texts(rule, "destinationPorts", name))
        if told is None:
            raise Undecidable(f"which ports {name} passes")
        asked = [(protocol.upper(), told) for protocol in _texts(rule, "ipProtocols", name)]
        named = [*_texts(rule, "destinationFqdns", name), *_texts(rule, "destinationAddresses", name)]
    else:
        yield undecided(f"what {name} passes: its type {rule.get('ruleType')} is not read")
        return
    if not asked or (not named and not any(rule.get(key) for key in _UNREAD)):
        yield undecided(f"what {name} passes: it names nothing that is read")
    for protocol, wanted in asked:
        for destination in named:
            yield from _passed(name, protocol, wanted, destination.lower(), paths)


def _passed(name: str, protocol: str, wanted: Numbers, destination: str, paths: Agreed) -> Iterator[Answer]:
    for one in ("TCP", "UDP", "ICMP") if protocol == "ANY" else (protocol,):
        if left := paths.left(one, destination, wanted):
            passed = {"protocol": one, "port": left[0][0], "destination": destination}
            yield refuted({"firewall": name, "passes": passed,
                           "because": "the contract agrees to no such path"})
            return


def _transport(row: Any, name: str) -> str:
    kind = str(inside(row, "protocolType", name)).lower()
    if kind not in ("http", "https", "mssql"):
        raise Undecidable(f"what protocol {kind} of {name} is")
    return "TCP"


def _port(row: Any, name: str) -> Numbers:
    found = ports([str(inside(row, "port", name))])
    if found is None:
        raise Undecidable(f"which port {name} passes")
    return found


def _texts(rule: Mapping[str, Any], key: str, name: str) -> list[str]:
    return [str(known(text, f"{key} of {name}")) for text in known(rule.get(key), f"{key} of {name}") or ()]


def _covers(agreed_to: str, destination: str) -> bool:
    """Whether an agreed destination holds another: the same word, a name under a wildcard, a block within a block."""
    if agreed_to == destination:
        return True
    if agreed_to.startswith("*."):
        return destination.endswith(agreed_to[1:]) and "*" not in destination.removeprefix("*.")
    one, other = _block(agreed_to), _block(destination)
    return one is not None and other is not None and not minus(other, one)


def _block(text: str) -> Numbers | None:
    """The addresses of an address, a block or a range `FIRST-LAST`; nothing for a name or a tag."""
    try:
        first, dash, last = text.partition("-")
        (low, high), = ((network(first)[0][0], network(last)[0][1]),) if dash else network(text)
    except ValueError:
        return None
    return ((low, high),) if low <= high else None
