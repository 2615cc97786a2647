"""The other side's network: what a customer writes with the CDK's L2 constructs, and nothing tuned.

Law: the first thing the CDK's guide offers. `ec2.Vpc` with its subnet configuration, `ec2.Subnet` for the secondary
block (where `ec2.Vpc` puts no subnets), an `InterfaceVpcEndpoint` per service with its policy and the security group
that it makes by default, `GatewayVpcEndpoint`, `kms.Key`, `s3.Bucket`, `add_flow_log`, `NetworkLoadBalancer`,
`VpcEndpointService`, `sns.Topic`; L1 for what has no L2: both firewalls and the connection notification. The zones are
named, so that nothing is looked up. The feature flags are those of `App()`: none is on.
"""

from collections.abc import Iterator
from typing import Any

from aws_cdk import CfnOutput, Duration, Environment, Fn, RemovalPolicy, Stack, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_networkfirewall as nfw
from aws_cdk import aws_route53resolver as resolver
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from constructs import Construct
from plain_words import Json, Words

_EVERYWHERE = "0.0.0.0/0"
_KINDS = {"Node": ec2.SubnetType.PRIVATE_ISOLATED, "Endpoint": ec2.SubnetType.PRIVATE_ISOLATED,
          "Public": ec2.SubnetType.PUBLIC, "Firewall": ec2.SubnetType.PRIVATE_WITH_EGRESS}


def tag(stack: Stack, properties: Json) -> None:
    """The tags that everything of a template has."""
    for given in properties["Tags"]:
        if given["Key"].startswith("conveyor:"):
            Tags.of(stack).add(given["Key"], given["Value"])


