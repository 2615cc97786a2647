"""A VPC that is brought, as the embedded AWS has it: each check on a VPC that is right, and on one that is wrong."""

import json
from typing import Any

import pytest

from conveyor_iac.cli.findings import brought
from conveyor_iac.emulator.deploying import settled
from tests.doctor.aws_words import obey
from tests.doctor.conftest import Written, case, look

CHECKS = (brought.vpc, brought.vpc_dns, brought.vpc_subnets, brought.vpc_route_tables, brought.private_dns,
          brought.s3_route)


@pytest.fixture
def vpc(aws):
    """A VPC with two blocks, an endpoint subnet in each of two zones, a route table, and both DNS attributes."""
    ec2 = aws.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    block = {"Type": "AWS::EC2::VPCCidrBlock", "Properties": {"VpcId": made, "CidrBlock": "100.64.0.0/16"}}
    formation = aws.client("cloudformation")
    formation.create_stack(StackName="block", TemplateBody=json.dumps({"Resources": {"Block": block}}))
    settled(formation, "block", "CREATE_COMPLETE")
    ec2.modify_vpc_attribute(VpcId=made, EnableDnsHostnames={"Value": True})
    subnets = [ec2.create_subnet(VpcId=made, CidrBlock=f"10.20.{number}.0/24",
                                 AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
               for number, zone in enumerate("ab")]
    table = ec2.create_route_table(VpcId=made)["RouteTable"]["RouteTableId"]
    return {"vpc": made, "cidrs": ["10.20.0.0/16", "100.64.0.0/16"], "endpoint_subnets": subnets,
            "route_tables": [table]}


def words(brought_vpc: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The file's words for a VPC that is brought, with these changes."""
    return {"cognito_access": "proxy", "network": {"existing": {**brought_vpc, **changes}}}


def endpoint(aws, vpc, service, kind="Interface", tag=None):
    """An endpoint that is in the VPC already: somebody's, or with the tag of a tenant."""
    places = {"SubnetIds": vpc["endpoint_subnets"], "PrivateDnsEnabled": True} if kind == "Interface" else {
        "RouteTableIds": vpc["route_tables"]}
    marks = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "conveyor:tenant", "Value": tag}]}] if tag else []
    aws.client("ec2").create_vpc_endpoint(VpcId=vpc["vpc"], VpcEndpointType=kind, TagSpecifications=marks, **places,
                                          ServiceName=f"com.amazonaws.eu-west-1.{service}")


@pytest.mark.parametrize("check", CHECKS)
def test_a_good_vpc(check, vpc, account):
    """A VPC that is as the file says passes every check."""
    assert look(check, changes=words(vpc), account=account).state == "ok", look(
        check, changes=words(vpc), account=account)


@pytest.mark.parametrize("check", [*CHECKS, brought.vpc_tags, brought.vpc_ways_out, brought.existing_endpoints])
def test_a_vpc_of_ours(check):
    """Where no VPC is brought, none of this applies."""
    assert check.on(case({}, Written({}))) is None


def test_a_vpc_that_is_not_there(vpc, account):
    """A VPC of another region or account is not there."""
    found = look(brought.vpc, changes=words(vpc, vpc="vpc-0123456789abcdef0"), account=account)
    assert (found.state, "no vpc-0123456789abcdef0" in found.why) == ("fault", True)


@pytest.mark.parametrize("cidrs", [["10.20.0.0/16"], ["10.20.0.0/16", "100.64.0.0/16", "100.65.0.0/16"]])
def test_other_cidrs(vpc, account, cidrs):
    """A CIDR too few or too many in the file is a fault; the fix is the line as the VPC has it."""
    found = look(brought.vpc, changes=words(vpc, cidrs=cidrs), account=account)
    assert (found.state, "cidrs: [10.20.0.0/16, 100.64.0.0/16]" in found.fix) == ("fault", True)


@pytest.mark.parametrize("name", ["EnableDnsSupport", "EnableDnsHostnames"])
def test_a_dns_attribute_that_is_off(aws, vpc, account, name):
    """Each DNS attribute that is off is a fault, and its command mends it."""
    aws.client("ec2").modify_vpc_attribute(VpcId=vpc["vpc"], **{name: {"Value": False}})
    found = look(brought.vpc_dns, changes=words(vpc), account=account)
    assert (found.state, found.why) == ("fault", f"off: {name[0].lower()}{name[1:]}")
    obey(aws, found.fix)
    assert look(brought.vpc_dns, changes=words(vpc), account=type(account)(aws.region)).state == "ok"


@pytest.mark.parametrize("key", ["endpoint_subnets", "node_subnets", "pod_subnets"])
def test_a_subnet_of_another_vpc(vpc, account, key):
    """A subnet of any kind that is none of the VPC's is a fault that names it."""
    strange = "subnet-0123456789abcdef9"
    found = look(brought.vpc_subnets, changes=words(vpc, **{key: [*vpc.get(key, []), strange]}), account=account)
    assert (found.state, strange in found.why) == ("fault", True)


