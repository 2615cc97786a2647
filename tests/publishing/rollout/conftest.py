"""A release, installations to roll out from it, and the operations of CloudFormation as botocore knows them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout.offer import Offer, offer
from conveyor_iac.publishing.source import opened
from tests.publishing.rollout import offered

EXAMPLES = offered.ROOT / "examples"
WORDS: dict[str, Any] = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
                         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
EXISTING = {"vpc": "vpc-12345678", "cidrs": ["10.40.0.0/16", "100.64.0.0/16"],
            "endpoint_subnets": ["subnet-11111111", "subnet-22222222"], "route_tables": ["rtb-11111111"]}
KINDS: dict[str, dict[str, Any]] = {
    "private": {"network": {"cidr": "10.20.0.0/16"}},
    "shared": {"deployment": "shared", "network": {"nat": "single", "zones": 2, "zone_ids": ["euw1-az3", "euw1-az1"]}},
    "dedicated": {"deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "control-plane"}},
    "network-rights": {"deployment": "shared", "installer": {"network_rights": True}},
    "existing-vpc": {"network": {"existing": EXISTING}},
    "endpoint-service": {"kind": "endpoint-service", "deployment": ..., "network": {"existing": {
        key: EXISTING[key] for key in ("vpc", "cidrs", "endpoint_subnets")}}},
    "company-rules": {"tags": {"Owner": "Team Ä", "cost:center": "a=b c"}, "iam": {
        "boundary": "arn:aws:iam::222222222222:policy/company"}},
    "odd-names": {"tenant": "abc", "control_plane": {"account": "111122223333", "role": "a/b+c=d,e.f@g-h_i"},
                  "private_link": {"principals": ["arn:aws:iam::111122223333:root"]},
                  "iam": {"path": "/x+y=z,@/", "role_prefix": "R-"}},
}
"""An installation for each way there is, by what is special in it."""


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release and an index, as they are published."""
    return offered.written(tmp_path_factory.mktemp("releases"), offered.release())


@pytest.fixture(scope="session")
def offer_(releases: Path) -> Offer:
    """The release as a roll-out sees it."""
    return offer(opened(str(releases)), url=f"{offered.URL}/1.2.0")


@pytest.fixture(scope="session")
def asked() -> Callable[..., Installation]:
    """An installation of one of the ways, with these keys changed; `...` leaves one out."""

    def asked(kind: str = "private", **changes: Any) -> Installation:
        words = {**WORDS, **KINDS[kind], **changes}
        return Installation.read({key: value for key, value in words.items() if value is not ...})

    return asked


@pytest.fixture(scope="session")
def faults_of() -> Callable[[str, dict[str, Any]], str]:
    """What botocore's own model of an operation says of its input; nothing where it is valid. Sends nothing."""
    model = botocore.session.get_session().get_service_model("cloudformation")

    def faults_of(operation: str, given: dict[str, Any]) -> str:
        return str(ParamValidator().validate(given, model.operation_model(operation).input_shape).generate_report())

    return faults_of
