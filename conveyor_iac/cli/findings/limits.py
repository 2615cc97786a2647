"""Limits and quotas: what the plan needs, against AWS's defaults or, asked live, against this account's numbers.

What is this installation's own already (its tag says so) does not count as somebody else's use.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from conveyor_iac.cli.account import Account, Refused, filtered, tags
from conveyor_iac.cli.findings.finding import Case, Verdict, check, fault, ok, unknown
from conveyor_iac.model import catalogue
from conveyor_iac.model.deployment import NetworkPlan

Used = Callable[[Account], int]

_SERVICES = {"elastic-ips-per-region": "ec2", "network-firewalls-per-region": "network-firewall"}
"""Under which service a quota is listed, where it is not vpc; https://docs.aws.amazon.com/general/latest/gr/ec2-service.html."""


@check("template-size", "Each template fits into a request")
def template_size(case: Case) -> Verdict:
    """Known only when a template is written."""
    limit = catalogue.limits()["template-body"]
    return unknown(f"not covered: the size is known after synth only, and must be at most {limit.value} {limit.unit}",
                   "conveyor-iac synth -f FILE prints the bytes of each template")


@check("quota-vpcs", "The VPCs are within what AWS allows in a region")
def vpcs(case: Case) -> Verdict | None:
    """One per network of ours."""
    needed = sum(bool(network.vpc) for network in case.plan.networks)
    return _held(case, "vpcs-per-region", needed,
                 lambda account: _others(case, account.ask("ec2", "describe_vpcs")["Vpcs"])) if needed else None


@check("quota-elastic-ips", "The Elastic IP addresses are within what AWS allows in a region")
def elastic_ips(case: Case) -> Verdict | None:
    """One per NAT gateway, of both networks of a dedicated deployment."""
    needed = sum(len(network.egress.nats) for network in case.plan.networks)
    return _held(case, "elastic-ips-per-region", needed,
                 lambda account: _others(case, account.ask("ec2", "describe_addresses")["Addresses"])
                 ) if needed else None


@check("quota-firewalls", "The network firewalls are within what AWS allows in a region")
def firewalls(case: Case) -> Verdict | None:
    """One per zone of each network that has any; ours are known by their names, which the list tells."""
    ours = {str(zone.resource_name) for network in case.plan.networks if network.egress.firewall
            for zone in network.egress.firewall.zones}

    def used(account: Account) -> int:
        found = account.ask("network-firewall", "list_firewalls")["Firewalls"]
        return sum(bool(row["FirewallName"] not in ours) for row in found)

    return _held(case, "network-firewalls-per-region", len(ours), used) if ours else None


@check("quota-interface-endpoints", "The interface endpoints are within what AWS allows in a VPC")
def interface_endpoints(case: Case) -> Verdict | None:
    """The firewall's endpoints and the ways between two networks count too."""
    needed = max((_endpoints_in(case, network) for network in case.plan.networks), default=0)
    if not needed:
        return None
    existing = case.installation.network.existing

    def used(account: Account) -> int:
        if not existing:
            return 0
        found = account.ask("ec2", "describe_vpc_endpoints", Filters=filtered(vpc_id=existing.vpc))["VpcEndpoints"]
        return _others(case, [row for row in found if row["VpcEndpointType"] != "Gateway"])

    return _held(case, "interface-endpoints-per-vpc", needed, used)


@check("quota-gateway-endpoints", "The gateway endpoints are within what AWS allows in a region")
def gateway_endpoints(case: Case) -> Verdict | None:
    """One for S3 per network."""
    needed = sum(endpoint.kind == "Gateway" for network in case.plan.networks for endpoint in network.endpoints)

    def used(account: Account) -> int:
        found = account.ask("ec2", "describe_vpc_endpoints", Filters=filtered(vpc_endpoint_type="Gateway"))
        return _others(case, found["VpcEndpoints"])

    return _held(case, "gateway-endpoints-per-region", needed, used) if needed else None


def _endpoints_in(case: Case, network: NetworkPlan) -> int:
    interfaces = sum(bool(endpoint.kind == "Interface") for endpoint in network.endpoints)
    links = sum(bool(link.vpc_id == network.vpc_id) for link in case.plan.links)
    firewall = network.egress.firewall
    return interfaces + links + (len(firewall.zones) if firewall else 0)


def _held(case: Case, id: str, needed: int, used: Used) -> Verdict:
    limit, account = catalogue.limits()[id], case.account
    if account is None:
        said = f"{needed} needed, {limit.value} allowed by default; what is allowed and in use is asked with --live"
        return ok(said) if needed <= limit.value else fault(
            said, f"{_more(case, id, needed)}; if you have more already, ask with --live")
    allowed = _allowed(account, id) if limit.quota else limit.value
    others = used(account)
    said = f"{needed} needed, {others} in use besides, {allowed} allowed{'' if limit.quota else ' by default'}"
    if needed + others <= allowed:
        return ok(said)
    fix = _more(case, id, needed + others)
    return fault(said, fix) if limit.quota else unknown(f"{said}; what this account is allowed was not asked", fix)


def _more(case: Case, id: str, wanted: int) -> str:
    """How to get more of what a quota limits; a quota without a code is asked for by its name."""
    region, code = case.installation.region, catalogue.limits()[id].quota
    if not code:
        return (f"Look for the quota, and ask for {wanted}: aws service-quotas list-service-quotas --service-code"
                f" {_service(id)} --region {region}")
    return (f"Ask for more: aws service-quotas request-service-quota-increase --service-code {_service(id)}"
            f" --quota-code {code} --desired-value {wanted} --region {region}")


def _allowed(account: Account, id: str) -> int:
    """The account's own quota; AWS's default where none was ever set for the account."""
    words = {"ServiceCode": _service(id), "QuotaCode": catalogue.limits()[id].quota}
    try:
        said = account.ask("service-quotas", "get_service_quota", **words)
    except Refused as refused:
        if refused.code != "NoSuchResourceException":
            raise
        said = account.ask("service-quotas", "get_aws_default_service_quota", **words)
    return int(said["Quota"]["Value"])


def _service(id: str) -> str:
    return _SERVICES.get(id, "vpc")


def _others(case: Case, rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(bool(tags(row).get("conveyor:tenant") != case.installation.tenant) for row in rows)
