"""The resources of Azure in a Pulumi stack, handed through to the claims as they are.

Knows Pulumi's marks, tokens with an API version, and what makes nothing in Azure. Refuses to know what a resource
means; what a mark hides is `Unknown` with the reason.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from conveyor_iac.model.catalogue.proofs.azure import azure_types
from conveyor_iac.proofs.azure.resources import Resource, Unknown
from conveyor_iac.proofs.azure.standing import standing
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import Untold

PACKAGES: Final = frozenset({"azure-native", "azuread"})
_VERSION: Final = re.compile(r"/v[0-9]{8}(?:[a-z0-9]*):")
_PROVIDER: Final = "pulumi:providers:azure-native"


def azure_resources(resources: Iterable[Plain]) -> tuple[Resource, ...]:
    """What makes something in Azure, or may; nothing where nothing of the stack is of Azure."""
    given = list(resources)
    own = [one for one in given if one.custom and not one.type.startswith("pulumi:")
           and _package(one) not in azure_types().elsewhere]
    if not any(_package(one).startswith("azure") for one in own):
        return ()
    subscriptions = {f"{one.urn}::{one.id}": _value(one.inputs.get("subscriptionId")) for one in given
                     if one.type == _PROVIDER}
    shared = Counter(_called(one) for one in own)
    return tuple(_resource(one, shared, subscriptions) for one in own)


def is_strange(one: Plain) -> bool:
    """Whether nobody knows here what a resource of Azure does."""
    return _package(one).startswith("azure") and _token(one) not in azure_types().known


def _resource(one: Plain, shared: Mapping[str, int], subscriptions: Mapping[str, Any]) -> Resource:
    type_, name = _token(one), _called(one)
    if shared[name] > 1:
        name = f"{name}/{type_.rpartition(':')[2]}"
    given, kept = _value(one.inputs), _value(one.outputs)
    if one.external:
        given = {**kept, **given}
    return Resource(name=name, type=type_, id=one.id, given=given, values=standing(given, kept),
                    subscription=subscriptions.get(one.provider),
                    elsewhere=one.external and type_ not in azure_types().parts)


def _called(one: Plain) -> str:
    return f"{one.name}/leaving" if one.leaving else one.name


def _package(one: Plain) -> str:
    return one.type.partition(":")[0]


def _token(one: Plain) -> str:
    return _VERSION.sub(":", one.type)


def _value(value: Any) -> Any:
    if isinstance(value, Untold):
        return Unknown(value.reason)
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items()}
    return [_value(item) for item in value] if isinstance(value, list) else value
