"""The key `azure` at the front door: what single values must be, and that nothing but help ever comes back."""

from copy import deepcopy
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import InputError, Installation, plan
from conveyor_iac.model import plan as plans
from conveyor_iac.model.azure.installation import Azure
from conveyor_iac.model.door import forms

ID = "0a1b2c3d-0000-4000-8000-{:012}".format
GROUP = f"/subscriptions/{ID(2)}/resourceGroups/net/providers/Microsoft.Network"
VNET, ZONE = f"{GROUP}/virtualNetworks/own", f"{GROUP}/privateDnsZones/privatelink.azurecr.io"
BAD = {
    "an id in capitals": ({"azure.tenant_id": ID(1).upper()}, "azure.tenant_id", repr(ID(1).upper()),
                          "32 hexadecimal digits", "Lower case"),
    "an id without hyphens": ({"azure.tenant_id": ID(1).replace("-", "")}, "azure.tenant_id",
                              repr(ID(1).replace("-", "")), "32 hexadecimal digits", "hyphens"),
    "an id with a line end": ({"azure.tenant_id": f"{ID(1)}\n"}, "azure.tenant_id", repr(f"{ID(1)}\n"),
                              "32 hexadecimal digits", "Lower case"),
    "the path of a subscription": ({"azure.subscription_id": f"/subscriptions/{ID(2)}"}, "azure.subscription_id",
                                   repr(f"/subscriptions/{ID(2)}"), "32 hexadecimal digits", "Lower case"),
    "a number for an id": ({"azure.subscription_id": 12345678}, "azure.subscription_id", "12345678",
                           "text, not a number", "in quotes"),
    "no tenant": ({"azure.tenant_id": ...}, "azure.tenant_id", "(missing)", "a value is needed", "The Entra tenant"),
    "no region of the control plane": ({"azure.control_plane": {}}, "azure.control_plane.region", "(missing)",
                                       "a value is needed", "The AWS region"),
    "a key misspelt": ({"azure.tenent_id": ID(1)}, "azure.tenent_id", repr(ID(1)), "no such key", "tenant_id"),
    "a key misspelt inside": ({"azure.vnet.hub": {"vnet": VNET, "cidrs": ["10.0.0.0/16"], "firewal": "10.0.0.4"}},
                              "azure.vnet.hub.firewal", "'10.0.0.4'", "no such key", "Perhaps you meant firewall"),
    "text for a part": ({"azure": ID(1)}, "azure", repr(ID(1)), "a mapping of keys to values", "cloud: azure only"),
    "an organisation by name": ({"azure.connected_organization": "Conveyor"}, "azure.connected_organization",
                                "'Conveyor'", "32 hexadecimal digits", "Lower case"),
    "an approver by name": ({"azure.access.approval": [{"approvers": ["admins"]}]},
                            "azure.access.approval.0.approvers.0", "'admins'", "32 hexadecimal digits", "Lower case"),
    "a stage of nobody": ({"azure.access.approval": [{"approvers": []}]}, "azure.access.approval.0.approvers",
                          "(a list)", "at least one", "Object ids"),
    "a stage without approvers": ({"azure.access.approval": [{"days": 3}]}, "azure.access.approval.0.approvers",
                                  "(missing)", "a value is needed", "Object ids"),
    "four stages": ({"azure.access.approval": [{"approvers": [ID(4)]}] * 4}, "azure.access.approval", "(a list)",
                    "at most 3", "stages"),
    "a stage of a month": ({"azure.access.approval": [{"approvers": [ID(4)], "days": 30}]},
                           "azure.access.approval.0.days", "30", "14 or less", "1 to 14"),
    "access for ever": ({"azure.access.expires_after": 0}, "azure.access.expires_after", "0", "1 or more", "3660"),
    "access of eleven years": ({"azure.access.expires_after": 3661}, "azure.access.expires_after", "3661",
                               "3660 or less", "3660"),
    "another role": ({"azure.access.role": "contributor"}, "azure.access.role", "'contributor'", "'owner'", ""),
    "another way in": ({"azure.access.by": "lighthouse"}, "azure.access.by", "'lighthouse'", "'access-package'", ""),
    "a principal by name": ({"azure.connected_organization": ..., "azure.access": {
        "by": "service-principal", "service_principal": "conveyor"}}, "azure.access.service_principal", "'conveyor'",
        "32 hexadecimal digits", "Lower case"),
    "a management group by id": ({"azure.management_group": "/providers/Microsoft.Management/managementGroups/top"},
                                 "azure.management_group",
                                 "'/providers/Microsoft.Management/managementGroups/top'", "the name", "az account"),
    "a scope by name": ({"azure.guardrail_scope": "top"}, "azure.guardrail_scope", "'top'", "managementGroups/NAME",
                        "Leave it out"),
    "another consent": ({"azure.guardrails_inside_subscription": True}, "azure.guardrails_inside_subscription", "True",
                        "'accepted'", ""),
    "a billing account alone": (
        {"azure.subscription_id": ..., "azure.billing_scope": "/providers/Microsoft.Billing/billingAccounts/1"},
        "azure.billing_scope", "'/providers/Microsoft.Billing/billingAccounts/1'", "enrollment account", "az billing"),
    "a contact without a domain": ({"azure.guardrails.contacts": ["security"]}, "azure.guardrails.contacts.0",
                                   "'security'", "an e-mail address", "mailbox"),
    "logs for a week": ({"azure.guardrails.retention_days": 7}, "azure.guardrails.retention_days", "7", "90 or more",
                        "90 to 730"),
    "a budget as text": ({"azure.guardrails.budget": {"amount": "5000", "starts": "2026-12-01"}},
                         "azure.guardrails.budget.amount", "'5000'", "a whole number", "month"),
    "a budget of a day": ({"azure.guardrails.budget": {"amount": 1, "starts": "2026-12-02"}},
                          "azure.guardrails.budget.starts", "'2026-12-02'", "the first of a month", "Azure starts"),
    "a date without quotes": ({"azure.guardrails.budget": {"amount": 1, "starts": date(2026, 12, 1)}},
                              "azure.guardrails.budget.starts", "datetime.date(2026, 12, 1)", "text, not a date",
                              "in quotes"),
    "a location with blanks": ({"azure.guardrails.locations": ["westeurope", "West Europe"]},
                               "azure.guardrails.locations.1", "'West Europe'", "a region of Azure", "westeurope"),
    "a hub by name": ({"azure.vnet.hub": {"vnet": "hub", "cidrs": ["10.0.0.0/16"]}}, "azure.vnet.hub.vnet", "'hub'",
                      "the id of a virtual network", "az network vnet show"),
    "a subnet for a hub": ({"azure.vnet.hub": {"vnet": f"{VNET}/subnets/a", "cidrs": ["10.0.0.0/16"]}},
                           "azure.vnet.hub.vnet", repr(f"{VNET}/subnets/a"), "the id of a virtual network",
                           "az network vnet show"),
    "a hub without blocks": ({"azure.vnet.hub": {"vnet": VNET, "cidrs": []}}, "azure.vnet.hub.cidrs", "(a list)",
                             "at least one", "Every CIDR"),
    "a hub of everything": ({"azure.vnet.hub": {"vnet": VNET, "cidrs": ["0.0.0.0/0"]}}, "azure.vnet.hub.cidrs.0",
                            "'0.0.0.0/0'", "a part of the address space", "really in use"),
    "a firewall by name": ({"azure.control_plane.tunnel": "tunnel.example.com", "azure.vnet.hub": {
        "vnet": VNET, "cidrs": ["10.0.0.0/16"], "firewall": "fw"}}, "azure.vnet.hub.firewall", "'fw'",
        "an IPv4 address", "Four numbers"),
    "a zone by name": ({"azure.vnet.private_dns_zones": {"privatelink.azurecr.io": "zone"}},
                       "azure.vnet.private_dns_zones.privatelink.azurecr.io", "'zone'", "the id of a private DNS zone",
                       "az network private-dns"),
    "zones of a hub": ({"azure.vnet.hub": {"vnet": VNET, "cidrs": ["10.0.0.0/16"], "private_dns_zones": {
        "privatelink.azurecr.io": ZONE}}}, "azure.vnet.hub.private_dns_zones", "(a mapping)", "no such key", ""),
    "a move as text": ({"azure.move_to_management_group": "yes"}, "azure.move_to_management_group", "'yes'",
                       "true or false", "Whether an existing subscription is moved"),
    "a subnet by name": ({"azure.vnet.existing": {
        "vnet": VNET, "node_subnet": f"{VNET}/subnets/a", "private_endpoint_subnet": f"{VNET}/subnets/b",
        "pod_subnet": f"{VNET}/subnet/c", "cidrs": ["10.0.0.0/16"]}}, "azure.vnet.existing.pod_subnet",
        repr(f"{VNET}/subnet/c"), "", "subnet"),
    "a network without its subnets": ({"azure.vnet.existing": {
        "vnet": VNET, "private_endpoint_subnet": f"{VNET}/subnets/b", "cidrs": ["10.0.0.0/16"]}},
        "azure.vnet.existing.node_subnet", "(missing)", "a value is needed", "for nodes"),
    "another way out": ({"azure.vnet.egress": "proxy"}, "azure.vnet.egress", "'proxy'", "'nat-gateway'", ""),
    "a private way in": ({"azure.vnet.inbound": "private-link"}, "azure.vnet.inbound", "'private-link'", "'tunnel'",
                         ""),
    "a switch as text": ({"azure.services": {"key_vault": "yes"}}, "azure.services.key_vault", "'yes'",
                         "true or false", "Whether a key vault"),
    "a tunnel to an address": ({"azure.control_plane.tunnel": "52.16.0.1"}, "azure.control_plane.tunnel",
                               "'52.16.0.1'", "a DNS name", "Letters"),
    "a tunnel to any host": ({"azure.control_plane.tunnel": "*.conveyor.example"}, "azure.control_plane.tunnel",
                             "'*.conveyor.example'", "one host, without *", "Give it whole"),
    "a tunnel with its port": ({"azure.control_plane.tunnel": "tunnel.conveyor.example:443"},
                               "azure.control_plane.tunnel", "'tunnel.conveyor.example:443'", "a DNS name", "Letters"),
    "an issuer without TLS": ({"azure.control_plane.issuer": "http://issuer.example"}, "azure.control_plane.issuer",
                              "'http://issuer.example'", "https://", "Ask the vendor"),
    "a narrow block": ({"network.cidr": "10.20.0.0/24"}, "network.cidr", "'10.20.0.0/24'", "/16 to /21",
                       "The smallest that fits is 10.20.0.0/21"),
    "a block with host bits": ({"network.cidr": "10.20.0.1/16"}, "network.cidr", "'10.20.0.1/16'", "no host bits",
                               "Perhaps you meant 10.20.0.0/16"),
    "a public block": ({"network.cidr": "52.0.0.0/16"}, "network.cidr", "'52.0.0.0/16'", "for private use", "Take"),
    "six for four": ({"network.pod_cidr": "fd00::/64"}, "network.pod_cidr", "'fd00::/64'", "an IPv4 CIDR", "Take"),
}


