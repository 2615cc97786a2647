"""Every claim about networks, endpoint services and what keeps data has changes that break it and one that does not."""

from dataclasses import dataclass, field

import pytest

from conveyor_iac.proofs.claims import IDS, claim
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network import (
    test_allow_list_only,
    test_dns_exit,
    test_endpoints,
    test_no_internet_path,
    test_privatelink,
    test_storage,
)
from tests.proofs.network.published import PRIVATE_PODS, Body, Change, added, answer, given

ROOMS = ("network.", "privatelink.", "storage.")
CLAIMS = tuple(name for name in IDS if name.startswith(ROOMS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A published template with a contract, what breaks a claim about it and what does not; `first` comes before."""

    template: str = "network-private"
    contract: Body | None = None
    first: Change = field(default=lambda template: None)
    breaking: dict[str, Change]
    harmless: dict[str, Change]


HELD = {
    "network.no-internet-path": Held(contract=PRIVATE_PODS, breaking=test_no_internet_path.BROKEN,
                                     harmless=test_no_internet_path.HARMLESS),
    "network.allow-list-only": Held(
        contract=test_allow_list_only.LIST | {"domains": [test_allow_list_only.COGNITO, "login.example.com"]},
        breaking=test_allow_list_only.BROKEN, harmless=test_allow_list_only.HARMLESS),
    "network.dns-exit": Held(
        contract=test_dns_exit.CONTRACT, first=test_dns_exit.mended, breaking=test_dns_exit.BROKEN,
        harmless={"a name of a private address": lambda t: t["Resources"]["DnsFirewallAllowed"]["Properties"][
            "Domains"].append("*.64.100.in-addr.arpa")}),
    "network.endpoints-serve-subnets": Held(contract=test_endpoints.SUBNETS, breaking=test_endpoints.NOT_SERVED,
                                            harmless=test_endpoints.SERVED_TOO),
    "network.endpoint-policies": Held(
        breaking=test_endpoints.BARE,
        harmless={"a denial": lambda t: t["Resources"]["EndpointKms"]["Properties"]["PolicyDocument"][
            "Statement"].append({**test_endpoints.ALLOW_ALL, "Effect": "Deny"})}),
    "privatelink.acceptance": Held(template="endpoint-service", breaking=test_privatelink.NOT_ACCEPTED,
                                   harmless={"as a word": given("EndpointService", AcceptanceRequired="true")}),
    "privatelink.principals": Held(
        template="endpoint-service", breaking=test_privatelink.EVERYBODY,
        harmless={"this account": given("EndpointServicePermissions", AllowedPrincipals=[test_privatelink.OWN])}),
    "storage.encrypted": Held(breaking=test_storage.PLAIN, harmless=test_storage.CLOSED),
    "storage.not-public": Held(breaking=test_storage.PUBLIC, harmless={
        **test_storage.NOT_OPEN, "a private queue": added("Queue", "AWS::SQS::Queue")}),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_each_claim_has_its_mutations(name):
    """No claim goes without three changes that really break it and one that really does not."""
    held = HELD[name]
    refuted = [change for change in held.breaking.values()
               if answer(claim(name), held.template, held.contract, held.first, change).verdict is Verdict.REFUTED]
    proved = [change for change in held.harmless.values()
              if answer(claim(name), held.template, held.contract, held.first, change).verdict is Verdict.PROVED]
    assert len(refuted) >= 3
    assert len(refuted) == len(held.breaking)
    assert proved
    assert len(proved) == len(held.harmless)


@pytest.mark.parametrize("name", CLAIMS)
def test_the_template_is_proved_before_it_is_changed(name):
    """Before any change each claim is proved, so that a refutation is the change's own."""
    held = HELD[name]
    assert answer(claim(name), held.template, held.contract, held.first).verdict is Verdict.PROVED


def test_no_mutation_is_for_a_claim_that_is_gone():
    """The table speaks of the claims there are, and of each of them."""
    assert sorted(HELD) == sorted(CLAIMS)
