"""The components of a network: each alone makes what it says, and hands out what the next one takes."""

import json

import pulumi
import pytest

from conveyor_iac import Installation, plan
from conveyor_iac.pulumi import aws
from tests.pulumi.aws.recording import Recorder


@pytest.fixture
def proxied(words):
    """The words of a private installation with two zones that has a proxy of its own."""
    return lambda **changes: words(**{"cognito_access": "proxy", "network": {"zones": 2}, **changes})


def alone(kind, asked, **args):
    """What a component registers alone; its arguments may be functions, called in the program."""
    def program():
        given = {key: value() if callable(value) else value for key, value in args.items()}
        return kind("acme", {"installation": asked, **given}) and None

    return Recorder().run(program)


def ids(asked, place=0):
    """The ids of a network's parts, as somebody else's program hands them over."""
    network = plan(Installation.read(asked)).networks[place]
    names = {subnet.name for subnet in network.every_subnet()} | {subnet.table for subnet in network.every_subnet()}
    names |= {network.vpc.name, network.logs.key.name}
    made = {name: f"id-of-{name}" for name in names} | {f"{network.logs.key.name}Arn": "arn-of-key"}
    return lambda: pulumi.Output.from_input(made)


def test_network(proxied):
    """A network alone makes the VPC with the blocks of the file and a subnet of each kind in each zone."""
    made = alone(aws.DataPlaneNetwork, proxied())
    assert made.named("acme-Vpc").inputs["cidrBlock"] == "10.20.0.0/16"
    assert set(made.of("ec2.Subnet")) == {
        f"acme-{kind}Subnet{number}" for kind in ("Node", "Pod", "Endpoint") for number in (1, 2)}
    assert {row.inputs["mapPublicIpOnLaunch"] for row in made.of("ec2.Subnet").values()} == {False}
    assert made.of("ec2.VpcEndpoint") == made.of("ec2.InternetGateway") == {}


def test_network_outputs(proxied):
    """It hands out the VPC, the id of each part, and what the CloudFormation stack hands out."""
    made = alone(aws.DataPlaneNetwork, proxied())
    out = made.component("DataPlaneNetwork")
    assert out["vpc_id"] == out["ids"]["Vpc"] == out["outputs"]["VpcId"] == "acme-Vpc.id"
    assert out["ids"]["KeyArn"] == out["outputs"]["KeyArn"] == "acme-Key.arn"
    assert out["outputs"]["NodeSubnetIds"] == "acme-NodeSubnet1.id,acme-NodeSubnet2.id"
    assert out["outputs"]["Zones"] == "zone-a,zone-b"
    assert out["outputs"]["ZoneIds"] == "acme-EndpointSubnet1.zone-id,acme-EndpointSubnet2.zone-id"


def test_zones(proxied, made):
    """Zones go by id where the file names them, else by name, in the order the region lists them."""
    listed = alone(aws.DataPlaneNetwork, proxied())
    assert [listed.named(f"acme-NodeSubnet{number}").inputs["availabilityZone"] for number in (1, 2)] == [
        "zone-a", "zone-b"]
    named = made("shared").named("acme-NodeSubnet2").inputs
    assert named["availabilityZoneId"] == "use1-az2"
    assert "availabilityZone" not in named


def test_ipv6(proxied):
    """With IPv6 each subnet has a /64 of its own in the block that AWS chooses."""
    made = alone(aws.DataPlaneNetwork, proxied(network={"zones": 2, "ipv6": True}))
    assert made.named("acme-Vpc").inputs["assignGeneratedIpv6CidrBlock"] is True
    blocks = [row.inputs["ipv6CidrBlock"] for row in made.of("ec2.Subnet").values() if "ipv6CidrBlock" in row.inputs]
    assert blocks
    assert len(set(blocks)) == len(blocks)
    assert all(block.startswith("2600:1f14:aa:bb") and block.endswith("::/64") for block in blocks)


@pytest.mark.parametrize("example_name", ["shared", "private", "dedicated"])
def test_default_security_group(made, example_name):
    """The default security group of every VPC that is made is emptied: it is said to have no rule at all."""
    vpcs = {row.name: row for row in made(example_name).of("ec2.Vpc").values()}
    groups = made(example_name).of("ec2.DefaultSecurityGroup")
    assert {row.inputs["vpcId"] for row in groups.values()} == {f"{name}.id" for name in vpcs}
    assert {str((row.inputs["ingress"], row.inputs["egress"])) for row in groups.values()} == {"([], [])"}


