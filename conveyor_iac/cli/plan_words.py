"""What `plan` tells, in words. Reads only what --json prints: the two cannot say different things."""

from collections.abc import Iterator
from textwrap import wrap
from typing import Any

from conveyor_iac.cli.talk import table

Told = dict[str, Any]

_WIDTH = 118
_PLANES = {"data": "the data plane", "control": "the control plane", "yours": "your VPC"}


def words(told: Told, *, purposes: bool) -> str:
    """The whole plan; with `purposes` every statement of every policy too."""
    parts = [told["summary"], "Stacks, in the order of deploying: " + ", ".join(told["stacks"])]
    if not told["networks"]:
        parts.append("Network: the vendor's installer makes it (installer.network_rights), and its addresses with it")
    for network in told["networks"]:
        parts += _network(network)
    parts += [_links(told["links"])] if told["links"] else []
    parts += [outbound(told["outbound"]), costs(told["costs"])]
    if told["installer_role"]:
        parts += [_role(told["installer_role"]), _policies(told["policies"]), _perimeter(told["perimeter"])]
    parts += _purposes(told) if purposes else []
    return "\n\n".join(parts)


def _network(network: Told) -> Iterator[str]:
    where, vpc = _PLANES[network["plane"]], network["vpc"]
    if vpc["made"]:
        rows = [(row["name"], row["kind"], row["zone"], row["cidr"]) for row in network["subnets"]]
        free = ", ".join(f"{name} {cidr}" for name, cidr in network["kept_free"].items())
        six = "; IPv6 too, in a block that AWS chooses" if vpc["ipv6"] else ""
        yield (f"Addresses of {where}: {vpc['id']}, {' and '.join(vpc['cidrs'])}{six}\n"
               f"{table(('subnet', 'kind', 'zone', 'CIDR'), rows)}\n{broken(f'kept free: {free}')}")
    else:
        yield f"Network: {vpc['id']}, which you bring; no subnet of it is changed, and no route but those to S3"
    if network["endpoints"] or network["endpoints_there"]:
        yield _endpoints(network, where)
    yield f"Ways out of {where}\n{broken(_egress(network['egress']))}"
    if network["service"]:
        yield _service(network["service"], where)


def _endpoints(network: Told, where: str) -> str:
    rows = [(row["service"], row["kind"], ", ".join(row["zones"] or row["route_tables"]),
             f"statements: {len(row['policy'])}" if row["policy"] else "none", row["reason"])
            for row in network["endpoints"]]
    there = network["endpoints_there"]
    head = f"VPC endpoints of {where}: {len(rows)}"
    head += f"; there already and not made: {', '.join(there)}" if there else ""
    return f"{head}\n{table(('service', 'kind', 'zones or route tables', 'policy', 'why'), rows)}"


def _egress(egress: Told) -> str:
    count, passed = len(egress["nat_gateways"]), ", ".join(egress["firewall_passes"])
    text = {
        "nat": f"Nodes leave through NAT: {', '.join(egress['nat_gateways'])}. Pods have no route out by themselves.",
        "firewall": f"One: nodes, through a network firewall in each zone and {count} NAT gateways. It passes TLS on"
                    f" port 443 to these names and nothing else: {passed}. Pods have no route out.",
        "none": "None. Cognito is reached by endpoints.",
        "proxy": "None is made. Your own proxy must let these names through, on port 443: "
                 f"{', '.join(egress['proxy_must_pass'])}.",
        "yours": "None is made: the VPC's own routes are yours.",
    }[egress["kind"]]
    dns = f" The DNS firewall answers for these names only: {', '.join(egress['dns_answers'])}."
    six = " By IPv6 nodes leave through an egress-only gateway." if egress["ipv6_out"] else ""
    return text + six + (dns if egress["dns_answers"] else "")


