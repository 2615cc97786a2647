"""What our things are called in Azure, and the names that must be one of a kind in all of it.

A name that the whole world shares (key vault, registry, storage account) ends with digits that follow from Entra
tenant, subscription and tenant: the same at every run, and no other installation's.
"""

import hashlib
import uuid

from conveyor_iac.model import names
from conveyor_iac.model.installation import Installation

SUBSCRIPTION = "/subscriptions/${SubscriptionId}"
"""The subscription of the data plane as a scope; its id is known when the file names it, else when it is made."""
_ROLES = uuid.UUID("5f1d2f3e-2b6a-5d0c-9d6e-6a1f0c9d7b42")
"""The namespace of the names of role assignments, which must be UUIDs; a random one, once for all."""


def resource(installation: Installation, what: str = "") -> str:
    """The name of a resource in its group: `conveyor-acme`, or `conveyor-acme-nodes`."""
    return f"conveyor-{installation.tenant}{f'-{what}' if what else ''}"


def wide(installation: Installation, what: str = "") -> str:
    """A name beside those of other installations: in an Entra tenant, a hub, a management group, a log subscription.

    It ends with the same digits as names that all of Azure shares: a tenant may have data planes in two subscriptions.
    """
    return f"{resource(installation, what)}-{_digits(installation)}"


def shared(installation: Installation, what: str, *, most: int = 24) -> str:
    """A name that all of Azure shares: letters and digits, at most so many.

    https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
    """
    digits = _digits(installation)
    return f"{what}{installation.tenant[:most - len(what) - len(digits)]}{digits}"


def role_assignment(installation: Installation, what: str, role: str) -> str:
    """The name of a role assignment: a UUID, the same at every run and another for another role.

    https://learn.microsoft.com/azure/role-based-access-control/role-assignments#name
    """
    return str(uuid.uuid5(_ROLES, f"{_whose(installation)}/{what}/{role}"))


def tags(installation: Installation) -> dict[str, str]:
    """The tags of all that takes tags; Azure allows no `/` in a key, and ours have none."""
    ours = {key: value.replace("${TenantId}", installation.tenant)
            for key, value in names.tags(installation.deployment).items()}
    return {**ours, **installation.tags}


def _digits(installation: Installation) -> str:
    return hashlib.sha256(_whose(installation).encode()).hexdigest()[:8]


def _whose(installation: Installation) -> str:
    azure = installation.azure
    assert azure
    made = f"{azure.billing_scope}/{azure.subscription_name or ''}"
    return f"{azure.tenant_id}/{azure.subscription_id or made}/{installation.tenant}"
