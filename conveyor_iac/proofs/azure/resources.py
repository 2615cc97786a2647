"""One resource of Azure as a stack holds it, in Azure's own words, and what it means that a value is not known.

Knows neither Pulumi's marks nor any claim. Imports nothing of the room, so that a template can hold its resources.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that nobody can know from what was given; `reason` follows the word it."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource:
    """A resource: `given` is what the program asks, `values` what stands of it and what the state adds.

    type: its token without an API version (`azure-native:network:Subnet`). id: empty where it is not known yet.
    subscription: of the provider that makes it; nothing where it is not told. elsewhere: it is only read.
    """

    name: str
    type: str
    id: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    subscription: Any = None
    elsewhere: bool = False

    @property
    def package(self) -> str:
        """The package of its type: azure-native, azuread, or another one."""
        return self.type.partition(":")[0]
