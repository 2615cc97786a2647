"""What we add to ministack inside the server process, each extension a module with one ``install``.

Knows only the order. The evaluator's ``enforce`` is wrapped from the inside out: what runs later comes first here.
"""

from __future__ import annotations

from typing import Any

from . import (
    assume_role,
    condition_keys,
    denials,
    iam_api,
    iam_stacks,
    pass_role,
    request,
    resource_arns,
)

_ORDER = (request, resource_arns, condition_keys, pass_role, assume_role, denials, iam_api, iam_stacks)


def install(app: Any) -> Any:
    """Apply every extension to ministack's modules and return the application to serve."""
    for extension in _ORDER:
        extension.install()
    return app.app
