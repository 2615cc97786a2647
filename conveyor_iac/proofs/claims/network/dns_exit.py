"""network.dns-exit: the resolver of the named subnets' VPC asks nobody but AWS and those the contract agrees to."""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.network.asked import named_subnets, no_subnets, speaks_of_subnets
from conveyor_iac.proofs.network.cloudformation import networks
from conveyor_iac.proofs.network.cloudformation_filters import DNS_FIREWALLS, dns_rules, fails_open
from conveyor_iac.proofs.network.filters import DnsRule
from conveyor_iac.proofs.network.model import Network
from conveyor_iac.proofs.network.names import leads_nowhere
from conveyor_iac.proofs.network.neighbours import may_answer
from conveyor_iac.proofs.network.resolved import resolved
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_EVERYTHING = "*"


def _check(case: Case) -> Answer:
    return together(_answers(case))


def _answers(case: Case) -> Iterator[Answer]:
    yield from no_subnets(case)
    domains = case.contract.network.domains if case.contract.network else ()
    for reason in may_answer(case):
        yield undecided(reason)
    for world, network in networks(case):
        vpcs = dict.fromkeys(network.subnets[subnet].vpc for subnet in named_subnets(case, network))
        for inner in resolved(case).within(world, DNS_FIREWALLS):
            case.left()
            rules = dns_rules(case, inner)
            missing = [name for name in _when(case) if inner.conditions.get(name) is False]
            for vpc in vpcs:
                example = {"vpc": vpc, "conditions": inner.described()}
                answer = together((_answer(rules.get(vpc, ()), domains, example),
                                   *_failing(network, fails_open(case, inner), example)))
                yield answer if not missing else _told(answer, missing)


def _failing(network: Network, settings: tuple[tuple[str, str, bool | None], ...],
             example: Mapping[str, Any]) -> Iterator[Answer]:
    """A DNS firewall that lets everything pass while it cannot be reached holds nothing."""
    for own, vpc, passes in settings:
        if passes is False or (vpc != example["vpc"] and vpc in network.vpcs):
            continue
        if passes and vpc == example["vpc"]:
            yield refuted({**example, "query": _question(Text.of(_EVERYTHING)),
                           "because": f"{own} lets every name pass while the DNS firewall cannot answer"})
        else:
            yield undecided(f"whether {own} lets names pass while the DNS firewall of {example['vpc']} cannot answer")


def _when(case: Case) -> tuple[str, ...]:
    """The conditions under which the contract claims a DNS firewall; without a word on it, in every world."""
    return case.contract.network.dns_when if case.contract.network else ()


def _told(answer: Answer, missing: list[str]) -> Answer:
    """The answer of a world that the contract leaves out, as a note."""
    because = (answer.counterexample or {}).get("because", "") or "; ".join(answer.notes)
    return proved(f"not claimed without {' and '.join(missing)}: {answer.verdict}{because and f' ({because})'}")


def _answer(rules: tuple[DnsRule, ...], domains: tuple[str, ...], example: Mapping[str, Any]) -> Answer:
    """The rules one after the other, until one blocks everything that is left."""
    doubts: list[str] = []
    if len({rule.priority for rule in rules}) < len(rules):
        doubts.append(f"two rules of the DNS firewall of {example['vpc']} stand in the same place")
    blocked: set[str] = set()
    for rule in rules:
        if rule.action == "BLOCK" and not rule.riddle and (rule.names is None or rule.partial):
            continue
        if rule.riddle or rule.names is None:
            doubts.append(rule.riddle or f"the names of a rule of the DNS firewall of {example['vpc']} are not told")
        elif rule.action == "BLOCK":
            if any(name.literal == _EVERYTHING for name in rule.names):
                return undecided(*doubts) if doubts else proved()
            blocked |= set(map(str, rule.names))
        elif rule.action in ("ALLOW", "ALERT"):
            for name in rule.names:
                if str(name) not in blocked and not _is_agreed(name, domains):
                    return undecided(*doubts) if doubts else refuted(
                        {**example, "query": _question(name), "because": f"{rule.action} of {name}"})
        else:
            doubts.append(f"what the DNS firewall of {example['vpc']} does with a question")
    if doubts:
        return undecided(*doubts)
    because = "no rule blocks what no rule allows" if rules else "no DNS firewall is associated with the VPC"
    return refuted({**example, "query": _question(Text.of(_EVERYTHING)), "because": because})


def _is_agreed(name: Text, domains: tuple[str, ...]) -> bool:
    written = str(name).removesuffix(".")
    below = tuple(domain.removeprefix("*") for domain in domains if domain.startswith(("*.", ".")))
    return written in domains or written.removeprefix("*") in below or any(
        written.endswith(domain) for domain in below) or leads_nowhere(written)


def _question(name: Text) -> str:
    """A question that carries data past the rules."""
    written = str(name)
    if written == _EVERYTHING:
        return "stolen-data.example.com"
    if written == "*.in-addr.arpa":
        return "stolen-data.8.in-addr.arpa"
    return written.replace("*", "stolen-data", 1)


CLAIM = Claim(
    id="network.dns-exit",
    title="The resolver of the subnets' VPC answers for AWS's own names and the agreed ones, and asks nobody else",
    why="The VPC's resolver forwards names whatever the routes say, and a name carries data to whoever answers for it.",
    source="https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall.html",
    asked=speaks_of_subnets,
    check=_check,
    axioms=(
        "A DNS firewall without settings fails closed, which is AWS's default.",
        "Who has a resource at AWS cannot see the questions that AWS's own name servers answer about it.",
    ),
)