class PlainNetwork(Stack):
    """The network of one installation: VPC, subnets, ways out, key and logs."""

    def __init__(self, scope: Construct, id: str, *, content: Json, env: Environment) -> None:
        super().__init__(scope, id, description=content["Description"], env=env)
        self.said: dict[str, Json] = {name: given["Properties"] for name, given in content["Resources"].items()}
        self.words = Words()
        tag(self, self.said["Vpc"])
        self.zones = [f"{env.region}{'abcd'[number]}" for number, _ in enumerate(self._named("NodeSubnet"))]
        self._vpc()
        self._logs()
        self._firewall()
        self._dns()
        self._outputs()

    def _named(self, kind: str) -> Iterator[Json]:
        number = 1
        while f"{kind}{number}" in self.said:
            yield self.said[f"{kind}{number}"]
            number += 1

    def _vpc(self) -> None:
        said = self.said
        self.vpc = ec2.Vpc(
            self, "Vpc", ip_addresses=ec2.IpAddresses.cidr(said["Vpc"]["CidrBlock"]), availability_zones=self.zones,
            nat_gateways=len(self.zones),
            subnet_configuration=[ec2.SubnetConfiguration(
                name=kind, subnet_type=type_, cidr_mask=int(said[f"{kind}Subnet1"]["CidrBlock"].rpartition("/")[2]),
                map_public_ip_on_launch=False if kind == "Public" else None) for kind, type_ in _KINDS.items()])
        self.subnets = {kind: self.vpc.select_subnets(subnet_group_name=kind).subnets for kind in _KINDS}
        for subnet in self.subnets["Node"]:
            Tags.of(subnet).add("kubernetes.io/role/internal-elb", "1")
        block = ec2.CfnVPCCidrBlock(self, "PodCidr", vpc_id=self.vpc.vpc_id, cidr_block=said["VpcPodCidr"]["CidrBlock"])
        self.subnets["Pod"] = []
        for number, (zone, given) in enumerate(zip(self.zones, self._named("PodSubnet"), strict=True), 1):
            subnet = ec2.Subnet(self, f"PodSubnet{number}", vpc_id=self.vpc.vpc_id, cidr_block=given["CidrBlock"],
                                availability_zone=zone)
            subnet.node.add_dependency(block)
            self.subnets["Pod"].append(subnet)

    def _logs(self) -> None:
        said, words = self.said, self.words
        self.key = kms.Key(self, "Key", enable_key_rotation=True, description=said["Key"]["Description"],
                           alias=said["KeyAlias"]["AliasName"],
                           policy=iam.PolicyDocument(statements=[words.statement(given) for given
                                                                 in said["Key"]["KeyPolicy"]["Statement"]]))
        bucket = s3.Bucket(
            self, "FlowLogBucket", encryption=s3.BucketEncryption.KMS, encryption_key=self.key, bucket_key_enabled=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL, removal_policy=RemovalPolicy.RETAIN,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED, lifecycle_rules=[s3.LifecycleRule(
                id="Retention", expiration=Duration.days(
                    said["FlowLogBucket"]["LifecycleConfiguration"]["Rules"][0]["ExpirationInDays"]))])
        words.values["FlowLogBucket"] = bucket.bucket_arn
        for given in said["FlowLogBucketPolicy"]["PolicyDocument"]["Statement"]:
            bucket.add_to_resource_policy(words.statement(given))
        self.vpc.add_flow_log("FlowLog", destination=ec2.FlowLogDestination.to_s3(bucket))

    def _firewall(self) -> None:
        said, subnets = self.said, self.subnets["Firewall"]
        rules, names = (said[f"Firewall{what}"]["RuleGroup"]["RulesSource"] for what in ("Protocols", "Names"))
        groups = [
            self._rules("FirewallProtocols", nfw.CfnRuleGroup.RulesSourceProperty(
                stateful_rules=[_rule(given) for given in rules["StatefulRules"]])),
            self._rules("FirewallNames", nfw.CfnRuleGroup.RulesSourceProperty(
                rules_source_list=nfw.CfnRuleGroup.RulesSourceListProperty(
                    generated_rules_type="ALLOWLIST", target_types=["TLS_SNI"],
                    targets=names["RulesSourceList"]["Targets"]))),
        ]
        of = nfw.CfnFirewallPolicy
        policy = of(self, "FirewallPolicy", firewall_policy_name=said["FirewallPolicy"]["FirewallPolicyName"],
                    firewall_policy=of.FirewallPolicyProperty(
                        stateless_default_actions=["aws:forward_to_sfe"],
                        stateless_fragment_default_actions=["aws:forward_to_sfe"],
                        stateful_engine_options=of.StatefulEngineOptionsProperty(rule_order="STRICT_ORDER"),
                        stateful_default_actions=said["FirewallPolicy"]["FirewallPolicy"]["StatefulDefaultActions"],
                        stateful_rule_group_references=[of.StatefulRuleGroupReferenceProperty(
                            resource_arn=group.attr_rule_group_arn, priority=number)
                            for number, group in enumerate(groups, 1)]))
        alerts, endpoints = self._alerts(), []
        for number, subnet in enumerate(subnets, 1):
            made = nfw.CfnFirewall(
                self, f"Firewall{number}", firewall_name=said[f"Firewall{number}"]["FirewallName"],
                vpc_id=self.vpc.vpc_id, firewall_policy_arn=policy.attr_firewall_policy_arn,
                subnet_mappings=[nfw.CfnFirewall.SubnetMappingProperty(subnet_id=subnet.subnet_id)])
            endpoints.append(Fn.select(1, Fn.split(":", Fn.select(0, made.attr_endpoint_ids))))
            self._logging(number, made, alerts)
        self._routes(endpoints)

    def _rules(self, name: str, source: nfw.CfnRuleGroup.RulesSourceProperty) -> nfw.CfnRuleGroup:
        said, of = self.said[name], nfw.CfnRuleGroup
        home = of.IPSetProperty(definition=said["RuleGroup"]["RuleVariables"]["IPSets"]["HOME_NET"]["Definition"])
        return of(self, name, capacity=said["Capacity"], type="STATEFUL", rule_group_name=said["RuleGroupName"],
                  description=said["Description"], rule_group=of.RuleGroupProperty(
                      rules_source=source, rule_variables=of.RuleVariablesProperty(ip_sets={"HOME_NET": home}),
                      stateful_rule_options=of.StatefulRuleOptionsProperty(rule_order="STRICT_ORDER")))

    def _alerts(self) -> logs.LogGroup:
        return logs.LogGroup(self, "AlertLogGroup", encryption_key=self.key, removal_policy=RemovalPolicy.RETAIN,
                             retention=logs.RetentionDays.ONE_YEAR)

    def _logging(self, number: int, firewall: nfw.CfnFirewall, group: logs.LogGroup) -> None:
        of = nfw.CfnLoggingConfiguration
        of(self, f"Firewall{number}Logging", firewall_arn=firewall.attr_firewall_arn,
           logging_configuration=of.LoggingConfigurationProperty(log_destination_configs=[
               of.LogDestinationConfigProperty(log_type="ALERT", log_destination_type="CloudWatchLogs",
                                               log_destination={"logGroup": group.log_group_name})]))

    def _routes(self, endpoints: list[str]) -> None:
        """From the nodes to the firewall, and back to the nodes by the same one."""
        by = ec2.RouterType.VPC_ENDPOINT
        for node, public, endpoint in zip(self.subnets["Node"], self.subnets["Public"], endpoints, strict=True):
            node.add_route("Out", router_type=by, router_id=endpoint, destination_cidr_block=_EVERYWHERE,
                           enables_internet_connectivity=True)
            public.add_route("Back", router_type=by, router_id=endpoint, destination_cidr_block=node.ipv4_cidr_block)

    def _dns(self) -> None:
        said = self.said
        allowed, others = (resolver.CfnFirewallDomainList(self, name, name=said[name]["Name"],
                                                          domains=said[name]["Domains"]).attr_id
                           for name in ("DnsFirewallAllowed", "DnsFirewallOthers"))
        of = resolver.CfnFirewallRuleGroup
        rules = of(self, "DnsFirewallRules", name=said["DnsFirewallRules"]["Name"], firewall_rules=[
            of.FirewallRuleProperty(action="ALLOW", priority=100, firewall_domain_list_id=allowed,
                                    firewall_domain_redirection_action="TRUST_REDIRECTION_DOMAIN"),
            of.FirewallRuleProperty(action="BLOCK", priority=200, firewall_domain_list_id=others,
                                    block_response="NODATA")])
        resolver.CfnFirewallRuleGroupAssociation(self, "DnsFirewallAssociation", firewall_rule_group_id=rules.attr_id,
                                                 priority=101, vpc_id=self.vpc.vpc_id, mutation_protection="DISABLED")

    def _outputs(self) -> None:
        CfnOutput(self, "VpcId", value=self.vpc.vpc_id, description="The VPC.")
        for kind in ("Node", "Pod", "Endpoint"):
            CfnOutput(self, f"{kind}SubnetIds", value=Fn.join(",", [one.subnet_id for one in self.subnets[kind]]),
                      description=f"The {kind.lower()} subnets, one per zone.")
        CfnOutput(self, "Zones", value=Fn.join(",", self.zones), description="The availability zones, by name.")
        CfnOutput(self, "DefaultSecurityGroup", value=self.vpc.vpc_default_security_group)
        CfnOutput(self, "KeyArn", value=self.key.key_arn)


