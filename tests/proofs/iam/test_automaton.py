"""The automata of the proofs against Python's `re` and against every short word."""

import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.iam.automaton import (
    ANY,
    EVERYTHING,
    NOTHING,
    chars,
    contains,
    either,
    fitting,
    joined,
    literal,
    many,
    witness,
)

WORDS = ["".join(word) for size in range(5) for word in itertools.product("abc", repeat=size)]
LAWFUL = settings(deadline=None, max_examples=150)


def _joined(parts):
    return joined([language for language, _ in parts]), "".join(f"(?:{code})" for _, code in parts)


def _either(parts):
    return either(language for language, _ in parts), "|".join(f"(?:{code})" for _, code in parts)


# A language and the same as a regular expression.
LETTERS = st.sampled_from(["", "a", "b", "ab", "ba", "c"]).map(lambda text: (literal(text), text))
CLASSES = st.sampled_from([(chars((97, 98)), "[ab]"), (chars((98, 99)), "[bc]"), (chars((97, 97), (99, 99)), "[ac]"),
                           (ANY, "."), (EVERYTHING, ".*"), (NOTHING, "(?!)")])
PAIRS = st.recursive(
    LETTERS | CLASSES,
    lambda inner: (st.lists(inner, min_size=1, max_size=3).map(_joined)
                   | st.lists(inner, min_size=1, max_size=3).map(_either)
                   | inner.map(lambda pair: (many(pair[0]), f"(?:{pair[1]})*"))
                   | inner.map(lambda pair: (many(pair[0], at_least_one=True), f"(?:{pair[1]})+"))),
    max_leaves=6)
SETS = st.lists(PAIRS, max_size=3)


def _in(pair, text):
    return re.fullmatch(pair[1], text, re.DOTALL) is not None


def _fits(inside, outside, text):
    return all(_in(pair, text) for pair in inside) and not any(_in(pair, text) for pair in outside)


def _witness(inside, outside):
    return witness(frozenset(language for language, _ in inside), frozenset(language for language, _ in outside))


@LAWFUL
@given(SETS, SETS)
def test_a_text_that_is_found_is_in_all_of_these_and_in_none_of_those(inside, outside):
    """What the search finds, Python's `re` confirms."""
    found = _witness(inside, outside)
    assert found is None or _fits(inside, outside, found)


@LAWFUL
@given(SETS, SETS)
def test_where_nothing_is_found_no_short_word_fits_and_what_is_found_is_the_shortest(inside, outside):
    """No word of up to four letters fits when none is found; none that is shorter than the one found fits."""
    found = _witness(inside, outside)
    shorter = WORDS if found is None else [word for word in WORDS if len(word) < len(found)]
    assert [word for word in shorter if _fits(inside, outside, word)] == []


@LAWFUL
@given(PAIRS)
def test_a_language_and_what_is_outside_it_have_nothing_in_common(pair):
    """No text is in a language and outside it; nothing is outside everything or inside nothing."""
    language, _ = pair
    assert witness(frozenset({language}), frozenset({language})) is None
    assert witness(frozenset({language}), frozenset({EVERYTHING})) is None
    assert witness(frozenset({language, NOTHING}), frozenset()) is None


@LAWFUL
@given(PAIRS, PAIRS, st.sampled_from(WORDS))
def test_a_union_holds_what_either_part_holds(one, other, word):
    """A word is in a union exactly where it is in a part; a union less both parts is empty."""
    union = either((one[0], other[0]))
    assert contains(union, word) is (_in(one, word) or _in(other, word))
    assert witness(frozenset({union}), frozenset({one[0], other[0]})) is None


@LAWFUL
@given(PAIRS, st.sampled_from([*WORDS, "\n", "é", "\U000F0000"]))
def test_membership_is_as_python_says(pair, word):
    """A word is in a language exactly where the regular expression matches the whole of it, whatever its characters."""
    assert contains(pair[0], word) is _in(pair, word)


@LAWFUL
@given(st.lists(st.tuples(PAIRS, st.booleans()), max_size=5))
def test_the_reason_why_no_text_fits_is_enough(rows):
    """A text that fits the signs is found where there is one; else the languages named as the reason allow none."""
    signs = {pair[0]: sign for pair, sign in rows}
    found, reason = fitting(signs)
    inside, outside = (frozenset(row for row, sign in signs.items() if sign is wanted) for wanted in (True, False))
    assert (found is None) is (witness(inside, outside) is None)
    if found is None:
        assert witness(inside & reason, outside & reason) is None
    else:
        assert all(contains(language, found) is sign for language, sign in signs.items())
