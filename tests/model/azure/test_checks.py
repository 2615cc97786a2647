"""Rules between the values of a data plane on Azure: each refusal beside the nearest file that passes."""

from itertools import pairwise

import pytest

from conveyor_iac import InputError, Installation, plan
from conveyor_iac.model.catalogue import azure as catalogue

ID = "0a1b2c3d-0000-4000-8000-{:012}".format
MG = "/providers/Microsoft.Management/managementGroups/"
OWN = f"/subscriptions/{ID(2)}"
NET = f"{OWN}/resourceGroups/net/providers/Microsoft.Network"
ELSEWHERE = NET.replace(ID(2), ID(9))
CENTRAL = f"/subscriptions/{ID(6)}/resourceGroups/dns/providers/Microsoft.Network/privateDnsZones/"
VAULT, REGISTRY = "privatelink.vaultcore.azure.net", "privatelink.azurecr.io"
ROW = {"component": "x", "kind": "cidr", "destination": "203.0.113.0/24", "protocol": "TCP", "port": 1, "data": "x",
       "why": "x"}
ANY = ROW | {"kind": "name", "destination": "*.example.com", "protocol": "UDP"}
TUNNEL = {"azure.control_plane.tunnel": "tunnel.conveyor.example"}

REFUSED = {
    # What the data plane is.
    "private": (({"deployment": "private"},), (), "deployment", "'private' with cloud 'azure'",
                "shared deployment only", "deployment: shared"),
    "dedicated": (({"deployment": "dedicated"},), (), "deployment", "'dedicated' with cloud 'azure'",
                  "shared deployment only", "or cloud: aws"),
    "an endpoint service": (({"kind": "endpoint-service", "deployment": ...},), ({"kind": "installation"},), "kind",
                            "'endpoint-service' with cloud 'azure'", "one of AWS", "Leave kind out"),
    "no key azure": (({"azure": ...},), (), "azure", "(missing)", "needed when cloud is azure", "Give tenant_id"),
    "an account": (({"account": "2" * 12},), (), "account", repr("2" * 12), "no AWS account", "Leave account out"),
    "a region of AWS": (({"region": "eu-west-1"},), (), "region", "'eu-west-1'", "a region of Azure", ""),
    "a region misspelt": (({"region": "westeurop"},), (), "region", "'westeurop'", "a region of Azure", "westeurope"),
    "locations without the region": (
        ({"azure.guardrails.locations": ["northeurope"]},),
        ({"azure.guardrails.locations": ["westeurope", "northeurope"]},),
        "azure.guardrails.locations", "'northeurope'", "westeurope, is one of them", "Add it"),
    "a location of nowhere": (
        ({"azure.guardrails.locations": ["westeurope", "moonbase"]},),
        ({"azure.guardrails.locations": ["westeurope"]},),
        "azure.guardrails.locations.1", "'moonbase'", "a region of Azure", "Known here"),
    "a location twice": (
        ({"azure.guardrails.locations": ["westeurope", "westeurope"]},),
        ({"azure.guardrails.locations": ["westeurope"]},), "azure.guardrails.locations", "'westeurope'", "each once",
        "second"),
    # The subscription.
    "no subscription": (({"azure.subscription_id": ...},), ("billing",), "azure.subscription_id", "(missing)",
                        "subscription of its own", "azure.billing_scope"),
    "an alias without a billing scope": (
        ({"azure.subscription_id": ..., "azure.subscription_name": "Acme"},),
        ("billing", {"azure.subscription_name": "Acme"}),
        "azure.billing_scope", "(missing)", "made under a billing scope", "az billing account list"),
    "a subscription both new and old": (
        ("billing", {"azure.subscription_id": ID(2)}), ("billing",), "azure.billing_scope",
        "'/providers/Microsoft.Billing/billingAccounts/1234/enrollmentAccounts/5678'", "either", "Leave it out"),
    "a name for an old subscription": (
        ({"azure.subscription_name": "Acme"},), ("billing", {"azure.subscription_name": "Acme"}),
        "azure.subscription_name", "'Acme'", "only a new subscription", "azure.billing_scope"),
    "a move without a management group": (
        ("moved", {"azure.management_group": ..., "azure.guardrail_scope": f"{MG}top"}),
        ({"azure.management_group": ..., "azure.guardrail_scope": f"{MG}top"},), "azure.move_to_management_group",
        "True", "without a management group", "Give azure.management_group"),
    "a move of a new subscription": (
        ("moved", "billing"), ("billing", {"azure.move_to_management_group": False}),
        "azure.move_to_management_group", "True", "is made in its management group", "Leave it out"),
    # Who comes in.
    "no connected organisation": (
        ({"azure.connected_organization": ...},), ("principal",), "azure.connected_organization", "(missing)",
        "object id in your tenant", "Connected organizations"),
    "no approval": (({"azure.access": {}},), (), "azure.access.approval", "(missing)", "approves each request",
                    "az ad group show"),
    "an empty approval": (({"azure.access.approval": []},), (), "azure.access.approval", "(missing)",
                          "approves each request", "az ad group show"),
    "an approver twice": (
        ({"azure.access.approval": [{"approvers": [ID(4), ID(4)]}]},),
        ({"azure.access.approval": [{"approvers": [ID(4), ID(8)]}, {"approvers": [ID(4)]}]},),
        "azure.access.approval.0.approvers", repr(ID(4)), "each once", "second"),
    "a principal among people": (
        ({"azure.access.service_principal": ID(7)},), ("principal",), "azure.access.service_principal", repr(ID(7)),
        "access package", "by: service-principal"),
    "no principal": (
        ("principal", {"azure.access.service_principal": ...}), ("principal",), "azure.access.service_principal",
        "(missing)", "in your tenant", "az ad sp show"),
    "an organisation beside a principal": (
        ("principal", {"azure.connected_organization": ID(3)}), ("principal",), "azure.connected_organization",
        repr(ID(3)), "nobody requests", "by: access-package"),
    "an approval beside a principal": (
        ("principal", {"azure.access.approval": [{"approvers": [ID(4)]}]}), ("principal",), "azure.access.approval",
        "(a list)", "nobody requests", "by: access-package"),
    "an end beside a principal": (
        ("principal", {"azure.access.expires_after": 30}), ({"azure.access.expires_after": 30},),
        "azure.access.expires_after", "30", "nobody requests", "by: access-package"),
    # Guard rails.
    "nowhere for guard rails": (
        ({"azure.management_group": ...},), ({"azure.management_group": ..., "azure.guardrail_scope": f"{MG}top"},),
        "azure.guardrail_scope", "(missing)", "cannot reach", "inside_subscription: accepted"),
    "guard rails inside": (
        ({"azure.guardrail_scope": OWN},),
        ({"azure.guardrail_scope": OWN, "azure.guardrails_inside_subscription": "accepted"},), "azure.guardrail_scope",
        repr(OWN), "owners can remove", "inside_subscription: accepted"),
    "guard rails in another subscription": (
        ({"azure.guardrail_scope": f"/subscriptions/{ID(9)}"},), ({"azure.guardrail_scope": f"{MG}top"},),
        "azure.guardrail_scope", repr(f"/subscriptions/{ID(9)}"), "do not hold in it", MG),
    "nowhere for logs": (
        ({"azure.guardrails.subscription_id": ...},),
        ({"azure.guardrails.subscription_id": ..., "azure.guardrails_inside_subscription": "accepted"},),
        "azure.guardrails.subscription_id", "(missing)", "outside the vendor's reach", "security team"),
    "logs inside": (
        ({"azure.guardrails.subscription_id": ID(2)},),
        ({"azure.guardrails.subscription_id": ID(2), "azure.guardrails_inside_subscription": "accepted"},),
        "azure.guardrails.subscription_id", repr(ID(2)), "can delete what lies inside", "Give another"),
    "consent to nothing": (
        ({"azure.guardrails_inside_subscription": "accepted"},), ("inside",), "azure.guardrails_inside_subscription",
        "'accepted'", "all guard rails lie outside", "Leave it out"),
    "nobody to tell": (({"azure.guardrails.contacts": []},), (), "azure.guardrails.contacts", "(missing)", "told",
                       "mailbox"),
    "a contact twice": (
        ({"azure.guardrails.contacts": ["a@acme.example", "a@acme.example"]},),
        ({"azure.guardrails.contacts": ["a@acme.example", "b@acme.example"]},), "azure.guardrails.contacts",
        "'a@acme.example'", "each once", "second"),
    # The control plane.
    "a control plane on Azure": (
        ({"azure.control_plane.region": "westeurope"},), ({"azure.control_plane.region": "us-gov-west-1"},),
        "azure.control_plane.region", "'westeurope'", "an AWS region", ""),
    "an isolated control plane": (
        ({"azure.control_plane.region": "us-iso-east-1"},), (), "azure.control_plane.region", "'us-iso-east-1'",
        "an AWS region", ""),
    "a subject without an issuer": (
        ({"azure.control_plane.subject": "arn"},), ("machine", {"azure.control_plane.subject": "arn"}),
        "azure.control_plane.subject", "'arn'", "without an issuer", "control_plane.issuer"),
    "a load balancer without callers": (
        ({"azure.vnet.inbound": "load-balancer"},), ("balancer",), "azure.control_plane.cidrs", "(missing)",
        "own addresses only", "inbound: tunnel"),
    "a tunnel with callers": (
        ({"azure.control_plane.cidrs": ["52.16.0.0/30"]},), ("balancer",), "azure.control_plane.cidrs", "(a list)",
        "nobody calls in", "inbound: load-balancer"),
    "a load balancer behind a firewall": (
        ("balancer", {"azure.vnet.egress": "firewall"}), ("firewall",), "azure.vnet.inbound", "'load-balancer'",
        "answers would leave by the firewall", "egress: nat-gateway"),
    "a load balancer behind a hub's firewall": (
        ("hub", {"azure.control_plane.tunnel": ...}, "balancer"), ("hub without a firewall", "balancer"),
        "azure.vnet.inbound", "'load-balancer'", "answers would leave by the firewall", "inbound: tunnel"),
    "a load balancer and a tunnel": (
        ("balancer", TUNNEL), ("nat-gateway", TUNNEL), "azure.control_plane.tunnel", "'tunnel.conveyor.example'",
        "calls a load balancer", "inbound: tunnel"),
    "a tunnel that no firewall lets out": (
        ("firewall", {"azure.control_plane.tunnel": ...}), ("nat-gateway",), "azure.control_plane.tunnel", "(missing)",
        "lets out what is named", "Ask the vendor"),
    "a tunnel that no hub lets out": (
        ("hub", {"azure.control_plane.tunnel": ...}), ("hub",), "azure.control_plane.tunnel", "(missing)",
        "lets out what is named", "Ask the vendor"),
    "callers twice": (
        ("balancer", {"azure.control_plane.cidrs": ["52.16.0.0/30", "52.16.0.0/30"]}),
        ("balancer", {"azure.control_plane.cidrs": ["52.16.0.0/30", "52.17.0.0/16"]}), "azure.control_plane.cidrs",
        "'52.16.0.0/30'", "each once", "second"),
    # The network.
    "a hub that overlaps": (
        ("hub", {"network.cidr": "10.0.16.0/20"}), ("hub", {"network.cidr": "10.1.16.0/20"}), "network.cidr",
        "'10.0.16.0/20'", "no overlap with azure.vnet.hub.cidrs.0, 10.0.0.0/16", "block of its own"),
    "a hub that lies within": (
        ("hub", {"azure.vnet.hub.cidrs": ["10.0.0.0/16", "10.20.9.0/24"]}),
        ("hub", {"azure.vnet.hub.cidrs": ["10.0.0.0/16", "10.21.9.0/24"]}), "azure.vnet.hub.cidrs.1", "'10.20.9.0/24'",
        "no overlap with network.cidr, 10.20.0.0/16", "block of its own"),
    "pods that overlap": (
        ({"network.pod_cidr": "10.20.16.0/20"},), ({"network.pod_cidr": "10.21.16.0/20"},), "network.pod_cidr",
        "'10.20.16.0/20'", "no overlap with network.cidr", "block of its own"),
    "a neighbour that overlaps": (
        ({"network.neighbours": {"office": "10.0.0.0/8"}},), ({"network.neighbours": {"office": "10.0.0.0/16"}},),
        "network.cidr", "'10.20.0.0/16'", "no overlap with network.neighbours.office", "block of its own"),
    "a brought network that overlaps": (
        ("existing", {"network.neighbours": {"office": "10.50.7.0/24"}}),
        ("existing", {"network.neighbours": {"office": "10.51.7.0/24"}}), "network.neighbours.office",
        "'10.50.7.0/24'", "no overlap with azure.vnet.existing.cidrs.0", "block of its own"),
    "what clusters keep": (
        ({"network.cidr": "172.31.0.0/16"},), ({"network.cidr": "172.29.0.0/16"},), "network.cidr", "'172.31.0.0/16'",
        "172.30.0.0/15", "another block"),
    "pods where clusters keep": (
        ({"network.pod_cidr": "172.30.0.0/20"},), ({"network.pod_cidr": "172.29.0.0/20"},), "network.pod_cidr",
        "'172.30.0.0/20'", "172.30.0.0/15", "another block"),
    "a hub's firewall outside the hub": (
        ("hub", {"azure.vnet.hub.firewall": "10.9.1.4"}), ("hub", {"azure.vnet.hub.firewall": "10.0.9.4"}),
        "azure.vnet.hub.firewall", "'10.9.1.4'", "within azure.vnet.hub.cidrs", "Mend it"),
    "the way by a hub without a hub": (
        (TUNNEL | {"azure.vnet.egress": "hub"},), ("hub", {"azure.vnet.egress": "hub"}), "azure.vnet.hub.firewall",
        "(missing)",
        "is the hub's firewall", "another azure.vnet.egress"),
    "the way by a hub without a firewall": (
        ("hub without a firewall", TUNNEL | {"azure.vnet.egress": "hub"}), ("hub without a firewall",),
        "azure.vnet.hub.firewall", "(missing)", "is the hub's firewall", "private address"),
    "two firewalls": (
        ("hub", {"azure.vnet.egress": "firewall"}), ("hub without a firewall", "firewall"),
        "azure.vnet.hub.firewall", "'10.0.1.4'", "the way out is firewall", "egress: hub"),
    "a hub's firewall and a NAT gateway": (
        ("hub", {"azure.vnet.egress": "nat-gateway"}), ("hub without a firewall", "nat-gateway"),
        "azure.vnet.hub.firewall", "'10.0.1.4'", "the way out is nat-gateway", "egress: hub"),
    "a zone under another's name": (
        ("hub", {"azure.vnet.private_dns_zones": {VAULT: f"{CENTRAL}{REGISTRY}"}}),
        ("hub", {"azure.vnet.private_dns_zones": {VAULT: f"{CENTRAL}{VAULT}", REGISTRY: f"{CENTRAL}{REGISTRY}"}}),
        f"azure.vnet.private_dns_zones.{VAULT}", repr(f"{CENTRAL}{REGISTRY}"), f"the zone {VAULT}", "Mend"),
    "a zone of no service": (
        ("hub", {"azure.vnet.private_dns_zones": {"privatelink.vaultcore.azure.com": f"{CENTRAL}{VAULT}"}}),
        ("hub", {"azure.vnet.private_dns_zones": {VAULT: f"{CENTRAL}{VAULT}"}}),
        "azure.vnet.private_dns_zones.privatelink.vaultcore.azure.com", "(146 characters)",
        "a service that is made here", f"Perhaps you meant {VAULT}"),
    "a zone of no service beside a brought network": (
        ("existing", {"azure.vnet.private_dns_zones": {"privatelink.x.net": f"{CENTRAL}privatelink.x.net"}}),
        ("existing", {"azure.vnet.private_dns_zones": {VAULT: f"{CENTRAL}{VAULT}"}}),
        "azure.vnet.private_dns_zones.privatelink.x.net", repr(f"{CENTRAL}privatelink.x.net"),
        "a service that is made here", ""),
    # A network that is brought.
    "a network of another subscription": (
        ("existing", {"azure.subscription_id": ID(9)}), ("existing",), "azure.vnet.existing.vnet",
        repr(f"{NET}/virtualNetworks/own"), "own subscription", "azure.subscription_id"),
    "a network in a new subscription": (
        ("existing", "billing"), ("billing",), "azure.vnet.existing.vnet", repr(f"{NET}/virtualNetworks/own"),
        "no network yet", "Leave azure.vnet.existing out"),
    "a subnet of another network": (
        ("existing", {"azure.vnet.existing.node_subnet": f"{NET}/virtualNetworks/owner/subnets/nodes"}), ("existing",),
        "azure.vnet.existing.node_subnet", repr(f"{NET}/virtualNetworks/owner/subnets/nodes"),
        "a subnet of azure.vnet.existing.vnet", "that network"),
    "a pod subnet of another subscription": (
        ("existing", {"azure.vnet.existing.pod_subnet": f"{ELSEWHERE}/virtualNetworks/own/subnets/pods"}),
        ("existing", {"azure.vnet.existing.pod_subnet": f"{NET}/virtualNetworks/own/subnets/pods"}),
        "azure.vnet.existing.pod_subnet", repr(f"{ELSEWHERE}/virtualNetworks/own/subnets/pods"),
        "a subnet of azure.vnet.existing.vnet", "that network"),
    "a way out of a brought network": (
        ("existing", "nat-gateway"), ("existing",), "azure.vnet.egress", "'nat-gateway'", "the network is brought",
        "azure.vnet.existing"),
    "a hub of a brought network": (
        ("existing", "hub without a firewall"), ("existing",), "azure.vnet.hub", "(a mapping)",
        "the network is brought", "azure.vnet.existing"),
    "a way into a brought network": (
        ("existing", "balancer"), ("existing",), "azure.vnet.inbound", "'load-balancer'", "the network is brought",
        "azure.vnet.existing"),
    "a block beside a brought network": (
        ("existing", {"network.cidr": "10.9.0.0/16"}), ("existing",), "network.cidr", "'10.9.0.0/16'",
        "the network is brought", "azure.vnet.existing"),
    "pods beside a brought network": (
        ("existing", {"network.pod_cidr": "10.9.0.0/16"}), ("existing", {"network": {}}), "network.pod_cidr",
        "'10.9.0.0/16'", "the network is brought", "azure.vnet.existing"),
    # The outbound table and tags.
    "a path to everywhere": (
        ({"outbound": [ROW | {"destination": "0.0.0.0/0"}]},), ({"outbound": [ROW]},), "outbound.0.destination",
        "'0.0.0.0/0'", "passes everything", "really called"),
    "any name by UDP through a firewall": (
        ("firewall", {"outbound": [ROW, ANY]}),
        ("firewall", {"outbound": [ROW | {"protocol": "UDP"}, ANY | {"protocol": "TCP", "port": 443}]}),
        "outbound.1.destination", "'*.example.com'", "TLS on TCP 443 and HTTP on TCP 80 only", "kind: cidr"),
    "one name by UDP through a firewall": (
        ("firewall", {"outbound": [ANY | {"destination": "ntp.example.com", "port": 443}]}),
        ("hub", {"outbound": [ANY | {"destination": "ntp.example.com", "port": 443}]}),
        "outbound.0.destination", "'ntp.example.com'", "TLS on TCP 443 and HTTP on TCP 80 only", "kind: cidr"),
    "a name on another port through a firewall": (
        ("firewall", {"outbound": [ANY | {"protocol": "TCP", "port": 8443}]}),
        ("firewall", {"outbound": [ANY | {"protocol": "TCP", "port": 80}]}),
        "outbound.0.destination", "'*.example.com'", "TLS on TCP 443 and HTTP on TCP 80 only", "kind: cidr"),
    "more paths than a group has rules": (
        ({"outbound": [ROW | {"port": port} for port in range(1, 902)]},),
        ({"outbound": [ROW | {"port": port} for port in range(1, 901)]},), "outbound", "901 paths", "at most 900",
        "wider blocks"),
    "a name on another port through a firewall of a spoke": (
        ("hub without a firewall", "firewall", {"outbound": [ANY | {"protocol": "TCP", "port": 8443}]}),
        ("hub without a firewall", {"outbound": [ANY | {"protocol": "TCP", "port": 8443}]}),
        "outbound.0.destination", "'*.example.com'", "TLS on TCP 443 and HTTP on TCP 80 only", "kind: cidr"),
    "more tags than a storage account takes": (
        ({"tags": {f"tag{number}": "x" for number in range(13)}},),
        ({"tags": {f"tag{number}": "x" for number in range(12)}},), "tags", "13 tags", "at most 12", "Leave some out"),
    "a tag with a slash": (({"tags": {"a/b": "c"}},), ({"tags": {"a:b": "c"}},), "tags.a/b", "'c'", "without /",
                           "another key"),
    "a tag of Azure": (({"tags": {"Microsoft-x": "c"}},), ({"tags": {"x-microsoft": "c"}},), "tags.Microsoft-x", "'c'",
                       "Azure keeps those", "another key"),
    "a tag twice": (({"tags": {"Cost": "7", "cost": "7"}},), ({"tags": {"Cost": "7", "costs": "7"}},), "tags.cost",
                    "'cost'", "another key than Cost", "Leave one out"),
}
MEANINGLESS = {
    "external_id": "x" * 20, "session_name": "conveyor-acme", "cognito_access": "proxy", "user_pool_has_domain": False,
    "endpoints": {"add": ["sqs"]}, "private_link": {"ports": [443]}, "resources_feature": True, "guardduty": True,
    "iam": {"path": "/x/"}, "installer": {"irsa": True}, "network.zones": 3,
    "network.zone_ids": ["euw1-az1", "euw1-az2", "euw1-az3"], "network.ipv6": True, "network.nat": "single",
    "control_plane.network": {"zones": 2},
    "network.existing": {"vpc": "vpc-12345678", "cidrs": ["10.20.0.0/16"]}}
