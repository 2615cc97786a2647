"""Policies with real values in them, and a request that they allow as a CloudTrail entry would tell it."""

from collections.abc import Mapping, Sequence
from typing import Any

from conveyor_iac.errors import HIDDEN
from conveyor_iac.proofs.iam.deployed import Deployed
from conveyor_iac.proofs.iam.power import Piece
from conveyor_iac.proofs.iam.replay import Decision, Replayed, replay
from conveyor_iac.proofs.iam.request import Request
from conveyor_iac.proofs.iam.statements import Statement, Test, statement
from conveyor_iac.proofs.text import Text

_TELLING = 8
"""A default so long, of a parameter that is kept secret, is hidden inside a longer text as well."""


def concrete(deployed: Deployed, piece: Piece) -> Statement:
    """A statement with nothing unknown left in it."""
    return statement(_as_texts(deployed.concrete(piece)), piece.where, variables=piece.variables)


def _as_texts(value: Any) -> Any:
    if isinstance(value, str):
        return Text.of(value)
    if isinstance(value, list):
        return [_as_texts(item) for item in value]
    return {key: _as_texts(item) for key, item in value.items()} if isinstance(value, dict) else value


def documents(deployed: Deployed, pieces: Sequence[Piece]) -> list[dict[str, Any]]:
    """The statements as plain documents, those of one language version together."""
    found = []
    for variables in (True, False):
        rows = [deployed.concrete(piece) for piece in pieces if piece.variables is variables
                and piece.present(deployed.world)]
        if rows:
            found.append({"Version": "2012-10-17" if variables else "2008-10-17", "Statement": rows})
    return found


def ordered(test: Test, value: str) -> bool:
    """Whether a number, date or address meets a comparison, by the replay's own rules."""
    row = {"Effect": "Allow", "Action": "*", "Resource": "*",
           "Condition": {test.operator: {test.key: [str(text) for text in test.values]}}}
    request = Request(action="x:y", resource="*", context={test.key: (value,)})
    return replay(request, [{"Version": "2012-10-17", "Statement": row}]).decision is Decision.ALLOWED


def could_call(request: Request) -> bool:
    """Whether what a request says of its caller agrees: AWS fills these keys from who calls, for roles and users."""
    arn, account = request.values("aws:PrincipalArn"), request.values("aws:PrincipalAccount")
    if request.principal_kind != "AWS":
        return arn is None and account is None
    return not request.principal or (
        arn in (None, (request.principal,)) and (account is None or f"::{account[0]}:" in request.principal))


def shown(name: str, request: Request, deployed: Deployed, decided: Replayed,
          parameters: Sequence[Mapping[str, Any]], *, on: str) -> dict[str, Any]:
    """The request as a CloudTrail entry would tell it, and with which parameters it is allowed.

    name: of the role, or of what the policy belongs to; on: what is acted on. parameters: how the templates write
    them; what one of them keeps secret is hidden.
    """
    service, _, event = request.action.partition(":")
    secret = {key: row for rows in parameters for key, row in rows.items()
              if str(row.get("NoEcho", "")).lower() == "true"}
    hidden = {value for key, value in deployed.parameters.items() if key in secret}
    written = [str(row["Default"]) for row in secret.values() if len(str(row.get("Default", ""))) >= _TELLING]

    def told(value: str) -> str:
        for word in written:
            value = value.replace(word, HIDDEN)
        return HIDDEN if value in hidden else value

    caller = {"type": request.principal_kind, "arn": told(request.principal)} if request.principal else {
        "type": "AssumedRole", "sessionIssuer": name}
    return {
        "eventSource": f"{service}.amazonaws.com", "eventName": event, "userIdentity": caller,
        "resources": [{"ARN": told(on)}],
        "context": {key: [told(value) for value in values] for key, values in sorted(request.context.items())},
        "allowedBy": list(decided.by),
        "parameters": {key: told(value) for key, value in sorted(deployed.parameters.items())},
        "conditions": deployed.world.described(),
    }
