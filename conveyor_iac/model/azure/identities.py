"""The identities of cluster and workloads, made beforehand with their roles: so whoever installs assigns none.

What gives power over the network or over another identity lies in a group of its own, which the installer role does not
reach; it is given to a cluster and not changed. The identity of workloads lies where the installer works, because only
a cluster that exists can say whose tokens it accepts.
"""

from dataclasses import dataclass
from typing import Any

from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.services import Services
from conveyor_iac.model.azure.subscription import ResourceGroup
from conveyor_iac.model.catalogue import azure as catalogue
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import Made

CLUSTER, KUBELET, WORKLOAD = "ClusterIdentity", "KubeletIdentity", "WorkloadIdentity"
"""What the identities are called among the parts."""
OPERATOR = "Managed Identity Operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class ManagedIdentity:
    """A user-assigned managed identity, the group it lies in (a part), and what uses it."""

    name: str
    azure_name: str
    group: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleAssignment:
    """A role that somebody holds. `role` is a built-in role's id, or our own role (`Made`); `scope` the subscription,
    another part (`Made`), or the id of something that is brought."""

    name: str
    azure_name: str
    principal: Any
    principal_type: str
    role: Any
    role_name: str
    scope: Any
    condition: str | None = None
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """The identities of a data plane, and what they may."""

    group: ResourceGroup
    identities: tuple[ManagedIdentity, ...]
    assignments: tuple[RoleAssignment, ...]


def identities(installation: Installation, services: Services) -> Identities:
    """The identities an installation needs."""
    group = ResourceGroup(name="IdentityGroup", azure_name=names.resource(installation, "identities"),
                          region=installation.region, why="Identities that whoever installs gives and does not change.")

    def identity(name: str, what: str, why: str, within: str = group.name) -> ManagedIdentity:
        return ManagedIdentity(name=name, azure_name=names.resource(installation, what), group=within, why=why)

    found = (identity(CLUSTER, "cluster", "The control plane of the cluster joins the subnets."),
             identity(KUBELET, "kubelet", "The nodes pull images."),
             identity(WORKLOAD, "workload", "Components read their secrets from the vault.", "ResourceGroup"))
    return Identities(group=group, identities=found, assignments=_assignments(installation, services))


def built_in(installation: Installation, name: str, principal: Any, role: str, scope: Any, why: str) -> RoleAssignment:
    """One of Azure's own roles for an identity or a service principal."""
    return RoleAssignment(name=name, azure_name=names.role_assignment(installation, name, role), principal=principal,
                          principal_type="ServicePrincipal", role=catalogue.role(role).id, role_name=role, scope=scope,
                          why=why)


def _assignments(installation: Installation, services: Services) -> tuple[RoleAssignment, ...]:
    azure = installation.azure
    assert azure
    existing = azure.vnet.existing

    def held(name: str, who: str, role: str, scope: Any, why: str) -> RoleAssignment:
        return built_in(installation, name, Made(name=who, attribute="PrincipalId"), role, scope, why)

    subnets = {"Node": existing.node_subnet, "Pod": existing.pod_subnet} if existing else {
        kind: Made(name=f"{kind}Subnet") for kind in ("Node", "Pod")}
    rows = [held(f"Cluster{kind}Role", CLUSTER, "Network Contributor", subnet,
                 f"The cluster puts {kind.lower()}s into this subnet, and nothing into another.")
            for kind, subnet in subnets.items() if subnet]
    rows.append(held("ClusterKubeletRole", CLUSTER, OPERATOR, Made(name=KUBELET),
                     "The cluster gives the nodes their identity."))
    if services.registry:
        rows.append(held("KubeletRegistryRole", KUBELET, "AcrPull", Made(name=services.registry.name),
                         "The nodes pull images from the registry."))
    if services.key_vault:
        rows.append(held("WorkloadVaultRole", WORKLOAD, "Key Vault Secrets User", Made(name=services.key_vault.name),
                         "Components read their secrets from the vault."))
    return tuple(rows)
