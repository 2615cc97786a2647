"""The plan of a data plane on Azure as plain data, for printing and for --json. The keys are a public contract.

`${SubscriptionId}` stands for the id of a subscription that is made first; `<Name>` for what a part is in the cloud
once it is made.
"""

import re
from dataclasses import asdict
from typing import Any

from conveyor_iac.cli import planned_azure_network
from conveyor_iac.cli.planned import counted, estimated
from conveyor_iac.model.azure.access import MACHINE, OWNER, VENDOR, Access
from conveyor_iac.model.azure.guardrails import Guardrails
from conveyor_iac.model.azure.identities import RoleAssignment
from conveyor_iac.model.azure.outbound import Path
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.azure.services import Services
from conveyor_iac.model.azure.subscription import Subscription, registering
from conveyor_iac.model.catalogue.azure import Prices
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made

BY = {"nat-gateway": "NAT gateway", "firewall": "firewall", "hub": "the hub's firewall", "yours": "your own network"}
"""What lets a path of the outbound table through."""
_OPEN_OWNER = ("The vendor's team is Owner without a condition: it may give any role on the subscription to anybody"
               " (azure.access.role).")
_OWNER_BESIDES = ("The condition holds the assignment of roles only: as Owner the vendor's team may still change"
                  " policies, locks and role definitions within the subscription. azure.access.role: installer is"
                  " narrower.")
_TWO_RUNS = ("A new subscription has no resource provider registered: the first `pulumi up` stops after it is made."
             " Register them, then run it again; docs/azure.md has the commands.")
_ANYBODYS = ("The machine's identity accepts {subject}, which does not name this tenant: if the vendor calls all its"
             " customers so, it must keep them apart itself. azure.control_plane.subject may name one of this tenant.")
_NO_WATCH = "The network is brought: no flow log, network security group or way out is made in it."


def told(installation: Installation, made: Scaffolding, prices: Prices) -> dict[str, Any]:
    """What a scaffolding says; it holds no secret."""
    from conveyor_iac.model.azure import costs

    roles = [_assignment(one, made) for one in (*made.access.assignments, *made.identities.assignments)]
    roles += _own_roles(made)
    store = made.guardrails.store
    network = planned_azure_network.told(made.network, installation)
    return {
        "summary": _summary(installation, made, roles),
        "cloud": "azure",
        "warnings": _warnings(installation, made),
        "subscription": _subscription(made.subscription),
        "providers": [{"namespace": row.namespace, "why": row.why, "command": command} for row, command in
                      zip(made.subscription.providers, made.subscription.registering(), strict=True)],
        "log_providers": [{"namespace": row.namespace, "command": command} for row, command in
                          zip(store.providers, registering(store.subscription, store.providers), strict=True)],
        "access": _access(installation, made.access),
        "identities": [{"name": one.azure_name, "resource_group": _group(made, one.group), "why": one.why}
                       for one in made.identities.identities],
        "role_assignments": roles,
        "guardrails": _guardrails(made.guardrails),
        "network": network,
        "services": _services(made.services),
        "outbound": [_path(path, BY[made.network.egress.kind]) for path in made.outbound],
        "costs": estimated(costs.estimate(made, prices)),
        "tags": dict(made.tags),
    }


def _summary(installation: Installation, made: Scaffolding, roles: list[dict[str, Any]]) -> str:
    subscription, network = made.subscription, made.network
    whose = "a new subscription" if subscription.alias else f"subscription {subscription.id}"
    counts = [(len(roles), "role assignment"), (len(made.guardrails.policies), "policy assignment"),
              (len(made.guardrails.alerts), "alert"), (1 if network.made else 0, "virtual network"),
              (len(network.subnets), "subnet"), (len(network.endpoints), "private endpoint"),
              (len(_services(made.services)), "service")]
    return (f"{installation.tenant}: {installation.deployment} deployment on azure, {whose} in {made.region}:"
            f" {', '.join(counted(count, one) for count, one in counts if count)}; in the resource group"
            f" {subscription.group.azure_name}.")


