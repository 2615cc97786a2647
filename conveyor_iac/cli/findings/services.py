"""The AWS services that endpoints are wanted for: offered in the region, in the zones, with endpoint policies."""

from collections.abc import Mapping, Sequence
from typing import Any

from conveyor_iac.cli.account import Answer, filtered
from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok
from conveyor_iac.cli.findings.zones import zone_ids, zone_names, zones_of
from conveyor_iac.model import catalogue


@check("endpoint-services", "Every endpoint's service is offered in the region")
def services(case: Case) -> Verdict | None:
    """A service that is not offered fails the deploy."""
    wanted = _wanted(case)
    if not wanted:
        return None
    missing = sorted(service for name, service in wanted.items() if name not in _offered(case))
    if missing:
        return fault(f"{case.installation.region} does not offer {', '.join(missing)}",
                     "Take another region, or, where nothing needs them, write into the file, under endpoints: remove:"
                     f" [{', '.join(missing)}]")
    return ok(f"all {len(wanted)} are offered")


@check("endpoint-zones", "Every endpoint's service is offered in each of its zones")
def zones(case: Case) -> Verdict | None:
    """Not every service is in every zone; the file may say where one is."""
    lines, nowhere = {}, []
    for network, endpoint in case.interface_endpoints():
        offered, wanted = _zones(case).get(endpoint.service_name), zones_of(case, network, endpoint)
        if offered is None or set(wanted) <= offered:
            continue
        left = tuple(zone for zone in wanted if zone in offered)
        if left and network.vpc and network.vpc.name == "Vpc":
            lines[endpoint.service] = left
        else:
            nowhere.append(f"{endpoint.service} is in {', '.join(sorted(offered)) or 'no zone'} only")
    if not (lines or nowhere):
        return ok("each is in all zones it is wanted in") if _wanted(case) else None
    whys = [f"{service} is not in {', '.join(sorted(set(_all_zones(case)) - set(left)))}"
            for service, left in lines.items()]
    fixes = ["Write into the file:\n" + _written(case, lines)] if lines else []
    fixes += ["Take other zones: network.zone_ids, or the endpoint subnets of a VPC that is brought"] if nowhere else []
    return fault("; ".join([*whys, *nowhere]), "\n".join(fixes))


@check("endpoint-policies", "Each service takes an endpoint policy, as we know it")
def policies(case: Case) -> Verdict | None:
    """Where a service takes none, AWS lets everything through; where it takes one, it must not go without."""
    offered, wanted = _offered(case), _wanted(case)
    if not wanted:
        return None
    wrong = [f"{service}: AWS says {'yes' if not known else 'no'}" for name, service in wanted.items()
             if name in offered and (known := catalogue.endpoints()[service].policies)
             is not any(row.get("VpcEndpointPolicySupported") for row in offered[name])]
    if wrong:
        return fault(f"not as in our catalogue: {'; '.join(wrong)}", "Leave it out with endpoints.remove where nothing"
                     " needs it, and report it: the row of endpoints.toml is out of date")
    return ok(f"AWS and our catalogue agree on {len(wanted)} services")


def _wanted(case: Case) -> Mapping[str, str]:
    """The full names of the services, and what the file calls them."""
    return {endpoint.service_name: endpoint.service for network in case.plan.networks
            for endpoint in network.endpoints}


def _offered(case: Case) -> Mapping[str, Sequence[Answer]]:
    """What AWS says of each service, of the type we want; a filter, for a name it does not know fails the question."""
    names = sorted(_wanted(case))
    said = case.live.ask("ec2", "describe_vpc_endpoint_services", Filters=filtered(service_name=names))
    kinds = {endpoint.service_name: endpoint.kind for network in case.plan.networks for endpoint in network.endpoints}
    found: dict[str, list[Any]] = {}
    for row in said["ServiceDetails"]:
        if {"ServiceType": kinds.get(row["ServiceName"])} in row["ServiceType"]:
            found.setdefault(row["ServiceName"], []).append(row)
    return found


def _zones(case: Case) -> Mapping[str, set[str]]:
    """The zones of each service that is offered, by id; names that are no zone of the account are left out."""
    ids = zone_names(case.live)
    return {name: {ids[zone] for row in rows for zone in row["AvailabilityZones"] if zone in ids}
            for name, rows in _offered(case).items()}


def _all_zones(case: Case) -> tuple[str, ...]:
    return zone_ids(case, case.plan.networks[0])


def _written(case: Case, lines: Mapping[str, tuple[str, ...]]) -> str:
    """The lines of the file: zones of services go by the zones of the network, which must be named then."""
    named = case.installation.network.zone_ids
    head = [] if named else ["network:", f"  zone_ids: [{', '.join(_all_zones(case))}]"]
    return "\n".join([*head, "endpoints:", "  zones:",
                      *(f"    {service}: [{', '.join(left)}]" for service, left in lines.items())])
