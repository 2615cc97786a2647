"""The content of one file at an address: in a folder, at a web server, in S3.

Knows the three ways and their limits. Trusts nothing of what comes: more than `MOST_BYTES` is refused, a reply that is
too slow or stops in the middle is an error, and a redirect never leads from https to anything else.
"""

import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import closing
from functools import cache
from http.client import HTTPException, HTTPResponse
from importlib.metadata import version
from pathlib import Path
from typing import Any

from conveyor_iac.errors import HIDDEN, Fault, InputError

Fetch = Callable[[str], bytes | None]
"""The content at an address; None where nothing is. Raises `InputError` where that cannot be known."""

MOST_BYTES = 5_000_000
"""Bytes of one file. A template that CloudFormation takes from S3 has at most 1 MB."""
SILENCE = 15.0
"""Seconds without a byte."""
LONGEST = 60.0
"""Seconds for one file."""
ATTEMPTS = 3
"""How often a server is asked that does not answer or says that it cannot now."""
AGAIN = (429, 500, 502, 503, 504)
GONE = (404, 410)
FORBIDDEN = 403
_MAYBE = "Look at the address and at what the bucket's policy lets readers do; S3 says this of what is not there, too"
_S3: Mapping[str, str] = {
    "NoSuchBucket": "Look at the name of the bucket",
    "AccessDenied": "Use credentials that may read the bucket (AWS_PROFILE), or the https URL if it is public."
                    f" {_MAYBE}",
    "PermanentRedirect": "Name the bucket's region: --region",
}
SCHEMES = ("http", "https")
_CHUNK = 65536


def from_folder(address: str) -> bytes | None:
    """A file of this machine."""
    try:
        with Path(address).open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as refused:
        raise unreadable(address, refused.strerror or "cannot be read", "Mend its permissions, or name another folder"
                         ) from None
    return _whole(address, content)


def from_web(address: str) -> bytes | None:
    """What a web server has: S3 path-style or virtual-hosted, CloudFront, any other."""
    checked(address)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _got(address)
        except urllib.error.HTTPError as refused:
            refused.close()
            if refused.code in GONE:
                return None
            if refused.code == FORBIDDEN:
                raise Denied(unreadable(address, f"HTTP {refused.code} {refused.reason}", _MAYBE).faults) from None
            if refused.code not in AGAIN or attempt == ATTEMPTS:
                raise unreadable(address, f"HTTP {refused.code} {refused.reason}", "Look at the URL") from None
        except (OSError, HTTPException) as broken:
            if attempt == ATTEMPTS:
                raise unreadable(address, _why(broken), "Look at the network and the URL, then run it again") from None
        time.sleep(0.2 * attempt)
    raise AssertionError("the last attempt answers or raises")


def checked(url: str) -> None:
    """`InputError` for what is no http(s) URL, and for one with a password in it, which is then not shown."""
    try:
        parts = urllib.parse.urlsplit(url)
        right = parts.scheme in SCHEMES and parts.hostname and url.isascii() and url.isprintable() and " " not in url
        named = "@" in parts.netloc
    except ValueError:
        right = named = False
    if named or not right:
        raise InputError([Fault(path=HIDDEN if named else url, value="cannot be opened", rule="a URL of a host and a"
                                " path, in plain characters, without a name and a password",
                                way_out="Name where the release is, as the vendor gives it")])


def from_s3(*, region: str | None, profile: str | None, endpoint: str | None) -> Fetch:
    """A way to read s3://BUCKET/KEY with the caller's own credentials. `None` is what AWS's own settings say."""
    from botocore.exceptions import BotoCoreError

    try:
        client = client_of("s3", region=region, profile=profile, endpoint=endpoint)
    except (BotoCoreError, ValueError) as wrong:
        raise unreadable("s3", str(wrong), "Look at --region, --profile and --endpoint-url") from None
    return lambda address: _object(client, address)


