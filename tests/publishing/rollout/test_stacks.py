"""The stacks of an installation: values that the release's templates take, and what is refused."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from conveyor_iac.errors import InputError
from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout.offer import Offer
from conveyor_iac.publishing.rollout.stacks import stacks, takes
from tests.publishing.rollout import offered
from tests.publishing.rollout.conftest import KINDS

Asked = Callable[..., Installation]


def changed(offer: Offer, name: str, **parameters: Any) -> Offer:
    """A release one of whose templates has other parameters; `None` leaves one out."""
    given = {**offer.templates[name].parameters, **parameters}
    template = replace(offer.templates[name], parameters={key: row for key, row in given.items() if row is not None})
    return replace(offer, templates={**offer.templates, name: template})


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_is_decided(offer_: Offer, asked: Asked, kind: str) -> None:
    """Each parameter has a value that the template takes, or is asked when deploying, or is a secret."""
    for stack in stacks(asked(kind), offer_):
        names = [*stack.values, *stack.asked, *stack.secrets]
        assert sorted(names) == sorted(stack.template.parameters)
        assert [name for name, value in stack.values.items() if not takes(stack.template.parameters[name], value)] == []


def test_what_is_of_one_account(offer_: Offer, asked: Asked) -> None:
    """What differs between the accounts of one customer is known: blocks, ids, and whatever names the account."""
    own = {kind: {stack.template.name: stack.own for stack in stacks(asked(kind), offer_)} for kind in KINDS}
    assert own["network-rights"] == {"installer-role": ()}
    assert own["private"] == {"network-private": ("VpcCidr", "AddressPlan", "AvailabilityZones"),
                              "installer-role": ("DataPlaneVpcId",)}
    assert set(own["dedicated"]["network-dedicated"]) == {
        "VpcCidr", "AddressPlan", "AvailabilityZones", "ControlPlaneVpcCidr", "ControlPlaneAddressPlan",
        "ControlPlaneAccount", "ServicePrincipal"}
    assert set(own["company-rules"]["installer-role"]) == {"DataPlaneVpcId", "CompanyBoundary"}
    assert set(own["existing-vpc"]["installer-role"]) == {"DataPlaneVpcId"}


def test_names_of_stacks(offer_: Offer, asked: Asked) -> None:
    """A stack is called as the CDK app calls it."""
    names = [stack.name for kind in ("private", "endpoint-service") for stack in stacks(asked(kind), offer_)]
    assert names == ["conveyor-acme-network", "conveyor-acme-installer-role", "conveyor-acme-endpoint-service"]


def test_azure_is_refused(offer_: Offer) -> None:
    """A data plane on Azure is refused, with the way out."""
    with pytest.raises(InputError, match=r"cloud: 'azure': .*Deploy it with Pulumi"):
        stacks(Installation.load(offered.ROOT / "examples/azure-shared.yaml"), offer_)


def test_a_bucket_in_another_partition_is_refused(offer_: Offer, asked: Asked) -> None:
    """CloudFormation reads no template of another partition: such a release is refused."""
    with pytest.raises(InputError, match=r"--url: .*a bucket in aws-cn, where cn-north-1 is"):
        stacks(asked("network-rights", region="cn-north-1"), offer_)


@pytest.mark.parametrize(("changes", "path"), [
    ({"installer": {"tag_session": True}}, "installer"),
    ({"endpoints": {"add": ["sns"]}}, "endpoints"),
    ({"network": {"ipv6": True}}, "network.ipv6"),
])
def test_what_templates_cannot_express_is_refused(offer_: Offer, asked: Asked, changes: dict[str, Any], path: str
                                                  ) -> None:
    """What a published template has no word for is refused and never left out."""
    with pytest.raises(InputError) as refused:
        stacks(asked(**changes), offer_)
    assert path in [fault.path for fault in refused.value.faults]


def test_everything_is_told_at_once(offer_: Offer, asked: Asked) -> None:
    """What cannot be expressed, what cannot be planned and what the release lacks are told together."""
    outbound = {"component": "Agent", "kind": "name", "destination": "api.example.com", "protocol": "TCP", "port": 443,
                "data": "Words", "why": "It asks"}
    less = replace(offer_, templates={"installer-role": offer_.templates["installer-role"]})
    with pytest.raises(InputError) as refused:
        stacks(asked(endpoints={"add": ["sns"]}, outbound=[outbound]), less)
    assert {fault.path for fault in refused.value.faults} == {"endpoints", "outbound.0", "--release"}


def test_an_older_release_without_a_parameter(offer_: Offer, asked: Asked) -> None:
    """A value that no template of the release can be told is refused, unless it is what leaving it out means."""
    older = offer_
    for name in offer_.templates:
        older = changed(older, name, GuardDuty=None)
    assert stacks(asked(guardduty=False), older)
    with pytest.raises(InputError, match="no parameter GuardDuty"):
        stacks(asked(guardduty=True), older)


def test_a_newer_release_with_another_parameter(offer_: Offer, asked: Asked) -> None:
    """A parameter that this package does not know is refused where it has no default."""
    assert stacks(asked(), changed(offer_, "installer-role", New={"Type": "String", "Default": ""}))
    with pytest.raises(InputError, match=r"installer-role: New: \(missing\)"):
        stacks(asked(), changed(offer_, "installer-role", New={"Type": "String"}))


def test_a_release_with_other_rules(offer_: Offer, asked: Asked) -> None:
    """A value that the release's template does not take is refused with the template's own rule."""
    rule = {"Type": "String", "AllowedValues": ["2"], "ConstraintDescription": "2 only"}
    with pytest.raises(InputError, match="network-private: ZoneCount: '3': the release's template takes 2 only"):
        stacks(asked(), changed(offer_, "network-private", ZoneCount=rule))


def test_a_release_without_a_template(offer_: Offer, asked: Asked) -> None:
    """A release that lacks a template of the installation is refused."""
    less = replace(offer_, templates={name: row for name, row in offer_.templates.items() if name != "network-private"})
    with pytest.raises(InputError, match="no template network-private"):
        stacks(asked(), less)


@pytest.mark.parametrize(("row", "value", "taken"), [
    ({"Type": "Number", "MinValue": 1, "MaxValue": 9}, "9", True), ({"Type": "Number", "MaxValue": 9}, "10", False),
    ({"Type": "Number"}, "x", False), ({"Type": "String", "MinLength": 2}, "a", False),
    ({"Type": "String", "MaxLength": 2}, "abc", False), ({"Type": "String", "AllowedPattern": "a|b"}, "ab", False),
    ({"Type": "String", "AllowedPattern": "a|b"}, "b", True), ({"Type": "CommaDelimitedList"}, "a,b", True),
])
def test_what_a_parameter_takes(row: dict[str, Any], value: str, taken: bool) -> None:
    """A value is held against pattern, list, length and size, the pattern against the whole of it."""
    assert takes(row, value) is taken
