"""What must hold of the VPC endpoints: which there are, where they stand, and who may pass them."""

from collections import Counter
from typing import Any

from conveyor_iac.emulator.readings.reading import Invariant, Looks
from conveyor_iac.emulator.readings.seen import Seen, policy_of, service_of
from conveyor_iac.emulator.readings.snapshot import Words

S3 = "s3"

UNSIGNED = {
    (S3, "EcrLayers"): "image layers come by presigned URL",
    ("sts", "WebIdentity"): "AssumeRoleWithWebIdentity is not signed",
    ("cognito-idp", "UnsignedSignIn"): "signing in is not signed",
    ("cognito-identity", "UnsignedIdentity"): "asking for an identity is not signed",
}
"""The statements that cannot be held to principals, each with its reason; each is held to one account or bucket."""

FOREIGN = {
    (S3, "EcrLayers"), ("sqs", "VendorQueues"), ("ecr.api", "ReadAnyRegistry"), ("ecr.dkr", "ReadAnyRegistry"),
    ("ssm", "PublicParameters"), ("ssm", "AmazonDocuments"), ("ssmmessages", "OwnPrincipals"),
    ("ec2messages", "OwnPrincipals"), ("guardduty-data", "OwnPrincipals"), ("sts", "CallerIdentity"),
    ("ec2", "AmazonImages"), ("ec2", "Volumes"), ("events", "OwnBuses"), ("cloudformation", "AmazonTransforms"),
    ("cognito-idp", "UnsignedSignIn"), ("cognito-identity", "UnsignedIdentity"),
}
"""The statements that reach beyond resources of the own account; every other statement is held to it."""


def services(seen: Seen) -> Looks:
    """Each service asked for has one endpoint, and nothing else has one."""
    asked, had = seen.asked, seen.asked.brought.endpoints if seen.asked.brought else ()
    wanted = {*asked.services, *((S3,) if asked.gateway else ())}
    there = Counter(service_of(row) for row in seen.here(seen.snapshot.endpoints) if row in seen.to_aws
                    or service_of(row) in had)
    for service in sorted({*wanted, *had, *there}):
        expected = int(service in wanted or service in had)
        yield service, "" if there[service] == expected else f"{there[service]} endpoints, not {expected}"


def zones(seen: Seen) -> Looks:
    """Each interface endpoint stands in every zone, or in those the file names for it."""
    for row in seen.interfaces:
        named = seen.asked.placed.get(service_of(row))
        found = sorted(seen.zone(subnet) for subnet in row["SubnetIds"])
        wanted = sorted(name for name in seen.zones if named is None or seen.zone_ids[name] in named)
        full = len(wanted) == (len(named) if named else seen.asked.zones)
        yield service_of(row), "" if found == wanted and full else f"in {', '.join(found) or 'no zone'}"


def own_subnets(seen: Seen) -> Looks:
    """Each interface endpoint stands in the endpoint subnets only."""
    mine = set(seen.subnet_ids("Endpoint"))
    for row in seen.interfaces:
        yield service_of(row), ", ".join(f"in {subnet}" for subnet in row["SubnetIds"] if subnet not in mine)


def private_dns(seen: Seen) -> Looks:
    """Each interface endpoint answers for its service's own name."""
    for row in seen.interfaces:
        yield service_of(row), "" if row["PrivateDnsEnabled"] else "private DNS is off"


def policies(seen: Seen) -> Looks:
    """Each endpoint has a policy, and no statement of it lets everybody do everything."""
    for row in seen.to_aws:
        statements = _statements(row)
        open_ones = [one for one in statements if _listed(one.get("Action")) == ["*"] and "Condition" not in one]
        yield service_of(row), "" if statements and not open_ones else "the policy lets everything through"


def principals(seen: Seen) -> Looks:
    """Each statement is held to principals of the own account; what cannot be is a named exception."""
    for row in seen.to_aws:
        service = service_of(row)
        for one in _statements(row):
            if one["Effect"] == "Allow":
                yield f"{service} {one.get('Sid', '?')}", _unheld(seen, service, one)


