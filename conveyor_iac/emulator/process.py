"""The life of the one server process: born with a temporary home, gone with it.

Knows how to start the child, how to tell that it is ready, and how to leave nothing behind. Refuses to know AWS.

The child inherits no port from us: it binds port 0 of the loopback itself and writes the port it was given into its
home, so that two starts at once can never take the same port. Its standard input is a pipe that only we hold; when
the pipe closes, because we stopped, ended or were killed, the child removes its home and ends. It runs in a session
of its own, so that Ctrl-C reaches us and not it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from conveyor_iac.errors import AnswerIsNo

from .environment import LOOPBACK, server_environment

START_SECONDS = 60.0
STOP_SECONDS = 5.0
LOG_TAIL_LINES = 20
PORT_FILE = "port"
LOG_FILE = "server.log"

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class StartFailed(AnswerIsNo):
    """The server process did not come up; the message carries the tail of its log."""


class ServerProcess:
    """One running server: its home, its endpoint, its end."""

    def __init__(self, *, account: str, region: str) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="conveyor-aws-"))
        self._child: subprocess.Popen[bytes] | None = None
        try:
            self._child = self._spawn(account, region)
            self.endpoint = self._await_ready()
        except BaseException:
            self.stop()
            raise

    @property
    def pid(self) -> int | None:
        """The process id of the running child, or None after the end."""
        return self._child.pid if self._child else None

    def call(self, path: str, *, method: str = "GET", seconds: float = 30.0) -> bytes:
        """The body the server's own administrative *path* answers."""
        request = urllib.request.Request(self.endpoint + path, method=method)
        with _direct.open(request, timeout=seconds) as response:
            body: bytes = response.read()
        return body

    def stop(self) -> None:
        """End the child, by force if it does not go, and remove its home. A second call does nothing."""
        child, self._child = self._child, None
        if child is not None:
            _end(child)
        shutil.rmtree(self.home, ignore_errors=True)

    def _spawn(self, account: str, region: str) -> subprocess.Popen[bytes]:
        environment = server_environment(self.home, account=account, region=region)
        with (self.home / LOG_FILE).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-P", "-m", "conveyor_iac.emulator.server", str(self.home)],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                cwd=self.home, env=environment, start_new_session=True,
            )

    def _await_ready(self) -> str:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            self._refuse_dead_child()
            endpoint = self._announced_endpoint()
            if endpoint and _answers(endpoint):
                return endpoint
            time.sleep(0.02)
        raise StartFailed(f"the embedded AWS was not ready after {START_SECONDS:.0f} s:\n{self._log_tail()}")

    def _refuse_dead_child(self) -> None:
        if self._child is None or self._child.poll() is not None:
            raise StartFailed(f"the embedded AWS ended while starting:\n{self._log_tail()}")

    def _announced_endpoint(self) -> str | None:
        port = self.home / PORT_FILE
        return f"http://{LOOPBACK}:{int(port.read_text())}" if port.exists() else None

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join((self.home / LOG_FILE).read_text(errors="replace").splitlines()[-LOG_TAIL_LINES:])
        return "(no log)"


def _answers(endpoint: str) -> bool:
    try:
        with _direct.open(f"{endpoint}/_ministack/health", timeout=5) as response:
            return bool(response.status == 200)
    except OSError:
        return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """Close the pipe, which the child takes as its end; take its whole session down if it stays."""
    if child.stdin:
        with contextlib.suppress(OSError):
            child.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(STOP_SECONDS)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(STOP_SECONDS)
