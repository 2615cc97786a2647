"""Which texts of a state are other resources of it: their ids and ARNs as `Ref` and `Fn::GetAtt`.

A text becomes a reference only where exactly one resource answers to it; the longest one counts. The account and the
partition that the resources are in become AWS::AccountId and AWS::Partition, as a template says them. Each such
variable stands for what was written, so that a proof for every value of it is one for that value.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Reference = dict[str, Any]
_SHORTEST = 4
_PARTITION = re.compile(r"(?<![A-Za-z0-9:])arn:(aws[a-z-]*):")


@dataclass(slots=True, kw_only=True)
class References:
    """The names of the resources of one stack, and the account and partition they are in, where those are known."""

    account: str = ""
    partition: str = ""
    _known: dict[str, Reference | None] = field(default_factory=dict)
    _pattern: re.Pattern[str] | None = None

    def add(self, text: Any, reference: Reference) -> None:
        """A text that names a resource; one that names two names none."""
        if isinstance(text, str) and len(text) >= _SHORTEST:
            known = self._known.get(text, reference)
            self._known[text] = reference if known == reference else None

    def whole(self, text: Any) -> Reference | None:
        """The resource that a whole text names."""
        return self._known.get(text) if isinstance(text, str) else None

    def shared(self, text: str) -> str:
        """A text that names several resources and stands in this one; empty where none does."""
        return next((known for known, one in self._known.items() if one is None and known in text), "")

    def owner(self, text: Any) -> str:
        """The logical id of the resource that a whole text names; empty where there is none."""
        found = self.whole(text) or {}
        return str(found.get("Ref") or (found.get("Fn::GetAtt") or [""])[0])

    def written(self, text: str, *, own_account: bool = True) -> Any:
        """The text with what it names; `own_account=False` leaves account numbers as they are."""
        if found := self.whole(text):
            return dict(found)
        parts: list[Any] = []
        for piece in self._pieces(text):
            found = self.whole(piece)
            if found:
                parts.append(dict(found))
            else:
                parts += self._general(piece, own_account)
        if len(parts) == 1:
            return parts[0]
        return {"Fn::Join": ["", parts]}

    def _pieces(self, text: str) -> list[str]:
        if self._pattern is None:
            texts = sorted((re.escape(known) for known, one in self._known.items() if one), key=len, reverse=True)
            self._pattern = re.compile(rf"(?<![A-Za-z0-9_-])({'|'.join(texts) or '(?!)'})(?![A-Za-z0-9_+=,.@-])")
        return [piece for piece in self._pattern.split(text) if piece] or [text]

    def _general(self, text: str, own_account: bool) -> list[Any]:
        """The text with the stack's own account and partition as pseudo parameters."""
        parts: list[Any] = [text]
        if self.partition:
            parts = [one for part in parts for one in _partitioned(part, self.partition)]
        if self.account and own_account:
            mark = re.compile(rf"(?<![0-9A-Za-z])({self.account})(?![0-9A-Za-z])")
            parts = [one for part in parts for one in _marked(part, mark, {"Ref": "AWS::AccountId"})]
        return parts


def _partitioned(text: str, partition: str) -> Iterable[Any]:
    at = 0
    for found in _PARTITION.finditer(text):
        if found[1] == partition:
            yield text[at:found.start(1)]
            yield {"Ref": "AWS::Partition"}
            at = found.end(1)
    yield text[at:]


def _marked(part: Any, mark: re.Pattern[str], reference: Mapping[str, Any]) -> Iterable[Any]:
    if not isinstance(part, str):
        return [part]
    pieces = mark.split(part)
    return [dict(reference) if index % 2 else piece for index, piece in enumerate(pieces) if index % 2 or piece]
