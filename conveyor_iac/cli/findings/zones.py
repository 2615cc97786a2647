"""The availability zones: by which the plan counts, and what the region offers this account.

Zones are matched by id: a name such as eu-west-1a means another place in another account.
"""

from collections.abc import Mapping

from conveyor_iac.cli.account import Account, filtered
from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok
from conveyor_iac.model import catalogue
from conveyor_iac.model.deployment import NetworkPlan
from conveyor_iac.model.endpoints import Endpoint


@check("zones", "The zones can carry a data plane: EKS refuses none")
def zones(case: Case) -> Verdict | None:
    """Zones that the file does not name are the region's first; where EKS refuses one, the file names all."""
    if not any(network.vpc for network in case.plan.networks):
        return None
    return _offline(case) if case.account is None else _live(case)


def _offline(case: Case) -> Verdict:
    region, ids = case.installation.region, case.installation.network.zone_ids
    if ids:
        return ok(f"{', '.join(ids)}, none of which EKS refuses; whether this account has them is asked with --live")
    return ok(f"the first that {region} lists; EKS refuses none of them")


def _live(case: Case) -> Verdict:
    region, there, ids = case.installation.region, zone_names(case.live), case.installation.network.zone_ids
    good = sorted(set(there.values()) - set(_refused(region)))
    missing = [zone for zone in ids if zone not in there.values()]
    if missing:
        return fault(f"this account has no zone {', '.join(missing)} in {region}", _lines(good, len(ids)))
    needed = max(_count(network) for network in case.plan.networks)
    if needed > len(good):
        return fault(f"{needed} zones needed, and this account has {len(good)} that EKS takes: {', '.join(good)}",
                     f"Write zones: {len(good)}")
    taken = [zone for network in case.plan.networks for zone in zone_ids(case, network)]
    return ok(", ".join(dict.fromkeys(taken)))


def _lines(good: list[str], count: int) -> str:
    return f"Write into the file, under network: zone_ids: [{', '.join(good[:count])}]"


def _refused(region: str) -> tuple[str, ...]:
    known = catalogue.zones().get(region)
    return known.refused if known else ()


def zone_names(account: Account) -> Mapping[str, str]:
    """The zones this account can use: from name to id, in the order of the names."""
    found = account.ask("ec2", "describe_availability_zones")["AvailabilityZones"]
    return {row["ZoneName"]: row["ZoneId"] for row in sorted(found, key=lambda row: str(row["ZoneName"]))
            if row.get("ZoneType", "availability-zone") == "availability-zone" and row["State"] == "available"}


def zone_ids(case: Case, network: NetworkPlan) -> tuple[str, ...]:
    """The zones of a network of ours by id: as the file names them, or the first the region lists."""
    return tuple(network.zones or tuple(zone_names(case.live).values())[:_count(network)])


def zones_of(case: Case, network: NetworkPlan, endpoint: Endpoint) -> tuple[str, ...]:
    """The zones an interface endpoint will stand in, by id."""
    if network.vpc is None:
        found = case.live.ask("ec2", "describe_subnets", Filters=filtered(vpc_id=str(network.vpc_id)))["Subnets"]
        return tuple(row["AvailabilityZoneId"] for row in found if row["SubnetId"] in endpoint.subnets)
    numbers = {subnet.name: subnet.zone for subnet in network.subnets}
    ids = zone_ids(case, network)
    return tuple(ids[numbers[place.name]] for place in endpoint.subnets)


def _count(network: NetworkPlan) -> int:
    return sum(subnet.kind == "Endpoint" for subnet in network.subnets)
