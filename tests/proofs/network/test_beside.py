"""What other templates, other tables and other machines may do to the claims about paths and names."""

import json
from dataclasses import replace

import pytest

from conveyor_iac.proofs.claims.network.allow_list_only import CLAIM as ALLOW_LIST
from conveyor_iac.proofs.claims.network.dns_exit import CLAIM as DNS
from conveyor_iac.proofs.claims.network.no_internet_path import CLAIM
from conveyor_iac.proofs.template import read
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network import test_allow_list_only, test_dns_exit
from tests.proofs.network.published import (
    PRIVATE_PODS,
    added,
    answer,
    case,
    changed,
    given,
    renamed,
)

IMPORTED = {"Fn::ImportValue": "network-pod-table"}
CLAIMS = ((CLAIM, PRIVATE_PODS), (ALLOW_LIST, test_allow_list_only.LIST))


def _resource(type_name, /, **values):
    return {"Type": type_name, "Properties": values}


def _beside(made, *resources):
    body = {"Parameters": {"Table": {"Type": "String"}, "Zones": {"Type": "String"}},
            "Conditions": {"Wide": {"Fn::Equals": [{"Ref": "Zones"}, "3"]}},
            "Resources": {f"Thing{number}": row for number, row in enumerate(resources)}}
    return replace(made, beside=(read(json.dumps(body), "more"),))


def _route(table, **more):
    return _resource("AWS::EC2::Route", RouteTableId=table,
                     **({"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0123456789abcdef0"} | more))


OWN_TABLE = _resource("AWS::EC2::RouteTable", VpcId={"Fn::ImportValue": "network-vpc"})
MAY_ADD = {
    "a route by import": (_route(IMPORTED),),
    "a route by parameter": (_route({"Ref": "Table"}),),
    "a route by id": (_route("rtb-0123456789abcdef0"),),
    "a route read elsewhere": (_route("{{resolve:ssm:/table}}"),),
    "a route in one world": (_route({"Fn::If": ["Wide", IMPORTED, {"Ref": "Thing1"}]}), OWN_TABLE),
    "a route by a resource that is no table": (
        _route({"Ref": "Thing1"}), _resource("Custom::Table", ServiceToken="arn:aws:lambda:eu-west-1:1:function:f")),
    "a subnet by import": (_resource("AWS::EC2::SubnetRouteTableAssociation", SubnetId=IMPORTED, RouteTableId={
        "Ref": "Thing1"}), OWN_TABLE),
    "a gateway's table": (_resource("AWS::EC2::GatewayRouteTableAssociation", GatewayId=IMPORTED, RouteTableId={
        "Ref": "Thing1"}), OWN_TABLE),
    "learned routes": (_resource("AWS::EC2::VPNGatewayRoutePropagation", VpnGatewayId="vgw-1", RouteTableIds=[
        {"Ref": "Thing1"}, IMPORTED]), OWN_TABLE),
    "a route server": (_resource("AWS::EC2::RouteServerPropagation", RouteServerId="rs-1", RouteTableId=IMPORTED),),
    "a gateway of the VPC": (_resource("AWS::EC2::VPCGatewayAttachment", VpcId=IMPORTED, InternetGatewayId="igw-1"),),
}


@pytest.mark.parametrize("resources", MAY_ADD.values(), ids=MAY_ADD)
@pytest.mark.parametrize(("claim", "contract"), CLAIMS, ids=["no-internet-path", "allow-list-only"])
def test_routes_of_a_template_beside_are_undecided(claim, contract, resources):
    """A template beside that may add a route to a table of this one leaves every path open, and is named."""
    found = claim.check(_beside(case("network-private", contract), *resources))
    assert found.verdict is Verdict.UNDECIDED
    assert any(note.startswith("more: Thing0 may add routes") for note in found.notes)


