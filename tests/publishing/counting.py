"""Counts what is asked of S3, and does something before or after one of the calls."""

import threading
from collections.abc import Callable
from typing import Any

from conveyor_iac.publishing.store import Store

Calls = list[str]


def counted(store: Store, *, before: Callable[[int, str], None] | None = None,
            after: Callable[[int, str], None] | None = None) -> Calls:
    """The calls of this store from now on, as `PUT 1.0.0/SHA256SUMS`.

    before, after: called with the number of the call, from 1, and the call: before it is sent, once it is answered.
    """
    calls: Calls = []
    lock, mine = threading.Lock(), threading.local()

    def sent(request: Any, **_: Any) -> None:
        path = request.url.partition("?")[0].partition(f"/{store.bucket}/")[2].removeprefix(f"{store.prefix}/")
        with lock:
            calls.append(f"{request.method} {path}")
            mine.last = (len(calls), calls[-1])
        if before:
            before(*mine.last)

    def answered(**_: Any) -> None:
        if after:
            after(*mine.last)

    events: Any = store._client.meta.events
    events.register("before-send.s3", sent)
    events.register("response-received.s3", answered)
    return calls


def writes(calls: Calls) -> Calls:
    """Those of the calls that do more than read."""
    return [call for call in calls if call.partition(" ")[0] not in ("GET", "HEAD")]
