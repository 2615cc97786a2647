"""conveyor-iac synth: a cloud assembly, without the CDK CLI."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from conveyor_iac.cli.files import replace_folder
from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, say, table

EXAMPLE = "Example: conveyor-iac synth -f examples/private.yaml -o cdk.out && npx --no-install cdk deploy --app cdk.out"


def run(
    file: File,
    output: Annotated[Path, typer.Option("--output", "-o", help="The folder of the assembly.")] = Path("cdk.out"),
    json: Json = False,
) -> None:
    """Write the cloud assembly of an installation, ready for `cdk deploy --app DIR`."""
    from conveyor_iac.cli.clouds import aws_only
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    installation = Installation.load(file)
    aws_only(installation, "the CDK makes AWS only", "Deploy it with Pulumi: conveyor-iac init --cloud azure --engine"
             " pulumi DIR")
    plan(installation)  # refuses before anything is loaded or made
    say("Synthesizing ...")
    from conveyor_iac.cdk.assembly import assemble

    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".conveyor-synth-") as folder:
        fresh = Path(folder) / "assembly"
        sizes = {name: template.stat().st_size for name, template in assemble([installation], "app", fresh).items()}
        replace_folder(fresh, output)
    if json:
        data([{"stack": name, "template": str(output / f"{name}.template.json"), "bytes": size}
              for name, size in sizes.items()])
    else:
        print(table(("stack", "bytes"), [(name, str(size)) for name, size in sizes.items()]))
        say(f"Written to {output}.")
