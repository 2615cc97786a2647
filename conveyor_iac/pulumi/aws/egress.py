"""Ways out of a VPC and what holds them: gateways and the network firewall, and the DNS firewall."""

from typing import Any

import pulumi_aws as aws
from pulumi_aws import networkfirewall as nfw
from pulumi_aws import route53 as resolver

from conveyor_iac.model import egress as model
from conveyor_iac.model.logs import Logs
from conveyor_iac.pulumi.aws.parts import Parts


class Egress:
    """The way out of a network, if it has one: internet gateway, NAT gateways, and a firewall in front of them.

    Spells the way out of a plan. The firewall judges rules in strict order and drops what no rule passes.

    Args:
        egress: `NetworkPlan.egress`; an empty one makes nothing.
        vpc_id: the VPC, as the plan names it.
        logs: the network's logs, which take the firewall's alerts.
        parts: the parts of the network, which these join.

    Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/arch-igw-ngw.html
    """

    def __init__(self, *, egress: model.Egress, vpc_id: Any, logs: Logs | None, parts: Parts) -> None:
        self._parts, self._vpc_id = parts, vpc_id
        if egress.gateway:
            parts.add(egress.gateway.name, aws.ec2.InternetGateway(
                parts.called(egress.gateway.name), vpc_id=parts.ref(vpc_id), tags=parts.tags(egress.gateway.name),
                opts=parts.child()))
        if egress.egress_only:
            parts.add(egress.egress_only.name, aws.ec2.EgressOnlyInternetGateway(
                parts.called(egress.egress_only.name), vpc_id=parts.ref(vpc_id),
                tags=parts.tags(egress.egress_only.name), opts=parts.child()))
        for nat in egress.nats:
            self._nat(nat, egress.gateway_name)
        if egress.firewall:
            policy = self._policy(egress.firewall)
            for zone in egress.firewall.zones:
                self._firewall(zone, policy)
                if logs and logs.alerts:
                    self._logging(zone, logs.alerts.name)

    def _nat(self, nat: model.NatGateway, gateway: str) -> None:
        parts, name = self._parts, f"{nat.name}Address"
        address = parts.add(name, aws.ec2.Eip(parts.called(name), domain="vpc", tags=parts.tags(nat.name),
                                              opts=parts.child(gateway)))
        parts.add(nat.name, aws.ec2.NatGateway(
            parts.called(nat.name), subnet_id=parts.ref(nat.subnet), allocation_id=address.allocation_id,
            tags=parts.tags(nat.name), opts=parts.child(gateway)))

    def _policy(self, firewall: model.Firewall) -> Any:
        parts, name = self._parts, f"{firewall.name}Policy"
        sources = {"Protocols": _protocols(), "Names": _names(firewall, parts)}
        groups = [self._group(firewall, what, sources[what], purpose) for what, purpose in model.GROUPS.items()]
        made = parts.add(name, nfw.FirewallPolicy(
            parts.called(name), name=parts.ref(firewall.resource_name), tags=parts.tags(), opts=parts.fixed(),
            firewall_policy=_policy_of([group.arn for group in groups])))
        return made.arn

    def _group(self, firewall: model.Firewall, what: str, source: nfw.RuleGroupRuleGroupRulesSourceArgs, purpose: str
               ) -> Any:
        parts, name = self._parts, f"{firewall.name}{what}"
        return parts.add(name, nfw.RuleGroup(
            parts.called(name), capacity=model.CAPACITY, type="STATEFUL", tags=parts.tags(), opts=parts.fixed(),
            name=parts.ref(f"{firewall.resource_name}-{what.lower()}"), description=purpose,
            rule_group=nfw.RuleGroupRuleGroupArgs(
                rules_source=source, rule_variables=_home(firewall, parts),
                stateful_rule_options=nfw.RuleGroupRuleGroupStatefulRuleOptionsArgs(rule_order="STRICT_ORDER"))))

    def _firewall(self, firewall: model.ZoneFirewall, policy: Any) -> None:
        parts = self._parts
        parts.add(firewall.name, nfw.Firewall(
            parts.called(firewall.name), name=parts.ref(firewall.resource_name), firewall_policy_arn=policy,
            vpc_id=parts.ref(self._vpc_id), tags=parts.tags(), opts=parts.fixed(),
            subnet_mappings=[nfw.FirewallSubnetMappingArgs(subnet_id=parts.ref(firewall.subnet))]))

    def _logging(self, firewall: model.ZoneFirewall, group: str) -> None:
        parts, name = self._parts, f"{firewall.name}Logging"
        alerts = nfw.LoggingConfigurationLoggingConfigurationLogDestinationConfigArgs(
            log_type="ALERT", log_destination_type="CloudWatchLogs",
            log_destination={"logGroup": parts.resources[group].name})
        parts.add(name, nfw.LoggingConfiguration(
            parts.called(name), firewall_arn=parts.resources[firewall.name].arn, opts=parts.child(),
            logging_configuration=nfw.LoggingConfigurationLoggingConfigurationArgs(log_destination_configs=[alerts])))


