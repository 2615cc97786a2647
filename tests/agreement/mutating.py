"""Changes of one value on one side: in the templates, or in what Pulumi recorded.

A path is written with dots. Where it leads into a text, the text is a policy in JSON. `GONE` takes away.
"""

import json
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any, Final

from tests.agreement.components import Deployed, Made, words
from tests.agreement.conftest import Written

GONE: Final = "(gone)"


def in_template(written: Written, name: str, path: str, value: Any) -> Written:
    """The templates with another value in one resource; without a path, without the resource."""
    (stack,) = (stack for stack, template in written.stacks.items() if name in template["Resources"])
    template = written.stacks[stack]
    resources = {**template["Resources"], name: deepcopy(template["Resources"][name])}
    _put(resources, [name, *(["Properties", *path.split(".")] if path else [])], value)
    return replace(written, stacks={**written.stacks, stack: {**template, "Resources": resources}})


def in_record(deployed: Deployed, name: str, path: str, value: Any) -> Deployed:
    """What was recorded, with another value in one resource; without a path, without the resource."""
    (one,) = (made for made in deployed.made if made.name == name)
    inputs = deepcopy(dict(one.inputs))
    if path:
        _put(inputs, path.split("."), value)
    changed = (replace(one, inputs=inputs),) if path else ()
    return replace(deployed, made=tuple(made for made in deployed.made if made is not one) + changed)


def _put(there: Any, path: list[str], value: Any) -> None:
    first, *rest = path
    key: Any = int(first) if isinstance(there, list) else first
    if not rest:
        assert there.get(key, GONE) != value if isinstance(there, dict) else there[key] != value, "nothing changes"
        if value == GONE:
            del there[key]
        else:
            there[key] = value
    elif isinstance(there[key], str):
        inner = json.loads(there[key])
        _put(inner, rest, value)
        there[key] = json.dumps(inner)
    else:
        _put(there[key], rest, value)


def garbled(value: Any, *spared: str) -> tuple[Any, int]:
    """A value with every lone value in it changed but under these keys, and how many were; a function is one value."""
    if isinstance(value, Mapping) and not _is_function(value):
        return _gathered({key: (part, 0) if key in spared else garbled(part, *spared) for key, part in value.items()})
    if isinstance(value, list):
        parts, count = _gathered(dict(enumerate(garbled(part, *spared) for part in value)))
        return list(parts.values()), count
    if isinstance(value, bool):
        return not value, 1
    return (value + 1 if isinstance(value, int) else f"{value}~" if isinstance(value, str) else "~"), 1


def garbled_record(one: Made, *spared: str) -> tuple[Made, int]:
    """A resource with every lone value of its inputs changed, those in its policies too."""
    documents = words()[one.type].get("documents", ())
    said = {key: json.loads(value) if key in documents else value for key, value in one.inputs.items()}
    inputs, count = garbled(said, *spared)
    told = {key: json.dumps(value) if key in documents else value for key, value in inputs.items()}
    return replace(one, inputs=told), count


def _gathered(parts: Mapping[Any, tuple[Any, int]]) -> tuple[dict[Any, Any], int]:
    return {key: part for key, (part, _) in parts.items()}, sum(count for _, count in parts.values())


def _is_function(value: Mapping[str, Any]) -> bool:
    return len(value) == 1 and next(iter(value)).startswith(("Ref", "Fn::"))
