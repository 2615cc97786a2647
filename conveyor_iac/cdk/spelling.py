"""How CloudFormation writes what only it knows: placeholders as Fn::Sub, switches as conditions and Fn::If.

A stack gets a parameter, a condition or a mapping when the first text needs it, so no template has one that nothing
uses.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from aws_cdk import Aws, CfnCondition, CfnMapping, CfnParameter, CfnResource, Fn, ICfnConditionExpression, Stack
from constructs import Construct

from conveyor_iac.model import catalogue, network
from conveyor_iac.model.iam import Document
from conveyor_iac.model.placeholders import Either, Slice, literal, names

Where = tuple[tuple[str, bool], ...]
"""The switches a part stands behind, and whether it needs each on; empty where it always stands."""

_NO_VALUE = {"Ref": "AWS::NoValue"}
_spellings: "WeakKeyDictionary[Stack, Spelling]" = WeakKeyDictionary()


def off(switch: str) -> str:
    """The name of the condition that holds where a switch is off."""
    return f"Not{switch}"


def standing(parts: Sequence[Any], where: Where = ()) -> Iterator[tuple[Any, Where]]:
    """Each part that can stand, with the switches it stands behind."""
    for part in parts:
        if isinstance(part, Either):
            yield from standing((part.yes,), (*where, (part.switch, True)))
            yield from standing((part.no,), (*where, (part.switch, False)))
        elif part is not None:
            yield part, where


class Spelling:
    """What one stack has been told so far: its parameters and conditions, by name."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.parameters: dict[str, CfnParameter] = {}
        self.given: dict[str, str] = {}
        """Placeholders that another stack of the app fills, by name."""
        self.purposes = True
        """Whether the purpose of each statement is written beside it; a stack near 51,200 bytes has no room."""
        self._conditions: dict[str, CfnCondition] = {}
        self._plan: CfnMapping | None = None

    @classmethod
    def of(cls, scope: Construct) -> "Spelling":
        """The spelling of the stack a construct stands in."""
        stack = Stack.of(scope)
        return _spellings.setdefault(stack, cls(stack))

    def json(self, value: Any) -> Any:
        """A text or an `Either` as plain JSON, for documents that are rendered whole."""
        if isinstance(value, Either):
            self.condition(value.switch)
            return {"Fn::If": [value.switch, *(_NO_VALUE if side is None else side for side in (value.yes, value.no))]}
        return self._json_text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """A text for a typed property."""
        found = self._declare(text)
        if _only(text, found):
            return self.given.get(found[0]) or Fn.ref(found[0])
        return Fn.sub(text) if found else literal(text)

    def condition(self, switch: str, *, on: bool = True) -> CfnCondition:
        """The condition that holds where the switch is on, or off."""
        name = switch if on else off(switch)
        if name not in self._conditions:
            self._conditions[name] = CfnCondition(self._stack, name, expression=self._expression(switch, on=on))
        return self._conditions[name]

    def holds(self, where: Where) -> CfnCondition | None:
        """The condition that holds where all these switches stand so; nothing for none."""
        conditions = [self.condition(switch, on=on) for switch, on in where]
        if len(conditions) < 2:
            return conditions[0] if conditions else None
        name = "And".join(switch if on else off(switch) for switch, on in where)
        if name not in self._conditions:
            both = Fn.condition_and(*conditions)
            self._conditions[name] = CfnCondition(self._stack, name, expression=both)
        return self._conditions[name]

    def either(self, value: Any) -> str | None:
        """A text that may stand behind a switch, or nothing at all, for a typed property."""
        if not isinstance(value, Either):
            return self.text(value) if value else None
        self.condition(value.switch)
        return self.chosen(value.switch, self.either(value.yes), self.either(value.no))

    def chosen(self, switch: str, yes: str | None, no: str | None) -> str:
        """One of two spelled texts, as the switch says; nothing stands as no value."""
        self.condition(switch)
        return Fn.condition_if(switch, *(Aws.NO_VALUE if side is None else side for side in (yes, no))).to_string()

    def number(self, text: str) -> Any:
        """A number for a typed property: digits, or a parameter of the type Number."""
        return int(text) if text.isdigit() else self._parameter(names(text)[0]).value_as_number

    def list(self, text: str) -> Any:
        """The values of a parameter that is a list."""
        return self._parameter(names(text)[0]).value_as_list

    def block(self, part: Any, whole: Callable[[Any], str]) -> str:
        """A part of a CIDR that CloudFormation works out; `whole` spells the CIDR itself."""
        if not isinstance(part, Slice):
            return whole(part)
        row = self.text(f"${{{part.sized_by}}}") if part.sized_by else ""
        size = self._sizes().find_in_map(row, part.bits) if row else part.bits
        return Fn.select(part.index, Fn.cidr(self.block(part.of, whole), part.count, size))

    def _sizes(self) -> CfnMapping:
        """The table of the address plan: host bits of its parts, by the prefix length of the block."""
        if self._plan is None:
            rows = range(network.WIDEST, network.NARROWEST + 1)
            table = {str(row): {name: str(bits) for name, bits in network.bits(row).items()} for row in rows}
            self._plan = CfnMapping(self._stack, "HostBits", mapping=table)
        return self._plan

    def explain(self, resource: CfnResource, document: Document) -> None:
        """Writes the purpose of each statement into the resource's metadata, where the stack has room."""
        if self.purposes:
            resource.add_metadata("Conveyor::Purposes", document.purposes())

    def _expression(self, switch: str, *, on: bool) -> ICfnConditionExpression:
        if not on:
            return Fn.condition_not(self.condition(switch))
        row = catalogue.switches()[switch]
        value = self._parameter(row.parameter).value_as_string
        if row.equals is not None:
            return Fn.condition_equals(value, row.equals)
        return Fn.condition_not(Fn.condition_equals(value, row.differs))

    def _json_text(self, text: str) -> Any:
        found = self._declare(text)
        if _only(text, found):
            return self.given.get(found[0]) or {"Ref": found[0]}
        return {"Fn::Sub": text} if found else literal(text)

    def _declare(self, text: str) -> tuple[str, ...]:
        found = names(text)
        for name in found:
            if name in catalogue.parameters() and name not in self.given:
                self._parameter(name)
        return found

    def _parameter(self, name: str) -> CfnParameter:
        if name not in self.parameters:
            row = catalogue.parameters()[name]
            checked = {"allowed_pattern": f"^({row.pattern})$" if row.pattern is not None else None,
                       "min_length": row.min_length or None, "max_length": row.max_length,
                       "allowed_values": list(row.allowed) or None}
            self.parameters[name] = CfnParameter(
                self._stack, name, type=row.type, description=row.description, default=row.default,
                constraint_description=row.constraint, no_echo=row.no_echo or None, min_value=row.min_value,
                max_value=row.max_value, **(checked if row.type == "String" else {}))
        return self.parameters[name]


def _only(text: str, found: tuple[str, ...]) -> bool:
    """Whether a text is one placeholder and nothing else."""
    return len(found) == 1 and text == f"${{{found[0]}}}"
