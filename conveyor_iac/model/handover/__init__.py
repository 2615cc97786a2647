"""The handover: one sheet of what the vendor needs, from what a deploy handed out and from the installation file.

`told` reads what an engine printed, `handover` puts the sheet together. What neither says is never guessed: an output
that is missing is a fault, and what no output tells is null in the sheet and named there.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conveyor_iac.errors import HIDDEN, Fault, InputError
from conveyor_iac.model.handover import azure, filling
from conveyor_iac.model.handover.asked import asked, templates
from conveyor_iac.model.handover.form import FORMAT, Handover, Labels, NotKnown, Release, Template
from conveyor_iac.model.handover.gathering import gathered, holds
from conveyor_iac.model.handover.outputs import Stack, stacks
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import Plan

__all__ = ["Handover", "Release", "Stack", "Template", "as_json", "handover", "left_out", "templates", "told"]

_NO_RELEASE = Release(version=None, sha256sums=None, templates=())


def told(installation: Installation, plan: Plan, files: Mapping[str, Any]) -> tuple[Stack, ...]:
    """What the files say, by their names: each is the JSON that an engine printed.

    Raises `InputError` with the faults of all of them.
    """
    keys, found, faults = [row.key for row in asked(installation, plan)], list[Stack](), list[Fault]()
    for file, body in files.items():
        try:
            found += stacks(body, file, keys)
        except InputError as refused:
            faults += refused.faults
        except RecursionError:
            faults.append(Fault(path=file, value="nested too deep", rule="what a deploy handed out, as it is printed",
                                way_out="Give the engine's own output"))
    if faults:
        raise InputError(faults)
    return tuple(found)


def left_out(installation: Installation, plan: Plan, found: Sequence[Stack]) -> tuple[str, ...]:
    """The stacks that are passed over, each with the reason: another tenant's, or nothing says whose they are."""
    return gathered(installation, asked(installation, plan), found).left_out


def handover(installation: Installation, plan: Plan, found: Sequence[Stack], release: Release = _NO_RELEASE
             ) -> Handover:
    """The sheet of an installation; the same stacks, in whatever order, always give the same.

    Raises `InputError` with every output that is missing, differs between stacks, does not look as it must or is not
    what the file says; and where the external id that the file holds would be told.
    """
    gathering = gathered(installation, asked(installation, plan), found)
    if gathering.faults:
        raise InputError(gathering.faults)
    given = gathering.values
    filled = (azure.of_azure(installation, plan.azure, given) if plan.azure else
              filling.of_aws(installation, plan, given))
    service = installation.kind == "endpoint-service"
    sheet = Handover(
        format=FORMAT, kind=installation.kind, tenant=installation.tenant, cloud=installation.cloud,
        deployment=None if service else installation.deployment, region=installation.region,
        account=installation.account, release=release,
        labels=Labels(customer=installation.labels.customer, org_id=installation.labels.org_id),
        external_id="given separately" if plan.installer else None,
        vendor_access=None if service else installation.vendor_access,
        not_known=(*_not_said(installation, release), *filling.not_known(installation, plan, filled)), **filled)
    if holds(sheet.as_json(), installation.external_id):
        raise InputError([Fault(path="external_id", value=HIDDEN, rule="a secret of its own: it is a part of what is"
                                " handed over", way_out="Agree on another one, 16 random characters or more")])
    return sheet


def as_json(sheet: Handover) -> str:
    """The sheet as JSON text, two blanks of indent; the same sheet is always the same text."""
    return json.dumps(sheet.as_json(), indent=2, ensure_ascii=False) + "\n"


def _not_said(installation: Installation, release: Release) -> Iterator[NotKnown]:
    for key, what in (("customer", "the customer's name"), ("org_id", "the customer's id at the vendor")):
        if getattr(installation.labels, key) is None:
            yield NotKnown(key=f"labels.{key}", why=f"the file does not say {what}", way_out=f"Write labels.{key}")
    if not templates(installation):
        why, way_out = "no published template is like this installation", "Ask with which version it was deployed"
        yield NotKnown(key="release", why=why, way_out=way_out)
    elif release.version is None:
        missing = "release" if not release.templates else "release.version"
        yield NotKnown(key=missing, why="no output says it", way_out="Name what was deployed: --release FOLDER or URL"
                       + (", or --template FILE" if not release.templates else ""))
