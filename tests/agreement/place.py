"""Where a deployment stands, and the values that both sides are given for what only a cloud knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conveyor_iac.model.catalogue import partition_of
from tests.pulumi.aws.recording import ZONES

EXTERNAL_ID = "only-in-this-test-0123456789"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`zones` are those the region lists; `ipv6` is the block that AWS gives a VPC."""

    account: str
    region: str
    zones: tuple[str, ...] = ZONES
    ipv6: str = "2600:1f14:aa:bb00::/56"
    external_id: str = EXTERNAL_ID

    @classmethod
    def of(cls, words: Mapping[str, Any]) -> "Place":
        """Where an installation of these words stands."""
        return cls(account=words["account"], region=words["region"])

    @property
    def partition(self) -> str:
        return partition_of(self.region)

    def iam(self, kind: str, path: str, name: str) -> str:
        """The ARN of a policy or a role."""
        return f"arn:{self.partition}:iam::{self.account}:{kind}{path}{name}"
