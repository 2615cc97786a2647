"""What stands of a resource of Azure: what the program says where the state says the same, and what the state adds.

Where the state tells otherwise, nobody knows which of the two is there tomorrow, and the value is `Unknown`. Azure
writes words and ids in other letters than it was given, and lists in another order; that is no difference, save in the
words that are compared letter by letter.
"""

from collections.abc import Mapping
from typing import Any, Final

from conveyor_iac.proofs.azure.resources import Unknown

OTHERWISE: Final = Unknown("is told otherwise by the state: run pulumi up")
_EXACT: Final = frozenset({"issuer", "subject", "audiences"})


def standing(given: Mapping[str, Any], kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """The properties of a resource: what both tell alike, and what one of them tells alone."""
    return {key: _met(given.get(key), kept.get(key), exact=key in _EXACT) for key in {**given, **kept}
            if not key.startswith("__")}


def _met(given: Any, kept: Any, *, exact: bool = False) -> Any:
    if isinstance(given, Unknown) or given is None:
        return kept if given is None else given
    if isinstance(kept, Unknown) or kept is None:
        return given
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        found = {key: _met(given.get(key), kept.get(key), exact=exact or key in _EXACT) for key in {**given, **kept}
                 if not key.startswith("__")}
        return OTHERWISE if OTHERWISE in found.values() else found
    if isinstance(given, list) and isinstance(kept, list):
        return _lists(given, kept, exact)
    return given if _alike(given, kept, exact) else OTHERWISE


def _lists(given: list[Any], kept: list[Any], exact: bool) -> Any:
    """Lists in any order: each item has its own in the other one."""
    left, found = list(kept), []
    for item in given:
        both = [(index, one) for index, other in enumerate(left)
                if (one := _met(item, other, exact=exact)) is not OTHERWISE]
        if not both:
            return OTHERWISE
        index, one = next((pair for pair in both if left[pair[0]] == item), both[0])
        del left[index]
        found.append(one)
    return OTHERWISE if left else found


def _alike(given: Any, kept: Any, exact: bool) -> bool:
    if isinstance(given, bool) or isinstance(kept, bool):
        return given is kept
    if isinstance(given, str) and isinstance(kept, str) and not exact:
        return given.rstrip("/").lower() == kept.rstrip("/").lower()
    return bool(given == kept)
