"""Conditions compare what functions answer, not only parameters.

ministack's Fn::Equals takes a parameter, a literal or an Fn::Select; anything else it compares as it is written, so
that a condition on Fn::Join, Fn::FindInMap, Fn::Split, Fn::Sub or AWS::Region is silently the same on every stack. Here
both sides are resolved as in a property first. Knows no resource: a condition may not name one.
"""

from __future__ import annotations

from typing import Any


def install() -> None:
    """Resolve both sides of every Fn::Equals before ministack compares them, wherever conditions are evaluated."""
    from ministack.services.cloudformation import changesets, engine, handlers, stacks

    evaluate = engine._evaluate_conditions

    def evaluating(template: dict[str, Any], params: dict[str, Any]) -> Any:
        conditions = template.get("Conditions")
        if not conditions:
            return evaluate(template, params)
        plain = {name: _plain(written, params, template.get("Mappings") or {}) for name, written in conditions.items()}
        return evaluate({**template, "Conditions": plain}, params)

    for module in (engine, handlers, changesets, stacks):
        module._evaluate_conditions = evaluating


def _plain(written: Any, params: dict[str, Any], mappings: dict[str, Any]) -> Any:
    if isinstance(written, list):
        return [_plain(each, params, mappings) for each in written]
    if not isinstance(written, dict):
        return written
    if "Fn::Equals" in written:
        return {"Fn::Equals": [_side(side, params, mappings) for side in written["Fn::Equals"]]}
    return {name: _plain(each, params, mappings) for name, each in written.items()}


def _side(side: Any, params: dict[str, Any], mappings: dict[str, Any]) -> Any:
    """What one side answers; a whole list parameter stays the text it was given as."""
    from ministack.services.cloudformation import engine

    if isinstance(side, dict) and side.get("Ref") in params:
        return params[side["Ref"]]["Value"]
    return engine._resolve_refs(side, {}, params, {}, mappings, "", "")
