"""What a customer has before a trial: the VPC, load balancer and topic that the installation file names by id.

Ids cannot be chosen: everything is made as the customer would have made it, and the installation says the real ids.
"""

import json
from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from itertools import cycle, islice
from typing import Any

from conveyor_iac.emulator.deploying import CUSTOMER_STACK, settled
from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.model.installation import ExistingNetwork, Installation

GATEWAYS = ("s3", "dynamodb")


def bring(aws: LocalAws, installation: Installation) -> Installation:
    """The installation with what it names made, and the real ids in place of those of the file."""
    network, link = installation.network, installation.private_link
    existing = _vpc(aws, network.existing) if network.existing else None
    if link.load_balancer:
        link = link.model_copy(update={"load_balancer": _balancer(aws, existing)})
    if link.topic:
        link = link.model_copy(update={"topic": aws.client("sns").create_topic(
            Name=link.topic.rpartition(":")[2])["TopicArn"]})
    return installation.model_copy(update={
        "network": network.model_copy(update={"existing": existing}), "private_link": link})


def names_ids(installation: Installation) -> bool:
    """Whether the file names something that must be there before."""
    link = installation.private_link
    return bool(installation.network.existing or link.load_balancer or link.topic)


def _vpc(aws: LocalAws, asked: ExistingNetwork) -> ExistingNetwork:
    """The VPC with its subnets, one per zone and kind, route tables of nodes and pods, and endpoints."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=asked.cidrs[0])["Vpc"]["VpcId"]
    for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
        ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
    _further_blocks(aws, vpc, asked.cidrs[1:])
    first, last = _blocks(asked.cidrs[0]), _blocks(asked.cidrs[-1])
    next(last)  # where there is one block only, pods and endpoints share it
    pod_blocks = last if len(asked.cidrs) > 1 else first
    made = {"endpoint_subnets": _subnets(ec2, vpc, first, asked.endpoint_subnets),
            "node_subnets": _subnets(ec2, vpc, first, asked.node_subnets),
            "pod_subnets": _subnets(ec2, vpc, pod_blocks, asked.pod_subnets)}
    tables = tuple(ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in asked.route_tables)
    if tables:
        for subnet, table in zip((*made["node_subnets"], *made["pod_subnets"]), cycle(tables), strict=False):
            ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    existing = asked.model_copy(update={"vpc": vpc, "route_tables": tables, **made})
    for service in asked.endpoints:
        _endpoint(ec2, existing, aws.region, service)
    return existing


def _further_blocks(aws: LocalAws, vpc: str, cidrs: Sequence[str]) -> None:
    """By a stack: the embedded AWS has no AssociateVpcCidrBlock."""
    if cidrs:
        rows = {f"Block{number}": {"Type": "AWS::EC2::VPCCidrBlock", "Properties": {"VpcId": vpc, "CidrBlock": cidr}}
                for number, cidr in enumerate(cidrs)}
        formation = aws.client("cloudformation")
        formation.create_stack(StackName=CUSTOMER_STACK, TemplateBody=json.dumps({"Resources": rows}))
        settled(formation, CUSTOMER_STACK, "CREATE_COMPLETE")


def _blocks(cidr: str) -> Iterator[Any]:
    """Blocks for subnets: /24, smaller where the block itself is small."""
    block = ip_network(cidr)
    return iter(block.subnets(new_prefix=min(28, max(24, block.prefixlen + 4))))


def _subnets(ec2: Any, vpc: str, blocks: Iterator[Any], asked: Sequence[str]) -> tuple[str, ...]:
    """One subnet per zone, as many as the file names."""
    zones = [row["ZoneName"] for row in ec2.describe_availability_zones()["AvailabilityZones"]]
    return tuple(ec2.create_subnet(VpcId=vpc, CidrBlock=str(block), AvailabilityZone=zone)["Subnet"]["SubnetId"]
                 for zone, block in zip(islice(cycle(zones), len(asked)), blocks, strict=False))


def _endpoint(ec2: Any, there: ExistingNetwork, region: str, service: str) -> None:
    name = f"com.amazonaws.{region}.{service}"
    if service in GATEWAYS:
        ec2.create_vpc_endpoint(VpcId=there.vpc, ServiceName=name, RouteTableIds=list(there.route_tables))
        return
    group = ec2.create_security_group(VpcId=there.vpc, GroupName=f"endpoint-{service}", Description=service)["GroupId"]
    ec2.create_vpc_endpoint(VpcId=there.vpc, ServiceName=name, VpcEndpointType="Interface", PrivateDnsEnabled=True,
                            SubnetIds=list(there.endpoint_subnets), SecurityGroupIds=[group])


def _balancer(aws: LocalAws, existing: ExistingNetwork | None) -> str:
    """A load balancer in the VPC that is brought, else in the account's default VPC."""
    subnets = list(existing.endpoint_subnets) if existing else [
        row["SubnetId"] for row in aws.client("ec2").describe_subnets()["Subnets"] if row["DefaultForAz"]]
    made = aws.client("elbv2").create_load_balancer(Name="customer-own", Type="network", Scheme="internal",
                                                    Subnets=subnets)
    return str(made["LoadBalancers"][0]["LoadBalancerArn"])
