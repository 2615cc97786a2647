"""Every policy document of a template held against IAM's grammar, whichever claims are asked.

Knows the types that carry one and what IAM would refuse; a value that only the deployment decides is let through.
Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.proofs.iam.power import items
from conveyor_iac.proofs.iam.statements import statement_faults
from conveyor_iac.proofs.scope import Scope, Undecidable
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.text import Text
from conveyor_iac.proofs.worlds import Conditions, conditions_in

_VERSIONS = ("2012-10-17", "2008-10-17")
_CARRIERS = ("AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::UserPolicy",
             "AWS::IAM::GroupPolicy")
_HOLDERS = ("AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group")


def policy_faults(template: Template) -> Iterator[Fault]:
    """What IAM would refuse in any policy of the template's roles, users, groups and managed policies."""
    conditions = Conditions(template)
    for resource in template.of_type(*_CARRIERS, *_HOLDERS):
        for where, document in _documents(resource):
            yield from _document_faults(template, conditions, where, document)


def _documents(resource: Resource) -> Iterator[tuple[str, Any]]:
    if resource.type in _CARRIERS:
        yield resource.logical_id, resource.properties.get("PolicyDocument")
        return
    if "AssumeRolePolicyDocument" in resource.properties:
        yield f"{resource.logical_id}.AssumeRolePolicyDocument", resource.properties["AssumeRolePolicyDocument"]
    for _, row in items(resource.properties.get("Policies", [])):
        if isinstance(row, Mapping):
            name = row.get("PolicyName")
            yield f"{resource.logical_id}.{name if isinstance(name, str) else 'inline'}", row.get("PolicyDocument")


def _document_faults(template: Template, conditions: Conditions, where: str, document: Any) -> Iterator[Fault]:
    for _, body in items(document):
        if not isinstance(body, Mapping) or "Statement" not in body:
            continue
        version = body.get("Version", _VERSIONS[0])
        if not isinstance(version, Mapping) and str(version) not in _VERSIONS:
            yield _fault(f"{where}.Version", version, f"is {' or '.join(_VERSIONS)}")
        seen: set[tuple[Any, ...]] = set()
        for index, (guards, row) in enumerate(items(body["Statement"])):
            if not isinstance(row, Mapping):
                continue
            sid = row.get("Sid")
            if isinstance(sid, str) and (sid, guards) in seen:
                yield _fault(f"{where}: {sid}", sid, "stands once in a document")
            seen.add((sid, guards))
            yield from _row_faults(template, conditions, f"{where}: {sid or f'statement {index + 1}'}", row)


def _row_faults(template: Template, conditions: Conditions, where: str, row: Any) -> Iterator[Fault]:
    """The faults of one statement, in every world of its own conditions; each once."""
    try:
        found: dict[Fault, None] = {}
        for world in conditions.worlds(tuple(sorted(conditions_in(template, row)))):
            resolved = Scope(template=template, world=world).resolve(row)
            found |= dict.fromkeys([*statement_faults(resolved, where), *_spelling_faults(resolved, where)])
        yield from found
    except Undecidable:
        return


def _spelling_faults(row: Any, where: str) -> Iterator[Fault]:
    """Actions and resources that are written as none can be."""
    for element in ("Action", "NotAction"):
        for text in _texts(row.get(element)):
            known = text.literal
            if known is not None and known != "*" and (known.count(":") != 1 or not all(known.split(":"))):
                yield _fault(f"{where}.{element}", known, "is * or SERVICE:ACTION")
    for element in ("Resource", "NotResource"):
        for text in _texts(row.get(element)):
            known = text.literal
            if known is not None and not _may_be_arn(known):
                yield _fault(f"{where}.{element}", known, "is * or an ARN")


def _may_be_arn(text: str) -> bool:
    """Whether a resource may begin as an ARN does, its wildcards read as such."""
    begins = text.partition("*")[0][:4]
    return text.startswith("{{resolve:") or all(char in ("?", arn) for char, arn in zip(begins, "arn:", strict=False))


def _texts(value: Any) -> list[Text]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Text)]


def _fault(path: str, value: Any, rule: str) -> Fault:
    return Fault(path=path, value=str(value)[:80], rule=rule, way_out="Write the policy as IAM accepts it")
