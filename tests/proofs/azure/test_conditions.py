"""Conditions on role assignments: what they let be assigned, and what of them is not read."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac.proofs.azure.actions import matches
from conveyor_iac.proofs.azure.conditions import DELETE, OTHER, WRITE, Unread, grants, read
from tests.proofs.azure.small import ADMIN, OWNER, PULL, limited

WRITTEN = "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId]"
KIND = "@Request[Microsoft.Authorization/roleAssignments:PrincipalType]"


def found(text, *agreed):
    """What a condition grants beside the agreed roles, and whether that is sure."""
    return {(one.action, one.role): one.sure for one in grants(text, agreed)}


def test_our_own_condition_holds():
    """The condition that is written for agreed roles lets no other be assigned or taken away."""
    assert found(limited(PULL, ADMIN), ADMIN, PULL) == {}


def test_what_is_not_agreed_is_named():
    """A role that is let through and was not agreed is named, for both actions."""
    assert found(limited(PULL, OWNER), PULL) == {(WRITE, OWNER): True, (DELETE, OWNER): True}


@pytest.mark.parametrize(("text", "granted"), [
    (f"{WRITTEN} GuidEquals {PULL}", {DELETE: False}),
    (f"{WRITTEN} ForAnyOfAnyValues:GuidEquals {{{PULL}}}", {DELETE: False}),
    (f"{WRITTEN} ForAnyOfAllValues:GuidNotEquals {{{PULL}}}", {WRITE: True, DELETE: False}),
    (f"{WRITTEN} GuidEquals {PULL} OR {KIND} StringEquals 'User'", {WRITE: True, DELETE: False}),
    (f"!({WRITTEN} GuidNotEquals {PULL})", {DELETE: False}),
    (f"{KIND} StringEquals 'User'", {WRITE: True, DELETE: True}),
    (f"ActionMatches{{'{DELETE}'}}", {DELETE: True}),
    ("ActionMatches{'Microsoft.Authorization/*'}", {WRITE: True, DELETE: True}),
    ("!(ActionMatches{'Microsoft.Authorization/roleAssignments/*'})", {}),
    (f"@Principal[Custom:A] StringEquals 'x' AND {WRITTEN} GuidEquals {PULL}", {DELETE: False}),
    ("@Principal[Custom:A] StringEquals 'x'", {WRITE: False, DELETE: False}),
    (f"{WRITTEN} StringEquals '{PULL}'", {WRITE: False, DELETE: False}),
])
def test_other_conditions(text, granted):
    """What any other role may have done to it under a condition, and whether that is certain."""
    assert {action: sure for (action, role), sure in found(text, PULL).items() if role == OTHER} == granted


@pytest.mark.parametrize("text", [
    "", "(", "@Request[a:b]", "@Request[a:b] GuidEquals", "@Request[a:b] GuidEquals {x", "soon", "((x)",
    "@Request[a:b] GuidEquals {x} ) ", "@Request[a:b] GuidEquals {x} XOR @Request[a:b] GuidEquals {y}",
    "@Request[a:b] GuidEquals {x} AND @Request[a:c] GuidEquals {x} OR @Request[a:d] GuidEquals {x}",
    "SubOperationMatches{'x'}", "@Request[a:b] GuidEquals {x} ; drop"])
def test_what_is_not_read(text):
    """A text that is no condition, or an ambiguous one, is not read."""
    with pytest.raises(Unread):
        read(text)


@given(st.lists(st.sampled_from([PULL, ADMIN, OWNER]), min_size=1, unique=True),
       st.lists(st.sampled_from([PULL, ADMIN, OWNER]), min_size=1, unique=True))
def test_less_is_never_more(written, agreed):
    """Of a condition on some roles exactly those are granted that nobody agreed to."""
    more = set(written) - set(agreed)
    assert found(limited(*written), *agreed) == dict.fromkeys(itertools.product((WRITE, DELETE), more), True)


@pytest.mark.parametrize(("pattern", "held"), [
    ("*", True), ("Microsoft.Authorization/*", True), ("microsoft.authorization/roleassignments/WRITE", True),
    ("*/write", True), ("Microsoft.*/write", True), ("Microsoft.Authorization/*/read", False),
    ("Microsoft.Authorization/roleAssignments/writ", False), ("Microsoft.Compute/*", False),
    ("Microsoft.Authorization.roleAssignments/write", False)])
def test_patterns_of_actions(pattern, held):
    """A star stands for any text with its slashes, letters count alike, and nothing else is special."""
    assert matches(pattern, WRITE) is held
