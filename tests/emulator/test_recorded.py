"""Recorded and bridged resources: what a stack may name beyond ministack's own handlers."""

import json

import pytest

from conveyor_iac.emulator import RECORDED_TYPES

SERVICE = {"Type": "AWS::EC2::VPCEndpointService", "Properties": {
    "AcceptanceRequired": True, "NetworkLoadBalancerArns": [{"Ref": "B"}]}}
PERMISSIONS = {"Type": "AWS::EC2::VPCEndpointServicePermissions", "Properties": {
    "ServiceId": {"Ref": "S"}, "AllowedPrincipals": ["arn:aws:iam::111122223333:root"]}}
NETWORK = {
    "V": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}},
    "N": {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "V"}, "CidrBlock": "10.0.1.0/24"}},
}
BALANCED = NETWORK | {"B": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": {
    "Type": "network", "Scheme": "internal", "Subnets": [{"Ref": "N"}]}}}


def test_a_recorded_resource_is_kept_and_listed(world):
    """What a stack asked for is listed with its resolved properties, and goes with the stack."""
    outputs = {"Outputs": {"Id": {"Value": {"Ref": "S"}}}}
    stack = world.deploy(BALANCED | {"S": SERVICE, "P": PERMISSIONS}, sections=outputs)
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    kept = {each["type"]: each for each in world.aws.recorded_resources()}
    service, permissions = kept["AWS::EC2::VPCEndpointService"], kept["AWS::EC2::VPCEndpointServicePermissions"]
    assert service["properties"]["AcceptanceRequired"] is True
    assert ":loadbalancer/net/" in service["properties"]["NetworkLoadBalancerArns"][0]
    output = stack["Outputs"][0]["OutputValue"]
    assert permissions["properties"]["ServiceId"] == permissions["id"] == service["id"] == output
    assert (service["account"], service["region"]) == (world.account, "eu-west-1")
    world.aws.client("cloudformation").delete_stack(StackName="stack")
    assert world.aws.recorded_resources() == []


def test_cloud_control_answers_for_it(world):
    """The Cloud Control API gets and lists a recorded resource."""
    world.deploy(BALANCED | {"S": SERVICE})
    control = world.aws.client("cloudcontrol")
    found = control.list_resources(TypeName="AWS::EC2::VPCEndpointService")["ResourceDescriptions"]
    again = control.get_resource(TypeName="AWS::EC2::VPCEndpointService", Identifier=found[0]["Identifier"])
    assert json.loads(again["ResourceDescription"]["Properties"])["AcceptanceRequired"] is True


def test_a_recorded_resource_meets_its_schema(world):
    """Recording checks: an unknown property fails the stack."""
    broken = {"Type": SERVICE["Type"], "Properties": SERVICE["Properties"] | {"AcceptanceRequird": True}}
    assert world.deploy(BALANCED | {"S": broken})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "AcceptanceRequird" in world.reasons()


def test_attributes_have_a_form(world):
    """Fn::GetAtt answers every read-only property of a recorded type, single values and lists."""
    firewall = {
        "P": {"Type": "AWS::NetworkFirewall::FirewallPolicy", "Properties": {
            "FirewallPolicyName": "p", "FirewallPolicy": {
                "StatelessDefaultActions": ["aws:forward_to_sfe"],
                "StatelessFragmentDefaultActions": ["aws:forward_to_sfe"]}}},
        "F": {"Type": "AWS::NetworkFirewall::Firewall", "Properties": {
            "FirewallName": "f", "FirewallPolicyArn": {"Ref": "P"}, "VpcId": {"Ref": "V"},
            "SubnetMappings": [{"SubnetId": {"Ref": "N"}}]}},
        "A": {"Type": "AWS::NetworkFirewall::VpcEndpointAssociation", "Properties": {
            "FirewallArn": {"Ref": "F"}, "VpcId": {"Ref": "V"}, "SubnetMapping": {"SubnetId": {"Ref": "N"}}}},
        "L": {"Type": "AWS::NetworkFirewall::LoggingConfiguration", "Properties": {
            "FirewallArn": {"Ref": "F"}, "LoggingConfiguration": {"LogDestinationConfigs": [
                {"LogType": "FLOW", "LogDestinationType": "CloudWatchLogs", "LogDestination": {"logGroup": "g"}}]}}},
    }
    outputs = {
        "First": {"Value": {"Fn::Select": [0, {"Fn::GetAtt": ["F", "EndpointIds"]}]}},
        "Further": {"Value": {"Fn::GetAtt": ["A", "EndpointId"]}},
        "Arn": {"Value": {"Fn::GetAtt": ["F", "FirewallArn"]}},
    }
    stack = world.deploy(NETWORK | firewall, sections={"Outputs": outputs})
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    found = {o["OutputKey"]: o["OutputValue"] for o in stack["Outputs"]}
    assert found["First"].split(":")[1].startswith("vpce-")
    assert found["Further"].startswith("vpce-")
    assert found["Arn"].startswith("arn:aws:network-firewall:eu-west-1:222222222222:firewall/")


