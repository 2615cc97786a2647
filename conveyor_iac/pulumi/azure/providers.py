"""Whom resources are made with: a provider for each subscription, which signs in as the stack's settings say.

A provider of one's own reads none of the settings `azure-native:...` by itself, so they are handed to it here; what is
not set comes from the environment (ARM_*) or from `az login`, as always.
"""

from typing import Any

import pulumi
import pulumi.runtime.config as pulumi_config
import pulumi_azure_native as azure
import pulumi_azuread as azuread

from conveyor_iac.errors import Fault
from conveyor_iac.pulumi.azure.parts import Parts
from conveyor_iac.pulumi.door import refuse

_SETTINGS = {
    "client_id": "clientId", "client_secret": "clientSecret", "client_certificate_path": "clientCertificatePath",
    "client_certificate_password": "clientCertificatePassword", "oidc_token": "oidcToken",
    "oidc_token_file_path": "oidcTokenFilePath", "oidc_request_token": "oidcRequestToken",
    "oidc_request_url": "oidcRequestUrl", "environment": "environment",
}
"""How both providers call the settings by which one signs in, each a text."""
_SWITCHES = {"use_oidc": "useOidc", "use_msi": "useMsi"}


def for_subscription(name: str, subscription: Any, tenant: str, opts: pulumi.ResourceOptions | None = None
                     ) -> azure.Provider:
    """A provider for one subscription, whose id may be known only when it is made; none: what is above them all."""
    return azure.Provider(name, subscription_id=subscription, tenant_id=tenant, opts=opts, **_signing("azure-native"))


def for_tenant(name: str, tenant: str, opts: pulumi.ResourceOptions | None = None) -> azuread.Provider:
    """A provider for the groups and access packages of one Entra tenant."""
    return azuread.Provider(name, tenant_id=tenant, opts=opts, **_signing("azuread"))


def of_another(parts: Parts, name: str, subscription: str) -> pulumi.ProviderResource:
    """A provider for a subscription that is not the component's own, as a part of it."""
    return for_subscription(parts.called(name), parts.ref(subscription), parts.scaffolding.subscription.tenant_id,
                            parts.child())


def in_its_subscription(parts: Parts) -> pulumi.Output[str]:
    """The subscription of the component's provider, which must be the installation's, in its tenant."""
    wanted = {"azure.subscription_id": parts.scaffolding.subscription.id,
              "azure.tenant_id": parts.scaffolding.subscription.tenant_id}

    def held(found: Any) -> str:
        actual = {"azure.subscription_id": found.subscription_id, "azure.tenant_id": found.tenant_id}
        faults = [Fault(path=path, value=repr(wanted[path]), rule=f"the provider's own, which is {actual[path]}",
                        way_out="Mend it, or give a provider of that subscription and tenant")
                  for path in wanted if actual[path] != wanted[path]]
        if faults:
            refuse(parts.component, faults, late=True)
        return wanted["azure.subscription_id"]

    caller = azure.authorization.get_client_config_output(opts=pulumi.InvokeOutputOptions(parent=parts.component))
    return caller.apply(held)


def _signing(namespace: str) -> dict[str, Any]:
    """The settings by which a provider signs in; a secret one stays a secret."""
    config = pulumi.Config(namespace)

    def text(key: str) -> Any:
        return config.get_secret(key) if pulumi_config.is_config_secret(f"{namespace}:{key}") else config.get(key)

    texts = {word: text(key) for word, key in _SETTINGS.items()}
    return texts | {word: config.get_bool(key) for word, key in _SWITCHES.items()}
