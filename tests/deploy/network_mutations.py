"""Ways to break the networks of the published templates, each with the reading that must then fail.

A mutation changes the template's JSON before it is deployed; `access` is the way to Cognito that is asked for.
"""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.deploy.mutations import Mutate, Mutation, Template, also

ANYWHERE = "0.0.0.0/0"
GATEWAY = {"GatewayId": {"Ref": "InternetGateway"}}


@dataclass(frozen=True, kw_only=True)
class NetworkMutation(Mutation):
    """A mutation of one published template, deployed with one way to Cognito."""

    template: str = "network-private"
    access: str = "firewall"


def properties(template: Template, name: str) -> dict[str, Any]:
    """The properties of a resource; `KeyError` when there is none, so that no mutation goes stale unseen."""
    return template["Resources"][name]["Properties"]


def given(name: str, **values: Any) -> Mutate:
    """Properties of a resource get other values."""
    return lambda template: properties(template, name).update(values)


def within(name: str, *path: str | int, value: Any) -> Mutate:
    """A value deep in a resource's properties becomes another; it must be there before."""

    def mutate(template: Template) -> None:
        part = properties(template, name)
        for key in path[:-1]:
            part = part[key]
        part[path[-1]]  # it is there
        part[path[-1]] = value

    return mutate


def without(name: str, key: str) -> Mutate:
    """A property of a resource is left out."""

    def mutate(template: Template) -> None:
        del properties(template, name)[key]

    return mutate


def gone(*names: str) -> Mutate:
    """Resources are left out."""

    def mutate(template: Template) -> None:
        for name in names:
            del template["Resources"][name]

    return mutate


def added(name: str, type_name: str, **values: Any) -> Mutate:
    """One resource more."""
    return lambda template: template["Resources"].update({name: {"Type": type_name, "Properties": values}})


def statement(name: str, sid: str, change: Callable[[dict[str, Any]], Any], key: str = "PolicyDocument") -> Mutate:
    """A statement of a resource's policy is changed."""

    def mutate(template: Template) -> None:
        (row,) = (row for row in properties(template, name)[key]["Statement"] if row.get("Sid") == sid)
        change(row)

    return mutate


def statements(name: str, change: Callable[[list[Any]], Any], key: str = "PolicyDocument") -> Mutate:
    """The list of statements of a resource's policy is changed."""
    return lambda template: change(properties(template, name)[key]["Statement"])


def rerouted(name: str, **target: Any) -> Mutate:
    """A route leads elsewhere."""

    def mutate(template: Template) -> None:
        route = properties(template, name)
        kept = {key: route[key] for key in ("RouteTableId", "DestinationCidrBlock")}
        template["Resources"][name]["Properties"] = kept | target
        template["Resources"][name]["DependsOn"] = "InternetGatewayAttachment"

    return mutate


def routed(name: str, table: str, destination: str = ANYWHERE) -> Mutate:
    """One route more, to the internet gateway."""
    words = {"RouteTableId": {"Ref": table}, "DestinationCidrBlock": destination, **GATEWAY}
    return also(added(name, "AWS::EC2::Route", **words),
                lambda template: template["Resources"][name].update(DependsOn="InternetGatewayAttachment"))


def outside_vpc(template: Template) -> None:
    """The boundary names a VPC of somebody else."""
    boundary = template["Resources"]["Boundary"]["Properties"]
    text = json.dumps(boundary["PolicyDocument"])
    assert '{"Ref": "DataPlaneVpcId"}' in text
    boundary["PolicyDocument"] = json.loads(text.replace('{"Ref": "DataPlaneVpcId"}', '"vpc-0123456789abcdef0"'))


def second_group(template: Template) -> None:
    """One endpoint has a group of its own, with the same rules."""
    template["Resources"]["Another"] = copy.deepcopy(template["Resources"]["EndpointSecurityGroup"])
    given("EndpointSqs", SecurityGroupIds=[{"Ref": "Another"}])(template)


