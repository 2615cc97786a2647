"""The identities of cluster and workloads: what each may, where it lies, and who cannot reach it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.access import INSTALLER, MACHINE_INSTALLER
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.placeholders import Made

ROLES = {
    "ClusterNodeRole": ("ClusterIdentity", "Network Contributor", "NodeSubnet"),
    "ClusterPodRole": ("ClusterIdentity", "Network Contributor", "PodSubnet"),
    "ClusterKubeletRole": ("ClusterIdentity", "Managed Identity Operator", "KubeletIdentity"),
    "KubeletRegistryRole": ("KubeletIdentity", "AcrPull", "Registry"),
    "WorkloadVaultRole": ("WorkloadIdentity", "Key Vault Secrets User", "KeyVault"),
}
"""Every role of an identity: whose, which, and on what part alone."""
POWER = re.compile("ManagedIdentity/userAssignedIdentities/(write|delete|assign|.*federated.*/(write|delete))")
"""What gives power over an identity: to make, to give, or to say whose tokens it accepts."""


def made_of(words):
    """The plan that these words come to."""
    return plan(Installation.read(words)).azure


def told(assignments):
    """Whose, which role and on what, by the name of each assignment."""
    return {one.name: (one.principal.name, one.role_name, one.scope) for one in assignments}


@pytest.mark.parametrize("way", ["nat-gateway", "firewall", "hub"])
def test_each_identity_has_its_roles_beforehand(azure, way):
    """Cluster, kubelet and workloads hold what they need, each role on one subnet, identity or service and no more."""
    made = made_of(azure(way)).identities
    assert told(made.assignments) == {name: (who, role, Made(name=scope)) for name, (who, role, scope) in ROLES.items()}
    for one in made.assignments:
        assert one.role == catalogue.role(one.role_name).id
        assert one.principal.attribute == "PrincipalId"
        assert (one.principal_type, one.condition) == ("ServicePrincipal", None)
        assert one.why


def test_where_each_identity_lies(azure):
    """Cluster and kubelet lie in a group of their own; workloads in the main one, where whoever installs says whose
    tokens are accepted."""
    made = made_of(azure())
    assert [(one.name, one.azure_name, one.group) for one in made.identities.identities] == [
        ("ClusterIdentity", "conveyor-acme-cluster", "IdentityGroup"),
        ("KubeletIdentity", "conveyor-acme-kubelet", "IdentityGroup"),
        ("WorkloadIdentity", "conveyor-acme-workload", "ResourceGroup")]
    group = made.identities.group
    assert (group.name, group.azure_name, group.region) == ("IdentityGroup", "conveyor-acme-identities", "westeurope")
    assert made.subscription.group.name == "ResourceGroup"
    assert all(one.why for one in (*made.identities.identities, group))


@pytest.mark.parametrize("pods", [False, True])
def test_roles_in_a_brought_network(azure, pods):
    """In a network that is brought the cluster's roles are on the subnets that are handed over, and on no other."""
    words = azure("existing")
    existing = words["azure"]["vnet"]["existing"]
    existing |= {"pod_subnet": f"{existing['vnet']}/subnets/pods"} if pods else {}
    found = {name: scope for name, (_, role, scope) in told(made_of(words).identities.assignments).items()
             if role == "Network Contributor"}
    assert found == {"ClusterNodeRole": existing["node_subnet"],
                     **({"ClusterPodRole": existing["pod_subnet"]} if pods else {})}


@pytest.mark.parametrize(("service", "role"), [("container_registry", "KubeletRegistryRole"),
                                               ("key_vault", "WorkloadVaultRole"), ("log_workspace", "")])
def test_no_role_on_what_is_not_made(azure, service, role):
    """A service that is off has no role on it; the identities and every other role stay."""
    made, plain = made_of(azure({"azure.services": {service: False}})).identities, made_of(azure()).identities
    assert told(made.assignments) == {name: row for name, row in told(plain.assignments).items() if name != role}
    assert made.identities == plain.identities


@settings(max_examples=60)
@given(st.data())
def test_every_role_has_the_least_scope(any_azure, data):
    """Of any installation, identities hold the roles above and no other: each on a part of the plan or on a subnet that
    is brought, never on a group, a network or the subscription."""
    installation = data.draw(any_azure)
    made = plan(installation).azure
    existing = installation.azure.vnet.existing
    parts = {one.name for one in (*made.network.subnets, *made.identities.identities, *made.services.private())}
    for one in made.identities.assignments:
        who, role, part = ROLES[one.name]
        assert (one.principal, one.role_name) == (Made(name=who, attribute="PrincipalId"), role)
        brought = {"NodeSubnet": existing.node_subnet, "PodSubnet": existing.pod_subnet}.get(part) if existing else None
        assert one.scope == (brought or Made(name=part))
        assert brought or part in parts
    every = [one.azure_name for one in (*made.identities.assignments, *made.access.assignments)]
    assert len(set(every)) == len(every)


@settings(max_examples=60)
@given(st.data())
def test_whoever_installs_does_not_reach_the_identities(any_azure, data):
    """Our own roles are held on the main group, or on a brought network, in which no identity with power lies: of
    cluster and kubelet whoever installs has the giving, and nothing else."""
    made = plan(data.draw(any_azure)).azure
    groups = [made.subscription.group, made.identities.group, made.guardrails.store.group,
              *([made.network.flow_log.group] if made.network.flow_log else [])]
    assert len({group.azure_name.lower() for group in groups}) == len(groups)
    inside = {one.name for one in made.identities.identities if one.group == "ResourceGroup"}
    assert inside == {"WorkloadIdentity"}
    reach = [one for one in made.access.assignments if one.role_name in (INSTALLER, MACHINE_INSTALLER)]
    assert all(one.scope == Made(name="ResourceGroup") or one.scope == made.network.vnet for one in reach)
    held = {one.principal.name: one.scope for one in made.identities.assignments if one.principal.name in inside}
    assert all(scope == Made(name="KeyVault") for scope in held.values())
    given_ones = [one for one in made.access.assignments if one.role_name == "Managed Identity Operator"]
    assert all(one.scope in (Made(name="ClusterIdentity"), Made(name="KubeletIdentity")) for one in given_ones)


def test_our_role_has_power_over_tokens_only():
    """Over identities our own role allows one thing only: to say whose tokens those in its group accept."""
    found = {action for row in catalogue.installer_role() for action in row.actions if POWER.search(action)}
    assert found == {"Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write",
                     "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete"}
