"""What is read back from a deployed network: invariants, each a row of a table, never an echo of the plan.

`asked.py` says what the installation file asks for, `snapshot.py` gathers what stands, `seen.py` finds things in it;
each further module is a table of invariants, each a small function. A row's id is what a test breaks.
"""

from collections.abc import Mapping
from typing import Any

import yaml

from conveyor_iac.emulator.local import LocalAws
from conveyor_iac.emulator.readings import egress, endpoints, logs, network, privatelink
from conveyor_iac.emulator.readings.asked import networks
from conveyor_iac.emulator.readings.reading import Invariant, Reading, read
from conveyor_iac.emulator.readings.seen import Seen
from conveyor_iac.emulator.readings.snapshot import snapshot
from conveyor_iac.model.installation import Installation

INVARIANTS: tuple[Invariant, ...] = (*endpoints.INVARIANTS, *network.INVARIANTS, *egress.INVARIANTS,
                                     *privatelink.INVARIANTS, *logs.INVARIANTS)


def look(aws: LocalAws, installation: Installation, outputs: Mapping[str, str]) -> tuple[Seen, ...]:
    """What is there of each network of an installation; `outputs` are those of its stacks."""
    account = installation.account or ""
    taken, templates = snapshot(aws, account), tuple(_templates(aws, account))
    boundary = _boundary(aws, account, outputs.get("BoundaryArn"))
    return tuple(Seen(asked=asked, snapshot=taken, outputs=outputs, templates=templates, boundary=boundary)
                 for asked in networks(installation))


def readings(seen: tuple[Seen, ...]) -> tuple[Reading, ...]:
    """Every invariant of every network, those left out that are not for it."""
    return tuple(read(row, network) for network in seen for row in INVARIANTS if row.when(network))


def _templates(aws: LocalAws, account: str) -> list[Any]:
    formation = aws.client("cloudformation", account)
    stacks = formation.describe_stacks()["Stacks"]
    bodies = (formation.get_template(StackName=row["StackName"])["TemplateBody"] for row in stacks)
    return [yaml.safe_load(body) if isinstance(body, str) else body for body in bodies]


def _boundary(aws: LocalAws, account: str, arn: str | None) -> Any:
    if arn is None:
        return None
    iam = aws.client("iam", account)
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


__all__ = ["INVARIANTS", "Reading", "Seen", "look", "readings"]
