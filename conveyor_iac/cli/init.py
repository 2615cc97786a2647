"""conveyor-iac init: writes an installation file, or a small project around one, and never overwrites anything."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from conveyor_iac.cli.files import refuse_existing, write_new
from conveyor_iac.cli.talk import say
from conveyor_iac.errors import Fault, InputError

EXAMPLE = ("Example: conveyor-iac init --deployment private --from sheet.yaml -f conveyor.yaml"
           " && conveyor-iac init --engine pulumi --from sheet.yaml installation")

QUESTIONS = {
    "tenant": ("Tenant id, from the vendor's sheet", "acme"),
    "deployment": ("Deployment model: shared, private or dedicated", "private"),
    "region": ("Region of the data plane", "eu-west-1"),
    "account": ("Your AWS account: 12 digits", "222222222222"),
    "control_plane_account": ("The control plane's account: 12 digits", "111122223333"),
    "control_plane_role": ("The control plane's role", "conveyor-control-plane"),
}
"""What must be asked, and the sample that --yes takes."""


class Engine(StrEnum):
    """For which engine a project is written."""

    cdk = "cdk"
    pulumi = "pulumi"


def run(
    folder: Annotated[Path | None, typer.Argument(help="With --engine: the folder of the project.")] = None,
    file: Annotated[Path, typer.Option("--file", "-f", help="The file to write.")] = Path("conveyor.yaml"),
    engine: Annotated[Engine | None, typer.Option(help="Write a project that deploys with this engine.")] = None,
    sheet: Annotated[Path | None, typer.Option("--from", help="The vendor's sheet to start from.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant id.")] = None,
    deployment: Annotated[str | None, typer.Option(help="shared, private or dedicated.")] = None,
    cloud: Annotated[str, typer.Option(help="aws or azure.")] = "aws",
    region: Annotated[str | None, typer.Option(help="Region of the data plane.")] = None,
    account: Annotated[str | None, typer.Option(help="Your AWS account.")] = None,
    control_plane_account: Annotated[str | None, typer.Option(help="The control plane's account.")] = None,
    control_plane_role: Annotated[str | None, typer.Option(help="The control plane's role.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take samples for what is not given.")] = False,
) -> None:
    """Write an installation file, asking only what it must; with --engine, a project around it."""
    from conveyor_iac.cli import project
    from conveyor_iac.model.installation import Installation

    target = _target(engine, folder)
    refuse_existing([target / name for name in project.names(engine)] if engine and target else [file])
    given = {"tenant": tenant, "deployment": deployment, "region": region, "account": account,
             "control_plane_account": control_plane_account, "control_plane_role": control_plane_role}
    said = _from_sheet(sheet)
    principals = said.pop("principals", [])
    answers = _answered({**said, **{key: value for key, value in given.items() if value}}, yes=yes)
    words = _words(answers, cloud, principals)
    Installation.read(words)
    if engine and target:
        write_new({target / name: content for name, content in project.files(engine, words).items()})
        say(f"Written: {target}/. Next: the commands of {target / 'README.md'}")
        return
    write_new({file: project.installation_file(words)})
    say(f"Written: {file}. Next: conveyor-iac plan -f {file}")


def _target(engine: Engine | None, folder: Path | None) -> Path | None:
    """The folder of the project, or nothing when only a file is wanted."""
    if (engine is None) != (folder is None):
        raise InputError([Fault(path="--engine" if engine is None else "DIR", value="(missing)",
                                rule="a project needs an engine and a folder",
                                way_out=f"Write `conveyor-iac init --engine {engine or 'cdk'} DIR`")])
    return folder


def _from_sheet(file: Path | None) -> dict[str, Any]:
    if file is None:
        return {}
    from conveyor_iac.model.sheet import VendorSheet

    sheet = VendorSheet.load(file)
    return {"tenant": sheet.tenant, "region": sheet.region, "control_plane_account": sheet.control_plane.account,
            "control_plane_role": sheet.control_plane.role, "principals": list(sheet.principals)}


def _answered(given: dict[str, str], *, yes: bool) -> dict[str, str]:
    """Every answer: what was given, a sample with --yes, else what the user says."""
    answers = dict(given)
    for key, (question, sample) in QUESTIONS.items():
        if key in answers:
            continue
        if key == "control_plane_account" and answers.get("deployment") == "dedicated":
            answers[key] = answers["account"]
        elif yes:
            answers[key] = sample
            say(f"{key}: the sample {sample} is taken; put your own in its place")
        else:
            answers[key] = _asked(key, question)
    return answers


def _asked(key: str, question: str) -> str:
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise InputError([Fault(path=f"--{key.replace('_', '-')}", value="(no answer)", rule=question,
                                way_out="Give the option, or take samples with --yes")])
    return answer


def _words(answers: dict[str, str], cloud: str, principals: list[str]) -> dict[str, Any]:
    words: dict[str, Any] = {key: answers[key] for key in ("tenant", "deployment", "region", "account")}
    if cloud != "aws":
        words |= {"cloud": cloud, "azure": {"tenant_id": "00000000-0000-0000-0000-000000000000"}}
        say("azure.tenant_id: a sample is taken, and account is left out; put your own subscription in")
        del words["account"]
    control_plane = {"account": answers["control_plane_account"], "role": answers["control_plane_role"]}
    return {**words, "control_plane": control_plane, **_connecting(answers, principals), **_placed(answers, cloud)}


def _connecting(answers: dict[str, str], principals: list[str]) -> dict[str, Any]:
    """Who may connect: whom the vendor's sheet names; else the control plane's account where its role has a path."""
    if answers["deployment"] != "private":
        if principals:
            say(f"principals: not written, in a {answers['deployment']} deployment the vendor connects to nothing")
        return {}
    if not principals and "/" in answers["control_plane_role"]:
        from conveyor_iac.model.catalogue import partition_of

        partition = partition_of(answers["region"])
        principals = [f"arn:{partition}:iam::{answers['control_plane_account']}:root"] if partition else []
        say("private_link.principals: the control plane's account, because EC2 takes no role with a path")
    return {"private_link": {"principals": principals}} if principals else {}


def _placed(answers: dict[str, str], cloud: str) -> dict[str, Any]:
    """Zones by id where EKS refuses one of the region's: a sample, for zones differ between accounts."""
    from conveyor_iac.model.catalogue import zones

    known = zones().get(answers["region"])
    if cloud != "aws" or not known or not known.refused:
        return {}
    every = [f"{known.prefix}-az{number}" for number in range(1, known.count + len(known.refused) + 1)]
    ids = [zone for zone in every if zone not in known.refused][:min(known.count, 3)]
    say(f"network.zone_ids: the sample {', '.join(ids)} is taken, because EKS refuses {', '.join(known.refused)}")
    return {"network": {"zones": len(ids), "zone_ids": ids}}
