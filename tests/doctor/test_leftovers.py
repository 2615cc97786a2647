"""delete-order: a real deploy, real leftovers, and the order obeyed until nothing is left."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.cli.account import AwsAccount
from conveyor_iac.cli.findings import leftovers
from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.site import Site, surroundings
from conveyor_iac.emulator.toolchain import cdk_command
from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.model.installation import Installation
from tests.doctor.aws_words import obey, said
from tests.doctor.conftest import ROOT, WORDS, Written, case, look, point_at

EXTERNAL_ID = "only-in-this-test-0123456789"


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("assembly")
    assemble([Installation.read(WORDS)], "app", out)
    return str(out)


@pytest.fixture(scope="module")
def site(assembly: str) -> Iterator[Site]:
    """The installation, really deployed with the CDK CLI to an embedded AWS of its own."""
    installation = Installation.read(WORDS)
    with LocalAws.start(account=WORDS["account"], region=WORDS["region"]) as aws:
        surroundings(aws, installation)
        deploying.cdk_deploy(aws, cdk_command(ROOT), ROOT, assembly,
                             {"conveyor-acme-installer-role:ExternalId": EXTERNAL_ID})
        yield Site(aws=aws, installation=installation, external_id=EXTERNAL_ID,
                   outputs=deploying.deployed(aws).outputs)


def order(site: Site) -> tuple[str, list[str]]:
    """The state of delete-order, and its lines."""
    found = look(leftovers.delete_order, account=AwsAccount(site.aws.region))
    return found.state, found.fix.splitlines()


def leave(site: Site) -> dict[str, str]:
    """What an installation that lived leaves behind, in no order: a word of each by its name."""
    ec2, outputs = site.aws.client("ec2"), site.outputs
    vpc, subnets = outputs["VpcId"], outputs["NodeSubnetIds"].split(",")
    role = leave_role(site)
    interface = ec2.create_network_interface(SubnetId=subnets[0])["NetworkInterface"]["NetworkInterfaceId"]
    group = ec2.create_security_group(VpcId=vpc, GroupName=f"GuardDutyManagedSecurityGroup-{vpc}",
                                      Description="Associated with VPC-" + vpc)["GroupId"]
    guard = ec2.create_vpc_endpoint(
        VpcId=vpc, VpcEndpointType="Interface", SubnetIds=subnets[:1], SecurityGroupIds=[group],
        ServiceName="com.amazonaws.eu-west-1.guardduty-data")["VpcEndpoint"]["VpcEndpointId"]
    balancing = site.aws.client("elbv2")
    [targets] = balancing.describe_target_groups()["TargetGroups"]
    balancing.register_targets(TargetGroupArn=targets["TargetGroupArn"], Targets=[{"Id": "10.20.1.7", "Port": 443}])
    return {"connection": connect(site), "target": "10.20.1.7", "interface": interface, "guard": guard,
            "group": group, "role": role}


def leave_role(site: Site) -> str:
    """A role that the installer itself made and attached."""
    iam = site.aws.client("iam", credentials=site.assume(site.caller()))
    name = site.created("nodes")
    trust = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    iam.create_role(RoleName=name, Path=site.path, PermissionsBoundary=site.boundary_arn,
                    AssumeRolePolicyDocument=json.dumps(trust))
    iam.attach_role_policy(RoleName=name, PolicyArn=site.predefined[0])
    return name


def connect(site: Site) -> str:
    """An endpoint of the control plane for the installation's endpoint service, accepted."""
    vendor = site.installation.control_plane
    theirs = site.aws.client("ec2", credentials=site.aws.session_of(vendor.account, vendor.role))
    vpc = theirs.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    subnet = theirs.create_subnet(VpcId=vpc, CidrBlock="10.99.1.0/24")["Subnet"]["SubnetId"]
    made = theirs.create_vpc_endpoint(VpcId=vpc, SubnetIds=[subnet], VpcEndpointType="Interface",
                                      ServiceName=site.outputs["ServiceName"])["VpcEndpoint"]["VpcEndpointId"]
    site.aws.client("ec2").accept_vpc_endpoint_connections(ServiceId=site.outputs["ServiceId"], VpcEndpointIds=[made])
    return str(made)


