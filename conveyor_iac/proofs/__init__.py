"""Claims held against what was emitted: each one proved, refuted with a counterexample, or undecided.

`read` makes a template of a text; `assert_proved` holds it against its claims in a test; `verify` in `verify` gives the
whole report. Nothing is loaded before it is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from conveyor_iac.proofs.template import read
    from conveyor_iac.proofs.verify import assert_proved

_HOMES = {"assert_proved": "verify", "read": "template"}

__all__ = ["assert_proved", "read"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
