"""How CloudFormation writes what only it knows: placeholders as Fn::Sub, switches as conditions and Fn::If.

A stack gets a parameter or a condition when the first text needs it, so no template has one that nothing uses.
"""

from typing import Any
from weakref import WeakKeyDictionary

from aws_cdk import CfnCondition, CfnParameter, CfnResource, Fn, ICfnConditionExpression, Stack
from constructs import Construct

from conveyor_iac.model import catalogue
from conveyor_iac.model.iam import Document
from conveyor_iac.model.placeholders import Either, literal, names

_NO_VALUE = {"Ref": "AWS::NoValue"}
_spellings: "WeakKeyDictionary[Stack, Spelling]" = WeakKeyDictionary()


def off(switch: str) -> str:
    """The name of the condition that holds where a switch is off."""
    return f"Not{switch}"


class Spelling:
    """What one stack has been told so far: its parameters and conditions, by name."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.parameters: dict[str, CfnParameter] = {}
        self.purposes = True
        """Whether the purpose of each statement is written beside it; a stack near 51,200 bytes has no room."""
        self._conditions: dict[str, CfnCondition] = {}

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
            return Fn.ref(found[0])
        return Fn.sub(text) if found else literal(text)

    def condition(self, switch: str, *, on: bool = True) -> CfnCondition:
        """The condition that holds where the switch is on, or off."""
        name = switch if on else off(switch)
        if name not in self._conditions:
            self._conditions[name] = CfnCondition(self._stack, name, expression=self._expression(switch, on=on))
        return self._conditions[name]

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
            return {"Ref": found[0]}
        return {"Fn::Sub": text} if found else literal(text)

    def _declare(self, text: str) -> tuple[str, ...]:
        found = names(text)
        for name in found:
            if name in catalogue.parameters():
                self._parameter(name)
        return found

    def _parameter(self, name: str) -> CfnParameter:
        if name not in self.parameters:
            row = catalogue.parameters()[name]
            self.parameters[name] = CfnParameter(
                self._stack,
                name,
                type="String",
                description=row.description,
                default=row.default,
                allowed_pattern=f"^({row.pattern})$" if row.pattern is not None else None,
                allowed_values=list(row.allowed) or None,
                constraint_description=row.constraint,
                min_length=row.min_length or None,
                max_length=row.max_length,
                no_echo=row.no_echo or None,
            )
        return self.parameters[name]


def _only(text: str, found: tuple[str, ...]) -> bool:
    """Whether a text is one placeholder and nothing else."""
    return len(found) == 1 and text == f"${{{found[0]}}}"
