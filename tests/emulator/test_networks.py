"""A whole network of a stack: what EC2 answers about it, how it changes, and what holds it back from going."""

import json

import pytest


def of(kind, needs=None, **properties):
    """A resource of EC2."""
    return {"Type": f"AWS::EC2::{kind}", "Properties": properties} | ({"DependsOn": needs} if needs else {})


def ref(name):
    """What Ref answers for it."""
    return {"Ref": name}


IPV6 = {"Fn::Select": [3, {"Fn::Cidr": [{"Fn::Select": [0, {"Fn::GetAtt": ["V", "Ipv6CidrBlocks"]}]}, 256, "64"]}]}
POLICY = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": "*", "Action": "logs:PutLogEvents", "Resource": "*"}]}
NETWORK = {
    "V": of("VPC", CidrBlock="10.0.0.0/16", EnableDnsSupport=True, EnableDnsHostnames=True),
    "C": of("VPCCidrBlock", VpcId=ref("V"), CidrBlock="100.64.0.0/16"),
    "C6": of("VPCCidrBlock", VpcId=ref("V"), AmazonProvidedIpv6CidrBlock=True),
    "A": of("Subnet", needs="C6", VpcId=ref("V"), CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1a",
            Ipv6CidrBlock=IPV6, AssignIpv6AddressOnCreation=True),
    "B": of("Subnet", needs="C", VpcId=ref("V"), CidrBlock="100.64.0.0/20", AvailabilityZoneId="euw1-az2"),
    "G": of("SecurityGroup", VpcId=ref("V"), GroupDescription="g", SecurityGroupEgress=[
        {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}]),
    "W": of("InternetGateway"),
    "WA": of("VPCGatewayAttachment", VpcId=ref("V"), InternetGatewayId=ref("W")),
    "W6": of("EgressOnlyInternetGateway", VpcId=ref("V")),
    "E": of("EIP", needs="WA", Domain="vpc"),
    "N": of("NatGateway", needs="WA", SubnetId=ref("A"), AllocationId={"Fn::GetAtt": ["E", "AllocationId"]}),
    "T": of("RouteTable", VpcId=ref("V")),
    "TA": of("SubnetRouteTableAssociation", SubnetId=ref("A"), RouteTableId=ref("T")),
    "R": of("Route", RouteTableId=ref("T"), DestinationCidrBlock="0.0.0.0/0", NatGatewayId=ref("N")),
    "R6": of("Route", RouteTableId=ref("T"), DestinationIpv6CidrBlock="::/0", EgressOnlyInternetGatewayId=ref("W6")),
    "L": of("VPCEndpoint", VpcId=ref("V"), ServiceName="com.amazonaws.eu-west-1.logs", VpcEndpointType="Interface",
            PrivateDnsEnabled=True, SubnetIds=[ref("A")], SecurityGroupIds=[ref("G")], PolicyDocument=POLICY),
    "S": of("VPCEndpoint", VpcId=ref("V"), ServiceName="com.amazonaws.eu-west-1.s3", RouteTableIds=[ref("T")]),
}


def changed(name, **properties):
    """The network with other properties of one resource."""
    resource = NETWORK[name]
    return NETWORK | {name: resource | {"Properties": resource["Properties"] | properties}}


def ids(world):
    """The physical id of each resource of the stack."""
    rows = world.aws.client("cloudformation").list_stack_resources(StackName="stack")["StackResourceSummaries"]
    return {row["LogicalResourceId"]: row["PhysicalResourceId"] for row in rows}


@pytest.fixture
def ec2(world):
    """EC2, with the network deployed."""
    assert world.deploy(NETWORK)["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    return world.aws.client("ec2")


def test_further_blocks_are_shown(world, ec2):
    """DescribeVpcs lists a VPC's further blocks of both kinds and finds the VPC by them."""
    filters = [{"Name": "cidr-block-association.cidr-block", "Values": ["100.64.0.0/16"]}]
    [vpc] = ec2.describe_vpcs(Filters=filters)["Vpcs"]
    assert [row["CidrBlock"] for row in vpc["CidrBlockAssociationSet"]] == ["10.0.0.0/16", "100.64.0.0/16"]
    assert vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].endswith("::/56")


