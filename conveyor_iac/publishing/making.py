"""A release is made: of templates and schemas, what is proved of them, and what they may do that others could not.

The same of all these, made by the same packages, gives the same bytes: no time, no bucket and no key stands in a file.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from importlib.metadata import version as installed
from typing import Any

from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.publishing import notes, semantic
from conveyor_iac.publishing.release import ABOUT, DIFF, NOTES, PAGE, PROOF, SBOM, TEMPLATE, Release, templates_of

Synthesize = Callable[[], Mapping[str, bytes]]
"""The templates and schemas, by their names in a release."""
Prove = Callable[[Mapping[str, bytes]], Mapping[str, Mapping[str, Any]]]
"""What is proved of each template: short name -> the report of `verify --json`, without its seconds."""
Describe = Callable[[], Mapping[str, Mapping[str, Any]]]
"""What `plan --json` says of an example of each deployment, by its name: the network, the paths and the costs."""
Compare = Callable[[Mapping[str, bytes], Mapping[str, bytes]], Mapping[str, Any]]
"""Old templates and new ones by short name -> what `diff --json` prints."""
SCHEMA = 1
COMPARED = (ABOUT, DIFF, NOTES)
"""The files that say what a release was compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What there is of a release before it is compared: its templates and schemas, and the proof of each template."""

    version: str
    sources: Mapping[str, bytes]
    proofs: Mapping[str, Mapping[str, Any]]
    plans: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def templates(self) -> dict[str, bytes]:
        """The templates, by short name and in its order: what is said of them comes in theirs."""
        return dict(sorted(templates_of(self.sources).items()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What the templates were compared with, and how it came out; both none for a first release."""

    version: str | None = None
    comparison: Mapping[str, Any] | None = None

    @property
    def verdict(self) -> str | None:
        """equal, narrower, broader, incomparable or undecided."""
        return str(self.comparison["verdict"]) if self.comparison else None


def made(version: str, synthesize: Synthesize, prove: Prove, describe: Describe = dict) -> Made:
    """The templates and schemas with their proofs. `AnswerIsNo` where a claim that is asked is not proved."""
    sources = synthesize()
    if not templates_of(sources):
        raise AnswerIsNo("there is no template to publish")
    found = Made(version=version, sources=sources, proofs=prove(templates_of(sources)), plans=describe())
    wrong = [f"{name}: {reason}" for name in sorted(found.templates) for reason in _unproved(found.proofs.get(name))]
    if wrong:
        raise AnswerIsNo("not published, for it is not proved: " + "; ".join(wrong))
    return found


def refuse_broader(version: str, compared: Compared) -> None:
    """`AnswerIsNo` where a release may do more than the one before, or it is not known, and it is no major version."""
    if compared.version is None or compared.comparison is None or compared.comparison["more"] == "proved" \
            or semantic.is_major_step(compared.version, version):
        return
    where = ", ".join(row["template"] for row in compared.comparison["templates"] if row["more"] != "proved")
    said = "may do more than" if compared.comparison["more"] == "refuted" else "is not proved to do no more than"
    raise AnswerIsNo(f"{version} {said} {compared.version} ({where}; `conveyor-iac diff` shows a request for each): a"
                     f" broader release must be a major version. Publish it as {semantic.next_major(compared.version)}"
                     " or above")


def release(found: Made, compared: Compared) -> Release:
    """The release, with every file of it."""
    from conveyor_iac.publishing.report.page import page
    from conveyor_iac.publishing.report.told import of_release
    from conveyor_iac.publishing.sbom import packages, sbom

    templates = found.templates
    files = dict(found.sources)
    files |= {PROOF.format(name=name): _json(found.proofs[name]) for name in templates}
    files[ABOUT] = _json(_about(found, compared))
    files[DIFF] = _json({"schema": SCHEMA, "version": found.version, "compared_with": compared.version,
                         "comparison": compared.comparison})
    files[NOTES] = notes.notes(found.version, compared_with=compared.version, comparison=compared.comparison,
                               templates=templates, proofs=found.proofs)
    files[PAGE] = page(of_release(found.version, templates, found.proofs, found.plans))
    files[SBOM] = sbom(found.version, {f"{name}{TEMPLATE}": content for name, content in templates.items()}, packages())
    return Release(version=found.version, files=files)


def _about(found: Made, compared: Compared) -> dict[str, Any]:
    """release.json."""
    said = compared.comparison or {}
    return {"schema": SCHEMA, "version": found.version, "made_by": {"conveyor-iac": installed("conveyor-iac")},
            "compared_with": compared.version, "verdict": compared.verdict, "more": said.get("more"),
            "less": said.get("less"),
            "templates": {name: {"sha256": sha256(content).hexdigest(), "bytes": len(content),
                                 "proved": [claim["id"] for claim in found.proofs[name]["claims"]]}
                          for name, content in sorted(found.templates.items())}}


def _unproved(report: Mapping[str, Any] | None) -> list[str]:
    """Why a template is not proved; nothing where it is. A template that nothing was asked of is not proved."""
    if not report or not report["claims"]:
        return ["nothing was asked of it"]
    return [f"{claim['id']} is {claim['verdict']}" for claim in report["claims"] if claim["verdict"] != "proved"]


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
