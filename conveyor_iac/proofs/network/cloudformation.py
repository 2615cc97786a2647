"""The network of a CloudFormation template in one world, as the model speaks of it.

Knows the properties of the AWS::EC2 and AWS::NetworkFirewall types that decide where packets go. What it does not know
becomes a route nobody can follow or a reason why no answer can be trusted, never nothing.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_EC2.html.
"""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.network.model import (
    Block,
    FirewallEndpoint,
    Kind,
    Nat,
    Network,
    Route,
    Subnet,
    Table,
    Target,
    Vpc,
)
from conveyor_iac.proofs.network.neighbours import may_add
from conveyor_iac.proofs.network.resolved import (
    Resolved,
    flag,
    items,
    mapping,
    name,
    reading,
    resolved,
    strangers,
    text,
)
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.template import Resource
from conveyor_iac.proofs.text import Text, Unknown

ROUTED: Mapping[str, tuple[str, ...]] = {
    "AWS::EC2::VPC": ("CidrBlock", "EnableDnsSupport", "EnableDnsHostnames", "Ipv4IpamPoolId"),
    "AWS::EC2::VPCCidrBlock": (), "AWS::EC2::SubnetCidrBlock": (),
    "AWS::EC2::GatewayRouteTableAssociation": (),
    "AWS::EC2::Subnet": ("CidrBlock", "Ipv6CidrBlock", "VpcId", "AvailabilityZone", "AvailabilityZoneId"),
    "AWS::EC2::RouteTable": ("VpcId",), "AWS::EC2::Route": (), "AWS::EC2::SubnetRouteTableAssociation": (),
    "AWS::EC2::VPNGatewayRoutePropagation": (), "AWS::EC2::RouteServerPropagation": (), "AWS::EC2::PrefixList": (),
    "AWS::EC2::NatGateway": ("SubnetId", "ConnectivityType", "AvailabilityMode", "VpcId"),
    "AWS::NetworkFirewall::Firewall": ("SubnetMappings",),
    "AWS::NetworkFirewall::VpcEndpointAssociation": ("SubnetMapping", "FirewallArn"),
}
_DESTINATIONS = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS = {
    "GatewayId": Kind.UNCLEAR, "VpcEndpointId": Kind.UNCLEAR, "CarrierGatewayId": Kind.CARRIER,
    "CoreNetworkArn": Kind.CORE, "EgressOnlyInternetGatewayId": Kind.EGRESS_ONLY, "InstanceId": Kind.INSTANCE,
    "LocalGatewayId": Kind.OUTPOST, "NatGatewayId": Kind.NAT, "NetworkInterfaceId": Kind.INTERFACE,
    "TransitGatewayId": Kind.TRANSIT, "VpcPeeringConnectionId": Kind.PEERING,
}
_GATEWAYS = {"AWS::EC2::InternetGateway": Kind.INTERNET, "AWS::EC2::VPNGateway": Kind.VPN,
             "AWS::EC2::CarrierGateway": Kind.CARRIER, "AWS::EC2::EgressOnlyInternetGateway": Kind.EGRESS_ONLY}
_PREFIXES = {"igw-": Kind.INTERNET, "eigw-": Kind.EGRESS_ONLY, "vgw-": Kind.VPN, "cagw-": Kind.CARRIER}
_MAKES_MORE = frozenset({"AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack",
                         "AWS::CloudFormation::StackSet", "AWS::Serverless::Application",
                         "AWS::ServiceCatalog::CloudFormationProvisionedProduct"})
_NETWORKS = frozenset({"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::RouteTable", "AWS::EC2::TransitGateway"})


def makes_more(resource: Resource) -> bool:
    """Whether somebody's own code or template stands behind a resource, which may do what is not seen here."""
    return resource.type in _MAKES_MORE or not resource.type.startswith("AWS::")


def networks(case: Case) -> tuple[tuple[World, Network], ...]:
    """The network in every world that tells networks apart."""
    found: tuple[tuple[World, Network], ...] = case.once("network.networks", lambda: _networks(case))
    return found


def _networks(case: Case) -> tuple[tuple[World, Network], ...]:
    parts = [(resource, keys) for type_, keys in ROUTED.items() for resource in case.template.of_type(type_)]
    return tuple((world, network(case, world)) for world in resolved(case).worlds(*parts))


