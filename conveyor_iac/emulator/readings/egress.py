"""What must hold of the ways out: routes, gateways, NAT, the firewall and the DNS firewall."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

from conveyor_iac.emulator.readings.asked import FIREWALL, NAT, NONE, S3, SINGLE_NAT
from conveyor_iac.emulator.readings.reading import Invariant, Looks
from conveyor_iac.emulator.readings.seen import FIREWALL as FIREWALL_TYPE
from conveyor_iac.emulator.readings.seen import Seen
from conveyor_iac.emulator.readings.snapshot import Words
from conveyor_iac.model import catalogue
from conveyor_iac.model.addresses import PRIVATE

EVERYWHERE, EVERYWHERE_IPV6 = "0.0.0.0/0", "::/0"
FORWARD = ["aws:forward_to_sfe"]
DROP = {"aws:drop_established_app_layer_to_server", "aws:alert_established_app_layer_to_server"}
"""The plain ones would drop a TLS greeting that comes in two packets before its name can be read."""
INSIDE = (".compute.internal", ".ec2.internal", ".svc.cluster.local")
"""What the VPC's resolver answers by itself."""


def way_out(seen: Seen) -> Looks:
    """There is no gateway, NAT or public address, or exactly those of the one way out."""
    asked, addresses = seen.asked, {row.get("AssociationId") for row in seen.snapshot.addresses}
    wanted = {NONE: 0, SINGLE_NAT: 1}.get(asked.way_out, asked.zones)
    yield "internet gateways", _count(len(seen.gateways), min(wanted, 1))
    yield "egress-only gateways", _count(len(seen.egress_only), int(asked.out_by_ipv6))
    yield "NAT gateways", _count(len(seen.nats), wanted)
    of_nat = {entry.get("AssociationId") for row in seen.here(seen.snapshot.nats)
              for entry in row["NatGatewayAddresses"]}
    bare = [row["NetworkInterfaceId"] for row in seen.here(seen.snapshot.interfaces) if row.get("Association")]
    yield "public addresses", "" if of_nat <= addresses and not bare else f"{', '.join(bare)} has one"
    public = set(seen.subnet_ids("Public"))
    yield "places of NAT", ", ".join(f"{nat} in {subnet}" for subnet, nat in seen.nats.items() if subnet not in public)


def addresses(seen: Seen) -> Looks:
    """Every elastic address of the account is that of a NAT gateway."""
    used = {entry["AllocationId"] for row in seen.snapshot.nats for entry in row["NatGatewayAddresses"]}
    yield "elastic addresses", ", ".join(row["AllocationId"] for row in seen.snapshot.addresses
                                         if row["AllocationId"] not in used)


def local_routes(seen: Seen) -> Looks:
    """Pods, endpoints, and whatever has no table of its own, reach the VPC and S3 only."""
    for subnet in (*seen.subnet_ids("Pod"), *seen.subnet_ids("Endpoint")):
        yield subnet, _told(seen.routes(subnet))
    yield "main table", _told(seen.routes("(none)"))


def node_routes(seen: Seen) -> Looks:
    """Nodes leave by what stands in their own zone, and by nothing else."""
    for subnet in seen.subnet_ids("Node"):
        routes, hop = seen.routes(subnet), _next_hop(seen, seen.zone(subnet))
        wanted = {EVERYWHERE: hop} if hop else {}
        if seen.asked.out_by_ipv6:
            wanted[EVERYWHERE_IPV6] = next(iter(seen.egress_only), "(none)")
        yield subnet, "" if routes == wanted else _told(routes) or "no way out"


def public_routes(seen: Seen) -> Looks:
    """Public subnets reach the internet gateway, and nodes of their zone by the firewall that those left by."""
    gateway = next(iter(seen.gateways), "")
    nodes = {seen.zone(subnet): seen.subnets[subnet]["CidrBlock"] for subnet in seen.subnet_ids("Node")}
    for subnet in seen.subnet_ids("Public"):
        zone, wanted = seen.zone(subnet), {EVERYWHERE: gateway}
        if seen.asked.way_out == FIREWALL:
            wanted[nodes.get(zone, "")] = _next_hop(seen, zone)
        yield subnet, "" if seen.routes(subnet) == wanted else _told(seen.routes(subnet)) or "no way back"


