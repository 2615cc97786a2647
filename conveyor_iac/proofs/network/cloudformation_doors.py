"""VPC endpoints and security groups of a CloudFormation template in one world, as the model speaks of them.

Knows the properties of AWS::EC2::VPCEndpoint and AWS::EC2::SecurityGroup that say who is served. An endpoint without
VpcEndpointType is a gateway, and private names are off unless they are switched on: CloudFormation's defaults.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ec2-vpcendpoint.html.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.network.cloudformation import block
from conveyor_iac.proofs.network.doors import Admission, Endpoint, Group
from conveyor_iac.proofs.network.model import Block, Network
from conveyor_iac.proofs.network.resolved import Resolved, flag, items, mapping, name, resolved, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text

DOORS: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::VPCEndpoint": ("ServiceName", "VpcEndpointType", "VpcId", "SubnetIds", "RouteTableIds",
                              "SecurityGroupIds", "PrivateDnsEnabled"),
    "AWS::EC2::SecurityGroup": ("SecurityGroupIngress",), "AWS::EC2::SecurityGroupIngress": ()}


def doors(case: Case, world: World) -> tuple[Endpoint, ...]:
    """The endpoints that are made in a world."""
    source = resolved(case)
    kept: dict[int, Endpoint] = case.once("network.doors", dict)
    found: list[Endpoint] = []
    for resource in source.made(world, "AWS::EC2::VPCEndpoint"):
        row = source.properties(resource, world, *DOORS["AWS::EC2::VPCEndpoint"])
        if id(row) not in kept:  # rows are kept by `source`, so that one is the same object in every world it comes in
            kept[id(row)] = _endpoint(resource.logical_id, row)
        found.append(kept[id(row)])
    return tuple(found)


def groups(case: Case, world: World, network: Network) -> Mapping[str, Group]:
    """The security groups that are made in a world, with every way in."""
    source = resolved(case)
    further: dict[str, list[Admission]] = {}
    for resource in source.made(world, "AWS::EC2::SecurityGroupIngress"):
        row = source.properties(resource, world)
        further.setdefault(name(row.get("GroupId")), []).append(_admission(row, network))
    return dict(_groups(source, world, network, further))


def _groups(source: Resolved, world: World, network: Network,
            further: Mapping[str, list[Admission]]) -> Iterator[tuple[str, Group]]:
    for resource in source.made(world, "AWS::EC2::SecurityGroup"):
        rows = items(source.properties(resource, world, *DOORS["AWS::EC2::SecurityGroup"]).get("SecurityGroupIngress"))
        own = tuple(_admission(mapping(row), network) for row in rows or ())
        yield resource.logical_id, Group(name=resource.logical_id, known=rows is not None,
                                         admissions=(*own, *further.get(resource.logical_id, ())))


def _endpoint(own: str, row: Mapping[str, Any]) -> Endpoint:
    return Endpoint(name=own, service=text(row.get("ServiceName")) or Text(), vpc=name(row.get("VpcId")),
                    kind=str(text(row.get("VpcEndpointType", "Gateway"))), subnets=_names(row.get("SubnetIds")),
                    tables=_names(row.get("RouteTableIds")), groups=_names(row.get("SecurityGroupIds")),
                    private_names=flag(row.get("PrivateDnsEnabled", False)))


def _names(value: Any) -> tuple[str, ...] | None:
    rows = items(value)
    return None if rows is None else tuple(map(name, rows))


def _admission(row: Mapping[str, Any], network: Network) -> Admission:
    given = [row[key] for key in ("CidrIp", "CidrIpv6") if key in row]
    protocol = text(row.get("IpProtocol"))
    return Admission(source=_block(given[0], network) if given else None, ports=_ports(row),
                     protocol=protocol.literal if protocol is not None else None)


def _block(value: Any, network: Network) -> Block | None:
    """A block; one that is told as a VPC's own is that VPC's."""
    found = block(value)
    owner = str(found)[2:].partition(".CidrBlock}")[0]
    return network.vpcs[owner].blocks[0] if str(found) == f"${{{owner}.CidrBlock}}" and owner in network.vpcs else found


def _ports(row: Mapping[str, Any]) -> tuple[int, int] | None:
    words = [text(row.get(key)) for key in ("FromPort", "ToPort")]
    if words == [None, None]:
        return (-1, -1)
    literals = [word.literal if word is not None else None for word in words]
    return None if None in literals or not all(_is_number(word) for word in literals) else (
        int(literals[0] or 0), int(literals[1] or 0))


def _is_number(word: str | None) -> bool:
    return word is not None and word.removeprefix("-").isdigit()
