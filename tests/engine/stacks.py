"""Stacks for tests: a Python function as the program, the real engine, the recording provider, and nothing else.

Knows Pulumi's Automation API and which settings keep a run to itself: its home, its state and its project lie in a
folder of the test's, nothing is downloaded or looked up, no AWS variable and no program on PATH reaches it. Refuses to
know what a program makes.
"""

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto
from pulumi.automation._server import LanguageServer
from pulumi.runtime import settings as sdk

from tests.engine.recording import Recorder

Program = Callable[[], Any]

PROJECT = "test"
REGION = "eu-west-1"
_SECONDS = 30
_FOREIGN = ("AWS_", "PULUMI_", "ARM_", "AZURE_")
_ALONE = ("grpc.use_local_subchannel_pool", 1)
"""A connection of its own for each run, though its engine may listen where one did that has gone."""


def command(engine: Path, folder: Path) -> auto.PulumiCommand:
    """The engine at *engine* as the Automation API wants it, which is in a folder `bin`; links it under *folder*."""
    link = folder / "bin" / "pulumi"
    link.parent.mkdir()
    link.symlink_to(engine)
    return auto.PulumiCommand(root=str(folder))


def shut_off(environment: pytest.MonkeyPatch, folder: Path) -> None:
    """Hides this process's AWS, Azure and Pulumi variables, every program on PATH, Node among them, earlier runs."""
    environment.setattr(sdk, "_GRPC_CHANNEL_OPTIONS", [*sdk._GRPC_CHANNEL_OPTIONS, _ALONE])
    for name in [name for name in os.environ if name.startswith(_FOREIGN)]:
        environment.delenv(name)
    environment.setenv("PATH", str(folder / "nothing-here"))
    for name, value in settings(folder).items():
        environment.setenv(name, value)


def settings(folder: Path) -> dict[str, str]:
    """What keeps the engine to *folder*."""
    (folder / "state").mkdir(exist_ok=True)
    return {
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "only-in-this-test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "no_proxy": "127.0.0.1,localhost",  # engine, provider and program speak to each other on this machine
    }


@dataclass(frozen=True, kw_only=True)
class Run:
    """What a run of the engine did: its text, how many resources of each change, and the stack's outputs after it."""

    text: str
    changes: Mapping[str, int]
    outputs: Mapping[str, Any] = field(default_factory=dict)


class _Running:
    """A program, and the threads and event loops that the SDK runs it in.

    When a run fails the SDK leaves its loop open, with tasks in it: it wants to tell the engine that it cancels them,
    and the engine has gone.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self._seen: list[tuple[threading.Thread, asyncio.AbstractEventLoop]] = []

    def __call__(self) -> Any:
        self._seen.append((threading.current_thread(), asyncio.get_running_loop()))
        return self.program()

    def end(self) -> None:
        """Waits until the SDK is done with the program, and closes the loops that it left open."""
        while self._seen:
            thread, loop = self._seen.pop()
            deadline = time.monotonic() + _SECONDS
            while _inside(thread):
                if time.monotonic() > deadline:
                    raise TimeoutError(f"the SDK did not end the program within {_SECONDS} s")
                time.sleep(0.005)
            if not loop.is_closed():
                loop.run_until_complete(_cancelled(asyncio.all_tasks(loop)))
                loop.run_until_complete(loop.shutdown_default_executor())
                loop.close()


def _inside(thread: threading.Thread) -> bool:
    """Whether the SDK's server for programs is at work in that thread."""
    frame = sys._current_frames().get(thread.ident or 0)
    return any(one.f_code is LanguageServer.Run.__code__ for one, _ in traceback.walk_stack(frame)) if frame else False


