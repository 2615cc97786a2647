"""What the mocks recorded is what the real engine makes: so the agreement is one of what is really made."""

from collections.abc import Callable, Mapping

import pulumi
import pytest

from tests.agreement import components
from tests.agreement.comparing import Row, differences, unexcused
from tests.agreement.components import Deployed
from tests.agreement.conftest import Written, words_of
from tests.agreement.place import EXTERNAL_ID
from tests.agreement.recording import deploy, recorded
from tests.engine.conftest import MakeStack, engine, make_stack, pulumi_command, recorder
from tests.engine.recording import Recorder

__all__ = ["engine", "make_stack", "pulumi_command", "recorder"]
"""Fixtures of the room where the engine runs."""


@pytest.mark.parametrize("name", ["shared", "private", "dedicated"])
def test_the_engine_makes_what_the_mocks_recorded(
        written: Mapping[str, Written], deployed: Callable[[str], Deployed], rows: tuple[Row, ...],
        make_stack: MakeStack, recorder: Recorder, name: str) -> None:
    """By the real engine and a recording provider a deployment says what it says under mocks, and what the CDK says."""
    place = written[name].place
    stack = make_stack(lambda: pulumi.export("outputs", deploy(words_of(name)).outputs), config={
        "aws:region": place.region})
    handed = stack.up().outputs["outputs"]
    kept = [row["urn"] for row in stack.resources() if row.get("retainOnDelete")]
    by_engine = components.telling(recorded(recorder.plain(), kept, handed, place), place)
    assert differences(components.telling(deployed(name), place), by_engine) == []
    assert unexcused(written[name].telling(), by_engine, rows) == []
    assert EXTERNAL_ID in str(by_engine["InstallerRole"])
