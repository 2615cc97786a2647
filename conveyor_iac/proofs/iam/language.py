"""Patterns of IAM as regular languages over characters and atoms.

An atom is one private-use character that stands for an unknown, so that a pattern with unknowns is a constant regular
language. A value that is decided at deploy time can be written with atoms along the one pattern it is known to match
(`strict`). A second pattern that the same value must match is widened: an unknown in it may be any value it can have,
and any stretch between colons may be covered by an atom of the first (`wide`). What a value must not match is narrow:
only what it matches whatever the unknowns are (`narrow`, where `?` covers no atom). See docs/proofs.md, "Two patterns
on one value".
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from re import _constants as op  # type: ignore[attr-defined]
from typing import Any

from conveyor_iac.proofs.iam.automaton import (
    EVERYTHING,
    LAST,
    NOTHING,
    Language,
    chars,
    either,
    joined,
    literal,
    many,
    witness,
)
from conveyor_iac.proofs.patterns import PRINTABLE, characters, parsed, trusted, within
from conveyor_iac.proofs.scope import Undecidable
from conveyor_iac.proofs.text import Domain, Text, Unknown

FIRST_ATOM = 0xF0000
FIRST_WITH_COLON = 0x100000
MOST_COPIES = 32
MOST_BEGINNING = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Wild:
    """`*` (any length) or `?` (one character). Within a field of an ARN, neither crosses a colon."""

    many: bool
    field: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """Any text, and nobody knows which: a policy variable such as `${aws:username}`, or a value with wildcards."""

    name: str


Token = str | Wild | Variable | Unknown
STAR, ONE = Wild(many=True), Wild(many=False)


@lru_cache(maxsize=8192)
def tokens(text: Text, *, wildcards: bool = True, variables: bool = True, plain: bool = False) -> tuple[Token, ...]:
    """A pattern's tokens. A value that may itself hold a wildcard or a variable is as open as a policy variable.

    With `plain`, an unknown is its value and nothing else, whatever that holds.
    """
    found: list[Token] = []
    if variables and not plain and _makes_variable(text):
        return (Variable(name=str(text)),)
    for part in text.parts:
        if isinstance(part, Unknown):
            open_ = wildcards or (variables and _writes_variable(part.domain))
            found.append(Variable(name=part.name) if open_ and not plain and not trusted(part.domain) else part)
        else:
            _read(part, found, wildcards=wildcards, variables=variables)
    return merged([token for index, token in enumerate(found) if (token, found[index - 1:index]) != (STAR, [STAR])])


def _writes_variable(domain: Domain) -> bool:
    """Whether a value is let through that holds a policy variable. Of one that may be any text, an axiom says no."""
    return domain.pattern is not None and may_hold(domain, "$") and characters(domain) != PRINTABLE


def _makes_variable(text: Text) -> bool:
    """Whether an unknown may stand inside a `${…}`: then only its value says which variable that is."""
    return any(isinstance(part, str) and (part.endswith("$") or part.rfind("${") > part.rfind("}"))
               for part in text.parts[:-1])


def _read(part: str, found: list[Token], *, wildcards: bool, variables: bool) -> None:
    if any(ord(char) >= FIRST_ATOM for char in part):
        raise Undecidable("what a text with characters of a private plane says")
    index = 0
    while index < len(part):
        if variables and part.startswith("${", index) and (end := part.find("}", index)) > 0:
            name = part[index + 2:end]
            found.append(name if name in ("*", "?", "$") else Variable(name=name))
            index = end + 1
        elif wildcards and part[index] in "*?":
            found.append(STAR if part[index] == "*" else ONE)
            index += 1
        elif found and isinstance(found[-1], str):
            found[-1] += part[index]
            index += 1
        else:
            found.append(part[index])
            index += 1


_PLAIN = chars((0, FIRST_ATOM - 1))
_ATOM = chars((FIRST_ATOM, LAST))
_COLON = ord(":")
_NO_COLON = chars((0, _COLON - 1), (_COLON + 1, FIRST_WITH_COLON - 1))
_PLAIN_NO_COLON = chars((0, _COLON - 1), (_COLON + 1, FIRST_ATOM - 1))
WITHOUT_ATOMS = many(_PLAIN)
_ANY_ARN = joined((literal("arn:"), EVERYTHING))
_SIX_FIELDS = joined([EVERYTHING, *[literal(":"), EVERYTHING] * 5])
_NUMBERS: dict[tuple[str, bool], str] = {}


@dataclass(slots=True)
class Atoms:
    """The atoms of one question: which character stands for which unknown."""

    rigid: bool = True
    """Whether no atom can hold a colon."""
    known: dict[Unknown, str] = field(default_factory=dict)
    """Every unknown that was asked for, with its character."""

    def of(self, unknown: Unknown) -> str:
        """The character that stands for an unknown: of the second half where its value may hold a colon."""
        key = (unknown.name, holds_colon(unknown.domain))
        self.rigid = self.rigid and not key[1]
        if key not in _NUMBERS:
            alike = sum(colon is key[1] for _, colon in _NUMBERS)
            _NUMBERS[key] = chr((FIRST_WITH_COLON if key[1] else FIRST_ATOM) + alike)
        self.known[unknown] = _NUMBERS[key]
        return _NUMBERS[key]

    def strict(self, pattern: Sequence[Token]) -> Language:
        """Values written along the pattern: atoms where it has unknowns, and nowhere else."""
        return _joined([self._strict(token, one=_PLAIN, several=WITHOUT_ATOMS) for token in pattern])

    def narrow(self, pattern: Sequence[Token], *, fold: bool = False, arn: bool = False) -> Language:
        """Values that match the pattern whatever the unknowns are. With `arn`, wildcards stop at a colon."""
        if any(isinstance(token, Variable) for token in pattern):
            return NOTHING
        if not arn:
            return self._surely(pattern, fold=fold)
        fields = by_colons(pattern)
        if len(fields) < 6:
            return NOTHING
        loose = not any(isinstance(token, Unknown) and holds_colon(token.domain) for token in pattern)
        return _with_colons([self._surely(part) if index >= 5 and loose else _joined(list(map(self._component, part)))
                             for index, part in enumerate(fields)])

    def _component(self, token: Token) -> Language:
        if isinstance(token, Wild):
            return many(_NO_COLON) if token.many else _PLAIN_NO_COLON
        return self._strict(token, one=_PLAIN)

    def _surely(self, pattern: Sequence[Token], *, fold: bool = False) -> Language:
        """What surely matches; before a `*`, an atom whose values all begin as the text before it ends does as well."""
        found = []
        for token, following in zip(pattern, (*pattern, None)[1:], strict=True):
            found.append(self._strict(token, fold=fold, one=_PLAIN))
            if following == STAR and isinstance(token, str) and not fold:
                found[-1] = either([found[-1], *self._beginnings(token)])
        return _joined(found)

    def _beginnings(self, text: str) -> Iterator[Language]:
        """The text with an atom for its end, for each atom whose values all begin with that."""
        for unknown, atom in self.known.items():
            start = begins(unknown.domain)
            yield from (joined((literal(text[:-size]), literal(atom))) for size in range(1, len(start) + 1)
                        if text.endswith(start[:size]))

    def wide(self, pattern: Sequence[Token], *, fold: bool = False, along: Sequence[Sequence[Token]] = ()) -> Language:
        """Every value that the pattern may match for some values of the unknowns, however it is written.

        along: the patterns it is lifted along, if any. What all of them begin with, unknowns and all, is the same
        text here and there, so that it widens nothing.
        """
        if (shared := 0 if fold else _shared(pattern, along)) > 0:
            return either((joined((self.strict(pattern[:shared]), self.wide(pattern[shared:]))), filled(pattern)))
        if not self.rigid or fold:
            return either((self._plainly(pattern, fold=fold), self._covered(pattern, EVERYTHING, fold=fold)))
        return _with_colons([either((self._plainly(part, fold=fold),
                                     self._covered(part, EVERYTHING if _may_cross(part) else many(_NO_COLON),
                                                   fold=fold)))
                             for part in by_colons(pattern)])

    def _covered(self, pattern: Sequence[Token], rest: Language, *, fold: bool) -> Language:
        """What atoms of another pattern cover: plainly what this one begins with, the atoms, what it ends with."""
        plain = many(_PLAIN_NO_COLON) if rest == many(_NO_COLON) else WITHOUT_ATOMS
        between = either((_ATOM, joined((_ATOM, rest, _ATOM))))
        return joined((_ahead(pattern, plain, fold=fold), between, _behind(pattern, plain, fold=fold)))

    def _plainly(self, pattern: Sequence[Token], *, fold: bool) -> Language:
        value = _in_any_case if fold else language
        return _joined([either((literal(self.of(token)), value(token.domain))) if isinstance(token, Unknown)
                        else self._strict(token, fold=fold, one=_PLAIN) for token in pattern])

    def _strict(self, token: Token, *, one: Language, several: Language = EVERYTHING, fold: bool = False) -> Language:
        if isinstance(token, Wild):
            if token.field:
                covers_atoms = several == EVERYTHING and token.many
                return many(_NO_COLON) if covers_atoms else many(_PLAIN_NO_COLON) if token.many else _PLAIN_NO_COLON
            return several if token.many else one
        if isinstance(token, Variable):
            return several
        if isinstance(token, Unknown):
            return literal(self.of(token))
        return _folded(token) if fold else literal(token)


def filled(pattern: Sequence[Token], *, fold: bool = False) -> Language:
    """Every text that the pattern matches for some values of its unknowns."""
    values = _in_any_case if fold else language
    return _joined([values(token.domain) if isinstance(token, Unknown)
                    else Atoms()._strict(token, fold=fold, one=_PLAIN, several=WITHOUT_ATOMS) for token in pattern])


def _ahead(pattern: Sequence[Token], plain: Language, *, fold: bool) -> Language:
    """Plain texts that a value of the pattern may begin with, up to any place in it."""
    found = literal("")
    for token in reversed(pattern):
        if isinstance(token, Unknown):
            found = either((plain, joined((_values(token.domain, fold=fold), found))))
        elif isinstance(token, Variable) or (isinstance(token, Wild) and token.many):
            found = joined((plain, found))
        else:
            for part in reversed(_single(token, fold=fold)):
                found = either((literal(""), joined((part, found))))
    return found


def _behind(pattern: Sequence[Token], plain: Language, *, fold: bool) -> Language:
    """Plain texts that a value of the pattern may end with, from any place in it."""
    found = literal("")
    for token in pattern:
        if isinstance(token, Unknown):
            found = either((plain, joined((found, _values(token.domain, fold=fold)))))
        elif isinstance(token, Variable) or (isinstance(token, Wild) and token.many):
            found = joined((found, plain))
        else:
            for part in _single(token, fold=fold):
                found = either((literal(""), joined((found, part))))
    return found


def _shared(pattern: Sequence[Token], along: Sequence[Sequence[Token]]) -> int:
    """How many tokens, without a wildcard, a pattern begins with that all others begin with as well."""
    count = 0
    for token, *others in zip(pattern, *along, strict=False) if along else ():
        if isinstance(token, Wild | Variable) or any(other != token for other in others):
            break
        count += 1
    return count


def _single(token: Token, *, fold: bool) -> list[Language]:
    """The languages of a token's characters, one by one."""
    if isinstance(token, str):
        return [_folded(char) if fold else literal(char) for char in token]
    return [_PLAIN]


