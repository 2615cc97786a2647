"""What may be said to the new template that the old one refused, and what was secret and may now be read.

Each constraint that the old template lays on a parameter is asked for a value that the new one takes and that breaks
it. Refuses to judge values that only exist at AWS, such as the names of key pairs, beyond their own type.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from conveyor_iac.errors import HIDDEN
from conveyor_iac.proofs.diff.found import Found, Kind
from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.diff.secrets import hides, told, told_by_outputs
from conveyor_iac.proofs.iam.automaton import ANY, Language, either, joined, literal, many, witness
from conveyor_iac.proofs.iam.language import MOST_COPIES, language
from conveyor_iac.proofs.patterns import parsed, samples
from conveyor_iac.proofs.scope import Undecidable, domain_of
from conveyor_iac.proofs.text import Domain
from conveyor_iac.proofs.verdict import Answer, proved, refuted, together, undecided

LONGEST = 256
"""The longest text whose length is counted."""
_LIMITS = ("Type", "AllowedValues", "AllowedPattern", "MinLength", "MaxLength", "MinValue", "MaxValue")
_OPEN = {"Type": "String"}
_SPELLED = frozenset({"String", "Number", "AWS::EC2::VPC::Id", "AWS::EC2::Subnet::Id", "AWS::EC2::SecurityGroup::Id"})
"""The types whose values can be told by their letters."""


def found(joint: Joint) -> Iterator[Found]:
    """Whether each parameter of both takes more than it did, or shows what was secret; then the rules over them all."""
    before, after = joint.parameters
    for name in after:
        if name in before and (answers := [*told(joint, name), *_taken(joint, name)]):
            yield Found(kind=Kind.PARAMETER, subject=name, answer=together(answers))
    for output, answer in told_by_outputs(joint):
        yield Found(kind=Kind.PARAMETER, subject=f"Outputs.{output}", answer=answer)
    rules = joint.before.template.section("Rules")
    kept = joint.after.template.section("Rules")
    for name in rules:
        if kept.get(name) != rules[name]:
            yield Found(kind=Kind.PARAMETER, subject=name, answer=undecided(
                f"it is not known which values the rule {name} kept out that are taken now"))


def rows(joint: Joint) -> Iterator[dict[str, Any]]:
    """Every parameter that was added, removed or changed, in the words of a report; no secret's default."""
    before, after = joint.parameters
    for name in dict.fromkeys((*after, *before)):
        if name not in before:
            needs = "Default" not in after[name]
            what = ["it has no default: a stack that is updated must be given a value"] if needs else []
            yield {"name": name, "change": "added", "needs_value": needs, "what": what}
        elif name not in after:
            yield {"name": name, "change": "removed", "needs_value": False, "what": []}
        elif what := list(_changes(before[name], after[name])):
            needs = "Default" in before[name] and "Default" not in after[name]
            yield {"name": name, "change": "changed", "needs_value": needs, "what": what}


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    secret = hides(before) or hides(after)
    for key in ("Default", *_LIMITS, "NoEcho"):
        if before.get(key) != after.get(key):
            hidden = secret and key in ("Default", "AllowedValues")
            was, now = (HIDDEN if hidden and key in row else row.get(key, "nothing") for row in (before, after))
            yield f"{key} was {was} and is {now}"


def _taken(joint: Joint, name: str) -> Iterator[Answer]:
    """Nothing where what it takes has not changed."""
    before, after = (rows[name] for rows in joint.parameters)
    if all(before.get(key) == after.get(key) for key in _LIMITS):
        return
    if _is_read_elsewhere(before) and _is_list(before) == _is_list(after):
        yield proved("what is read from Systems Manager could be any text before")
        return
    try:
        value = _more(before, _OPEN if _is_read_elsewhere(after) and not _is_list(after) else after)
    except Undecidable as reason:
        yield undecided(f"it is not known {reason}")
        return
    yield proved() if value is None else refuted({"parameter": name, "value": HIDDEN if hides(after) else value})


def _is_list(row: Mapping[str, Any]) -> bool:
    return "List<" in str(row["Type"]) or row["Type"] == "CommaDelimitedList"


def _is_read_elsewhere(row: Mapping[str, Any]) -> bool:
    return str(row["Type"]).startswith("AWS::SSM::")


