"""What two linters find wrong in a template, beside the proofs and no part of them: errors only.

Knows how cfn-lint and the native cloudformation-validate are asked. Refuses their warnings and remarks, any
configuration that lies about, and what they would say of the contract: CloudFormation never fills in its placeholders.
"""

import atexit
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from conveyor_iac.errors import HIDDEN, EngineMissing, Fault
from conveyor_iac.proofs.contract import METADATA
from conveyor_iac.proofs.template import Template

PACKAGES = {"cfnlint": "cfn-lint", "cloudformation_validate": "cloudformation-validate"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An error: which linter and rule, where in the template, and what is wrong."""

    linter: str
    rule: str
    path: str
    message: str

    def as_json(self) -> dict[str, str]:
        """The finding as the report holds it."""
        return asdict(self)


def lint(template: Template) -> tuple[Finding, ...]:
    """Every error of both linters, each once. `EngineMissing` when one of them is not installed."""
    ready()
    text = json.dumps(_linted(template.body))
    found = (_shown(finding, template) for finding in (*_native(text, template.name), *_of_cfn_lint(text)))
    return tuple(dict.fromkeys(found))


def ready() -> None:
    """`EngineMissing` with each linter that is not installed."""
    missing = []
    for module, package in PACKAGES.items():
        try:
            __import__(module)
        except ModuleNotFoundError:
            missing.append(Fault(path=package, value="not installed", rule="verify lints with it",
                                 way_out="pip install 'conveyor-iac[verify]', or leave the linters out: --no-lint"))
    if missing:
        raise EngineMissing(missing)


def _linted(body: Any) -> dict[str, Any]:
    """The template without its contract."""
    metadata = {key: value for key, value in (body.get("Metadata") or {}).items() if key != METADATA}
    rest = {key: value for key, value in body.items() if key != "Metadata"}
    return rest | ({"Metadata": metadata} if metadata else {})


def _native(text: str, name: str) -> Iterator[Finding]:
    from cloudformation_validate import Severity, TemplateContent

    for said in _engine().validate_template(TemplateContent(text, name)).diagnostics:
        if said.severity in (Severity.ERROR, Severity.FATAL):
            where = ["Resources", said.entity.logical_id] if said.entity and said.entity.resource_type else []
            yield Finding(linter="cloudformation-validate", rule=said.rule_id, message=said.message,
                          path="/".join([*where, *filter(None, (said.property_path or "").split("."))]))


def _of_cfn_lint(text: str) -> Iterator[Finding]:
    from cfnlint.config import ConfigMixIn
    from cfnlint.decode import decode_str
    from cfnlint.runner import run_template_by_data

    decoded, matches = decode_str(text)
    if decoded is not None:
        config = ConfigMixIn([], ignore_checks=["W", "I"], config_file=os.devnull)
        matches = list(run_template_by_data(decoded, config, _rules()))
    for match in matches:
        yield Finding(linter="cfn-lint", rule=match.rule.id, message=match.message,
                      path="/".join(map(str, getattr(match, "path", None) or ())))


@cache
def _engine() -> Any:
    """The native engine, made once; let go of before the interpreter takes apart what it needs to free itself."""
    from cloudformation_validate import CompositeEngine

    atexit.register(_engine.cache_clear)
    return CompositeEngine()


@cache
def _rules() -> Any:
    """The rules that cfn-lint brings, read once."""
    from cfnlint import rules

    return rules.Rules.create_from_directory(os.path.dirname(rules.__file__))


def _shown(finding: Finding, template: Template) -> Finding:
    """The finding without the default of any parameter that is not to be shown."""
    message = finding.message
    for row in template.section("Parameters").values():
        if str(row.get("NoEcho", "")).lower() == "true" and row.get("Default") not in (None, ""):
            message = message.replace(str(row["Default"]), HIDDEN)
    return Finding(linter=finding.linter, rule=finding.rule, path=finding.path, message=message)
