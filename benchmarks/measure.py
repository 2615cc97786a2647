"""One command measured: CPU seconds and peak memory of its whole process tree.

Law: a number says what it is, and a number that missed a process is refused.

* `cpu` is user plus system time as the kernel accounts it (`wait4`): the command and every descendant that was
  waited for. jsii starts Node twice, a wrapper and the kernel; Python waits for the first and that for the second.
* The same tree is sampled from /proc (a session of its own, so that nothing is missed). A tree whose samples saw
  more CPU than the kernel accounted has lost a child, and `run` raises instead of answering too little.
* `peak` sums, over the processes of the tree, the kernel's own peak of each (VmHWM, read at the last sample before
  it ended). An upper bound of what was resident at once: peaks need not coincide, and shared pages count in each.
* `largest` is the peak of the largest single process (`ru_maxrss`), exact.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_EVERY = 0.02
_SLACK = 0.05  # seconds: the samples count in ticks, one rounded up per process


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one run took. CPU in seconds, memory in MB; `node_cpu` is Node's share as the samples saw it."""

    cpu: float
    node_cpu: float
    peak: float
    largest: float


@dataclass(slots=True)
class _Seen:
    """The last sample of one process."""

    program: str
    cpu: float
    peak: float


class Failed(Exception):
    """The command did not end with exit code 0, or a part of its tree was not accounted."""


def run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Usage:
    """Runs the command in `folder` to its end; `Failed` with the end of its stderr where it does not succeed."""
    with (folder / "stderr.txt").open("w+b") as talk:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.DEVNULL, stderr=talk, start_new_session=True)
        seen: dict[int, _Seen] = {}
        try:
            while True:
                ended, status, used = os.wait4(child.pid, os.WNOHANG)
                if ended:
                    break
                _sample(child.pid, seen)
                time.sleep(_EVERY)
        except BaseException:  # Ctrl-C does not reach a session of its own
            os.killpg(child.pid, signal.SIGKILL)
            raise
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            talk.seek(0)
            tail = talk.read().decode(errors="replace")[-2000:]
            raise Failed(f"exit {child.returncode}: {' '.join(command)}\n{tail}")
    cpu, sampled = used.ru_utime + used.ru_stime, sum(one.cpu for one in seen.values())
    if sampled > cpu + _SLACK:
        raise Failed(f"{sampled:.2f} s seen, {cpu:.2f} s accounted: a child was not waited for: {' '.join(command)}")
    return Usage(
        cpu=cpu,
        node_cpu=sum(one.cpu for one in seen.values() if one.program.startswith("node")),
        peak=max(sum(one.peak for one in seen.values()), used.ru_maxrss / 1024),
        largest=used.ru_maxrss / 1024,
    )


def _sample(session: int, seen: dict[int, _Seen]) -> None:
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                one = _process(entry, session)
            except OSError:  # it ended while we read
                continue
            if one:
                seen[int(entry)] = one


def _process(pid: str, session: int) -> _Seen | None:
    """A process of the session with its own CPU so far, its children's left out; nothing for any other."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    if int(fields[3]) != session:
        return None
    peak = Path(f"/proc/{pid}/status").read_text().partition("VmHWM:")[2].split(maxsplit=1)
    if not peak:  # it is ending: its memory is gone already
        return None
    program = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    return _Seen(program, (int(fields[11]) + int(fields[12])) / _TICKS, int(peak[0]) / 1024)
