"""Which condition keys a request of an action can carry, and which it always does, as the catalogue says."""

from functools import lru_cache

from conveyor_iac.model.catalogue import proofs as catalogue
from conveyor_iac.proofs.iam.actions import known_names


def may_have(action: str, key: str) -> bool:
    """Whether a request of the action can carry the key; keys that no table names always may."""
    if any(char in action for char in "*?"):
        return True
    if key == "aws:principalarn" and action in UNSIGNED:
        return False
    for pattern, actions in catalogue.key_actions().items():
        if key == pattern.lower() or (pattern.endswith("/*") and key.startswith(pattern[:-1].lower())):
            return action in actions
    return True


@lru_cache(maxsize=256)
def actions_without(key: str) -> frozenset[str] | None:
    """The known iam actions that can not carry a key of a table; nothing where no table names the key."""
    without = frozenset(action for action in known_names() if not may_have(action, key))
    return without or None


UNSIGNED = ("sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
"""Requests without a signature, which carry no key that only signed requests always have."""


def must_have(action: str, key: str, kind: str) -> bool:
    """Whether every request of the action, by a caller of this kind, carries the key."""
    signed = kind == "AWS" and action not in UNSIGNED
    return any(action in actions or ("*" in actions and signed) for name, actions
               in catalogue.always_present().items() if name.lower() == key)
