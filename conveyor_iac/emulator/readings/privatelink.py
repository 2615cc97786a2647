"""What must hold of the doors: the endpoint service, its load balancer, and the ways to other services."""

from conveyor_iac.emulator.readings.network import rules
from conveyor_iac.emulator.readings.reading import Invariant, Looks
from conveyor_iac.emulator.readings.seen import Seen, service_of
from conveyor_iac.emulator.readings.snapshot import Words

OTHER = {"": "ControlPlane", "ControlPlane": ""}
"""What the outputs of the other plane begin with."""


def acceptance(seen: Seen) -> Looks:
    """Each connection is accepted by hand, and the service tells its name to nobody it does not know."""
    if seen.service:
        yield seen.service["ServiceId"], "" if seen.service["AcceptanceRequired"] else "accepts by itself"


def principals(seen: Seen) -> Looks:
    """Exactly those named may ask for a connection."""
    if seen.service:
        found = seen.service["Principals"]
        fit = set(found) == set(seen.asked.principals)
        yield seen.service["ServiceId"], "" if fit else ", ".join(found) or "nobody"


def balancer(seen: Seen) -> Looks:
    """Behind the service stands one internal network load balancer, in every zone."""
    yield "load balancers", "" if len(seen.balancers) == 1 else f"{len(seen.balancers)} of them"
    for row in seen.balancers:
        yield row["LoadBalancerName"], "" if (row["Type"], row["Scheme"]) == ("network", "internal") else (
            f"{row['Scheme']} {row['Type']}")
        zones = sorted(entry["ZoneName"] for entry in row["AvailabilityZones"])
        yield "zones", "" if zones == sorted(seen.zones) else f"in {', '.join(zones)}"


def ports(seen: Seen) -> Looks:
    """The load balancer listens on the ports of the file, by TCP."""
    for row in seen.balancers:
        found = {(entry["Protocol"], entry["Port"]) for entry in row["Listeners"]}
        fit = found == {("TCP", port) for port in seen.asked.ports}
        yield row["LoadBalancerName"], "" if fit else str(sorted(found))


def balancer_group(seen: Seen) -> Looks:
    """The load balancer lets nothing in but what comes by PrivateLink, and out to the VPC only."""
    for row in seen.balancers:
        groups = row.get("SecurityGroups", ())
        yield "groups", "" if groups else "none: everybody in the VPC may connect"
        for id in groups:
            group = seen.group(id)
            yield id, ", ".join(f"in: {rule}" for rule in rules(group["IpPermissions"]))
            yield id, ", ".join(f"out: {rule}" for rule in rules(group["IpPermissionsEgress"])
                                if rule[3] not in seen.blocks)


def notification(seen: Seen) -> Looks:
    """A topic is told when somebody asks for a connection."""
    told = [row for row in seen.snapshot.recorded["AWS::EC2::VPCEndpointConnectionNotification"]
            if seen.service and row.get("ServiceId") == seen.service["ServiceId"]]
    yield "notifications", "" if any("Connect" in row["ConnectionEvents"] for row in told) else "nobody is told"


def consumers(seen: Seen) -> Looks:
    """Each plane has one way to the other's service, from every zone the two share, for its own addresses only."""
    other = seen.outputs.get(f"{OTHER[seen.asked.prefix]}ServiceName", "(none)")
    found = seen.to_services
    fit = [row["ServiceName"] for row in found] == [other]
    yield "ways", "" if fit else ", ".join(map(service_of, found)) or "none"
    there = seen.outputs.get(f"{OTHER[seen.asked.prefix]}Zones", "").split(",")
    for row in found:
        zones = sorted(seen.zone(subnet) for subnet in row["SubnetIds"])
        common = sorted(zone for zone in seen.zones if zone in there)
        yield "zones", "" if zones == common else f"in {', '.join(zones)}"
        yield "group", ", ".join(_unfit(seen, row))


def _unfit(seen: Seen, endpoint: Words) -> list[str]:
    wanted = {("tcp", port, port, cidr) for port in seen.asked.ports for cidr in seen.blocks}
    found = {rule for group in endpoint["Groups"] for rule in rules(seen.group(group["GroupId"])["IpPermissions"])}
    return [] if found == wanted else [f"in: {rule}" for rule in sorted(found ^ wanted, key=str)]


def _offers(seen: Seen) -> bool:
    return seen.asked.service


def _own_balancer(seen: Seen) -> bool:
    """Whether the load balancer is ours: a file names one for the data plane only."""
    named = seen.asked.installation.private_link.load_balancer and not seen.asked.prefix
    return seen.asked.service and not named


INVARIANTS = (
    Invariant(id="service-acceptance", what="connections to the endpoint service", expected="accepted by hand",
              look=acceptance, when=_offers),
    Invariant(id="service-principals", what="who may ask for a connection", expected="exactly those named",
              look=principals, when=_offers),
    Invariant(id="service-balancer", what="load balancer of the service", expected="one, network, internal, every zone",
              look=balancer, when=_own_balancer),
    Invariant(id="service-ports", what="ports of the service", expected="those of the file", look=ports,
              when=_own_balancer),
    Invariant(id="balancer-group", what="group of the load balancer", expected="nothing in; out to the VPC only",
              look=balancer_group, when=_own_balancer),
    Invariant(id="service-notification", what="requests for connections", expected="a topic is told",
              look=notification, when=_offers),
    Invariant(id="consumers", what="the way to the other plane's service", expected="one, from every common zone",
              look=consumers, when=lambda seen: seen.asked.installation.deployment == "dedicated"),
)
