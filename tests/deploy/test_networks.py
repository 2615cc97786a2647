"""The published network templates, deployed: what is read back is as it must be, and each reading can fail."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.emulator import LocalAws, deploying
from conveyor_iac.emulator.readings import INVARIANTS, Reading, look, readings
from conveyor_iac.emulator.site import surroundings
from conveyor_iac.model import published
from conveyor_iac.model.installation import Installation
from tests.deploy.network_mutations import NETWORK_MUTATIONS, NetworkMutation

EXTERNAL_ID = "only-in-this-test-0123456789"

Read = Callable[..., tuple[Reading, ...]]


@pytest.fixture
def read(aws: LocalAws, installation: Installation, templates: dict[str, Path], tmp_path: Path) -> Read:
    """Deploys a published network template into an empty AWS, perhaps mutated, and reads back what stands."""

    def deployed(name: str, mutation: NetworkMutation | None, asked: Installation, more: dict[str, str]) -> None:
        body = json.loads(templates[name].read_text())
        if mutation and mutation.template == name:
            mutation.mutate(body)
        file = tmp_path / f"{name}.template.json"
        file.write_text(json.dumps(body))
        deploying.template_deploy(aws, name, file, published.parameters(asked, body["Parameters"], more))

    def read(template: str, mutation: NetworkMutation | None = None, **changes: Any) -> tuple[Reading, ...]:
        aws.reset()
        asked = installation.model_copy(update={"deployment": template.partition("-")[2], **changes})
        surroundings(aws, asked)
        zones = published.zones(asked, aws.client("ec2").describe_availability_zones()["AvailabilityZones"])
        more = {"AvailabilityZones": zones, "ExternalId": EXTERNAL_ID}
        deployed(template, mutation, asked, more)
        if mutation and mutation.template == published.ROLE:
            vpc = deploying.deployed(aws).outputs["VpcId"]
            deployed(published.ROLE, mutation, asked, {**more, "DataPlaneVpcId": vpc})
        return readings(look(aws, asked, deploying.deployed(aws).outputs))

    return read


def failing(rows: tuple[Reading, ...]) -> list[str]:
    return [f"{row.network}: {row.id}: {row.found}" for row in rows if not row.met]


@pytest.mark.parametrize(("template", "changes"), [
    ("network-shared", {"cognito_access": None}),
    ("network-shared", {"cognito_access": None, "zones": 2, "nat": "single", "cidr": "10.40.0.0/20"}),
    ("network-private", {"cognito_access": "firewall"}),
    ("network-private", {"cognito_access": "firewall", "zones": 2, "guardduty": True}),
    ("network-private", {"cognito_access": "privatelink"}),
    ("network-private", {"cognito_access": "proxy", "cidr": "172.16.0.0/21"}),
    ("network-dedicated", {"cognito_access": "firewall"}),
    ("network-dedicated", {"cognito_access": "privatelink"}),
], ids=str)
def test_every_reading_is_met(read: Read, installation: Installation, template: str, changes: dict[str, Any]) -> None:
    """Whatever a reader of a published template chooses, what is read back is as it must be."""
    words = copy.deepcopy(changes)
    inner = {key: words.pop(key) for key in ("zones", "nat", "cidr") if key in words}
    rows = read(template, network=installation.network.model_copy(update=inner), **words)
    assert failing(rows) == []
    assert len(rows) > 19


def test_what_is_handed_over(read: Read, aws: LocalAws) -> None:
    """Each output of both planes has a value: the names a proxy must let through, the ways, the default groups."""
    read("network-dedicated", cognito_access="proxy")
    outputs = deploying.deployed(aws).outputs
    assert [name for name, value in outputs.items() if not value or "${" in value] == []
    names = {f"{service}.eu-west-1.amazonaws.com" for service in ("cognito-idp", "cognito-identity")}
    assert set(outputs["ControlPlaneCognitoNames"].split(",")) == names
    assert outputs["CognitoNames"] == "cognito-idp.eu-west-1.amazonaws.com"
    assert {"ControlPlaneEndpointToDataPlaneDns", "EndpointToControlPlaneDns"} <= outputs.keys()
    groups = aws.client("ec2").describe_security_groups()["SecurityGroups"]
    for plane in ("", "ControlPlane"):
        (default,) = (row["GroupId"] for row in groups if row["GroupName"] == "default"
                      and row["VpcId"] == outputs[f"{plane}VpcId"])
        assert outputs[f"{plane}EmptyDefaultSecurityGroup"].count(default) == 3


@pytest.mark.parametrize("mutation", NETWORK_MUTATIONS, ids=str)
def test_a_broken_network_is_seen(read: Read, mutation: NetworkMutation) -> None:
    """Each way to break a network makes the reading that stands for it fail; the test's id says which."""
    template = mutation.template if mutation.template.startswith("network-") else "network-private"
    broken = {row.id for row in read(template, mutation, cognito_access=mutation.access) if not row.met}
    assert mutation.fails in broken


def test_every_reading_can_be_broken() -> None:
    """Every invariant stands for a guarantee that some mutation breaks, and no mutation names another."""
    assert {row.id for row in INVARIANTS} == {mutation.fails for mutation in NETWORK_MUTATIONS}
    assert len({row.id for row in INVARIANTS}) == len(INVARIANTS)
    assert len(NETWORK_MUTATIONS) >= 25
