"""Private hosted zones of a stack.

ministack's stack handler makes every zone public and forgets its VPCs. Knows where Route 53 keeps them: a zone with
VPCs is private and belongs to networks that exist; two of one name in one network are refused. No name is resolved.
"""

from __future__ import annotations

from typing import Any

from .stack_handlers import Properties, check_before, complete_after

ZONE = "AWS::Route53::HostedZone"


class ZoneRefused(ValueError):
    """Route 53 would refuse this."""


def install() -> None:
    """Check the VPCs of a zone, and keep them."""
    check_before(ZONE, check_networks)
    complete_after(ZONE, _keep)


def check_networks(_: str, properties: Properties, physical_id: str | None) -> None:
    """Hold a zone's VPCs against the account's networks and its other private zones."""
    from ministack.core.responses import get_account_id
    from ministack.services import ec2, route53

    name = f"{properties['Name'].rstrip('.')}."
    for vpc in _networks(properties):
        if ec2._vpcs.get_scoped(get_account_id(), vpc["VPCRegion"], vpc["VPCId"]) is None:
            raise ZoneRefused(f"The VPC ID '{vpc['VPCId']}' is not valid.")
        for other, zone in route53._zones.items():
            if other != physical_id and zone["name"] == name and vpc in (zone.get("vpcs") or []):
                raise ZoneRefused(f"The VPC {vpc['VPCId']} is already associated with a hosted zone of that name")


def _keep(zone_id: str, properties: Properties) -> None:
    from ministack.services import route53

    zone: dict[str, Any] = route53._zones[zone_id]
    zone["vpcs"] = _networks(properties)
    zone["private"] = bool(zone["vpcs"])


def _networks(properties: Properties) -> list[dict[str, str]]:
    return [{"VPCRegion": vpc["VPCRegion"], "VPCId": vpc["VPCId"]} for vpc in properties.get("VPCs") or []]
