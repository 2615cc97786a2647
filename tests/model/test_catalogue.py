"""The tables: their shape, and what may stand in a row. What AWS says of them: test_service_reference.py."""

import re
import tomllib
from dataclasses import asdict
from importlib.resources import files

import pytest

from conveyor_iac.model import catalogue, placeholders
from conveyor_iac.model.boundary import BOUNDARY_ARN, boundary
from conveyor_iac.model.installer import installer_role
from conveyor_iac.model.policies import every_predefined

IN_FILES = {"ZoneCount": ("4",)}
"""What a file may say where a published template does not let its reader: a fourth zone."""
LITERAL = {"an ARN of one partition": r"arn:aws[a-z-]*:", "an account": r"\b\d{12}\b",
           "a region or zone": r"\b(af|ap|ca|cn|eu|eusc|il|me|mx|sa|us)(-[a-z]+)+-\d+[a-f]?\b"}


def documents():
    """Every policy document there is, as published, by the catalogue's name."""
    managed = (boundary(), *every_predefined(), *installer_role().every_policy())
    return {policy.name: policy.document for policy in managed} | {"Trust": installer_role().trust}


@pytest.mark.parametrize("name", documents())
def test_statements_explain_themselves(name):
    """Every statement has an id that IAM takes as Sid, once in its document, a purpose and a source."""
    statements = list(documents()[name].every_statement())
    assert statements
    assert len({statement.id for statement in statements}) == len(statements)
    for statement in statements:
        assert re.fullmatch("[A-Za-z0-9]+", statement.id)
        assert re.fullmatch(r"[A-Z].{10,}\.", statement.purpose), statement.id
        assert re.match(r"https://[a-z.]+/.", statement.source), statement.id


@pytest.mark.parametrize("name", documents())
def test_statements_are_whole(name, texts_of):
    """Every statement has actions and either resources or principals; no list of it is empty or unfilled."""
    for statement in documents()[name].every_statement():
        assert statement.actions, statement.id
        subjects = (statement.resources, statement.not_resources, statement.principals)
        assert [bool(subject) for subject in subjects].count(True) == 1, statement.id
        assert all(values for keys in statement.conditions.values() for values in keys.values()), statement.id
        assert not [text for text in texts_of(statement) if text.startswith("@")], statement.id


@pytest.mark.parametrize("name", documents())
def test_placeholders_are_known(name, texts_of):
    """Every placeholder of every document is one that the catalogue knows."""
    found = [placeholder for text in texts_of(documents()[name]) for placeholder in placeholders.names(text)]
    assert found or name == "EksAgentIAMRestrictedPolicy"


@pytest.mark.parametrize("what", LITERAL)
def test_rows_name_no_place(what, texts_of):
    """No policy, statement, parameter or data action names a partition, an account, a region or a zone."""
    rows = (*catalogue.installer_policies(), *catalogue.predefined_policies(), catalogue.boundary_policy(),
            *catalogue.parameters().values(), *map(asdict, catalogue.data_actions()))
    assert not [text for row in rows for text in texts_of(row) if re.search(LITERAL[what], text)]


def test_a_named_place_would_be_found():
    """The patterns of the test above match what they are meant for."""
    bad = {"an ARN of one partition": "arn:aws:s3:::x", "an account": "arn:x:222222222222:y",
           "a region or zone": "in eu-west-1a"}
    assert all(re.search(pattern, bad[what]) for what, pattern in LITERAL.items())


def test_every_policy_file_is_in_use():
    """Each file of installer/ and predefined/ is listed in policies.toml and holds the policy of its name."""
    for folder, rows in (("installer", catalogue.installer_policies()),
                         ("predefined", catalogue.predefined_policies())):
        there = sorted(file.name for file in (files(catalogue.__name__) / folder).iterdir())
        assert there == sorted(f"{row.name}.toml" for row in rows)
        assert all(row.purpose.endswith(".") and row.source.startswith("https://") for row in rows)


def test_predefined_policies_name_who_trusts_them():
    """Each predefined policy names the services its roles are for, all of which roles may be passed to."""
    passed = {row.service for row in catalogue.passed_to()}
    assert all(row.trusted_by and set(row.trusted_by) <= passed for row in catalogue.predefined_policies())


def test_switches_read_parameters():
    """Each switch reads a parameter that exists, by one comparison; both its sides can be had, at least in a file."""
    for switch in catalogue.switches().values():
        row = catalogue.parameters()[switch.parameter]
        assert (switch.equals is None) != (switch.differs is None)
        values = (*(row.allowed or ("", "something")), *IN_FILES.get(row.name, ()))
        assert {switch.is_on(value) for value in values} == {True, False}


def test_switches_of_policies_are_known():
    """A policy's switch is known, and predefined policies stand on both sides of theirs."""
    rows = (*catalogue.installer_policies(), *catalogue.predefined_policies())
    assert {row.switch for row in rows if row.switch} <= set(catalogue.switches())
    assert {row.when for row in catalogue.predefined_policies() if row.switch} == {True, False}


@pytest.mark.parametrize("name", catalogue.parameters())
def test_parameters_hold_themselves(name):
    """Each parameter has a pattern or allowed values, or a type CloudFormation checks; its default passes."""
    row = catalogue.parameters()[name]
    assert [row.pattern is not None, bool(row.allowed), row.type != "String"].count(True) == 1
    assert (row.type == "Number") == (row.min_value is not None) == (row.max_value is not None)
    assert all((row.group, row.label, row.constraint))
    assert row.description.endswith(".")
    if row.default is not None:
        assert len(row.default) <= row.max_length
        assert _passes(row, row.default)


def _passes(row, value):
    """Whether a value is one that the parameter takes."""
    if row.type == "Number":
        return row.min_value <= int(value) <= row.max_value
    return value in row.allowed if row.allowed else re.fullmatch(row.pattern, value)


def test_pseudo_parameters_are_long_enough():
    """No partition, region or suffix that is served is longer than sizes are worked out for."""
    served, longest = [row for row in catalogue.partitions() if not row.refused], placeholders.longest_of
    assert max(len(row.name) for row in served) <= longest("AWS::Partition")
    assert max(len(row.url_suffix) for row in served) <= longest("AWS::URLSuffix")
    assert max(len(region) for row in served for region in row.regions) <= longest("AWS::Region")


def test_regions_belong_to_one_partition():
    """No region is in two partitions, and each partition is refused with a reason or has its DNS suffix."""
    regions = [region for row in catalogue.partitions() for region in row.regions]
    assert len(regions) == len(set(regions)) > 30
    assert all(bool(row.refused) != bool(row.url_suffix) for row in catalogue.partitions())


def test_a_role_cannot_be_made_without_the_boundary():
    """Each Allow of iam:CreateRole, in any document, demands the boundary of the tenant."""
    found = [statement for document in documents().values() for statement in document.every_statement()
             if statement.effect == "Allow" and "iam:CreateRole" in statement.actions]
    assert len(found) == 3
    assert all(one.conditions["StringEquals"]["iam:PermissionsBoundary"] == (BOUNDARY_ARN,) for one in found)


@pytest.mark.parametrize("table", ["limits", "passed_to", "service_linked_roles", "data_actions", "capped"])
def test_rows_stand_once(table):
    """No table says the same twice, and each row gives its reason or source."""
    rows = next(iter(tomllib.loads((files(catalogue.__name__) / f"{table}.toml").read_text()).values()), [])
    assert len({str(row) for row in rows}) == len(rows)
    assert all(row.get("reason") or row.get("source", "").startswith("https://") for row in rows)
