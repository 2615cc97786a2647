"""What stands in an account, gathered once: by EC2, ELBv2, KMS, S3, Logs, and Cloud Control for recorded types.

Knows the calls and nothing of what must hold. What the embedded AWS only records comes with the values a template gave
and made-up ids; ids serve to tell things apart and for nothing else.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.emulator.local import LocalAws

Words = Mapping[str, Any]
Rows = tuple[Words, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Rows as the APIs answer them; `recorded` are the properties of recorded resources, by type."""

    vpcs: Rows
    subnets: Rows
    tables: Rows
    endpoints: Rows
    groups: Rows
    interfaces: Rows
    gateways: Rows
    egress_gateways: Rows
    nats: Rows
    addresses: Rows
    balancers: Rows
    targets: Rows
    services: Rows
    keys: Rows
    buckets: Rows
    log_groups: Rows
    dns_attributes: Mapping[str, tuple[bool, bool]]
    recorded: Mapping[str, Rows]


def snapshot(aws: LocalAws, account: str) -> Snapshot:
    """Everything of the account in the region spoken to."""
    ec2 = aws.client("ec2", account)
    vpcs = _pages(ec2, "describe_vpcs", "Vpcs")
    return Snapshot(
        vpcs=vpcs,
        subnets=_pages(ec2, "describe_subnets", "Subnets"),
        tables=_pages(ec2, "describe_route_tables", "RouteTables"),
        endpoints=_pages(ec2, "describe_vpc_endpoints", "VpcEndpoints"),
        groups=_pages(ec2, "describe_security_groups", "SecurityGroups"),
        interfaces=_pages(ec2, "describe_network_interfaces", "NetworkInterfaces"),
        gateways=_pages(ec2, "describe_internet_gateways", "InternetGateways"),
        egress_gateways=_pages(ec2, "describe_egress_only_internet_gateways", "EgressOnlyInternetGateways"),
        nats=tuple(row for row in _pages(ec2, "describe_nat_gateways", "NatGateways") if row["State"] != "deleted"),
        addresses=tuple(ec2.describe_addresses()["Addresses"]),
        balancers=_balancers(aws.client("elbv2", account)),
        targets=_target_groups(aws.client("elbv2", account)),
        services=_services(ec2),
        keys=_keys(aws.client("kms", account)),
        buckets=_buckets(aws.client("s3", account)),
        log_groups=_log_groups(aws.client("logs", account)),
        dns_attributes={row["VpcId"]: _dns(ec2, row["VpcId"]) for row in vpcs},
        recorded={name: _recorded(aws.client("cloudcontrol", account), name) for name in aws.recorded},
    )


def _pages(client: Any, call: str, key: str) -> Rows:
    return tuple(row for page in client.get_paginator(call).paginate() for row in page[key])


def _dns(ec2: Any, vpc: str) -> tuple[bool, bool]:
    words = ((key, f"{key[0].upper()}{key[1:]}") for key in ("enableDnsSupport", "enableDnsHostnames"))
    support, hostnames = (bool(ec2.describe_vpc_attribute(VpcId=vpc, Attribute=asked)[told]["Value"])
                          for asked, told in words)
    return support, hostnames


def _balancers(elb: Any) -> Rows:
    """Load balancers, each with its listeners and tags."""
    rows = _pages(elb, "describe_load_balancers", "LoadBalancers")
    return tuple({**row, "Listeners": elb.describe_listeners(LoadBalancerArn=row["LoadBalancerArn"])["Listeners"],
                  "Tags": _elb_tags(elb, row["LoadBalancerArn"])} for row in rows)


def _target_groups(elb: Any) -> Rows:
    """Target groups, each with its tags."""
    rows = _pages(elb, "describe_target_groups", "TargetGroups")
    return tuple({**row, "Tags": _elb_tags(elb, row["TargetGroupArn"])} for row in rows)


def _elb_tags(elb: Any, arn: str) -> Any:
    return elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]


def _services(ec2: Any) -> Rows:
    """Endpoint services of the account, each with the principals that may connect."""
    rows = _pages(ec2, "describe_vpc_endpoint_service_configurations", "ServiceConfigurations")

    def principals(service: str) -> list[str]:
        allowed = ec2.describe_vpc_endpoint_service_permissions(ServiceId=service)["AllowedPrincipals"]
        return [row["Principal"] for row in allowed]

    return tuple({**row, "Principals": principals(row["ServiceId"])} for row in rows)


def _keys(kms: Any) -> Rows:
    """Customer-managed keys, each with its policy, whether it is rotated, and its tags."""
    found = []
    for row in _pages(kms, "list_keys", "Keys"):
        key = kms.describe_key(KeyId=row["KeyId"])["KeyMetadata"]
        if key.get("KeyManager") == "CUSTOMER":
            policy = json.loads(kms.get_key_policy(KeyId=row["KeyId"], PolicyName="default")["Policy"])
            rotated = kms.get_key_rotation_status(KeyId=row["KeyId"])["KeyRotationEnabled"]
            tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=row["KeyId"])["Tags"]}
            found.append({**key, "Policy": policy, "Rotated": rotated, "TagValues": tags})
    return tuple(found)


def _buckets(s3: Any) -> Rows:
    """Buckets, each with its policy and what blocks public access to it."""
    def of(name: str) -> Words:
        policy = _or_nothing(lambda: json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]), {})
        blocked = _or_nothing(lambda: s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"], {})
        return {"Name": name, "Policy": policy, "Blocked": blocked}

    return tuple(of(row["Name"]) for row in s3.list_buckets()["Buckets"])


def _or_nothing(call: Callable[[], Any], nothing: Any) -> Any:
    """What the call answers; nothing where S3 says that there is no such configuration."""
    from botocore.exceptions import ClientError

    try:
        return call()
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("NoSuch"):
            raise
        return nothing


def _log_groups(logs: Any) -> Rows:
    return _pages(logs, "describe_log_groups", "logGroups")


def _recorded(cloud: Any, type_name: str) -> Rows:
    rows = cloud.list_resources(TypeName=type_name)["ResourceDescriptions"]
    return tuple({**json.loads(row["Properties"]), "Identifier": row["Identifier"]} for row in rows)
