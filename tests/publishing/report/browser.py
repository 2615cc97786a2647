"""A headless Chromium, driven over its pipe (--remote-debugging-pipe): no port, no driver, no other package.

https://chromedevtools.github.io/devtools-protocol/
"""

import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

SECONDS = 60
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--no-zygote",
         "--disable-background-networking", "--disable-extensions", "--disable-component-update",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe")


class Browser:
    """One page in a Chromium of its own, and every request that the page makes."""

    def __init__(self, folder: Path) -> None:
        program = shutil.which("chromium") or pytest.skip("chromium is not installed: apt-get install chromium")
        to_read, self._write = os.pipe()
        self._read, to_write = os.pipe()
        command = f'exec "$0" "$@" 3<&{to_read} 4>&{to_write}'
        with (folder / "chromium.log").open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-c", command, program, *FLAGS, f"--user-data-dir={folder / 'profile'}"],
                pass_fds=(to_read, to_write), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        os.close(to_read)
        os.close(to_write)
        self._count, self._left, self.events = 0, b"", []
        self._session = None

    def __enter__(self) -> "Browser":
        try:
            self._begin()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _begin(self) -> None:
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    def open(self, file: Path) -> None:
        """Opens a file, and waits until it is loaded."""
        self.events.clear()
        self.ask("Page.navigate", url=file.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self._next()

    def wide(self, width: int) -> None:
        """Gives the page a screen of so many pixels."""
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def asked(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        return [event["params"]["request"]["url"] for event in self.events
                if event["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """What the browser found wrong with the page."""
        return [event["params"]["entry"]["text"] for event in self.events if event["method"] == "Log.entryAdded"]

    def value(self, words: str):
        """What an expression comes to in the page. It is the browser's own: the page's policy lets no script run."""
        answer = self.ask("Runtime.evaluate", expression=words, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def ask(self, method: str, **params):
        """Asks the browser something, and gives its answer."""
        self._count += 1
        mine = {"id": self._count, "method": method, "params": params}
        mine |= {"sessionId": self._session} if self._session else {}
        os.write(self._write, json.dumps(mine).encode() + b"\0")
        while True:
            said = self._next()
            if said.get("id") == mine["id"]:
                assert "error" not in said, said["error"]
                return said["result"]

    def _next(self):
        """What the browser says next; kept where it is an event."""
        until = time.monotonic() + SECONDS
        while b"\0" not in self._left:
            ready, _, _ = select.select([self._read], [], [], max(0, until - time.monotonic()))
            got = os.read(self._read, 65536) if ready else b""
            assert got, "the browser said nothing more: its log is chromium.log"
            self._left += got
        text, _, self._left = self._left.partition(b"\0")
        said = json.loads(text)
        self.events += [said] if "method" in said else []
        return said

    def close(self) -> None:
        """Ends the browser."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._write)
        os.close(self._read)
