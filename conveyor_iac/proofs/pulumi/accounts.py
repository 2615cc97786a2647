"""Which account the resources of a stack are in: one, or nobody can say what it proves, and the stack is refused.

Told by the ARNs of its resources and by the one account that a provider lets through. Providers that come to AWS by
the same credentials are in the same account, whatever their regions are; one that nothing uses is not looked at.
Source: https://www.pulumi.com/registry/packages/aws/installation-configuration/.
"""

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from conveyor_iac.errors import Fault, InputError
from conveyor_iac.model.catalogue import partitions
from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.pulumi.spelling import is_set
from conveyor_iac.proofs.pulumi.states import Plain
from conveyor_iac.proofs.pulumi.values import untold

_ARN: Final = re.compile(r"arn:(aws[a-z-]*):[a-z0-9-]+:([a-z0-9-]*):([0-9]{12}):")
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
_PROVIDER: Final = "pulumi:providers:aws"
_BESIDE: Final = frozenset({
    "region", "stsRegion", "allowedAccountIds", "forbiddenAccountIds", "defaultTags", "ignoreTags", "maxRetries",
    "retryMode", "version", "pluginDownloadURL", "userAgents", "__internal"})
"""What a provider is given that does not say by which credentials it comes to AWS."""


def account_of(resources: Iterable[Plain], own: Iterable[Plain], name: str) -> tuple[str, str]:
    """The account and the partition of a stack's own resources, each empty where nothing tells it.

    Raises `InputError` for several accounts, and for several credentials of which one may be of another account.
    """
    providers = [one for one in resources if one.type == _PROVIDER]
    told: dict[str, set[str]] = {}
    found = set()
    for one in own:
        if one.type.startswith("aws:"):
            credentials, allowed = _door(one.provider, providers)
            arn = _ARN.match(str(one.identity.get("arn") or "")) if one.type in catalogue.pulumi_types().types else None
            told.setdefault(credentials, set()).update([allowed] if allowed else [], [arn[3]] if arn else [])
            found |= {arn[1]} if arn else set()
    accounts = sorted(set().union(*told.values()))
    if len(accounts) > 1:
        raise InputError([_fault(name, ", ".join(accounts), "Give each account a stack of its own, and verify them one"
                                                            " by one")])
    if len(told) > 1 and not all(told.values()):
        raise InputError([_fault(name, "providers with other credentials, of which nothing tells the account",
                                 "Give each provider allowedAccountIds, or each account a stack of its own")])
    partition = found or {"aws"} & {row.name for row in partitions()}
    account = accounts[0] if accounts else ""
    return account, partition.pop() if len(partition) == 1 and account else ""


def _fault(name: str, value: str, way_out: str) -> Fault:
    return Fault(path=name, value=value, rule="all resources are of one account", way_out=way_out)


def _door(reference: str, providers: list[Plain]) -> tuple[str, str]:
    """By which credentials a provider comes to AWS, and the one account it lets through.

    reference: of a resource to its provider, by URN and id; where it is not told, the only provider is meant. One that
    is not there, or whose credentials are not known, is like no other.
    """
    rows = [one for one in providers if reference in ("", f"{one.urn}::{one.id}")]
    rows = rows or [one for one in providers if reference.rpartition("::")[0] == one.urn]
    if len(rows) != 1:
        return reference, ""
    told = {key: value for key, value in rows[0].inputs.items()
            if key not in _BESIDE and not key.startswith("skip") and is_set(value)}
    allowed = _only(rows[0].inputs.get("allowedAccountIds"))
    return (f"{rows[0].urn}::{rows[0].id}" if any(untold(told)) else json.dumps(told, sort_keys=True)), allowed


def _only(value: Any) -> str:
    """The one account of a list, or of its text in JSON; empty where there are more, or none."""
    try:
        rows = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return ""
    one = str(rows[0]) if isinstance(rows, list) and len(rows) == 1 else ""
    return one if _ACCOUNT.fullmatch(one) else ""