def resources(seen: Seen) -> Looks:
    """Each statement is held to resources of the own account; what reaches further is a named exception."""
    for row in seen.to_aws:
        service = service_of(row)
        for one in _statements(row):
            held = _equals(one, "aws:ResourceAccount") == [seen.asked.account]
            named = (service, one.get("Sid")) in FOREIGN
            yield f"{service} {one.get('Sid', '?')}", "" if held or named else "reaches other accounts"


def one_group(seen: Seen) -> Looks:
    """All interface endpoints have the same one security group."""
    ids = seen.endpoint_group_ids
    for row in seen.interfaces:
        own = {group["GroupId"] for group in row["Groups"]}
        yield service_of(row), "" if len(ids) == 1 and own == set(ids) else f"groups {', '.join(sorted(own))}"


def gateway_tables(seen: Seen) -> Looks:
    """The S3 gateway endpoint has a route in every table of nodes and pods."""
    brought = seen.asked.brought
    subnets = (*seen.subnet_ids("Node"), *seen.subnet_ids("Pod"))
    tables = brought.route_tables if brought else {seen.table(subnet)["RouteTableId"] for subnet in subnets}
    routed = {table for row in seen.to_aws if row["VpcEndpointType"] == "Gateway" for table in row["RouteTableIds"]}
    for table in sorted(tables):
        yield table, "" if table in routed else "no route to S3"


def _statements(endpoint: Words) -> list[Words]:
    """The statements of an endpoint's policy; none where it has none, which lets everything through."""
    return list((policy_of(endpoint) or {}).get("Statement", ()))


def _unheld(seen: Seen, service: str, statement: Words) -> str:
    if _equals(statement, "aws:PrincipalAccount") == [seen.asked.account]:
        return ""
    if (service, statement.get("Sid")) not in UNSIGNED:
        return "open to principals of every account"
    return "" if _one_place(seen, statement) else "an exception that reaches too far"


def _one_place(seen: Seen, statement: Words) -> bool:
    """Whether an exception is held to the own or the control plane's account, or to reading AWS's own image layers."""
    accounts = {seen.asked.account, seen.asked.installation.control_plane.account}
    told = _equals(statement, "aws:ResourceAccount") or _equals(statement, "cognito-identity-auth:AccountId")
    layers = [f"arn:aws:s3:::prod-{seen.asked.installation.region}-starport-layer-bucket/*"]
    reads = _listed(statement.get("Resource")) == layers and _listed(statement.get("Action")) == ["s3:GetObject"]
    return reads or (bool(told) and set(told) <= accounts)


def _equals(statement: Words, key: str) -> list[str]:
    return _listed(statement.get("Condition", {}).get("StringEquals", {}).get(key))


def _listed(value: Any) -> list[str]:
    return [] if value is None else [value] if isinstance(value, str) else list(value)


def _has_interfaces(seen: Seen) -> bool:
    return bool(seen.asked.services)


def _has_endpoints(seen: Seen) -> bool:
    return bool(seen.asked.services) or seen.asked.gateway


INVARIANTS = (
    Invariant(id="endpoint-services", what="endpoints of services", expected="each asked for once, no other",
              look=services, when=_has_endpoints),
    Invariant(id="endpoint-zones", what="zones of interface endpoints", expected="every zone, or those of the file",
              look=zones, when=_has_interfaces),
    Invariant(id="endpoint-subnets", what="subnets of interface endpoints", expected="endpoint subnets only",
              look=own_subnets, when=_has_interfaces),
    Invariant(id="endpoint-private-dns", what="private DNS of interface endpoints", expected="on", look=private_dns,
              when=_has_interfaces),
    Invariant(id="endpoint-policies", what="policies of endpoints", expected="there, and not open", look=policies,
              when=_has_endpoints),
    Invariant(id="endpoint-principals", what="principals of endpoint policies",
              expected="the own account's, but for named exceptions", look=principals, when=_has_endpoints),
    Invariant(id="endpoint-resources", what="resources of endpoint policies",
              expected="the own account's, but for named exceptions", look=resources, when=_has_endpoints),
    Invariant(id="endpoint-group", what="security group of interface endpoints", expected="one for all",
              look=one_group, when=_has_interfaces),
    Invariant(id="s3-gateway-tables", what="tables of nodes and pods", expected="a route to the S3 gateway endpoint",
              look=gateway_tables, when=lambda seen: seen.asked.gateway),
)
