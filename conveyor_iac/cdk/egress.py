"""Ways out of a VPC and what holds them as constructs: gateways and the network firewall, and the DNS firewall."""

from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_networkfirewall as nfw
from aws_cdk import aws_route53resolver as resolver
from constructs import Construct

from conveyor_iac.cdk.parts import Parts, each
from conveyor_iac.cdk.spelling import Where
from conveyor_iac.model import egress as model
from conveyor_iac.model.logs import Logs
from conveyor_iac.model.placeholders import Made


class Egress:
    """The way out of a network, if it has one: internet gateway, NAT gateways, and a firewall in front of them.

    Spells the way out of a plan. The firewall judges rules in strict order and drops what no rule passes.

    Args:
        scope: the network.
        egress: `NetworkPlan.egress`; an empty one makes nothing.
        vpc_id: the VPC, as the plan names it.
        logs: the network's logs, which take the firewall's alerts.
        parts: the parts of the network, which these join.

    Raises:
        RuntimeError: from the CDK, when the network already has a part of this name.

    Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/arch-igw-ngw.html
    """

    def __init__(self, scope: Construct, *, egress: model.Egress, vpc_id: Any, logs: Logs | None,
                 parts: Parts) -> None:
        self._scope = scope
        self._parts, self._vpc_id = parts, vpc_id
        for gateway, where in each((egress.gateway,)):
            self._gateway(gateway, where)
        for gateway, where in each((egress.egress_only,)):
            parts.add(gateway.name, ec2.CfnEgressOnlyInternetGateway(
                self._scope, gateway.name, vpc_id=parts.ref(vpc_id), tags=parts.tags(gateway.name)), where)
        for nat, where in each(egress.nats):
            self._nat(nat, where, egress.gateway_name)
        for firewall, where in each((egress.firewall,)):
            policy = self._policy(firewall, where)
            for made, zone in each(firewall.zones):
                self._firewall(made, policy, (*where, *zone))
                for group, _ in each((logs.alerts if logs else None,)):
                    self._logging(made, group.name, (*where, *zone))

    def _gateway(self, gateway: model.InternetGateway, where: Where) -> None:
        parts, attachment = self._parts, f"{gateway.name}Attachment"
        made = parts.add(gateway.name, ec2.CfnInternetGateway(
            self._scope, gateway.name, tags=parts.tags(gateway.name)), where)
        parts.add(attachment, ec2.CfnVPCGatewayAttachment(
            self._scope, attachment, vpc_id=parts.ref(self._vpc_id), internet_gateway_id=made.ref), where)

    def _nat(self, nat: model.NatGateway, where: Where, gateway: str) -> None:
        parts, attached = self._parts, self._parts.resources[f"{gateway}Attachment"]
        address = parts.add(f"{nat.name}Address", ec2.CfnEIP(self._scope, f"{nat.name}Address", domain="vpc",
                                                             tags=parts.tags(nat.name)), where)
        made = parts.add(nat.name, ec2.CfnNatGateway(
            self._scope, nat.name, subnet_id=parts.ref(nat.subnet), allocation_id=address.attr_allocation_id,
            tags=parts.tags(nat.name)), where)
        address.add_resource_dependency(attached)
        made.add_resource_dependency(attached)

    def _policy(self, firewall: model.Firewall, where: Where) -> str:
        parts, name = self._parts, firewall.name
        sources = _protocols(), _names(firewall, parts)
        groups = [parts.add(f"{name}{what}", nfw.CfnRuleGroup(
            self._scope, f"{name}{what}", capacity=model.CAPACITY, type="STATEFUL", tags=parts.tags(),
            rule_group_name=parts.ref(f"{firewall.resource_name}-{what.lower()}"), description=purpose,
            rule_group=nfw.CfnRuleGroup.RuleGroupProperty(
                rules_source=source, rule_variables=_home(firewall, parts), stateful_rule_options=_STRICT)), where)
            for (what, purpose), source in zip(model.GROUPS.items(), sources, strict=True)]
        for cidr in firewall.home:
            for group in groups if isinstance(cidr, Made) else ():
                group.add_resource_dependency(parts.resources[f"{cidr.name}Ipv6Cidr"])
        policy = parts.add(f"{name}Policy", nfw.CfnFirewallPolicy(
            self._scope, f"{name}Policy", firewall_policy_name=parts.ref(firewall.resource_name), tags=parts.tags(),
            firewall_policy=_policy([group.attr_rule_group_arn for group in groups])), where)
        return str(policy.attr_firewall_policy_arn)

    def _firewall(self, firewall: model.ZoneFirewall, policy: str, where: Where) -> None:
        parts = self._parts
        parts.add(firewall.name, nfw.CfnFirewall(
            self._scope, firewall.name, firewall_name=parts.ref(firewall.resource_name), firewall_policy_arn=policy,
            vpc_id=parts.ref(self._vpc_id), tags=parts.tags(),
            subnet_mappings=[nfw.CfnFirewall.SubnetMappingProperty(subnet_id=parts.ref(firewall.subnet))]), where)

    def _logging(self, firewall: model.ZoneFirewall, group: str, where: Where) -> None:
        parts, name = self._parts, f"{firewall.name}Logging"
        config = nfw.CfnLoggingConfiguration
        parts.add(name, config(
            self._scope, name, firewall_arn=parts.resources[firewall.name].attr_firewall_arn,
            logging_configuration=config.LoggingConfigurationProperty(log_destination_configs=[
                config.LogDestinationConfigProperty(
                    log_type="ALERT", log_destination_type="CloudWatchLogs",
                    log_destination={"logGroup": parts.resources[group].ref})])), where)


