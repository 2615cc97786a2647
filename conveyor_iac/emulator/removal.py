"""What stands in an account, thing by thing, so that a removal can be told from what was there before."""

from collections.abc import Iterator
from dataclasses import dataclass

from conveyor_iac.emulator.deploying import TEMPLATES
from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.emulator.readings.snapshot import snapshot

Thing = tuple[str, str]
"""What kind of thing, and its id."""
Things = frozenset[Thing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """What was there before a deploy, what must outlive its stacks, and what is there after they are removed."""

    before: Things
    keep: Things
    after: Things

    @property
    def kept(self) -> Things:
        """What stayed on purpose."""
        return self.keep & self.after

    @property
    def lost(self) -> Things:
        """What should have stayed: logs and their key, and whatever the customer had."""
        return (self.keep | self.before) - self.after

    @property
    def left(self) -> Things:
        """What should have gone."""
        return self.after - self.before - self.keep


def standing(aws: LocalAws, account: str, path: str) -> Things:
    """Everything in the account: stacks, network, recorded resources, keys, logs, and IAM below a path."""
    return frozenset((*_network(aws, account), *_identities(aws, account, path), *_others(aws, account)))


def _network(aws: LocalAws, account: str) -> Iterator[Thing]:
    taken = snapshot(aws, account)
    rows = (
        ("VPC", "VpcId", taken.vpcs), ("subnet", "SubnetId", taken.subnets),
        ("route table", "RouteTableId", taken.tables), ("endpoint", "VpcEndpointId", taken.endpoints),
        ("security group", "GroupId", taken.groups), ("interface", "NetworkInterfaceId", taken.interfaces),
        ("internet gateway", "InternetGatewayId", taken.gateways), ("NAT gateway", "NatGatewayId", taken.nats),
        ("address", "AllocationId", taken.addresses), ("load balancer", "LoadBalancerName", taken.balancers),
        ("target group", "TargetGroupName", taken.targets), ("endpoint service", "ServiceId", taken.services),
        ("bucket", "Name", taken.buckets), ("log group", "logGroupName", taken.log_groups),
    )
    yield from ((kind, str(row[key])) for kind, key, found in rows for row in found if row[key] != TEMPLATES)
    yield from (("key", str(row["KeyId"])) for row in taken.keys if row["KeyState"] == "Enabled")
    yield from ((f"recorded {name}", str(row["Identifier"])) for name, kept in taken.recorded.items() for row in kept)


def _identities(aws: LocalAws, account: str, path: str) -> Iterator[Thing]:
    iam = aws.client("iam", account)
    yield from (("policy", row["PolicyName"]) for row in iam.list_policies(Scope="Local", PathPrefix=path)["Policies"])
    yield from (("role", row["RoleName"]) for row in iam.list_roles(PathPrefix=path)["Roles"])


def _others(aws: LocalAws, account: str) -> Iterator[Thing]:
    stacks = aws.client("cloudformation", account).describe_stacks()["Stacks"]
    yield from (("stack", row["StackName"]) for row in stacks)
    yield from (("topic", row["TopicArn"]) for row in aws.client("sns", account).list_topics()["Topics"])
    yield from (("key alias", row["AliasName"]) for row in aws.client("kms", account).list_aliases()["Aliases"]
                if not row["AliasName"].startswith("alias/aws/"))
    yield from (("hosted zone", row["Id"]) for row in aws.client("route53", account).list_hosted_zones()["HostedZones"])
