"""The claims of several reports together: what came of each, where, and on what it rests."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from conveyor_iac.publishing.report.subject import report_name

_WORST = ("refuted", "undecided", "proved")


class Claims:
    """What `verify --json` says of the templates of a page."""

    def __init__(self, reports: Iterable[Mapping[str, Any]]) -> None:
        self.reports: Sequence[Mapping[str, Any]] = tuple(reports)
        self._rows: dict[str, list[dict[str, Any]]] = {}
        for report in self.reports:
            for claim in report["claims"]:
                row = {"template": report_name(report), "verdict": claim["verdict"], "title": claim.get("title", ""),
                       "counterexample": claim.get("counterexample"), "notes": list(claim.get("notes", ()))}
                self._rows.setdefault(claim["id"], []).append(row)

    def rows(self) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        """For each claim that was asked what came of it, by template."""
        return self._rows

    def state(self, claim: str) -> str:
        """refuted if it is so of one template, else undecided, else proved; not asked where nobody asked."""
        found = {row["verdict"] for row in self._rows.get(claim, ())}
        return next((word for word in _WORST if word in found), "not asked" if not found else "undecided")

    def notes(self, claim: str) -> list[str]:
        """The notes of a claim, each once."""
        return list(dict.fromkeys(note for row in self._rows.get(claim, ()) for note in row["notes"]))

    def not_asked(self) -> list[str]:
        """The claims that were asked of no template."""
        return sorted({claim for report in self.reports for claim in report.get("not_asked", ())} - set(self._rows))

    def axioms(self) -> list[str]:
        """What the proofs take for granted, each once."""
        return list(dict.fromkeys(axiom for report in self.reports for axiom in report.get("axioms", ())))
