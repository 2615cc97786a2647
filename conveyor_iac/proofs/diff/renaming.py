"""A template under other names: the same words, its resources, parameters, conditions and maps called otherwise.

Knows every place where CloudFormation lets a template speak of itself. Refuses to touch any other text. All names are
replaced in one step, so that two may change places.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_PLACEHOLDER = re.compile(r"\$\{([^!}][^}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Renaming:
    """New names by old ones; what is not in it keeps its name.

    `names` are those of resources and parameters, which share one room in a template.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)

    def back(self) -> "Renaming":
        """The renaming that undoes this one, where no two names became one."""
        return Renaming(**{room: {new: old for old, new in getattr(self, room).items()}
                           for room in ("names", "conditions", "maps")})

    def template(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A whole template."""
        return {key: self._section(key, section) for key, section in body.items()}

    def resource(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """One resource or output, whose Condition is the name of one."""
        found = {key: self.value(item) for key, item in row.items()}
        if isinstance(row.get("Condition"), str):
            found["Condition"] = self.conditions.get(row["Condition"], row["Condition"])
        if "DependsOn" in row:
            found["DependsOn"] = self._depends(row["DependsOn"])
        return found

    def condition(self, row: Any) -> Any:
        """One condition, which may speak of others."""
        if isinstance(row, list):
            return [self.condition(item) for item in row]
        if not isinstance(row, dict):
            return row
        if set(row) == {"Condition"} and isinstance(row["Condition"], str):
            return {"Condition": self.conditions.get(row["Condition"], row["Condition"])}
        if len(row) == 1 and next(iter(row)) in ("Fn::And", "Fn::Or", "Fn::Not"):
            return {name: self.condition(argument) for name, argument in row.items()}
        return self.value(row)

    def value(self, value: Any) -> Any:
        """Any value of a template."""
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (function, argument), = value.items()
            return {function: self._argument(function, argument)}
        return {key: self.value(item) for key, item in value.items()}

    def _section(self, key: str, section: Any) -> Any:
        if not isinstance(section, dict):
            return section
        if key == "Resources":
            return {self.names.get(name, name): self.resource(row) for name, row in section.items()}
        if key == "Parameters":
            return {self.names.get(name, name): row for name, row in section.items()}
        if key == "Conditions":
            return {self.conditions.get(name, name): self.condition(row) for name, row in section.items()}
        if key == "Mappings":
            return {self.maps.get(name, name): row for name, row in section.items()}
        if key == "Outputs":
            return {name: self.resource(row) if isinstance(row, dict) else row for name, row in section.items()}
        return self.value(section)

    def _argument(self, function: str, argument: Any) -> Any:
        if function == "Ref" and isinstance(argument, str):
            return self.names.get(argument, argument)
        if function == "Fn::GetAtt":
            return self._attribute(argument)
        if function == "Fn::Sub":
            return self._substituted(argument)
        found = self.value(argument)
        room = {"Fn::If": self.conditions, "Fn::FindInMap": self.maps}.get(function)
        if room is not None and isinstance(found, list) and found and isinstance(found[0], str):
            return [room.get(found[0], found[0]), *found[1:]]
        return found

    def _attribute(self, argument: Any) -> Any:
        if isinstance(argument, str):
            name, dot, attribute = argument.partition(".")
            return self.names.get(name, name) + dot + attribute
        if isinstance(argument, list) and argument and isinstance(argument[0], str):
            return [self.names.get(argument[0], argument[0]), *map(self.value, argument[1:])]
        return argument

    def _substituted(self, argument: Any) -> Any:
        """A text with placeholders; a name that is given beside it is its own."""
        if isinstance(argument, str):
            return self._text(argument, {})
        if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[0], str) \
                and isinstance(argument[1], dict):
            own = argument[1]
            return [self._text(argument[0], own), {name: self.value(item) for name, item in own.items()}]
        return self.value(argument)

    def _text(self, text: str, own: Mapping[str, Any]) -> str:
        def renamed(found: re.Match[str]) -> str:
            name, dot, attribute = found.group(1).strip().partition(".")
            known = found.group(1) not in own and name in self.names
            return f"${{{self.names[name]}{dot}{attribute}}}" if known else found.group(0)

        return _PLACEHOLDER.sub(renamed, text)

    def _depends(self, given: Any) -> Any:
        if isinstance(given, str):
            return self.names.get(given, given)
        return [self.names.get(name, name) for name in given] if isinstance(given, list) else given


def mentioned(value: Any) -> set[str]:
    """The resources and parameters that a value speaks of; a name that stands beside its text is its own."""
    found: set[str] = set()
    if isinstance(value, dict) and len(value) == 1:
        (function, argument), = value.items()
        if function == "Ref" and isinstance(argument, str):
            found.add(argument)
        elif function == "Fn::GetAtt" and argument:
            found.add(str(argument if isinstance(argument, str) else argument[0]).partition(".")[0])
        elif function == "Fn::Sub":
            text, own = (argument[0], argument[1]) if isinstance(argument, list) else (argument, {})
            found |= {name.strip().partition(".")[0] for name in _PLACEHOLDER.findall(str(text)) if name not in own}
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found |= mentioned(item)
    return found