def test_an_update_keeps_the_id_unless_the_schema_replaces(world):
    """A change in place keeps the recorded id; a create-only property brings a new one and drops the old."""
    rules = {"Type": "AWS::Route53Resolver::FirewallDomainList", "Properties": {"Name": "a", "Domains": ["a.b"]}}
    world.deploy({"D": rules})
    before = world.aws.recorded_resources()[0]["id"]
    rules = {"Type": rules["Type"], "Properties": {"Name": "a", "Domains": ["a.b", "c.d"]}}
    world.update({"D": rules})
    kept = world.aws.recorded_resources()
    assert [k["id"] for k in kept] == [before]
    assert kept[0]["properties"]["Domains"] == ["a.b", "c.d"]
    world.update({"D": {"Type": rules["Type"], "Properties": {"Name": "b", "Domains": ["a.b"]}}})
    assert [k["id"] == before for k in world.aws.recorded_resources()] == [False]


def test_the_tags_of_a_stack_reach_what_is_recorded(world):
    """A recorded resource that takes tags has those of its stack, its own first; one that takes none stays as it is."""
    own = {"Name": "a", "Domains": ["a.b"], "Tags": [{"Key": "whose", "Value": "its own"}]}
    query = {"Type": "AWS::Logs::QueryDefinition", "Properties": {"Name": "q", "QueryString": "fields @message"}}
    stack = world.deploy({"D": {"Type": "AWS::Route53Resolver::FirewallDomainList", "Properties": own}, "Q": query},
                         Tags=[{"Key": key, "Value": "stack"} for key in ("whose", "cost")])
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    kept = {each["type"]: each["properties"] for each in world.aws.recorded_resources()}
    tags = {tag["Key"]: tag["Value"] for tag in kept["AWS::Route53Resolver::FirewallDomainList"]["Tags"]}
    assert (tags["whose"], tags["cost"]) == ("its own", "stack")
    assert "Tags" not in kept["AWS::Logs::QueryDefinition"]


def test_the_list_of_recorded_types(world):
    """The tuple is public, sorted, and every name in it is a real type with a schema."""
    from conveyor_iac.emulator.extensions.schemas import schema_of

    assert world.aws.recorded == RECORDED_TYPES == tuple(sorted(RECORDED_TYPES))
    assert all(schema_of(name) for name in RECORDED_TYPES)


