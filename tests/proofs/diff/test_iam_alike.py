"""Statements taken apart: what is left of one without what others say, and one grouping for all groupings."""

import pytest

from conveyor_iac.proofs.iam.alike import less, merged
from conveyor_iac.proofs.iam.statements import Statement, statement
from conveyor_iac.proofs.scope import Scope
from tests.proofs.diff.made import read
from tests.proofs.diff.made import statement as written

SCOPE = Scope(template=read({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))


def row(*given, **more) -> Statement:
    """A statement of a policy."""
    return statement(SCOPE.resolve(written(*given, **more)), "here")


def said(statements):
    """Actions, resources and callers of each."""
    return [(tuple(map(str, one.actions)), tuple(map(str, one.resources))) for one in statements]


def values(*given, operator="StringEquals"):
    """A statement under one test."""
    return row(Condition={operator: {"k": list(given)}})


def test_what_others_say_in_the_same_words_is_taken_away():
    """What is left is told by action, with the resources that nobody else has for it."""
    given = row(["a:x", "a:y"], ["arn:1", "arn:2"])
    assert said(less([given], [row("a:x", ["arn:2", "arn:1"]), row(["a:y", "a:z"], "arn:1")])) == [
        (("a:y",), ("arn:2",))]
    assert list(less([given], [row("a:x", ["arn:2", "arn:1"]), row("a:y", "arn:1"), row("a:y", "arn:2")])) == []


def test_a_deny_takes_nothing_from_an_allow():
    """Only what has the same effect, the same callers and the same elements is the same."""
    assert said(less([row()], [row(effect="Deny")])) == said([row()])
    assert list(less([row()], [row(Principal="*")]))
    assert list(less([row("a:x")], [statement(SCOPE.resolve({"Effect": "Allow", "NotAction": "a:y", "Resource": "*"}),
                                              "here")]))


@pytest.mark.parametrize(("given", "other", "covered"), [
    (values("a"), values("a", "b"), True),
    (values("a", "b"), values("a"), False),
    (values("a", "b", operator="StringNotEquals"), values("a", operator="StringNotEquals"), True),
    (values("a", operator="StringNotEquals"), values("a", "b", operator="StringNotEquals"), False),
    (values("a"), values("a", operator="StringEqualsIfExists"), True),
    (values("a", operator="StringEqualsIfExists"), values("a"), False),
    (values("a"), row(), True),
    (row(), values("a"), False),
    (values("true", operator="Null"), values("true", "false", operator="Null"), False),
    (values("a"), values("a", operator="StringLike"), False),
], ids=["more values", "fewer values", "fewer negated", "more negated", "if it exists", "must exist", "no test",
        "one test more", "null is left to the solver", "another operator"])
def test_a_statement_on_less_covers_one_on_more(given, other, covered):
    """Tests that hold wherever the given ones do ask for nothing more."""
    assert (list(less([given], [other])) == []) is covered


def test_one_grouping_for_all_groupings():
    """Split by action and resource, in any order and of any name, statements come to the same."""
    whole = merged([row(["a:x", "a:y"], ["arn:1", "arn:2"], Sid="One")], "a:*")
    split = [row(action, resource) for resource in ("arn:2", "arn:1") for action in ("a:y", "a:x")]
    assert merged(split, "a:*") == merged(split[::-1], "a:*") == whole
    assert merged([row("a:x", "arn:1"), row("a:*", "arn:2")], "a:x") == merged([row("a:x", ["arn:2", "arn:1"])], "a:x")
    assert merged([row("a:x", "arn:1"), row("a:y", "arn:2")], "a:*") != whole
