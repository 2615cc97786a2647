"""Which doors a new template opens that an old one had not, on the published templates and on changes to them."""

import copy

import pytest

from conveyor_iac.proofs.diff import doors
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.opened import asked, made, opened, pair, refutations
from tests.proofs.network.published import added, changed, given, gone, properties, without

SUBNETS = [{"Ref": "EndpointSubnet1"}, {"Ref": "EndpointSubnet2"}]
PARAMETER = lambda t: t["Parameters"].update(Which={"Type": "String"})  # noqa: E731
TARGET = {"TargetGroupArn": {"Ref": "LoadBalancerTargets1"}, "Type": "forward"}


def _twin(name):
    return lambda t: t["Resources"].update(Twin=copy.deepcopy(t["Resources"][name]))


OPENED = {
    "an endpoint": (added("Door", "AWS::EC2::VPCEndpoint", VpcId={"Ref": "Vpc"}, VpcEndpointType="Interface",
                          ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.ssm"}), "Door"),
    "a gateway endpoint": (added("Door", "AWS::EC2::VPCEndpoint", VpcId={"Ref": "Vpc"},
                                 ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.dynamodb"}), "Door"),
    "an endpoint in more worlds": (lambda t: t["Resources"]["EndpointCognitoIdp"].pop("Condition"),
                                   "EndpointCognitoIdp"),
    "a subnet more": (lambda t: properties(t, "EndpointSqs")["SubnetIds"].append({"Ref": "PodSubnet1"}), "EndpointSqs"),
    "a table more": (lambda t: properties(t, "EndpointS3")["RouteTableIds"].append({"Ref": "PublicRouteTable1"}),
                     "EndpointS3"),
    "another service": (given("EndpointSqs", ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.sns"}),
                        "EndpointSqs"),
    "no acceptance": (given("EndpointService", AcceptanceRequired=False), "EndpointService"),
    "a second service": (_twin("EndpointService"), "Twin"),
    "another load balancer behind a service": (
        lambda t: properties(t, "EndpointService")["NetworkLoadBalancerArns"].append("arn:aws:x"), "EndpointService"),
    "a principal": (lambda t: properties(t, "EndpointServicePermissions")["AllowedPrincipals"].append(
        "arn:aws:iam::111122223333:root"), "EndpointServicePermissions"),
    "permissions of their own": (added("More", "AWS::EC2::VPCEndpointServicePermissions", ServiceId={
        "Ref": "EndpointService"}, AllowedPrincipals=["*"]), "More"),
    "a public load balancer": (given("LoadBalancer", Scheme="internet-facing"), "LoadBalancer"),
    "a load balancer that is public when nobody says": (without("LoadBalancer", "Scheme"), "LoadBalancer"),
    "a second load balancer": (_twin("LoadBalancer"), "Twin"),
    "a listener": (added("Listener2", "AWS::ElasticLoadBalancingV2::Listener", LoadBalancerArn={"Ref": "LoadBalancer"},
                         Port=22, Protocol="TCP", DefaultActions=[TARGET]), "Listener2"),
    "another port": (given("LoadBalancerListener1", Port=8443), "LoadBalancerListener1"),
    "another target": (given("LoadBalancerListener1", DefaultActions=[{**TARGET, "TargetGroupArn": "arn:aws:x"}]),
                       "LoadBalancerListener1"),
    "a target more": (given("LoadBalancerTargets1", Targets=[{"Id": "10.0.0.9"}]), "LoadBalancerTargets1"),
    "public addresses in a subnet": (given("PodSubnet1", MapPublicIpOnLaunch=True), "PodSubnet1"),
    "public IPv6 addresses": (given("PodSubnet1", AssignIpv6AddressOnCreation="true"), "PodSubnet1"),
    "an address": (added("Address", "AWS::EC2::EIP", Domain="vpc"), "Address"),
    "a NAT gateway": (_twin("NatGateway1"), "Twin"),
    "a peering": (added("Peer", "AWS::EC2::VPCPeeringConnection", VpcId={"Ref": "Vpc"}, PeerVpcId="vpc-1"), "Peer"),
    "a transit gateway": (added("Attached", "AWS::EC2::TransitGatewayAttachment", VpcId={"Ref": "Vpc"},
                                SubnetIds=SUBNETS, TransitGatewayId="tgw-1"), "Attached"),
    "a VPN": (added("Vpn", "AWS::EC2::VPNConnection", Type="ipsec.1", CustomerGatewayId="cgw-1"), "Vpn"),
    "a service network": (added("Lattice", "AWS::VpcLattice::ServiceNetworkVpcAssociation", VpcIdentifier={
        "Ref": "Vpc"}), "Lattice"),
    "names that are asked of others": (added("Names", "AWS::Route53Resolver::ResolverRuleAssociation", VPCId={
        "Ref": "Vpc"}, ResolverRuleId="rslvr-rr-1"), "Names"),
    "a machine with an address": (added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[
        {"DeviceIndex": "0", "AssociatePublicIpAddress": True, "SubnetId": {"Ref": "PodSubnet1"}}]), "Machine"),
}


@pytest.mark.parametrize(("change", "subject"), OPENED.values(), ids=OPENED)
def test_every_door_that_was_not_there_is_opened(change, subject):
    """Each door is found by its name and told with why; turned, it is one less and opens nothing of its own."""
    both = pair("network-private", change)
    found = refutations(both, doors.found)
    assert [one.subject for one in found] == [subject]
    assert found[0].answer.counterexample["because"]
    assert "conditions" in found[0].answer.counterexample


def test_a_new_endpoint_is_told_with_its_service():
    """The counterexample of a new endpoint says which service it leads to."""
    (found,) = refutations(pair("network-private", OPENED["an endpoint"][0]), doors.found)
    assert found.answer.counterexample["ServiceName"] == "com.amazonaws.${AWS::Region}.ssm"


LESS = {
    "an endpoint less": gone("EndpointKms"), "a subnet less": lambda t: properties(t, "EndpointSqs")["SubnetIds"].pop(),
    "subnets in another order": lambda t: properties(t, "EndpointSqs")["SubnetIds"].reverse(),
    "acceptance as a word": given("EndpointService", AcceptanceRequired="true"),
    "no private names": given("EndpointSqs", PrivateDnsEnabled=False),
    "other tags": given("EndpointSqs", Tags=[]),
    "other health checks": given("LoadBalancerTargets1", HealthCheckProtocol="HTTP"),
    "a target group that nobody is sent to": lambda t: t["Resources"].update(
        Twin=copy.deepcopy(t["Resources"]["LoadBalancerTargets1"])),
    "a gateway by itself": added("Attached", "AWS::EC2::VPCGatewayAttachment", VpcId={"Ref": "Vpc"},
                                 InternetGatewayId="igw-1"),
    "no names at all": given("Vpc", EnableDnsSupport=False),
    "an endpoint in two halves": changed(
        _twin("EndpointSqs"), lambda t: t["Resources"]["Twin"].update(Condition="GuardDutyEnabled"),
        lambda t: t["Conditions"].update(Not={"Fn::Not": [{"Condition": "GuardDutyEnabled"}]}),
        lambda t: t["Resources"]["EndpointSqs"].update(Condition="Not")),
}


@pytest.mark.parametrize("change", LESS.values(), ids=LESS)
def test_what_opens_no_door_is_proved(change):
    """Less doors, or the same written otherwise, are no false alarm."""
    assert opened(pair("network-private", change), doors.found) is Verdict.PROVED


def test_a_gateway_by_itself_says_who_decides():
    """An internet gateway opens nothing without a route, and the note says so."""
    notes = [note for found in doors.found(pair("network-private", LESS["a gateway by itself"]))
             for note in found.answer.notes]
    assert "Attached opens nothing by itself: which packets take it, the network paths say" in notes


UNKNOWN = {
    "a key of a later day": given("EndpointSqs", Wormhole=True),
    "tables decided later": given("EndpointS3", RouteTableIds={"Ref": "AvailabilityZones"}),
    "private names decided later": changed(PARAMETER, given("EndpointSqs", PrivateDnsEnabled={"Ref": "Which"})),
    "acceptance that is not said": without("EndpointService", "AcceptanceRequired"),
    "principals decided later": given("EndpointServicePermissions", AllowedPrincipals={"Ref": "AvailabilityZones"}),
    "another kind of load balancer": given("LoadBalancer", Type="application"),
}


@pytest.mark.parametrize("change", UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_told_is_undecided(change):
    """A door whose change cannot be read is undecided, and no difference where both have it."""
    assert opened(pair("network-private", change), doors.found) is Verdict.UNDECIDED
    assert opened(pair("network-private", lambda t: None, change), doors.found) is Verdict.PROVED


def _allowed(*principals):
    return made({"Service": {"Type": "AWS::EC2::VPCEndpointService", "Properties": {"AcceptanceRequired": True}},
                 "Who": {"Type": "AWS::EC2::VPCEndpointServicePermissions", "Properties": {
                     "ServiceId": {"Ref": "Service"}, "AllowedPrincipals": list(principals)}}},
                {"One": {"Type": "String"}, "Two": {"Type": "String"}})


ROOT, ROLE = "arn:aws:iam::111122223333:root", "arn:aws:iam::111122223333:role/one"


@pytest.mark.parametrize(("before", "after", "verdict"), [
    ([ROOT], [ROLE], Verdict.PROVED), ([ROLE], [ROOT], Verdict.REFUTED), (["*"], [ROOT, ROLE], Verdict.PROVED),
    ([ROOT], ["arn:aws:iam::1111222233334:role/one"], Verdict.REFUTED), ([ROLE, ROOT], [ROOT, ROLE], Verdict.PROVED),
    ([{"Ref": "One"}], [{"Ref": "One"}], Verdict.PROVED), ([{"Ref": "One"}], [{"Ref": "Two"}], Verdict.REFUTED),
    ([{"Ref": "One"}], [{"Ref": "One"}, "*"], Verdict.REFUTED), (["*"], [{"Ref": "One"}], Verdict.PROVED),
    ([], [ROOT], Verdict.REFUTED), ([ROOT], [], Verdict.PROVED)])
def test_principals_are_a_set(before, after, verdict):
    """An account holds its roles, everybody holds all, and a parameter holds itself alone."""
    assert opened(asked(_allowed(*before), _allowed(*after)), doors.found) is verdict


def test_a_door_under_another_name_is_the_same():
    """Doors that only have another logical id open nothing either way."""
    body = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
    both = asked(made({"A": body, "B": body}), made({"C": body, "D": body}))
    assert opened(both, doors.found) is Verdict.PROVED
    assert opened(both.turned(), doors.found) is Verdict.PROVED
    more = asked(made({"A": body}), made({"C": body, "D": body}))
    assert len(refutations(more, doors.found)) == 1
