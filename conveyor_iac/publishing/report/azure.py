"""What fits of the page for a data plane on Azure: its plan.

Claims are asked of what Pulumi made, and that is not here.
"""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.model.placeholders import literal


def told(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What the page of an installation on Azure says, besides its title."""
    out = [row for row in plan["outbound"] if row["direction"] == "out"]
    lines = [("can", f"{row['principal']} holds {row['role']} on {row['scope']}: {row['why']}")
             for row in plan["role_assignments"] if row["principal_type"] == "Group"]
    lines += [("cannot", "NOT CLAIMED here: claims about Azure are asked of what Pulumi made (conveyor-iac verify reads"
               " pulumi stack export), and this page is made of the plan alone."),
              ("leaves", f"{len(out)} paths lead out, by {', '.join(dict.fromkeys(row['by'] for row in out))}: each"
               " stands in the table below with its data.")]
    lines += [("worst", warning) for warning in plan["warnings"]]
    return {
        "cloud": "azure", "templates": [], "claims": [], "not_asked": [], "axioms": [], "documents": "", "prover": {},
        "networks": [], "permissions": [_assigned(plan), *(_custom(role) for role in plan["access"]["custom_roles"])],
        "sentences": [{"about": about, "text": literal(text), "rests_on": [], "holds": None} for about, text in lines],
        "outbound": [{"of": "", "rows": list(plan["outbound"])}], "costs": [{"of": "", **plan["costs"]}],
    }


def _assigned(plan: Mapping[str, Any]) -> dict[str, Any]:
    """Who holds which role, and where."""
    return _policy("Role assignments", "roles of Azure", "Who holds which role, and where.", [
        _row(row["name"], row["why"], {"role": [row["role"]]}, who=[row["principal"]], on=[row["scope"]],
             conditions=[row["condition"]] if row["condition"] else []) for row in plan["role_assignments"]])


def _custom(role: Mapping[str, Any]) -> dict[str, Any]:
    """A role of our own, with its actions."""
    return _policy(role["name"], "a role of our own", role["description"], [
        _row(row["id"], row["purpose"], {"data actions" if row["data"] else "actions": list(row["actions"])},
             source=row["source"]) for row in role["actions"]])


def _policy(name: str, of: str, purpose: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    return {"name": name, "of": of, "purpose": purpose, "only_if": None, "levels": [], "group": "roles",
            "templates": ["the plan"], "statements": rows}


def _row(name: str, purpose: str, levels: Mapping[str, list[str]], **more: Any) -> dict[str, Any]:
    return {"id": name, "effect": "Allow", "purpose": purpose, "source": "", "only_if": None, "but_these": False,
            "levels": dict(levels), "who": [], "on": [], "not_on": [], "conditions": [], **more}
