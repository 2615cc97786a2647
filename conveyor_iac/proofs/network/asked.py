"""What the contract asks of a network, and what is told beside a proof."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from ipaddress import ip_network

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.network.doors import service_of
from conveyor_iac.proofs.network.model import Address, Cidr, Network
from conveyor_iac.proofs.network.paths import Walk, Walks
from conveyor_iac.proofs.network.pieces import witnesses
from conveyor_iac.proofs.network.resolved import resolved, text
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, undecided

_BEYOND = frozenset({"TransitGatewayId", "VpcPeeringConnectionId", "LocalGatewayId", "CoreNetworkArn"})

_LATTICE = ("AWS::VpcLattice::ServiceNetworkVpcAssociation", "AWS::VpcLattice::ResourceGateway")
_STRANGE = frozenset({"Resource", "ServiceNetwork"})


def speaks_of_subnets(case: Case) -> bool:
    """Whether the contract names subnets at all."""
    return case.contract.network is not None


def without_internet(case: Case) -> bool:
    """Whether the contract says that subnets have no way to the internet."""
    return bool(isolated(case))


def by_allow_list(case: Case) -> bool:
    """Whether the contract says that the subnets reach the agreed names and no others."""
    return case.contract.network is not None and case.contract.network.egress == "allow-list"


def globs(case: Case) -> tuple[str, ...]:
    """The patterns of the subnets' logical ids."""
    return case.contract.network.subnets if case.contract.network else ()


def isolated(case: Case) -> tuple[str, ...]:
    """The patterns of the subnets that have no way to the internet: all of them, unless some have an agreed one."""
    part = case.contract.network
    if part is None:
        return ()
    return part.subnets if part.egress == "none" else part.isolated


def named_subnets(case: Case, network: Network, patterns: tuple[str, ...] | None = None) -> tuple[str, ...]:
    """The subnets of a network that the contract names, all or those of these patterns."""
    wanted = globs(case) if patterns is None else patterns
    return tuple(subnet for subnet in network.subnets if any(fnmatchcase(subnet, glob) for glob in wanted))


def no_subnets(case: Case, patterns: tuple[str, ...] | None = None) -> Iterator[Answer]:
    """Nothing is proved of subnets that are not there."""
    names = [resource.logical_id for resource in case.template.of_type("AWS::EC2::Subnet")]
    for glob in globs(case) if patterns is None else patterns:
        if not any(fnmatchcase(name, glob) for name in names):
            yield undecided(f"the template has no subnet {glob}")


def trusted(case: Case) -> tuple[Cidr, ...]:
    """The blocks of the customer's own networks; `InputError` for what is no block."""
    found: list[Cidr] = []
    faults: list[Fault] = []
    for index, written in enumerate(case.contract.network.trusted if case.contract.network else ()):
        try:
            found.append(ip_network(written))
        except ValueError:
            faults.append(Fault(path=f"contract: network.trusted.{index}", value=written, rule="is a CIDR",
                                way_out="Write it as 203.0.113.0/24, with no bit set after the prefix"))
    if faults:
        raise InputError(faults)
    return tuple(found)


def addresses(case: Case, network: Network) -> tuple[Address, ...]:
    """A public address for every piece of the address spaces that the network's routes tell apart."""
    blocks = [block for table in network.tables.values() for route in table.routes for block in route.destinations]
    blocks += [block for vpc in network.vpcs.values() for block in vpc.blocks]
    return witnesses([*trusted(case), *(block for block in blocks if not isinstance(block, Text))])


def ways_of(case: Case, network: Network, subnet: str) -> Iterator[Walk]:
    """Every way of a subnet to every piece of the address spaces."""
    walks: Walks = case.once(("network.walks", id(network)), lambda: Walks(network, trusted(case)))
    for address in case.once(("network.addresses", id(network)), lambda: addresses(case, network)):
        yield from walks.of(subnet, address)


def _elsewhere(case: Case) -> Iterator[str]:
    """What carries packets to a service that neither AWS nor the template offers, past every route."""
    for resource in case.template.of_type(*_LATTICE):
        yield resource.logical_id
    source, keys = resolved(case), ("ServiceName", "VpcEndpointType")
    for resource in case.template.of_type("AWS::EC2::VPCEndpoint"):
        for world in source.worlds((resource, keys)):
            if resource.condition is None or world.conditions[resource.condition]:
                row = source.properties(resource, world, *keys)
                kind, service = text(row.get("VpcEndpointType")), text(row.get("ServiceName")) or Text()
                if (kind is not None and kind.literal in _STRANGE) or not _is_known(case, service):
                    yield resource.logical_id


def _is_known(case: Case, service: Text) -> bool:
    """Whether a service is AWS's own or one that the template makes."""
    made = {one.logical_id for one in case.template.of_type("AWS::EC2::VPCEndpointService")}
    return bool(service_of(str(service))) or any(part.name.partition(".")[0] in made for part in service.unknowns)


def beside(case: Case) -> tuple[str, ...]:
    """What is no path but may carry data: endpoints without a policy, names that anyone answers, groups."""
    template = case.template
    notes: list[str] = []
    bare = [one.logical_id for one in template.of_type("AWS::EC2::VPCEndpoint")
            if "PolicyDocument" not in one.properties]
    if bare:
        notes.append(f"endpoints without a policy: {', '.join(bare)}")
    if template.of_type("AWS::EC2::VPC") and not template.of_type("AWS::Route53Resolver::FirewallRuleGroupAssociation"):
        notes.append("no DNS firewall: a name can carry data to whoever answers for it")
    if beyond := [one.logical_id for one in template.of_type("AWS::EC2::Route") if _BEYOND & one.properties.keys()]:
        notes.append(f"routes to other networks, of which only public addresses are looked at: {', '.join(beyond)}")
    if strange := tuple(dict.fromkeys(_elsewhere(case))):
        notes.append(f"leads to a service of somebody else: {', '.join(strange)}")
    if groups := len(template.of_type("AWS::EC2::SecurityGroup")):
        notes.append(f"{groups} security groups are not counted as walls")
    return tuple(notes)
