"""What `plan` tells of a data plane on Azure, in words. Reads only what --json prints, as `plan_words` does."""

from collections.abc import Iterator

from conveyor_iac.cli.plan_words import Told, broken, costs, outbound
from conveyor_iac.cli.talk import table

_UNKNOWN = "${SubscriptionId} stands for the id of the new subscription: it is known when that is made."
_DOORS = {"access-package": "people, by an access package", "service-principal": "a service principal of the vendor's"}


def words(told: Told, *, purposes: bool) -> str:
    """The whole plan; with `purposes` every action of the custom role and every security rule in full too."""
    network, rails = told["network"], told["guardrails"]
    parts = [told["summary"], *(f"WARNING: {text}" for text in told["warnings"]),
             _subscription(told["subscription"]), _providers(told), _access(told["access"]),
             _identities(told["identities"]), _roles(told["role_assignments"]), _assignable(told["access"]),
             _guardrails(rails), _policies(rails), _alerts(rails),
             _addresses(network), _inbound(network), _egress(network["egress"]), _passes(network),
             *_groups(network), _hub(network["hub"]), _private(network), _flow_log(network["flow_log"]),
             _services(told["services"]), outbound(told["outbound"]), costs(told["costs"])]
    parts += _purposes(told) if purposes else []
    return "\n\n".join(part for part in parts if part)


def _subscription(told: Told) -> str:
    group, alias = told["resource_group"], told["alias"]
    placed = told["management_group"]
    lines = [f"Subscription: {told['id']}, of the Entra tenant {told['tenant_id']}"]
    if alias:
        lines += [f"  made through the alias {alias['name']}, called {alias['display_name']!r}, for"
                  f" {alias['workload']}; paid by {alias['billing_scope']}",
                  "  taking the alias away again does not cancel the subscription", f"  {_UNKNOWN}"]
    held = "made in" if alias else "moved to" if told["moved"] else "held by"
    lines.append(f"  {held} the management group {placed}" if placed else "  stays in the management group it is in")
    return "\n".join([*lines, f"  resource group {group['name']} in {group['region']}: {group['why']}"])


def _providers(told: Told) -> str:
    rows, logs = told["providers"], told["log_providers"]
    head = "Resource providers: whoever owns the subscription registers them first; doing it twice changes nothing"
    return "\n".join([head, table(("namespace", "why"), [(row["namespace"], row["why"]) for row in rows]),
                      *(f"  {row['command']}" for row in (*rows, *logs))])


def _identities(rows: list[Told]) -> str:
    head = "Managed identities of the data plane, with their roles beforehand: whoever installs assigns none"
    return f"{head}\n" + table(("identity", "resource group", "for"), [
        (row["name"], row["resource_group"], row["why"]) for row in rows])


def _access(access: Told) -> str:
    group, package, identity = access["group"], access["access_package"], access["machine_identity"]
    lines = [f"Vendor access: {_DOORS[access['by']]}"]
    if not access["enabled"]:
        lines.append("  vendor_access is disabled: neither the vendor's team nor its control plane holds a role")
    if group:
        lines.append(f"  group {group['name']}: {group['description']}")
    if package:
        lines += [f"  access package {package['name']}: {package['description']} Members of the connected organisation"
                  f" {package['connected_organization']} may request it",
                  f"  an approved access ends after {package['expires_after']} days",
                  *(f"  approval, stage {number}: one of the members of {', '.join(stage['approvers'])}; refused after"
                    f" {stage['days']} days without an answer" for number, stage in enumerate(package["stages"], 1))]
    if identity:
        lines.append(f"  managed identity {identity['name']} of the vendor's control plane, without a secret:")
        lines += [f"    takes tokens of {one['issuer']} for {one['subject']}" for one in identity["credentials"]]
    for role in access["custom_roles"]:
        lines.append(f"  custom role {role['name']}: {role['description']}"
                     f" {sum(len(row['actions']) for row in role['actions'])} actions (--purposes)")
    return "\n".join(lines)


