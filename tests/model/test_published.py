"""What an installation is in published templates: which, with what, and what is refused."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.model import published
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan
from conveyor_iac.model.words import words_of

EXAMPLES = Path(__file__).parents[2] / "examples"
WORDS: dict[str, Any] = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
                         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
OUTBOUND = {"component": "Agent", "kind": "name", "destination": "api.example.com", "protocol": "TCP", "port": 443,
            "data": "Words", "why": "It asks"}
INSIDE = {**OUTBOUND, "kind": "cidr", "destination": "10.9.0.0/16"}


def asked(**changes: Any) -> Installation:
    return Installation.read({**WORDS, **changes})


def faults(check: Any, installation: Installation) -> list[str]:
    try:
        check(installation)
    except InputError as refused:
        return sorted(map(str, refused.faults))
    return []


@pytest.mark.parametrize(("file", "names"), [
    ("shared", ("network-shared", "installer-role")), ("private", ("network-private", "installer-role")),
    ("dedicated", ("network-dedicated", "installer-role")), ("endpoint-service", ("endpoint-service",)),
    ("existing-vpc", ("network-private-existing-vpc", "installer-role")),
])
def test_the_templates_of_an_installation(file: str, names: tuple[str, ...]) -> None:
    """The network comes first, then the role that is held to its VPC; a service is one template alone."""
    assert published.templates(Installation.load(EXAMPLES / f"{file}.yaml")) == names


def test_where_the_installer_makes_the_network_there_is_none() -> None:
    """With network rights the role is the only template."""
    assert published.templates(asked(deployment="shared", installer={"network_rights": True})) == ("installer-role",)


def test_parameters_are_those_that_are_asked() -> None:
    """A template is given the values it asks for and no other; the external id is none of an installation's."""
    installation = asked(external_id="only-in-this-test-0123456789")
    assert published.parameters(installation, {"TenantId", "ExternalId"}, {"More": "1"}) == {"TenantId": "acme"}


@pytest.mark.parametrize(("changes", "refused"), [
    ({}, True), ({"deployment": "shared", "installer": {"network_rights": True}}, False),
])
def test_networks_in_china_are_refused(changes: dict[str, Any], refused: bool) -> None:
    """The network templates do not know the names of services in aws-cn; the role's template needs none."""
    found = faults(published.expressible, asked(region="cn-north-1", **changes))
    assert [fault.startswith("region: cn-north-1") for fault in found] == [True] * refused


def test_planned_once_is_planned_for_all() -> None:
    """What an expressible installation's plan is refused for is what `plannable` says, over hundreds of them.

    Among them are needed paths that nothing lets through, paths that the file adds, and names at their longest.
    """
    named: tuple[dict[str, Any], ...] = (
        {}, {"tenant": "t" * 20, "iam": {"path": f"/{'p' * 30}/", "role_prefix": f"{'r' * 31}-"},
             "control_plane": {"account": "999988887777", "role": "r" * 64}, "tags": {"Owner": "x" * 200},
             "network": {"cidr": "172.16.0.0/21"}})
    shapes = itertools.product(
        ("private", "shared"), (None, "proxy", "privatelink"), (False, True), ((), (OUTBOUND,), (INSIDE,)),
        ({}, {"network_rights": True}, {"irsa": True}), named)
    compared = refused = 0
    for deployment, cognito, guardduty, outbound, installer, names in shapes:
        try:
            installation = asked(deployment=deployment, cognito_access=cognito, guardduty=guardduty,
                                 installer=installer, outbound=list(outbound),
                                 user_pool_has_domain=False if cognito == "privatelink" else None, **names)
            published.expressible(installation)
        except InputError:
            continue
        wanted = faults(plan, installation)
        assert faults(published.plannable, installation) == wanted, installation
        compared, refused = compared + 1, refused + bool(wanted)
    assert (compared > 60, refused > 20) == (True, True)


@pytest.mark.parametrize("file", sorted(file.name for file in EXAMPLES.glob("*.yaml") if "azure" not in file.name))
def test_every_example_can_be_planned(file: str) -> None:
    """No example is refused by either."""
    installation = Installation.read(words_of(EXAMPLES / file))
    assert faults(published.plannable, installation) == faults(plan, installation) == []
