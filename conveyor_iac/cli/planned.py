"""A plan for AWS as plain data, for printing and for --json. The keys are a public contract."""

from collections.abc import Mapping
from typing import Any

from conveyor_iac.cli import planned_network
from conveyor_iac.model import boundary, catalogue, costs, names
from conveyor_iac.model.iam import ManagedPolicy, Role
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.outbound import Path, outbound
from conveyor_iac.model.placeholders import fill, literal
from conveyor_iac.model.plan import OWN_VPC, Plan, data_plane_vpc, parameters_of, switches_of, values_of

OURS = "the VPC of our network stack"
_ROLES_OWN = ("VendorAccessEnabled", "ResourcesFeatureEnabled", "IrsaEnabled", "DeleteRightsEnabled",
              "NetworkRightsEnabled", "HasDataPlaneVpc", "HasCompanyBoundary")
"""The switches that decide about roles and policies; those of the networks are told by what they make."""


def told(installation: Installation, plan: Plan, prices: catalogue.Prices) -> dict[str, Any]:
    """What a plan says, without any secret: it holds none."""
    values = values_of(installation)
    networks = [planned_network.told(network, plane, installation, values)
                for plane, network in zip(_planes(installation), plan.networks, strict=False)]
    policies = _policies(plan, values)
    stacks = _stacks(installation, plan)
    return {
        "summary": _summary(installation, plan, networks, len(policies), len(stacks)),
        "cloud": "aws",
        "stacks": stacks,
        "installation": parameters_of(installation),
        "networks": networks,
        "links": [planned_network.link(link, values) for link in plan.links],
        "outbound": [_path(path) for path in outbound(installation, plan.networks, values)],
        "costs": estimated(costs.estimate(plan.networks, installation.region, prices, plan.links)),
        "installer_role": _role(installation, plan.installer, plan.boundary, plan.session_name),
        "policies": policies,
        "perimeter": _perimeter(installation, plan),
    }


def _planes(installation: Installation) -> tuple[str, ...]:
    return ("yours",) if installation.kind == "endpoint-service" else ("data", "control")


def _stacks(installation: Installation, plan: Plan) -> list[str]:
    """The stacks, in the order in which they are deployed."""
    made = []
    for place, network in zip(("", "-control-plane"), plan.networks, strict=False):
        made += [f"{place}-network"] if network.vpc else []
        made.append(f"{place}-endpoints")
    made += ["-links"] if plan.links else []
    made += ["-policies", "-installer-policies", "-installer-role"] if plan.installer else []
    return [f"conveyor-{installation.tenant}{name}" for name in made]


def _summary(installation: Installation, plan: Plan, networks: list[dict[str, Any]], policies: int, stacks: int) -> str:
    what = "endpoint service" if installation.kind == "endpoint-service" else f"{installation.deployment} deployment"
    subnets = sum(len(network["subnets"]) for network in networks)
    endpoints = sum(len(network["endpoints"]) for network in networks) + len(plan.links)
    counts = [(1 if plan.installer else 0, "role"), (policies, "managed policy"), (subnets, "subnet"),
              (endpoints, "VPC endpoint"), (sum(1 for network in networks if network["service"]), "endpoint service")]
    return (f"{installation.tenant}: {what} on {installation.cloud}, {installation.account} in {installation.region}:"
            f" {', '.join(counted(count, one) for count, one in counts if count)} in {counted(stacks, 'stack')}.")


def counted(count: int, one: str) -> str:
    """A number with its noun: 1 policy, 2 policies."""
    many = f"{one[:-1]}ies" if one.endswith("y") else f"{one}s"
    return f"{count} {one if count == 1 else many}"


def _policies(plan: Plan, values: Mapping[str, str]) -> list[dict[str, Any]]:
    limit = catalogue.limits()["managed-policy-size"].value
    rows = [("created roles", policy) for policy in (plan.boundary, *plan.predefined) if policy]
    rows += [("installer", policy) for policy in (plan.installer.policies if plan.installer else ())]
    return [_policy(policy, kind, limit, values) for kind, policy in rows]


def _role(installation: Installation, role: Role | None, held: ManagedPolicy | None, session: str
          ) -> dict[str, Any] | None:
    if role is None or held is None:
        return None
    values, switches = values_of(installation), switches_of(installation)
    return {
        "arn": fill(role.arn, values),
        "trusts": fill(names.CONTROL_PLANE_ROLE, values),
        "session_name": session,
        "boundary": fill(held.arn, values),
        "created_roles": fill(names.CREATED_ROLES, values),
        "trust_policy": role.trust.spelled(literal),
        "switches": {name: switches[name] for name in _ROLES_OWN},
    }


def _policy(policy: ManagedPolicy, kind: str, limit: int, values: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": policy.name, "kind": kind, "arn": fill(policy.arn, values), "purpose": policy.description,
        "size": policy.document.size(), "limit": limit, "statements": planned_network.statements(policy.document),
    }


def _perimeter(installation: Installation, plan: Plan) -> dict[str, Any] | None:
    if plan.installer is None:
        return None
    vpc = data_plane_vpc(installation)
    return {
        "vpc": OURS if vpc == OWN_VPC else vpc,
        "data_actions": [{"service": row.service, "what": row.what, "actions": list(row.actions),
                          "held": row not in plan.not_covered} for row in boundary.held()],
    }


def _path(path: Path) -> dict[str, Any]:
    return {"plane": path.plane, "component": path.component, "destination": path.destination, "kind": path.kind,
            "direction": path.direction, "protocol": path.protocol, "layer": path.layer, "port": path.port,
            "data": path.data, "why": path.why, "by": path.by}


def estimated(made: costs.Estimate) -> dict[str, Any]:
    """A monthly estimate, of whichever cloud."""

    def amount(value: Any) -> float | None:
        return None if value is None else round(float(value), 2)

    return {
        "estimate": True, "currency": made.currency, "prices_of": made.date, "region": made.region,
        "items": [{"what": item.what, "count": item.count, "each": amount(item.unit), "month": amount(item.month)}
                  for item in made.items],
        "month": amount(made.total), "complete": not made.unknown, "unknown": list(made.unknown),
        "remarks": list(made.remarks),
    }
