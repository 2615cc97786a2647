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
    pass_role,
    policy_language,
    recorded,
    request,
    resource_arns,
    schemas,
)
from .admin import with_admin

_ORDER = (
    policy_language, request, resource_arns, condition_keys, pass_role, assume_role, denials,
    iam_api, recorded, bridged, iam_stacks, schemas,
)


def install(app: Any) -> Any:
    """Apply every extension to ministack's modules and return the application to serve."""
    for extension in _ORDER:
        extension.install()
    return with_admin(app.app)
