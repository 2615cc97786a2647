"""Networks of Pulumi's: what is proved of a small one, what refutes it, and what is undecided because nobody knows."""

import pytest

from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.pulumi.small import (
    ACCOUNT,
    NODES,
    UNKNOWN,
    VPC,
    added,
    answer,
    at,
    document,
    ec2,
    given,
    id_of,
    network,
    one,
    template,
    without,
)

PATH, DOORS, POLICIES = "network.no-internet-path", "network.endpoints-serve-subnets", "network.endpoint-policies"
NODE, TABLE, GATEWAY = at("Subnet", "Node"), at("RouteTable", "NodeTable"), at("InternetGateway", "Gateway")
OUT = {"cidrBlock": "0.0.0.0/0", "gatewayId": GATEWAY}
NAT = ec2("NatGateway", "Nat", subnetId=at("Subnet", "Public"), allocationId="eipalloc-0123456789abcdef0")
OPEN = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"})
RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
UNBOUND = without("NodeHas")
MAIN = "rtb-0d0d0d0d0d0d0d0d0"

REFUTED = {
    "a route to the internet gateway": (PATH, [added(ec2("Route", "Leak", routeTableId=TABLE, gatewayId=GATEWAY,
                                                         destinationCidrBlock="0.0.0.0/0"))]),
    "half of the internet": (PATH, [added(ec2("Route", "Leak", routeTableId=TABLE, gatewayId=GATEWAY,
                                              destinationCidrBlock="128.0.0.0/1"))]),
    "a route written into the table": (PATH, [given("NodeTable", routes=[OUT])]),
    "a route of IPv6 by an egress-only gateway": (PATH, [added(
        ec2("EgressOnlyInternetGateway", "Only", vpcId=VPC), ec2(
            "Route", "Leak", routeTableId=TABLE, destinationIpv6CidrBlock="::/0",
            egressOnlyGatewayId=at("EgressOnlyInternetGateway", "Only")))]),
    "a NAT gateway": (PATH, [added(NAT, ec2("Route", "Leak", routeTableId=TABLE, destinationCidrBlock="0.0.0.0/0",
                                            natGatewayId=at("NatGateway", "Nat")))]),
    "the table of the public subnet": (PATH, [given("NodeHas", routeTableId=at("RouteTable", "PublicTable"))]),
    "the default table with a way out": (PATH, [UNBOUND, added(
        ec2("DefaultRouteTable", "Main", {"vpcId": VPC}, defaultRouteTableId=MAIN, routes=[OUT]) | {"id": MAIN})]),
    "another main table with a way out": (PATH, [UNBOUND, added(ec2(
        "MainRouteTableAssociation", "Main", vpcId=VPC, routeTableId=at("RouteTable", "PublicTable")))]),
    "a route into the main table": (PATH, [UNBOUND, added(ec2(
        "Route", "Leak", routeTableId=MAIN, destinationCidrBlock="0.0.0.0/0", gatewayId=GATEWAY))]),
    "no policy": (POLICIES, [given("Sqs", policy=...)]),
    "an open policy": (POLICIES, [given("S3", policy=OPEN)]),
    "an open policy of its own": (POLICIES, [given("S3", policy=...), added(ec2(
        "VpcEndpointPolicy", "Open", vpcEndpointId=at("VpcEndpoint", "S3"), policy=OPEN))]),
    "no endpoint": (DOORS, [without("Sqs")]),
    "private names off": (DOORS, [given("Sqs", privateDnsEnabled=...)]),
    "no rule": (DOORS, [without("DoorsIn")]),
    "a rule for another port": (DOORS, [given("DoorsIn", fromPort=80, toPort=80)]),
    "a gateway in no table": (DOORS, [given("S3", routeTableIds=...)]),
    "DNS host names off": (DOORS, [given("Vpc", enableDnsHostnames=...)]),
    "no DNS firewall": ("network.dns-exit", []),
}
NARROW = document({"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*",
                   "Condition": {"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}})
HARMLESS = {
    "a policy of its own for what the state holds twice": (POLICIES, [
        lambda rows: rows.insert(0, ec2("VpcEndpoint", "Twin", vpcId=VPC, serviceName="com.amazonaws.eu-west-1.s3") | {
            "id": at("VpcEndpoint", "S3")}), given("S3", policy=...),
        added(ec2("VpcEndpointPolicy", "Own", vpcEndpointId=at("VpcEndpoint", "S3"), policy=NARROW))]),
    "a rule inline": (DOORS, [without("DoorsIn"), given("Doors", ingress=[
        {"cidrBlocks": ["10.0.0.0/16"], "protocol": "tcp", "fromPort": 443, "toPort": 443}])]),
    "a rule of the older type": (DOORS, [without("DoorsIn"), added(ec2(
        "SecurityGroupRule", "In", type="ingress", cidrBlocks=["10.0.0.0/16"], protocol="-1", fromPort=0, toPort=0,
        securityGroupId=at("SecurityGroup", "Doors")))]),
    "a table by a resource of its own": (DOORS, [given("S3", routeTableIds=...), added(ec2(
        "VpcEndpointRouteTableAssociation", "Into", vpcEndpointId=at("VpcEndpoint", "S3"), routeTableId=TABLE))]),
    "a policy of its own": (POLICIES, [given("S3", policy=...), added(ec2(
        "VpcEndpointPolicy", "Own", vpcEndpointId=at("VpcEndpoint", "S3"), policy=NARROW))]),
    "a default table without routes": (PATH, [UNBOUND, added(
        ec2("DefaultRouteTable", "Main", {"vpcId": VPC}, defaultRouteTableId=MAIN, routes=[]) | {"id": MAIN})]),
    "tags": (PATH, [given("Node", tags={"Name": "node"})]),
    "a type of a service that no claim is about": (PATH, [added(
        {"type": "aws:eks/cluster:Cluster", "name": "Cluster", "inputs": {"vpcConfig": {"subnetIds": [NODE]}}})]),
}
UNDECIDED = {
    "an unknown type of ec2": (PATH, [added(ec2("Wormhole", "New", subnetId=NODE))]),
    "an unknown property of a route": (PATH, [added(ec2("Route", "New", routeTableId=TABLE, wormholeId="worm-1"))]),
    "an unknown property of a subnet": (DOORS, [given("Node", wormhole=True)]),
    "an unknown property of an endpoint": (POLICIES, [given("S3", wormhole=True)]),
    "an unknown type of endpoint": (POLICIES, [added(ec2("VpcEndpointWormhole", "New"))]),
    "a route of an unknown table": (PATH, [added(ec2("Route", "New", routeTableId=UNKNOWN, gatewayId=GATEWAY,
                                                     destinationCidrBlock="0.0.0.0/0"))]),
    "unknown routes inline": (PATH, [given("NodeTable", routes=UNKNOWN)]),
    "an association of an unknown subnet": (PATH, [given("NodeHas", subnetId=UNKNOWN)]),
    "an unknown subnet's VPC": (DOORS, [given("Node", vpcId=UNKNOWN)]),
    "an unknown policy": (POLICIES, [given("S3", policy=UNKNOWN)]),
    "a policy for an unknown endpoint": (POLICIES, [added(ec2("VpcEndpointPolicy", "Open", vpcEndpointId=UNKNOWN,
                                                              policy=OPEN))]),
    "two policies": (POLICIES, [added(ec2("VpcEndpointPolicy", "Open", vpcEndpointId=at("VpcEndpoint", "S3"),
                                          policy=OPEN))]),
    "a rule of an unknown group": (DOORS, [given("DoorsIn", securityGroupId=UNKNOWN)]),
    "an unknown service": (DOORS, [given("Sqs", serviceName=UNKNOWN)]),
    "unknown tables": (DOORS, [given("S3", routeTableIds=[UNKNOWN])]),
    "a default VPC": (PATH, [added(ec2("DefaultVpc", "Default"))]),
    "a component of somebody's own that is given the VPC": (PATH, [added(
        {"type": "pulumi-python:dynamic:Resource", "name": "Own", "inputs": {"vpc": VPC}})]),
    "a type of another provider for AWS": (PATH, [added(
        {"type": "aws-native:ec2:Route", "name": "Own", "inputs": {"routeTableId": TABLE}})]),
    "two tables of one id": (PATH, [added(ec2("RouteTable", "Twin", vpcId=VPC) | {"id": TABLE})]),
    "a gateway of a VPN that writes routes": (PATH, [added(ec2("VpnGateway", "Vpn", vpcId=VPC)), given(
        "NodeTable", propagatingVgws=[at("VpnGateway", "Vpn")])]),
    "a machine in both subnets": (PATH, [added(
        ec2("NetworkInterface", "Card", subnetId=at("Subnet", "Public")),
        ec2("Instance", "Machine", subnetId=NODE, networkInterfaces=[
            {"networkInterfaceId": at("NetworkInterface", "Card")}]))]),
}


@pytest.mark.parametrize("name", [PATH, DOORS, POLICIES])
def test_proved(name):
    """The small network is proved as it is."""
    assert answer(name, network(), NODES).verdict is Verdict.PROVED


@pytest.mark.parametrize("case", REFUTED)
def test_refuted(case):
    """Each of these changes is refuted."""
    name, changes = REFUTED[case]
    assert answer(name, network(), NODES, *changes).verdict is Verdict.REFUTED


@pytest.mark.parametrize("case", HARMLESS)
def test_harmless(case):
    """Each of these changes leaves the claim proved."""
    name, changes = HARMLESS[case]
    assert answer(name, network(), NODES, *changes).verdict is Verdict.PROVED


@pytest.mark.parametrize("case", UNDECIDED)
def test_undecided(case):
    """What is not known here, or not known yet, leaves the claim undecided and never proved or refuted."""
    name, changes = UNDECIDED[case]
    assert answer(name, network(), NODES, *changes).verdict is Verdict.UNDECIDED


def test_a_first_preview():
    """Of a stack of which no id is known nothing is proved and nothing is refuted that only ids decide."""
    def forget(rows):
        for row in rows:
            row["id"], row["outputs"] = "", {}
            row["inputs"] |= {key: UNKNOWN for key in row["inputs"] if key.endswith(("Id", "Ids"))}
    for name in (PATH, DOORS, "network.dns-exit"):
        assert answer(name, network(), NODES, forget).verdict is Verdict.UNDECIDED, name


def test_names():
    """A resource's name is its logical id; two of one name are told apart by their types, a strange one is mended."""
    rows = [ec2("Vpc", "main", cidrBlock="10.0.0.0/16"), ec2("InternetGateway", "main"), ec2("Subnet", "local"),
            ec2("Subnet", "a.b ${c}"), ec2("Subnet", "old") | {"delete": True}, ec2("Subnet", "old")]
    assert list(template(rows).resources) == ["main/Vpc", "main/InternetGateway", "local/resource", "a-b---c-",
                                              "old/leaving", "old"]


def test_no_resource_is_written_over():
    """What a resource brings along never takes the name of another one, whichever comes first."""
    rows = [ec2("RouteTable", "T", vpcId=VPC, routes=[OUT]), ec2("Subnet", "T/Route1", vpcId=VPC)]
    made = template(rows).resources
    assert (made["T/Route1"].type, made["T/Route1/2"].type) == ("AWS::EC2::Subnet", "AWS::EC2::Route")


def test_what_is_read_is_no_resource_of_the_stack():
    """A resource that is only read (`Vpc.get`) is elsewhere: nothing is known of it."""
    assert answer(DOORS, network(), NODES, lambda rows: rows[0].update(external=True)).verdict is Verdict.UNDECIDED


DNS = "aws:route53/resolverFirewall"


def dns(*rules):
    """A DNS firewall on the VPC with rules, each an action and a domain."""
    group, rows = f"{DNS}RuleGroup:ResolverFirewallRuleGroup", []
    for number, (action, domain) in enumerate(rules):
        listed = f"{DNS}DomainList:ResolverFirewallDomainList"
        rows += [one(listed, f"List{number}", domains=[domain]), one(
            f"{DNS}Rule:ResolverFirewallRule", f"Rule{number}", action=action, priority=number, name=f"rule-{number}",
            firewallDomainListId=id_of(listed, f"List{number}"), firewallRuleGroupId=id_of(group, "Rules"))]
    return added(one(group, "Rules", name="rules"), *rows, one(
        f"{DNS}RuleGroupAssociation:ResolverFirewallRuleGroupAssociation", "Guards", priority=101, vpcId=VPC,
        firewallRuleGroupId=id_of(group, "Rules")))


@pytest.mark.parametrize(("rules", "more", "verdict"), [
    ((("ALLOW", "*.compute.internal"), ("BLOCK", "*")), (), "proved"),
    ((("ALLOW", "evil.example.com"), ("BLOCK", "*")), (), "refuted"),
    ((("BLOCK", "*"),), (given("Rule0", firewallRuleGroupId=UNKNOWN),), "undecided"),
    ((("BLOCK", "*"),), (given("Rule0", wormhole=True),), "undecided"),
    ((("BLOCK", "*"),), (added(one(f"{DNS}Config:ResolverFirewallConfig", "Open", resourceId=VPC,
                                   firewallFailOpen="ENABLED")),), "refuted"),
    ((("BLOCK", "*"),), (added(one("aws:route53/profilesAssociation:ProfilesAssociation", "P")),), "undecided"),
])
def test_dns_exit(rules, more, verdict):
    """The rules of a DNS firewall are read in their order, whichever resource they stand in."""
    assert answer("network.dns-exit", network(), NODES, dns(*rules), *more).verdict == verdict


FIREWALL = "aws:networkfirewall/"


def guarded(*, names=("login.example.com",), vpce="vpce-00000000000000001", **policy):
    """A firewall between the nodes and the internet that passes TLS to these names, with changes to its policy."""
    arn = f"arn:aws:network-firewall:eu-west-1:{ACCOUNT}:".__add__
    home = {"ipSets": [{"key": "HOME_NET", "ipSet": {"definitions": ["10.0.0.0/16"]}}]}
    drops = [{"action": "DROP", "header": {
        "protocol": protocol, "source": "$HOME_NET", "sourcePort": "ANY", "destination": "ANY",
        "destinationPort": ports, "direction": "FORWARD"},
        "ruleOptions": [{"keyword": "sid", "settings": [str(number)]}, *options]}
        for number, (protocol, ports, options) in enumerate((
            ("IP", "ANY", [{"keyword": "ip_proto", "settings": ["!TCP"]}]), ("TCP", "1:442", []),
            ("TCP", "444:65535", [])), 1)]
    order = {"statefulRuleOptions": {"ruleOrder": "STRICT_ORDER"}, "ruleVariables": home}
    listed = {"generatedRulesType": "ALLOWLIST", "targetTypes": ["TLS_SNI"], "targets": list(names)}
    rows = [
        one(f"{FIREWALL}ruleGroup:RuleGroup", "Drops", name="drops", capacity=10, type="STATEFUL",
            ruleGroup={**order, "rulesSource": {"statefulRules": drops}}) | {"id": arn("rules/drops")},
        one(f"{FIREWALL}ruleGroup:RuleGroup", "Names", name="names", capacity=10, type="STATEFUL",
            ruleGroup={**order, "rulesSource": {"rulesSourceList": listed}}) | {"id": arn("rules/names")},
        one(f"{FIREWALL}firewallPolicy:FirewallPolicy", "Policy", name="policy", firewallPolicy={
            "statelessDefaultActions": ["aws:forward_to_sfe"],
            "statelessFragmentDefaultActions": ["aws:forward_to_sfe"],
            "statefulDefaultActions": ["aws:drop_established"],
            "statefulEngineOptions": {"ruleOrder": "STRICT_ORDER"}, "statefulRuleGroupReferences": [
                {"priority": number, "resourceArn": arn(f"rules/{name}")} for number, name in (
                    (1, "drops"), (2, "names"))], **policy}) | {"id": arn("policy/policy")},
        one(f"{FIREWALL}firewall:Firewall", "Wall", {"firewallStatuses": [{"syncStates": [{"attachments": [
            {"endpointId": vpce}]}]}]}, name="wall", vpcId=VPC, firewallPolicyArn=arn("policy/policy"),
            subnetMappings=[{"subnetId": at("Subnet", "Public")}]) | {"id": arn("wall")},
        ec2("Route", "Guarded", routeTableId=TABLE, destinationCidrBlock="0.0.0.0/0",
            vpcEndpointId="vpce-00000000000000001"),
        ec2("RouteTable", "EdgeTable", vpcId=VPC), ec2(
            "RouteTableAssociation", "Edge", gatewayId=GATEWAY, routeTableId=at("RouteTable", "EdgeTable")),
        ec2("Route", "Back", routeTableId=at("RouteTable", "EdgeTable"), destinationCidrBlock="10.0.0.0/24",
            vpcEndpointId="vpce-00000000000000001")]
    for row in rows:
        row["outputs"].pop("arn")
    return added(*rows)


@pytest.mark.parametrize(("change", "verdict"), [
    ({}, "proved"), ({"names": ("login.example.com", "evil.example.com")}, "refuted"),
    ({"statefulDefaultActions": ["aws:alert_established"]}, "refuted"), ({"vpce": UNKNOWN}, "undecided"),
    ({"statefulEngineOptions": {"ruleOrder": "DEFAULT_ACTION_ORDER"}}, "refuted"), ({"wormhole": True}, "undecided"),
    ({"tlsInspectionConfigurationArn": "arn:aws:network-firewall:eu-west-1:222222222222:tls/x"}, "undecided"),
])
def test_allow_list(change, verdict):
    """A firewall's policy and rule groups are read at any depth; what is not known in them is undecided."""
    contract = {"network": {"subnets": ["Node"], "egress": "allow-list", "domains": ["login.example.com"]}}
    assert answer("network.allow-list-only", network(), contract, guarded(**change)).verdict == verdict


SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService"


def service(**inputs):
    """An endpoint service that asks for acceptance, for one role of the vendor's."""
    return [ec2("VpcEndpointService", "Service", acceptanceRequired=True, **inputs), ec2(
        "VpcEndpointServiceAllowedPrinciple", "May", vpcEndpointServiceId=id_of(SERVICE, "Service"),
        principalArn="arn:aws:iam::111122223333:role/cp")]


@pytest.mark.parametrize(("claim", "change", "verdict"), [
    ("acceptance", given("May"), "proved"), ("principals", given("May"), "proved"),
    ("acceptance", given("Service", acceptanceRequired=False), "refuted"),
    ("acceptance", given("Service", acceptanceRequired=UNKNOWN), "undecided"),
    ("acceptance", given("Service", wormhole=True), "undecided"),
    ("principals", given("May", principalArn="*"), "refuted"),
    ("principals", given("Service", allowedPrincipals=["*"]), "refuted"),
    ("principals", given("May", principalArn=UNKNOWN), "undecided"),
])
def test_privatelink(claim, change, verdict):
    """Who may connect to a service, and whether it asks first, as the service or a resource of its own says."""
    assert answer(f"privatelink.{claim}", service(), None, change).verdict == verdict
