"""Our deployments by the real engine: preview, up, up again, change, failure, refresh and destroy."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from pulumi import automation as auto

from conveyor_iac.pulumi import aws as conveyor
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

ROOT = Path(__file__).parents[2]
EXTERNAL_ID = "0d1f7a-never-in-clear-text-55"
KINDS: Mapping[str, Any] = {"shared": conveyor.SharedDeployment, "private": conveyor.PrivateDeployment,
                            "dedicated": conveyor.DedicatedDeployment}
MODELS = ("shared", "private", "dedicated")


def program(model: str, **more: Any) -> Callable[[], None]:
    """A program that makes the example of a model; `more` are words laid over it."""
    words = yaml.safe_load((ROOT / "examples" / f"{model}.yaml").read_text()) | {"protect": False} | more

    def run() -> None:
        secret = pulumi.Config("conveyor").require_secret("external_id")
        made = KINDS[model]("acme", {**words, "external_id": secret})
        pulumi.export("outputs", made.outputs)

    return run


@pytest.fixture
def make(make_stack: MakeStack) -> Callable[..., Any]:
    """Makes a stack of a model's example, with the external id among its secrets."""
    return lambda model, **more: make_stack(program(model, **more), secrets={"conveyor:external_id": EXTERNAL_ID})


@pytest.mark.parametrize("model", MODELS)
def test_a_deployment_lives(make: Callable[..., Any], recorder: Recorder, model: str) -> None:
    """Previewed on an empty backend, made, unchanged when made again, refreshed, and destroyed without a trace."""
    stack = make(model)
    wanted = stack.preview().changes["create"]
    assert not recorder.resources
    assert stack.up().changes == {"create": wanted}
    assert stack.up(expect_no_changes=True).changes == {"same": wanted}
    assert stack.refresh(expect_no_changes=True).changes == {"same": wanted}
    assert EXTERNAL_ID not in stack.state_text()
    stack.destroy()
    assert stack.resources() == []
    assert EXTERNAL_ID not in stack.state_text()
