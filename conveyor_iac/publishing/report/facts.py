"""The tables of this room: access levels of actions, and how a claim is checked without us."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LEVELS = {"L": "List", "R": "Read", "W": "Write", "T": "Tagging", "P": "Permissions management"}
"""AWS's access levels, from looking to deciding who may."""
UNKNOWN = "not known here"


def levels(action: str) -> tuple[str, ...]:
    """The access levels of an action or pattern, as AWS calls them; `UNKNOWN` for one that no statement of ours names.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_understand-policy-summary-access-level-summaries.html
    """
    letters = _table("levels.toml")["levels"].get(action)
    return tuple(LEVELS[letter] for letter in letters) if letters else (UNKNOWN,)


def checks() -> Mapping[str, Mapping[str, Any]]:
    """How each claim is checked without us, by the claim's id."""
    return {claim: row for row in _table("checks.toml")["check"] for claim in row["claims"]}


def tools() -> Mapping[str, Mapping[str, Any]]:
    """What each tool of AWS cannot see, with the source, by its name in the checks."""
    return {row["name"]: row for row in _table("checks.toml")["tool"]}


@cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
