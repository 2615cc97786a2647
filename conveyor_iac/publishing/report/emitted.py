"""A template as it was emitted: what it says with its parameters left open, and with example values in their place.

Knows CloudFormation's functions as far as our templates use them; deploys nothing. What it does not know stays as it is
written, so that nobody takes a guess for the template's own words.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from typing import Any

DOCUMENTS = ("AssumeRolePolicyDocument", "PolicyDocument", "KeyPolicy")
"""The properties that hold a policy document."""
NOTHING = object()
"""What stands for `AWS::NoValue`."""
_PLACEHOLDER = re.compile(r"\$\{(!?)([^}]*)\}")


@dataclass(frozen=True, kw_only=True)
class Template:
    """A template by its name, and the values that its documents are filled with.

    values: of parameters and pseudo parameters; those of what another stack exports too, by the export's name.
    """

    name: str
    content: bytes
    values: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def body(self) -> dict[str, Any]:
        """The template itself; nothing where it is not one."""
        read = json.loads(self.content)
        return read if isinstance(read, dict) else {}

    @property
    def resources(self) -> Mapping[str, Any]:
        """The resources by logical id."""
        found: Mapping[str, Any] = self.body.get("Resources", {})
        return found

    @property
    def description(self) -> str:
        """What the template says of itself."""
        return str(self.body.get("Description", ""))

    @property
    def sha256(self) -> str:
        """The digest of its bytes."""
        return sha256(self.content).hexdigest()

    def with_values(self, values: Mapping[str, str]) -> "Template":
        """The same with these values besides."""
        return Template(name=self.name, content=self.content, values={**self.values, **values})

    def made(self) -> dict[str, int]:
        """How many resources of each type it makes, whatever the switches; the most first."""
        types = [str(row.get("Type", "")) for row in self.resources.values()]
        return dict(sorted(((one, types.count(one)) for one in set(types)), key=lambda row: (-row[1], row[0])))

    def documents(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Each policy document as it is written, with its resource's logical id and its property.

        A logical id is letters and digits: what is called otherwise is no resource, and no word for a shell.
        """
        for name, row in self.resources.items():
            for property_ in DOCUMENTS:
                document = row.get("Properties", {}).get(property_)
                if isinstance(document, dict) and name.isascii() and name.isalnum():
                    yield name, property_, document

    def arn_of(self, name: str) -> str | None:
        """The ARN of a managed policy or role of the template, filled; nothing for anything else."""
        row = self.resources.get(name, {})
        kind = {"AWS::IAM::ManagedPolicy": "policy", "AWS::IAM::Role": "role"}.get(row.get("Type", ""))
        if kind is None:
            return None
        properties = row.get("Properties", {})
        called = self.filled(properties.get("ManagedPolicyName" if kind == "policy" else "RoleName", name))
        place = self.filled({"Fn::Sub": f"arn:${{AWS::Partition}}:iam::${{AWS::AccountId}}:{kind}"})
        return f"{place}{self.filled(properties.get('Path', '/'))}{called}"

    def filled(self, value: Any) -> Any:
        """A value with everything filled in that its functions ask for; what is left out is gone."""
        return self._of(value, self._known)

    def shown(self, value: Any) -> Any:
        """A value as a reader gets it: placeholders stay, and a choice shows both sides with its condition."""
        if isinstance(value, dict) and set(value) == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            sides = [(self._short(yes), condition), (self._short(no), f"not {condition}")]
            return "; ".join(f"{text} (where {when})" for text, when in sides if text)
        if isinstance(value, dict) and set(value) == {"Fn::Sub"}:
            return _unescaped(value["Fn::Sub"]) if isinstance(value["Fn::Sub"], str) else str(value["Fn::Sub"][0])
        if isinstance(value, dict) and len(value) == 1 and (spelled := _spelled(value, self.shown)) is not None:
            return spelled
        if isinstance(value, dict):
            return {key: self.shown(part) for key, part in value.items()}
        return [self.shown(part) for part in value] if isinstance(value, list) else value

    def _short(self, value: Any) -> str:
        if value == {"Ref": "AWS::NoValue"}:
            return ""
        shown = self.shown(value)
        return shown if isinstance(shown, str) else json.dumps(shown)

    def _known(self, name: str) -> str:
        """What a name stands for: a value, what a resource of the template is, or the name itself."""
        if name in self.values:
            return self.values[name]
        default = self.body.get("Parameters", {}).get(name, {}).get("Default")
        if default is not None:
            return str(default)
        owner, _, attribute = name.partition(".")
        return self.arn_of(owner) or self._made(owner, attribute)

    def _made(self, owner: str, attribute: str) -> str:
        """An example of what a resource is called once it is made."""
        kind = self.resources.get(owner, {}).get("Type", "")
        service = {"AWS::S3::Bucket": "s3:::", "AWS::SNS::Topic": "sns:{r}:{a}:", "AWS::KMS::Key": "kms:{r}:{a}:key/",
                   "AWS::Logs::LogGroup": "logs:{r}:{a}:log-group:"}.get(kind)
        if service and (attribute == "Arn" or kind == "AWS::SNS::Topic"):
            place = service.format(r=self.values.get("AWS::Region", ""), a=self.values.get("AWS::AccountId", ""))
            return f"arn:{self.values.get('AWS::Partition', 'aws')}:{place}example-{owner.lower()}"
        return f"example-{owner.lower()}"

    def _of(self, value: Any, known: Any) -> Any:
        if isinstance(value, list):
            return [part for part in (self._of(part, known) for part in value) if part is not NOTHING]
        if not isinstance(value, dict):
            return value
        if value == {"Ref": "AWS::NoValue"}:
            return NOTHING
        if set(value) == {"Fn::If"}:
            condition, yes, no = value["Fn::If"]
            return self._of(yes if self._holds(condition) else no, known)
        if len(value) == 1 and (spelled := _spelled(value, lambda part: self._of(part, known), known)) is not None:
            return spelled
        parts = {key: self._of(part, known) for key, part in value.items()}
        return {key: part for key, part in parts.items() if part is not NOTHING}

    def _holds(self, condition: Any) -> bool:
        """Whether a condition of the template holds with its values."""
        if isinstance(condition, str):
            return self._holds(self.body.get("Conditions", {}).get(condition, {}))
        match condition:
            case {"Condition": name}:
                return self._holds(name)
            case {"Fn::Equals": [one, other]}:
                return bool(self.filled(one) == self.filled(other))
            case {"Fn::Not": [part]}:
                return not self._holds(part)
            case {"Fn::And": parts}:
                return all(map(self._holds, parts))
            case {"Fn::Or": parts}:
                return any(map(self._holds, parts))
        return False


def _spelled(value: Mapping[str, Any], inner: Any, known: Any = None) -> str | None:
    """The text of a function; nothing where this is none that is known here. Without `known` names stay open."""

    def name(text: str) -> str:
        return str(known(text)) if known else f"${{{text}}}"

    match value:
        case {"Ref": str(of)}:
            return name(of)
        case {"Fn::GetAtt": [str(of), str(attribute)]}:
            return name(f"{of}.{attribute}")
        case {"Fn::ImportValue": str(export)}:
            return name(export)
        case {"Fn::Sub": str(text)} if known:
            return _PLACEHOLDER.sub(lambda hit: f"${{{hit[2]}}}" if hit[1] else name(hit[2]), text)
        case {"Fn::Join": [str(between), [*parts]]}:
            return between.join(str(inner(part)) for part in parts)
    return None


def _unescaped(text: str) -> str:
    return text.replace("${!", "${")
