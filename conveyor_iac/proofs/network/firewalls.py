"""Whether a firewall policy lets through TLS on port 443 to the agreed names, and nothing else.

Knows how the stateful engine works in strict order: rules one after the other, then the default. A default that drops
only what is established lets the first packet of every other protocol go, so a rule must drop those. What is not
understood is never good news. Source: https://docs.aws.amazon.com/network-firewall/latest/developerguide/.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.proofs.network.filters import HeaderRule, NameRule, Policy, Riddle, Rule, RuleGroup
from conveyor_iac.proofs.network.model import Block
from conveyor_iac.proofs.network.pieces import covered
from conveyor_iac.proofs.text import Text

DROPS = frozenset({"aws:drop_strict", "aws:drop_established", "aws:drop_established_app_layer",
                   "aws:drop_established_app_layer_to_server"})
_ALERTS = frozenset(word.replace(":drop", ":alert") for word in DROPS)
_Rules = list[tuple[RuleGroup, Rule]]
_QUIET = frozenset({"sid", "msg", "rev", "priority", "classtype", "metadata"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What is wrong with a policy: `packet` shows what gets through; without one it could not be known."""

    because: str
    packet: dict[str, Any] = field(default_factory=dict)


def findings(policy: Policy, domains: Iterable[str], blocks: tuple[Block, ...]) -> Iterator[Finding]:
    """Everything that keeps a policy from holding; `blocks` are those that packets come from."""
    agreed = tuple(domains)
    yield from (Finding(because=riddle) for riddle in policy.riddles)
    yield from _defaults(policy)
    yield from _before(policy)
    references = [reference for reference in policy.references if reference.group is None]
    yield from (Finding(because=f"{policy.name} refers to {reference.name}, which is not in the template")
                for reference in references)
    if not all(reference.priority.isdigit() for reference in policy.references) or len(
            {reference.priority for reference in policy.references}) < len(policy.references):
        yield Finding(because=f"the order of the rule groups of {policy.name} is not told")
        return
    ordered = sorted(policy.references, key=lambda reference: int(reference.priority))
    rules = [(reference.group, rule) for reference in ordered if reference.group for rule in reference.group.rules]
    yield from _order(policy)
    yield from _passed(rules, agreed)
    unread = bool(references) or bool(policy.riddles) or any(isinstance(rule, Riddle) for _, rule in rules)
    for finding in (*_other_protocols(policy, rules, blocks), *_other_ports(policy, rules, blocks)):
        yield Finding(because=finding.because) if unread else finding


def notes(policy: Policy, domains: Iterable[str]) -> Iterator[str]:
    """What is worth knowing of a policy that holds."""
    passed = [rule for reference in policy.references if reference.group for rule in reference.group.rules
              if isinstance(rule, NameRule) and rule.passes]
    if any("HTTP_HOST" in rule.told_by for rule in passed):
        yield f"{policy.name} passes plain HTTP to the agreed names too, which is weaker: nothing proves who answers"
    names = [name for rule in passed for name in rule.names]
    missing = [domain for domain in domains if not any(_agreed(name, (domain,)) for name in names)]
    if missing:
        yield f"{policy.name} does not pass what the contract agrees to: {', '.join(missing)}"


def _defaults(policy: Policy) -> Iterator[Finding]:
    for words, what in ((policy.first, "packets"), (policy.fragments, "fragments")):
        if words is None:
            yield Finding(because=f"what {policy.name} does with {what} at first is decided at deployment")
        elif "aws:pass" in words or not words:
            yield Finding(because=f"{policy.name} passes {what} without a look", packet={"what": f"any of the {what}"})
        elif not {"aws:forward_to_sfe", "aws:drop"} & set(words):
            yield Finding(because=f"{policy.name} does {', '.join(words)} with {what} at first")
    if policy.last is None:
        yield Finding(because=f"what {policy.name} does with what no rule names is decided at deployment")
    elif not DROPS & set(policy.last):
        if set(policy.last) <= _ALERTS:
            yield Finding(because=f"{policy.name} passes what no rule names",
                          packet={"protocol": "TLS", "port": 443, "name": "any name"})
        else:
            yield Finding(because=f"{policy.name} does {', '.join(policy.last)} with what no rule names")


def _before(policy: Policy) -> Iterator[Finding]:
    """What is passed before the rules that read names."""
    for reference in policy.stateless:
        if reference.group is None:
            yield Finding(because=f"{policy.name} refers to {reference.name}, which is not in the template")
        elif reference.group.passes_unseen:
            yield Finding(because=reference.group.passes_unseen[0],
                          packet={"what": f"packets that {reference.name} passes"})


def _order(policy: Policy) -> Iterator[Finding]:
    groups = [reference.group for reference in policy.references if reference.group]
    loose = [*([] if policy.strict else [policy.name]), *(group.name for group in groups if not group.strict)]
    if loose:
        yield Finding(because=f"the order of {', '.join(loose)} is not strict: what no rule names is passed",
                      packet={"protocol": "TCP", "port": 22})