PUBLIC = ["10.9.0.0/24", "100.64.0.0/16", "203.0.113.0/24", "0.0.0.0/0", "52.0.0.0/15", "224.1.0.0/16", "127.0.0.0/16"]


def faults_of(words):
    """The faults of these words."""
    with pytest.raises(InputError) as caught:
        Installation.read(words)
    return caught.value.faults


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_go_together(azure, case):
    """One fault alone, with its path, the value, the reason and a way out."""
    bad, _, path, value, rule, way_out = REFUSED[case]
    [fault] = faults_of(azure(*bad))
    assert (fault.path, fault.value) == (path, value)
    assert rule in fault.rule
    assert way_out in fault.way_out
    assert fault.way_out


@pytest.mark.parametrize("case", REFUSED)
def test_its_twin_passes(azure, case):
    """The nearest file to each that is refused passes the door, and can be planned."""
    assert plan(Installation.read(azure(*REFUSED[case][1]))).azure


def test_regions_of_other_clouds_are_refused(azure):
    """A region of a sovereign cloud is told whose it is, for the data plane and among the locations."""
    others = [row for row in catalogue.regions().values() if row.cloud != "AzureCloud"]
    assert {row.cloud for row in others} == {"AzureChinaCloud", "AzureUSGovernment"}
    for row in others:
        found = faults_of(azure({"region": row.name, "azure.guardrails.locations": [row.name]}))
        assert [fault.path for fault in found] == ["azure.guardrails.locations.0", "region"]
        assert all(fault.value == repr(row.name) and row.cloud in fault.rule for fault in found)
        assert all("public cloud" in fault.way_out for fault in found)