def _home(firewall: model.Firewall, parts: Parts) -> nfw.RuleGroupRuleGroupRuleVariablesArgs:
    """HOME_NET, whose traffic rules judge: left out, it would be the block of the firewall's own subnets."""
    home = nfw.RuleGroupRuleGroupRuleVariablesIpSetIpSetArgs(definitions=parts.refs(firewall.home))
    return nfw.RuleGroupRuleGroupRuleVariablesArgs(
        ip_sets=[nfw.RuleGroupRuleGroupRuleVariablesIpSetArgs(key="HOME_NET", ip_set=home)])


def _protocols() -> nfw.RuleGroupRuleGroupRulesSourceArgs:
    return nfw.RuleGroupRuleGroupRulesSourceArgs(stateful_rules=[
        nfw.RuleGroupRuleGroupRulesSourceStatefulRuleArgs(
            action="DROP",
            header=nfw.RuleGroupRuleGroupRulesSourceStatefulRuleHeaderArgs(
                protocol=protocol, source="$HOME_NET", source_port="ANY", direction="FORWARD", destination="ANY",
                destination_port=port),
            rule_options=[nfw.RuleGroupRuleGroupRulesSourceStatefulRuleRuleOptionArgs(keyword=keyword,
                                                                                      settings=[setting])
                          for keyword, setting in (("sid", str(number)), *options)])
        for number, (protocol, port, options) in enumerate(model.DROPPED, 1)])


def _names(firewall: model.Firewall, parts: Parts) -> nfw.RuleGroupRuleGroupRulesSourceArgs:
    return nfw.RuleGroupRuleGroupRulesSourceArgs(rules_source_list=nfw.RuleGroupRuleGroupRulesSourceRulesSourceListArgs(
        generated_rules_type="ALLOWLIST", target_types=["TLS_SNI"], targets=parts.refs(firewall.allowed)))


def _policy_of(groups: list[Any]) -> nfw.FirewallPolicyFirewallPolicyArgs:
    return nfw.FirewallPolicyFirewallPolicyArgs(
        stateless_default_actions=["aws:forward_to_sfe"], stateless_fragment_default_actions=["aws:forward_to_sfe"],
        stateful_engine_options=nfw.FirewallPolicyFirewallPolicyStatefulEngineOptionsArgs(rule_order="STRICT_ORDER"),
        stateful_default_actions=list(model.LAST_ACTIONS),
        stateful_rule_group_references=[
            nfw.FirewallPolicyFirewallPolicyStatefulRuleGroupReferenceArgs(resource_arn=arn, priority=number)
            for number, arn in enumerate(groups, 1)])


class DnsFirewall:
    """The DNS firewall of a VPC: the names of a list may be asked for, every other question gets an empty answer.

    Spells the DNS firewall of a plan. Names end with a dot, as Route 53 keeps them: without it each run would find a
    change. The VPC gets the rules once they all stand.

    Args:
        firewall: `NetworkPlan.dns_firewall`.
        vpc_id: the VPC, as the plan names it.
        parts: the parts of the network, which these join.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html
    """

    def __init__(self, *, firewall: model.DnsFirewall, vpc_id: Any, parts: Parts) -> None:
        self._parts, self._firewall, name = parts, firewall, f"{firewall.name}Rules"
        rules = parts.add(name, resolver.ResolverFirewallRuleGroup(
            parts.called(name), name=parts.ref(firewall.resource_name), tags=parts.tags(), opts=parts.fixed()))
        self._rule(rules, "Allowed", firewall.allowed, priority=100, action="ALLOW",
                   firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN")
        self._rule(rules, "Others", ("*",), priority=200, action="BLOCK", block_response="NODATA")
        association = f"{firewall.name}Association"
        parts.add(association, resolver.ResolverFirewallRuleGroupAssociation(
            parts.called(association), firewall_rule_group_id=rules.id, priority=101, vpc_id=parts.ref(vpc_id),
            mutation_protection="DISABLED", tags=parts.tags(),
            opts=parts.child(f"{firewall.name}AllowedRule", f"{firewall.name}OthersRule")))

    def _rule(self, rules: Any, what: str, names: tuple[Any, ...], **says: Any) -> None:
        parts, name = self._parts, f"{self._firewall.name}{what}"
        listed = parts.add(name, resolver.ResolverFirewallDomainList(
            parts.called(name), name=parts.ref(f"{self._firewall.resource_name}-{what.lower()}"),
            domains=[f"{name}." for name in parts.refs(names)], tags=parts.tags(), opts=parts.fixed()))
        parts.add(f"{name}Rule", resolver.ResolverFirewallRule(
            parts.called(f"{name}Rule"), name=parts.ref(f"{self._firewall.resource_name}-{what.lower()}"),
            firewall_rule_group_id=rules.id, firewall_domain_list_id=listed.id, opts=parts.child(), **says))
