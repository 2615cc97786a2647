"""conveyor-iac rollout: what launches an installation, or a folder of them, from a published release.

Writes a folder and sends nothing to AWS. The external id is in none of its files.
"""

import json as jsons
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conveyor_iac.cli.options import Json
from conveyor_iac.cli.talk import data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.publishing.rollout.fleet import Fleet
    from conveyor_iac.publishing.rollout.offer import Offer

EXAMPLE = ("Example: conveyor-iac rollout -f examples/private.yaml --release"
           " https://releases.s3.eu-west-1.amazonaws.com/conveyor --version 1.2.0 --out rollout")


def run(
    release: Annotated[str, typer.Option(metavar="URL-or-FOLDER", help="Where the release is: https://, s3:// or a"
                                         " folder of this machine; a version's own folder, or the one above it.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="The folder to write.")],
    file: Annotated[Path | None, typer.Option("--file", "-f", metavar="FILE", help="The installation file (YAML or"
                                              " JSON).")] = None,
    fleet: Annotated[Path | None, typer.Option(metavar="FOLDER", help="In place of --file: a folder of installation"
                                               " files, for each of which the parameters are written.")] = None,
    version: Annotated[str | None, typer.Option(metavar="V", help="Which version; left out: the one its folder is"
                                                " called, or the latest of the folder above.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where CloudFormation reads the version's folder, in"
                                            " S3, where --release is not that address.")] = None,
    withdrawn_too: Annotated[bool, typer.Option("--withdrawn-too", help="Take a version that was withdrawn.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Where DIR holds something else, move that to"
                                        " DIR.older.")] = False,
    region: Annotated[str | None, typer.Option(help="The region of the bucket.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile to read with.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(metavar="URL", help="In place of AWS's own endpoints.")] = None,
    json: Json = False,
) -> None:
    """Write what launches an installation from a release: quick-create links, commands of the AWS CLI, StackSets, a
    workflow; or the parameter files of a whole folder of installations."""
    from conveyor_iac.publishing.rollout.folders import refuse
    from conveyor_iac.publishing.rollout.offer import offer
    from conveyor_iac.publishing.source import opened

    if (file is None) == (fleet is None):
        raise InputError([Fault(path="--file, --fleet", value="both" if file else "neither", rule="one of them",
                                way_out="Give --file for one installation, --fleet for a folder of them")])
    refuse(out, force=force)
    say(f"Reading {release} ...")
    source = opened(release, version=version, region=region, profile=profile, endpoint=endpoint_url)
    offered = offer(source, url=url, withdrawn_too=withdrawn_too)
    for told in offered.told:
        say(f"warning: {told}")
    if file is not None:
        _one(file, offered, out, force, as_json=json)
    elif fleet is not None:
        _many(fleet, offered, out, force, as_json=json)


def _one(file: Path, offered: "Offer", out: Path, force: bool, *, as_json: bool) -> None:
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.publishing.rollout.single import SHEET, rollout, shown

    files = rollout(Installation.load(file), offered)
    _write(files, out, force)
    told = jsons.loads(files[SHEET])
    if as_json:
        data(told)
    else:
        print(shown(told))


def _many(folder: Path, offered: "Offer", out: Path, force: bool, *, as_json: bool) -> None:
    from conveyor_iac.publishing.rollout.commands import spelled
    from conveyor_iac.publishing.rollout.fleet import SHEET, fleet

    found = fleet(folder, offered, say)
    told = found.as_json()
    if found.files:
        say(f"Writing {len(found.files)} files ...")
        _write({**found.files, SHEET: spelled(told)}, out, force)
    for name, faults in found.broken.items():
        for fault in faults:
            say(f"error: {name}: {fault}")
    if as_json:
        data(told)
    else:
        print(_shown(found))
    if found.broken:
        raise AnswerIsNo(f"{len(found.broken)} of {found.installations} installations are broken; "
                         + ("the others are written" if found.files else "nothing is written"))


def _write(files: dict[str, bytes], out: Path, force: bool) -> None:
    from conveyor_iac.publishing.rollout.folders import Put, beside, fill, put

    with beside(out) as folder:
        made = folder / "made"
        made.mkdir()
        fill(made, files)
        state = put(made, out, force=force)
    say(f"{out}: {state.value}" + (f"; what was there is {out}.older" if state is Put.replaced else ""))


def _shown(found: "Fleet") -> str:
    from conveyor_iac.cli.talk import table

    told = found.as_json()
    rows = [(row["version"], row["region"], row["template"], str(row["files"])) for row in told["groups"]]
    lines = [table(("version", "region", "template", "files"), rows),
             f"{told['good']} of {told['installations']} installations are good"]
    if found.passed_over:
        lines.append(f"passed over, for their names end otherwise: {', '.join(found.passed_over)}")
    return "\n".join(lines)
