"""Quotas: by AWS's defaults without an account, by the account's numbers with one. service-quotas is written down."""

import pytest

from conveyor_iac.cli.account import Refused
from conveyor_iac.cli.findings import limits
from tests.doctor.aws_words import said
from tests.doctor.conftest import Written, case, look

CODES = {"L-F678F1CE": "vpc", "L-0263D0A3": "ec2", "L-29B6F2EB": "vpc", "L-1B52E74A": "vpc"}
OURS = {"Tags": [{"Key": "conveyor:tenant", "Value": "acme"}]}
DEDICATED = {"deployment": "dedicated", "cognito_access": "firewall", "control_plane": {
    "account": "222222222222", "role": "conveyor-control-plane", "network": {"cidr": "10.30.0.0/20", "zones": 3}}}
NAMES = [f"conveyor-acme-{plane}firewall-{zone}" for plane in ("", "control-plane-") for zone in (1, 2, 3)]
QUOTAS = (limits.vpcs, limits.elastic_ips, limits.interface_endpoints, limits.gateway_endpoints)


def allowed(value):
    """Quotas of this value, asked for with the code and under the service AWS lists it under."""
    def answer(words):
        assert CODES[words["QuotaCode"]] == words["ServiceCode"]
        return {"Quota": {"Value": float(value)}}

    return answer


def holding(value, **rows):
    return Written({
        "get_service_quota": allowed(value), "describe_vpcs": {"Vpcs": rows.get("vpcs", [])},
        "describe_addresses": {"Addresses": rows.get("addresses", [])},
        "describe_vpc_endpoints": {"VpcEndpoints": rows.get("endpoints", [])},
        "list_firewalls": {"Firewalls": [{"FirewallName": name} for name in rows.get("firewalls", [])]},
    })


@pytest.mark.parametrize("check", [*QUOTAS, limits.firewalls])
def test_the_defaults_suffice(check):
    """A private deployment fits an account that nobody uses otherwise, and the verdict says what was not asked."""
    found = look(check)
    assert found.state == "ok"
    assert "--live" in found.why


def test_more_than_the_default():
    """A dedicated deployment with two firewalls needs six addresses: more than the five of a new account."""
    found = look(limits.elastic_ips, changes=DEDICATED)
    assert (found.state, "6 needed, 5 allowed by default" in found.why) == ("fault", True)


def test_a_firewall_in_each_zone_of_both_networks():
    """Two networks with three zones need six firewalls, more than a new account has; with two zones they need four."""
    found = look(limits.firewalls, changes=DEDICATED)
    assert (found.state, "6 needed, 5 allowed by default" in found.why) == ("fault", True)
    fewer = DEDICATED | {"network": {"zones": 2}, "control_plane": DEDICATED["control_plane"] | {
        "network": {"cidr": "10.30.0.0/20", "zones": 2}}}
    assert "4 needed" in look(limits.firewalls, changes=fewer).why
    assert limits.firewalls.on(case({"cognito_access": "proxy"})) is None


@pytest.mark.parametrize(("there", "state"), [
    ([], "ok"), (["another", "further"], "ok"), (["another", "further", "third"], "unknown"), (NAMES[:3] * 2, "ok")])
def test_firewalls_in_use(there, state):
    """Firewalls of others count, ours do not; beyond the default nobody can say, and the fix lists the quotas."""
    found = look(limits.firewalls, account=holding(1, firewalls=there))
    assert found.state == state, found
    if state == "unknown":
        service, operation, given = said(found.fix.partition("ask for 6: ")[2])
        assert (service, operation, given) == (
            "service-quotas", "list_service_quotas", {"ServiceCode": "network-firewall"})


def test_ours_are_known_in_both_networks():
    """The six firewalls of a dedicated deployment that stand already are not somebody else's."""
    found = look(limits.firewalls, changes=DEDICATED, account=holding(1, firewalls=NAMES))
    assert "6 needed, 0 in use besides" in found.why


