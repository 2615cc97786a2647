"""How Pulumi writes what is known only when things are made: placeholders and stand-ins as outputs, documents as JSON.

A plan of one installation has no open switch: what is left is the external id, the VPC of the data perimeter where it
is ours, and the outputs of a platform's own program.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import pulumi

from conveyor_iac.model.iam import Document
from conveyor_iac.model.placeholders import literal

_PLACEHOLDER = r"\$\{(?!!)[^}]*\}"


class Spelling:
    """What stands for each text that is known only later: `${Name}` for a placeholder, or a stand-in."""

    def __init__(self, later: Mapping[str, Any]) -> None:
        self._later = later
        self._mark = re.compile("|".join(["(" + _PLACEHOLDER, *map(re.escape, later)]) + ")")

    def text(self, text: str) -> Any:
        """A text for a typed property: itself, or an output where a part of it is known only later."""
        if "${" not in text and not self._later:
            return text
        pieces = self._mark.split(text)
        if len(pieces) == 1:
            return literal(text)
        parts = [self._part(piece) for piece in pieces if piece]
        return parts[0] if len(parts) == 1 else pulumi.Output.concat(*parts)

    def json(self, document: Document, spell: Callable[[Any], Any] | None = None) -> Any:
        """A policy document as one text; an output where a part of it is known only later."""
        later = False

        def noted(value: Any) -> Any:
            nonlocal later
            spelled = (spell or self.text)(value)
            later = later or isinstance(spelled, pulumi.Output)
            return spelled

        whole = document.spelled(noted)
        return (pulumi.Output.json_dumps if later else json.dumps)(whole, separators=(",", ":"))

    def _part(self, piece: str) -> Any:
        if piece in self._later:
            return self._later[piece]
        if re.fullmatch(_PLACEHOLDER, piece):
            raise ValueError(f"{piece} is not known to this component")
        return literal(piece)
