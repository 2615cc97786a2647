"""Removing a network: what must stay stays, everything else goes, and both are seen where they do not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.removal import Removal, standing
from conveyor_iac.model import published
from conveyor_iac.model.installation import Installation

Remove = Callable[[Callable[[dict[str, Any]], Any]], Removal]


@pytest.fixture
def remove(aws: LocalAws, installation: Installation, templates: dict[str, Path], tmp_path: Path) -> Remove:
    """Deploys the private network, perhaps mutated, and removes it again."""

    def remove(mutate: Callable[[dict[str, Any]], Any]) -> Removal:
        aws.reset()
        body = json.loads(templates["network-private"].read_text())
        mutate(body)
        file = tmp_path / "network.template.json"
        file.write_text(json.dumps(body))
        account, zones = installation.account or "", aws.client("ec2").describe_availability_zones()
        before = standing(aws, account, "/conveyor/")
        more = {"AvailabilityZones": published.zones(installation, zones["AvailabilityZones"])}
        given = published.parameters(installation, body["Parameters"], more)
        deploying.template_deploy(aws, "network", file, given)
        keep = frozenset(deploying.deployed(aws).kept)
        deploying.template_destroy(aws, "network")
        return Removal(before=before, keep=keep, after=standing(aws, account, "/conveyor/"))

    return remove


def kinds(things: frozenset[tuple[str, str]]) -> list[str]:
    return sorted(kind for kind, _ in things)


def test_only_the_logs_and_their_key_stay(remove: Remove) -> None:
    """Key, bucket and log group outlive the stack; nothing else does, and nothing of before is gone."""
    removal = remove(lambda body: None)
    assert kinds(removal.kept) == ["bucket", "key", "log group"]
    assert removal.left == removal.lost == frozenset()


@pytest.mark.parametrize(("name", "kind"), [("Key", "key"), ("FlowLogBucket", "bucket"),
                                            ("AlertLogGroup", "log group")])
def test_a_log_that_goes_with_its_stack_is_seen(remove: Remove, name: str, kind: str) -> None:
    """Without the retention of key, bucket or log group the removal says that it was lost."""
    removal = remove(lambda body: body["Resources"][name].pop("DeletionPolicy"))
    assert kinds(removal.lost) == [kind]


def test_what_is_left_behind_is_seen(remove: Remove) -> None:
    """A topic and a recorded rule group that stay with no reason are told."""
    removal = remove(lambda body: [body["Resources"][name].update(DeletionPolicy="Retain") for name in (
        "ConnectionTopic", "DnsFirewallRules")])
    assert kinds(removal.left) == ["recorded AWS::Route53Resolver::FirewallRuleGroup", "topic"]
