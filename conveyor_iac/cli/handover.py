"""conveyor-iac handover: from what a deploy handed out, one sheet of what the vendor needs. Never an external id."""

import json as reader
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.model.handover import Handover, Release, Stack
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import Plan
    from conveyor_iac.publishing.source import Source

EXAMPLE = "Example: conveyor-iac handover -f installation.yaml outputs.json -o handover.json"
STANDARD_INPUT = "-"
MOST_BYTES = 10_000_000
"""What a file of outputs may have at most: describe-stacks prints every stack of a region."""
Format = Literal["json", "markdown"]


def run(
    file: File,
    outputs: Annotated[list[str], typer.Argument(metavar="OUTPUTS", help="What the deploy handed out, in one or several"
                                                 " files: of cdk deploy --outputs-file, of aws cloudformation"
                                                 " describe-stacks, of pulumi stack output --json; - reads standard"
                                                 " input.")],
    format: Annotated[Format | None, typer.Option("--format", help="Left out: json where --output ends with .json, else"
                                                  " markdown.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write it there, and not to"
                                                " stdout.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Let --output replace a file with other content.")] = False,
    release: Annotated[str | None, typer.Option("--release", metavar="FOLDER-or-URL", help="The release whose templates"
                                                " were deployed: its version and checksums are told.")] = None,
    template: Annotated[list[Path], typer.Option("--template", metavar="FILE", help="A template that was deployed, in"
                                                 " place of --release: its checksum is told; may be given several"
                                                 " times.")] = [],  # noqa: B006 (typer's)
    json: Json = False,
) -> None:
    """Put together what the vendor needs, from a deploy's outputs and the installation file; no secret is in it."""
    from conveyor_iac.model.handover import handover, left_out

    installation, plan, found, named = _given(file, outputs, release, template, _options(format, output, json))
    for name in left_out(installation, plan, found):
        say(f"left out: {name}")
    sheet = handover(installation, plan, found, named)
    for row in sheet.not_known:
        say(f"not known: {row.key}: {row.why}. {row.way_out}")
    if output is None:
        print(_spelled(sheet, json or format == "json"), end="")
        return
    _written(output, _spelled(sheet, (format or output.suffix) in ("json", ".json")).encode(), force)
    if json:
        data(sheet.as_json())


def _spelled(sheet: "Handover", as_data: bool) -> str:
    from conveyor_iac.cli.handover_words import words
    from conveyor_iac.model.handover import as_json

    return as_json(sheet) if as_data else words(sheet.as_json())


def _options(format: Format | None, output: Path | None, json: bool) -> Iterator[Fault]:
    """What is wrong with the words of the command itself."""
    if json and format == "markdown" and output is None:
        yield Fault(path="--json", value="with --format markdown", rule="one form on stdout",
                    way_out="Leave one out, or write the Markdown to a file with --output")
    if output is not None and output.is_dir():
        yield Fault(path="--output", value=str(output), rule="a file, not a folder", way_out="Name a file in it")


def _given(file: Path, outputs: Sequence[str], release: str | None, template: Sequence[Path],
           further: Iterator[Fault]) -> "tuple[Installation, Plan, tuple[Stack, ...], Release]":
    """Everything that is given, read; `InputError` with the faults of all of it."""
    from conveyor_iac.model.handover import told
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    faults = list(further)

    def tried(work: Callable[[], Any]) -> Any:
        try:
            return work()
        except InputError as refused:
            faults.extend(refused.faults)
            return None

    installation = tried(lambda: Installation.load(file))
    planned = tried(lambda: plan(installation)) if installation else None
    names = dict.fromkeys(outputs)
    if len(names) < len(outputs):
        faults.append(Fault(path="OUTPUTS", value="a file twice", rule="each is read once", way_out="Name it once"))
    bodies = {name: tried(partial(_read, name)) for name in names}
    whole = {name: body for name, body in bodies.items() if body is not None}
    found = tried(lambda: told(installation, planned, whole)) if planned else None
    named = tried(lambda: _release(installation, release, template)) if installation else None
    if faults or installation is None or planned is None or found is None or named is None:
        raise InputError(faults)
    return installation, planned, found, named


