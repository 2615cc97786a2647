"""The networks of a plan: from what an installation file, or a published template, asks for.

The same compositions (`deployment.py`) serve both: here the file's words become what they are asked to have.
"""

from dataclasses import replace
from typing import Any

from conveyor_iac.model import catalogue, deployment, names
from conveyor_iac.model.deployment import NetworkPlan, Wishes
from conveyor_iac.model.egress import COGNITO, every_reverse, reverse_names
from conveyor_iac.model.installation import ControlPlaneNetwork, Installation
from conveyor_iac.model.network import MOST_ZONES, Space
from conveyor_iac.model.placeholders import Either, decide, fill
from conveyor_iac.model.privatelink import EndpointConsumer

Networks = tuple[tuple[NetworkPlan, ...], tuple[EndpointConsumer, ...]]

PUBLISHED_ZONES = 3
"""How many zones a published network template has at most; an installation file may ask for four."""
DATA = Space()
CONTROL = Space(prefix=deployment.CONTROL_PLANE, cidr="${ControlPlaneVpcCidr}", pod_cidr=None,
                sized_by="ControlPlaneAddressPlan")
GUARDDUTY = "guardduty-data"
_SWITCHED = {**dict.fromkeys(COGNITO["control"], "CognitoByPrivateLink"), GUARDDUTY: "GuardDutyEnabled"}
"""Services whose endpoints stand behind a switch unless the file adds them by name."""
_SWITCHED_BROUGHT = {**_SWITCHED, **dict.fromkeys(COGNITO["control"], "CognitoEndpointsEnabled")}
"""The same in a VPC that is brought: there is no firewall to choose."""


def networks_of(installation: Installation) -> Networks:
    """The networks of an installation and the ways between them; none where the installer makes the network."""
    existing, wishes = installation.network.existing, _wishes(installation)
    if installation.kind == "endpoint-service" and existing:
        return (deployment.connector_service(wishes, vpc=existing.vpc, cidrs=existing.cidrs,
                                             subnets=existing.endpoint_subnets),), ()
    if existing:
        return (deployment.brought(wishes, vpc=existing.vpc, cidrs=existing.cidrs, subnets=existing.endpoint_subnets,
                                   tables=existing.route_tables, deployment=installation.deployment),), ()
    if installation.installer.network_rights:
        return (), ()
    data = deployment.data_plane(installation.deployment, wishes, replace(DATA, ipv6=installation.network.ipv6))
    if installation.deployment != "dedicated":
        return (data,), ()
    asked = replace(wishes, services=_services("control-plane", "control"), in_zones={}, switched=_SWITCHED,
                    zones=_control_zones(installation), load_balancer=None, targets=(),
                    reverse=reverse_names([_control_plane(installation).cidr]))
    control = decide(deployment.control_plane(asked, CONTROL), {}, _zone_switches(_control_plane(installation).zones))
    return (data, control), _links(installation, wishes)


def _links(installation: Installation, wishes: Wishes) -> tuple[EndpointConsumer, ...]:
    """The consumers, each in the zones that both networks have: EC2 takes no other."""
    both = min(installation.network.zones, _control_plane(installation).zones)
    return decide(deployment.links(DATA, CONTROL, wishes.ports), {}, _zone_switches(both))


def _control_zones(installation: Installation) -> tuple[str, ...] | None:
    """The control plane's zones by id, the first of the data plane's, where the file names as many."""
    named, wanted = installation.network.zone_ids, _control_plane(installation).zones
    return named[:wanted] if len(named) >= wanted else None


def published_networks() -> dict[str, Networks]:
    """The networks of the published templates, by the template's name."""
    data, control = (replace(space, most_zones=PUBLISHED_ZONES) for space in (DATA, CONTROL))
    plain = Wishes(services=(GUARDDUTY,), switched=_SWITCHED, zones="${AvailabilityZones}", ports=("${ServicePort}",),
                   principals=("${ServicePrincipal}",), reverse=every_reverse())
    private = replace(plain, services=_services("private-data-plane", "data"))
    controls = replace(plain, services=_services("control-plane", "control"))
    cidrs = ("${ExistingVpcCidr}", Either(switch="HasPodCidr", yes="${ExistingPodCidr}"))
    brought: dict[str, Any] = {"vpc": "${VpcId}", "cidrs": cidrs, "subnets": "${EndpointSubnetIds}"}

    def tagged(wishes: Wishes, of: str) -> Wishes:
        return replace(wishes, tags=names.tags(of))

    return {
        "network-shared": ((deployment.data_plane("shared", tagged(plain, "shared"), data),), ()),
        "network-private": ((deployment.data_plane("private", tagged(private, "private"), data),), ()),
        "network-dedicated": ((deployment.data_plane("dedicated", tagged(private, "dedicated"), data),
                               deployment.control_plane(tagged(controls, "dedicated"), control)),
                              deployment.links(data, control, plain.ports)),
        "network-private-existing-vpc": ((deployment.brought(
            tagged(replace(private, switched=_SWITCHED_BROUGHT), "private"), tables="${RouteTableIds}",
            deployment="private", **brought),), ()),
        "endpoint-service": ((deployment.connector_service(
            tagged(plain, "endpoint-service"), **brought),), ()),
    }


