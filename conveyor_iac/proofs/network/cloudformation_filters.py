"""Firewall policies and DNS firewalls of a CloudFormation template in one world, as the model speaks of them.

Knows the properties of AWS::NetworkFirewall and AWS::Route53Resolver, and of rule strings only those that name one
server each. A key that is not known here makes the whole policy a riddle.
Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.network.cloudformation import block
from conveyor_iac.proofs.network.filters import (
    DnsRule,
    HeaderRule,
    NameRule,
    Policy,
    Reference,
    Riddle,
    Rule,
    RuleGroup,
)
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.network.resolved import Resolved, items, mapping, name, resolved, strangers, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text, Unknown

FIREWALLS: Mapping[str, tuple[str, ...]] = {
    "AWS::NetworkFirewall::Firewall": ("FirewallPolicyArn",),
    "AWS::NetworkFirewall::FirewallPolicy": ("FirewallPolicy",), "AWS::NetworkFirewall::RuleGroup": ("RuleGroup",)}
DNS_FIREWALLS: Mapping[str, tuple[str, ...]] = {
    "AWS::Route53Resolver::FirewallRuleGroupAssociation": ("FirewallRuleGroupId", "VpcId", "Priority"),
    "AWS::Route53Resolver::FirewallRuleGroup": ("FirewallRules",),
    "AWS::Route53Resolver::FirewallDomainList": ("Domains", "DomainFileUrl"),
    "AWS::Route53Resolver::FirewallConfig": ("ResourceId", "FirewallFailOpen")}
_READ = {**FIREWALLS, **DNS_FIREWALLS}
_POLICY = ("StatefulDefaultActions", "StatefulEngineOptions", "StatefulRuleGroupReferences", "StatelessDefaultActions",
           "StatelessFragmentDefaultActions", "StatelessRuleGroupReferences", "PolicyVariables")
_ENGINE = ("RuleOrder", "StreamExceptionPolicy", "FlowTimeouts")
_GROUP = ("RuleVariables", "RulesSource", "StatefulRuleOptions")
_HEADER = ("Destination", "DestinationPort", "Direction", "Protocol", "Source", "SourcePort")
_DNS_RULE = ("Action", "FirewallDomainListId", "FirewallDomainRedirectionAction", "Priority", "Qtype", "BlockResponse",
             "BlockOverrideDomain", "BlockOverrideDnsType", "BlockOverrideTtl", "DnsThreatProtection",
             "ConfidenceThreshold")


def policies(case: Case, world: World) -> Mapping[str, Policy]:
    """The policy of each firewall that the template has both of, by the firewall's name."""
    reader = _Filters(resolved(case), world)
    return dict(reader.of_firewalls())


def every_policy(case: Case, world: World) -> Mapping[str, Policy]:
    """The policies that the template makes, by their own names."""
    return _Filters(resolved(case), world).made()


def dns_rules(case: Case, world: World) -> Mapping[str, tuple[DnsRule, ...]]:
    """The rules of the DNS firewalls of each VPC, in the order they are asked."""
    found: dict[str, list[DnsRule]] = {}
    reader = _Filters(resolved(case), world)
    for vpc, rule in reader.dns():
        found.setdefault(vpc, []).append(rule)
    return {vpc: tuple(sorted(rules, key=lambda rule: rule.priority)) for vpc, rules in found.items()}


def fails_open(case: Case, world: World) -> tuple[tuple[str, str, bool | None], ...]:
    """The settings of DNS firewalls that cannot answer: each one's name, its VPC, and whether it lets all pass (None:
    it is decided elsewhere)."""
    return tuple(_Filters(resolved(case), world).settings())


