"""Connection requests of an endpoint service: whose they are, and the words of the commands that settle them.

Knows a request by the account that owns its endpoint: the control plane's, one that the file names in
`private_link.principals`, or a stranger's. Decides nothing: a command is text for whoever reads it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from conveyor_iac.cli.account import Account, Refused, caller, filtered, tagged
from conveyor_iac.errors import AnswerIsNo
from conveyor_iac.model.installation import Installation

PENDING, ACCEPTED = "pendingacceptance", "available"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A connection to an endpoint service, as its owner sees it; the keys of its JSON are a public contract."""

    service: str
    endpoint: str
    owner: str
    who: str
    state: str
    created: str

    @property
    def pending(self) -> bool:
        """Whether it waits for an answer."""
        return self.state.lower() == PENDING

    @property
    def open(self) -> bool:
        """Whether it waits or is accepted."""
        return self.state.lower() in (PENDING, ACCEPTED)

    def as_json(self) -> dict[str, str]:
        """The request as a mapping with the keys service, endpoint, owner, who, state and created."""
        return {"service": self.service, "endpoint": self.endpoint, "owner": self.owner, "who": self.who,
                "state": self.state, "created": self.created}


def services_of(account: Account, installation: Installation, named: str | None) -> list[str]:
    """The ids of the installation's endpoint services: the one named, those with its tag, or those of its stacks.

    `AnswerIsNo` for credentials of another account, and where there is none; `Refused` for a name AWS does not know.
    """
    number, arn = caller(account)
    if number != installation.account:
        raise AnswerIsNo(f"{arn} is of account {number}, the file says {installation.account}: take a profile of that"
                         " account (AWS_PROFILE)")
    if named:
        account.ask("ec2", "describe_vpc_endpoint_service_configurations", ServiceIds=[named])
        return [named]
    found = account.ask("ec2", "describe_vpc_endpoint_service_configurations",
                        Filters=tagged("conveyor:tenant", installation.tenant))["ServiceConfigurations"]
    ids = [str(row["ServiceId"]) for row in found] or list(_of_stacks(account, installation.tenant))
    if not ids:
        raise AnswerIsNo(f"no endpoint service of {installation.tenant} in {installation.region}: deploy it first, or"
                         " name it with --service")
    return ids


def _of_stacks(account: Account, tenant: str) -> Iterator[str]:
    """The services that the stacks of an installation hand out; a stack that is not there hands out nothing."""
    for place in ("", "-control-plane"):
        try:
            found = account.ask("cloudformation", "describe_stacks", StackName=f"conveyor-{tenant}{place}-endpoints")
        except Refused as refused:
            if refused.code != "ValidationError":
                raise
            continue
        yield from (str(row["OutputValue"]) for stack in found["Stacks"] for row in stack.get("Outputs") or ()
                    if row["OutputKey"].endswith("ServiceId"))


def requests(account: Account, installation: Installation, service: str) -> Iterator[Request]:
    """The connections of a service, the oldest first."""
    found = account.ask("ec2", "describe_vpc_endpoint_connections",
                        Filters=filtered(service_id=service))["VpcEndpointConnections"]
    for row in sorted(found, key=lambda row: str(row.get("CreationTimestamp", ""))):
        owner, made = str(row["VpcEndpointOwner"]), row.get("CreationTimestamp")
        yield Request(service=service, endpoint=row["VpcEndpointId"], owner=owner, who=_who(installation, owner),
                      state=row["VpcEndpointState"], created=made.isoformat(timespec="seconds") if made else "")


def _who(installation: Installation, owner: str) -> str:
    if owner == installation.control_plane.account:
        return "control plane"
    named = {principal.split(":")[4] for principal in installation.private_link.principals or ()}
    return "named in the file" if owner in named else "stranger"


def settle(found: Iterable[Request], region: str) -> list[dict[str, Any]]:
    """The commands that accept what is awaited and pending, and reject what is a stranger's, each with its reason."""
    known = list(found)
    groups = (
        ("accept", "To accept the {who}'s request", [row for row in known if row.pending and row.who != "stranger"]),
        ("reject", "To reject the {who}'s connection", [row for row in known if row.open and row.who == "stranger"]),
    )
    return [_command(verb, why, rows, region) for verb, why, wanted in groups for rows in _alike(wanted)]


def _alike(rows: Iterable[Request]) -> Iterator[list[Request]]:
    """Requests of one kind to one service go in one command."""
    alike: dict[tuple[str, str], list[Request]] = {}
    for row in rows:
        alike.setdefault((row.service, row.who), []).append(row)
    yield from alike.values()


def _command(verb: str, why: str, rows: list[Request], region: str) -> dict[str, Any]:
    words = ["aws", "ec2", f"{verb}-vpc-endpoint-connections", "--service-id", rows[0].service, "--vpc-endpoint-ids",
             *(row.endpoint for row in rows), "--region", region]
    return {"why": why.format(who=rows[0].who), "command": words}