def _values(domain: Domain, *, fold: bool) -> Language:
    return _in_any_case(domain) if fold else language(domain)


def fielded(pattern: Sequence[Token]) -> tuple[Token, ...]:
    """The pattern as the shape of an ARN: up to the resource, its fifth colon, no wildcard crosses one."""
    fields = by_colons(pattern)
    held = [[Wild(many=token.many, field=True) if isinstance(token, Wild) and index < 5 < len(fields) else token
             for token in part] for index, part in enumerate(fields)]
    return merged([token for part in held for token in (":", *part)][1:])


def merged(pattern: Sequence[Token]) -> tuple[Token, ...]:
    """The pattern with the literal texts that stand side by side as one, so that equal patterns are equal."""
    found: list[Token] = []
    for token in pattern:
        if isinstance(token, str) and found and isinstance(found[-1], str):
            found[-1] += token
        elif token != "":
            found.append(token)
    return tuple(found)


def holds_colon(domain: Domain) -> bool:
    """Whether a value may hold a colon."""
    return may_hold(domain, ":")


def may_hold(domain: Domain, char: str) -> bool:
    """Whether a value may hold this character."""
    found = characters(domain)
    return found is None or char in found


def may_be_unset(pattern: Sequence[Token]) -> bool:
    """Whether a policy variable in it may have no value: then a test or element that is negated does not hold."""
    return any(isinstance(token, Variable) for token in pattern)


