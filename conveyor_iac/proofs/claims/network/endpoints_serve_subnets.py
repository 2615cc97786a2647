"""network.endpoints-serve-subnets: each named service has one endpoint that serves every named subnet."""

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.asked import named_subnets, no_subnets
from conveyor_iac.proofs.network.cloudformation import networks
from conveyor_iac.proofs.network.cloudformation_doors import DOORS, doors, groups
from conveyor_iac.proofs.network.doors import Admission, Endpoint, Group, lets_in, service_of
from conveyor_iac.proofs.network.model import Block, Network, Subnet
from conveyor_iac.proofs.network.pieces import covered
from conveyor_iac.proofs.network.resolved import resolved
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

HTTPS = 443
_ANY = ip_network("0.0.0.0/0")


class _World:
    """The endpoints and groups of one world, held against the subnets of one VPC."""

    def __init__(self, network: Network, subnets: tuple[Subnet, ...], admitted: Mapping[str, Group]) -> None:
        self._network, self._subnets, self._groups = network, subnets, admitted
        self._kept: dict[Endpoint, tuple[Answer, ...]] = {}
        self._shut: dict[tuple[tuple[str, ...], tuple[Block, ...]], tuple[tuple[Subnet, Block], ...]] = {}

    def serves(self, endpoint: Endpoint) -> tuple[Answer, ...]:
        """What is to be said of the one endpoint of a service."""
        if endpoint not in self._kept:
            self._kept[endpoint] = tuple(self._serves(endpoint))
        return self._kept[endpoint]

    def _serves(self, endpoint: Endpoint) -> Iterator[Answer]:
        if endpoint.kind == "Gateway":
            yield from self._routed(endpoint)
        elif endpoint.kind == "Interface":
            yield from self._named(endpoint)
            yield from self._in_zones(endpoint)
            yield from self._admitted(endpoint)
        else:
            yield undecided(f"{endpoint.name} is an endpoint of type {endpoint.kind}")

    def _routed(self, endpoint: Endpoint) -> Iterator[Answer]:
        """A gateway serves the subnets whose tables it is written into."""
        for subnet in self._subnets:
            if endpoint.tables is None:
                yield undecided(f"the route tables of {endpoint.name} are decided at deployment")
            elif not subnet.tables:
                yield _no(endpoint, "a gateway is not written into the main table", subnet=subnet.name)
            elif missing := [table for table in subnet.tables if table not in endpoint.tables]:
                yield _no(endpoint, "it is not in the route table", subnet=subnet.name, table=missing[0])

    def _named(self, endpoint: Endpoint) -> Iterator[Answer]:
        """The service's own name leads to the endpoint."""
        if endpoint.private_names is False:
            yield _no(endpoint, "private DNS is off")
        elif endpoint.private_names is None:
            yield undecided(f"whether private DNS of {endpoint.name} is on is decided at deployment")
        vpc = self._network.vpcs.get(endpoint.vpc)
        if vpc is not None and vpc.resolves is False:
            yield _no(endpoint, "DNS support or DNS host names of the VPC are off")
        elif vpc is None or vpc.resolves is None:
            yield undecided(f"whether {endpoint.vpc} has DNS support and DNS host names is not in the template")

    def _in_zones(self, endpoint: Endpoint) -> Iterator[Answer]:
        own = [self._network.subnets.get(subnet) for subnet in endpoint.subnets or ()]
        zones = {subnet.zone for subnet in own if subnet is not None}
        open_one = endpoint.subnets is None or None in own or None in zones
        for subnet in self._subnets:
            if subnet.zone is None:
                yield undecided(f"the zone of {subnet.name} is decided by AWS")
            elif subnet.zone not in zones and open_one:
                yield undecided(f"the zones of {endpoint.name} are not all in the template")
            elif subnet.zone not in zones:
                yield _no(endpoint, "it does not stand in the subnet's zone", subnet=subnet.name, zone=str(subnet.zone))

    def _admitted(self, endpoint: Endpoint) -> Iterator[Answer]:
        if endpoint.groups is None or any(group not in self._groups for group in endpoint.groups):
            yield undecided(f"the security groups of {endpoint.name} are not all in the template")
        elif not endpoint.groups:
            yield _no(endpoint, "it has the VPC's default security group, which admits only itself")
        else:
            yield from self._through(endpoint, endpoint.groups)

    def _through(self, endpoint: Endpoint, names: tuple[str, ...]) -> Iterator[Answer]:
        found = [self._groups[name] for name in names]
        own = self._network.vpcs[endpoint.vpc].blocks if endpoint.vpc in self._network.vpcs else ()
        ways = (way for group in found for way in group.admissions if lets_in(way, HTTPS) is not False)
        unsure = not all(group.known for group in found) or any(_is_open(way, own) for way in ways)
        for subnet, block in self._outside(names, own):
            if unsure:
                yield undecided(f"whether the groups of {endpoint.name} admit {subnet.name} is not in the template")
            else:
                yield _no(endpoint, "its security groups do not admit the subnet on port 443", subnet=subnet.name,
                          block=str(block if subnet.base is None else subnet.base))

    def _outside(self, names: tuple[str, ...], own: tuple[Block, ...]) -> tuple[tuple[Subnet, Block], ...]:
        """The blocks that groups do not surely admit; most endpoints share their groups, so each set is asked once."""
        if (names, own) not in self._shut:
            ways = [way for name in names for way in self._groups[name].admissions]
            sure = [way.source for way in ways if lets_in(way, HTTPS) and way.source is not None]
            self._shut[names, own] = tuple(
                (subnet, block) for subnet in self._subnets for block in subnet.blocks
                if (isinstance(block, Text) or block.version == 4) and not _holds(block, subnet.base, sure, own))
        return self._shut[names, own]


