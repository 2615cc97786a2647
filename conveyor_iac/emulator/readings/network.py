"""What must hold of a VPC: its blocks, subnets, security groups, tags, and the perimeter that names it."""

from collections.abc import Iterator
from ipaddress import ip_network
from itertools import combinations
from typing import Any

from conveyor_iac.emulator.readings.asked import NONE
from conveyor_iac.emulator.readings.reading import Invariant, Looks
from conveyor_iac.emulator.readings.seen import Seen, tags
from conveyor_iac.emulator.readings.snapshot import Words
from conveyor_iac.model.names import OUTSIDE
from conveyor_iac.model.placeholders import fill

HTTPS = ("tcp", 443, 443)
NOWHERE = "255.255.255.255/32"
"""An address nothing has: the one rule of a group out of which nothing may go."""

OURS = ("conveyor:tenant", "conveyor:deployment", "conveyor:version")
"""Our own tags; the first stands on each resource, the others and the customer's may come by the stack."""


def blocks(seen: Seen) -> Looks:
    """The VPC has exactly the blocks of the file, and both DNS attributes, which private DNS needs."""
    found = {row["CidrBlock"] for row in seen.vpc["CidrBlockAssociationSet"]}
    yield "blocks", "" if found == set(seen.asked.cidrs) else ", ".join(sorted(found))
    yield "IPv6", "" if len(seen.ipv6_blocks) == int(seen.asked.ipv6) else ", ".join(seen.ipv6_blocks) or "no block"
    yield "DNS", "" if seen.snapshot.dns_attributes[seen.vpc_id] == (True, True) else "a DNS attribute is off"


def subnets(seen: Seen) -> Looks:
    """Each kind has one subnet in each zone, and no two subnets share addresses."""
    pods = ("Pod",) if len(seen.asked.cidrs) > 1 else ()
    for kind in ("Node", *pods, "Endpoint"):
        found = [seen.zone(subnet) for subnet in seen.subnet_ids(kind)]
        fit = sorted(found) == sorted(seen.zones) and len(set(found)) == seen.asked.zones
        yield kind.lower(), "" if fit else f"in {', '.join(sorted(found)) or 'no zone'}"
    if seen.asked.zone_ids:
        ids = {seen.zone_ids[zone] for zone in seen.zones}
        yield "zone ids", "" if ids == set(seen.asked.zone_ids) else ", ".join(sorted(ids))
    nets = [ip_network(row["CidrBlock"]) for row in seen.subnets.values()]
    yield "addresses", ", ".join(f"{one} and {other}" for one, other in combinations(nets, 2) if one.overlaps(other))
    if seen.asked.ipv6:
        yield "IPv6", ", ".join(subnet for subnet, row in seen.subnets.items()
                                if len(row.get("Ipv6CidrBlockAssociationSet", ())) != 1)


def public_addresses(seen: Seen) -> Looks:
    """No subnet gives public addresses to what starts in it."""
    for subnet, row in seen.subnets.items():
        yield subnet, "gives public addresses" if row["MapPublicIpOnLaunch"] else ""


def group_in(seen: Seen) -> Looks:
    """The endpoints' group lets HTTPS in from every block of the VPC, pods included, and nothing else."""
    for id in sorted(seen.endpoint_group_ids):
        found, wanted = set(rules(seen.group(id)["IpPermissions"])), {(*HTTPS, cidr) for cidr in seen.blocks}
        yield id, _difference(found, wanted)


def group_out(seen: Seen) -> Looks:
    """Nothing leaves by the endpoints' group."""
    for id in sorted(seen.endpoint_group_ids):
        found = [rule for rule in rules(seen.group(id)["IpPermissionsEgress"]) if rule[3] != NOWHERE]
        yield id, f"lets out {found}" if found else ""


def default_group(seen: Seen) -> Looks:
    """The VPC's default group, which lets everything out, is used by nothing."""
    (default,) = (row["GroupId"] for row in seen.here(seen.snapshot.groups) if row["GroupName"] == "default")
    users = [f"interface {row['NetworkInterfaceId']}" for row in seen.here(seen.snapshot.interfaces)
             if default in {group["GroupId"] for group in row["Groups"]}]
    users += [f"endpoint {row['VpcEndpointId']}" for row in seen.here(seen.snapshot.endpoints)
              if default in {group["GroupId"] for group in row["Groups"]}]
    users += [row["LoadBalancerName"] for row in seen.here(seen.snapshot.balancers)
              if default in row.get("SecurityGroups", ())]
    yield default, ", ".join(users)


