"""conveyor-iac verify-release: whether a published release is what the vendor signed, and is what it says it is.

Reads, and writes nothing. The keys are those that ship with this package, unless others are given.
"""

import json as jsons
import re
import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version as installed
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import Json
from conveyor_iac.cli.talk import data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.publishing.minisign import PublicKey
    from conveyor_iac.publishing.source import Source
    from conveyor_iac.publishing.verified import Verified

EXAMPLE = "Example: conveyor-iac verify-release https://releases.example.com/conveyor/1.2.0 --same-as installer-role"
STANDARD_INPUT = "-"
_STACK = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}|arn:[a-z-]+:cloudformation:[a-z0-9-]+:\d{12}:stack/[A-Za-z0-9/-]+")


def run(
    release: Annotated[str, typer.Argument(metavar="RELEASE", help="Where it is: an https:// or s3:// URL, or a"
                                           " folder of this machine; a version's own folder, or the one above it.")],
    version: Annotated[str | None, typer.Option(metavar="V", help="The version that it must be; left out: the one its"
                                                " folder is called, or the latest of the folder above.")] = None,
    public_key: Annotated[list[str], typer.Option(metavar="KEY", help="A minisign key to trust, or the file with it, in"
                                                  " place of those that ship with this package; may be given several"
                                                  " times.")] = [],  # noqa: B006 (typer's)
    same_as: Annotated[list[str], typer.Option(metavar="STACK", help="A deployed stack, a file that aws cloudformation"
                                               " get-template wrote, or - for standard input: its template must be one"
                                               " of the release; may be given several"
                                               " times.")] = [],  # noqa: B006 (typer's)
    no_proofs: Annotated[bool, typer.Option("--no-proofs", help="Do not prove the templates again.")] = False,
    no_synth: Annotated[bool, typer.Option("--no-synth", help="Do not synthesize the templates again.")] = False,
    region: Annotated[str | None, typer.Option(help="The region of the bucket and of the stacks.")] = None,
    profile: Annotated[str | None, typer.Option(help="The AWS profile to read with.")] = None,
    endpoint_url: Annotated[str | None, typer.Option(metavar="URL", help="In place of AWS's own endpoints.")] = None,
    json: Json = False,
) -> None:
    """Check a published release: its signature, every file, its proofs, and that deployed stacks are made from it."""
    from conveyor_iac.cli import made
    from conveyor_iac.publishing.source import opened
    from conveyor_iac.publishing.verified import Asked, verified

    place = _Place(region=region, profile=profile, endpoint=endpoint_url)
    keys = _keys(public_key)
    stacks = _stacks(same_as, place)
    say("Looking at the release ...")  # the words are not shown before they are known to hold no password
    source = opened(release, version=version, region=region, profile=profile, endpoint=endpoint_url)
    answer = verified(Asked(
        source=source, keys=keys.every, trusted=keys.trusted, installed=installed("conveyor-iac"),
        prove=None if no_proofs else made.proved, synthesize=None if no_synth else made.synthesized,
        same_as=stacks), say)
    if json:
        data({"release": source.address, **answer.as_json()})
    else:
        print("\n".join(f"{row.state.value:11}  {row.what}: {row.told}" for row in answer.rows))
    _conclude(answer, source)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where AWS is asked, in the words of its own settings; None is what those say."""

    region: str | None
    profile: str | None
    endpoint: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keys:
    """The keys that may have signed, and those among them that a version may be signed with."""

    every: "Sequence[PublicKey]"
    trusted: "Callable[[str], Collection[PublicKey]]"


def _keys(given: Sequence[str]) -> _Keys:
    """The keys that are given, for every version; else those that ship. `InputError` where there is none."""
    from conveyor_iac.publishing import keys
    from conveyor_iac.publishing.minisign import PublicKey

    if not given:
        every = [row.key for row in keys.shipped()]
        if not every:
            raise InputError([Fault(path="--public-key", value="(none)", rule="a key to trust: none ships with this"
                                    " version", way_out="Give the vendor's key, from another place than the release:"
                                    " --public-key KEY-or-FILE")])
        return _Keys(every=every, trusted=keys.trusted_for)
    read: list[PublicKey] = []
    faults: list[Fault] = []
    for words in given:
        try:
            read.append(PublicKey.read(*_key_text(words)))
        except InputError as refused:
            faults += refused.faults
    if faults:
        raise InputError(faults)
    return _Keys(every=read, trusted=lambda _: read)


def _key_text(words: str) -> tuple[str, str]:
    """What is in the file of this name, or the words themselves, which are not shown; and what to call it."""
    file = Path(words)
    try:
        there = file.is_file()
    except OSError:  # too long for a name: it may be a secret key
        there = False
    return (file.read_text("utf-8", "replace"), f"--public-key {file}") if there else (words, "--public-key")


def _stacks(names: Sequence[str], place: _Place) -> dict[str, Any]:
    """The templates of the stacks, by their names; `InputError` with each that cannot be had."""
    from conveyor_iac.proofs.template import read

    found: dict[str, Any] = {}
    faults: list[Fault] = []
    for name in dict.fromkeys(names):
        try:
            found[name] = read(_template_text(name, place), name).body
        except InputError as refused:
            faults += refused.faults
    if faults:
        raise InputError(faults)
    return found


def _template_text(name: str, place: _Place) -> str:
    """The text of a template: typed, of a file, or of a live stack as it was given to CloudFormation."""
    from conveyor_iac.proofs.template import MOST_BYTES

    if name != STANDARD_INPUT and not Path(name).is_file():
        return _live(name, place)
    content = sys.stdin.buffer.read(MOST_BYTES + 1) if name == STANDARD_INPUT else Path(name).read_bytes()
    if len(content) > MOST_BYTES:
        raise _refused(name, f"more than {MOST_BYTES} bytes", "a template", "Give what get-template prints")
    return content.decode("utf-8", "replace")


def _live(stack: str, place: _Place) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    from conveyor_iac.publishing.fetching import client_of

    if not _STACK.fullmatch(stack):
        raise _refused(stack, "no file, and no name of a stack", "a file, a stack's name or ARN, or -",
                       "Look at the name")
    say(f"Asking CloudFormation for the template of {stack} ...")
    try:
        formation = client_of("cloudformation", region=place.region, profile=place.profile, endpoint=place.endpoint)
        body = formation.get_template(StackName=stack, TemplateStage="Original")["TemplateBody"]
    except ClientError as refused:
        error = refused.response.get("Error", {})
        raise _refused(stack, f"{error.get('Code')}: {error.get('Message')}", "a stack that can be read",
                       "Look at its name, --region and --profile; reading takes cloudformation:GetTemplate") from None
    except (BotoCoreError, ValueError) as missing:
        raise _refused(stack, str(missing), "a stack that can be read", "Give AWS credentials (--profile), a region"
                       " (--region), or what get-template prints, as a file") from None
    return body if isinstance(body, str) else jsons.dumps(body)


def _refused(path: str, value: str, rule: str, way_out: str) -> InputError:
    return InputError([Fault(path=f"--same-as {path}", value=value, rule=rule, way_out=way_out)])


def _conclude(answer: "Verified", source: "Source") -> None:
    """The verdict in the last line; a no is an error. A warning is no error, and is said once more."""
    from conveyor_iac.publishing.verified import State

    for row in answer.of(State.WARNING):
        say(f"warning: {row.what}: {row.told}")
    if not answer.holds:
        raise AnswerIsNo(f"not verified: {source.address}: {', '.join(row.what for row in answer.of(State.NO))}")
    unchecked = ", ".join(row.what for row in answer.of(State.NOT_CHECKED))
    say(f"verified: {source.address} is release {answer.version}, signed by {answer.key}"
        + (f"; not checked: {unchecked}" if unchecked else ""))
