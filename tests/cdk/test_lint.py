"""cfn-lint and the native cloudformation-validate on every template, and each warning left with its reason."""

import copy
import json
import re
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_file
from cfnlint.config import ManualArgs
from cloudformation_validate import CompositeEngine, Severity

ACCEPTED = tomllib.loads((Path(__file__).parent / "accepted_warnings.toml").read_text())["accepted"]
IAM = ("policies", "installer-policies", "installer-role")
SEEN_BY_CFN_LINT = {
    "private": ("network", "endpoints", *IAM), "all on": IAM,
    "shared": ("network", "endpoints"), "privatelink": ("endpoints",), "ipv6": ("network",),
    "dedicated": ("control-plane-network", "control-plane-endpoints", "links"), "existing VPC": ("endpoints",),
    "endpoint service": ("endpoints",)}
"""Installations and those of their stacks that cfn-lint reads: at a second or two for each not all of them."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a linter says about a template."""

    linter: str
    level: str
    rule: str
    where: str
    message: str


def of_cfn_lint(file: Path) -> Iterator[Finding]:
    """What cfn-lint says, remarks included; its levels are told by the first letter of the rule."""
    resources = json.loads(file.read_text())["Resources"]
    for match in lint_file(file, ManualArgs(include_checks=["I"])):
        section, name, *path = map(str, match.path) if len(match.path) > 1 else ("", "")
        kind = resources[name]["Type"] if section == "Resources" and name in resources else section
        level = {"W": "WARN", "I": "INFO"}.get(match.rule.id[0], "ERROR")
        yield Finding(linter="cfn-lint", level=level, rule=match.rule.id, message=f"{name}: {match.message}",
                      where=" ".join(filter(None, (kind, ".".join(path)))))


@pytest.fixture(scope="module")
def native() -> Callable[[Path], Iterator[Finding]]:
    """What cloudformation-validate says of a template; the engine is built once."""
    engine = CompositeEngine()

    def findings(file: Path) -> Iterator[Finding]:
        for said in engine.validate_template(str(file)).diagnostics:
            level = "ERROR" if said.severity in (Severity.ERROR, Severity.FATAL) else said.severity.name
            kind = said.entity.resource_type if said.entity else None
            yield Finding(linter="cloudformation-validate", level=level, rule=said.rule_id, message=said.message,
                          where=" ".join(filter(None, (kind, said.property_path))))

    return findings


@pytest.fixture(scope="module")
def findings(root: Path, made_now: Any, app: Any, native: Any, kinds: Any) -> list[Finding]:
    """What both say of all published templates, as made now and as committed, and of the stacks of installations.

    cfn-lint does not read a committed template again that is the one made now.
    """
    now = {file.name: file for file in made_now.values()}
    committed = sorted((root / "templates").glob("*.template.json"))
    other = [file for file in committed if file.name not in now or now[file.name].read_bytes() != file.read_bytes()]
    stacks = {kind: app(kind) for kind in kinds}
    seen = [file for kind, ends in SEEN_BY_CFN_LINT.items() for name, file in stacks[kind].items()
            if name.split("-", 2)[2] in ends]
    assert committed
    assert len(seen) == sum(map(len, SEEN_BY_CFN_LINT.values()))
    slow = [*now.values(), *other, *seen]
    quick = [*now.values(), *committed, *(file for files in stacks.values() for file in files.values())]
    return [row for file in slow for row in of_cfn_lint(file)] + [row for file in quick for row in native(file)]


def accepts(row: dict[str, str], found: Finding) -> bool:
    """Whether a row is about the finding; `*` in its `where` stands for anything."""
    where = ".*".join(map(re.escape, row["where"].split("*")))
    return (row["linter"], row["rule"]) == (found.linter, found.rule) and bool(re.fullmatch(where, found.where))


def test_no_errors(findings):
    """Neither linter finds an error in any template."""
    assert [found for found in findings if found.level not in ("WARN", "INFO")] == []