def _service(service: Told, where: str) -> str:
    lines = [f"Endpoint service of {where}: {service['name']}",
             f"  ports: {', '.join(map(str, service['ports']))}",
             f"  who may ask for a connection: {', '.join(service['principals'])}",
             f"  acceptance: {service['acceptance']}, each connection",
             f"  load balancer: {service['load_balancer']}",
             f"  targets: {', '.join(service['targets']) or 'whoever runs the service registers them'}",
             f"  connection requests are told to: {service['notifications']}"]
    return "\n".join(lines)


def _links(links: list[Told]) -> str:
    rows = [(row["name"], row["to"], ", ".join(map(str, row["ports"])), str(row["zones"])) for row in links]
    return "Ways between the planes\n" + table(("endpoint", "to", "ports", "zones"), rows)


def outbound(paths: list[Told]) -> str:
    """The outbound table."""
    if not paths:
        return "Outbound table: empty; nothing here opens a path of its own"
    rows = [(row["plane"], row["component"], row["direction"], row["destination"],
             " ".join(filter(None, (row["protocol"], str(row["port"]), row["layer"]))), row["by"], row["data"])
            for row in paths]
    return "Outbound table\n" + table(("plane", "component", "", "endpoint", "protocol", "by", "what data"), rows)


def costs(told: Told) -> str:
    """The monthly estimate."""

    def money(value: float | None) -> str:
        return "not known" if value is None else f"{value:,.2f}"

    rows = [(row["what"], str(row["count"]), money(row["each"]), money(row["month"])) for row in told["items"]]
    least = "" if told["complete"] else "at least "
    total = f"  estimate of a month: {least}{money(told['month'])} {told['currency']}"
    head = f"Estimate of a month in {told['region']}, in {told['currency']}, list prices of {told['prices_of']}"
    said = "\n".join(broken(text) for text in (*told["unknown"], *told["remarks"]))
    return "\n".join([head, table(("what", "how many", "each", "month"), rows), total, said])


def broken(text: str) -> str:
    """A text broken into lines, under its head."""
    return "\n".join(wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False,
                          break_long_words=False))


def _role(role: Told) -> str:
    lines = ["Installer role", f"  {role['arn']}", f"  trusted: {role['trusts']}",
             f"  session name: {role['session_name']}; external id: given when deploying, never written",
             f"  created roles: {role['created_roles']}", f"  boundary: {role['boundary']}"]
    lines += [f"  {name}: {'on' if on else 'off'}" for name, on in role["switches"].items()]
    return "\n".join(lines)


def _policies(policies: list[Told]) -> str:
    rows = [(row["kind"], row["name"], str(len(row["statements"])), f"{row['size']} of {row['limit']}")
            for row in policies]
    return table(("policy of", "name", "statements", "characters"), rows)


def _perimeter(perimeter: Told) -> str:
    vpc = perimeter["vpc"]
    head = f"Data perimeter: {vpc}" if vpc else "Data perimeter: none (no VPC is given: iam.data_plane_vpc)"
    rows = [f"  {'held   ' if row['held'] else 'NOT held'} {row['service']}: {row['what']}"
            for row in perimeter["data_actions"]]
    return "\n".join([head, *rows])


def _purposes(told: Told) -> Iterator[str]:
    for policy in told["policies"]:
        yield _statements(f"{policy['name']}: {policy['purpose']}", policy["statements"])
    for network in told["networks"]:
        where = _PLANES[network["plane"]]
        for endpoint in network["endpoints"]:
            if endpoint["policy"]:
                head = f"Endpoint {endpoint['service']} of {where}: {endpoint['reason']}"
                yield _statements(head, endpoint["policy"])
        if network["key"]:
            yield _statements(f"Key of {where}: logs and notifications", network["key"])
        if network["service"] and network["service"]["topic"]:
            yield _statements(f"Topic of {where}: connection requests", network["service"]["topic"])


def _statements(head: str, statements: list[Told]) -> str:
    return "\n".join([head, *(f"  {row['effect']:5} {row['id']}: {row['purpose']}" for row in statements)])