MAY_NOT = {
    "a route in its own table": (_route({"Fn::GetAtt": ["Thing1", "RouteTableId"]}), OWN_TABLE),
    "one of its own tables": (_route({"Fn::If": ["Wide", {"Ref": "Thing1"}, {"Ref": "Thing2"}]}), OWN_TABLE, OWN_TABLE),
    "a route to the VPC itself": ({"Type": "AWS::EC2::Route", "Properties": {
        "RouteTableId": IMPORTED, "DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"}},),
    "its own subnet": (_resource("AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "Thing1"}, RouteTableId={
        "Ref": "Table"}), _resource("AWS::EC2::Subnet", VpcId=IMPORTED)),
    "a gateway endpoint": (_resource("AWS::EC2::VPCEndpoint", VpcId=IMPORTED, RouteTableIds=[IMPORTED],
                                     ServiceName={"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"}),),
}


@pytest.mark.parametrize("resources", MAY_NOT.values(), ids=MAY_NOT)
@pytest.mark.parametrize(("claim", "contract"), CLAIMS, ids=["no-internet-path", "allow-list-only"])
def test_templates_that_keep_to_their_own_are_no_alarm(claim, contract, resources):
    """A template beside that routes only its own tables, or only to a service, changes nothing."""
    assert claim.check(_beside(case("network-private", contract), *resources)).verdict is Verdict.PROVED


def test_a_whole_network_beside_is_no_alarm():
    """Published networks beside each other are proved as they are alone."""
    made = replace(case("network-private", PRIVATE_PODS), beside=tuple(
        case(name).template for name in ("network-shared", "network-dedicated", "network-private-existing-vpc")))
    assert CLAIM.check(made).verdict is Verdict.PROVED


@pytest.mark.parametrize("row", [
    _resource("AWS::Route53Resolver::FirewallConfig", ResourceId=IMPORTED, FirewallFailOpen="ENABLED"),
    _resource("AWS::Route53Resolver::FirewallRuleGroupAssociation", VpcId=IMPORTED, Priority=101,
              FirewallRuleGroupId="rslvr-frg-1")], ids=["fails open", "rules"])
def test_a_dns_firewall_beside_is_undecided(row):
    """A template beside that may change this one's DNS firewall leaves the answer open."""
    made = case("network-private", test_dns_exit.CONTRACT, test_dns_exit.mended)
    assert DNS.check(made).verdict is Verdict.PROVED
    assert DNS.check(_beside(made, row)).verdict is Verdict.UNDECIDED


TABLES = {"a parameter": {"Ref": "TenantId"}, "an id": "rtb-0123456789abcdef0", "an import": IMPORTED,
          "a reference": "{{resolve:ssm:/table}}", "an output": {"Fn::GetAtt": ["Inner", "Outputs.Table"]}}


