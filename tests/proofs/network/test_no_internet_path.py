"""The claim network.no-internet-path on the published templates, and on what breaks them."""

import random

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.claims.network.no_internet_path import CLAIM
from conveyor_iac.proofs.network.cloudformation import networks
from conveyor_iac.proofs.network.replay import leaves
from conveyor_iac.proofs.verdict import Verdict
from conveyor_iac.proofs.verify import verify
from tests.proofs.network.published import INTERNET, PRIVATE_PODS, added, answer, case, changed, given, renamed, route


@pytest.mark.parametrize(("template", "subnets"), [
    ("network-private", ["PodSubnet*", "EndpointSubnet*"]), ("network-shared", ["PodSubnet*", "EndpointSubnet*"]),
    ("network-dedicated", ["PodSubnet*", "EndpointSubnet*", "ControlPlaneEndpointSubnet*"]),
])
def test_pods_and_endpoints_have_no_way_out(template, subnets):
    """In every world of every published network, pods and endpoints reach no public address."""
    assert answer(CLAIM, template, {"subnets": subnets, "egress": "none"}).verdict is Verdict.PROVED


def test_nodes_of_a_shared_network_have_one():
    """Nodes behind a NAT gateway are refuted, with the way they take."""
    found = answer(CLAIM, "network-shared", {"subnets": ["NodeSubnet*"], "egress": "none"})
    assert found.verdict is Verdict.REFUTED
    assert [hop["route"] for hop in found.counterexample["hops"]] == ["NodeDefaultRoute1", "PublicDefaultRoute1"]


def test_a_firewall_is_a_way_out():
    """Where nothing may leave, a way through a firewall is one too, and the world it exists in is told."""
    found = answer(CLAIM, "network-private", {"subnets": ["NodeSubnet*"], "egress": "none"})
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["conditions"]["CognitoByFirewall"] is True


BROKEN = {
    "a default route": route("PodRouteTable", "0.0.0.0/0", **INTERNET),
    "a public block": route("PodRouteTable", "52.0.0.0/8", **INTERNET),
    "one half": route("PodRouteTable", "128.0.0.0/1", **INTERNET),
    "a NAT gateway": route("PodRouteTable", "0.0.0.0/0", NatGatewayId={"Ref": "NatGateway1"}),
    "IPv6": changed(added("Six", "AWS::EC2::EgressOnlyInternetGateway", VpcId={"Ref": "Vpc"}),
                    route("PodRouteTable", "::/0", EgressOnlyInternetGatewayId={"Fn::GetAtt": ["Six", "Id"]})),
    "one world only": added("Out", "AWS::EC2::Route", condition="CognitoByFirewall", **INTERNET, DestinationCidrBlock=
                            "8.0.0.0/7", RouteTableId={"Fn::GetAtt": ["PodRouteTable", "RouteTableId"]}),
    "another table": given("PodSubnet2Association", RouteTableId={"Ref": "NodeRouteTable1"}),
    "a chosen target": route("PodRouteTable", "0.0.0.0/0", NatGatewayId={
        "Fn::If": ["HasThirdZone", {"Ref": "NatGateway1"}, {"Ref": "NatGateway2"}]}),
    "a list of blocks": changed(
        added("List", "AWS::EC2::PrefixList", Entries=[{"Cidr": "10.0.0.0/8"}, {"Cidr": "54.0.0.0/8"}]),
        added("Out", "AWS::EC2::Route", RouteTableId={"Ref": "PodRouteTable"}, **INTERNET,
              DestinationPrefixListId={"Fn::GetAtt": ["List", "PrefixListId"]})),
    "a route in a table of elsewhere": changed(
        added("Out", "AWS::EC2::Route", RouteTableId={"Ref": "TenantId"}, DestinationCidrBlock="0.0.0.0/0", **INTERNET),
        given("PodSubnet1Association", RouteTableId={"Ref": "TenantId"})),
}


@pytest.mark.parametrize("break_it", BROKEN.values(), ids=BROKEN)
def test_what_leads_out_is_refuted(break_it):
    """Each way out that is added is found, and its counterexample has a subnet, an address and hops."""
    made = case("network-private", PRIVATE_PODS, break_it)
    found = CLAIM.check(made)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["from"].startswith("PodSubnet")
    (network,) = [network for world, network in networks(made)
                  if world.described() == found.counterexample["conditions"]]
    taken = leaves(network, found.counterexample["from"], found.counterexample["to"])
    assert taken == tuple(hop["route"] for hop in found.counterexample["hops"])


