"""Network load balancers of a stack, as ELBv2 answers them."""

import pytest

NETWORK = {
    "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    **{name: {"Type": "AWS::EC2::Subnet", "Properties": {
        "VpcId": {"Ref": "V"}, "CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": f"eu-west-1{zone}"}}
       for number, (name, zone) in enumerate([("A", "a"), ("B", "b"), ("C", "b")])},
    "G": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "V"}}},
}


def balanced(*subnets, **properties):
    """A network load balancer with a listener and a target group."""
    return NETWORK | {
        "L": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
            "Type": "network", "Scheme": "internal", "Subnets": [{"Ref": name} for name in subnets],
            "SecurityGroups": [{"Ref": "G"}], **properties}},
        "T": {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {
            "Protocol": "TCP", "Port": 443, "TargetType": "ip", "VpcId": {"Ref": "V"}}},
        "H": {"Type": "AWS::ElasticLoadBalancingV2::Listener", "Properties": {
            "LoadBalancerArn": {"Ref": "L"}, "Protocol": "TCP", "Port": 443,
            "DefaultActions": [{"Type": "forward", "TargetGroupArn": {"Ref": "T"}}]}},
    }


def test_a_network_load_balancer_is_read_back(world):
    """ARN, VPC, zones, switch for PrivateLink traffic, attributes, health check and listener are those of its kind."""
    outputs = {"Name": {"Value": {"Fn::GetAtt": ["L", "LoadBalancerFullName"]}}}
    stack = world.deploy(balanced("A", "B", EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off",
                                  LoadBalancerAttributes=[{"Key": "load_balancing.cross_zone.enabled",
                                                           "Value": "true"}]),
                         sections={"Outputs": outputs})
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    elb = world.aws.client("elbv2")
    [found] = elb.describe_load_balancers()["LoadBalancers"]
    arn = found["LoadBalancerArn"]
    assert stack["Outputs"][0]["OutputValue"] == arn.partition("loadbalancer/")[2]
    assert ":loadbalancer/net/" in arn
    assert found["VpcId"] != "vpc-00000001"
    assert [zone["ZoneName"] for zone in found["AvailabilityZones"]] == ["eu-west-1a", "eu-west-1b"]
    assert (found["Type"], found["Scheme"], len(found["SecurityGroups"])) == ("network", "internal", 1)
    assert found["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"] == "off"
    attributes = {row["Key"]: row["Value"]
                  for row in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
    assert attributes["load_balancing.cross_zone.enabled"] == "true"
    assert attributes["deletion_protection.enabled"] == "false"
    [listener] = elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    assert ":listener/net/" in listener["ListenerArn"]
    [group] = elb.describe_target_groups(LoadBalancerArn=arn)["TargetGroups"]
    assert (group["HealthCheckProtocol"], "HealthCheckPath" in group, "Matcher" in group) == ("TCP", False, False)


def test_the_api_makes_the_same_kind(world):
    """A network load balancer of the API has an ARN of its kind too, and its listener can be found by it."""
    world.deploy(NETWORK)
    [vpc] = [v["VpcId"] for v in world.aws.client("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]]
    [subnet, *_] = world.aws.client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
    elb = world.aws.client("elbv2")
    [made] = elb.create_load_balancer(Name="n", Type="network", Subnets=[subnet["SubnetId"]])["LoadBalancers"]
    assert ":loadbalancer/net/n/" in made["LoadBalancerArn"]
    assert elb.describe_load_balancers(LoadBalancerArns=[made["LoadBalancerArn"]])["LoadBalancers"]


def test_an_update_keeps_it_and_a_scheme_replaces_it(world):
    """Another subnet keeps the ARN; another scheme brings a new one."""
    def arn():
        return world.aws.client("elbv2").describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]

    world.deploy(balanced("A"))
    before = arn()
    assert world.update(balanced("A", "B"))["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    assert arn() == before
    assert world.update(balanced("A", "B", Scheme="internet-facing"))["StackStatus"] == "UPDATE_COMPLETE"
    assert arn() != before


@pytest.mark.parametrize(("name", "changes", "replaced"), [
    ("L", {"Scheme": "internet-facing"}, True), ("L", {"Name": "other"}, True),
    ("T", {"Port": 8443}, True), ("T", {"Protocol": "TLS"}, True), ("T", {"VpcId": {"Ref": "W"}}, True),
    ("T", {"Name": "other"}, True), ("T", {"HealthCheckPort": "8443"}, False), ("H", {"Port": 8443}, False),
])
def test_what_replaces_a_part(world, name, changes, replaced):
    """A create-only property brings a successor; where the name is given and stays, CloudFormation refuses."""
    def physical():
        rows = world.aws.client("cloudformation").describe_stack_resources(StackName="stack")["StackResources"]
        return next(row["PhysicalResourceId"] for row in rows if row["LogicalResourceId"] == name)

    def resources(given, **more):
        made = balanced("A") | {"W": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.1.0.0/16"}}}
        if "VpcId" in changes:  # a listener takes no target group of another VPC
            del made["H"]
        made[name]["Properties"] |= given | more
        return made

    named = {} if name == "H" else {"Name": "given"}
    world.deploy(resources(named))
    before = physical()
    refused = replaced and "Name" not in changes
    ended = world.update(resources(named, **changes))["StackStatus"]
    assert ended == ("UPDATE_ROLLBACK_COMPLETE" if refused else "UPDATE_COMPLETE"), world.reasons()
    assert ("cannot update a stack when a custom-named resource requires replacing" in world.reasons()) == refused
    assert (physical() != before) == (replaced and not refused)
    world.aws.reset()
    world.deploy(resources({}))
    before = physical()
    assert world.update(resources({}, **changes))["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    assert (physical() != before) == replaced


def test_one_subnet_of_each_zone(world):
    """Two subnets of one zone fail the stack."""
    assert world.deploy(balanced("B", "C"))["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "same Availability Zone" in world.reasons()


def test_a_load_balancer_holds_its_subnet_and_its_group(world):
    """Neither can be deleted while the load balancer is there."""
    world.deploy(balanced("A"))
    ec2, [found] = world.aws.client("ec2"), world.aws.client("elbv2").describe_load_balancers()["LoadBalancers"]
    subnet, group = found["AvailabilityZones"][0]["SubnetId"], found["SecurityGroups"][0]
    assert world.refused(ec2.delete_subnet, SubnetId=subnet) == "DependencyViolation"
    assert world.refused(ec2.delete_security_group, GroupId=group) == "DependencyViolation"