def values_of(installation: Installation) -> dict[str, str]:
    """What an installation decides of its networks: every placeholder of theirs."""
    network, port = installation.network, installation.private_link.ports[0]
    return {
        "VpcCidr": network.cidr, "PodCidr": network.pod_cidr,
        "AddressPlan": network.cidr.rpartition("/")[2],
        "ControlPlaneVpcCidr": _control_plane(installation).cidr,
        "ControlPlaneAddressPlan": _control_plane(installation).cidr.rpartition("/")[2],
        "ZoneCount": str(network.zones), "NatGateways": "Single" if network.nat == "single" else "PerZone",
        "CognitoAccess": {"firewall": "Firewall", "privatelink": "PrivateLink", "proxy": "Proxy"}[
            installation.cognito_access or "firewall"],
        "CognitoEndpoints": "Enabled" if installation.cognito_access == "privatelink" else "Disabled",
        "GuardDuty": "Enabled" if installation.guardduty else "Disabled",
        "ServicePort": str(port),
        "ServicePrincipal": (installation.private_link.principals or (_role(installation),))[0],
        **_brought_values(installation),
    }


def _brought_values(installation: Installation) -> dict[str, str]:
    existing = installation.network.existing
    if not existing:
        return {"ExistingPodCidr": ""}
    first, *further = (*existing.cidrs, "")
    return {"VpcId": existing.vpc, "EndpointSubnetIds": ",".join(existing.endpoint_subnets),
            "RouteTableIds": ",".join(existing.route_tables), "ExistingVpcCidr": first, "ExistingPodCidr": further[0]
            if further else ""}


def _control_plane(installation: Installation) -> ControlPlaneNetwork:
    return installation.control_plane.network or ControlPlaneNetwork()


def _role(installation: Installation) -> str:
    """The control plane's role: who connects where no principal is named."""
    control_plane = installation.control_plane
    return fill(names.CONTROL_PLANE_ROLE, {
        "AWS::Partition": _partition(installation.region), "ControlPlaneAccount": control_plane.account,
        "ControlPlaneRole": control_plane.role})


def _zone_switches(zones: int) -> dict[str, bool]:
    return {"HasThirdZone": zones > 2, "HasFourthZone": zones == MOST_ZONES}


def _wishes(installation: Installation) -> Wishes:
    asked, link, existing = installation.endpoints, installation.private_link, installation.network.existing
    shared = installation.deployment == "shared"
    services = _services(asked.set or (None if shared else "private-data-plane"), "" if shared else "data")
    kept = tuple(service for service in dict.fromkeys((*services, *asked.add)) if service not in asked.remove)
    zones = installation.network.zone_ids or None
    return Wishes(
        services=kept, zones=zones, partition=_partition(installation.region),
        tags={names.TENANT_TAG: "${TenantId}"},
        in_zones={service: tuple(zones.index(zone) for zone in wanted) for service, wanted in asked.zones.items()}
        if zones else {},
        switched={service: switch for service, switch in (_SWITCHED_BROUGHT if existing else _SWITCHED).items()
                  if service not in asked.add},
        there=frozenset(existing.endpoints if existing else ()), ports=tuple(map(str, link.ports)),
        principals=link.principals or (names.CONTROL_PLANE_ROLE,), load_balancer=link.load_balancer, topic=link.topic,
        targets=link.targets, reverse=reverse_names([installation.network.cidr, installation.network.pod_cidr]))


def _services(chosen: str | None, plane: str) -> tuple[str, ...]:
    """The interface endpoints of a set, with those that a switch may bring."""
    listed = catalogue.endpoint_sets()[chosen].endpoints if chosen else ()
    return tuple(dict.fromkeys((*listed, *COGNITO.get(plane, ()), GUARDDUTY)))


def _partition(region: str) -> str:
    return next(row.name for row in catalogue.partitions() if region in row.regions)

