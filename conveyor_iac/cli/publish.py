"""conveyor-iac publish: a release, signed and written to S3, where nothing of it ever changes.

Synthesizes, proves and compares before anything is written. Never changes who may read the bucket.
"""

import json as jsons
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import Json
from conveyor_iac.cli.report import examples
from conveyor_iac.cli.talk import data, say, table
from conveyor_iac.errors import AnswerIsNo, ConveyorError, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.publishing.minisign import Signer
    from conveyor_iac.publishing.publish import Published
    from conveyor_iac.publishing.readers import Readers
    from conveyor_iac.publishing.store import Store

EXAMPLE = "Example: conveyor-iac publish --dry-run --bucket my-releases --version 1.2.0 --key-file release.key"
PREFIX = "releases"
_BESIDE = {"equal": "equal to", "narrower": "narrower than", "broader": "broader than",
           "incomparable": "incomparable with", "undecided": "not decided against"}
Bucket = Annotated[str, typer.Option("--bucket", metavar="B", help="The bucket, which must be there.")]
Prefix = Annotated[str, typer.Option("--prefix", metavar="P", help="The folder of all releases in the bucket.")]
Region = Annotated[str | None, typer.Option("--region", help="The region of the bucket; left out: what AWS's settings"
                                            " say, else where the bucket is.")]
Profile = Annotated[str | None, typer.Option("--profile", help="The AWS profile to use.")]
Endpoint = Annotated[str | None, typer.Option("--endpoint-url", metavar="URL", help="In place of AWS's own endpoints;"
                                              " addressed path-style.")]


