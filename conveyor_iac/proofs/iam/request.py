"""One concrete request to AWS, as a policy sees it.

Knows who asks for what, on which resource, with which condition keys. Refuses to know accounts, policies and any value
that the caller does not give: no condition key is filled in from the principal or the resource.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request with every value known.

    action: service and action, ``iam:CreateRole``.
    resource: a full ARN, or ``*`` for an action without resources.
    context: condition key → its values. A key not in it is absent; ``()`` is present and empty (multivalued keys). Keys
        are told apart without case, so the same key twice in two spellings is a ValueError.
    principal: ARN of the caller; a service, provider or canonical user by its own name; "" when it does not matter.
    principal_kind: ``AWS``, ``Service``, ``Federated`` or ``CanonicalUser``: what *principal* names.
    """

    action: str
    resource: str
    context: Mapping[str, tuple[str, ...]]
    principal: str = ""
    principal_kind: str = "AWS"

    def __post_init__(self) -> None:
        if len({key.lower() for key in self.context}) != len(self.context):
            raise ValueError(f"a condition key is given twice, in two spellings: {', '.join(sorted(self.context))}")
        for key, values in self.context.items():
            if isinstance(values, str):
                raise ValueError(f"the values of {key} are one text; give a tuple of texts")

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key, in any spelling of its name; None when the key is absent."""
        wanted = key.lower()
        return next((values for name, values in self.context.items() if name.lower() == wanted), None)