def _warnings(installation: Installation, made: Scaffolding) -> list[str]:
    """What was accepted, or asked for, and yet should be read twice."""
    rails, found = made.guardrails, [_TWO_RUNS] if made.subscription.alias else []
    for credential in made.access.identity.credentials if made.access.identity else ():
        if not _names(credential.subject, installation.tenant):
            found.append(_ANYBODYS.format(subject=credential.subject))
    if rails.inside:
        own = made.subscription.id
        inside = ["policies and budget"] if rails.scope == made.subscription.scope else []
        inside += ["the exported activity log and its alerts"] if rails.store.subscription == own else []
        found.append(f"Guard rails lie in the subscription that is handed over: {' and '.join(inside)}. Its owners can"
                     " remove them (azure.guardrails_inside_subscription: accepted).")
    held = [one for one in made.access.assignments if one.role_name == OWNER]
    found += [_OWNER_BESIDES if one.condition else _OPEN_OWNER for one in held]
    return found + ([] if made.network.made else [_NO_WATCH])


def _names(subject: str, tenant: str) -> bool:
    """Whether a subject names a tenant: as a word of its own, and of an ARN in what is the vendor's to choose."""
    chosen = re.sub(r"^arn:[^:]*:iam::\d*:(role|user)/", "", subject)
    return tenant in re.split("[^a-z0-9]+", chosen)


def _subscription(subscription: Subscription) -> dict[str, Any]:
    group = subscription.group
    return {
        "id": subscription.id, "made": subscription.alias is not None, "tenant_id": subscription.tenant_id,
        "alias": asdict(subscription.alias) if subscription.alias else None,
        "management_group": subscription.management_group, "moved": subscription.moved,
        "resource_group": {"name": group.azure_name, "region": group.region, "why": group.why},
    }


def _access(installation: Installation, access: Access) -> dict[str, Any]:
    group, package, identity = access.group, access.package, access.identity
    by = installation.azure.access.by if installation.azure else ""
    return {
        "enabled": installation.vendor_access == "enabled",
        "by": by,
        "group": {"name": group.display_name, "description": group.description} if group else None,
        "access_package": {
            "name": package.display_name, "description": package.description,
            "connected_organization": package.connected_organization, "expires_after": package.expires_after,
            "stages": [{"approvers": list(stage.approvers), "days": stage.days} for stage in package.stages],
        } if package else None,
        "machine_identity": {
            "name": identity.azure_name,
            "credentials": [{"name": one.azure_name, "issuer": one.issuer, "subject": one.subject,
                             "audience": one.audience} for one in identity.credentials],
        } if identity else None,
        "custom_roles": [{
            "name": role.display_name, "description": role.description,
            "actions": [{"id": row.id, "purpose": row.purpose, "data": row.data, "actions": list(row.actions),
                         "source": row.source} for row in role.actions],
        } for role in access.roles],
        "assignable": [{"role": row.name, "id": row.id, "why": row.why} for row in access.assignable
                       if any(one.condition for one in access.assignments)],
    }


def _assignment(held: RoleAssignment, made: Scaffolding) -> dict[str, Any]:
    access = made.access
    known = {one.name: f"managed identity {one.azure_name}" for one in made.identities.identities}
    known |= {VENDOR: f"group {access.group.display_name}" if access.group else "",
              MACHINE: f"managed identity {access.identity.azure_name}" if access.identity else ""}
    who = known[held.principal.name] if isinstance(held.principal, Made) else f"service principal {held.principal}"
    own = {role.name: role.display_name for role in access.roles}
    assigns = [row.name for row in access.assignable] if held.condition else None
    scope = _place(held.scope.name, made) if isinstance(held.scope, Made) else held.scope
    return {"name": held.name, "principal": who, "principal_type": held.principal_type,
            "role": own.get(held.role_name, held.role_name), "scope": scope, "condition": held.condition,
            "assigns": assigns, "why": held.why}


def _group(made: Scaffolding, part: str) -> str:
    """The name of a resource group, which is a part."""
    groups = (made.subscription.group, made.identities.group)
    return next(group.azure_name for group in groups if group.name == part)


