"""What `conveyor-iac diff` says in words: the verdict first, then each template, what it may do now first of all."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from textwrap import indent
from typing import Any

from conveyor_iac.cli.paragraphs import as_yaml, wrapped

SHOWN = 12
"""Resources of one change that are named, and subjects of one kind; a template has up to 500."""
MEANS: Mapping[str, str] = {
    "equal": "the new may do what the old could: no more and no less",
    "narrower": "the new may do nothing that the old could not, and no longer does something that it could",
    "broader": "the new may do something that the old could not, and all that it could",
    "incomparable": "the new may do something that the old could not, and no longer does something that it could",
    "undecided": "not all of it was decided; what was, and why the rest was not, is below",
}
ASKED: Mapping[str, str] = {
    "proved": "no", "refuted": "yes, an example is below", "undecided": "not known, the reasons are below"}
TAKEN = (
    "Both are deployed with the same parameters, into the same account and region, one in the place of the other.",
    "What one of the two alone has a parameter for is held to every value of it.",
    "A name that CloudFormation makes up is the same for a resource of both.",
    "Policies, boundaries and routes that are in no template given here are as they were.",
    "Costs, alarms and availability are asked about nowhere; what else of a resource nobody judges is not decided.",
    "Release files are held against their digests; whose signature they have is asked by verify-release.",
)


def words(found: Mapping[str, Any], *, old: str, new: str) -> str:
    """The whole comparison. `found` is what `--json` prints; `old` and `new` are what the two are called."""
    head = [f"{old} -> {new}", f"{found['verdict']}: {MEANS[found['verdict']]}", *_asked(found)]
    return "\n\n".join(["\n".join(head), *(_template(each) for each in found["templates"]),
                        "\n".join(["taken for granted:", *_bullets(TAKEN)]), f"{_all(found)}{found['verdict']}"])


def _all(found: Mapping[str, Any]) -> str:
    count = len(found["templates"])
    return f"{count} template{'' if count == 1 else 's'}: "


def _asked(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"  may it do more than it could?     {ASKED[found['more']]}"
    yield f"  may it no longer do something?    {ASKED[found['less']]}"


def _template(found: Mapping[str, Any]) -> str:
    state = {"added": " (added: there was none of this name)", "removed": " (removed: there is none of this name now)"}
    lines = [f"{found['template']}: {found['verdict']}{state.get(found['state'], '')}"]
    parts = [*_examples("may do now what it could not:", found["subjects"], "may_now"),
             *_examples("may no longer do what it could:", found["subjects"], "may_no_longer"),
             *_undecided(found["subjects"]), *_settled(found), *_resources(found["resources"]),
             *_parameters(found["parameters"]), *_notes(found)]
    return "\n".join([*lines, *(indent(part, "  ") for part in parts)])


def _examples(title: str, subjects: Sequence[Mapping[str, Any]], key: str) -> Iterator[str]:
    shown = [subject for subject in subjects if subject[key] is not None]
    if shown:
        yield "\n".join([title, *(line for subject in shown for line in (
            f"  {subject['kind']} {subject['subject']}:", indent(as_yaml(subject[key]), "    ")))])


def _undecided(subjects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    lines: list[str] = []
    for subject in subjects:
        asked = [word for word, side in (("more", "more"), ("less", "less")) if subject[side] == "undecided"]
        if asked:
            lines += wrapped(f"{subject['kind']} {subject['subject']} ({' or '.join(asked)}): "
                              + "; ".join(subject["notes"]), "  ")
    if lines:
        yield "\n".join(["not decided, so it may do more or less:", *lines])


def _settled(found: Mapping[str, Any]) -> Iterator[str]:
    """What is known: of each subject, which of the words it is; of the rest, that nothing of it changes the answer."""
    by: dict[tuple[str, str], list[str]] = {}
    for subject in sorted(found["subjects"], key=lambda subject: bool(subject["verdict"] == "equal")):
        if subject["verdict"] != "undecided":
            by.setdefault((subject["verdict"], subject["kind"]), []).append(subject["subject"])
    if by:
        yield "\n".join(["settled:", *(line for (verdict, kind), names in by.items()
                                       for line in wrapped(f"{verdict:12}  {kind}: {_some(names)}", "  ", " " * 18))])
    elif not found["subjects"]:
        yield "settled: nothing in it changes what anybody may do"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"{', '.join(names[:SHOWN])}{more}"


def _resources(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    by: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by.setdefault(row["change"], []).append(row)
    lines: list[str] = []
    for change, those in by.items():
        for row in those[:SHOWN]:
            was = f" (was {row['was']})" if row["was"] not in (None, row["logical_id"]) else ""
            what = f": {', '.join(row['properties'])}" if row["properties"] else ""
            judged = "" if row["judged"] else "; not judged"
            lines += wrapped(f"{change}  {row['logical_id']}{was}  {row['type']}{what}{judged}", "  ")
        lines += [f"  {change}  {len(those) - SHOWN} more"] if len(those) > SHOWN else []
    if lines:
        yield "\n".join(["resources:", *lines])


def _parameters(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    lines: list[str] = []
    for row in rows:
        needs = " (an update must give it a value)" if row["needs_value"] else ""
        lines += wrapped(f"{row['change']}  {row['name']}{needs}{': ' if row['what'] else ''}"
                          + "; ".join(row["what"]), "  ")
    if lines:
        yield "\n".join(["parameters:", *lines])


def _notes(found: Mapping[str, Any]) -> Iterator[str]:
    notes = [*found["notes"], *(f"{subject['kind']} {subject['subject']}: {note}" for subject in found["subjects"]
                                if subject["verdict"] != "undecided" for note in subject["notes"])]
    if notes:
        yield "\n".join(["notes:", *_bullets(dict.fromkeys(notes), "  ")])


def _bullets(texts: Iterable[str], first: str = "  ") -> list[str]:
    return [line for text in texts for line in wrapped(text, f"{first}- ", f"{first}  ")]