def keys_of(form):
    """Every key of a form and of the parts below it."""
    for name, field in form.model_fields.items():
        yield name
        for inner in (*forms(field.annotation), *(deep for arg in getattr(field.annotation, "__args__", ())
                                                  for deep in forms(arg))):
            yield from keys_of(inner)


KEYS = sorted({*keys_of(Azure), *keys_of(type(Installation.model_fields["network"].default))})
plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.sampled_from([
    "accepted", "hub", "firewall", "nat-gateway", "load-balancer", "tunnel", "service-principal", "access-package",
    "westeurope", "eu-west-1", ID(2), ID(9), VNET, f"{VNET}/subnets/a", ZONE, "10.20.0.0/16", "10.0.0.0/8", "fd00::/8",
    "", "0.0.0.0/0", "10.0.1.4", "10.0.0.1/8", "a@b.example", "/subscriptions/", f"/subscriptions/{ID(2)}",
    "${Region}"])
jsons = st.recursive(plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
    st.sampled_from(KEYS) | st.text(max_size=4) | st.integers() | st.none(), inner, max_size=5), max_leaves=16)


def places(words, at=()):
    """Every place of the words: keys of mappings and numbers of lists, from the top."""
    items = words.items() if isinstance(words, dict) else enumerate(words) if isinstance(words, list) else ()
    for key, value in items:
        yield (*at, key)
        yield from places(value, (*at, key))


