"""Endpoint services of a stack: who may connect, and who decides."""

import pytest

VENDOR, CONSUMER = "111122223333", "333333333333"
NETWORK = {
    "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "N": {"Type": "AWS::EC2::Subnet", "Properties": {
        "VpcId": {"Ref": "V"}, "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "eu-west-1b"}},
    "B": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
        "Type": "network", "Scheme": "internal", "Subnets": [{"Ref": "N"}]}},
}


def service(**properties):
    """An endpoint service on the load balancer, which an account may use."""
    return NETWORK | {
        "S": {"Type": "AWS::EC2::VPCEndpointService", "Properties": {
            "NetworkLoadBalancerArns": [{"Ref": "B"}], **properties}},
        "P": {"Type": "AWS::EC2::VPCEndpointServicePermissions", "Properties": {
            "ServiceId": {"Ref": "S"}, "AllowedPrincipals": [f"arn:aws:iam::{CONSUMER}:root"]}},
    }


def endpoint(name):
    """An endpoint for the service, in the stack's own network."""
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": {
        "VpcId": {"Ref": "V"}, "ServiceName": name, "VpcEndpointType": "Interface", "SubnetIds": [{"Ref": "N"}]}}


@pytest.fixture
def offered(world):
    """EC2 of the owner, and the service as EC2 describes it."""
    assert world.deploy(service(AcceptanceRequired=True))["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    ec2 = world.aws.client("ec2")
    [found] = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    return ec2, found


def connect(world, name, account=CONSUMER):
    """An endpoint in the default network of another account; its id."""
    ec2 = world.aws.client("ec2", account)
    [vpc] = ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]
    made = ec2.create_vpc_endpoint(VpcEndpointType="Interface", VpcId=vpc["VpcId"], ServiceName=name)
    return made["VpcEndpoint"]["VpcEndpointId"]


def connections(ec2, **filters):
    """What the owner sees: endpoint, owner and state of each connection."""
    asked = [{"Name": name.replace("_", "-"), "Values": [value]} for name, value in filters.items()]
    rows = ec2.describe_vpc_endpoint_connections(Filters=asked)["VpcEndpointConnections"]
    return [(row["VpcEndpointId"], row["VpcEndpointOwner"], row["VpcEndpointState"]) for row in rows]


def test_a_service_is_described(offered):
    """Its owner reads its name, its zones, its load balancers, its rule of acceptance and its principals."""
    ec2, found = offered
    assert found["ServiceName"] == f"com.amazonaws.vpce.eu-west-1.{found['ServiceId']}"
    assert (found["AcceptanceRequired"], found["AvailabilityZones"]) == (True, ["eu-west-1b"])
    assert ":loadbalancer/net/" in found["NetworkLoadBalancerArns"][0]
    [allowed] = ec2.describe_vpc_endpoint_service_permissions(ServiceId=found["ServiceId"])["AllowedPrincipals"]
    assert (allowed["Principal"], allowed["PrincipalType"]) == (f"arn:aws:iam::{CONSUMER}:root", "Account")


def test_a_consumer_waits_until_the_owner_accepts(world, offered):
    """An endpoint of another account is a pending connection to the owner; acceptance makes it available to both."""
    ec2, found = offered
    made = connect(world, found["ServiceName"])
    assert connections(ec2, service_id=found["ServiceId"]) == [(made, CONSUMER, "pendingAcceptance")]
    done = ec2.accept_vpc_endpoint_connections(ServiceId=found["ServiceId"], VpcEndpointIds=[made])
    assert done["Unsuccessful"] == []
    assert connections(ec2, vpc_endpoint_state="pendingAcceptance") == []
    theirs = world.aws.client("ec2", CONSUMER).describe_vpc_endpoints(VpcEndpointIds=[made])["VpcEndpoints"]
    assert theirs[0]["State"] == connections(ec2)[0][2] == "available"


def test_a_connection_is_rejected_before_or_after_acceptance(world, offered):
    """Rejection ends a connection; what is rejected cannot be accepted, and an unknown endpoint is named."""
    ec2, found = offered
    made = connect(world, found["ServiceName"])
    this = {"ServiceId": found["ServiceId"], "VpcEndpointIds": [made]}
    ec2.accept_vpc_endpoint_connections(**this)
    assert ec2.reject_vpc_endpoint_connections(**this)["Unsuccessful"] == []
    assert connections(ec2) == [(made, CONSUMER, "rejected")]
    failed = ec2.accept_vpc_endpoint_connections(ServiceId=found["ServiceId"], VpcEndpointIds=[made, "vpce-0"])
    assert [row["Error"]["Code"] for row in failed["Unsuccessful"]] == ["InvalidState", "InvalidVpcEndpointId.NotFound"]


