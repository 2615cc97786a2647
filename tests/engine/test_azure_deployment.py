"""The deployment on Azure by the real engine, against the recording provider: its whole life."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from conveyor_iac.pulumi.azure import AzureDeployment
from conveyor_iac.pulumi.program import in_subscription
from tests.engine.azure import AzureNative
from tests.engine.azuread import AzureAd
from tests.engine.conftest import MakeStack
from tests.engine.recording import Recorder

ROOT = Path(__file__).parents[2]
WORDS: dict[str, Any] = yaml.safe_load((ROOT / "examples/azure-shared.yaml").read_text())
TENANT, SUBSCRIPTION = WORDS["azure"]["tenant_id"], WORDS["azure"]["subscription_id"]


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A provider of azure-native and azuread, signed in to the example's tenant and subscription."""
    with Recorder(AzureNative(tenant=TENANT, subscription=SUBSCRIPTION), AzureAd(tenant=TENANT)) as running:
        yield running


def program(words: Mapping[str, Any]) -> Any:
    def run() -> None:
        made = AzureDeployment("acme", words, in_subscription(words))  # type: ignore[arg-type]
        pulumi.export("outputs", made.outputs)

    return run


def test_it_lives(make_stack: MakeStack, recorder: Recorder) -> None:
    """Previewed on an empty backend, made, made again without a change, and taken away wholly."""
    stack = make_stack(program(deepcopy(WORDS)))
    wanted = stack.preview().changes["create"]
    done = stack.up()
    assert done.changes == {"create": wanted}
    print(done.outputs)
    for one in recorder.resources.values():
        print(one.type, one.name, one.id)
    assert stack.up(expect_no_changes=True).changes == {"same": wanted}
