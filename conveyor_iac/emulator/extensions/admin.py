"""Our one administrative path beside ministack's own: what was recorded.

Knows ASGI and nothing of AWS.
"""

from __future__ import annotations

import json
from typing import Any

from .recorded import recorded_now

PATH = "/_conveyor/recorded"


def with_admin(application: Any) -> Any:
    """*application* with our path in front of it."""
    async def asgi(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await application(scope, receive, send)
            return
        body = json.dumps(recorded_now()).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return asgi
