"""A web server for a folder on this machine, which can be told to answer otherwise, by http or by https."""

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Reply = Callable[[SimpleHTTPRequestHandler], None]


class _Handler(SimpleHTTPRequestHandler):
    def __init__(self, *words: Any, replies: Mapping[str, Reply], asked: list[str], **more: Any) -> None:
        self.replies, self.asked = replies, asked
        super().__init__(*words, **more)

    def do_GET(self) -> None:
        self.asked.append(self.path)
        (self.replies.get(self.path) or SimpleHTTPRequestHandler.do_GET)(self)

    def log_message(self, *words: Any) -> None:
        """Says nothing."""


@contextmanager
def served(folder: Path, replies: Mapping[str, Reply] = {}, asked: list[str] | None = None,
           certificate: Path | None = None) -> Iterator[str]:
    """The server's URL. `replies` answer in place of the folder; `asked` gets every path that is asked for."""
    handler = partial(_Handler, directory=str(folder), replies=replies, asked=[] if asked is None else asked)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        try:
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def certified(file: Path) -> Path:
    """Writes a new certificate of 127.0.0.1, which vouches for itself, with its key."""
    key, now = Ed25519PrivateKey.generate(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
            .serial_number(1).not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
            .sign(key, None))
    pem = serialization.Encoding.PEM
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8,
                                                                serialization.NoEncryption()))
    return file


def status(code: int) -> Reply:
    """Answers with this status and no content."""
    return lambda handler: handler.send_error(code)


def redirect(to: str) -> Reply:
    """Answers that it is elsewhere."""
    def reply(handler: SimpleHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.end_headers()

    return reply


def cut(handler: SimpleHTTPRequestHandler) -> None:
    """Answers with ten bytes of the hundred that it declares."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100")
    handler.end_headers()
    handler.wfile.write(b"0123456789")


def endless(handler: SimpleHTTPRequestHandler) -> None:
    """Answers with more than anyone wants, and declares nothing."""
    handler.send_response(200)
    handler.end_headers()
    try:
        for _ in range(200):
            handler.wfile.write(bytes(65536))
    except OSError:
        pass


def at_last(times: int) -> Reply:
    """Is overloaded so many times, then answers as usual."""
    left = [times]

    def reply(handler: SimpleHTTPRequestHandler) -> None:
        if left[0]:
            left[0] -= 1
            handler.send_error(503)
        else:
            SimpleHTTPRequestHandler.do_GET(handler)

    return reply