def tagged(seen: Seen) -> Looks:
    """Everything that can carry tags says whose it is, and has the file's own tags."""
    asked = seen.asked.installation
    outside = seen.outside
    for name, found in seen.tagged():
        whose = fill(OUTSIDE, {"TenantId": asked.tenant}) if name in outside else asked.tenant
        fit = found.get(OURS[0]) == whose and asked.tags.items() <= found.items()
        yield name, "" if fit and found.keys() >= set(OURS) else "not tagged"


def places(seen: Seen) -> Looks:
    """No subnet with a way out of its own carries the tag by which machines and interfaces may stand in it."""
    for subnet in sorted(seen.outside):
        marked = tags(seen.subnets[subnet]).get(OURS[0]) == seen.asked.installation.tenant
        yield subnet, "is open to the tenant's machines" if marked else ""


def perimeter(seen: Seen) -> Looks:
    """The boundary of created roles names this VPC, and no other, as the one data may be read from."""
    wanted = seen.asked.installation.iam.data_plane_vpc or seen.vpc_id
    named = {vpc for statement in (seen.boundary or {}).get("Statement", ()) for vpc in _vpcs(statement)}
    yield "boundary", "" if named == {wanted} else f"names {', '.join(sorted(named)) or 'no VPC'}"


def rules(permissions: Any) -> Iterator[tuple[str, Any, Any, str]]:
    """The rules of a security group, one by one: protocol, ports, and whom it means."""
    for row in permissions:
        what = (row["IpProtocol"], row.get("FromPort"), row.get("ToPort"))
        yield from ((*what, entry["CidrIp"]) for entry in row.get("IpRanges", ()))
        yield from ((*what, entry["CidrIpv6"]) for entry in row.get("Ipv6Ranges", ()))
        yield from ((*what, str(entry.get("GroupId"))) for entry in row.get("UserIdGroupPairs", ()))
        yield from ((*what, entry["PrefixListId"]) for entry in row.get("PrefixListIds", ()))


def _difference(found: set[Any], wanted: set[Any]) -> str:
    told = [f"also {row}" for row in sorted(found - wanted, key=str)]
    return ", ".join(told + [f"not {row}" for row in sorted(wanted - found, key=str)])


def _vpcs(statement: Words) -> Iterator[str]:
    for keys in statement.get("Condition", {}).values():
        value = keys.get("aws:SourceVpc", ())
        yield from [value] if isinstance(value, str) else value


def _made(seen: Seen) -> bool:
    return seen.asked.made


def _has_interfaces(seen: Seen) -> bool:
    return bool(seen.asked.services)


INVARIANTS = (
    Invariant(id="vpc-blocks", what="blocks and DNS of the VPC", expected="those of the file; DNS on", look=blocks,
              when=_made),
    Invariant(id="subnets", what="subnets of nodes, pods and endpoints", expected="one per zone, none overlaps",
              look=subnets, when=_made),
    Invariant(id="public-addresses", what="public addresses in subnets", expected="never given", look=public_addresses,
              when=_made),
    Invariant(id="group-in", what="in by the endpoints' group", expected="443 from every block of the VPC only",
              look=group_in, when=_has_interfaces),
    Invariant(id="group-out", what="out by the endpoints' group", expected="nothing", look=group_out,
              when=_has_interfaces),
    Invariant(id="default-group", what="the VPC's default security group", expected="used by nothing",
              look=default_group),
    Invariant(id="tags", what="conveyor:tenant and the file's tags", expected="on all that we make", look=tagged),
    Invariant(id="places", what="subnets with a way out of their own", expected="open to no machine of the tenant's",
              look=places, when=lambda seen: seen.asked.made and seen.asked.way_out != NONE),
    Invariant(id="perimeter", what="the VPC of the data perimeter", expected="this one, or the one of the file",
              look=perimeter, when=lambda seen: seen.boundary is not None and not seen.asked.prefix),
)
