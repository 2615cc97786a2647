"""cdk-nag's AwsSolutions rules on the stacks of each deployment: every finding is acknowledged with its reason."""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack, Validations
from aws_cdk.aws_s3 import CfnBucket
from cdk_nag import AwsSolutionsChecks

from conveyor_iac import plan
from conveyor_iac.cdk.deployment import stacks_of

ROWS = tomllib.loads((Path(__file__).parent / "acknowledged_findings.toml").read_text())["acknowledged"]
DEPLOYMENTS = ("private", "privatelink", "shared", "all on", "dedicated", "existing VPC", "endpoint service")
Finding = tuple[str, str, str]
"""A rule, what of it (empty for most), and the construct's path."""


def findings_of(fill: Callable[[App], object], folder: Path) -> set[Finding]:
    """What AwsSolutions says of an app."""
    app = App(outdir=str(folder), analytics_reporting=False, builtin_cloud_formation_validation=False,
              tree_metadata=False)
    fill(app)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    (report,) = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return {(*split(row["ruleName"]), where["constructPath"])
            for row in report["violations"] for where in row["violatingConstructs"]}


def split(rule: str) -> tuple[str, str]:
    name, _, what = rule.partition("[")
    return name, what.removesuffix("]")


@pytest.fixture(scope="module")
def findings(installed: Any, tmp_path_factory: pytest.TempPathFactory) -> set[Finding]:
    """What is said of the stacks of every deployment."""
    found = set()
    for kind in DEPLOYMENTS:
        planned = plan(installed(kind))
        found |= findings_of(lambda app, planned=planned: stacks_of(app, planned, "conveyor-acme"),
                             tmp_path_factory.mktemp("nag") / "out")
    return found


def accepts(row: dict[str, str], found: Finding) -> bool:
    """Whether a row is about the finding: its rule, and the whole of `what` and `where` as regular expressions."""
    rule, what, where = found
    return (row["rule"] == rule and bool(re.fullmatch(row.get("what", ""), what))
            and bool(re.fullmatch(row["where"], where)))


def test_findings_are_acknowledged(findings):
    """Every finding is acknowledged by a row of the table."""
    assert {found for found in findings if not any(accepts(row, found) for row in ROWS)} == set()


def test_checks_ran(findings):
    """No rule failed to run, and the rules saw network and IAM stacks."""
    assert not [rule for rule, _, _ in findings if "CdkNag" in rule]
    assert {where.split("/")[0] for _, _, where in findings} >= {
        "conveyor-acme-network", "conveyor-acme-endpoints", "conveyor-acme-policies",
        "conveyor-acme-installer-policies", "conveyor-acme-installer-role"}


def test_rows_acknowledge_something(findings):
    """Every row gives its reason and matches something that is still said."""
    assert [row for row in ROWS if len(row["reason"]) < 20] == []
    assert [row for row in ROWS if not any(accepts(row, found) for found in findings)] == []


def test_planted_finding_is_seen(tmp_path):
    """A bucket that takes plain HTTP is found, and no row would acknowledge it: the checks above can fail."""
    found = findings_of(lambda app: CfnBucket(Stack(app, "conveyor-acme-network"), "Bucket"), tmp_path / "out")
    seen = ("AwsSolutions-S10", "", "conveyor-acme-network/Bucket")
    assert seen in found
    assert not [row for row in ROWS if accepts(row, seen)]