def test_control_plane(proxied):
    """A control plane's network alone takes the plan's names and blocks of the control plane, and has no pods."""
    asked = proxied(deployment="dedicated", control_plane={"account": "222222222222", "role": "control"})
    made = alone(aws.ControlPlaneNetwork, asked)
    assert made.named("acme-ControlPlaneVpc").inputs["cidrBlock"] == "10.30.0.0/16"
    assert all(row.name.startswith("acme-ControlPlane") for row in made.customs())
    assert not [name for name in made.of("ec2.Subnet") if "Pod" in name]
    assert made.component("ControlPlaneNetwork")["vpc_id"] == "acme-ControlPlaneVpc.id"


def test_endpoints(proxied):
    """Each endpoint stands in the VPC and subnets it is given, behind the one group; an output may give them."""
    made = alone(aws.EndpointSet, proxied(), ids=ids(proxied()))
    wanted = plan(Installation.read(proxied())).networks[0].endpoints
    assert set(made.of("ec2.VpcEndpoint")) == {f"acme-{endpoint.name}" for endpoint in wanted}
    for row in made.of("ec2.VpcEndpoint").values():
        assert row.inputs["vpcId"] == "id-of-Vpc"
        if row.inputs["vpcEndpointType"] == "Interface":
            assert row.inputs["subnetIds"] == ["id-of-EndpointSubnet1", "id-of-EndpointSubnet2"]
            assert row.inputs["securityGroupIds"] == ["acme-EndpointSecurityGroup.id"]
            assert row.inputs["privateDnsEnabled"] is True
        else:
            assert set(row.inputs["routeTableIds"]) == {
                "id-of-PodRouteTable", "id-of-NodeRouteTable1", "id-of-NodeRouteTable2"}
    assert made.component("EndpointSet") == {
        "outputs": {endpoint.name: f"acme-{endpoint.name}.id" for endpoint in wanted}}


def test_endpoint_policies(proxied):
    """Every endpoint with a policy in the plan carries it; a place where anybody may do anything there is none."""
    made = alone(aws.EndpointSet, proxied(), ids=ids(proxied()))
    for endpoint in plan(Installation.read(proxied())).networks[0].endpoints:
        given = made.named(f"acme-{endpoint.name}").inputs.get("policy")
        assert (given is None) == (endpoint.policy is None)
        for statement in json.loads(given)["Statement"] if given else ():
            assert statement["Effect"] == "Deny" or "Condition" in statement or statement["Resource"] != "*"


def test_endpoints_of_a_control_plane(proxied):
    """For the control plane the endpoints are that network's, whatever the component's parent."""
    asked = proxied(deployment="dedicated", control_plane={"account": "222222222222", "role": "control"})

    def program():
        data = aws.DataPlaneNetwork("acme", {"installation": asked})
        network = aws.ControlPlaneNetwork("acme", {"installation": asked})
        given = {"installation": asked, "ids": network.ids, "plane": "control"}
        aws.EndpointSet("acme", given, pulumi.ResourceOptions(parent=data))
        aws.EndpointService("acme", given, pulumi.ResourceOptions(parent=data))

    made = Recorder().run(program)
    endpoints = made.of("ec2.VpcEndpoint")
    assert all(name.startswith("acme-ControlPlaneEndpoint") for name in endpoints)
    assert {row.inputs["vpcId"] for row in endpoints.values()} == {"acme-ControlPlaneVpc.id"}
    assert set(made.of("ec2.VpcEndpointService")) == {"acme-ControlPlaneEndpointService"}


def test_dns_firewall(made):
    """Every name that the DNS firewall knows ends with one dot, as Route 53 keeps it; the last list is of all names."""
    lists = made("private").of("route53.ResolverFirewallDomainList")
    names = [name for row in lists.values() for name in row.inputs["domains"]]
    assert "sqs.eu-west-1.amazonaws.com." in lists["acme-DnsFirewallAllowed"].inputs["domains"]
    assert lists["acme-DnsFirewallOthers"].inputs["domains"] == ["*."]
    assert [name for name in names if not name.endswith(".") or name.endswith("..")] == []


