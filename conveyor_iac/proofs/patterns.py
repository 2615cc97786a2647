"""What the patterns of parameters let through: which characters, and one value that fits.

Reads a pattern as Python's own parser does; CloudFormation's are Java's, which agree in what templates use. A
look-ahead only takes away, so it is passed over where more may be allowed, and held where one value is sought.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

from conveyor_iac.proofs.text import WILD, Domain, readable

_CASELESS = re.compile(r"\(\?[a-zA-Z]*i")
PRINTABLE = frozenset(map(chr, range(32, 127)))
_CATEGORIES = {op.CATEGORY_DIGIT: "0123456789", op.CATEGORY_SPACE: " \t\n\r\f\v",
               op.CATEGORY_WORD: "".join(filter(lambda char: char.isalnum() or char == "_", sorted(PRINTABLE)))}


def parsed(pattern: str) -> Any:
    """The pattern as Python's parser reads it; nothing when it cannot, or where its letters are of either case."""
    return _parser.parse(pattern) if readable(pattern) and not _CASELESS.search(pattern) else None


@lru_cache(maxsize=512)
def characters(domain: Domain) -> frozenset[str] | None:
    """Every printable character a value may hold; nothing when any may stand there."""
    if domain.values:
        return frozenset("".join(domain.values))
    tree = None if domain.pattern is None else parsed(domain.pattern)
    return None if tree is None else _of_tree(tree)


@lru_cache(maxsize=512)
def trusted(domain: Domain) -> bool:
    """Whether a pattern that such a value stands in still says what is written: no wildcard, no variable."""
    found = characters(domain)
    return found is not None and not found & (WILD - {":"})


def within(items: Any) -> frozenset[str]:
    """The characters of a class, such as `[a-z0-9]`."""
    found: set[str] = set()
    negated = False
    for code, value in items:
        if code is op.NEGATE:
            negated = True
        elif code is op.LITERAL:
            found.add(chr(value))
        elif code is op.RANGE:
            found.update(map(chr, range(value[0], min(value[1], 126) + 1)))
        elif value in _CATEGORIES:
            found.update(_CATEGORIES[value])
        else:
            return PRINTABLE
    return PRINTABLE - found if negated else frozenset(found)


def _of_tree(tree: Any) -> frozenset[str]:
    found: set[str] = set()
    for code, value in tree:
        if code is op.LITERAL:
            found.add(chr(value))
        elif code is op.NOT_LITERAL or code is op.ANY:
            return PRINTABLE
        elif code is op.IN:
            found |= within(value)
        elif code is op.BRANCH:
            found = found.union(*map(_of_tree, value[1]))
        elif code is op.SUBPATTERN:
            found |= _of_tree(value[3])
        elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
            found |= _of_tree(value[2])
        elif code not in (op.AT, op.ASSERT, op.ASSERT_NOT):
            return PRINTABLE
    return frozenset(found)


def is_fixed(domain: Domain) -> bool:
    """Whether a value can only be one of a few that the domain spells out."""
    tree = None if domain.pattern is None else parsed(domain.pattern)
    return bool(domain.values) or (tree is not None and _spelled_out(tree))


def _spelled_out(tree: Any) -> bool:
    """Whether a pattern leaves nothing open: no class of characters and no repetition."""
    return all(code in (op.LITERAL, op.AT) or (code is op.SUBPATTERN and _spelled_out(value[3]))
               or (code is op.BRANCH and all(map(_spelled_out, value[1]))) for code, value in tree)


@lru_cache(maxsize=512)
def sample(domain: Domain) -> str | None:
    """One value that the domain lets through, its default first; nothing when none is found."""
    return next(samples(domain), None)


def samples(domain: Domain) -> Iterator[str]:
    """Values that the domain lets through, the likeliest first."""
    tree = None if domain.pattern is None else parsed(domain.pattern)
    made: Iterable[str] = ("x" * max(domain.min_length, 1),) if tree is None else _made(tree)
    first = (domain.sample,) if domain.sample else ()
    for value in itertools.chain(first, domain.values, itertools.islice(made, 64), ("",)):
        if value is not None and domain.holds(value) and (domain.pattern is None or readable(domain.pattern)):
            yield value
        elif value and domain.pattern and domain.min_length > len(value) and domain.holds(
                longer := (value * domain.min_length)[:domain.min_length]):
            yield longer


def _made(tree: Any) -> Iterator[str]:
    """Texts that a pattern matches, look-aheads passed over."""
    choices = [list(itertools.islice(_choices(code, value), 3)) for code, value in tree]
    for parts in itertools.product(*choices):
        yield "".join(parts)


def _choices(code: Any, value: Any) -> Iterator[str]:
    if code is op.LITERAL:
        yield chr(value)
    elif code is op.IN:
        found = sorted(within(value) & PRINTABLE) or sorted(within(value))
        yield from dict.fromkeys([*(char for char in "a1x0-/" if char in found), *found[:1], *found[-1:]])
    elif code in (op.ANY, op.NOT_LITERAL):
        yield from (char for char in "ax" if code is op.ANY or char != chr(value))
    elif code is op.BRANCH:
        for branch in reversed(value[1]):
            yield from itertools.islice(_made(branch), 2)
    elif code is op.SUBPATTERN:
        yield from _made(value[3])
    elif code in (op.MAX_REPEAT, op.MIN_REPEAT):
        low, high, inner = value
        for count in dict.fromkeys((max(low, min(1, high)), max(low, min(4, high)), low)):
            yield from (each * count for each in itertools.islice(_made(inner), 2))
    else:
        yield ""
