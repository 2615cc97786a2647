"""What a template's intrinsic functions come to in one world.

Knows each function of CloudFormation and how the parts of IAM, S3, SQS … are named in ARNs. What it cannot know
becomes an unknown under the function's own words, never a guess. `World` says which conditions hold.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from conveyor_iac.model import catalogue
from conveyor_iac.proofs.patterns import characters
from conveyor_iac.proofs.template import Resource, Template
from conveyor_iac.proofs.text import Domain, Text, Unknown


class Removed:
    """`AWS::NoValue`: nothing stands there."""


REMOVED: Final = Removed()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """One way a template can be deployed: which of its conditions hold, and what parameters that fixes."""

    conditions: Mapping[str, bool] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    excluded: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def described(self) -> dict[str, bool]:
        """The conditions, for a counterexample."""
        return dict(sorted(self.conditions.items()))


class Undecidable(Exception):
    """Something cannot be known from the template; the text says what."""


@cache
def pseudo(name: str) -> Unknown:
    """A pseudo parameter with what AWS lets it be."""
    partitions = catalogue.partitions()
    known = {
        "AWS::Partition": Domain(values=tuple(row.name for row in partitions), sample="aws"),
        "AWS::URLSuffix": Domain(values=tuple(dict.fromkeys(row.url_suffix for row in partitions)),
                                 sample="amazonaws.com"),
        "AWS::Region": Domain(pattern=r"[a-z]{2,4}(-[a-z]+)+-[0-9]", sample="eu-west-1"),
        "AWS::AccountId": Domain(pattern="[0-9]{12}", sample="222222222222"),
        "AWS::StackName": Domain(pattern="[A-Za-z][A-Za-z0-9-]*", sample="stack"),
        "AWS::StackId": Domain(pattern="arn:[a-z-]+:cloudformation:[a-z0-9-]+:[0-9]{12}:stack/[A-Za-z0-9/-]+"),
    }
    return Unknown(name=name, domain=known.get(name, Domain()))


PARTITION, REGION, ACCOUNT = (pseudo(name) for name in ("AWS::Partition", "AWS::Region", "AWS::AccountId"))
_NAME = Domain(pattern="[A-Za-z0-9_+=,.@-]+")
_IAM = Text.of("arn:", PARTITION, ":iam::", ACCOUNT, ":")

# How a resource is named: the property that names it, the one that gives its path, what stands before both in its
# ARN, and whether Ref is the ARN. Source: the "Return values" of each type's page in the CloudFormation user guide.
_NAMED: Final[Mapping[str, tuple[str, str, Text, bool]]] = {
    "AWS::IAM::Role": ("RoleName", "Path", Text.of(_IAM, "role"), False),
    "AWS::IAM::User": ("UserName", "Path", Text.of(_IAM, "user"), False),
    "AWS::IAM::Group": ("GroupName", "Path", Text.of(_IAM, "group"), False),
    "AWS::IAM::ManagedPolicy": ("ManagedPolicyName", "Path", Text.of(_IAM, "policy"), True),
    "AWS::IAM::InstanceProfile": ("InstanceProfileName", "Path", Text.of(_IAM, "instance-profile"), False),
    "AWS::S3::Bucket": ("BucketName", "", Text.of("arn:", PARTITION, ":s3:::"), False),
    "AWS::SQS::Queue": ("QueueName", "", Text.of("arn:", PARTITION, ":sqs:", REGION, ":", ACCOUNT, ":"), False),
    "AWS::SNS::Topic": ("TopicName", "", Text.of("arn:", PARTITION, ":sns:", REGION, ":", ACCOUNT, ":"), True),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Resolves the values of one template in one world."""

    template: Template
    world: World = World()

    def resolve(self, value: Any) -> Any:
        """The value with its functions worked out: mappings and lists whose leaves are `Text`, numbers or booleans."""
        if isinstance(value, str):
            return settled(Text.of(value))
        if isinstance(value, list):
            found = [self.resolve(item) for item in value]
            return [item for item in found if item is not REMOVED]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), = value.items()
            if function := _FUNCTIONS.get(name):
                return function(self, argument)
            if name.startswith("Fn::"):
                return unknown(value)
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not REMOVED}

    def text(self, value: Any) -> Text:
        """The value as one text; a list or mapping is an unknown."""
        found = self.resolve(value)
        if isinstance(found, Text):
            return found
        return Text.of(_word(found)) if isinstance(found, bool | int | float) else unknown(value)

    def parameter(self, name: str) -> Unknown:
        """A parameter with what its constraints let it be."""
        return Unknown(name=name, domain=domain_of(self.template.section("Parameters")[name],
                                                   self.world.excluded.get(name, ())))

    def holds(self, condition: str) -> bool:
        """Whether a condition holds in this world; `Undecidable` when the world does not say."""
        if condition not in self.world.conditions:
            raise Undecidable(f"whether the condition {condition} holds")
        return self.world.conditions[condition]

    def made(self, resource: Resource) -> bool:
        """Whether the resource is made in this world."""
        return resource.condition is None or self.holds(resource.condition)

    def name_of(self, resource: Resource) -> Text:
        """The name the resource gets; one that CloudFormation makes up is an unknown."""
        given = self.resolve(resource.properties.get(_NAMED[resource.type][0], REMOVED))
        return given if isinstance(given, Text) else Text.of(Unknown(name=resource.logical_id, domain=_NAME))

    def arn_of(self, resource: Resource) -> Text:
        """The ARN of a resource whose type is known here."""
        _, path, before, _ = _NAMED[resource.type]
        middle = self.resolve(resource.properties.get(path, "/")) if path else ""
        return Text.of(before, middle if isinstance(middle, Text | str) else "/", self.name_of(resource))

    def _ref(self, name: Any) -> Any:
        if name == "AWS::NoValue":
            return REMOVED
        if name in self.world.fixed:
            return Text.of(self.world.fixed[name])
        if name in self.template.section("Parameters"):
            return Text.of(self.parameter(name))
        if resource := self.template.resources.get(name):
            if resource.type in _NAMED:
                return self.arn_of(resource) if _NAMED[resource.type][3] else self.name_of(resource)
            return Text.of(Unknown(name=name, domain=_id_of(resource.type)))
        if isinstance(name, str) and name.startswith("AWS::"):
            return Text.of(pseudo(name))
        raise Undecidable(f"what {name} is, which the template does not have")

    def _get_att(self, argument: Any) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else (argument[0], argument[1])
        resource = self.template.resources.get(name)
        if resource is None:
            raise Undecidable(f"what {name} is, which the template does not have")
        if resource.type in _NAMED and attribute in ("Arn", "PolicyArn", "TopicArn"):
            return self.arn_of(resource)
        return Text.of(Unknown(name=f"{name}.{attribute}"))

    def _sub(self, argument: Any) -> Any:
        text, given = (argument[0], argument[1]) if isinstance(argument, list) else (argument, {})
        parts: list[Text] = []
        for index, piece in enumerate(str(text).split("${")):
            name, brace, rest = piece.partition("}")
            if index == 0:
                parts.append(Text.of(piece))
            elif not brace:
                parts.append(Text.of("${" + piece))
            elif name.startswith("!"):
                parts.append(Text.of("${" + name[1:] + "}" + rest))
            else:
                filled = self.text(given[name]) if name in given else self._named(name.strip())
                parts += [filled, Text.of(rest)]
        return settled(Text.of(*parts))

    def _named(self, name: str) -> Text:
        found = self._get_att(name) if "." in name and not name.startswith("AWS::") else self._ref(name)
        return found if isinstance(found, Text) else Text.of()

    def _join(self, argument: Any) -> Any:
        mark, items = str(argument[0]), self.resolve(argument[1])
        if not isinstance(items, list):
            return unknown({"Fn::Join": argument})
        parts: list[str | Text] = []
        for index, item in enumerate(items):
            parts += [mark if index else "", item if isinstance(item, Text) else _word(item)]
        return settled(Text.of(*parts))

    def _select(self, argument: Any) -> Any:
        index, items = self.text(argument[0]).literal, self.resolve(argument[1])
        if index is not None and index.isdigit() and isinstance(items, list) and int(index) < len(items):
            return items[int(index)]
        return unknown({"Fn::Select": argument})

    def _split(self, argument: Any) -> Any:
        mark, text = str(argument[0]), self.text(argument[1])
        may_hide = any(not _excludes(part.domain, mark) for part in text.unknowns)
        return unknown({"Fn::Split": argument}) if may_hide else text.split(mark)

    def _find_in_map(self, argument: Any) -> Any:
        keys = [self.text(part).literal for part in argument[:3]]
        found: Any = self.template.section("Mappings")
        for key in keys:
            if key is None or not isinstance(found, Mapping) or key not in found:
                return unknown({"Fn::FindInMap": argument})
            found = found[key]
        return self.resolve(found)

    def _if(self, argument: Any) -> Any:
        return self.resolve(argument[1] if self.holds(argument[0]) else argument[2])


