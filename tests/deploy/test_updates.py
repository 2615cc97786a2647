"""Updates of an installation: what changes is what was asked for, and nothing else is replaced.

Two installations live through their changes, each step a `cdk deploy` of the one before it. What a step did is told
by the ids: added, removed, or replaced, which means that the physical id is another.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.cdk.assembly import assemble
from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.readings import look, readings
from conveyor_iac.emulator.site import surroundings
from conveyor_iac.emulator.toolchain import cdk_command
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.words import words_of

ROOT = Path(__file__).parents[2]
Ids = Mapping[str, tuple[str, str]]
"""Type and physical id of each resource by its logical id."""


class Life:
    """One installation in an embedded AWS of its own, deployed again and again."""

    def __init__(self, aws: LocalAws, folder: Path, stacks: tuple[str, ...]) -> None:
        self._aws, self._folder, self._stacks, self._ids = aws, folder, stacks, dict[str, tuple[str, str]]()

    def deploy(self, **words: Any) -> tuple[set[str], set[str], set[str]]:
        """Deploys; what was added, removed and replaced, by logical id. Every reading must be met afterwards."""
        plain: Any = words_of(ROOT / "examples" / "private.yaml")
        asked = Installation.read(plain | words)
        assemble([asked], "app", self._folder)
        given = [f"{stack}:ExternalId=only-in-this-test-0123" for stack in self._stacks if stack.endswith("-role")]
        deploying.cdk(self._aws, cdk_command(ROOT), [
            "deploy", *self._stacks, "--exclusively", "--require-approval", "never",
            *(word for one in given for word in ("--parameters", one))], ROOT, str(self._folder))
        before, self._ids = self._ids, dict(self._now())
        made = deploying.deployed(self._aws)
        rows = readings(look(self._aws, asked, made.outputs))
        assert [f"{row.id}: {row.found}" for row in rows if not row.met] == []
        return changes(before, self._ids)

    def _now(self) -> Iterator[tuple[str, tuple[str, str]]]:
        for stack in self._stacks:
            for row in deploying.resources_of(self._aws.client("cloudformation"), stack):
                yield row["LogicalResourceId"], (row["ResourceType"], row["PhysicalResourceId"])


def changes(before: Ids, after: Ids) -> tuple[set[str], set[str], set[str]]:
    """What was added, removed and replaced, by logical id; all that is in none of the three kept its id."""
    replaced = {name for name in before.keys() & after.keys() if before[name] != after[name]}
    return set(after.keys() - before.keys()), set(before.keys() - after.keys()), replaced


@pytest.fixture
def started() -> Iterator[LocalAws]:
    plain = Installation.load(ROOT / "examples" / "private.yaml")
    with LocalAws.start(account=plain.account or "", region=plain.region) as aws:
        surroundings(aws, plain)
        yield aws


@pytest.mark.deploy
def test_the_port_of_the_service_changes(started: LocalAws, tmp_path: Path) -> None:
    """Another port brings another target group and moves the listener; load balancer and service stay as they are."""
    life = Life(started, tmp_path / "out", ("conveyor-acme-network", "conveyor-acme-endpoints"))

    def with_ports(*ports: int) -> tuple[set[str], set[str], set[str]]:
        return life.deploy(network={"zones": 2}, private_link={"ports": list(ports)})

    with_ports(443)
    assert with_ports(8443) == (set(), set(), {"LoadBalancerTargets1"})
    assert with_ports(443, 8443) == (
        {"LoadBalancerListener2", "LoadBalancerTargets2"}, set(), {"LoadBalancerTargets1"})
    assert with_ports(8443) == (set(), {"LoadBalancerListener2", "LoadBalancerTargets2"}, {"LoadBalancerTargets1"})


def of_zone(number: int) -> set[str]:
    """The parts of one zone of a private network with a firewall."""
    kinds = ("Node", "Endpoint", "Pod", "Public", "Firewall")
    names = {f"{kind}Subnet{number}{what}" for kind in kinds for what in ("", "Association")}
    names |= {f"{kind}RouteTable{number}" for kind in ("Node", "Public", "Firewall")}
    names |= {f"{kind}DefaultRoute{number}" for kind in ("Node", "Public", "Firewall")}
    return names | {f"NodeReturnRoute{number}", f"NatGateway{number}", f"NatGateway{number}Address",
                    f"Firewall{number}", f"Firewall{number}Logging"}


@pytest.mark.deploy
def test_endpoints_zones_and_features_change_by_themselves(started: LocalAws, tmp_path: Path) -> None:
    """Adding and removing an endpoint, adding a zone and turning a feature on change their own parts only."""
    life = Life(started, tmp_path / "out", tuple(f"conveyor-acme-{name}" for name in (
        "network", "endpoints", "policies", "installer-policies", "installer-role")))
    two: dict[str, Any] = {"network": {"zones": 2}}
    life.deploy(**two)
    assert life.deploy(**two, endpoints={"add": ["sns"]}) == ({"EndpointSns"}, set(), set())
    assert life.deploy(**two) == (set(), {"EndpointSns"}, set())
    assert life.deploy(**two, endpoints={"remove": ["xray"]}) == (set(), {"EndpointXray"}, set())
    assert life.deploy(network={"zones": 3}, endpoints={"remove": ["xray"]}) == (of_zone(3), set(), set())
    assert life.deploy(network={"zones": 3}, endpoints={"remove": ["xray"]}, resources_feature=True) == (
        {"PredefinedEksAgentIAMPermissivePolicy"}, {"PredefinedEksAgentIAMRestrictedPolicy"}, set())


@pytest.mark.deploy
def test_the_way_to_cognito_changes_by_itself(started: LocalAws, tmp_path: Path) -> None:
    """From firewall to endpoints, to a proxy and back: the ways out come and go, and nothing else is replaced."""
    life = Life(started, tmp_path / "out", ("conveyor-acme-network", "conveyor-acme-endpoints"))
    network = {"zones": 2}
    first, _, _ = life.deploy(network=network, cognito_access="firewall")
    way = {name for name in first if name.startswith((
        "Public", "Firewall", "NatGateway", "InternetGateway", "NodeDefaultRoute", "NodeReturnRoute", "AlertLogGroup"))}
    dns = {name for name in first if name.startswith("DnsFirewall")}
    steps = (
        ({"cognito_access": "privatelink", "user_pool_has_domain": False}, {"EndpointCognitoIdp"}, way),
        ({"cognito_access": "proxy"}, set(), {"EndpointCognitoIdp", *dns}),
        ({"cognito_access": "firewall"}, way | dns, set()),
    )
    assert way
    assert dns
    for words, added, removed in steps:
        assert life.deploy(network=network, **words) == (added, removed, set())


def test_a_replaced_subnet_would_be_seen() -> None:
    """A resource that keeps its name and gets another id counts as replaced."""
    before = {"A": ("AWS::EC2::Subnet", "subnet-1"), "B": ("AWS::EC2::Subnet", "subnet-2")}
    after = {"A": ("AWS::EC2::Subnet", "subnet-3"), "C": ("AWS::KMS::Key", "key")}
    assert changes(before, after) == ({"C"}, {"B"}, {"A"})
