"""The predefined policies: what the installer may attach to the roles it creates, and nothing else."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from conveyor_iac.model import catalogue, names
from conveyor_iac.model.boundary import BOUNDARY_ARN
from conveyor_iac.model.iam import Document, Lists, ManagedPolicy, Statement, policy_arn
from conveyor_iac.model.placeholders import behind, every


def of_row(row: catalogue.PolicyRow, path: str, kind: str, lists: Lists) -> ManagedPolicy:
    """The managed policy a catalogue row speaks of."""
    statements = tuple(behind(statement, Statement.of(statement, lists)) for statement in row.statements)
    return ManagedPolicy(name=row.name, policy_name=names.policy_name(row.name, kind), path=path,
                         description=row.purpose, document=Document(statements=statements))


def predefined() -> tuple[Any, ...]:
    """The predefined policies, each perhaps behind a switch."""
    lists = {"@BoundaryArn": (BOUNDARY_ARN,), "@ResourceRoles": (names.RESOURCE_ROLES,),
             "@AttachableByAgent": tuple(_arns(agent=False))}
    return tuple(behind(row, of_row(row, names.PREDEFINED_PATH, "", lists)) for row in catalogue.predefined_policies())


@cache
def predefined_arns() -> tuple[Any, ...]:
    """The ARNs of the predefined policies: the exact list the installer may attach."""
    return tuple(_arns(agent=True))


def every_predefined() -> tuple[ManagedPolicy, ...]:
    """Each predefined policy, whatever the switches."""
    return tuple(policy for part in predefined() for policy in every(part))


def _arns(*, agent: bool) -> Iterator[Any]:
    """The ARNs; without `agent` those of the agent itself are left out, so that it cannot hand its own rights on."""
    for row in catalogue.predefined_policies():
        if agent or not row.agent:
            yield behind(row, policy_arn(names.PREDEFINED_PATH, names.policy_name(row.name)))
