"""The server process: ``python -m conveyor_iac.emulator.server HOME``.

Knows how to run ministack's ASGI application, with our extensions applied, on a loopback port that the kernel
chooses. Refuses to be imported by the parent: it changes ministack's modules for good, in a process of its own.

There is no TLS. What needs it on AWS is the bucket policy of ``cdk bootstrap``; the loopback stands for the
encrypted way (see extensions/condition_keys.py), so that even that policy is satisfied, and port 443 is never taken.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from .environment import LOOPBACK
from .pin import require_pinned
from .process import PORT_FILE


def main(home: Path) -> None:
    """Serve until standard input closes."""
    if hasattr(signal, "SIGINT"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, args=(home,), daemon=True).start()
    require_pinned()
    listener = socket.create_server((LOOPBACK, 0), backlog=128)
    os.environ["GATEWAY_PORT"] = str(listener.getsockname()[1])
    application = _application()
    _announce(home, listener.getsockname()[1])
    asyncio.run(_serve(application, listener))


def _application() -> Any:
    """ministack's application with our extensions; imported late, because it reads the port when imported."""
    from ministack import app

    from .extensions import install

    logging.getLogger("hypercorn.access").setLevel(logging.WARNING)
    return install(app)


async def _serve(application: Any, listener: socket.socket) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.keep_alive_timeout = 75
    config.accesslog = None
    await serve(application, config, shutdown_trigger=asyncio.Event().wait)


def _announce(home: Path, port: int) -> None:
    """Write the port in one step, so that the parent never reads half of it."""
    draft = home / f"{PORT_FILE}.draft"
    draft.write_text(str(port))
    draft.replace(home / PORT_FILE)


def _end_with_parent(home: Path) -> None:
    """Wait for the parent's end of the pipe to close, then leave nothing: no file, no process of our session."""
    while os.read(0, 1024):
        pass
    shutil.rmtree(home, ignore_errors=True)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
