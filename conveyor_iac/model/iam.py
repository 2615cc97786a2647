"""Policy documents: statements, documents, managed policies and roles as frozen values, their spelling and size.

Knows the grammar and the limits of IAM; not what anybody may do. Sources:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html and reference_iam-quotas.html.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.model import catalogue
from conveyor_iac.model.placeholders import Either, at_longest, every

Lists = Mapping[str, tuple[Any, ...]]
"""What stands for `@Name` in a catalogue row: values that are worked out and not written down."""

Spell = Callable[[Any], Any]
"""How an engine writes a text with placeholders, or an `Either` whose two sides are already spelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement with its purpose. `effect` is Allow, Deny, or an `Either` of the two.

    `principals` are by their kind, such as AWS or Service; the kind `*`, without any, is everybody.
    """

    id: str
    purpose: str
    source: str
    actions: tuple[Any, ...]
    effect: Any = "Allow"
    principals: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    resources: tuple[Any, ...] = ()
    not_resources: tuple[Any, ...] = ()
    conditions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, row: catalogue.StatementRow, lists: Lists,
           principals: Mapping[str, tuple[Any, ...]] | None = None) -> "Statement":
        """The statement a catalogue row speaks of; `lists` gives what stands for `@Name` in it."""

        def values(value: Any) -> tuple[Any, ...]:
            given = value if isinstance(value, list | tuple) else (value,)
            return tuple(item for text in given for item in _named(text, lists))

        conditions = {operator: {key: values(value) for key, value in keys.items()}
                      for operator, keys in row.conditions.items()}
        return cls(id=row.id, purpose=row.purpose, source=row.source, actions=values(row.actions),
                   effect=row.effect, resources=values(row.resources), not_resources=values(row.not_resources),
                   principals=principals or {}, conditions=conditions)

    def spelled(self, spell: Spell) -> dict[str, Any]:
        """The statement in IAM's own words."""
        members = {
            "Sid": self.id,
            "Effect": _spelled(self.effect, spell),
            "Principal": "*" if "*" in self.principals else
                         {kind: _listed(values, spell) for kind, values in self.principals.items()},
            "Action": _listed(self.actions, spell),
            "Resource": _listed(self.resources, spell),
            "NotResource": _listed(self.not_resources, spell),
            "Condition": {operator: {key: _listed(values, spell) for key, values in keys.items()}
                          for operator, keys in self.conditions.items()},
        }
        return {name: value for name, value in members.items() if value not in ([], {})}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A policy document. A statement may be an `Either`: then it stands there only where its switch is on."""

    statements: tuple[Any, ...]

    def spelled(self, spell: Spell) -> dict[str, Any]:
        """The document as an engine is given it, whole."""
        return {"Version": "2012-10-17", "Statement": [_spelled(part, spell) for part in self.statements]}

    def every_statement(self) -> Iterator[Statement]:
        """Each statement that can stand in the document, whatever the switches."""
        for part in self.statements:
            yield from every(part)

    def denies(self) -> bool:
        """Whether any statement that can stand in the document may deny."""
        return any("Deny" in every(statement.effect) for statement in self.every_statement())

    def size(self) -> int:
        """The document's greatest size, in characters without white space, as IAM counts."""
        return len(json.dumps(self.spelled(_longest), separators=(",", ":")))

    def purposes(self) -> dict[str, str]:
        """What each statement is for, by its Sid."""
        return {statement.id: statement.purpose for statement in self.every_statement()}


def policy_arn(path: str, name: str) -> str:
    """The ARN of a managed policy; partition and account stay placeholders."""
    return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:policy{path}{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedPolicy:
    """A managed policy. `name` is the catalogue's, `policy_name` is AWS's."""

    name: str
    policy_name: str
    path: str
    description: str
    document: Document

    @property
    def arn(self) -> str:
        """The policy's ARN; partition and account stay placeholders."""
        return policy_arn(self.path, self.policy_name)

    def faults(self) -> Iterator[Fault]:
        """Every limit of IAM this policy passes."""
        yield from over("managed-policy-size", self.name, self.document.size(), "Move a statement to another policy")
        yield from over("policy-name-length", self.name, len(at_longest(self.policy_name)), "Take a shorter name")
        yield from over("policy-description-length", self.name, len(self.description), "Say it in fewer words")


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role with its trust policy and its own managed policies, each of them perhaps behind a switch (`Either`).

    `boundary` is the ARN of a permissions boundary, an `Either` or nothing.
    """

    role_name: str
    path: str
    description: str
    trust: Document
    policies: tuple[Any, ...] = ()
    boundary: Any = None
    max_session_seconds: int = 3600

    @property
    def arn(self) -> str:
        """The role's ARN; partition and account stay placeholders."""
        return f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:role{self.path}{self.role_name}"

    def every_policy(self) -> Iterator[ManagedPolicy]:
        """Each managed policy the role can carry, whatever the switches."""
        for part in self.policies:
            yield from every(part)

    def faults(self) -> Iterator[Fault]:
        """Every limit of IAM this role or one of its policies passes."""
        name = self.role_name
        yield from over("trust-policy-size", name, self.trust.size(), "Take a shorter external id or role name")
        yield from over("managed-policies-per-role", name, len(self.policies), "Join two policies")
        yield from over("role-name-length", name, len(at_longest(name)), "Take a shorter name")
        for policy in self.every_policy():
            yield from policy.faults()


def _named(text: str, lists: Lists) -> tuple[Any, ...]:
    if not text.startswith("@"):
        return (text,)
    if text not in lists:
        raise ValueError(f"unknown list {text!r}; known: {', '.join(sorted(lists))}")
    return lists[text]


def _spelled(value: Any, spell: Spell) -> Any:
    if isinstance(value, Either):
        return spell(Either(switch=value.switch, yes=_spelled(value.yes, spell), no=_spelled(value.no, spell)))
    return value.spelled(spell) if isinstance(value, Statement) else spell(value)


def _listed(values: tuple[Any, ...], spell: Spell) -> Any:
    """One value by itself, several as a list: the shorter of the two ways IAM reads alike."""
    spelled = [_spelled(value, spell) for value in values]
    return spelled[0] if len(spelled) == 1 and not isinstance(values[0], Either) else spelled


def _longest(value: Any) -> Any:
    if isinstance(value, Either):
        return max(value.yes, value.no, key=lambda side: len(json.dumps(side)))
    return at_longest(value) if isinstance(value, str) else value


def over(limit: str, subject: str, got: int, way_out: str) -> Iterator[Fault]:
    """The fault of a subject that passes a limit of the catalogue, or nothing."""
    row = catalogue.limits()[limit]
    if got > row.value:
        yield Fault(path=subject, value=f"{got} {row.unit}", rule=f"{row.of} has at most {row.value} {row.unit}",
                    way_out=way_out)