def _read(name: str) -> Any:
    """The JSON of a file or of standard input. No message repeats anything of it."""
    try:
        if name == STANDARD_INPUT:
            content = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(name).open("rb") as stream:
                content = stream.read(MOST_BYTES + 1)
    except OSError as refused:
        raise _refused(name, refused.strerror or "cannot be read", "a file that can be read",
                       "Name another file, or - for standard input") from None
    if len(content) > MOST_BYTES:
        raise _refused(name, f"more than {MOST_BYTES} bytes", f"at most {MOST_BYTES} bytes",
                       "Give the stacks of this installation only: --stack-name")
    try:
        body = reader.loads(content)
    except (ValueError, RecursionError):
        raise _refused(name, "not JSON" if content.strip() else "(empty)", "what a deploy handed out, as JSON",
                       "cdk deploy --outputs-file FILE, aws cloudformation describe-stacks --output json or"
                       " pulumi stack output --json") from None
    if body is None:
        raise _refused(name, "null", "what a deploy handed out, as JSON", "Give what the engine printed")
    return body


def _release(installation: "Installation", release: str | None, template: Sequence[Path]) -> "Release":
    """Which templates were deployed, as far as it is said."""
    from conveyor_iac.model.handover import Release, Template

    if release is not None and template:
        raise _refused("--template", "with --release", "one of both",
                       "A release has its templates: leave --template out")
    if release is not None:
        return _of_release(installation, release)
    return Release(version=None, sha256sums=None, templates=tuple(
        Template(file=file.name, sha256=_digest(file)) for file in template))


def _digest(file: Path) -> str:
    if not file.name.isprintable():
        raise _refused("--template", ascii(file.name), "a name of printable UTF-8 text: it is told",
                       "Give the file another name")
    try:
        return sha256(file.read_bytes()).hexdigest()
    except OSError as refused:
        raise _refused(f"--template {file}", refused.strerror or "cannot be read", "a template that can be read",
                       "Name the file that was deployed") from None


def _of_release(installation: "Installation", words: str) -> "Release":
    """The version of a release and the digests of its templates; `AnswerIsNo` for one that is withdrawn.

    Signatures are `verify-release`'s: here the digests are what SHA256SUMS says.
    """
    from conveyor_iac.model.handover import Release, Template, templates
    from conveyor_iac.publishing.release import SUMS, TEMPLATE, digests
    from conveyor_iac.publishing.source import opened

    say("Reading the release ...")
    source = opened(words)
    if source.address not in (words.rstrip("/"), str(Path(words).resolve())):
        raise _refused("--release", f"{words}: its latest is {source.version}", "the version that was deployed",
                       f"Name that one's folder, such as {source.address}")
    sums = source.needed(SUMS)
    known, wanted = digests(sums, f"{source.address}/{SUMS}"), [f"{name}{TEMPLATE}" for name in templates(installation)]
    missing = [name for name in wanted if name not in known]
    if missing or not wanted:
        raise _refused("--release", f"{source.address} has no {', '.join(missing) or 'template of Azure'}",
                       "the release that was deployed", "Leave --release out, or name another release")
    version = source.version or _version(source, known)
    _not_withdrawn(source, version)
    return Release(version=version, sha256sums=sha256(sums).hexdigest(),
                   templates=tuple(Template(file=name, sha256=known[name]) for name in wanted))


def _version(source: "Source", known: dict[str, str]) -> str | None:
    """What a release says of itself, where its folder is not called as its version; nothing where it is silent."""
    from conveyor_iac.publishing.release import ABOUT

    about = source.read(ABOUT)
    if about is None or sha256(about).hexdigest() != known.get(ABOUT):
        return None
    try:
        version = reader.loads(about)["version"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return version if isinstance(version, str) else None


def _not_withdrawn(source: "Source", version: str | None) -> None:
    """`AnswerIsNo` for a version that the index beside the release withdraws; without an index nobody says so."""
    from conveyor_iac.publishing import index
    from conveyor_iac.publishing.fetching import Denied
    from conveyor_iac.publishing.release import INDEX

    try:
        content = source.above.read(INDEX)
    except Denied:
        return
    entry = index.read(content, f"{source.above.address}/{INDEX}").entry(version) if content and version else None
    if entry and entry.withdrawn:
        raise AnswerIsNo(f"{version} is withdrawn since {entry.withdrawn.at}: {entry.withdrawn.reason}")


def _written(file: Path, content: bytes, force: bool) -> None:
    """Writes the sheet; other content that is there stays, unless --force says otherwise."""
    from conveyor_iac.cli.files import write

    if file.exists() and not force and file.read_bytes() != content:
        raise _refused(str(file), "exists already, with other content", "nothing is overwritten unasked",
                       "Name another place, or add --force")
    write(file, content)
    say(f"Written to {file}.")


def _refused(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=path, value=value, rule=rule, way_out=way_out)])
