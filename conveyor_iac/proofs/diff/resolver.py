"""Which names the resolver of a VPC answers for that its DNS firewall blocked before.

Asks both sides about every name that either writes, one below each that begins with `*`, and one that nobody names;
each alone, and with an answer that leads on to a name nobody names. A name that is decided at deployment may be any
other, but the same one on both sides. Source:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-dns-firewall-rule-settings.html.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.diff.likely import Likely
from conveyor_iac.proofs.diff.replay import answered
from conveyor_iac.proofs.diff.sides import rows
from conveyor_iac.proofs.network.resolved import items, mapping, name, text
from conveyor_iac.proofs.scope import World
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.verdict import Answer, proved, refuted, undecided

ASSOCIATION, GROUP, LIST, CONFIG = (f"AWS::Route53Resolver::Firewall{word}" for word in (
    "RuleGroupAssociation", "RuleGroup", "DomainList", "Config"))
TYPES = (ASSOCIATION, GROUP, LIST, CONFIG)
NOBODYS = "stolen-data.example.com"
_TRUSTS = "TRUST_REDIRECTION_DOMAIN"
_KNOWN = frozenset({"Action", "FirewallDomainListId", "FirewallDomainRedirectionAction", "Priority", "Qtype",
                    "BlockResponse", "BlockOverrideDomain", "BlockOverrideDnsType", "BlockOverrideTtl",
                    "DnsThreatProtection", "ConfidenceThreshold"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: its place, whether it lets pass, the names it speaks of, of what kind of question, and whether it
    looks no further where an answer leads on. `elsewhere` names what decides its names, where that is not told."""

    place: tuple[int, int]
    passes: bool
    names: tuple[str, ...] = ()
    texts: tuple[Text, ...] = ()
    kind: str | None = None
    trusts: bool = False
    elsewhere: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The rules of one VPC's resolver in their order; `odd`: why they cannot be read."""

    rules: tuple[Rule, ...] = ()
    odd: tuple[str, ...] = ()


def rules_of(case: Case, world: World) -> dict[str, Rules]:
    """The rules of each VPC that has any."""
    lists = rows(case, world, LIST)
    groups = rows(case, world, GROUP)
    found: dict[str, list[Rule]] = {}
    odd: dict[str, list[str]] = {}
    for own, row in rows(case, world, ASSOCIATION).items():
        vpc, group = name(row.get("VpcId")), name(row.get("FirewallRuleGroupId"))
        given = items(groups[group].get("FirewallRules")) if group in groups else None
        odd.setdefault(vpc, [])
        found.setdefault(vpc, [])
        if given is None:
            odd[vpc].append(f"the rules of {group}, which {own} associates, are not in the template")
        for one in given or ():
            try:
                found[vpc].append(_rule(mapping(one), lists, int(str(text(row.get("Priority"))))))
            except (ValueError, TypeError, KeyError):
                odd[vpc].append(f"a rule of {group} cannot be read: {_spelled(one)}")
    for vpc, rules in found.items():
        if len({rule.place for rule in rules}) < len(rules):
            odd[vpc].append(f"two rules of the DNS firewall of {vpc} stand in the same place")
    return {vpc: Rules(rules=tuple(sorted(rules, key=lambda rule: rule.place)), odd=tuple(odd[vpc]))
            for vpc, rules in found.items()}


def _spelled(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_spelled(item)}" for key, item in sorted(value.items()))
    return str(value)


def _rule(row: Mapping[str, Any], lists: Mapping[str, Mapping[str, Any]], first: int) -> Rule:
    """One rule; `ValueError` for one that is not written as rules are."""
    action = {"ALLOW": True, "ALERT": True, "BLOCK": False}.get(str(text(row.get("Action"))))
    kind = text(row.get("Qtype"))
    if action is None or set(row) - _KNOWN or (kind is not None and kind.literal is None):
        raise ValueError(row)
    listed = name(row.get("FirewallDomainListId"))
    given = items(lists[listed].get("Domains")) if listed in lists and "DomainFileUrl" not in lists[listed] else None
    texts = tuple(text(one) or Text.of(str(one)) for one in given or ())
    elsewhere = "" if given is not None else "names of " + _spelled(lists.get(listed, {})) + listed
    if "DnsThreatProtection" in row:
        elsewhere = f"{_spelled(row['DnsThreatProtection'])} {_spelled(row.get('ConfidenceThreshold'))}"
    return Rule(place=(first, int(str(text(row.get("Priority"))))), passes=action, elsewhere=elsewhere, texts=texts,
                names=tuple(str(one).lower().removesuffix(".") for one in texts),
                kind=None if kind is None else kind.literal,
                trusts=str(text(row.get("FirewallDomainRedirectionAction"))) == _TRUSTS)


