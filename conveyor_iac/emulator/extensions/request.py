"""The request that is being decided, as the other extensions need to see it.

Knows how to remember, for the length of one request, what ministack's dispatcher read from it. Refuses to know IAM.
ministack hands its evaluator an action and a resource; what a request *says* (a boundary, a policy ARN, a role to
pass) is only known one floor above, where it asks for the action's name: there we listen.
"""

from __future__ import annotations

import json
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One API request: who serves it, which IAM action it is, and what it says."""

    service: str = ""
    action: str = ""
    method: str = ""
    path: str = ""
    body: bytes = b""
    params: dict[str, Any] = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """The action without its service: ``CreateRole``."""
        return self.action.partition(":")[2]

    def param(self, name: str) -> str:
        """A parameter of a query request, or the empty string."""
        value = self.params.get(name, "")
        return str(value[0] if isinstance(value, list) and value else value or "")

    def json(self) -> dict[str, Any]:
        """The body of a JSON request, or an empty object."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


_current: ContextVar[Request] = ContextVar("conveyor_request")
_NONE = Request()


def current() -> Request:
    """The request being decided in this task, or an empty one."""
    return _current.get(_NONE)


def install() -> None:
    """Listen where the dispatcher names the action of a request."""
    from ministack.core import iam_actions

    name_action = iam_actions.extract_iam_action

    def remembering(service: str, method: str, path: str, headers: Any, body: bytes, params: dict[str, Any]) -> Any:
        action = name_action(service, method, path, headers, body, params)
        _current.set(Request(service=service, action=action or "", method=method, path=path,
                             body=bytes(body or b""), params=params))
        return action

    iam_actions.extract_iam_action = remembering
