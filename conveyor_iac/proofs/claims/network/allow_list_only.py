"""network.allow-list-only: from the named subnets only TLS to the agreed names leaves, through a firewall."""

from collections.abc import Iterator, Mapping

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.claims.network.no_internet_path import told
from conveyor_iac.proofs.network.asked import beside, by_allow_list, named_subnets, no_subnets, ways_of
from conveyor_iac.proofs.network.cloudformation import networks
from conveyor_iac.proofs.network.cloudformation_filters import FIREWALLS, policies
from conveyor_iac.proofs.network.filters import Policy
from conveyor_iac.proofs.network.firewalls import Finding, findings, notes
from conveyor_iac.proofs.network.machines import joined
from conveyor_iac.proofs.network.model import Block, Network
from conveyor_iac.proofs.network.paths import Walk
from conveyor_iac.proofs.network.replay import confirmed
from conveyor_iac.proofs.network.resolved import resolved
from conveyor_iac.proofs.network.returns import one_sided
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.verdict import Answer, Verdict, proved, refuted, together, undecided


class _Judge:
    """Holds the ways of one world against the contract; each policy is judged once for each VPC."""

    def __init__(self, case: Case, world: World, network: Network, firewalls: Mapping[str, Policy]) -> None:
        self._case, self._world, self._network, self._firewalls = case, world, network, firewalls
        self._found: dict[tuple[str, str], tuple[Finding, ...]] = {}
        self.domains = case.contract.network.domains if case.contract.network else ()

    def answer(self, walk: Walk) -> Answer:
        """What one way comes to."""
        if walk.out is False:
            return proved()
        answers = [self._through(walk, endpoint) for endpoint in walk.firewalls]
        if any(answer.verdict is Verdict.PROVED for answer in answers):
            return together(answer for answer in answers if answer.verdict is Verdict.PROVED)
        if answers:
            return together(answers)
        if walk.out and walk.certain:
            example = told(self._world, walk)
            if confirmed(self._network, example):
                return refuted({**example, "because": "no firewall stands in this way"})
        may = "it may leave past every firewall: " if walk.out else ""
        return undecided(f"from {walk.subnet} to {walk.address}: {may}{walk.reason}")

    def _through(self, walk: Walk, endpoint: str) -> Answer:
        """What the firewall at a door lets through on this way."""
        door = self._network.endpoints.get(endpoint)
        policy = self._firewalls.get(door.firewall) if door else None
        if policy is None:
            return undecided(f"the policy of the firewall at {endpoint} is not in the template")
        found = self._findings(policy, self._network.subnets[walk.subnet].vpc)
        if not found:
            half = one_sided(self._network, walk, endpoint)
            return undecided(half) if half else proved(*notes(policy, self.domains))
        for finding in found:
            if finding.packet and walk.out and walk.certain:
                example = told(self._world, walk)
                if confirmed(self._network, example):
                    return refuted({**example, "because": finding.because, "packet": finding.packet})
        return undecided(*(finding.because for finding in found))

    def _findings(self, policy: Policy, vpc: str) -> tuple[Finding, ...]:
        key = (policy.name, vpc)
        if key not in self._found:
            own = self._network.vpcs.get(vpc)
            blocks: tuple[Block, ...] = own.blocks if own else ()
            strange = () if own else (Finding(because=f"which blocks {vpc} has is not in the template"),)
            self._found[key] = (*strange, *findings(policy, self.domains, blocks))
        return self._found[key]


def _check(case: Case) -> Answer:
    answer = together(_answers(case))
    return Answer(verdict=answer.verdict, counterexample=answer.counterexample, notes=(*answer.notes, *beside(case)))


def _answers(case: Case) -> Iterator[Answer]:
    yield from no_subnets(case)
    source = resolved(case)
    for world, network in networks(case):
        case.left()
        for reason in network.unclear:
            yield undecided(reason)
        named = named_subnets(case, network)
        yield from joined(case, world, network, named)
        for inner in source.within(world, FIREWALLS):
            judge = _Judge(case, inner, network, policies(case, inner))
            for subnet in named:
                for walk in ways_of(case, network, subnet):
                    yield judge.answer(walk)


CLAIM = Claim(
    id="network.allow-list-only",
    title="From the named subnets only TLS on port 443 to the agreed names leaves, through a firewall",
    why="Honest software reaches what it must and nothing else; every way out passes the same judge.",
    source="https://docs.aws.amazon.com/network-firewall/latest/developerguide/stateful-rule-groups-domain-names.html",
    asked=by_allow_list,
    check=_check,
    axioms=(
        "A firewall reads the name a client says in its TLS greeting; a hostile client can say an agreed name and "
        "speak to another address.",
        "A default that drops what is established drops every TCP connection that no rule has passed.",
    ),
)
