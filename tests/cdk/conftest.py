"""What the tests of this room share: assemblies made once, and the words of an installation file."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conveyor_iac import Installation
from conveyor_iac.cdk.assembly import assemble

ROOT = Path(__file__).parents[2]
WORDS = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
VPC = "vpc-0a1b2c3d4e5f60718"
SUBNETS = ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]
TABLES = ["rtb-0123456789abcdef3", "rtb-0123456789abcdef4"]
BROUGHT: dict[str, Any] = {"vpc": VPC, "cidrs": ["10.20.0.0/16", "100.64.0.0/16"], "endpoint_subnets": SUBNETS,
                           "route_tables": TABLES}
SERVED = {key: value for key, value in BROUGHT.items() if key != "route_tables"}
BOUNDARY = "arn:aws:iam::222222222222:policy/"
OWN = {"account": "222222222222", "role": "a/b/control"}
BY_ROOT = {"principals": ["arn:aws:iam::222222222222:root"]}
"""Who connects where the control plane's role has a path, which EC2 does not take."""
LONGEST: dict[str, Any] = {
    "tenant": "a2345678901234567890", "deployment": "shared", "region": "us-gov-east-1", "resources_feature": True,
    "control_plane": {"account": "111122223333", "role": "r" * 128}, "external_id": "only-in-this-test-0123456789",
    "iam": {"path": f"/{'p' * 30}/", "role_prefix": f"{'x' * 31}-", "data_plane_vpc": VPC,
            "boundary": BOUNDARY.replace(":aws:", ":aws-us-gov:").ljust(200, "b")},
    "installer": {"irsa": True, "delete_rights": True, "network_rights": True, "tag_session": True,
                  "set_source_identity": True}}
LARGEST: dict[str, Any] = LONGEST | {
    "deployment": "private", "region": "ap-northeast-1", "guardduty": True,
    "iam": LONGEST["iam"] | {"boundary": BOUNDARY.ljust(200, "b")},
    "installer": LONGEST["installer"] | {"network_rights": False},
    "network": {"cidr": "192.168.128.0/17", "pod_cidr": "100.127.128.0/18", "zones": 4, "ipv6": True,
                "zone_ids": ["apne1-az1", "apne1-az2", "apne1-az3", "apne1-az4"]}}
"""Everything that makes a stack larger at once: names, zones, IPv6, the firewall, the rights of the installer."""
CHANGES: dict[str, dict[str, Any]] = {
    "private": {},
    "all on": {"deployment": "shared", "resources_feature": True,
               "iam": {"data_plane_vpc": VPC, "boundary": f"{BOUNDARY}company/Boundary"},
               "installer": {"irsa": True, "delete_rights": True, "network_rights": True}},
    "all off": {"deployment": "shared", "vendor_access": "disabled", "network": {"nat": "single"},
                "installer": {"irsa": False, "delete_rights": False, "network_rights": False}},
    "perimeter": {"iam": {"path": "/", "role_prefix": "own-", "data_plane_vpc": VPC}},
    "dedicated": {"deployment": "dedicated", "control_plane": OWN, "private_link": BY_ROOT},
    "brought network": {"deployment": "shared", "region": "cn-north-1", "network": {"existing": BROUGHT}},
    "shared": {"deployment": "shared", "guardduty": True},
    "privatelink": {"cognito_access": "privatelink", "user_pool_has_domain": False},
    "proxy": {"cognito_access": "proxy", "network": {"cidr": "10.128.0.0/20", "zones": 2}},
    "two zones": {"guardduty": True, "network": {"cidr": "172.16.8.0/21", "zones": 2}},
    "dedicated, two zones": {
        "deployment": "dedicated", "cognito_access": "privatelink", "user_pool_has_domain": False,
        "private_link": BY_ROOT, "network": {"zones": 2},
        "control_plane": OWN | {"network": {"cidr": "10.30.0.0/18", "zones": 2}}},
    "ipv6": {"network": {"ipv6": True}},
    "existing VPC": {"network": {"existing": BROUGHT}, "guardduty": True},
    "existing VPC, one block": {"network": {"existing": BROUGHT | {"cidrs": ["10.20.0.0/20"]}},
                                "cognito_access": "privatelink", "user_pool_has_domain": False},
    "endpoint service": {"kind": "endpoint-service", "network": {"existing": SERVED}, "private_link": {
        "ports": [5432], "principals": ["arn:aws:iam::111122223333:role/conveyor-connectors"]}},
    "longest, shared": LONGEST,
    "longest, private": LONGEST | {
        "deployment": "private", "installer": LONGEST["installer"] | {"network_rights": False},
        "guardduty": True, "network": {"cidr": "192.168.128.0/17", "pod_cidr": "100.127.128.0/18"}},
    "four zones": {"region": "us-east-1", "tenant": "a2345678901234567890", "guardduty": True,
                   "control_plane": LONGEST["control_plane"], "private_link": {"ports": list(range(60001, 60010))},
                   "network": {"cidr": "192.168.128.0/17", "pod_cidr": "100.127.128.0/18", "zones": 4, "ipv6": True,
                               "zone_ids": ["use1-az1", "use1-az2", "use1-az4", "use1-az6"]}},
    "largest, private": LARGEST,
    "largest, dedicated": LARGEST | {
        "deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "r" * 128, "network": {
            "cidr": "172.31.128.0/17", "zones": 4}}},
}
"""Installations by what is particular about them: what differs from WORDS."""

