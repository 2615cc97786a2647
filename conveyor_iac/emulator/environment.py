"""The environments of the processes around one embedded AWS: the server's own, and those of CLIs that talk to it.

Knows names of environment variables and the folders inside one temporary home. Refuses to know processes, sockets
and ministack's modules. Nothing of the user's own AWS configuration crosses into either environment.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = "127.0.0.1"
SECRET = "embedded"


def server_environment(home: Path, *, account: str, region: str) -> dict[str, str]:
    """The environment of the server process: every file below *home*, no Docker, no listener but the one port."""
    return _without_aws(os.environ) | _import_path() | {
        "AUTH": "true",
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_ACCOUNT_ID": account,
        "MINISTACK_REGION": region,
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "TMPDIR": str(folder(home, "tmp")),
        "STATE_DIR": str(folder(home, "state")),
        "S3_DATA_DIR": str(folder(home, "s3")),
        "PERSIST_STATE": "0",
        "LOG_LEVEL": "INFO",
        "USE_SSL": "0",
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "DOCKER_HOST": f"unix://{home / 'no-docker.sock'}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def cli_environment(home: Path, *, endpoint: str, account: str, region: str) -> dict[str, str]:
    """A complete environment for CLIs such as the CDK's: credentials of the account's root, and this endpoint."""
    return _without_aws(os.environ) | _without_proxy(os.environ) | {
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "no-aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-aws-credentials"),
        "CDK_HOME": str(folder(home, "cdk")),
        "TMPDIR": str(folder(home, "cli-tmp")),
    }


def folder(home: Path, name: str) -> Path:
    """The folder *name* inside *home*, made when it is first asked for."""
    path = home / name
    path.mkdir(exist_ok=True)
    return path


def _without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    foreign = ("AWS_", "CDK_DEFAULT_", "LOCALSTACK_", "MINISTACK_")
    return {k: v for k, v in environment.items() if not k.startswith(foreign) and k not in _SERVER_SETTINGS}


# What ministack itself would read from the user's environment and we do not set.
_SERVER_SETTINGS = frozenset({"SERVICES", "EDGE_PORT", "GATEWAY_PORT", "S3_PERSIST"})


def _without_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """The loopback address is never reached through a proxy, whatever the user's own settings say."""
    mine = ",".join(filter(None, [environment.get("NO_PROXY") or environment.get("no_proxy"), LOOPBACK]))
    return {"NO_PROXY": mine, "no_proxy": mine}


def _import_path() -> dict[str, str]:
    """Let the child import this very package, wherever the parent was started from."""
    root = str(Path(__file__).absolute().parents[2])
    return {"PYTHONPATH": os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))}
