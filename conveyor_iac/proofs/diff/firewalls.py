"""What a firewall policy lets through that another does not.

Cuts what can come by protocol, port, source and name at whatever either policy names, and asks both, rule by rule in
their order, about one of each kind. What cannot be read, and blocks that are decided at deployment, may go either way,
but the same way on both sides. Where AWS does not say how the engine does a thing, it is proved for each way it may.
Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import ip_network
from itertools import combinations, product
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.flows import (
    DROPPED,
    FIRST,
    OUTSIDE,
    PASSED,
    Asked,
    Flow,
    Sure,
    doubts_of,
    is_block,
    is_named,
    is_read,
    outcome,
    spans,
)
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.replay import flows
from conveyor_iac.proofs.diff.sides import rows, sides
from conveyor_iac.proofs.network.cloudformation import block
from conveyor_iac.proofs.network.cloudformation_filters import FIREWALLS, every_policy
from conveyor_iac.proofs.network.filters import HeaderRule, NameRule, Policy, Reference, Riddle, Rule, RuleGroup
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.network.pieces import pieces
from conveyor_iac.proofs.network.resolved import items, mapping, resolved
from conveyor_iac.proofs.network.resolved import name as name_of
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text, plain, texts
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

_FIREWALL = "AWS::NetworkFirewall::Firewall"
POLICY, GROUP = "AWS::NetworkFirewall::FirewallPolicy", "AWS::NetworkFirewall::RuleGroup"
_READ = {**FIREWALLS, _FIREWALL: ("FirewallPolicyArn", "VpcId"), "AWS::EC2::VPC": ("CidrBlock",)}
_MOST = 20_000
"""How many flows are asked about, each with whatever may fall out either way."""


def passes_more(joint: Joint, world: World, before: str, after: str) -> Answer:
    """Whether a policy of `after` lets through what one of `before` does not, in a world and all inside it."""
    names = {name for case in sides(joint) for inner in resolved(case).within(world, _READ)
             for name in inner.conditions}
    found = [inner for inner in joint.after.conditions.worlds(tuple(sorted(names)))
             if all(inner.conditions[name] == holds for name, holds in world.conditions.items())]
    return together(_one(joint, inner, before, after) for inner in found)


def _one(joint: Joint, world: World, before: str, after: str) -> Answer:
    mine, theirs = (_read(case, world, name) for case, name in zip(sides(joint), (before, after), strict=True))
    if theirs is None:
        return undecided(f"the policy {after} is not in the template") if mine is not None or before != after \
            else proved()
    if mine is None:
        return undecided(f"what the policy {before} let through is not known")
    answer = _more(mine, theirs, Likely(joint, world))
    if answer.counterexample is None:
        return answer
    return refuted({"policy": after, "conditions": world.described(), **answer.counterexample})


def _read(case: Case, world: World, name: str) -> Asked | None:
    policy = every_policy(case, world).get(name)
    if policy is None:
        return None
    written = {own: row["RuleGroup"] for own, row in rows(case, world, GROUP, keys=("RuleGroup",)).items()
               if "RuleGroup" in row}
    row = rows(case, world, POLICY, keys=("FirewallPolicy",))[name]["FirewallPolicy"]
    spoken = {one.name for one in (*policy.references, *policy.stateless)}
    made = Asked(policy=policy, row=row, groups={own: written[own] for own in spoken if own in written})
    return replace(made, rules=tuple(_ordered(made)), odd=tuple(_odd(policy)), own=_own(case, world, name),
                   strict=policy.strict and all(one.group.strict for one in policy.references if one.group))


def _own(case: Case, world: World, policy: str) -> tuple[Block, ...] | None:
    vpcs = {name_of(row.get("VpcId")) for row in rows(
        case, world, _FIREWALL, keys=("FirewallPolicyArn", "VpcId")).values()
        if name_of(row.get("FirewallPolicyArn")) == policy}
    found = [rows(case, world, "AWS::EC2::VPC", keys=("CidrBlock",)).get(vpc, {}).get("CidrBlock") for vpc in vpcs]
    own = block(found[0]) if len(found) == 1 else None
    return None if own is None else (own,)


def _odd(policy: Policy) -> Iterator[str]:
    yield from policy.riddles
    places = [one.priority for one in policy.references]
    if policy.strict and (not all(place.isdigit() for place in places) or len(set(places)) < len(places)):
        yield f"the order of the rule groups of {policy.name} is not told"


def _ordered(made: Asked) -> Iterator[tuple[RuleGroup, Rule, str]]:
    """Each rule with its group and a name of its own; what cannot be read may pass or drop anything."""
    for one in _references(made.policy):
        if one.group is None:
            yield from _riddles(RuleGroup(name=one.name, strict=made.policy.strict), one.name)
            continue
        for number, rule in enumerate(one.group.rules):
            own = f"rule {number} of {one.name}"
            if is_read(rule):
                yield one.group, rule, own
            else:
                yield from _riddles(one.group, f"{own}, {plain(made.groups.get(one.name), {})},")


def _riddles(group: RuleGroup, own: str) -> Iterator[tuple[RuleGroup, Rule, str]]:
    for what, does in (("pass", "passes"), ("drop", "drops")):
        yield group, Riddle(because=what), f"{own} {does} it"


def _references(policy: Policy) -> list[Reference]:
    """The groups in their order."""
    return sorted(policy.references, key=lambda one: int(one.priority) if one.priority.isdigit() else 0)


def _more(before: Asked, after: Asked, likely: Likely) -> Answer:
    if _words(before) == _words(after):
        return proved()
    if after.odd or before.odd:
        return undecided(*dict.fromkeys((*after.odd, *before.odd)))
    first = _first(before, after)
    if not before.policy.stateless and not after.policy.stateless and (
            _passes_unseen(before.policy.first) or after.policy.first == ("aws:drop",)):
        return first
    stateful = _stateful(before, after, likely)
    if stateful.counterexample is not None and (before.policy.stateless or after.policy.stateless):
        stateful = undecided(f"whether a stateless rule of {after.policy.name} judges what its other rules let through")
    return together((first, stateful))


def _words(made: Asked) -> Any:
    """A policy as it is written, what is a set in any order."""
    row = {key: sorted(map(str, value)) if key.endswith("DefaultActions") and isinstance(value, list) else value
           for key, value in made.row.items() if not key.endswith("References")}
    references = [sorted((one.priority, one.name) for one in group)
                  for group in (made.policy.references, made.policy.stateless)]
    references.append([(key, str(value)) for key, value in made.row.items() if key.endswith("References")
                       and any(set(mapping(one)) - {"Priority", "ResourceArn"} for one in items(value) or ())])
    return row, references, dict(made.groups), made.own


def _first(before: Asked, after: Asked) -> Answer:
    """What is done before any rule that knows connections."""
    for what, one, other in (("packets", before.policy.first, after.policy.first),
                             ("fragments", before.policy.fragments, after.policy.fragments)):
        if one is None or other is None:
            if one != other or before.row != after.row:
                return undecided(f"what {after.policy.name} does with {what} at first is decided at deployment")
        elif _unseen(other) > _unseen(one):
            if _unseen(other) == PASSED:
                return refuted({"packet": {"what": f"any of the {what}"},
                                "because": f"{after.policy.name} passes {what} without a look"})
            return undecided(f"{after.policy.name} looks at {what} that were dropped")
    mine, theirs = (([(one.priority, made.groups.get(one.name, one.name)) for one in made.policy.stateless])
                    for made in (before, after))
    if mine == theirs:
        return proved()
    passing = [one.group.passes_unseen[0] for one in after.policy.stateless if one.group and one.group.passes_unseen]
    if passing and not before.policy.stateless and not _passes_unseen(before.policy.first):
        return refuted({"packet": {"what": "packets that a stateless rule passes"}, "because": passing[0]})
    return undecided(f"the stateless rules of {after.policy.name} have changed") if passing or before.policy.stateless \
        else proved()


def _passes_unseen(words: tuple[str, ...] | None) -> bool:
    return words is not None and _unseen(words) == PASSED


def _unseen(words: tuple[str, ...]) -> int:
    if "aws:pass" in words or not words:
        return PASSED
    return DROPPED if "aws:drop" in words else FIRST


def _stateful(before: Asked, after: Asked, likely: Likely) -> Answer:
    doubts = sorted({doubt for made in (before, after) for doubt in doubts_of(made)})
    flows_ = list(_flows(before, after))
    if 2 ** len(doubts) * len(flows_) > _MOST:
        return undecided(f"{len(doubts)} things about {after.policy.name} are decided at deployment")
    chosen = sorted((frozenset(one) for count in range(len(doubts) + 1) for one in combinations(doubts, count)),
                    key=lambda one: (OUTSIDE not in one, len(one)))
    unclear = list(_hidden(before, after))
    for flow in flows_:
        for true in chosen:
            open_ones = [sure for sure in _ways(true) if not _is_covered(before, after, flow, sure)]
            if not open_ones:
                continue
            shown = _shown(before, after, flow, true, likely) if not (
                open_ones[0].denies_others or open_ones[0].judges_greeting) else None
            if shown is not None:
                return refuted({"packet": {**flow.told(), **shown},
                                "because": f"{after.policy.name} lets it through, and did not"})
            unclear.append(f"whether {after.policy.name} let through {flow.told()} cannot be told")
    return undecided(*dict.fromkeys(unclear[:5])) if unclear else proved()


def _hidden(before: Asked, after: Asked) -> Iterator[str]:
    """Names that were dropped, where another name that is decided at deployment may be the same."""
    named = [[rule for _, rule, _ in made.rules if isinstance(rule, NameRule)] for made in (before, after)]
    gone = [rule for rule in named[0] if rule.drops and rule not in named[1]]
    if gone and any(name.literal is None for rules in named for rule in rules for name in rule.names):
        yield f"whether a name that {before.policy.name} dropped is one that is decided at deployment"


def _ways(true: frozenset[str]) -> Iterator[Sure]:
    for denies, greeting in product((False, True), repeat=2):
        yield Sure(true=true, denies_others=denies, judges_greeting=greeting)


def _is_covered(before: Asked, after: Asked, flow: Flow, sure: Sure) -> bool:
    mine, theirs = (outcome(made, flow, sure) for made in (before, after))
    return theirs[0] < mine[0] or (theirs[0] == mine[0] and theirs[1] <= mine[1])


def _flows(before: Asked, after: Asked) -> Iterator[Flow]:
    """One flow of every kind, TLS first."""
    every = [rule for made in (before, after) for _, rule, _ in made.rules if not isinstance(rule, Riddle)]
    ends = {1, 80, 443, *(end for rule in every for low, high in spans(rule.ports) for end in (low, high + 1))}
    ports = sorted((end for end in ends if 1 <= end <= 65535), key=lambda port: (port != 443, port))
    names = list(dict.fromkeys(one for rule in every if isinstance(rule, NameRule) for written in rule.names
                               for one in _likely(str(written).lower())))
    nobodys = next(one for one in (f"any-name.example{end}" for end in ("", *(f".x{number}" for number in range(
        len(names) + 1)))) if not any(is_named(str(written), one) for rule in every if isinstance(rule, NameRule)
                                      for written in rule.names))
    for source in _sources((before, after), every):
        for told_by, port in product(("TLS_SNI", "HTTP_HOST"), ports):
            for name in (nobodys, *names):
                yield Flow(protocol="TCP", port=port, told_by=told_by, name=name, source=source)
        for protocol in ("TCP", "UDP", "ICMP", "GRE"):
            for port in ports if protocol in ("TCP", "UDP") else ports[:1]:
                yield Flow(protocol=protocol, port=port, source=source)


def _likely(written: str) -> tuple[str, ...]:
    return (written[1:], f"any-name{written}") if written.startswith(".") else (written,)


def _sources(made: Iterable[Asked], every: Iterable[Rule]) -> list[Any]:
    """Nothing, and an address of every piece of the blocks that are written out."""
    blocks = {block for one in made for group, _, _ in one.rules for block in (
        one.home(group) or ()) if not isinstance(block, Text)}
    blocks |= {ip_network(rule.source) for rule in every if isinstance(rule, HeaderRule) and is_block(rule.source)}
    found = [piece.first for piece in pieces(blocks) if piece.inside is not None] if blocks else []
    return [None, *found]


def _shown(before: Asked, after: Asked, flow: Flow, true: frozenset[str], likely: Likely) -> dict[str, Any] | None:
    """A flow with everything filled in, held by hand against both policies as they are written."""
    homes = [block for made in (before, after) for group, _, _ in made.rules for block in (
        made.home(group) or ())]
    inside = [block for block in homes if isinstance(block, Text) and str(block) in true]
    if true - {OUTSIDE, "the VPC's own block", *map(str, inside)}:
        return None
    written = [part for made in (before, after) for value in (made.row, made.groups) for part in texts(value)]
    filled = likely.values([block for block in homes if isinstance(block, Text)], "198.51.100.0/24")
    others = likely.values(written)
    if filled is None or others is None:
        return None
    known = {**others, **filled}
    sources = {str(block.fill(known)).partition("/")[0] for block in inside} | (
        {str(flow.source)} if flow.source is not None else set())
    if len(sources) > 1 or ("the VPC's own block" in true and sources):
        return None
    source = next(iter(sources), "the VPC's own block" if "the VPC's own block" in true else "192.0.2.1")
    name = next((str(text.fill(known)).lower() for text in written if str(text).lower() == flow.name), flow.name)
    for text in written:
        if flow.name.endswith(str(text).lower()) and str(text).startswith("."):
            name = f"any-name{str(text.fill(known)).lower()}"
    flow_ = (flow.protocol, flow.port, flow.told_by, name, source)
    if [_passes(made, flow_, known) for made in (before, after)] != [False, True]:
        return None
    return {**({"name": name} if name else {}), **({"source": source} if sources else {})}


def _passes(made: Asked, flow: tuple[str, int, str, str, str], known: Mapping[str, str]) -> bool | None:
    own = None if made.own is None else [str(plain(part, known)) for part in made.own]
    return flows(_filled(made.row, known), {own: _filled(row, known) for own, row in made.groups.items()},
                 [one.name for one in _references(made.policy)], flow, own)


def _filled(value: object, known: Mapping[str, str]) -> Mapping[str, Any]:
    found = plain(value, known)
    return found if isinstance(found, dict) else {}