def _holds(block: Block, base: Block | None, sources: list[Block], own: tuple[Block, ...]) -> bool:
    """Whether the sources hold a block: itself, what it was cut from, or every block of its VPC."""
    literal = [source for source in sources if not isinstance(source, Text)]

    def held(one: Block) -> bool:
        return one in sources or covered(_ANY if isinstance(one, Text) else one, literal)

    return held(block) or (base is not None and held(base)) or (bool(own) and all(map(held, own)))


def _is_open(way: Admission, own: tuple[Block, ...]) -> bool:
    """Whether a way in may admit more than is seen: by another group, a list, or a block that is not the VPC's."""
    return way.source is None or lets_in(way, HTTPS) is None or (isinstance(way.source, Text) and way.source not in own)


def _no(endpoint: Endpoint, because: str, **more: Any) -> Answer:
    return refuted({"endpoint": endpoint.name, "service": str(endpoint.service), "because": because, **more})


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    yield from no_subnets(case)
    part = case.contract.network
    services = tuple(service_of(written) or written for written in (part.endpoints if part else ()))
    for world, network in networks(case):
        kept: dict[tuple[str, tuple[Group, ...]], _World] = {}
        named = [network.subnets[name] for name in named_subnets(case, network)]
        for inner in resolved(case).within(world, DOORS):
            case.left()
            made, admitted = doors(case, inner), groups(case, inner, network)
            for vpc in dict.fromkeys(subnet.vpc for subnet in named):
                key = (vpc, tuple(admitted.values()))
                held = kept.get(key) or kept.setdefault(key, _World(
                    network, tuple(subnet for subnet in named if subnet.vpc == vpc), admitted))
                here = _by_service(endpoint for endpoint in made if endpoint.vpc == vpc)
                for service in services:
                    for answer in _of_service(service, vpc, here, held):
                        yield _in(answer, inner.described())


def _in(answer: Answer, conditions: Mapping[str, bool]) -> Answer:
    if answer.counterexample is None:
        return answer
    return refuted({**answer.counterexample, "conditions": dict(conditions)}, *answer.notes)


def _by_service(endpoints: Iterable[Endpoint]) -> Mapping[str, list[Endpoint]]:
    """The endpoints under what they are for; under `""` those whose service is decided at deployment."""
    found: dict[str, list[Endpoint]] = {}
    for endpoint in endpoints:
        written = str(endpoint.service)
        service = service_of(written)
        if service:
            found.setdefault(service, []).append(endpoint)
        found.setdefault(written if service or written.startswith("com.amazonaws.vpce.") else "", []).append(endpoint)
    return found


def _of_service(service: str, vpc: str, here: Mapping[str, list[Endpoint]], held: _World) -> Iterator[Answer]:
    found = here.get(service, [])
    chosen = [endpoint for endpoint in found if endpoint.kind == "Gateway"] or found
    if not found and "" in here:
        yield undecided(f"whether an endpoint of {vpc} is for {service} is decided at deployment")
    elif not found:
        yield refuted({"service": service, "vpc": vpc, "because": "there is no endpoint for it"})
    elif len(chosen) > 1:
        yield refuted({"service": service, "vpc": vpc, "because": "there is more than one endpoint for it",
                       "endpoints": [endpoint.name for endpoint in chosen]})
    else:
        yield from held.serves(chosen[0])
        yield proved()


def _asked(case: Case) -> bool:
    return case.contract.network is not None and bool(case.contract.network.endpoints)


CLAIM = Claim(
    id="network.endpoints-serve-subnets",
    title="Each named service has one endpoint that serves every named subnet",
    why="A subnet without internet reaches a service by its endpoint or not at all; an endpoint that serves some "
        "subnets fails in the others.",
    source="https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html",
    asked=_asked,
    check=_check,
    axioms=("A subnet's block lies in one of its VPC's blocks; the blocks of a VPC do not overlap.",),
)