def test_every_region_of_the_public_cloud_passes(azure):
    """Each region of Azure's public cloud that the catalogue knows passes."""
    served = [row.name for row in catalogue.regions().values() if row.cloud == "AzureCloud"]
    assert {"westeurope", "northeurope", "eastus"} <= set(served)
    assert [Installation.read(azure({"region": name})).region for name in served] == served


@pytest.mark.parametrize("path", MEANINGLESS)
def test_keys_of_aws_mean_nothing(azure, path):
    """A key that only a data plane on AWS has is refused, with the value unless it is a secret."""
    [fault] = faults_of(azure({path: MEANINGLESS[path]}))
    assert fault.path == path
    assert "means nothing on azure" in fault.rule
    assert fault.way_out == "Leave it out, or write cloud: aws"
    assert MEANINGLESS["external_id"] not in str(fault)


def test_what_asks_for_nothing_passes(azure):
    """A key without a value and an empty part are no mistake."""
    words = azure(dict.fromkeys(("external_id", "session_name", "cognito_access", "account", "network.nat"), None),
                  {"endpoints": {}, "iam": {}, "installer": {}, "outbound": [], "azure.vnet": {},
                   "azure.vnet.hub": None, "azure.access.service_principal": None})
    assert Installation.read(words).azure


@pytest.mark.parametrize("block", PUBLIC)
def test_callers_have_public_addresses(azure, block):
    """A caller's block that is private, reserved, of many receivers or far too wide is refused at its place."""
    [fault] = faults_of(azure("balancer", {"azure.control_plane.cidrs": ["52.16.0.0/30", block]}))
    assert (fault.path, fault.value) == ("azure.control_plane.cidrs.1", repr(block))
    assert "public addresses" in fault.rule


