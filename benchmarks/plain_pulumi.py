"""The other side's private data plane: what a platform team writes with pulumi-aws by hand, and nothing tuned.

Law: the ordinary way. One function per matter, loops over zones and services, blocks as literals, tags as one mapping,
references by outputs, `depends_on` where AWS needs an order, and the same care for what holds data as ours: protected,
and kept when the stack goes. Policies are texts that stand ready, with the tenant as a placeholder, which is cheaper
than building them; ids that AWS gives are put in when they are known.

It does much less than ours. It checks no input, plans no addresses and composes no policies: another region, another
block or another kind of deployment is another program. It has no components, so its resources are children of the
stack, and it hands out no contract for the proofs. It does not ask AWS whose account it is: `allowed_account_ids` of
the provider holds it there, and needs no call of the program's.
"""

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import ResourceOptions
from pulumi_aws import networkfirewall as nfw

ACCOUNT, REGION, CONTROL_PLANE = "222222222222", "eu-west-1", "arn:aws:iam::111122223333:role/conveyor-control-plane"
VPC_BLOCK, POD_BLOCK, EVERYWHERE = "10.20.0.0/16", "100.64.0.0/16", "0.0.0.0/0"
NODES = ("10.20.0.0/19", "10.20.32.0/19", "10.20.64.0/19")
PODS = ("100.64.0.0/18", "100.64.64.0/18", "100.64.128.0/18")
PUBLIC = ("10.20.128.0/21", "10.20.136.0/21", "10.20.144.0/21")
ENDPOINTS = ("10.20.160.0/21", "10.20.168.0/21", "10.20.176.0/21")
FIREWALLS = ("10.20.192.0/21", "10.20.200.0/21", "10.20.208.0/21")
COGNITO = f"cognito-idp.{REGION}.amazonaws.com"
SERVICES = {
    "Sqs": "sqs", "Kms": "kms", "Aps": "aps", "ApsWorkspaces": "aps-workspaces", "EcrApi": "ecr.api",
    "EcrDkr": "ecr.dkr", "Ecs": "ecs", "Xray": "xray", "Ssm": "ssm", "SsmMessages": "ssmmessages", "Logs": "logs",
    "Ec2Messages": "ec2messages", "Sts": "sts", "Ec2": "ec2", "Eks": "eks", "EksAuth": "eks-auth",
    "ElasticLoadBalancing": "elasticloadbalancing", "AutoScaling": "autoscaling", "SecretsManager": "secretsmanager",
}
DOMAINS = [
    "*.compute.internal", "*.ec2.internal", "*.vpce.amazonaws.com", f"*.elb.{REGION}.amazonaws.com",
    "*.eks.amazonaws.com", "*.20.10.in-addr.arpa", "*.64.100.in-addr.arpa", f"s3.{REGION}.amazonaws.com",
    f"*.s3.{REGION}.amazonaws.com", f"sqs.{REGION}.amazonaws.com", f"kms.{REGION}.amazonaws.com",
    f"aps.{REGION}.amazonaws.com", f"aps-workspaces.{REGION}.amazonaws.com", f"api.ecr.{REGION}.amazonaws.com",
    f"*.dkr.ecr.{REGION}.amazonaws.com", f"ecs.{REGION}.amazonaws.com", f"xray.{REGION}.amazonaws.com",
    f"ssm.{REGION}.amazonaws.com", f"ssmmessages.{REGION}.amazonaws.com", f"logs.{REGION}.amazonaws.com",
    f"ec2messages.{REGION}.amazonaws.com", f"sts.{REGION}.amazonaws.com", f"ec2.{REGION}.amazonaws.com",
    f"eks.{REGION}.amazonaws.com", f"eks-auth.{REGION}.api.aws", f"elasticloadbalancing.{REGION}.amazonaws.com",
    f"autoscaling.{REGION}.amazonaws.com", f"secretsmanager.{REGION}.amazonaws.com", COGNITO,
]
PREDEFINED = (
    "EksClusterPolicy", "EksNodePolicy", "ClusterAutoscalerPolicy", "LoadBalancerControllerPolicy",
    "ExternalDnsPolicy", "EbsCsiPolicy", "LogsPolicy", "MetricsPolicy", "TracesPolicy", "QueuePolicy", "SecretsPolicy",
    "ImageBuildPolicy", "ImagePullPolicy", "EksAgentPolicy", "EksAgentIAMRestrictedPolicy",
)
INSTALLER = ("Read", "Kubernetes", "Compute", "Connectivity", "Services", "Iam", "Guardrails", "Delete")
DENYING = ("Guardrails",)
PROTOCOLS = (("IP", "ANY", {"sid": "1", "ip_proto": "!TCP"}), ("TCP", "1:442", {"sid": "2"}),
             ("TCP", "444:65535", {"sid": "3"}))


