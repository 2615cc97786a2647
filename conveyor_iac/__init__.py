"""Everything a customer's cloud needs before a vendor's data plane can move in.

The names here can be imported without any engine, and each is loaded when it is first used: the command line
starts without them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conveyor_iac.errors import AnswerIsNo, ConveyorError, Fault, InputError
    from conveyor_iac.model.installation import Installation
    from conveyor_iac.model.plan import Plan, plan

_HOMES = {
    "AnswerIsNo": "errors",
    "ConveyorError": "errors",
    "Fault": "errors",
    "InputError": "errors",
    "Installation": "model.installation",
    "Plan": "model.plan",
    "plan": "model.plan",
}

__all__ = ["AnswerIsNo", "ConveyorError", "Fault", "InputError", "Installation", "Plan", "plan"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
