"""The real engine for the folder, a recording provider for each test, and a way to make stacks with both."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from pulumi import automation as auto

from tests.engine import building
from tests.engine.recording import Recorder
from tests.engine.stacks import Program, Stack, command, settings, shut_off


class MakeStack(Protocol):
    """Makes a stack of a program; options are those of `Stack`, such as `config` or `secrets`."""

    def __call__(self, program: Program, **options: Any) -> Stack: ...


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Path:
    """The engine's file, built now if need be; without one the test is skipped and says so."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")
    try:
        with capture.global_and_fixture_disabled():
            return building.engine()
    except building.NoEngine as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def pulumi_command(engine: Path, tmp_path_factory: pytest.TempPathFactory) -> auto.PulumiCommand:
    folder = tmp_path_factory.mktemp("engine")
    with pytest.MonkeyPatch.context() as environment:
        for name, value in settings(folder).items():
            environment.setenv(name, value)
        return command(engine, folder)


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    with Recorder() as running:
        yield running


@pytest.fixture
def make_stack(recorder: Recorder, pulumi_command: auto.PulumiCommand, tmp_path: Path,
               monkeypatch: pytest.MonkeyPatch) -> MakeStack:
    """One stack for the test, in a folder of its own, shut off from this machine's settings and programs."""
    shut_off(monkeypatch, tmp_path)

    def make(program: Program, **options: Any) -> Stack:
        return Stack(program, recorder=recorder, command=pulumi_command, folder=tmp_path, **options)

    return make
