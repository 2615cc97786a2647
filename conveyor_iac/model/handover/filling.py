"""The sheet of an installation on AWS: what its stacks hand out, and what its plan decided, put together."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from conveyor_iac.model import catalogue, names, outbound
from conveyor_iac.model.deployment import CONTROL_PLANE, NetworkPlan
from conveyor_iac.model.egress import COGNITO
from conveyor_iac.model.endpoints import domains
from conveyor_iac.model.handover.asked import listed
from conveyor_iac.model.handover.form import Cognito, Network, NotKnown, Policy, Role, Service, Subnet, Way
from conveyor_iac.model.installation import ExistingNetwork, Installation
from conveyor_iac.model.placeholders import every, fill
from conveyor_iac.model.plan import Plan, values_of

Plane = Literal["data", "control"]
_PLANES: tuple[Plane, Plane] = ("data", "control")
_KINDS: tuple[tuple[str, Literal["node", "pod", "endpoint"]], ...] = (
    ("Node", "node"), ("Pod", "pod"), ("Endpoint", "endpoint"))
_BY: Mapping[str, Any] = {
    outbound.FIREWALL: "firewall", outbound.ENDPOINT: "privatelink", outbound.PROXY: "proxy", outbound.NAT: "nat",
    outbound.YOURS: "own-network", outbound.INSTALLERS: "installer-network"}
"""The ways to Cognito, by what the outbound table says lets it through."""


def of_aws(installation: Installation, plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the sheet says of AWS, by its keys; `given` are the values of the outputs that were asked for."""
    return {"role": _role(installation, plan, given), "networks": tuple(_networks(installation, plan, given)),
            "services": tuple(_services(installation, plan, given)), "ways": tuple(_ways(plan, given)),
            "cognito": tuple(_cognito(installation, plan)),
            "cluster_tags": _tags(given), "azure": None}


def not_known(installation: Installation, plan: Plan, filled: Mapping[str, Any]) -> Iterator[NotKnown]:
    """What of it neither the outputs nor the file say."""
    for number, network in enumerate(filled["networks"]):
        key = f"networks.{number}"
        if network.brought:
            yield from _brought(key, network, installation)
        if network.ipv6:
            yield NotKnown(key=f"{key}.cidrs", why="the IPv6 block is AWS's choice, and no output",
                           way_out=f"aws ec2 describe-vpcs --vpc-ids {network.id}")
    for number, way in enumerate(filled["ways"]):
        if way.dns_name is None:
            yield NotKnown(key=f"ways.{number}.dns_name", why="the connection is not accepted yet",
                           way_out="Accept it (conveyor-iac connections), deploy again and hand over again")


def _brought(key: str, network: Network, installation: Installation) -> Iterator[NotKnown]:
    subnets = " ".join(subnet.id for subnet in network.subnets)
    if subnets:
        yield NotKnown(key=f"{key}.zone_ids, {key}.subnets", why="zones and CIDRs of subnets that are brought are no"
                       " output, and the file has no key for them", way_out=f"aws ec2 describe-subnets --subnet-ids"
                       f" {subnets}")
    if not network.cidrs:
        yield NotKnown(key=f"{key}.cidrs", why="the file does not say it", way_out="Write network.existing.cidrs")
    there = {subnet.kind for subnet in network.subnets}
    for kind in ("node", "pod"):
        if kind not in there:
            yield NotKnown(key=f"{key}.subnets", why=f"the file names no {kind} subnets",
                           way_out=f"Write network.existing.{kind}_subnets")


def _role(installation: Installation, plan: Plan, given: Mapping[str, Any]) -> Role | None:
    if not plan.installer:
        return None
    values = values_of(installation)
    policies = (policy for part in plan.predefined for policy in every(part))
    return Role(
        arn=given["InstallerRoleArn"], session_name=given["SessionName"], boundary=given["BoundaryArn"],
        trusts=fill(names.CONTROL_PLANE_ROLE, values), created_roles=fill(names.CREATED_ROLES, values),
        policies=tuple(Policy(name=policy.name, arn=given[f"{policy.name}Arn"]) for policy in policies))


