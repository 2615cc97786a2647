"""Every name that a template's properties refer to, held against what the template has.

CloudFormation refuses a template that speaks of a parameter, resource or map it does not have, so that nothing can be
said of one.
"""

import difflib
from collections.abc import Iterator
from typing import Any

from conveyor_iac.errors import Fault
from conveyor_iac.proofs.template import Template


def reference_faults(template: Template) -> Iterator[Fault]:
    """Each name under a resource's properties that the template does not have."""
    names = {*template.section("Parameters"), *template.resources}
    for resource in template.resources.values():
        for path, name, known in _spoken(resource.properties, f"{resource.logical_id}.Properties", template):
            if name not in (names if known is None else known) and not name.startswith("AWS::"):
                near = difflib.get_close_matches(name, sorted(names if known is None else known), n=1)
                way_out = f"Perhaps you meant {near[0]}" if near else "Add it, or leave the reference out"
                yield Fault(path=f"{template.name}: Resources.{path}", value=name, way_out=way_out,
                            rule="is a name that the template has")


def _spoken(value: Any, path: str, template: Template) -> Iterator[tuple[str, str, set[str] | None]]:
    """Where a name stands, the name, and what it is one of: parameters and resources where that is nothing."""
    if isinstance(value, dict):
        if len(value) == 1:
            yield from _named(*next(iter(value.items())), path, template)
        for key, item in value.items():
            yield from _spoken(item, f"{path}.{key}", template)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _spoken(item, f"{path}.{index}", template)


def _named(function: str, argument: Any, path: str, template: Template) -> Iterator[tuple[str, str, set[str] | None]]:
    if function == "Ref" and isinstance(argument, str):
        yield path, argument, None
    elif function == "Fn::GetAtt":
        name = argument.split(".")[0] if isinstance(argument, str) else argument[0]
        yield path, name, set(template.resources)
    elif function == "Fn::Sub":
        text, own = (argument[0], argument[1]) if isinstance(argument, list) else (argument, {})
        for piece in str(text).split("${")[1:]:
            name, brace, _ = piece.partition("}")
            if brace and not name.startswith("!") and name not in own:
                yield path, name.strip().split(".")[0], None
    elif function == "Fn::FindInMap" and isinstance(argument, list) and isinstance(argument[0], str):
        yield path, argument[0], set(template.section("Mappings"))
