"""The components for every Pulumi language: a provider that answers GetSchema and Construct over gRPC.

What is wrong with the inputs is told of the properties it came in, all at once and never as a traceback. Knows no noun
of the product: it serves what the room offers.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from importlib import import_module, metadata
from importlib.util import find_spec
from typing import Any

import pulumi
from pulumi.errors import InputPropertiesError, InputPropertyErrorDetails
from pulumi.provider import ConstructResult
from pulumi.provider import main as serve
from pulumi.provider.experimental.analyzer import ComponentDefinition
from pulumi.provider.experimental.component import ComponentProvider
from pulumi.provider.server import ComponentInitError

from conveyor_iac.errors import HIDDEN, Fault
from conveyor_iac.pulumi.door import Refused
from conveyor_iac.pulumi.explained import explained
from conveyor_iac.pulumi.properties import Properties

_ROOMS = {"aws": "pulumi_aws", "azure": "pulumi_azure_native"}
"""The rooms that offer components, each with the package that it needs: one that is not installed offers nothing."""
NAME = "conveyor"
"""The package: the type of a component is `conveyor:index:InstallerRole`."""
NAMESPACE = "conveyor-iac"
"""Whose package it is: its kit for Node is `@conveyor-iac/conveyor`, and so on."""


def main() -> None:
    """Serves the components until the engine ends it, and prints its port. The one argument: the engine's address."""
    serve(Provider(), sys.argv[1:])


class Provider(ComponentProvider):
    """Every component of this package whose cloud's package is installed, with what each input and output means.

    Args:
        version: left out: that of the installed package.
    """

    def __init__(self, version: str = "") -> None:
        rooms = [import_module(f"conveyor_iac.pulumi.{room}") for room, needed in _ROOMS.items() if find_spec(needed)]
        offered = [kind for room in rooms for name in room.__all__
                   if issubclass(kind := getattr(room, name), pulumi.ComponentResource)]
        super().__init__(offered, NAME, NAMESPACE, version or metadata.version("conveyor-iac"))
        self.schema = json.dumps(explained(json.loads(self.schema or ""), offered, self._type_defs))

    def construct(self, name: str, resource_type: str, inputs: Mapping[str, Any],
                  options: pulumi.ResourceOptions | None = None) -> ConstructResult:
        """A component and its parts; `InputPropertiesError` with every fault of its inputs, each with its property."""
        self.validate_resource_type(NAME, resource_type)
        properties = self._properties(self._component_defs[resource_type.rpartition(":")[2]])
        if faults := list(properties.faults(inputs)):
            raise _refusal(name, [(fault.path, fault) for fault in faults], properties)
        try:
            return super().construct(name, resource_type, inputs, options)
        except ComponentInitError as stopped:
            if isinstance(stopped.inner, Refused):
                told = [(properties.place(fault.path), fault) for fault in stopped.inner.faults]
                raise _refusal(name, told, properties) from None
            raise

    def map_inputs(self, inputs: Mapping[str, Any], component_def: ComponentDefinition) -> dict[str, Any]:
        """The inputs in the words of a component."""
        return self._properties(component_def).words(inputs)

    def _properties(self, component: ComponentDefinition) -> Properties:
        return Properties(component=component, types=self._type_defs)


def _refusal(name: str, faults: Iterable[tuple[str, Fault]], properties: Properties) -> InputPropertiesError:
    """Each fault with its property; without one where it is hidden, because the engine prints a property's value."""
    lines, told = [], []
    for place, fault in faults:
        reason = properties.told(f"{fault.value}: {fault.rule}. {fault.way_out}")
        if fault.value == HIDDEN or fault.path == "name":  # which is no input
            lines.append(f"{'name' if fault.path == 'name' else place}: {reason}")
        else:
            told.append(InputPropertyErrorDetails(property_path=place, reason=reason))
    count = len(lines) + len(told)
    return InputPropertiesError("\n".join([f"{name}: {count} fault{'s' if count > 1 else ''}", *lines]), told)
