"""The inputs of a component as other languages write them and as the words it takes: camel case, snake case.

Knows the schema and no noun of the product. Of the words of an installation it checks nothing: that is the front
door's, which is told of a key that is none under the name it came with.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.provider.experimental.analyzer import ComponentDefinition, PropertyDefinition, PropertyType, TypeDefinition

from conveyor_iac.errors import HIDDEN, Fault
from conveyor_iac.model.door import perhaps
from conveyor_iac.pulumi.door import in_words

WORDS = "installation"
"""The input that holds the words of an installation, where a component has others beside them."""
_ANY = PropertyDefinition()


@dataclass(frozen=True, slots=True, kw_only=True)
class Properties:
    """The inputs of one component, with the types within them by name."""

    component: ComponentDefinition
    types: Mapping[str, TypeDefinition]

    def words(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs in the words of the component; a key that is none stays as it came."""
        return self._keyed(inputs, self.component.inputs, self.component.inputs_mapping)

    def faults(self, inputs: Mapping[str, Any]) -> Iterator[Fault]:
        """What no front door sees, by property: what stands beside the words and is lacking, unknown or unfit."""
        known = self.component.inputs
        if WORDS not in known:
            return
        for name in (name for name in inputs if name not in known):
            yield _fault(name, "(given)", "no such input", perhaps(name, known))
        for name, kind in known.items():
            if not kind.optional and inputs.get(name) is None:
                yield _fault(name, "(missing)", "a value is needed", "Give it")
            elif kind.plain and (rule := _unfit(kind, inputs.get(name))):
                yield _fault(name, HIDDEN if kind.ref else in_words(inputs[name]), rule,
                             "Give the value itself; within it only single ids may be outputs")

    def place(self, path: str) -> str:
        """A path in words as one of properties: `installation.outbound[0].destination`."""
        keys, place = path.split("."), ""
        if WORDS in self.component.inputs and keys[0] not in self.component.inputs_mapping.values():
            keys = [WORDS, *keys]
        holder: ComponentDefinition | PropertyDefinition = self.component
        for key in keys:
            name, holder = self._property(key, holder)
            place += f"[{name}]" if name.isdigit() else f".{name}" if place else name
        return place

    def told(self, text: str) -> str:
        """A text with every word of the inputs as the name of its property."""
        return spoken(text, [self.component.inputs_mapping, *(form.properties_mapping for form in self.types.values())])

    def _property(self, key: str, holder: ComponentDefinition | PropertyDefinition) -> tuple[str, PropertyDefinition]:
        """The property that a word stands for in a component, a form, a list or a mapping."""
        if isinstance(holder, ComponentDefinition):
            kinds, words = holder.inputs, holder.inputs_mapping
        elif form := self._form(holder):
            kinds, words = form.properties, form.properties_mapping
        else:
            return key, holder.items or holder.additional_properties or _ANY
        name = next((name for name, word in words.items() if word == key), key)
        return name, kinds.get(name, _ANY)

    def _keyed(self, values: Mapping[str, Any], kinds: Mapping[str, PropertyDefinition], words: Mapping[str, str]
               ) -> dict[str, Any]:
        return {words.get(name, name): self._worded(value, kinds.get(name, _ANY)) for name, value in values.items()}

    def _worded(self, value: Any, kind: PropertyDefinition) -> Any:
        if isinstance(value, list) and kind.items:
            return [self._worded(item, kind.items) for item in value]
        if isinstance(value, dict) and (form := self._form(kind)):
            return self._keyed(value, form.properties, form.properties_mapping)
        whole = kind.type is PropertyType.INTEGER and isinstance(value, float) and value.is_integer()
        return int(value) if whole else value  # gRPC has floats only

    def _form(self, kind: PropertyDefinition) -> TypeDefinition | None:
        return self.types.get(kind.ref.rpartition(":")[2]) if kind.ref else None


def spoken(text: str, mappings: Iterable[Mapping[str, str]]) -> str:
    """A text with each word as the name of its property; the mappings have the words by those names."""
    names = {word: name for words in mappings for name, word in words.items()}
    return re.sub(r"(?<![\w:])\w+", lambda found: names.get(found[0], found[0]), text)


def _unfit(kind: PropertyDefinition, value: Any) -> str:
    """The rule that the value of a plain input breaks, or nothing."""
    if value is None:
        return ""
    if isinstance(value, pulumi.Output):
        return "known when the plan is made: names and numbers of resources follow from it"
    if kind.type is PropertyType.BOOLEAN and not isinstance(value, bool):
        return "true or false"
    return "a mapping of keys to values" if kind.ref and not isinstance(value, dict) else ""


def _fault(path: str, value: str, rule: str, way_out: str) -> Fault:
    return Fault(path=path, value=value, rule=rule, way_out=way_out)
