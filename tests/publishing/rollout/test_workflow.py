"""The workflow: read by a YAML parser, and held against what GitHub documents of its form: it has no schema here."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import yaml

from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import stacks
from conveyor_iac.publishing.rollout.workflow import SECRET, workflow
from tests.publishing.rollout.conftest import KINDS

Asked = Callable[..., Installation]
TOP = {"name", "on", "permissions", "concurrency", "jobs"}
JOB = {"runs-on", "timeout-minutes", "env", "defaults", "steps"}
STEP = {"name", "uses", "with", "run", "env"}


class Plain(yaml.SafeLoader):
    """YAML 1.2 as GitHub reads it: `on` is a word."""


Plain.yaml_implicit_resolvers = {
    sign: [(tag, pattern) for tag, pattern in rows if tag != "tag:yaml.org,2002:bool"]
    for sign, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()}


@pytest.fixture(params=KINDS)
def made(request: pytest.FixtureRequest, offer_: Offer, asked: Asked) -> dict[str, Any]:
    """The workflow of an installation, as YAML."""
    return dict(yaml.load(workflow(stacks(asked(request.param), offer_), "1.2.0"), Loader=Plain))


def test_in_china(offer_: Offer, asked: Asked) -> None:
    """In aws-cn the token is made for the STS of that partition."""
    there = replace(offer_, url="https://releases.s3.cn-north-1.amazonaws.com.cn/1.2.0")
    made = yaml.load(workflow(stacks(asked("network-rights", region="cn-north-1"), there), "1.2.0"), Loader=Plain)
    assert made["jobs"]["deploy"]["steps"][1]["with"]["audience"] == "sts.amazonaws.com.cn"


def test_its_form(made: dict[str, Any]) -> None:
    """It has the keys that GitHub knows, at each level, and a step either uses an action or runs a command."""
    (job,) = made["jobs"].values()
    assert (set(made), set(job)) == (TOP, JOB)
    assert all(set(step) <= STEP and ("uses" in step) != ("run" in step) for step in job["steps"])
    assert set(made["on"]) == {"workflow_dispatch"}
    inputs = made["on"]["workflow_dispatch"]["inputs"]
    assert {name: row["type"] for name, row in inputs.items()} == {
        "role-to-assume": "string", "folder": "string", "execute": "boolean"}


def test_what_it_may(made: dict[str, Any]) -> None:
    """It may ask for an identity token and read the repository, and nothing else."""
    assert made["permissions"] == {"id-token": "write", "contents": "read"}


def test_actions_are_pinned(made: dict[str, Any]) -> None:
    """Every action is named by the full hash of a commit."""
    used = [step["uses"] for step in made["jobs"]["deploy"]["steps"] if "uses" in step]
    assert [name.partition("@")[0] for name in used] == ["actions/checkout", "aws-actions/configure-aws-credentials"]
    assert all(re.fullmatch("[0-9a-f]{40}", name.partition("@")[2]) for name in used)


def test_nothing_typed_is_run(made: dict[str, Any]) -> None:
    """No expression stands in a command: what somebody types is never a part of a script."""
    runs = [step["run"] for step in made["jobs"]["deploy"]["steps"] if "run" in step]
    assert runs
    assert [run for run in runs if "${{" in run] == []


def test_the_external_id_is_a_secret(made: dict[str, Any]) -> None:
    """Only the step of the role gets the external id, from the repository's secret; the role comes from the input."""
    steps = made["jobs"]["deploy"]["steps"]
    assert [step["name"].endswith("-installer-role") for step in steps if "env" in step] == [
        True for step in steps if step.get("name", "").endswith("-installer-role")]
    assert all(step["env"] == {"EXTERNAL_ID": f"${{{{ secrets.{SECRET} }}}}"} for step in steps if "env" in step)
    assert steps[1]["with"]["role-to-assume"] == "${{ inputs.role-to-assume }}"
