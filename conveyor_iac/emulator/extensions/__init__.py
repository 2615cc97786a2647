"""What we add to ministack inside the server process, each extension a module with one ``install``.

Knows only the order. The evaluator's ``enforce`` and the table of stack handlers are wrapped from the inside out: what
is installed later is asked first.
"""

from __future__ import annotations

from typing import Any

from . import (
    assume_role,
    bridged,
    condition_keys,
    denials,
    iam_api,
    iam_stacks,
    network_rules,
    pass_role,
    policy_language,
    principal_pins,
    recorded,
    request,
    resource_arns,
    schemas,
    stack_callers,
    stack_parameters,
    tag_on_create,
)
from .admin import with_admin

_ORDER = (
    policy_language, request, resource_arns, condition_keys,
    pass_role, tag_on_create, assume_role, stack_callers, denials,
    iam_api, principal_pins,
    recorded, bridged, iam_stacks, network_rules, schemas, stack_parameters,
)


def install(app: Any) -> Any:
    """Apply every extension to ministack's modules and return the application to serve."""
    for extension in _ORDER:
        extension.install()
    return with_admin(app.app)
