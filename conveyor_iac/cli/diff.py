"""conveyor-iac diff: what a new template may do that an old one could not, decided by the prover.

Reads, and deploys nothing.
"""

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from conveyor_iac.cli.diff_sides import Reader, sides
from conveyor_iac.cli.options import Json
from conveyor_iac.cli.talk import Progress, data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.proofs.diff.compare import Comparison

EXAMPLE = "Example: conveyor-iac diff 1.2.0 templates/ --at https://releases.example.com/conveyor --fail-on broader"
LONGEST = 3600
"""Seconds that one question may be given at most."""


class FailOn(StrEnum):
    """Which answer ends with 1. What is undecided may be that answer, and never passes."""

    BROADER = "broader"
    NARROWER = "narrower"
    INCOMPARABLE = "incomparable"
    DIFFERENT = "different"


def run(
    old: Annotated[str, typer.Argument(metavar="OLD", help="What is there: a template, a folder of them, a version, or"
                                       " the URL of either; - reads standard input.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="What is to come, in the same words.")],
    fail_on: Annotated[FailOn | None, typer.Option(help="End with 1 when the new may be that: broader may do something"
                                                   " that it could not, narrower may no longer do something,"
                                                   " incomparable is both, different is either. What is undecided ends"
                                                   " with 1 as well.")] = None,
    at: Annotated[str | None, typer.Option(metavar="URL-or-FOLDER", help="Where versions.json lies, when OLD or NEW is"
                                           " a version.")] = None,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", help="How long each question may take; one that takes"
                                           " longer is undecided.")] = 20.0,
    region: Annotated[str | None, typer.Option(help="The region of the bucket, for s3:// addresses.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile to read with.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(metavar="URL", help="In place of AWS's own endpoints.")] = None,
    json: Json = False,
) -> None:
    """Compare templates: what the new may do that the old could not, and the other way round, each with an example."""
    from conveyor_iac.cli import diff_words
    from conveyor_iac.proofs.diff.compare import compare

    if not 0 < timeout <= LONGEST:
        raise InputError([Fault(path="--timeout", value=f"{timeout:g}", way_out="Leave it out for 20 seconds",
                                rule=f"more than 0 and at most {LONGEST} seconds")])
    say("Reading both ...")  # the words are not shown before they are known to hold no password
    before, after = sides(old, new, Reader(at=at, region=region, profile=profile, endpoint=endpoint_url))
    found = compare(before.templates, after.templates, timeout=timeout, progress=Progress())
    if json:
        data(found.as_json())
    else:
        print(diff_words.words(found.as_json(), old=before.words, new=after.words))
    if fail_on is not None and (noes := list(_noes(found, fail_on))):
        raise AnswerIsNo(f"--fail-on {fail_on.value}: {'; '.join(noes)}")


def _noes(found: "Comparison", fail_on: FailOn) -> Iterator[str]:
    """Why it does not pass; nothing where it does."""
    told = {"more": {"refuted": "it may do something that it could not",
                     "undecided": "it is not known whether it may do more than it could"},
            "less": {"refuted": "it may no longer do something that it could",
                     "undecided": "it is not known whether it may still do all that it could"}}
    noes = {"more": told["more"].get(found.more.value), "less": told["less"].get(found.less.value)}
    if fail_on is FailOn.INCOMPARABLE and None in noes.values():
        return
    asked = {FailOn.BROADER: ("more",), FailOn.NARROWER: ("less",)}.get(fail_on, ("more", "less"))
    yield from (no for side in asked if (no := noes[side]) is not None)
