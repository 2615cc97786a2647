"""conveyor-iac init: writes an installation file, or a small project around one, and never overwrites anything."""

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from conveyor_iac.cli import init_azure
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
"""What must be asked on AWS, and the sample that --yes takes; `init_azure` has the questions of Azure."""
PLACES = {**{key: key for key in QUESTIONS}, "control_plane_account": "control_plane.account",
          "control_plane_role": "control_plane.role"}
"""Where in the file an answer stands."""


class Engine(StrEnum):
    """For which engine a project is written."""

    cdk = "cdk"
    pulumi = "pulumi"


def run(
    folder: Annotated[Path | None, typer.Argument(help="With --engine: the folder of the project.")] = None,
    file: Annotated[Path, typer.Option("--file", "-f", help="The file to write.")] = Path("conveyor.yaml"),
    engine: Annotated[Engine | None, typer.Option(help="Write a project that deploys with this engine; with --cloud"
                                                  " azure pulumi only.")] = None,
    sheet: Annotated[Path | None, typer.Option("--from", help="The vendor's sheet to start from.")] = None,
    tenant: Annotated[str | None, typer.Option(help="Tenant id.")] = None,
    deployment: Annotated[str | None, typer.Option(help="shared, private or dedicated; on azure shared only.")] = None,
    cloud: Annotated[str, typer.Option(help="aws or azure.")] = "aws",
    region: Annotated[str | None, typer.Option(help="Region of the data plane.")] = None,
    account: Annotated[str | None, typer.Option(help="Your AWS account; not on azure.")] = None,
    control_plane_account: Annotated[str | None, typer.Option(help="The control plane's account.")] = None,
    control_plane_role: Annotated[str | None, typer.Option(help="The control plane's role.")] = None,
    control_plane_region: Annotated[str | None, typer.Option(help="On azure: the control plane's AWS region.")] = None,
    entra_tenant: Annotated[str | None, typer.Option(help="On azure: the id of your Entra tenant.")] = None,
    subscription: Annotated[str | None, typer.Option(help="On azure: the subscription that is handed over.")] = None,
    management_group: Annotated[str | None, typer.Option(help="On azure: the management group it lies in.")] = None,
    connected_organization: Annotated[str | None, typer.Option(help="On azure: the object id of the vendor's connected"
                                                               " organisation.")] = None,
    approvers: Annotated[str | None, typer.Option(help="On azure: the object id of the group that approves.")] = None,
    log_subscription: Annotated[str | None, typer.Option(help="On azure: the subscription for logs and alerts, outside"
                                                         " the vendor's reach.")] = None,
    contact: Annotated[str | None, typer.Option(help="On azure: the e-mail address of alerts.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing; take samples for what is not given.")] = False,
) -> None:
    """Write an installation file for AWS or Azure, asking only what it must; with --engine, a project around it."""
    target = _target(engine, folder)
    given = {"tenant": tenant, "deployment": deployment, "region": region, "account": account,
             "control_plane_account": control_plane_account, "control_plane_role": control_plane_role,
             "control_plane_region": control_plane_region, "entra_tenant": entra_tenant, "subscription": subscription,
             "management_group": management_group, "connected_organization": connected_organization,
             "approvers": approvers, "log_subscription": log_subscription, "contact": contact}
    from conveyor_iac.cli import project

    refuse_existing([target / name for name in project.names(engine, cloud)] if engine and target else [file])
    words, samples = _wanted(given, cloud, engine, sheet, yes=yes)
    if engine and target:
        write_new({target / name: content for name, content in project.files(engine, words, samples).items()})
        say(f"Written: {target}/. Next: the commands of {target / 'README.md'}")
        return
    write_new({file: project.installation_file(words, samples)})
    say(f"Written: {file}. Next: conveyor-iac plan -f {file}")


