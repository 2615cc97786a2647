"""Every way a template's conditions can fall out together.

Knows how conditions follow from parameters and from each other; a comparison it cannot work out may go either way.
Refuses to count further than `MOST`: then nobody can say that a claim holds in all of them.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conveyor_iac.proofs.scope import Scope, Undecidable, World, domain_of, pseudo
from conveyor_iac.proofs.template import Template
from conveyor_iac.proofs.text import Domain, Unknown

MOST = 64
_TRIED = 8192
_OTHER = None
Choice = Mapping[str, Any]


def conditions_in(template: Template, value: Any, seen: set[str] | None = None) -> set[str]:
    """The conditions that a value depends on, through `Fn::If` and the names of the resources it speaks of."""
    found: set[str] = set()
    _gather(template, value, found, set() if seen is None else seen)
    return found


def _gather(template: Template, value: Any, found: set[str], seen: set[str]) -> None:
    if isinstance(value, list):
        for item in value:
            _gather(template, item, found, seen)
    elif isinstance(value, dict):
        if len(value) == 1:
            (name, argument), = value.items()
            if name == "Fn::If" and isinstance(argument, list) and argument:
                found.add(str(argument[0]))
            for other in _spoken_of(name, argument):
                if other in template.resources and other not in seen:
                    seen.add(other)
                    properties = template.resources[other].properties
                    _gather(template, [properties.get(key) for key in _NAMING], found, seen)
        for item in value.values():
            _gather(template, item, found, seen)


_NAMING = ("RoleName", "UserName", "GroupName", "ManagedPolicyName", "InstanceProfileName", "BucketName", "QueueName",
           "TopicName", "Path")


def _spoken_of(name: str, argument: Any) -> Iterator[str]:
    if name == "Ref" and isinstance(argument, str):
        yield argument
    elif name == "Fn::GetAtt":
        yield argument.split(".")[0] if isinstance(argument, str) else str(argument[0])
    elif name == "Fn::Sub":
        text = argument[0] if isinstance(argument, list) else argument
        yield from (piece.partition("}")[0].split(".")[0] for piece in str(text).split("${")[1:])


def spoken_of(value: Any) -> set[str]:
    """Every name that a value refers to: resources and parameters."""
    found: set[str] = set()
    if isinstance(value, dict) and len(value) == 1:
        found |= set(_spoken_of(*next(iter(value.items()))))
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found |= spoken_of(item)
    return found


def worlds(template: Template, conditions: Iterable[str]) -> tuple[World, ...]:
    """Each way these conditions can fall out, once; `Undecidable` when there are more than `MOST`."""
    return Conditions(template).worlds(tuple(sorted(set(conditions))))


class Conditions:
    """The conditions of one template, worked out once for each set that is asked for."""

    def __init__(self, template: Template) -> None:
        self._template = template
        self._rows = template.section("Conditions")
        self._found: dict[tuple[str, ...], tuple[World, ...]] = {}
        self._comparisons: dict[int, tuple[str, Any]] = {}

    def worlds(self, conditions: tuple[str, ...]) -> tuple[World, ...]:
        """Each way these conditions can fall out, once."""
        if conditions not in self._found:
            self._found[conditions] = self._work_out(conditions)
        return self._found[conditions]

    def holds(self, name: str, parameters: Mapping[str, str], world: World) -> bool:
        """Whether a condition holds with these parameters; what hangs on more is as the world says."""
        variables: dict[str, list[Any]] = {}
        self._variables({"Condition": name}, variables, set())
        if any(variable.startswith("?") for variable in variables):
            return world.conditions[name]
        choice = {variable: parameters[variable] if variable in parameters
                  else world.fixed.get(variable) or pseudo(variable).domain.sample for variable in variables}
        return self._holds({"Condition": name}, choice)

    def _work_out(self, conditions: tuple[str, ...]) -> tuple[World, ...]:
        if missing := [name for name in conditions if name not in self._rows]:
            reasons = [name for name in missing if " " in name]  # an adapter's words for what it could not read
            raise Undecidable("; ".join(reasons) if reasons else
                              f"the conditions {', '.join(missing)}, which the template does not have")
        variables: dict[str, list[Any]] = {}
        for name in conditions:
            self._variables({"Condition": name}, variables, set())
        choices = {name: self._options(name, literals) for name, literals in variables.items()}
        count = 1
        for options in choices.values():
            count *= len(options)
        if count > _TRIED:
            raise Undecidable(f"{len(conditions)} conditions fall out in more than {MOST} ways")
        found: dict[tuple[bool, ...], list[Choice]] = {}
        for values in itertools.product(*choices.values()):
            choice = dict(zip(choices, values, strict=True))
            found.setdefault(tuple(self._holds({"Condition": name}, choice) for name in conditions), []).append(choice)
        if len(found) > MOST:
            raise Undecidable(f"{len(conditions)} conditions fall out in {len(found)} ways, more than {MOST}")
        return tuple(self._world(conditions, truth, chosen, variables) for truth, chosen in found.items())

    def _world(self, conditions: tuple[str, ...], truth: tuple[bool, ...], chosen: list[Choice],
               variables: Mapping[str, list[Any]]) -> World:
        fixed, excluded = {}, {}
        for name, literals in variables.items():
            if name.startswith("?"):
                continue
            values = {choice[name] for choice in chosen}
            if len(values) == 1 and _OTHER not in values:
                fixed[name] = values.pop()
            else:
                excluded[name] = tuple(literal for literal in dict.fromkeys(literals) if literal not in values)
        return World(conditions=dict(zip(conditions, truth, strict=True)), fixed=fixed, excluded=excluded)

    def _variables(self, row: Any, found: dict[str, list[Any]], seen: set[str]) -> None:
        name, argument = _one(row)
        if name == "Condition":
            if argument in seen:
                return
            seen.add(argument)
            if argument not in self._rows:
                raise Undecidable(f"the condition {argument}, which the template does not have")
            self._variables(self._rows[argument], found, seen)
        elif name in ("Fn::And", "Fn::Or", "Fn::Not"):
            for item in argument:
                self._variables(item, found, seen)
        else:
            variable, literal = self._compared(row)
            if variable:
                found.setdefault(variable, []).append(literal)

    def _compared(self, row: Any) -> tuple[str, Any]:
        """The variable a comparison speaks of and what it is compared with; without a variable, the answer itself."""
        if id(row) not in self._comparisons:
            self._comparisons[id(row)] = self._compare(row)
        return self._comparisons[id(row)]

    def _compare(self, row: Any) -> tuple[str, Any]:
        name, argument = _one(row)
        if name != "Fn::Equals" or not isinstance(argument, list) or len(argument) != 2:
            return "?" + json.dumps(row, sort_keys=True, default=str), True
        scope = Scope(template=self._template)
        try:
            left, right = (scope.text(part) for part in argument)
        except (Undecidable, TypeError, LookupError):
            return "?" + json.dumps(row, sort_keys=True, default=str), True
        if left == right and all(len(text.parts) <= 1 for text in (left, right)):
            return "", True
        for one, other in ((left, right), (right, left)):
            if other.literal is not None and one.literal is not None:
                return "", one.literal == other.literal
            if other.literal is not None and len(one.parts) == 1 and isinstance(part := one.parts[0], Unknown) \
                    and self._domain(part.name) is not None:
                return part.name, other.literal
        return "?" + json.dumps(row, sort_keys=True, default=str), True

    def _domain(self, name: str) -> Domain | None:
        parameters = self._template.section("Parameters")
        if name in parameters:
            return domain_of(parameters[name])
        return pseudo(name).domain if name.startswith("AWS::") else None

    def _options(self, name: str, literals: list[Any]) -> list[Any]:
        if name.startswith("?"):
            return [True, False]
        domain = self._domain(name)
        assert domain is not None
        known = [literal for literal in dict.fromkeys(literals) if domain.holds(literal)]
        rest = domain.without(*known)
        if domain.values:
            left = [value for value in rest.values if domain.holds(value)]
            return known + (left if len(left) == 1 else [_OTHER] if left else [])
        return [*known, _OTHER]

    def _holds(self, row: Any, choice: Choice) -> bool:
        name, argument = _one(row)
        if name == "Condition":
            return self._holds(self._rows[argument], choice)
        if name == "Fn::And":
            return all(self._holds(item, choice) for item in argument)
        if name == "Fn::Or":
            return any(self._holds(item, choice) for item in argument)
        if name == "Fn::Not":
            return not self._holds(argument[0], choice)
        variable, literal = self._compared(row)
        return bool(literal) if not variable else choice[variable] == literal


def _one(row: Any) -> tuple[str, Any]:
    if isinstance(row, dict) and len(row) == 1:
        (name, argument), = row.items()
        return str(name), argument
    return "", row
