"""conveyor-iac templates: regenerates what is generated and committed, or says which file is out of date.

The tables of claims and of public keys in a README are made anew where the folder has one; the rest of it is
somebody's own words. What is generated for the repository itself is written where the repository is, and into nobody
else's folder.
"""

import tempfile
from json import loads
from pathlib import Path
from typing import Annotated

import typer

from conveyor_iac.cli.files import write
from conveyor_iac.cli.options import Json
from conveyor_iac.cli.talk import data, say, table
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

EXAMPLE = "Example: conveyor-iac templates --check"
SOURCES = "conveyor_iac/pulumi"
"""The folder that the repository has, and no other."""


def run(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 and name what is out of date.")] = False,
    folder: Annotated[Path, typer.Option("--dir", help="The folder that holds templates/, docs/ and"
                                               " the README.md with its tables, if it has one.")] = Path("."),
    json: Json = False,
) -> None:
    """Regenerate templates/, schemas, generated pages and the README's tables, or check that they are current."""
    if not folder.is_dir():
        raise InputError([Fault(path="--dir", value=str(folder), rule="a folder that is there",
                                way_out="Name the folder that holds templates/ and docs/, or make it first")])
    say("Synthesizing the published templates ...")
    wanted = generated()
    if (folder / SOURCES).is_dir():
        wanted |= generated_sources()
    wanted |= _readme(folder, wanted)
    stale = [name for name, content in wanted.items()
             if not (folder / name).is_file() or (folder / name).read_bytes() != content]
    foreign = [name for file in sorted((folder / "templates").glob("*.json"))
               if (name := str(file.relative_to(folder))) not in wanted]
    if not check:
        for name in stale:
            write(folder / name, wanted[name])
    states = dict.fromkeys(wanted, "current") | dict.fromkeys(stale, "out of date" if check else "written")
    states |= dict.fromkeys(foreign, "none of ours")
    rows = [(name, len(wanted.get(name, b"")), state) for name, state in states.items()]
    if json:
        data([{"file": name, "bytes": size, "state": state} for name, size, state in rows])
    else:
        print(table(("file", "bytes", "state"), [(name, str(size), state) for name, size, state in rows]))
    if check and (stale or foreign):
        raise AnswerIsNo(f"out of date: {', '.join([*stale, *foreign])}. Run `conveyor-iac templates`; it leaves alone"
                         " what is none of ours: remove that by hand")


def _readme(folder: Path, wanted: dict[str, bytes]) -> dict[str, bytes]:
    """The README with its tables of claims and of public keys, where the folder has one with either."""
    from conveyor_iac.cli import claims_table, public_keys_table

    file = folder / "README.md"
    page = file.read_text(encoding="utf-8") if file.is_file() else ""
    if not {claims_table.BEGIN, public_keys_table.BEGIN} & set(page.splitlines()):
        return {}
    if claims_table.BEGIN in page:
        say("Holding the templates against their claims ...")
    made = {name.removeprefix("templates/").removesuffix(".template.json"): content
            for name, content in wanted.items() if name.startswith("templates/")}
    return {file.name: public_keys_table.with_table(claims_table.with_table(page, made)).encode()}


def generated() -> dict[str, bytes]:
    """Every file that is generated for readers and committed, by its name in the repository."""
    from conveyor_iac.cdk.assembly import assemble
    from conveyor_iac.model.reference import outbound_page, reference, templates_page
    from conveyor_iac.model.schemas import schemas

    with tempfile.TemporaryDirectory(prefix="conveyor-templates-") as out:
        made = {name: file.read_bytes() for name, file in assemble([], "published", Path(out)).items()}
    documents = {f"docs/schemas/{name}": content for name, content in schemas().items()}
    pages = {"docs/reference.md": reference(), "docs/outbound.md": outbound_page(),
             "docs/published-templates.md": templates_page({name: _chosen(made[name]) for name in made})}
    return {f"templates/{name}.template.json": content for name, content in made.items()} | documents | pages


def generated_sources() -> dict[str, bytes]:
    """Every file that is generated for programs and committed: the typed words, the Pulumi project."""
    from conveyor_iac.model.settings import project_file
    from conveyor_iac.model.typed import typed

    return {f"{SOURCES}/words.py": typed(), "Pulumi.yaml": project_file()}


def _chosen(template: bytes) -> tuple[str, list[str]]:
    """What a template says of itself, and the names of its parameters in the order of its groups."""
    spelled = loads(template)
    groups = spelled["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    return spelled["Description"], [name for group in groups for name in group["Parameters"]]
