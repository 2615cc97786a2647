"""Documents, their spelling and size, and the limits of IAM."""

import json
from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model import catalogue
from conveyor_iac.model.iam import Document, ManagedPolicy, Role, Statement
from conveyor_iac.model.placeholders import Either, decide, literal
from conveyor_iac.model.plan import published


def statement(**changes):
    """A small statement, with these members changed."""
    return Statement(**{"id": "A", "purpose": "P.", "source": "https://x/", "actions": ("s3:GetObject",),
                        "resources": ("*",)} | changes)


def policy(**changes):
    """A small managed policy, with these members changed."""
    return ManagedPolicy(**{"name": "Small", "policy_name": "p", "path": "/", "description": "d",
                            "document": Document(statements=(statement(),))} | changes)


def of_size(size):
    """A document of exactly this size."""
    empty = Document(statements=(statement(resources=("",)),)).size()
    return Document(statements=(statement(resources=("x" * (size - empty),)),))


def test_a_statement_is_spelled_as_iam_reads_it():
    """One value stands alone, several in a list, and members without a value are left out."""
    conditions = {"StringEquals": {"aws:PrincipalTag/a": ("x", "y"), "aws:RequestedRegion": ("z",)}}
    given = statement(actions=("s3:GetObject", "s3:PutObject"), conditions=conditions)
    assert given.spelled(lambda value: value) == {
        "Sid": "A", "Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/a": ["x", "y"], "aws:RequestedRegion": "z"}}}


def test_an_unknown_list_is_refused():
    """A row that asks for a list nobody worked out is refused by name, and told which lists there are."""
    row = catalogue.StatementRow(id="A", purpose="P.", source="https://x/", actions=("a:b",),
                                 resources=("@Nope",))
    with pytest.raises(ValueError, match="unknown list '@Nope'; known: @Yes"):
        Statement.of(row, {"@Yes": ("x",)})


@given(st.integers(200, 400))
def test_size_counts_the_document_without_white_space(size):
    """The size is that of the compact JSON, character by character."""
    document = of_size(size)
    assert document.size() == size == len(json.dumps(document.spelled(literal), separators=(",", ":")))


def test_size_takes_the_longer_side():
    """Behind a switch the longer side counts, wherever the `Either` stands."""
    short, long = statement(), statement(resources=("x" * 99,))
    expected = Document(statements=(long,)).size()
    for yes, no in ((short, long), (long, short)):
        assert Document(statements=(Either(switch="IrsaEnabled", yes=yes, no=no),)).size() == expected


@given(st.from_type(Installation))
def test_no_installation_outgrows_the_published_size(installation):
    """No policy of an installation is larger than the published template's was worked out to be."""
    made, greatest = plan(installation), published()
    known = {one.name: one.document.size() for one in (*greatest.policies(),
                                                       *greatest.installer.every_policy())}
    for one in (*made.policies(), *made.installer.every_policy()):
        filled = decide(one.document, {"DataPlaneVpcId": "vpc-" + "0" * 17}, {})  # ours, which its stack makes
        concrete = len(json.dumps(filled.spelled(literal), separators=(",", ":")))
        assert concrete == one.document.size() <= known[one.name]
        assert known[one.name] <= catalogue.limits()["managed-policy-size"].value
    limit = catalogue.limits()["trust-policy-size"].value
    assert max(made.installer.trust.size(), greatest.installer.trust.size()) <= limit


@pytest.mark.parametrize(("limit", "made"), [
    ("managed-policy-size", lambda size: policy(document=of_size(size))),
    ("policy-name-length", lambda size: policy(policy_name="n" * size)),
    ("policy-description-length", lambda size: policy(description="d" * size)),
    ("trust-policy-size", lambda size: Role(role_name="Small", path="/", description="d",
                                            trust=of_size(size))),
    ("role-name-length", lambda size: Role(role_name="r" * size, path="/", description="d",
                                           trust=of_size(300))),
    ("managed-policies-per-role", lambda size: Role(role_name="Small", path="/", description="d",
                                                    trust=of_size(300), policies=(policy(),) * size)),
])
def test_a_limit_is_held_exactly(limit, made):
    """At the limit there is no fault; above it there is one that names subject, size, limit and a way out."""
    row = catalogue.limits()[limit]
    assert not list(made(row.value).faults())
    [fault] = made(row.value + 1).faults()
    assert fault.path == ("r" * 65 if limit == "role-name-length" else "Small")
    assert fault.value == f"{row.value + 1} {row.unit}"
    assert fault.rule == f"{row.of} has at most {row.value} {row.unit}"
    assert fault.way_out


def test_a_role_answers_for_its_policies():
    """The faults of a role hold those of each policy it can carry, also behind a switch."""
    large = policy(name="Large", document=of_size(6145))
    role = Role(role_name="r", path="/", description="d", trust=of_size(300),
                policies=(policy(), Either(switch="IrsaEnabled", yes=large)))
    assert [fault.path for fault in role.faults()] == ["Large"]


def test_a_role_has_no_inline_policy():
    """A role has nowhere to put permissions but its managed policies."""
    assert {field.name for field in fields(Role)} == {
        "role_name", "path", "description", "trust", "policies", "boundary", "max_session_seconds"}
    assert all(isinstance(one, ManagedPolicy) for one in published().installer.every_policy())
