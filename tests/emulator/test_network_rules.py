"""What EC2 refuses in a network that a stack describes."""

import pytest


def resource(kind, **properties):
    """A resource of EC2; a VpcId is the logical id of the VPC."""
    found = {name: {"Ref": value} if name == "VpcId" else value for name, value in properties.items()}
    return {"Type": f"AWS::EC2::{kind}", "Properties": found}


def vpc(block="10.0.0.0/16", **more):
    """A VPC."""
    return resource("VPC", CidrBlock=block, **more)


def subnet(block="10.0.1.0/24"):
    """A subnet of V."""
    return resource("Subnet", VpcId="V", CidrBlock=block)


def endpoint(service="com.amazonaws.eu-west-1.sts", **more):
    """An interface endpoint in V with private DNS."""
    return resource("VPCEndpoint", VpcId="V", ServiceName=service,
                    **({"VpcEndpointType": "Interface", "PrivateDnsEnabled": True} | more))


def route(destination="0.0.0.0/0", **target):
    """A route of R."""
    return resource("Route", RouteTableId={"Ref": "R"}, DestinationCidrBlock=destination, **target)


def firewall(zone):
    """A firewall in a subnet of zone a, and a further endpoint of it in a zone."""
    def place(letter, number):
        return resource("Subnet", VpcId="V", CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"eu-west-1{letter}")

    parts = {
        "V": vpc(), "A": place("a", 1), "B": place(zone, 2),
        "P": {"FirewallPolicyName": "p", "FirewallPolicy": {
            "StatelessDefaultActions": ["aws:drop"], "StatelessFragmentDefaultActions": ["aws:drop"]}},
        "F": {"FirewallName": "f", "FirewallPolicyArn": {"Ref": "P"}, "VpcId": {"Ref": "V"},
              "SubnetMappings": [{"SubnetId": {"Ref": "A"}}]},
        "E": {"FirewallArn": {"Ref": "F"}, "VpcId": {"Ref": "V"}, "SubnetMapping": {"SubnetId": {"Ref": "B"}}},
    }
    types = {"P": "FirewallPolicy", "F": "Firewall", "E": "VpcEndpointAssociation"}
    return {name: {"Type": f"AWS::NetworkFirewall::{types[name]}", "Properties": part} if name in types else part
            for name, part in parts.items()}


DNS = {"EnableDnsSupport": True, "EnableDnsHostnames": True}
POD_BLOCK = resource("VPCCidrBlock", VpcId="V", CidrBlock="100.64.0.0/16")


@pytest.mark.parametrize(("resources", "reason"), [
    ({"V": vpc("10.0.0.0/15")}, "between /16 and /28"),
    ({"V": vpc(), "A": subnet("10.1.0.0/24")}, "lies in no block"),
    ({"V": vpc(), "A": subnet(), "B": subnet("10.0.1.128/25")}, "conflicts with another subnet"),
    ({"V": vpc(), "C": POD_BLOCK | {"DependsOn": "A"}, "A": subnet("100.64.0.0/18")}, "has by now"),
    ({"V": vpc(), "C": resource("VPCCidrBlock", VpcId="V", CidrBlock="10.0.0.0/20")}, "conflicts with another block"),
    ({"V": vpc(), "E": endpoint()}, "enableDnsHostnames"),
    ({"V": vpc(**DNS), "E": endpoint(), "F": endpoint()}, "conflicting DNS domain"),
    ({"V": vpc(**DNS), "E": endpoint(SubnetIds=["subnet-0"])}, "subnet-0"),
    ({"V": vpc(), "R": resource("RouteTable", VpcId="V"),
      **{n: endpoint(VpcEndpointType="Gateway", PrivateDnsEnabled=False, RouteTableIds=[{"Ref": "R"}]) for n in "EF"}},
     "already has a route"),
    ({"V": vpc(), "A": subnet(), "B": subnet("10.0.2.0/24"),
      "E": endpoint(PrivateDnsEnabled=False, SubnetIds=[{"Ref": "A"}, {"Ref": "B"}])}, "another VPC endpoint subnet"),
    ({"V": vpc(), "A": resource("Subnet", VpcId="V", CidrBlock="10.0.1.0/24", AvailabilityZone="eu-west-1d")},
     "not a zone"),
    ({"V": vpc(), "A": resource("Subnet", VpcId="V", CidrBlock="10.0.1.0/24", AvailabilityZoneId="use1-az1")},
     "not a zone"),
    ({"V": vpc(**DNS), "E": endpoint("com.amazonaws.us-east-1.sts")}, "us-east-1.sts' does not exist"),
    ({"V": vpc(), "A": resource("Subnet", VpcId="V", CidrBlock="10.0.1.0/24", Ipv6CidrBlock="2001:db8::/64")},
     "has by now"),
    ({"V": vpc(), "R": resource("RouteTable", VpcId="V"), "I": resource("InternetGateway"),
      "T": route(GatewayId={"Ref": "I"})}, "belong to different networks"),
    ({"V": vpc(), "R": resource("RouteTable", VpcId="V"), "T": route(NatGatewayId="nat-0")}, "nat-0"),
    ({"V": vpc(), "R": resource("RouteTable", VpcId="V"), "T": route(VpcEndpointId="vpce-0")}, "vpce-0"),
    ({"V": vpc(), "R": resource("RouteTable", VpcId="V"), "E": endpoint(PrivateDnsEnabled=False),
      "T": route(VpcEndpointId={"Ref": "E"})}, "no route leads to it"),
    ({"V": vpc(), "R": resource("RouteTable", VpcId="V"), "T": route("10.0.0.0/16", GatewayId="local")},
     "already exists"),
    ({"V": vpc(), "A": subnet(), "E": resource("EIP"), "N": resource(
        "NatGateway", SubnetId={"Ref": "A"}, AllocationId={"Fn::GetAtt": ["E", "AllocationId"]})},
     "no Internet gateway attached"),
    (firewall("b"), "has no subnet mapping in eu-west-1b"),
])
def test_refused(world, resources, reason):
    """The stack rolls back with the reason."""
    assert world.deploy(resources)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in world.reasons()


def test_a_sound_network(world):
    """Two blocks, subnets in both, and one endpoint per service go through, and a second run changes nothing."""
    resources = {
        "V": vpc(**DNS), "C": POD_BLOCK, "A": subnet(), "P": subnet("100.64.0.0/18") | {"DependsOn": "C"},
        "E": endpoint(SubnetIds=[{"Ref": "A"}]), "F": endpoint("com.amazonaws.eu-west-1.logs"),
    }
    assert world.deploy(resources)["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    changed = resources | {"A": resource("Subnet", VpcId="V", CidrBlock="10.0.1.0/24", MapPublicIpOnLaunch=False)}
    assert world.update(changed)["StackStatus"] == "UPDATE_COMPLETE", world.reasons()


def test_a_further_endpoint_in_the_zone_of_its_firewall(world):
    """A firewall may have a further endpoint where it has a subnet already."""
    assert world.deploy(firewall("a"))["StackStatus"] == "CREATE_COMPLETE", world.reasons()
