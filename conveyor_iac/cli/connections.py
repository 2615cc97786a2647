"""conveyor-iac connections: who asks to connect to the installation's endpoint services. Never accepts by itself."""

import shlex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, say, table
from conveyor_iac.errors import AnswerIsNo

if TYPE_CHECKING:
    from conveyor_iac.cli.requested import Request

EXAMPLE = "Example: conveyor-iac connections -f examples/private.yaml --json"


def run(
    file: File,
    service: Annotated[str | None, typer.Option(help="The id of an endpoint service, vpce-svc-...; left out: those"
                                                " with the tenant's tag, or of its stacks.")] = None,
    json: Json = False,
) -> None:
    """List the connection requests of the endpoint services, with the commands that accept or reject them."""
    from conveyor_iac.cli.clouds import aws_only
    from conveyor_iac.model.installation import Installation

    installation = Installation.load(file)
    aws_only(installation, "on Azure there is no endpoint service: no private link spans the clouds, and nobody asks"
             " to connect", "See the ways in: conveyor-iac plan")
    from conveyor_iac.cli.account import AwsAccount, Refused
    from conveyor_iac.cli.requested import requests, services_of, settle

    say("Asking the account ...")
    try:
        account = AwsAccount(installation.region)
        services = services_of(account, installation, service)
        found = [request for each in services for request in requests(account, installation, each)]
    except Refused as refused:
        raise AnswerIsNo(f"AWS did not answer: {refused}") from None
    commands = settle(found, installation.region)
    if json:
        data({"services": services, "connections": [request.as_json() for request in found], "commands": commands})
    else:
        print(_words(services, found, commands))
    if strangers := [request for request in found if request.who == "stranger" and request.open]:
        raise AnswerIsNo("a stranger's connection is open: " + ", ".join(
            f"{request.endpoint} of account {request.owner} ({request.state})" for request in strangers))


def _words(services: list[str], found: "list[Request]", commands: list[dict[str, Any]]) -> str:
    if not found:
        return f"No connection to {', '.join(services)}."
    rows = [(request.endpoint, request.owner, request.who, request.state, request.created, request.service)
            for request in found]
    parts = [table(("endpoint", "owner", "who", "state", "created", "service"), rows)]
    parts += [f"{row['why']}:\n  {shlex.join(row['command'])}" for row in commands]
    return "\n\n".join(parts)
