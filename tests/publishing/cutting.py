"""A way to S3 that is not to be relied on: a small TCP proxy that closes every connection after so many bytes.

It can also change what is answered.
"""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


class Way:
    """The way to a server.

    left: bytes that still go through, to the server or, with `answers`, from it; None for all. swapped: bytes of an
    answer, and as many others that come in their place.
    """

    def __init__(self, to: str, *, left: int | None, answers: bool, swapped: tuple[bytes, bytes] = (b"", b"")) -> None:
        parts = urlsplit(to)
        self._to = (parts.hostname, parts.port)
        self._answers, self._lock, self._open = answers, threading.Lock(), True
        self._ends: list[socket.socket] = []
        self.left, self._swapped = left, swapped
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        self._threads: list[threading.Thread] = []
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def close(self) -> None:
        """Ends every connection and every thread."""
        self._open = False
        with contextlib.suppress(OSError):
            socket.create_connection(self._listening.getsockname()).close()  # wakes who listens
        self._listener.join()  # from here on no connection is new
        self._listening.close()
        self._cut()
        for thread in self._threads:
            thread.join()

    def _listen(self) -> None:
        while self._open:
            near, _ = self._listening.accept()
            if not self._open or self.left == 0:
                near.close()
                continue
            far = socket.create_connection(self._to)
            with self._lock:
                self._ends += [near, far]
            for one, other, counted, swapped in ((near, far, not self._answers, (b"", b"")),
                                                 (far, near, self._answers, self._swapped)):
                self._threads.append(threading.Thread(target=self._carry, args=(one, other, counted, *swapped)))
                self._threads[-1].start()

    def _carry(self, one: socket.socket, other: socket.socket, counted: bool, was: bytes, now: bytes) -> None:
        with contextlib.suppress(OSError):
            while content := one.recv(65536):
                content = content.replace(was, now) if was else content
                with self._lock:
                    through = content if self.left is None or not counted else content[:self.left]
                    if self.left is not None and counted:
                        self.left -= len(through)
                other.sendall(through)
                if self.left == 0:
                    break
        if self.left == 0:
            self._cut()
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _cut(self) -> None:
        with self._lock:
            ends, self._ends = self._ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def cut_after(to: str, left: int | None, *, answers: bool = False, swapped: tuple[bytes, bytes] = (b"", b"")
              ) -> Iterator[Way]:
    """A way that is cut after so many bytes of what is sent; with `answers`, of what is answered."""
    way = Way(to, left=left, answers=answers, swapped=swapped)
    try:
        yield way
    finally:
        way.close()