def network(case: Case, world: World) -> Network:
    """The network in one world; the world must know every condition that networks depend on."""
    with reading("what the network is"):
        reader = _Reader(resolved(case), world)
        return Network(vpcs=reader.vpcs, subnets=dict(reader.subnets()), tables=dict(reader.tables()),
                       nats=dict(reader.nats()), endpoints=dict(reader.endpoints()), edges=reader.edges(),
                       strays=tuple(dict.fromkeys(reader.strays())),
                       unclear=(*reader.unclear(), *reader.unnamed(), *may_add(case)))


def block(value: Any) -> Block | None:
    """A CIDR, or the text that will be one."""
    found = text(value)
    if found is None or found.literal is None:
        return found
    try:
        return ip_network(found.literal.strip(), strict=False)
    except ValueError:
        return Text.of(Unknown(name=found.literal))


class _Reader:
    """Reads one world."""

    def __init__(self, source: Resolved, world: World) -> None:
        self._source = source
        self._world = world
        self.vpcs = dict(self._vpcs())
        self._lists = {resource.logical_id: tuple(self._entries(row))
                       for resource, row in self._rows("AWS::EC2::PrefixList")}

    def _rows(self, type_: str) -> Iterator[tuple[Resource, Mapping[str, Any]]]:
        for resource in self._source.made(self._world, type_):
            yield resource, self._source.properties(resource, self._world, *ROUTED[type_])

    def _vpcs(self) -> Iterator[tuple[str, Vpc]]:
        further: dict[str, list[Block]] = {}
        for resource, row in self._rows("AWS::EC2::VPCCidrBlock"):
            given = [block(row[key]) for key in ("CidrBlock", "Ipv6CidrBlock") if key in row]
            found = [one for one in given if one is not None]
            further.setdefault(name(row.get("VpcId")), []).extend(found or [_open(resource.logical_id)])
        for resource, row in self._rows("AWS::EC2::VPC"):
            own = block(row.get("CidrBlock")) or _open(f"{resource.logical_id}.CidrBlock")
            answers = (flag(row.get("EnableDnsSupport", True)), flag(row.get("EnableDnsHostnames", False)))
            resolves = None if None in answers and False not in answers else all(answers)
            blocks = (own, *further.get(resource.logical_id, ()))
            yield resource.logical_id, Vpc(name=resource.logical_id, blocks=blocks, resolves=resolves)

    def subnets(self) -> Iterator[tuple[str, Subnet]]:
        """The subnets with the tables they are associated with."""
        tables: dict[str, list[str]] = {}
        for _, row in self._rows("AWS::EC2::SubnetRouteTableAssociation"):
            tables.setdefault(name(row.get("SubnetId")), []).append(name(row.get("RouteTableId")))
        further: dict[str, list[Block]] = {}
        for _, row in self._rows("AWS::EC2::SubnetCidrBlock"):
            further.setdefault(name(row.get("SubnetId")), []).extend(_blocks(row, "Ipv6CidrBlock"))
        for resource, row in self._rows("AWS::EC2::Subnet"):
            zone = text(row.get("AvailabilityZone", row.get("AvailabilityZoneId")))
            blocks = (*_blocks(row, "CidrBlock", "Ipv6CidrBlock"), *further.get(resource.logical_id, ()))
            yield resource.logical_id, Subnet(
                name=resource.logical_id, vpc=name(row.get("VpcId")), blocks=blocks, zone=zone,
                base=self._base(resource), tables=tuple(tables.get(resource.logical_id, ())))

    def _base(self, subnet: Resource) -> Block | None:
        """The block a subnet's was cut from by `Fn::Cidr`, however often."""
        cut = self._source.settled(subnet.properties.get("CidrBlock"), self._world)
        if _cut(cut) is None:
            return None
        while (whole := _cut(cut)) is not None:
            cut = whole
        found = block(self._source.text(cut, self._world))
        owner = str(found)[2:].partition(".CidrBlock}")[0]
        return self.vpcs[owner].blocks[0] if owner in self.vpcs and str(found).endswith(".CidrBlock}") else found

    def tables(self) -> Iterator[tuple[str, Table]]:
        """The tables of the template, and those of elsewhere that it adds routes to."""
        routes: dict[str, list[Route]] = {}
        for resource, row in self._rows("AWS::EC2::Route"):
            routes.setdefault(name(row.get("RouteTableId")), []).append(self._route(resource, row))
        for table, route in self._propagated():
            routes.setdefault(table, []).append(route)
        for resource, row in self._rows("AWS::EC2::RouteTable"):
            yield resource.logical_id, Table(name=resource.logical_id, vpc=name(row.get("VpcId")),
                                             routes=tuple(routes.pop(resource.logical_id, ())))
        for table, found in routes.items():
            yield table, Table(name=table, vpc="", routes=tuple(found), known=False)

    def strays(self) -> Iterator[str]:
        """Tables that may be any subnet's own: those of elsewhere that get routes, and those a subnet of elsewhere has.

        What is named by a parameter, an import or its id may be what the template itself made, on the next update.
        """
        made = self._source.template.resources
        routed = [name(row.get("RouteTableId")) for _, row in self._rows("AWS::EC2::Route")]
        for table in (*routed, *(table for table, _ in self._propagated())):
            if table not in made or made[table].type != "AWS::EC2::RouteTable":
                yield table
        for _, row in self._rows("AWS::EC2::SubnetRouteTableAssociation"):
            subnet = name(row.get("SubnetId"))
            if subnet not in made or made[subnet].type != "AWS::EC2::Subnet":
                yield name(row.get("RouteTableId"))

    def _propagated(self) -> Iterator[tuple[str, Route]]:
        """Routes that gateways and route servers write by themselves: nobody knows for which blocks."""
        for resource, row in self._rows("AWS::EC2::VPNGatewayRoutePropagation"):
            target = Target(kind=Kind.VPN, name=name(row.get("VpnGatewayId")))
            given = items(row.get("RouteTableIds"))
            for table in (row.get("RouteTableIds"),) if given is None else given:
                yield name(table), Route(name=resource.logical_id, target=target,
                                         destinations=(_open(resource.logical_id),))
        for resource, row in self._rows("AWS::EC2::RouteServerPropagation"):
            target = Target(kind=Kind.UNCLEAR, name=name(row.get("RouteServerId")))
            yield name(row.get("RouteTableId")), Route(name=resource.logical_id, target=target,
                                                       destinations=(_open(resource.logical_id),))

    def _route(self, resource: Resource, row: Mapping[str, Any]) -> Route:
        destinations: list[Block] = []
        listed = False
        for key in _DESTINATIONS[:2]:
            destinations += _blocks(row, key)
        if "DestinationPrefixListId" in row:
            found = name(row["DestinationPrefixListId"])
            destinations += self._lists.get(found, (_open(found),))
            listed = True
        if strangers(row, ("RouteTableId", *_DESTINATIONS, *_TARGETS)) or not destinations:
            destinations.append(_open(resource.logical_id))
            return Route(name=resource.logical_id, target=Target(kind=Kind.UNCLEAR, name=resource.logical_id),
                         destinations=tuple(destinations), listed=listed)
        return Route(name=resource.logical_id, destinations=tuple(destinations), listed=listed,
                     target=self._target(resource, row))

    def _target(self, resource: Resource, row: Mapping[str, Any]) -> Target:
        given = [key for key in _TARGETS if key in row]
        if len(given) != 1:
            return Target(kind=Kind.UNCLEAR, name=resource.logical_id)
        key, named = given[0], name(row[given[0]])
        if key == "GatewayId":
            return Target(kind=self._gateway(named), name=named)
        if key == "VpcEndpointId":
            return self._endpoint(self._source.settled(resource.properties.get(key), self._world), named)
        return Target(kind=_TARGETS[key], name=named)

    def _gateway(self, named: str) -> Kind:
        if named == "local":
            return Kind.LOCAL
        if made := self._source.template.resources.get(named):
            return _GATEWAYS.get(made.type, Kind.UNCLEAR)
        return next((kind for prefix, kind in _PREFIXES.items() if named.startswith(prefix)), Kind.UNCLEAR)

    def _endpoint(self, written: Any, named: str) -> Target:
        """The firewall or appliance whose endpoint a route names: AWS tells the endpoints of a firewall as a list."""
        spoken = {owner for owner in _owners(written) if owner in self._source.template.resources}
        types = {self._source.template.resources[owner].type for owner in spoken}
        if len(spoken) == 1 and types <= {"AWS::NetworkFirewall::Firewall",
                                          "AWS::NetworkFirewall::VpcEndpointAssociation"}:
            return Target(kind=Kind.FIREWALL, name=spoken.pop())
        appliance = types == {"AWS::EC2::VPCEndpoint"}
        return Target(kind=Kind.APPLIANCE if appliance else Kind.UNCLEAR, name=named)

    def nats(self) -> Iterator[tuple[str, Nat]]:
        """The NAT gateways; one of the whole VPC names no subnet."""
        for resource, row in self._rows("AWS::EC2::NatGateway"):
            public = (text(row.get("ConnectivityType", "public")) or Text()).literal != "private"
            subnet = name(row["SubnetId"]) if "SubnetId" in row else None
            yield resource.logical_id, Nat(name=resource.logical_id, subnet=subnet, public=public)

    def endpoints(self) -> Iterator[tuple[str, FirewallEndpoint]]:
        """The doors of the firewalls: those of their own subnets, and those further ones that are associated."""
        for resource, row in self._rows("AWS::NetworkFirewall::Firewall"):
            given = items(row.get("SubnetMappings")) or ()
            subnets = tuple(name(mapping(item).get("SubnetId")) for item in given)
            yield resource.logical_id, FirewallEndpoint(name=resource.logical_id, firewall=resource.logical_id,
                                                        subnets=subnets)
        for resource, row in self._rows("AWS::NetworkFirewall::VpcEndpointAssociation"):
            subnet = name(mapping(row.get("SubnetMapping")).get("SubnetId"))
            yield resource.logical_id, FirewallEndpoint(name=resource.logical_id, subnets=(subnet,),
                                                        firewall=name(row.get("FirewallArn")))

    def _entries(self, row: Mapping[str, Any]) -> Iterator[Block]:
        given = items(row.get("Entries"))
        if given is None:
            yield _open("Entries")
        for entry in given or ():
            yield block(mapping(entry).get("Cidr")) or _open("Cidr")

    def edges(self) -> Mapping[str, str]:
        """The tables of gateways, for what comes in by them."""
        return {name(row.get("GatewayId")): name(row.get("RouteTableId"))
                for _, row in self._rows("AWS::EC2::GatewayRouteTableAssociation")}

    def unnamed(self) -> Iterator[str]:
        """Routes and associations whose table or subnet is picked by a function that cannot be worked out."""
        for type_ in ("AWS::EC2::Route", "AWS::EC2::SubnetRouteTableAssociation"):
            for resource, row in self._rows(type_):
                for key in ("RouteTableId", "SubnetId"):
                    told = set(_owners(resource.properties.get(key))) & self._source.template.resources.keys()
                    if key in row and told and name(row[key]) not in told:
                        yield f"which of {', '.join(sorted(told))} {resource.logical_id} is for"

    def unclear(self) -> Iterator[str]:
        """Why routes may appear that no one sees here."""
        template = self._source.template
        for resource in template.resources.values():
            if makes_more(resource):
                told = {owner for owner in _owners(resource.properties, attributes=_WHOLE)
                        if owner in template.resources and template.resources[owner].type in _NETWORKS}
                if told:
                    yield f"{resource.logical_id} is given {', '.join(sorted(told))} and may add routes"