class _Filters:
    """Reads one world."""

    def __init__(self, source: Resolved, world: World) -> None:
        self._source, self._world = source, world

    def _rows(self, type_: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for resource in self._source.made(self._world, type_):
            keys = _READ[type_]
            yield resource.logical_id, self._source.properties(resource, self._world, *keys)

    def settings(self) -> Iterator[tuple[str, str, bool | None]]:
        for own, row in self._rows("AWS::Route53Resolver::FirewallConfig"):
            passes = {"ENABLED": True, "DISABLED": False}.get(_literal(row.get("FirewallFailOpen", "DISABLED")) or "")
            yield own, name(row.get("ResourceId")), passes

    def made(self) -> Mapping[str, Policy]:
        groups = {own: _group(own, row) for own, row in self._rows("AWS::NetworkFirewall::RuleGroup")}
        return {own: _policy(own, row["FirewallPolicy"], groups)
                for own, row in self._rows("AWS::NetworkFirewall::FirewallPolicy")
                if isinstance(row.get("FirewallPolicy"), dict)}

    def of_firewalls(self) -> Iterator[tuple[str, Policy]]:
        made = self.made()
        for own, row in self._rows("AWS::NetworkFirewall::Firewall"):
            if (policy := name(row.get("FirewallPolicyArn"))) in made:
                yield own, made[policy]

    def dns(self) -> Iterator[tuple[str, DnsRule]]:
        lists = {own: None if "DomainFileUrl" in row else _domains(row.get("Domains"))
                 for own, row in self._rows("AWS::Route53Resolver::FirewallDomainList")}
        groups = dict(self._rows("AWS::Route53Resolver::FirewallRuleGroup"))
        for own, row in self._rows("AWS::Route53Resolver::FirewallRuleGroupAssociation"):
            vpc, first = name(row.get("VpcId")), _number(row.get("Priority"))
            group = groups.get(name(row.get("FirewallRuleGroupId")))
            rules = None if group is None else items(group.get("FirewallRules"))
            if rules is None:
                yield vpc, DnsRule(priority=(first, 0), action="", names=None,
                                   riddle=f"the rules that {own} associates are not in the template")
            for rule in rules or ():
                yield vpc, _dns_rule(mapping(rule), lists, first)


def _dns_rule(row: Mapping[str, Any], lists: Mapping[str, tuple[Text, ...] | None], first: int) -> DnsRule:
    known = name(row.get("FirewallDomainListId"))
    odd = strangers(row, _DNS_RULE)
    return DnsRule(priority=(first, _number(row.get("Priority"))), action=_literal(row.get("Action")) or "",
                   names=lists.get(known), partial="Qtype" in row or "DnsThreatProtection" in row,
                   riddle=f"a rule of the DNS firewall with {', '.join(odd)}" if odd else "")


def _policy(own: str, row: Mapping[str, Any], groups: Mapping[str, RuleGroup]) -> Policy:
    engine = mapping(row.get("StatefulEngineOptions"))
    riddles = [f"{own} has {key}" for key in (*strangers(row, _POLICY), *strangers(engine, _ENGINE))]
    broken = _literal(engine.get("StreamExceptionPolicy", "DROP"))
    if broken not in ("DROP", "REJECT"):
        riddles.append(f"{own} judges what follows a broken connection without what came before")
    references = tuple(_references(row.get("StatefulRuleGroupReferences"), groups, own, riddles))
    stateless = tuple(_references(row.get("StatelessRuleGroupReferences"), groups, own, riddles))
    return Policy(name=own, strict=_literal(engine.get("RuleOrder")) == "STRICT_ORDER", references=references,
                  first=_words(row.get("StatelessDefaultActions")), stateless=stateless,
                  fragments=_words(row.get("StatelessFragmentDefaultActions")),
                  last=_words(row.get("StatefulDefaultActions")), riddles=tuple(riddles),
                  home=_home(mapping(mapping(row.get("PolicyVariables")).get("RuleVariables")).get("HOME_NET")))


def _references(value: Any, groups: Mapping[str, RuleGroup], own: str, riddles: list[str]) -> Iterator[Reference]:
    rows = items(value)
    if rows is None:
        riddles.append(f"{own} has rule groups that are decided at deployment")
    for row in map(mapping, rows or ()):
        riddles += [f"{own} refers to a group with {key}" for key in strangers(row, ("Priority", "ResourceArn"))]
        named = name(row.get("ResourceArn"))
        yield Reference(priority=str(text(row.get("Priority")) or ""), name=named, group=groups.get(named))


def _group(own: str, row: Mapping[str, Any]) -> RuleGroup:
    body = mapping(row.get("RuleGroup"))
    variables = mapping(body.get("RuleVariables"))
    sets = mapping(variables.get("IPSets"))
    order = _literal(mapping(body.get("StatefulRuleOptions")).get("RuleOrder"))
    rules = [Riddle(because=f"{own} has {key}") for key in strangers(body, _GROUP)]
    if not all(isinstance(part, dict) for part in (row.get("RuleGroup"), body.get("RulesSource"),
                                                   body.get("RuleVariables", {}), variables.get("IPSets", {}))):
        rules.append(Riddle(because=f"the rules of {own} are decided at deployment"))
    source = mapping(body.get("RulesSource"))
    return RuleGroup(name=own, strict=order == "STRICT_ORDER", rules=(*rules, *_rules(own, source)),
                     home=_home(sets.get("HOME_NET")), renames_outside="EXTERNAL_NET" in sets,
                     passes_unseen=tuple(_stateless(own, source.get("StatelessRulesAndCustomActions"))))


def _home(value: Any) -> tuple[Block, ...] | None:
    if value is None:
        return None
    rows = items(mapping(value).get("Definition"))
    if rows is None or not isinstance(value, dict):
        return (Text.of(Unknown(name="HOME_NET")),)
    return tuple(found for row in rows if (found := block(row)) is not None)


def _rules(own: str, source: Mapping[str, Any]) -> Iterator[Rule]:
    known = ("RulesSourceList", "StatefulRules", "RulesString", "StatelessRulesAndCustomActions")
    for key in strangers(source, known):
        yield Riddle(because=f"{own} has {key}")
    if "RulesSourceList" in source:
        yield _names(own, mapping(source["RulesSourceList"]))
    if "StatefulRules" in source:
        rows = items(source["StatefulRules"])
        if rows is None:
            yield Riddle(because=f"the rules of {own} are decided at deployment")
        for row in rows or ():
            yield _header(own, mapping(row))
    if "RulesString" in source:
        written = _literal(source["RulesString"])
        if written is None:
            yield Riddle(because=f"the rules of {own} are decided at deployment")
        yield from _written(own, written or "")


def _names(own: str, row: Mapping[str, Any]) -> Rule:
    kind, told = _literal(row.get("GeneratedRulesType")), _words(row.get("TargetTypes"))
    names = _texts(row.get("Targets"))
    if strangers(row, ("GeneratedRulesType", "TargetTypes", "Targets")) or None in (kind, told, names):
        return Riddle(because=f"the list of names of {own} is decided at deployment or has a key that is not known")
    if kind not in ("ALLOWLIST", "DENYLIST", "ALERTLIST", "REJECTLIST"):
        return Riddle(because=f"the list of names of {own} is of the kind {kind}")
    return NameRule(passes=kind == "ALLOWLIST", names=names or (), told_by=told or (),
                    drops=kind in ("DENYLIST", "REJECTLIST"))


def _header(own: str, row: Mapping[str, Any]) -> Rule:
    header = mapping(row.get("Header"))
    words = {key: _literal(header.get(key)) for key in _HEADER}
    options = tuple(_options(row.get("RuleOptions")))
    action = _literal(row.get("Action"))
    odd = (*strangers(row, ("Action", "Header", "RuleOptions")), *strangers(header, _HEADER))
    odd += () if items(row.get("RuleOptions")) is not None else ("RuleOptions",)
    reads_names = any(key in ("", "tls.sni", "http.host") for key, _ in options)
    if odd or action is None or None in words.values() or reads_names:
        return Riddle(because=f"{own} has a rule that cannot be read")
    return HeaderRule(action=action, protocol=str(words["Protocol"]), source=str(words["Source"]), options=options,
                      destination=str(words["Destination"]), ports=str(words["DestinationPort"]),
                      source_ports=str(words["SourcePort"]), both_ways=words["Direction"] == "ANY")


def _options(value: Any) -> Iterator[tuple[str, str]]:
    for row in map(mapping, items(value) or ()):
        settings = [_literal(item) for item in items(row.get("Settings")) or ()]
        yield _literal(row.get("Keyword")) or "", "" if None in settings else ",".join(map(str, settings))


_LINE = re.compile(r"(?P<action>\w+)\s+(?P<protocol>\w+)\s+(?P<source>\S+)\s+(?P<source_ports>\S+)\s+(?P<way>->|<>)\s+"
                   r"(?P<destination>\S+)\s+(?P<ports>\S+)\s*\((?P<options>.*)\)")
_SEMICOLON = re.compile(r";\s*(?=[a-z_.0-9]+\s*[:;]|$)")
_HARMLESS = {"sid", "rev", "msg", "nocase", "priority", "metadata", "classtype", "flow", "ssl_state"}


def _written(own: str, rules: str) -> Iterator[Rule]:
    """Rules written as strings: what drops is read as far as it goes, what passes must name one server."""
    for line in filter(None, map(str.strip, rules.replace("\\\n", " ").splitlines())):
        if line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None:
            yield Riddle(because=f"{own} has a line that cannot be read: {line[:60]}")
            continue
        parts = (part.partition(":") for part in _SEMICOLON.split(found["options"]) if part.strip())
        options = tuple((key.strip(), value.strip()) for key, _, value in parts)
        if found["action"] == "pass":
            yield _one_name(own, found, options)
        else:
            yield HeaderRule(action=found["action"].upper(), protocol=found["protocol"].upper(), options=options,
                             source=_any(found["source"]), destination=_any(found["destination"]),
                             ports=_any(found["ports"]), source_ports=_any(found["source_ports"]),
                             both_ways=found["way"] == "<>")


def _one_name(own: str, line: "re.Match[str]", options: tuple[tuple[str, str], ...]) -> Rule:
    keys = [key for key, _ in options if key not in _HARMLESS]
    names = [value.strip('"') for key, value in options if key == "content"]
    exact = sorted(keys) == ["content", "endswith", "startswith", "tls.sni"]
    below = sorted(keys) == ["content", "dotprefix", "endswith", "tls.sni"] and names[0].startswith(".")
    if line["protocol"] != "tls" or not (exact or below) or any("!" in value for _, value in options):
        return Riddle(because=f"{own} passes what cannot be read: {line[0][:60]}")
    return NameRule(passes=True, names=(Text.of(names[0]),), told_by=("TLS_SNI",), ports=_any(line["ports"]),
                    listed=False, source=_any(line["source"]), destination=_any(line["destination"]))


def _any(word: str) -> str:
    return "ANY" if word == "any" else word


def _stateless(own: str, value: Any) -> Iterator[str]:
    """What a stateless group passes without any further look."""
    rows = () if value is None else items(mapping(value).get("StatelessRules"))
    if rows is None or not isinstance(value, dict | None):
        yield f"{own} may pass packets before a name is read"
    for row in map(mapping, rows or ()):
        actions = _words(mapping(row.get("RuleDefinition")).get("Actions"))
        if actions is None or not {"aws:drop", "aws:forward_to_sfe"} & set(actions) or "aws:pass" in actions:
            yield f"{own} passes packets before a name is read"


def _literal(value: Any) -> str | None:
    found = text(value)
    return found.literal if found is not None else None


def _words(value: Any) -> tuple[str, ...] | None:
    rows = items(value)
    words = None if rows is None else tuple(map(_literal, rows))
    return None if words is None or None in words else tuple(map(str, words))


def _texts(value: Any) -> tuple[Text, ...] | None:
    rows = items(value)
    return None if rows is None else tuple(text(row) or Text.of(str(row)) for row in rows)


def _domains(value: Any) -> tuple[Text, ...] | None:
    """The names of a list without the dot of the root, with or without which Route 53 takes them."""
    found = _texts(value)
    return None if found is None else tuple(map(_rootless, found))


def _rootless(name: Text) -> Text:
    *before, last = name.parts or ("",)
    return Text.of(*before, last.removesuffix(".") if isinstance(last, str) else last)


def _number(value: Any) -> int:
    written = _literal(value) or ""
    return int(written) if written.isdigit() else 0
