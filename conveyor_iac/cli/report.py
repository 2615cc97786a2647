"""conveyor-iac report: the page of one installation that a security reviewer reads, as one file of HTML.

Synthesizes and proves what would be deployed; deploys nothing. The external id is nowhere in it.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.files import write
from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import Plan

EXAMPLE = "Example: conveyor-iac report -f examples/private.yaml -o report.html"
PAGE = Path("report.html")


def run(
    file: File,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="The page to write; left out:"
                                                " report.html, or none with --json.")] = None,
    release: Annotated[str | None, typer.Option(metavar="URL-or-FOLDER", help="The release that the page's launch links"
                                                " are of, as in rollout; left out: it has none.")] = None,
    version: Annotated[str | None, typer.Option(metavar="V", help="Which version of the release.")] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="Where CloudFormation reads the version's folder, where"
                                            " --release is not that address.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the page that is there.")] = False,
    json: Json = False,
) -> None:
    """Write the page that a security reviewer reads of an installation: what the vendor can do and cannot, what leaves,
    every permission, every claim with how to check it without us, the network and the costs."""
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan
    from conveyor_iac.publishing.report.page import page
    from conveyor_iac.publishing.report.told import of_installation

    place = output or (None if json else PAGE)
    installation = Installation.load(file)
    made = plan(installation)
    if place:
        _refuse_folder(place)
    launch = _launch(installation, release, version, url)
    templates = _synthesized(installation)
    told = of_installation(installation, planned_of(installation, made), templates, _proved(templates), launch)
    if place:
        say(f"{place}: {_written(place, page(told), force=force)}")
    if json:
        data(told)
    noes = [f"{claim['id']} is {claim['state']}" for claim in told["claims"] if claim["state"] != "proved"]
    if noes:
        raise AnswerIsNo("not proved: " + "; ".join(noes))


def examples() -> dict[str, Mapping[str, Any]]:
    """What `plan --json` says of an example of each deployment: for the page of a release, which is for everybody."""
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan
    from conveyor_iac.publishing.report.told import EXAMPLE as WORDS

    own = {"control_plane": {**WORDS["control_plane"], "account": WORDS["account"]}}
    asked = {"shared": {}, "private": {}, "dedicated": own}
    found = {}
    for deployment, more in asked.items():
        installation = Installation.read({**WORDS, "deployment": deployment, **more})
        found[deployment] = planned_of(installation, plan(installation))
    return found


def planned_of(installation: "Installation", made: "Plan") -> Mapping[str, Any]:
    """What `plan --json` says, with the price table of its cloud."""
    if made.azure:
        from conveyor_iac.cli import planned_azure
        from conveyor_iac.model.catalogue import azure

        return planned_azure.told(installation, made.azure, azure.prices())
    from conveyor_iac.cli import planned
    from conveyor_iac.model import catalogue

    return planned.told(installation, made, catalogue.prices())


def _synthesized(installation: "Installation") -> dict[str, bytes]:
    """The templates of the installation's stacks, by name; none on Azure, where Pulumi makes everything."""
    if installation.cloud == "azure":
        return {}
    say("Synthesizing ...")
    from conveyor_iac.cdk.assembly import assemble

    with tempfile.TemporaryDirectory(prefix="conveyor-report-") as folder:
        return {name: file.read_bytes() for name, file in assemble([installation], "app", Path(folder)).items()}


def _proved(templates: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """What `verify --json` says of each template, deployed beside the others."""
    if not templates:
        return []
    from conveyor_iac.proofs.template import read
    from conveyor_iac.proofs.verify import verify

    given = [read(content.decode(), f"{name}.template.json") for name, content in templates.items()]
    reports = []
    for template in given:
        say(f"Proving {template.name} ...")
        reports.append(verify(template, beside=[other for other in given if other is not template]).as_json())
    return reports


def _launch(installation: "Installation", release: str | None, version: str | None, url: str | None
            ) -> list[dict[str, Any]]:
    """What launches each stack from a release; nothing where none is named."""
    if release is None:
        wrong = [("--version", version), ("--url", url)]
        faults = [Fault(path=option, value=repr(value), rule="goes with --release, which names the release",
                        way_out="Give --release, or leave it out") for option, value in wrong if value is not None]
        if faults:
            raise InputError(faults)
        return []
    from conveyor_iac.publishing.rollout.links import quick_create, why_none
    from conveyor_iac.publishing.rollout.offer import offer
    from conveyor_iac.publishing.rollout.stacks import stacks
    from conveyor_iac.publishing.source import opened

    say(f"Reading {release} ...")
    offered = offer(opened(release, version=version, region=None, profile=None, endpoint=None), url=url)
    for text in offered.told:
        say(f"warning: {text}")
    return [{"template": stack.template.name, "stack": stack.name, "url": quick_create(stack), "why": why_none(stack),
             "file": f"{stack.template.name}.template.json"} for stack in stacks(installation, offered)]


def _refuse_folder(place: Path) -> None:
    if place.is_dir():
        raise InputError([Fault(path="--output", value=str(place), rule="a file, and this is a folder",
                                way_out=f"Name a file in it, such as {place / PAGE}")])


def _written(place: Path, content: bytes, *, force: bool) -> str:
    """Writes the page, unless something else is there; says what became of it."""
    there = place.read_bytes() if place.exists() else None
    if there == content:
        return "same as before"
    if there is not None and not force:
        raise InputError([Fault(path="--output", value=f"{place} is there, with other content", rule="nothing is"
                                " overwritten unasked", way_out="Name another file, or add --force")])
    write(place, content)
    return "written" if there is None else "replaced"
