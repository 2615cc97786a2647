"""The claims about endpoint services on the published templates, and on what breaks them."""

import pytest

from conveyor_iac.proofs.claims.privatelink.acceptance import CLAIM as ACCEPTANCE
from conveyor_iac.proofs.claims.privatelink.principals import CLAIM as PRINCIPALS
from conveyor_iac.proofs.verdict import Verdict
from tests.proofs.network.published import answer, case, changed, given, renamed, without

WITH_SERVICE = ("network-private", "network-dedicated", "network-private-existing-vpc", "endpoint-service")
OWN = {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}


@pytest.mark.parametrize("template", WITH_SERVICE)
def test_published_services_wait_and_name_who_may_ask(template):
    """Every published endpoint service asks for acceptance and names who may connect."""
    assert answer(ACCEPTANCE, template).verdict is Verdict.PROVED
    assert answer(PRINCIPALS, template).verdict is Verdict.PROVED


def test_templates_without_a_service_are_not_asked():
    """A template without an endpoint service is not asked about one."""
    assert not ACCEPTANCE.asked(case("network-shared"))
    assert not PRINCIPALS.asked(case("network-shared"))


NOT_ACCEPTED = {
    "not at all": given("EndpointService", AcceptanceRequired=False),
    "as a word": given("EndpointService", AcceptanceRequired="false"),
    "in one world": given("EndpointService", AcceptanceRequired={"Fn::If": ["HasPodCidr", True, False]}),
}


@pytest.mark.parametrize("break_it", NOT_ACCEPTED.values(), ids=NOT_ACCEPTED)
def test_connecting_at_once_is_refuted(break_it):
    """A service that connects whoever asks is found, under any name, with the world it happens in."""
    found = answer(ACCEPTANCE, "endpoint-service", None, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["service"] == "EndpointService"
    assert answer(ACCEPTANCE, "endpoint-service", None, changed(break_it, renamed)).verdict is Verdict.REFUTED


def test_acceptance_that_is_not_told_is_undecided():
    """A service that does not say whether it asks, or says so at deployment, is neither good nor bad."""
    for change in (without("EndpointService", "AcceptanceRequired"),
                   given("EndpointService", AcceptanceRequired={"Ref": "TenantId"})):
        assert answer(ACCEPTANCE, "endpoint-service", None, change).verdict is Verdict.UNDECIDED


def test_acceptance_as_a_word_is_proved():
    """CloudFormation takes the word for the value."""
    assert answer(ACCEPTANCE, "endpoint-service", None,
                  given("EndpointService", AcceptanceRequired="true")).verdict is Verdict.PROVED


def _allowed(*principals):
    return given("EndpointServicePermissions", AllowedPrincipals=list(principals))


EVERYBODY = {
    "everybody": _allowed("*"), "everybody besides": _allowed(OWN, "*"),
    "every root": _allowed("arn:aws:iam::*:root"), "every role": _allowed("arn:aws:iam::111122223333:role/*"),
    "a service": _allowed("ec2.amazonaws.com"), "a wildcard beside a parameter": _allowed(
        {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/*"}),
    "a parameter without a pattern": lambda t: t["Parameters"]["ServicePrincipal"].pop("AllowedPattern"),
    "a parameter with a wide pattern": lambda t: t["Parameters"]["ServicePrincipal"].update(AllowedPattern=".*"),
    "a parameter with a list": lambda t: t["Parameters"]["ServicePrincipal"].update(
        AllowedPattern=".*", AllowedValues=["arn:aws:iam::111122223333:root", "*"]),
    "everybody in one world": _allowed({"Fn::If": ["HasPodCidr", "*", OWN]}),
}


@pytest.mark.parametrize("break_it", EVERYBODY.values(), ids=EVERYBODY)
def test_everybody_is_refuted(break_it):
    """A service that everybody may ask for is found, under any name."""
    found = answer(PRINCIPALS, "endpoint-service", None, break_it)
    assert found.verdict is Verdict.REFUTED
    assert found.counterexample["principal"]
    assert answer(PRINCIPALS, "endpoint-service", None, changed(break_it, renamed)).verdict is Verdict.REFUTED


def test_principals_that_are_not_told_are_undecided():
    """A whole list that is decided at deployment, and a part that may be a wildcard, leave the answer open."""
    wide = lambda t: t["Parameters"]["TenantId"].pop("AllowedPattern")  # noqa: E731
    for change in (given("EndpointServicePermissions", AllowedPrincipals={"Ref": "EndpointSubnetIds"}),
                   changed(wide, _allowed({"Fn::Sub": "arn:aws:iam::111122223333:role/${TenantId}"}))):
        assert answer(PRINCIPALS, "endpoint-service", None, change).verdict is Verdict.UNDECIDED


def test_named_principals_are_proved():
    """Accounts, roles and users that are named are fine, with parameters in them that hold no wildcard."""
    change = _allowed(OWN, "arn:aws:iam::111122223333:role/conveyor/one", "arn:aws-cn:iam::111122223333:user/one",
                      {"Fn::Sub": "arn:${AWS::Partition}:iam::111122223333:role/${TenantId}"})
    assert answer(PRINCIPALS, "endpoint-service", None, change).verdict is Verdict.PROVED
