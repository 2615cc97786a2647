"""What the tests of this room share: each variant of an installation on Azure, run once."""

from collections.abc import Callable
from typing import Any

import pytest

from conveyor_iac.pulumi.azure import AzureDeployment
from conveyor_iac.pulumi.program import in_subscription
from tests.engine.azure_variants import VARIANTS, planned, words
from tests.pulumi.azure.recording import Recorder


@pytest.fixture(scope="session")
def made() -> Callable[..., Recorder]:
    """What the deployment of some variants, laid over each other, registers; in a preview if asked for. Run once."""
    kept: dict[tuple[tuple[str, ...], bool], Recorder] = {}

    def made(*variants: str, preview: bool = False) -> Recorder:
        if (variants, preview) not in kept:
            kept[variants, preview] = deployed(words(*variants), preview=preview)
        return kept[variants, preview]

    return made


@pytest.fixture(scope="session")
def deploy() -> Callable[..., Recorder]:
    """What the deployment of some words registers."""
    return deployed


def deployed(asked: Any, *, preview: bool = False) -> Recorder:
    """What a deployment registers that is called acme and works in its words' place."""
    return Recorder(preview=preview).run(lambda: AzureDeployment("acme", asked, in_subscription(asked)) and None)


@pytest.fixture(scope="session")
def scaffolding() -> Callable[..., Any]:
    """The plan of some variants."""
    return lambda *variants: planned(words(*variants))


@pytest.fixture(scope="session", params=VARIANTS)
def variant(request: pytest.FixtureRequest) -> str:
    """The name of each variant in turn."""
    return str(request.param)