def test_only_the_principals_connect(world, offered):
    """To an account that is not allowed the service does not exist; the owner needs no permission."""
    ec2, found = offered
    name = found["ServiceName"]
    stranger = world.aws.client("ec2", VENDOR)
    assert world.refused(connect, world=world, name=name, account=VENDOR) == "InvalidServiceName"
    assert world.refused(stranger.describe_vpc_endpoint_services, ServiceNames=[name]) == "InvalidServiceName"
    elsewhere = world.aws.client("ec2", CONSUMER, region="us-east-1")
    assert world.refused(elsewhere.describe_vpc_endpoint_services, ServiceNames=[name]) == "InvalidServiceName"
    assert stranger.describe_vpc_endpoint_connections()["VpcEndpointConnections"] == []
    assert world.refused(stranger.accept_vpc_endpoint_connections, ServiceId=found["ServiceId"],
                         VpcEndpointIds=["vpce-0"]) == "InvalidVpcEndpointServiceId.NotFound"
    seen = world.aws.client("ec2", CONSUMER).describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"]
    assert [(row["Owner"], row["AvailabilityZones"]) for row in seen] == [(world.account, ["eu-west-1b"])]
    assert connect(world, name, world.account) == connections(ec2)[0][0]


def test_an_endpoint_of_a_stack_connects(world, offered):
    """A stack's endpoint for a recorded service is complete while it waits, and an unknown service fails the stack."""
    ec2, found = offered
    resources = service(AcceptanceRequired=True) | {"E": endpoint(found["ServiceName"])}
    assert world.update(resources)["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    assert [row[1:] for row in connections(ec2)] == [(world.account, "pendingAcceptance")]
    resources["E"] = endpoint("com.amazonaws.vpce.eu-west-1.vpce-svc-0123456789abcdef0")
    assert world.update(resources)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "vpce-svc-0123456789abcdef0' does not exist" in world.reasons()


@pytest.mark.parametrize(("properties", "state"), [
    ({}, "pendingAcceptance"), ({"AcceptanceRequired": True}, "pendingAcceptance"),
    ({"AcceptanceRequired": False}, "available"),
])
def test_acceptance_is_required_unless_the_service_says_no(world, properties, state):
    """A connection is available at once only where AcceptanceRequired is false."""
    world.deploy(service(**properties))
    ec2 = world.aws.client("ec2")
    [found] = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    connect(world, found["ServiceName"])
    assert connections(ec2)[0][2] == state


def test_a_service_with_connections_stays(world, offered):
    """The stack of a service with a pending connection fails to delete, and goes when the connection is rejected."""
    ec2, found = offered
    cfn, made = world.aws.client("cloudformation"), connect(world, found["ServiceName"])
    stack = cfn.describe_stacks(StackName="stack")["Stacks"][0]["StackId"]
    cfn.delete_stack(StackName="stack")
    assert world.at_rest()["StackStatus"] == "DELETE_FAILED"
    assert "existing active VPC Endpoint connections" in world.reasons()
    ec2.reject_vpc_endpoint_connections(ServiceId=found["ServiceId"], VpcEndpointIds=[made])
    cfn.delete_stack(StackName="stack")
    assert world.at_rest(stack)["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_keeps_the_service_and_its_connections(world, offered):
    """Another rule of acceptance is no other service, and what waits goes on waiting."""
    ec2, found = offered
    made = connect(world, found["ServiceName"])
    assert world.update(service(AcceptanceRequired=False))["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    [after] = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    assert (after["ServiceId"], after["AcceptanceRequired"]) == (found["ServiceId"], False)
    assert connections(ec2) == [(made, CONSUMER, "pendingAcceptance")]


@pytest.mark.parametrize(("resources", "reason"), [
    (service(NetworkLoadBalancerArns=[]), "Exactly one of"),
    (service(NetworkLoadBalancerArns=["arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/a/b"]),
     "does not exist"),
    ({"P": {"Type": "AWS::EC2::VPCEndpointServicePermissions", "Properties": {
        "ServiceId": "vpce-svc-0", "AllowedPrincipals": []}}}, "vpce-svc-0"),
    ({"P": {"Type": "AWS::EC2::VPCEndpointConnectionNotification", "Properties": {
        "ServiceId": "vpce-svc-0", "ConnectionEvents": ["Connect"], "ConnectionNotificationArn":
        "arn:aws:sns:eu-west-1:222222222222:t"}}}, "vpce-svc-0"),
])
def test_refused(world, resources, reason):
    """A service without a load balancer that is there, or permissions without a service, roll the stack back."""
    assert world.deploy(resources)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert reason in world.reasons()


def test_a_decision_is_about_the_service(world, offered):
    """A policy may allow the acceptance of connections to one service and no other."""
    _, found = offered
    for name, service_id, wanted in (
            ("mine", found["ServiceId"], ""), ("other", "vpce-svc-1", "UnauthorizedOperation")):
        arn = f"arn:aws:ec2:eu-west-1:{world.account}:vpc-endpoint-service/{service_id}"
        caller = world.caller(world.allow("ec2:AcceptVpcEndpointConnections", on=arn), name=name)
        ec2 = world.aws.client("ec2", credentials=caller)
        assert world.refused(ec2.accept_vpc_endpoint_connections, ServiceId=found["ServiceId"],
                             VpcEndpointIds=["vpce-0"]) == wanted


def test_a_role_may_be_the_principal(world):
    """A permission for one role lets its sessions connect and not the rest of its account."""
    ec2, session = world.aws.client("ec2"), {}
    for name in ("named", "other"):
        world.aws.make_role(CONSUMER, name, allow=["ec2:*"])
        session[name] = world.aws.client("ec2", credentials=world.aws.session_of(CONSUMER, name))
    resources = service(AcceptanceRequired=True)
    resources["P"]["Properties"]["AllowedPrincipals"] = [f"arn:aws:iam::{CONSUMER}:role/named"]
    assert world.deploy(resources)["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    [found] = ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    answers = {name: world.refused(each.create_vpc_endpoint, VpcEndpointType="Interface", VpcId="vpc-00000001",
                                   ServiceName=found["ServiceName"]) for name, each in session.items()}
    assert answers == {"named": "", "other": "InvalidServiceName"}
    assert [row[1] for row in connections(ec2)] == [CONSUMER]


@pytest.mark.parametrize(("name", "kind"), [
    ("com.amazonaws.eu-west-1.sts", "Interface"), ("com.amazonaws.eu-west-1.eks-auth", "Interface"),
    ("com.amazonaws.eu-west-1.s3", "Gateway"),
])
def test_an_aws_service_is_described(world, name, kind):
    """A service of AWS has a type, zones and a policy; a name that is none is refused."""
    ec2 = world.aws.client("ec2")
    [found] = ec2.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"]
    assert found["ServiceType"] == [{"ServiceType": kind}]
    assert found["AvailabilityZones"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    assert found["VpcEndpointPolicySupported"] is True
    assert world.refused(ec2.describe_vpc_endpoint_services, ServiceNames=[name + "x"]) == "InvalidServiceName"


def zone(name="z"):
    """A private zone in the stack's network."""
    return {"Type": "AWS::Route53::HostedZone", "Properties": {
        "Name": f"{name}.example.com", "VPCs": [{"VPCId": {"Ref": "V"}, "VPCRegion": {"Ref": "AWS::Region"}}]}}


def test_a_private_zone_leads_to_an_endpoint(world, offered):
    """A zone of a stack with a VPC is private and belongs to it; its record names the endpoint's zone and name."""
    _, found = offered
    first = {"Fn::Split": [":", {"Fn::Select": [0, {"Fn::GetAtt": ["E", "DnsEntries"]}]}]}
    record = {"Type": "AWS::Route53::RecordSet", "Properties": {
        "HostedZoneId": {"Ref": "Z"}, "Name": "z.example.com", "Type": "A", "AliasTarget": {
            "HostedZoneId": {"Fn::Select": [0, first]}, "DNSName": {"Fn::Select": [1, first]}}}}
    resources = service(AcceptanceRequired=True) | {"E": endpoint(found["ServiceName"]), "Z": zone(), "R": record}
    assert world.update(resources)["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    route53 = world.aws.client("route53")
    [made] = route53.list_hosted_zones()["HostedZones"]
    assert made["Config"]["PrivateZone"] is True
    [vpc] = route53.get_hosted_zone(Id=made["Id"])["VPCs"]
    assert vpc["VPCRegion"] == "eu-west-1"
    rows = route53.list_resource_record_sets(HostedZoneId=made["Id"])["ResourceRecordSets"]
    [alias] = [row["AliasTarget"] for row in rows if row["Type"] == "A"]
    assert f".{found['ServiceId']}.eu-west-1.vpce.amazonaws.com" in alias["DNSName"]


def test_two_private_zones_of_one_name(world):
    """A network has one private zone of a name: a second one rolls the stack back."""
    assert world.deploy(NETWORK | {"Z": zone(), "Y": zone() | {"DependsOn": "Z"}})[
        "StackStatus"] == "ROLLBACK_COMPLETE"
    assert "already associated" in world.reasons()
    assert world.deploy(NETWORK | {"Z": zone(), "Y": zone("y")}, name="other")["StackStatus"] == "CREATE_COMPLETE"