def unknown(value: Any) -> Text:
    """An unknown under the words of the function that makes it."""
    return Text.of(Unknown(name=json.dumps(value, sort_keys=True, default=str)))


def settled(text: Text) -> Text:
    """The text, or an unknown where a dynamic reference (`{{resolve:…}}`) is read from elsewhere when deployed."""
    return unknown(str(text)) if any(isinstance(part, str) and "{{" in part for part in text.parts) else text


def domain_of(row: Mapping[str, Any], excluded: tuple[str, ...] = ()) -> Domain:
    """What a parameter can be. One that is read from elsewhere can be anything: its pattern speaks of the name."""
    if str(row["Type"]).startswith("AWS::SSM::"):
        return Domain()
    pattern = row.get("AllowedPattern") or _PATTERNS.get(row["Type"])
    default = row.get("Default")
    domain = Domain(values=tuple(_word(value) for value in row.get("AllowedValues", ())), pattern=pattern,
                    min_length=int(row.get("MinLength", 0)), sample=None if default is None else _word(default),
                    max_length=int(row["MaxLength"]) if "MaxLength" in row else None)
    return domain.without(*excluded)


# What CloudFormation itself lets a parameter of these types be.
_PATTERNS = {"Number": "[-+0-9.eE]+", "AWS::EC2::VPC::Id": "vpc-[0-9a-f]+",
             "AWS::EC2::Subnet::Id": "subnet-[0-9a-f]+", "AWS::EC2::SecurityGroup::Id": "sg-[0-9a-f]+"}
_IDS = {"AWS::EC2::VPC": "vpc-[0-9a-f]+", "AWS::EC2::Subnet": "subnet-[0-9a-f]+",
        "AWS::EC2::SecurityGroup": "sg-[0-9a-f]+", "AWS::EC2::VPCEndpoint": "vpce-[0-9a-f]+"}


def _id_of(type_: str) -> Domain:
    return Domain(pattern=_IDS.get(type_))


def _excludes(domain: Domain, mark: str) -> bool:
    """Whether no value of the domain holds any of the mark, as far as values and a class of characters tell."""
    allowed = characters(domain)
    return allowed is not None and not allowed & set(mark)


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


_FUNCTIONS: Final[Mapping[str, Callable[[Scope, Any], Any]]] = {
    "Ref": Scope._ref, "Fn::GetAtt": Scope._get_att, "Fn::Sub": Scope._sub, "Fn::Join": Scope._join,
    "Fn::Select": Scope._select, "Fn::Split": Scope._split, "Fn::FindInMap": Scope._find_in_map, "Fn::If": Scope._if,
}
