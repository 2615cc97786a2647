"""Every permission of the templates: statement by statement, with its purpose and the access level of its actions."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from conveyor_iac.model.iam import Statement
from conveyor_iac.model.placeholders import every, literal
from conveyor_iac.publishing.report import facts
from conveyor_iac.publishing.report.emitted import Template

Known = Mapping[tuple[str, frozenset[str]], tuple[str, str]]
"""Purpose and source of a statement, by its Sid and its actions: a Sid alone may stand in several policies."""
PURPOSES = "Conveyor::Purposes"
_OF = {"AWS::IAM::Role": "who may assume the role", "AWS::KMS::Key": "who may use the key",
       "AWS::S3::BucketPolicy": "who may use the bucket", "AWS::SNS::TopicPolicy": "who may use the topic",
       "AWS::EC2::VPCEndpoint": "what may pass the endpoint"}


def purposes(decided: Any) -> Known:
    """Purpose and source of each statement that a plan, or several of them, can hold."""
    return {(row.id, frozenset(literal(action) for part in row.actions for action in every(part))):
            (row.purpose, row.source) for row in statements(decided)}


def statements(value: Any) -> Iterator[Statement]:
    """Each statement anywhere in a value."""
    if isinstance(value, Statement):
        yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from statements(getattr(value, field.name))
    elif isinstance(value, Mapping | list | tuple):
        for part in value.values() if isinstance(value, Mapping) else value:
            yield from statements(part)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    """A policy document as a template writes it."""

    template: Template
    name: str
    document: Mapping[str, Any]

    @property
    def resource(self) -> Mapping[str, Any]:
        return dict(self.template.resources[self.name])

    def told(self, known: Known) -> dict[str, Any]:
        properties, type_ = self.resource.get("Properties", {}), self.resource.get("Type", "")
        rows = [self._row(statement, when, known) for statement, when in _each(self.document.get("Statement", ()))]
        return {"template": self.template.name, "name": self.name, "of": _OF.get(type_, "permissions"),
                "purpose": self.template.shown(properties.get("Description", "")) if type_ not in _OF else _served(
                    self.template, properties), "only_if": self.resource.get("Condition"), "statements": rows,
                "levels": _union(row["levels"] for row in rows if row["effect"] != "Deny")}

    def _row(self, statement: Mapping[str, Any], when: str | None, known: Known) -> dict[str, Any]:
        shown = self.template.shown(dict(statement))
        actions = _listed(shown.get("Action", shown.get("NotAction", ())))
        sid = str(shown.get("Sid", ""))
        purpose, source = known.get((sid, frozenset(actions)), ("", ""))
        own = self.resource.get("Metadata", {}).get(PURPOSES, {})
        return {"id": sid, "effect": shown.get("Effect"), "purpose": own.get(sid) or purpose, "source": source,
                "only_if": when, "but_these": "NotAction" in shown, "levels": _leveled(actions),
                "who": _principals(shown.get("Principal", shown.get("NotPrincipal"))),
                "on": _listed(shown.get("Resource", ())), "not_on": _listed(shown.get("NotResource", ())),
                "conditions": [f"{operator} {key}: {', '.join(map(str, _listed(values)))}"
                               for operator, keys in shown.get("Condition", {}).items()
                               for key, values in keys.items()]}


def permissions(templates: Iterable[Template], known: Known) -> list[dict[str, Any]]:
    """Every policy document of the templates with its statements, in the templates' order. The words of a template's
    own Metadata count before `known`."""
    return [_Policy(template=template, name=name, document=document).told(known)
            for template in templates for name, _, document in template.documents()]


def actions_of(policies: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The actions that policies allow, by access level; what a Deny takes away is not subtracted."""
    found: dict[str, set[str]] = {}
    for policy in policies:
        for row in policy["statements"]:
            if row["effect"] == "Allow":
                for level, actions in row["levels"].items():
                    found.setdefault(level, set()).update(actions)
    return {level: found[level] for level in (*facts.LEVELS.values(), facts.UNKNOWN) if level in found}


def _each(statements: Any, when: str | None = None) -> Iterator[tuple[Mapping[str, Any], str | None]]:
    """Each statement that can stand there, with the conditions that it stands behind."""
    for part in statements if isinstance(statements, list) else [statements]:
        if isinstance(part, dict) and set(part) == {"Fn::If"}:
            condition, yes, no = part["Fn::If"]
            for side, word in ((yes, condition), (no, f"not {condition}")):
                yield from _each(side, f"{when} and {word}" if when else word)
        elif isinstance(part, dict) and part != {"Ref": "AWS::NoValue"}:
            yield part, when


def _leveled(actions: Sequence[str]) -> dict[str, list[str]]:
    """The actions by access level, in the order of the levels; a pattern may be of several."""
    found: dict[str, list[str]] = {}
    for action in actions:
        for level in facts.levels(action):
            found.setdefault(level, []).append(action)
    return {level: found[level] for level in (*facts.LEVELS.values(), facts.UNKNOWN) if level in found}


def _union(levels: Iterable[Mapping[str, Any]]) -> list[str]:
    found = {level for each in levels for level in each}
    return [level for level in (*facts.LEVELS.values(), facts.UNKNOWN) if level in found]


def _served(template: Template, properties: Mapping[str, Any]) -> str:
    """What a policy is the policy of, where its resource has no description."""
    name = template.shown(properties.get("ServiceName") or properties.get("RoleName") or "")
    return str(properties.get("Description") or name)


def _principals(who: Any) -> list[str]:
    if isinstance(who, dict):
        return [f"{kind}: {name}" for kind, names in who.items() for name in _listed(names)]
    return _listed(who) if who else []


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]
