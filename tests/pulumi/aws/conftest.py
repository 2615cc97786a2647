"""What the tests of this room share: the words of installations, and the examples run once."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from conveyor_iac.pulumi import aws
from tests.pulumi.aws.recording import Recorder

EXAMPLES = ("shared", "private", "dedicated", "existing-vpc", "endpoint-service", "privatelink-only")
EXTERNAL_ID = "only-in-this-test-0123456789"
"""Long enough to be found wherever it does not belong."""
WORDS = {"tenant": "acme", "deployment": "private", "region": "eu-west-1", "account": "222222222222",
         "control_plane": {"account": "111122223333", "role": "conveyor-control-plane"}}
DEPLOYMENTS: dict[str, Any] = {
    "shared": aws.SharedDeployment, "private": aws.PrivateDeployment, "dedicated": aws.DedicatedDeployment,
    "endpoint-service": aws.EndpointServiceDeployment}

Made = Callable[..., Recorder]


@pytest.fixture(scope="session")
def external_id() -> str:
    """The external id of every installation here."""
    return EXTERNAL_ID


@pytest.fixture(scope="session")
def words() -> Callable[..., dict[str, Any]]:
    """The words of a good private installation, without an external id, with these keys changed."""
    return lambda **changes: {**copy.deepcopy(WORDS), **changes}


@pytest.fixture(scope="session")
def example() -> Callable[..., dict[str, Any]]:
    """The words of an example installation, with its external id where it takes one, and with these keys changed."""

    def example(name: str, **changes: Any) -> dict[str, Any]:
        file = Path(__file__).parents[3] / "examples" / f"{name}.yaml"
        asked = {**yaml.safe_load(file.read_text()), **changes}
        return asked if "kind" in asked else {"external_id": EXTERNAL_ID, **asked}

    return example


@pytest.fixture(scope="session")
def deploy() -> Callable[..., Any]:
    """The deployment component that some words ask for, called acme."""
    return lambda asked, opts=None: DEPLOYMENTS[asked.get("kind") or asked["deployment"]]("acme", asked, opts)


@pytest.fixture(scope="session")
def made(example: Callable[..., dict[str, Any]], deploy: Callable[..., Any]) -> Made:
    """What the deployment of an example registers, in an update or in a preview. Run once."""
    kept: dict[tuple[str, bool], Recorder] = {}

    def made(name: str, *, preview: bool = False) -> Recorder:
        if (name, preview) not in kept:
            kept[name, preview] = Recorder(preview=preview).run(lambda: deploy(example(name)) and None)
        return kept[name, preview]

    return made


@pytest.fixture(scope="session", params=EXAMPLES)
def name(request: pytest.FixtureRequest) -> str:
    """The name of each example in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def deployed(made: Made, name: str) -> Recorder:
    """What each example registers, in turn."""
    return made(name)
