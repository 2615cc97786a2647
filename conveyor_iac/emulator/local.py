"""LocalAws: one embedded AWS as a Python object.

Knows accounts, credentials and boto3 clients. Refuses to know how the server runs (process.py) and what it emulates
(extensions/). Credentials of a role always come from a real sts:AssumeRole; there is no way around a trust policy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any

from .environment import SECRET, cli_environment
from .pin import require_pinned
from .process import ServerProcess
from .recorded_types import RECORDED_TYPES

Credentials = Mapping[str, Any]

HELPER = "conveyor-emulator-caller"


class LocalAws:
    """A running embedded AWS; a context manager, which stops at the end of the block.

    account: the account that ``client`` and ``env`` speak for when none is named; twelve digits.
    region: the region they speak to when none is named.
    Raises InputError when the pinned ministack is not installed, StartFailed when the server does not come up.
    """

    recorded = RECORDED_TYPES

    def __init__(self, *, account: str = "222222222222", region: str = "eu-west-1") -> None:
        require_pinned()
        self.account, self.region = account, region
        self._clients: dict[tuple[str | None, ...], Any] = {}
        self._helpers: dict[str, Credentials] = {}
        self._server = ServerProcess(account=account, region=region)

    @classmethod
    def start(cls, account: str = "222222222222", region: str = "eu-west-1") -> LocalAws:
        """Start one and return it when it answers, in about a second."""
        return cls(account=account, region=region)

    def __enter__(self) -> LocalAws:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server and remove everything it wrote. A second call does nothing."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._server.stop()

    @property
    def endpoint(self) -> str:
        """``http://127.0.0.1:PORT``, the address of every service."""
        return self._server.endpoint

    def env(self, account: str | None = None, region: str | None = None) -> dict[str, str]:
        """A complete environment for a CLI that should act as the root of *account*."""
        return cli_environment(self._server.home, endpoint=self.endpoint,
                               account=account or self.account, region=region or self.region)

    def client(self, service: str, account: str | None = None, credentials: Credentials | None = None,
               region: str | None = None) -> Any:
        """A boto3 client for the root of *account*, or for the session that *credentials* belong to."""
        keys = credentials or {"AccessKeyId": account or self.account, "SecretAccessKey": SECRET}
        wanted = (service, keys["AccessKeyId"], keys["SecretAccessKey"], keys.get("SessionToken"),
                  region or self.region)
        if wanted not in self._clients:
            self._clients[wanted] = _client(self.endpoint, *wanted)
        return self._clients[wanted]

    def make_role(self, account: str, name: str, path: str = "/", allow: Sequence[str] = ()) -> str:
        """Create a role in *account*, trusted by a helper user there, allowed *allow* on everything; its ARN."""
        iam = self.client("iam", account)
        self._helper(account)
        arn: str = iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(
            _trust(f"arn:aws:iam::{account}:user/{HELPER}")))["Role"]["Arn"]
        if allow:
            iam.put_role_policy(RoleName=name, PolicyName="allow", PolicyDocument=json.dumps(_allow(allow)))
        return arn

    def session_of(self, account: str, role_name: str, session_name: str = "embedded") -> Credentials:
        """Credentials of a session of a role that ``make_role`` made, by a real sts:AssumeRole of the helper user."""
        arn = self.client("iam", account).get_role(RoleName=role_name)["Role"]["Arn"]
        sts = self.client("sts", credentials=self._helper(account))
        found: Credentials = sts.assume_role(RoleArn=arn, RoleSessionName=session_name)["Credentials"]
        return found

    def recorded_resources(self) -> list[dict[str, Any]]:
        """What was recorded so far: ``type``, ``id``, ``account``, ``region`` and the resolved ``properties``."""
        found: list[dict[str, Any]] = json.loads(self._server.call("/_conveyor/recorded"))
        return found

    def reset(self) -> None:
        """Back to the empty state: no resource, no role, no session in any account."""
        self._server.call("/_ministack/reset", method="POST")
        self._helpers.clear()

    def _helper(self, account: str) -> Credentials:
        if account not in self._helpers:
            iam = self.client("iam", account)
            iam.create_user(UserName=HELPER)
            iam.put_user_policy(UserName=HELPER, PolicyName="assume",
                                PolicyDocument=json.dumps(_allow(["sts:AssumeRole"])))
            self._helpers[account] = iam.create_access_key(UserName=HELPER)["AccessKey"]
        return self._helpers[account]


def _client(endpoint: str, service: str, key: str, secret: str, token: str | None, region: str) -> Any:
    from botocore.config import Config

    return _session().create_client(
        service, region_name=region, endpoint_url=endpoint, aws_access_key_id=key, aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(proxies={}, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
    )


def _session() -> Any:
    """A botocore session that reads neither the user's profile nor the user's files; one for the whole process."""
    import botocore.session

    global _shared_session
    if _shared_session is None:
        unset, nowhere = (None, None, None, None), (None, None, "/nonexistent/aws", None)
        _shared_session = botocore.session.Session(
            session_vars={"profile": unset, "config_file": nowhere, "credentials_file": nowhere})
    return _shared_session


_shared_session: Any = None


def _trust(principal: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}]}


def _allow(actions: Sequence[str]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
