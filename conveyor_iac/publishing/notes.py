"""release-notes.md: what a release may do that the one before could not, made from the comparison and never by hand.

The same release is always the same text: no time, no bucket, no key stands in it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from textwrap import indent
from typing import Any

import yaml

from conveyor_iac.publishing.release import SIGNATURE, SUMS, TEMPLATE

_VERDICTS = {
    "equal": "It may do exactly what {old} may.",
    "narrower": "It may do less than {old}, and nothing that {old} may not.",
    "broader": "It may do more than {old}: read below what, before you update.",
    "incomparable": "It may do something that {old} may not, and no longer something that {old} may.",
    "undecided": "Whether it may do more than {old} was not decided everywhere: what is undecided stands below.",
}
_UNKNOWN = "Not decided"


def notes(version: str, *, compared_with: str | None, comparison: Mapping[str, Any] | None,
          templates: Mapping[str, bytes], proofs: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The notes of a release.

    comparison: as `conveyor-iac diff --json` prints it; none for the first release. templates, proofs: by short name.
    """
    parts = [f"# Release {version}", *_verdict(compared_with, comparison)]
    for row in comparison["templates"] if comparison else ():
        parts += _template(row)
    parts += [*_claims(proofs), *_checksums(templates), _verifying(version)]
    return ("\n\n".join(parts) + "\n").encode()


def _verdict(old: str | None, comparison: Mapping[str, Any] | None) -> Iterator[str]:
    if comparison is None:
        yield "The first release: there is none before it that it could be compared with."
        return
    yield (f"Compared with {old}: **{comparison['verdict']}**. {_VERDICTS[comparison['verdict']].format(old=old)} This"
           " is decided by a prover, policy by policy and route by route, and not by reading the difference.")


def _template(row: Mapping[str, Any]) -> Iterator[str]:
    """What is new of one template."""
    state = "" if row["state"] == "compared" else f" ({row['state']})"
    yield f"## `{row['template']}`: {row['verdict']}{state}"
    if row["state"] == "removed":
        yield "This release has no such template."
    subjects = row["subjects"]
    yield from _examples("May now, and could not before", subjects, "more", "may_now")
    yield from _examples("May no longer", subjects, "less", "may_no_longer")
    yield from _undecided(subjects)
    yield from _resources(row["resources"])
    yield from _parameters(row["parameters"])
    yield from _listed("Notes", row.get("notes", ()))


def _examples(title: str, subjects: Sequence[Mapping[str, Any]], side: str, key: str) -> Iterator[str]:
    """Each subject with a request or a path that shows it."""
    shown = [subject for subject in subjects if subject[side] == "refuted"]
    if shown:
        yield f"### {title}"
    for subject in shown:
        yield f"{subject['kind'].capitalize()} `{subject['subject']}`, for example:"
        yield indent(_yaml(subject[key] or {}), "    ")


def _undecided(subjects: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from _listed(_UNKNOWN, [
        f"{subject['kind']} `{subject['subject']}`" + "".join(f": {note}" for note in subject["notes"])
        for subject in subjects if "undecided" in (subject["more"], subject["less"])])


def _resources(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    lines = []
    for row in rows:
        was = f", was `{row['was']}`" if row["was"] not in (None, row["logical_id"]) else ""
        parts = f": {', '.join(row['properties'])}" if row["properties"] else ""
        lines.append(f"{row['change']}: `{row['logical_id']}` ({row['type']}){was}{parts}"
                     + ("" if row["judged"] else "; what it may do is not judged"))
    yield from _listed("Resources", lines)


def _parameters(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    lines = [f"{row['change']}: `{row['name']}`" + (", **needs a value**" if row["needs_value"] else "")
             + "".join(f"; {what}" for what in row["what"]) for row in rows]
    yield from _listed("Parameters", lines)


def _claims(proofs: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield "## Proved"
    for name in sorted(proofs):
        ids = ", ".join(f"`{claim['id']}`" for claim in proofs[name]["claims"] if claim["verdict"] == "proved")
        yield f"`{name}`: {ids}."


def _checksums(templates: Mapping[str, bytes]) -> Iterator[str]:
    yield "## Checksums (SHA-256)"
    yield indent("\n".join(f"{sha256(templates[name]).hexdigest()}  {name}{TEMPLATE}" for name in sorted(templates)),
                 "    ")


def _verifying(version: str) -> str:
    """How a customer verifies the release, with us and without us."""
    return (f"## Verify it\n\nWith conveyor-iac, which proves the templates again on your machine:\n\n"
            f"    conveyor-iac verify-release FOLDER-OR-URL\n\n"
            f"Without it, in the folder of the release, with minisign and the public key from the README of"
            f" conveyor-iac (never from where the release is):\n\n"
            f"    minisign -V -m {SUMS} -x {SIGNATURE} -P PUBLIC-KEY\n    sha256sum -c {SUMS}\n\n"
            f"The trusted comment must say `conveyor-iac release {version}`: a signature of another version is not"
            " one of this.")


def _listed(title: str, lines: Iterable[str]) -> Iterator[str]:
    """A list under its title; nothing where it is empty."""
    found = [f"- {' '.join(line.split())}" for line in lines]
    if found:
        yield f"### {title}"
        yield "\n".join(found)


def _yaml(value: Any) -> str:
    return yaml.safe_dump(json.loads(json.dumps(value)), sort_keys=False, allow_unicode=True, width=100).rstrip()
