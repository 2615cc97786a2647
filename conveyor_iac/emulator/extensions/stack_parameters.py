"""A parameter that the template does not have is refused, as CloudFormation does.

Knows the names of parameters only. ministack itself checks AllowedPattern, AllowedValues, lengths and bounds.
"""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Look at the names before ministack looks at the values, wherever it resolves parameters."""
    from ministack.services.cloudformation import changesets, engine, handlers

    resolve = engine._resolve_parameters

    def resolving(template: dict[str, Any], provided: list[dict[str, Any]], *rest: Any) -> Any:
        unknown = [p["Key"] for p in provided if p.get("Key") not in (template.get("Parameters") or {})]
        if unknown:
            raise ValueError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
        return resolve(template, provided, *rest)

    for module in (engine, handlers, changesets):
        module._resolve_parameters = resolving