def overlapping(template: Template) -> None:
    """A subnet is in the wrong zone."""
    zone = copy.deepcopy(properties(template, "NodeSubnet1")["AvailabilityZone"])
    given("NodeSubnet2", AvailabilityZone=zone)(template)


def one_for_two(template: Template) -> None:
    """The firewall of zone 1 stands in zone 2 as well, and the routes of zone 2 lead to its second endpoint."""
    gone("Firewall2", "Firewall2Logging")(template)
    given("Firewall1", SubnetMappings=[{"SubnetId": {"Ref": f"FirewallSubnet{zone}"}} for zone in (1, 2)])(template)
    second = {"Fn::Select": [1, {"Fn::GetAtt": ["Firewall1", "EndpointIds"]}]}
    for route in ("NodeDefaultRoute2", "NodeReturnRoute2"):
        within(route, "VpcEndpointId", value={"Fn::Select": [1, {"Fn::Split": [":", second]}]})(template)


def opened(name: str) -> Mutate:
    """A subnet carries the tenant's tag as those of nodes do."""

    def mutate(template: Template) -> None:
        (tag,) = (row for row in properties(template, name)["Tags"] if row["Key"] == "conveyor:tenant")
        assert tag["Value"] != {"Ref": "TenantId"}
        tag["Value"] = {"Ref": "TenantId"}

    return mutate