_STRICT = nfw.CfnRuleGroup.StatefulRuleOptionsProperty(rule_order="STRICT_ORDER")


def _home(firewall: model.Firewall, parts: Parts) -> nfw.CfnRuleGroup.RuleVariablesProperty:
    """HOME_NET, whose traffic rules judge: left out, it would be the block of the firewall's own subnets."""
    home = nfw.CfnRuleGroup.IPSetProperty(definition=[parts.ref(cidr) for cidr in firewall.home])
    return nfw.CfnRuleGroup.RuleVariablesProperty(ip_sets={"HOME_NET": home})


def _protocols() -> nfw.CfnRuleGroup.RulesSourceProperty:
    return nfw.CfnRuleGroup.RulesSourceProperty(stateful_rules=[
        nfw.CfnRuleGroup.StatefulRuleProperty(
            action="DROP",
            header=nfw.CfnRuleGroup.HeaderProperty(
                protocol=protocol, source="$HOME_NET", source_port="ANY", direction="FORWARD", destination="ANY",
                destination_port=port),
            rule_options=[nfw.CfnRuleGroup.RuleOptionProperty(keyword=keyword, settings=[setting])
                          for keyword, setting in (("sid", str(number)), *options)])
        for number, (protocol, port, options) in enumerate(model.DROPPED, 1)])


def _names(firewall: model.Firewall, parts: Parts) -> nfw.CfnRuleGroup.RulesSourceProperty:
    return nfw.CfnRuleGroup.RulesSourceProperty(rules_source_list=nfw.CfnRuleGroup.RulesSourceListProperty(
        generated_rules_type="ALLOWLIST", target_types=["TLS_SNI"], targets=[parts.ref(name) for name in
                                                                             firewall.allowed]))


def _policy(groups: list[str]) -> nfw.CfnFirewallPolicy.FirewallPolicyProperty:
    policy = nfw.CfnFirewallPolicy
    return policy.FirewallPolicyProperty(
        stateless_default_actions=["aws:forward_to_sfe"], stateless_fragment_default_actions=["aws:forward_to_sfe"],
        stateful_engine_options=policy.StatefulEngineOptionsProperty(rule_order="STRICT_ORDER"),
        stateful_default_actions=list(model.LAST_ACTIONS),
        stateful_rule_group_references=[
            policy.StatefulRuleGroupReferenceProperty(resource_arn=arn, priority=number)
            for number, arn in enumerate(groups, 1)])


class DnsFirewall:
    """The DNS firewall of a VPC: the names of a list may be asked for, every other question gets an empty answer.

    Spells the DNS firewall of a plan.

    Args:
        scope: the network.
        firewall: `NetworkPlan.dns_firewall`.
        where: the switches it stands behind.
        vpc_id: the VPC, as the plan names it.
        parts: the parts of the network, which these join.

    Raises:
        RuntimeError: from the CDK, when the network already has a part of this name.

    Source: https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html
    """

    def __init__(self, scope: Construct, *, firewall: model.DnsFirewall, where: Where, vpc_id: Any,
                 parts: Parts) -> None:
        self._scope = scope
        lists = [parts.add(f"{firewall.name}{what}", resolver.CfnFirewallDomainList(
            self._scope, f"{firewall.name}{what}", name=parts.ref(f"{firewall.resource_name}-{what.lower()}"),
            domains=[parts.ref(name) for name in domains], tags=parts.tags()), where)
            for what, domains in (("Allowed", firewall.allowed), ("Others", ("*",)))]
        rule = resolver.CfnFirewallRuleGroup.FirewallRuleProperty
        allowed, others = (made.attr_id for made in lists)
        rules = parts.add(f"{firewall.name}Rules", resolver.CfnFirewallRuleGroup(
            self._scope, f"{firewall.name}Rules", name=parts.ref(firewall.resource_name), tags=parts.tags(),
            firewall_rules=[
                rule(action="ALLOW", priority=100, firewall_domain_list_id=allowed,
                     firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN"),
                rule(action="BLOCK", priority=200, firewall_domain_list_id=others, block_response="NODATA")]), where)
        parts.add(f"{firewall.name}Association", resolver.CfnFirewallRuleGroupAssociation(
            self._scope, f"{firewall.name}Association", firewall_rule_group_id=rules.attr_id, priority=101,
            vpc_id=parts.ref(vpc_id), mutation_protection="DISABLED", tags=parts.tags()), where)
