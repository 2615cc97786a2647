"""The way out: which there is, and that it passes the outbound table and nothing else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan

RULE_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?", re.ASCII)
ROW = {"kind": "name", "destination": "api.example.com", "protocol": "TCP", "port": 443, "data": "x", "why": "x"}


def egress_of(words):
    """The way out that these words come to."""
    return plan(Installation.read(words)).azure.network.egress


@pytest.mark.parametrize(("twins", "kind", "parts"), [
    ((), "nat-gateway", (True, False, False)), (("nat-gateway",), "nat-gateway", (True, False, False)),
    (("firewall",), "firewall", (False, True, True)), (("hub",), "hub", (False, False, True)),
    (("hub", {"azure.vnet.egress": "hub"}), "hub", (False, False, True)),
    (("hub without a firewall",), "nat-gateway", (True, False, False)),
    (("hub without a firewall", "firewall"), "firewall", (False, True, True)),
    (("existing",), "yours", (False, False, False))])
def test_the_way_out(azure, twins, kind, parts):
    """The way asked for, else a hub's firewall, else a NAT gateway; each with its parts and no other's."""
    made = egress_of(azure(*twins))
    assert (made.kind, tuple(map(bool, (made.nat, made.firewall, made.table)))) == (kind, parts)


def test_where_everything_is_routed(azure):
    """The one route leads to the hub's firewall, by the address that is given, or to our own, known when made."""
    assert egress_of(azure("hub")).table.next_hop == "10.0.1.4"
    assert egress_of(azure("firewall")).table.next_hop is None
    assert egress_of(azure("hub without a firewall", "firewall")).table.next_hop is None


@settings(max_examples=40)
@given(st.data())
def test_what_is_allowed_is_the_table(any_azure, data):
    """The names and blocks that may get out, with protocol and port, are those of the outbound table, each once."""
    made = plan(data.draw(any_azure)).azure
    if not made.network.made:
        assert made.network.egress.allowed == ()
        return
    allowed = made.network.egress.allowed
    found = [(rule.protocol, rule.port, where) for rule in allowed for where in (*rule.names, *rule.cidrs)]
    assert set(found) == {(path.protocol, path.port, path.destination) for path in made.outbound}
    assert all(bool(rule.names) != bool(rule.cidrs) for rule in allowed)
    assert not [where for _, _, where in found if where in ("*", "0.0.0.0/0", "Internet")]


@settings(max_examples=40)
@given(st.data())
def test_rules_are_named_as_azure_takes(any_azure, data):
    """Whatever components are called, names of rules are unique, of 1 to 80 characters, and begin and end well."""
    names = [rule.azure_name for rule in plan(data.draw(any_azure)).azure.network.egress.allowed]
    assert len({name.lower() for name in names}) == len(names)
    assert all(map(RULE_NAME.fullmatch, names))


@pytest.mark.parametrize("component", ["Ünïcödé ²", "(x)", "---", "x" * 500, "Метрики", "a/b c", " "])
def test_odd_components_have_fit_names(azure, component):
    """A component of any letters and length comes to a name that Azure takes."""
    *_, last = egress_of(azure("firewall", {"outbound": [ROW | {"component": component}]})).allowed
    assert last.names == ("api.example.com",)
    assert RULE_NAME.fullmatch(last.azure_name)


def test_the_firewall_passes_own_sources_only(azure):
    """Our firewall passes what comes from the two blocks of the network, and has one public address of its own."""
    firewall = egress_of(azure("firewall")).firewall
    assert firewall.sources == ("10.20.0.0/16", "100.64.0.0/16")
    assert firewall.address.name == "FirewallAddress"
    assert firewall.allowed == egress_of(azure("firewall")).allowed


def test_what_a_hub_must_pass_is_told(azure):
    """Where the way out is a hub's firewall or a NAT gateway, what must get out is said all the same."""
    tunnel = {"azure.control_plane.tunnel": "tunnel.conveyor.example"}
    alone = egress_of(azure("firewall")).allowed
    assert egress_of(azure("hub")).allowed == egress_of(azure(tunnel)).allowed == alone != ()
