"""What a schema says of each component, input and output: the docstrings of the classes, for readers of any language.

Those of the classes that a class extends are read too, which the schema's own reader leaves out. Of a component's
docstring it takes what stands before the arguments, which are Python's own.
"""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import Any

from pulumi.provider.experimental.analyzer import TypeDefinition
from pulumi.provider.experimental.util import camel_case

from conveyor_iac.model.door import meanings
from conveyor_iac.pulumi.properties import spoken


def explained(schema: dict[str, Any], components: Iterable[type], types: Mapping[str, TypeDefinition]
              ) -> dict[str, Any]:
    """The schema with what everything in it means, in the names that other languages use."""
    mappings = [form.properties_mapping for form in types.values()]
    for component in components:
        told = schema["resources"][f"{schema['name']}:index:{component.__name__}"]
        told["description"] = inspect.cleandoc(component.__doc__ or "").partition("\n\nArgs:")[0]
        _explain(told["inputProperties"], inspect.signature(component).parameters["args"].annotation, mappings)
        _explain(told["properties"], component, mappings)
    for name, form in types.items():
        told = schema["types"][f"{schema['name']}:index:{name}"]
        told["description"] = spoken(inspect.cleandoc(form.python_type.__doc__ or ""), mappings)
        _explain(told["properties"], form.python_type, mappings)
    return schema


def _explain(properties: Mapping[str, dict[str, Any]], kind: type, mappings: Iterable[Mapping[str, str]]) -> None:
    for word, meaning in _meanings(kind).items():
        if camel_case(word) in properties:
            properties[camel_case(word)]["description"] = spoken(inspect.cleandoc(meaning), mappings)


def _meanings(kind: type) -> dict[str, str]:
    """What each key of a class means, those of the classes it extends included."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    names = [base.id for base in getattr(tree, "bases", []) if isinstance(base, ast.Name)]
    extended = [vars(sys.modules[kind.__module__]).get(name) for name in names]
    inherited = [_meanings(base) for base in extended if isinstance(base, type)]
    return {word: meaning for told in (*inherited, meanings(kind)) for word, meaning in told.items()}
