"""What a data plane on Azure requires beside its network, each by a switch: key vault, log workspace, registry.

A vault, a registry and a storage account are closed: no public access, roles in place of keys, a private endpoint as
the one door.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.installation import REGISTRY_ZONE, VAULT_ZONE
from conveyor_iac.model.installation import Installation


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A storage account that is closed: no public access, no keys; only Azure's trusted services pass."""

    name: str
    azure_name: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyVault:
    """A key vault: roles decide (RBAC), and what is deleted can be had back for 90 days, which nobody can turn off."""

    azure_name: str
    name: str = "KeyVault"
    group_id: str = "vault"
    zone: str = VAULT_ZONE
    retention_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """A container registry of the Premium kind: no other has private endpoints."""

    azure_name: str
    name: str = "Registry"
    group_id: str = "registry"
    zone: str = REGISTRY_ZONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A Log Analytics workspace, which takes tokens of Entra only."""

    azure_name: str
    name: str = "Workspace"
    retention_days: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The services that are asked for."""

    key_vault: KeyVault | None = None
    workspace: Workspace | None = None
    registry: Registry | None = None

    def private(self) -> Iterator[KeyVault | Registry]:
        """Those that are reached by a private endpoint."""
        yield from (one for one in (self.key_vault, self.registry) if one)


def services(installation: Installation) -> Services:
    """The services an installation asks for."""
    azure = installation.azure
    assert azure
    asked = azure.services
    return Services(
        key_vault=KeyVault(azure_name=names.shared(installation, "cvy")) if asked.key_vault else None,
        workspace=Workspace(azure_name=names.resource(installation)) if asked.log_workspace else None,
        registry=Registry(azure_name=names.shared(installation, "cvy", most=50)) if asked.container_registry else None)