def _networks(installation: Installation, plan: Plan, given: Mapping[str, Any]) -> Iterator[Network]:
    existing = installation.network.existing
    if installation.kind == "endpoint-service":
        return
    for plane, network in zip(_PLANES, plan.networks, strict=False):
        yield _of_theirs(existing) if existing else _of_ours(network, plane, given)


def _of_theirs(existing: ExistingNetwork) -> Network:
    rows = {"node": existing.node_subnets, "pod": existing.pod_subnets, "endpoint": existing.endpoint_subnets}
    return Network(plane="data", id=existing.vpc, brought=True, cidrs=existing.cidrs, ipv6=False, zone_ids=(),
                   subnets=tuple(Subnet(kind=kind, id=id, cidr=None, zone_id=None)
                                 for _, kind in _KINDS for id in rows[kind]))


def _of_ours(network: NetworkPlan, plane: Plane, given: Mapping[str, Any]) -> Network:
    assert network.vpc
    prefix, vpc = _prefix(plane), network.vpc
    zones = listed(given[f"{prefix}ZoneIds"])
    subnets = []
    for kind, word in _KINDS:
        planned = sorted((row for row in network.subnets if row.kind == kind), key=lambda row: int(row.zone))
        ids = listed(given[f"{prefix}{kind}SubnetIds"]) if planned else ()
        subnets += [Subnet(kind=word, id=id, cidr=row.cidr, zone_id=zones[row.zone])
                    for row, id in zip(planned, ids, strict=True)]
    return Network(plane=plane, id=given[f"{prefix}VpcId"], brought=False, ipv6=vpc.ipv6, zone_ids=zones,
                   cidrs=tuple(cidr for cidr in (vpc.cidr, vpc.pod_cidr) if cidr), subnets=tuple(subnets))


def _services(installation: Installation, plan: Plan, given: Mapping[str, Any]) -> Iterator[Service]:
    for plane, network in zip(_PLANES, plan.networks, strict=False):
        if network.service:
            prefix = _prefix(plane)
            yield Service(
                plane="yours" if installation.kind == "endpoint-service" else plane,
                name=given[f"{prefix}ServiceName"], region=given[f"{prefix}ServiceRegion"],
                account=given[f"{prefix}ServiceAccount"], principals=network.service.principals,
                ports=tuple(map(int, listed(given[f"{prefix}ServicePorts"]))))


def _ways(plan: Plan, given: Mapping[str, Any]) -> Iterator[Way]:
    for link in plan.links:
        plane: Plane = "control" if link.name.startswith(CONTROL_PLANE) else "data"
        yield Way(plane=plane, to="data" if plane == "control" else "control",
                  dns_name=given[f"{link.name}Dns"] or None)


def _cognito(installation: Installation, plan: Plan) -> Iterator[Cognito]:
    """The way to Cognito of each plane, as the outbound table has it."""
    values = values_of(installation)
    paths = outbound.outbound(installation, plan.networks, values)
    for plane in _PLANES:
        known = {fill(name, values) for name in domains(COGNITO[plane], catalogue.partition_of(installation.region))}
        found = [path for path in paths if path.plane == plane and path.destination in known]
        if found:
            yield Cognito(plane=plane, by=_BY[found[0].by], names=tuple(path.destination for path in found))


def _tags(given: Mapping[str, Any]) -> dict[str, str] | None:
    pairs = (text.partition("=") for text in listed(given.get("ClusterTags")))
    return {key: value for key, _, value in pairs} or None


def _prefix(plane: Plane) -> str:
    """What the keys of a plane's outputs begin with."""
    return CONTROL_PLANE if plane == "control" else ""
