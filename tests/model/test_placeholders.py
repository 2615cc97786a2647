"""The algebra of what is not known yet."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from conveyor_iac.model import catalogue, placeholders
from conveyor_iac.model.placeholders import Either, at_longest, decide, every, fill, literal, names

NAMES = (*catalogue.parameters(), *catalogue.pseudo_parameters())
SWITCHES = tuple(catalogue.switches())


@dataclass(frozen=True, kw_only=True)
class Thing:
    """Something frozen with parts, as the model's own values are."""

    name: str
    parts: tuple[Any, ...]


texts = st.lists(st.sampled_from(NAMES).map("${{{}}}".format)
                 | st.sampled_from(["${!aws:username}", "${!TenantId}"])
                 | st.text("ab:/*-$", max_size=4), max_size=5).map("".join)
things = st.recursive(texts | st.none() | st.integers(), lambda inner: st.one_of(
    st.lists(inner, max_size=3).map(tuple),
    st.dictionaries(texts, inner, max_size=2),
    st.builds(Either, switch=st.sampled_from(SWITCHES), yes=inner, no=inner),
    st.builds(Thing, name=texts, parts=st.lists(inner, max_size=2).map(tuple))), max_leaves=8)
values = st.dictionaries(st.sampled_from(NAMES), st.text("abxyz0/-", max_size=6))
switches = st.dictionaries(st.sampled_from(SWITCHES), st.booleans())


def halves(known, chosen):
    """The mapping in two parts: the keys chosen, and the others."""
    return [{key: value for key, value in known.items() if (key in chosen) == side} for side in (True, False)]


@settings(max_examples=200)
@given(things, values, switches, st.sets(st.sampled_from(NAMES + SWITCHES)))
def test_order_does_not_matter(thing, known, on, chosen):
    """Deciding some and then the others is deciding all at once, whichever comes first."""
    (first, later), (one, other) = halves(known, chosen), halves(on, chosen)
    at_once = decide(thing, known, on)
    assert decide(decide(thing, first, one), later, other) == at_once
    assert decide(decide(thing, later, other), first, one) == at_once


@settings(max_examples=200)
@given(things, values, switches)
def test_deciding_again_changes_nothing(thing, known, on):
    """What was decided is decided: a second time with the same knowledge gives the same."""
    once = decide(thing, known, on)
    assert decide(once, known, on) == once


@given(things, values)
@example(({"a${TenantId}b": "c"},), {"TenantId": "acme"})
def test_nothing_known_is_left(texts_of, thing, known):
    """No placeholder whose value is known is left at any depth, keys included; every other one still is."""
    def found(value):
        return {name for text in texts_of(value) for name in names(text)}

    assert found(decide(thing, known, {})) == found(thing) - set(known)


@settings(max_examples=200)
@given(things, st.fixed_dictionaries(dict.fromkeys(SWITCHES, st.booleans())))
def test_no_choice_is_left(thing, on):
    """Where every switch is known there is no `Either` left, at any depth."""
    def eithers(value):
        if isinstance(value, Thing):
            return eithers(value.parts)
        if isinstance(value, tuple | dict):
            return sum(map(eithers, value.values() if isinstance(value, dict) else value))
        return isinstance(value, Either)

    assert eithers(decide(thing, {}, on)) == 0


@given(st.lists(st.none() | texts | st.builds(Either, switch=st.just(SWITCHES[0]), yes=texts),
                max_size=4).map(tuple))
def test_what_comes_to_nothing_is_left_out(parts):
    """An item of a tuple that comes to nothing leaves no gap, and the others keep their order."""
    assert decide(parts, {}, {SWITCHES[0]: False}) == tuple(part for part in parts if isinstance(part, str))


@given(st.data(), texts)
def test_no_filled_text_is_longer(data, text):
    """`at_longest` is as long as the text filled to the limits, and never shorter than one within them."""
    lengths = {name: data.draw(st.integers(0, placeholders.longest_of(name))) for name in names(text)}
    filled = literal(fill(text, {name: "y" * length for name, length in lengths.items()}))
    assert len(at_longest(text)) >= len(filled)
    assert len(at_longest(text)) == len(literal(fill(text, {name: "y" * placeholders.longest_of(name)
                                                            for name in lengths})))


@given(texts, values)
def test_variables_of_iam_are_never_filled(text, known):
    """An escaped variable of IAM stays as it is until its reader gets it, unescaped."""
    escaped = re.findall(r"\$\{!", text)
    assert re.findall(r"\$\{!", fill(text, known)) == escaped
    assert not any(name.startswith("!") for name in names(text))
    assert literal("${!aws:PrincipalArn}") == "${aws:PrincipalArn}"


@pytest.mark.parametrize("name", ["Tenant", "AWS::Nothing", "tenantId", "", "aws:username"])
def test_unknown_names_are_refused(name):
    """A placeholder nobody knows is refused by name wherever its text is looked at."""
    for look in (names, at_longest):
        with pytest.raises(ValueError, match=re.escape(f"unknown placeholder ${{{name}}}")):
            look(f"a${{{name}}}b")


def test_unknown_switches_are_refused():
    """An `Either` cannot be made for a switch that is not in the table."""
    with pytest.raises(ValueError, match="unknown switch 'Nope'"):
        Either(switch="Nope", yes="a")


@given(things, st.fixed_dictionaries(dict.fromkeys(SWITCHES, st.booleans())))
def test_every_holds_what_is_chosen(thing, on):
    """`every` lists whatever a value can come to: also what it comes to with these switches."""
    def outer(value):
        return outer(value.yes if on[value.switch] else value.no) if isinstance(value, Either) else value

    came_to = outer(thing)
    assert came_to is None or came_to in every(thing)
    assert not [part for part in every(thing) if isinstance(part, Either) or part is None]
