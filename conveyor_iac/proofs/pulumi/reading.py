"""What Pulumi printed, as templates: one for each deployment that brings its contract, or one for the whole stack."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from conveyor_iac.proofs.pulumi.adapter import Adapted, adapted, contracts
from conveyor_iac.proofs.pulumi.states import state_of


def read_stack(body: Mapping[str, Any], name: str, *, contract: Mapping[str, Any] | None = None,
               sha256: str = "") -> tuple[Adapted, ...]:
    """The templates of a stack: of the same resources, one for each contract of a deployment in it.

    name: of the file, in the report. contract: replaces those of the stack. sha256: of the text, told
    in the report; left out: of the template that is made. Raises `InputError` with every fault.
    """
    state = state_of(body, name)
    make = partial(adapted, state.resources, secrets=state.secrets, source=state.source, sha256=sha256)
    carried = contracts(state.resources, name) if contract is None else ()
    if len(carried) <= 1:
        return (make(name, contract=carried[0][1] if carried else contract),)
    return tuple(make(f"{name}: {own}", contract=given) for own, given in carried)