def test_subnets_show_zones_and_ipv6(world, ec2):
    """A subnet has the name and the id of its zone, its IPv6 block, and the addresses that are left in it."""
    made = ids(world)
    one, two = (ec2.describe_subnets(SubnetIds=[made[name]])["Subnets"][0] for name in "AB")
    assert [(s["AvailabilityZone"], s["AvailabilityZoneId"]) for s in (one, two)] == [
        ("eu-west-1a", "euw1-az1"), ("eu-west-1b", "euw1-az2")]
    assert one["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].endswith("03::/64")
    assert [one["AssignIpv6AddressOnCreation"], two["AssignIpv6AddressOnCreation"]] == [True, False]
    assert one["AvailableIpAddressCount"] == 256 - 5 - 1
    assert not one["MapPublicIpOnLaunch"]


def test_an_interface_endpoint_is_read_back(world, ec2):
    """DescribeVpcEndpoints shows policy, groups, private DNS, interfaces and names, and filters."""
    made = ids(world)
    [found] = ec2.describe_vpc_endpoints(Filters=[{"Name": "service-name", "Values": ["*.logs"]}])["VpcEndpoints"]
    assert found["VpcEndpointId"] == made["L"]
    assert json.loads(found["PolicyDocument"]) == POLICY
    assert [group["GroupId"] for group in found["Groups"]] == [made["G"]]
    assert found["PrivateDnsEnabled"] is True
    assert ".logs.eu-west-1.vpce." in found["DnsEntries"][0]["DnsName"]
    [interface] = ec2.describe_network_interfaces(NetworkInterfaceIds=found["NetworkInterfaceIds"])["NetworkInterfaces"]
    assert (interface["SubnetId"], interface["InterfaceType"]) == (made["A"], "vpc_endpoint")
    assert interface["PrivateIpAddress"].startswith("10.0.1.")
    assert world.refused(ec2.delete_network_interface,
                         NetworkInterfaceId=interface["NetworkInterfaceId"]) == "OperationNotPermitted"


def test_a_gateway_endpoint_is_read_back(world, ec2):
    """A gateway endpoint has route tables, no interface, and full access when no policy was given."""
    made = ids(world)
    [found] = ec2.describe_vpc_endpoints(VpcEndpointIds=[made["S"]])["VpcEndpoints"]
    assert (found["RouteTableIds"], found["NetworkInterfaceIds"]) == ([made["T"]], [])
    assert json.loads(found["PolicyDocument"])["Statement"][0]["Action"] == "*"


def test_egress_rules_replace_the_default(world, ec2):
    """A group with egress rules of its own does not let everything out."""
    [group] = ec2.describe_security_groups(GroupIds=[ids(world)["G"]])["SecurityGroups"]
    assert [rule["IpProtocol"] for rule in group["IpPermissionsEgress"]] == ["tcp"]


def test_a_nat_gateway_has_its_address(world, ec2):
    """The gateway shows its address, the address its use, and it cannot be released under the gateway."""
    [address] = ec2.describe_addresses()["Addresses"]
    [gateway] = ec2.describe_nat_gateways()["NatGateways"]
    assert gateway["NatGatewayAddresses"][0]["PublicIp"] == address["PublicIp"]
    assert address["AssociationId"] == gateway["NatGatewayAddresses"][0]["AssociationId"]
    assert world.refused(ec2.release_address, AllocationId=address["AllocationId"]) == "InvalidIPAddress.InUse"


@pytest.mark.parametrize(("name", "properties", "replaced"), [
    ("L", {"PolicyDocument": POLICY | {"Id": "other"}}, set()),
    ("L", {"SubnetIds": [{"Ref": "A"}, {"Ref": "B"}]}, set()),
    ("L", {"ServiceName": "com.amazonaws.eu-west-1.sts"}, {"L"}),
    ("B", {"CidrBlock": "100.64.16.0/20"}, {"B"}),
    ("B", {"MapPublicIpOnLaunch": True}, set()),
    ("N", {"Tags": [{"Key": "a", "Value": "b"}]}, set()),
    ("E", {"Tags": [{"Key": "a", "Value": "b"}]}, set()),
    ("W6", {"Tags": [{"Key": "a", "Value": "b"}]}, set()),
    ("G", {"SecurityGroupEgress": []}, set()),
    ("G", {"GroupDescription": "other"}, {"G"}),
    ("R", {"DestinationCidrBlock": "8.8.8.8/32"}, {"R"}),
])
def test_only_a_create_only_property_replaces(world, ec2, name, properties, replaced):
    """The resource keeps its id or gets a new one as its schema says, and no other id changes."""
    before = ids(world)
    assert world.update(changed(name, **properties))["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    after = ids(world)
    assert {each for each in before if before[each] != after[each]} == replaced


def test_the_tags_of_a_stack_reach_what_is_bridged(world, ec2):
    """NAT gateway, address and egress-only gateway get the stack's tags, and get them changed in place."""
    def tagged():
        rows = (*ec2.describe_nat_gateways()["NatGateways"], *ec2.describe_addresses()["Addresses"],
                *ec2.describe_egress_only_internet_gateways()["EgressOnlyInternetGateways"])
        return [next((tag["Value"] for tag in row.get("Tags", ()) if tag["Key"] == "whose"), "") for row in rows]

    before = ids(world)
    for value in ("mine", "yours"):
        ended = world.update(NETWORK, Tags=[{"Key": "whose", "Value": value}])
        assert ended["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
        assert tagged() == [value] * 3
    assert ids(world) == before


def test_a_change_set_says_what_is_replaced(world, ec2):
    """A change set names the replacement of a subnet beforehand."""
    cfn = world.aws.client("cloudformation")
    cfn.create_change_set(StackName="stack", ChangeSetName="c", TemplateBody=json.dumps(
        {"Resources": changed("B", CidrBlock="100.64.16.0/20")}))
    found = cfn.describe_change_set(StackName="stack", ChangeSetName="c")["Changes"]
    assert [(c["ResourceChange"]["LogicalResourceId"], c["ResourceChange"]["Replacement"]) for c in found] == [
        ("B", "True")]


def test_a_subnet_added_to_an_endpoint_gets_an_interface(world, ec2):
    """The endpoint keeps the interface it had, and loses it when the subnet is taken away."""
    [old] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    world.update(changed("L", SubnetIds=[ref("A"), ref("B")]))
    assert len(ec2.describe_network_interfaces()["NetworkInterfaces"]) == 2
    world.update(changed("L", SubnetIds=[ref("B")]))
    [left] = ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert (left["SubnetId"], old["SubnetId"]) == (ids(world)["B"], ids(world)["A"])


def test_a_subnet_cannot_be_replaced_in_its_own_block(world, ec2):
    """The successor comes before the predecessor goes, so a new zone in the same block is refused and rolled back."""
    before = ids(world)
    moved = of("Subnet", needs="C", VpcId=ref("V"), CidrBlock="100.64.0.0/20", AvailabilityZone="eu-west-1c")
    assert world.update(NETWORK | {"B": moved})["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "conflicts with another subnet" in world.reasons()
    assert ids(world) == before


def test_a_nat_gateway_cannot_move_with_its_address(world, ec2):
    """A new block for its subnet replaces the gateway, whose successor cannot have the address: it is rolled back."""
    before = ids(world)
    assert world.update(changed("A", CidrBlock="10.0.2.0/24", Ipv6CidrBlock={"Ref": "AWS::NoValue"},
                                AssignIpv6AddressOnCreation=False))["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "already associated" in world.reasons()
    assert {name: ids(world)[name] for name in "VAN"} == {name: before[name] for name in "VAN"}


def test_the_network_goes_with_its_stack(world, ec2):
    """Deleting the stack removes everything, in an order in which nothing is held back."""
    stack = world.aws.client("cloudformation").describe_stacks(StackName="stack")["Stacks"][0]["StackId"]
    world.aws.client("cloudformation").delete_stack(StackName="stack")
    assert world.at_rest(stack)["StackStatus"] == "DELETE_COMPLETE", world.reasons(stack)
    assert [vpc["IsDefault"] for vpc in ec2.describe_vpcs()["Vpcs"]] == [True]
    assert ec2.describe_network_interfaces()["NetworkInterfaces"] == ec2.describe_addresses()["Addresses"] == []


def test_an_interface_holds_the_network(world, ec2):
    """A stack whose subnet still has an interface fails to delete, and goes once the interface is gone."""
    cfn, made = world.aws.client("cloudformation"), ids(world)
    stack = cfn.describe_stacks(StackName="stack")["Stacks"][0]["StackId"]
    left = ec2.create_network_interface(SubnetId=made["B"])["NetworkInterface"]["NetworkInterfaceId"]
    cfn.delete_stack(StackName="stack")
    assert world.at_rest()["StackStatus"] == "DELETE_FAILED"
    assert f"'{made['B']}' has dependencies" in world.reasons()
    assert "DependencyViolation" in world.reasons()
    assert {"V", "B"} <= set(ids(world))
    ec2.delete_network_interface(NetworkInterfaceId=left)
    cfn.delete_stack(StackName="stack")
    assert world.at_rest(stack)["StackStatus"] == "DELETE_COMPLETE"


@pytest.mark.parametrize(("action", "parameter", "name"), [
    ("delete_vpc", "VpcId", "V"), ("delete_subnet", "SubnetId", "A"), ("delete_security_group", "GroupId", "G"),
    ("delete_route_table", "RouteTableId", "T"), ("delete_internet_gateway", "InternetGatewayId", "W"),
])
def test_the_api_refuses_to_delete_what_is_in_use(world, ec2, action, parameter, name):
    """EC2's own door refuses with DependencyViolation too."""
    assert world.refused(getattr(ec2, action), **{parameter: ids(world)[name]}) == "DependencyViolation"


def test_a_group_that_a_rule_names_stays(world, ec2):
    """A security group cannot be deleted while a rule of another one names it."""
    vpc = ids(world)["V"]
    one, two = (ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"] for name in "xy")
    ec2.authorize_security_group_ingress(GroupId=two, IpPermissions=[
        {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": one}]}])
    assert world.refused(ec2.delete_security_group, GroupId=one) == "DependencyViolation"
    ec2.delete_security_group(GroupId=two)
    ec2.delete_security_group(GroupId=one)


def test_interfaces_are_filtered(world, ec2):
    """DescribeNetworkInterfaces answers what the filters ask for, and refuses a filter it does not know."""
    made = ids(world)
    ec2.create_network_interface(SubnetId=made["B"], Groups=[made["G"]], TagSpecifications=[
        {"ResourceType": "network-interface", "Tags": [{"Key": "a", "Value": "b"}]}])

    def found(name, text):
        rows = ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [text]}])["NetworkInterfaces"]
        return len(rows)

    assert [found("vpc-id", made["V"]), found("subnet-id", made["B"]), found("group-id", made["G"]),
            found("tag:a", "b"), found("status", "in-use"), found("vpc-id", "vpc-0")] == [2, 1, 2, 1, 1, 0]
    assert world.refused(found, name="colour", text="red") == "InvalidParameterValue"
    assert world.refused(ec2.create_network_interface, SubnetId="subnet-0") == "InvalidSubnetID.NotFound"


def test_a_firewall_is_the_target_of_a_route(world):
    """A route leads to the endpoint of a recorded firewall; one more zone keeps the endpoints there were."""
    def network(*subnets):
        return {name: NETWORK[name] for name in ("V", "C", "C6", "A", "B", "T")} | {
            "P": {"Type": "AWS::NetworkFirewall::FirewallPolicy", "Properties": {
                "FirewallPolicyName": "p", "FirewallPolicy": {
                    "StatelessDefaultActions": ["aws:pass"], "StatelessFragmentDefaultActions": ["aws:pass"]}}},
            "F": {"Type": "AWS::NetworkFirewall::Firewall", "Properties": {
                "FirewallName": "f", "FirewallPolicyArn": ref("P"), "VpcId": ref("V"),
                "SubnetMappings": [{"SubnetId": ref(subnet)} for subnet in subnets]}},
            "R": of("Route", RouteTableId=ref("T"), DestinationCidrBlock="0.0.0.0/0", VpcEndpointId={
                "Fn::Select": [1, {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["F", "EndpointIds"]}]}]}]}),
        }

    def target():
        [table] = ec2.describe_route_tables(RouteTableIds=[ids(world)["T"]])["RouteTables"]
        return next(route["GatewayId"] for route in table["Routes"] if route["DestinationCidrBlock"] == "0.0.0.0/0")

    ec2 = world.aws.client("ec2")
    assert world.deploy(network("A"))["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    before = target()
    assert before.startswith("vpce-")
    assert world.update(network("A", "B"))["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    assert target() == before