def firewall_routes(seen: Seen) -> Looks:
    """What has passed the firewall goes to the NAT gateway of its zone."""
    nats = {seen.zone(subnet): nat for subnet, nat in seen.nats.items()}
    for subnet in seen.subnet_ids("Firewall"):
        routes = seen.routes(subnet)
        yield subnet, "" if routes == {EVERYWHERE: nats.get(seen.zone(subnet))} else _told(routes) or "no way on"


def firewall_zones(seen: Seen) -> Looks:
    """Every zone has exactly one firewall endpoint, of a firewall with no other: several come in no fixed order."""
    found = [seen.zone(subnet) for subnet, _ in seen.firewall_places]
    for zone in sorted({*seen.zones, *found}):
        yield zone, _count(found.count(zone), int(zone in seen.zones))
    for firewall in seen.recorded(FIREWALL_TYPE):
        yield firewall["FirewallName"], _count(len(firewall["SubnetMappings"]), 1)


def firewall_order(seen: Seen) -> Looks:
    """Rules are judged in the order written, in the policy and in each group."""
    for policy, groups in _firewalls(seen):
        yield "policy", _strict(policy.get("StatefulEngineOptions"))
        for name, group in groups:
            yield name, _strict(group.get("StatefulRuleOptions"))


def firewall_default(seen: Seen) -> Looks:
    """What no rule passes is dropped and told of, once its connection stands and its protocol is known."""
    for policy, _ in _firewalls(seen):
        found = set(policy.get("StatefulDefaultActions", ()))
        yield "policy", "" if found == DROP else ", ".join(sorted(found)) or "no default action: passes"


def firewall_stateless(seen: Seen) -> Looks:
    """Every packet, fragments too, comes before the stateful rules."""
    for policy, _ in _firewalls(seen):
        for key in ("StatelessDefaultActions", "StatelessFragmentDefaultActions"):
            yield key, "" if policy.get(key) == FORWARD else str(policy.get(key))
        yield "stateless groups", "there are some" if policy.get("StatelessRuleGroupReferences") else ""


def firewall_protocols(seen: Seen) -> Looks:
    """Before any name is judged, everything but TCP to port 443 is dropped, and no rule passes anything."""
    for _, groups in _firewalls(seen):
        rules = [rule for _, group in groups[:1] for rule in group["RulesSource"].get("StatefulRules", ())]
        dropped = [rule for rule in rules if rule["Action"] == "DROP" and _wide(rule["Header"])]
        yield "other protocols", "" if any(_not_tcp(rule) for rule in dropped) else "not dropped"
        yield "other ports", "" if _ports(dropped) == set(range(1, 65536)) - {443} else "not dropped"
        passing = [name for name, group in groups for rule in group["RulesSource"].get("StatefulRules", ())
                   if rule["Action"] != "DROP"]
        yield "rules that pass", ", ".join(passing + [name for name, group in groups
                                                      if "RulesString" in group["RulesSource"]])


def firewall_names(seen: Seen) -> Looks:
    """TLS to exactly the names of Cognito passes."""
    region = seen.asked.installation.region
    wanted = {f"{service}.{region}.amazonaws.com" for service in seen.asked.cognito}
    for _, groups in _firewalls(seen):
        lists = [group["RulesSource"]["RulesSourceList"] for _, group in groups
                 if "RulesSourceList" in group["RulesSource"]]
        found = {name for row in lists for name in row["Targets"]}
        yield "names", "" if found == wanted else ", ".join(sorted(found)) or "none"
        kinds = {(row["GeneratedRulesType"], *row["TargetTypes"]) for row in lists}
        yield "told by", "" if kinds == {("ALLOWLIST", "TLS_SNI")} else str(sorted(kinds))


def firewall_home(seen: Seen) -> Looks:
    """Traffic of every block of the VPC is judged."""
    for _, groups in _firewalls(seen):
        for name, group in groups:
            found = group.get("RuleVariables", {}).get("IPSets", {}).get("HOME_NET", {}).get("Definition", ())
            yield name, "" if set(found) == set(seen.blocks) else ", ".join(found) or "the firewall's own block"