NETWORKS = ("network-shared", "network-private", "network-dedicated", "network-private-existing-vpc",
            "endpoint-service")
"""The published templates of networks."""

App = Callable[[str], dict[str, Path]]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def words() -> Callable[..., dict[str, Any]]:
    """The words of a good installation file, with these keys changed."""
    return lambda **changes: {**WORDS, **changes}


@pytest.fixture(scope="session")
def written() -> Callable[[str], dict[str, Any]]:
    """The words of the installation of a name in CHANGES."""

    def written(name: str) -> dict[str, Any]:
        asked = {**WORDS, **CHANGES[name]}
        if "kind" in asked:
            del asked["deployment"]
        return asked

    return written


@pytest.fixture(scope="session")
def installed(written: Callable[[str], dict[str, Any]]) -> Callable[[str], Installation]:
    """The installation of a name in CHANGES."""
    return lambda name: Installation.read(written(name))


@pytest.fixture(params=CHANGES)
def kind(request: pytest.FixtureRequest) -> str:
    """The name of each installation in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def kinds() -> list[str]:
    """The names of all installations."""
    return list(CHANGES)


@pytest.fixture(scope="session")
def app(installed: Callable[[str], Installation], tmp_path_factory: pytest.TempPathFactory) -> App:
    """The app profile's templates of an installation, by stack, in the order of deployment. Assembled once."""
    made: dict[str, dict[str, Path]] = {}

    def stacks(name: str) -> dict[str, Path]:
        if name not in made:
            made[name] = assemble([installed(name)], "app", tmp_path_factory.mktemp("app") / "out")
        return made[name]

    return stacks


@pytest.fixture(scope="session")
def resources(app: App) -> Callable[[str], dict[str, Any]]:
    """The resources of an installation, of all its stacks together."""
    return lambda kind: {name: row for file in app(kind).values()
                         for name, row in json.loads(file.read_text())["Resources"].items()}


@pytest.fixture(scope="session")
def made_now(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every published template as it is synthesized now, by name."""
    return assemble([], "published", tmp_path_factory.mktemp("published") / "out")


@pytest.fixture(scope="session")
def fresh(made_now: dict[str, Path]) -> Path:
    """The published role template as it is synthesized now."""
    return made_now["installer-role"]


@pytest.fixture(scope="session", params=["fresh", "committed"])
def published(request: pytest.FixtureRequest, fresh: Path) -> Path:
    """The published role template: as synthesized now, and as it lies in the repository."""
    return fresh if request.param == "fresh" else ROOT / "templates" / "installer-role.template.json"


@pytest.fixture
def template(published: Path) -> Any:
    """The published role template, read."""
    return json.loads(published.read_text())


@pytest.fixture(params=NETWORKS)
def network_name(request: pytest.FixtureRequest) -> str:
    """The name of each published network template in turn."""
    return str(request.param)


@pytest.fixture
def network_file(made_now: dict[str, Path], network_name: str) -> Path:
    """That template's file."""
    return made_now[network_name]


@pytest.fixture
def network(network_file: Path) -> Any:
    """That template, read."""
    return json.loads(network_file.read_text())


@pytest.fixture(scope="session")
def walk() -> Callable[[Any], Iterator[tuple[str, Any]]]:
    """Every key of a JSON value with what stands under it, at any depth."""

    def inside(value: Any) -> Iterator[tuple[str, Any]]:
        for key, part in value.items() if isinstance(value, dict) else ():
            yield key, part
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from inside(part)

    return inside
