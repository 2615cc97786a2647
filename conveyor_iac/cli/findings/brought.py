"""A VPC that is brought: that it is what the file says it is, and that nothing in it clashes with what is added."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conveyor_iac.cli.account import Refused, filtered, tags
from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok
from conveyor_iac.model.endpoints import S3
from conveyor_iac.model.installation import ExistingNetwork
from conveyor_iac.model.names import TENANT_TAG

Row = Mapping[str, Any]


@check("vpc", "The VPC is there, with exactly the CIDRs of the file")
def vpc(case: Case) -> Verdict | None:
    """From a CIDR that the file leaves out, the endpoints would not be reached."""
    existing = case.installation.network.existing
    if not existing:
        return None
    row = _vpc(case, existing.vpc)
    if not row:
        return fault(f"no {existing.vpc} in {case.installation.region} of this account",
                     "Name the VPC's id in network.existing.vpc, and its region")
    there = [block["CidrBlock"] for block in row.get("CidrBlockAssociationSet") or ()
             if block["CidrBlockState"]["State"] == "associated"]
    if set(there) == set(existing.cidrs):
        return ok(f"{existing.vpc} with {', '.join(there)}")
    return fault(f"{existing.vpc} has {', '.join(there)}, the file says {', '.join(existing.cidrs)}",
                 f"Write into the file, under network.existing: cidrs: [{', '.join(there)}]")


@check("vpc-dns", "The VPC has both DNS attributes on")
def vpc_dns(case: Case) -> Verdict | None:
    """Private DNS of endpoints needs both."""
    existing = case.installation.network.existing
    if not existing or not _vpc(case, existing.vpc):
        return None
    off = [name for name in ("enableDnsSupport", "enableDnsHostnames") if not case.live.ask(
        "ec2", "describe_vpc_attribute", VpcId=existing.vpc, Attribute=name)[name[0].upper() + name[1:]]["Value"]]
    if off:
        fixes = (f"aws ec2 modify-vpc-attribute --vpc-id {existing.vpc} --{_FLAGS[name]} '{{\"Value\":true}}'"
                 f" --region {case.installation.region}" for name in off)
        return fault(f"off: {', '.join(off)}", "; ".join(fixes))
    return ok("enableDnsSupport and enableDnsHostnames are on")


_FLAGS = {"enableDnsSupport": "enable-dns-support", "enableDnsHostnames": "enable-dns-hostnames"}


@check("vpc-subnets", "The subnets are of the VPC, one for endpoints per zone")
def vpc_subnets(case: Case) -> Verdict | None:
    """An endpoint takes one subnet per zone."""
    existing = case.installation.network.existing
    if not existing:
        return None
    found = _subnets(case, existing)
    zones = {row["SubnetId"]: row["AvailabilityZoneId"] for row in found}
    wanted = (*existing.endpoint_subnets, *existing.node_subnets, *existing.pod_subnets)
    missing = [subnet for subnet in dict.fromkeys(wanted) if subnet not in zones]
    if missing:
        return fault(f"not of {existing.vpc}: {', '.join(missing)}", "Name subnets of this VPC")
    placed = [zones[subnet] for subnet in existing.endpoint_subnets]
    twice = sorted({zone for zone in placed if placed.count(zone) > 1})
    if twice:
        return fault(f"more than one endpoint subnet in {', '.join(twice)}",
                     "Name one per zone in network.existing.endpoint_subnets")
    return ok(f"{len(set(wanted))} subnets of {existing.vpc}; endpoints in {', '.join(placed)}")


@check("vpc-tags", "The subnets of nodes and pods carry the tenant's tag")
def vpc_tags(case: Case) -> Verdict | None:
    """Machines and interfaces may stand in tagged subnets only."""
    existing, tenant = case.installation.network.existing, case.installation.tenant
    wanted = (*existing.node_subnets, *existing.pod_subnets) if existing else ()
    if not existing or not wanted:
        return None
    bare = [row["SubnetId"] for row in _subnets(case, existing)
            if row["SubnetId"] in wanted and tags(row).get(TENANT_TAG) != tenant]
    if bare:
        return fault(f"without {TENANT_TAG}={tenant}: {', '.join(bare)}",
                     f"aws ec2 create-tags --resources {' '.join(bare)} --tags Key={TENANT_TAG},Value={tenant}"
                     f" --region {case.installation.region}")
    return ok(f"{len(set(wanted))} subnets with {TENANT_TAG}={tenant}")


@check("vpc-ways-out", "No subnet with the tenant's tag leads to an internet gateway")
def vpc_ways_out(case: Case) -> Verdict | None:
    """A machine there needs no more than a public address to be past whatever holds the traffic of nodes."""
    existing, tenant = case.installation.network.existing, case.installation.tenant
    if not existing:
        return None
    marked = [row["SubnetId"] for row in _subnets(case, existing) if tags(row).get(TENANT_TAG) == tenant]
    tables = case.live.ask("ec2", "describe_route_tables", Filters=filtered(vpc_id=existing.vpc))["RouteTables"]
    out = [subnet for subnet in marked if _leads_out(subnet, tables)]
    if out:
        return fault(f"leads to an internet gateway: {', '.join(out)}",
                     f"aws ec2 delete-tags --resources {' '.join(out)} --tags Key={TENANT_TAG}"
                     f" --region {case.installation.region}")
    return ok(f"none of {len(marked)} tagged subnets")


@check("vpc-route-tables", "The route tables are of the VPC")
def vpc_route_tables(case: Case) -> Verdict | None:
    """The S3 gateway endpoint has a route in each."""
    existing = case.installation.network.existing
    if not existing or not existing.route_tables:
        return None
    found = case.live.ask("ec2", "describe_route_tables", Filters=filtered(vpc_id=existing.vpc))["RouteTables"]
    missing = [table for table in existing.route_tables if table not in {row["RouteTableId"] for row in found}]
    if missing:
        return fault(f"not of {existing.vpc}: {', '.join(missing)}", "Name route tables of this VPC")
    return ok(f"{len(existing.route_tables)} route tables of {existing.vpc}")


@check("private-dns", "No endpoint of the VPC has the private DNS of one that is added")
def private_dns(case: Case) -> Verdict | None:
    """One endpoint with private DNS per service and VPC: the second fails the deploy."""
    existing = case.installation.network.existing
    if not existing or not case.plan.networks[0].endpoints:
        return None
    there = [_short(row) for row in _endpoints(case, existing) if row.get("PrivateDnsEnabled")]
    wanted = {endpoint.service for _, endpoint in case.interface_endpoints()}
    return _clash(case, existing, sorted(wanted & set(there)), "has an endpoint with private DNS already for")


@check("s3-route", "No route table of the VPC has a route to S3 already")
def s3_route(case: Case) -> Verdict | None:
    """An S3 gateway route exists once per route table."""
    existing = case.installation.network.existing
    tables = {table for network in case.plan.networks for endpoint in network.endpoints if endpoint.service == S3
              for table in endpoint.tables}
    if not existing or not tables:
        return None
    taken = sorted({table for row in _endpoints(case, existing) if _short(row) == S3
                    for table in row.get("RouteTableIds") or () if table in tables})
    return _clash(case, existing, [S3] if taken else [], f"has a gateway endpoint in {', '.join(taken)} for")


@check("existing-endpoints", "The endpoints that the file says are there, are there")
def existing_endpoints(case: Case) -> Verdict | None:
    """They are not made, so the data plane counts on them."""
    existing = case.installation.network.existing
    if not existing or not existing.endpoints:
        return None
    there = {_short(row) for row in _endpoints(case, existing)}
    missing = [service for service in existing.endpoints if service not in there]
    if missing:
        return fault(f"{existing.vpc} has no endpoint for {', '.join(missing)}",
                     "Leave it out of network.existing.endpoints: then it is made")
    return ok(", ".join(existing.endpoints))


def _clash(case: Case, existing: ExistingNetwork, services: Iterable[str], what: str) -> Verdict:
    if not services:
        return ok(f"no clash with an endpoint in {existing.vpc}")
    named = ", ".join(dict.fromkeys((*existing.endpoints, *services)))
    return fault(f"{existing.vpc} {what} {', '.join(services)}",
                 f"Write into the file, under network.existing: endpoints: [{named}]")


def _subnets(case: Case, existing: ExistingNetwork) -> list[Row]:
    found: list[Row] = case.live.ask("ec2", "describe_subnets", Filters=filtered(vpc_id=existing.vpc))["Subnets"]
    return found


def _leads_out(subnet: str, tables: Iterable[Row]) -> bool:
    """Whether the route table of a subnet, or the main one where it has none, has a route to an internet gateway."""
    own = [row for row in tables if any(entry.get("SubnetId") == subnet for entry in row["Associations"])]
    used = own or [row for row in tables if any(entry.get("Main") for entry in row["Associations"])]
    return any(str(route.get("GatewayId")).startswith("igw-") for row in used for route in row["Routes"])


def _vpc(case: Case, vpc_id: str) -> Row | None:
    try:
        found: list[Row] = case.live.ask("ec2", "describe_vpcs", VpcIds=[vpc_id])["Vpcs"]
    except Refused as refused:
        if refused.code != "InvalidVpcID.NotFound":
            raise
        return None
    return found[0] if found else None


def _endpoints(case: Case, existing: ExistingNetwork) -> Iterator[Row]:
    """The endpoints of the VPC that are none of ours."""
    found = case.live.ask("ec2", "describe_vpc_endpoints", Filters=filtered(vpc_id=existing.vpc))["VpcEndpoints"]
    yield from (row for row in found if tags(row).get("conveyor:tenant") != case.installation.tenant
                and row["State"].lower() not in ("deleting", "deleted", "failed", "rejected", "expired"))


def _short(row: Row) -> str:
    """What the file calls an endpoint's service: com.amazonaws.eu-west-1.ecr.api is ecr.api."""
    parts = str(row["ServiceName"]).removeprefix("cn.").split(".", 3)
    return parts[3] if len(parts) == 4 else ""