def dns_default(seen: Seen) -> Looks:
    """The last rule of the DNS firewall blocks every name, and only the first allows any."""
    groups = list(_dns_rules(seen))
    yield "associations", _count(len(groups), 1)
    for rules in groups:
        first, last = rules[0], rules[-1]
        allows = first["Action"] == "ALLOW" and len(rules) == 2
        yield "first rule", "" if allows else f"{first['Action']}, of {len(rules)}"
        blocks = last["Action"] == "BLOCK" and _domains(seen, last) == ["*"]
        yield "last rule", "" if blocks else f"{last['Action']} {', '.join(_domains(seen, last))}"


def dns_names(seen: Seen) -> Looks:
    """Names of our endpoints, of Cognito and of the VPC itself may be asked for, and no other."""
    region, asked = seen.asked.installation.region, seen.asked
    needed = _names(asked.services | {S3, *asked.cognito}, region)
    known = needed | _names({"guardduty-data"}, region)
    ends = (*INSIDE, ".vpce.amazonaws.com", f".elb.{region}.amazonaws.com", ".eks.amazonaws.com")
    for rules in _dns_rules(seen):
        found = _domains(seen, rules[0])
        yield "missing", ", ".join(sorted(needed - set(found)))
        for name in found:
            fit = name in known or name.endswith(ends) or _is_private(_reversed(name))
            yield name, "" if fit else "may be asked for"
        answered = [block for block in map(_reversed, found) if block]
        yield "reverse", ", ".join(cidr for cidr in asked.cidrs
                                   if not any(IPv4Network(cidr).subnet_of(block) for block in answered))


def _reversed(name: str) -> IPv4Network | None:
    """The addresses that a reverse name is of, or all below it; nothing for another name."""
    labels = name.removeprefix("*.").removesuffix(".in-addr.arpa").split(".")
    if not name.endswith(".in-addr.arpa") or len(labels) > 4 or not all(label.isdigit() for label in labels):
        return None
    return IPv4Network((".".join([*reversed(labels), *["0"] * (4 - len(labels))]), 8 * len(labels)))


def _is_private(block: IPv4Network | None) -> bool:
    return block is not None and any(block.subnet_of(private) for private in PRIVATE)


def _next_hop(seen: Seen, zone: str) -> str:
    """What nodes of a zone leave by: nothing where there is no way out."""
    if seen.asked.way_out == FIREWALL:
        return next((id for subnet, id in seen.firewall_endpoints.items() if seen.zone(subnet) == zone), "(none)")
    nats = {seen.zone(subnet): nat for subnet, nat in seen.nats.items()}
    if seen.asked.way_out == SINGLE_NAT:
        return next(iter(nats.values()), "(none)")
    return nats.get(zone, "(none)") if seen.asked.way_out == NAT else ""


def _firewalls(seen: Seen) -> Iterator[tuple[Words, list[tuple[str, Words]]]]:
    """Each policy of the VPC's firewalls, with its rule groups in the order in which they are asked."""
    policies = {row["FirewallPolicyArn"]: row["FirewallPolicy"]
                for row in seen.snapshot.recorded["AWS::NetworkFirewall::FirewallPolicy"]}
    groups = {row["RuleGroupArn"]: row for row in seen.snapshot.recorded["AWS::NetworkFirewall::RuleGroup"]}
    for arn in sorted({firewall["FirewallPolicyArn"] for firewall in seen.recorded(FIREWALL_TYPE)}):
        policy = policies[arn]
        named = sorted(policy.get("StatefulRuleGroupReferences", ()), key=lambda row: row.get("Priority", 0))
        rows = [groups[row["ResourceArn"]] for row in named]
        yield policy, [(row["RuleGroupName"], row["RuleGroup"]) for row in rows]


def _dns_rules(seen: Seen) -> Iterator[list[Words]]:
    """The rules of each DNS firewall of the VPC, in the order in which they are asked."""
    kept = seen.snapshot.recorded
    groups = {row["Id"]: row for row in kept["AWS::Route53Resolver::FirewallRuleGroup"]}
    for row in kept["AWS::Route53Resolver::FirewallRuleGroupAssociation"]:
        if row["VpcId"] == seen.vpc_id:
            yield sorted(groups[row["FirewallRuleGroupId"]]["FirewallRules"], key=lambda rule: rule["Priority"])


