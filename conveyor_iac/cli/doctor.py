"""conveyor-iac doctor: what would stop a deploy or a removal, before it is tried. Looks, and changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, say
from conveyor_iac.errors import AnswerIsNo, Fault, InputError

if TYPE_CHECKING:
    from conveyor_iac.cli.findings.finding import Finding

EXAMPLE = "Example: conveyor-iac doctor -f examples/private.yaml --live"


def run(
    file: File,
    live: Annotated[bool, typer.Option("--live", help="Ask the AWS account too: reads only, with your own"
                                       " credentials (AWS_PROFILE). Not with cloud: azure.")] = False,
    tools: Annotated[Path, typer.Option(help="The folder whose node_modules holds the CDK CLI.")] = Path("."),
    skip: Annotated[list[str], typer.Option(help="Leave a finding out, by its id; delete-order is at fault as long as"
                                            " a data plane runs.", metavar="ID")] = [],  # noqa: B006 (typer reads it)
    json: Json = False,
) -> None:
    """Look for what would stop a deploy or a removal: tools, file, limits and, with --live, the account."""
    from conveyor_iac.cli.clouds import aws_only
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    installation = Installation.load(file)
    if live:
        aws_only(installation, "--live asks an AWS account: no Azure account is asked by this version",
                 "Leave --live out: each finding that is unknown has the line that looks")
    planned = plan(installation)
    from conveyor_iac.cli.account import AwsAccount, Refused
    from conveyor_iac.cli.findings import checks_of, examine
    from conveyor_iac.cli.findings.finding import Case

    _known(skip, [check.id for check in checks_of(planned)])
    try:
        account = AwsAccount(installation.region) if live else None
    except Refused as refused:
        raise AnswerIsNo(f"the account cannot be asked: {refused}") from None
    say("Asking the account, this machine and the file ..." if live else "Looking at this machine and the file ...")
    case = Case(installation=installation, plan=planned, tools=tools, account=account)
    every = list(examine(case))
    found = [finding for finding in every if finding.id not in skip]
    if json:
        data([finding.as_json() for finding in found])
    else:
        print("\n".join(_words(finding) for finding in found))
    _conclude(found, unasked="" if live else " No Azure account is asked by this version." if planned.azure else
              " The account was not asked: --live.")
    _answered(every)


def _known(skip: list[str], ids: list[str]) -> None:
    """`InputError` for an id that no finding has: it would leave out nothing."""
    from conveyor_iac.model.door import perhaps

    unknown = [name for name in skip if name not in ids]
    if unknown:
        raise InputError(Fault(path="--skip", value=repr(name), rule="the id of a finding", way_out=perhaps(name, ids))
                         for name in unknown)


def _words(finding: "Finding") -> str:
    lines = [f"{finding.state:7}  {finding.id}: {finding.title}", *_indented("why: ", finding.why)]
    return "\n".join([*lines, *(_indented("fix: ", finding.fix) if finding.fix else ())])


def _indented(head: str, text: str) -> list[str]:
    first, *rest = text.split("\n")
    return [f"{'':9}{head}{first}", *(f"{'':9}{'':5}{line}" for line in rest)]


def _conclude(found: "list[Finding]", *, unasked: str) -> None:
    """Counts to stderr; a fault is a no."""
    counts = {state: sum(finding.state == state for finding in found) for state in ("ok", "fault", "unknown")}
    say(", ".join(f"{count} {state}" for state, count in counts.items()) + f"; unknown is never ok.{unasked}")
    if counts["fault"]:
        raise AnswerIsNo("at fault: " + ", ".join(finding.id for finding in found if finding.state == "fault"))


def _answered(every: "list[Finding]") -> None:
    """An account that did not even say whose it is was not asked: undecided never passes, left out or not."""
    unanswered = [finding.why for finding in every if finding.id == "account" and finding.state == "unknown"]
    if unanswered:
        raise AnswerIsNo(f"nothing of the account is decided: {unanswered[0]}")
