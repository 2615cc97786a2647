"""The sheet of an installation on Azure: what the deployment hands out, and what its plan decided, put together."""

from collections.abc import Mapping
from typing import Any, Literal

from conveyor_iac.model.azure.identities import CLUSTER, KUBELET, WORKLOAD
from conveyor_iac.model.azure.plan import Scaffolding
from conveyor_iac.model.handover.asked import listed
from conveyor_iac.model.handover.form import Access, Cognito, Identities, Machine, Network, OnAzure, Subnet
from conveyor_iac.model.installation import Installation

_KINDS: tuple[tuple[str, Literal["node", "pod", "private-endpoint"]], ...] = (
    ("Node", "node"), ("Pod", "pod"), ("PrivateEndpoint", "private-endpoint"))
_BY: Mapping[str, Any] = {"nat-gateway": "nat", "firewall": "firewall", "hub": "hub", "yours": "own-network"}
"""The ways out, as the sheet calls them."""
_COGNITO = "cognito-"
"""What the names of Cognito begin with."""


def of_azure(installation: Installation, made: Scaffolding, given: Mapping[str, Any]) -> dict[str, Any]:
    """What the sheet says of Azure, by its keys; `given` are the values of the outputs that were asked for."""
    found = tuple(path.destination for path in made.outbound if path.destination.startswith(_COGNITO))
    return {"role": None, "networks": (_network(made, given),), "services": (), "ways": (), "cluster_tags": None,
            "cognito": (Cognito(plane="data", by=_BY[made.network.egress.kind], names=found),),
            "azure": _on_azure(installation, made, given)}


def _network(made: Scaffolding, given: Mapping[str, Any]) -> Network:
    network, ids = made.network, given["SubnetIds"]
    cidrs = {subnet.kind: subnet.cidr for subnet in network.subnets}
    return Network(
        plane="data", id=given["VnetId"], brought=not network.made, cidrs=listed(given["Cidrs"]), ipv6=False,
        zone_ids=(), subnets=tuple(Subnet(kind=word, id=ids[kind], cidr=cidrs.get(kind), zone_id=None)
                                   for kind, word in _KINDS if kind in ids))


def _on_azure(installation: Installation, made: Scaffolding, given: Mapping[str, Any]) -> OnAzure:
    azure = installation.azure
    assert azure
    clients = given["IdentityClientIds"]
    return OnAzure(
        tenant_id=given["TenantId"], subscription_id=given["SubscriptionId"],
        access=Access(by=azure.access.by, role=azure.access.role, group_id=given.get("GroupId"),
                      link=given.get("AccessPackageLink"), service_principal=azure.access.service_principal),
        machine=_machine(made, given),
        identities=Identities(cluster=clients[CLUSTER], kubelet=clients[KUBELET], workload=clients[WORKLOAD]),
        inbound=azure.vnet.inbound, tunnel=azure.control_plane.tunnel, key_vault=given.get("KeyVaultId"),
        registry=given.get("RegistryId"), workspace=given.get("WorkspaceId"),
        resource_providers=listed(given["ResourceProviders"]))


def _machine(made: Scaffolding, given: Mapping[str, Any]) -> Machine | None:
    identity = made.access.identity
    if identity is None:
        return None
    (credential,) = identity.credentials
    return Machine(client_id=given["MachineClientId"], issuer=credential.issuer, subject=credential.subject,
                   audience=credential.audience)
