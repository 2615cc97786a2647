"""Patterns as languages over atoms, held against the replay: what is widened is never too small, what is narrowed
never too large.

A value is made together with its lifted form: along one pattern, with an atom where that has an unknown. A second
pattern is then cut from the value, so that the two really meet on it.
"""

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.iam.automaton import contains
from conveyor_iac.proofs.iam.language import FIRST_ATOM, STAR, Atoms, Variable, language, tokens
from conveyor_iac.proofs.iam.replay_texts import fits, fits_arn, pieces
from conveyor_iac.proofs.text import Domain, Text, Unknown

LAWFUL = settings(deadline=None, max_examples=400, suppress_health_check=[HealthCheck.large_base_example])
WORDS = {
    "X": (Domain(pattern="[ab]{1,2}"), ("a", "b", "ab", "ba")),
    "Y": (Domain(values=("a", "b", "A")), ("a", "b", "A")),
    "Z": (Domain(pattern="(?!b)[a-b]+"), ("a", "ab")),
    "E": (Domain(pattern="[ab-]*"), ("", "-", "a")),
    "C": (Domain(pattern="[a-b:]*"), ("", "a", ":", "a:b")),
}
UNKNOWNS = {name: Unknown(name=name, domain=domain) for name, (domain, _) in WORDS.items()}
VALUES = st.tuples(*(st.sampled_from(words) for _, words in WORDS.values())).map(
    lambda values: dict(zip(WORDS, values, strict=True)))
PLAIN = st.sampled_from(["a", "b", "ab", ":", "-", "A", "a:"])


@st.composite
def parts(draw, names):
    """The parts of a pattern, an ARN's six fields now and then."""
    one = st.lists(PLAIN | st.sampled_from(["*", "?"]) | st.sampled_from(names).map(UNKNOWNS.get),
                   min_size=1, max_size=3)
    if not draw(st.booleans()):
        return draw(one)
    fields = [["arn"], *draw(st.lists(one | st.just([]), min_size=5, max_size=5))]
    return [part for index, field in enumerate(fields) for part in ([":"] if index else []) + field]


@st.composite
def lifted(draw):
    """The pattern's parts, the unknowns' values, and a value: its pieces, each with what it is written as."""
    names = list(WORDS) if draw(st.booleans()) else ["X", "Y"]
    values, found, written = draw(VALUES), draw(parts(names)), []
    for part in found:
        if isinstance(part, Unknown):
            written.append((part, values[part.name]))
        elif part == "*":
            written.append((None, draw(st.sampled_from(["", "a", "b:a", "A"]))))
        elif part == "?":
            written.append((None, draw(st.sampled_from(["a", "b", ":"]))))
        else:
            written.append((None, part))
    return found, values, written


@st.composite
def cut(draw, text, values, names):
    """A pattern made of a text, piece by piece: as it is, a wildcard, or an unknown that has this value."""
    found, at = [], 0
    while at < len(text):
        end = min(at + draw(st.integers(0, 3)), len(text))
        piece = text[at:end]
        choices = [*(UNKNOWNS[name] for name in names if values[name] == piece), "*"]
        choices += [piece] * 2 if piece else []
        choices += ["?"] * (4 if piece == ":" else 1) if len(piece) == 1 else []
        found.append(draw(st.sampled_from(choices)))
        at = end
    return found


def _known(*patterns):
    """The atoms of every unknown in these patterns, as a question knows them before anything is asked."""
    atoms = Atoms()
    for pattern in patterns:
        for token in pattern:
            if isinstance(token, Unknown):
                atoms.of(token)
    return atoms


def _value(written):
    return "".join(text for _, text in written)


def _lifted(written, atoms):
    return "".join(text if part is None else atoms.of(part) for part, text in written)


@LAWFUL
@given(lifted())
def test_a_lifted_value_is_strictly_in_its_own_pattern(made):
    """The form with atoms is in `strict`, and the value itself is matched by the pattern as it is filled."""
    found, values, written = made
    pattern = tokens(Text.of(*found))
    assert contains(Atoms().strict(pattern), _lifted(written, _known(pattern)))
    assert fits(pieces(str(Text.of(*found).fill(values))), _value(written))