def _roles(rows: list[Told]) -> str:
    if not rows:
        return "Role assignments: none"
    head = "Role assignments: who holds which role, and on what condition"
    return "\n".join([head, table(("who", "role", "scope", "may assign", "why"), [
        (row["principal"], row["role"], row["scope"], _assigns(row), row["why"]) for row in rows])])


def _assigns(row: Told) -> str:
    if row["assigns"] is None:
        return "any role" if row["role"] == "Owner" else "no role"
    return "only those listed below"


def _assignable(access: Told) -> str:
    if not access["assignable"]:
        return ""
    rows = [(row["role"], row["why"]) for row in access["assignable"]]
    return "Roles that a condition lets be assigned, to service principals only\n" + table(("role", "why"), rows)


def _guardrails(rails: Told) -> str:
    log, budget = rails["activity_log"], rails["budget"]
    where = "IN the subscription that is handed over" if rails["inside"] else "outside the vendor's reach"
    lines = [f"Guard rails, {where}",
             f"  scope: {rails['scope']}; what lies there holds for every subscription below it",
             f"  activity log: exported by the setting {log['exported_by']} of the subscription, all of its"
             f" {len(log['categories'])} categories",
             f"  kept in the subscription {log['subscription']}, resource group {log['resource_group']}:",
             f"    workspace {log['workspace']}; storage account {log['storage']}, for {log['retention_days']} days",
             f"  told of alerts: {', '.join(rails['contacts'])}"]
    lines.append(f"  budget {budget['name']}: {budget['amount']} a month in the currency of the bill, from"
                 f" {budget['starts']}; told at {' and '.join(f'{part} %' for part in budget['thresholds'])}"
                 if budget else "  budget: none")
    return "\n".join(lines)


def _policies(rails: Told) -> str:
    rows = [(row["name"], row["title"], "; ".join(f"{key}: {', '.join(values)}" for key, values in
                                                  row["parameters"].items()) or "-", row["why"])
            for row in rails["policies"]]
    return table(("policy assignment", "title", "parameters", "why"), rows)


def _alerts(rails: Told) -> str:
    return table(("alert", "tells that", "why"), [(row["name"], row["title"], row["why"]) for row in rails["alerts"]])


def _addresses(network: Told) -> str:
    vnet = network["vnet"]
    if not vnet["made"]:
        brought = [f"  {kind}: {id}" for kind, id in network["brought_subnets"].items()]
        return "\n".join([f"Network: {vnet['id']}, {' and '.join(vnet['cidrs'])}, which you bring; nothing of it is"
                          " changed but private endpoints in its subnet and links of private zones", *brought])
    rows = [(row["name"], row["kind"], row["cidr"], str(row["usable"])) for row in network["subnets"]]
    free = ", ".join(f"{kind} {cidr}" for kind, cidr in network["kept_free"].items())
    return (f"Addresses: virtual network {vnet['id']}, {' and '.join(vnet['cidrs'])}\n"
            f"{table(('subnet', 'kind', 'CIDR', 'usable addresses'), rows)}\n{broken(f'kept free: {free}')}")


def _inbound(network: Told) -> str:
    inbound = network["inbound"]
    text = {
        "tunnel": "None: nobody calls in. The data plane opens a tunnel to the control plane"
                  f"{', at ' + inbound['tunnel'] if inbound['tunnel'] else ''}.",
        "load-balancer": f"One: the public load balancer {inbound['load_balancer']} (address {inbound['address']}), TCP"
                         f" {inbound['port']}, for these addresses of the control plane only:"
                         f" {', '.join(inbound['callers'])}. Whoever runs the data plane registers what stands behind.",
    }[inbound["kind"]]
    return f"Ways in\n{broken(text)}"


def _egress(egress: Told) -> str:
    text = {
        "nat-gateway": f"One: nodes and pods leave by the NAT gateway {egress['nat_gateway']} (address"
                       f" {egress['address']}), on the ports that their security group allows. No names are held: only"
                       " a firewall holds names.",
        "firewall": f"One: everything goes to the firewall {egress['firewall']} (address {egress['address']}), which"
                    " passes what is listed below and nothing else.",
        "hub": f"One: everything goes to the hub's firewall at {egress['next_hop']}. It is yours, and must pass what is"
               " listed below.",
        "yours": "None is made: the network's own routes are yours, and must pass the outbound table.",
    }[egress["kind"]]
    return f"Ways out\n{broken(text)}"