def _wanted(given: dict[str, str | None], cloud: str, engine: Engine | None, sheet: Path | None, *, yes: bool
            ) -> tuple[dict[str, Any], list[str]]:
    """The words of a file that loads, and the keys of it that hold samples; `InputError` with every fault."""
    from conveyor_iac.model.installation import Installation

    on_azure = cloud == "azure"
    faults = (init_azure.refused(given["deployment"], engine, given["account"]) if on_azure else
              init_azure.misplaced(given))
    said = _from_sheet(sheet, on_azure=on_azure)
    principals = said.pop("principals", [])
    known = {**said, **{key: value for key, value in given.items() if value}}
    answers, samples = _answered(known, init_azure.QUESTIONS if on_azure else QUESTIONS, faults, yes=yes)
    words = _on_azure(answers, principals) if on_azure else _words(answers, cloud, principals)
    try:
        Installation.read(words)
    except InputError as refused:
        said_there = {fault.path for fault in refused.faults}
        faults = [*(fault for fault in faults if fault.path not in said_there), *refused.faults]
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.path))
    return words, [init_azure.PLACES[key] if on_azure else PLACES[key] for key in samples]


def _target(engine: Engine | None, folder: Path | None) -> Path | None:
    """The folder of the project, or nothing when only a file is wanted."""
    if (engine is None) != (folder is None):
        raise InputError([Fault(path="--engine" if engine is None else "DIR", value="(missing)",
                                rule="a project needs an engine and a folder",
                                way_out=f"Write `conveyor-iac init --engine {engine or 'cdk'} DIR`")])
    return folder


def _from_sheet(file: Path | None, *, on_azure: bool) -> dict[str, Any]:
    """What the vendor's sheet says; its region is one of AWS, and so none of a data plane on Azure."""
    if file is None:
        return {}
    from conveyor_iac.model.sheet import VendorSheet

    sheet = VendorSheet.load(file)
    said = {"tenant": sheet.tenant, "region": sheet.region, "control_plane_account": sheet.control_plane.account,
            "control_plane_role": sheet.control_plane.role, "principals": list(sheet.principals)}
    if on_azure:
        say(f"region: {said.pop('region')} of the sheet is not taken, it is a region of AWS")
    return said


def _answered(given: dict[str, str], questions: Mapping[str, tuple[str, str]], faults: list[Fault], *, yes: bool
              ) -> tuple[dict[str, str], list[str]]:
    """Every answer: what was given, a sample with --yes, else what the user says; and which of them are samples.

    Where there are faults already nobody is asked: they are raised.
    """
    answers, samples = dict(given), []
    for key, (question, sample) in questions.items():
        if key in answers:
            continue
        if key == "control_plane_account" and answers.get("deployment") == "dedicated" and "account" in answers:
            answers[key] = answers["account"]
        elif yes:
            answers[key] = sample
            samples.append(key)
            say(f"{key}: the sample {sample} is taken; put your own in its place")
        elif faults:
            raise InputError(faults)
        else:
            answers[key] = _asked(key, question)
    return answers, samples


def _asked(key: str, question: str) -> str:
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline().strip()
    if not answer:
        raise InputError([Fault(path=f"--{key.replace('_', '-')}", value="(no answer)", rule=question,
                                way_out="Give the option, or take samples with --yes")])
    return answer


def _words(answers: dict[str, str], cloud: str, principals: list[str]) -> dict[str, Any]:
    words: dict[str, Any] = {key: answers[key] for key in ("tenant", "deployment", "region", "account")}
    control_plane = {"account": answers["control_plane_account"], "role": answers["control_plane_role"]}
    return {**words, **({} if cloud == "aws" else {"cloud": cloud}), "control_plane": control_plane,
            **_connecting(answers, principals), **_placed(answers)}


def _on_azure(answers: dict[str, str], principals: list[str]) -> dict[str, Any]:
    deployment = answers.get("deployment", "shared")
    if principals:
        say("principals: not written, on azure the vendor connects to nothing")
    return init_azure.words_of(answers, deployment)


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


def _placed(answers: dict[str, str]) -> dict[str, Any]:
    """Zones by id where EKS refuses one of the region's: a sample, for zones differ between accounts."""
    from conveyor_iac.model.catalogue import zones

    known = zones().get(answers["region"])
    if not known or not known.refused:
        return {}
    every = [f"{known.prefix}-az{number}" for number in range(1, known.count + len(known.refused) + 1)]
    ids = [zone for zone in every if zone not in known.refused][:min(known.count, 3)]
    say(f"network.zone_ids: the sample {', '.join(ids)} is taken, because EKS refuses {', '.join(known.refused)}")
    return {"network": {"zones": len(ids), "zone_ids": ids}}
