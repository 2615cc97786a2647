"""A port to a live AWS account: questions that only read, and what AWS answers.

Knows how a question is put. Refuses every operation that could change something, whoever asks for it, and knows
nothing of what the answers mean. boto3 is loaded when an account is opened: region from the file, credentials of the
caller (AWS_PROFILE and the rest of AWS's own order).
"""

from collections.abc import Mapping
from typing import Any, Protocol

Answer = Mapping[str, Any]

READS = ("describe_", "get_", "list_", "simulate_")
"""What the name of an operation that only reads begins with."""


class Refused(Exception):
    """AWS did not answer: it refused, was not reached, or does not know the thing. `code` is AWS's own word."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}" if sentence else code)
        self.code = code


class Account(Protocol):
    """Somebody's AWS account in one region, as far as reading goes."""

    def ask(self, service: str, operation: str, /, **words: Any) -> Answer:
        """The whole answer of an operation, all its pages; `Refused` when there is none."""


class AwsAccount:
    """The account that the caller's own credentials belong to, through boto3. A question is put once and remembered.

    `ValueError` for an operation that does more than read.
    """

    def __init__(self, region: str) -> None:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError

        try:
            self._session = boto3.Session(region_name=region)
        except BotoCoreError as wrong:
            raise Refused(type(wrong).__name__, str(wrong)) from None
        self._config = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": 3})
        self._clients: dict[str, Any] = {}
        self._known: dict[str, Answer | Refused] = {}

    def ask(self, service: str, operation: str, /, **words: Any) -> Answer:
        """As `Account.ask`."""
        if not operation.startswith(READS):
            raise ValueError(f"{service}:{operation} does more than read")
        key = repr((service, operation, sorted(words.items())))
        if key not in self._known:
            self._known[key] = self._put(service, operation, words)
        found = self._known[key]
        if isinstance(found, Refused):
            raise found
        return found

    def _put(self, service: str, operation: str, words: Mapping[str, Any]) -> Answer | Refused:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if service not in self._clients:
                self._clients[service] = self._session.client(service, config=self._config)
            client = self._clients[service]
            if client.can_paginate(operation):
                pages: Answer = client.get_paginator(operation).paginate(**words).build_full_result()
                return pages
            answer: Answer = getattr(client, operation)(**words)
            return answer
        except ClientError as refused:
            error = refused.response.get("Error", {})
            return Refused(str(error.get("Code", "")), str(error.get("Message", "")))
        except BotoCoreError as missing:
            return Refused(type(missing).__name__, str(missing))


def filtered(**values: str | list[str]) -> list[dict[str, Any]]:
    """EC2's filters: a name with `_` for a hyphen, and one value or several."""
    return [{"Name": name.replace("_", "-"), "Values": [value] if isinstance(value, str) else value}
            for name, value in values.items()]


def tagged(key: str, value: str) -> list[dict[str, Any]]:
    """EC2's filter by a tag."""
    return [{"Name": f"tag:{key}", "Values": [value]}]


def tags(row: Mapping[str, Any]) -> dict[str, str]:
    """The tags of a thing, by key; whichever name the API has for them."""
    return {tag["Key"]: tag["Value"] for tag in row.get("Tags") or row.get("TagSet") or ()}


def caller(account: Account) -> tuple[str, str]:
    """The number of the account the credentials belong to, and the caller's ARN."""
    said = account.ask("sts", "get_caller_identity")
    return str(said["Account"]), str(said["Arn"])
