"""A data plane on Azure, before it is deployed: the tools, what the file decides, and what whoever deploys must see to.

No Azure account is asked: what only one could say is unknown here, with the line that looks or mends.
"""

import shutil
import sys
from importlib import metadata

from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok, unknown
from conveyor_iac.cli.findings.tools import package_problem, version_of
from conveyor_iac.cli.planned_azure_network import CENTRAL
from conveyor_iac.model.azure.subscription import registering
from conveyor_iac.model.catalogue import azure as catalogue

_PACKAGES = (("pulumi", "pulumi"), ("pulumi-azure-native", "pulumi_azure_native"), ("pulumi-azuread", "pulumi_azuread"))
_UNSEEN = "no Azure account is asked by this version"
_HUB_ROLE = "Network Contributor on the hub's network"
_ORGANIZATIONS = "https://graph.microsoft.com/v1.0/identityGovernance/entitlementManagement/connectedOrganizations"


@check("pulumi", "Pulumi's command line is here")
def pulumi(case: Case) -> Verdict:
    """The engine that makes a data plane on Azure."""
    said = version_of("pulumi") if shutil.which("pulumi") else ""
    if not said:
        return fault("pulumi is not on PATH, or does not answer", "Install it: https://www.pulumi.com/docs/install/")
    return ok(f"pulumi {said}")


@check("azure-packages", "The packages of Pulumi for Azure are in this Python, and new enough")
def packages(case: Case) -> Verdict:
    """Read from the packages' metadata: importing them would take seconds."""
    wrong = [problem for package, module in _PACKAGES if (problem := package_problem(package, module))]
    if wrong:
        return fault("; ".join(wrong) + f" (in {sys.prefix})", "pip install --upgrade 'conveyor-iac[azure]'")
    return ok(", ".join(f"{package} {metadata.version(package)}" for package, _ in _PACKAGES) + f" in {sys.prefix}")


@check("azure-cli", "The Azure CLI is here")
def cli(case: Case) -> Verdict:
    """It registers resource providers, and signs in; the portal, or a service principal, does as well."""
    if shutil.which("az"):
        return ok("az is on PATH")
    return unknown("az is not on PATH: perhaps you sign in and register in another way",
                   "Install it: https://learn.microsoft.com/cli/azure/install-azure-cli")


@check("region-zones", "The region has availability zones")
def zones(case: Case) -> Verdict:
    """Without zones everything stands in one place of the region."""
    region = case.scaffolding.region
    if not catalogue.regions()[region].zones:
        return fault(f"{region} has no availability zones: a failure of one place takes the data plane with it",
                     "Take a region with zones, or leave this finding out: --skip region-zones")
    return ok(f"{region} has zones; a subnet of Azure spans them")


@check("resource-providers", "The resource providers are registered in the subscription")
def resource_providers(case: Case) -> Verdict:
    """No resource of Pulumi registers them; an unregistered one fails the deploy, or the vendor's installer."""
    store = case.scaffolding.guardrails.store
    lines = (*case.scaffolding.subscription.registering(), *registering(store.subscription, store.providers))
    return unknown(f"{_UNSEEN}; {len(lines)} are needed, and registering one twice changes nothing", "\n".join(lines))


@check("subscription-alias", "The new subscription may be made under its billing scope")
def alias(case: Case) -> Verdict | None:
    """Only roles of billing make subscriptions, and those are given in billing, not in Entra."""
    asked = case.scaffolding.subscription.alias
    if not asked:
        return None
    return unknown(f"{_UNSEEN}; whoever deploys needs the right to make subscriptions under {asked.billing_scope}",
                   "Look: az billing account list; or make the subscription by hand and give azure.subscription_id")


@check("guard-rails", "Guard rails lie where the subscription's owners cannot reach them")
def guard_rails(case: Case) -> Verdict:
    """Inside the subscription they are accepted by the file, or it would have been refused."""
    rails = case.scaffolding.guardrails
    if rails.inside:
        return ok("WARNING: some lie in the subscription itself, whose owners can remove them; the file accepts that"
                  " (azure.guardrails_inside_subscription)")
    return ok(f"policies at {rails.scope}, logs and alerts in the subscription {rails.store.subscription}")