def more(before: Rules, after: Rules, likely: Likely) -> Answer:
    """Whether the second answers for names that the first blocked."""
    if _words(before) == _words(after) and before.odd == after.odd:
        return proved()
    if after.odd or before.odd:
        return undecided(*dict.fromkeys((*after.odd, *before.odd)))
    every = (*before.rules, *after.rules)
    kinds = list(dict.fromkeys(("A", *(rule.kind for rule in every if rule.kind), "TYPE65280")))
    doubts: list[str] = []
    nobodys = next(_unlike([one for rule in every for one in rule.names], "stolen-data.example"))
    for question in _questions(every, nobodys):
        doubtful = _doubtful(before, after, question)
        for kind, leads in product(kinds, ("", nobodys)):
            if all(_is_covered(before, after, question, kind, leads, chosen) for chosen in _chosen(doubtful)):
                continue
            shown = _shown(before, after, question, kind, leads, likely)
            if shown is not None:
                return refuted(shown)
            doubts.append(f"whether a question for {question} was blocked is decided at deployment")
    return undecided(*dict.fromkeys(doubts[:5])) if doubts else proved()


def _words(given: Rules) -> list[Any]:
    return [(rule.passes, sorted(rule.names), rule.kind, rule.trusts, rule.elsewhere) for rule in given.rules]


def _questions(every: Iterable[Rule], nobodys: str) -> Iterator[str]:
    """The name nobody names first, then those that are written."""
    written = [one for rule in every for one in rule.names]
    yield from dict.fromkeys((nobodys, *(_below(one, written) if one.startswith("*") else one for one in written
                                         if one != "*")))


def _unlike(written: Iterable[str], start: str) -> Iterator[str]:
    """Names that fit nothing that is written, but for what fits every name."""
    known = [one for one in written if one != "*"]
    for end in ("com", "net", "org", "dev", "info", *(f"x{number}" for number in range(len(known) + 1))):
        if not any(_fits(one, f"{start}.{end}") for one in known):
            yield f"{start}.{end}"


def _below(wide: str, written: Iterable[str]) -> str:
    """A name below one, and below as few others that are written as can be."""
    tried = [f"{label}{wide[1:]}" for label in ("stolen-data", "stolen-data-2", "q7")]
    return min(tried, key=lambda name: sum(_fits(one, name) is True for one in written))


def _fits(written: str, question: str) -> bool | None:
    if written == "*" or written == question or (written.startswith("*") and question.endswith(written[1:])):
        return True
    return None if "${" in written or "${" in question else False


Doubt = tuple[tuple[int, ...], tuple[int, ...]]


def _doubtful(before: Rules, after: Rules, question: str) -> list[Doubt]:
    """What may fit a question, by the rules of both sides that it stands in."""
    places: dict[str, tuple[list[int], list[int]]] = {}
    for side, given in enumerate((before, after)):
        for number, rule in enumerate(given.rules):
            for written in (rule.elsewhere,) if rule.elsewhere else rule.names:
                if rule.elsewhere or _fits(written, question) is None:
                    places.setdefault(written, ([], []))[side].append(number)
    return list(dict.fromkeys((tuple(mine), tuple(theirs)) for mine, theirs in places.values()))


def _chosen(doubtful: list[Doubt]) -> Iterator[tuple[Doubt, ...]]:
    """Nothing more fits, one does, or two: of all that fit, only the first on each side counts."""
    for count in (0, 1, 2):
        yield from combinations(doubtful, count)


def _is_covered(before: Rules, after: Rules, question: str, kind: str, leads: str, chosen: tuple[Doubt, ...]) -> bool:
    mine = {number for one, _ in chosen for number in one}
    theirs = {number for _, other in chosen for number in other}
    return not _passes(after, question, kind, leads, theirs) or _passes(before, question, kind, leads, mine)


def _passes(given: Rules, question: str, kind: str, leads: str, also: set[int]) -> bool:
    for number, rule in enumerate(given.rules):
        fits = number in also or (not rule.elsewhere and any(_fits(one, question) for one in rule.names))
        if fits and rule.kind in (None, kind):
            return rule.passes and (not leads or rule.trusts or _passes(given, leads, kind, "", set()))
    return not leads or _passes(given, leads, kind, "", set())


def _shown(before: Rules, after: Rules, question: str, kind: str, leads: str, likely: Likely
           ) -> dict[str, Any] | None:
    """A question with everything filled in, held by hand against both sides."""
    written = [one for given in (before, after) for rule in given.rules for one in rule.texts]
    filled = likely.values(written)
    if filled is None:
        return None
    asked = question
    for one in written:
        spelled = str(one).lower().removesuffix(".")
        if question in (spelled, f"stolen-data{spelled[1:]}") and one.unknowns:
            asked = question.replace(spelled.lstrip("*"), str(one.fill(filled)).lower().removesuffix(".").lstrip("*"))
    came = [answered([{"place": rule.place, "Action": "ALLOW" if rule.passes else "BLOCK", "Qtype": rule.kind,
                       "trusts": rule.trusts, "names": None if rule.elsewhere else [
                           str(one.fill(filled)).removesuffix(".") for one in rule.texts]} for rule in given.rules],
                     asked, kind, leads) for given in (before, after)]
    if came != [False, True]:
        return None
    return {"query": asked, **({"type": kind} if kind != "A" else {}), **({"leads_to": leads} if leads else {}),
            "because": "the DNS firewall blocked it, and lets it pass now"}
