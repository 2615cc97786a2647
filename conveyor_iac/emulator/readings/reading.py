"""One reading: an invariant held against what the embedded AWS answers.

Knows how subjects looked at become a row. An invariant that found nothing to look at is not met: it would hold of
anything.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from conveyor_iac.emulator.readings.seen import Seen

Looks = Iterator[tuple[str, str]]
"""Each subject looked at, and what is wrong with it: nothing where it is as it must be."""

_SHOWN = 4


def always(seen: Seen) -> bool:
    """Of every network."""
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Invariant:
    """What must hold of a network, whatever it was made from; `when` says of which networks."""

    id: str
    what: str
    expected: str
    look: Callable[[Seen], Looks]
    when: Callable[[Seen], bool] = always


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An invariant read back from one network."""

    id: str
    network: str
    what: str
    expected: str
    found: str
    met: bool


def read(invariant: Invariant, seen: Seen) -> Reading:
    """Looks at every subject and says what was found."""
    looks = list(invariant.look(seen))
    wrong = [f"{subject}: {fault}" for subject, fault in looks if fault]
    met = bool(looks) and not wrong
    return Reading(id=invariant.id, network=seen.asked.name, what=invariant.what, expected=invariant.expected, met=met,
                   found=_found(len(looks), wrong))


def _found(looked_at: int, wrong: list[str]) -> str:
    if not looked_at:
        return "nothing to look at"
    if not wrong:
        return f"so: {looked_at} of {looked_at}"
    further = len(wrong) - _SHOWN
    return "; ".join(wrong[:_SHOWN]) + (f"; and {further} more" if further > 0 else "")
