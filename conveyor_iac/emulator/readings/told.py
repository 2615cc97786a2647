"""What stands, told thing by thing for whoever wants to see it: endpoints, routes, and who may ask for connections."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from conveyor_iac.emulator.readings.seen import Seen, policy_of, service_of, tags

KINDS = ("Node", "Pod", "Endpoint", "Firewall", "Public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing of a network: its kind, its name, and what it is like."""

    network: str
    kind: str
    name: str
    text: str


def told(networks: Iterable[Seen]) -> Iterator[Told]:
    """Every endpoint, every route that leads out of a subnet, every permission of an endpoint service."""
    for seen in networks:
        rows = (*_endpoints(seen), *_routes(seen), *_permissions(seen))
        yield from (Told(network=seen.asked.name, kind=kind, name=name, text=text) for kind, name, text in rows)


def _endpoints(seen: Seen) -> Iterator[tuple[str, str, str]]:
    for row in (*seen.to_aws, *seen.to_services):
        zones = ", ".join(sorted(seen.zone(subnet) for subnet in row["SubnetIds"]))
        place = f"in {zones}" if zones else f"in {len(row['RouteTableIds'])} route tables"
        groups = ", ".join(group["GroupName"] for group in row["Groups"]) or "no group"
        sids = ", ".join(one.get("Sid", "?") for one in (policy_of(row) or {}).get("Statement", ())) or "none"
        yield "endpoint", service_of(row), f"{row['VpcEndpointType']} {place}; policy: {sids}; {groups}"


def _routes(seen: Seen) -> Iterator[tuple[str, str, str]]:
    for kind in KINDS:
        for subnet in seen.subnet_ids(kind):
            routes = seen.routes(subnet) if subnet in seen.subnets else {}
            text = ", ".join(f"{destination} to {target}" for destination, target in routes.items())
            yield "routes", tags(seen.subnets[subnet]).get("Name", subnet), text or "within the VPC only"


def _permissions(seen: Seen) -> Iterator[tuple[str, str, str]]:
    if seen.service:
        yield from (("may ask", seen.service["ServiceId"], principal) for principal in seen.service["Principals"])