class DataPlane:
    """Everything of one tenant. `texts`: the policies and their descriptions, by the resource's name."""

    def __init__(self, tenant: str, external_id: str, texts: dict[str, dict[str, str]]) -> None:
        self.tenant, self.texts = tenant, texts
        self.tags = {"conveyor:tenant": tenant, "conveyor:deployment": "private", "conveyor:version": texts["version"]}
        self.vpc()
        self.logs()
        self.gateways()
        self.firewall()
        self.dns()
        self.endpoints()
        self.service()
        self.policies()
        self.role(external_id)

    def named(self, name: str, **more: str) -> dict[str, str]:
        return {**self.tags, "Name": f"{self.tenant} {name}", **more}

    def text(self, name: str, what: str = "policy") -> str:
        return self.texts[name][what].replace("@tenant@", self.tenant)

    def vpc(self) -> None:
        t = self.tenant
        self.network = aws.ec2.Vpc(f"{t}-Vpc", cidr_block=VPC_BLOCK, enable_dns_hostnames=True, enable_dns_support=True,
                                   tags=self.named("Vpc"))
        pods = aws.ec2.VpcIpv4CidrBlockAssociation(f"{t}-VpcPodCidr", vpc_id=self.network.id, cidr_block=POD_BLOCK)
        aws.ec2.DefaultSecurityGroup(f"{t}-VpcDefaultSecurityGroup", vpc_id=self.network.id, ingress=[], egress=[],
                                     tags=self.tags)
        self.zones = aws.get_availability_zones_output(state="available", filters=[
            aws.GetAvailabilityZonesFilterArgs(name="opt-in-status", values=["opt-in-not-required"])]).names
        outside = {"conveyor:tenant": f"{t}-out"}
        self.node_tables = [self.table(f"NodeRouteTable{number}") for number in (1, 2, 3)]
        self.pod_table, endpoint_table = self.table("PodRouteTable"), self.table("EndpointRouteTable")
        self.public_tables = [self.table(f"PublicRouteTable{number}") for number in (1, 2, 3)]
        self.firewall_tables = [self.table(f"FirewallRouteTable{number}") for number in (1, 2, 3)]
        self.nodes = self.subnets("Node", NODES, self.node_tables, {"kubernetes.io/role/internal-elb": "1"})
        self.pods = self.subnets("Pod", PODS, [self.pod_table] * 3, {}, depends_on=[pods])
        self.inner = self.subnets("Endpoint", ENDPOINTS, [endpoint_table] * 3, {})
        self.public = self.subnets("Public", PUBLIC, self.public_tables, outside)
        self.walls = self.subnets("Firewall", FIREWALLS, self.firewall_tables, outside)

    def table(self, name: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(f"{self.tenant}-{name}", vpc_id=self.network.id, tags=self.named(name))

    def subnets(self, kind: str, blocks: tuple[str, ...], tables: list[aws.ec2.RouteTable], tags: dict[str, str],
                **options: Any) -> list[aws.ec2.Subnet]:
        made = []
        for number, (block, table) in enumerate(zip(blocks, tables, strict=True), 1):
            name = f"{kind}Subnet{number}"
            subnet = aws.ec2.Subnet(
                f"{self.tenant}-{name}", vpc_id=self.network.id, cidr_block=block, map_public_ip_on_launch=False,
                availability_zone=self.zones[number - 1], tags=self.named(name, **tags),
                opts=ResourceOptions(ignore_changes=["availabilityZone"], **options))
            aws.ec2.RouteTableAssociation(f"{self.tenant}-{name}Association", subnet_id=subnet.id,
                                          route_table_id=table.id)
            made.append(subnet)
        return made

    def logs(self) -> None:
        t, s3, kept = self.tenant, aws.s3, ResourceOptions(protect=True, retain_on_delete=True)
        self.key = aws.kms.Key(f"{t}-Key", description="Conveyor: logs and notifications of the network",
                               policy=self.text("Key"), enable_key_rotation=True, tags=self.tags, opts=kept)
        aws.kms.Alias(f"{t}-KeyAlias", name=f"alias/conveyor-{t}-network", target_key_id=self.key.key_id,
                      opts=ResourceOptions(delete_before_replace=True))
        bucket = s3.Bucket(f"{t}-FlowLogBucket", tags=self.tags, opts=kept)
        s3.BucketServerSideEncryptionConfiguration(
            f"{t}-FlowLogBucketEncryption", bucket=bucket.bucket, opts=kept,
            rules=[s3.BucketServerSideEncryptionConfigurationRuleArgs(
                bucket_key_enabled=True,
                apply_server_side_encryption_by_default=(
                    s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
                        sse_algorithm="aws:kms", kms_master_key_id=self.key.arn)))])
        closed = s3.BucketPublicAccessBlock(
            f"{t}-FlowLogBucketPublicAccess", bucket=bucket.bucket, block_public_acls=True, block_public_policy=True,
            ignore_public_acls=True, restrict_public_buckets=True, opts=kept)
        s3.BucketOwnershipControls(
            f"{t}-FlowLogBucketOwnership", bucket=bucket.bucket, opts=kept,
            rule=s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"))
        s3.BucketLifecycleConfiguration(
            f"{t}-FlowLogBucketRetention", bucket=bucket.bucket, opts=kept,
            rules=[s3.BucketLifecycleConfigurationRuleArgs(
                id="Retention", status="Enabled", filter=s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
                expiration=s3.BucketLifecycleConfigurationRuleExpirationArgs(days=365))])
        text = self.text("FlowLogBucketPolicy")
        policy = s3.BucketPolicy(
            f"{t}-FlowLogBucketPolicy", bucket=bucket.bucket,
            policy=bucket.arn.apply(lambda arn: text.replace("@bucket_arn@", arn)),
            opts=ResourceOptions(protect=True, retain_on_delete=True, depends_on=[closed]))
        aws.ec2.FlowLog(f"{t}-FlowLog", vpc_id=self.network.id, traffic_type="ALL", log_destination_type="s3",
                        log_destination=bucket.arn, tags=self.named("FlowLog"),
                        opts=ResourceOptions(depends_on=[policy]))
        self.alerts = aws.cloudwatch.LogGroup(f"{t}-AlertLogGroup", retention_in_days=365, kms_key_id=self.key.arn,
                                              tags=self.tags, opts=kept)

    def gateways(self) -> None:
        t = self.tenant
        gateway = aws.ec2.InternetGateway(f"{t}-InternetGateway", vpc_id=self.network.id,
                                          tags=self.named("InternetGateway"))
        for number, (subnet, public, wall) in enumerate(
                zip(self.public, self.public_tables, self.firewall_tables, strict=True), 1):
            name = f"NatGateway{number}"
            address = aws.ec2.Eip(f"{t}-{name}Address", domain="vpc", tags=self.named(name),
                                  opts=ResourceOptions(depends_on=[gateway]))
            nat = aws.ec2.NatGateway(f"{t}-{name}", subnet_id=subnet.id, allocation_id=address.allocation_id,
                                     tags=self.named(name), opts=ResourceOptions(depends_on=[gateway]))
            aws.ec2.Route(f"{t}-PublicDefaultRoute{number}", route_table_id=public.id,
                          destination_cidr_block=EVERYWHERE, gateway_id=gateway.id)
            aws.ec2.Route(f"{t}-FirewallDefaultRoute{number}", route_table_id=wall.id,
                          destination_cidr_block=EVERYWHERE, nat_gateway_id=nat.id)

    def firewall(self) -> None:
        t = self.tenant
        protocols = self.rules("Protocols", "Drops every protocol but TCP, and TCP to every port but 443.",
                               nfw.RuleGroupRuleGroupRulesSourceArgs(stateful_rules=[
            nfw.RuleGroupRuleGroupRulesSourceStatefulRuleArgs(
                action="DROP",
                header=nfw.RuleGroupRuleGroupRulesSourceStatefulRuleHeaderArgs(
                    protocol=protocol, source="$HOME_NET", source_port="ANY", direction="FORWARD", destination="ANY",
                    destination_port=port),
                rule_options=[
                    nfw.RuleGroupRuleGroupRulesSourceStatefulRuleRuleOptionArgs(keyword=keyword, settings=[setting])
                    for keyword, setting in options.items()])
            for protocol, port, options in PROTOCOLS]))
        names = self.rules("Names", "Passes TLS to the names of Cognito.", nfw.RuleGroupRuleGroupRulesSourceArgs(
            rules_source_list=nfw.RuleGroupRuleGroupRulesSourceRulesSourceListArgs(
                generated_rules_type="ALLOWLIST", target_types=["TLS_SNI"], targets=[COGNITO])))
        policy = nfw.FirewallPolicy(
            f"{t}-FirewallPolicy", name=f"conveyor-{t}-firewall", tags=self.tags,
            opts=ResourceOptions(delete_before_replace=True),
            firewall_policy=nfw.FirewallPolicyFirewallPolicyArgs(
                stateless_default_actions=["aws:forward_to_sfe"],
                stateless_fragment_default_actions=["aws:forward_to_sfe"],
                stateful_engine_options=nfw.FirewallPolicyFirewallPolicyStatefulEngineOptionsArgs(
                    rule_order="STRICT_ORDER"),
                stateful_default_actions=["aws:drop_established_app_layer_to_server",
                                          "aws:alert_established_app_layer_to_server"],
                stateful_rule_group_references=[
                    nfw.FirewallPolicyFirewallPolicyStatefulRuleGroupReferenceArgs(resource_arn=group.arn, priority=at)
                    for at, group in enumerate((protocols, names), 1)]))
        for number in (1, 2, 3):
            self.zone_firewall(number, policy)

    def rules(self, what: str, purpose: str, source: nfw.RuleGroupRuleGroupRulesSourceArgs) -> nfw.RuleGroup:
        t, home = self.tenant, nfw.RuleGroupRuleGroupRuleVariablesIpSetIpSetArgs(definitions=[VPC_BLOCK, POD_BLOCK])
        return nfw.RuleGroup(
            f"{t}-Firewall{what}", name=f"conveyor-{t}-firewall-{what.lower()}", description=purpose, capacity=100,
            type="STATEFUL", tags=self.tags, opts=ResourceOptions(delete_before_replace=True),
            rule_group=nfw.RuleGroupRuleGroupArgs(
                rules_source=source,
                rule_variables=nfw.RuleGroupRuleGroupRuleVariablesArgs(
                    ip_sets=[nfw.RuleGroupRuleGroupRuleVariablesIpSetArgs(key="HOME_NET", ip_set=home)]),
                stateful_rule_options=nfw.RuleGroupRuleGroupStatefulRuleOptionsArgs(rule_order="STRICT_ORDER")))

    def zone_firewall(self, number: int, policy: nfw.FirewallPolicy) -> None:
        """The firewall of a zone, and the routes to it: from the nodes, and back to them."""
        t = self.tenant
        made = nfw.Firewall(
            f"{t}-Firewall{number}", name=f"conveyor-{t}-firewall-{number}", firewall_policy_arn=policy.arn,
            vpc_id=self.network.id, tags=self.tags, opts=ResourceOptions(delete_before_replace=True),
            subnet_mappings=[nfw.FirewallSubnetMappingArgs(subnet_id=self.walls[number - 1].id)])
        nfw.LoggingConfiguration(
            f"{t}-Firewall{number}Logging", firewall_arn=made.arn,
            logging_configuration=nfw.LoggingConfigurationLoggingConfigurationArgs(log_destination_configs=[
                nfw.LoggingConfigurationLoggingConfigurationLogDestinationConfigArgs(
                    log_type="ALERT", log_destination_type="CloudWatchLogs",
                    log_destination={"logGroup": self.alerts.name})]))
        endpoint = made.firewall_statuses[0].sync_states[0].attachments[0].endpoint_id
        aws.ec2.Route(f"{t}-NodeDefaultRoute{number}", route_table_id=self.node_tables[number - 1].id,
                      destination_cidr_block=EVERYWHERE, vpc_endpoint_id=endpoint)
        aws.ec2.Route(f"{t}-NodeReturnRoute{number}", route_table_id=self.public_tables[number - 1].id,
                      destination_cidr_block=NODES[number - 1], vpc_endpoint_id=endpoint,
                      opts=ResourceOptions(depends_on=[self.nodes[number - 1]]))

    def dns(self) -> None:
        t, resolver, fixed = self.tenant, aws.route53, ResourceOptions(delete_before_replace=True)
        group = resolver.ResolverFirewallRuleGroup(f"{t}-DnsFirewallRules", name=f"conveyor-{t}-dns", tags=self.tags,
                                                   opts=fixed)
        rules = []
        for what, domains, rule in (
                ("Allowed", DOMAINS, {"priority": 100, "action": "ALLOW",
                                      "firewall_domain_redirection_action": "TRUST_REDIRECTION_DOMAIN"}),
                ("Others", ["*"], {"priority": 200, "action": "BLOCK", "block_response": "NODATA"})):
            name = f"conveyor-{t}-dns-{what.lower()}"
            listed = resolver.ResolverFirewallDomainList(
                f"{t}-DnsFirewall{what}", name=name, domains=[f"{domain}." for domain in domains], tags=self.tags,
                opts=fixed)
            rules.append(resolver.ResolverFirewallRule(
                f"{t}-DnsFirewall{what}Rule", name=name, firewall_rule_group_id=group.id,
                firewall_domain_list_id=listed.id, **rule))
        resolver.ResolverFirewallRuleGroupAssociation(
            f"{t}-DnsFirewallAssociation", firewall_rule_group_id=group.id, priority=101, vpc_id=self.network.id,
            mutation_protection="DISABLED", tags=self.tags, opts=ResourceOptions(depends_on=rules))

    def endpoints(self) -> None:
        t, name = self.tenant, "EndpointSecurityGroup"
        group = aws.ec2.SecurityGroup(
            f"{t}-{name}", vpc_id=self.network.id, tags=self.named(name),
            description="Interface endpoints: HTTPS from every address of the VPC and nothing out")
        for block in (VPC_BLOCK, POD_BLOCK):
            aws.vpc.SecurityGroupIngressRule(
                f"{t}-{name}Ingress-{block}-443", security_group_id=group.id, ip_protocol="tcp", from_port=443,
                to_port=443, cidr_ipv4=block, description="HTTPS to the endpoints", tags=self.tags,
                opts=ResourceOptions(delete_before_replace=True))
        aws.ec2.VpcEndpoint(
            f"{t}-EndpointS3", vpc_endpoint_type="Gateway", vpc_id=self.network.id,
            service_name=f"com.amazonaws.{REGION}.s3", policy=self.text("EndpointS3"), tags=self.named("EndpointS3"),
            route_table_ids=[table.id for table in (*self.node_tables, self.pod_table)])
        for what, service in SERVICES.items():
            aws.ec2.VpcEndpoint(
                f"{t}-Endpoint{what}", vpc_endpoint_type="Interface", vpc_id=self.network.id,
                service_name=f"com.amazonaws.{REGION}.{service}", policy=self.text(f"Endpoint{what}"),
                subnet_ids=[subnet.id for subnet in self.inner], security_group_ids=[group.id],
                private_dns_enabled=True, tags=self.named(f"Endpoint{what}"))

    def service(self) -> None:
        t, name = self.tenant, "LoadBalancerSecurityGroup"
        group = aws.ec2.SecurityGroup(
            f"{t}-{name}", vpc_id=self.network.id, tags=self.named(name),
            description="Load balancer of the endpoint service: in by PrivateLink only, out to its targets")
        for block in (VPC_BLOCK, POD_BLOCK):
            aws.vpc.SecurityGroupEgressRule(
                f"{t}-{name}Egress-{block}-443", security_group_id=group.id, ip_protocol="tcp", from_port=443,
                to_port=443, cidr_ipv4=block, description="To the targets", tags=self.tags,
                opts=ResourceOptions(delete_before_replace=True))
        balancer = aws.lb.LoadBalancer(
            f"{t}-LoadBalancer", name=f"conveyor-{t}-dp", load_balancer_type="network", internal=True,
            subnets=[subnet.id for subnet in self.inner], security_groups=[group.id], tags=self.tags,
            enable_cross_zone_load_balancing=True, enforce_security_group_inbound_rules_on_private_link_traffic="off",
            opts=ResourceOptions(delete_before_replace=True))
        targets = aws.lb.TargetGroup(
            f"{t}-LoadBalancerTargets443", name_prefix="cnvyr-", target_type="ip", protocol="TCP", port=443,
            vpc_id=self.network.id, tags=self.tags, health_check=aws.lb.TargetGroupHealthCheckArgs(protocol="TCP"))
        aws.lb.Listener(
            f"{t}-LoadBalancerListener443", load_balancer_arn=balancer.arn, protocol="TCP", port=443, tags=self.tags,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="forward", target_group_arn=targets.arn)])
        self.offered = aws.ec2.VpcEndpointService(
            f"{t}-EndpointService", acceptance_required=True, network_load_balancer_arns=[balancer.arn],
            allowed_principals=[CONTROL_PLANE], tags=self.named("EndpointService"))
        self.notified()

    def notified(self) -> None:
        t, text = self.tenant, self.text("ConnectionTopicPolicy")
        topic = aws.sns.Topic(f"{t}-ConnectionTopic", kms_master_key_id=self.key.id, tags=self.tags)
        policy = aws.sns.TopicPolicy(f"{t}-ConnectionTopicPolicy", arn=topic.arn,
                                     policy=topic.arn.apply(lambda arn: text.replace("@topic_arn@", arn)))
        aws.ec2.VpcEndpointConnectionNotification(
            f"{t}-EndpointServiceNotification", vpc_endpoint_service_id=self.offered.id,
            connection_notification_arn=topic.arn, connection_events=["Accept", "Connect", "Delete", "Reject"],
            opts=ResourceOptions(depends_on=[policy]))

    def policy(self, part: str, name: str, path: str, policy: pulumi.Input[str]) -> aws.iam.Policy:
        return aws.iam.Policy(
            f"{self.tenant}-{part}", name=f"conveyor-{self.tenant}-{name}", path=f"/conveyor/{self.tenant}/{path}/",
            description=self.text(part, "description"), policy=policy, tags=self.tags,
            opts=ResourceOptions(delete_before_replace=True, ignore_changes=["description"]))

    def policies(self) -> None:
        text = self.text("Boundary")
        boundary = self.policy("Boundary", "Boundary", "boundary",
                               self.network.id.apply(lambda vpc: text.replace("@vpc_id@", vpc)))
        self.arns = {"BoundaryArn": boundary.arn}
        for name in PREDEFINED:
            made = self.policy(f"Predefined{name}", name, "predefined", self.text(f"Predefined{name}"))
            self.arns[f"{name}Arn"] = made.arn

    def role(self, external_id: str) -> None:
        t, fixed, text = self.tenant, ResourceOptions(delete_before_replace=True), self.text("InstallerRole")
        policies = {name: self.policy(f"InstallerRole{name}Policy", f"Installer{name}", "installer",
                                      self.text(f"InstallerRole{name}Policy")) for name in INSTALLER}
        role = aws.iam.Role(
            f"{t}-InstallerRole", name=f"conveyor-{t}-installer", path=f"/conveyor/{t}/installer/",
            description=self.text("InstallerRole", "description"), tags=self.tags, max_session_duration=3600,
            assume_role_policy=pulumi.Output.secret(external_id).apply(lambda id: text.replace("@external_id@", id)),
            opts=fixed)
        denials = [self.attached(role, name, policies.pop(name)) for name in DENYING]
        for name, policy in policies.items():
            self.attached(role, name, policy, depends_on=denials)
        self.arns["InstallerRoleArn"] = role.arn

    def attached(self, role: aws.iam.Role, name: str, policy: aws.iam.Policy, **options: Any
                 ) -> aws.iam.RolePolicyAttachment:
        return aws.iam.RolePolicyAttachment(
            f"{self.tenant}-InstallerRole{name}Attachment", role=role.name, policy_arn=policy.arn,
            opts=ResourceOptions(delete_before_replace=True, **options))

    def outputs(self) -> pulumi.Output[dict[str, str]]:
        """What is handed over."""
        return pulumi.Output.from_input({
            "VpcId": self.network.id, "KeyArn": self.key.arn, **self.arns, "SessionName": f"conveyor-{self.tenant}",
            **{f"{kind}SubnetIds": pulumi.Output.all(*[subnet.id for subnet in subnets]).apply(",".join)
               for kind, subnets in (("Node", self.nodes), ("Pod", self.pods), ("Endpoint", self.inner))},
            "ServiceId": self.offered.id, "ServiceName": self.offered.service_name, "ServicePorts": "443",
            "Zones": pulumi.Output.all(*[subnet.availability_zone for subnet in self.nodes]).apply(",".join),
            "ServiceRegion": REGION, "ServiceAccount": ACCOUNT, "CognitoNames": COGNITO,
        })


def texts(file: Path) -> dict[str, Any]:
    """The policies and their descriptions, by the resource's name."""
    return dict(json.loads(file.read_text(encoding="utf-8")))
