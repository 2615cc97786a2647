"""Every claim, in the order in which a reviewer reads them; each in a file of its own."""

from functools import cache
from importlib import import_module

from conveyor_iac.proofs.claim import Claim

IDS = (
    "trust.principal", "trust.external-id", "trust.session-name", "trust.external-id-parameter", "trust.switch",
    "iam.no-policy-authoring", "iam.actions-whitelisted", "iam.attach-predefined-only", "iam.boundary-on-create",
    "iam.writes-created-roles-only", "iam.pass-role-named-services", "iam.closure", "iam.own-policies-untouched",
    "iam.assume-role-scoped", "installer.own-resources-only", "data.no-read", "data.no-share",
    "network.no-internet-path", "network.allow-list-only", "network.endpoints-serve-subnets",
    "network.endpoint-policies", "network.dns-exit", "privatelink.acceptance", "privatelink.principals",
    "storage.encrypted", "storage.not-public", "azure.no-public-address", "azure.inbound-as-agreed",
    "azure.egress-by-list", "azure.closed-services", "azure.roles-as-agreed", "azure.access-approved",
    "azure.guardrails-outside", "azure.federated-only",
)


@cache
def claim(claim_id: str) -> Claim:
    """The claim of an id, whose file is named like it; only then is what it needs imported."""
    family, _, name = claim_id.partition(".")
    found: Claim = import_module(f"{__name__}.{family}.{name.replace('-', '_')}").CLAIM
    return found


def every_claim() -> tuple[Claim, ...]:
    """All of them."""
    return tuple(claim(name) for name in IDS)