def _passed(rules: _Rules, agreed: tuple[str, ...]) -> Iterator[Finding]:
    """What a rule passes that is not an agreed name."""
    for group, rule in rules:
        if isinstance(rule, Riddle):
            yield Finding(because=rule.because)
        elif isinstance(rule, HeaderRule) and rule.action == "PASS" and any(key == "flow" for key, _ in rule.options):
            yield Finding(because=f"{group.name} passes packets of some states of a connection")
        elif isinstance(rule, HeaderRule) and rule.action == "PASS":
            yield Finding(because=f"{group.name} passes by address, whatever the name",
                          packet={"protocol": rule.protocol, "to": rule.destination, "port": rule.ports})
        elif isinstance(rule, HeaderRule) and rule.action not in ("DROP", "REJECT", "ALERT"):
            yield Finding(because=f"{group.name} has a rule that does {rule.action}")
        elif isinstance(rule, NameRule) and rule.passes:
            for name in rule.names:
                if not _agreed(name, agreed):
                    yield Finding(because=f"{group.name} passes a name that is not agreed",
                                  packet={"protocol": "TLS", "port": 443, "name": str(name)})
            if strange := set(rule.told_by) - {"TLS_SNI", "HTTP_HOST"}:
                yield Finding(because=f"{group.name} reads names from {', '.join(sorted(strange))}")


def _agreed(name: Text, agreed: Iterable[str]) -> bool:
    """Whether a name, or every name below one that begins with a dot, is agreed."""
    written = str(name).lower()
    for domain in agreed:
        below = domain.lower().removeprefix("*")
        if written in (domain.lower(), below) or (below.startswith(".") and written.endswith(below)):
            return True
    return False


def _other_protocols(policy: Policy, rules: _Rules, blocks: tuple[Block, ...]) -> Iterator[Finding]:
    """The first packet of UDP, ICMP and others is not established: a rule must drop it, unless the default does."""
    if policy.last is None or "aws:drop_strict" in policy.last:
        return
    found = [(group, rule) for group, rule in rules if isinstance(rule, HeaderRule) and _drops_all_but_tcp(group, rule)]
    yield from _held(policy, found, blocks, "protocols other than TCP", {"protocol": "UDP"})


def _drops_all_but_tcp(group: RuleGroup, rule: HeaderRule) -> bool:
    narrow = [(key, value.upper()) for key, value in rule.options if key not in _QUIET]
    return rule.protocol == "IP" and rule.ports == "ANY" and _drops(group, rule) and all(
        key == "ip_proto" and value in ("!TCP", "!6") for key, value in narrow)


def _other_ports(policy: Policy, rules: _Rules, blocks: tuple[Block, ...]) -> Iterator[Finding]:
    """A rule that passes a name does so on every port: the others must be dropped before it."""
    dropping: list[tuple[RuleGroup, HeaderRule]] = []
    for group, rule in rules:
        if isinstance(rule, HeaderRule) and rule.protocol in ("TCP", "IP") and _drops(group, rule) and all(
                key in _QUIET for key, _ in rule.options):
            dropping.append((group, rule))
        if isinstance(rule, NameRule) and rule.passes and rule.ports != "443":
            break
    else:
        return
    left = _ports_left([rule.ports for _, rule in dropping])
    if left is None:
        yield Finding(because=f"which ports {policy.name} drops cannot be read")
    elif left != (443, 443):
        yield Finding(because=f"{policy.name} passes agreed names on other ports than 443",
                      packet={"protocol": "TLS", "port": left[0] if left[0] != 443 else left[1]})
    else:
        yield from _held(policy, dropping, blocks, "ports other than 443", {"protocol": "TLS", "port": 8443})


def _ports_left(dropped: list[str]) -> tuple[int, int] | None:
    """The first and the last port that no rule drops; nothing when a rule's ports cannot be read."""
    gone: list[tuple[int, int]] = []
    for words in dropped:
        first, colon, last = ("0", ":", "65535") if words == "ANY" else words.removeprefix("!").partition(":")
        if not first.isdigit() or not (last or "0").isdigit():
            return None
        low, high = int(first), int(last or ("65535" if colon else first))
        gone += [(0, low - 1), (high + 1, 65535)] if words.startswith("!") else [(low, high)]
    at, left = 1, list[tuple[int, int]]()
    for low, high in sorted(gone):
        if low > at:
            left.append((at, low - 1))
        at = max(at, high + 1)
    if at <= 65535:
        left.append((at, 65535))
    return (left[0][0], left[-1][1]) if left else (443, 443)


def _drops(group: RuleGroup, rule: HeaderRule) -> bool:
    outside = rule.destination == "ANY" or (rule.destination == "$EXTERNAL_NET" and not group.renames_outside)
    return (rule.action in ("DROP", "REJECT") and outside and rule.source in ("ANY", "$HOME_NET")
            and rule.source_ports == "ANY")


def _held(policy: Policy, dropping: list[tuple[RuleGroup, HeaderRule]], blocks: tuple[Block, ...], what: str,
          packet: dict[str, Any]) -> Iterator[Finding]:
    """Whether the rules that drop something drop it from every block."""
    if not dropping:
        yield Finding(because=f"{policy.name} does not drop {what}", packet=packet)
        return
    for group, rule in dropping:
        home = group.home if group.home is not None else policy.home
        if rule.source == "ANY":
            continue
        if home is None:
            if len(blocks) != 1:
                yield Finding(because=f"{group.name} says $HOME_NET and does not say what it is, beside several blocks")
            continue
        literal = [block for block in home if not isinstance(block, Text)]
        missing = [block for block in blocks if block not in home and (
            isinstance(block, Text) or not covered(block, literal))]
        strange = [block for block in home if isinstance(block, Text) and block not in blocks]
        if missing and strange:
            yield Finding(because=f"whether {', '.join(map(str, strange))} of {group.name} holds {missing[0]}")
        elif missing:
            yield Finding(because=f"{group.name} does not judge {missing[0]}",
                          packet={**packet, "source": str(missing[0])})