def run(
    bucket: Bucket,
    version: Annotated[str, typer.Option(metavar="V", help="The semantic version of the release, without a v.")],
    prefix: Prefix = PREFIX,
    key_file: Annotated[Path | None, typer.Option(metavar="FILE", help="The secret key to sign with, of minisign or in"
                                                  " PEM; else CONVEYOR_SIGNING_KEY holds it.")] = None,
    kms_key: Annotated[str | None, typer.Option(metavar="ID", help="The key of AWS KMS to sign with, in place of a"
                                                " file: ID, ARN or alias.")] = None,
    backport: Annotated[bool, typer.Option("--backport", help="The version mends an older release: it is below the"
                                           " newest one.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing: print every object that would be written,"
                                          " and the bucket policy that readers need.")] = False,
    reader: Annotated[list[str], typer.Option(metavar="ACCOUNT", help="With --dry-run: an AWS account that the policy"
                                              " lets read; may be given several times; left out: everybody."
                                              )] = [],  # noqa: B006 (typer's)
    reader_organization: Annotated[str | None, typer.Option(metavar="ID", help="With --dry-run: the AWS organization"
                                                            " whose accounts the policy lets read.")] = None,
    folder: Annotated[Path, typer.Option(help="The folder that holds templates/ and docs/.")] = Path("."),
    region: Region = None,
    profile: Profile = None,
    endpoint_url: Endpoint = None,
    json: Json = False,
) -> None:
    """Publish templates/ as a release: proved, compared with the one before, signed, written once, and then named."""
    from conveyor_iac.cli import made
    from conveyor_iac.publishing import publish as publishing
    from conveyor_iac.publishing.readers import Readers

    place = Place(bucket=bucket, prefix=prefix, region=region, profile=profile, endpoint=endpoint_url)
    readers = Readers(accounts=tuple(reader), organization=reader_organization)
    faults = _faults(place, version, readers, folder, dry_run)
    asked = publishing.Asked(version=version, backport=backport)
    synthesize = partial(current, folder)
    signer = _signer(key_file, kms_key, place, faults, optional=dry_run)
    store = _readable(place) if dry_run else place.opened()
    if dry_run:
        done = publishing.planned(asked, synthesize=synthesize, prove=made.proved, compare=made.compared,
                                  describe=examples, signer=signer, store=store, clock=now, progress=say)
    else:
        assert signer, "only a dry run goes on without a key"
        assert store, "only a dry run goes on without a bucket"
        done = publishing.publish(asked, synthesize=synthesize, prove=made.proved, compare=made.compared,
                                  describe=examples, signer=signer, store=store, clock=now, progress=say)
    told = _told(done, place, store, signer, readers if dry_run else None)
    if json:
        data(told)
    else:
        print(_words(told))
    _conclude(done, place, signer, dry_run=dry_run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where releases are published, in the words of the command line."""

    bucket: str
    prefix: str
    region: str | None = None
    profile: str | None = None
    endpoint: str | None = None

    def opened(self) -> "Store":
        """The store there, with the caller's own credentials."""
        from conveyor_iac.publishing.store import opened

        say(f"Asking for s3://{self.bucket} ...")
        return opened(self.bucket, self.prefix, region=self.region, profile=self.profile, endpoint=self.endpoint)


def now() -> datetime:
    """The time that a new entry of the index holds."""
    return datetime.now(UTC)


def current(folder: Path) -> dict[str, bytes]:
    """The templates and schemas by their names in a release; `AnswerIsNo` where the folder's are not current."""
    from conveyor_iac.cli import made, templates

    say("Synthesizing the templates ...")
    generated = templates.generated()
    stale = [name for name, content in generated.items()
             if not (folder / name).is_file() or (folder / name).read_bytes() != content]
    foreign = [name for file in sorted((folder / "templates").glob("*.json"))
               if (name := file.relative_to(folder).as_posix()) not in generated]
    if stale or foreign:
        raise AnswerIsNo(f"not published, for it is out of date: {', '.join([*stale, *foreign])}. Run `conveyor-iac"
                         " templates`, read the difference, and commit it")
    return made.released(generated)


def _faults(place: Place, version: str, readers: "Readers", folder: Path, dry_run: bool) -> list[Fault]:
    """What is wrong with the words of the command itself."""
    from conveyor_iac.publishing import readers as reading
    from conveyor_iac.publishing import semantic, store

    found = [*store.faults(place.bucket, place.prefix, place.endpoint), *semantic.faults_of(version, "--version"),
             *reading.faults(readers.accounts, readers.organization)]
    if not dry_run and (readers.accounts or readers.organization):
        path = "--reader" if readers.accounts else "--reader-organization"
        found.append(Fault(path=path, value="without --dry-run", rule="for the policy that a dry run prints: publishing"
                           " never changes who may read", way_out="Leave it out, or add --dry-run"))
    if not folder.is_dir():
        found.append(Fault(path="--folder", value=str(folder), rule="a folder that is there",
                           way_out="Name the folder that holds templates/ and docs/"))
    return found


def _signer(file: Path | None, kms: str | None, place: Place, faults: list[Fault], *, optional: bool
            ) -> "Signer | None":
    """Who signs; None where nobody is named and that is `optional`. `InputError` with all faults there are.

    A KMS is not asked where something is wrong already.
    """
    from conveyor_iac.publishing.fetching import client_of
    from conveyor_iac.publishing.signers import KEY, signer

    found = None
    named = file is not None or kms is not None or bool(os.environ.get(KEY, "").strip())
    if (named or not optional) and not (kms and faults):
        try:
            found = signer(file, os.environ, kms, lambda: client_of(
                "kms", region=place.region, profile=place.profile, endpoint=place.endpoint), _ask())
        except InputError as refused:
            faults += refused.faults
    if faults:
        raise InputError(faults)
    return found


def _ask() -> Callable[[], str] | None:
    """Asks for a password where somebody is there to type it."""
    from getpass import getpass

    return (lambda: getpass("Password of the signing key: ")) if sys.stdin.isatty() else None


def _readable(place: Place) -> "Store | None":
    """The store, for a dry run, which goes on without one and says why."""
    from conveyor_iac.publishing.release import INDEX

    try:
        store = place.opened()
        store.read(INDEX)
    except ConveyorError as refused:
        say(f"The bucket cannot be read, so nothing is compared, and this is told as a first release: {refused}")
        return None
    return store


def _told(done: "Published", place: Place, store: "Store | None", signer: "Signer | None", readers: "Readers | None"
          ) -> dict[str, Any]:
    """Everything there is to say, for programs; with readers, of a dry run."""
    from conveyor_iac.publishing.readers import policy

    states = {True: "was there", False: "would be written" if readers else "written"}
    told = {"address": f"s3://{place.bucket}/{place.prefix}/{done.version}", "version": done.version,
            "dry_run": readers is not None, "bucket_read": store is not None, "published_before": done.already,
            "compared_with": done.compared_with, "verdict": done.verdict, "latest": done.latest,
            "withdrawn": done.withdrawn,
            "public_key": {"id": signer.public.name, "key": signer.public.text} if signer else None,
            "objects": [{"key": f"{place.prefix}/{row.name}", "bytes": row.size, "sha256": row.sha256,
                         "state": states[row.was_there]} for row in done.objects]}
    if readers is None:
        return told
    region = store.region if store else place.region
    return told | {"readers": readers.words, "reader_policy": policy(
        readers, bucket=place.bucket, prefix=place.prefix, region=region)}


def _words(told: Mapping[str, Any]) -> str:
    """The same for people."""
    unknown = "not known without the key"
    rows = [(row["key"], str(row["bytes"] or unknown), row["sha256"] or unknown, row["state"])
            for row in told["objects"]]
    parts = [table(("object", "bytes", "sha256", "state"), rows)]
    if told["dry_run"]:
        parts.append("The policy that readers need. Publishing never sets it: take its statements into the bucket's"
                     f" own. {told['readers']}\n{jsons.dumps(told['reader_policy'], indent=2)}")
    return "\n\n".join(parts)


def _conclude(done: "Published", place: Place, signer: "Signer | None", *, dry_run: bool) -> None:
    """The outcome in the last lines, and the public key, which a row of keys.toml holds."""
    if signer:
        say(f"{'It would be signed' if dry_run else 'Signed'} with key {signer.public.name}. Its public key:"
            f" {signer.public.text}")
    if done.withdrawn:
        say(f"warning: {done.version} was withdrawn: {done.withdrawn}")
    compared_with = f"{_BESIDE[done.verdict]} {done.compared_with}" if done.verdict else "with none before it"
    if dry_run:
        say(f"Nothing was written. {done.version} would be published, {compared_with}. versions.json holds the time:"
            " its digest is that of publishing now.")
        return
    state = "was published before, and is whole" if done.already else f"is published, {compared_with}"
    say(f"{done.version} {state}. Latest: {done.latest or 'none'}. Verify it: conveyor-iac verify-release"
        f" s3://{place.bucket}/{place.prefix}/{done.version}")