async def _cancelled(tasks: set[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


class Stack:
    """A stack of an inline program against a recorder.

    Every run raises auto.CommandError, with all that the engine said, when the engine says that it failed. Options go
    to the Automation API as they are, such as `expect_no_changes=True` or `parallel=1`.

    Args:
        program: what it consists of; may be set to another one between runs.
        recorder: the provider it is made with.
        command: the engine.
        folder: an empty folder, which holds its home, its state and its project.
        name: the stack's name.
        config: its configuration, such as {"conveyor:tenant": "acme"}; `aws:region` is eu-west-1 unless it says.
        secrets: the same, for what is kept encrypted.

    Attributes:
        events: what the engine told of the last run, in order.
    """

    def __init__(self, program: Program, *, recorder: Recorder, command: auto.PulumiCommand, folder: Path,
                 name: str = "dev", config: Mapping[str, str] | None = None,
                 secrets: Mapping[str, str] | None = None) -> None:
        self.events: list[auto.events.EngineEvent] = []
        self.folder = folder
        self._running = _Running(program)
        self._project = folder / "project"
        self._project.mkdir(exist_ok=True)
        self._stack = auto.Stack.create(name, auto.LocalWorkspace(
            work_dir=str(self._project), program=self._running, pulumi_command=command,
            env_vars={**settings(folder), "PULUMI_DEBUG_PROVIDERS": recorder.providers},
            project_settings=auto.ProjectSettings(name=PROJECT, runtime="python")))
        plain = {"aws:region": REGION, **(config or {})}
        self._stack.set_all_config({key: auto.ConfigValue(value) for key, value in plain.items()} | {
            key: auto.ConfigValue(value, secret=True) for key, value in (secrets or {}).items()})

    @property
    def program(self) -> Program:
        return self._running.program

    @program.setter
    def program(self, program: Program) -> None:
        self._running.program = program

    def preview(self, **options: Any) -> Run:
        """What `up` would do; with `json=True` the text is what `pulumi preview --json` writes."""
        with self._run():
            done = self._stack.preview(on_event=self.events.append, **options)
        return Run(text=done.stdout, changes=_counts(done.change_summary))

    def up(self, **options: Any) -> Run:
        with self._run():
            done = self._stack.up(on_event=self.events.append, **options)
        return Run(text=done.stdout, changes=_counts(done.summary.resource_changes),
                   outputs={name: one.value for name, one in done.outputs.items()})

    def refresh(self, **options: Any) -> Run:
        with self._run():
            done = self._stack.refresh(on_event=self.events.append, **options)
        return Run(text=done.stdout, changes=_counts(done.summary.resource_changes if done.summary else None))

    def destroy(self, **options: Any) -> Run:
        with self._run():
            done = self._stack.destroy(on_event=self.events.append, **options)
        return Run(text=done.stdout, changes=_counts(done.summary.resource_changes))

    def unprotect(self) -> None:
        """Lifts the protection of every resource, so that `destroy` may remove it."""
        self._pulumi("state", "unprotect", "--all", "--yes")

    def export(self, *, secrets: bool = False) -> dict[str, Any]:
        """What `pulumi stack export` writes: `version` and `deployment`; *secrets* in clear, else encrypted."""
        state: dict[str, Any] = json.loads(self._pulumi("stack", "export", *["--show-secrets"] * secrets))
        return state

    def resources(self) -> list[dict[str, Any]]:
        """The resources in the state, as they are stored."""
        found: list[dict[str, Any]] = self.export()["deployment"].get("resources") or []
        return found

    def state_text(self) -> str:
        """All that lies in the stack's files: its state, the history and the copies of it, its configuration."""
        files = [file for part in (self.folder / "state", self._project) for file in sorted(part.rglob("*"))]
        return "\n".join(file.read_text(errors="replace") for file in files if file.is_file())  # compiled ones too

    def _pulumi(self, *words: str) -> str:
        """What a command of the engine's writes."""
        workspace = self._stack.workspace
        return workspace.pulumi_command.run([*words, "--stack", self._stack.name], str(self._project),
                                            workspace.env_vars).stdout

    @contextmanager
    def _run(self) -> Iterator[None]:
        self.events = []
        try:
            yield
        finally:
            self._running.end()


def _counts(changes: Mapping[Any, int] | None) -> dict[str, int]:
    """The changes by Pulumi's words for them, such as create, update, same."""
    return {str(getattr(kind, "value", kind)): count for kind, count in (changes or {}).items()}
