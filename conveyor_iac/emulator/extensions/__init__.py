"""What we add to ministack inside the server process, each extension a module with one ``install``.

Knows only the order. The evaluator's ``enforce`` and the table of stack handlers are wrapped from the inside out: what
is installed later is asked first.
"""

from __future__ import annotations

from typing import Any

from . import (
    address_blocks,
    assume_role,
    aws_services,
    bridged,
    condition_keys,
    denials,
    dependencies,
    endpoint_services,
    iam_api,
    iam_stacks,
    load_balancers,
    network_attributes,
    network_interfaces,
    network_rules,
    pass_role,
    policy_language,
    principal_pins,
    private_zones,
    recorded,
    replacement,
    request,
    resource_arns,
    schemas,
    stack_callers,
    stack_conditions,
    stack_parameters,
    stack_tags,
    tag_on_create,
    vpc_endpoints,
)
from .admin import with_admin

_ORDER = (
    policy_language, request, resource_arns, condition_keys,
    pass_role, tag_on_create, assume_role, stack_callers, denials,
    iam_api, principal_pins,
    recorded, bridged, iam_stacks,
    address_blocks, network_attributes, network_interfaces, load_balancers,
    vpc_endpoints, aws_services, endpoint_services,
    private_zones, network_rules, dependencies, replacement, stack_tags,
    schemas, stack_parameters, stack_conditions,
)


def install(app: Any) -> Any:
    """Apply every extension to ministack's modules and return the application to serve."""
    for extension in _ORDER:
        extension.install()
    return with_admin(app.app)
