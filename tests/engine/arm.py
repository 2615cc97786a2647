"""Microsoft's own property definitions of azure-native's types, where they lie beside the repository.

Knows where the data is (the folder of ARM_TYPES, else `../shared/arm-types` of the repository), its checker
`validate.py`, and what is said when there is none: nothing then stands in for it. Refuses to know Pulumi.
"""

import importlib.util
import os
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from tests.engine.arm_more import DEFINITIONS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("ARM_TYPES") or ROOT.parent / "shared" / "arm-types")
"""Read once: a test that is shut off from this machine's settings still finds the data."""
ARM_TYPES_ABSENT = "ARM_TYPES_ABSENT: Microsoft's definitions of azure-native's types are not here"
"""The one reason for which a test may be skipped in CI too: the data is no part of this repository."""


def present() -> bool:
    """Whether the data and its checker are here."""
    return all((FOLDER / name).is_file() for name in ("azure-types.json", "validate.py"))


def known(token: str) -> bool:
    """Whether the data has this type; False for all without the data."""
    return present() and bool(_types().known(token))


def mistakes(token: str, inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Every (path, what is wrong) that the definitions find in *inputs*; nothing without the data.

    A type that the data does not have is a mistake: it was held against nothing.
    """
    if not present():
        return []
    if not known(token):
        return [("", f"Microsoft's definitions have no {token}")]
    return [(path, why) for path, _, why in (one.partition(": ") for one in _types().check(token, _as_arm(inputs)))]


def told() -> str:
    """One line on whether the definitions are used."""
    if present():
        source = _types().source
        return f"ARM types: {source['repo']} at {source['commit'][:10]}"
    return f"{ARM_TYPES_ABSENT}; set ARM_TYPES to their folder. azure-native is held against Pulumi's own types alone"


def left_out(reasons: Mapping[str, str]) -> Iterator[str]:
    """The tests, by their ids, that were skipped for want of the data, of the *reasons* of all that were skipped."""
    yield from sorted(test for test, why in reasons.items() if excused(why))


def excused(why: str) -> bool:
    """Whether this reason of a skip is the one that CI allows, as long as it is true."""
    return why.removeprefix("Skipped: ") == ARM_TYPES_ABSENT and not present()


def _as_arm(value: Any) -> Any:
    """The inputs as azure-native sends them: the ids of identities, a list in Pulumi, are the keys of an object."""
    if isinstance(value, list):
        return [_as_arm(one) for one in value]
    if not isinstance(value, Mapping):
        return value
    return {key: {id: {} for id in one} if key == "userAssignedIdentities" and isinstance(one, list) else _as_arm(one)
            for key, one in value.items()}


class _Unkept(SourceFileLoader):
    """Leaves no compiled copy in a folder that is not ours."""

    def set_data(self, path: Any, data: Any, *, _mode: int = 0) -> None:
        return


@cache
def _types() -> Any:
    file = str(FOLDER / "validate.py")
    spec = importlib.util.spec_from_file_location("arm_types", file, loader=_Unkept("arm_types", file))
    if not spec or not spec.loader:
        raise ImportError(file)
    checker: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    types = checker.Types.load(FOLDER / "azure-types.json")
    types.res = DEFINITIONS | types.res
    return types