def _astray(table, **more):
    target = more or {"NatGatewayId": {"Ref": "NatGateway1"}}
    return changed(added("Inner", "AWS::CloudFormation::Stack", TemplateURL="https://example.com/t"),
                   added("Out", "AWS::EC2::Route", RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", **target))


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize(("claim", "contract"), CLAIMS, ids=["no-internet-path", "allow-list-only"])
def test_a_way_out_in_a_table_of_elsewhere_is_undecided(claim, contract, table):
    """A table that is not told by its name may be the subnet's own, or a main table: its way out is anybody's."""
    for change in (_astray(table), changed(_astray(table), lambda t: t["Resources"].pop("PodSubnet1Association"))):
        found = answer(claim, "network-private", contract, change)
        assert found.verdict is Verdict.UNDECIDED
        assert any("may be the subnet's own table" in note for note in found.notes)


def test_routes_learned_in_a_table_of_elsewhere_are_undecided():
    """What a gateway writes into a table that is not told may be in the subnet's own."""
    change = added("Learned", "AWS::EC2::VPNGatewayRoutePropagation", VpnGatewayId="vgw-1",
                   RouteTableIds=[{"Ref": "TenantId"}])
    assert answer(CLAIM, "network-private", PRIVATE_PODS, change).verdict is Verdict.UNDECIDED


def test_a_table_for_a_subnet_of_elsewhere_may_be_the_named_ones():
    """A table with a way out that a subnet named by a parameter gets may be the named subnet's; one without is fine."""
    for table, verdict in (("PublicRouteTable1", Verdict.UNDECIDED), ("EndpointRouteTable", Verdict.PROVED)):
        change = added("More", "AWS::EC2::SubnetRouteTableAssociation", SubnetId={"Ref": "TenantId"},
                       RouteTableId={"Ref": table})
        assert answer(CLAIM, "network-private", PRIVATE_PODS, change).verdict is verdict


def test_no_way_out_in_a_table_of_elsewhere_is_no_alarm():
    """A route to the VPC itself, or for private addresses, leads nowhere in whatever table it is."""
    private = added("Out", "AWS::EC2::Route", RouteTableId={"Ref": "TenantId"}, DestinationCidrBlock="10.0.0.0/8",
                    TransitGatewayId="tgw-0123456789abcdef0")
    for change in (_astray({"Ref": "TenantId"}, GatewayId="local"), private):
        assert answer(CLAIM, "network-private", PRIVATE_PODS, change).verdict is Verdict.PROVED


def _setting(vpc, word):
    return added("Setting", "AWS::Route53Resolver::FirewallConfig", ResourceId=vpc, FirewallFailOpen=word)


@pytest.mark.parametrize(("vpc", "word", "verdict"), [
    ({"Ref": "Vpc"}, "ENABLED", Verdict.REFUTED), ({"Fn::GetAtt": ["Vpc", "VpcId"]}, "ENABLED", Verdict.REFUTED),
    ({"Ref": "Vpc"}, {"Fn::If": ["HasThirdZone", "ENABLED", "DISABLED"]}, Verdict.REFUTED),
    ({"Ref": "Vpc"}, {"Ref": "TenantId"}, Verdict.UNDECIDED),
    ({"Ref": "Vpc"}, "USE_LOCAL_RESOURCE_SETTING", Verdict.UNDECIDED),
    ({"Ref": "TenantId"}, "ENABLED", Verdict.UNDECIDED),
    ({"Ref": "Vpc"}, "DISABLED", Verdict.PROVED), ({"Ref": "TenantId"}, "DISABLED", Verdict.PROVED),
], ids=["open", "by attribute", "in one world", "unknown", "a profile's", "some VPC", "shut", "some VPC, shut"])
def test_a_dns_firewall_that_fails_open_holds_nothing(vpc, word, verdict):
    """A DNS firewall of the subnets' VPC must be shut while it cannot answer."""
    found = answer(DNS, "network-private", test_dns_exit.CONTRACT, test_dns_exit.mended, _setting(vpc, word))
    assert found.verdict is verdict
    if verdict is Verdict.REFUTED:
        assert "Setting lets every name pass" in found.counterexample["because"]


POD, NODE = {"Ref": "PodSubnet1"}, {"Ref": "NodeSubnet1"}
CARD = added("Card", "AWS::EC2::NetworkInterface", SubnetId=POD)
JOINED = {
    "two interfaces": added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[
        {"DeviceIndex": "0", "SubnetId": POD}, {"DeviceIndex": "1", "SubnetId": NODE}]),
    "an interface of its own": changed(CARD, added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[
        {"DeviceIndex": "0", "SubnetId": NODE}, {"DeviceIndex": "1", "NetworkInterfaceId": {"Ref": "Card"}}])),
    "an interface attached": changed(
        CARD, added("Machine", "AWS::EC2::Instance", SubnetId=NODE), added(
            "Link", "AWS::EC2::NetworkInterfaceAttachment", InstanceId={"Ref": "Machine"}, DeviceIndex="1",
            NetworkInterfaceId={"Ref": "Card"})),
    "a machine of elsewhere": changed(CARD, added(
        "Link", "AWS::EC2::NetworkInterfaceAttachment", InstanceId="i-0123456789abcdef0", DeviceIndex="1",
        NetworkInterfaceId={"Fn::GetAtt": ["Card", "Id"]})),
    "a subnet of elsewhere": added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[
        {"DeviceIndex": "0", "SubnetId": POD}, {"DeviceIndex": "1", "SubnetId": {"Ref": "TenantId"}}]),
    "a launch template": added("Machines", "AWS::EC2::LaunchTemplate", LaunchTemplateData={"NetworkInterfaces": [
        {"DeviceIndex": 0, "SubnetId": POD}, {"DeviceIndex": 1, "SubnetId": {"Ref": "PublicSubnet1"}}]}),
    "in one world": added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[
        {"DeviceIndex": "0", "SubnetId": POD},
        {"Fn::If": ["HasThirdZone", {"DeviceIndex": "1", "SubnetId": NODE}, {"Ref": "AWS::NoValue"}]}]),
}


