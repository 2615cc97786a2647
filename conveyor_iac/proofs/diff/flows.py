"""What becomes of a flow at a firewall policy: it passes, its first packets do, or it is dropped.

Knows how the stateful engine asks its rules, in strict order or by their actions, and its defaults. What it cannot
read, and what is decided at deployment, falls out as it is told (`Sure`), the same way for whichever policy is asked.
Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/suricata-rule-evaluation-order.html.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_network
from typing import Any

from conveyor_iac.proofs.network.filters import HeaderRule, NameRule, Policy, Riddle, Rule, RuleGroup
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.text import Text, plain

RANKS = ("aws:drop_strict", "aws:drop_established", "aws:drop_established_app_layer",
         "aws:drop_established_app_layer_to_server")
"""Defaults that drop, each less than the one before it."""
PASSED, FIRST, DROPPED = 2, 1, 0
"""What becomes of a flow: `FIRST`: its first packets pass, as a default that drops what is established lets them."""
OUTSIDE = "to the outside"
_ACTIONS = {"PASS": "pass", "DROP": "drop", "REJECT": "drop", "ALERT": ""}
_QUIET = frozenset({"sid", "msg", "rev", "priority", "classtype", "metadata", "nocase"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One flow of a kind; `source` is an address, or nothing for one in no block that is written out."""

    protocol: str
    port: int
    told_by: str = ""
    name: str = ""
    source: Any = None

    def told(self) -> dict[str, Any]:
        """The flow as a counterexample tells it."""
        found: dict[str, Any] = {"protocol": {"TLS_SNI": "TLS", "HTTP_HOST": "HTTP"}.get(self.told_by, self.protocol)}
        if self.protocol in ("TCP", "UDP"):
            found["port"] = self.port
        return {**found, **({"name": self.name} if self.name else {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sure:
    """What is taken for granted: which doubts fall out true, and how the engine does what AWS does not say."""

    true: frozenset[str] = frozenset()
    denies_others: bool = False
    judges_greeting: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A policy, the groups it speaks of as they are written, and its rules in their order."""

    policy: Policy
    row: Mapping[str, Any]
    groups: Mapping[str, Any]
    rules: tuple[tuple[RuleGroup, Rule, str], ...] = ()
    strict: bool = True
    odd: tuple[str, ...] = ()
    own: tuple[Block, ...] | None = None
    """The block of the VPC that its firewalls stand in, which is home where nothing else is said."""

    def home(self, group: RuleGroup) -> tuple[Block, ...] | None:
        """What a group calls its home."""
        said = group.home if group.home is not None else self.policy.home
        return said if said is not None else self.own


def is_read(rule: Rule) -> bool:
    """Whether a rule's action and ports are ones that are known here."""
    if isinstance(rule, Riddle) or (isinstance(rule, HeaderRule) and rule.action not in _ACTIONS):
        return False
    try:
        return bool(list(spans(rule.ports)))
    except ValueError:
        return False


def outcome(made: Asked, flow: Flow, sure: Sure) -> tuple[int, int]:
    """What becomes of a flow, and how weak the default is that says so."""
    judged = _judged(made, flow, sure)
    if flow.name and sure.judges_greeting:
        judged = min(judged, _judged(made, replace(flow, name="", told_by=""), sure, handshake=True))
    return judged


def _judged(made: Asked, flow: Flow, sure: Sure, handshake: bool = False) -> tuple[int, int]:
    fits = [action for group, rule, own in made.rules if (action := _action(made, group, rule, own, flow, sure))]
    if not made.strict:
        return (DROPPED, 0) if "drop" in fits and "pass" not in fits else (PASSED, 0)
    if fits:
        return (PASSED, 0) if fits[0] == "pass" else (DROPPED, 0)
    last = made.policy.last
    ranks = [RANKS.index(word) for word in last or () if word in RANKS]
    if last is None or (not ranks and any(not word.startswith("aws:alert") for word in last)):
        told = f"the default passes{plain(made.row, {}) if last is None else last}"
        return (PASSED, 0) if told in sure.true else (DROPPED, 0)
    if not ranks or (handshake and min(ranks) > 0):
        return PASSED, 0
    return (FIRST if flow.protocol != "TCP" and min(ranks) > 0 else DROPPED), min(ranks)


def _action(made: Asked, group: RuleGroup, rule: Rule, own: str, flow: Flow, sure: Sure) -> str:
    """What a rule does with a flow: `pass`, `drop`, or nothing."""
    if isinstance(rule, Riddle):
        return rule.because if own in sure.true else ""
    home = made.home(group)
    if isinstance(rule, NameRule):
        return _of_names(group, rule, home, flow, sure)
    if not _ACTIONS[rule.action] or not _fits(group, rule, home, own, flow, sure):
        return ""
    return _ACTIONS[rule.action]


def _of_names(group: RuleGroup, rule: NameRule, home: Any, flow: Flow, sure: Sure) -> str:
    if flow.told_by not in rule.told_by or not _in_ports(rule.ports, flow.port) or not _is_end(
            rule.source, home, flow, sure) or not _is_outside(rule.destination, group, sure):
        return ""
    if any(is_named(str(name), flow.name) for name in rule.names):
        return "pass" if rule.passes else "drop" if rule.drops else ""
    return "drop" if rule.passes and rule.listed and sure.denies_others else ""


def is_named(pattern: str, name: str) -> bool:
    written = pattern.lower()
    return name == written or (written.startswith(".") and (name.endswith(written) or name == written[1:]))


def _fits(group: RuleGroup, rule: HeaderRule, home: Any, own: str, flow: Flow, sure: Sure) -> bool:
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
    return (_is_protocol(rule.protocol, flow, sure) and _is_port(rule.ports, flow, sure)
            and (rule.source_ports == "ANY" or f"source port {rule.source_ports}" in sure.true) and (ends or turned))


def _is_protocol(written: str, flow: Flow, sure: Sure) -> bool:
    if written in ("IP", flow.protocol):
        return True
    if written in ("TCP", "UDP", "ICMP"):
        return False
    if written in ("TLS", "HTTP"):
        return flow.told_by == {"TLS": "TLS_SNI", "HTTP": "HTTP_HOST"}[written]
    return f"it is {written}" in sure.true and flow.protocol in ("TCP", "UDP") and not flow.told_by


def _is_port(written: str, flow: Flow, sure: Sure) -> bool:
    """Whether a flow's port is the one that is written; AWS does not say what a port is to ICMP and its like."""
    if flow.protocol in ("TCP", "UDP") or written == "ANY":
        return _in_ports(written, flow.port)
    return _portless(written) in sure.true


def _portless(written: str) -> str:
    return f"what has no port is at {written}"


def _in_ports(written: str, port: int) -> bool:
    inside = any(low <= port <= high for low, high in spans(written))
    return not inside if written.startswith("!") else inside


def spans(written: str) -> Iterator[tuple[int, int]]:
    for part in written.removeprefix("!").strip("[]").split(","):
        if part.strip().upper() == "ANY":
            yield 0, 65535
            continue
        first, colon, last = part.strip().partition(":")
        low = int(first or 0)
        yield low, int(last or (65535 if colon else low))


def _is_end(written: str, home: tuple[Block, ...] | None, flow: Flow, sure: Sure) -> bool:
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


def _is_outside(written: str, group: RuleGroup, sure: Sure) -> bool:
    if written == "ANY":
        return True
    if written == "$EXTERNAL_NET" and not group.renames_outside:
        return OUTSIDE in sure.true
    return f"to {written} of {group.name}" in sure.true


def doubts_of(made: Asked) -> Iterator[str]:
    """Everything that may fall out either way, by the words that name it."""
    last = made.policy.last
    if last is None or (not set(last) & set(RANKS) and any(not word.startswith("aws:alert") for word in last)):
        yield f"the default passes{plain(made.row, {}) if last is None else last}"
    for group, rule, own in made.rules:
        home = made.home(group)
        if isinstance(rule, Riddle):
            yield own
            continue
        if rule.source == "$HOME_NET":
            yield from ["the VPC's own block"] if home is None else [
                str(block) for block in home if isinstance(block, Text)]
        elif rule.source != "ANY" and not is_block(rule.source):
            yield f"from {rule.source}"
        if rule.destination == "$EXTERNAL_NET" and not group.renames_outside:
            yield OUTSIDE
        elif rule.destination != "ANY":
            yield f"to {rule.destination} of {group.name}"
        if isinstance(rule, HeaderRule):
            yield from _of_header(rule, own)


def _of_header(rule: HeaderRule, own: str) -> Iterator[str]:
    yield from (f"{key}:{value}" for key, value in rule.options if key not in (*_QUIET, "ip_proto"))
    if rule.ports != "ANY" and rule.protocol == "IP":
        yield _portless(rule.ports)
    if rule.source_ports != "ANY":
        yield f"source port {rule.source_ports}"
    if rule.both_ways:
        yield f"{own} the other way"
    if rule.protocol not in ("IP", "TCP", "UDP", "ICMP", "TLS", "HTTP"):
        yield f"it is {rule.protocol}"


def is_block(written: str) -> bool:
    try:
        ip_network(written)
    except ValueError:
        return False
    return True
