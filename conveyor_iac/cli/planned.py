"""A plan as plain data, for printing and for --json. The keys are a public contract."""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.model import boundary, catalogue, names
from conveyor_iac.model.iam import ManagedPolicy
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import fill, literal
from conveyor_iac.model.plan import Plan, data_plane_vpc, parameters_of, switches_of, values_of

NOT_PLANNED = ("network", "endpoints", "egress", "PrivateLink", "costs")


def told(installation: Installation, plan: Plan) -> dict[str, Any]:
    """What a plan says, without any secret: it holds none."""
    limit = catalogue.limits()["managed-policy-size"].value
    policies = [_policy(policy, kind, limit, values_of(installation)) for kind, policy in _by_kind(plan)]
    return {
        "summary": f"{installation.tenant}: {installation.deployment} deployment on {installation.cloud},"
                   f" {installation.account} in {installation.region}: 1 role and {len(policies)} managed policies"
                   " in 2 stacks, no cost.",
        "installation": parameters_of(installation),
        "installer_role": _role(installation, plan),
        "policies": policies,
        "perimeter": {
            "vpc": data_plane_vpc(installation),
            "data_actions": [{"service": row.service, "what": row.what, "actions": list(row.actions),
                              "held": row not in plan.not_covered} for row in boundary.held()],
        },
        "not_planned": list(NOT_PLANNED),
    }


def _by_kind(plan: Plan) -> list[tuple[str, ManagedPolicy]]:
    return [("created roles", plan.boundary), *(("created roles", policy) for policy in plan.predefined),
            *(("installer", policy) for policy in plan.installer.policies)]


def _role(installation: Installation, plan: Plan) -> dict[str, Any]:
    values = values_of(installation)
    return {
        "arn": fill(plan.installer.arn, values),
        "trusts": fill(names.CONTROL_PLANE_ROLE, values),
        "session_name": plan.session_name,
        "boundary": fill(plan.boundary.arn, values),
        "created_roles": fill(names.CREATED_ROLES, values),
        "trust_policy": plan.installer.trust.spelled(literal),
        "switches": {name: on for name, on in switches_of(installation).items() if name != "HasInterfaceEndpoints"},
    }


def _policy(policy: ManagedPolicy, kind: str, limit: int, values: Mapping[str, str]) -> dict[str, Any]:
    document = policy.document
    return {
        "name": policy.name, "kind": kind, "arn": fill(policy.arn, values), "purpose": policy.description,
        "size": document.size(), "limit": limit,
        "statements": [{"id": row.id, "effect": row.effect, "purpose": row.purpose, "source": row.source,
                        "document": row.spelled(literal)} for row in document.every_statement()],
    }