@pytest.mark.parametrize("change", JOINED.values(), ids=JOINED)
def test_a_machine_that_joins_subnets_is_undecided(change):
    """A machine in a named subnet and in one with a way out is a way beside every route."""
    for one in (change, changed(change, renamed)):
        subnets = ["PodSubnet*", "XPodSubnet*"] if one is not change else ["PodSubnet*"]
        part = PRIVATE_PODS | {"subnets": subnets[-1:]}
        found = answer(CLAIM, "network-private", part, one)
        assert found.verdict is Verdict.UNDECIDED
        assert any(" joins " in note for note in found.notes)


def test_a_machine_past_the_firewall_is_undecided():
    """Where names are agreed, a machine that also stands behind no firewall is a way too."""
    change = added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[
        {"DeviceIndex": "0", "SubnetId": NODE}, {"DeviceIndex": "1", "SubnetId": {"Ref": "PublicSubnet1"}}])
    found = answer(ALLOW_LIST, "network-private", test_allow_list_only.LIST, change)
    assert found.verdict is Verdict.UNDECIDED
    assert any(" joins " in note for note in found.notes)


def test_machines_in_subnets_without_a_way_out_are_no_alarm():
    """A machine in one named subnet, or in several that lead nowhere, joins nothing; nor do two judged subnets."""
    two = lambda *subnets: added("Machine", "AWS::EC2::Instance", NetworkInterfaces=[  # noqa: E731
        {"DeviceIndex": str(number), "SubnetId": subnet} for number, subnet in enumerate(subnets)])
    for change in (two(POD), two(POD, {"Ref": "PodSubnet2"}), two(POD, {"Ref": "EndpointSubnet1"}), two(NODE), CARD):
        assert answer(CLAIM, "network-private", PRIVATE_PODS, change).verdict is Verdict.PROVED
    assert answer(ALLOW_LIST, "network-private", test_allow_list_only.LIST, two(POD, NODE)).verdict is Verdict.PROVED


def _endpoint(service, kind="Interface", **more):
    return added("Door", "AWS::EC2::VPCEndpoint", VpcId={"Ref": "Vpc"}, VpcEndpointType=kind, PolicyDocument={},
                 **({"ServiceName": service} if service else {}), **more)


SOMEBODY = {
    "a service network": added("Door", "AWS::VpcLattice::ServiceNetworkVpcAssociation", VpcIdentifier={"Ref": "Vpc"}),
    "a resource gateway": added("Door", "AWS::VpcLattice::ResourceGateway", VpcIdentifier={"Ref": "Vpc"}),
    "an endpoint of a resource": _endpoint(None, "Resource", ResourceConfigurationArn="arn:aws:x"),
    "an endpoint of a service network": _endpoint(None, "ServiceNetwork", ServiceNetworkArn="arn:aws:x"),
    "an endpoint service": _endpoint("com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0"),
    "a service in a parameter": _endpoint({"Fn::Sub": "com.amazonaws.vpce.${AWS::Region}.${TenantId}"}),
}


@pytest.mark.parametrize("change", SOMEBODY.values(), ids=SOMEBODY)
def test_services_of_somebody_else_are_told(change):
    """What leads to neither AWS's nor the template's own service is told beside the proof, by its name."""
    for claim, contract in CLAIMS:
        found = answer(claim, "network-private", contract, change)
        assert found.verdict is Verdict.PROVED
        assert "leads to a service of somebody else: Door" in found.notes


def test_own_services_are_not_told():
    """A service of AWS or of the template itself is nobody else's."""
    own = _endpoint({"Fn::Sub": "com.amazonaws.vpce.${AWS::Region}.${EndpointService}"})
    for change in (lambda t: None, own, given("EndpointSqs", PrivateDnsEnabled=False)):
        notes = answer(CLAIM, "network-private", PRIVATE_PODS, change).notes
        assert not any("somebody else" in note for note in notes)
