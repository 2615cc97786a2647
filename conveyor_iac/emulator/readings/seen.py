"""One network as it is seen in a snapshot, beside what it must be: what the invariants look at.

Knows where to find things; judges nothing. A subnet's kind is what its network hands over (NodeSubnetIds and so on);
a firewall subnet is one with a firewall's endpoint in it, and what is left is public.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.emulator.readings.asked import Asked
from conveyor_iac.emulator.readings.snapshot import Rows, Snapshot, Words

AWS_SERVICE = "com.amazonaws."
FIREWALL = "AWS::NetworkFirewall::Firewall"
ASSOCIATION = "AWS::NetworkFirewall::VpcEndpointAssociation"
TAGGED = (FIREWALL, "AWS::NetworkFirewall::FirewallPolicy", "AWS::NetworkFirewall::RuleGroup", "AWS::EC2::FlowLog",
          "AWS::EC2::VPCEndpointService", "AWS::Route53Resolver::FirewallDomainList",
          "AWS::Route53Resolver::FirewallRuleGroup", "AWS::Route53Resolver::FirewallRuleGroupAssociation")
"""The recorded types that take tags."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is there of one network. `outputs` are those of all stacks, `templates` the templates they came from."""

    asked: Asked
    snapshot: Snapshot
    outputs: Mapping[str, str]
    templates: tuple[Words, ...]
    boundary: Words | None = None

    @property
    def vpc_id(self) -> str:
        """The VPC."""
        brought = self.asked.brought
        return brought.vpc if brought else self.outputs[f"{self.asked.prefix}VpcId"]

    @property
    def vpc(self) -> Words:
        """The VPC as EC2 describes it."""
        return next(row for row in self.snapshot.vpcs if row["VpcId"] == self.vpc_id)

    @property
    def ipv6_blocks(self) -> tuple[str, ...]:
        """The IPv6 blocks of the VPC, which AWS chooses."""
        return tuple(row["Ipv6CidrBlock"] for row in self.vpc.get("Ipv6CidrBlockAssociationSet", ()))

    @property
    def blocks(self) -> tuple[str, ...]:
        """Every block of the VPC: those of the file, and of IPv6 what AWS chose where the file asks for it."""
        return (*self.asked.cidrs, *(self.ipv6_blocks[:1] if self.asked.ipv6 else ()))

    def here(self, rows: Rows) -> Rows:
        """The rows that are of this VPC."""
        return tuple(row for row in rows if row.get("VpcId") == self.vpc_id)

    def output(self, name: str) -> tuple[str, ...]:
        """The values of one output."""
        return tuple(filter(None, self.outputs.get(f"{self.asked.prefix}{name}", "").split(",")))

    @property
    def subnets(self) -> dict[str, Words]:
        """Every subnet, by id."""
        return {row["SubnetId"]: row for row in self.here(self.snapshot.subnets)}

    def subnet_ids(self, kind: str) -> tuple[str, ...]:
        """The subnets of a kind: Node, Pod, Endpoint, Firewall or Public."""
        brought = self.asked.brought
        if brought:
            return {"Node": brought.node_subnets, "Pod": brought.pod_subnets,
                    "Endpoint": brought.endpoint_subnets}.get(kind, ())
        if kind == "Firewall":
            return tuple(self.firewall_endpoints)
        if kind == "Public":
            others = {id for other in ("Node", "Pod", "Endpoint", "Firewall") for id in self.subnet_ids(other)}
            return tuple(id for id in self.subnets if id not in others)
        return self.output(f"{kind}SubnetIds")

    @property
    def outside(self) -> frozenset[str]:
        """The subnets with a way out of their own, in which nothing of the tenant's may stand."""
        return frozenset(() if self.asked.brought else (*self.subnet_ids("Public"), *self.subnet_ids("Firewall")))

    def zone(self, subnet: str) -> str:
        """The zone of a subnet, by name."""
        return str(self.subnets[subnet]["AvailabilityZone"]) if subnet in self.subnets else "(no such subnet)"

    @property
    def zone_ids(self) -> dict[str, str]:
        """The id of each zone by its name."""
        return {row["AvailabilityZone"]: row["AvailabilityZoneId"] for row in self.subnets.values()}

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones of the network, by name: those of its endpoint subnets."""
        return tuple(dict.fromkeys(self.zone(subnet) for subnet in self.subnet_ids("Endpoint")))

    def table(self, subnet: str) -> Words:
        """The route table of a subnet; without one of its own the main one."""
        tables = self.here(self.snapshot.tables)
        for row in tables:
            if any(entry.get("SubnetId") == subnet for entry in row["Associations"]):
                return row
        return next(row for row in tables if any(entry.get("Main") for entry in row["Associations"]))

    def routes(self, subnet: str) -> dict[str, str]:
        """Where a subnet's routes lead, by destination; the VPC's own and those of gateway endpoints are left out."""
        blocks = {row["CidrBlock"] for row in self.vpc["CidrBlockAssociationSet"]} | set(self.ipv6_blocks)
        return {_destination(route): target(route) for route in self.table(subnet)["Routes"]
                if not (_destination(route) in blocks and target(route) == "local")
                and "DestinationPrefixListId" not in route}

    @property
    def to_aws(self) -> Rows:
        """The endpoints of AWS services, those the customer had left out."""
        had = {f"{AWS_SERVICE}{self.asked.installation.region}.{service}" for service in
               (self.asked.brought.endpoints if self.asked.brought else ())}
        return tuple(row for row in self.here(self.snapshot.endpoints)
                     if not service_of(row).startswith("vpce.") and row["ServiceName"] not in had)

    @property
    def interfaces(self) -> Rows:
        """The interface endpoints of AWS services."""
        return tuple(row for row in self.to_aws if row["VpcEndpointType"] == "Interface")

    @property
    def to_services(self) -> Rows:
        """The endpoints of endpoint services: consumers."""
        return tuple(row for row in self.here(self.snapshot.endpoints) if service_of(row).startswith("vpce."))

    def group(self, id: str) -> Words:
        """A security group by its id."""
        return next(row for row in self.snapshot.groups if row["GroupId"] == id)

    @property
    def endpoint_group_ids(self) -> frozenset[str]:
        """The security groups of all interface endpoints of AWS services together."""
        return frozenset(group["GroupId"] for row in self.interfaces for group in row["Groups"])

    @property
    def service(self) -> Words | None:
        """The endpoint service the network hands over."""
        names = self.output("ServiceId")
        return next((row for row in self.snapshot.services if row["ServiceId"] in names), None)

    @property
    def balancers(self) -> Rows:
        """The load balancers behind the endpoint service."""
        arns = (self.service or {}).get("NetworkLoadBalancerArns", ())
        return tuple(row for row in self.snapshot.balancers if row["LoadBalancerArn"] in arns)

    def recorded(self, type_name: str) -> Rows:
        """The recorded resources of a type that are of this VPC, or of none."""
        return tuple(row for row in self.snapshot.recorded[type_name] if row.get("VpcId", self.vpc_id) == self.vpc_id)

    @property
    def firewall_places(self) -> tuple[tuple[str, str], ...]:
        """The subnet and the id of every firewall endpoint, a further one of an association included."""
        found: list[tuple[str, str]] = []
        for firewall in self.recorded(FIREWALL):
            by_zone = dict(entry.split(":", 1) for entry in firewall["EndpointIds"])
            subnets = [row["SubnetId"] for row in firewall["SubnetMappings"]]
            found += [(subnet, by_zone.get(self.zone(subnet), "")) for subnet in subnets]
        further = ((row["SubnetMapping"]["SubnetId"], row["EndpointId"]) for row in self.recorded(ASSOCIATION))
        return (*found, *further)

    @property
    def firewall_endpoints(self) -> dict[str, str]:
        """The firewall endpoints, by the subnet each stands in."""
        return dict(self.firewall_places)

    @property
    def nats(self) -> dict[str, str]:
        """The NAT gateways, by the subnet each stands in."""
        return {row["SubnetId"]: row["NatGatewayId"] for row in self.here(self.snapshot.nats)}

    @property
    def gateways(self) -> tuple[str, ...]:
        """The internet gateways of the VPC."""
        return tuple(row["InternetGatewayId"] for row in self.snapshot.gateways if self._attached(row))

    @property
    def egress_only(self) -> tuple[str, ...]:
        """The egress-only gateways of the VPC, which are for IPv6."""
        return tuple(row["EgressOnlyInternetGatewayId"] for row in self.snapshot.egress_gateways
                     if self._attached(row))

    def _attached(self, row: Words) -> bool:
        return any(entry.get("VpcId") == self.vpc_id for entry in row.get("Attachments", ()))

    @property
    def key(self) -> Words | None:
        """The key the network hands over."""
        return next((row for row in self.snapshot.keys if row["Arn"] in self.output("KeyArn")), None)

    @property
    def flow_logs(self) -> Rows:
        """The flow logs of the VPC."""
        return tuple(row for row in self.snapshot.recorded["AWS::EC2::FlowLog"] if row["ResourceId"] == self.vpc_id)

    @property
    def log_buckets(self) -> Rows:
        """The buckets into which the flow logs go."""
        names = {str(row.get("LogDestination", "")).rpartition(":")[2] for row in self.flow_logs}
        return tuple(row for row in self.snapshot.buckets if row["Name"] in names)

    def tagged(self) -> Iterator[tuple[str, dict[str, str]]]:
        """What must carry tags, with the tags it has; what AWS makes together with a VPC is left out."""
        mine = self.snapshot
        if self.asked.made:
            yield self.vpc_id, tags(self.vpc)
            yield from self._tagged_ways()
        yield from ((row["Identifier"], tags(row)) for type_name in TAGGED for row in self.recorded(type_name))
        if not self.asked.installation.private_link.load_balancer:
            yield from ((row["LoadBalancerName"], tags(row)) for row in self.balancers)
            yield from ((row["TargetGroupName"], tags(row)) for row in self.here(mine.targets))
        ids = {*self.endpoint_group_ids, *(group for row in self.balancers for group in row.get("SecurityGroups", ()))}
        yield from ((row["GroupId"], tags(row)) for row in self.here(mine.groups) if row["GroupId"] in ids)
        yield from ((service_of(row), tags(row)) for row in (*self.to_aws, *self.to_services))
        if self.key:
            yield self.key["KeyId"], dict(self.key["TagValues"])

    def _tagged_ways(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Subnets and their tables, gateways and addresses, each with its tags."""
        mine, nats = self.snapshot, self.here(self.snapshot.nats)
        used = {entry["AllocationId"] for row in nats for entry in row["NatGatewayAddresses"]}
        rows = ((self.here(mine.subnets), "SubnetId"), (nats, "NatGatewayId"),
                ([row for row in mine.gateways if self._attached(row)], "InternetGatewayId"),
                ([row for row in mine.egress_gateways if self._attached(row)], "EgressOnlyInternetGatewayId"),
                ([row for row in mine.addresses if row["AllocationId"] in used], "AllocationId"))
        yield from ((row[id], tags(row)) for found, id in rows for row in found)
        for row in self.here(mine.tables):
            if not any(entry.get("Main") for entry in row["Associations"]):
                yield row["RouteTableId"], tags(row)


def tags(row: Words) -> dict[str, str]:
    """The tags of a thing."""
    return {tag["Key"]: tag["Value"] for tag in row.get("Tags", ())}


def service_of(endpoint: Words) -> str:
    """The service of an endpoint without what begins every name: sqs, or vpce.REGION.SERVICE."""
    name = str(endpoint["ServiceName"]).removeprefix("cn.").removeprefix(AWS_SERVICE)
    return name if name.startswith("vpce.") else name.partition(".")[2]


def target(route: Words) -> str:
    """What a route leads to."""
    keys = ("GatewayId", "NatGatewayId", "VpcEndpointId", "TransitGatewayId", "VpcPeeringConnectionId",
            "EgressOnlyInternetGatewayId", "NetworkInterfaceId", "InstanceId", "CarrierGatewayId", "LocalGatewayId",
            "CoreNetworkArn")
    return next((str(route[key]) for key in keys if route.get(key)), "(unknown)")


def _destination(route: Words) -> str:
    return str(route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock") or "(unknown)")


def policy_of(endpoint: Words) -> Any:
    """The policy of an endpoint as it was given."""
    given = endpoint.get("PolicyDocument")
    return json.loads(given) if isinstance(given, str) and given else given