def test_service(proxied):
    """The service stands behind an internal load balancer that listens on the ports; it is accepted by hand."""
    asked = proxied(private_link={"ports": [443, 5432], "targets": ["10.20.0.9"]})
    made = alone(aws.EndpointService, asked, ids=ids(asked))
    balancer = made.named("acme-LoadBalancer").inputs
    assert (balancer["internal"], balancer["loadBalancerType"]) == (True, "network")
    assert balancer["subnets"] == ["id-of-EndpointSubnet1", "id-of-EndpointSubnet2"]
    assert balancer["securityGroups"] == ["acme-LoadBalancerSecurityGroup.id"]
    assert sorted(row.inputs["port"] for row in made.of("lb.Listener").values()) == [443, 5432]
    assert {row.inputs["targetId"] for row in made.of("lb.TargetGroupAttachment").values()} == {"10.20.0.9"}
    assert made.named("acme-EndpointService").inputs["networkLoadBalancerArns"] == ["acme-LoadBalancer.arn"]
    out = made.component("EndpointService")
    assert (out["service_id"], out["service_name"]) == ("acme-EndpointService.id", "acme-EndpointService.service")
    assert out["outputs"]["ServicePorts"] == "443,5432"


@pytest.mark.parametrize("example_name", ["private", "dedicated", "existing-vpc", "endpoint-service"])
def test_by_hand(made, example_name):
    """Every connection is accepted by hand, from named principals: never from everybody."""
    services = made(example_name).of("ec2.VpcEndpointService").values()
    assert services
    for row in services:
        assert row.inputs["acceptanceRequired"] is True
        assert row.inputs["allowedPrincipals"]
        for principal in row.inputs["allowedPrincipals"]:
            assert principal.startswith("arn:aws:iam::")
            assert "*" not in principal


def test_service_of_a_load_balancer_that_exists(proxied):
    """Where load balancer and topic exist none is made, and no group and no listener for one."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/mine/0123456789abcdef"
    topic = "arn:aws:sns:eu-west-1:222222222222:mine"
    asked = proxied(private_link={"load_balancer": arn, "topic": topic})
    made = alone(aws.EndpointService, asked, ids=ids(asked))
    assert made.named("acme-EndpointService").inputs["networkLoadBalancerArns"] == [arn]
    assert made.named("acme-EndpointServiceNotification").inputs["connectionNotificationArn"] == topic
    assert {row.short for row in made.customs()} == {
        "ec2.VpcEndpointService", "ec2.VpcEndpointConnectionNotification"}


def consumer(words, **changes):
    """An endpoint to somebody's service."""
    asked = {"service_name": "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0", "vpc_id": "vpc-1",
             "subnet_ids": ["subnet-1", "subnet-2"], "cidrs": ["10.20.0.0/16"], "ports": [5432], **changes}
    return alone(aws.EndpointConsumer, words(), **asked)


@pytest.mark.parametrize("given", [str, pulumi.Output.from_input])
def test_consumer(words, given):
    """A consumer is an endpoint to the service behind a group of its own, which admits the service's port only."""
    made = consumer(words, vpc_id=lambda: given("vpc-1"), service_name=lambda: given("com.service"))
    endpoint = made.named("acme-Endpoint").inputs
    assert (endpoint["serviceName"], endpoint["vpcId"]) == ("com.service", "vpc-1")
    assert endpoint["subnetIds"] == ["subnet-1", "subnet-2"]
    assert endpoint["securityGroupIds"] == ["acme-EndpointSecurityGroup.id"]
    assert endpoint["privateDnsEnabled"] is False
    (rule,) = made.of("vpc.SecurityGroupIngressRule").values()
    assert (rule.inputs["fromPort"], rule.inputs["toPort"], rule.inputs["cidrIpv4"]) == (5432, 5432, "10.20.0.0/16")
    assert made.of("vpc.SecurityGroupEgressRule") == made.of("route53.Zone") == {}
    assert made.component("EndpointConsumer") == {
        "endpoint_id": "acme-Endpoint.id", "dns_name": "acme-Endpoint.dns"}


