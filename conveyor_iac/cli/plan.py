"""conveyor-iac plan: what will exist, in words and numbers, before any engine starts."""

from typing import Annotated, Any

import typer

from conveyor_iac.cli.options import File, Json
from conveyor_iac.cli.talk import data, table

EXAMPLE = "Example: conveyor-iac plan -f examples/private.yaml --purposes"


def run(
    file: File,
    json: Json = False,
    purposes: Annotated[bool, typer.Option("--purposes", help="Every permission with its purpose.")] = False,
) -> None:
    """Say what will exist for an installation, before anything is made."""
    from conveyor_iac.cli import planned
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import plan

    installation = Installation.load(file)
    told = planned.told(installation, plan(installation))
    if json:
        data(told)
    else:
        print(_words(told, purposes=purposes))


def _words(told: dict[str, Any], *, purposes: bool) -> str:
    parts = [told["summary"], _role(told["installer_role"]), _policies(told["policies"]), _perimeter(told["perimeter"])]
    if purposes:
        parts += [_purposes(policy) for policy in told["policies"]]
    return "\n\n".join([*parts, "Not planned by this version: " + ", ".join(told["not_planned"]) + "."])


def _role(role: dict[str, Any]) -> str:
    lines = ["Installer role", f"  {role['arn']}", f"  trusted: {role['trusts']}",
             f"  session name: {role['session_name']}; external id: given when deploying, never written",
             f"  created roles: {role['created_roles']}", f"  boundary: {role['boundary']}"]
    lines += [f"  {name}: {'on' if on else 'off'}" for name, on in role["switches"].items()]
    return "\n".join(lines)


def _policies(policies: list[dict[str, Any]]) -> str:
    rows = [(row["kind"], row["name"], str(len(row["statements"])), f"{row['size']} of {row['limit']}")
            for row in policies]
    return table(("policy of", "name", "statements", "characters"), rows)


def _perimeter(perimeter: dict[str, Any]) -> str:
    vpc = perimeter["vpc"]
    head = f"Data perimeter: {vpc}" if vpc else "Data perimeter: none (no VPC is given: iam.data_plane_vpc)"
    rows = [f"  {'held   ' if row['held'] else 'NOT held'} {row['service']}: {row['what']}"
            for row in perimeter["data_actions"]]
    return "\n".join([head, *rows])


def _purposes(policy: dict[str, Any]) -> str:
    rows = [f"  {row['effect']:5} {row['id']}: {row['purpose']}" for row in policy["statements"]]
    return "\n".join([f"{policy['name']}: {policy['purpose']}", *rows])