def _passes(network: Told) -> str:
    egress = network["egress"]
    if not egress["passes"]:
        return ""
    whose = "The hub's firewall must pass" if egress["kind"] == "hub" else "The firewall passes"
    rows = [(f"{row['protocol']} {row['port']}", ", ".join([*row["names"], *row["cidrs"]]), row["why"])
            for row in egress["passes"]]
    return f"{whose}, from {' and '.join(egress['sources'])}\n" + table(("what", "to", "why"), rows)


def _groups(network: Told) -> Iterator[str]:
    for group in network["security_groups"]:
        rows = [(row["name"], row["direction"], row["access"], _traffic(row), row["why"]) for row in group["rules"]]
        yield (f"Security group {group['name']}, of the subnets {', '.join(group['subnets'])}\n"
               f"{table(('rule', 'way', 'access', 'what', 'why'), rows)}")


def _traffic(rule: Told) -> str:
    ports = ", ".join(rule["ports"])
    return "everything" if rule["protocol"] == ports == "*" else f"{rule['protocol'].upper()} {ports}"


def _hub(hub: Told | None) -> str:
    if not hub:
        return ""
    lines = [f"Hub: {hub['vnet']}, {' and '.join(hub['cidrs'])}"]
    for peering in hub["peerings"]:
        lines.append(f"  peering {peering['name']}: of {peering['of']} to {peering['to']}, in the subscription"
                     f" {peering['subscription']}")
        lines += [f"    whoever deploys needs on {row['on']}: {', '.join(row['actions'])}" for row in peering["rights"]]
    return "\n".join([*lines, "  the role Network Contributor on both networks has all of these"])


def _private(network: Told) -> str:
    rows = [(row["name"], row["service"], row["group_id"], row["zone"]) for row in network["private_endpoints"]]
    if not rows:
        return ""
    zones = [f"  zone {zone['name']}: {'made here' if zone['made'] else 'central, ' + zone['id']}; {_linked(zone)}"
             + (f"; whoever deploys needs {zone['role']} on it" if zone["role"] else "")
             for zone in network["private_zones"]]
    return "\n".join(["Private endpoints", table(("private endpoint", "service", "group", "private DNS zone"), rows),
                      *zones])


def _linked(zone: Told) -> str:
    """A network that is brought asks a central zone already: no link is made then."""
    return f"linked to the network by {zone['link']}" if zone["link"] else "asked by the network already, not linked"


def _flow_log(log: Told | None) -> str:
    if not log:
        return ""
    group = log["resource_group"]
    return (f"Flow log {log['name']}: of the whole network, in the storage account {log['storage']} for"
            f" {log['retention_days']} days, written by the identity {log['identity']}\n"
            f"  account and identity lie in the resource group {group['name']} in {group['region']}: {group['why']}\n"
            f"  stands under {log['network_watcher']}, which must be there")


def _services(rows: list[Told]) -> str:
    if not rows:
        return "Services: none is asked for"
    return "Services\n" + table(("what", "name", "how"), [(row["what"], row["name"], row["how"]) for row in rows])


def _purposes(told: Told) -> Iterator[str]:
    for role in told["access"]["custom_roles"]:
        rows = [f"  {row['id']}: {row['purpose']}" + "".join(
            f"\n    {'data ' if row['data'] else ''}{action}" for action in row["actions"]) for row in role["actions"]]
        yield "\n".join([f"Custom role {role['name']}: {role['description']}", *rows])
    for row in told["role_assignments"]:
        if row["condition"]:
            yield f"Condition on {row['name']} ({row['principal']})\n  {row['condition']}"
    for group in told["network"]["security_groups"]:
        rows = [f"  {row['priority']:4} {row['direction']:3} {row['access']:5} {row['name']}: {_traffic(row)} from"
                f" {', '.join(row['sources'])} to {', '.join(row['destinations'])}: {row['why']}"
                for row in group["rules"]]
        yield "\n".join([f"Security group {group['name']}", *rows])