@pytest.mark.parametrize("key", ["node_subnets", "pod_subnets"])
def test_a_subnet_without_the_tag(aws, vpc, account, key):
    """A subnet of nodes or pods without the tenant's tag is a fault, and its command mends it."""
    changes = words(vpc, **{key: vpc["endpoint_subnets"][:1]})
    found = look(brought.vpc_tags, changes=changes, account=account)
    assert (found.state, vpc["endpoint_subnets"][0] in found.why) == ("fault", True)
    obey(aws, found.fix)
    assert look(brought.vpc_tags, changes=changes, account=type(account)(aws.region)).state == "ok"


@pytest.mark.parametrize("own", [True, False])
def test_a_tagged_subnet_that_leads_out(aws, vpc, account, own):
    """A tagged subnet whose own table, or the main one, leads to an internet gateway is a fault; the tag goes."""
    ec2, subnet = aws.client("ec2"), vpc["endpoint_subnets"][0]
    assert look(brought.vpc_ways_out, changes=words(vpc), account=account).state == "ok"
    ec2.create_tags(Resources=[subnet], Tags=[{"Key": "conveyor:tenant", "Value": "acme"}])
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc["vpc"])
    if own:
        table = vpc["route_tables"][0]
        ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    else:
        (table,) = (row["RouteTableId"] for row in ec2.describe_route_tables(Filters=[
            {"Name": "vpc-id", "Values": [vpc["vpc"]]}])["RouteTables"] if any(entry["Main"] for entry
                                                                             in row["Associations"]))
    assert look(brought.vpc_ways_out, changes=words(vpc), account=type(account)(aws.region)).state == "ok"
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    found = look(brought.vpc_ways_out, changes=words(vpc), account=type(account)(aws.region))
    assert (found.state, found.why) == ("fault", f"leads to an internet gateway: {subnet}")
    obey(aws, found.fix)
    assert look(brought.vpc_ways_out, changes=words(vpc), account=type(account)(aws.region)).state == "ok"


def test_two_endpoint_subnets_in_a_zone(aws, vpc, account):
    """An endpoint takes one subnet per zone."""
    second = aws.client("ec2").create_subnet(VpcId=vpc["vpc"], CidrBlock="10.20.9.0/24",
                                             AvailabilityZone="eu-west-1b")["Subnet"]["SubnetId"]
    changes = words(vpc, endpoint_subnets=[*vpc["endpoint_subnets"], second])
    found = look(brought.vpc_subnets, changes=changes, account=account)
    assert (found.state, "euw1-az2" in found.why) == ("fault", True)


def test_a_route_table_of_another_vpc(vpc, account):
    """A route table that is none of the VPC's is a fault."""
    found = look(brought.vpc_route_tables, changes=words(vpc, route_tables=["rtb-0123456789abcdef9"]), account=account)
    assert found.state == "fault"


@pytest.mark.parametrize(("check", "service", "kind"), [
    (brought.private_dns, "sts", "Interface"), (brought.s3_route, "s3", "Gateway")])
def test_a_clash(aws, vpc, account, check, service, kind):
    """An endpoint that is there already clashes; the fix is the line that leaves ours out, and then it is gone."""
    endpoint(aws, vpc, service, kind)
    found = look(check, changes=words(vpc), account=account)
    assert (found.state, f"endpoints: [{service}]" in found.fix) == ("fault", True)
    mended = words(vpc, endpoints=[service])
    assert getattr(check.on(case(mended, account)), "state", "does not apply") in ("ok", "does not apply")
    assert look(brought.existing_endpoints, changes=mended, account=account).state == "ok"


@pytest.mark.parametrize(("tag", "state"), [("acme", "ok"), ("other", "fault")])
def test_our_own_endpoints_do_not_clash(aws, vpc, account, tag, state):
    """After the deploy our own endpoints are there: they carry this tenant's tag, another tenant's clash."""
    endpoint(aws, vpc, "sts", tag=tag)
    assert look(brought.private_dns, changes=words(vpc), account=account).state == state


def test_an_endpoint_that_is_not_there(vpc, account):
    """An endpoint the file counts on, and the VPC does not have, is a fault."""
    found = look(brought.existing_endpoints, changes=words(vpc, endpoints=["sts"]), account=account)
    assert (found.state, "no endpoint for sts" in found.why) == ("fault", True)


@pytest.mark.parametrize("check", CHECKS)
def test_what_nobody_may_read(vpc, check):
    """A refused question is unknown."""
    assert look(check, changes=words(vpc), account=Written({})).state == "unknown"
