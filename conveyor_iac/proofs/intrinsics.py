"""The shapes of CloudFormation's intrinsic functions: what each must be given, before anybody works one out.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from conveyor_iac.errors import Fault


def _list_of(count: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and len(value) == count


def _get_att(value: Any) -> bool:
    if isinstance(value, str):
        return "." in value
    two = isinstance(value, list) and len(value) == 2
    return two and isinstance(value[0], str) and isinstance(value[1], str | dict)


def _sub(value: Any) -> bool:
    if isinstance(value, list):
        return len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], dict)
    return isinstance(value, str)


def _join(value: Any) -> bool:
    two = isinstance(value, list) and len(value) == 2
    return two and isinstance(value[0], str) and isinstance(value[1], list | dict)


def _if(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 3 and isinstance(value[0], str)


def _split(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and value[0] != ""


def is_condition(value: Any) -> bool:
    """Whether it is one function, or the name of another condition."""
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("Condition", ""), str)


def _conditions(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(map(is_condition, value))


def _find_in_map(value: Any) -> bool:
    return isinstance(value, list) and len(value) in (3, 4)


_SHAPES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "Ref": (lambda value: isinstance(value, str), "is given a name"),
    "Fn::GetAtt": (_get_att, "is given a logical id and an attribute"),
    "Fn::Sub": (_sub, "is given a text, or a text and a mapping"),
    "Fn::Join": (_join, "is given a text and a list"),
    "Fn::Select": (_list_of(2), "is given an index and a list"),
    "Fn::Split": (_split, "is given a mark and a text"),
    "Fn::FindInMap": (_find_in_map, "is given a map and two keys"),
    "Fn::If": (_if, "is given the name of a condition and two values"),
    "Fn::Equals": (_list_of(2), "is given two values"),
    "Fn::Not": (lambda value: _conditions(value) and len(value) == 1, "is given a list of one condition"),
    "Fn::And": (_conditions, "is given a list of conditions"),
    "Fn::Or": (_conditions, "is given a list of conditions"),
}


def intrinsic_faults(value: Any, path: str, conditions: Mapping[str, Any]) -> Iterator[Fault]:
    """Every function under a value that is not given what it needs."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from intrinsic_faults(item, f"{path}.{index}", conditions)
    elif isinstance(value, dict):
        if len(value) == 1:
            yield from _fault(*next(iter(value.items())), path, conditions)
        for key, item in value.items():
            yield from intrinsic_faults(item, f"{path}.{key}", conditions)


def _fault(name: str, argument: Any, path: str, conditions: Mapping[str, Any]) -> Iterator[Fault]:
    way_out = "Write it as CloudFormation's reference says"
    if name in _SHAPES and not _SHAPES[name][0](argument):
        yield Fault(path=path, value=f"{name}: {str(argument)[:60]}", way_out=way_out,
                    rule=f"{name} {_SHAPES[name][1]}")
    elif name == "Fn::If" and argument[0] not in conditions:
        yield Fault(path=path, value=str(argument[0]), rule="Fn::If names a condition of the template",
                    way_out="Add it under Conditions")
