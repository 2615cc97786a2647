"""Withdrawing a version: it is marked in the index, and stays where it is, for somebody may have deployed it."""

from dataclasses import dataclass

from conveyor_iac.publishing.index import Index
from conveyor_iac.publishing.publish import Clock, read_index, spelled
from conveyor_iac.publishing.release import INDEX
from conveyor_iac.publishing.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """What the index said before, and says now."""

    before: Index
    after: Index

    @property
    def changed(self) -> bool:
        """Whether it says anything new."""
        return self.before != self.after


def withdraw(version: str, reason: str, *, store: Store, clock: Clock, dry_run: bool = False) -> Withdrawal:
    """Marks a version as not to be used any more, and moves the index, unless it says so already.

    Raises `InputError` for a version that is not published, and `AnswerIsNo` where it was withdrawn for another reason
    and where somebody else moved the index meanwhile.
    """
    before, etag = read_index(store)
    found = Withdrawal(before=before, after=before.withdrawn(version, reason, spelled(clock)))
    if found.changed and not dry_run:
        store.move(INDEX, found.after.as_bytes(), etag)
    return found
