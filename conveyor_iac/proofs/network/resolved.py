"""The resources of a template with their functions worked out, each once for every way it can come out.

Knows which conditions and parameters a resource speaks of, so that a resource no condition touches is read once
whatever the number of worlds. Refuses to guess: what cannot be read is `Undecidable`, with the resource's name.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from conveyor_iac.proofs.claim import Case
from conveyor_iac.proofs.scope import REMOVED, Scope, Undecidable, World
from conveyor_iac.proofs.template import Resource
from conveyor_iac.proofs.text import Text, Unknown
from conveyor_iac.proofs.worlds import conditions_in

_IDS = frozenset({"Id", "VpcId", "SubnetId", "RouteTableId", "NatGatewayId", "InternetGatewayId", "CarrierGatewayId",
                  "GroupId", "EndpointId", "FirewallArn", "FirewallPolicyArn", "RuleGroupArn", "ServiceId",
                  "PrefixListId", "Arn", "TopicArn", "VPNGatewayId"})
"""Attributes that name the resource itself."""


class Resolved:
    """The template of a case, read world by world."""

    def __init__(self, case: Case) -> None:
        self.template = case.template
        self._conditions = case.conditions
        self._spoken: dict[tuple[str, tuple[str, ...]], tuple[frozenset[str], frozenset[str]]] = {}
        self._values: dict[Any, Mapping[str, Any]] = {}

    def worlds(self, *parts: tuple[Resource, tuple[str, ...]]) -> tuple[World, ...]:
        """Every way these resources can come out, as far as these properties (none named: all) and their being made."""
        names: set[str] = set()
        for resource, keys in parts:
            names |= self._names(resource, keys)[0]
            if resource.condition is not None:
                names.add(resource.condition)
        return self._conditions.worlds(tuple(sorted(names)))

    def within(self, world: World, read: Mapping[str, tuple[str, ...]]) -> tuple[World, ...]:
        """The worlds inside one that tell resources of further types apart, by these of their properties."""
        names = set(world.conditions)
        for type_, keys in read.items():
            for resource in self.template.of_type(type_):
                names |= self._names(resource, keys)[0]
                names |= {resource.condition} if resource.condition is not None else set()
        if names == set(world.conditions):
            return (world,)
        return tuple(inner for inner in self._conditions.worlds(tuple(sorted(names)))
                     if all(inner.conditions[name] == holds for name, holds in world.conditions.items()))

    def made(self, world: World, *types: str) -> Iterator[Resource]:
        """The resources of these types that are made in a world."""
        scope = Scope(template=self.template, world=world)
        for resource in self.template.of_type(*types):
            if scope.made(resource):
                yield resource

    def properties(self, resource: Resource, world: World, *keys: str) -> Mapping[str, Any]:
        """The properties (these, or all) as they come out in a world: `Text`, numbers, lists and mappings."""
        conditions, parameters = self._names(resource, keys)
        key = (resource.logical_id, keys, *((name, world.conditions.get(name)) for name in conditions),
               *((name, world.fixed.get(name), world.excluded.get(name)) for name in parameters))
        if key not in self._values:
            self._values[key] = self._read(resource, world, keys)
        return self._values[key]

    def settled(self, value: Any, world: World) -> Any:
        """A value as it is written, with only its `Fn::If` decided."""
        if isinstance(value, list):
            found = [self.settled(item, world) for item in value]
            return [item for item in found if item != {"Ref": "AWS::NoValue"}]
        if not isinstance(value, dict):
            return value
        if len(value) == 1 and "Fn::If" in value:
            condition, yes, no = value["Fn::If"]
            return self.settled(yes if Scope(template=self.template, world=world).holds(condition) else no, world)
        return {key: self.settled(item, world) for key, item in value.items()}

    def text(self, value: Any, world: World) -> Text:
        """One written value as a text."""
        return Scope(template=self.template, world=world).text(value)

    def _read(self, resource: Resource, world: World, keys: tuple[str, ...]) -> Mapping[str, Any]:
        with reading(f"what {resource.logical_id} says"):
            found = Scope(template=self.template, world=world).resolve(dict(_chosen(resource, keys)))
        if not isinstance(found, dict):
            raise Undecidable(f"what the properties of {resource.logical_id} come to")
        return found

    def _names(self, resource: Resource, keys: tuple[str, ...]) -> tuple[frozenset[str], frozenset[str]]:
        """The conditions and the parameters that properties of a resource depend on."""
        key = (resource.logical_id, keys)
        if key not in self._spoken:
            chosen = dict(_chosen(resource, keys))
            parameters = self.template.section("Parameters")
            with reading(f"what {resource.logical_id} says"):
                self._spoken[key] = (frozenset(conditions_in(self.template, chosen)),
                                     frozenset(name for name in _words(chosen) if name in parameters))
        return self._spoken[key]


@contextmanager
def reading(what: str) -> Iterator[None]:
    """What is written in a form that no function or property has cannot be known."""
    try:
        yield
    except (TypeError, LookupError, ValueError, AttributeError) as error:
        raise Undecidable(f"{what}: it is not written as it must be ({error})") from None


def resolved(case: Case) -> Resolved:
    """The template of a case, read once for every claim."""
    found: Resolved = case.once("network.resolved", lambda: Resolved(case))
    return found


def _chosen(resource: Resource, keys: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    for key, value in resource.properties.items():
        if not keys or key in keys or key == "Fn::If":
            yield key, value


def _words(value: Any) -> Iterator[str]:
    """Every name in a value that may be a parameter's."""
    if isinstance(value, str):
        yield value
        for piece in value.split("${")[1:]:
            yield piece.partition("}")[0].strip()
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _words(item)


def text(value: Any) -> Text | None:
    """A resolved value as a text; nothing for a list, a mapping or what is not there."""
    if isinstance(value, Text):
        return value
    if value is None or value is REMOVED or isinstance(value, list | dict):
        return None
    return Text.of(str(value).lower() if isinstance(value, bool) else str(value))


def name(value: Any) -> str:
    """What a resolved value names: a resource by its logical id, anything else by its own words."""
    found = text(value)
    if found is None:
        return "" if value is None else str(value)
    if len(found.parts) == 1 and isinstance(part := found.parts[0], Unknown):
        owner, dot, attribute = part.name.partition(".")
        return owner if dot and attribute in _IDS else part.name if not part.name.startswith("{") else str(found)
    return str(found)


def items(value: Any) -> tuple[Any, ...] | None:
    """The items of a list; nothing when the whole list is decided at deployment."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else None


def flag(value: Any) -> bool | None:
    """A yes or no, however it is written; nothing when it is decided at deployment."""
    found = text(value)
    return {"true": True, "false": False}.get((found.literal or "").lower()) if found is not None else None


def mapping(value: Any) -> Mapping[str, Any]:
    """A resolved mapping; an empty one where there is none."""
    return value if isinstance(value, dict) else {}


def strangers(value: Mapping[str, Any], known: Iterable[str]) -> tuple[str, ...]:
    """The keys that are not known here."""
    return tuple(sorted(set(value) - set(known)))