def test_domain(words):
    """Its domain is a private zone of the VPC, whose own name leads to the endpoint's first DNS entry."""
    made = consumer(words, domain="database.example.com")
    (zone,), (record,) = made.of("route53.Zone").values(), made.of("route53.Record").values()
    assert zone.inputs["name"] == record.inputs["name"] == "database.example.com"
    assert zone.inputs["vpcs"] == [{"vpcId": "vpc-1"}]
    assert record.inputs["zoneId"] == f"{zone.name}.zone"
    assert record.inputs["aliases"] == [
        {"name": "acme-Endpoint.dns", "zoneId": "acme-Endpoint.hosted", "evaluateTargetHealth": False}]


def groups(planned):
    """Every security group of a plan."""
    found = [link.group for link in planned.links]
    for network in planned.networks:
        found += [network.group]
        found += [network.service.group] if network.service else []
    return [group for group in found if group]


def told(rule):
    """A rule of the plan as AWS gets it."""
    return (rule.protocol, int(rule.first), int(rule.last), rule.cidr, rule.why)


def test_security_groups(name, deployed, example):
    """Every security group has exactly the rules of the plan, each as a resource of its own; none is written inline."""
    wanted = {group.name: group for group in groups(plan(Installation.read(example(name))))}
    made = deployed.of("ec2.SecurityGroup")
    assert set(made) == {f"acme-{group}" for group in wanted}
    assert not [row.name for row in made.values() if {"ingress", "egress"} & set(row.inputs)]
    for kind in ("Ingress", "Egress"):
        rules = deployed.of(f"vpc.SecurityGroup{kind}Rule").values()
        for group, planned in wanted.items():
            found = [row.inputs for row in rules if row.inputs["securityGroupId"] == f"acme-{group}.id"]
            assert sorted((row["ipProtocol"], row["fromPort"], row["toPort"], row["cidrIpv4"], row["description"])
                          for row in found) == sorted(map(told, getattr(planned, kind.lower()))), group
        assert {row.inputs["securityGroupId"] for row in rules} <= {f"{group}.id" for group in made}


def documents(recorder):
    """Every policy document, with the resource that carries it."""
    for row in recorder.customs():
        for key in ("policy", "assumeRolePolicy"):
            if isinstance(row.inputs.get(key), str):
                yield row, json.loads(row.inputs[key])


def test_no_principal_is_everybody(deployed):
    """No trust and no policy of key, bucket or topic lets everybody in: where * stands, something is refused."""
    found = 0
    for row, document in documents(deployed):
        found += 1
        for statement in document["Statement"]:
            if row.short != "ec2.VpcEndpoint" and statement["Effect"] == "Allow":
                assert statement.get("Principal") not in ("*", {"AWS": "*"}, {"AWS": ["*"]}), row.name
    assert found


@pytest.mark.parametrize("example_name", ["shared", "private", "dedicated"])
def test_deployment_outputs(made, example_name):
    """A deployment's typed outputs are those it hands over under CloudFormation's keys; the contract names parts."""
    deployed = made(example_name)
    out = deployed.component(f"{example_name.capitalize()}Deployment")
    assert out["installer_role_arn"] == out["outputs"]["InstallerRoleArn"] == "acme-InstallerRole.arn"
    assert out["session_name"] == out["outputs"]["SessionName"] == "conveyor-acme"
    assert out["vpc_id"] == out["outputs"]["VpcId"] == "acme-Vpc.id"
    assert out.get("service_name") == out["outputs"].get("ServiceName")
    called = {row.name for row in deployed.customs()}
    installer = out["contract"]["installer"]
    assert {installer["role"], installer["boundary"], *installer["predefined"]} <= called


@pytest.mark.parametrize("example_name", ["existing-vpc", "endpoint-service"])
def test_brought_vpc(made, example_name):
    """Of a VPC that exists nothing is made but a key, what stands in its subnets, and what guards those."""
    deployed = made(example_name)
    assert not [row.name for row in deployed.customs() if row.short in (
        "ec2.Vpc", "ec2.Subnet", "ec2.RouteTable", "ec2.DefaultSecurityGroup", "ec2.FlowLog")]
    assert deployed.named("acme-LoadBalancer").inputs["subnets"] == [
        "subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