OPEN = {
    "a transit gateway": route("PodRouteTable", "0.0.0.0/0", TransitGatewayId="tgw-0123456789abcdef0"),
    "a peering": route("PodRouteTable", "52.0.0.0/8", VpcPeeringConnectionId="pcx-0123456789abcdef0"),
    "an instance": route("PodRouteTable", "0.0.0.0/0", InstanceId="i-0123456789abcdef0"),
    "an interface": route("PodRouteTable", "0.0.0.0/0", NetworkInterfaceId="eni-0123456789abcdef0"),
    "a target of a later day": route("PodRouteTable", "0.0.0.0/0", WormholeId="wh-1"),
    "a gateway that is a parameter": route("PodRouteTable", "0.0.0.0/0", GatewayId={"Ref": "TenantId"}),
    "a block that is a parameter": route("PodRouteTable", {"Ref": "TenantId"}, **INTERNET),
    "a list of AWS": added("Out", "AWS::EC2::Route", RouteTableId={"Ref": "PodRouteTable"}, **INTERNET,
                           DestinationPrefixListId="pl-0123456789abcdef0"),
    "two tables": added("Second", "AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "PodSubnet1"},
                        RouteTableId={"Ref": "EndpointRouteTable"}),
    "an imported table": given("PodSubnet1Association", RouteTableId="rtb-0123456789abcdef0"),
    "an imported VPC": changed(given("PodSubnet1", VpcId="vpc-0123456789abcdef0"),
                               given("PodSubnet1Association", SubnetId="subnet-0123456789abcdef0")),
    "propagated routes": added("Learned", "AWS::EC2::VPNGatewayRoutePropagation", VpnGatewayId="vgw-0123456789abcdef0",
                               RouteTableIds=[{"Ref": "PodRouteTable"}]),
    "a custom resource": added("Helper", "Custom::Routes", ServiceToken="arn:aws:lambda:eu-west-1:1:function:f",
                               Table={"Ref": "PodRouteTable"}),
    "a module": added("Inner", "Mine::Network::More::MODULE", Subnets=[{"Ref": "PodSubnet1"}]),
    "an association of some subnet": given("PodSubnet1Association", SubnetId={"Fn::Select": [
        {"Ref": "ZoneCount"}, [{"Ref": "PodSubnet1"}, {"Ref": "PodSubnet2"}]]}),
    "a nested stack": added("Inner", "AWS::CloudFormation::Stack", TemplateURL="https://example.com/t",
                            Parameters={"Vpc": {"Fn::Sub": "${Vpc}"}}),
}


@pytest.mark.parametrize("open_it", OPEN.values(), ids=OPEN)
def test_what_nobody_can_follow_is_undecided(open_it):
    """Where the template does not show where a packet ends, the claim is neither proved nor refuted."""
    found = answer(CLAIM, "network-private", PRIVATE_PODS, open_it)
    assert found.verdict is Verdict.UNDECIDED
    assert found.notes


HARMLESS = {
    "private addresses": route("PodRouteTable", "10.0.0.0/8", TransitGatewayId="tgw-0123456789abcdef0"),
    "a public address": given("PodSubnet1", MapPublicIpOnLaunch=True),
    "a gateway nobody routes to": added("Another", "AWS::EC2::InternetGateway"),
    "no table of its own": lambda template: template["Resources"].pop("PodSubnet1Association"),
    "the VPC itself": route("PodRouteTable", "0.0.0.0/0", GatewayId="local"),
    "a custom resource for the default group": added(
        "Group", "Custom::DefaultGroup", ServiceToken="arn", Group={"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}),
}


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_leads_nowhere_is_still_proved(change):
    """A change that opens no way out is no false alarm."""
    assert answer(CLAIM, "network-private", PRIVATE_PODS, change).verdict is Verdict.PROVED


def test_own_public_networks_may_be_trusted():
    """A route to the customer's own public block through a transit gateway is proved once the contract trusts it."""
    change = route("PodRouteTable", "52.0.0.0/8", TransitGatewayId="tgw-0123456789abcdef0")
    trusting = PRIVATE_PODS | {"trusted": ["52.0.0.0/8"]}
    assert answer(CLAIM, "network-private", trusting, change).verdict is Verdict.PROVED
    assert answer(CLAIM, "network-private", trusting | {"trusted": ["52.0.0.0/9"]}, change).verdict is Verdict.UNDECIDED


@pytest.mark.parametrize("change", [lambda template: None, *BROKEN.values()], ids=["as it is", *BROKEN])
def test_names_do_not_matter(change):
    """Other logical ids, the same verdict."""
    before = answer(CLAIM, "network-private", PRIVATE_PODS, change)
    after = answer(CLAIM, "network-private", PRIVATE_PODS | {"subnets": ["XPodSubnet*"]}, changed(change, renamed))
    assert after.verdict is before.verdict


def _places(value, path=()):
    yield path
    rows = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in rows:
        yield from _places(item, (*path, key))


GARBAGE = (None, 0, True, "", [], {}, [[]], {"Ref": "TenantId"}, {"Ref": "Nothing"}, {"Fn::GetAtt": ["Vpc"]},
           {"Fn::Select": [9, [1]]}, {"Fn::If": ["HasThirdZone", 1, 2]}, {"Fn::If": 1}, {"Fn::Sub": []},
           {"Fn::Cidr": 1}, {"Fn::ImportValue": "a"}, "10.0.0.0/33", ["*"], {"a": {"b": 1}}, {"Fn::GetAtt": 5})


@pytest.mark.parametrize("name", [name for name in IDS if name.startswith(("network.", "privatelink.", "storage."))])
def test_garbage_never_ends_in_a_crash(name):
    """Whatever stands where a property should, it is an input error, or a claim is decided or says why it is not."""
    chance = random.Random(7)
    body = case("network-private").template.body
    places = [path for path in _places(body["Resources"]) if len(path) > 2 and path[1] == "Properties"]

    def spoil(template):
        path = chance.choice(places)
        part = template["Resources"]
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] = chance.choice(GARBAGE)

    for _ in range(20):
        try:
            made = case("network-private", PRIVATE_PODS | {"endpoints": ["sqs", "s3"]}, spoil)
        except InputError:
            continue
        report = verify(made.template, made.contract, claims=[claim(name)])
        assert all(result.answer.verdict in Verdict for result in report.results)
