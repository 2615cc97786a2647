"""Machines that stand in several subnets at once, and so join them beside every route.

Knows instances, interfaces, attachments and launch templates of the template. A subnet that is not told counts as one
that may lead anywhere.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.network.asked import ways_of
from conveyor_iac.proofs.network.model import Network
from conveyor_iac.proofs.network.resolved import items, mapping, name, resolved
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.verdict import Answer, undecided

MACHINES: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::Instance": ("SubnetId", "NetworkInterfaces", "LaunchTemplate"),
    "AWS::EC2::NetworkInterface": ("SubnetId",),
    "AWS::EC2::NetworkInterfaceAttachment": ("InstanceId", "NetworkInterfaceId"),
    "AWS::EC2::LaunchTemplate": ("LaunchTemplateData",)}
_UNTOLD = ""


def joined(case: Case, world: World, network: Network, named: tuple[str, ...]) -> Iterator[Answer]:
    """Why a named subnet may have the ways of another: a machine stands in both."""
    if not case.template.of_type(*MACHINES):
        return
    for inner in resolved(case).within(world, MACHINES):
        for machine, subnets in _machines(case, inner).items():
            held = [subnet for subnet in subnets if subnet in named]
            for other in subnets:
                if held and other not in named and _leads_out(case, network, other):
                    yield undecided(f"{machine} joins {held[0]} with {other or 'a subnet that is not told'}, "
                                    "which has a way out")


def _leads_out(case: Case, network: Network, subnet: str) -> bool:
    return subnet not in network.subnets or any(walk.out is not False for walk in ways_of(case, network, subnet))


def _machines(case: Case, world: World) -> Mapping[str, dict[str, None]]:
    """The subnets each machine stands in."""
    source = resolved(case)
    rows = {type_: [(one.logical_id, source.properties(one, world, *keys)) for one in source.made(world, type_)]
            for type_, keys in MACHINES.items()}
    cards = {own: name(row.get("SubnetId")) for own, row in rows["AWS::EC2::NetworkInterface"]}
    found = {own: dict.fromkeys(_interfaces(mapping(row.get("LaunchTemplateData")), cards))
             for own, row in rows["AWS::EC2::LaunchTemplate"]}
    models = dict(found)
    for own, row in rows["AWS::EC2::Instance"]:
        model = mapping(row.get("LaunchTemplate"))
        given = (*_interfaces(row, cards), *models.get(name(model.get("LaunchTemplateId")), ()))
        found[own] = dict.fromkeys(given or (_UNTOLD,))
    for _, row in rows["AWS::EC2::NetworkInterfaceAttachment"]:
        machine = found.setdefault(name(row.get("InstanceId")), {_UNTOLD: None})
        machine[cards.get(name(row.get("NetworkInterfaceId")), _UNTOLD)] = None
    return found


def _interfaces(row: Mapping[str, Any], cards: Mapping[str, str]) -> Iterator[str]:
    if "SubnetId" in row:
        yield name(row["SubnetId"])
    given = items(row.get("NetworkInterfaces"))
    if given is None:
        yield _UNTOLD
    for one in map(mapping, given or ()):
        if "NetworkInterfaceId" in one:
            yield cards.get(name(one["NetworkInterfaceId"]), _UNTOLD)
        elif "SubnetId" in one:
            yield name(one["SubnetId"])
