"""Logs: what is written down, who may write it, and the key that closes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.logs import RETENTION_DAYS
from conveyor_iac.model.placeholders import Made


@pytest.fixture(scope="module")
def logs(words):
    """The logs of the first network with these words changed."""
    return lambda **changes: plan(Installation.read(words(**changes))).networks[0].logs


BROUGHT = {"existing": {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"],
                        "endpoint_subnets": ["subnet-12345678", "subnet-87654321"],
                        "route_tables": ["rtb-12345678"]}}


@given(st.from_type(Installation))
def test_every_network_has_a_key_and_ours_a_flow_log(installation):
    """Each network has a key of its own; each VPC that is made has a flow log closed by it."""
    for one in plan(installation).networks:
        assert one.logs.key.alias.startswith(f"alias/conveyor-{installation.tenant}-")
        assert bool(one.logs.flow_log) == bool(one.vpc)
        if one.logs.flow_log:
            assert one.logs.flow_log.key == Made(name=one.logs.key.name, attribute="Arn")
            assert one.logs.flow_log.days == RETENTION_DAYS == 365


def test_two_networks_have_two_keys(words):
    """The planes of a dedicated deployment share neither key nor bucket."""
    own = {"deployment": "dedicated", "control_plane": {"account": "222222222222", "role": "r"}}
    made = [one.logs for one in plan(Installation.read(words(**own))).networks]
    assert len({one.key.alias for one in made}) == len({one.key.name for one in made}) == 2
    assert len({one.flow_log.bucket for one in made}) == 2


@pytest.mark.parametrize(("changes", "there"), [
    ({}, True), ({"cognito_access": "proxy"}, False), ({"deployment": "shared"}, False),
    ({"network": BROUGHT, "cognito_access": "proxy"}, False)])
def test_alerts_are_there_where_the_firewall_is(logs, changes, there):
    """The log group of alerts is made with the firewall, closed by the network's key, kept for a year."""
    alerts = logs(**changes).alerts
    assert bool(alerts) == there
    assert not there or (alerts.days, alerts.key) == (365, Made(name="Key", attribute="Arn"))


def test_the_bucket_takes_flow_logs_of_this_account_and_no_plain_http(logs):
    """Only the log delivery writes, for this account's logs; what comes unencrypted is denied."""
    made = {one.id: one for one in logs().flow_log.policy.statements}
    assert set(made) == {"WriteFlowLogs", "ReadAcl", "NoPlainHttp"}
    for sid in ("WriteFlowLogs", "ReadAcl"):
        assert dict(made[sid].principals) == {"Service": ("delivery.logs.amazonaws.com",)}
        assert made[sid].conditions["StringEquals"]["aws:SourceAccount"] == ("222222222222",)
        assert made[sid].conditions["ArnLike"]["aws:SourceArn"] == ("arn:aws:logs:eu-west-1:222222222222:*",)
    assert made["WriteFlowLogs"].resources == (Made(name="FlowLogBucket", attribute="Arn", after="/AWSLogs/*"),)
    assert (made["NoPlainHttp"].effect, made["NoPlainHttp"].actions) == ("Deny", ("s3:*",))
    assert made["NoPlainHttp"].conditions == {"Bool": {"aws:SecureTransport": ("false",)}}


def test_services_use_the_key_for_this_account_only(logs):
    """Each service that uses the key is held to this account; nobody but the account manages it."""
    for one in logs().key.policy.statements:
        assert "*" not in one.principals
        if "Service" in one.principals:
            assert not [action for action in one.actions if action in ("kms:*", "kms:PutKeyPolicy", "kms:CreateGrant")]
            assert "222222222222" in repr(one.conditions)
        else:
            assert dict(one.principals) == {"AWS": ("arn:aws:iam::222222222222:root",)}