@pytest.mark.deploy
def test_the_life_of_leftovers(site: Site, assembly: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each leftover is named in its order; a removal that ignores it fails; obeyed line by line, it goes through."""
    point_at(site.aws, monkeypatch)
    assert order(site) == ("ok", [])
    left = leave(site)
    state, lines = order(site)
    assert state == "fault"
    assert [name for line in lines for name, word in left.items() if word in line.partition(": ")[0]] == list(left)
    assert [int(line.partition(".")[0]) for line in lines] == list(range(1, len(left) + 3))
    assert "vendor_access: disabled" in lines[0]
    assert "cdk destroy --all" in lines[-1]
    assert all(said(command) for line in lines for command in commands(line))
    with pytest.raises(AnswerIsNo):
        deploying.cdk_destroy(site.aws, cdk_command(ROOT), ROOT, assembly)
    state, still = order(site)
    assert state == "fault"
    for command in [command for line in still for command in commands(line)]:
        obey(site.aws, command)
    assert order(site) == ("ok", [])
    deploying.cdk_destroy(site.aws, cdk_command(ROOT), ROOT, assembly)
    assert site.aws.client("cloudformation").describe_stacks()["Stacks"] == []


def commands(line: str) -> list[str]:
    """The commands of the AWS CLI in a line of the order."""
    return re.findall(r"aws (?:ec2|elbv2|iam) [^;]+", line.partition(": ")[2])


EMPTY: dict[str, Any] = {
    "describe_vpcs": {"Vpcs": [{"VpcId": "vpc-1"}]}, "describe_vpc_endpoints": {"VpcEndpoints": []},
    "describe_nat_gateways": {"NatGateways": []}, "describe_network_interfaces": {"NetworkInterfaces": []},
    "describe_security_groups": {"SecurityGroups": []}, "list_policies": {"Policies": []},
    "describe_vpc_endpoint_service_configurations": {"ServiceConfigurations": []},
}


@pytest.mark.parametrize(("row", "remedy"), [
    ({"Attachment": {"InstanceId": "i-1"}}, "aws ec2 terminate-instances --instance-ids i-1"),
    ({"Description": "ELB app/k8s-web/1", "RequesterManaged": True}, "delete the load balancer app/k8s-web/1"),
    ({"Description": "Amazon EKS dp"}, "aws eks delete-cluster --name dp"),
    ({"Description": "something", "RequesterManaged": True}, "delete what an AWS service made it for: something"),
    ({}, "aws ec2 delete-network-interface --network-interface-id eni-1"),
])
def test_who_holds_an_interface(row: dict[str, Any], remedy: str) -> None:
    """An interface goes with what holds it, and each kind of holder has its own remedy."""
    rows = {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"} | row]}
    found = look(leftovers.delete_order, account=Written(EMPTY | {"describe_network_interfaces": rows}))
    assert (found.state, remedy in found.fix) == ("fault", True)


@pytest.mark.parametrize("row", [
    {"Description": "Interface for NAT Gateway nat-1"}, {"Description": "ELB net/conveyor-acme-dp/0a"},
    {"NetworkInterfaceId": "eni-of-endpoint"},
])
def test_what_goes_with_the_stacks(row: dict[str, Any]) -> None:
    """Interfaces of our own NAT gateways, load balancers and endpoints, the firewall's too, hold nothing."""
    firewall = {"VpcEndpointId": "vpce-1", "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-1",
                "NetworkInterfaceIds": ["eni-of-endpoint"], "Tags": [{"Key": "AWSNetworkFirewallManaged",
                                                                      "Value": "true"}]}
    answers = EMPTY | {
        "describe_network_interfaces": {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"} | row]},
        "describe_nat_gateways": {"NatGateways": [{"NatGatewayId": "nat-1"}]},
        "describe_vpc_endpoints": {"VpcEndpoints": [firewall]},
    }
    assert look(leftovers.delete_order, account=Written(answers)).state == "ok"


@pytest.mark.parametrize("operation", EMPTY)
def test_a_refusal_is_never_ok(operation: str) -> None:
    """Where one of its questions is refused, nobody knows whether something is in the way."""
    answers = {name: answer for name, answer in EMPTY.items() if name != operation}
    found = look(leftovers.delete_order, account=Written(answers))
    assert found.state == "unknown"
    assert operation in found.why


@pytest.mark.parametrize("access", ["enabled", "disabled"])
def test_the_vendor_goes_first(access: str) -> None:
    """A vendor that may still come in would make things anew; one that is turned off is no step any more."""
    rows = {"NetworkInterfaces": [{"NetworkInterfaceId": "eni-1"}]}
    account = Written(EMPTY | {"describe_network_interfaces": rows})
    found = look(leftovers.delete_order, changes={"vendor_access": access}, account=account)
    assert ("vendor_access: disabled" in found.fix.splitlines()[0]) == (access == "enabled")


def test_no_installation(tmp_path: Path) -> None:
    """A case of a kind that has no role asks nothing of IAM."""
    words = {"kind": "endpoint-service", "deployment": None, "network": {"existing": {
        "vpc": "vpc-0123456789abcdef0", "cidrs": ["10.20.0.0/16"],
        "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]}}}
    account = Written(EMPTY | {"describe_vpcs": {"Vpcs": []}})
    found = leftovers.delete_order.on(case(words, account, tmp_path))
    assert found is not None
    assert found.state == "ok"
    assert not [name for name, _ in account.asked if name.startswith("iam:")]
