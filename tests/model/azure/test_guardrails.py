"""What holds the vendor: where guard rails lie, what they refuse, what they watch and who is told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conveyor_iac import Installation, plan
from conveyor_iac.model.azure.guardrails import CATEGORIES, POLICY_DEFINITIONS
from conveyor_iac.model.catalogue import azure as catalogue

ID = "0a1b2c3d-0000-4000-8000-{:012}".format
MG = "/providers/Microsoft.Management/managementGroups/"
OWN = f"/subscriptions/{ID(2)}"
ACCEPTED = {"azure.guardrails_inside_subscription": "accepted"}
NO_GROUP, NO_STORE = {"azure.management_group": ...}, {"azure.guardrails.subscription_id": ...}
WATCHED = [f"{what}/{verb}" for verb in ("write", "delete") for what in (
    "Microsoft.Authorization/roleAssignments", "Microsoft.Authorization/roleDefinitions",
    "Microsoft.Authorization/policyAssignments", "Microsoft.Authorization/policyExemptions",
    "Microsoft.Authorization/policyDefinitions", "Microsoft.Authorization/policySetDefinitions",
    "Microsoft.Authorization/locks", "Microsoft.Insights/diagnosticSettings")] + [
    "Microsoft.Authorization/roleAssignmentScheduleRequests/write",
    "Microsoft.Authorization/roleEligibilityScheduleRequests/write"]


def rails_of(words):
    """The guard rails that these words come to."""
    return plan(Installation.read(words)).azure.guardrails


@pytest.mark.parametrize(("changes", "scope", "store", "inside"), [
    ((), f"{MG}conveyor", ID(5), False),
    (({"azure.guardrail_scope": f"{MG}top"},), f"{MG}top", ID(5), False),
    (({"azure.guardrail_scope": f"{MG}top"}, NO_GROUP), f"{MG}top", ID(5), False),
    ((ACCEPTED, NO_GROUP), OWN, ID(5), True),
    ((ACCEPTED, {"azure.guardrail_scope": OWN}), OWN, ID(5), True),
    ((ACCEPTED, NO_STORE), f"{MG}conveyor", ID(2), True),
    ((ACCEPTED, {"azure.guardrails.subscription_id": ID(2)}), f"{MG}conveyor", ID(2), True),
    ((ACCEPTED, NO_GROUP, NO_STORE), OWN, ID(2), True)])
def test_where_guard_rails_lie(azure, changes, scope, store, inside):
    """At the management group and in another subscription, inside only where that was accepted."""
    made = rails_of(azure(*changes, {"azure.guardrails.budget": {"amount": 7, "starts": "2026-12-01"}}))
    assert (made.scope, made.store.subscription, made.inside) == (scope, store, inside)
    assert {policy.scope for policy in made.policies} | {made.budget.scope} == {scope}


@settings(max_examples=40)
@given(st.data())
def test_nothing_lies_inside_unasked(any_azure, data):
    """Guard rails lie in the subscription itself only where the file accepts it."""
    installation = data.draw(any_azure)
    made = plan(installation).azure
    own = {"/subscriptions/${SubscriptionId}", "${SubscriptionId}", made.subscription.id,
           f"/subscriptions/{made.subscription.id}"}
    inside = bool({made.guardrails.scope, made.guardrails.store.subscription} & own)
    assert inside == made.guardrails.inside == bool(installation.azure.guardrails_inside_subscription)


def test_the_policies(azure):
    """The policies are the catalogue's own, with the region, or the regions that are listed, as the only locations."""
    made = {one.name: one for one in rails_of(azure()).policies}
    assert set(made) == {"AllowedLocations", "NoPublicAddresses"}
    assert all(one.definition == f"{POLICY_DEFINITIONS}{catalogue.policies()[name].id}" for name, one in made.items())
    assert made["AllowedLocations"].parameters == {"listOfAllowedLocations": ("westeurope",)}
    assert made["NoPublicAddresses"].parameters == {}
    assert len({one.azure_name for one in made.values()}) == 2
    wider = rails_of(azure({"azure.guardrails.locations": ["northeurope", "westeurope"]}))
    assert wider.policies[0].parameters == {"listOfAllowedLocations": ("northeurope", "westeurope")}


def test_the_whole_activity_log_is_exported(azure):
    """Every category of the subscription's activity log goes to the store, which keeps it as long as was asked."""
    made = rails_of(azure({"azure.guardrails.retention_days": 400}))
    assert made.export.scope == OWN
    assert made.export.categories == CATEGORIES
    assert {"Administrative", "Security", "Policy"} <= set(CATEGORIES)
    assert made.store.retention_days == 400


@pytest.mark.parametrize("operation", WATCHED)
def test_what_is_watched(azure, operation):
    """A change of roles, of policies or of the export itself is found by one alert, in this subscription's log."""
    [alert] = [one for one in rails_of(azure()).alerts if f'"{operation}"' in one.query]
    assert ID(2) in alert.query
    assert not alert.silence
    assert alert.why


def test_silence_is_told(azure):
    """One alert more tells that nothing came of this subscription's log, whatever operation or status."""
    *others, alert = rails_of(azure()).alerts
    assert [one.silence for one in (*others, alert)] == [False] * len(others) + [True]
    assert (alert.name, alert.query) == ("Silence", f'AzureActivity | where SubscriptionId =~ "{ID(2)}"')
    assert alert.why


def test_alerts_are_called_apart(azure):
    """Each alert has a name in small letters and hyphens, which says whose it is and what it tells."""
    assert [one.azure_name for one in rails_of(azure()).alerts] == [
        "conveyor-acme-role-changes", "conveyor-acme-guardrail-changes", "conveyor-acme-silence"]


@pytest.mark.parametrize(("changes", "needed"), [
    ((), True), ((ACCEPTED, NO_GROUP), True), (("billing",), True), ((ACCEPTED, NO_STORE), False),
    ((ACCEPTED, {"azure.guardrails.subscription_id": ID(2)}), False), (("billing", "inside"), False)])
def test_what_the_log_subscription_needs(azure, changes, needed):
    """A log subscription of its own needs resource providers too; logs that lie inside need none besides."""
    made = rails_of(azure(*changes)).store.providers
    assert made == tuple(row for row in catalogue.resource_providers() if row.logs and needed)


def test_new_subscriptions_are_watched_by_their_id(azure):
    """The search names the subscription that is made, once it is known."""
    assert all("${SubscriptionId}" in one.query for one in rails_of(azure("billing")).alerts)


def test_somebody_is_told(azure):
    """Alerts and the budget tell the contacts of the file; a budget is there only where it is asked for."""
    contacts = ["a@acme.example", "b@acme.example"]
    made = rails_of(azure({"azure.guardrails.contacts": contacts}))
    assert (made.contacts, made.budget) == (tuple(contacts), None)
    assert len(made.alerts) == len(catalogue.watched()) >= 3
    budget = rails_of(azure({"azure.guardrails.budget": {"amount": 7, "starts": "2026-12-01"}})).budget
    assert (budget.amount, budget.starts, budget.thresholds) == (7, "2026-12-01", (80, 100))
