"""conveyor-iac withdraw: marks a published version as not to be used any more. Nothing of it is removed."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import Json
from conveyor_iac.cli.publish import PREFIX, Bucket, Endpoint, Place, Prefix, Profile, Region, now
from conveyor_iac.cli.talk import data, say
from conveyor_iac.errors import InputError

if TYPE_CHECKING:
    from conveyor_iac.publishing.withdraw import Withdrawal

EXAMPLE = "Example: conveyor-iac withdraw 1.2.0 --bucket my-releases --reason 'a Deny is missing: take 1.2.1'"


def run(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="The published version.")],
    bucket: Bucket,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="What is wrong with it and what to take instead, in one"
                                        " line: it is shown to whoever meets the version.")],
    prefix: Prefix = PREFIX,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; say what would be written.")] = False,
    region: Region = None,
    profile: Profile = None,
    endpoint_url: Endpoint = None,
    json: Json = False,
) -> None:
    """Withdraw a version: versions.json says so with the reason, and the latest is the one before."""
    from conveyor_iac.publishing import index, semantic, store
    from conveyor_iac.publishing.withdraw import withdraw

    place = Place(bucket=bucket, prefix=prefix, region=region, profile=profile, endpoint=endpoint_url)
    faults = [*semantic.faults_of(version, "VERSION"), *store.faults(bucket, prefix, endpoint_url),
              *index.reason_faults(reason)]
    if faults:
        raise InputError(faults)
    done = withdraw(version, reason, store=place.opened(), clock=now, dry_run=dry_run)
    told = _told(version, done, place, dry_run)
    if json:
        data(told)
    else:
        print("\n".join(f"{name}: {told[name] or 'none'}" for name in ("version", "reason", "at", "latest", "index")))
    say(f"{version} was withdrawn before, for the same reason: nothing was changed." if not done.changed else
        f"Nothing was written. {version} would be withdrawn." if dry_run else
        f"{version} is withdrawn. It stays where it is, for whoever deployed it. Latest: {told['latest'] or 'none'}.")


def _told(version: str, done: "Withdrawal", place: Place, dry_run: bool) -> dict[str, Any]:
    """Everything there is to say, for programs."""
    entry = done.after.entry(version)
    assert entry, "it is published"
    assert entry.withdrawn, "it is withdrawn"
    return {"index": f"s3://{place.bucket}/{place.prefix}/versions.json", "version": version,
            "reason": entry.withdrawn.reason, "at": entry.withdrawn.at, "latest_before": done.before.latest,
            "latest": done.after.latest, "changed": done.changed, "dry_run": dry_run}
