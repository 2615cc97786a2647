"""What a firewall policy lets through that another does not.

Cuts what can come by protocol, port, source and name at whatever either policy names, and asks both, rule by rule in
their order, about one of each kind. What cannot be read, and blocks that are decided at deployment, may go either way,
but the same way on both sides. Where AWS does not say how the engine does a thing, it is proved for each way it may.
Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_network
from itertools import combinations, product
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.replay import flows
from conveyor_iac.proofs.diff.sides import rows, sides
from conveyor_iac.proofs.network.cloudformation_filters import FIREWALLS, every_policy
from conveyor_iac.proofs.network.filters import HeaderRule, NameRule, Policy, Riddle, Rule, RuleGroup
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.network.pieces import pieces
from conveyor_iac.proofs.network.resolved import resolved
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text, plain, texts
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

POLICY, GROUP = "AWS::NetworkFirewall::FirewallPolicy", "AWS::NetworkFirewall::RuleGroup"
_RANKS = ("aws:drop_strict", "aws:drop_established", "aws:drop_established_app_layer",
          "aws:drop_established_app_layer_to_server")
"""Defaults that drop, each less than the one before it."""
_QUIET = frozenset({"sid", "msg", "rev", "priority", "classtype", "metadata", "nocase"})
_MOST = 20_000
"""How many flows are asked about, each with whatever may fall out either way."""
PASSED, FIRST, DROPPED = 2, 1, 0
"""What becomes of a flow: `FIRST`: its first packets pass, as a default that drops what is established lets them."""
_OUTSIDE = "to the outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow of a kind; `source` is an address, or nothing for one in no block that is written out."""

    protocol: str
    port: int
    told_by: str = ""
    name: str = ""
    source: Any = None
    unknown: bool = False

    def told(self) -> dict[str, Any]:
        """The flow as a counterexample tells it."""
        found: dict[str, Any] = {"protocol": {"TLS_SNI": "TLS", "HTTP_HOST": "HTTP"}.get(self.told_by, self.protocol)}
        if self.protocol in ("TCP", "UDP"):
            found["port"] = self.port
        return {**found, **({"name": self.name} if self.name else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sure:
    """What is taken for granted: which doubts fall out true, and how the engine does what AWS does not say."""

    true: frozenset[str] = frozenset()
    denies_others: bool = False
    judges_greeting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A policy, the groups it speaks of as they are written, and its rules in their order."""

    policy: Policy
    row: Mapping[str, Any]
    groups: Mapping[str, Any]
    rules: tuple[tuple[RuleGroup, Rule, str], ...] = ()
    strict: bool = True
    odd: tuple[str, ...] = ()
    keep: dict[Any, Any] = field(default_factory=dict)


def passes_more(joint: Joint, world: World, before: str, after: str) -> Answer:
    """Whether a policy of `after` lets through what one of `before` does not, in a world and all inside it."""
    names = {name for case in sides(joint) for inner in resolved(case).within(world, FIREWALLS)
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


def _read(case: Case, world: World, name: str) -> _Read | None:
    policy = every_policy(case, world).get(name)
    if policy is None:
        return None
    written = {own: row["RuleGroup"] for own, row in rows(case, world, GROUP, keys=("RuleGroup",)).items()
               if "RuleGroup" in row}
    row = rows(case, world, POLICY, keys=("FirewallPolicy",))[name]["FirewallPolicy"]
    spoken = {one.name for one in (*policy.references, *policy.stateless)}
    made = _Read(policy=policy, row=row, groups={own: written[own] for own in spoken if own in written})
    return replace(made, rules=tuple(_ordered(made)), odd=tuple(_odd(policy)),
                   strict=policy.strict and all(one.group.strict for one in policy.references if one.group))


def _odd(policy: Policy) -> Iterator[str]:
    yield from policy.riddles
    places = [one.priority for one in policy.references]
    if policy.strict and (not all(place.isdigit() for place in places) or len(set(places)) < len(places)):
        yield f"the order of the rule groups of {policy.name} is not told"


def _ordered(made: _Read) -> Iterator[tuple[RuleGroup, Rule, str]]:
    """Each rule with its group and a name of its own; a group of elsewhere may pass or drop anything."""
    place = {one.name: int(one.priority) if one.priority.isdigit() else 0 for one in made.policy.references}
    for one in sorted(made.policy.references, key=lambda one: place[one.name]):
        if one.group is None:
            elsewhere = RuleGroup(name=one.name, strict=made.policy.strict)
            yield elsewhere, Riddle(because="pass"), f"{one.name} passes it"
            yield elsewhere, Riddle(because="drop"), f"{one.name} drops it"
            continue
        for number, rule in enumerate(one.group.rules):
            written = str(plain(made.groups.get(one.name), {})) if isinstance(rule, Riddle) else ""
            yield one.group, rule, f"rule {number} of {one.name} fits{written}"


def _more(before: _Read, after: _Read, likely: Likely) -> Answer:
    if _words(before) == _words(after):
        return proved()
    if after.odd or before.odd:
        return undecided(*dict.fromkeys((*after.odd, *before.odd)))
    return together((_first(before, after), _stateful(before, after, likely)))


def _words(made: _Read) -> Any:
    """A policy as it is written, what is a set in any order."""
    row = {key: sorted(map(str, value)) if key.endswith("DefaultActions") and isinstance(value, list) else value
           for key, value in made.row.items() if not key.endswith("References")}
    references = [sorted((one.priority, one.name) for one in group)
                  for group in (made.policy.references, made.policy.stateless)]
    return row, references, dict(made.groups)


def _first(before: _Read, after: _Read) -> Answer:
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
    if passing and not before.policy.stateless:
        return refuted({"packet": {"what": "packets that a stateless rule passes"}, "because": passing[0]})
    return undecided(f"the stateless rules of {after.policy.name} have changed") if passing or before.policy.stateless \
        else proved()


def _unseen(words: tuple[str, ...]) -> int:
    if "aws:pass" in words or not words:
        return PASSED
    return DROPPED if "aws:drop" in words else FIRST


def _stateful(before: _Read, after: _Read, likely: Likely) -> Answer:
    doubts = sorted({doubt for made in (before, after) for doubt in _doubts(made)})
    flows_ = list(_flows(before, after))
    if 2 ** len(doubts) * len(flows_) > _MOST:
        return undecided(f"{len(doubts)} things about {after.policy.name} are decided at deployment")
    chosen = [frozenset(one) for count in range(len(doubts) + 1) for one in combinations(doubts, count)]
    unclear = list(_hidden(before, after))
    for flow in flows_:
        for true in sorted(chosen, key=lambda one: (_OUTSIDE not in one, len(one))):
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


def _hidden(before: _Read, after: _Read) -> Iterator[str]:
    """Names that were dropped, where another name that is decided at deployment may be the same."""
    named = [[rule for _, rule, _ in made.rules if isinstance(rule, NameRule)] for made in (before, after)]
    gone = [rule for rule in named[0] if rule.drops and rule not in named[1]]
    if gone and any(name.literal is None for rules in named for rule in rules for name in rule.names):
        yield f"whether a name that {before.policy.name} dropped is one that is decided at deployment"


def _ways(true: frozenset[str]) -> Iterator[_Sure]:
    for denies, greeting in product((False, True), repeat=2):
        yield _Sure(true=true, denies_others=denies, judges_greeting=greeting)


def _is_covered(before: _Read, after: _Read, flow: Flow, sure: _Sure) -> bool:
    mine, theirs = (_outcome(made, flow, sure) for made in (before, after))
    return theirs[0] < mine[0] or (theirs[0] == mine[0] and theirs[1] <= mine[1])


def _outcome(made: _Read, flow: Flow, sure: _Sure) -> tuple[int, int]:
    """What becomes of a flow, and how weak the default is that says so."""
    judged = _judged(made, flow, sure)
    if flow.name and sure.judges_greeting:
        judged = min(judged, _judged(made, replace(flow, name="", told_by=""), sure, handshake=True))
    return judged


def _judged(made: _Read, flow: Flow, sure: _Sure, handshake: bool = False) -> tuple[int, int]:
    fits = [action for group, rule, own in made.rules if (action := _action(made, group, rule, own, flow, sure))]
    if not made.strict:
        return (DROPPED, 0) if "drop" in fits and "pass" not in fits else (PASSED, 0)
    if fits:
        return (PASSED, 0) if fits[0] == "pass" else (DROPPED, 0)
    last = made.policy.last
    ranks = [_RANKS.index(word) for word in last or () if word in _RANKS]
    if last is None or (not ranks and any(not word.startswith("aws:alert") for word in last)):
        told = f"the default passes{plain(made.row, {}) if last is None else last}"
        return (PASSED, 0) if told in sure.true else (DROPPED, 0)
    if not ranks or (handshake and min(ranks) > 0):
        return PASSED, 0
    return (FIRST if flow.protocol != "TCP" and min(ranks) > 0 else DROPPED), min(ranks)


def _action(made: _Read, group: RuleGroup, rule: Rule, own: str, flow: Flow, sure: _Sure) -> str:
    """What a rule does with a flow: `pass`, `drop`, or nothing."""
    if isinstance(rule, Riddle):
        return ("drop" if rule.because == "drop" else "pass") if own in sure.true else ""
    home = group.home if group.home is not None else made.policy.home
    if isinstance(rule, NameRule):
        return _of_names(group, rule, home, flow, sure)
    if rule.action == "ALERT" or not _fits(group, rule, home, own, flow, sure):
        return ""
    return {"PASS": "pass", "DROP": "drop", "REJECT": "drop"}.get(rule.action, "pass")


def _of_names(group: RuleGroup, rule: NameRule, home: Any, flow: Flow, sure: _Sure) -> str:
    if flow.told_by not in rule.told_by or not _in_ports(rule.ports, flow.port) or not _is_end(
            rule.source, home, flow, sure) or not _is_outside(rule.destination, group, sure):
        return ""
    if any(_is_named(str(name), flow.name) for name in rule.names):
        return "pass" if rule.passes else "drop" if rule.drops else ""
    return "drop" if rule.passes and rule.listed and sure.denies_others else ""


def _is_named(pattern: str, name: str) -> bool:
    written = pattern.lower()
    return name == written or (written.startswith(".") and (name.endswith(written) or name == written[1:]))


def _fits(group: RuleGroup, rule: HeaderRule, home: Any, own: str, flow: Flow, sure: _Sure) -> bool:
    narrow = [(key, value) for key, value in rule.options if key not in _QUIET]
    for key, value in narrow:
        if key == "ip_proto":
            wanted = value.upper().removeprefix("!")
            if (wanted in (flow.protocol, {"TCP": "6", "UDP": "17", "ICMP": "1"}.get(flow.protocol))) == (
                    value.startswith("!")):
                return False
        elif f"{key}:{value}" not in sure.true:
            return False
    ends = _is_end(rule.source, home, flow, sure) and _is_outside(rule.destination, group, sure)
    turned = rule.both_ways and f"{own} the other way" in sure.true
    return (_is_protocol(rule.protocol, flow, sure) and _in_ports(rule.ports, flow.port)
            and (rule.source_ports == "ANY" or f"source port {rule.source_ports}" in sure.true) and (ends or turned))


def _is_protocol(written: str, flow: Flow, sure: _Sure) -> bool:
    if written in ("IP", flow.protocol):
        return True
    if written in ("TCP", "UDP", "ICMP"):
        return False
    if written in ("TLS", "HTTP"):
        return flow.told_by == {"TLS": "TLS_SNI", "HTTP": "HTTP_HOST"}[written]
    return f"it is {written}" in sure.true and flow.protocol in ("TCP", "UDP") and not flow.told_by


def _in_ports(written: str, port: int) -> bool:
    inside = any(low <= port <= high for low, high in _spans(written))
    return not inside if written.startswith("!") else inside


def _spans(written: str) -> Iterator[tuple[int, int]]:
    for part in written.removeprefix("!").strip("[]").split(","):
        if part.strip().upper() == "ANY":
            yield 0, 65535
            continue
        first, colon, last = part.strip().partition(":")
        low = int(first or 0)
        yield low, int(last or (65535 if colon else low))


def _is_end(written: str, home: tuple[Block, ...] | None, flow: Flow, sure: _Sure) -> bool:
    """Whether the flow's source is the one that is written."""
    if written == "ANY":
        return True
    if written == "$HOME_NET":
        if home is None:
            return "the VPC's own block" in sure.true
        return any(str(block) in sure.true if isinstance(block, Text) else flow.source is not None
                   and flow.source in block for block in home)
    try:
        return flow.source is not None and flow.source in ip_network(written)
    except (ValueError, TypeError):
        return f"from {written}" in sure.true


def _is_outside(written: str, group: RuleGroup, sure: _Sure) -> bool:
    if written == "ANY":
        return True
    if written == "$EXTERNAL_NET" and not group.renames_outside:
        return _OUTSIDE in sure.true
    return f"to {written} of {group.name}" in sure.true


def _doubts(made: _Read) -> Iterator[str]:
    """Everything that may fall out either way, by the words that name it."""
    last = made.policy.last
    if last is None or (not set(last) & set(_RANKS) and any(not word.startswith("aws:alert") for word in last)):
        yield f"the default passes{plain(made.row, {}) if last is None else last}"
    for group, rule, own in made.rules:
        home = group.home if group.home is not None else made.policy.home
        if isinstance(rule, Riddle):
            yield own
            continue
        if rule.source == "$HOME_NET":
            yield from ["the VPC's own block"] if home is None else [
                str(block) for block in home if isinstance(block, Text)]
        elif rule.source != "ANY" and not _is_block(rule.source):
            yield f"from {rule.source}"
        if rule.destination == "$EXTERNAL_NET" and not group.renames_outside:
            yield _OUTSIDE
        elif rule.destination != "ANY":
            yield f"to {rule.destination} of {group.name}"
        if isinstance(rule, HeaderRule):
            yield from _of_header(rule, own)


def _of_header(rule: HeaderRule, own: str) -> Iterator[str]:
    yield from (f"{key}:{value}" for key, value in rule.options if key not in (*_QUIET, "ip_proto"))
    if rule.source_ports != "ANY":
        yield f"source port {rule.source_ports}"
    if rule.both_ways:
        yield f"{own} the other way"
    if rule.protocol not in ("IP", "TCP", "UDP", "ICMP", "TLS", "HTTP"):
        yield f"it is {rule.protocol}"


def _is_block(written: str) -> bool:
    try:
        ip_network(written)
    except ValueError:
        return False
    return True


def _flows(before: _Read, after: _Read) -> Iterator[Flow]:
    """One flow of every kind, TLS first."""
    every = [rule for made in (before, after) for _, rule, _ in made.rules if not isinstance(rule, Riddle)]
    ends = {1, 80, 443, *(end for rule in every for low, high in _spans(rule.ports) for end in (low, high + 1))}
    ports = sorted((end for end in ends if 1 <= end <= 65535), key=lambda port: (port != 443, port))
    names = list(dict.fromkeys(one for rule in every if isinstance(rule, NameRule) for written in rule.names
                               for one in _likely(str(written).lower())))
    nobodys = next(one for one in (f"any-name.example{end}" for end in ("", *(f".x{number}" for number in range(
        len(names) + 1)))) if not any(_is_named(str(written), one) for rule in every if isinstance(rule, NameRule)
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


def _sources(made: Iterable[_Read], every: Iterable[Rule]) -> list[Any]:
    """Nothing, and an address of every piece of the blocks that are written out."""
    blocks = {block for one in made for group, _, _ in one.rules for block in (
        group.home if group.home is not None else one.policy.home or ()) if not isinstance(block, Text)}
    blocks |= {ip_network(rule.source) for rule in every if isinstance(rule, HeaderRule) and _is_block(rule.source)}
    found = [piece.first for piece in pieces(blocks) if piece.inside is not None] if blocks else []
    return [None, *found]


def _shown(before: _Read, after: _Read, flow: Flow, true: frozenset[str], likely: Likely) -> dict[str, Any] | None:
    """A flow with everything filled in, held by hand against both policies as they are written."""
    homes = [block for made in (before, after) for group, _, _ in made.rules for block in (
        group.home if group.home is not None else made.policy.home or ())]
    inside = [block for block in homes if isinstance(block, Text) and str(block) in true]
    if true - {_OUTSIDE, "the VPC's own block", *map(str, inside)}:
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
    one = (flow.protocol, flow.port, flow.told_by, name, source)
    came = [flows(_filled(made.row, known), {own: _filled(row, known) for own, row in made.groups.items()},
                  _references(made), one) for made in (before, after)]
    if came != [False, True]:
        return None
    return {**({"name": name} if name else {}), **({"source": source} if sources else {})}


def _filled(value: object, known: Mapping[str, str]) -> Mapping[str, Any]:
    found = plain(value, known)
    return found if isinstance(found, dict) else {}


def _references(made: _Read) -> list[str]:
    """The groups in their order, by their names."""
    return [one.name for one in sorted(made.policy.references, key=lambda one: int(one.priority or 0))]