def test_many_faults_come_at_once(azure):
    """Faults of single values, of values together and of every part come in one go, in the order of paths."""
    words = azure("hub", {
        "deployment": "private", "region": "eu-west-1", "account": "2" * 12, "guardduty": True, "colour": "red",
        "network.cidr": "10.0.0.0/16", "azure.tenant_id": "ACME", "azure.subscription_id": ...,
        "azure.subscription_name": "Acme", "azure.connected_organization": ..., "azure.access": {},
        "azure.management_group": ..., "azure.guardrails": {"budget": {"amount": 0, "starts": "2026-12-02"}},
        "azure.control_plane": {}, "azure.vnet.hub.firewall": "10.9.0.4", "azure.vnet.inbound": "load-balancer",
        "tags": {"a/b": "c"}})
    found = [fault.path for fault in faults_of(words)]
    assert found == sorted([
        "account", "azure.access.approval", "azure.billing_scope", "azure.connected_organization",
        "azure.control_plane.cidrs", "azure.control_plane.region", "azure.guardrail_scope",
        "azure.guardrails.budget.amount", "azure.guardrails.budget.starts", "azure.guardrails.contacts",
        "azure.guardrails.subscription_id", "azure.tenant_id", "azure.vnet.hub.firewall",
        "azure.vnet.inbound", "colour", "deployment",
        "guardduty", "network.cidr", "region", "tags.a/b"])
    assert all(one <= other for one, other in pairwise(found))


def test_every_case_at_once_is_still_help(azure):
    """A file with the mistakes of all cases that name keys gets many faults, each with a rule and a way out."""
    changes = [one for bad, *_ in REFUSED.values() for one in bad if isinstance(one, dict) and "azure" not in one]
    found = faults_of(azure("hub", "existing", *changes))
    assert len({fault.path for fault in found}) > 15
    assert all(fault.value and fault.rule and fault.way_out for fault in found)
