"""The one way from installations to templates, for the command line, the CDK app and the tests alike."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from aws_cdk import App

from conveyor_iac.cdk.deployment import InstallerRoleStack, InstallerRoleTemplate, PoliciesStack
from conveyor_iac.errors import ConveyorError, Fault, InputError
from conveyor_iac.model import catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import plan, published

Profile = Literal["app", "published"]

_CONTEXT = {"aws:cdk:enable-path-metadata": False, "aws:cdk:enable-asset-metadata": False,
            "aws:cdk:version-reporting": False}


def assemble(installations: Iterable[Installation], profile: Profile, outdir: Path) -> dict[str, Path]:
    """Writes a cloud assembly into `outdir` and answers its templates, by stack name.

    `app`: the stacks of each installation, with concrete values. `published`: the templates everybody may fill
    in; no installation is given then. The bytes are the same with and without the CDK CLI: context that the CLI
    adds is set here. The CDK's built-in validator is off: the tests hold every template against the same rules
    natively. Raises `InputError` for a template that is too large to be deployed.
    """
    app = App(outdir=str(outdir.resolve()), analytics_reporting=False, builtin_cloud_formation_validation=False,
              tree_metadata=False, post_cli_context=_CONTEXT)
    names = _published(app) if profile == "published" else _app(app, list(installations))
    app.synth()
    templates = {name: outdir / f"{name}.template.json" for name in names}
    _within(catalogue.limits()["template-body" if profile == "app" else "published-template"], templates)
    return templates


def _within(limit: catalogue.Limit, templates: Mapping[str, Path]) -> None:
    sizes = {name: file.stat().st_size for name, file in templates.items()}
    faults = [Fault(path=name, value=f"{size} {limit.unit}", rule=f"{limit.of} has at most {limit.value} {limit.unit}",
                    way_out="Take shorter names, or fewer tags")
              for name, size in sizes.items() if size > limit.value]
    if faults:
        raise InputError(faults)


def _published(app: App) -> list[str]:
    InstallerRoleTemplate(app, "installer-role", plan=published())
    return ["installer-role"]


def _app(app: App, installations: list[Installation]) -> list[str]:
    names: list[str] = []
    for number, installation in enumerate(installations):
        prefix = f"conveyor-{installation.tenant}"
        policies, role = f"{prefix}-policies", f"{prefix}-installer-role"
        if role in names:
            raise InputError([Fault(path=f"installations.{number}.tenant", value=repr(installation.tenant),
                                    rule="one installation per tenant in an assembly",
                                    way_out="Synthesize the other one into a folder of its own")])
        made = plan(installation)
        first = PoliciesStack(app, policies, plan=made)
        InstallerRoleStack(app, role, plan=made).add_stack_dependency(first)
        names += [policies, role]
    return names


def run(installation: Path) -> None:
    """The CDK app of one installation file: what `cdk deploy` starts.

    `cdk deploy -c installation=FILE` names another file. Written where the CDK CLI says, else to `cdk.out`. Ends
    the process with exit code 2 and every fault of the file, without a traceback.
    """
    context = json.loads(os.environ.get("CDK_CONTEXT_JSON", "{}"))
    try:
        wanted = Installation.load(Path(context.get("installation", installation)))
        assemble([wanted], "app", Path(os.environ.get("CDK_OUTDIR", "cdk.out")))
    except ConveyorError as stopped:
        print(f"{stopped}", file=sys.stderr)
        sys.exit(stopped.exit_code)