def answer(words):
    """The faults of these words; none where they come to an installation and a plan."""
    faults, made = (), None
    try:
        made = plan(Installation.read(words))
    except InputError as refused:
        faults = refused.faults
    assert all(fault.path and fault.value and fault.rule and fault.way_out for fault in faults)
    assert faults or made.azure or words.get("cloud") != "azure"
    return faults


@pytest.mark.parametrize("case", BAD)
def test_what_bad_input_gets(azure, case):
    """A value that is wrong by itself gets a fault at its path, with the value, the rule and a way out."""
    changes, path, value, rule, way_out = BAD[case]
    found = [fault for fault in answer(azure(changes)) if fault.path == path]
    assert found
    assert all(fault.value == value for fault in found)
    assert any(rule in fault.rule and way_out in fault.way_out for fault in found)


@pytest.mark.parametrize("case", BAD)
def test_a_wrong_value_gets_no_other_fault(azure, case):
    """All the faults of one wrong value are told where it stands."""
    changes, path, *_ = BAD[case]
    assert {fault.path for fault in answer(azure(changes))} == {path}


def test_the_least_file_has_the_documented_defaults(azure):
    """What is left out of the key azure comes to what the documents say."""
    made = Installation.read(azure()).azure
    assert (made.access.by, made.access.role, made.access.expires_after) == (
        "access-package", "constrained-owner", 90)
    assert (made.access.approval[0].days, made.guardrails.retention_days, made.guardrails.budget) == (14, 365, None)
    assert (made.vnet.egress, made.vnet.inbound, made.vnet.hub, made.vnet.existing) == (None, "tunnel", None, None)
    assert (made.vnet.private_dns_zones, made.control_plane.tunnel, made.move_to_management_group) == ({}, None, False)
    assert made.services.model_dump() == {"key_vault": True, "log_workspace": True, "container_registry": True}