def client_of(service: str, *, region: str | None, profile: str | None, endpoint: str | None) -> Any:
    """A boto3 client for reading: path-style where an endpoint is given, as servers that are not AWS want it."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=SILENCE, read_timeout=SILENCE, retries={"mode": "standard",
                                                                            "total_max_attempts": ATTEMPTS},
                    s3={"addressing_style": "path" if endpoint else "auto"})
    return boto3.Session(region_name=region, profile_name=profile).client(service, endpoint_url=endpoint, config=config)


class Denied(InputError):
    """Not to be read by this reader, if it is there at all: S3 does not say which to one who may not list."""


def unreadable(address: str, value: str, way_out: str) -> InputError:
    """The error that says why something cannot be read. What a server says of it is shown as one plain line."""
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in value).split())
    return InputError([Fault(path=address, value=plain[:200], rule="a file that can be read", way_out=way_out)])


def _whole(address: str, content: bytes) -> bytes:
    if len(content) > MOST_BYTES:
        raise InputError([Fault(path=address, value=f"more than {MOST_BYTES} bytes", rule="no file of a release is"
                                " so long", way_out="Look at what lies there: it is none of ours")])
    return content


class _Cut(OSError):
    """A reply that stopped in the middle, or takes too long."""


class Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to https, or from http to http: never from a safe place to another."""

    def redirect_request(self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any,
                         newurl: str) -> urllib.request.Request | None:
        scheme = urllib.parse.urlsplit(newurl).scheme
        if scheme != "https" and scheme != req.type:
            raise urllib.error.HTTPError(req.full_url, code, f"redirects from {req.type} to {scheme}", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


@cache
def _opener() -> urllib.request.OpenerDirector:
    """Proxies are those of the environment."""
    opener = urllib.request.build_opener(Redirects)
    opener.addheaders = [("User-Agent", f"conveyor-iac/{version('conveyor-iac')}")]
    return opener


def _got(address: str) -> bytes:
    until = time.monotonic() + LONGEST
    with _opener().open(address, timeout=SILENCE) as reply:
        declared, content = reply.headers.get("Content-Length"), _read(reply, until)
    if declared is not None and declared.isdigit() and len(content) < min(int(declared), MOST_BYTES + 1):
        raise _Cut(f"the reply stopped after {len(content)} of {declared} bytes")
    return _whole(address, content)


def _read(reply: HTTPResponse, until: float) -> bytes:
    """At most one byte more than is allowed."""
    content = bytearray()
    while len(content) <= MOST_BYTES and (chunk := reply.read1(min(_CHUNK, MOST_BYTES + 1 - len(content)))):
        content += chunk
        if time.monotonic() > until:
            raise _Cut(f"not whole after {LONGEST:g} seconds")
    return bytes(content)


def _why(broken: OSError | HTTPException) -> str:
    reason = broken.reason if isinstance(broken, urllib.error.URLError) else broken
    return str(reason) or type(reason).__name__


def _object(client: Any, address: str) -> bytes | None:
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError, IncompleteReadError
    from urllib3.exceptions import HTTPError

    bucket, _, key = address.removeprefix("s3://").partition("/")
    try:
        reply = client.get_object(Bucket=bucket, Key=key)
        size = reply.get("ContentLength")
        with closing(reply["Body"]) as body:  # as a context manager it would hand out the stream that checks nothing
            if size is None:
                raise unreadable(address, "the answer stops in the middle", "Look at the network, then run it again")
            return _whole(address, body.read(MOST_BYTES + 1) if size > MOST_BYTES else body.read())
    except ClientError as refused:
        error = refused.response.get("Error", {})
        if error.get("Code") == "NoSuchKey":
            return None
        raise _refused(address, error) from None
    except (ConnectionError, HTTPClientError, IncompleteReadError, HTTPError) as broken:
        raise unreadable(address, str(broken), "Look at the network, then run it again") from None
    except BotoCoreError as missing:
        raise unreadable(address, str(missing), "Look at the address; give AWS credentials (AWS_PROFILE or --profile)"
                         " and a region (--region), or the https URL") from None


def _refused(address: str, error: Mapping[str, Any]) -> InputError:
    """The error that says why S3 refuses."""
    code = str(error.get("Code", ""))
    way_out = _S3.get(code, "Look at the address, --region and --profile")
    stopped = unreadable(address, f"{code}: {error.get('Message', '')}", way_out)
    return Denied(stopped.faults) if code == "AccessDenied" else stopped
