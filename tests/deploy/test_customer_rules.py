"""The customer's own rules: service control policies that demand a path, tags or a boundary of every role.

The embedded AWS has no organizations' policies. Each request that CloudFormation would make is put together from
the emitted template, and our own evaluation decides whether the rule lets it through; the rows say so.
"""

from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.emulator import evaluate
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.words import words_of

ROOT = Path(__file__).parents[2]
COMPANY = "arn:aws:iam::222222222222:policy/company/Ceiling"
ALLOW_ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def rule(resource: Any = None, **condition: Any) -> dict[str, Any]:
    """A service control policy that refuses a role unless the condition holds."""
    words = {"Effect": "Deny", "Action": "iam:CreateRole"}
    words |= {"NotResource": resource} if resource else {"Resource": "*", "Condition": condition}
    return {"Version": "2012-10-17", "Statement": [words]}


RULES = {
    "path": rule(resource="arn:aws:iam::*:role/company/*"),
    "tags": rule(StringNotEquals={"aws:RequestTag/cost-center": "4711"}),
    "boundary": rule(StringNotEquals={"iam:PermissionsBoundary": COMPANY}),
}


def role_request(words: dict[str, Any], folder: Path) -> dict[str, Any]:
    """The CreateRole request that the emitted installer role makes."""
    import json

    made = assemble([Installation.read(words)], "app", folder)
    resources = json.loads(made["conveyor-acme-installer-role"].read_text())["Resources"]
    role = resources["InstallerRole"]["Properties"]
    context = {f"aws:RequestTag/{tag['Key']}": tag["Value"] for tag in role["Tags"]}
    if "PermissionsBoundary" in role:
        context["iam:PermissionsBoundary"] = role["PermissionsBoundary"]
    return {"action": "iam:CreateRole", "context": context,
            "resource": f"arn:aws:iam::222222222222:role{role['Path']}{role['RoleName']}"}


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    words = words_of(ROOT / "examples" / "private.yaml")
    assert isinstance(words, dict)
    return words


@pytest.mark.parametrize("name", RULES)
def test_a_rule_refuses_what_does_not_follow_it(name: str, plain: dict[str, Any], tmp_path: Path) -> None:
    """An installation file that says nothing of the company's rule makes a role that the rule refuses."""
    assert evaluate([ALLOW_ALL, RULES[name]], **role_request(plain, tmp_path)) == "Deny"


@pytest.mark.parametrize("name", RULES)
def test_the_file_answers_the_rule(name: str, tmp_path: Path) -> None:
    """The file of the company with such rules, examples/company-rules.yaml, makes a role that each rule lets by."""
    words = words_of(ROOT / "examples" / "company-rules.yaml")
    assert isinstance(words, dict)
    assert evaluate([ALLOW_ALL, RULES[name]], **role_request(words, tmp_path)) == "Allow"


def test_a_company_boundary_never_replaces_ours(tmp_path: Path) -> None:
    """Created roles need our boundary whatever the company's: the condition on CreateRole does not change."""
    from conveyor_iac.model.plan import plan

    made = plan(Installation.load(ROOT / "examples" / "company-rules.yaml"))
    assert made.installer.boundary == COMPANY
    statements = {row.id: row for policy in made.installer.every_policy() for row in policy.document.every_statement()}
    (demanded,) = statements["CreateBoundedRoles"].conditions["StringEquals"]["iam:PermissionsBoundary"]
    assert demanded.endswith(":policy/company/vendors/acme/boundary/conveyor-acme-Boundary")
