"""Where in a template a verdict points: the resource that a counterexample or a note names, as the CDK can find it.

Knows how counterexamples name things. Refuses to guess: where nothing is named it is the installer role, or the stack.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.verify import Report, Result

POINTING = ("route", "permissions", "resource", "endpoint", "service", "from")
"""Keys of a counterexample that name what to change, the most telling first; of a request it is `allowedBy`."""
DOCUMENTS = {"AWS::IAM::ManagedPolicy": "PolicyDocument", "AWS::IAM::Policy": "PolicyDocument",
             "AWS::IAM::RolePolicy": "PolicyDocument", "AWS::IAM::Role": "Policies"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A resource of a template, or the whole of it, and locations in it."""

    template: Template
    logical_id: str | None = None
    locations: tuple[str, ...] = ()


def culprit(report: Report, result: Result, beside: Sequence[Template]) -> Place:
    """The one place to look at first."""
    example = result.answer.counterexample or {}
    if "parameter" in example:
        return Place(template=report.template, locations=(f"Parameters.{example['parameter']}",))
    family = result.claim.id.partition(".")[0]
    leaves = list(_leaves(example))
    allowing = [text for key, text in leaves if key == "allowedBy"]
    pointing = [text for wanted in POINTING for key, text in leaves if key == wanted]
    words = [word for note in result.answer.notes for word in re.findall(r"\w[\w.]*", note)] if not leaves else []
    for find, texts in ((_named, allowing), (_holding, allowing[:1]), (_named, pointing),
                        (_named, [text for _, text in leaves]), (_named, words)):
        for text in texts:
            if place := find(text, report.template, beside, family):
                return place
    installer = report.contract.installer
    if installer and family in ("trust", "iam", "installer", "data"):
        return _place(report.template, installer.role, family)
    return Place(template=report.template)


def _named(text: str, template: Template, beside: Sequence[Template], family: str) -> Place | None:
    """The resource that a text begins with: `Id`, `Id.policy: Sid`, or `stack: Id: Sid` of a template beside."""
    for one, prefix in ((template, ""), *((other, f"{other.name}: ") for other in beside)):
        name = re.match(r"\w*", text.removeprefix(prefix))
        if text.startswith(prefix) and name and name.group() in one.resources:
            return _place(one, name.group(), family)
    return None


def _holding(sid: str, template: Template, beside: Sequence[Template], family: str) -> Place | None:
    """The one resource that has a policy statement of this name, where there is only one."""
    found = [(one, resource.logical_id) for one in (template, *beside) for resource in one.of_type(*DOCUMENTS)
             if ("Sid", sid) in _leaves(resource.properties)]
    return _place(*found[0], family) if len(found) == 1 else None


def _place(template: Template, logical_id: str, family: str) -> Place:
    document = "AssumeRolePolicyDocument" if family == "trust" else DOCUMENTS.get(template.resources[logical_id].type)
    return Place(template=template, logical_id=logical_id, locations=(f"Properties.{document}",) if document else ())


def _leaves(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every text of a counterexample, with the key it stands under."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _leaves(part, str(name))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part, key)
    elif isinstance(value, str):
        yield key, value