OWN = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}
CONTROL_PLANE = {"Fn::Sub": "arn:${AWS::Partition}:iam::${ControlPlaneAccount}:role/${ControlPlaneRole}"}
ALLOW_ALL = {"Sid": "Everything", "Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
READ_ALL = {"Sid": "Everyone", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
            "Resource": {"Fn::Join": ["", [{"Fn::GetAtt": ["FlowLogBucket", "Arn"]}, "/*"]]}}
TWO_SUBNETS = [{"Ref": "EndpointSubnet1"}, {"Ref": "EndpointSubnet2"}]
DEFAULT_GROUP = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
POLICY = ("FirewallPolicy", "FirewallPolicy")
HOME = ("RuleGroup", "RuleVariables", "IPSets", "HOME_NET", "Definition")
SOURCE = ("RuleGroup", "RulesSource", "RulesSourceList")
RULES = ("RuleGroup", "RulesSource", "StatefulRules")


def _pop_rule(number: int) -> Mutate:
    return lambda template: properties(template, "FirewallProtocols")["RuleGroup"]["RulesSource"]["StatefulRules"].pop(
        number)


def _no_condition(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda row: row["Condition"]["StringEquals"].pop(key)


ENDPOINTS = (
    NetworkMutation(guarantee="every endpoint is there", fails="endpoint-services", mutate=gone("EndpointKms")),
    NetworkMutation(guarantee="no endpoint is there twice or unasked", fails="endpoint-services",
                    mutate=lambda t: t["Resources"]["EndpointGuardDutyData"].pop("Condition")),
    NetworkMutation(guarantee="endpoints stand in every zone", fails="endpoint-zones",
                    mutate=given("EndpointSqs", SubnetIds=TWO_SUBNETS)),
    NetworkMutation(guarantee="endpoints stand in their own subnets", fails="endpoint-subnets",
                    mutate=within("EndpointSqs", "SubnetIds", 0, value={"Ref": "NodeSubnet1"})),
    NetworkMutation(guarantee="endpoints answer for the service's name", fails="endpoint-private-dns",
                    mutate=given("EndpointSqs", PrivateDnsEnabled=False)),
    NetworkMutation(guarantee="endpoints have a policy", fails="endpoint-policies",
                    mutate=without("EndpointSqs", "PolicyDocument")),
    NetworkMutation(guarantee="no statement allows everything", fails="endpoint-policies",
                    mutate=statements("EndpointSqs", lambda rows: rows.append(ALLOW_ALL))),
    NetworkMutation(guarantee="own principals only", fails="endpoint-principals",
                    mutate=statement("EndpointKms", "OwnPrincipals", _no_condition("aws:PrincipalAccount"))),
    NetworkMutation(guarantee="no further statement is open to all", fails="endpoint-principals",
                    mutate=statements("EndpointS3", lambda rows: rows.append(
                        {**ALLOW_ALL, "Sid": "EcrLayers", "Action": "s3:PutObject"}))),
    NetworkMutation(guarantee="an unsigned call is held to an account", fails="endpoint-principals",
                    mutate=statement("EndpointSts", "WebIdentity", lambda row: row.pop("Condition"))),
    NetworkMutation(guarantee="own resources only", fails="endpoint-resources",
                    mutate=statement("EndpointKms", "OwnPrincipals", _no_condition("aws:ResourceAccount"))),
    NetworkMutation(guarantee="one security group for all", fails="endpoint-group", mutate=second_group),
    NetworkMutation(guarantee="pods reach S3 by the gateway", fails="s3-gateway-tables",
                    mutate=lambda t: properties(t, "EndpointS3")["RouteTableIds"].remove({"Ref": "PodRouteTable"})),
)

NETWORK = (
    NetworkMutation(guarantee="the VPC has the blocks of the file", fails="vpc-blocks", mutate=added(
        "Another", "AWS::EC2::VPCCidrBlock", VpcId={"Ref": "Vpc"}, CidrBlock="100.65.0.0/16")),
    NetworkMutation(guarantee="one subnet of a kind per zone", fails="subnets", mutate=overlapping),
    NetworkMutation(guarantee="nothing gets a public address", fails="public-addresses",
                    mutate=given("NodeSubnet1", MapPublicIpOnLaunch=True)),
    NetworkMutation(guarantee="pods reach the endpoints", fails="group-in",
                    mutate=lambda t: properties(t, "EndpointSecurityGroup")["SecurityGroupIngress"].pop()),
    NetworkMutation(guarantee="nobody outside reaches the endpoints", fails="group-in",
                    mutate=within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "CidrIp", value=ANYWHERE)),
    NetworkMutation(guarantee="only HTTPS reaches the endpoints", fails="group-in",
                    mutate=within("EndpointSecurityGroup", "SecurityGroupIngress", 0, "ToPort", value=444)),
    NetworkMutation(guarantee="nothing leaves by the endpoints' group", fails="group-out",
                    mutate=without("EndpointSecurityGroup", "SecurityGroupEgress")),
    NetworkMutation(guarantee="the default group is used by nothing", fails="default-group",
                    mutate=given("EndpointSqs", SecurityGroupIds=[DEFAULT_GROUP])),
    NetworkMutation(guarantee="the VPC has no IPv6 unasked", fails="vpc-blocks", mutate=added(
        "Another", "AWS::EC2::VPCCidrBlock", VpcId={"Ref": "Vpc"}, AmazonProvidedIpv6CidrBlock=True)),
    *(NetworkMutation(guarantee=f"{name} says whose it is", fails="tags", mutate=without(name, "Tags"))
      for name in ("NodeSubnet1", "NatGateway1", "NatGateway1Address", "Firewall1", "LoadBalancerTargets1")),
    *(NetworkMutation(guarantee=f"no machine of the tenant's stands in {name}", fails="places", mutate=opened(name))
      for name in ("PublicSubnet1", "FirewallSubnet2")),
    NetworkMutation(guarantee="no machine of the tenant's stands in a public subnet", fails="places",
                    template="network-shared", mutate=opened("PublicSubnet1")),
    NetworkMutation(guarantee="the perimeter is this VPC", fails="perimeter", mutate=outside_vpc,
                    template="installer-role"),
)

EGRESS = (
    NetworkMutation(guarantee="no internet gateway where there is no way out", fails="way-out", access="proxy",
                    mutate=lambda t: [t["Resources"][name].pop("Condition", None) for name in
                                      ("InternetGateway", "InternetGatewayAttachment")]),
    NetworkMutation(guarantee="a NAT gateway in every zone", fails="way-out",
                    mutate=also(gone("NatGateway2", "FirewallDefaultRoute2"))),
    NetworkMutation(guarantee="no gateway beside the one, for IPv6 neither", fails="way-out",
                    mutate=added("Egress", "AWS::EC2::EgressOnlyInternetGateway", VpcId={"Ref": "Vpc"})),
    NetworkMutation(guarantee="no address that is not a NAT gateway's", fails="addresses",
                    mutate=added("Another", "AWS::EC2::EIP", Domain="vpc")),
    NetworkMutation(guarantee="pods never route out", fails="local-routes", mutate=routed("Out", "PodRouteTable")),
    NetworkMutation(guarantee="endpoints never route out", fails="local-routes",
                    mutate=routed("Out", "EndpointRouteTable", "8.0.0.0/8")),
    NetworkMutation(guarantee="pods have the pods' table", fails="local-routes",
                    mutate=within("PodSubnet1Association", "RouteTableId", value={"Ref": "NodeRouteTable1"})),
    NetworkMutation(guarantee="nodes leave by the firewall", fails="node-routes",
                    mutate=rerouted("NodeDefaultRoute1", **GATEWAY)),
    NetworkMutation(guarantee="nodes have no second way out", fails="node-routes",
                    mutate=routed("Second", "NodeRouteTable1", "52.0.0.0/8")),
    NetworkMutation(guarantee="no way out by half routes", fails="node-routes",
                    mutate=also(routed("Low", "NodeRouteTable2", "0.0.0.0/1"),
                                routed("High", "NodeRouteTable2", "128.0.0.0/1"))),
    NetworkMutation(guarantee="nodes leave by the firewall of their own zone", fails="node-routes",
                    mutate=lambda t: given("NodeDefaultRoute2", VpcEndpointId=properties(t, "NodeDefaultRoute1")[
                        "VpcEndpointId"])(t)),
    NetworkMutation(guarantee="no way out but the firewall in a private deployment", fails="node-routes",
                    mutate=rerouted("NodeDefaultRoute1", NatGatewayId={"Ref": "NatGateway1"})),
    NetworkMutation(guarantee="answers come back by the firewall", fails="public-routes",
                    mutate=gone("NodeReturnRoute1")),
    NetworkMutation(guarantee="answers come back by the same firewall", fails="public-routes",
                    mutate=lambda t: given("NodeReturnRoute2", VpcEndpointId=properties(t, "NodeReturnRoute1")[
                        "VpcEndpointId"])(t)),
    NetworkMutation(guarantee="the firewall leads to NAT", fails="firewall-routes",
                    mutate=rerouted("FirewallDefaultRoute1", **GATEWAY)),
    NetworkMutation(guarantee="a firewall stands in every zone", fails="firewall-zones",
                    mutate=within("Firewall2", "SubnetMappings", 0, value={"SubnetId": {"Ref": "PublicSubnet3"}})),
    NetworkMutation(guarantee="each firewall has one endpoint", fails="firewall-zones", mutate=one_for_two),
    NetworkMutation(guarantee="no zone has a second firewall endpoint", fails="firewall-zones", mutate=added(
        "Further", "AWS::NetworkFirewall::VpcEndpointAssociation", FirewallArn={"Ref": "Firewall1"},
        VpcId={"Ref": "Vpc"}, SubnetMapping={"SubnetId": {"Ref": "PublicSubnet1"}})),
    NetworkMutation(guarantee="the firewall's order is strict", fails="firewall-order",
                    mutate=within(*POLICY, "StatefulEngineOptions", value={"RuleOrder": "DEFAULT_ACTION_ORDER"})),
    NetworkMutation(guarantee="each group's order is strict", fails="firewall-order",
                    mutate=lambda t: properties(t, "FirewallNames")["RuleGroup"].pop("StatefulRuleOptions")),
    NetworkMutation(guarantee="what no rule passes is dropped", fails="firewall-default",
                    mutate=within(*POLICY, "StatefulDefaultActions", value=["aws:alert_established_app_layer"])),
    NetworkMutation(guarantee="what no rule passes is dropped in every policy", fails="firewall-default",
                    mutate=within(*POLICY, "StatefulDefaultActions", value=[])),
    NetworkMutation(guarantee="a greeting in two packets is not dropped before it has a name", fails="firewall-default",
                    mutate=within(*POLICY, "StatefulDefaultActions",
                                  value=["aws:drop_established", "aws:alert_established"])),
    NetworkMutation(guarantee="a handshake is not dropped before it has a name", fails="firewall-default",
                    mutate=within(*POLICY, "StatefulDefaultActions", value=["aws:drop_strict"])),
    NetworkMutation(guarantee="no packet passes unjudged", fails="firewall-stateless",
                    mutate=within(*POLICY, "StatelessDefaultActions", value=["aws:pass"])),
    NetworkMutation(guarantee="no fragment passes unjudged", fails="firewall-stateless",
                    mutate=within(*POLICY, "StatelessFragmentDefaultActions", value=["aws:pass"])),
    NetworkMutation(guarantee="other protocols are dropped", fails="firewall-protocols", mutate=_pop_rule(0)),
    NetworkMutation(guarantee="other ports are dropped", fails="firewall-protocols", mutate=_pop_rule(2)),
    NetworkMutation(guarantee="no rule passes by address", fails="firewall-protocols",
                    mutate=within("FirewallProtocols", *RULES, 1, "Action", value="PASS")),
    NetworkMutation(guarantee="protocols are judged before names", fails="firewall-protocols",
                    mutate=within(*POLICY, "StatefulRuleGroupReferences", 0, "Priority", value=3)),
    NetworkMutation(guarantee="names are not wide", fails="firewall-names",
                    mutate=within("FirewallNames", *SOURCE, "Targets", value=[".amazonaws.com"])),
    NetworkMutation(guarantee="names are told by TLS", fails="firewall-names",
                    mutate=within("FirewallNames", *SOURCE, "TargetTypes", value=["TLS_SNI", "HTTP_HOST"])),
    NetworkMutation(guarantee="traffic of pods is judged", fails="firewall-home",
                    mutate=within("FirewallProtocols", *HOME, value=[{"Ref": "VpcCidr"}])),
    NetworkMutation(guarantee="names that nobody allowed are blocked", fails="dns-default",
                    mutate=within("DnsFirewallRules", "FirewallRules", 1, "Action", value="ALERT")),
    NetworkMutation(guarantee="the DNS firewall judges this VPC", fails="dns-default",
                    mutate=gone("DnsFirewallAssociation")),
    NetworkMutation(guarantee="no name beyond the list is allowed", fails="dns-names",
                    mutate=lambda t: properties(t, "DnsFirewallAllowed")["Domains"].append("*.amazonaws.com")),
    NetworkMutation(guarantee="no reverse name of a public address is allowed", fails="dns-names",
                    mutate=lambda t: properties(t, "DnsFirewallAllowed")["Domains"].append("*.in-addr.arpa")),
    NetworkMutation(guarantee="no reverse name beside the private ranges is allowed", fails="dns-names",
                    mutate=lambda t: properties(t, "DnsFirewallAllowed")["Domains"].append("*.63.100.in-addr.arpa")),
    NetworkMutation(guarantee="reverse names of the VPC are answered", fails="dns-names",
                    mutate=lambda t: properties(t, "DnsFirewallAllowed")["Domains"].remove("*.10.in-addr.arpa")),
)

PRIVATELINK = (
    NetworkMutation(guarantee="connections are accepted by hand", fails="service-acceptance",
                    mutate=given("EndpointService", AcceptanceRequired=False)),
    NetworkMutation(guarantee="not everybody may ask", fails="service-principals",
                    mutate=given("EndpointServicePermissions", AllowedPrincipals=["*"])),
    NetworkMutation(guarantee="nobody further may ask", fails="service-principals",
                    mutate=given("EndpointServicePermissions", AllowedPrincipals=[CONTROL_PLANE, OWN])),
    NetworkMutation(guarantee="the load balancer is internal", fails="service-balancer",
                    mutate=given("LoadBalancer", Scheme="internet-facing")),
    NetworkMutation(guarantee="the load balancer is in every zone", fails="service-balancer",
                    mutate=given("LoadBalancer", Subnets=TWO_SUBNETS[:1])),
    NetworkMutation(guarantee="the service answers on the port", fails="service-ports",
                    mutate=given("LoadBalancerListener1", Port=8443)),
    NetworkMutation(guarantee="nothing of the VPC gets into the load balancer", fails="balancer-group",
                    mutate=given("LoadBalancerSecurityGroup", SecurityGroupIngress=[
                        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": {"Ref": "VpcCidr"}}])),
    NetworkMutation(guarantee="the load balancer reaches the VPC only", fails="balancer-group",
                    mutate=without("LoadBalancerSecurityGroup", "SecurityGroupEgress")),
    NetworkMutation(guarantee="the load balancer has a group", fails="balancer-group",
                    mutate=without("LoadBalancer", "SecurityGroups")),
    NetworkMutation(guarantee="requests for connections are told", fails="service-notification",
                    mutate=given("EndpointServiceNotification", ConnectionEvents=["Delete"])),
    NetworkMutation(guarantee="each plane reaches the other", fails="consumers", template="network-dedicated",
                    mutate=also(gone("EndpointToControlPlane"),
                                lambda t: t["Outputs"].pop("EndpointToControlPlaneDns"))),
    NetworkMutation(guarantee="the way is open to own addresses only", fails="consumers", template="network-dedicated",
                    mutate=within("EndpointToControlPlaneSecurityGroup", "SecurityGroupIngress", 0, "CidrIp",
                                  value=ANYWHERE)),
)

LOGS = (
    NetworkMutation(guarantee="the key is rotated", fails="key-rotation", mutate=given("Key", EnableKeyRotation=False)),
    NetworkMutation(guarantee="the key is not open", fails="key-policy", mutate=statement(
        "Key", "OwnAccount", lambda row: row.update(Principal={"AWS": "*"}), "KeyPolicy")),
    NetworkMutation(guarantee="all traffic is written down", fails="flow-log",
                    mutate=given("FlowLog", TrafficType="REJECT")),
    NetworkMutation(guarantee="there is a flow log", fails="flow-log", mutate=gone("FlowLog")),
    NetworkMutation(guarantee="the bucket blocks public access", fails="bucket-private",
                    mutate=within("FlowLogBucket", "PublicAccessBlockConfiguration", "BlockPublicPolicy", value=False)),
    NetworkMutation(guarantee="the bucket's policy opens it to nobody", fails="bucket-private",
                    mutate=statements("FlowLogBucketPolicy", lambda rows: rows.append(READ_ALL))),
    NetworkMutation(guarantee="the bucket is closed by our key", fails="bucket-encrypted",
                    mutate=without("FlowLogBucket", "BucketEncryption")),
    NetworkMutation(guarantee="the bucket takes TLS only", fails="bucket-tls",
                    mutate=statements("FlowLogBucketPolicy", lambda rows: rows.pop())),
    NetworkMutation(guarantee="alerts are kept", fails="alerts", mutate=given("AlertLogGroup", RetentionInDays=1)),
    NetworkMutation(guarantee="alerts are closed by our key", fails="alerts",
                    mutate=without("AlertLogGroup", "KmsKeyId")),
    NetworkMutation(guarantee="alerts are written down", fails="alerts", mutate=gone("Firewall2Logging")),
)

NETWORK_MUTATIONS = (*ENDPOINTS, *NETWORK, *EGRESS, *PRIVATELINK, *LOGS)