def _more(before: Mapping[str, Any], after: Mapping[str, Any]) -> str | None:
    """A value that only `after` takes; nothing where there is none. `Undecidable` where that cannot be known."""
    if _is_list(before) != _is_list(after):
        raise Undecidable("what the same words are as a list, and as one text")
    one, other = domain_of(before), domain_of(after)
    if before["Type"] == "String" and one == Domain(sample=one.sample):
        return None
    if before["Type"] != after["Type"] and not {before["Type"], after["Type"]} <= _SPELLED:
        raise Undecidable(f"whether {after['Type']} takes only what {before['Type']} does")
    if other.values:
        return next((value for value in other.values if _takes(after, value) and not _takes(before, value)), None) \
            if one.pattern is None or parsed(one.pattern) is not None else _unread(one)
    known = list(islice(samples(other), 64))
    likely = (*_edges(before), *known, *_lengthened(known, one.max_length))
    for value in likely:
        if _surely(after, value) and not _takes(before, value):
            return value
    for value in _breaking(before, after, one, other):
        if not _surely(after, value) or _takes(before, value):
            raise Undecidable("whether every value that fits the new pattern fits the old one")
        return value
    return None


def _takes(row: Mapping[str, Any], value: str) -> bool:
    """Whether CloudFormation takes a value, as far as the parameter's constraints say."""
    return domain_of(row).holds(value) and not any(_number(value) < low or _number(value) > high
                                                   for low, high in _bounds(row))


def _surely(row: Mapping[str, Any], value: str) -> bool:
    domain = domain_of(row)
    return (domain.pattern is None or parsed(domain.pattern) is not None) and _takes(row, value)


def _bounds(row: Mapping[str, Any]) -> list[tuple[float, float]]:
    if row["Type"] not in ("Number", "List<Number>"):
        return []
    return [(float(row.get("MinValue", "-inf")), float(row.get("MaxValue", "inf")))]


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        return float("nan")


def _edges(row: Mapping[str, Any]) -> list[str]:
    """The first numbers that are past what a row allows."""
    return [f"{edge:g}" for low, high in _bounds(row) for edge in (low - 1, high + 1) if abs(edge) < float("inf")]


def _lengthened(known: list[str], longest: int | None) -> list[str]:
    """Values one character too long."""
    return [] if longest is None else [value + value[-1] * (longest + 1 - len(value)) for value in known if value]


def _breaking(before: Mapping[str, Any], after: Mapping[str, Any], one: Domain, other: Domain) -> Iterator[str]:
    """For each constraint of `before` that `after` does not have as well, the shortest text that breaks it."""
    inside = frozenset((language(other), _length(other.min_length, other.max_length)))
    for low, high in _bounds(before):
        if not any(low <= least and most <= high for least, most in _bounds(after)):
            raise Undecidable("which numbers are taken now that were not")
    if one.values:
        yield from _texts(inside, either(map(literal, one.values)))
    if one.pattern is not None and one.pattern != other.pattern:
        if not _exact(one.pattern):
            _unread(one)
        yield from _texts(inside, language(one.without()))
    unbound = float("inf")
    low, high = one.min_length, unbound if one.max_length is None else one.max_length
    if low > other.min_length or high < (unbound if other.max_length is None else other.max_length):
        if max(low, 0 if high == unbound else high) > LONGEST:
            raise Undecidable(f"whether a value that is taken now has {low} to {high:g} characters")
        yield from _texts(inside, _length(one.min_length, one.max_length))


def _texts(inside: frozenset[Language], outside: Language) -> Iterator[str]:
    text = witness(inside, frozenset((outside,)))
    if text is not None:
        yield text


def _length(low: int, high: int | None) -> Language:
    """Every text of these lengths; past `LONGEST` perhaps more."""
    if low > LONGEST or (high is not None and high > LONGEST):
        return joined([ANY] * min(low, LONGEST) + [many(ANY)]) if low else many(ANY)
    rest = [many(ANY)] if high is None else [either((ANY, literal("")))] * (high - low)
    return joined([*[ANY] * low, *rest] or [literal("")])


def _unread(domain: Domain) -> Any:
    raise Undecidable(f"what the pattern {domain.pattern} takes")


def _exact(pattern: str) -> bool:
    """Whether a pattern's language is known to the letter: no look-around, no flags, nothing counted past what is."""
    tree = parsed(pattern)
    return tree is not None and _is_exact(_unanchored(list(tree)))


def _unanchored(tree: Sequence[Any]) -> Sequence[Any]:
    first = 1 if tree and tree[0] in ((op.AT, op.AT_BEGINNING), (op.AT, op.AT_BEGINNING_STRING)) else 0
    last = len(tree) - (1 if tree and tree[-1] in ((op.AT, op.AT_END), (op.AT, op.AT_END_STRING)) else 0)
    return tree[first:last]


def _is_exact(tree: Sequence[Any]) -> bool:
    return all(code in (op.LITERAL, op.IN) or (code is op.BRANCH and all(map(_is_exact, value[1])))
               or (code is op.SUBPATTERN and not value[1] and not value[2] and _is_exact(value[3]))
               or (code is op.MAX_REPEAT and value[0] <= MOST_COPIES and _is_exact(value[2])
                   and (value[1] is op.MAXREPEAT or value[1] <= MOST_COPIES)) for code, value in tree)