_WHOLE = frozenset({"", "VpcId", "SubnetId", "RouteTableId", "Id"})


def _open(named: str) -> Text:
    return Text.of(Unknown(name=named))


def _blocks(row: Mapping[str, Any], *keys: str) -> list[Block]:
    return [found for key in keys if key in row and (found := block(row[key])) is not None]


def _cut(value: Any) -> Any:
    """What `Fn::Select` of `Fn::Cidr` cuts a piece from."""
    if isinstance(value, dict) and "Fn::Select" in value:
        value = value["Fn::Select"][1]
        if isinstance(value, dict) and "Fn::Cidr" in value:
            return value["Fn::Cidr"][0]
    return None


def _owners(value: Any, attributes: frozenset[str] | None = None) -> Iterator[str]:
    """The resources a value speaks of, through these attributes only (`""`: by `Ref`)."""
    if isinstance(value, list):
        for item in value:
            yield from _owners(item, attributes)
    elif isinstance(value, dict):
        for key, item in value.items():
            if key == "Ref" and isinstance(item, str) and (attributes is None or "" in attributes):
                yield item
            elif key == "Fn::GetAtt":
                owner, attribute = item.split(".", 1) if isinstance(item, str) else (item[0], item[1])
                if attributes is None or attribute in attributes:
                    yield str(owner)
            elif key == "Fn::Sub":
                yield from _named_in(item, attributes)
            else:
                yield from _owners(item, attributes)


def _named_in(value: Any, attributes: frozenset[str] | None) -> Iterator[str]:
    written = value[0] if isinstance(value, list) else value
    for piece in str(written).split("${")[1:]:
        owner, _, attribute = piece.partition("}")[0].partition(".")
        if attributes is None or attribute in attributes:
            yield owner
    if isinstance(value, list):
        yield from _owners(value[1:], attributes)
