"""Which tables no longer lead to a service by its gateway endpoint, so that other routes lead there past its policy.

The way by an endpoint goes before every other, whatever its block. One without a policy of its own kept nobody from
anything. Source: https://docs.aws.amazon.com/vpc/latest/privatelink/gateway-endpoints.html.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.sides import judged, rows, same, worlds
from conveyor_iac.proofs.network.resolved import items, name, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.verdict import Answer, together, undecided

_ENDPOINT, _ROUTE, _TABLE = "AWS::EC2::VPCEndpoint", "AWS::EC2::Route", "AWS::EC2::RouteTable"
_KEYS = ("ServiceName", "VpcEndpointType", "RouteTableIds", "VpcId")


def found(joint: Joint) -> Iterator[Found]:
    """Whether each gateway endpoint of `before` that has a policy still stands in the way where it did."""
    if same(joint, lambda one: one.type == _ENDPOINT, frozenset({"Tags", "PolicyDocument"})):
        return
    guarding = [one.logical_id for one in joint.before.template.of_type(_ENDPOINT)
                if "RouteTableIds" in one.properties and "PolicyDocument" in one.properties]
    yield from judged(joint, Kind.PATH, lambda: guarding, lambda own: together(_answers(joint, own)))


def _answers(joint: Joint, own: str) -> Iterator[Answer]:
    for world in worlds(joint, {_ENDPOINT: _KEYS, _ROUTE: ()}):
        mine = rows(joint.before, world, _ENDPOINT, keys=_KEYS).get(own)
        after = rows(joint.after, world, _ENDPOINT, keys=_KEYS)
        kept = {way for row in after.values() for way in _ways(row)}
        for service, table in _ways(mine) if mine else ():
            if (service, table) not in kept and _leads_on(joint.after, world, table):
                yield undecided(f"whether {table} leads to {service} by another way, past the policy of {own}, is not"
                                " known")


def _ways(row: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The service and each table of a gateway endpoint; a list that is decided at deployment stands for its tables."""
    if str(text(row.get("VpcEndpointType")) or "Gateway") != "Gateway":
        return []
    tables = items(row.get("RouteTableIds"))
    service = str(text(row.get("ServiceName")))
    return [(service, name(table)) for table in ((row.get("RouteTableIds"),) if tables is None else tables)]


def _leads_on(case: Case, world: World, table: str) -> bool:
    """Whether a table is there and leads anywhere, as far as is known: one of elsewhere may."""
    made = case.template.resources.get(table)
    if made is None or made.type != _TABLE:
        return not table.startswith("before: ")
    return any(name(row.get("RouteTableId")) == table for row in rows(case, world, _ROUTE).values())