@check("guard-rail-rights", "Whoever deploys may write guard rails")
def guard_rail_rights(case: Case) -> Verdict:
    """They lie outside the subscription, so its ownership is not enough."""
    rails = case.scaffolding.guardrails
    return unknown(f"{_UNSEEN}; needed are the right to assign policies{' and write a budget' if rails.budget else ''}"
                   f" at {rails.scope}, and to make resources and assign roles in the subscription"
                   f" {rails.store.subscription}",
                   f"az role assignment list --scope {rails.scope}\n"
                   f"az role assignment list --scope /subscriptions/{rails.store.subscription}")


@check("network-watcher", "The Network Watcher of the region exists in the subscription")
def network_watcher(case: Case) -> Verdict | None:
    """The flow log stands under it; Azure makes it with the first network of a region, unless that was turned off."""
    log, region = case.scaffolding.network.flow_log, case.scaffolding.region
    if not log:
        return None
    return unknown(f"{_UNSEEN}; {log.watcher} in the resource group {log.watcher_group} must exist before the flow log",
                   f"az network watcher configure --subscription {case.scaffolding.subscription.id} --resource-group"
                   f" {log.watcher_group} --locations {region} --enabled true")


@check("access-licence", "Entra's licence has access packages")
def licence(case: Case) -> Verdict | None:
    """Access packages are a part of entitlement management, which is licensed."""
    if not case.scaffolding.access.package:
        return None
    return unknown(f"{_UNSEEN}; entitlement management needs Microsoft Entra ID P2 at least",
                   "Look in the Entra admin center, under Billing, Licenses; or write azure.access.by:"
                   " service-principal\nhttps://learn.microsoft.com/entra/id-governance/licensing-fundamentals")


@check("connected-organization", "The vendor's connected organisation exists in the Entra tenant")
def connected_organization(case: Case) -> Verdict | None:
    """Its members request access; no provider can make one."""
    package = case.scaffolding.access.package
    if not package:
        return None
    return unknown(f"{_UNSEEN}; {package.connected_organization} must be the object id of a connected organisation, not"
                   " the id of the vendor's tenant",
                   f"az rest --method get --url {_ORGANIZATIONS}/{package.connected_organization}")


@check("hub-rights", "Whoever deploys may peer with the hub and link its private zones")
def hub_rights(case: Case) -> Verdict | None:
    """A peering is written on both networks; a central zone gets a link and the records of private endpoints."""
    network = case.scaffolding.network
    central = [zone.zone_id for zone in network.zones if zone.zone_id]
    hub = next((one.remote for one in network.peerings if not one.from_hub), None)
    if not (hub or central):
        return None
    wanted = [_HUB_ROLE] if hub else []
    wanted += [f"{CENTRAL} on the central zones"] if central else []
    return unknown(f"{_UNSEEN}; needed are {' and '.join(wanted)}, or a role of yours with the actions that plan tells",
                   "\n".join(f"az role assignment list --scope {scope}" for scope in (hub, *central) if scope))


@check("hub-firewall", "The hub's firewall passes the outbound table")
def hub_firewall(case: Case) -> Verdict | None:
    """It is the customer's own: nothing here changes it."""
    egress = case.scaffolding.network.egress
    if egress.kind != "hub" or not egress.table:
        return None
    return unknown(f"{_UNSEEN}; the firewall at {egress.table.next_hop} must pass {len(egress.allowed)} rows, and"
                   " route back to the new network", "conveyor-iac plan lists them: The hub's firewall must pass")


@check("quotas", "The subscription's quotas are wide enough")
def quotas(case: Case) -> Verdict:
    """A new subscription has few of everything; the vendor's clusters need cores besides."""
    region, id = case.scaffolding.region, case.scaffolding.subscription.id
    return unknown(f"{_UNSEEN}: quotas are not looked at", f"az network list-usages --subscription {id} --location"
                   f" {region}\naz vm list-usage --subscription {id} --location {region}")


BEFORE = (pulumi, packages, cli)
"""Checks of this machine, before the file's."""
AFTER = (zones, resource_providers, alias, guard_rails, guard_rail_rights, network_watcher, licence,
         connected_organization, hub_rights, hub_firewall, quotas)
"""Checks of what the file decides."""