def may_be_short(pattern: Sequence[Token]) -> bool:
    """Whether it may come to an ARN with fewer than six fields."""
    plain = _joined([language(token.domain) if isinstance(token, Unknown) else literal(token)
                     if isinstance(token, str) else EVERYTHING for token in pattern])
    return witness(frozenset({plain, _ANY_ARN}), frozenset({_SIX_FIELDS})) is not None


def weight(pattern: Sequence[Token]) -> tuple[int, int]:
    """How much a pattern says: its unknowns, then its characters."""
    return (sum(isinstance(token, Unknown) for token in pattern),
            sum(len(token) for token in pattern if isinstance(token, str)))


def is_everything(pattern: Sequence[Token]) -> bool:
    """Whether the pattern may be matched by anything."""
    return len(pattern) == 1 and _is_open(pattern)


def by_colons(pattern: Sequence[Token]) -> list[list[Token]]:
    """The pattern cut at the colons that are written in it."""
    parts: list[list[Token]] = [[]]
    for token in pattern:
        if isinstance(token, str):
            first, *rest = token.split(":")
            parts[-1] += [first] if first else []
            parts += [[piece] if piece else [] for piece in rest]
        else:
            parts[-1].append(token)
    return parts


def _is_open(pattern: Sequence[Token]) -> bool:
    """Whether a part of the pattern may be of any length, colons included."""
    return any(token == STAR or isinstance(token, Variable) for token in pattern)


