"""network.no-internet-path: from the named subnets no packet reaches the internet."""

from collections.abc import Iterator
from typing import Any

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.asked import beside, isolated, named_subnets, no_subnets, ways_of, without_internet
from conveyor_iac.proofs.network.cloudformation import networks
from conveyor_iac.proofs.network.machines import joined
from conveyor_iac.proofs.network.model import Network
from conveyor_iac.proofs.network.paths import Walk
from conveyor_iac.proofs.network.replay import confirmed
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided


def told(world: World, walk: Walk) -> dict[str, Any]:
    """A way as a counterexample tells it."""
    return {"from": walk.subnet, "to": str(walk.address), "conditions": world.described(),
            "hops": [{"table": hop.table, "route": hop.route, "through": str(hop.kind), "to": hop.to}
                     for hop in walk.hops]}


def _check(case: Case) -> Answer:
    answer = together(_answers(case))
    return Answer(verdict=answer.verdict, counterexample=answer.counterexample, notes=(*answer.notes, *beside(case)))


def _answers(case: Case) -> Iterator[Answer]:
    yield from no_subnets(case, isolated(case))
    for world, network in networks(case):
        case.left()
        for reason in network.unclear:
            yield undecided(reason)
        named = named_subnets(case, network, isolated(case))
        yield from joined(case, world, network, named)
        for subnet in named:
            for walk in ways_of(case, network, subnet):
                yield _answer(world, network, walk)


def _answer(world: World, network: Network, walk: Walk) -> Answer:
    if walk.out and walk.certain:
        example = told(world, walk)
        if confirmed(network, example):
            return refuted(example)
    if walk.out or walk.out is None:
        may = "it may leave, as what is decided at deployment has it: " if walk.out else ""
        return undecided(f"from {walk.subnet} to {walk.address}: {may}{walk.reason}")
    return proved()


CLAIM = Claim(
    id="network.no-internet-path",
    title="From the subnets named as isolated no packet reaches the internet",
    why="What cannot leave the network cannot be sent away, whatever runs in it.",
    source="https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html",
    asked=without_internet,
    check=_check,
    axioms=(
        "A packet leaves a VPC by a route of its subnet's table; the VPC's own addresses always stay in it.",
        "Private, shared, link-local and documentation addresses are not routed on the internet.",
        "Blocks that are decided at deployment hold private addresses where they are a VPC's own.",
        "Routes are added by nothing but the template and what it names; security groups and network ACLs are not "
        "counted as walls.",
        "A gateway endpoint's routes lead to its service and nowhere else.",
        "No machine of the named subnets has a second interface in another one that the template does not show.",
    ),
)
