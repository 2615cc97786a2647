"""What may be said to a new template that the old one refused, decided with a value that shows it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.proofs.diff import parameters
from conveyor_iac.proofs.diff.joint import joint
from conveyor_iac.proofs.scope import domain_of
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.diff.made import read

TEXT = {"Type": "String"}


def answer(old, new, **sections):
    """What is said of the one parameter; nothing where nothing is asked."""
    bodies = ({"Parameters": {"P": row}, "Resources": {"B": {"Type": "AWS::S3::Bucket"}}, **sections}
              for row in (old, new))
    found = list(parameters.found(joint(*map(read, bodies))))
    return found[0].answer if found else None


def told(old, new):
    """The rows of a report."""
    bodies = ({"Parameters": rows, "Resources": {"B": {"Type": "AWS::S3::Bucket"}}} for rows in (old, new))
    return list(parameters.rows(joint(*map(read, bodies))))


def row(**more):
    """A text with constraints."""
    return {**TEXT, **more}


MORE = {
    "a value more": (row(AllowedValues=["a", "b"]), row(AllowedValues=["b", "c", "a"]), "c"),
    "values dropped": (row(AllowedValues=["a", "b"]), TEXT, "x"),
    "a pattern dropped": (row(AllowedPattern="[0-9]{12}"), TEXT, "x"),
    "a wider pattern": (row(AllowedPattern="1[0-9]{11}"), row(AllowedPattern="[0-9]{12}"), "000000000000"),
    "a shorter text": (row(MinLength=16), row(MinLength=2), "xx"),
    "a longer text": (row(MaxLength=4), row(MaxLength=6), "xxxxx"),
    "a very long text": (row(MaxLength=300), row(MaxLength=500), "x" * 301),
    "a number below": ({"Type": "Number", "MinValue": 1}, {"Type": "Number", "MinValue": 0}, "0"),
    "a number above": ({"Type": "Number", "MaxValue": 10}, {"Type": "Number"}, "11"),
    "any text for an id": ({"Type": "AWS::EC2::VPC::Id"}, TEXT, "x"),
    "any text for a number": ({"Type": "Number"}, TEXT, "x"),
    "read from elsewhere": (row(AllowedValues=["a"]), {"Type": "AWS::SSM::Parameter::Value<String>"}, "x"),
}


@pytest.mark.parametrize("name", MORE)
def test_more(name):
    """What takes a value that was refused is refuted, and that value is given."""
    old, new, value = MORE[name]
    assert answer(old, new).verdict is Verdict.REFUTED
    assert answer(old, new).counterexample == {"parameter": "P", "value": value}
    assert not domain_of(old).holds(value) or old["Type"] == "Number"


NOT_MORE = {
    "fewer values": (row(AllowedValues=["a", "b"]), row(AllowedValues=["a"])),
    "values in another order": (row(AllowedValues=["a", "b"]), row(AllowedValues=["b", "a"])),
    "a pattern": (TEXT, row(AllowedPattern="[a-z]+")),
    "a narrower pattern": (row(AllowedPattern="^[0-9]{12}$"), row(AllowedPattern="^1[0-9]{11}$")),
    "a pattern in other words": (row(AllowedPattern="[ab]+"), row(AllowedPattern="(a|b)(a|b)*")),
    "a pattern less a look-ahead": (row(AllowedPattern="/[a-z]*"), row(AllowedPattern="/(?!aws)[a-z]*")),
    "lengths that a pattern keeps": (row(MaxLength=20), row(AllowedPattern="[a-z]{2,20}")),
    "a longer secret": (row(MinLength=16, MaxLength=1000), row(MinLength=32, MaxLength=1000)),
    "an id": (TEXT, {"Type": "AWS::EC2::VPC::Id"}),
    "fewer numbers": ({"Type": "Number", "MinValue": 1}, {"Type": "Number", "MinValue": 2, "MaxValue": 9}),
    "what could be anything": ({"Type": "AWS::SSM::Parameter::Value<String>"}, TEXT),
}


@pytest.mark.parametrize("name", NOT_MORE)
def test_not_more(name):
    """What takes nothing that was refused is proved."""
    assert answer(*NOT_MORE[name]).verdict is Verdict.PROVED


OPEN = {
    "a look-ahead dropped": (row(AllowedPattern="/(?!aws)[a-z]*"), row(AllowedPattern="/[a-z]*")),
    "names of key pairs": ({"Type": "AWS::EC2::KeyPair::KeyName"}, row(AllowedPattern="[a-z]+")),
    "a list": (row(AllowedPattern="[a-z]+"), {"Type": "CommaDelimitedList", "AllowedPattern": "[a-z]+"}),
    "a pattern of Java's": (row(AllowedPattern="[a-z&&[^b]]+"), row(AllowedPattern="[a-z]+")),
}


@pytest.mark.parametrize("name", OPEN)
def test_open(name):
    """What cannot be known is undecided, with a reason."""
    found = answer(*OPEN[name])
    assert found.verdict is Verdict.UNDECIDED
    assert found.notes


PATTERNS = st.recursive(st.sampled_from(["a", "b", "[ab]", "[a-c]", "c?"]), lambda inner: st.one_of(
    st.tuples(inner, inner).map("".join), inner.map("({})*".format), inner.map("({}){{1,2}}".format),
    st.tuples(inner, inner).map("({0[0]}|{0[1]})".format)), max_leaves=5)
TEXTS = ["", *(first + second + third for first in "abcd" for second in ("", *"abcd") for third in ("", *"abcd"))]


@given(PATTERNS, PATTERNS)
@settings(max_examples=80, deadline=None)
def test_patterns(old, new):
    """Of two patterns, no text that only the new one takes is missed, and the one that is given is such a text."""
    found = answer(row(AllowedPattern=old), row(AllowedPattern=new))
    only = [text for text in TEXTS if domain_of(row(AllowedPattern=new)).holds(text)
            and not domain_of(row(AllowedPattern=old)).holds(text)]
    if found is None or found.verdict is Verdict.PROVED:
        assert not only
    else:
        assert found.verdict is Verdict.REFUTED
        value = found.counterexample["value"]
        assert domain_of(row(AllowedPattern=new)).holds(value)
        assert not domain_of(row(AllowedPattern=old)).holds(value)


def test_not_asked():
    """Words and defaults let nobody say more."""
    assert answer(row(Default="a", Description="one"), row(Default="b", Description="two")) is None


def test_secret_shown():
    """What NoEcho no longer hides may be read by whoever may describe the stack; hiding it shows nothing."""
    assert answer(row(NoEcho=True), TEXT).counterexample["request"] == {"action": "cloudformation:DescribeStacks"}
    assert answer(TEXT, row(NoEcho=True)) is None


def test_secret_in_an_output():
    """A secret that a new output tells may be read; one that an output told before, could be."""
    outputs = {"Outputs": {"Told": {"Value": {"Fn::Sub": "is-${P}"}}}}
    assert answer(row(NoEcho=True), row(NoEcho=True), **outputs) is None
    old, new = ({"Parameters": {"P": row(NoEcho="true")}, "Resources": {"B": {"Type": "AWS::S3::Bucket"}}, **more}
                for more in ({}, outputs))
    found, = parameters.found(joint(read(old), read(new)))
    assert found.answer.counterexample["shown"] == "its value, in the output Told"


def test_secret_value_is_not_told():
    """The value that a secret may be now is not written out, nor is its default."""
    secret = row(NoEcho=True, AllowedValues=["S3cret-in-this-test-only"], Default="S3cret-in-this-test-only")
    assert answer(row(NoEcho=True, AllowedValues=["other"]), secret).counterexample["value"] == "(hidden)"
    assert "S3cret" not in json.dumps(told({"P": row(NoEcho=True, Default="S3cret-too")}, {"P": secret}))


def test_rule():
    """A rule over parameters that is gone leaves open what may be said now; one that stays does not."""
    rule = {"Rules": {"One": {"Assertions": [{"Assert": {"Fn::Equals": [{"Ref": "P"}, "a"]}}]}}}
    body = {"Parameters": {"P": TEXT}, "Resources": {"B": {"Type": "AWS::S3::Bucket"}}}
    gone, = parameters.found(joint(read({**body, **rule}), read(body)))
    assert gone.answer.verdict is Verdict.UNDECIDED
    assert not list(parameters.found(joint(read(body), read({**body, **rule}))))
    assert not list(parameters.found(joint(read({**body, **rule}), read({**body, **rule}))))


def test_rows():
    """A report names what was added, removed and changed, and which of it an update must be given."""
    old = {"Same": TEXT, "Gone": TEXT, "Bare": row(Default="a"), "Moved": row(Default="a")}
    new = {"Same": TEXT, "Bare": TEXT, "Moved": row(Default="b"), "Needed": TEXT, "Given": row(Default="a")}
    assert {each["name"]: (each["change"], each["needs_value"]) for each in told(old, new)} == {
        "Gone": ("removed", False), "Bare": ("changed", True), "Moved": ("changed", False), "Needed": ("added", True),
        "Given": ("added", False)}
    moved, = (each for each in told(old, new) if each["name"] == "Moved")
    assert moved["what"] == ["Default was a and is b"]
