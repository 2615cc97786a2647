"""What the tests of this room share: deployments told by both sides, each once."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble
from tests.agreement import components, templates
from tests.agreement.comparing import Row, Telling, table
from tests.agreement.components import Deployed
from tests.agreement.place import Place
from tests.agreement.recording import mocked

EXAMPLES = ("shared", "private", "dedicated", "existing-vpc", "endpoint-service", "privatelink-only", "company-rules")
WORDS: dict[str, Any] = {"deployment": "private", "region": "eu-west-1", "account": "222222222222",
                         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
OWN = {"account": "222222222222", "role": "conveyor-control-plane"}
BROUGHT = {"vpc": "vpc-0a1b2c3d4e5f60718", "cidrs": ["10.20.0.0/16"],
           "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"],
           "route_tables": ["rtb-0123456789abcdef3"]}
VARIED: Mapping[str, dict[str, Any]] = {
    "the vendor turned off": {"deployment": "shared", "vendor_access": "disabled", "network": {"nat": "single"}},
    "every right": {"deployment": "shared", "resources_feature": True, "iam": {"data_plane_vpc": BROUGHT["vpc"]},
                    "installer": {"irsa": True, "delete_rights": True, "network_rights": True, "tag_session": True,
                                  "set_source_identity": True}},
    "no further right": {"deployment": "shared", "guardduty": True,
                         "installer": {"irsa": False, "delete_rights": False, "network_rights": False}},
    "IPv6 with internet": {"deployment": "shared", "network": {"ipv6": True}},
    "IPv6 without internet": {"network": {"ipv6": True, "zones": 2}, "guardduty": True},
    "four zones": {"region": "us-east-1", "network": {"cidr": "192.168.128.0/17", "zones": 4, "zone_ids": [
        "use1-az1", "use1-az2", "use1-az4", "use1-az6"]}},
    "ports, principals and labels": {
        "private_link": {"ports": [443, 8443], "principals": ["arn:aws:iam::111122223333:root",
                                                              "arn:aws:iam::111122223333:role/second"]},
        "labels": {"customer": "Acme Corporation", "org_id": "4711"}, "tags": {"cost-center": "4711"}},
    "a balancer and a topic of one's own": {"cognito_access": "proxy", "private_link": {
        "load_balancer": "arn:aws:elasticloadbalancing:eu-west-1:222222222222:loadbalancer/net/own/0123456789abcdef",
        "topic": "arn:aws:sns:eu-west-1:222222222222:Told"}},
    "fewer and more endpoints": {"endpoints": {"add": ["lambda"], "remove": ["xray"]}, "network": {
        "neighbours": {"on premises": "10.128.0.0/12"}}},
    "dedicated behind a firewall": {"deployment": "dedicated", "control_plane": OWN, "cognito_access": "firewall"},
    "dedicated by endpoints": {
        "deployment": "dedicated", "control_plane": OWN | {"network": {"cidr": "10.30.0.0/18", "zones": 2}},
        "cognito_access": "privatelink", "user_pool_has_domain": False, "network": {"ipv6": True, "zones": 2}},
    "every endpoint there already": {"deployment": "shared", "network": {"existing": BROUGHT | {"endpoints": ["s3"]}}},
    "China, a network brought": {"deployment": "shared", "region": "cn-north-1", "network": {"existing": BROUGHT}},
}
"""What differs from WORDS, by what is particular about it."""


@dataclass(frozen=True, kw_only=True)
class Written:
    """The CDK's side of a deployment: its templates by stack, in the order of deployment, and the stacks' tags."""

    stacks: Mapping[str, dict[str, Any]]
    tags: Mapping[str, Mapping[str, str]]
    place: Place

    def telling(self) -> Telling:
        return templates.telling(self.stacks, self.tags, self.place)


def words_of(name: str) -> dict[str, Any]:
    """The words of an example or of one of VARIED, each with a tenant of its own."""
    every = [*EXAMPLES, *VARIED]
    file = Path(__file__).parents[2] / "examples" / f"{name}.yaml"
    said = {**WORDS, **VARIED[name]} if name in VARIED else yaml.safe_load(file.read_text())
    return {**said, "tenant": f"tenant{every.index(name) + 1}"}


def write(installations: Mapping[str, Mapping[str, Any]], folder: Path) -> dict[str, Written]:
    """The CDK's side of deployments of these words, assembled at once."""
    files = assemble([Installation.read(dict(words)) for words in installations.values()], "app", folder)
    tags = templates.stack_tags(folder)
    return {name: Written(stacks={stack: json.loads(file.read_text()) for stack, file in files.items()
                                  if stack.startswith(f"conveyor-{words['tenant']}-")},
                          tags=tags, place=Place.of(words)) for name, words in installations.items()}


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Written]:
    """The CDK's side of every example and of VARIED."""
    return write({name: words_of(name) for name in (*EXAMPLES, *VARIED)}, tmp_path_factory.mktemp("agreement") / "out")


@pytest.fixture(scope="session")
def deployed() -> Callable[[str], Deployed]:
    """The Pulumi side of an example or of one of VARIED, recorded once."""
    made: dict[str, Deployed] = {}

    def deployed(name: str) -> Deployed:
        if name not in made:
            made[name] = mocked(words_of(name))
        return made[name]

    return deployed


@pytest.fixture(scope="session")
def tellings(written: Mapping[str, Written], deployed: Callable[[str], Deployed]
             ) -> Callable[[str], tuple[Telling, Telling]]:
    """What both sides say of a deployment, the CDK first."""
    told: dict[str, tuple[Telling, Telling]] = {}

    def tellings(name: str) -> tuple[Telling, Telling]:
        if name not in told:
            told[name] = written[name].telling(), components.telling(deployed(name), written[name].place)
        return told[name]

    return tellings


@pytest.fixture(scope="session")
def rows() -> tuple[Row, ...]:
    """The table of what may differ."""
    return table()
