"""`trust.switch`."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.proofs.claim import Case, Claim
from conveyor_iac.proofs.iam import subject
from conveyor_iac.proofs.iam.assuming import ASSUMING, KINDS
from conveyor_iac.proofs.iam.prover import ask
from conveyor_iac.proofs.iam.question import Question, Rule
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.verdict import Answer, together

OFF = ("disabled", "false", "off", "no", "none")


def asked(case: Case) -> bool:
    """Where the contract names a switch."""
    return case.contract.installer is not None and case.contract.installer.switch is not None


def check(case: Case) -> Answer:
    """Anybody becoming the installer while the switch is off."""
    kept = {key: case.kept[key] for key in ("until",) if key in case.kept}
    cases = [replace(case, template=template, kept=dict(kept))
             for template in _switched_off(case.template, str(subject.part(case).switch))]
    return together(ask(off, subject.trust(off), Question(actions=ASSUMING, principal=Rule(), kind=kind))
                    for off in cases for kind in KINDS)


def _switched_off(template: Template, name: str) -> Iterator[Template]:
    """The template as it is where the switch is off, for each word that says so."""
    rows = template.section("Parameters")
    words = [value for value in rows[name].get("AllowedValues", ()) if str(value).lower() in OFF]
    if not words:
        raise InputError([Fault(path="contract: installer.switch", value=name, way_out="Name another parameter",
                                rule=f"allows one of the values {', '.join(OFF)}, in any case")])
    for word in words:
        row: dict[str, Any] = {**rows[name], "AllowedValues": [word], "Default": word}
        yield replace(template, body={**template.body, "Parameters": {**rows, name: row}})


CLAIM = Claim(
    id="trust.switch",
    title="With the switch off, nobody can assume the installer role",
    why="The customer must be able to end the vendor's access at once, without destroying anything.",
    source="https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html",
    asked=asked, check=check)
