"""plan(installation) -> Scaffolding: everything the subscription gets before a data plane moves in."""

from collections.abc import Mapping
from dataclasses import dataclass

from conveyor_iac.model.azure import names
from conveyor_iac.model.azure.access import Access, access
from conveyor_iac.model.azure.guardrails import Guardrails, guardrails
from conveyor_iac.model.azure.identities import Identities, identities
from conveyor_iac.model.azure.network import NetworkPlan, network
from conveyor_iac.model.azure.outbound import Path, outbound
from conveyor_iac.model.azure.services import Services, services
from conveyor_iac.model.azure.subscription import Subscription, subscription
from conveyor_iac.model.installation import Installation
from conveyor_iac.model.placeholders import decide


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffolding:
    """What was decided for a data plane on Azure.

    Texts hold `${SubscriptionId}` where the subscription is made first; `Made` is what another part is in the cloud.
    """

    region: str
    tenant: str
    subscription: Subscription
    identities: Identities
    access: Access
    guardrails: Guardrails
    services: Services
    network: NetworkPlan
    outbound: tuple[Path, ...]
    tags: Mapping[str, str]


def scaffolding(installation: Installation) -> Scaffolding:
    """The scaffolding of an installation with `cloud: azure`. The same installation always gives the same."""
    azure = installation.azure
    assert azure
    paths, wanted = outbound(installation), services(installation)
    made = Scaffolding(
        region=installation.region, tenant=installation.tenant, subscription=subscription(installation),
        identities=identities(installation, wanted), access=access(installation),
        guardrails=guardrails(installation), services=wanted, network=network(installation, wanted, paths),
        outbound=paths, tags=names.tags(installation))
    return decide(made, {"SubscriptionId": azure.subscription_id} if azure.subscription_id else {}, {})