def _may_cross(pattern: Sequence[Token]) -> bool:
    """Whether what matches a part of the pattern may hold a colon."""
    return _is_open(pattern) or ONE in pattern


def _with_colons(parts: list[Language]) -> Language:
    return _joined([piece for part in parts for piece in (literal(":"), part)][1:])


def _joined(parts: list[Language]) -> Language:
    return joined(parts) if parts else literal("")


def _folded(text: str) -> Language:
    return _joined([either((literal(char.lower()), literal(char.upper()))) for char in text])


@lru_cache(maxsize=512)
def language(domain: Domain) -> Language:
    """Every value of a domain, perhaps more: lengths and look-aheads are passed over."""
    if domain.values:
        return either(map(literal, domain.values))
    tree = None if domain.pattern is None else parsed(domain.pattern)
    return WITHOUT_ATOMS if tree is None else _of_tree(tree)


@lru_cache(maxsize=512)
def begins(domain: Domain) -> str:
    """What every value of a domain begins with, as far as a few characters tell."""
    values = language(domain)
    found = witness(frozenset({values}), frozenset()) or ""
    return next((found[:size] for size in range(min(len(found), MOST_BEGINNING), 0, -1)
                 if witness(frozenset({values}), frozenset({joined((literal(found[:size]), EVERYTHING))})) is None), "")


def _of_tree(tree: Any) -> Language:
    return _joined([_of_node(code, value) for code, value in tree
                    if code not in (op.AT, op.ASSERT, op.ASSERT_NOT)])


def _of_node(code: Any, value: Any) -> Language:
    if code is op.LITERAL:
        return literal(chr(value))
    if code is op.IN:
        return _of_class(value)
    if code is op.BRANCH:
        return either(map(_of_tree, value[1]))
    if code is op.SUBPATTERN:
        return _of_tree(value[3])
    if code in (op.MAX_REPEAT, op.MIN_REPEAT):
        return _repeated(*value)
    return _PLAIN if code in (op.ANY, op.NOT_LITERAL) else WITHOUT_ATOMS


def _of_class(items: Any) -> Language:
    """The characters of a class; those it leaves out are none beyond ASCII, those it names may be."""
    found = within(items)
    if (op.NEGATE, None) in items:
        edges = [-1, *sorted(map(ord, PRINTABLE - found)), FIRST_ATOM]
        return chars(*((low + 1, high - 1) for low, high in pairwise(edges) if low + 1 < high))
    if found == PRINTABLE:
        return _PLAIN
    beyond = (value for code, value in items if code is op.RANGE and value[1] > 126)
    return chars(*((ord(char), ord(char)) for char in found), *((max(low, 127), high) for low, high in beyond))


@lru_cache(maxsize=512)
def _in_any_case(domain: Domain) -> Language:
    """Every value of a domain with letters of either case."""
    return _caseless(language(domain))


def _caseless(found: Language) -> Language:
    kind, value = found
    if kind == "literal":
        return _folded(value)
    if kind == "chars":
        return chars(*value, *((max(low, first) + step, min(high, last) + step) for low, high in value
                               for first, last, step in ((65, 90, 32), (97, 122, -32))
                               if max(low, first) <= min(high, last)))
    return many(_caseless(value)) if kind == "many" else (kind, tuple(map(_caseless, value)))


def _repeated(low: int, high: Any, inner: Any) -> Language:
    part = _of_tree(inner)
    if high is op.MAXREPEAT or high > MOST_COPIES or low > MOST_COPIES:
        return _joined([*[part] * min(low, MOST_COPIES), many(part)])
    return _joined([*[part] * low, *[either((part, literal("")))] * (high - low)])
