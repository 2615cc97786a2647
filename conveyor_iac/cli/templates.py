"""conveyor-iac templates: regenerates what is generated and committed, or says which file is out of date."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from conveyor_iac.cli.files import write
from conveyor_iac.cli.options import Json
from conveyor_iac.cli.talk import data, say, table
from conveyor_iac.errors import AnswerIsNo

EXAMPLE = "Example: conveyor-iac templates --check"


def run(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 and name what is out of date.")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="The folder that holds templates/ and docs/.")] = Path("."),
    json: Json = False,
) -> None:
    """Regenerate templates/ (and docs/schemas/ and docs/reference.md), or check that they are current."""
    say("Synthesizing the published templates ...")
    wanted = generated()
    stale = [name for name, content in wanted.items()
             if not (folder / name).is_file() or (folder / name).read_bytes() != content]
    stale += [str(file.relative_to(folder)) for file in sorted((folder / "templates").glob("*.json"))
              if str(file.relative_to(folder)) not in wanted]
    if not check:
        for name in stale:
            write(folder / name, wanted[name]) if name in wanted else (folder / name).unlink()
    sizes = {name: len(content) for name, content in wanted.items()}
    sizes |= {name: 0 for name in stale if name not in sizes}
    if json:
        data([{"file": name, "bytes": size, "stale": name in stale} for name, size in sizes.items()])
    else:
        done = "out of date" if check else "written"
        print(table(("file", "bytes", "state"),
                    [(name, str(size), done if name in stale else "current") for name, size in sizes.items()]))
    if check and stale:
        raise AnswerIsNo(f"out of date: {', '.join(stale)}. Run `conveyor-iac templates` and look at the difference")


def generated() -> dict[str, bytes]:
    """Every file that is generated and committed, by its name in the repository."""
    from conveyor_iac.cdk.assembly import assemble
    from conveyor_iac.model.reference import reference
    from conveyor_iac.model.schemas import schemas

    with tempfile.TemporaryDirectory(prefix="conveyor-templates-") as out:
        made = {f"templates/{file.name}": file.read_bytes() for file in assemble([], "published", Path(out)).values()}
    documents = {f"docs/schemas/{name}": content for name, content in schemas().items()}
    return made | documents | {"docs/reference.md": reference()}
