"""A CloudFormation template as it was written: read, checked for being one, and never changed.

Knows JSON, YAML with CloudFormation's short tags, and what `aws cloudformation get-template` prints. Refuses to know
what a resource means. Limits: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html.
"""

import hashlib
import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.proofs.azure.resources import Resource as AzureResource
from conveyor_iac.proofs.intrinsics import intrinsic_faults, is_condition
from conveyor_iac.proofs.parameters import parameter_faults

MOST_BYTES = 1_000_000
MOST_RESOURCES = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource: its properties as written, and the condition under which it is made, if it names one."""

    logical_id: str
    type: str
    properties: Mapping[str, Any]
    condition: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """A whole template. Two readings of it are told apart by identity, so that answers can be kept by it."""

    name: str
    sha256: str
    body: Mapping[str, Any]
    resources: Mapping[str, Resource]
    rewritten: bool = False
    """Whether macros change the template before it is deployed: then nobody can say what it will be."""
    azure: tuple[AzureResource, ...] = ()
    """What a stack makes in Azure, as it is; no template of CloudFormation has any."""

    def section(self, name: str) -> Mapping[str, Any]:
        """Parameters, Mappings, Conditions, Metadata …; empty where the template has none."""
        return self.body.get(name) or {}

    def of_type(self, *types: str) -> tuple[Resource, ...]:
        """The resources of these types, in the template's order."""
        return tuple(resource for resource in self.resources.values() if resource.type in types)


def read(text: str, name: str) -> Template:
    """The template of a text; `InputError` with every fault where it is none."""
    if len(text.encode()) > MOST_BYTES:
        raise _refused(name, f"{len(text.encode())} bytes", f"a template has at most {MOST_BYTES} bytes", "Split it")
    body = _unwrapped(load(text, name), name)
    try:
        faults = list(_faults(body, name))
        rewritten = any(key in ("Transform", "Fn::Transform") or key.startswith("Fn::ForEach") for key in _keys(body))
    except RecursionError:
        raise _too_deep(name) from None
    if faults:
        raise InputError(faults)
    rewritten = rewritten or any(row["Type"].endswith("::MODULE") for row in body["Resources"].values())
    resources = {logical_id: Resource(logical_id=logical_id, type=row["Type"], condition=row.get("Condition"),
                                      properties=row.get("Properties") or {}, body=row)
                 for logical_id, row in body["Resources"].items()}
    return Template(name=name, sha256=hashlib.sha256(text.encode()).hexdigest(), body=body, resources=resources,
                    rewritten=rewritten)


def load(text: str, name: str) -> Any:
    """The value of a JSON or YAML text, with CloudFormation's short tags spelled out."""
    try:
        if text.lstrip()[:1] in ("{", "["):
            return json.loads(text, object_pairs_hook=_once)
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_Loader)):
            raise ValueError("it uses YAML aliases")
        return yaml.load(text, Loader=_Loader)
    except RecursionError:
        raise _too_deep(name) from None
    except (ValueError, yaml.YAMLError) as error:
        told = " ".join(str(error).split())
        raise _refused(name, told, "a template or contract is JSON or YAML, each key once",
                       "Give a file that a JSON or YAML reader accepts") from None


def _unwrapped(body: Any, name: str) -> Any:
    """The template inside what `get-template` prints."""
    if isinstance(body, dict) and "TemplateBody" in body and "Resources" not in body:
        inner = body["TemplateBody"]
        return load(inner, name) if isinstance(inner, str) else inner
    return body


def _faults(body: Any, name: str) -> Iterator[Fault]:
    way_out = "Give a CloudFormation template"
    if not isinstance(body, dict) or not isinstance(body.get("Resources"), dict) or not body["Resources"]:
        yield Fault(path=name, value=type(body).__name__, way_out=way_out,
                    rule="a template is a mapping with at least one resource under Resources")
        return
    for section in ("Parameters", "Mappings", "Conditions", "Metadata", "Outputs", "Rules"):
        if not isinstance(body.get(section) or {}, dict):
            yield Fault(path=f"{name}: {section}", value=type(body[section]).__name__, way_out=way_out,
                        rule="is a mapping")
    for parameter, row in _mapping(body.get("Parameters")).items():
        if not isinstance(row, dict) or not isinstance(row.get("Type"), str):
            yield Fault(path=f"{name}: Parameters.{parameter}", value=type(row).__name__, way_out=way_out,
                        rule="a parameter is a mapping with a Type")
        else:
            yield from parameter_faults(row, f"{name}: Parameters.{parameter}")
    if len(body["Resources"]) > MOST_RESOURCES:
        yield Fault(path=f"{name}: Resources", value=str(len(body["Resources"])), way_out="Split the template",
                    rule=f"a template has at most {MOST_RESOURCES} resources")
    conditions = _mapping(body.get("Conditions"))
    for condition, row in conditions.items():
        if not is_condition(row):
            yield Fault(path=f"{name}: Conditions.{condition}", value=str(row)[:60], way_out=way_out,
                        rule="a condition is one function of conditions")
        yield from intrinsic_faults(row, f"{name}: Conditions.{condition}", conditions)
    for logical_id, row in body["Resources"].items():
        yield from _resource_faults(f"{name}: Resources.{logical_id}", row, conditions)


def _resource_faults(path: str, row: Any, conditions: Mapping[str, Any]) -> Iterator[Fault]:
    if not isinstance(row, dict) or not isinstance(row.get("Type"), str):
        yield Fault(path=path, value=str(row)[:60], rule="a resource is a mapping with a Type", way_out="Name its Type")
    elif not isinstance(row.get("Properties") or {}, dict):
        yield Fault(path=f"{path}.Properties", value=str(row["Properties"])[:60], rule="Properties is a mapping",
                    way_out="Write them as a mapping")
    elif "Condition" in row and (not isinstance(row["Condition"], str) or row["Condition"] not in conditions):
        yield Fault(path=f"{path}.Condition", value=str(row["Condition"]), rule="names a condition of the template",
                    way_out="Add it under Conditions")
    else:
        yield from intrinsic_faults(row.get("Properties") or {}, f"{path}.Properties", conditions)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from map(str, value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _keys(item)


def _too_deep(name: str) -> InputError:
    return _refused(name, "nested too deep", "a template or contract is nested no deeper than it can be read",
                    "Flatten it")


def _refused(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twice!r} stands twice in one mapping")
    return found


class _Loader(yaml.CSafeLoader):
    """YAML as CloudFormation reads it: dates stay texts, and each key stands once."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in rows if not tag.endswith(":timestamp")]
    for first, rows in yaml.CSafeLoader.yaml_implicit_resolvers.items()}


def _number(loader: Any, node: Any) -> Any:
    """An account id with a leading nought is no octal number."""
    text = loader.construct_scalar(node)
    return text if text[:1] == "0" and len(text) > 1 else loader.construct_yaml_int(node)


def _pairs(loader: Any, node: Any) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    pairs = [(loader.construct_object(key, deep=True), loader.construct_object(value, deep=True))
             for key, value in node.value]
    if not all(isinstance(key, Hashable) for key, _ in pairs):
        raise ValueError("a key is a text")
    return _once([(key if isinstance(key, str) else str(key), value) for key, value in pairs])


def _short(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    """`!Sub x` as `{"Fn::Sub": "x"}`; only Ref and Condition have no prefix."""
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = _pairs(loader, node)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_constructor("tag:yaml.org,2002:int", _number)
_Loader.add_constructor("tag:yaml.org,2002:map", _pairs)
_Loader.add_multi_constructor("!", _short)
