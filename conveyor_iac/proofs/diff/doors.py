"""Which doors `after` has that `before` had not, or holds wider open: endpoints, services, load balancers, addresses.

Knows for each type what being there opens, and which of its properties open more; any other that has changed leaves
the answer open. Policies of endpoints and security groups are judged elsewhere, and so is where routes lead.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/, the page of each type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.sides import judged, rewritten, row, rows, same_one, sides, worlds, worlds_of
from conveyor_iac.proofs.network.resolved import flag, items, mapping, name, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_TAGS = frozenset({"Tags"})
_PERMISSIONS = "AWS::EC2::VPCEndpointServicePermissions"
_ATTACHMENT = "AWS::EC2::VPCGatewayAttachment"
_LEADING = ("AWS::EC2::Route", "AWS::EC2::VPNGatewayRoutePropagation")
_QUIET_ATTRIBUTES = ("access_logs.", "client_keep_alive.", "connection_logs.", "deletion_protection.",
                     "deregistration_delay.", "health_check_logs.", "idle_timeout.", "load_balancing.",
                     "routing.http2.", "slow_start.", "stickiness.", "target_group_health.", "target_health_state.",
                     "tcp.idle_timeout.", "zonal_shift.")
"""How the keys of attributes begin that say nothing of who gets through. Source:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What a type of resource opens.

    new: what it is to have one more; empty where that alone opens nothing. more: lists whose items each open more.
    opens: yes-or-no properties, by the value that opens and the one they have when left out. whole: properties
    whose every change opens something else. quiet: those that open nothing here; `rest`: all others are quiet too.
    """

    new: str = ""
    more: tuple[str, ...] = ()
    opens: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    quiet: frozenset[str] = frozenset()
    rest: bool = False


_ELB = "AWS::ElasticLoadBalancingV2::"
_KINDS: Mapping[str, Door] = {
    "AWS::EC2::VPCEndpoint": Door(
        new="a way to a service", more=("SubnetIds", "RouteTableIds"), opens={"PrivateDnsEnabled": ("true", "false")},
        whole=("ServiceName", "VpcEndpointType", "VpcId", "ResourceConfigurationArn", "ServiceNetworkArn"),
        quiet=frozenset({"PolicyDocument", "SecurityGroupIds"})),
    "AWS::EC2::VPCEndpointService": Door(
        new="a service that others may ask to connect to", opens={"AcceptanceRequired": ("false", "")},
        more=("NetworkLoadBalancerArns", "GatewayLoadBalancerArns", "SupportedRegions"),
        quiet=frozenset({"ContributorInsightsEnabled", "PayerResponsibility"})),
    f"{_ELB}LoadBalancer": Door(
        new="a load balancer", more=("Subnets", "SubnetMappings"),
        opens={"Scheme": ("internet-facing", "internet-facing"),
               "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": ("off", "on")},
        quiet=frozenset({"Name", "SecurityGroups", "MinimumLoadBalancerCapacity"})),
    "AWS::ElasticLoadBalancing::LoadBalancer": Door(
        new="a load balancer", more=("Subnets", "Listeners", "Instances"),
        opens={"Scheme": ("internet-facing", "internet-facing")},
        quiet=frozenset({"LoadBalancerName", "SecurityGroups", "HealthCheck", "AccessLoggingPolicy", "CrossZone"})),
    f"{_ELB}Listener": Door(
        new="a listener", whole=("Port", "Protocol", "LoadBalancerArn", "DefaultActions"),
        quiet=frozenset({"Certificates", "SslPolicy", "AlpnPolicy"})),
    f"{_ELB}ListenerRule": Door(new="a way past a listener", whole=("Actions", "Conditions", "ListenerArn")),
    f"{_ELB}TargetGroup": Door(
        more=("Targets",), whole=("Port", "Protocol", "VpcId", "TargetType"),
        quiet=frozenset({"Name", "HealthCheckEnabled", "HealthCheckIntervalSeconds", "HealthCheckPath",
                         "HealthCheckPort", "HealthCheckProtocol", "HealthCheckTimeoutSeconds", "Matcher",
                         "HealthyThresholdCount", "UnhealthyThresholdCount"})),
    "AWS::EC2::VPC": Door(rest=True, opens={"EnableDnsSupport": ("true", "true")}),
    "AWS::EC2::Subnet": Door(rest=True, opens={"MapPublicIpOnLaunch": ("true", "false"),
                                               "AssignIpv6AddressOnCreation": ("true", "false")}),
    "AWS::EC2::EIP": Door(new="a public address", whole=("InstanceId",), rest=True),
    "AWS::EC2::EIPAssociation": Door(new="a public address for what had none",
                                     whole=("InstanceId", "NetworkInterfaceId", "PrivateIpAddress"), rest=True),
    "AWS::EC2::NatGateway": Door(new="a NAT gateway", opens={"ConnectivityType": ("public", "public")}, rest=True),
}
"""Left out means: a VPC answers names, an endpoint is a gateway without private names, a load balancer faces the
internet, a NAT gateway has a public address. Whether a service then asks for acceptance is not said."""

_WHOLE: Mapping[str, str] = {
    "AWS::EC2::VPCPeeringConnection": "a connection to another VPC",
    "AWS::EC2::TransitGateway": "a connection to other networks",
    "AWS::EC2::VPNConnection": "a connection to another network",
    "AWS::EC2::ClientVpn": "a way in for clients",
    "AWS::EC2::CarrierGateway": "a gateway to a carrier's network",
    "AWS::EC2::InstanceConnectEndpoint": "a way in to machines",
    "AWS::EC2::VerifiedAccess": "a way in for clients",
    "AWS::EC2::LocalGateway": "a connection to an Outpost's network",
    "AWS::EC2::TrafficMirror": "a copy of what passes",
    "AWS::VpcLattice::": "a connection to services of others",
    "AWS::NetworkManager::": "a connection to other networks",
    "AWS::DirectConnect::": "a connection to another network",
    "AWS::GlobalAccelerator::": "a public address",
    "AWS::ApiGateway::VpcLink": "a way in from an API",
    "AWS::ApiGatewayV2::VpcLink": "a way in from an API",
    "AWS::CloudFront::VpcOrigin": "a way in from the internet",
    "AWS::Route53Resolver::ResolverEndpoint": "a way for names in or out",
    "AWS::Route53Resolver::ResolverRule": "names that are asked of others",
    "AWS::RAM::ResourceShare": "something that others may use",
}
"""Types, by how they begin, that open something by being there; what their properties open is not read."""
_MACHINES = ("AWS::EC2::Instance", "AWS::EC2::LaunchTemplate")


def found(joint: Joint) -> Iterator[Found]:
    """Whether each door of `after` is one that was not there, or is open wider."""
    if (mixed := tuple(rewritten(joint, Kind.DOOR))):
        yield from mixed
        return
    subjects = [one.logical_id for one in joint.after.template.resources.values() if _is_door(one.type)]
    judge = _Judge(joint)
    yield from judged(joint, Kind.DOOR, lambda: subjects, judge.answer)


def _is_door(type_: str) -> bool:
    return type_ in _KINDS or type_ in (_PERMISSIONS, _ATTACHMENT, *_MACHINES) or _kind(type_).new != ""


def _kind(type_: str) -> Door:
    """What a type opens; one that is read as a whole opens by being there."""
    return _KINDS.get(type_) or Door(new=next((what for start, what in _WHOLE.items() if type_.startswith(start)), ""))


class _Judge:
    """Asks about one door in every world that tells it apart."""

    def __init__(self, joint: Joint) -> None:
        self._joint = joint

    def answer(self, own: str) -> Answer:
        """One door."""
        type_ = self._joint.after.template.resources[own].type
        if type_ == _PERMISSIONS:
            return together(self._permissions(own))
        if same_one(self._joint, own):
            return proved()
        if type_ == _ATTACHMENT:
            return together(self._attached(own))
        if type_ in _MACHINES:
            return together(self._machine(own))
        return together(self._in_worlds(own, _kind(type_)))

    def _in_worlds(self, own: str, door: Door) -> Iterator[Answer]:
        for world in worlds_of(self._joint, own, ()):
            before, after = (row(case, world, own) for case in sides(self._joint))
            if after is None:
                continue
            if before is None:
                yield self._of_new(own, world, door, after)
            else:
                yield from _changed(own, door, before, after, {"door": own, "conditions": world.described()},
                                    Likely(self._joint, world))

    def _of_new(self, own: str, world: World, door: Door, after: Mapping[str, Any]) -> Answer:
        """One that was not there; unless one that was there and is gone opened as much."""
        if not door.new:
            return proved(f"{own} is new, and opens nothing by itself")
        type_ = self._joint.after.template.resources[own].type
        for inner in worlds(self._joint, {type_: ()}):
            if any(inner.conditions[one] != holds for one, holds in world.conditions.items()):
                continue
            mine, theirs = (rows(case, inner, type_) for case in sides(self._joint))
            if not _is_replaced(own, mine, theirs):
                told = {key: str(text(after[key])) for key in ("ServiceName", "Scheme", "Port", "Protocol")
                        if text(after.get(key)) is not None}
                return refuted({"door": own, "type": type_, "conditions": inner.described(), **told,
                                "because": f"it is {door.new} that was not there"})
        return proved()

    def _permissions(self, own: str) -> Iterator[Answer]:
        """Who may ask to connect to a service, by all that say so."""
        for world in worlds(self._joint, {_PERMISSIONS: ()}):
            after = row(self._joint.after, world, own)
            if after is None:
                continue
            service = name(after.get("ServiceId"))
            given = items(after.get("AllowedPrincipals"))
            mine = [one.get("AllowedPrincipals") for one in rows(self._joint.before, world, _PERMISSIONS).values()
                    if name(one.get("ServiceId")) == service]
            if given is None:
                if after.get("AllowedPrincipals") not in mine:
                    yield undecided(f"who may connect by {own} is a list that is decided at deployment")
                continue
            lists = [items(value) for value in mine]
            known = [one for value in lists for one in ((None,) if value is None else value)]
            told = {"door": own, "service": service, "conditions": world.described()}
            for one in given:
                yield _principal(text(one), [text(other) for other in known], told, Likely(self._joint, world))

    def _attached(self, own: str) -> Iterator[Answer]:
        """A gateway opens nothing by itself, and the network paths say which packets take it. But a route to one that
        was not attached led nowhere, whatever they say."""
        yield proved(f"{own} opens nothing by itself: which packets take it, the network paths say")
        for world in worlds(self._joint, {_ATTACHMENT: (), **dict.fromkeys(_LEADING, ())}):
            before, after = self._joint.before, row(self._joint.after, world, own)
            pair = (name((after or {}).get("VpcId")), _gateway(after or {}))
            were = [(name(one.get("VpcId")), _gateway(one)) for one in rows(before, world, _ATTACHMENT).values()]
            if pair[1] and pair not in were and any(
                    pair[1] == _gateway(one) for one in rows(before, world, *_LEADING).values()):
                yield undecided(f"whether the routes to {pair[1]} led anywhere before {own} attached it is not known")

    def _machine(self, own: str) -> Iterator[Answer]:
        """Whether a machine gets a public address."""
        for world in worlds_of(self._joint, own, ()):
            before, after = (row(case, world, own) for case in sides(self._joint))
            asked = [_public(one) for one in (before, after) if one is not None]
            if after is None or asked[-1] == [] or (asked[0] == asked[-1] and before is not None):
                continue
            if True in asked[-1] and (before is None or True not in asked[0]):
                yield refuted({"door": own, "conditions": world.described(), "because": "it gets a public address"})
            elif None in asked[-1]:
                yield undecided(f"whether {own} gets a public address is decided at deployment")


def _gateway(given: Mapping[str, Any]) -> str:
    """The gateway that an attachment or a route speaks of."""
    return next((name(given[key]) for key in ("InternetGatewayId", "VpnGatewayId", "GatewayId") if key in given), "")


def _is_replaced(own: str, mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> bool:
    """Whether each new one of a type can be told a gone one that says the same; the first come first."""
    gone = [_without_tags(mine[one]) for one in mine if one not in theirs]
    for one in theirs:
        if one not in mine and (said := _without_tags(theirs[one])) in gone:
            gone.remove(said)
            if one == own:
                return True
    return False


def _without_tags(given: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in given.items() if key not in _TAGS}


def _changed(own: str, door: Door, before: Mapping[str, Any], after: Mapping[str, Any], told: Mapping[str, Any],
             likely: Likely) -> Iterator[Answer]:
    """What has changed of a door that was there."""
    for key in dict.fromkeys((*after, *before)):
        one, other = before.get(key), after.get(key)
        if one == other or key in door.quiet or key in _TAGS:
            continue
        if key.endswith("Attributes") and (spoken := _attributes(one, other)) is not None:
            yield from (undecided(f"{word} of {own} has changed, and what that opens is not known") for word in spoken)
            continue
        if key in door.more:
            yield _added(own, key, one, other, told)
        elif key in door.opens:
            yield _opened(own, key, (one, other), door.opens[key], told)
        elif key in door.whole:
            yield _other(own, key, one, other, told, likely)
        elif not door.rest:
            yield undecided(f"{key} of {own} has changed, and what that opens is not known")


def _attributes(one: Any, other: Any) -> list[str] | None:
    """The attributes that have changed and may let somebody through; nothing where they are no plain list."""
    found = []
    for value in (one, other):
        given = [mapping(row) for row in items(value) or ()]
        if items(value) is None or not all({"Key", "Value"} == set(row) for row in given):
            return None
        found.append({str(text(row["Key"])): row["Value"] for row in given})
    keys = [key for key in dict.fromkeys((*found[0], *found[1])) if found[0].get(key) != found[1].get(key)]
    return [key for key in keys if not key.startswith(_QUIET_ATTRIBUTES)]


def _added(own: str, key: str, one: Any, other: Any, told: Mapping[str, Any]) -> Answer:
    mine, theirs = items(one), items(other)
    if mine is None or theirs is None:
        return undecided(f"{key} of {own} is a list that is decided at deployment")
    if new := [item for item in theirs if item not in mine]:
        return refuted({**told, key: _spelled(new[0]), "because": f"{key} has one more"})
    return proved()


def _opened(own: str, key: str, both: tuple[Any, Any], opens: tuple[str, str], told: Mapping[str, Any]) -> Answer:
    wanted, otherwise = opens
    mine, theirs = (_word(value, otherwise) for value in both)
    if theirs == mine or (theirs is not None and theirs not in (wanted, "")):
        return proved()
    if theirs == wanted and mine not in (None, ""):
        return refuted({**told, key: theirs, "because": f"{key} was {mine}"})
    return undecided(f"what {key} of {own} was, or is, is decided at deployment or not said")


def _word(value: Any, otherwise: str) -> str | None:
    """A word; the one that holds when it is left out; nothing for one that is decided at deployment."""
    if value is None:
        return otherwise
    found = flag(value)
    if found is not None:
        return str(found).lower()
    written = text(value)
    return None if written is None or written.literal is None else written.literal.lower()


def _other(own: str, key: str, one: Any, other: Any, told: Mapping[str, Any], likely: Likely) -> Answer:
    if other is None:
        return undecided(f"what {own} is without {key} is not known") if key != "InstanceId" else proved()
    texts = [part for value in (one, other) if (part := text(value)) is not None]
    filled = likely.values(texts)
    if len(texts) == 2 and (filled is None or len({str(part.fill(filled)) for part in texts}) == 1):
        return undecided(f"whether {key} of {own} is another is decided at deployment")
    return refuted({**told, key: _spelled(other), "because": f"{key} was {_spelled(one)}"})


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_spelled(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_spelled, value))
    return "nothing" if value is None else str(text(value))


def _principal(one: Text | None, known: list[Text | None], told: Mapping[str, Any], likely: Likely) -> Answer:
    """One who may ask to connect: as before, or of an account or of everybody that might before."""
    if one is None:
        return undecided(f"a principal of {told['door']} cannot be read")
    written = [other for other in known if other is not None]
    if one in written or any(_holds(str(other), str(one)) for other in written if other.literal is not None):
        return proved()
    filled = likely.values([one, *written])
    if len(written) < len(known) or filled is None:
        return undecided(f"whether {one} might connect before is decided at deployment")
    who = str(one.fill(filled))
    if any(who == (other := str(known_one.fill(filled))) or _holds(other, who) for known_one in written):
        return undecided(f"whether {one} might connect before is decided at deployment")
    return refuted({**told, "principal": str(one), **({"value": who} if one.unknowns else {}),
                    "because": "it may ask to connect, and might not"})


def _holds(wide: str, narrow: str) -> bool:
    """Whether a principal is one of those that another names: everybody, or an account."""
    if wide == "*":
        return True
    account = wide.removesuffix(":root")
    return wide.endswith(":root") and "*" not in wide and (
        narrow.startswith((f"{account}:", account.replace(":iam::", ":sts::", 1) + ":")))


def _public(given: Mapping[str, Any]) -> list[bool | None]:
    """What a machine's interfaces say of public addresses."""
    data = mapping(given.get("LaunchTemplateData")) or given
    cards = items(data.get("NetworkInterfaces"))
    if cards is None:
        return [None]
    return [flag(mapping(one)["AssociatePublicIpAddress"]) for one in cards
            if "AssociatePublicIpAddress" in mapping(one)]

