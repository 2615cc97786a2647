"""What was hidden in one template and may be read in the other: values of NoEcho parameters, and what outputs tell.

Knows that CloudFormation hides a parameter's value nowhere but among the parameters. Refuses to judge who may read what
is written into a resource: a new place for a secret leaves the answer open. Source:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.diff.joint import Joint
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.verdict import Answer, refuted, undecided
from conveyor_iac.proofs.worlds import spoken_of

_SECRET = re.compile("secret|password|token|privatekey", re.IGNORECASE)
"""Attributes that tell a secret itself. Source: the "Return values" of AWS::IAM::AccessKey and others."""
_ASKING = frozenset({"AssumeRolePolicyDocument", "Policies", "PolicyDocument", "KeyPolicy"})
"""Documents whose conditions ask for a secret, as an external id is asked for."""
_ELSEWHERE = re.compile(r"\{\{resolve:(?:secretsmanager|ssm-secure):")
_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


def hides(row: Mapping[str, Any]) -> bool:
    """Whether a parameter's value is hidden."""
    return str(row.get("NoEcho", False)).lower() == "true"


def told(joint: Joint, name: str) -> Iterator[Answer]:
    """What comes of a parameter that was hidden: refuted where anybody who may see the stack may read its value now."""
    before, after = (rows[name] for rows in joint.parameters)
    if not hides(before):
        return
    if not hides(after):
        yield _read(name, "DescribeStacks", "its value, which NoEcho kept hidden")
    mine, theirs = (_outputs(case.template, name) for case in (joint.before, joint.after))
    if shown := theirs - mine:
        yield _read(name, "DescribeStacks", f"its value, in the output {min(shown)}")
    known, places = (_places(case.template, name) for case in (joint.before, joint.after))
    for resource, key in sorted(places - known):
        if key == "Metadata":
            yield _read(name, "DescribeStackResource", f"its value, in the metadata of {resource}")
        else:
            yield undecided(f"who may read the hidden parameter {name} in {key} of {resource} is not known")


def _read(name: str, action: str, shown: str) -> Answer:
    return refuted({"parameter": name, "request": {"action": f"cloudformation:{action}"}, "shown": shown})


def _outputs(template: Template, name: str) -> set[str]:
    return {output for output, row in template.section("Outputs").items() if name in spoken_of(row)}


def _places(template: Template, name: str) -> set[tuple[str, str]]:
    """Where resources speak of a parameter, but for what only asks for it."""
    return {(resource.logical_id, key) for resource in template.resources.values()
            for key, value in (*resource.properties.items(), ("Metadata", resource.body.get("Metadata")))
            if key not in _ASKING and name in spoken_of(value)}


def told_by_outputs(joint: Joint) -> Iterator[tuple[str, Answer]]:
    """Undecided for each output that is new or changed and may tell a secret other than a parameter."""
    before, after = (case.template.section("Outputs") for case in (joint.before, joint.after))
    hidden = {name for rows in joint.parameters for name, row in rows.items() if hides(row)}
    for output, row in after.items():
        if before.get(output) != row and (what := next(_secrets(joint.after.template, row, hidden), None)):
            yield output, undecided(f"whether the output {output} tells a secret is not known: {what}")


def _secrets(template: Template, value: Any, hidden: set[str]) -> Iterator[str]:
    if isinstance(value, str):
        if _ELSEWHERE.search(value):
            yield value
        for name in re.findall(r"\$\{([^!}]+)\}", value):
            yield from _attribute(template, name.strip(), hidden)
    elif isinstance(value, Mapping) and set(value) == {"Fn::GetAtt"}:
        given = value["Fn::GetAtt"]
        yield from _attribute(template, given if isinstance(given, str) else ".".join(map(str, given)), hidden)
    elif isinstance(value, Mapping | list):
        for item in value.values() if isinstance(value, Mapping) else value:
            yield from _secrets(template, item, hidden)


def _attribute(template: Template, written: str, hidden: set[str]) -> Iterator[str]:
    """An attribute that may be a secret, or made of one; ARNs and ids are neither."""
    owner, dot, attribute = written.partition(".")
    resource = template.resources.get(owner)
    if resource is None or not dot or attribute.endswith(("Arn", "Id")):
        return
    if _SECRET.search(attribute) or resource.type.startswith(_CUSTOM) or _speaks_of(resource, hidden):
        yield written


def _speaks_of(resource: Resource, hidden: set[str]) -> bool:
    return bool(spoken_of(dict(resource.properties)) & hidden)