class PlainEndpoints(Stack):
    """The endpoints of one installation and its endpoint service."""

    def __init__(self, scope: Construct, id: str, *, content: Json, env: Environment, network: PlainNetwork) -> None:
        super().__init__(scope, id, description=content["Description"], env=env)
        self.said: dict[str, Json] = {name: given["Properties"] for name, given in content["Resources"].items()}
        self.network, self.vpc, self.words = network, network.vpc, Words()
        tag(self, self.said["EndpointSecurityGroup"])
        for name, given in content["Resources"].items():
            if given["Type"] == "AWS::EC2::VPCEndpoint":
                self._endpoint(name, given["Properties"])
        self._service()

    def _endpoint(self, name: str, said: Json) -> None:
        service = said["ServiceName"].split(".", 3)[3]
        made: Any
        if said["VpcEndpointType"] == "Gateway":
            made = ec2.GatewayVpcEndpoint(
                self, name, vpc=self.vpc, service=ec2.GatewayVpcEndpointAwsService(service),
                subnets=[ec2.SubnetSelection(subnets=[*self.network.subnets["Node"], *self.network.subnets["Pod"]])])
        else:
            made = ec2.InterfaceVpcEndpoint(
                self, name, vpc=self.vpc, service=ec2.InterfaceVpcEndpointAwsService(service),
                subnets=ec2.SubnetSelection(subnet_group_name="Endpoint"))
        for given in said["PolicyDocument"]["Statement"]:
            made.add_to_policy(self.words.statement(given))

    def _service(self) -> None:
        said = self.said
        group = ec2.SecurityGroup(self, "LoadBalancerSecurityGroup", vpc=self.vpc, allow_all_outbound=False,
                                  description=said["LoadBalancerSecurityGroup"]["GroupDescription"])
        for rule in said["LoadBalancerSecurityGroup"]["SecurityGroupEgress"]:
            group.add_egress_rule(ec2.Peer.ipv4(rule["CidrIp"]), ec2.Port.tcp(rule["FromPort"]), rule["Description"])
        balancer = elb.NetworkLoadBalancer(
            self, "LoadBalancer", vpc=self.vpc, internet_facing=False, cross_zone_enabled=True, security_groups=[group],
            load_balancer_name=said["LoadBalancer"]["Name"],
            vpc_subnets=ec2.SubnetSelection(subnet_group_name="Endpoint"),
            enforce_security_group_inbound_rules_on_private_link_traffic=False)
        ports = [given["Port"] for name, given in said.items() if name.startswith("LoadBalancerListener")]
        for number, port in enumerate(ports, 1):
            targets = elb.NetworkTargetGroup(
                self, f"Targets{number}", vpc=self.vpc, port=port, protocol=elb.Protocol.TCP,
                target_type=elb.TargetType.IP,
                health_check=elb.HealthCheck(protocol=elb.Protocol.TCP))
            balancer.add_listener(f"Listener{number}", port=port, protocol=elb.Protocol.TCP,
                                  default_target_groups=[targets])
        principals = said["EndpointServicePermissions"]["AllowedPrincipals"]
        service = ec2.VpcEndpointService(
            self, "EndpointService", vpc_endpoint_service_load_balancers=[balancer], acceptance_required=True,
            allowed_principals=[iam.ArnPrincipal(arn) for arn in principals])
        self._notified(service)
        CfnOutput(self, "ServiceId", value=service.vpc_endpoint_service_id, description="The endpoint service's id.")
        CfnOutput(self, "ServiceName", value=service.vpc_endpoint_service_name)
        CfnOutput(self, "ServicePorts", value=",".join(map(str, ports)), description="The ports it answers on.")

    def _notified(self, service: ec2.VpcEndpointService) -> None:
        topic = sns.Topic(self, "ConnectionTopic", master_key=self.network.key)
        self.words.values["ConnectionTopic"] = topic.topic_arn
        for given in self.said["ConnectionTopicPolicy"]["PolicyDocument"]["Statement"]:
            topic.add_to_resource_policy(self.words.statement(given))
        ec2.CfnVPCEndpointConnectionNotification(
            self, "EndpointServiceNotification", service_id=service.vpc_endpoint_service_id,
            connection_notification_arn=topic.topic_arn,
            connection_events=self.said["EndpointServiceNotification"]["ConnectionEvents"])


def _rule(given: Json) -> nfw.CfnRuleGroup.StatefulRuleProperty:
    of, head = nfw.CfnRuleGroup, given["Header"]
    return of.StatefulRuleProperty(
        action=given["Action"],
        header=of.HeaderProperty(
            protocol=head["Protocol"], source=head["Source"], source_port=head["SourcePort"],
            direction=head["Direction"], destination=head["Destination"], destination_port=head["DestinationPort"]),
        rule_options=[of.RuleOptionProperty(keyword=option["Keyword"], settings=option.get("Settings"))
                      for option in given["RuleOptions"]])
