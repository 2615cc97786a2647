"""What holds the stacks of an installation when they are to be deleted, and in which order it must go.

Knows what our stacks did not make and yet lies in, or hangs on, what they made: by the tag of the tenant, by the IAM
path. First the vendor and who comes in, then what runs, then endpoints and groups, then roles; the stacks come last.
Not looked for: peering, gateways and subnets that somebody added to the VPC by hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conveyor_iac.cli.account import filtered, tagged, tags
from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok
from conveyor_iac.model.placeholders import fill
from conveyor_iac.model.plan import values_of

Row = Mapping[str, Any]
Step = tuple[str, str]
"""What is in the way, and what to do about it."""

OPEN = ("pendingacceptance", "available")
GUARDDUTY = "GuardDutyManagedSecurityGroup"
"""What the name of GuardDuty's own group begins with; https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-agent-resource-clean-up.html."""
_SHOWN = 5


@check("delete-order", "Nothing stands in the way of deleting the stacks")
def delete_order(case: Case) -> Verdict:
    """A data plane that runs is in the way of a removal, rightly: then this is the list to go by."""
    vpcs = [row["VpcId"] for row in _ours(case, "describe_vpcs", "Vpcs")]
    left = [*_connections(case), *_targets(case), *(step for vpc in vpcs for step in _network(case, vpc)),
            *_roles(case)]
    if not left:
        return ok("nothing besides what the stacks made themselves")
    steps = [*_vendor(case), *left]
    order = [*(f"{number}. {what}: {do}" for number, (what, do) in enumerate(steps, 1)),
             f"{len(steps) + 1}. then the stacks: npx --no-install cdk destroy --all (keys and log buckets stay)"]
    return fault(f"to be removed before the stacks can be: {'; '.join(what for what, _ in left)}", "\n".join(order))


def _vendor(case: Case) -> Iterator[Step]:
    if case.plan.installer and case.installation.vendor_access == "enabled":
        yield ("the vendor, whose installer could make all this anew",
               "write vendor_access: disabled into the file, then"
               f" npx --no-install cdk deploy {case.stacks}-installer-role")


def _network(case: Case, vpc: str) -> Iterator[Step]:
    found = case.live.ask("ec2", "describe_vpc_endpoints", Filters=filtered(vpc_id=vpc))["VpcEndpoints"]
    yield from _interfaces(case, vpc, found)
    foreign = [row for row in found if not _is_ours(case, row)]
    yield from _endpoints(case, [row for row in foreign if row["ServiceName"].endswith(".guardduty-data")],
                          "GuardDuty's own endpoint", "turn its automated agent management off for this account, then ")
    yield from _endpoints(case, [row for row in foreign if not row["ServiceName"].endswith(".guardduty-data")],
                          "endpoint of somebody else's", "")
    yield from _groups(case, vpc)


def _interfaces(case: Case, vpc: str, endpoints: Iterable[Row]) -> Iterator[Step]:
    """Interfaces that no endpoint, NAT gateway or load balancer of ours has, by what must go for them to go."""
    known = {interface for row in endpoints for interface in row.get("NetworkInterfaceIds") or ()}
    nats = [row["NatGatewayId"] for row in _ours(case, "describe_nat_gateways", "NatGateways", "Filter")]
    mine = [*nats, *(f"net/{name}/" for name in _load_balancer_names(case))]
    holders: dict[str, list[str]] = {}
    for row in case.live.ask("ec2", "describe_network_interfaces", Filters=filtered(vpc_id=vpc))["NetworkInterfaces"]:
        says = str(row.get("Description") or "")
        if row["NetworkInterfaceId"] not in known and not any(name in says for name in mine):
            holders.setdefault(_remedy(case, row, says), []).append(row["NetworkInterfaceId"])
    for remedy, ids in holders.items():
        yield f"interface {_some(ids)} in {vpc}", remedy.replace("@ids", " ".join(ids))


def _remedy(case: Case, row: Row, says: str) -> str:
    instance = (row.get("Attachment") or {}).get("InstanceId")
    if instance:
        return f"aws ec2 terminate-instances --instance-ids {instance} {_region(case)}, or its node group first"
    if says.startswith("ELB "):
        return f"delete the load balancer {says.removeprefix('ELB ')}, or the Kubernetes service that made it"
    if says.startswith("Amazon EKS "):
        return f"delete the cluster: aws eks delete-cluster --name {says.removeprefix('Amazon EKS ')} {_region(case)}"
    if row.get("RequesterManaged"):
        return f"delete what an AWS service made it for: {says or 'it does not say'}"
    return f"for each: aws ec2 delete-network-interface --network-interface-id @ids {_region(case)}"


def _endpoints(case: Case, rows: list[Row], what: str, before: str) -> Iterator[Step]:
    ids = [row["VpcEndpointId"] for row in rows]
    if ids:
        yield (f"{what} {_some(ids)}",
               f"{before}aws ec2 delete-vpc-endpoints --vpc-endpoint-ids {' '.join(ids)} {_region(case)}")


def _groups(case: Case, vpc: str) -> Iterator[Step]:
    """Security groups that are none of ours; GuardDuty's is in use until its endpoint is gone."""
    found = case.live.ask("ec2", "describe_security_groups", Filters=filtered(vpc_id=vpc))["SecurityGroups"]
    for row in found:
        if row["GroupName"] == "default" or _is_ours(case, row):
            continue
        whose = "GuardDuty's own" if row["GroupName"].startswith(GUARDDUTY) else "somebody else's"
        yield (f"{whose} security group {row['GroupId']} ({row['GroupName']})",
               f"aws ec2 delete-security-group --group-id {row['GroupId']} {_region(case)}")


