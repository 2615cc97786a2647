"""Publishing in processes of their own, forked from one that has everything loaded, so that they can be killed.

No process here was forked from one with threads: the one that forks has none.
"""

import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from multiprocessing import get_context
from typing import Any

from conveyor_iac.errors import ConveyorError
from conveyor_iac.publishing import sbom
from conveyor_iac.publishing.making import Compared, made, release
from conveyor_iac.publishing.minisign import sign
from conveyor_iac.publishing.store import Store
from tests.publishing.conftest import Place, client_at
from tests.publishing.counting import counted, writes
from tests.publishing.small import Key, few_packages, prove, published, sources

# Loads what publishing loads late, before anything is forked.
with suppress(ConveyorError):
    Store(client_at("http://127.0.0.1:1", attempts=1), "nowhere", "releases").write_once("SHA256SUMS", b"")
sign(release(made("0.0.0", sources, prove), Compared()).sums, "loaded", Key())
few_packages()
_FORKS: Any = get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


def killed(place: Place, version: str, powers: Sequence[str], *, call: int, when: str) -> bool:
    """Publishes in a process that kills itself before its n-th call, or after the n-th that writes; whether it did."""
    process = _FORKS.Process(target=_until, args=(place.aws.endpoint, place.bucket, place.prefix, version, powers, call,
                                                  when))
    process.start()
    process.join(60)
    assert process.exitcode in (0, -signal.SIGKILL), process.exitcode
    return bool(process.exitcode)


def at_once(place: Place, asked: Sequence[tuple[str, Sequence[str]]]) -> list[str]:
    """Publishes these versions with these powers, each in a process of its own, beginning at the same moment.

    Gives what each was told: nothing where it went well.
    """
    barrier, told = _FORKS.Barrier(len(asked)), _FORKS.SimpleQueue()
    processes = [_FORKS.Process(target=_together, args=(place.aws.endpoint, place.bucket, place.prefix, *words, barrier,
                                                        told, number)) for number, words in enumerate(asked)]
    for process in processes:
        process.start()
    found = dict(told.get() for _ in processes)
    for process in processes:
        process.join(60)
    return [found[number] for number in range(len(asked))]


def _until(endpoint: str, bucket: str, prefix: str, version: str, powers: Sequence[str], call: int, when: str) -> None:
    sbom.packages = few_packages  # in this process, which ends here
    written: list[str] = []

    def before(number: int, _: str) -> None:
        if when == "before" and number == call:
            os.kill(os.getpid(), signal.SIGKILL)

    def after(_: int, asked: str) -> None:
        written.extend(writes([asked]))  # an append is one step, whichever thread does it
        if when == "after" and len(written) >= call:
            os.kill(os.getpid(), signal.SIGKILL)
    store = Store(client_at(endpoint), bucket, prefix)
    counted(store, before=before, after=after)
    published(store, version, *powers)


def _together(endpoint: str, bucket: str, prefix: str, version: str, powers: Sequence[str], barrier: Any, told: Any,
              number: int) -> None:
    sbom.packages = few_packages
    store = Store(client_at(endpoint), bucket, prefix)
    barrier.wait(30)
    try:
        published(store, version, *powers)
    except ConveyorError as no:
        told.put((number, str(no)))
    else:
        told.put((number, ""))
