"""Where the engine of the tests comes from: the ordinary `pulumi` on PATH, else one built here with Go.

Knows `go.mod` beside it, the flags of the build and the folder that keeps what was built, named by the hash of all
that goes into it. Refuses to know Pulumi's Python packages and to download a built engine. Run as a script it says
where the engine is; a machine without Go is told so and is no error, because the tests then say that they are skipped.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

MODULE = Path(__file__).resolve().parent
BUILT = MODULE.parents[1] / "build" / "engine"
COMMAND = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
SDK = "github.com/pulumi/pulumi/sdk/v3"
NO_ENGINE = "there is neither a pulumi on PATH nor Go to build one with: see https://go.dev/dl"

_HEARTBEAT_SECONDS = 30

Run = Callable[[list[str]], str]
"""Runs a command in the folder of `go.mod` and gives what it wrote; raises BuildFailed with Go's own words."""


class NoEngine(Exception):
    """This machine has no engine and cannot build one."""


class BuildFailed(Exception):
    """Go is here and could not build the engine; the message is Go's."""


def engine() -> Path:
    """The engine's file: the one on PATH, or ours, which is built when it is not there yet.

    Raises:
        NoEngine: neither pulumi nor Go is on PATH.
        BuildFailed: Go could not build ours.
    """
    ordinary = shutil.which("pulumi")
    if ordinary:
        return Path(ordinary)
    if not shutil.which("go"):
        raise NoEngine(NO_ENGINE)
    return built(_go, BUILT)


def built(go: Run, folder: Path) -> Path:
    """Our engine under *folder*, built by *go* unless it is there; of two processes one builds and one waits."""
    flags = _flags((MODULE / "go.mod").read_text())
    file = folder / _hash(flags, go(["go", "version"])) / "pulumi"
    if not file.exists():
        with _alone(folder):
            if not file.exists():
                _build(go, flags, file)
    return file


def _build(go: Run, flags: list[str], file: Path) -> None:
    """Writes beside *file* and renames, so that a build that was broken off leaves no engine behind."""
    print("== building the Pulumi engine: minutes the first time", file=sys.stderr, flush=True)
    began = time.monotonic()
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f"pulumi.{os.getpid()}")
    try:
        go(["go", "build", *flags, "-o", str(partial), COMMAND])
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    print(f"== built the Pulumi engine in {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _flags(module: str) -> list[str]:
    """How the engine is built; it says the version that go.mod names."""
    required = re.search(rf"^\s*(?:require )?{re.escape(SDK)} (v\S+)", module, re.MULTILINE)
    if not required:
        raise BuildFailed(f"{MODULE / 'go.mod'} requires no {SDK}")
    version = f"-X {SDK}/go/common/version.Version={required[1]}"
    return ["-mod=readonly", "-trimpath", "-tags", "osusergo,grpcnotrace", "-ldflags", f"-w -s {version}"]


def _hash(flags: list[str], go_version: str) -> str:
    sums = [(MODULE / name).read_text() for name in ("go.mod", "go.sum")]
    return hashlib.sha256("\0".join([*sums, *flags, go_version.strip()]).encode()).hexdigest()[:16]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """No other process builds meanwhile; the lock goes with the process."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _go(command: list[str]) -> str:
    """Runs Go on our module alone; says every half minute that it still runs."""
    own = {**os.environ, "GOWORK": "off"}
    began = time.monotonic()
    with subprocess.Popen(command, cwd=MODULE, env=own, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while True:
            try:
                said, complaint = process.communicate(timeout=_HEARTBEAT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                print(f"   still building, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    if process.returncode:
        raise BuildFailed(f"`{' '.join(command)}` in {MODULE} says:\n{complaint}")
    return said


def main() -> int:
    """Prints where the engine is, building it when it must; 1 when Go could not."""
    try:
        print(engine())
    except NoEngine as why:
        print(f"no Pulumi engine, so its tests will be skipped: {why}", file=sys.stderr)
    except BuildFailed as why:
        print(why, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