def test_every_twin_passes(azure, twins):
    """Each of the shapes that the tests start from passes the door and reads back as itself."""
    for changes in twins.values():
        read = Installation.read(azure(changes))
        assert Installation.read(read.model_dump(exclude_unset=True)) == read


@settings(max_examples=120)
@given(st.data())
def test_any_value_anywhere_gets_an_answer(azure, twins, data):
    """Whatever stands in place of any value of a good file, it comes to a plan or to help."""
    words = deepcopy(azure(*data.draw(st.lists(st.sampled_from(sorted(twins)), max_size=3))))
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(list(places(words))))
        holder = words
        for key in above:
            holder = holder[key]
        holder[last] = data.draw(jsons)
    answer(words)


@settings(max_examples=60)
@given(azure_part=jsons, network=jsons, outbound=jsons, tags=jsons, well=st.booleans())
def test_any_parts_get_an_answer(azure, azure_part, network, outbound, tags, well):
    """Whatever the keys azure, network, outbound and tags hold, the file comes to a plan or to help."""
    base = azure()
    mixed = base["azure"] | azure_part if well and isinstance(azure_part, dict) else azure_part
    answer(base | {"azure": mixed, "network": network})
    answer(base | {"outbound": outbound, "tags": tags})


@settings(max_examples=40)
@given(st.data())
def test_whatever_passes_can_be_planned(any_azure, data):
    """Everything that passes the door has a plan of Azure and nothing of AWS."""
    made = plan(data.draw(any_azure))
    assert made.azure
    assert (made.installer, made.boundary, made.networks, made.predefined) == (None, None, (), ())


def test_planning_is_the_models_own(azure):
    """The plan of a file on Azure is that of the model's one door."""
    read = Installation.read(azure())
    assert plans.plan(read) == plan(read)
