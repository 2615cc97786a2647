"""The constructs of a network in anybody's app: usable alone, readable in a stack, the CDK's own ids deeper down."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from aws_cdk import App, Stack
from constructs import Construct

from conveyor_iac import Installation, plan
from conveyor_iac.cdk import EndpointConsumer, EndpointService, EndpointSet, Network
from conveyor_iac.model import network_plan, privatelink
from conveyor_iac.model.placeholders import Made

HASH = re.compile("[0-9A-F]{8}$")


@pytest.fixture
def stack(tmp_path):
    """A plain stack of a plain app, with the CDK's own synthesizer."""
    return Stack(App(outdir=str(tmp_path / "out"), builtin_cloud_formation_validation=False), "mine")


@pytest.fixture
def planned(words):
    """The network of a private installation that has a proxy of its own."""
    return lambda **changes: plan(Installation.read(words(cognito_access="proxy", **changes))).networks[0]


@pytest.fixture
def consumer():
    """An endpoint of that network to somebody's service, under a name of its own."""
    return privatelink.consumer(
        network_plan.DATA, "EndpointToDatabase", vpc_id=Made(name="Vpc"), ports=("5432",), cidrs=("10.20.0.0/16",),
        service="com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0", domain="database.example.com",
        subnets=(Made(name="EndpointSubnet1"), Made(name="EndpointSubnet2")))


def template(stack):
    folder = Path(stack.node.root.synth().directory)
    return json.loads((folder / f"{stack.stack_name}.template.json").read_text())


def of_type(stack, kind):
    """The properties of every resource of a type, by logical id."""
    return {name: row["Properties"] for name, row in template(stack)["Resources"].items() if row["Type"] == kind}


def endpoints(scope, network, parts):
    return EndpointSet(scope, "Endpoints", group=network.group, endpoints=network.endpoints, vpc_id=network.vpc_id,
                       parts=parts)


def service(scope, network, parts):
    return EndpointService(scope, "Service", service=network.service, vpc_id=network.vpc_id, parts=parts)


def test_network_alone(stack, planned):
    """A network alone makes the VPC with the blocks of the file and a subnet of each kind in each zone."""
    made = Network(stack, "OurNetwork", plan=planned())
    assert of_type(stack, "AWS::EC2::VPC")["Vpc"]["CidrBlock"] == "10.20.0.0/16"
    assert set(of_type(stack, "AWS::EC2::Subnet")) == {
        f"{kind}Subnet{number}" for kind in ("Node", "Pod", "Endpoint") for number in (1, 2, 3)}
    assert of_type(stack, "AWS::EC2::VPCEndpoint") == {}
    assert stack.resolve(made.parts.resources["Vpc"].ref) == {"Ref": "Vpc"}


def test_hash_free_in_a_stack(stack, planned):
    """In a stack every part of network, endpoints and service takes its name in the plan as logical id."""
    network = planned()
    made = Network(stack, "Network", plan=network)
    endpoints(stack, network, made.parts)
    service(stack, network, made.parts)
    ids = set(template(stack)["Resources"])
    assert ids == set(made.parts.resources)
    assert not [name for name in ids if HASH.search(name)]


def test_the_cdks_ids_deeper_down(stack, planned, walk):
    """Deeper in the tree the CDK's own ids stand, and what refers to a part finds it there."""
    network, place = planned(), Construct(stack, "DataPlane")
    made = Network(place, "Network", plan=network)
    endpoints(place, network, made.parts)
    service(place, network, made.parts)
    written = template(stack)
    assert all(re.match("DataPlane", name) and HASH.search(name) for name in written["Resources"])
    assert {part for key, part in walk(written["Resources"]) if key == "Ref"} <= {
        *written["Resources"], "AWS::Region"}