def test_warnings_are_accepted(findings):
    """Every warning and remark that is left is accepted by a row, with its reason."""
    assert {found for found in findings if not any(accepts(row, found) for row in ACCEPTED)} == set()


def test_rows_accept_something(findings):
    """Every accepted row says why, is not about an error, and matches something that is still said."""
    said = {found for found in findings if found.level != "ERROR"}
    assert [row for row in ACCEPTED if len(row["reason"]) < 20] == []
    assert [row for row in ACCEPTED if not any(accepts(row, found) for found in said)] == []


def misspelt_effect(template: dict[str, Any]) -> None:
    document = template["Resources"]["InstallerRoleReadPolicy"]["Properties"]["PolicyDocument"]
    document["Statement"][0]["Effect"] = "Alow"


def unknown_action(template: dict[str, Any]) -> None:
    document = template["Resources"]["InstallerRoleReadPolicy"]["Properties"]["PolicyDocument"]
    document["Statement"][0]["Action"] = ["ec2:DescribeNothingAtAll"]


def unknown_property(template: dict[str, Any]) -> None:
    template["Resources"]["InstallerRole"]["Properties"]["ManagedPolicies"] = []


def unknown_tag_property(template: dict[str, Any]) -> None:
    template["Resources"]["InstallerRole"]["Properties"]["Tags"][0]["Name"] = "x"


def unknown_parameter_property(template: dict[str, Any]) -> None:
    template["Parameters"]["TenantId"]["AllowedPatern"] = "x"


def missing_resource(template: dict[str, Any]) -> None:
    template["Outputs"]["BoundaryArn"]["Value"] = {"Ref": "Boundry"}


def missing_condition(template: dict[str, Any]) -> None:
    template["Resources"]["InstallerRoleIrsaPolicy"]["Condition"] = "IrsaEnabeld"


PLANTED = (misspelt_effect, unknown_action, unknown_property, unknown_tag_property, unknown_parameter_property,
           missing_resource, missing_condition)


@pytest.fixture(scope="module")
def said_of(native: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], set[tuple[str, str]]]:
    """The rules by which either linter finds an error in a template, or a warning that no row accepts, and where."""

    def said_of(template: Any) -> set[tuple[str, str]]:
        file = tmp_path_factory.mktemp("planted") / "planted.template.json"
        file.write_text(json.dumps(template))
        said = [row for row in (*native(file), *of_cfn_lint(file)) if row.level in ("ERROR", "WARN")]
        return {(row.rule, row.where) for row in said if not any(accepts(known, row) for known in ACCEPTED)}

    return said_of


@pytest.fixture(scope="module")
def small(fresh: Path) -> dict[str, Any]:
    """A few resources of the published template, for speed."""
    template: dict[str, Any] = json.loads(fresh.read_text())
    keep = ("Boundary", "InstallerRoleReadPolicy", "InstallerRoleIrsaPolicy", "InstallerRole")
    template["Resources"] = {name: template["Resources"][name] for name in keep}
    template["Resources"]["InstallerRole"]["Properties"]["ManagedPolicyArns"] = [{"Ref": "InstallerRoleReadPolicy"}]
    template["Outputs"] = {"BoundaryArn": template["Outputs"]["BoundaryArn"]}
    return template


@pytest.fixture(scope="module")
def said_before(small: dict[str, Any], said_of: Callable[[Any], set[tuple[str, str]]]) -> set[tuple[str, str]]:
    """What is said of it for being a part only: parameters and conditions that nothing uses."""
    said = said_of(small)
    assert {rule for rule, _ in said} <= {"W2001", "W8001"}
    return said


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_planted_errors_are_found(small, said_of, said_before, plant):
    """A mistake in the published template is found by one of the two: the checks above can fail."""
    planted = copy.deepcopy(small)
    plant(planted)
    assert said_of(planted) - said_before