def _domains(seen: Seen, rule: Words) -> list[str]:
    lists = seen.snapshot.recorded["AWS::Route53Resolver::FirewallDomainList"]
    return [name for row in lists if row["Id"] == rule["FirewallDomainListId"] for name in row["Domains"]]


def _names(services: Any, region: str) -> set[str]:
    rows = catalogue.endpoints()
    return {name.replace("${AWS::Region}", region).replace("${AWS::URLSuffix}", "amazonaws.com")
            for service in services for name in rows[service].dns}


def _strict(options: Any) -> str:
    order = (options or {}).get("RuleOrder", "DEFAULT_ACTION_ORDER")
    return "" if order == "STRICT_ORDER" else str(order)


def _wide(header: Words) -> bool:
    """Whether a rule means all traffic from the VPC."""
    return (header["Source"] in ("$HOME_NET", "ANY") and header["Destination"] == "ANY"
            and header["SourcePort"] == "ANY" and header["Direction"] in ("FORWARD", "ANY"))


def _not_tcp(rule: Words) -> bool:
    options = {row["Keyword"]: row.get("Settings", []) for row in rule["RuleOptions"]}
    return rule["Header"]["Protocol"] == "IP" and options.get("ip_proto") == ["!TCP"]


def _ports(rules: list[Words]) -> set[int]:
    """The ports of TCP that rules drop whole: those with no option but their number."""
    found: set[int] = set()
    for rule in rules:
        if rule["Header"]["Protocol"] == "TCP" and {row["Keyword"] for row in rule["RuleOptions"]} == {"sid"}:
            first, _, last = rule["Header"]["DestinationPort"].partition(":")
            found |= set(range(int(first), int(last or first) + 1))
    return found


def _count(found: int, wanted: int) -> str:
    return "" if found == wanted else f"{found}, not {wanted}"


def _told(routes: dict[str, str]) -> str:
    return ", ".join(f"{destination} to {target}" for destination, target in routes.items())


def _made(seen: Seen) -> bool:
    return seen.asked.made


def _by_firewall(seen: Seen) -> bool:
    return seen.asked.way_out == FIREWALL


def _resolves(seen: Seen) -> bool:
    return seen.asked.resolver


INVARIANTS = (
    Invariant(id="way-out", what="gateways, NAT and public addresses", expected="one way out, or none", look=way_out,
              when=_made),
    Invariant(id="addresses", what="elastic addresses", expected="those of NAT gateways only", look=addresses,
              when=_made),
    Invariant(id="local-routes", what="routes of pods and endpoints", expected="none out of the VPC",
              look=local_routes, when=_made),
    Invariant(id="node-routes", what="routes of nodes", expected="the way out of their zone only", look=node_routes,
              when=_made),
    Invariant(id="public-routes", what="routes of public subnets", expected="out, and back the way it came",
              look=public_routes, when=lambda seen: seen.asked.way_out != NONE),
    Invariant(id="firewall-routes", what="routes behind the firewall", expected="NAT of the zone only",
              look=firewall_routes, when=_by_firewall),
    Invariant(id="firewall-zones", what="firewalls and their endpoints", expected="one in every zone",
              look=firewall_zones, when=_by_firewall),
    Invariant(id="firewall-order", what="order of the firewall's rules", expected="strict", look=firewall_order,
              when=_by_firewall),
    Invariant(id="firewall-default", what="what no rule passes", expected="dropped and told of",
              look=firewall_default, when=_by_firewall),
    Invariant(id="firewall-stateless", what="packets and fragments", expected="all before the stateful rules",
              look=firewall_stateless, when=_by_firewall),
    Invariant(id="firewall-protocols", what="all but TCP 443", expected="dropped first", look=firewall_protocols,
              when=_by_firewall),
    Invariant(id="firewall-names", what="names that pass the firewall", expected="Cognito's, by TLS",
              look=firewall_names, when=_by_firewall),
    Invariant(id="firewall-home", what="traffic the firewall judges", expected="that of every block of the VPC",
              look=firewall_home, when=_by_firewall),
    Invariant(id="dns-default", what="rules of the DNS firewall", expected="a list is allowed, all else blocked",
              look=dns_default, when=_resolves),
    Invariant(id="dns-names", what="names the DNS firewall allows", expected="of endpoints, Cognito and the VPC",
              look=dns_names, when=_resolves),
)