def test_the_account_may_have_more():
    """Asked live, the account's own quota counts, not the default."""
    assert look(limits.elastic_ips, changes=DEDICATED, account=holding(6)).state == "ok"


@pytest.mark.parametrize(("check", "kind", "needed"), [
    (limits.vpcs, "vpcs", 1), (limits.elastic_ips, "addresses", 3), (limits.gateway_endpoints, "endpoints", 1),
])
def test_what_is_in_use(check, kind, needed):
    """What others use counts against the quota, what is this tenant's own does not; the fix is a command that asks."""
    others = {kind: [{}, {}, OURS]}
    assert look(check, account=holding(needed + 2, **others)).state == "ok"
    found = look(check, account=holding(needed + 1, **others))
    assert found.state == "fault"
    service, operation, given = said(found.fix.partition("Ask for more: ")[2])
    assert (service, operation) == ("service-quotas", "request_service_quota_increase")
    assert given["DesiredValue"] == needed + 2
    assert CODES[given["QuotaCode"]] == given["ServiceCode"]


def test_endpoints_of_a_vpc_that_is_brought():
    """Interface endpoints that stand in the VPC already count, gateways do not."""
    brought = {"cognito_access": "proxy", "network": {"existing": {
        "vpc": "vpc-0123456789abcdef0", "cidrs": ["10.20.0.0/16"], "route_tables": ["rtb-0123456789abcdef3"],
        "endpoint_subnets": ["subnet-0123456789abcdef1", "subnet-0123456789abcdef2"]}}}
    mine = sum(1 for _ in case(brought).interface_endpoints())
    there = {"endpoints": [{"VpcEndpointType": "Interface"}, {"VpcEndpointType": "Gateway"}]}
    assert look(limits.interface_endpoints, changes=brought, account=holding(mine + 1, **there)).state == "ok"
    assert look(limits.interface_endpoints, changes=brought, account=holding(mine, **there)).state == "fault"


def test_firewall_and_links_count():
    """The endpoints of the firewall, and in a dedicated deployment the way to the other plane, count as endpoints."""
    plain, dedicated = case({"cognito_access": "proxy"}), case(DEDICATED)
    mine = sum(1 for _ in plain.interface_endpoints())
    assert f"{mine} needed" in look(limits.interface_endpoints, changes={"cognito_access": "proxy"}).why
    assert f"{mine + 3} needed" in look(limits.interface_endpoints).why
    data = sum(network is dedicated.plan.networks[0] for network, _ in dedicated.interface_endpoints())
    assert f"{data + 3 + 1} needed" in look(limits.interface_endpoints, changes=DEDICATED).why


@pytest.mark.parametrize("check", [*QUOTAS, limits.firewalls])
def test_a_quota_that_nobody_may_read(check):
    """Where the account does not tell its quota, the finding is unknown, and says why."""
    found = look(check, account=Written({}))
    assert (found.state, "AccessDenied" in found.why) == ("unknown", True)


def test_a_quota_that_was_never_set():
    """Where the account has no quota of its own, AWS's default is asked for."""
    answers = {"get_service_quota": Refused("NoSuchResourceException", ""), "describe_vpcs": {"Vpcs": []},
               "get_aws_default_service_quota": allowed(5)}
    assert look(limits.vpcs, account=Written(answers)).state == "ok"


def test_use_that_nobody_may_read():
    """A quota without the use beside it decides nothing."""
    assert look(limits.vpcs, account=Written({"get_service_quota": allowed(5)})).state == "unknown"


def test_the_embedded_aws_knows_no_quotas(account):
    """The real port asks, the embedded AWS has no service-quotas, and so the finding is unknown."""
    assert look(limits.vpcs, account=account).state == "unknown"


def test_template_sizes_are_not_covered():
    """Sizes are known after synth only: never ok."""
    assert look(limits.template_size).state == "unknown"
