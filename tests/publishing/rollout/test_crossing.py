"""What installations may not share: held against looking at every pair."""

from ipaddress import ip_network
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac.model.installation import Installation
from conveyor_iac.publishing.rollout.crossing import Member, faults, member
from tests.publishing.rollout.conftest import EXISTING, WORDS

BLOCKS = st.builds(lambda length, number: f"10.0.{number >> (24 - length) << (24 - length)}.0/{length}",
                   st.integers(20, 24), st.integers(0, 15))
MEMBERS = st.lists(st.builds(
    lambda tenant, account, customer, vpc, cidr, kind: {
        "kind": kind, "tenant": f"t{tenant}", "account": f"a{account}", "customer": f"c{customer}", "vpc": vpc,
        "blocks": (("network.cidr", cidr),)},
    st.integers(0, 5), st.integers(0, 9), st.integers(0, 2), st.sampled_from(("", "", "vpc-1")), BLOCKS,
    st.sampled_from(("installation", "installation", "endpoint-service"))), max_size=12)


def told(members: list[Member]) -> set[tuple[str, str]]:
    """Who is told of what: the file and what the fault is about."""
    return {(name, fault.path.partition(".")[0]) for name, found in faults(members).items() for fault in found}


def by_pairs(members: list[Member]) -> set[tuple[str, str]]:
    """The same, by looking at every pair."""
    found: set[tuple[str, str]] = set()
    for one, other in combinations(members, 2):
        about = []
        if one.account == other.account and (one.kind, one.tenant) == (other.kind, other.tenant):
            about.append("tenant")
        if one.account == other.account and one.tenant != other.tenant:
            about.append("account")
        (_, cidr), (_, block) = one.blocks[0], other.blocks[0]
        same = bool(one.vpc) and one.vpc == other.vpc and cidr == block
        if one.customer == other.customer and not same and ip_network(cidr).overlaps(ip_network(block)):
            about.append("network")
        found |= {(each.name, what) for each in (one, other) for what in about}
    return found


@settings(max_examples=300, deadline=None)
@given(MEMBERS)
def test_as_by_looking_at_every_pair(rows: list[dict[str, Any]]) -> None:
    """Exactly those are told that share something with another, whatever their order."""
    members = [Member(name=f"{number}.yaml", **row) for number, row in enumerate(rows)]
    assert told(members) == told(members[::-1]) == by_pairs(members)


def asked(tenant: str = "acme", **changes: Any) -> Installation:
    return Installation.read({**WORDS, "tenant": tenant, **changes})


def both(one: Installation, other: Installation) -> list[str]:
    """What is wrong between two, by path; empty where nothing is."""
    found = faults([member("one.yaml", one), member("other.yaml", other)])
    assert set(found) in (set(), {"one.yaml", "other.yaml"})
    return sorted({fault.path for listed in found.values() for fault in listed})


def test_one_customer_is_one_label() -> None:
    """Networks of one customer, by label whatever its spaces and capitals, may not overlap; those of two may."""
    acme = asked(labels={"customer": "ACME  Corp"})
    assert both(acme, asked("second", account="333333333333", labels={"customer": "acme corp"})) == ["network.cidr"]
    assert both(acme, asked("second", account="333333333333", labels={"customer": "Other"})) == []
    assert both(asked(), asked("second", account="333333333333")) == []


def test_a_fault_names_the_other() -> None:
    """A fault says which file has which block, and where."""
    found = faults([member("one.yaml", asked(labels={"customer": "x"})), member("other.yaml", asked(
        "second", account="333333333333", labels={"customer": "x"}, network={"cidr": "10.20.128.0/20"}))])
    assert [str(fault) for fault in found["one.yaml"]] == [
        "network.cidr: '10.20.0.0/16': no overlap within customer x, and other.yaml has 10.20.128.0/20 (network.cidr)."
        " Take a block of its own for each network that may be connected to another"]


@pytest.mark.parametrize(("one", "other"), [
    ({}, {"network": {"cidr": "10.21.0.0/16"}}),
    ({"deployment": "shared", "installer": {"network_rights": True}}, {}),
    ({"network": {"existing": EXISTING}}, {"network": {"existing": {**EXISTING, "vpc": "vpc-87654321", "cidrs": [
        "10.41.0.0/16", "100.64.0.0/16"]}}}),
    ({"network": {"existing": EXISTING}}, {"network": {"existing": EXISTING}}),
], ids=("apart", "the installer's", "pods of both", "one VPC"))
def test_no_overlap(one: dict[str, Any], other: dict[str, Any]) -> None:
    """No fault where blocks are apart, the installer makes the network, only pods are alike, or it is one VPC."""
    label = {"labels": {"customer": "x"}}
    assert both(asked(**label, **one), asked("second", account="333333333333", **label, **other)) == []


def test_both_networks_of_a_dedicated_one() -> None:
    """The control plane's network counts too."""
    dedicated = {"deployment": "dedicated", "labels": {"customer": "x"}, "control_plane": {
        "account": "222222222222", "role": "r", "network": {"cidr": "10.30.0.0/16"}}}
    other = asked("second", account="333333333333", labels={"customer": "x"}, network={"cidr": "10.30.0.0/20"})
    assert both(asked(**dedicated), other) == ["control_plane.network.cidr", "network.cidr"]


def test_an_account_in_two_tenants() -> None:
    """An account is one tenant's; and a tenant is once in an account, beside its endpoint service."""
    assert "account" in both(asked(), asked("second"))
    assert both(asked(), asked(region="eu-central-1")) == ["network.cidr", "tenant"]
    service = {"kind": "endpoint-service", "network": {"existing": {
        key: EXISTING[key] for key in ("vpc", "cidrs", "endpoint_subnets")}}}
    words = {key: value for key, value in WORDS.items() if key != "deployment"}
    assert both(asked(), Installation.read({**words, **service})) == []
