"""From the stacks that were told of to one value for each output that is asked for, or every fault of them at once.

Stacks of other tenants are left out, and beside stacks that are ours those of which nothing says whose they are: many
a stack hands out a VpcId. What two stacks say differently, what the file says differently, and what nobody says is a
fault. A value that is not as it must be is not shown: it might be anything, a secret too.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conveyor_iac.errors import HIDDEN, Fault
from conveyor_iac.model.handover.asked import Asked
from conveyor_iac.model.handover.outputs import MASKED, Stack
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.plan import parameters_of

_SETTLED = ("", "CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
"""States of a stack whose outputs are those of what stands;
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html."""
_WHY = {True: "another tenant's", False: "nothing says whose it is"}
"""Why a stack is left out: by whether it says whose it is."""
ANOTHER = "another"
"""Stands for a value that is not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The value of each output, which stacks were left out and why, and every fault."""

    values: Mapping[str, Any]
    left_out: tuple[str, ...]
    faults: tuple[Fault, ...]


def gathered(installation: Installation, rows: Sequence[Asked], told: Sequence[Stack]) -> Gathered:
    """What the stacks say of each output."""
    sure = {stack.file for stack in told if stack.tenant == installation.tenant}
    ours = [stack for stack in told if stack.tenant == installation.tenant
            or (stack.tenant is None and stack.alone and stack.file not in sure)]
    left_out = tuple(f"{stack.shown()}: {_WHY[stack.tenant is not None]}" for stack in told
                     if stack not in ours and stack.values)
    faults = [fault for stack in ours
              for fault in (*_exposed(stack), *_unsettled(stack), *_misplaced(installation, stack))]
    values = dict[str, Any]()
    for row in rows:
        said = _said(row.key, ours)
        wrong = [*_differing(row, said)] or [*_missing(row, said, told)] or [*_unfit(row, said, installation)]
        if wrong:
            faults += wrong
        else:
            values[row.key] = said[0][1]
    return Gathered(values=values, left_out=left_out, faults=tuple(dict.fromkeys(faults)))


def _said(key: str, told: Iterable[Stack]) -> list[tuple[Stack, Any]]:
    """Who says an output, and what: each value once."""
    found: list[tuple[Stack, Any]] = []
    for stack in told:
        if key in stack.values and all(stack.values[key] != value for _, value in found):
            found.append((stack, stack.values[key]))
    return found


def _differing(row: Asked, said: list[tuple[Stack, Any]]) -> Iterator[Fault]:
    if len(said) > 1:
        yield Fault(path=row.key, value=f"differs between {' and '.join(stack.shown() for stack, _ in said)}",
                    rule="one value: the outputs of one installation", way_out="Give the outputs of this deployment"
                    " only; of a Pulumi stack with several: pulumi stack output NAME --json, with the name of its"
                    " outputs")


def _missing(row: Asked, said: list[tuple[Stack, Any]], told: Sequence[Stack]) -> Iterator[Fault]:
    empty = [stack for stack, value in said if value in (None, "", [], {}) and not row.late]
    if said and not empty:
        return
    kinds = {stack.kind for stack in told} if row.stack else {"pulumi"}
    place = "the deployment's outputs in Pulumi" if kinds == {"pulumi"} else f"the stack {row.stack}" + (
        f", or the one of the published template {row.template}" if row.template else "")
    yield Fault(path=row.key, value="(empty)" if empty else "(missing)", rule=f"{row.rule}: an output of {place}",
                way_out=_way_to(row, kinds))


def _way_to(row: Asked, kinds: Collection[str]) -> str:
    ways = {"cdk": f"cdk deploy {row.stack} --outputs-file FILE",
            "describe-stacks": f"aws cloudformation describe-stacks --stack-name {row.stack}, or as you named it",
            "pulumi": "pulumi.export(\"outputs\", deployment.outputs), pulumi up, pulumi stack output --json"}
    return "Give it too: " + "; or ".join(ways[kind] for kind in ways if kind in kinds)


def _unfit(row: Asked, said: list[tuple[Stack, Any]], installation: Installation) -> Iterator[Fault]:
    """What is wrong with the one value of an output."""
    ((stack, value),) = said
    path = f"{stack.shown()}: {row.key}"
    if value == MASKED or (isinstance(value, Mapping) and MASKED in value.values()):
        yield Fault(path=path, value=MASKED, rule="in clear: it is no secret",
                    way_out="pulumi stack output --json --show-secrets, by a pipe and not into a file")
    elif holds(value, installation.external_id):
        yield Fault(path=path, value=HIDDEN, rule=f"{row.rule}, and not the external id",
                    way_out="Take it out of the stack: whoever may read the stack reads it")
    elif not row.fits(value):
        count = "" if row.count is None else f", {row.count} of them, joined by commas"
        names = f" with the keys {', '.join(row.names)}" if row.names else ""
        yield Fault(path=path, value=ANOTHER, rule=f"{row.rule}{count}{names}",
                    way_out="Deploy the installation as the file says, and give the outputs again")
    elif not row.agrees(value):
        yield Fault(path=path, value=ANOTHER, rule=f"as the file says: {_spelled(row.decided)}",
                    way_out="Give the outputs of this installation, or the file that was deployed")


def _spelled(decided: Any) -> str:
    if isinstance(decided, Mapping):
        return ", ".join(f"{key} {text}" for key, text in decided.items())
    return decided if isinstance(decided, str) else ",".join(decided)


def holds(value: Any, secret: str | None) -> bool:
    """Whether a value holds a secret at any depth; never where none is known."""
    if isinstance(value, Mapping):
        return any(holds(part, secret) for part in value.values())
    if isinstance(value, list | tuple):
        return any(holds(part, secret) for part in value)
    return secret is not None and secret in str(value)


def _exposed(stack: Stack) -> Iterator[Fault]:
    """A fault for every output of a stack of ours that is an external id."""
    for name in stack.secrets:
        yield Fault(path=f"{stack.file}: {name}", value=HIDDEN,
                    rule="no external id among outputs: whoever may read the stack reads them",
                    way_out="Take that output away and deploy; the vendor gets it by another way")


def _unsettled(stack: Stack) -> Iterator[Fault]:
    """A fault for a stack in the middle of something, or that failed."""
    if stack.values and stack.state not in _SETTLED:
        shown = stack.state if re.fullmatch("[A-Z_]{1,60}", stack.state) else ANOTHER
        yield Fault(path=stack.shown(), value=shown, rule="a stack that is settled",
                    way_out="Wait for it, or mend it, and ask for its outputs again")


def _misplaced(installation: Installation, stack: Stack) -> Iterator[Fault]:
    """What a stack was given, or where it is, that the file says differently."""
    if not stack.values:
        return
    wanted = parameters_of(installation) if stack.parameters else {}
    rows = [("region", stack.region, installation.region), ("account", stack.account, installation.account),
            *((key, value, wanted[key]) for key, value in stack.parameters.items() if key in wanted)]
    for key, found, decided in rows:
        if found is not None and found != decided:
            yield Fault(path=f"{stack.shown()}: {key}", value=ANOTHER, rule=f"as the file says: {decided}",
                        way_out="Give the stacks of this installation, or the file that says what was deployed")