def _connections(case: Case) -> Iterator[Step]:
    """Connections that are pending or accepted; those of our own endpoints go with their stack."""
    own = {row["VpcEndpointId"] for row in _ours(case, "describe_vpc_endpoints", "VpcEndpoints")}
    for service in _services(case):
        found = case.live.ask("ec2", "describe_vpc_endpoint_connections",
                              Filters=filtered(service_id=service["ServiceId"]))["VpcEndpointConnections"]
        ids = [row["VpcEndpointId"] for row in found
               if row["VpcEndpointState"].lower() in OPEN and row["VpcEndpointId"] not in own]
        if ids:
            yield (f"open connection {_some(ids)} to {service['ServiceId']}",
                   f"aws ec2 reject-vpc-endpoint-connections --service-id {service['ServiceId']}"
                   f" --vpc-endpoint-ids {' '.join(ids)} {_region(case)}")


def _targets(case: Case) -> Iterator[Step]:
    """Targets that somebody registered with a load balancer of ours: behind them something still serves."""
    for service in _services(case):
        for arn in service.get("NetworkLoadBalancerArns") or ():
            if arn == case.installation.private_link.load_balancer:
                continue
            for group in case.live.ask("elbv2", "describe_target_groups", LoadBalancerArn=arn)["TargetGroups"]:
                yield from _targets_of(case, group["TargetGroupArn"])


def _targets_of(case: Case, group: str) -> Iterator[Step]:
    found = case.live.ask("elbv2", "describe_target_health", TargetGroupArn=group)["TargetHealthDescriptions"]
    targets = [row["Target"] for row in found if row["Target"]["Id"] not in case.installation.private_link.targets]
    if targets:
        words = " ".join(f"Id={row['Id']},Port={row['Port']}" for row in targets)
        yield (f"target {_some([row['Id'] for row in targets])} behind {group.split('/')[-2]}",
               f"aws elbv2 deregister-targets --target-group-arn {group} --targets {words} {_region(case)}")


def _roles(case: Case) -> Iterator[Step]:
    """Roles that carry a policy of ours or the boundary: IAM deletes no policy that is in use."""
    if not case.plan.installer:
        return
    policies = case.live.ask("iam", "list_policies", Scope="Local", PathPrefix=_path(case))["Policies"]
    carried: dict[str, list[str]] = {}
    for policy in policies:
        for usage in ("PermissionsPolicy", "PermissionsBoundary"):
            found = case.live.ask("iam", "list_entities_for_policy", PolicyArn=policy["Arn"], PolicyUsageFilter=usage)
            for who in _carriers(case, found):
                carried.setdefault(who, []).append(policy["Arn"] if usage == "PermissionsPolicy" else "")
    for who, arns in carried.items():
        yield f"{who}, which carries our policies", _without(who, [arn for arn in arns if arn])


def _carriers(case: Case, found: Row) -> Iterator[str]:
    """Whoever carries a policy, as kind and name; the installer role goes with its own stack."""
    mine = fill("conveyor-${TenantId}-installer", values_of(case.installation))
    for kind in ("Role", "User", "Group"):
        yield from (f"{kind.lower()} {row[f'{kind}Name']}" for row in found.get(f"Policy{kind}s") or ()
                    if row[f"{kind}Name"] != mine)


def _without(who: str, arns: Iterable[str]) -> str:
    kind, name = who.split(" ")
    words = [f"aws iam detach-{kind}-policy --{kind}-name {name} --policy-arn {arn}" for arn in dict.fromkeys(arns)]
    if kind == "role":
        words.append(f"take it out of its instance profiles, then aws iam delete-role --role-name {name}")
    elif kind == "user":
        words.append(f"aws iam delete-user-permissions-boundary --user-name {name}, where the boundary is ours")
    return "; ".join(words)


def _services(case: Case) -> list[Row]:
    return _ours(case, "describe_vpc_endpoint_service_configurations", "ServiceConfigurations")


def _ours(case: Case, operation: str, key: str, filters: str = "Filters") -> list[Row]:
    """What carries the tenant's tag."""
    asked = {filters: tagged("conveyor:tenant", case.installation.tenant)}
    found: list[Row] = case.live.ask("ec2", operation, **asked)[key]
    return found


def _is_ours(case: Case, row: Row) -> bool:
    """Whether it is this installation's own; what the network firewall of ours places in the VPC goes with it."""
    marked = tags(row)
    return marked.get("conveyor:tenant") == case.installation.tenant or "AWSNetworkFirewallManaged" in marked


def _load_balancer_names(case: Case) -> Iterator[str]:
    for network in case.plan.networks:
        made = getattr(network.service, "load_balancer", None)
        if made and not isinstance(made, str):
            yield made.resource_name


def _path(case: Case) -> str:
    return f"{case.installation.iam.path}{case.installation.tenant}/"


def _region(case: Case) -> str:
    return f"--region {case.installation.region}"


def _some(ids: list[str]) -> str:
    rest = len(ids) - _SHOWN
    return ", ".join(ids[:_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