def _place(part: str, made: Scaffolding) -> str:
    """The id of a part that a role is held on: the resource group, a subnet, an identity or a service."""
    scope = f"{made.subscription.scope}/resourceGroups"
    home = f"{scope}/{made.subscription.group.azure_name}"
    found = {"ResourceGroup": home}
    found |= {one.name: f"{home}/providers/Microsoft.Network/virtualNetworks/{made.network.azure_name}/subnets"
              f"/{one.azure_name}" for one in made.network.subnets}
    found |= {one.name: f"{scope}/{_group(made, one.group)}/providers/Microsoft.ManagedIdentity"
              f"/userAssignedIdentities/{one.azure_name}" for one in made.identities.identities}
    kinds = {"KeyVault": "Microsoft.KeyVault/vaults", "Registry": "Microsoft.ContainerRegistry/registries"}
    found |= {one.name: f"{home}/providers/{kinds[one.name]}/{one.azure_name}" for one in made.services.private()}
    return found[part]


def _own_roles(made: Scaffolding) -> list[dict[str, Any]]:
    """The roles of our own identities, which the vendor has no part in."""
    log, store = made.network.flow_log, made.guardrails.store

    def held(name: str, principal: str, role: str, scope: str, why: str) -> dict[str, Any]:
        return {"name": name, "principal": f"managed identity {principal}", "principal_type": "ServicePrincipal",
                "role": role, "scope": scope, "condition": None, "assigns": None, "why": why}

    rows = [held("AlertRole", store.identity, "Reader",
                 f"/subscriptions/{store.subscription}/resourceGroups/{store.group.azure_name}/providers"
                 f"/Microsoft.OperationalInsights/workspaces/{store.workspace}", "The alerts search the workspace.")]
    if log:
        rows.append(held("FlowLogRole", log.identity_name, "Storage Blob Data Contributor",
                         f"{made.subscription.scope}/resourceGroups/{log.group.azure_name}/providers"
                         f"/Microsoft.Storage/storageAccounts/{log.storage.azure_name}",
                         "The flow log is written without a key."))
    return rows


def _guardrails(rails: Guardrails) -> dict[str, Any]:
    store, budget = rails.store, rails.budget
    return {
        "scope": rails.scope, "inside": rails.inside,
        "policies": [{"name": row.azure_name, "title": row.display_name, "definition": row.definition,
                      "scope": row.scope, "parameters": {key: list(values) for key, values in row.parameters.items()},
                      "why": row.why} for row in rails.policies],
        "activity_log": {
            "subscription": store.subscription, "resource_group": store.group.azure_name,
            "workspace": store.workspace, "storage": store.storage,
            "retention_days": store.retention_days, "exported_by": rails.export.azure_name,
            "categories": list(rails.export.categories)},
        "alerts": [{"name": row.azure_name, "title": row.display_name, "query": row.query, "why": row.why}
                   for row in rails.alerts],
        "contacts": list(rails.contacts),
        "budget": {"name": budget.azure_name, "scope": budget.scope, "amount": budget.amount, "starts": budget.starts,
                   "thresholds": list(budget.thresholds)} if budget else None,
    }


def _services(services: Services) -> list[dict[str, Any]]:
    vault, workspace, registry = services.key_vault, services.workspace, services.registry
    rows = [("key vault", vault.azure_name, "roles decide (RBAC), purge protection, no public access; what is deleted"
             f" can be had back for {vault.retention_days} days") if vault else None,
            ("log workspace", workspace.azure_name, "takes tokens of Entra only; logs are kept for"
             f" {workspace.retention_days} days") if workspace else None,
            ("container registry", registry.azure_name, "of the Premium kind; roles decide, no admin user, no public"
             " access") if registry else None]
    return [{"what": row[0], "name": row[1], "how": row[2]} for row in rows if row]


def _path(path: Path, by: str) -> dict[str, Any]:
    return {"plane": "data", "component": path.component, "destination": path.destination, "kind": path.kind,
            "direction": "out", "protocol": path.protocol, "layer": path.layer, "port": path.port, "data": path.data,
            "why": path.why, "by": by}
