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
BOUNDARY = "arn:aws:iam::222222222222:policy/"
LONGEST: dict[str, Any] = {
    "tenant": "a2345678901234567890", "deployment": "shared", "region": "us-gov-east-1", "resources_feature": True,
    "control_plane": {"account": "111122223333", "role": "r" * 128}, "external_id": "only-in-this-test-0123456789",
    "iam": {"path": f"/{'p' * 30}/", "role_prefix": f"{'x' * 31}-", "data_plane_vpc": VPC,
            "boundary": BOUNDARY.replace(":aws:", ":aws-us-gov:").ljust(200, "b")},
    "installer": {"irsa": True, "delete_rights": True, "network_rights": True, "tag_session": True,
                  "set_source_identity": True}}
CHANGES: dict[str, dict[str, Any]] = {
    "private": {},
    "all on": {"deployment": "shared", "resources_feature": True,
               "iam": {"data_plane_vpc": VPC, "boundary": f"{BOUNDARY}company/Boundary"},
               "installer": {"irsa": True, "delete_rights": True, "network_rights": True}},
    "all off": {"deployment": "shared", "vendor_access": "disabled",
                "installer": {"irsa": False, "delete_rights": False, "network_rights": False}},
    "perimeter": {"iam": {"path": "/", "role_prefix": "own-", "data_plane_vpc": VPC}},
    "dedicated": {"deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "a/b/control"}},
    "brought network": {"deployment": "shared", "region": "cn-north-1", "network": {"existing": {"vpc": VPC}}},
    "longest, shared": LONGEST,
    "longest, private": LONGEST | {"deployment": "private",
                                   "installer": LONGEST["installer"] | {"network_rights": False}},
}
"""Installations by what is particular about them: what differs from WORDS."""

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
def installed() -> Callable[[str], Installation]:
    """The installation of a name in CHANGES."""
    return lambda name: Installation.read({**WORDS, **CHANGES[name]})


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
    """The app profile's templates of an installation, by stack: policies first, then the role. Assembled once."""
    made: dict[str, dict[str, Path]] = {}

    def stacks(name: str) -> dict[str, Path]:
        if name not in made:
            made[name] = assemble([installed(name)], "app", tmp_path_factory.mktemp("app") / "out")
        return made[name]

    return stacks


@pytest.fixture(scope="session")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published template as it is synthesized now."""
    return assemble([], "published", tmp_path_factory.mktemp("published") / "out")["installer-role"]


@pytest.fixture(scope="session", params=["fresh", "committed"])
def published(request: pytest.FixtureRequest, fresh: Path) -> Path:
    """The published template: as synthesized now, and as it lies in the repository."""
    return fresh if request.param == "fresh" else ROOT / "templates" / "installer-role.template.json"


@pytest.fixture
def template(published: Path) -> Any:
    """The published template, read."""
    return json.loads(published.read_text())


@pytest.fixture(scope="session")
def walk() -> Callable[[Any], Iterator[tuple[str, Any]]]:
    """Every key of a JSON value with what stands under it, at any depth."""

    def inside(value: Any) -> Iterator[tuple[str, Any]]:
        for key, part in value.items() if isinstance(value, dict) else ():
            yield key, part
        for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            yield from inside(part)

    return inside