def test_default(stack, tmp_path, planned):
    """Under the id Default, in a stack, the CDK's own ids are the names already: none is overridden."""
    other = Stack(App(outdir=str(tmp_path / "other"), builtin_cloud_formation_validation=False), "mine")
    made, named = (Network(place, id, plan=planned()) for place, id in ((stack, "Default"), (other, "Network")))

    def overridden(network, name):
        part = network.parts.resources[name]
        return Stack.of(part).get_logical_id(part) != Stack.of(part).resolve(part.logical_id)

    assert template(stack) == template(other)
    assert set(template(stack)["Resources"]) == set(made.parts.resources) == set(named.parts.resources)
    assert [name for name in made.parts.resources if overridden(made, name)] == []
    assert [name for name in named.parts.resources if not overridden(named, name)] == []


def test_two_networks_in_a_stack(stack, planned):
    """Two networks fit into one stack in two constructs, as everything in the CDK."""
    for number, tenant in ((1, "one"), (2, "two")):
        network = planned(tenant=tenant, network={"cidr": f"10.{number}.0.0/16"})
        Network(Construct(stack, tenant), "Network", plan=network)
    assert [row["CidrBlock"] for row in of_type(stack, "AWS::EC2::VPC").values()] == ["10.1.0.0/16", "10.2.0.0/16"]


def test_only_its_own(stack, planned):
    """A network of an installation declares no parameter, condition or mapping in the customer's stack."""
    network = planned()
    endpoints(stack, network, Network(stack, "Network", plan=network).parts)
    written = template(stack)
    assert set(written.get("Parameters", {})) <= {"BootstrapVersion"}
    assert not {"Conditions", "Mappings", "Outputs"} & set(written)


def test_open_plan(stack):
    """With the published plan it declares what it needs, and no other."""
    (network,), _ = network_plan.published_networks()["network-shared"]
    Network(stack, "Network", plan=network)
    written = template(stack)
    assert set(written["Parameters"]) - {"BootstrapVersion"} == {
        "VpcCidr", "PodCidr", "AddressPlan", "AvailabilityZones", "ZoneCount", "NatGateways", "TenantId"}
    assert set(written["Conditions"]) == {"HasThirdZone", "NatPerZone", "NatPerZoneAndHasThirdZone"}


def test_endpoints(stack, planned):
    """Each endpoint of the plan stands in the network's VPC and subnets behind the one security group."""
    network = planned()
    endpoints(stack, network, Network(stack, "Network", plan=network).parts)
    made = of_type(stack, "AWS::EC2::VPCEndpoint")
    assert set(made) == {endpoint.name for endpoint in network.endpoints}
    for row in made.values():
        assert row["VpcId"] == {"Ref": "Vpc"}
        if row["VpcEndpointType"] == "Interface":
            assert row["SubnetIds"] == [{"Ref": f"EndpointSubnet{number}"} for number in (1, 2, 3)]
            assert row["SecurityGroupIds"] == [{"Ref": "EndpointSecurityGroup"}]
        else:
            assert {table["Ref"] for table in row["RouteTableIds"]} == {
                "PodRouteTable", *(f"NodeRouteTable{number}" for number in (1, 2, 3))}


def test_service(stack, planned):
    """The service stands behind an internal load balancer that listens on the ports and names its group."""
    network = planned(private_link={"ports": [443, 5432]})
    service(stack, network, Network(stack, "Network", plan=network).parts)
    (balancer,) = of_type(stack, "AWS::ElasticLoadBalancingV2::LoadBalancer").values()
    assert (balancer["Scheme"], balancer["Type"]) == ("internal", "network")
    assert balancer["SecurityGroups"] == [{"Ref": "LoadBalancerSecurityGroup"}]
    listeners = of_type(stack, "AWS::ElasticLoadBalancingV2::Listener")
    assert sorted(row["Port"] for row in listeners.values()) == [443, 5432]
    (made,) = of_type(stack, "AWS::EC2::VPCEndpointService").values()
    assert made["NetworkLoadBalancerArns"] == [{"Ref": "LoadBalancer"}]


