"""The one way from installations to templates, for the command line, the CDK app and the tests alike."""

import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from aws_cdk import App

from conveyor_iac.cdk.deployment import DESCRIPTIONS, InstallerRoleTemplate, NetworkTemplate, stacks_of
from conveyor_iac.errors import ConveyorError, Fault, InputError
from conveyor_iac.model import catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.network_plan import published_networks
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
    limit = catalogue.limits()["template-body" if profile == "app" else "published-template"]
    _within(limit, {name: _sent(file) if profile == "app" else file.stat().st_size for name, file in templates.items()})
    return templates


def _sent(file: Path) -> int:
    """How many bytes the CDK CLI sends of a template: it writes it as YAML, a quarter to a third more than our JSON."""
    return _yaml(json.loads(file.read_bytes()), 0)


def _yaml(value: Any, depth: int) -> int:
    """The bytes of a value in block style, two spaces for each level; a text counts with quotes, the most it takes."""
    if isinstance(value, dict):
        return sum(2 * depth + len(key) + 1 + _yaml_after(part, depth + 1) for key, part in value.items())
    return sum(2 * depth + 1 + _yaml_after(part, depth + 1) if not _nested(part) else _yaml(part, depth + 1)
               for part in value)


def _yaml_after(part: Any, depth: int) -> int:
    """The bytes after a key or a dash, to the end of the line or of the block below."""
    return 1 + _yaml(part, depth) if _nested(part) else 2 + len(json.dumps(part).encode())


def _nested(part: Any) -> bool:
    return isinstance(part, dict | list) and len(part) > 0


def _within(limit: catalogue.Limit, sizes: Mapping[str, int]) -> None:
    faults = [Fault(path=name, value=f"{size} {limit.unit}", rule=f"{limit.of} has at most {limit.value} {limit.unit}",
                    way_out="Take shorter names, or fewer zones, endpoints, ports or principals")
              for name, size in sizes.items() if size > limit.value]
    if faults:
        raise InputError(faults)


def _published(app: App) -> list[str]:
    InstallerRoleTemplate(app, "installer-role", plan=published())
    for name, (networks, links) in published_networks().items():
        NetworkTemplate(app, name, description=DESCRIPTIONS[name], networks=networks, links=links)
    return ["installer-role", *published_networks()]


def _app(app: App, installations: list[Installation]) -> list[str]:
    names: list[str] = []
    for number, installation in enumerate(installations):
        prefix = f"conveyor-{installation.tenant}"
        if any(name.startswith(f"{prefix}-") for name in names):
            raise InputError([Fault(path=f"installations.{number}.tenant", value=repr(installation.tenant),
                                    rule="one installation per tenant in an assembly",
                                    way_out="Synthesize the other one into a folder of its own")])
        names += [stack.stack_name for stack in stacks_of(app, plan(installation), prefix)]
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