def test_bridged_network(world):
    """An address, a NAT gateway, rules of a security group and a second block live in EC2 itself."""
    group = {"Type": "AWS::EC2::SecurityGroup", "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "V"}}}
    resources = NETWORK | {
        "C": {"Type": "AWS::EC2::VPCCidrBlock", "Properties": {"VpcId": {"Ref": "V"}, "CidrBlock": "100.64.0.0/16"}},
        "E": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "W": {"Type": "AWS::EC2::InternetGateway"},
        "A": {"Type": "AWS::EC2::VPCGatewayAttachment", "Properties": {
            "VpcId": {"Ref": "V"}, "InternetGatewayId": {"Ref": "W"}}},
        "G": {"Type": "AWS::EC2::NatGateway", "DependsOn": "A", "Properties": {
            "SubnetId": {"Ref": "N"}, "AllocationId": {"Fn::GetAtt": ["E", "AllocationId"]}}},
        "S": group,
        "I": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {
            "GroupId": {"Ref": "S"}, "IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "10.0.0.0/16"}},
    }
    stack = world.deploy(resources)
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    ec2 = world.aws.client("ec2")
    assert len(ec2.describe_addresses()["Addresses"]) == len(ec2.describe_nat_gateways()["NatGateways"]) == 1
    groups = ec2.describe_security_groups(Filters=[{"Name": "description", "Values": ["g"]}])["SecurityGroups"]
    rules = [g["IpPermissions"] for g in groups if g["Description"] == "g"]
    assert rules[0][0]["FromPort"] == 443
    world.aws.client("cloudformation").delete_stack(StackName="stack")
    assert ec2.describe_addresses()["Addresses"] == []


def test_a_bridged_resource_refuses_what_its_api_refuses(world):
    """A NAT gateway in a subnet that does not exist fails the stack."""
    broken = {"Type": "AWS::EC2::NatGateway", "Properties": {"SubnetId": "subnet-0", "ConnectivityType": "private"}}
    assert world.deploy({"G": broken})["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "subnet-0" in world.reasons()


def test_bridged_eks(world):
    """Access entries, add-ons and pod identity associations of a stack live in EKS itself."""
    arn = world.role("r")
    resources = {
        "C": {"Type": "AWS::EKS::Cluster", "Properties": {
            "Name": "c", "RoleArn": arn, "ResourcesVpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]}}},
        "A": {"Type": "AWS::EKS::AccessEntry", "Properties": {
            "ClusterName": {"Ref": "C"}, "PrincipalArn": arn, "Username": "installer"}},
        "P": {"Type": "AWS::EKS::PodIdentityAssociation", "Properties": {
            "ClusterName": {"Ref": "C"}, "Namespace": "n", "ServiceAccount": "s", "RoleArn": arn}},
        "D": {"Type": "AWS::EKS::Addon", "Properties": {"ClusterName": {"Ref": "C"}, "AddonName": "vpc-cni"}},
    }
    stack = world.deploy(resources)
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    eks = world.aws.client("eks")
    entry = eks.describe_access_entry(clusterName="c", principalArn=arn)["accessEntry"]
    assert entry["username"] == "installer"
    assert len(eks.list_pod_identity_associations(clusterName="c")["associations"]) == 1
    assert eks.list_addons(clusterName="c")["addons"] == ["vpc-cni"]
    changed = {"AccessPolicies": [{"PolicyArn": "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",
                                   "AccessScope": {"Type": "cluster"}}]}
    resources["A"] = {"Type": "AWS::EKS::AccessEntry", "Properties": resources["A"]["Properties"] | changed}
    resources["P"] = {"Type": "AWS::EKS::PodIdentityAssociation",
                      "Properties": resources["P"]["Properties"] | {"DisableSessionTags": True}}
    assert world.update(resources)["StackStatus"] == "UPDATE_COMPLETE", world.reasons()
    listed = eks.list_associated_access_policies(clusterName="c", principalArn=arn)["associatedAccessPolicies"]
    assert len(listed) == len(eks.list_pod_identity_associations(clusterName="c")["associations"]) == 1
    world.aws.client("cloudformation").delete_stack(StackName="stack")
    assert eks.list_clusters()["clusters"] == []


@pytest.mark.parametrize("service", ["eks.amazonaws.com", "guardduty.amazonaws.com"])
def test_bridged_service_linked_role(world, service):
    """A service-linked role of a stack is the one the API makes."""
    role = {"Type": "AWS::IAM::ServiceLinkedRole", "Properties": {"AWSServiceName": service}}
    stack = world.deploy({"R": role}, sections={"Outputs": {"Name": {"Value": {"Ref": "R"}}}})
    assert stack["StackStatus"] == "CREATE_COMPLETE", world.reasons()
    made = world.aws.client("iam").get_role(RoleName=stack["Outputs"][0]["OutputValue"])["Role"]
    assert made["Path"] == f"/aws-service-role/{service}/"