def test_service_of_a_load_balancer_that_exists(stack, planned):
    """Where a load balancer exists none is made, and no group and no listener for one."""
    arn = "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/mine/0123456789abcdef"
    network = planned(private_link={"load_balancer": arn})
    service(stack, network, Network(stack, "Network", plan=network).parts)
    (made,) = of_type(stack, "AWS::EC2::VPCEndpointService").values()
    assert made["NetworkLoadBalancerArns"] == [arn]
    assert not [row for row in template(stack)["Resources"].values() if "LoadBalancing" in row["Type"]]


def test_consumer(stack, planned, consumer):
    """A consumer is an endpoint to the service behind a group of its own, which admits the service's port only."""
    EndpointConsumer(stack, "Way", consumer=consumer, parts=Network(stack, "Network", plan=planned()).parts)
    (made,) = of_type(stack, "AWS::EC2::VPCEndpoint").values()
    assert made["ServiceName"] == "com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"
    assert made["SecurityGroupIds"] == [{"Ref": "EndpointToDatabaseSecurityGroup"}]
    assert made["PrivateDnsEnabled"] is False
    (rule,) = of_type(stack, "AWS::EC2::SecurityGroup")["EndpointToDatabaseSecurityGroup"]["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (5432, 5432, "10.20.0.0/16")


def test_domain(stack, planned, consumer):
    """Its domain is a private zone of the VPC, whose own name leads to the endpoint's first DNS entry."""
    EndpointConsumer(stack, "Way", consumer=consumer, parts=Network(stack, "Network", plan=planned()).parts)
    (zone,) = of_type(stack, "AWS::Route53::HostedZone").values()
    assert zone["Name"] == "database.example.com"
    assert zone["VPCs"] == [{"VPCId": {"Ref": "Vpc"}, "VPCRegion": {"Ref": "AWS::Region"}}]
    (record,) = of_type(stack, "AWS::Route53::RecordSet").values()
    entry = {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["EndpointToDatabase", "DnsEntries"]}]}]}
    assert (record["Name"], record["Type"]) == ("database.example.com", "A")
    assert record["AliasTarget"] == {"HostedZoneId": {"Fn::Select": [0, entry]}, "DNSName": {"Fn::Select": [1, entry]}}


def test_no_domain(stack, planned, consumer):
    """Without a domain there is no zone."""
    made = Network(stack, "Network", plan=planned())
    EndpointConsumer(stack, "Way", consumer=replace(consumer, domain=None), parts=made.parts)
    assert not [row for row in template(stack)["Resources"].values() if "Route53" in row["Type"]]


def test_twice_in_a_stack(stack, planned):
    """A second network in the same stack is refused: its parts would take the names of the first."""
    Network(stack, "One", plan=planned())
    Network(stack, "Two", plan=planned())
    with pytest.raises(RuntimeError, match="already contains 'Vpc'"):
        template(stack)


def test_same_id(stack, planned):
    """So is a second construct of the same id, by the CDK."""
    Network(stack, "Network", plan=planned())
    with pytest.raises(RuntimeError, match="already a Construct with name 'Network'"):
        Network(stack, "Network", plan=planned())


def test_parts_of_nothing(stack, planned):
    """Endpoints whose network is not made are refused by the name of the part that is missing."""
    network = planned()
    parts = Network(stack, "Network", plan=replace(network, vpc=None, subnets=(), logs=None, vpc_id="vpc-0a")).parts
    with pytest.raises(ValueError, match="Vpc is not among the parts made so far"):
        endpoints(stack, network, parts)


def test_misspelt_argument(stack, planned):
    """A misspelt argument is refused by name."""
    with pytest.raises(TypeError, match="plann"):
        Network(stack, "Network", plann=planned())


def test_misspelt_placeholder(stack, planned):
    """So is a placeholder that nobody knows."""
    network = planned()
    with pytest.raises(ValueError, match=r"unknown placeholder \$\{VpcCidrr\}"):
        Network(stack, "Network", plan=replace(network, vpc=replace(network.vpc, cidr="${VpcCidrr}")))