@LAWFUL
@given(lifted(), st.data(), st.booleans())
def test_what_the_filled_pattern_matches_is_matched_widely_however_it_is_lifted(made, data, fold):
    """A value that a second pattern matches, once filled, is in `wide` of it, lifted along the first or not at all."""
    found, values, written = made
    text = _value(written)
    names = [name for name in WORDS if name != "C" or UNKNOWNS["C"] in found]
    other = data.draw(cut(text.swapcase() if fold else text, values, names))
    filled = str(Text.of(*other).fill(values))
    assert fits(pieces(filled.lower() if fold else filled), text.lower() if fold else text)
    first, second = tokens(Text.of(*found)), tokens(Text.of(*other))
    atoms = _known(first, second)
    event(f"rigid {atoms.rigid}")
    for along in ((), (first,), (first, second)):
        wide = atoms.wide(second, fold=fold, along=along)
        assert contains(wide, text)
        assert contains(wide, _lifted(written, atoms))


@LAWFUL
@given(lifted(), VALUES, st.data(), st.booleans(), st.booleans())
def test_what_is_matched_narrowly_is_matched_whatever_the_unknowns_are(made, others, data, arn, fold):
    """A lifted value in `narrow` of a pattern is matched by it with any values, component by component for an ARN."""
    found, _, written = made
    first = tokens(Text.of(*found))
    atoms = _known(first)
    raised = _lifted(written, atoms)
    marks = {atoms.of(token): token for token in first if isinstance(token, Unknown)}
    other = [marks.get(char, char) for char in raised]
    marked = [place for place, part in enumerate(other) if isinstance(part, Unknown) or part == ":"]
    places = marked if marked and data.draw(st.booleans()) else range(len(other))
    for place in data.draw(st.lists(st.sampled_from(places), max_size=2)) if other else ():
        other[place] = data.draw(st.sampled_from(["?", "?", "*", "a", *UNKNOWNS.values()]))
    second = tokens(Text.of(*other))
    _ = [atoms.of(token) for token in second if isinstance(token, Unknown)]
    if not contains(atoms.narrow(second, arn=arn, fold=fold and not arn), raised):
        event("not in it")
        return
    event("in it")
    value = "".join(others[marks[char].name] if char in marks else char for char in raised)
    filled = str(Text.of(*other).fill(others))
    if arn:
        assert fits_arn(pieces(filled), value)
    elif fold:
        assert fits(pieces(filled.lower()), value.lower())
    else:
        assert fits(pieces(filled), value)


@LAWFUL
@given(st.sampled_from(list(WORDS)), st.text("abA:-", max_size=3))
def test_the_language_of_a_domain_holds_all_its_values(name, word):
    """A text that a domain lets through is in its language."""
    domain, words = WORDS[name]
    assert all(contains(language(domain), known) for known in words)
    assert not domain.holds(word) or contains(language(domain), word)


def test_a_value_that_may_hold_a_wildcard_or_a_variable_is_open():
    """Such an unknown is any text in a pattern; in a plain value only where its pattern lets a variable through."""
    free, starred = Unknown(name="F"), Unknown(name="S", domain=Domain(pattern="[a*]"))
    assert all(isinstance(tokens(Text.of(part))[0], Variable) for part in (free, starred))
    dollar = Unknown(name="D", domain=Domain(pattern="[a${}:]*"))
    assert isinstance(tokens(Text.of(dollar), wildcards=False)[0], Variable)
    assert tokens(Text.of(dollar), wildcards=False, variables=False) == (dollar,)
    assert tokens(Text.of(starred), wildcards=False) == (starred,)
    assert STAR not in tokens(Text.of("*"), wildcards=False)


def test_a_question_mark_stands_for_a_colon_beside_an_atom_and_for_no_atom_that_must_match():
    """`a?b` may be matched by an unknown before `:b`; `?` surely matches no unknown, which may be longer."""
    atoms, unknown = Atoms(), UNKNOWNS["X"]
    assert contains(atoms.wide(tokens(Text.of("a?b"))), atoms.of(unknown) + ":b")
    assert not contains(atoms.narrow(tokens(Text.of("?"))), atoms.of(unknown))


def test_without_case_a_value_of_an_unknown_may_be_told_in_either():
    """`A` is matched, case ignored, by an unknown that can be `a` only in small letters."""
    assert contains(Atoms().wide(tokens(Text.of(UNKNOWNS["X"])), fold=True), "A")
    assert not contains(Atoms().wide(tokens(Text.of(UNKNOWNS["X"]))), "A")


def test_an_unknown_inside_the_braces_of_a_variable_makes_all_of_it_open():
    """`${aws:PrincipalTag/` with a parameter and `}` is a variable, and nobody knows which; atoms stay private use."""
    assert all(isinstance(token, Variable) for token in tokens(Text.of("a${k:", UNKNOWNS["X"], "}b")))
    assert Atoms().of(UNKNOWNS["X"]) >= chr(FIRST_ATOM)
