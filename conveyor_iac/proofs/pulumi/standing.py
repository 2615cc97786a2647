"""What stands of a resource: what the program says where the state says the same, and what only the state adds to it.

Knows how AWS and its provider write one thing in several ways. Where the state tells otherwise, nobody knows which of
the two is there tomorrow, and the property is `Untold`. A property that the state does not have at all is not compared.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from conveyor_iac.model.catalogue.proofs import PulumiType
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import ENCRYPTED, Untold

OTHERWISE: Final = Untold("the state tells otherwise: run pulumi up")
_ROOT: Final = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):root")


def standing(plain: Plain, row: PulumiType) -> Plain:
    """The resource with inputs that the state agrees with; those of its known properties that it does not, `Untold`."""
    known = {*row.properties, *row.folded} & set(plain.outputs)
    told = {key: met(value, plain.outputs[key]) if key in known else value for key, value in plain.inputs.items()}
    return replace(plain, inputs=told)


def met(given: Any, kept: Any) -> Any:
    """What a program gives, with what the state has beside it; `OTHERWISE` where they contradict each other."""
    if isinstance(given, Untold) or isinstance(kept, Untold):
        return kept if not isinstance(given, Untold) and kept.reason == ENCRYPTED else given
    if given is None or given == "" or (not given and not kept):
        return given
    if isinstance(given, str) and isinstance(kept, str) and (body := _body(given)) is not None:
        return given if _canonical(body) == _canonical(_body(kept)) else OTHERWISE
    if isinstance(given, list) and isinstance(kept, list):
        return _lists(given, kept)
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        return _mappings(given, kept)
    if isinstance(given, list):
        return _lists(given, [kept])
    if isinstance(kept, list):
        return met(given, kept[0]) if len(kept) == 1 else OTHERWISE
    return given if _alike(given, kept) else OTHERWISE


def _lists(given: list[Any], kept: list[Any]) -> Any:
    """Lists in any order: each item has its own in the other one."""
    if hidden := next((item for item in [*given, *kept] if isinstance(item, Untold)), None):
        return hidden
    if {_text(item) for item in given} == {_text(item) for item in kept}:
        return given
    left, found = list(kept), []
    for item in given:
        both = [(index, told) for index, one in enumerate(left) if (told := met(item, one)) is not OTHERWISE]
        if not both:
            return OTHERWISE
        index, told = next((pair for pair in both if pair[1] == item), both[0])
        del left[index]
        found.append(told)
    return OTHERWISE if left else found


def _mappings(given: Mapping[str, Any], kept: Mapping[str, Any]) -> Any:
    """Mappings: what both have is alike, what only the state has is added, what only the program has is nothing."""
    found = {key: met(value, kept.get(key)) for key, value in given.items() if not key.startswith("__")}
    if any(value is OTHERWISE for value in found.values()):
        return OTHERWISE
    more = {key: value for key, value in kept.items() if value not in (None, "", [], {})}
    return {**more, **{key: value for key, value in found.items() if value not in (None, "") or key not in more}}


def _body(text: Any) -> Any:
    """What a text in JSON says; None for another text."""
    if not isinstance(text, str) or not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _canonical(value: Any, key: str = "") -> Any:
    """A part of a policy document as it compares: lists in any order, one value as a list of one."""
    if isinstance(value, list):
        return frozenset().union(*(_canonical(item, key) for item in value))
    if isinstance(value, Mapping):
        return frozenset({frozenset((name, _canonical(item, name)) for name, item in value.items())})
    if key == "Principal" and value == "*":
        return _canonical({"AWS": value})
    text = _text(value, dots=False)
    return frozenset({_ROOT.sub(r"\1", text)})


def _text(value: Any, *, dots: bool = True) -> str:
    """A value as AWS writes it: numbers and truth as texts, names with or without the dot at their end."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list | Mapping):
        return json.dumps(value, sort_keys=True, default=repr)
    text = str(value)
    return text[:-1] if dots and len(text) > 1 and text.endswith(".") else text


def _alike(given: Any, kept: Any) -> bool:
    """Whether two values are one thing: the same, or one the name in the other's ARN."""
    one, other = _text(given), _text(kept)
    return one == other or _names(one, other) or _names(other, one) or _ROOT.sub(r"\1", one) == _ROOT.sub(r"\1", other)


def _names(name: str, arn: str) -> bool:
    return name != "" and "*" not in name and arn.startswith("arn:") and arn.endswith((f":{name}", f"/{name}"))


def told(plain: Plain, key: str) -> Any:
    """What the program says of a property; where it says nothing, what the state holds."""
    value = plain.inputs.get(key)
    return plain.outputs.get(key) if value is None or value == "" else value
